//! What a free worker does when few tasks are open: every order of them can be tried then, and the best one decides
//! instead of the usual rule, which looks at one task after the other.

use std::cmp::Reverse;
use std::time::Duration;

use super::search::{self, Part};
use super::{Queue, State};

/// So few open tasks that a worker does not feel how long all their orders take.
const FEW: usize = 9;

/// What is done with a free worker.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    Start(usize),
    /// It is kept free until this time, at which something should happen.
    Keep(Duration),
}

impl<K> Queue<K> {
    /// Whether every order can be tried.
    pub(super) fn is_small(&self) -> bool {
        self.workers != usize::MAX && self.ahead.open() <= FEW
    }

    /// What the shortest run starts with; none where the usual rule has to decide. Of equally short runs one that
    /// starts with `usual` counts.
    pub(super) fn best(&self, usual: usize, now: Duration) -> Option<Choice> {
        if !self.is_small() || self.ahead.running() >= self.workers {
            return None;
        }
        let mut places: Vec<usize> = self.ahead.places().collect();
        places.sort_by_key(|place| (Reverse(self.entries[*place].path()), *place));
        let parts = self.parts(&places, now);
        let usual = places.iter().position(|place| *place == usual)?;
        let (first, start) = search::first(&parts, self.workers, usual)?;
        match places.get(first) {
            Some(place) if matches!(self.entries[*place].state, State::Ready) => Some(Choice::Start(*place)),
            // It came back and had to wait again: nobody knows how often it still does, and a worker could be kept
            // for it until it gives up.
            Some(place) if self.entries[*place].waits > 1 => None,
            _ => keep(&parts, start).map(|time| Choice::Keep(now + time)),
        }
    }

    /// The open tasks, and behind them what those that wait in the middle still do after it.
    fn parts(&self, places: &[usize], now: Duration) -> Vec<Part> {
        let mut parts: Vec<Part> = places.iter().map(|place| self.part(*place, places, now)).collect();
        for (part, place) in places.iter().enumerate() {
            let entry = &self.entries[*place];
            if entry.rest.is_zero() {
                continue;
            }
            let next = parts.len();
            let dependents = std::mem::replace(&mut parts[part].dependents, vec![next]);
            parts.push(Part {
                work: entry.rest,
                way: entry.rest + entry.after,
                dependents,
                ..Part::default()
            });
        }
        parts
    }

    fn part(&self, place: usize, places: &[usize], now: Duration) -> Part {
        let entry = &self.entries[place];
        let (from, done) = match entry.state {
            State::Later(from) => (from.saturating_sub(now), Duration::ZERO),
            State::Running(since) => (Duration::ZERO, now.saturating_sub(since)),
            _ => (Duration::ZERO, Duration::ZERO),
        };
        let part_of = |place: &usize| places.iter().position(|other| other == place);
        Part {
            work: (entry.work - entry.rest).saturating_sub(done),
            wait: entry.wait,
            way: entry.path().saturating_sub(done),
            from,
            runs: matches!(entry.state, State::Running(_)),
            dependents: entry.dependents.iter().filter_map(part_of).collect(),
        }
    }
}

/// How long a worker is kept: at most until something else should happen, for then all may look different. Not where
/// a task takes longer than it should: it may end at any moment.
fn keep(parts: &[Part], start: Duration) -> Option<Duration> {
    let ends = parts.iter().filter(|part| part.runs).map(|part| part.work);
    let from = parts.iter().map(|part| part.from).filter(|from| !from.is_zero());
    ends.chain(from).chain([start]).min().filter(|time| !time.is_zero())
}
