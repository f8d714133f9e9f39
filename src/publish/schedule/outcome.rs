//! What became of every unit, once nothing runs any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Schedule, State};
use crate::effect::{Event, Step};
use crate::model::PackageId;
use crate::publish::{BuiltFile, Goal, Published, Summary};

impl Schedule<'_> {
    /// Tells which more units are blocked, when something has failed.
    pub(super) fn tell_blocked(&self, state: &mut State) {
        let id = |place: usize| &self.run.units[place].package.id;
        for (place, by) in self.blocked(state) {
            if state.blocked.insert(place, by).is_none() {
                self.world.tell(Event::of(id(place), Step::Blocked, format!("`{}` failed", id(by))));
            }
        }
    }

    /// Units that are not carried out because of another one, each with the one at fault. A stop is nobody's fault.
    fn blocked(&self, state: &State) -> BTreeMap<usize, usize> {
        let mut blocked = state.without.clone();
        for (key, by) in state.queue.blocked() {
            // A package may also be built after another one.
            if let (Key::Ship(place) | Key::Passed(place), Key::Ship(by) | Key::Passed(by)) = (key, by) {
                // The one at fault, not one that stands between.
                let by = [place, by].iter().find_map(|place| state.without.get(place)).copied().unwrap_or(by);
                blocked.insert(place, by);
            }
        }
        blocked.retain(|place, _| !state.failed.contains_key(place) && !self.world.stopped());
        blocked
    }

    pub(super) fn sum_up(&self, state: State, summary: &mut Summary) {
        let id = |place: usize| self.run.units[place].package.id.clone();
        let public = state.progress.values().any(|progress| progress.public);
        summary.uploaded = public || !state.published.is_empty();
        let public = state.progress.iter().filter(|(_, progress)| progress.public);
        summary.unverified.extend(public.map(|(place, _)| id(*place)));
        let asked = state.progress.iter().chain(&state.published);
        summary.reported.extend(asked.map(|(place, progress)| (id(*place), progress.reported.clone())));
        // One whose uploads were blocked may have failed in its own build since.
        let blocked = state.blocked.iter().filter(|(place, _)| !state.failed.contains_key(place));
        summary.blocked.extend(blocked.map(|(place, by)| (id(*place), id(*by))));
        let blocked: BTreeSet<PackageId> = summary.blocked.iter().map(|(id, _)| id.clone()).collect();
        let told = |place: &usize| {
            state.published.contains_key(place)
                || (self.run.goal == Goal::Build && state.built.contains_key(place))
                || state.failed.contains_key(place)
                || blocked.contains(&id(*place))
        };
        summary.cancelled.extend((0..self.run.units.len()).filter(|place| !told(place)).map(id));
        let mut built = state.built;
        for place in state.published.into_keys() {
            let files = built.remove(&place).unwrap_or_default();
            summary.published.push(self.outcome(place, files));
        }
        if self.run.goal == Goal::Build {
            summary.would_upload = self.would_upload(&|place| built.contains_key(&place));
            summary.built.extend(built.into_iter().map(|(place, files)| self.outcome(place, files)));
        }
        summary.failed.extend(state.failed.into_iter().map(|(place, fault)| (id(place), fault)));
    }

    fn outcome(&self, place: usize, files: Vec<BuiltFile>) -> Published {
        let unit = &self.run.units[place];
        Published {
            id: unit.package.id.clone(),
            version: unit.version.clone(),
            registry: unit.package.registry().unwrap_or_default().to_string(),
            files,
            stand_in: unit.stand_in,
        }
    }
}
