//! Takes a release back: marks its packages at their registries as ones that nobody shall use, or undoes that. Whether it
//! came to pass is read from the registries, never from a client's exit code.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::network;
use super::ship::poll_delay;
use crate::ecosystem::withdraw::{Means, Withdrawal};
use crate::ecosystem::{self, Site};
use crate::effect::{Cmd, Environment, Event, Step};
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::{Package, PackageId};
use crate::presence::all::all;
use crate::presence::{self, Known, rounded, trust};
use crate::registry::{Files, Presence, Target, Wanted};
use crate::releases::Release;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::{World, failed};

/// How long a registry may take to show it, which is a matter of seconds. gem says nothing of a refusal in its exit code,
/// so who was refused waits as long.
const SHOWN: Duration = Duration::from_secs(60);

/// A package of a release, and what is to be done about it.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// The package.
    pub package: &'a Package,
    /// The version that was released.
    pub version: &'a Version,
    /// Where it is.
    pub target: Target,
    /// What there is to do.
    pub due: Due,
}

/// What there is to do about a package.
#[derive(Clone, Debug)]
pub enum Due {
    /// This.
    Means(Means),
    /// Nothing: it is as it shall be; what the registry calls that.
    Done(String),
    /// Nothing: the registry has no such version.
    Absent,
}

/// What there is to do about every package of a release, those that need others first.
///
/// # Errors
/// Registries that do not answer, and tokens that are missing.
pub fn items<'a>(
    world: &dyn World,
    reading: &'a Reading,
    release: &'a Release,
    what: Withdrawal,
) -> Result<Vec<Item<'a>>, Faults> {
    let graph = Graph::new(&reading.workspace.packages)?;
    let ours = graph.order().iter().filter(|id| release.component.packages.contains(id));
    let mut packages: Vec<&Package> = ours.filter_map(|id| reading.workspace.package(id)).collect();
    packages.reverse();
    let (known, silent) = all(world, reading, &packages)?;
    silent.or(())?;
    let (root, token) = (&reading.snapshot.root, |name: &str| world.env(name));
    let targets = trust::targets(world, root, &reading.config, packages.iter().copied(), &token)?;
    let env = network::environment(world, &reading.config, &targets);
    let mut faults = Faults::default();
    let mut found = Vec::new();
    for package in packages {
        let (Some(known), Some(target)) =
            (known.get(&package.id), package.registry().and_then(|name| targets.get(name)))
        else {
            continue;
        };
        let version = &release.version;
        let due = due(reading, package, version, what, known, target, &env);
        found.push(Item { package, version, target: target.clone(), due });
    }
    faults.0.extend(missing_tokens(world, &found));
    faults.or(found)
}

fn due(
    reading: &Reading,
    package: &Package,
    version: &Version,
    what: Withdrawal,
    known: &Known,
    target: &Target,
    env: &Environment,
) -> Due {
    let there = files(known, package, version);
    let taken_back = known.taken_back(version);
    match (what, taken_back) {
        (Withdrawal::TakeBack(_), Some(why)) => return Due::Done(why.to_string()),
        (Withdrawal::Restore, None) if !there.is_empty() => return Due::Done("live".to_string()),
        _ if there.is_empty() => return Due::Absent,
        _ => {}
    }
    let root = &reading.snapshot.root;
    let tree = &reading.snapshot.tree;
    let site = Site { stage: root, tree, out: root, target_dir: Path::new(""), env, target, dist_tag: None };
    let names: Vec<&str> = there.keys().map(String::as_str).collect();
    Due::Means(ecosystem::of(package.id.kind).withdraw(package, version, what, &names, &site))
}

fn files(known: &Known, package: &Package, version: &Version) -> Files {
    known.presence(&Wanted::of(package, version)).files().cloned().unwrap_or_default()
}

