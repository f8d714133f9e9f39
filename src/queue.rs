//! The ready queue: which task may start now, and which comes first. A plain struct without threads or clock: the
//! thread that owns it says what time it is and what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A task as it is put into the queue.
#[derive(Clone, Debug)]
pub struct Task<K> {
    /// What it is.
    pub key: K,
    /// Tasks that must have finished before it starts.
    pub needs: Vec<K>,
    /// How long it may take, in seconds; a guess is enough.
    pub cost: f64,
}

/// Where a task is.
#[derive(Clone, Debug, PartialEq)]
enum State<K> {
    /// So many of its needs are not finished.
    Waiting(usize),
    /// May start from this time on.
    Ready(Duration),
    Running,
    Finished,
    Failed,
    /// The task that failed before it.
    Blocked(K),
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Queue<K> {
    states: BTreeMap<K, State<K>>,
    dependents: BTreeMap<K, Vec<K>>,
    /// The longest way from a task to the end of the run, itself included, in seconds.
    remaining: BTreeMap<K, f64>,
}

impl<K: Clone + Ord> Queue<K> {
    /// A queue of tasks. Needs that are not among the tasks are taken as finished.
    pub fn new(tasks: &[Task<K>]) -> Queue<K> {
        let keys: BTreeSet<&K> = tasks.iter().map(|task| &task.key).collect();
        let mut dependents: BTreeMap<K, Vec<K>> = BTreeMap::new();
        let mut states = BTreeMap::new();
        for task in tasks {
            let needs: BTreeSet<&K> = task.needs.iter().filter(|need| keys.contains(need)).collect();
            for need in &needs {
                dependents.entry((*need).clone()).or_default().push(task.key.clone());
            }
            let state =
                if needs.is_empty() { State::Ready(Duration::ZERO) } else { State::Waiting(needs.len()) };
            states.insert(task.key.clone(), state);
        }
        let remaining = remaining(tasks, &dependents);
        Queue { states, dependents, remaining }
    }

    /// Starts the ready task with the longest way to the end; of equals the smallest key.
    pub fn take(&mut self, now: Duration) -> Option<K> {
        let ready =
            self.states.iter().filter(|(_, state)| matches!(state, State::Ready(from) if *from <= now));
        let (key, _) = ready.max_by(|(one, _), (other, _)| {
            let weight = |key: &K| self.remaining.get(key).copied().unwrap_or(0.0);
            weight(one).total_cmp(&weight(other)).then_with(|| other.cmp(one))
        })?;
        let key = key.clone();
        self.states.insert(key.clone(), State::Running);
        Some(key)
    }

    /// A task is done; what waited for it alone becomes ready.
    pub fn finish(&mut self, key: &K) {
        self.states.insert(key.clone(), State::Finished);
        for dependent in self.dependents.get(key).cloned().unwrap_or_default() {
            if let Some(State::Waiting(count)) = self.states.get_mut(&dependent) {
                *count -= 1;
                if *count == 0 {
                    self.states.insert(dependent, State::Ready(Duration::ZERO));
                }
            }
        }
    }

    /// A task failed; all that needs it, directly or not, will not start.
    pub fn fail(&mut self, key: &K) {
        self.states.insert(key.clone(), State::Failed);
        let mut pending = self.dependents.get(key).cloned().unwrap_or_default();
        while let Some(dependent) = pending.pop() {
            if let Some(State::Waiting(_)) = self.states.get(&dependent) {
                self.states.insert(dependent.clone(), State::Blocked(key.clone()));
                pending.extend(self.dependents.get(&dependent).cloned().unwrap_or_default());
            }
        }
    }

    /// A task only waits: it gives its worker back and is not taken before this time.
    pub fn again(&mut self, key: &K, not_before: Duration) {
        self.states.insert(key.clone(), State::Ready(not_before));
    }

    /// When the next ready task may start; none when nothing is ready.
    pub fn next_time(&self) -> Option<Duration> {
        let times = self.states.values().filter_map(|state| match state {
            State::Ready(from) => Some(*from),
            _ => None,
        });
        times.min()
    }

    /// Whether nothing runs and nothing can start any more.
    pub fn is_done(&self) -> bool {
        !self.states.values().any(|state| matches!(state, State::Ready(_) | State::Running))
    }

