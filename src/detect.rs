//! What changed since the last release: the base of every component, and the paths and commits behind it.

use std::collections::BTreeMap;

use crate::config::{BumpMode, ComponentRules, Config};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::{Component, Package, Snapshot};
use crate::path;
use crate::pattern::Pattern;
use crate::version::Version;
use crate::workspace::Workspace;
use history::History;

pub mod history;

/// What a component is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The commit; empty for the comparison with nothing.
    pub commit: String,
    /// The tag or ref that led to it, for people and scripts.
    pub name: String,
    /// The version that the component's own tag names.
    pub version: Option<Version>,
    /// Whether no tag names the component yet.
    pub first: bool,
}

/// What changed in a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentChange {
    /// Name.
    pub name: String,
    /// What it was compared with.
    pub base: Base,
    /// Its changed paths, sorted.
    pub files: Vec<String>,
    /// Its commits, as places in the snapshot's list.
    pub commits: Vec<usize>,
}

impl ComponentChange {
    /// Whether anything of its own changed.
    pub fn changed(&self) -> bool {
        !self.files.is_empty() || !self.commits.is_empty()
    }
}

/// What changed in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detected {
    /// What path sets are compared with.
    pub base: Base,
    /// Each path set, in the order of the configuration.
    pub path_sets: Vec<(String, bool)>,
    /// Each component, in the order of the workspace.
    pub components: Vec<ComponentChange>,
}

/// The bases: that of path sets, then that of every component.
///
/// # Errors
/// Tags that name a component in a form that its tag pattern does not have.
pub fn bases(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
) -> Result<(Base, Vec<Base>), Faults> {
    let history = History::new(snapshot);
    let mut faults = Faults::default();
    let alone = workspace.components.len() == 1;
    let shared = history.nearest(&config.release.base_tags);
    let own = |component: &Component| own_base(&history, component, alone, shared.as_ref());
    let mut components: Vec<Base> = workspace
        .components
        .iter()
        .filter_map(|component| faults.take(own(component).map_err(Faults::from)))
        .collect();
    if let Some(from) = &snapshot.from {
        for base in &mut components {
            let version = base.version.take().filter(|_| &base.commit == from);
            *base = Base { commit: from.clone(), name: from.clone(), version, first: base.first };
        }
    }
    let from =
        snapshot.from.as_ref().map(|id| Base { commit: id.clone(), name: id.clone(), ..Base::default() });
    let oldest = || {
        let known = components.iter().filter(|base| !base.commit.is_empty());
        known.max_by_key(|base| history.place(&base.commit)).cloned().map(|base| Base {
            version: None,
            first: false,
            ..base
        })
    };
    let base = from.or(shared).or_else(oldest).unwrap_or_else(|| history.root());
    faults.or((base, components))
}

fn own_base(
    history: &History,
    component: &Component,
    alone: bool,
    shared: Option<&Base>,
) -> Result<Base, Fault> {
    let own = history.own_tags(&component.tag);
    if let Some((version, tag)) = own.iter().filter(|(_, tag)| history.reaches(&tag.commit)).max() {
        return Ok(Base {
            commit: tag.commit.clone(),
            name: tag.name.clone(),
            version: Some(version.clone()),
            first: false,
        });
    }
    let first = own.is_empty();
    let others = if first { history.known_forms(&component.name, alone) } else { Vec::new() };
    if let Some((form, tag)) = others.first() {
        let names: Vec<String> = others.iter().take(3).map(|(_, tag)| format!("`{tag}`")).collect();
        let message = format!(
            "`{}` has tags that do not match its tag pattern `{}`: {}",
            component.name,
            component.tag,
            names.join(", ")
        );
        let help = format!(
            "if `{tag}` is a release of it, write `tag = \"{form}\"` in `[component.{}]` of castoff.toml",
            component.name
        );
        return Err(Fault::usage(message).help(help));
    }
    Ok(Base { first, ..shared.cloned().unwrap_or_default() })
}

