//! One ship task: upload, wait until the registry shows it, compare digests, try it. A task that only waits gives its
//! worker back and goes on later from where it was.
//!
//! An upload that failed may have arrived all the same, so the registry is asked before anything is tried again, and it
//! is tried again only where that can help: a connection that broke and a server in trouble are forgiven, a refusal is
//! not.

use std::time::{Duration, SystemTime};

use super::before::ask;
use super::schedule::Schedule;
use super::trial::{Subject, Trouble, try_out};
use super::{BuiltFile, Unit};
use crate::effect::{Event, Step};
use crate::fault::Fault;
use crate::presence::{Silence, rounded};
use crate::registry::{Files, Presence};

pub(super) mod files;
mod send;

use files::{STRANGER, has, missing, verify};

/// How far a unit has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    phase: Phase,
    /// Whether any of it came to its registry in this run.
    pub(super) public: bool,
    /// Whether the registry refused it as something that it has already.
    taken: bool,
    /// How many attempts at the present phase have failed.
    attempts: u32,
    /// How often its registry was asked for what was uploaded.
    polls: u32,
    /// When it was asked first. What came before, such as a long upload, is no part of the wait.
    since: Option<SystemTime>,
    /// What it said at last that it has.
    pub(super) reported: Files,
}

impl Progress {
    /// Whether it is not all on its way yet.
    pub(super) fn has_to_send(&self) -> bool {
        matches!(self.phase, Phase::Upload | Phase::Again)
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Phase {
    /// Send what the registry did not have when the run began.
    #[default]
    Upload,
    /// An attempt failed and may have arrived: see what is there, and send the rest.
    Again,
    /// See that the registry shows it, with the right digests.
    Show,
    /// Take it from the registry and use it.
    Try,
}

/// What a phase says when it has done what it could.
enum Next {
    Go(Phase),
    Wait(Phase, Duration),
    Limited(Option<Duration>, Fault),
    Done,
    Fail(Fault),
}

/// What a ship task says when it gives its worker back.
pub(super) enum Shipped {
    /// Everything was seen to be right.
    Done(Progress),
    /// To be gone on with after this time.
    Later(Progress, Duration),
    /// Its registry takes no uploads for this time, or for one that nobody knows.
    Limited(Progress, Option<Duration>, Fault),
    /// It failed.
    Failed(Progress, Fault),
}

/// A unit on its way.
pub(super) struct Task<'a> {
    pub(super) schedule: &'a Schedule<'a>,
    pub(super) unit: &'a Unit,
    pub(super) files: &'a [BuiltFile],
}

/// Goes on with a unit until it is done, fails, or has to wait.
pub(super) fn ship(task: &Task, mut progress: Progress) -> Shipped {
    loop {
        let next = match progress.phase {
            Phase::Upload => {
                let before = task.schedule.before.get(&task.unit.package.id).unwrap_or(&Presence::Absent);
                send::send(task, before, &mut progress)
            }
            Phase::Again => again(task, &mut progress),
            Phase::Show => show(task, &mut progress),
            Phase::Try => trial(task, &mut progress),
        };
        match next {
            Next::Go(phase) => progress = Progress { phase, attempts: 0, ..progress },
            Next::Wait(phase, wait) => return Shipped::Later(Progress { phase, ..progress }, wait),
            Next::Limited(wait, why) => {
                return Shipped::Limited(Progress { phase: Phase::Again, ..progress }, wait, why);
            }
            Next::Done => return Shipped::Done(progress),
            Next::Fail(fault) => return Shipped::Failed(progress, fault),
        }
    }
}

impl Task<'_> {
    fn tell(&self, step: Step, detail: impl Into<String>) {
        self.schedule.world.tell(Event::of(&self.unit.package.id, step, detail));
    }

    fn ask(&self) -> Result<Presence, Silence> {
        ask(self.schedule.world, self.schedule.run, self.unit)
    }

    /// Tries the phase again after a while, or gives up. Who was told when to come back comes then.
    fn retry(&self, phase: Phase, why: Fault, asked: Option<Duration>, progress: &mut Progress) -> Next {
        let patience = self.schedule.run.rules.patience;
        if progress.attempts >= patience.retries {
            return Next::Fail(why);
        }
        progress.attempts += 1;
        let wait = asked.unwrap_or_else(|| patience.delay(progress.attempts, self.schedule.world.random()));
        let reason = end(why.cause.as_deref().unwrap_or(&why.message));
        let count = format!("{} of {}", progress.attempts, patience.retries);
        self.tell(Step::Retrying, format!("retry {count} in {}: {reason}", rounded(wait)));
        Next::Wait(phase, wait)
    }

    fn silence(&self, phase: Phase, silence: Silence, progress: &mut Progress) -> Next {
        if !silence.passing {
            return Next::Fail(*silence.fault);
        }
        let asked = silence.wait.map(|wait| wait.left(self.schedule.world.now()));
        self.retry(phase, *silence.fault, asked, progress)
    }
}

