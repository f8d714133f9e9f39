//! The rules of the queue once more, as they are said: every question looks at every task. castoff's own queue has to
//! give the same answers, whatever happens.

use std::collections::BTreeMap;
use std::time::Duration;

use castoff::queue::{Queue, Task};

use crate::random::Random;

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
}

impl Slow {
    fn new(tasks: &[Task<usize>]) -> Slow {
        let states = tasks.iter().map(|task| (task.key, State::From(Duration::ZERO))).collect();
        Slow {
            tasks: tasks.iter().map(|task| (task.key, task.clone())).collect(),
            states,
            waiting: Vec::new(),
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

    fn take(&mut self, now: Duration) -> Option<usize> {
        let mut due: Vec<usize> =
            self.ready().into_iter().filter(|(_, from)| *from <= now).map(|(key, _)| key).collect();
        // Stable, so that of equals the smallest comes first.
        due.sort_by(|one, other| self.way(*other).total_cmp(&self.way(*one)));
        let key = *due.first()?;
        self.states.insert(key, State::Running(now));
        self.waiting.retain(|waiting| *waiting != key);
        Some(key)
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
        longest.max(work / jobs as f64)
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
        for key in 0..random.between(1, 12) {
            // Also needs that are told twice, and such that are in no queue.
            let needs =
                (0..random.below(4)).map(|_| if random.percent(5) { 99 } else { random.below(key + 1) });
            let needs = needs.filter(|need| *need != key).collect();
            let wait = if random.percent(30) { seconds(random) } else { 0.0 };
            tasks.push(Task { key, needs, cost: seconds(random), wait });
        }
        let slow = Slow::new(&tasks);
        // In any order.
        tasks.sort_by_cached_key(|_| random.below(1000));
        Pair { fast: Queue::new(&tasks), slow, now: Duration::ZERO }
    }

    /// Something that can happen.
    fn step(&mut self, random: &mut Random) -> String {
        if random.percent(40) {
            let (fast, slow) = (self.fast.take(self.now), self.slow.take(self.now));
            return self.compare(format!("take: {fast:?} and {slow:?}"), fast == slow);
        }
        if random.percent(30) {
            self.now += Duration::from_millis(250 * random.below(8) as u64);
        }
        let running = self.slow.keys_in(|state| matches!(state, State::Running(_)));
        let ready: Vec<usize> = self.slow.ready().into_iter().map(|(key, _)| key).collect();
        let from = if random.percent(80) { running } else { ready };
        if from.is_empty() {
            return self.compare("nothing".to_string(), true);
        }
        let key = *random.pick(&from);
        match random.below(5) {
            0 => {
                self.fast.fail(&key);
                self.slow.fail(key);
                self.compare(format!("fail {key}"), true)
            }
            1 => {
                let left = random.below(9) as f64 / 4.0;
                let until = self.now + Duration::from_millis(250 * random.below(12) as u64);
                self.fast.left(&key, left);
                self.fast.again(&key, until);
                let task = self.slow.tasks.get_mut(&key).expect("the key is one of the tasks");
                (task.cost, task.wait) = (left, 0.0);
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
        let times = [self.fast.next_time(), self.slow.ready().into_iter().map(|(_, from)| from).min()];
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
    for (seed, mut random) in crate::sequences(500) {
        let mut pair = Pair::generate(&mut random);
        let steps: Vec<String> = (0..60).map(|_| pair.step(&mut random)).collect();
        assert!(!steps.iter().any(|step| step.contains("DIFFERS")), "seed {seed}\n{}", steps.join("\n"));
    }
}
