//! What `castoff publish` publishes: the versions that HEAD's manifests say, where the configuration says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Goal, Run, Summary, Unit};
use crate::config::{self, Config};
use crate::detect::history::own_tags;
use crate::ecosystem;
use crate::effect::{Environment, Event, Step};
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::{Component, Kind, Package, PackageId, Tag, VersionHome};
use crate::plan::Plan;
use crate::registry::{self, Target};
use crate::snapshot::Reading;
use crate::stage::Den;
use crate::version::Version;
use crate::world::World;

/// Publishes HEAD: all of its packages, or those that are named.
///
/// # Errors
/// What stops it before anything is built.
pub fn publish(
    world: &dyn World,
    reading: &Reading,
    plan: &Plan,
    names: &[String],
    jobs: usize,
) -> Result<Summary, Faults> {
    refuse_edits(reading)?;
    let chosen = chosen(reading, names)?;
    Faults(other_tags(reading, &chosen)).or(())?;
    let graph = Graph::new(&reading.workspace.packages)?;
    let versions: BTreeMap<PackageId, Version> = reading
        .workspace
        .packages
        .iter()
        .map(|package| (package.id.clone(), version(plan, package)))
        .collect();
    let waiting = waiting(reading, plan, &chosen);
    let units = graph.order().iter().filter(|id| chosen.contains(id) && !versions[*id].is_placeholder());
    let units: Vec<Unit> = units.filter_map(|id| unit(reading, &graph, id, &versions[id], false)).collect();
    let relied = relied(reading, &graph, &units, &versions);
    let targets = targets(&reading.config, units.iter().chain(&relied), &|name| world.env(name))?;
    let den = Den::open(world, &reading.common)?;
    let hidden = registry::token_variables(&reading.config);
    let run = Run {
        root: &reading.snapshot.root,
        commit: &reading.snapshot.head,
        tree: &reading.snapshot.tree,
        edits: &[],
        units,
        relied,
        moved_on: moved_on(reading, &waiting),
        versions: &versions,
        targets,
        env: hidden.iter().fold(Environment::default(), |env, name| env.without(name)),
        rules: reading.config.publish.clone(),
        goal: Goal::Publish,
        jobs,
        builds: den.builds.clone(),
    };
    let summary = super::run(world, &den, run);
    // Whatever is kept there is of a version that is live, or of a commit that nobody went on with.
    if names.is_empty()
        && summary.as_ref().is_ok_and(Summary::complete)
        && let Err(fault) = world.remove(&den.builds)
    {
        world.tell(Event::run(Step::Note, fault.to_string()));
    }
    den.close(world);
    summary.map(|summary| Summary { waiting, ..summary })
}

/// A publishable package as a unit of a run.
pub fn unit(
    reading: &Reading,
    graph: &Graph,
    id: &PackageId,
    version: &Version,
    stand_in: bool,
) -> Option<Unit> {
    let package = reading.workspace.package(id).filter(|package| package.publishable())?.clone();
    let component = reading.workspace.component_of(id)?.name.clone();
    let pin = reading.config.pin(&component).unwrap_or(ecosystem::of(id.kind).default_pin());
    let needs = graph.needs(id).cloned().collect();
    let building = reading.config.component(&component).map(|rules| &rules.building);
    let build = building.and_then(|building| building.build.as_ref()).map(|written| written.value.clone());
    let build = build.filter(|_| !ecosystem::of(id.kind).builds_together());
    Some(Unit { package, version: version.clone(), component, pin, build, needs, stand_in })
}

/// What units need that is not among them.
fn relied(
    reading: &Reading,
    graph: &Graph,
    units: &[Unit],
    versions: &BTreeMap<PackageId, Version>,
) -> Vec<Unit> {
    let among: BTreeSet<&PackageId> = units.iter().map(|unit| &unit.package.id).collect();
    let needs: BTreeSet<&PackageId> = units.iter().flat_map(|unit| &unit.needs).collect();
    needs.difference(&among).filter_map(|id| unit(reading, graph, id, versions.get(*id)?, false)).collect()
}

/// A release is what is committed; edits that are not would be missing from it without a word.
fn refuse_edits(reading: &Reading) -> Result<(), Fault> {
    let dirty: Vec<&str> =
        reading.snapshot.dirty.iter().map(String::as_str).filter(|path| *path != config::FILE).collect();
    let Some(first) = dirty.first() else { return Ok(()) };
    let more = if dirty.len() > 1 { format!(" and {} more", dirty.len() - 1) } else { String::new() };
    let fault = Fault::outside("cannot publish with uncommitted edits")
        .because(format!("`{}`{more} is not as HEAD has it", first.escape_debug()));
    Err(fault.help("commit them, or put them away with `git stash`"))
}

