//! The ready queue: which task may start now, and which comes first. A plain struct without threads or clock: the
//! thread that owns it says what time it is and what happened.
//!
//! Among the tasks that may start, the one with the longest way to the end of the run goes first, unless it had better
//! leave the last free worker to a more urgent one that comes back soon. Where few tasks are open, every order of them is
//! tried, and the shortest one says what starts, or that a worker is left free until more is known. Everything is kept in order as it changes, so
//! that a step costs the logarithm of the number of tasks and not a look at each.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use ahead::Ahead;
use few::Choice;

mod ahead;
mod few;
mod keep;
mod search;
#[cfg(test)]
mod tests;

/// A task as it is put into the queue.
#[derive(Clone, Debug)]
pub struct Task<K> {
    /// What it is. Of tasks with the same key the first counts.
    pub key: K,
    /// Tasks that must have finished before it starts.
    pub needs: Vec<K>,
    /// How long it may keep a worker, in seconds; a guess is enough.
    pub cost: f64,
    /// How long it may wait besides, without a worker, in seconds.
    pub wait: f64,
    /// How much of the cost comes after that wait, in seconds.
    pub rest: f64,
}

/// Where a task is.
#[derive(Clone, Copy, Debug)]
enum State {
    /// So many of its needs are not finished.
    Waiting(usize),
    /// May start.
    Ready,
    /// May start from this time on.
    Later(Duration),
    /// Runs since this time.
    Running(Duration),
    Finished,
    Failed,
    /// The place of the task that failed before it.
    Blocked(usize),
}

/// What is known of a task.
#[derive(Clone, Debug)]
struct Entry {
    state: State,
    /// Places of the tasks that need it.
    dependents: Vec<usize>,
    /// What is left of its own work.
    work: Duration,
    /// What is left of its own waiting.
    wait: Duration,
    /// What it works after that; a part of `work`.
    rest: Duration,
    /// How often it has given its worker back to wait.
    waits: u32,
    /// The longest way from its end to the end of the run.
    after: Duration,
}

impl Entry {
    /// The longest way from its start to the end of the run.
    fn path(&self) -> Duration {
        self.work + self.wait + self.after
    }
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Queue<K> {
    /// In order, so that the smaller of two places has the smaller key.
    keys: Vec<K>,
    /// By place, like `keys`.
    entries: Vec<Entry>,
    /// The tasks that may start; the first one is the next.
    ready: BTreeSet<(Reverse<Duration>, usize)>,
    /// The tasks that may start from a time on, by that time.
    later: BTreeSet<(Duration, usize)>,
    ahead: Ahead,
    /// How many tasks may run at once.
    workers: usize,
    /// Until when the last free worker is kept for a task that comes back.
    kept: Option<Duration>,
}

impl<K: Clone + Ord> Queue<K> {
    /// A queue of tasks. Needs that are not among the tasks are taken as finished.
    pub fn new(tasks: &[Task<K>]) -> Queue<K> {
        let mut tasks: Vec<&Task<K>> = tasks.iter().collect();
        tasks.sort_by(|one, other| one.key.cmp(&other.key));
        tasks.dedup_by(|one, other| one.key == other.key);
        let keys: Vec<K> = tasks.iter().map(|task| task.key.clone()).collect();
        let places = |task: &&Task<K>| -> BTreeSet<usize> {
            task.needs.iter().filter_map(|need| keys.binary_search(need).ok()).collect()
        };
        let needs: Vec<BTreeSet<usize>> = tasks.iter().map(places).collect();
        let entry = |(task, needs): (&&Task<K>, &BTreeSet<usize>)| Entry {
            state: if needs.is_empty() { State::Ready } else { State::Waiting(needs.len()) },
            dependents: Vec::new(),
            work: duration(task.cost),
            wait: duration(task.wait),
            rest: duration(task.rest).min(duration(task.cost)),
            waits: 0,
            after: Duration::ZERO,
        };
        let mut entries: Vec<Entry> = tasks.iter().zip(&needs).map(entry).collect();
        for (place, needs) in needs.iter().enumerate() {
            needs.iter().for_each(|need| entries[*need].dependents.push(place));
        }
        measure(&mut entries, &needs);
        let (ready, later, ahead) = (BTreeSet::new(), BTreeSet::new(), Ahead::default());
        let mut queue = Queue { keys, entries, ready, later, ahead, workers: usize::MAX, kept: None };
        (0..queue.keys.len()).for_each(|place| queue.enter(place));
        queue
    }

    /// The same queue for so many workers. One that does not know their number keeps none free.
    pub fn with_workers(self, workers: usize) -> Queue<K> {
        Queue { workers, ..self }
    }

    /// Starts the ready task with the longest way to the end; of equals the smallest key. None when nothing is ready,
    /// or when the last free worker is kept for a more urgent task that comes back soon. Where few tasks are open,
    /// the shortest of all their orders decides both.
    pub fn take(&mut self, now: Duration) -> Option<K> {
        self.wake(now);
        let &(_, usual) = self.ready.first()?;
        // What was found for few tasks holds as long as nothing happens; it is not searched for again.
        if self.is_small() && self.kept.is_some_and(|until| now < until) {
            return None;
        }
        let choice = self.best(usual, now).or_else(|| self.keeps_free(usual, now).map(Choice::Keep));
        let place = match choice.unwrap_or(Choice::Start(usual)) {
            Choice::Start(place) => place,
            Choice::Keep(until) => {
                self.kept = Some(until);
                return None;
            }
        };
        self.put(place, State::Running(now));
        Some(self.keys[place].clone())
    }

