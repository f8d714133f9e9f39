//! The commands that carry something out beyond the checkout: publish, rehearse, demo, tag.

use std::path::Path;
use std::time::Duration;

use super::arguments::{Publish, Rehearse};
use super::output::indented;
use super::watch::Watch;
use super::{DONE, FAILED, Session, code};
use crate::apply::tags::{self, Tagging};
use crate::fault::Faults;
use crate::plan;
use crate::publish::Goal;
use crate::publish::live::{self, Order};
use crate::rehearsal::{self, How};
use crate::report::summary::Of;
use crate::report::{plan as plan_text, summary as summary_text};
use crate::snapshot::{self, Reading};
use crate::versions;
use crate::world::World;

impl Session {
    pub(super) fn publish(&self, world: &dyn World, args: &Publish) -> Result<u8, Faults> {
        self.format(&["lines", "json"])?;
        if let Some(file) = &args.bundle {
            return self.publish_bundle(world, file, args);
        }
        let mut reading = self.read(world, None)?;
        adjust(&mut reading, args.max_retries, args.retry_base_delay);
        if let Some(mode) = args.on_duplicate {
            reading.config.publish.on_duplicate = mode;
        }
        let plan = self.decide(world, &reading)?;
        let (goal, of) = match self.globals.dry_run {
            true => (Goal::Build, Of::DryRun),
            false => (Goal::Publish, Of::Publish),
        };
        let order = Order { names: &args.packages, jobs: self.jobs(args.jobs, &reading), goal };
        let versions = live::versions(&reading, &plan);
        let (report, record) = (args.report.as_deref(), args.record.as_deref());
        let watch = Watch { of, report, record, versions: &versions };
        let run = || live::publish(world, &reading, &plan, &order);
        let summary = self.watched(world, &reading, &watch, run)?;
        let nothing = summary.published.is_empty() && summary.built.is_empty();
        let waits = nothing && summary.failed.is_empty() && !summary.waiting.is_empty();
        let stuck = waits && !args.if_needed;
        if stuck {
            // Before the summary, whose last line is that of the run.
            let _code = self.complain(&plan::waiting(&summary.waiting).into());
        }
        self.end(&summary, of);
        Ok(if stuck { FAILED } else { code(&summary) })
    }

    pub(super) fn rehearse(&self, world: &dyn World, dir: &Path, args: &Rehearse) -> Result<u8, Faults> {
        self.format(&["lines", "json"])?;
        let mut reading = snapshot::read(world, dir, self.globals.config.as_deref(), None)?;
        adjust(&mut reading, args.max_retries, args.retry_base_delay);
        let plan = self.decide(world, &reading)?;
        if self.globals.dry_run {
            return self.only_plan(&plan, &reading);
        }
        let jobs = self.jobs(args.jobs, &reading);
        let versions = versions::package_versions(&reading.workspace, &plan.versions);
        let (report, record) = (args.report.as_deref(), args.record.as_deref());
        let watch = Watch { of: Of::Rehearsal, report, record, versions: &versions };
        let how = How { jobs, chaos: args.chaos };
        let mut played = Vec::new();
        let run = || {
            let rehearsed = rehearsal::rehearse(world, &reading, &plan, how);
            played = rehearsed.played;
            rehearsed.outcome
        };
        let outcome = self.watched(world, &reading, &watch, run);
        if let Some(seed) = args.chaos {
            self.chaos(seed, &played);
        }
        let summary = outcome?;
        self.end(&summary, Of::Rehearsal);
        Ok(code(&summary))
    }

    pub(super) fn demo(&self, world: &dyn World, dir: Option<&str>) -> Result<u8, Faults> {
        let dir = match dir {
            Some(dir) => self.globals.dir.join(dir),
            None => Path::new(&world.env("TMPDIR").unwrap_or("/tmp".to_string()))
                .join(format!("castoff-demo-{:08x}", world.random() & 0xffff_ffff)),
        };
        rehearsal::demo::make(world, &dir)?;
        let shown = dir.display();
        eprintln!("{}\n", self.err.bold(&format!("a small repository to try castoff on: {shown}")));
        eprintln!(
            "It has two crates and three Python packages, with a few commits since their last release."
        );
        eprintln!("`castoff plan` says what the next release would be:\n");
        let reading = snapshot::read(world, &dir, None, None)?;
        let plan = self.decide(world, &reading)?;
        eprintln!("{}", indented(&plan_text::plan(&plan, &reading.snapshot, self.err)));
        eprintln!(
            "`castoff rehearse` makes that release on this machine only, with the real cargo and uv, against"
        );
        eprintln!("registries that live as long as it runs:\n");
        let code =
            if self.globals.dry_run { DONE } else { self.rehearse(world, &dir, &Rehearse::default())? };
        eprintln!(
            "\nIt is yours to play with:\n  castoff -C {shown} plan\n  castoff -C {shown} bump\n  rm -r {shown}"
        );
        Ok(code)
    }

    pub(super) fn tag(&self, world: &dyn World, push: bool) -> Result<u8, Faults> {
        let reading = self.read(world, None)?;
        let taggings = tags::tags(world, &reading)?;
        eprint!("{}", summary_text::tags(&taggings, self.err));
        let due: Vec<String> = taggings
            .iter()
            .filter_map(|(_, tagging)| match tagging {
                Tagging::Due(name) => Some(name.clone()),
                Tagging::There(_) | Tagging::NotLive(..) => None,
            })
            .collect();
        if self.globals.dry_run {
            eprintln!("nothing was tagged (--dry-run)");
            return Ok(DONE);
        }
        let (root, head) = (&reading.snapshot.root, &reading.snapshot.head);
        tags::make(world, root, head, &due)?;
        if push {
            // Also those that were made before: a push may have failed, or was not asked for.
            let made = due.iter().map(|name| (name.clone(), head.clone()));
            let there = reading.snapshot.tags.iter().map(|tag| (tag.name.clone(), tag.commit.clone()));
            let ours = |name: &str| {
                taggings.iter().any(|(_, tagging)| matches!(tagging, Tagging::There(there) if there == name))
            };
            let all: Vec<(String, String)> = made.chain(there.filter(|(name, _)| ours(name))).collect();
            if !all.is_empty() {
                tags::push(world, root, &all)?;
            }
        }
        eprintln!("{}", summary_text::tagged(due.len(), push));
        Ok(DONE)
    }
}

/// What the command line says goes before the configuration.
pub(super) fn adjust(reading: &mut Reading, retries: Option<u32>, base: Option<Duration>) {
    let patience = &mut reading.config.publish.patience;
    patience.retries = retries.unwrap_or(patience.retries);
    patience.base = base.unwrap_or(patience.base);
}
