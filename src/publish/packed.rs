//! What `castoff publish --bundle` does: the files of a bundle are published with nothing beside them, neither git nor
//! sources nor what builds them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::gates::Tagged;
use super::live::{self, Order};
use super::{Goal, Make, Run, Summary, Unit, build, network};
use crate::bundle::{Bundle, Packed};
use crate::config::Config;
use crate::fault::{Fault, Faults};
use crate::model::{Component, PackageId, Snapshot, Tree};
use crate::presence::trust;
use crate::snapshot::Reading;
use crate::stage::Den;
use crate::version::Version;
use crate::workspace::Workspace;
use crate::world::World;

/// A bundle as what is known of a repository: where it comes from, and its packages. `dir` is where this runs.
pub fn reading(bundle: &Bundle, dir: &Path, config: Config) -> Reading {
    let mut components: BTreeMap<&str, Component> = BTreeMap::new();
    for packed in &bundle.packages {
        let name = packed.component.as_str();
        let empty = || Component { name: name.to_string(), packages: Vec::new(), tag: packed.tag.clone() };
        components.entry(name).or_insert_with(empty).packages.push(packed.package.id.clone());
    }
    let mut packages: Vec<_> = bundle.packages.iter().map(|packed| packed.package.clone()).collect();
    packages.sort_by(|one, other| one.id.cmp(&other.id));
    Reading {
        snapshot: Snapshot {
            root: dir.to_path_buf(),
            head: bundle.source.commit.clone(),
            branch: bundle.source.branch.clone(),
            tree: Tree { texts: bundle.manifests.clone(), ..Tree::default() },
            ..Snapshot::default()
        },
        config,
        workspace: Workspace {
            packages,
            components: components.into_values().collect(),
            ..Workspace::default()
        },
        common: Path::new("").to_path_buf(),
        origin: bundle.source.repository.clone(),
        today: String::new(),
        notes: Default::default(),
    }
}

/// Publishes a bundle, or the packages of it that are named. `key` is known to no other bundle.
///
/// # Errors
/// What stops it before anything is uploaded.
pub fn publish(
    world: &dyn World,
    bundle: &Bundle,
    reading: &Reading,
    key: &str,
    order: &Order,
) -> Result<Summary, Faults> {
    let chosen = chosen(bundle, order.names)?;
    let (packages, rest): (Vec<&Packed>, Vec<&Packed>) =
        bundle.packages.iter().partition(|packed| chosen.contains(&packed.package.id));
    let needed = |packed: &&Packed| packages.iter().any(|other| other.needs.contains(&packed.package.id));
    let relied: Vec<Unit> = rest.into_iter().chain(&bundle.relied).filter(needed).map(unit).collect();
    let units: Vec<Unit> = packages.iter().map(|packed| unit(packed)).collect();
    let versions = versions(bundle);
    let config = &reading.config;
    let all = units.iter().chain(&relied).map(|unit| &unit.package);
    let targets = trust::targets(world, Path::new(""), config, all, &|name| world.env(name))?;
    let den = Den::open(world, Path::new(key))?;
    let released = packages.iter().filter(|packed| packed.history.released);
    let run = Run {
        root: Path::new("."),
        commit: &bundle.source.commit,
        tree: &reading.snapshot.tree,
        packages: &reading.workspace.packages,
        edits: &[],
        units,
        relied,
        moved_on: BTreeMap::new(),
        tagged: packages.iter().map(|packed| (packed.package.id.clone(), tagged(packed))).collect(),
        gates: Vec::new(),
        versions: &versions,
        env: network::environment(world, config, &targets),
        targets,
        rules: config.publish.clone(),
        goal: order.goal,
        make: Make::Nothing { released: released.map(|packed| packed.package.id.clone()).collect() },
        jobs: order.jobs,
        builds: den.run.join("builds"),
    };
    let unpacked = unpack(world, &run, &packages);
    let summary = unpacked.map_err(Faults::from).and_then(|()| super::run(world, &den, run));
    let contents = match (&summary, order.goal) {
        (Ok(summary), Goal::Build) => live::contents(world, summary),
        _ => BTreeMap::new(),
    };
    den.close(world);
    summary.map(|summary| Summary { contents, ..summary })
}

/// Puts the files where a run looks for what was built.
fn unpack(world: &dyn World, run: &Run, packages: &[&Packed]) -> Result<(), Fault> {
    for (unit, packed) in run.units.iter().zip(packages) {
        let files = packed.files.iter().map(|(name, file)| (name.clone(), file.bytes.to_vec()));
        build::keep(world, run, unit, files.collect())?;
    }
    Ok(())
}

fn unit(packed: &Packed) -> Unit {
    Unit {
        package: packed.package.clone(),
        version: packed.version.clone(),
        component: packed.component.clone(),
        pin: packed.pin,
        dist_tag: packed.dist_tag.clone(),
        build: None,
        prepare: None,
        needs: packed.needs.clone(),
        stand_in: false,
    }
}

/// The versions of all packages that a bundle speaks of.
pub fn versions(bundle: &Bundle) -> BTreeMap<PackageId, Version> {
    let version = |packed: &Packed| (packed.package.id.clone(), packed.version.clone());
    bundle.packages.iter().chain(&bundle.relied).map(version).collect()
}

fn tagged(packed: &Packed) -> Tagged {
    Tagged { any: packed.history.known, passed_by: packed.history.passed_by.clone() }
}

fn chosen(bundle: &Bundle, names: &[String]) -> Result<BTreeSet<PackageId>, Faults> {
    let ids = || bundle.packages.iter().map(|packed| &packed.package.id);
    if names.is_empty() {
        return Ok(ids().cloned().collect());
    }
    let mut faults = Faults::default();
    let mut found = BTreeSet::new();
    for name in names {
        let meant: Vec<&PackageId> = ids().filter(|id| id.name == *name || id.to_string() == *name).collect();
        match meant[..] {
            [id] => drop(found.insert(id.clone())),
            _ => {
                let known: Vec<String> = ids().map(ToString::to_string).collect();
                let why = if meant.is_empty() { "no package" } else { "several packages" };
                let fault = Fault::usage(format!("`{}` names {why} of the bundle", name.escape_debug()));
                faults.push(fault.help(format!("it has {}", known.join(", "))));
            }
        }
    }
    faults.or(found)
}
