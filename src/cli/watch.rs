//! How a run is watched: events as they happen, at the end what became of every package, and a page to keep.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;

use super::Session;
use super::output::{Voice, complain, harmless, on_actions, pretty, print, raw};
use super::table::Table;
use crate::config::{Config, Smoke};
use crate::ecosystem;
use crate::effect::{Event, Step};
use crate::fault::{Fault, Faults};
use crate::model::{Package, PackageId};
use crate::notify;
use crate::publish::Summary;
use crate::registry;
use crate::report::lines::{self, Detail};
use crate::report::record::{self, Facts, Outcome};
use crate::report::run::{About, Place, State, page};
use crate::report::summary::{self as text, Of};
use crate::report::{built, clean, github, json};
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::{Real, World};

/// What is watched, and where that is written down.
pub(super) struct Watch<'a> {
    /// What the run is.
    pub(super) of: Of,
    /// The file for the page about it.
    pub(super) report: Option<&'a Path>,
    /// The file for its record.
    pub(super) record: Option<&'a Path>,
    /// The versions that it publishes.
    pub(super) versions: &'a BTreeMap<PackageId, Version>,
}

/// What is open on the screen or in the log, and has to be closed before other things are said.
#[derive(Default)]
pub(super) enum Shown {
    /// Nothing.
    #[default]
    Nothing,
    /// A group of lines in the log of GitHub Actions.
    Group,
    /// Nothing yet; a table with this title from the first package on, each of which is done with this step.
    Due(&'static str, Step),
    /// A table.
    Table(Table),
}

impl Session {
    /// Carries a run out, writes its record and the page about it, and tells those who are to know. Both are written
    /// first as of a run that has not ended, so that a place where nothing can be written is known before anything is
    /// built, and a run that is killed does not leave those of another one.
    pub(super) fn watched(
        &self,
        world: &dyn World,
        reading: &Reading,
        watch: &Watch,
        run: impl FnOnce() -> Result<Summary, Faults>,
    ) -> Result<Summary, Faults> {
        if self.wants_table() {
            *self.shown() = Shown::Due(title(watch.of), last_step(watch.of, &reading.config));
        }
        let write_page = |summary: &Summary, state: State| match watch.report {
            Some(file) => {
                let about = about(world, reading, watch.of, state, summary);
                world.write(file, page(summary, &about).as_bytes())
            }
            None => Ok(()),
        };
        let facts = Facts::new(watch.of, reading, watch.versions, world.now());
        write_page(&Summary::default(), State::Begun)?;
        keep(world, watch.record, &record::unfinished(&facts))?;
        let end = run();
        self.close(end.as_ref().ok());
        let written = match &end {
            Ok(summary) => write_page(summary, State::Ended),
            Err(faults) => write_page(&Summary::default(), State::Stopped(faults.clone())),
        };
        let outcome = if world.stopped() { Outcome::Cancelled } else { Outcome::of(&end) };
        let record = record::ended(&facts, outcome, world.now(), &end);
        for fault in [written, keep(world, watch.record, &record)].into_iter().filter_map(Result::err) {
            // What became of the run is said all the same, and its code is not that of success.
            self.complain(&fault.into());
            self.flawed.store(true, Ordering::Relaxed);
        }
        let is_news = outcome != Outcome::Success || end.as_ref().is_ok_and(|end| !end.published.is_empty());
        if matches!(watch.of, Of::Publish | Of::Packed) && is_news {
            self.notify(world, reading, outcome, &record);
        }
        end
    }

    /// Tells those who are to know how it ended. Where they cannot be told, that is a warning: it takes nothing back.
    pub(super) fn notify(&self, world: &dyn World, reading: &Reading, outcome: Outcome, record: &Value) {
        let silent = |_| {};
        // A world that was told to stop starts nothing any more.
        let another = Real::new(&silent);
        let world: &dyn World = if world.stopped() { &another } else { world };
        let failed = notify::notify(world, &reading.snapshot.root, &reading.config, outcome.name(), record);
        for fault in failed {
            self.close(None);
            eprintln!("{} {}", self.err.yellow("warning:"), clean(&fault.to_string()));
        }
    }

