//! One ship task: upload, wait until the registry shows it, compare digests, try it. Waiting gives the worker back.

use std::time::Duration;

use super::schedule::Schedule;
use super::{BuiltFile, Unit, ask};
use crate::config::Smoke;
use crate::ecosystem;
use crate::effect::{Cmd, Event, Step};
use crate::fault::Fault;
use crate::registry::Presence;
use crate::world::failed;

/// How far a unit has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Whether the upload is behind it.
    pub(super) uploaded: bool,
    /// How often its registry was asked since.
    polls: u32,
    /// When it was asked first, from the start of the run.
    since: Option<Duration>,
}

/// What a ship task says when it gives its worker back.
pub(super) enum Shipped {
    /// Everything was seen to be right.
    Done,
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
        Ok(None) => Shipped::Done,
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
        upload(schedule, unit, files)?;
        progress.uploaded = true;
        schedule.world.tell(Event::of(id, Step::Uploaded, names(files)));
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
            return Ok(Some(poll_delay(progress.polls)));
        }
        other => return Err(not_shown(schedule, unit, other)),
    };
    schedule.world.tell(Event::of(id, Step::Visible, ""));
    verify(unit, files, &shown)?;
    schedule.world.tell(Event::of(id, Step::Verified, "sha256 of the registry equals that of the build"));
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
    let there = |name: &str| presence.files().is_some_and(|files| files.contains_key(name));
    files.iter().map(|file| file.name.as_str()).filter(|name| !there(name)).collect()
}

fn upload(schedule: &Schedule, unit: &Unit, files: &[BuiltFile]) -> Result<(), Fault> {
    let id = &unit.package.id;
    schedule.world.tell(Event::of(id, Step::Uploading, names(files)));
    let site = schedule.site(unit, &schedule.run.env)?;
    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
    let cmd = ecosystem::of(id.kind).upload(&unit.package, &unit.version, &paths, &site);
    let output = schedule.world.run(&cmd)?;
    if output.ok() {
        return Ok(());
    }
    // The answer may have been lost on its way, or another run may have been quicker: the registry knows.
    match ask(schedule.world, schedule.run, unit) {
        Ok(presence) if missing(&presence, files).is_empty() => {
            schedule.world.tell(Event::of(
                id,
                Step::Note,
                "the client failed, but the registry has every file",
            ));
            verify(unit, files, &presence)
        }
        _ => Err(refused(schedule, unit, &cmd, &output)),
    }
}

fn refused(schedule: &Schedule, unit: &Unit, cmd: &Cmd, output: &crate::effect::Output) -> Fault {
    let target = unit.package.registry().and_then(|name| schedule.run.targets.get(name));
    let (name, variables) =
        target.map_or(("", String::new()), |target| (target.name.as_str(), target.token_env.join(", ")));
    let fault = failed(cmd, output, &format!("upload `{}` {} to `{name}`", unit.package.id, unit.version));
    let text = output.both();
    let denied =
        ["401", "403", "authentication", "credentials", "no token"].iter().any(|sign| text.contains(sign));
    match (denied, target.is_some_and(|target| target.token.is_some())) {
        (true, true) => fault.help(format!(
            "the token in {variables} was not accepted; check it, then run the same command again"
        )),
        (true, false) => {
            fault.help(format!("none of {variables} is set; set one, then run the same command again"))
        }
        _ => fault.help("what is published stays published; run the same command again to go on"),
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
fn verify(unit: &Unit, files: &[BuiltFile], presence: &Presence) -> Result<(), Fault> {
    for file in files {
        match presence.files().and_then(|files| files.get(&file.name)) {
            Some(Some(digest)) if digest == &file.sha256 => {}
            Some(Some(digest)) => {
                let fault =
                    Fault::outside(format!("`{}` on the registry is not the file that was built", file.name));
                let why = format!("its sha256 there is {digest}, that of the build is {}", file.sha256);
                return Err(fault.because(why).help("find out who uploaded it before anything that needs it goes out; the version can be yanked"));
            }
            Some(None) => {
                let fault = Fault::outside(format!("cannot verify `{}`", file.name));
                return Err(fault
                    .because("the registry states no sha256 for it")
                    .help("let the server offer sha256 digests in its index"));
            }
            None => {
                return Err(Fault::outside(format!(
                    "`{}` is not on the registry of `{}`",
                    file.name, unit.package.id
                )));
            }
        }
    }
    Ok(())
}

/// Installs the package from the registry, outside of the repository, and uses it.
fn trial(schedule: &Schedule, unit: &Unit) -> Result<(), Fault> {
    if schedule.run.rules.smoke == Smoke::Off {
        return Ok(());
    }
    let id = &unit.package.id;
    let dir = schedule.den.run.join("trial").join(id.to_string().replace([':', '/', '@'], "_"));
    schedule.world.remove(&dir)?;
    schedule.world.make_dir(&dir)?;
    let site = schedule.site(unit, &schedule.run.env)?;
    let trial = ecosystem::of(id.kind).trial(&unit.package, &unit.version, &schedule.fresh, &dir, &site);
    for (name, text) in &trial.files {
        schedule.world.write(&dir.join(name), text.as_bytes())?;
    }
    let own = match &schedule.run.rules.smoke {
        Smoke::Command(command) => {
            let python =
                trial.python.as_ref().map_or("python3".to_string(), |path| path.display().to_string());
            let holes = [
                ("{name}", id.name.clone()),
                ("{version}", unit.version.to_string()),
                ("{python}", python),
                ("{dir}", dir.display().to_string()),
            ];
            let text =
                holes.iter().fold(command.clone(), |text, (hole, value)| text.replace(hole, &quoted(value)));
            Some(Cmd::new("sh", &dir).args(["-c", &text]).env(schedule.run.env.clone()))
        }
        Smoke::Install | Smoke::Off => None,
    };
    for cmd in trial.commands.iter().chain(&own) {
        let output = schedule.world.run(cmd)?;
        if !output.ok() {
            let fault = failed(
                cmd,
                &output,
                &format!("use `{id}` {} after installing it from its registry", unit.version),
            );
            return Err(fault.help("the version is published; mend the package and release the next version"));
        }
    }
    schedule.world.remove(&dir)?;
    schedule.world.tell(Event::of(
        id,
        Step::Tried,
        format!("{} {} was installed from the registry and works", id.name, unit.version),
    ));
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
