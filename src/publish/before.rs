//! What has to be known and right before anything is built: what the registries have, that it is what was built here,
//! and that tools and tokens are there. All that is wrong is told at once.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::ship::files;
use super::{Run, Unit, build};
use crate::config::Pin;
use crate::ecosystem;
use crate::effect::Cmd;
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Need, PackageId};
use crate::presence::{self, Silence, insist};
use crate::registry::{Presence, Wanted};
use crate::stage::Den;
use crate::world::{World, failed};

/// What the registries have of every package that matters to a run.
pub(super) type Present = BTreeMap<PackageId, Presence>;

/// What a unit's registry has of it.
pub(super) fn ask(world: &dyn World, run: &Run, unit: &Unit) -> Result<Presence, Silence> {
    let final_fault = |fault| Silence { fault: Box::new(fault), passing: false, wait: None };
    let target = run.target(unit).map_err(final_fault)?;
    presence::ask(world, target, &Wanted::of(&unit.package, &unit.version))
}

/// Asks for every unit, and for every other package that they rely on, side by side.
pub(super) fn ask_all(world: &dyn World, run: &Run) -> Result<Present, Faults> {
    let all: Vec<&Unit> = run.units.iter().chain(&run.relied).collect();
    let asked: Vec<(&Unit, Result<Presence, Fault>)> = all
        .par_iter()
        .map(|unit| (*unit, insist(world, run.rules.patience, &|| ask(world, run, unit))))
        .collect();
    let mut present = Present::new();
    let mut silent: Vec<(&str, Fault)> = Vec::new();
    for (unit, presence) in asked {
        match presence {
            Ok(presence) => drop(present.insert(unit.package.id.clone(), presence)),
            Err(fault) => silent.push((unit.package.registry().unwrap_or_default(), fault)),
        }
    }
    presence::by_registry(silent).or(present)
}

/// What an earlier run built and kept, and is live now, has to be what that run built.
pub(super) fn compare_kept(world: &dyn World, run: &Run, present: &Present) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for unit in &run.units {
        let Some(presence @ Presence::Live(_)) = present.get(&unit.package.id) else { continue };
        let Some(kept) = build::kept(world, run, unit) else { continue };
        let dir = build::keep_dir(run, unit);
        match files::verify(&kept, presence) {
            Ok(()) => world.remove(&dir)?,
            Err(fault) => {
                let help = format!(
                    "an earlier run built other files and left them in `{}`; find out who uploaded those that are \
                     there; if they are right, remove that directory",
                    dir.display()
                );
                faults.push(fault.help(help));
            }
        }
    }
    faults.or(())
}

/// No unit would bring other contents under a version that is tagged.
pub(super) fn is_what_was_tagged(run: &Run) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for unit in &run.units {
        let Some(tag) = run.moved_on.get(&unit.package.id) else { continue };
        let fault =
            Fault::outside(format!("cannot publish `{}` {} from HEAD", unit.package.id, unit.version));
        let fault = fault.because(format!("it changed since `{tag}`"));
        faults.push(fault.help(format!(
            "run `castoff bump` and commit, to release the changes; or `git checkout {tag}`, to publish what was tagged"
        )));
    }
    faults.or(())
}

/// What the units rely on and this run does not publish is on its registry.
pub(super) fn relied_are_there(run: &Run, present: &Present) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for unit in run.units.iter().filter(|unit| unit.pin != Pin::Keep) {
        let needed = unit.package.dependencies.iter();
        let needed: BTreeSet<&PackageId> = needed
            .filter(|dependency| matches!(dependency.need, Need::Normal | Need::Optional))
            .map(|dependency| &dependency.id)
            .collect();
        let absent = |other: &&Unit| {
            needed.contains(&other.package.id)
                && matches!(present.get(&other.package.id), Some(Presence::Absent))
        };
        for other in run.relied.iter().filter(absent) {
            let (id, other_id) = (&unit.package.id, &other.package.id);
            let fault = Fault::outside(format!("cannot publish `{id}` without `{other_id}`"));
            let fault = fault.because(format!(
                "it needs {} {}, which `{}` does not have",
                other_id.name,
                ecosystem::of(other_id.kind).spell(&other.version),
                other.package.registry().unwrap_or_default(),
            ));
            faults.push(fault.help(format!("run `castoff publish {} {}`", other_id.name, id.name)));
        }
    }
    faults.or(())
}

/// Every tool that this run needs can be started.
pub(super) fn have_tools(world: &dyn World, den: &Den, run: &Run) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let kinds: BTreeSet<Kind> = run.units.iter().map(|unit| unit.package.id.kind).collect();
    for (program, help) in kinds.into_iter().map(|kind| ecosystem::of(kind).tool()) {
        let cmd = Cmd::new(program, &den.run).arg("--version").env(run.env.clone());
        match world.run(&cmd) {
            Ok(output) if output.ok() => {}
            Ok(output) => faults.push(failed(&cmd, &output, &format!("use `{program}`")).help(help)),
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(())
}

/// Every token that this run needs is there.
pub(super) fn have_tokens(world: &dyn World, run: &Run) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let names: BTreeSet<&str> = run.units.iter().filter_map(|unit| unit.package.registry()).collect();
    for target in names.iter().filter_map(|name| run.targets.get(*name)) {
        if target.token.is_some()
            || target.own_server
            || ecosystem::of(target.kind)
                .logged_in(target, &|name| world.env(name), &|path| matches!(world.read(path), Ok(Some(_))))
        {
            continue;
        }
        let fault = Fault::outside(format!("no token for `{}`", target.name))
            .because(format!("none of {} is set", target.token_env.join(", ")));
        faults.push(fault.help(format!("set `{}`", target.token_env.first().map_or("", String::as_str))));
    }
    faults.or(())
}
