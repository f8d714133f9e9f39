//! Registries that take only so many uploads: once one says so, nobody knocks before the time that it named.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::effect::Patience;

/// How often in a row a registry may say that it is too much before a package gives up.
const MOST: u32 = 50;

/// What is known of the registries of a run, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Gates(BTreeMap<String, Gate>);

#[derive(Clone, Debug, Default)]
struct Gate {
    /// From the start of the run.
    until: Duration,
    /// How often it was too much since the last upload that was taken.
    refused: u32,
}

impl Gates {
    /// When a registry takes uploads again; none where it does now.
    pub(super) fn shut(&self, registry: &str, now: Duration) -> Option<Duration> {
        self.0.get(registry).map(|gate| gate.until).filter(|until| *until > now)
    }

    /// It was too much for a registry, and it wants to be left alone for that time. Where it does not say how long, waits
    /// grow until it takes something again. None when it was too often.
    pub(super) fn shut_for(
        &mut self,
        registry: &str,
        now: Duration,
        asked: Option<Duration>,
        patience: Patience,
        random: u64,
    ) -> Option<Duration> {
        let gate = self.0.entry(registry.to_string()).or_default();
        gate.refused += 1;
        // Not less than half of it: who was refused for being too quick is not to be quick by chance.
        let learned = || patience.delay(gate.refused, random / 2 + u64::MAX / 2);
        let wait = asked.unwrap_or_else(learned);
        gate.until = gate.until.max(now + wait);
        (gate.refused <= MOST).then_some(gate.until.saturating_sub(now))
    }

    /// A registry took an upload.
    pub(super) fn taken(&mut self, registry: &str) {
        if let Some(gate) = self.0.get_mut(registry) {
            gate.refused = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Gates, MOST};
    use crate::effect::Patience;

    const PATIENCE: Patience = Patience { retries: 3, base: Duration::from_secs(1) };
    const NOW: Duration = Duration::from_secs(100);

    fn seconds(time: Option<Duration>) -> Option<u64> {
        time.map(|time| time.as_secs())
    }

    #[test]
    fn what_a_registry_says_is_kept_and_concerns_nobody_else() {
        let mut gates = Gates::default();
        let minute = Duration::from_secs(60);
        assert_eq!(seconds(gates.shut_for("crates-io", NOW, Some(minute), PATIENCE, 0)), Some(60));
        // A shorter answer to another package does not open it earlier.
        assert_eq!(seconds(gates.shut_for("crates-io", NOW, Some(Duration::ZERO), PATIENCE, 0)), Some(60));
        assert_eq!(seconds(gates.shut("crates-io", NOW)), Some(160));
        assert_eq!(gates.shut("crates-io", NOW + minute), None);
        assert_eq!(gates.shut("pypi", NOW), None);
    }

    #[test]
    fn where_nothing_is_said_waits_grow_until_something_is_taken() {
        let mut gates = Gates::default();
        let mut now = NOW;
        let mut shut = |gates: &mut Gates| {
            now += Duration::from_secs(1000);
            seconds(gates.shut_for("npm", now, None, PATIENCE, u64::MAX))
        };
        assert_eq!([shut(&mut gates), shut(&mut gates), shut(&mut gates)], [Some(1), Some(2), Some(4)]);
        gates.taken("npm");
        assert_eq!(shut(&mut gates), Some(1));
        assert_eq!((1..MOST).filter(|_| shut(&mut gates).is_some()).count(), MOST as usize - 1);
        assert_eq!(shut(&mut gates), None);
    }
}
