//! A run on a clock that only the events move: what happens when, without waiting for it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use castoff::queue::Queue;

use crate::jobs::Job;

/// What decides which job is started next.
pub(crate) trait Policy {
    fn take(&mut self, now: Duration) -> Option<usize>;
    fn finish(&mut self, job: usize, now: Duration);
    /// The job waits, and there is so much work left then.
    fn again(&mut self, job: usize, not_before: Duration, left: Duration);
    fn next_time(&self) -> Option<Duration>;
    fn is_done(&self) -> bool;
}

impl Policy for Queue<usize> {
    fn take(&mut self, now: Duration) -> Option<usize> {
        Queue::take(self, now)
    }

    fn finish(&mut self, job: usize, _now: Duration) {
        Queue::finish(self, &job);
    }

    fn again(&mut self, job: usize, not_before: Duration, left: Duration) {
        self.left(&job, left.as_secs_f64());
        Queue::again(self, &job, not_before);
    }

    fn next_time(&self) -> Option<Duration> {
        Queue::next_time(self)
    }

    fn is_done(&self) -> bool {
        Queue::is_done(self)
    }
}

/// How long the jobs take with so many workers. The policy hears of `guesses` only; it owns the loop as
/// `publish::schedule` does.
pub(crate) fn run(jobs: &[Job], guesses: &[Job], workers: usize, policy: &mut dyn Policy) -> Duration {
    let mut rest: Vec<_> = jobs.iter().map(|job| job.rest).collect();
    let mut running: BinaryHeap<Reverse<(Duration, usize)>> = BinaryHeap::new();
    let mut begun = vec![false; jobs.len()];
    let mut now = Duration::ZERO;
    loop {
        while running.len() < workers
            && let Some(job) = policy.take(now)
        {
            let work = if begun[job] {
                rest[job].take().expect("only what waits is started twice").1
            } else {
                jobs[job].work
            };
            begun[job] = true;
            running.push(Reverse((now + work, job)));
        }
        if policy.is_done() {
            return now;
        }
        let due = if running.len() < workers { policy.next_time() } else { None };
        let end = running.peek().map(|Reverse((end, _))| *end);
        assert!(due.is_none_or(|due| due > now), "a job could start and a worker is free");
        now = [due, end].into_iter().flatten().min().expect("a run that is not done goes on");
        while let Some(&Reverse((end, job))) = running.peek()
            && end <= now
        {
            running.pop();
            match rest[job] {
                Some((wait, _)) => {
                    let left = guesses[job].rest.expect("guesses are of the same jobs").1;
                    policy.again(job, now + wait, left);
                }
                None => policy.finish(job, now),
            }
        }
    }
}

/// No run can be shorter: the longest way through the jobs with its waits, or all work shared among the workers.
pub(crate) fn bound(jobs: &[Job], workers: usize) -> Duration {
    let mut ends: Vec<Duration> = Vec::new();
    for job in jobs {
        let start = job.needs.iter().map(|need| ends[*need]).max().unwrap_or_default();
        ends.push(start + job.all_work() + job.wait());
    }
    let work: Duration = jobs.iter().map(Job::all_work).sum();
    ends.into_iter().max().unwrap_or_default().max(work.div_f64(workers as f64))
}
