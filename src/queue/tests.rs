//! Small queues, step by step.

use std::time::Duration;

use super::search::{Part, first};
use super::{Queue, Task};

fn queue(lines: &[(&'static str, &[&'static str], f64)]) -> Queue<&'static str> {
    let tasks: Vec<_> = lines
        .iter()
        .map(|(key, needs, cost)| Task {
            key: *key,
            needs: needs.to_vec(),
            cost: *cost,
            wait: 0.0,
            rest: 0.0,
        })
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

#[test]
fn some_of_the_tasks_may_be_all_that_is_wanted() {
    let mut queue = queue(&[("a", &[], 1.0), ("b", &["a"], 5.0), ("c", &[], 9.0)]);
    let not_c = |key: &&str| *key != "c";
    assert_eq!([queue.take_of(NOW, not_c), queue.take_of(NOW, not_c)], [Some("a"), None]);
    queue.again(&"a", Duration::from_secs(3));
    assert_eq!(queue.take_of(Duration::from_secs(2), not_c), None);
    assert_eq!(queue.take_of(Duration::from_secs(3), not_c), Some("a"));
    assert_eq!(queue.take(NOW), Some("c"));
}

#[test]
fn of_equals_the_smallest_key_goes_first_however_its_way_adds_up() {
    let mut queue = queue(&[("b", &[], 0.3), ("a", &[], 0.1), ("after-a", &["a"], 0.2)]);
    assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("a"), Some("b")]);
}

#[test]
fn a_task_that_has_done_its_part_is_less_urgent() {
    let mut queue = queue(&[("a", &[], 9.0), ("b", &[], 5.0)]);
    assert_eq!(queue.take(NOW), Some("a"));
    queue.left(&"a", 2.0);
    queue.again(&"a", NOW);
    assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("b"), Some("a")]);
}

#[test]
fn a_task_that_has_ended_stays_as_it_is() {
    let mut queue = queue(&[("a", &[], 1.0), ("b", &["a"], 1.0), ("c", &["b"], 1.0)]);
    queue.take(NOW);
    queue.finish(&"a");
    queue.finish(&"a");
    queue.again(&"a", NOW);
    assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("b"), None]);
    queue.fail(&"b");
    queue.finish(&"c");
    assert!(queue.is_done());
    assert_eq!(queue.blocked(), [("c", "b")]);
}

#[test]
fn guesses_may_be_anything() {
    let mut queue = queue(&[("a", &[], f64::NAN), ("b", &[], f64::INFINITY), ("c", &[], -1.0)]);
    assert_eq!([queue.take(NOW), queue.take(NOW), queue.take(NOW)], [Some("b"), Some("a"), Some("c")]);
}

/// What a queue forecasts, in seconds from the start of the run.
fn forecast(queue: &mut Queue<&'static str>, jobs: usize, now: u64) -> f64 {
    queue.forecast(jobs, Duration::from_secs(now)).as_secs_f64()
}

#[test]
fn the_rest_takes_as_long_as_the_longest_way_or_all_work_shared() {
    let mut queue = queue(&[("a", &[], 2.0), ("b", &["a"], 3.0), ("c", &[], 4.0)]);
    assert_eq!([1, 2, 9].map(|jobs| forecast(&mut queue, jobs, 0)), [9.0, 5.0, 5.0]);
    assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("a"), Some("c")]);
    // A second later all is a second nearer.
    assert_eq!([1, 2, 9].map(|jobs| forecast(&mut queue, jobs, 1)), [7.0, 4.0, 4.0]);
    // `a` takes longer than it should: what comes after it does not become shorter.
    assert_eq!([1, 2, 9].map(|jobs| forecast(&mut queue, jobs, 4)), [3.0, 3.0, 3.0]);
    queue.finish(&"a");
    queue.finish(&"c");
    assert_eq!(forecast(&mut queue, 2, 5), 3.0);
    queue.take(Duration::from_secs(5));
    queue.finish(&"b");
    assert_eq!(forecast(&mut queue, 2, 9), 0.0);
}

#[test]
fn the_rest_is_without_what_will_not_start() {
    let mut queue = queue(&[("a", &[], 1.0), ("b", &["a"], 90.0), ("c", &[], 4.0)]);
    queue.take(NOW);
    queue.fail(&"a");
    assert_eq!(forecast(&mut queue, 1, 0), 4.0);
}

#[test]
fn waiting_takes_time_and_no_worker() {
    let task = |key, wait| Task { key, needs: vec![], cost: 1.0, wait, rest: 0.0 };
    let mut queue = Queue::new(&[task("a", 9.0), task("b", 0.0), task("c", 0.0)]);
    assert_eq!([1, 3].map(|jobs| forecast(&mut queue, jobs, 0)), [10.0, 10.0]);
    assert_eq!(queue.take(NOW), Some("a"));
    queue.left(&"a", 0.5);
    queue.again(&"a", Duration::from_secs(6));
    assert_eq!([1, 3].map(|jobs| forecast(&mut queue, jobs, 1)), [5.5, 5.5]);
    // Its time has come, and nobody has a worker for it.
    assert_eq!([1, 3].map(|jobs| forecast(&mut queue, jobs, 8)), [2.5, 1.0]);
}

