//! Carries a release out: asks the registries what is there, builds what is not, uploads it in dependency order, and
//! looks whether what arrived is what was built. The registries are the only memory, so running again resumes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::{Pin, Publish};
use crate::digest::{hex, sha256, sha512};
use crate::ecosystem::DistTag;
use crate::ecosystem::archive::Entry;
use crate::effect::{Edit, Environment, Event, Moment, Step};
use crate::fault::{Fault, Faults};
use crate::model::{Package, PackageId, Tree};
use crate::preflight::Outcome;
use crate::registry::{Digest, Files, Presence, Target};
use crate::stage::{self, Den};
use crate::version::Version;
use crate::world::{Watched, World};
use gates::Tagged;
use schedule::Schedule;

mod before;
mod build;
pub mod gates;
pub mod live;
mod network;
pub mod packed;
pub mod packing;
mod prepare;
pub mod recorded;
mod schedule;
mod ship;
mod target;
mod upload;
pub mod verify;
pub mod withdraw;
mod trial;

/// A package of a run.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The package.
    pub package: Package,
    /// The version that it is published as.
    pub version: Version,
    /// Its component.
    pub component: String,
    /// How its requirements on packages of the repository are published.
    pub pin: Pin,
    /// The tag of its registry that it is published under, where there are such.
    pub dist_tag: Option<DistTag>,
    /// The command that builds it, where it is not its ecosystem's own.
    pub build: Option<String>,
    /// The command that is run once before the packages of its component are built.
    pub prepare: Option<String>,
    /// Packages that have to be published before it.
    pub needs: Vec<PackageId>,
    /// Whether it is only there because others need it (a rehearsal's copy of what is released already).
    pub stand_in: bool,
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// Until everything is on its registry.
    #[default]
    Publish,
    /// Until everything is built and found to be what was planned; nothing is uploaded, so no token is needed.
    Build,
}

/// What a run builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Make {
    /// What the registries do not have.
    #[default]
    Missing,
    /// Everything, and no registry is asked: none may be in reach.
    All,
    /// Nothing: the files were built elsewhere and lie in `builds`. There are no sources beside them.
    Nothing {
        /// Packages whose version was released before from another commit, so that other bytes of it are no wonder.
        released: BTreeSet<PackageId>,
    },
}

/// What is to be published, where, and how.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    /// Root of the checkout.
    pub root: &'a Path,
    /// The commit that is released.
    pub commit: &'a str,
    /// Its files, with `edits` applied.
    pub tree: &'a Tree,
    /// All packages of the repository.
    pub packages: &'a [Package],
    /// What is written into the stage on top of the commit.
    pub edits: &'a [Edit],
    /// Candidates, dependencies first.
    pub units: Vec<Unit>,
    /// What they need and this run does not publish.
    pub relied: Vec<Unit>,
    /// Packages that changed since their version was tagged, with that tag: HEAD is not that version any more.
    pub moved_on: BTreeMap<PackageId, String>,
    /// What tags say of packages; of those that it leaves out, nothing.
    pub tagged: BTreeMap<PackageId, Tagged>,
    /// What gates that look at the repository alone found.
    pub gates: Vec<Outcome>,
    /// Versions of all packages after the release, for pins.
    pub versions: &'a BTreeMap<PackageId, Version>,
    /// Registries by name.
    pub targets: BTreeMap<String, Target>,
    /// The environment of all children; only uploads see a token on top.
    pub env: Environment,
    /// How to publish.
    pub rules: Publish,
    /// How far it goes.
    pub goal: Goal,
    /// What it builds.
    pub make: Make,
    /// Workers.
    pub jobs: usize,
    /// Where built files wait until they are live.
    pub builds: PathBuf,
}

/// A built file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltFile {
    /// Name, as the registry will know it.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Digest, in hexadecimal.
    pub sha256: String,
    /// A longer one, for registries that tell no other.
    pub sha512: String,
    /// Bytes.
    pub size: usize,
}

impl BuiltFile {
    /// A file with these bytes.
    fn new(name: String, path: PathBuf, bytes: &[u8]) -> BuiltFile {
        let (sha256, sha512) = (hex(&sha256(bytes)), hex(&sha512(bytes)));
        BuiltFile { name, path, sha256, sha512, size: bytes.len() }
    }

    /// Whether its bytes have this digest.
    fn is(&self, digest: &Digest) -> bool {
        match digest {
            Digest::Sha256(text) => text == &self.sha256,
            Digest::Sha512(text) => text == &self.sha512,
        }
    }
}

/// What became of every package.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Summary {
    /// Uploaded, seen and verified.
    pub published: Vec<Published>,
    /// Built and no more, because the run had no other goal.
    pub built: Vec<Published>,
    /// What the built files hold, by their names, where that was asked for.
    pub contents: BTreeMap<String, Vec<Entry>>,
    /// Was on its registry before.
    pub already_there: Vec<(PackageId, Version)>,
    /// Among those that were there before: taken back, with what the registry calls that.
    pub taken_back: BTreeMap<PackageId, String>,
    /// Failed, with the reason.
    pub failed: Vec<(PackageId, Fault)>,
    /// Not started because of another package.
    pub blocked: Vec<(PackageId, PackageId)>,
    /// Not finished, because castoff was told to stop.
    pub cancelled: Vec<PackageId>,
    /// Uploaded, at least in part, and not seen to be right: among `failed` or `cancelled` too.
    pub unverified: Vec<PackageId>,
    /// Changes that wait for a version, by component.
    pub waiting: Vec<String>,
    /// What the registries say that they have of packages that were published, or were there before.
    pub reported: BTreeMap<PackageId, Files>,
    /// Whether anything was uploaded before a failure.
    pub uploaded: bool,
    /// Whether a run that uploads would have uploaded anything of what was built.
    pub would_upload: bool,
    /// Packages of the run, each with what it needs among them.
    pub needs: BTreeMap<PackageId, Vec<PackageId>>,
    /// All that was told, in that order.
    pub timeline: Vec<Moment>,
}

