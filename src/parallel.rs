//! Many calls side by side, a few at a time: questions to servers, whose time is spent waiting.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `act` gives for each item, in the order of the items; at most `jobs` calls run at once.
///
/// ```
/// assert_eq!(castoff::parallel::map(2, &[1, 2, 3], |number| number * 2), [2, 4, 6]);
/// ```
pub fn map<T: Sync, R: Send>(jobs: usize, items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { return found };
            found.push((place, act(item)));
        }
    };
    let mut found: Vec<(usize, R)> = thread::scope(|scope| {
        let count = jobs.clamp(1, items.len().max(1));
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        let done =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect()
    });
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, given)| given).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::map;

    #[test]
    fn as_many_run_at_once_as_may_and_the_order_stays() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let meet = Barrier::new(3);
        let numbers: Vec<usize> = (0..30).collect();
        let given = map(3, &numbers, |number| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Three are needed to go on, so with fewer this would never end.
            meet.wait();
            running.fetch_sub(1, Ordering::SeqCst);
            number + 1
        });
        assert_eq!(given, (1..31).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 3);
        assert_eq!(map(4, &[0; 0], |number| *number), [0; 0]);
    }
}