/// Tasks that cost nothing, at the end of all: with them there are too many to try every order.
fn many(last: &'static str) -> impl Iterator<Item = Task<&'static str>> {
    let keys = ["z0", "z1", "z2", "z3", "z4", "z5", "z6", "z7"];
    keys.into_iter().map(move |key| Task { key, needs: vec![last], cost: 0.0, wait: 0.0, rest: 0.0 })
}

/// `deep` waits until the sixth second and has nine more to go, in a queue for two workers. `long` runs until then and
/// `other` could start, with so much work.
fn waiting(other: f64) -> Queue<&'static str> {
    let tasks =
        [("deep", 2.0, &[][..]), ("after", 8.0, &["deep"]), ("long", 9.0, &[]), ("other", other, &[])];
    let tasks =
        tasks.map(|(key, cost, needs)| Task { key, needs: needs.to_vec(), cost, wait: 0.0, rest: 0.0 });
    let tasks: Vec<_> = tasks.into_iter().chain(many("after")).collect();
    let mut queue = Queue::new(&tasks).with_workers(2);
    assert_eq!(queue.take(NOW), Some("deep"));
    assert_eq!(queue.take(NOW), Some("long"));
    queue.left(&"deep", 1.0);
    queue.again(&"deep", Duration::from_secs(6));
    queue
}

#[test]
fn the_last_free_worker_is_kept_for_a_more_urgent_task_that_comes_back_soon() {
    let mut queue = waiting(5.5);
    let [first, six, seven] = [1, 6, 7].map(Duration::from_secs);
    assert_eq!((queue.take(first), queue.next_time()), (None, Some(six)));
    assert!(!queue.is_done());
    assert_eq!([queue.take(six), queue.take(six)], [Some("deep"), Some("other")]);
    // Whatever happens may free another worker.
    let mut queue = waiting(5.5);
    assert_eq!(queue.take(first), None);
    queue.finish(&"long");
    assert_eq!((queue.next_time(), queue.take(seven)), (Some(NOW), Some("deep")));
}

#[test]
fn no_worker_is_kept_where_there_is_no_need_or_no_room() {
    // It would be done in time, or there is too much work to let a worker idle.
    for other in [4.5, 8.5] {
        let mut queue = waiting(other);
        assert_eq!(queue.take(Duration::from_secs(1)), Some("other"), "{other}");
    }
}

#[test]
fn no_worker_is_kept_for_a_task_that_is_not_the_next_even_then() {
    let task = |key, cost, wait, needs: &[_]| Task { key, needs: needs.to_vec(), cost, wait, rest: 0.0 };
    let tasks = [
        task("back", 4.0, 0.0, &[]),
        task("after-back", 5.5, 0.0, &["back"]),
        task("long", 6.0, 4.5, &[]),
        task("next", 5.0, 0.0, &[]),
        task("after-next", 1.5, 0.0, &["next"]),
    ];
    let tasks: Vec<_> = tasks.into_iter().chain(many("after-back")).collect();
    let mut queue = Queue::new(&tasks).with_workers(2);
    assert_eq!([queue.take(NOW), queue.take(NOW)], [Some("long"), Some("back")]);
    queue.left(&"back", 0.5);
    queue.again(&"back", Duration::from_secs(2));
    assert_eq!(queue.take(Duration::from_secs(1)), Some("next"));
}

#[test]
fn of_few_tasks_the_shortest_order_decides() {
    let lines: &[(_, &[_], _)] =
        &[("a", &[], 3.0), ("b", &[], 3.0), ("c", &[], 2.0), ("d", &[], 2.0), ("e", &[], 2.0)];
    // Both long ones on one worker, all others on the other one.
    let mut knows = queue(lines).with_workers(2);
    assert_eq!([knows.take(NOW), knows.take(NOW)], [Some("a"), Some("c")]);
    let mut usual = queue(lines);
    assert_eq!([usual.take(NOW), usual.take(NOW)], [Some("a"), Some("b")]);
}

#[test]
fn of_few_tasks_a_worker_is_kept_for_what_comes_after_a_running_one() {
    let new = || {
        let mut queue = queue(&[
            ("a", &[], 1.0),
            ("b", &["a"], 8.0),
            ("c", &["a"], 8.0),
            ("end", &["b", "c"], 8.0),
            ("other", &[], 6.0),
        ])
        .with_workers(2);
        assert_eq!([queue.take(NOW), queue.take(NOW), queue.take(NOW)], [Some("a"), None, None]);
        assert_eq!(queue.next_time(), Some(Duration::from_secs(1)));
        queue
    };
    let second = Duration::from_secs(1);
    let mut queue = new();
    queue.finish(&"a");
    assert_eq!([queue.take(second), queue.take(second)], [Some("b"), Some("c")]);
    // It takes longer than it should, and nobody knows how long.
    assert_eq!(new().take(second), Some("other"));
}

#[test]
fn no_worker_is_kept_for_what_comes_back_to_wait_again() {
    let task = |key, cost, wait, needs: &[_]| Task { key, needs: needs.to_vec(), cost, wait, rest: 0.0 };
    let tasks = [task("back", 1.0, 0.0, &[]), task("wait", 1.0, 20.0, &["back"]), task("c", 5.0, 0.0, &[])];
    let mut queue = Queue::new(&tasks).with_workers(1);
    let [two, four] = [2, 4].map(Duration::from_secs);
    assert_eq!(queue.take(NOW), Some("back"));
    queue.again(&"back", two);
    assert_eq!((queue.take(NOW), queue.next_time()), (None, Some(two)));
    assert_eq!(queue.take(two), Some("back"));
    queue.again(&"back", four);
    assert_eq!(queue.take(two), Some("c"));
}

#[test]
fn a_search_that_takes_too_long_says_nothing() {
    let part = |work: u64| Part {
        work: Duration::from_secs(work),
        way: Duration::from_secs(work),
        ..Part::default()
    };
    let works = [67, 63, 59, 56, 53, 51, 47, 41, 39, 37, 31];
    let parts: Vec<Part> = works.into_iter().map(part).collect();
    assert_eq!(first(&parts, 3, 0), None);
    assert_eq!(first(&parts[..4], 3, 0), Some((0, NOW)));
}
