//! How others order a release, to compare with.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::jobs::Job;
use crate::run::Policy;

/// First in, first out; level by level with `levels`, where a job starts when all of the level before have finished.
pub(crate) struct InTurn {
    /// Needs that are not finished.
    open: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    levels: Vec<usize>,
    /// Jobs that are not finished, by level.
    unfinished: BTreeMap<usize, usize>,
    /// What may start, by level, time and turn.
    ready: BTreeSet<(usize, Duration, usize, usize)>,
    turn: usize,
    running: usize,
}

impl InTurn {
    pub(crate) fn first_in_first_out(jobs: &[Job]) -> InTurn {
        InTurn::new(jobs, vec![0; jobs.len()])
    }

    pub(crate) fn by_level(jobs: &[Job]) -> InTurn {
        InTurn::new(jobs, jobs.iter().map(|job| job.level).collect())
    }

    fn new(jobs: &[Job], levels: Vec<usize>) -> InTurn {
        let open = jobs.iter().map(|job| job.needs.len()).collect();
        let mut dependents = vec![Vec::new(); jobs.len()];
        let mut unfinished = BTreeMap::new();
        for (place, job) in jobs.iter().enumerate() {
            job.needs.iter().for_each(|need| dependents[*need].push(place));
            *unfinished.entry(levels[place]).or_default() += 1;
        }
        let ready = BTreeSet::new();
        let mut queue = InTurn { open, dependents, levels, unfinished, ready, turn: 0, running: 0 };
        let first = (0..jobs.len()).filter(|place| jobs[*place].needs.is_empty());
        first.for_each(|place| queue.enqueue(place, Duration::ZERO));
        queue
    }

    fn enqueue(&mut self, job: usize, from: Duration) {
        self.turn += 1;
        self.ready.insert((self.levels[job], from, self.turn, job));
    }

    /// The first job of the level that is not finished.
    fn first(&self) -> Option<(usize, Duration, usize, usize)> {
        let level = *self.unfinished.first_key_value()?.0;
        self.ready.first().copied().filter(|first| first.0 == level)
    }
}

impl Policy for InTurn {
    fn take(&mut self, now: Duration) -> Option<usize> {
        let first = self.first().filter(|first| first.1 <= now)?;
        self.ready.remove(&first);
        self.running += 1;
        Some(first.3)
    }

    fn finish(&mut self, job: usize, now: Duration) {
        self.running -= 1;
        let left = self.unfinished.get_mut(&self.levels[job]).expect("every job has a level");
        *left -= 1;
        if *left == 0 {
            self.unfinished.remove(&self.levels[job]);
        }
        for dependent in std::mem::take(&mut self.dependents[job]) {
            self.open[dependent] -= 1;
            if self.open[dependent] == 0 {
                self.enqueue(dependent, now);
            }
        }
    }

    fn again(&mut self, job: usize, not_before: Duration, _left: Duration) {
        self.running -= 1;
        self.enqueue(job, not_before);
    }

    fn next_time(&self) -> Option<Duration> {
        self.first().map(|first| first.1)
    }

    fn is_done(&self) -> bool {
        self.ready.is_empty() && self.running == 0
    }
}
