//! One build task: the command for one or more packages, and what became of each of them.

use std::collections::BTreeSet;

use super::schedule::Schedule;
use super::{BuiltFile, Unit};
use crate::ecosystem::{self, Site};
use crate::effect::{Cmd, Event, Step};
use crate::fault::Fault;
use crate::model::{Package, PackageId};
use crate::world::failed;
use take::{Places, packed, take};

mod keep;
mod take;

pub(super) use keep::{keep, keep_dir, kept};

/// The variable that tells a command of the user's where it may leave files.
const OUT: &str = "CASTOFF_OUT";

/// What became of the build of one unit.
pub(super) enum Built {
    /// Its files.
    Files(Vec<BuiltFile>),
    /// It failed.
    Failed(Fault),
    /// It cannot be built without another unit, whose build failed.
    Without(usize),
}

/// What a build task gives for each of its units, by place.
pub(super) type Results = Vec<(usize, Built)>;

/// Builds a group. Where one command builds several and fails, each is built again with only what it needs, so that
/// the one at fault is named and the others can go on.
pub(super) fn build(schedule: &Schedule, group: &[usize]) -> Results {
    let units = &schedule.run.units;
    if schedule.run.is_packed() {
        let packed = |place: usize| packed(schedule, &units[place]).map_or_else(Built::Failed, Built::Files);
        return group.iter().map(|place| (*place, packed(*place))).collect();
    }
    let kept = group.iter().map(|place| kept(schedule.world, schedule.run, &units[*place]));
    if let Some(kept) = kept.collect::<Option<Vec<_>>>() {
        let tell = |place: usize| {
            let text = "kept from an earlier run";
            schedule.world.tell(Event::of(&units[place].package.id, Step::Checksummed, text));
        };
        group.iter().for_each(|place| tell(*place));
        return group.iter().copied().zip(kept.into_iter().map(Built::Files)).collect();
    }
    match attempt(schedule, group, group) {
        Ok(results) => results,
        Err(fault) if group.len() == 1 => vec![(group[0], Built::Failed(fault))],
        Err(_) => one_by_one(schedule, group),
    }
}

fn one_by_one(schedule: &Schedule, group: &[usize]) -> Results {
    let units = &schedule.run.units;
    let place = |id: &PackageId| group.iter().copied().find(|place| &units[*place].package.id == id);
    let mut failed: BTreeSet<usize> = BTreeSet::new();
    let mut results = Results::new();
    for at in group {
        let mut closure = vec![*at];
        let mut next = 0;
        while next < closure.len() {
            let more: Vec<usize> = units[closure[next]]
                .needs
                .iter()
                .filter_map(place)
                .filter(|need| !closure.contains(need))
                .collect();
            closure.extend(more);
            next += 1;
        }
        closure.sort_unstable();
        if let Some(culprit) = closure.iter().find(|need| failed.contains(need)) {
            results.push((*at, Built::Without(*culprit)));
            continue;
        }
        match attempt(schedule, &closure, &[*at]) {
            Ok(found) => results.extend(found),
            Err(fault) => {
                failed.insert(*at);
                results.push((*at, Built::Failed(fault)));
            }
        }
    }
    results
}

/// Runs the build command of `group` and takes the files of `wanted`.
fn attempt(schedule: &Schedule, group: &[usize], wanted: &[usize]) -> Result<Results, Fault> {
    let units = &schedule.run.units;
    let first = &units[group[0]];
    let out = schedule.den.run.join(format!("out-{}", group[0]));
    schedule.world.remove(&out)?;
    schedule.world.make_dir(&out)?;
    let site = Site { out: &out, ..schedule.site(first, &schedule.run.env)? };
    let places = Places::before(schedule, first, &site)?;
    for place in wanted {
        schedule.world.tell(Event::of(&units[*place].package.id, Step::Building, ""));
    }
    let cmd = command(&group.iter().map(|place| &units[*place]).collect::<Vec<_>>(), &site);
    let output = schedule.world.run(&cmd)?;
    if !output.ok() {
        return Err(failed(&cmd, &output, &format!("build `{}`", first_name(units, wanted))));
    }
    let found = places.found(schedule.world)?;
    let taken = |place: usize| take(schedule, &units[place], &found).map_or_else(Built::Failed, Built::Files);
    Ok(wanted.iter().map(|place| (*place, taken(*place))).collect())
}

/// The command that builds these units, of which there is one where it is the user's.
fn command(units: &[&Unit], site: &Site) -> Cmd {
    let packages: Vec<Package> =
        units.iter().map(|unit| Package { version: unit.version.clone(), ..unit.package.clone() }).collect();
    let ecosystem = ecosystem::of(packages[0].id.kind);
    let Some(own) = &units[0].build else {
        return ecosystem.build(&packages.iter().collect::<Vec<_>>(), site);
    };
    let package = &packages[0];
    let version = ecosystem.spell(&package.version);
    let holes = [("{name}", package.id.name.as_str()), ("{version}", &version)];
    let env = ecosystem.build_env(package, site).set(OUT, site.out.display().to_string());
    Cmd::shell(own, &holes, &site.stage.join(&package.dir)).env(env)
}

fn first_name(units: &[Unit], wanted: &[usize]) -> String {
    wanted.iter().map(|place| units[*place].package.id.to_string()).collect::<Vec<_>>().join("`, `")
}
