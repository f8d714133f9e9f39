//! What has to be known and right before anything is built: what the registries have, that it is what was built here,
//! and that tools and tokens are there. All that is wrong is told at once.

use std::collections::{BTreeMap, BTreeSet};

use super::ship::files;
use super::{Goal, Make, Run, Unit, build};
use crate::config::{Pin, Smoke};
use crate::ecosystem;
use crate::effect::Cmd;
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Need, PackageId};
use crate::parallel;
use crate::presence::{self, Silence, Standing, insist};
use crate::registry::{self, Presence, Wanted};
use crate::stage::Den;
use crate::world::{World, failed};

/// What the registries have of every package that matters to a run.
pub(super) type Present = BTreeMap<PackageId, Presence>;

/// The same, and which other versions they have.
pub(super) type Asked = BTreeMap<PackageId, Standing>;

/// What a unit's registry has of it.
pub(super) fn ask(world: &dyn World, run: &Run, unit: &Unit) -> Result<Presence, Silence> {
    let final_fault = |fault| Silence { fault: Box::new(fault), passing: false, wait: None };
    let target = run.target(unit).map_err(final_fault)?;
    presence::ask(world, target, &Wanted::of(&unit.package, &unit.version))
}

/// Asks for every unit, and for every other package that they rely on, side by side.
pub(super) fn ask_all(world: &dyn World, run: &Run) -> Result<Asked, Faults> {
    let all: Vec<&Unit> = run.units.iter().chain(&run.relied).collect();
    let ask = |unit: &Unit| {
        let target = run.target(unit)?;
        let wanted = Wanted::of(&unit.package, &unit.version);
        insist(world, run.rules.patience, &|| presence::standing(world, target, &wanted))
    };
    let asked: Vec<(&Unit, Result<Standing, Fault>)> =
        parallel::map(run.jobs, &all, |unit| (*unit, ask(unit)));
    let mut found = Asked::new();
    let mut silent: Vec<(&str, Fault)> = Vec::new();
    for (unit, standing) in asked {
        match standing {
            Ok(standing) => drop(found.insert(unit.package.id.clone(), standing)),
            Err(fault) => silent.push((unit.package.registry().unwrap_or_default(), fault)),
        }
    }
    presence::by_registry(silent).or(found)
}

/// What an earlier run built and kept, and is live now, has to be what that run built.
pub(super) fn compare_kept(world: &dyn World, run: &Run, present: &Present) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let other_bytes =
        |id: &PackageId| matches!(&run.make, Make::Nothing { released } if released.contains(id));
    for unit in run.units.iter().filter(|unit| !other_bytes(&unit.package.id)) {
        let Some(presence @ Presence::Live(_)) = present.get(&unit.package.id) else { continue };
        let Some(kept) = build::kept(world, run, unit) else { continue };
        if let Err(fault) = files::verify(&kept, presence) {
            let help = format!(
                "an earlier run built other files and left them in `{}`; find out who uploaded those that are \
                 there; if they are right, remove that directory",
                build::keep_dir(run, unit).display()
            );
            faults.push(fault.help(if run.is_packed() { files::STRANGER.to_string() } else { help }));
        }
    }
    faults.or(())
}

/// No unit would bring other contents under a version that is tagged.
pub(super) fn is_what_was_tagged(run: &Run, missing: &[&Unit]) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for unit in missing {
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

/// Whether what is published of a unit requires the version that another package has here.
pub(super) fn insists_on(unit: &Unit, other: &PackageId) -> bool {
    let mut needs =
        unit.package.dependencies.iter().filter(|need| matches!(need.need, Need::Normal | Need::Optional));
    unit.pin != Pin::Keep && needs.any(|need| need.id == *other)
}

/// What the units rely on and this run does not publish is on its registry.
pub(super) fn relied_are_there(run: &Run, missing: &[&Unit], present: &Present) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for unit in missing {
        let absent = |other: &&Unit| {
            insists_on(unit, &other.package.id)
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

/// Every tool that this run needs can be started. What castoff uploads itself needs one only to be tried.
pub(super) fn have_tools(world: &dyn World, den: &Den, run: &Run, missing: &[&Unit]) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let is_tried = run.goal == Goal::Publish && run.rules.smoke != Smoke::Off;
    let units = missing.iter().filter(|unit| is_tried || !sends_itself(run, unit.package.id.kind));
    let kinds: BTreeSet<Kind> = units.map(|unit| unit.package.id.kind).collect();
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

/// Whether castoff uploads these packages without their ecosystem's client.
pub(super) fn sends_itself(run: &Run, kind: Kind) -> bool {
    let mut targets = run.targets.values().filter(|target| target.kind == kind);
    run.is_packed() && targets.any(|target| registry::of(target).doorway(target).is_some())
}
