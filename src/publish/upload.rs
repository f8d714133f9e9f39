//! One attempt to bring built files to their registry, and how it ended: by the ecosystem's own client, or by a request of
//! castoff's. Whether it is made again is decided elsewhere.

use std::path::PathBuf;

use super::schedule::Schedule;
use super::{BuiltFile, Unit};
use crate::ecosystem;
use crate::effect::{Cmd, Output, Upload};
use crate::fault::Fault;
use crate::registry;
use crate::world::{World, failed};

/// How an attempt ended.
#[must_use]
pub(super) struct Attempt {
    /// Whether the registry took everything, as far as it is known.
    pub(super) ok: bool,
    /// What client and registry said.
    pub(super) said: String,
    /// When to come again, as the registry's header says it.
    pub(super) retry_after: Option<String>,
    /// How it failed, for people.
    how: How,
}

enum How {
    Ran(Cmd, Output),
    Answered,
}

impl Attempt {
    /// Why it failed.
    pub(super) fn fault(&self, doing: &str) -> Fault {
        match &self.how {
            How::Ran(cmd, output) => failed(cmd, output, doing),
            How::Answered => {
                let later =
                    self.retry_after.as_ref().map(|later| format!("\nit asks to come again: {later}"));
                let why = format!("{}{}", self.said, later.unwrap_or_default());
                Fault::outside(format!("cannot {doing}")).because(why)
            }
        }
    }
}

/// What uploads these files.
pub(super) fn upload(schedule: &Schedule, unit: &Unit, files: &[BuiltFile]) -> Result<Upload, Fault> {
    let site = schedule.site(unit, &schedule.run.env)?;
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    Ok(Upload::Run(ecosystem::of(unit.package.id.kind).upload(&unit.package, &unit.version, &paths, &site)))
}

/// Uploads once.
///
/// # Errors
/// The client could not be started, or did not come to an end.
pub(super) fn attempt(world: &dyn World, unit: &Unit, upload: &Upload) -> Result<Attempt, Fault> {
    let request = match upload {
        Upload::Run(cmd) => {
            let output = world.run(cmd)?;
            let (ok, said) = (output.ok(), output.both());
            return Ok(Attempt { ok, said, retry_after: None, how: How::Ran(cmd.clone(), output) });
        }
        Upload::Send(request) => request,
    };
    let (refusal, retry_after) = match world.send(request) {
        Ok(response) => (registry::of(unit.package.id.kind).refusal(&response), response.retry_after),
        // It may have arrived all the same, as with a client that lost its connection.
        Err(fault) => (Some(fault.cause.unwrap_or(fault.message)), None),
    };
    let (ok, said) = (refusal.is_none(), refusal.unwrap_or_default());
    Ok(Attempt { ok, said, retry_after, how: How::Answered })
}
