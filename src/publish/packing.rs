//! What `castoff bundle` does: everything that HEAD's manifests say is built, and packed with the plan. No registry is
//! asked; whoever publishes the bundle asks them.

use std::collections::BTreeMap;
use std::path::Path;

use super::gates::Tagged;
use super::live::{self, Order};
use super::{BuiltFile, Goal, Make, Run, Summary, Unit};
use crate::bundle::{Bundle, File, History, Packed, Source};
use crate::detect::history::own_tags;
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::git;
use crate::model::PackageId;
use crate::notes::repository::Repository;
use crate::plan::{self, Plan};
use crate::snapshot::Reading;
use crate::stage::Den;
use crate::version::Version;
use crate::world::World;

/// Whether builds may use the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// They may.
    Open,
    /// What the tools have already has to do.
    Closed,
}

/// What is packed beside the files.
#[derive(Clone, Debug)]
pub struct Papers {
    /// The text of the configuration, where there is one.
    pub config: Option<String>,
    /// The plan as JSON.
    pub plan: String,
}

/// A file that may be written as a bundle: no file of the repository, none of another kind.
///
/// # Errors
/// Why it may not.
pub fn may_write(world: &dyn World, root: &Path, out: &Path) -> Result<(), Fault> {
    let cannot =
        |why: &str| Fault::usage(format!("cannot write a bundle to `{}`", out.display())).because(why);
    let dir = out.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(dir), Some(name)) = (world.absolute(dir), out.file_name()) else {
        return Err(cannot("there is no such directory"));
    };
    let file = dir.join(name);
    if file.starts_with(root) && !git::is_ignored(world, root, &file)? {
        let fault = cannot("it lies in the repository, and git does not ignore it");
        return Err(fault
            .help("put it elsewhere, or name it in .gitignore: a checkout with strangers is not published"));
    }
    is_free(world, out)
}

/// A bundle may take the place of a bundle alone.
///
/// # Errors
/// There is something else.
pub fn is_free(world: &dyn World, out: &Path) -> Result<(), Fault> {
    let shown = out.display().to_string();
    let there = world.read(out)?;
    if there.is_none_or(|bytes| Bundle::read(&shown, &bytes).is_ok()) {
        return Ok(());
    }
    let fault = Fault::usage(format!("cannot write a bundle to `{shown}`"));
    Err(fault.because("something else is there").help("remove it, or name another file"))
}

/// Builds what HEAD's manifests say, and packs it where all of it was built.
///
/// # Errors
/// What stops it before anything is built, and a file that cannot be read.
pub fn pack(
    world: &dyn World,
    reading: &Reading,
    plan: &Plan,
    order: &Order,
    papers: &Papers,
    network: Network,
) -> Result<(Summary, Option<Vec<u8>>), Faults> {
    live::within(world, reading, plan, order, Den::open, |den, run, waiting| {
        let run = everything(&den, run, network);
        let (units, relied, tagged) = (run.units.clone(), run.relied.clone(), run.tagged.clone());
        let outcome = super::run(world, &den, run).and_then(|summary| {
            let summary = Summary { waiting, ..summary };
            if !summary.complete() || summary.built.is_empty() {
                return Ok((summary, None));
            }
            let files = |id: &PackageId| {
                let built = summary.built.iter().find(|built| built.id == *id);
                built.map(|built| built.files.as_slice()).unwrap_or_default()
            };
            let packed = |unit: &Unit, files: &[BuiltFile]| packed(world, reading, unit, &tagged, files);
            let packages: Result<Vec<Packed>, Fault> =
                units.iter().map(|unit| packed(unit, files(&unit.package.id))).collect();
            let relied: Result<Vec<Packed>, Fault> = relied.iter().map(|unit| packed(unit, &[])).collect();
            let bytes = bundle(reading, papers, packages?, relied?).write()?;
            Ok((summary, Some(bytes)))
        });
        den.close(world);
        outcome
    })
}

/// What changed since its version was tagged is not that version any more, and no part of a bundle: it is relied on.
fn everything<'a>(den: &Den, run: Run<'a>, network: Network) -> Run<'a> {
    let moved = |unit: &Unit| run.moved_on.contains_key(&unit.package.id);
    let (moved, units): (Vec<Unit>, Vec<Unit>) = run.units.iter().cloned().partition(moved);
    let needed = |unit: &Unit| units.iter().any(|other| other.needs.contains(&unit.package.id));
    let relied = run.relied.iter().cloned().chain(moved).filter(needed).collect();
    let closed = ecosystem::all().filter(|_| network == Network::Closed);
    let closed = closed.flat_map(|ecosystem| ecosystem.offline());
    let env = closed.fold(run.env.clone(), |env, (name, value)| env.set(name, *value));
    Run { units, relied, env, goal: Goal::Build, make: Make::All, builds: den.run.join("builds"), ..run }
}

fn packed<'a>(
    world: &dyn World,
    reading: &Reading,
    unit: &Unit,
    tagged: &BTreeMap<PackageId, Tagged>,
    built: &[BuiltFile],
) -> Result<Packed<'a>, Fault> {
    let id = &unit.package.id;
    let mut files = BTreeMap::new();
    for file in built {
        let gone = || Fault::outside(format!("the built file `{}` is gone", file.path.display()));
        let bytes = world.read(&file.path)?.ok_or_else(gone)?;
        files.insert(file.name.clone(), File::new(bytes));
    }
    let component = reading.workspace.component_of(id);
    let tags = component.map_or_else(Vec::new, |it| own_tags(&reading.snapshot.tags, &it.tag));
    let elsewhere = |(version, tag): &(Version, &crate::model::Tag)| {
        version.same_value(&unit.version) && tag.commit != reading.snapshot.head
    };
    Ok(Packed {
        package: unit.package.clone(),
        version: unit.version.clone(),
        component: unit.component.clone(),
        tag: component.map_or_else(String::new, |it| plan::tag_name(it, &unit.version, &reading.workspace)),
        history: History {
            known: !tags.is_empty(),
            released: tags.iter().any(elsewhere),
            passed_by: tagged.get(id).and_then(|tagged| tagged.passed_by.clone()),
        },
        pin: unit.pin,
        dist_tag: unit.dist_tag.clone(),
        needs: unit.needs.clone(),
        files,
    })
}

fn bundle<'a>(
    reading: &Reading,
    papers: &Papers,
    packages: Vec<Packed<'a>>,
    relied: Vec<Packed<'a>>,
) -> Bundle<'a> {
    let origin = reading.origin.as_deref().and_then(Repository::of_origin);
    let manifest = |packed: &Packed| {
        let path = &packed.package.manifest;
        Some((path.clone(), reading.snapshot.tree.text(path)?.to_string()))
    };
    Bundle {
        source: Source {
            castoff: env!("CARGO_PKG_VERSION").to_string(),
            repository: origin.map(|repository| format!("{}/{}", repository.host, repository.path)),
            branch: reading.snapshot.branch.clone(),
            commit: reading.snapshot.head.clone(),
        },
        manifests: packages.iter().filter_map(manifest).collect(),
        packages,
        relied,
        config: papers.config.clone(),
        plan: papers.plan.clone(),
    }
}
