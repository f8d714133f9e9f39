//! What a run has to do, as tasks for the queue: which units are built by one command, and what has to have happened
//! before each of them is uploaded.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Schedule};
use crate::config::Barrier;
use crate::ecosystem;
use crate::model::PackageId;
use crate::publish::prepare::Preparation;
use crate::publish::{Goal, Unit};
use crate::queue::Task;

/// How long it takes to install what builds need, in seconds; a guess.
const PREPARING: f64 = 10.0;

impl Schedule<'_> {
    /// Units that one command builds.
    pub(super) fn groups(&self) -> Vec<Vec<usize>> {
        let mut together: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        let mut groups = Vec::new();
        for (place, unit) in self.run.units.iter().enumerate() {
            if ecosystem::of(unit.package.id.kind).builds_together() {
                let key = (unit.package.workspace.as_str(), unit.package.registry().unwrap_or_default());
                together.entry(key).or_default().push(place);
            } else {
                groups.push(vec![place]);
            }
        }
        groups.extend(together.into_values());
        groups
    }

    pub(super) fn tasks(&self, groups: &[Vec<usize>]) -> Vec<Task<Key>> {
        let places: BTreeMap<&PackageId, usize> =
            self.run.units.iter().enumerate().map(|(place, unit)| (&unit.package.id, place)).collect();
        let mut tasks = self.preparing();
        for (group, members) in groups.iter().enumerate() {
            let cost = members.iter().map(|place| self.guess(*place).0).sum();
            let needs = members.iter().flat_map(|place| self.before_build(*place, &places)).collect();
            tasks.push(Task { key: Key::Build(group), needs, cost, wait: 0.0, rest: 0.0 });
            tasks.extend(members.iter().map(|place| Task {
                key: Key::Passed(*place),
                needs: vec![Key::Build(group)],
                cost: 0.0,
                wait: 0.0,
                rest: 0.0,
            }));
        }
        if self.run.goal == Goal::Build {
            return tasks;
        }
        // One task between all builds and all uploads, not one line from each to each.
        let all = (0..self.run.units.len()).map(Key::Passed).collect();
        tasks.push(Task { key: Key::AllPassed, needs: all, cost: 0.0, wait: 0.0, rest: 0.0 });
        for (place, unit) in self.run.units.iter().enumerate() {
            let before = unit.needs.iter().filter_map(|id| places.get(id)).map(|need| Key::Ship(*need));
            let passed = match self.run.rules.barrier {
                Barrier::Run => vec![Key::AllPassed],
                Barrier::Component | Barrier::Own => {
                    self.behind_barrier(place, &places).into_iter().map(Key::Passed).collect()
                }
            };
            tasks.push(Task {
                key: Key::Ship(place),
                needs: before.chain(passed).collect(),
                cost: self.guess(place).1,
                wait: 0.0,
                rest: 0.0,
            });
        }
        tasks
    }

    /// Those that would be in each other's way come one after the other.
    fn preparing(&self) -> Vec<Task<Key>> {
        let all = self.preparations.iter().enumerate();
        let task = |(place, preparation): (usize, &Preparation)| {
            let before = self.preparations[..place].iter().enumerate();
            let before = before.filter(|(_, other)| other.shares_with(preparation));
            let needs = before.map(|(other, _)| Key::Prepare(other)).collect();
            Task { key: Key::Prepare(place), needs, cost: PREPARING, wait: 0.0, rest: 0.0 }
        };
        all.map(task).collect()
    }

    /// What has to be over before a unit is built.
    fn before_build(&self, place: usize, places: &BTreeMap<&PackageId, usize>) -> Vec<Key> {
        let package = &self.run.units[place].package;
        let preparations = self.preparations.iter().enumerate();
        let prepared = preparations.filter(|(_, preparation)| preparation.concerns(package));
        let others = ecosystem::of(package.id.kind).builds_after(self.run.tree, package, self.run.packages);
        let others = others.into_iter().filter_map(|other| places.get(&other.id).copied());
        // Packages that need each other to be developed are built as they are published.
        let others = others.filter(|other| *other < place).map(Key::Passed);
        prepared.map(|(place, _)| Key::Prepare(place)).chain(others).collect()
    }

    /// Whether anything could be uploaded once these units are built: the first is one that waits for no other upload.
    pub(super) fn would_upload(&self, is_built: &dyn Fn(usize) -> bool) -> bool {
        let places: BTreeMap<&PackageId, usize> =
            self.run.units.iter().enumerate().map(|(place, unit)| (&unit.package.id, place)).collect();
        let is_first = |unit: &Unit| unit.needs.iter().all(|id| !places.contains_key(id));
        let mut units = self.run.units.iter().enumerate();
        units.any(|(place, unit)| {
            is_first(unit) && self.behind_barrier(place, &places).into_iter().all(is_built)
        })
    }

    /// The units whose builds must have passed before this one is uploaded.
    fn behind_barrier(&self, place: usize, places: &BTreeMap<&PackageId, usize>) -> BTreeSet<usize> {
        let units = &self.run.units;
        match self.run.rules.barrier {
            Barrier::Run => (0..units.len()).collect(),
            Barrier::Own => BTreeSet::from([place]),
            Barrier::Component => {
                let mates = |place: usize| {
                    (0..units.len()).filter(move |other| units[*other].component == units[place].component)
                };
                let mut found: BTreeSet<usize> = BTreeSet::new();
                let mut pending: Vec<usize> = mates(place).collect();
                while let Some(next) = pending.pop() {
                    if found.insert(next) {
                        pending.extend(units[next].needs.iter().filter_map(|id| places.get(id)).copied());
                    }
                }
                found
            }
        }
    }

    pub(super) fn guess(&self, place: usize) -> (f64, f64) {
        ecosystem::of(self.run.units[place].package.id.kind).guess()
    }
}