/// The last two lines of a text: clients say last why they failed.
fn end(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(2)..].join(" ")
}

/// What is there after an attempt that failed decides what is still to be sent.
fn again(task: &Task, progress: &mut Progress) -> Next {
    match task.ask() {
        Ok(presence) => send::send(task, &presence, progress),
        Err(silence) => task.silence(Phase::Again, silence, progress),
    }
}

/// Looks whether the registry shows every file. Some of them may come later than others, which is no difference.
fn show(task: &Task, progress: &mut Progress) -> Next {
    let rules = &task.schedule.run.rules;
    let now = task.schedule.world.now();
    let waited = now.duration_since(*progress.since.get_or_insert(now)).unwrap_or_default();
    let answer = task.ask();
    if let Ok(presence) = &answer {
        progress.reported = presence.files().cloned().unwrap_or_default();
        let before = task.schedule.before.get(&task.unit.package.id);
        let is_new =
            |file: &BuiltFile| has(presence, file) && !before.is_some_and(|before| has(before, file));
        progress.public |= task.files.iter().any(is_new);
    }
    match answer {
        Ok(presence) if missing(&presence, task.files).is_empty() => compare(task, &presence),
        Err(silence) if !silence.passing => Next::Fail(*silence.fault),
        // Who had to wait for a worker has not looked often enough yet, however late it is.
        other if waited < rules.poll_timeout || progress.polls < LEAST_LOOKS => {
            let asked = other.as_ref().err().and_then(|silence| silence.wait);
            let asked = asked.map(|wait| wait.left(now));
            let answer = match other {
                Ok(presence) => format!("{} not there yet", missing(&presence, task.files).join(", ")),
                Err(silence) => silence.fault.cause.unwrap_or_default(),
            };
            progress.polls += 1;
            task.tell(Step::Waiting, format!("for the registry: {answer}"));
            // Asked a last time when the time is up, not later.
            let wait = asked.unwrap_or_else(|| poll_delay(progress.polls));
            let left = rules.poll_timeout.saturating_sub(waited);
            Next::Wait(Phase::Show, if left.is_zero() { wait } else { wait.min(left) })
        }
        other => Next::Fail(not_shown(task, progress, other)),
    }
}

fn compare(task: &Task, presence: &Presence) -> Next {
    task.tell(Step::Visible, "");
    if let Err(fault) = verify(task.files, presence) {
        return Next::Fail(fault.help(STRANGER));
    }
    task.tell(Step::Verified, "the registry has the bytes that were built");
    Next::Go(Phase::Try)
}

/// How often a registry is asked at least before it is said not to show something.
const LEAST_LOOKS: u32 = 4;

/// Half a second at first, then longer, at most ten seconds.
pub(super) fn poll_delay(polls: u32) -> Duration {
    Duration::from_millis(500 * (1 << polls.saturating_sub(1).min(5))).min(Duration::from_secs(10))
}

fn not_shown(task: &Task, progress: &Progress, last: Result<Presence, Silence>) -> Fault {
    let unit = task.unit;
    let waited = rounded(task.schedule.run.rules.poll_timeout);
    let why = match last {
        Ok(Presence::Partial(files) | Presence::Live(files)) => {
            format!("it shows only {}", files.into_keys().collect::<Vec<_>>().join(", "))
        }
        Ok(_) => "it does not know the version".to_string(),
        Err(silence) => silence.fault.cause.unwrap_or(silence.fault.message),
    };
    let (id, version) = (&unit.package.id, &unit.version);
    if progress.taken {
        let fault = Fault::outside(format!(
            "`{id}` {version} was refused as something that is there already, but its registry does not show it \
             after {waited}"
        ));
        return fault.because(why).help(send::used_up(unit));
    }
    let fault = Fault::outside(format!(
        "`{id}` {version} was uploaded, but its registry does not show it after {waited}"
    ));
    fault.because(why).help("run the same command again later, or raise `poll-timeout` in `[publish]`")
}

/// Installs the package from the registry, outside of the repository, and uses it.
fn trial(task: &Task, progress: &mut Progress) -> Next {
    let (schedule, unit) = (task.schedule, task.unit);
    let subject = Subject {
        package: &unit.package,
        version: &unit.version,
        packages: schedule.run.packages,
        below: &schedule.den.run.join("trial"),
    };
    let tried = schedule
        .site(unit, &schedule.run.env)
        .map_err(Trouble::Lasting)
        .and_then(|site| try_out(schedule.world, &schedule.run.rules.smoke, &subject, &site));
    match tried {
        Ok(()) => Next::Done,
        Err(Trouble::Passing(fault)) => task.retry(Phase::Try, fault, None, progress),
        Err(Trouble::Lasting(fault)) => Next::Fail(fault),
    }
}
