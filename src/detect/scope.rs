//! Which paths belong to a component: the directories of its packages, where the longest directory wins, or what its
//! rules name; and the paths that are never a change.

use crate::config::{self, Config};
use crate::ecosystem;
use crate::fault::Faults;
use crate::model::{Component, Package};
use crate::path;
use crate::pattern::Pattern;
use crate::workspace::Workspace;

/// The paths of one component.
pub(super) struct Scope<'a> {
    /// From path sets, which are looked after by themselves.
    shared: Vec<&'a Pattern>,
    /// From the component's own rules.
    own: Vec<Pattern>,
    /// Directory of each package of the repository, with whether it is the component's.
    dirs: Vec<(&'a str, bool)>,
    /// Line of the rules.
    pub(super) line: usize,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        component: &Component,
        workspace: &'a Workspace,
        config: &'a Config,
    ) -> Result<Scope<'a>, Faults> {
        let mut scope = Scope { shared: Vec::new(), own: Vec::new(), dirs: Vec::new(), line: 0 };
        let Some(rules) = config.component(&component.name).filter(|rules| !rules.changed_by.is_empty())
        else {
            let is_own = |package: &Package| component.packages.contains(&package.id);
            scope.dirs =
                workspace.packages.iter().map(|package| (package.dir.as_str(), is_own(package))).collect();
            return Ok(scope);
        };
        scope.line = rules.line;
        let mut faults = Faults::default();
        for text in &rules.changed_by {
            if let Some((_, set)) = config.paths.iter().find(|(name, _)| name == text) {
                scope.shared.extend(set);
                continue;
            }
            match Pattern::new(text) {
                Ok(pattern) => scope.own.push(pattern),
                Err(why) => {
                    let message =
                        format!("`changed-by` of `[component.{}]` holds the glob `{text}`", rules.name);
                    faults.push(config::fault(rules.line, message).because(why));
                }
            }
        }
        faults.or(scope)
    }

    /// The patterns that stand in its rules and not in a path set.
    pub(super) fn own_patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.own.iter()
    }

    pub(super) fn owns(&self, path: &str) -> bool {
        let within = self.dirs.iter().filter(|(dir, _)| path::is_within(path, dir));
        let longest = within.max_by_key(|(dir, own)| (dir.len(), *own));
        let mut patterns = self.shared.iter().copied().chain(&self.own);
        longest.is_some_and(|(_, own)| *own) || patterns.any(|pattern| pattern.matches(path))
    }
}

/// Changelogs and locks are written by releases, so they are no reason for one.
pub(super) fn is_ignored(path: &str, config: &Config) -> bool {
    let rewritten = ecosystem::ALL.iter().any(|ecosystem| ecosystem.rewrites(path));
    rewritten || path == config::FILE || config.release.ignore.iter().any(|pattern| pattern.matches(path))
}
