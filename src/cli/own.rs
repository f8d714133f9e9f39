//! Own steps of the program that castoff is part of, at their places among the commands.

use super::Session;
use crate::fault::Faults;
use crate::plan::Plan;
use crate::preflight::{Outcome, pass};
use crate::report::preflight as text;
use crate::snapshot::Reading;
use crate::steps::{Context, Side, Stage};
use crate::world::World;

impl Session {
    /// What the program's own gates find.
    pub(super) fn own_gates(&self, world: &dyn World, reading: &Reading, plan: &Plan) -> Vec<Outcome> {
        self.steps.judge(&Context { world, reading, plan })
    }

    /// Whether all of them hold; what does not is shown.
    pub(super) fn own_gates_hold(&self, world: &dyn World, reading: &Reading, plan: &Plan) -> bool {
        let outcomes = self.own_gates(world, reading, plan);
        let hold = pass(&outcomes).is_ok();
        if !hold {
            eprint!("\n{}", text::text(&outcomes, self.err));
        }
        hold
    }

    /// Does what the program does on this side of a stage. A plan is made where none is there yet and somebody wants it.
    pub(super) fn own_steps(
        &self,
        world: &dyn World,
        reading: &Reading,
        plan: Option<&Plan>,
        side: Side,
        stage: Stage,
    ) -> Result<(), Faults> {
        if !self.steps.any(side, stage) || self.globals.dry_run {
            return Ok(());
        }
        let made;
        let plan = match plan {
            Some(plan) => plan,
            None => {
                made = self.decide(world, reading)?;
                &made
            }
        };
        Ok(self.steps.act(side, stage, &Context { world, reading, plan })?)
    }
}