/// A package that was published, or built.
#[derive(Clone, Debug)]
pub struct Published {
    /// Id.
    pub id: PackageId,
    /// Version.
    pub version: Version,
    /// Registry.
    pub registry: String,
    /// Its files.
    pub files: Vec<BuiltFile>,
    /// Whether it only stands in for what is released already.
    pub stand_in: bool,
}

impl Summary {
    /// Whether nothing is left to do.
    pub fn complete(&self) -> bool {
        self.failed.is_empty() && self.blocked.is_empty() && self.cancelled.is_empty()
    }
}

impl Run<'_> {
    /// Whether there is nothing to build with, and nothing to be built.
    fn is_packed(&self) -> bool {
        matches!(self.make, Make::Nothing { .. })
    }

    fn target(&self, unit: &Unit) -> Result<&Target, Fault> {
        let name = unit.package.registry().unwrap_or_default();
        self.targets.get(name).ok_or_else(|| Fault::usage(format!("`{}` has no registry", unit.package.id)))
    }
}

/// Publishes a run.
///
/// # Errors
/// What stops it before anything is built: a registry that does not answer, a missing token, a stage that cannot be
/// made. Failures of packages are in the summary.
pub fn run(world: &dyn World, den: &Den, run: Run) -> Result<Summary, Faults> {
    let watched = Watched::new(world);
    let needs = needs(&run.units);
    let summary = carry_out(&watched, den, run)?;
    Ok(Summary { needs, timeline: watched.into_moments(), ..summary })
}

fn needs(units: &[Unit]) -> BTreeMap<PackageId, Vec<PackageId>> {
    let among: BTreeSet<&PackageId> = units.iter().map(|unit| &unit.package.id).collect();
    let needs = |unit: &Unit| unit.needs.iter().filter(|id| among.contains(id)).cloned().collect();
    units.iter().map(|unit| (unit.package.id.clone(), needs(unit))).collect()
}

/// All that gates a run, and nothing of the run.
pub fn preflight(world: &dyn World, den: &Den, run: &Run) -> Vec<Outcome> {
    let asked = before::ask_all(world, run);
    gates::judge(world, den, run, asked.as_ref())
}

fn carry_out(world: &dyn World, den: &Den, mut run: Run) -> Result<Summary, Faults> {
    let mut summary = Summary::default();
    for unit in &run.units {
        world.tell(Event::of(&unit.package.id, Step::Queued, unit.version.to_string()));
    }
    let asked = match run.make {
        Make::All => Ok(before::Asked::new()),
        Make::Missing | Make::Nothing { .. } => before::ask_all(world, &run),
    };
    gates::pass(world, &gates::judge(world, den, &run, asked.as_ref()))?;
    let asked = asked?;
    let present = gates::present(&asked);
    let is_live = |unit: &Unit| matches!(present.get(&unit.package.id), Some(Presence::Live(_)));
    let (there, missing): (Vec<Unit>, Vec<Unit>) = run.units.drain(..).partition(is_live);
    for unit in there {
        // What was kept until it was live.
        world.remove(&build::keep_dir(&run, &unit))?;
        world.tell(Event::of(&unit.package.id, Step::AlreadyThere, unit.version.to_string()));
        let files = present.get(&unit.package.id).and_then(Presence::files).cloned();
        summary.reported.insert(unit.package.id.clone(), files.unwrap_or_default());
        let taken_back = asked.get(&unit.package.id).and_then(|standing| standing.taken_back.clone());
        summary.taken_back.extend(taken_back.map(|why| (unit.package.id.clone(), why)));
        summary.already_there.push((unit.package.id, unit.version));
    }
    run.units = missing;
    if run.units.is_empty() {
        return Ok(summary);
    }
    build_and_ship(world, den, &run, &present, &mut summary)?;
    Ok(summary)
}

/// All that needs a stage.
fn build_and_ship(
    world: &dyn World,
    den: &Den,
    run: &Run,
    present: &before::Present,
    summary: &mut Summary,
) -> Result<(), Faults> {
    let stage = match run.is_packed() {
        true => stage::bare(world, den, run.tree)?,
        false => stage::make(world, den, run.root, run.commit, run.edits)?,
    };
    let target_dir = target::ready(world, den, run)?;
    let bare = Schedule {
        world,
        run,
        stage: &stage,
        target_dir: &target_dir,
        den,
        before: present,
        preparations: &[],
    };
    let mut preparations = Vec::new();
    if !run.is_packed() {
        preparations = prepare::preparations(world, run, |unit| bare.site(unit, &run.env))?;
        prepare::pin(world, &stage, run, &mut preparations)?;
    }
    let schedule = Schedule { preparations: &preparations, ..bare };
    schedule.carry_out(summary);
    Ok(())
}
