//! `castoff preflight`: looks at all that gates a publish, and publishes nothing.

use super::arguments::Preflight;
use super::output::{named, pretty, print};
use super::{DONE, FAILED, Session};
use crate::fault::Faults;
use crate::preflight::{Outcome, Verdict};
use crate::publish::Goal;
use crate::publish::live::{self, Order};
use crate::report::preflight as text;
use crate::snapshot::Reading;
use crate::world::World;

impl Session {
    pub(super) fn preflight(&self, world: &dyn World, args: &Preflight) -> Result<u8, Faults> {
        let format = self.format(&["table", "json"])?;
        let mut reading = self.read(world, None)?;
        if let Some(mode) = args.on_duplicate {
            reading.config.publish.on_duplicate = mode;
        }
        let outcomes = self.outcomes(world, &reading, args)?;
        print(&match format {
            "json" => pretty(&text::json(&outcomes)),
            _ => named(&text::text(&outcomes, self.out)),
        });
        let stops = |outcome: &Outcome| matches!(outcome.verdict(), Verdict::Fail | Verdict::Unknown);
        Ok(if outcomes.iter().any(stops) { FAILED } else { DONE })
    }

    fn outcomes(
        &self,
        world: &dyn World,
        reading: &Reading,
        args: &Preflight,
    ) -> Result<Vec<Outcome>, Faults> {
        let order =
            Order { names: &args.packages, jobs: self.jobs(None, reading), goal: Goal::Publish, own: &[] };
        match self.decide(world, reading) {
            Ok(plan) => {
                let own = self.own_gates(world, reading, &plan);
                live::preflight(world, reading, &plan, &Order { own: &own, ..order })
            }
            Err(faults) => live::in_a_circle(reading).ok_or(faults),
        }
    }
}
