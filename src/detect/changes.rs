//! The changes of all components at once: one pass over the commits and one over each comparison of trees, so that the
//! work does not grow with the number of components.

use std::collections::{BTreeMap, BTreeSet};

use super::Base;
use super::doubtful::is_rewritten;
use super::history::History;
use super::scope::{Owners, is_ignored};
use crate::config::Config;
use crate::model::{Commit, Snapshot};

/// What changed, by the place of each component.
pub(super) struct Changes<'a> {
    snapshot: &'a Snapshot,
    config: &'a Config,
    owners: &'a Owners<'a>,
    bases: &'a [Base],
    /// Which commits each base reaches.
    before: BTreeMap<&'a str, Vec<bool>>,
    files: Vec<BTreeSet<&'a String>>,
    commits: Vec<Vec<usize>>,
    /// Commits since the oldest base.
    pub(super) places: Vec<usize>,
    /// Those of them that touch only components which were released since.
    pub(super) early: BTreeSet<usize>,
}

/// What was found for all components.
pub(super) struct Found {
    /// Files and commits of each component, by its place.
    pub(super) components: Vec<(Vec<String>, Vec<usize>)>,
    /// Commits of components that go by paths and in which nothing but versions differs.
    pub(super) bumps: BTreeSet<usize>,
}

impl<'a> Changes<'a> {
    /// Looks at every commit since the oldest base.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        config: &'a Config,
        history: &History,
        owners: &'a Owners<'a>,
        bases: &'a [Base],
    ) -> Changes<'a> {
        let before = history.before(bases.iter().map(|base| base.commit.as_str()));
        let places = history.since_any(&before);
        let (files, commits) = (vec![BTreeSet::new(); bases.len()], vec![Vec::new(); bases.len()]);
        let early = BTreeSet::new();
        let mut changes = Changes { snapshot, config, owners, bases, before, files, commits, places, early };
        for place in changes.places.clone() {
            changes.note(place, &snapshot.commits[place]);
        }
        changes
    }

    /// A commit concerns a component when it changes a path of it. One that changes nothing at all speaks to every
    /// component, but a merge that changes nothing of its own to none.
    fn note(&mut self, place: usize, commit: &'a Commit) {
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        if commit.parents.len() <= 1 && commit.files.is_empty() {
            touched.extend(0..self.bases.len());
        }
        for path in &commit.files {
            for component in self.owners_of(path) {
                touched.insert(component);
                if self.is_new(component, place) {
                    self.files[component].insert(path);
                }
            }
        }
        let mine: Vec<usize> =
            touched.iter().copied().filter(|component| self.is_new(*component, place)).collect();
        if mine.is_empty() && !touched.is_empty() {
            self.early.insert(place);
        }
        mine.into_iter().for_each(|component| self.commits[component].push(place));
    }

    fn owners_of(&self, path: &str) -> Vec<usize> {
        if is_ignored(path, self.config) { Vec::new() } else { self.owners.of(path) }
    }

    /// Whether a commit came after a component's base.
    fn is_new(&self, component: usize, place: usize) -> bool {
        self.before.get(self.bases[component].commit.as_str()).is_none_or(|before| !before[place])
    }

    /// Files and commits of each component. Where paths decide, and where there is nothing to compare with, the trees
    /// are compared as wholes: what came and went again is no change there. What a bump wrote is no change anywhere.
    pub(super) fn of_components(mut self, by_paths: &[bool]) -> Found {
        let mut groups: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (component, base) in self.bases.iter().enumerate() {
            if by_paths[component] || base.commit.is_empty() {
                groups.entry(&base.commit).or_default().insert(component);
                self.files[component].clear();
            }
        }
        for (base, group) in groups {
            for path in self.snapshot.differences.get(base).into_iter().flatten() {
                for component in
                    self.owners_of(path).into_iter().filter(|component| group.contains(component))
                {
                    self.files[component].insert(path);
                }
            }
        }
        let mut found = Found { components: Vec::new(), bumps: BTreeSet::new() };
        let all = self.files.into_iter().zip(self.commits).zip(self.bases).zip(by_paths);
        for (((files, mut commits), base), by_paths) in all {
            let differ = !files.is_empty();
            let own = files.into_iter().filter(|path| !is_rewritten(self.snapshot, base, path));
            let files: Vec<String> = own.cloned().collect();
            if *by_paths && files.is_empty() {
                let commits = std::mem::take(&mut commits);
                found.bumps.extend(commits.into_iter().filter(|_| differ));
            }
            found.components.push((files, commits));
        }
        found
    }
}