/// One for each registry that a command goes to and that nothing shows who we are.
fn missing_tokens(world: &dyn World, items: &[Item]) -> Vec<Fault> {
    let needs = |item: &&Item| matches!(item.due, Due::Means(Means::Run(_)));
    let targets: BTreeMap<&str, &Target> =
        items.iter().filter(needs).map(|item| (item.target.name.as_str(), &item.target)).collect();
    let exists = |path: &Path| matches!(world.read(path), Ok(Some(_)));
    let missing = targets.into_values().filter(|target| {
        target.token.is_none()
            && !target.own_server
            && !ecosystem::of(target.kind).logged_in(target, &|name| world.env(name), &exists)
    });
    let fault = |target: &Target| {
        let fault = Fault::outside(format!("no token for `{}`", target.name));
        let fault = fault.because(format!("none of {} is set", target.token_env.join(", ")));
        let first = target.token_env.first().map_or("", String::as_str);
        fault.help(format!(
            "set `{first}` to a token that may take versions back; one that only uploads may not"
        ))
    };
    missing.map(fault).collect()
}

/// Carries out what commands can do, one package after the other; what fails keeps nothing else back.
pub fn carry_out(
    world: &dyn World,
    reading: &Reading,
    items: &[Item],
    what: Withdrawal,
) -> BTreeMap<PackageId, Result<(), Fault>> {
    let mut found = BTreeMap::new();
    for item in items {
        let Due::Means(Means::Run(commands)) = &item.due else { continue };
        let id = &item.package.id;
        if world.stopped() {
            let fault =
                Fault::outside(format!("`{id}` was left as it is")).because("castoff was told to stop");
            found.insert(id.clone(), Err(fault));
            continue;
        }
        let done = one(world, reading, item, commands, what);
        match &done {
            Ok(()) => world.tell(Event::of(id, Step::Note, done_text(item, what))),
            Err(fault) => world.tell(Event::of(id, Step::Failed, fault.to_string())),
        }
        found.insert(id.clone(), done);
    }
    found
}

fn done_text(item: &Item, what: Withdrawal) -> String {
    let spelled = ecosystem::of(item.package.id.kind).spell(item.version);
    match what {
        Withdrawal::TakeBack(_) => format!("{spelled} is taken back on `{}`", item.target.name),
        Withdrawal::Restore => format!("{spelled} may be used again, says `{}`", item.target.name),
    }
}

fn one(
    world: &dyn World,
    reading: &Reading,
    item: &Item,
    commands: &[Cmd],
    what: Withdrawal,
) -> Result<(), Fault> {
    let mut said = String::new();
    for cmd in commands {
        let output = world.run(cmd)?;
        if !output.ok() {
            let doing = format!("change `{}` {} on `{}`", item.package.id, item.version, item.target.name);
            return Err(failed(cmd, &output, &doing).help("run the same command again to go on"));
        }
        said = output.both();
    }
    shown(world, reading, item, what).map_err(|fault| match said.is_empty() {
        true => fault,
        // gem, which always says that all went well, says in words what did not.
        false => {
            let cause = fault.cause.clone().unwrap_or_default();
            fault.because(format!("{cause}; the client said:\n{said}"))
        }
    })
}

/// Waits until the registry shows it.
fn shown(world: &dyn World, reading: &Reading, item: &Item, what: Withdrawal) -> Result<(), Fault> {
    let limit = reading.config.publish.poll_timeout.min(SHOWN);
    let start = world.now();
    let spelled = ecosystem::of(item.package.id.kind).spell(item.version);
    for round in 1.. {
        let since = world.now().duration_since(start).unwrap_or_default();
        let known = presence::known(world, &item.target, &item.package.id.name);
        if known.as_ref().is_ok_and(|known| is_done(known, item, what)) {
            return Ok(());
        }
        if since >= limit || world.stopped() {
            let fault = Fault::outside(format!(
                "`{}` {spelled} is as it was on `{}`",
                item.package.id, item.target.name
            ));
            let why = known.map_or_else(
                |silence| silence.fault.cause.unwrap_or(silence.fault.message),
                |_| "its index shows no change".to_string(),
            );
            return Err(fault
                .because(format!("{why}, after {}", rounded(limit)))
                .help("run the same command again to go on"));
        }
        world.sleep(poll_delay(round).min(limit.saturating_sub(since)));
    }
    Ok(())
}

fn is_done(known: &Known, item: &Item, what: Withdrawal) -> bool {
    let presence = known.presence(&Wanted::of(item.package, item.version));
    match what {
        Withdrawal::TakeBack(_) => presence == Presence::Absent || known.taken_back(item.version).is_some(),
        Withdrawal::Restore => presence.files().is_some() && known.taken_back(item.version).is_none(),
    }
}