    /// Tasks that will not start, with the one that failed before them.
    pub fn blocked(&self) -> Vec<(K, K)> {
        let blocked = self.states.iter().filter_map(|(key, state)| match state {
            State::Blocked(by) => Some((key.clone(), by.clone())),
            _ => None,
        });
        blocked.collect()
    }
}

/// Longest ways to the end, by walking from the tasks that nothing waits for.
fn remaining<K: Clone + Ord>(tasks: &[Task<K>], dependents: &BTreeMap<K, Vec<K>>) -> BTreeMap<K, f64> {
    let mut found: BTreeMap<K, f64> = BTreeMap::new();
    let mut open: BTreeMap<&K, usize> =
        tasks.iter().map(|task| (&task.key, dependents.get(&task.key).map_or(0, Vec::len))).collect();
    let by_key: BTreeMap<&K, &Task<K>> = tasks.iter().map(|task| (&task.key, task)).collect();
    let mut pending: Vec<&K> = open.iter().filter(|(_, count)| **count == 0).map(|(key, _)| *key).collect();
    while let Some(key) = pending.pop() {
        let after = dependents.get(key).into_iter().flatten().filter_map(|next| found.get(next)).copied();
        found.insert(key.clone(), by_key[key].cost + after.fold(0.0, f64::max));
        for need in by_key[key].needs.iter().collect::<BTreeSet<_>>() {
            if let Some((need, count)) =
                by_key.get_key_value(need).and_then(|(need, _)| Some((*need, open.get_mut(need)?)))
            {
                *count -= 1;
                if *count == 0 {
                    pending.push(need);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Queue, Task};

    fn queue(lines: &[(&'static str, &[&'static str], f64)]) -> Queue<&'static str> {
        let tasks: Vec<_> = lines
            .iter()
            .map(|(key, needs, cost)| Task { key: *key, needs: needs.to_vec(), cost: *cost })
            .collect();
        Queue::new(&tasks)
    }

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn starts_with_all_that_need_nothing() {
        let mut queue = queue(&[("b", &["a"], 1.0), ("a", &[], 1.0), ("c", &[], 1.0)]);
        assert_eq!([queue.take(NOW), queue.take(NOW), queue.take(NOW)], [Some("a"), Some("c"), None]);
        assert!(!queue.is_done());
    }

    #[test]
    fn takes_longest_first() {
        let mut queue = queue(&[("a", &[], 1.0), ("z", &[], 1.0), ("after-z", &["z"], 9.0), ("m", &[], 5.0)]);
        assert_eq!([queue.take(NOW), queue.take(NOW), queue.take(NOW)], [Some("z"), Some("m"), Some("a")]);
    }

    #[test]
    fn the_last_need_makes_ready() {
        let mut queue = queue(&[("a", &[], 1.0), ("b", &[], 1.0), ("c", &["a", "b", "a"], 1.0)]);
        assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("a"), Some("b")]);
        queue.finish(&"a");
        assert_eq!(queue.take(NOW), None);
        queue.finish(&"b");
        assert_eq!(queue.take(NOW), Some("c"));
        queue.finish(&"c");
        assert!(queue.is_done() && queue.blocked().is_empty());
    }

    #[test]
    fn a_failure_blocks_dependents_and_nothing_else() {
        let mut queue = queue(&[
            ("a", &[], 1.0),
            ("b", &["a"], 1.0),
            ("c", &["b"], 1.0),
            ("free", &[], 1.0),
            ("d", &["free"], 1.0),
        ]);
        assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("a"), Some("free")]);
        queue.fail(&"a");
        queue.finish(&"free");
        assert_eq!(queue.take(NOW), Some("d"));
        queue.finish(&"d");
        assert!(queue.is_done());
        assert_eq!(queue.blocked(), [("b", "a"), ("c", "a")]);
    }

    #[test]
    fn a_waiting_task_holds_no_worker() {
        let mut queue = queue(&[("a", &[], 1.0), ("b", &[], 0.5)]);
        assert_eq!(queue.take(NOW), Some("a"));
        queue.again(&"a", Duration::from_secs(5));
        assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("b"), None]);
        assert_eq!(queue.next_time(), Some(Duration::from_secs(5)));
        assert_eq!(queue.take(Duration::from_secs(5)), Some("a"));
    }
}
