//! What a run has to do, as tasks for the queue: which units are built by one command, and what has to have happened
//! before each of them is uploaded.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Schedule};
use crate::config::Barrier;
use crate::ecosystem;
use crate::model::PackageId;
use crate::publish::Goal;
use crate::queue::Task;

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
        let mut tasks = Vec::new();
        for (group, members) in groups.iter().enumerate() {
            let cost = members.iter().map(|place| self.guess(*place).0).sum();
            tasks.push(Task { key: Key::Build(group), needs: Vec::new(), cost, wait: 0.0 });
            tasks.extend(members.iter().map(|place| Task {
                key: Key::Passed(*place),
                needs: vec![Key::Build(group)],
                cost: 0.0,
                wait: 0.0,
            }));
        }
        if self.run.goal == Goal::Build {
            return tasks;
        }
        for (place, unit) in self.run.units.iter().enumerate() {
            let before = unit.needs.iter().filter_map(|id| places.get(id)).map(|need| Key::Ship(*need));
            let passed = self.behind_barrier(place, &places).into_iter().map(Key::Passed);
            tasks.push(Task {
                key: Key::Ship(place),
                needs: before.chain(passed).collect(),
                cost: self.guess(place).1,
                wait: 0.0,
            });
        }
        tasks
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

    fn guess(&self, place: usize) -> (f64, f64) {
        ecosystem::of(self.run.units[place].package.id.kind).guess()
    }
}
