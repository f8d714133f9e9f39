//! Bundles: made here, merged, and published.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::arguments::{self, Publish};
use super::output::pretty;
use super::runs::adjust;
use super::watch::Watch;
use super::{DONE, FAILED, Session, code};
use crate::bundle::{self, Bundle};
use crate::config::{self, Config};
use crate::digest::{hex, sha256};
use crate::effect::{Event, Step};
use crate::fault::{Fault, Faults};
use crate::plan;
use crate::publish::live::{self, Order};
use crate::publish::packing::{self, Network, Papers};
use crate::publish::{Goal, packed};
use crate::report::summary::Of;
use crate::report::{count, json, size};
use crate::snapshot::Reading;
use crate::world::World;

impl Session {
    /// What is built with, beside the sources.
    fn network(&self, world: &dyn World) -> Network {
        let told = world.env("CASTOFF_OFFLINE").is_some_and(|text| !["", "0"].contains(&text.as_str()));
        if self.globals.offline || told { Network::Closed } else { Network::Open }
    }

    pub(super) fn bundle(&self, world: &dyn World, args: &arguments::Bundle) -> Result<u8, Faults> {
        self.format(&["lines", "json"])?;
        let out = self.at(&args.out);
        if !args.merge.is_empty() {
            return self.merge(world, &out, args.merge.iter().chain(&args.more));
        }
        let reading = self.read(world, None)?;
        let plan = self.decide(world, &reading)?;
        if self.globals.dry_run {
            return self.only_plan(&plan, &reading);
        }
        packing::may_write(world, &reading.snapshot.root, &out)?;
        let papers = self.papers(world, &reading)?;
        let order =
            Order { names: &args.more, jobs: self.jobs(args.jobs, &reading), goal: Goal::Build, own: &[] };
        let versions = live::versions(&reading, &plan);
        let watch = Watch { of: Of::Bundle, report: None, record: None, versions: &versions };
        let mut made = None;
        let run = || {
            let network = self.network(world);
            let (summary, bytes) = packing::pack(world, &reading, &plan, &order, &papers, network)?;
            made = bytes;
            Ok(summary)
        };
        let summary = self.watched(world, &reading, &watch, run)?;
        if summary.built.is_empty() && summary.complete() {
            return Err(match summary.waiting.is_empty() {
                false => plan::waiting(&summary.waiting).into(),
                true => {
                    let fault =
                        Fault::outside("there is nothing to bundle").because("no package is for publishing");
                    fault.help("`castoff discover` says why").into()
                }
            });
        }
        if let Some(bytes) = made {
            self.write_bundle(world, &out, &bytes)?;
        }
        self.end(&summary, Of::Bundle);
        Ok(code(&summary))
    }

