//! What `castoff publish` publishes: the versions that HEAD's manifests say, where the configuration says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::gates::Tagged;
use super::network;
use super::{Goal, Make, Run, Summary, Unit};
use crate::checks::Severity;
use crate::detect::history::own_tags;
use crate::ecosystem;
use crate::ecosystem::archive::{Artifact, Entry};
use crate::effect::{Event, Step};
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::{Package, PackageId, Tag, VersionHome};
use crate::plan::{self, Plan, dist_tag};
use crate::preflight::{Outcome, checkout};
use crate::presence::trust;
use crate::snapshot::Reading;
use crate::stage::Den;
use crate::version::Version;
use crate::versions::is_past;
use crate::world::World;

/// What is asked of a publish.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// Packages; all where none is named.
    pub names: &'a [String],
    /// Workers.
    pub jobs: usize,
    /// How far it goes.
    pub goal: Goal,
    /// What gates found that only the caller knows.
    pub own: &'a [Outcome],
}

/// Publishes HEAD: all of its packages, or those that are named.
///
/// # Errors
/// What stops it before anything is built.
pub fn publish(world: &dyn World, reading: &Reading, plan: &Plan, order: &Order) -> Result<Summary, Faults> {
    within(world, reading, plan, order, Den::open, |den, run, waiting| {
        let summary = super::run(world, &den, run);
        // Whatever is kept there is of a version that is live, or of a commit that nobody went on with.
        if order.goal == Goal::Publish
            && order.names.is_empty()
            && summary.as_ref().is_ok_and(Summary::complete)
            && let Err(fault) = world.remove(&den.builds)
        {
            world.tell(Event::run(Step::Note, fault.to_string()));
        }
        let contents = match (&summary, order.goal) {
            (Ok(summary), Goal::Build) => contents(world, summary),
            _ => BTreeMap::new(),
        };
        den.close(world);
        summary.map(|summary| Summary { waiting, contents, ..summary })
    })
}

/// What the built files hold, as long as they are there.
pub(super) fn contents(world: &dyn World, summary: &Summary) -> BTreeMap<String, Vec<Entry>> {
    let mut found = BTreeMap::new();
    for file in summary.built.iter().flat_map(|built| &built.files) {
        let bytes = world.read(&file.path).ok().flatten().unwrap_or_default();
        match (Artifact { name: &file.name, bytes: &bytes }).contents() {
            Ok(entries) => drop(found.insert(file.name.clone(), entries)),
            Err(error) => {
                world.tell(Event::run(Step::Warning, format!("cannot look into `{}`: {error}", file.name)));
            }
        }
    }
    found
}

/// All that gates that publish. It builds and uploads nothing.
///
/// # Errors
/// What is asked for cannot be published at all.
pub fn preflight(
    world: &dyn World,
    reading: &Reading,
    plan: &Plan,
    order: &Order,
) -> Result<Vec<Outcome>, Faults> {
    within(world, reading, plan, order, Den::beside, |den, run, waiting| {
        let outcomes = super::preflight(world, &den, &run);
        Ok(outcomes.into_iter().chain([has_versions(&waiting)]).collect())
    })
}

/// The gates of a repository whose packages need each other in a circle, so that there is no plan, and nobody is asked.
pub fn in_a_circle(reading: &Reading) -> Option<Vec<Outcome>> {
    let chosen = reading.workspace.packages.iter().map(|package| package.id.clone()).collect();
    let outcomes = gates_of_checkout(reading, &chosen);
    let is_circle = |outcome: &Outcome| outcome.id == checkout::CIRCLES && !outcome.findings.is_empty();
    outcomes.iter().any(is_circle).then(|| {
        let unknown = super::gates::not_asked("packages need each other in a circle");
        outcomes.into_iter().chain(unknown).collect()
    })
}

/// Changes that wait for a version are not in what is published.
fn has_versions(waiting: &[String]) -> Outcome {
    let faults = (!waiting.is_empty()).then(|| plan::waiting(waiting));
    Outcome::seen("changes_have_versions", "no change waits for a version").with(Severity::Warning, faults)
}

