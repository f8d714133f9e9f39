//! The next release for real, but on loopback: versions and pins are written in a stage, the real clients build and
//! upload to a server that lives as long as the run, and install from there. Checkout, tags and registries stay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::Trusted;
use crate::digest::sha256;
use crate::ecosystem::{self, Ecosystem};
use crate::edit;
use crate::effect::{Environment, Event, Inherits, Secret, Step};
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::{Kind, Package, PackageId};
use crate::plan::Plan;
use crate::publish::{self, Goal, Make, Run, Summary, Unit, live};
use crate::registry::Target;
use crate::registry::addresses::preset;
use crate::snapshot::Reading;
use crate::stage::Den;
use crate::version::Version;
use crate::versions;
use crate::world::World;
use server::faults::{self, Mishap, On, Planned};
use server::{Options, Protocol, Server, Upstream};

pub mod demo;
pub mod server;

/// How a plan is rehearsed.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Workers.
    pub jobs: usize,
    /// The seed of the faults that the registries play, if they are to play any.
    pub chaos: Option<u64>,
}

/// What came of a rehearsal.
#[derive(Clone, Debug)]
#[must_use]
pub struct Rehearsed {
    /// What became of every package, or what stopped the rehearsal before anything was built.
    pub outcome: Result<Summary, Faults>,
    /// The faults of its seed.
    pub played: Vec<Played>,
}

/// A fault that was planned, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Whose calls.
    pub package: PackageId,
    /// Which of them.
    pub on: On,
    /// What went wrong.
    pub mishap: Mishap,
    /// How often it did.
    pub times: u32,
}

/// Rehearses a plan.
pub fn rehearse(world: &dyn World, reading: &Reading, plan: &Plan, how: How) -> Rehearsed {
    let mut played = Vec::new();
    let outcome = in_den(world, reading, plan, how, &mut played);
    Rehearsed { outcome, played }
}

fn in_den(
    world: &dyn World,
    reading: &Reading,
    plan: &Plan,
    how: How,
    played: &mut Vec<Played>,
) -> Result<Summary, Faults> {
    let released = versions::released(&reading.workspace, &plan.versions);
    for finding in &plan.findings {
        world.tell(Event::run(Step::Note, &finding.message));
    }
    if released.is_empty() {
        return Ok(Summary::default());
    }
    let den = Den::open(world, &reading.common)?;
    let summary = within(world, &den, reading, plan, &released, how, played);
    den.close(world);
    summary
}

/// The language that the server speaks with the clients of an ecosystem, and the public registry in whose place it
/// stands; none for an ecosystem that castoff does not bring.
fn spoken(kind: Kind) -> Option<(Protocol, &'static str)> {
    match kind {
        Kind::Cargo => Some((Protocol::Cargo, "crates-io")),
        Kind::Uv => Some((Protocol::PyPi, "pypi")),
        Kind::Npm => Some((Protocol::Npm, "npm")),
        Kind::Gem => Some((Protocol::RubyGems, "rubygems")),
        Kind::Own(_) => None,
    }
}

/// All that happens in the run's directory, which its end removes however this ends.
fn within(
    world: &dyn World,
    den: &Den,
    reading: &Reading,
    plan: &Plan,
    released: &BTreeMap<PackageId, Version>,
    how: How,
    played: &mut Vec<Played>,
) -> Result<Summary, Faults> {
    let versions = versions::package_versions(&reading.workspace, &plan.versions);
    let tree = edit::apply_all(&reading.snapshot.tree, &plan.edits)?;
    let units = units(reading, plan, released, &versions)?;
    let token = format!("rehearsal-{:016x}{:016x}", world.random(), world.random());
    let server = start(reading, &token, how.chaos)?;
    let note = |text: String| world.tell(Event::run(Step::Note, text));
    note(format!("a registry for the occasion listens on {}", server.address()));
    if let Some(seed) = how.chaos {
        note(format!("it plays the faults of seed {seed}"));
    }
    let run = Run {
        root: &reading.snapshot.root,
        commit: &reading.snapshot.head,
        tree: &tree,
        packages: &reading.workspace.packages,
        edits: &plan.edits,
        targets: targets(&units, &server, &token),
        units,
        relied: Vec::new(),
        moved_on: BTreeMap::new(),
        tagged: BTreeMap::new(),
        gates: Vec::new(),
        versions: &versions,
        env: environment(world, &den.run, &server)?,
        rules: reading.config.publish.clone(),
        goal: Goal::Publish,
        make: Make::Missing,
        jobs: how.jobs,
        builds: den.run.join("builds"),
    };
    let summary = publish::run(world, den, run);
    played.extend(server.played().into_iter().filter_map(of_package));
    summary
}

fn of_package((planned, times): (Planned, u32)) -> Option<Played> {
    let mut kinds = ecosystem::all().map(|ecosystem| ecosystem.kind());
    let kind = kinds.find(|kind| spoken(*kind).is_some_and(|(protocol, _)| protocol == planned.protocol))?;
    let package = PackageId::new(kind, &planned.package?);
    Some(Played { package, on: planned.on, mishap: planned.mishap, times })
}

