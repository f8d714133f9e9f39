//! What changed since the last release: the base of every component, and the paths and commits behind it.

use std::collections::BTreeSet;

use crate::config::{BumpMode, Config};
use crate::fault::{Fault, Faults};
use crate::model::{Component, Snapshot};
use crate::pattern::Pattern;
use crate::version::Version;
use crate::workspace::Workspace;
use changes::{Changes, Found};
use doubtful::is_rewritten;
use follow::Follow;
use history::History;
use scope::{Owners, Rules, is_ignored};

pub mod bases;
mod changes;
pub mod doubtful;
pub mod follow;
pub mod history;
pub mod overrides;
pub mod scope;

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
    /// The component that it follows.
    pub follow: Option<Follow>,
}

impl ComponentChange {
    /// Whether any path of its own changed. A commit without files speaks to every component, but changes none.
    pub fn changed(&self) -> bool {
        !self.files.is_empty()
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
    /// Commits since the oldest of their bases, as places in the snapshot's list.
    pub places: Vec<usize>,
    /// Those of them that touch only components which were released since.
    pub early: BTreeSet<usize>,
    /// Those that touch components in which nothing but versions differs: commits of a release.
    pub bumps: BTreeSet<usize>,
}

/// What changed, against the bases.
///
/// # Errors
/// Path sets and rules that match nothing.
pub fn detect(snapshot: &Snapshot, workspace: &Workspace, config: &Config) -> Result<Detected, Faults> {
    let (base, own) = bases::bases(snapshot, workspace, config)?;
    let mut faults = Faults::default();
    let history = History::new(snapshot);
    let path_sets = path_sets(snapshot, config, &base);
    for (name, patterns) in &config.paths {
        let field = format!("`{name}` of `[paths]`");
        let dead = patterns.iter().filter(|pattern| matches_nothing(snapshot, &history, &base, pattern));
        faults.0.extend(dead.map(|pattern| dead_pattern(pattern, pattern.line, &field)));
    }
    let rules: Vec<Option<Rules>> = workspace
        .components
        .iter()
        .map(|component| faults.take(Rules::new(component, config)).flatten())
        .collect();
    for ((component, base), rules) in workspace.components.iter().zip(&own).zip(&rules) {
        let Some(rules) = rules else { continue };
        let dead = rules.own.iter().filter(|pattern| matches_nothing(snapshot, &history, base, pattern));
        let field = format!("`changed-by` of `[component.{}]`", component.name);
        let fault = |pattern| or_path_set(dead_pattern(pattern, rules.line, &field), pattern, config);
        faults.0.extend(dead.map(fault));
    }
    let mut follows = faults.take(follow::leaders(workspace, config)).unwrap_or_default();
    follows.resize(workspace.components.len(), None);
    let compared = follow::compare(&mut follows, snapshot, workspace, config, &history, &own);
    faults.take(compared);
    let owners = Owners::new(workspace, config, &rules, &follows);
    let changes = Changes::new(snapshot, config, &history, &owners, &own);
    let (places, early) = (changes.places.clone(), changes.early.clone());
    let by_paths = |component: &Component| config.mode(&component.name) == BumpMode::Paths;
    let Found { components: found, bumps } =
        changes.of_components(&workspace.components.iter().map(by_paths).collect::<Vec<_>>());
    let named = workspace.components.iter().zip(own).zip(follows).zip(found);
    let components = named.map(|(((component, base), follow), (files, commits))| ComponentChange {
        name: component.name.clone(),
        base,
        files,
        commits,
        follow,
    });
    let components = components.collect();
    faults.or(Detected { base, path_sets, components, places, early, bumps })
}

fn path_sets(snapshot: &Snapshot, config: &Config, base: &Base) -> Vec<(String, bool)> {
    let counts = |path: &&String| !is_ignored(path, config) && !is_rewritten(snapshot, base, path);
    let different: Vec<&String> = differences(snapshot, base).iter().filter(counts).collect();
    let touched = |patterns: &[Pattern]| {
        different.iter().any(|path| patterns.iter().any(|pattern| pattern.matches(path)))
    };
    config.paths.iter().map(|(name, patterns)| (name.clone(), touched(patterns))).collect()
}

fn differences<'a>(snapshot: &'a Snapshot, base: &Base) -> &'a [String] {
    snapshot.differences.get(&base.commit).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a pattern matches nothing at HEAD and nothing at the base: what was there and is gone differs between
/// them, or a commit in between took it away.
fn matches_nothing(snapshot: &Snapshot, history: &History, base: &Base, pattern: &Pattern) -> bool {
    let commits = history.since(&base.commit).into_iter().flat_map(|place| &snapshot.commits[place].files);
    let gone = differences(snapshot, base).iter().chain(commits);
    !snapshot.tree.files.iter().chain(gone).any(|path| pattern.matches(path))
}

fn dead_pattern(pattern: &Pattern, line: usize, field: &str) -> Fault {
    let message = format!("`{}` in {field} matches no tracked file", pattern.text().escape_debug());
    crate::config::fault(line, message).help("correct the path; a directory ends in `/`")
}

/// A rule that names a path set with a slip of the keyboard looks like the path of a file.
fn or_path_set(fault: Fault, pattern: &Pattern, config: &Config) -> Fault {
    let far = |name: &str| strsim::damerau_levenshtein(name, pattern.text());
    let near = config.paths.iter().map(|(name, _)| name.as_str()).min_by_key(|name| far(name));
    match near.filter(|name| far(name) <= 3) {
        Some(name) => fault.help(format!("did you mean the path set `{name}`?")),
        None => fault,
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
