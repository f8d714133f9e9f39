//! How long to wait before something is tried again: as a server asks for (`Retry-After` of HTTP, RFC 9110, 10.2.3), or by a rule
//! of our own.

use std::time::{Duration, SystemTime};

/// A time to wait, as a server says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// So long from now.
    For(Duration),
    /// Until then, by the server's clock.
    Until(SystemTime),
}

impl Wait {
    /// Reads a header's value: a number of seconds, or a date.
    pub fn read(text: &str) -> Option<Wait> {
        let text = text.trim();
        match text.parse() {
            Ok(seconds) => Some(Wait::For(Duration::from_secs(seconds))),
            Err(_) => httpdate::parse_http_date(text).ok().map(Wait::Until),
        }
    }

    /// How long that is from `now` on. One second more than a date says, because dates are cut to seconds.
    pub fn left(self, now: SystemTime) -> Duration {
        match self {
            Wait::For(time) => time,
            Wait::Until(then) => then.duration_since(now).map_or(Duration::ZERO, |left| left + SECOND),
        }
    }
}

/// How often something is tried again, and how long it is waited before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Attempts after the first one.
    pub retries: u32,
    /// The longest wait before the first of them; it doubles each time.
    pub base: Duration,
}

impl Patience {
    /// The longest wait of all, unless a server asks for more.
    pub const LONGEST: Duration = Duration::from_secs(300);

    /// The wait before retry number `attempt` (from 1): a random part, by `random`, of base × 2^(attempt - 1), at most five
    /// minutes. That the whole of it is random keeps many who failed together from coming back together ("full jitter").
    pub fn delay(self, attempt: u32, random: u64) -> Duration {
        let most = self.base.saturating_mul(1 << attempt.saturating_sub(1).min(20)).min(Patience::LONGEST);
        most.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Patience, Wait};

    #[test]
    fn waits_are_random_and_their_bound_doubles() {
        let patience = Patience { retries: 3, base: Duration::from_secs(1) };
        for (attempt, random, expected) in [
            (1, 0, 0.0),
            (1, u64::MAX, 1.0),
            (1, u64::MAX / 2, 0.5),
            (2, u64::MAX, 2.0),
            (4, u64::MAX / 4, 2.0),
            (60, u64::MAX, 300.0),
        ] {
            let delay = patience.delay(attempt, random).as_secs_f64();
            assert!((delay - expected).abs() < 0.001, "{attempt} {random}: {delay}");
        }
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_792_540_700);
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Tue, 20 Oct 2026 23:58:30 GMT", Some(11)),
            ("Tuesday, 20-Oct-26 23:58:30 GMT", Some(11)),
            ("Mon, 19 Oct 2026 23:58:30 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(Wait::read(text).map(|wait| wait.left(now).as_secs()), seconds, "{text}");
        }
    }
}
