//! A repository's own steps, in Rust: what its xtask adds to the commands. They are data here, and `cli` carries them out at
//! their places; without any, everything is as without this module.

use std::path::Path;

use crate::effect::{Cmd, Output};
use crate::fault::{Fault, Faults};
use crate::notes;
use crate::plan::Plan;
use crate::preflight::Outcome;
use crate::snapshot::Reading;
use crate::world::{World, must};

/// The stages of a release that something can be done before and after. Reading and planning are none: they do nothing, so a
/// gate looks at what they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Versions are written: `bump`, `promote`, and `release` before it commits. Other tracked files that a step behind it
    /// changes go into the release commit.
    Bump,
    /// The release is committed and tagged: `release`.
    Commit,
    /// Branch and tag are pushed: `release --push`.
    Push,
    /// Packages are built, uploaded and verified: `publish`. What stands behind it comes when nothing is left to publish.
    Publish,
    /// What is live is tagged: `tag`.
    Tag,
}

/// What a step sees.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The door to the outside.
    pub world: &'a dyn World,
    /// What was read of the repository, before the stage.
    pub reading: &'a Reading,
    /// What was planned.
    pub plan: &'a Plan,
}

impl Context<'_> {
    /// The root of the checkout.
    pub fn root(&self) -> &Path {
        &self.reading.snapshot.root
    }

    /// Runs a line of shell at the root of the checkout; it has to succeed.
    ///
    /// # Errors
    /// It failed, with what it printed.
    pub fn sh(&self, line: &str) -> Result<Output, Fault> {
        must(self.world, &Cmd::shell(line, &[], self.root()), &format!("run `{line}`"))
    }
}

/// What a step does.
pub type Act = Box<dyn Fn(&Context) -> Result<(), Fault> + Send + Sync>;

/// The side of a stage that a step stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It may keep the stage from beginning.
    Before,
    /// The stage went well.
    After,
}

/// All steps of a program.
#[derive(Default)]
pub struct Steps {
    /// Gates, by name: what has to be right before a release and before a publish.
    pub gates: Vec<(&'static str, Act)>,
    /// What is done before and after stages, in this order.
    pub hooks: Vec<(Side, Stage, Act)>,
    /// How release notes are written.
    pub notes: notes::Format,
}

impl Steps {
    /// Looks at all gates, also at those behind one that does not hold: whoever mends something wants to know the rest.
    pub fn judge(&self, context: &Context) -> Vec<Outcome> {
        let judge = |(name, act): &(&'static str, Act)| {
            Outcome::of(name, "it holds", act(context).map_err(Faults::from))
        };
        self.gates.iter().map(judge).collect()
    }

    /// Whether anything is done on this side of a stage.
    pub fn any(&self, side: Side, stage: Stage) -> bool {
        self.at(side, stage).next().is_some()
    }

    /// Does what is to be done on this side of a stage; what fails ends it.
    ///
    /// # Errors
    /// The failure of a step.
    pub fn act(&self, side: Side, stage: Stage, context: &Context) -> Result<(), Fault> {
        self.at(side, stage).try_for_each(|act| act(context))
    }

    fn at(&self, side: Side, stage: Stage) -> impl Iterator<Item = &Act> {
        self.hooks.iter().filter(move |(own, at, _)| (*own, *at) == (side, stage)).map(|(.., act)| act)
    }
}
