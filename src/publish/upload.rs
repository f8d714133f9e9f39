//! One attempt to bring built files to their registry, and how it ended: by the ecosystem's own client, or by a request of
//! castoff's. Whether it is made again is decided elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use super::schedule::Schedule;
use super::{BuiltFile, Unit};
use crate::ecosystem;
use crate::ecosystem::refusal::Refusal;
use crate::effect::{Cmd, Event, Output, Request, Step, Upload, Wait};
use crate::fault::Fault;
use crate::presence::{self, insist};
use crate::registry::{self, Target};
use crate::world::failed;

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
    Ran(Box<(Cmd, Output)>),
    /// With this status; none where no answer came.
    Answered(Option<u16>),
}

impl Attempt {
    /// Whether it may help to make it again.
    pub(super) fn refusal(&self, unit: &Unit) -> Refusal {
        let by_text = || ecosystem::of(unit.package.id.kind).refusal(&self.said);
        match &self.how {
            How::Ran(ran) if ran.1.late => Refusal::Broken,
            How::Ran(_) => by_text(),
            How::Answered(None) => Refusal::Broken,
            How::Answered(Some(status)) => {
                let wait = self.retry_after.as_deref().and_then(Wait::read);
                match (Refusal::of_status(*status, wait), by_text()) {
                    (Refusal::Limited(None), said @ Refusal::Limited(_)) => said,
                    (Refusal::Refused, said) => said,
                    (refusal, _) => refusal,
                }
            }
        }
    }

    /// Why it failed.
    pub(super) fn fault(&self, doing: &str) -> Fault {
        match &self.how {
            How::Ran(ran) => failed(&ran.0, &ran.1, doing),
            How::Answered(_) => {
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
    let target = schedule.run.target(unit)?;
    let question = registry::of(target).doorway(target).filter(|_| schedule.run.is_packed());
    let question = question.map(|question| question.trusting(target.trust.as_ref()));
    if let (Some(question), [file]) = (question, files) {
        return request(schedule, target, &question, file).map(Upload::Send);
    }
    let site = schedule.site(unit, &schedule.run.env)?;
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    let cmd = ecosystem::of(unit.package.id.kind).upload(&unit.package, &unit.version, &paths, &site);
    Ok(Upload::Run(Cmd { limit: limit(files), ..cmd }))
}

/// The request that uploads a file whose ecosystem's client would need the sources.
fn request(
    schedule: &Schedule,
    target: &Target,
    question: &Request,
    file: &BuiltFile,
) -> Result<Request, Fault> {
    let cannot = |why: String| {
        Fault::outside(format!("cannot upload `{}` to `{}`", file.name, target.name)).because(why)
    };
    let ask = || presence::doorway(schedule.world, target, question);
    let answer = insist(schedule.world, schedule.run.rules.patience, &ask)?;
    let bytes = schedule.world.read(&file.path)?.ok_or_else(|| cannot("its file is gone".to_string()))?;
    let request = registry::of(target).upload(&answer, &bytes, target).map_err(cannot)?;
    let request = request.trusting(target.trust.as_ref());
    Ok(Request { limit: Some(limit(std::slice::from_ref(file))), ..request })
}

/// Ten minutes, and a second more for every 20 kB: a bad connection may take its time, a hanging one may not.
fn limit(files: &[BuiltFile]) -> Duration {
    let size: usize = files.iter().map(|file| file.size).sum();
    Duration::from_secs(600 + size as u64 / 20_000)
}

/// Uploads once.
///
/// # Errors
/// The client could not be started, or did not come to an end.
pub(super) fn attempt(schedule: &Schedule, unit: &Unit, upload: &Upload) -> Result<Attempt, Fault> {
    let world = schedule.world;
    let registry = registry::of(schedule.run.target(unit)?);
    let request = match upload {
        Upload::Run(cmd) => {
            let output = world.run(cmd)?;
            let (ok, said) = (output.ok(), output.both());
            return Ok(Attempt {
                ok,
                said,
                retry_after: None,
                how: How::Ran(Box::new((cmd.clone(), output))),
            });
        }
        Upload::Send(request) => request,
    };
    let (refusal, retry_after, status) = match world.send(request) {
        Ok(response) => {
            let refusal = registry.refusal(&response);
            for remark in registry.remarks(&response) {
                world.tell(Event::of(&unit.package.id, Step::Note, remark));
            }
            (refusal, response.retry_after, Some(response.status))
        }
        // It may have arrived all the same, as with a client that lost its connection.
        Err(fault) => (Some(fault.cause.unwrap_or(fault.message)), None, None),
    };
    let (ok, said) = (refusal.is_none(), refusal.unwrap_or_default());
    Ok(Attempt { ok, said, retry_after, how: How::Answered(status) })
}