/// A tag on HEAD that says another version than the manifests do: one of them is wrong.
fn other_tags(reading: &Reading, chosen: &BTreeSet<PackageId>) -> Vec<Fault> {
    let here = reading.snapshot.tags.iter().filter(|tag| tag.commit == reading.snapshot.head);
    let here: Vec<Tag> = here.cloned().collect();
    let one = |component: &Component| {
        let packages = component.packages.iter().filter_map(|id| reading.workspace.package(id));
        let fixed = packages.filter(|package| package.version_home != VersionHome::Tag);
        let package = fixed.filter(|package| chosen.contains(&package.id)).max_by_key(|it| &it.version)?;
        let tags = own_tags(&here, &component.tag);
        if tags.iter().any(|(version, _)| version.same_value(&package.version)) {
            return None;
        }
        let (_, tag) = tags.iter().max()?;
        let spelled = ecosystem::of(package.id.kind).spell(&package.version);
        let fault = Fault::outside(format!("cannot publish `{}` {spelled}", package.id));
        let fault = fault.because(format!("the tag `{}` on HEAD says another version", tag.name));
        Some(fault.help(format!(
            "if the tag is wrong, remove it: `git tag -d {0}`, and where it was pushed `git push origin :refs/tags/{0}`; \
             else bump and commit before tagging",
            tag.name
        )))
    };
    reading.workspace.components.iter().filter_map(one).collect()
}

fn chosen(reading: &Reading, names: &[String]) -> Result<BTreeSet<PackageId>, Faults> {
    if names.is_empty() {
        return Ok(reading.workspace.packages.iter().map(|package| package.id.clone()).collect());
    }
    let mut faults = Faults::default();
    let mut found = BTreeSet::new();
    for name in names {
        match reading.workspace.named(name) {
            Ok(package) if package.publishable() => drop(found.insert(package.id.clone())),
            Ok(package) => faults.push(
                Fault::usage(format!("`{}` is not for publishing", package.id))
                    .help("`castoff discover` says why"),
            ),
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(found)
}

/// A version that stands in git's tags is that of the tag on HEAD, else the next one.
fn version(plan: &Plan, package: &Package) -> Version {
    let of = plan
        .packages
        .iter()
        .find(|planned| planned.id == package.id)
        .and_then(|planned| planned.next.clone());
    match package.version_home {
        VersionHome::Tag => of.unwrap_or_else(|| package.version.clone()),
        VersionHome::Own(_) | VersionHome::Shared(_) => package.version.clone(),
    }
}

/// Components of chosen packages whose next version is not in the manifests yet.
fn waiting(reading: &Reading, plan: &Plan, chosen: &BTreeSet<PackageId>) -> Vec<String> {
    let behind = |id: &PackageId, next: &Version| {
        chosen.contains(id)
            && reading
                .workspace
                .package(id)
                .is_some_and(|package| &package.version < next && package.version_home != VersionHome::Tag)
    };
    let component = |name: &str| reading.workspace.components.iter().find(|component| component.name == name);
    let waits = plan.versions.iter().filter(|next| {
        let packages =
            component(&next.component).map(|component| component.packages.as_slice()).unwrap_or_default();
        next.next.as_ref().is_some_and(|version| packages.iter().any(|id| behind(id, version)))
    });
    waits.map(|next| next.component.clone()).collect()
}

/// Packages of waiting components whose present version is tagged at another commit.
fn moved_on(reading: &Reading, waiting: &[String]) -> BTreeMap<PackageId, String> {
    let mut found = BTreeMap::new();
    for component in reading.workspace.components.iter().filter(|one| waiting.contains(&one.name)) {
        for package in component.packages.iter().filter_map(|id| reading.workspace.package(id)) {
            let tags = own_tags(&reading.snapshot.tags, &component.tag);
            let elsewhere = |(version, tag): &&(Version, &Tag)| {
                *version == package.version && tag.commit != reading.snapshot.head
            };
            if let Some((_, tag)) = tags.iter().find(elsewhere) {
                found.insert(package.id.clone(), tag.name.clone());
            }
        }
    }
    found
}

fn targets<'a>(
    config: &Config,
    units: impl Iterator<Item = &'a Unit>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Target>, Faults> {
    let mut faults = Faults::default();
    let registries = units.filter_map(|unit| Some((unit.package.registry()?, unit.package.id.kind)));
    let names: BTreeSet<(&str, Kind)> = registries.collect();
    let target = |(name, kind): (&str, Kind)| {
        Some((name.to_string(), faults.take(registry::target(name, kind, config, env))?))
    };
    let targets = names.into_iter().filter_map(target).collect();
    faults.or(targets)
}