    /// The same among some of the tasks, and no worker is kept.
    pub fn take_of(&mut self, now: Duration, among: impl Fn(&K) -> bool) -> Option<K> {
        self.wake(now);
        let (_, place) = *self.ready.iter().find(|(_, place)| among(&self.keys[*place]))?;
        self.put(place, State::Running(now));
        Some(self.keys[place].clone())
    }

    /// A task is done; what waited for it alone becomes ready.
    pub fn finish(&mut self, key: &K) {
        let Some(place) = self.open(key) else { return };
        self.put(place, State::Finished);
        for dependent in mem::take(&mut self.entries[place].dependents) {
            match self.entries[dependent].state {
                State::Waiting(1) => self.put(dependent, State::Ready),
                State::Waiting(count) => self.entries[dependent].state = State::Waiting(count - 1),
                _ => {}
            }
        }
    }

    /// A task failed; all that needs it, directly or not, will not start.
    pub fn fail(&mut self, key: &K) {
        let Some(culprit) = self.open(key) else { return };
        self.put(culprit, State::Failed);
        let mut pending = mem::take(&mut self.entries[culprit].dependents);
        while let Some(place) = pending.pop() {
            if let State::Waiting(_) = self.entries[place].state {
                self.put(place, State::Blocked(culprit));
                pending.append(&mut self.entries[place].dependents);
            }
        }
    }

    /// So many seconds of work, and no more waiting, are left of a task that has started. What it has done already
    /// makes its way shorter; tell it before [`Queue::again`].
    pub fn left(&mut self, key: &K, cost: f64) {
        let Some(place) = self.open(key) else { return };
        self.leave(place);
        self.entries[place].work = duration(cost);
        self.entries[place].wait = Duration::ZERO;
        self.entries[place].rest = Duration::ZERO;
        self.kept = None;
        self.enter(place);
    }

    /// A task only waits: it gives its worker back and is not taken before this time.
    pub fn again(&mut self, key: &K, not_before: Duration) {
        let Some(place) = self.open(key) else { return };
        self.entries[place].waits += 1;
        self.put(place, State::Later(not_before));
    }

    /// When the next ready task may start, or the one that a worker is kept for; zero for at once, none when nothing is
    /// ready.
    pub fn next_time(&self) -> Option<Duration> {
        if self.ready.is_empty() {
            return self.later.first().map(|(from, _)| *from);
        }
        self.kept.or(Some(Duration::ZERO))
    }

    /// Whether nothing runs and nothing can start any more.
    pub fn is_done(&self) -> bool {
        self.ready.is_empty() && self.later.is_empty() && self.ahead.running() == 0
    }

    /// Tasks that will not start, with the one that failed before them.
    pub fn blocked(&self) -> Vec<(K, K)> {
        let blocked = self.keys.iter().zip(&self.entries).filter_map(|(key, entry)| match entry.state {
            State::Blocked(by) => Some((key.clone(), self.keys[by].clone())),
            _ => None,
        });
        blocked.collect()
    }

    /// How long the rest may take with so many workers: the longest way to the end, or all the work that is left
    /// shared among the workers, whichever is longer.
    pub fn forecast(&mut self, jobs: usize, now: Duration) -> Duration {
        self.wake(now);
        let shared = self.ahead.work(now) / u32::try_from(jobs.max(1)).unwrap_or(u32::MAX);
        self.ahead.longest(now).max(shared)
    }

    /// Those whose time has come are ready.
    fn wake(&mut self, now: Duration) {
        while let Some(&(from, place)) = self.later.first()
            && from <= now
        {
            self.put(place, State::Ready);
        }
    }

    /// The place of a task that has not ended in any way.
    fn open(&self, key: &K) -> Option<usize> {
        let place = self.keys.binary_search(key).ok()?;
        match self.entries[place].state {
            State::Waiting(_) | State::Ready | State::Later(_) | State::Running(_) => Some(place),
            State::Finished | State::Failed | State::Blocked(_) => None,
        }
    }

    fn put(&mut self, place: usize, state: State) {
        self.kept = None;
        self.leave(place);
        self.entries[place].state = state;
        self.enter(place);
    }

    /// Takes a task out of all that is ordered by what is known of it.
    fn leave(&mut self, place: usize) {
        let entry = &self.entries[place];
        match entry.state {
            State::Ready => drop(self.ready.remove(&(Reverse(entry.path()), place))),
            State::Later(from) => drop(self.later.remove(&(from, place))),
            _ => {}
        }
        self.ahead.leave(place, entry);
    }

    fn enter(&mut self, place: usize) {
        let entry = &self.entries[place];
        match entry.state {
            State::Ready => drop(self.ready.insert((Reverse(entry.path()), place))),
            State::Later(from) => drop(self.later.insert((from, place))),
            _ => {}
        }
        self.ahead.enter(place, entry);
    }
}

/// Longest ways to the end, by walking from the tasks that nothing waits for.
fn measure(entries: &mut [Entry], needs: &[BTreeSet<usize>]) {
    let mut open: Vec<usize> = entries.iter().map(|entry| entry.dependents.len()).collect();
    let mut pending: Vec<usize> = (0..open.len()).filter(|place| open[*place] == 0).collect();
    while let Some(place) = pending.pop() {
        let path = entries[place].path();
        for need in &needs[place] {
            let after = &mut entries[*need].after;
            *after = path.max(*after);
            open[*need] -= 1;
            if open[*need] == 0 {
                pending.push(*need);
            }
        }
    }
}

/// Guesses are kept whole: sums of them are the same in every order, and equal ways are equal.
fn duration(seconds: f64) -> Duration {
    const CENTURY: f64 = 3.2e9;
    Duration::try_from_secs_f64(seconds.clamp(0.0, CENTURY)).unwrap_or_default()
}
