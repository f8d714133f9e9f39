//! The shortest order of a few tasks, found by trying all that can be better than the best so far. Pure: it knows parts
//! and times, counted from now, and nothing of a queue.

use std::time::Duration;

/// So many steps are taken at most: a millisecond or two. More would be felt by the workers that wait for a task.
const STEPS: usize = 2_000;

/// What keeps a worker without a break.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) work: Duration,
    /// How long what comes after it has to wait besides.
    pub(super) wait: Duration,
    /// The longest way from its start to the end of the run.
    pub(super) way: Duration,
    /// It does not start before this time.
    pub(super) from: Duration,
    /// It has started, and `work` is what is left.
    pub(super) runs: bool,
    /// Places of the parts that need it.
    pub(super) dependents: Vec<usize>,
}

/// The part that starts first in the shortest run, and when that is.
pub(super) type First = (usize, Duration);

struct Search<'a> {
    parts: &'a [Part],
    /// By place: when the part can start, and how many parts before it are not placed.
    from: Vec<Duration>,
    needs: Vec<usize>,
    placed: Vec<bool>,
    /// When each worker is free.
    free: Vec<Duration>,
    /// Work that is not placed.
    left: Duration,
    steps: usize,
    best: Option<(Duration, First)>,
}

/// What should start first. Of runs that are equally long, one that begins with `usual` counts, and otherwise the one
/// that is found first. None where the search takes too long.
pub(super) fn first(parts: &[Part], workers: usize, usual: usize) -> Option<First> {
    let running = parts.iter().filter(|part| part.runs).count();
    let mut search = Search {
        parts,
        from: parts.iter().map(|part| part.from).collect(),
        needs: vec![0; parts.len()],
        placed: vec![false; parts.len()],
        free: vec![Duration::ZERO; workers.checked_sub(running)?.min(parts.len())],
        left: parts.iter().map(|part| part.work).sum(),
        steps: 0,
        best: None,
    };
    parts.iter().flat_map(|part| &part.dependents).for_each(|place| search.needs[*place] += 1);
    let mut end = Duration::ZERO;
    for (place, part) in parts.iter().enumerate().filter(|(_, part)| part.runs) {
        search.free.push(part.work);
        end = end.max(search.place(place, Duration::ZERO));
    }
    search.root(usual, end);
    search.best.filter(|_| search.steps < STEPS).map(|(_, first)| first)
}

impl Search<'_> {
    fn root(&mut self, usual: usize, end: Duration) {
        let mut next = self.next();
        next.sort_by_key(|(start, part)| (*part != usual, *start, *part));
        for (start, part) in next {
            self.try_part(part, start, end, (part, start));
        }
    }

    /// The parts that can be placed, with their starts. The order is that of the usual rule.
    fn next(&self) -> Vec<(Duration, usize)> {
        let free = self.free.iter().min().copied().unwrap_or_default();
        let open = (0..self.parts.len()).filter(|part| !self.placed[*part] && self.needs[*part] == 0);
        open.map(|part| (self.from[part].max(free), part)).collect()
    }

    /// Tries each part that can come next. Parts are placed in the order of their starts, each as early as it can be:
    /// the shortest run has such an order, also where a worker has to stay idle.
    fn go_on(&mut self, last: First, end: Duration, first: First) {
        self.steps += 1;
        let mut next = self.next();
        let best = self.best.map_or(Duration::MAX, |(best, _)| best);
        if next.is_empty() {
            if end < best {
                self.best = Some((end, first));
            }
            return;
        }
        let way = next.iter().map(|(start, part)| *start + self.parts[*part].way).max().unwrap_or_default();
        let busy: Duration = self.free.iter().map(|free| *free.max(&last.1)).sum();
        let workers = u32::try_from(self.free.len()).unwrap_or(u32::MAX);
        if self.steps >= STEPS || end.max(way).max((busy + self.left) / workers) >= best {
            return;
        }
        next.sort();
        for (start, part) in next {
            // Of parts that start together one order is enough.
            let is_new = start > last.1 || part > last.0 || self.parts[last.0].work.is_zero();
            if start >= last.1 && is_new {
                self.try_part(part, start, end, first);
            }
        }
    }

    fn try_part(&mut self, part: usize, start: Duration, end: Duration, first: First) {
        let worker = (0..self.free.len()).min_by_key(|worker| self.free[*worker]);
        let Some(worker) = worker else { return };
        let free = self.free[worker];
        let from = self.from.clone();
        self.free[worker] = start + self.parts[part].work;
        let ends = self.place(part, start);
        self.go_on((part, start), end.max(ends), first);
        self.placed[part] = false;
        self.left += self.parts[part].work;
        self.parts[part].dependents.iter().for_each(|place| self.needs[*place] += 1);
        self.from = from;
        self.free[worker] = free;
    }

    /// Gives a part its start, and says when what needs it can start.
    fn place(&mut self, place: usize, start: Duration) -> Duration {
        let part = &self.parts[place];
        let ends = start + part.work + part.wait;
        self.placed[place] = true;
        self.left -= part.work;
        for dependent in &part.dependents {
            self.needs[*dependent] -= 1;
            self.from[*dependent] = self.from[*dependent].max(ends);
        }
        ends
    }
}
