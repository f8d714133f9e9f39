//! The commands that carry something out beyond the checkout: publish and tag.

use std::time::Duration;

use super::arguments::Publish;
use super::watch::Watch;
use super::{DONE, FAILED, Session, code};
use crate::apply::tags::{self, Tagging};
use crate::fault::Faults;
use crate::plan;
use crate::preflight::pass;
use crate::publish::Goal;
use crate::publish::live::{self, Order};
use crate::report::summary as summary_text;
use crate::report::summary::Of;
use crate::snapshot::Reading;
use crate::steps::{Side, Stage};
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
        let own = self.own_gates(world, &reading, &plan);
        let order = Order { names: &args.packages, jobs: self.jobs(args.jobs, &reading), goal, own: &own };
        let versions = live::versions(&reading, &plan);
        let (report, record) = (args.report.as_deref(), args.record.as_deref());
        let watch = Watch { of, report, record, versions: &versions };
        let run = || {
            pass(&own)?;
            self.own_steps(world, &reading, Some(&plan), Side::Before, Stage::Publish)?;
            live::publish(world, &reading, &plan, &order)
        };
        let summary = self.watched(world, &reading, &watch, run)?;
        let nothing = summary.published.is_empty() && summary.built.is_empty();
        let waits = nothing && summary.failed.is_empty() && !summary.waiting.is_empty();
        let stuck = waits && !args.if_needed;
        if stuck {
            // Before the summary, whose last line is that of the run.
            let _code = self.complain(&plan::waiting(&summary.waiting).into());
        }
        if summary.complete() && !stuck {
            self.own_steps(world, &reading, Some(&plan), Side::After, Stage::Publish)?;
        }
        self.end(&summary, of);
        Ok(if stuck { FAILED } else { code(&summary) })
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
        self.own_steps(world, &reading, None, Side::Before, Stage::Tag)?;
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
        self.own_steps(world, &reading, None, Side::After, Stage::Tag)?;
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
