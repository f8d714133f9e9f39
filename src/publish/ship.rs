//! One ship task: upload, wait until the registry shows it, compare digests, try it. Waiting gives the worker back.

use std::time::Duration;

use super::before::ask;
use super::schedule::Schedule;
use super::trial::{Subject, try_out};
use super::upload::{self, Attempt};
use super::{BuiltFile, Unit};
use crate::effect::{Event, Step};
use crate::fault::Fault;
use crate::registry::{Digest, Files, Presence};

/// How far a unit has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Whether the upload is behind it.
    uploaded: bool,
    /// Whether any of it came to its registry in this run.
    pub(super) public: bool,
    /// How often its registry was asked since.
    polls: u32,
    /// When it was asked first, from the start of the run.
    since: Option<Duration>,
    /// What it said at last that it has.
    pub(super) reported: Files,
}

/// What a ship task says when it gives its worker back.
pub(super) enum Shipped {
    /// Everything was seen to be right.
    Done(Progress),
    /// To be asked again after this time.
    Later(Progress, Duration),
    /// It failed.
    Failed(Progress, Fault),
}

pub(super) fn ship(
    schedule: &Schedule,
    unit: &Unit,
    files: &[BuiltFile],
    mut progress: Progress,
    now: Duration,
) -> Shipped {
    match steps(schedule, unit, files, &mut progress, now) {
        Ok(None) => Shipped::Done(progress),
        Ok(Some(wait)) => Shipped::Later(progress, wait),
        Err(fault) => Shipped::Failed(progress, fault),
    }
}

fn steps(
    schedule: &Schedule,
    unit: &Unit,
    files: &[BuiltFile],
    progress: &mut Progress,
    now: Duration,
) -> Result<Option<Duration>, Fault> {
    let id = &unit.package.id;
    if !progress.uploaded {
        upload(schedule, unit, files, progress)?;
        progress.uploaded = true;
    }
    let since = *progress.since.get_or_insert(now);
    let shown = match ask(schedule.world, schedule.run, unit) {
        Ok(presence) if missing(&presence, files).is_empty() => presence,
        other if now.saturating_sub(since) < schedule.run.rules.poll_timeout => {
            let answer = other.map_or_else(
                |fault| fault.cause.unwrap_or_default(),
                |presence| format!("{} not there yet", missing(&presence, files).join(", ")),
            );
            schedule.world.tell(Event::of(id, Step::Note, format!("waiting for the registry: {answer}")));
            progress.polls += 1;
            // Asked a last time when the time is up, not later.
            let left = schedule.run.rules.poll_timeout.saturating_sub(now.saturating_sub(since));
            return Ok(Some(poll_delay(progress.polls).min(left)));
        }
        other => return Err(not_shown(schedule, unit, other)),
    };
    progress.reported = shown.files().cloned().unwrap_or_default();
    schedule.world.tell(Event::of(id, Step::Visible, ""));
    verify(files, &shown).map_err(|fault| fault.help(STRANGER))?;
    schedule.world.tell(Event::of(id, Step::Verified, "the registry has the bytes that were built"));
    trial(schedule, unit)?;
    Ok(None)
}

/// Half a second at first, then longer, at most ten seconds.
fn poll_delay(polls: u32) -> Duration {
    Duration::from_millis(500 * (1 << polls.saturating_sub(1).min(5))).min(Duration::from_secs(10))
}

fn names(files: &[BuiltFile]) -> String {
    files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn missing<'a>(presence: &Presence, files: &'a [BuiltFile]) -> Vec<&'a str> {
    files.iter().filter(|file| !has(presence, file)).map(|file| file.name.as_str()).collect()
}

fn has(presence: &Presence, file: &BuiltFile) -> bool {
    presence.files().is_some_and(|files| files.contains_key(&file.name))
}

