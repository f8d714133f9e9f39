//! The rules of the queue once more, as they are said: every question looks at every task. castoff's own queue has to
//! give the same answers, whatever happens. Only what it takes of few tasks is its own choice, and only has to be one:
//! how good it is, the exact search beside this shows.

use std::collections::BTreeMap;
use std::time::Duration;

use castoff::queue::{Queue, Task};

use crate::random::Random;

/// With so many open tasks the queue, where it knows the workers, tries every order.
const FEW: usize = 9;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Not started, or only waiting until this time.
    From(Duration),
    Running(Duration),
    Finished,
    Failed,
    Blocked(usize),
}

struct Slow {
    tasks: BTreeMap<usize, Task<usize>>,
    states: BTreeMap<usize, State>,
    /// Those that have run and wait.
    waiting: Vec<usize>,
    workers: usize,
    /// Until when a worker was kept free when it was asked for a task, and nothing has happened since.
    kept: Option<Duration>,
}

impl Slow {
    fn new(tasks: &[Task<usize>], workers: usize) -> Slow {
        let states = tasks.iter().map(|task| (task.key, State::From(Duration::ZERO))).collect();
        Slow {
            tasks: tasks.iter().map(|task| (task.key, task.clone())).collect(),
            states,
            waiting: Vec::new(),
            workers,
            kept: None,
        }
    }

    fn keys_in(&self, fits: impl Fn(State) -> bool) -> Vec<usize> {
        self.states.iter().filter(|(_, state)| fits(**state)).map(|(key, _)| *key).collect()
    }

    /// Those that are not running and need nothing that is not finished, with the times from which they may start.
    fn ready(&self) -> Vec<(usize, Duration)> {
        let finished = |need: &usize| self.states.get(need).is_none_or(|state| *state == State::Finished);
        let ready = self.states.iter().filter_map(|(key, state)| match state {
            State::From(from) if self.tasks[key].needs.iter().all(finished) => Some((*key, *from)),
            _ => None,
        });
        ready.collect()
    }

    fn way(&self, key: usize) -> f64 {
        let after = self.tasks.values().filter(|task| task.needs.contains(&key));
        let after = after.map(|task| self.way(task.key)).fold(0.0, f64::max);
        self.tasks[&key].cost + self.tasks[&key].wait + after
    }

    fn is_small(&self) -> bool {
        let open = self.keys_in(|state| matches!(state, State::From(_) | State::Running(_)));
        self.workers != usize::MAX && open.len() <= FEW
    }

    fn due(&self, now: Duration) -> Vec<usize> {
        self.ready().into_iter().filter(|(_, from)| *from <= now).map(|(key, _)| key).collect()
    }

    /// What the queue has chosen of few tasks, or that it keeps a worker until this time; whether it may do so.
    fn follow(&mut self, chosen: Option<usize>, next: Option<Duration>, now: Duration) -> bool {
        let due = self.due(now);
        self.kept = next.filter(|_| chosen.is_none() && !due.is_empty());
        let Some(key) = chosen else {
            return due.is_empty() || self.kept.is_some_and(|until| until > now);
        };
        self.states.insert(key, State::Running(now));
        self.waiting.retain(|waiting| *waiting != key);
        due.contains(&key)
    }

    fn take(&mut self, now: Duration) -> Option<usize> {
        let mut due = self.due(now);
        // Stable, so that of equals the smallest comes first.
        due.sort_by(|one, other| self.way(*other).total_cmp(&self.way(*one)));
        let key = *due.first()?;
        self.kept = self.keeps_free(key, now);
        if self.kept.is_some() {
            return None;
        }
        self.states.insert(key, State::Running(now));
        self.waiting.retain(|waiting| *waiting != key);
        Some(key)
    }

