//! Which paths belong to a component: the directories of its packages, where the longest directory wins, or what its
//! rules name; and the paths that are never a change.

use std::collections::HashMap;

use super::follow::Follow;
use crate::config::{self, Changelog, Config, Scheme};
use crate::ecosystem;
use crate::fault::Faults;
use crate::model::{Component, PackageId};
use crate::path;
use crate::pattern::Pattern;
use crate::workspace::Workspace;

/// The patterns of a component that its rules name instead of directories.
#[derive(Default)]
pub(super) struct Rules<'a> {
    /// From path sets, which are looked after by themselves.
    shared: Vec<&'a Pattern>,
    /// From the component's own rules.
    pub(super) own: Vec<Pattern>,
    /// Line of the rules.
    pub(super) line: usize,
}

impl<'a> Rules<'a> {
    /// The rules of a component; none where the directories of its packages decide.
    pub(super) fn new(component: &Component, config: &'a Config) -> Result<Option<Rules<'a>>, Faults> {
        let Some(written) = config.component(&component.name).filter(|rules| !rules.changed_by.is_empty())
        else {
            return Ok(None);
        };
        let mut rules = Rules { line: written.line, ..Rules::default() };
        let mut faults = Faults::default();
        for text in &written.changed_by {
            if let Some((_, set)) = config.paths.iter().find(|(name, _)| name == text) {
                rules.shared.extend(set);
                continue;
            }
            match Pattern::new(text) {
                Ok(pattern) => rules.own.push(pattern),
                Err(why) => {
                    let message =
                        format!("`changed-by` of `[component.{}]` holds the glob `{text}`", written.name);
                    faults.push(config::fault(written.line, message).because(why));
                }
            }
        }
        faults.or(Some(rules))
    }

    fn match_path(&self, path: &str) -> bool {
        self.shared.iter().copied().chain(&self.own).any(|pattern| pattern.matches(path))
    }
}

/// Whose a path is, for all components at once.
pub(super) struct Owners<'a> {
    /// The components of the packages in a directory; none for a package that belongs to none or goes by rules.
    dirs: HashMap<&'a str, Vec<usize>>,
    rules: Vec<(usize, &'a Rules<'a>)>,
    /// The components that write their versions into a file. Their releases rewrite it, so it changes nobody else.
    extra: HashMap<&'a str, Vec<usize>>,
    /// For each component those that have to have its version, so that a change of it is one of theirs.
    leaders: Vec<Vec<usize>>,
}

impl<'a> Owners<'a> {
    /// The owners of all paths; `rules` and `follows` in the order of the components.
    pub(super) fn new(
        workspace: &'a Workspace,
        config: &'a Config,
        rules: &'a [Option<Rules<'a>>],
        follows: &[Option<Follow>],
    ) -> Owners<'a> {
        let ruled =
            rules.iter().enumerate().filter_map(|(place, rules)| Some((place, rules.as_ref()?))).collect();
        let dirs = dirs(workspace, &|place| rules[place].is_some());
        let same = |place: usize| {
            follows[place].as_ref().filter(|follow| follow.scheme == Scheme::Same).map(|follow| follow.of)
        };
        let leaders = |place: usize| std::iter::successors(same(place), |place| same(*place));
        let leaders = (0..follows.len()).map(|place| leaders(place).take(follows.len()).collect()).collect();
        Owners { dirs, rules: ruled, extra: extra(workspace, config), leaders }
    }

    /// The components that a path belongs to: the longest directory wins, and every rule that names it.
    pub(super) fn of(&self, path: &str) -> Vec<usize> {
        let mut dir = path;
        let mut found = loop {
            if let Some(owners) = self.dirs.get(dir) {
                break owners.clone();
            }
            if dir.is_empty() {
                break Vec::new();
            }
            dir = path::parent(dir);
        };
        found.extend(self.rules.iter().filter(|(_, rules)| rules.match_path(path)).map(|(place, _)| *place));
        if let Some(writers) = self.extra.get(path) {
            found.retain(|place| writers.contains(place));
        }
        let leaders: Vec<usize> = found.iter().flat_map(|place| self.leaders[*place].clone()).collect();
        found.extend(leaders);
        found
    }
}

/// The components of the packages in a directory: none for a package that belongs to none, or goes by rules.
pub fn dirs<'a>(workspace: &'a Workspace, by_rules: &dyn Fn(usize) -> bool) -> HashMap<&'a str, Vec<usize>> {
    let mut component_of: HashMap<&PackageId, usize> = HashMap::new();
    for (place, component) in workspace.components.iter().enumerate().filter(|(place, _)| !by_rules(*place)) {
        component_of.extend(component.packages.iter().map(|id| (id, place)));
    }
    let mut dirs: HashMap<&str, Vec<usize>> = HashMap::new();
    for package in &workspace.packages {
        // What a package is built into is released with it.
        let hosts = workspace.part_of.get(&package.id).into_iter().flatten();
        let found = hosts.chain([&package.id]).filter_map(|id| component_of.get(id));
        let owners = dirs.entry(&package.dir).or_default();
        owners.extend(found);
        owners.sort_unstable();
        owners.dedup();
    }
    dirs
}

fn extra<'a>(workspace: &Workspace, config: &'a Config) -> HashMap<&'a str, Vec<usize>> {
    let mut writers: HashMap<&str, Vec<usize>> = HashMap::new();
    for rules in config.components.iter().filter(|rules| !rules.extra_files.is_empty()) {
        let place = workspace.components.iter().position(|component| component.name == rules.name);
        for file in &rules.extra_files {
            writers.entry(&file.path).or_default().extend(place);
        }
    }
    writers
}

/// Changelogs and locks are written by releases, so they are no reason for one.
pub(super) fn is_ignored(path: &str, config: &Config) -> bool {
    let rewritten = ecosystem::all().any(|ecosystem| ecosystem.rewrites(path));
    let at =
        |rules: &config::ComponentRules| matches!(&rules.changelog, Some(Changelog::At(at)) if at == path);
    rewritten
        || path == config::FILE
        || config.components.iter().any(at)
        || config.release.ignore.iter().any(|pattern| pattern.matches(path))
}