    /// Says what went wrong; gives the exit code for it.
    pub(super) fn complain(&self, faults: &Faults) -> u8 {
        self.close(None);
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
        if let (Shown::Due(title, last), Step::Queued) = (&*shown, event.step) {
            *shown = Table::begin(self, title, *last).map_or(Shown::Nothing, Shown::Table);
        }
        let time = self.start.elapsed().as_secs_f64();
        if let Shown::Table(table) = &*shown {
            return table.tell(event, lines::line(event, time, self.globals.detail, self.err));
        }
        // A guess for whoever looks on, which is no use to a log.
        if event.step == Step::Forecast {
            return;
        }
        if self.is_json() && self.streams {
            let at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
            return print(&harmless(&format!("{}\n", json::event(event, &at))));
        }
        let Some(line) = lines::line(event, time, self.globals.detail, self.err) else { return };
        let opens = event.package.is_some() && self.globals.detail > Detail::Quiet;
        if matches!(*shown, Shown::Nothing) && opens && on_actions() {
            raw(&github::begin("what happens to each package"));
            *shown = Shown::Group;
        }
        eprintln!("{line}");
    }

    /// Tells people alone, beside the one document that a command prints for machines.
    #[expect(clippy::disallowed_methods, reason = "time stamps of lines, nothing depends on them")]
    pub(super) fn aside(&self, event: &Event) {
        let _whole = self.shown();
        let line = lines::line(event, self.start.elapsed().as_secs_f64(), self.globals.detail, self.err);
        line.into_iter().for_each(|line| eprintln!("{line}"));
    }

    /// Closes what is open; where a run came to its end, a table leaves that behind.
    pub(super) fn close(&self, summary: Option<&Summary>) {
        let shown = std::mem::take(&mut *self.shown());
        match (shown, summary) {
            (Shown::Nothing | Shown::Due(..), _) => {}
            (Shown::Group, _) => raw(github::END),
            (Shown::Table(table), Some(summary)) => table.end(summary),
            (Shown::Table(_undrawn), None) => {}
        }
    }

    /// How the run ended.
    pub(super) fn end(&self, summary: &Summary, of: Of) {
        if self.is_json() {
            return print(&harmless(&format!("{}\n", json::summary(summary))));
        }
        if of == Of::DryRun && self.globals.detail > Detail::Quiet {
            eprint!("{}", built::uploads(summary, self.globals.detail, self.err));
        }
        eprint!("{}", text::lists(summary, of, self.err));
        match self.voice() {
            Voice::Actions => raw(&github::failures(summary)),
            Voice::Lines(style) => eprint!("{}", text::failures(summary, style)),
        }
        eprintln!("\n{}", text::last_line(summary, of));
    }
}

/// Writes a record where one is asked for.
fn keep(world: &dyn World, file: Option<&Path>, record: &Value) -> Result<(), Fault> {
    file.map_or(Ok(()), |file| world.write(file, pretty(record).as_bytes()))
}

fn title(of: Of) -> &'static str {
    match of {
        Of::Publish => "castoff publish",
        Of::Packed => "castoff publish --bundle",
        Of::Bundle => "castoff bundle",
        Of::DryRun => "castoff publish --dry-run",
        Of::Rehearsal => "castoff rehearse",
    }
}

/// The last step of a package.
fn last_step(of: Of, config: &Config) -> Step {
    match (of, &config.publish.smoke) {
        (Of::DryRun | Of::Bundle, _) => Step::Checksummed,
        (Of::Publish | Of::Packed | Of::Rehearsal, Smoke::Off) => Step::Verified,
        (Of::Publish | Of::Packed | Of::Rehearsal, Smoke::Install | Smoke::Command(_)) => Step::Tried,
    }
}

/// What the page says that the run does not know. A rehearsal's registry is gone, and nobody can look there.
fn about(world: &dyn World, reading: &Reading, of: Of, state: State, summary: &Summary) -> About {
    let published = summary.published.iter().map(|done| (&done.id, &done.version));
    let live = published.chain(summary.already_there.iter().map(|(id, version)| (id, version)));
    let versions: BTreeMap<&PackageId, &Version> = live.filter(|_| of != Of::Rehearsal).collect();
    let place = |package: &Package| {
        let (id, registry) = (&package.id, package.registry()?.to_string());
        let target = registry::target(&registry, id.kind, &reading.config, &|name| world.env(name)).ok();
        let page = |version: &&Version| target?.page(&id.name, &ecosystem::of(id.kind).spell(version));
        Some((id.clone(), Place { registry, page: versions.get(id).and_then(page) }))
    };
    let places = reading.workspace.packages.iter().filter_map(place).collect();
    let (commit, branch) = (reading.snapshot.head.clone(), reading.snapshot.branch.clone());
    About { of, commit, branch, places, state }
}