    /// When the first task comes back that must not wait for a worker, while the next one and all work can.
    fn keeps_free(&self, next: usize, now: Duration) -> Option<Duration> {
        let running = self.keys_in(|state| matches!(state, State::Running(_)));
        if self.workers == 1 || running.len() != self.workers - 1 {
            return None;
        }
        let ends = running.iter().map(|key| match self.states[key] {
            State::Running(since) => (self.tasks[key].cost - (now - since).as_secs_f64()).max(0.0),
            _ => unreachable!("only what runs is asked"),
        });
        let free = ends.fold(self.tasks[&next].cost, f64::min);
        let (longest, work) = self.ahead(now);
        let worth = self.waiting.iter().filter_map(|key| {
            let State::From(from) = self.states[key] else { return None };
            let idle = from.checked_sub(now)?.as_secs_f64();
            let in_between = idle > 0.0 && idle < free;
            let urgent = self.way(*key) > self.way(next) && free + self.way(*key) > longest;
            let can_wait = idle + self.tasks[key].cost + self.way(next) <= longest
                && work + idle <= longest * self.workers as f64;
            (in_between && urgent && can_wait).then_some(from)
        });
        worth.min()
    }

    fn fail(&mut self, culprit: usize) {
        self.states.insert(culprit, State::Failed);
        loop {
            let ended = |need: &usize| {
                *need == culprit
                    || matches!(self.states.get(need), Some(State::Blocked(by)) if *by == culprit)
            };
            let hit = |key: &usize| self.tasks[key].needs.iter().any(ended);
            let hit: Vec<usize> =
                self.keys_in(|state| matches!(state, State::From(_))).into_iter().filter(hit).collect();
            if hit.is_empty() {
                return;
            }
            self.states.extend(hit.into_iter().map(|key| (key, State::Blocked(culprit))));
        }
    }

    fn forecast(&self, jobs: usize, now: Duration) -> f64 {
        let (longest, work) = self.ahead(now);
        longest.max(work / jobs as f64)
    }

    /// The longest way to the end, and all work that is left.
    fn ahead(&self, now: Duration) -> (f64, f64) {
        let (mut longest, mut work) = (0f64, 0.0);
        for (key, state) in &self.states {
            let (way, cost) = (self.way(*key), self.tasks[key].cost);
            match state {
                State::Running(since) => {
                    longest = longest.max(way - (now - *since).as_secs_f64());
                    work += (cost - (now - *since).as_secs_f64()).max(0.0);
                }
                State::From(from) => {
                    let again = self.waiting.contains(key);
                    let until = if again { from.saturating_sub(now).as_secs_f64() } else { 0.0 };
                    longest = longest.max(way + until);
                    work += cost;
                }
                State::Finished | State::Failed | State::Blocked(_) => {}
            }
        }
        (longest, work)
    }
}

/// Both, side by side.
struct Pair {
    fast: Queue<usize>,
    slow: Slow,
    now: Duration,
}

impl Pair {
    fn generate(random: &mut Random) -> Pair {
        let seconds = |random: &mut Random| random.below(9) as f64 / 4.0;
        let mut tasks: Vec<Task<usize>> = Vec::new();
        let long_ways = random.percent(50);
        for key in 0..random.between(1, 20) {
            let count = if long_ways { random.below(2) } else { random.below(4) };
            let first = if long_ways { key.saturating_sub(2) } else { 0 };
            // Also needs that are told twice, and such that are in no queue.
            let needs = (0..count).map(|_| if random.percent(5) { 99 } else { random.between(first, key) });
            let needs = needs.filter(|need| *need != key).collect();
            let wait = if random.percent(30) { seconds(random) } else { 0.0 };
            let rest = if wait > 0.0 { seconds(random) } else { 0.0 };
            tasks.push(Task { key, needs, cost: seconds(random), wait, rest });
        }
        // One in three does not know the workers, and chooses as the rules say of few tasks too.
        let workers = if random.percent(33) { usize::MAX } else { random.between(1, 4) };
        let slow = Slow::new(&tasks, workers);
        // In any order.
        tasks.sort_by_cached_key(|_| random.below(1000));
        Pair { fast: Queue::new(&tasks).with_workers(workers), slow, now: Duration::ZERO }
    }