fn start(reading: &Reading, token: &str, chaos: Option<u64>) -> Result<Server, Fault> {
    let address = |name: &str, part: fn(&crate::registry::addresses::Preset) -> &str| {
        preset(name).map_or(String::new(), |preset| part(preset).trim_start_matches("sparse+").to_string())
    };
    let upstream = Upstream {
        pypi_simple: address("pypi", |preset| preset.index),
        crates_index: address("crates-io", |preset| preset.index),
        crates_files: address("crates-io", |preset| preset.files),
        npm: address("npm", |preset| preset.index),
        gems: address("rubygems", |preset| preset.index),
    };
    let names = |packages: &mut dyn Iterator<Item = &Package>| -> BTreeSet<(Protocol, String)> {
        packages.filter_map(|package| Some((spoken(package.id.kind)?.0, package.id.name.clone()))).collect()
    };
    let packages = &reading.workspace.packages;
    let published = names(&mut packages.iter().filter(|package| package.publishable()));
    let options = Options {
        token: token.to_string(),
        faults: chaos.map_or(Vec::new(), |seed| faults::chaos(seed, &published)),
        own: names(&mut packages.iter()),
        upstream: Some(upstream),
        ..Options::default()
    };
    Server::start_at(usual_port(&reading.common), options)
        .map_err(|error| Fault::outside("cannot start a registry on loopback").because(format!("{error:#}")))
}

/// The same for every rehearsal of a repository, if it is free: cargo knows what it compiled by where it came from, and
/// would compile the libraries of other people every time. All other caches are new in each rehearsal.
fn usual_port(common: &Path) -> u16 {
    let digest = sha256(common.as_os_str().as_encoded_bytes());
    // Below the ports that the system gives to anybody.
    20_000 + u16::from_be_bytes([digest[0], digest[1]]) % 10_000
}

/// What is released, and copies of what that needs and is released already: the server knows no earlier release.
fn units(
    reading: &Reading,
    plan: &Plan,
    released: &BTreeMap<PackageId, Version>,
    versions: &BTreeMap<PackageId, Version>,
) -> Result<Vec<Unit>, Faults> {
    let graph = Graph::new(&reading.workspace.packages)?;
    let wanted: BTreeSet<&PackageId> = graph.closure(released.keys());
    let publishing = plan.packages.iter().filter(|planned| wanted.contains(&planned.id));
    let unit = |id: &PackageId| live::unit(reading, &graph, id, &versions[id], !released.contains_key(id));
    let units: Vec<Unit> = publishing.filter_map(|planned| unit(&planned.id)).collect();
    let foreign = units.iter().filter(|unit| spoken(unit.package.id.kind).is_none());
    let fault = |unit: &Unit| {
        let fault = Fault::usage(format!("cannot rehearse the release of `{}`", unit.package.id));
        let fault = fault.because("the registries of a rehearsal do not speak for its ecosystem");
        fault.help("`publish --dry-run` builds it, and uploads nothing")
    };
    Faults(foreign.map(fault).collect()).or(())?;
    Ok(units)
}

fn targets(units: &[Unit], server: &Server, token: &str) -> BTreeMap<String, Target> {
    let target = |kind: Kind| {
        let (protocol, name) = spoken(kind)?;
        Some(Target {
            name: name.to_string(),
            kind,
            upload: server.upload(protocol),
            index: server.index(protocol),
            own_server: true,
            token_env: Vec::new(),
            token: Some(Secret::new(token)),
            login: None,
            trusted: Trusted::Never,
            trust: None,
        })
    };
    let registries =
        units.iter().filter_map(|unit| Some((unit.package.registry()?.to_string(), unit.package.id.kind)));
    registries.filter_map(|(name, kind)| Some((name, target(kind)?))).collect()
}

/// Version managers of all languages keep programs below the real home, no secrets.
const VERSION_MANAGERS: &[(&str, &str)] =
    &[("ASDF_DATA_DIR", ".asdf"), ("MISE_DATA_DIR", ".local/share/mise")];

/// An environment without tokens, with a home and caches of its own, in which loopback is never behind a proxy.
fn environment(world: &dyn World, run: &Path, server: &Server) -> Result<Environment, Fault> {
    let (home, temporary) = (run.join("home"), run.join("tmp"));
    world.make_dir(&home)?;
    world.make_dir(&temporary)?;
    let text = |path: PathBuf| path.display().to_string();
    let mut env = Environment { inherits: Inherits::Harmless, ..Environment::default() }
        .set("HOME", text(home.clone()))
        .set("TMPDIR", text(temporary));
    for name in ["NO_PROXY", "no_proxy"] {
        let own = world.env(name).filter(|list| !list.is_empty()).map(|list| format!("{list},"));
        env = env.set(name, own.unwrap_or_default() + "127.0.0.1,localhost");
    }
    for (name, path) in ecosystem::all().flat_map(|ecosystem| ecosystem.isolation(&home)) {
        env = env.set(name, text(path));
    }
    let variable = |one: &'static dyn Ecosystem| Some((one.index_variable()?, spoken(one.kind())?.0));
    for (name, protocol) in ecosystem::all().filter_map(variable) {
        env = env.set(name, server.index(protocol));
    }
    if let Some(real) = world.env("HOME").map(PathBuf::from) {
        for (name, below) in
            ecosystem::all().flat_map(|ecosystem| ecosystem.toolchains()).chain(VERSION_MANAGERS)
        {
            if world.env(name).is_none() && matches!(world.list(&real.join(below)), Ok(Some(_))) {
                env = env.set(name, text(real.join(below)));
            }
        }
    }
    Ok(env)
}
