//! How a run is watched: events as they happen, and at the end what became of every package.

use std::sync::{MutexGuard, PoisonError};
use std::time::SystemTime;

use super::Session;
use super::output::{Voice, complain, harmless, on_actions, print, raw};
use crate::effect::{Event, Step};
use crate::fault::Faults;
use crate::publish::Summary;
use crate::report::lines::{self, Detail};
use crate::report::summary::{self as text, Of};
use crate::report::{github, json};

/// What is open on the screen or in the log, and has to be closed before other things are said.
#[derive(Default)]
pub(super) enum Shown {
    /// Nothing.
    #[default]
    Nothing,
    /// A group of lines in the log of GitHub Actions.
    Group,
}

impl Session {
    /// Says what went wrong; gives the exit code for it.
    pub(super) fn complain(&self, faults: &Faults) -> u8 {
        self.close();
        complain(faults, self.voice())
    }

    fn voice(&self) -> Voice {
        Voice::of(self.err, self.globals.format.as_deref())
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::disallowed_methods, reason = "time stamps of lines, nothing depends on them")]
    pub(super) fn tell(&self, event: &Event) {
        let mut shown = self.shown();
        // A guess for a live view, which is no use to a log.
        if event.step == Step::Forecast {
            return;
        }
        if self.is_json() {
            let at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
            return print(&harmless(&format!("{}\n", json::event(event, &at))));
        }
        let time = self.start.elapsed().as_secs_f64();
        let Some(line) = lines::line(event, time, self.globals.detail, self.err) else { return };
        let opens = event.package.is_some() && self.globals.detail > Detail::Quiet;
        if matches!(*shown, Shown::Nothing) && opens && on_actions() {
            raw(&github::begin("what happens to each package"));
            *shown = Shown::Group;
        }
        eprintln!("{line}");
    }

    /// Closes what is open.
    fn close(&self) {
        match std::mem::take(&mut *self.shown()) {
            Shown::Nothing => {}
            Shown::Group => raw(github::END),
        }
    }

    /// How the run ended.
    pub(super) fn end(&self, summary: &Summary, of: Of) {
        if self.is_json() {
            return print(&harmless(&format!("{}\n", json::summary(summary))));
        }
        self.close();
        eprint!("{}", text::lists(summary, of, self.err));
        match self.voice() {
            Voice::Actions => raw(&github::failures(summary)),
            Voice::Lines(style) => eprint!("{}", text::failures(summary, style)),
        }
        eprintln!("\n{}", text::last_line(summary, of));
    }
}