/// Gives a run to `act`, with the directory of the repository.
pub(super) fn within<T>(
    world: &dyn World,
    reading: &Reading,
    plan: &Plan,
    order: &Order,
    open: fn(&dyn World, &Path) -> Result<Den, Fault>,
    act: impl FnOnce(Den, Run, Vec<String>) -> Result<T, Faults>,
) -> Result<T, Faults> {
    let chosen = chosen(reading, order.names)?;
    let graph = Graph::new(&reading.workspace.packages)?;
    let versions = versions(reading, plan);
    let waiting = waiting(reading, plan, &chosen);
    let units = graph.order().iter().filter(|id| chosen.contains(id) && !versions[*id].is_placeholder());
    let units: Vec<Unit> = units.filter_map(|id| unit(reading, &graph, id, &versions[id], false)).collect();
    let relied = relied(reading, &graph, &units, &versions);
    let packages = units.iter().chain(&relied).map(|unit| &unit.package);
    let (root, token) = (&reading.snapshot.root, |name: &str| world.env(name));
    let targets = trust::targets(world, root, &reading.config, packages, &token)?;
    let den = open(world, &reading.common)?;
    let run = Run {
        root: &reading.snapshot.root,
        commit: &reading.snapshot.head,
        tree: &reading.snapshot.tree,
        packages: &reading.workspace.packages,
        edits: &[],
        tagged: units.iter().map(|unit| (unit.package.id.clone(), tagged(reading, unit))).collect(),
        gates: gates_of_checkout(reading, &chosen).into_iter().chain(order.own.iter().cloned()).collect(),
        units,
        relied,
        moved_on: moved_on(reading, &waiting),
        versions: &versions,
        env: network::environment(world, &reading.config, &targets),
        targets,
        rules: reading.config.publish.clone(),
        goal: order.goal,
        make: Make::Missing,
        jobs: order.jobs,
        builds: match order.goal {
            Goal::Publish => den.builds.clone(),
            // What was built without being meant for a registry is never taken for what was.
            Goal::Build => den.run.join("builds"),
        },
    };
    act(den, run, waiting)
}

/// The gates that look at the repository alone.
fn gates_of_checkout(reading: &Reading, chosen: &BTreeSet<PackageId>) -> Vec<Outcome> {
    let Reading { snapshot, workspace, config, .. } = reading;
    let first = [checkout::worktree(snapshot), checkout::history()];
    let health = checkout::health(snapshot, workspace, config, chosen);
    first.into_iter().chain(health).chain([checkout::tags(snapshot, workspace, chosen)]).collect()
}

/// What tags say of a unit's component.
fn tagged(reading: &Reading, unit: &Unit) -> Tagged {
    let component = reading.workspace.component_of(&unit.package.id);
    let tags = component.map_or_else(Vec::new, |it| own_tags(&reading.snapshot.tags, &it.tag));
    let here = tags
        .iter()
        .any(|(version, tag)| tag.commit == reading.snapshot.head && version.same_value(&unit.version));
    let past = tags.iter().filter(|(version, _)| !here && is_past(version, &unit.version)).max();
    Tagged {
        any: !tags.is_empty(),
        passed_by: past.map(|(version, tag)| (version.clone(), tag.name.clone())),
    }
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
    let prepare = building.and_then(|building| building.prepare.clone());
    let dist_tag = dist_tag(&reading.snapshot, &reading.workspace, &reading.config, &package, version);
    Some(Unit {
        package,
        version: version.clone(),
        component,
        pin,
        dist_tag,
        build,
        prepare,
        needs,
        stand_in,
    })
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

/// The versions that HEAD's manifests say.
pub fn versions(reading: &Reading, plan: &Plan) -> BTreeMap<PackageId, Version> {
    let packages = reading.workspace.packages.iter();
    packages.map(|package| (package.id.clone(), version(plan, package))).collect()
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