/// Uploads what the registry did not have before the run; what it had has to be what was built, or the rest would
/// join the files of somebody else.
fn upload(
    schedule: &Schedule,
    unit: &Unit,
    files: &[BuiltFile],
    progress: &mut Progress,
) -> Result<(), Fault> {
    let id = &unit.package.id;
    let before = schedule.before.get(id).unwrap_or(&Presence::Absent);
    let (there, files): (Vec<BuiltFile>, Vec<BuiltFile>) =
        files.iter().cloned().partition(|file| has(before, file));
    verify(&there, before).map_err(|fault| fault.help(STRANGER))?;
    if files.is_empty() {
        return Ok(());
    }
    schedule.world.tell(Event::of(id, Step::Uploading, names(&files)));
    let attempt = upload::attempt(schedule.world, unit, &upload::upload(schedule, unit, &files)?)?;
    if !attempt.ok {
        // The answer may have been lost on its way, or another run may have been quicker: the registry knows.
        let now = ask(schedule.world, schedule.run, unit);
        progress.public = now.as_ref().is_ok_and(|presence| files.iter().any(|file| has(presence, file)));
        if !now.is_ok_and(|presence| missing(&presence, &files).is_empty()) {
            return Err(refused(schedule, unit, &attempt));
        }
        let text = "the client failed, but the registry has every file";
        schedule.world.tell(Event::of(id, Step::Note, text));
    }
    progress.public = true;
    schedule.world.tell(Event::of(id, Step::Uploaded, names(&files)));
    Ok(())
}

const STRANGER: &str =
    "find out who uploaded it before anything that needs it goes out; the version can be yanked";

fn refused(schedule: &Schedule, unit: &Unit, attempt: &Attempt) -> Fault {
    let Ok(target) = schedule.run.target(unit) else { return attempt.fault("upload") };
    let doing = format!("upload `{}` {} to `{}`", unit.package.id, unit.version, target.name);
    let fault = attempt.fault(&doing);
    let signs = [
        "401 Unauthorized",
        "403 Forbidden",
        "status 401",
        "status 403",
        "Missing credentials",
        "no token found",
    ];
    let denied = signs.iter().any(|sign| attempt.said.contains(sign));
    let used =
        target.token_env.iter().find(|name| schedule.world.env(name).is_some_and(|text| !text.is_empty()));
    match (denied, used) {
        (true, Some(name)) => fault.help(format!(
            "the token in `{name}` was not accepted; check it, then run the same command again"
        )),
        (true, None) => {
            let names = target.token_env.join(", ");
            fault.help(format!("none of {names} is set; set one, then run the same command again"))
        }
        (false, _) => fault.help("what is published stays published; run the same command again to go on"),
    }
}

fn not_shown(schedule: &Schedule, unit: &Unit, last: Result<Presence, Fault>) -> Fault {
    let waited = humantime::format_duration(schedule.run.rules.poll_timeout);
    let why = match last {
        Ok(Presence::Partial(files) | Presence::Live(files)) => {
            format!("it shows only {}", files.into_keys().collect::<Vec<_>>().join(", "))
        }
        Ok(_) => "it does not know the version".to_string(),
        Err(fault) => fault.cause.unwrap_or(fault.message),
    };
    let fault = Fault::outside(format!(
        "`{}` {} was uploaded, but its registry does not show it after {waited}",
        unit.package.id, unit.version
    ));
    fault.because(why).help("run the same command again later, or raise `poll-timeout` in `[publish]`")
}

/// Every file that was built is on the registry with the same digest.
pub(super) fn verify(files: &[BuiltFile], presence: &Presence) -> Result<(), Fault> {
    for file in files {
        let wrong = |message: String, why: String| Err(Fault::outside(message).because(why));
        match presence.files().and_then(|files| files.get(&file.name)) {
            Some(Some(digest)) if file.is(digest) => {}
            Some(Some(digest)) => {
                let (kind, there, built) = match digest {
                    Digest::Sha256(text) => ("sha256", text, &file.sha256),
                    Digest::Sha512(text) => ("sha512", text, &file.sha512),
                };
                return wrong(
                    format!("`{}` on the registry is not the file that was built", file.name),
                    format!("its {kind} there is {there}, that of the build is {built}"),
                );
            }
            Some(None) => {
                return wrong(
                    format!("cannot verify `{}`", file.name),
                    "the registry states no digest of it; let its index offer them".to_string(),
                );
            }
            None => {
                return wrong(
                    format!("cannot verify `{}`", file.name),
                    "the registry does not have it".to_string(),
                );
            }
        }
    }
    Ok(())
}

/// Installs the package from the registry, outside of the repository, and uses it.
fn trial(schedule: &Schedule, unit: &Unit) -> Result<(), Fault> {
    let subject = Subject {
        package: &unit.package,
        version: &unit.version,
        // Also what was there before the run.
        ours: schedule.run.versions.keys().collect(),
        below: &schedule.den.run.join("trial"),
    };
    let site = schedule.site(unit, &schedule.run.env)?;
    try_out(schedule.world, &schedule.run.rules.smoke, &subject, &site)
}
