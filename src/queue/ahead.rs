//! What is still ahead of a run: the ways to its end and the work, in the order in which a forecast asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Entry, State};

/// What has not ended yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead {
    /// Ways of the tasks that no worker has begun.
    ways: BTreeSet<(Duration, usize)>,
    /// When the ways of the others end: of those that run, and of those that start again at a known time.
    ends: BTreeSet<(Duration, usize)>,
    /// Start and work of those that run: as many as there are workers.
    running: BTreeMap<usize, (Duration, Duration)>,
    /// All work that is left, that of running tasks as if they had just begun.
    work: Duration,
}

impl Ahead {
    pub(super) fn enter(&mut self, place: usize, entry: &Entry) {
        match entry.state {
            State::Waiting(_) | State::Ready => drop(self.ways.insert((entry.path(), place))),
            State::Later(from) => drop(self.ends.insert((from.saturating_add(entry.path()), place))),
            State::Running(since) => {
                self.ends.insert((since.saturating_add(entry.path()), place));
                self.running.insert(place, (since, entry.work));
            }
            State::Finished | State::Failed | State::Blocked(_) => return,
        }
        self.work += entry.work;
    }

    pub(super) fn leave(&mut self, place: usize, entry: &Entry) {
        match entry.state {
            State::Waiting(_) | State::Ready => drop(self.ways.remove(&(entry.path(), place))),
            State::Later(from) => drop(self.ends.remove(&(from.saturating_add(entry.path()), place))),
            State::Running(since) => {
                self.ends.remove(&(since.saturating_add(entry.path()), place));
                self.running.remove(&place);
            }
            State::Finished | State::Failed | State::Blocked(_) => return,
        }
        self.work -= entry.work;
    }

    /// How many tasks have not ended.
    pub(super) fn open(&self) -> usize {
        self.ways.len() + self.ends.len()
    }

    /// Their places.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.ways.iter().chain(&self.ends).map(|(_, place)| *place)
    }

    /// How many tasks run.
    pub(super) fn running(&self) -> usize {
        self.running.len()
    }

    /// When the first of the running tasks should end.
    pub(super) fn next_end(&self) -> Option<Duration> {
        self.running.values().map(|(since, work)| *since + *work).min()
    }

    /// The longest way to the end.
    pub(super) fn longest(&self, now: Duration) -> Duration {
        let way = self.ways.last().map_or(Duration::ZERO, |(way, _)| *way);
        let end = self.ends.last().map_or(Duration::ZERO, |(end, _)| *end);
        way.max(end.saturating_sub(now))
    }

    /// All work that is left.
    pub(super) fn work(&self, now: Duration) -> Duration {
        let done = self.running.values().map(|(since, work)| now.saturating_sub(*since).min(*work));
        self.work - done.sum::<Duration>()
    }
}
