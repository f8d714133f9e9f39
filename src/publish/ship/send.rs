//! Sending: which files go out, and what is made of it when that fails.

use super::files::{STRANGER, has, missing, names, verify};
use super::{Next, Phase, Progress, Task};
use crate::ecosystem::refusal::Refusal;
use crate::effect::Step;
use crate::fault::Fault;
use crate::publish::upload::{self, Attempt};
use crate::publish::{BuiltFile, Unit};
use crate::registry::Presence;

/// Uploads what is not there. What is there has to be what was built, or the rest would join the files of somebody else.
pub(super) fn send(task: &Task, present: &Presence, progress: &mut Progress) -> Next {
    let (there, absent): (Vec<BuiltFile>, Vec<BuiltFile>) =
        task.files.iter().cloned().partition(|file| has(present, file));
    if let Err(fault) = verify(&there, present) {
        return Next::Fail(fault.help(STRANGER));
    }
    if absent.is_empty() {
        return Next::Go(Phase::Show);
    }
    task.tell(Step::Uploading, names(&absent));
    let upload = upload::upload(task.schedule, task.unit, &absent);
    match upload.and_then(|upload| upload::attempt(task.schedule, task.unit, &upload)) {
        Ok(attempt) if attempt.ok => {
            progress.public = true;
            task.tell(Step::Uploaded, names(&absent));
            Next::Go(Phase::Show)
        }
        Ok(attempt) => after_failure(task, &absent, &attempt, progress),
        Err(fault) => Next::Fail(fault),
    }
}

/// The answer may have been lost on its way, or another run may have been quicker: the registry knows.
fn after_failure(task: &Task, sent: &[BuiltFile], attempt: &Attempt, progress: &mut Progress) -> Next {
    let now = task.ask();
    progress.public |= now.as_ref().is_ok_and(|presence| sent.iter().any(|file| has(presence, file)));
    if now.is_ok_and(|presence| missing(&presence, sent).is_empty()) {
        task.tell(Step::Note, "the client failed, but the registry has every file");
        task.tell(Step::Uploaded, names(sent));
        return Next::Go(Phase::Show);
    }
    let refusal = attempt.refusal(task.unit);
    let why = refused(task, attempt, refusal);
    match refusal {
        Refusal::Broken => task.retry(Phase::Again, why, None, progress),
        Refusal::Limited(wait) => Next::Limited(wait.map(|wait| wait.left(task.schedule.world.now())), why),
        Refusal::Taken => {
            progress.taken = true;
            task.tell(Step::Note, "the registry says that it has it already");
            Next::Go(Phase::Show)
        }
        Refusal::Denied | Refusal::Burnt | Refusal::Refused => Next::Fail(why),
    }
}

/// What to do about a number that cannot be used any more.
pub(super) fn used_up(unit: &Unit) -> String {
    format!(
        "the number was used before, for something that was deleted or yanked, and cannot be used again: \
         `castoff bump {}=patch` and commit, then publish that",
        unit.component
    )
}

fn refused(task: &Task, attempt: &Attempt, refusal: Refusal) -> Fault {
    let Ok(target) = task.schedule.run.target(task.unit) else { return attempt.fault("upload") };
    let doing = format!("upload `{}` {} to `{}`", task.unit.package.id, task.unit.version, target.name);
    let fault = attempt.fault(&doing);
    let set = |name: &&String| task.schedule.world.env(name).is_some_and(|text| !text.is_empty());
    match (refusal, target.token_env.iter().find(set)) {
        (Refusal::Denied, Some(name)) => fault.help(format!(
            "the token in `{name}` was not accepted; check it, then run the same command again"
        )),
        (Refusal::Denied, None) if target.login.is_some() => {
            fault.help("its user and password were not accepted; check them, then run the same command again")
        }
        (Refusal::Denied, None) => {
            let names = target.token_env.join(", ");
            fault.help(format!("none of {names} is set; set one, then run the same command again"))
        }
        (Refusal::Burnt, _) => fault.help(used_up(task.unit)),
        _ => fault.help("what is published stays published; run the same command again to go on"),
    }
}
