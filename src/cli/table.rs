//! The table that is drawn while a run goes on, where somebody looks at it. Without the feature `tui` there is none.

use super::Session;
use crate::effect::{Event, Step};
use crate::publish::Summary;
use crate::report::lines::Detail;
#[cfg(feature = "tui")]
use crate::report::live::{Live, Stage, View};

/// A table that is being drawn.
#[cfg(feature = "tui")]
pub(super) struct Table(Live);

/// There is no such thing.
#[cfg(not(feature = "tui"))]
pub(super) enum Table {}

impl Session {
    /// Whether a table is wanted: whoever asks for all details, for none or for JSON gets lines, and so does a log.
    #[expect(clippy::disallowed_methods, reason = "who reads what is printed; nothing else depends on it")]
    pub(super) fn wants_table(&self) -> bool {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_ci = set("CI").is_some_and(|value| value != "false");
        let is_dumb = set("TERM").is_none_or(|value| value == "dumb");
        self.globals.detail == Detail::Usual && !self.is_json() && !is_ci && !is_dumb && Table::is_possible()
    }
}

#[cfg(feature = "tui")]
impl Table {
    fn is_possible() -> bool {
        Live::is_possible()
    }

    /// Draws it from now on; a package is done with the step `last`. None where the system does not let us.
    pub(super) fn begin(session: &Session, title: &str, last: Step) -> Option<Table> {
        let control = session.control.get()?.clone();
        Live::start(View::new(title, last), session.err, session.start, control).ok().map(Table)
    }

    /// What happens to a package is seen in its row; the line of all else, and what asks for attention, stands above the
    /// table.
    pub(super) fn tell(&self, event: &Event, line: Option<String>) {
        let stands_above = event.package.is_none() || event.step == Step::Warning;
        if let Some(line) = line.filter(|_| stands_above) {
            self.0.say(format!("{line}\n"));
        }
        self.0.tell(event.clone());
    }

    /// Leaves the last state of every package behind, as lines.
    pub(super) fn end(self, summary: &Summary) {
        let published = summary.published.iter().chain(&summary.built);
        let done = published.map(|done| (done.id.clone(), Stage::Done));
        let cancelled = summary.cancelled.iter().map(|id| (id.clone(), Stage::Cancelled));
        let blocked = summary.blocked.iter().map(|(id, _)| (id.clone(), Stage::Blocked));
        self.0.end(done.chain(cancelled).chain(blocked).collect());
    }
}

#[cfg(not(feature = "tui"))]
impl Table {
    fn is_possible() -> bool {
        false
    }

    pub(super) fn begin(_: &Session, _: &str, _: Step) -> Option<Table> {
        None
    }

    pub(super) fn tell(&self, _: &Event, _: Option<String>) {
        match *self {}
    }

    pub(super) fn end(self, _: &Summary) {
        match self {}
    }
}
