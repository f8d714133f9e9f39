//! The shortest run of a few jobs, found by trying every order.

use std::time::Duration;

use crate::jobs::Job;

/// What keeps a worker without a break.
struct Part {
    work: Duration,
    /// Parts before it, and how long it waits after each.
    after: Vec<(usize, Duration)>,
    /// The longest way from its start to the end of the run.
    way: Duration,
}

struct Search<'a> {
    parts: &'a [Part],
    /// When each part ends, as far as it is placed.
    ends: Vec<Option<Duration>>,
    /// When each worker is free.
    free: Vec<Duration>,
    /// Work that is not placed.
    left: Duration,
    best: Duration,
}

/// The length of the shortest run, given the length of one that is possible.
pub(crate) fn shortest(jobs: &[Job], workers: usize, possible: Duration) -> Duration {
    let parts = parts(jobs);
    let left = parts.iter().map(|part| part.work).sum();
    let (ends, free) = (vec![None; parts.len()], vec![Duration::ZERO; workers]);
    let mut search = Search { parts: &parts, ends, free, left, best: possible };
    search.place(Duration::ZERO, Duration::ZERO);
    search.best
}

impl Search<'_> {
    /// Tries each part that can come next. Parts are placed in the order of their starts, each as early as it can be:
    /// the shortest run has such an order, also where a worker has to stay idle.
    fn place(&mut self, last: Duration, end: Duration) {
        let worker = (0..self.free.len()).min_by_key(|worker| self.free[*worker]).expect("there are workers");
        let free = self.free[worker];
        let next: Vec<(usize, Duration)> =
            (0..self.parts.len()).filter_map(|part| Some((part, self.start(part, free)?))).collect();
        if next.is_empty() {
            self.best = self.best.min(end);
        }
        let shared = (self.free.iter().sum::<Duration>() + self.left).div_f64(self.free.len() as f64);
        let way = next.iter().map(|(part, start)| *start + self.parts[*part].way).max();
        if way.unwrap_or(end).max(shared) >= self.best {
            return;
        }
        for (part, start) in next {
            if start < last {
                continue;
            }
            let work = self.parts[part].work;
            self.ends[part] = Some(start + work);
            self.free[worker] = start + work;
            self.left -= work;
            self.place(start, end.max(start + work));
            self.left += work;
            self.free[worker] = free;
            self.ends[part] = None;
        }
    }

    /// When a part can start; none when it is placed already or something before it is not.
    fn start(&self, part: usize, free: Duration) -> Option<Duration> {
        if self.ends[part].is_some() {
            return None;
        }
        let after = self.parts[part].after.iter();
        let ends: Option<Vec<Duration>> = after.map(|(part, wait)| Some(self.ends[*part]? + *wait)).collect();
        ends.map(|ends| ends.into_iter().fold(free, Duration::max))
    }
}

fn parts(jobs: &[Job]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut last: Vec<usize> = Vec::new();
    for job in jobs {
        let after = job.needs.iter().map(|need| (last[*need], Duration::ZERO)).collect();
        parts.push(Part { work: job.work, after, way: Duration::ZERO });
        if let Some((wait, work)) = job.rest {
            let after = vec![(parts.len() - 1, wait)];
            parts.push(Part { work, after, way: Duration::ZERO });
        }
        last.push(parts.len() - 1);
    }
    for part in (0..parts.len()).rev() {
        let way = parts[part].way + parts[part].work;
        parts[part].way = way;
        for (before, wait) in parts[part].after.clone() {
            parts[before].way = parts[before].way.max(way + wait);
        }
    }
    parts
}