    /// Something that can happen.
    fn step(&mut self, random: &mut Random) -> String {
        let running = self.slow.keys_in(|state| matches!(state, State::Running(_)));
        if running.len() < self.slow.workers && random.percent(80) {
            let fast = self.fast.take(self.now);
            if self.slow.is_small() {
                let may = self.slow.follow(fast, self.fast.next_time(), self.now);
                return self.compare(format!("take: {fast:?} of few"), may);
            }
            let slow = self.slow.take(self.now);
            return self.compare(format!("take: {fast:?} and {slow:?}"), fast == slow);
        }
        if random.percent(50) {
            self.now += Duration::from_millis(250 * random.below(4) as u64);
        }
        let ready: Vec<usize> = self.slow.ready().into_iter().map(|(key, _)| key).collect();
        let from = if ready.is_empty() || random.percent(90) { running } else { ready };
        if from.is_empty() {
            return self.compare("nothing".to_string(), true);
        }
        let key = *random.pick(&from);
        self.slow.kept = None;
        match random.below(10) {
            0 => {
                self.fast.fail(&key);
                self.slow.fail(key);
                self.compare(format!("fail {key}"), true)
            }
            1..=5 => {
                let left = random.below(9) as f64 / 4.0;
                let until = self.now + Duration::from_millis(250 * random.below(12) as u64);
                self.fast.left(&key, left);
                self.fast.again(&key, until);
                let task = self.slow.tasks.get_mut(&key).expect("the key is one of the tasks");
                (task.cost, task.wait, task.rest) = (left, 0.0, 0.0);
                self.slow.states.insert(key, State::From(until));
                self.slow.waiting.push(key);
                self.compare(format!("again {key} at {until:?}"), true)
            }
            _ => {
                self.fast.finish(&key);
                self.slow.states.insert(key, State::Finished);
                self.compare(format!("finish {key}"), true)
            }
        }
    }

    /// What was done, and what they do not agree on.
    fn compare(&mut self, done: String, same: bool) -> String {
        let mut differences = if same { String::new() } else { " DIFFERS".to_string() };
        let mut check = |what: &str, fast: String, slow: String| {
            if fast != slow {
                differences += &format!(" {what} DIFFERS: {fast} and {slow}");
            }
        };
        // Any time that has passed is as good as another.
        let ready = self.slow.ready().into_iter().map(|(_, from)| from).min();
        let times = [self.fast.next_time(), self.slow.kept.or(ready)];
        let [fast, slow] = times.map(|time| format!("{:?}", time.map(|time| time.max(self.now))));
        check("next time", fast, slow);
        let over = self.slow.ready().is_empty()
            && self.slow.keys_in(|state| matches!(state, State::Running(_))).is_empty();
        check("the end", self.fast.is_done().to_string(), over.to_string());
        let blocked = self.slow.states.iter().filter_map(|(key, state)| match state {
            State::Blocked(by) => Some((*key, *by)),
            _ => None,
        });
        check("blocked", format!("{:?}", self.fast.blocked()), format!("{:?}", blocked.collect::<Vec<_>>()));
        for jobs in [1, 3] {
            let fast = self.fast.forecast(jobs, self.now).as_secs_f64();
            check("forecast", format!("{fast:.6}"), format!("{:.6}", self.slow.forecast(jobs, self.now)));
        }
        format!("{:?} {done}{differences}", self.now)
    }
}

#[test]
fn the_queue_answers_as_the_rules_say_whatever_happens() {
    for (seed, mut random) in crate::sequences(300) {
        let mut pair = Pair::generate(&mut random);
        let steps: Vec<String> = (0..60).map(|_| pair.step(&mut random)).collect();
        assert!(!steps.iter().any(|step| step.contains("DIFFERS")), "seed {seed}\n{}", steps.join("\n"));
    }
}