/// What changed, against these bases.
///
/// # Errors
/// Path sets that match nothing.
pub fn detect(snapshot: &Snapshot, workspace: &Workspace, config: &Config) -> Result<Detected, Faults> {
    let (base, own_bases) = bases(snapshot, workspace, config)?;
    let mut faults = Faults::default();
    let history = History::new(snapshot);
    let sets: BTreeMap<&str, &Vec<Pattern>> =
        config.paths.iter().map(|(name, patterns)| (name.as_str(), patterns)).collect();
    let differences =
        |base: &Base| snapshot.differences.get(&base.commit).map(Vec::as_slice).unwrap_or_default();
    let counts = |path: &&String| !is_ignored(path, config);
    let touched = |patterns: &[Pattern]| {
        differences(&base)
            .iter()
            .filter(counts)
            .any(|path| patterns.iter().any(|pattern| pattern.matches(path)))
    };
    let path_sets = config.paths.iter().map(|(name, patterns)| (name.clone(), touched(patterns))).collect();
    for (name, pattern) in
        config.paths.iter().flat_map(|(name, patterns)| patterns.iter().map(move |pattern| (name, pattern)))
    {
        faults.0.extend(matches_nothing(snapshot, &base, &format!("paths.{name}"), pattern));
    }
    let mut components = Vec::new();
    for (component, base) in workspace.components.iter().zip(own_bases) {
        let rules = config.component(&component.name);
        let scope = faults.take(Scope::new(component, rules, workspace, &sets)).unwrap_or_default();
        let owns = |path: &str| !is_ignored(path, config) && scope.owns(path);
        let mode = rules.and_then(|rules| rules.bump).unwrap_or(config.release.bump);
        let commits = history.since(&base.commit);
        let mine: Vec<usize> = commits
            .into_iter()
            .filter(|place| {
                concerns(&snapshot.commits[*place].files, &snapshot.commits[*place].parents, &owns)
            })
            .collect();
        let mut files: Vec<String> = match mode {
            BumpMode::Paths => differences(&base).iter().filter(|path| owns(path)).cloned().collect(),
            BumpMode::Conventional => mine
                .iter()
                .flat_map(|place| &snapshot.commits[*place].files)
                .filter(|path| owns(path))
                .cloned()
                .collect(),
        };
        files.sort();
        files.dedup();
        let commits = if mode == BumpMode::Paths && files.is_empty() { Vec::new() } else { mine };
        components.push(ComponentChange { name: component.name.clone(), base, files, commits });
    }
    faults.or(Detected { base, path_sets, components })
}

/// A commit concerns a component when it changes a path of it. One that changes nothing at all speaks to every
/// component; a merge says nothing that its parents did not say.
fn concerns(files: &[String], parents: &[String], owns: &dyn Fn(&str) -> bool) -> bool {
    if parents.len() > 1 { false } else { files.is_empty() || files.iter().any(|path| owns(path)) }
}

/// Changelogs and locks are written by releases, so they are no reason for one.
fn is_ignored(path: &str, config: &Config) -> bool {
    let rewritten = ecosystem::ALL.iter().any(|ecosystem| ecosystem.rewrites(path));
    rewritten
        || path == crate::config::FILE
        || config.release.ignore.iter().any(|pattern| pattern.matches(path))
}

fn matches_nothing(snapshot: &Snapshot, base: &Base, field: &str, pattern: &Pattern) -> Option<Fault> {
    let gone = snapshot.differences.get(&base.commit).into_iter().flatten();
    let found = snapshot.tree.files.iter().chain(gone).any(|path| pattern.matches(path));
    let fault = Fault::usage(format!("`{}` of `{field}` matches no tracked file", pattern.text()));
    (!found).then(|| fault.at(crate::config::FILE, 0).help("correct the path; a directory ends in `/`"))
}

/// Which paths belong to a component.
#[derive(Default)]
struct Scope<'a> {
    patterns: Vec<Pattern>,
    /// Directory of each package of the repository, with whether it is the component's.
    dirs: Vec<(&'a str, bool)>,
}

impl<'a> Scope<'a> {
    fn new(
        component: &Component,
        rules: Option<&ComponentRules>,
        workspace: &'a Workspace,
        sets: &BTreeMap<&str, &Vec<Pattern>>,
    ) -> Result<Scope<'a>, Faults> {
        let Some(rules) = rules.filter(|rules| !rules.changed_by.is_empty()) else {
            let is_own = |package: &Package| component.packages.contains(&package.id);
            let dirs = workspace.packages.iter().map(|package| (package.dir.as_str(), is_own(package)));
            return Ok(Scope { patterns: Vec::new(), dirs: dirs.collect() });
        };
        let mut patterns = Vec::new();
        for text in &rules.changed_by {
            match sets.get(text.as_str()) {
                Some(set) => patterns.extend(set.iter().cloned()),
                None => patterns.push(Pattern::new(text).map_err(|why| {
                    crate::config::fault(
                        rules.line,
                        format!("`changed-by` of `[component.{}]` holds the glob `{text}`", rules.name),
                    )
                    .because(why)
                })?),
            }
        }
        Ok(Scope { patterns, dirs: Vec::new() })
    }

    fn owns(&self, path: &str) -> bool {
        let longest = self
            .dirs
            .iter()
            .filter(|(dir, _)| path::is_within(path, dir))
            .max_by_key(|(dir, own)| (dir.len(), *own));
        longest.is_some_and(|(_, own)| *own) || self.patterns.iter().any(|pattern| pattern.matches(path))
    }
}