    /// A path as it was given, from the directory of `-C`.
    fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = self.globals.dir.join(path);
        path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
    }

    /// What is the same wherever a bundle is made: the plan does not say which tokens are there.
    fn papers(&self, world: &dyn World, reading: &Reading) -> Result<Papers, Faults> {
        let (snapshot, workspace) = (&reading.snapshot, &reading.workspace);
        let plan = plan::plan(snapshot, workspace, &reading.config, &BTreeSet::new())?;
        let usual = snapshot.root.join(config::FILE);
        let config = world.read(self.globals.config.as_deref().unwrap_or(&usual))?;
        let config = config.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Papers { config, plan: pretty(&json::plan(&plan, snapshot, workspace)) })
    }

    fn merge<'n>(
        &self,
        world: &dyn World,
        out: &Path,
        names: impl Iterator<Item = &'n String>,
    ) -> Result<u8, Faults> {
        packing::is_free(world, out)?;
        let read = |name: &String| Ok((name.clone(), file(world, &self.at(name))?));
        let files: Vec<(String, Vec<u8>)> = names.map(read).collect::<Result<_, Fault>>()?;
        let mut faults = Faults::default();
        let parts = files
            .iter()
            .filter_map(|(name, bytes)| Some((name.clone(), faults.take(Bundle::read(name, bytes))?)));
        let parts: Vec<(String, Bundle)> = parts.collect();
        let whole = faults.or(parts).and_then(bundle::merge)?;
        if self.globals.dry_run {
            eprintln!("nothing was written (--dry-run)");
            return Ok(DONE);
        }
        self.write_bundle(world, out, &whole.write()?)?;
        Ok(DONE)
    }

    /// Writes a bundle that can be read again, in one step.
    fn write_bundle(&self, world: &dyn World, out: &Path, bytes: &[u8]) -> Result<(), Faults> {
        let shown = out.display().to_string();
        let packages = count(Bundle::read(&shown, bytes)?.packages.len(), "package");
        world.write(out, bytes)?;
        let size = size(bytes.len() as u64);
        let detail = format!("{shown}: {packages}, {size}, sha256 {}", digest(bytes));
        world.tell(Event::run(Step::Packed, detail));
        Ok(())
    }

    /// `castoff publish --bundle FILE`.
    pub(super) fn publish_bundle(
        &self,
        world: &dyn World,
        name: &Path,
        args: &Publish,
    ) -> Result<u8, Faults> {
        let bytes = file(world, &self.at(name))?;
        let bundle = Bundle::read(&name.display().to_string(), &bytes)?;
        let mut reading = packed::reading(&bundle, &self.globals.dir, self.config_for(world, &bundle)?);
        adjust(&mut reading, args.max_retries, args.retry_base_delay);
        if let Some(mode) = args.on_duplicate {
            reading.config.publish.on_duplicate = mode;
        }
        let (goal, of) = match self.globals.dry_run {
            true => (Goal::Build, Of::DryRun),
            false => (Goal::Publish, Of::Packed),
        };
        let order = Order { names: &args.packages, jobs: self.jobs(args.jobs, &reading), goal, own: &[] };
        let sha256 = digest(&bytes);
        let commit = &bundle.source.commit;
        let text = format!(
            "every file of the bundle is as it was packed at commit {commit}; its sha256 is {sha256}"
        );
        world.tell(Event::run(Step::Note, text));
        let versions = packed::versions(&bundle);
        let (report, record) = (args.report.as_deref(), args.record.as_deref());
        let watch = Watch { of, report, record, versions: &versions };
        let run = || packed::publish(world, &bundle, &reading, &format!("bundle {sha256}"), &order);
        let summary = self.watched(world, &reading, &watch, run)?;
        self.end(&summary, of);
        Ok(if bundle.packages.is_empty() { FAILED } else { code(&summary) })
    }

    /// What is given, else what lies in the directory, else what the bundle brings.
    fn config_for(&self, world: &dyn World, bundle: &Bundle) -> Result<Config, Faults> {
        let usual = self.globals.dir.join(config::FILE);
        let path: &PathBuf = self.globals.config.as_ref().unwrap_or(&usual);
        let name =
            if self.globals.config.is_some() { path.display().to_string() } else { config::FILE.to_string() };
        match (world.read(path)?, &bundle.config) {
            (Some(bytes), _) => Config::parse(&name, &String::from_utf8_lossy(&bytes)),
            (None, _) if self.globals.config.is_some() => {
                Err(Fault::usage(format!("there is no configuration `{name}`"))
                    .help("correct `--config`")
                    .into())
            }
            (None, Some(text)) => Config::parse(&format!("{} of the bundle", config::FILE), text),
            (None, None) => Ok(Config::default()),
        }
    }
}

fn file(world: &dyn World, path: &Path) -> Result<Vec<u8>, Fault> {
    let none = || {
        let fault = Fault::usage(format!("there is no file `{}`", path.display()));
        fault.help("`castoff bundle FILE` makes one, in the repository")
    };
    world.read(path)?.ok_or_else(none)
}

fn digest(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}
