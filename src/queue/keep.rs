//! When a worker is kept free. No worker can be taken from a task: where the longest way decides how long a run takes, a
//! task on it that comes back from waiting would find all workers busy with tasks that have time, again and again.

use std::time::Duration;

use super::Queue;

impl<K> Queue<K> {
    /// Until when the last free worker is kept instead of starting this task: until another one comes back that makes
    /// the run longer if it comes too late, and only where this one and all other work can wait so long.
    pub(super) fn keeps_free(&self, place: usize, now: Duration) -> Option<Duration> {
        if self.workers < 2 || self.ahead.running() + 1 != self.workers {
            return None;
        }
        let next = &self.entries[place];
        let longest = self.ahead.longest(now);
        let room = longest.checked_mul(u32::try_from(self.workers).ok()?)?;
        let spare = room.checked_sub(self.ahead.work(now))?;
        // The first time at which a worker would be free. Behind us, where a task takes longer than it should: it may
        // end at any moment, and no worker is kept.
        let free = self.ahead.next_end().map_or(now + next.work, |end| end.min(now + next.work));
        let is_worth_it = |(from, place): &&(Duration, usize)| {
            let urgent = &self.entries[*place];
            let idle = *from - now;
            let comes_too_late = free - now + urgent.path() > longest;
            let can_wait = idle + urgent.work + next.path() <= longest && idle <= spare;
            urgent.path() > next.path() && comes_too_late && can_wait
        };
        self.later.range(..(free, 0)).find(is_worth_it).map(|(from, _)| *from)
    }
}
