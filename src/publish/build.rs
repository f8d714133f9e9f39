//! One build task: the command for one or more packages, the files that it left, their digests. Built files are kept
//! until they are live, because a second build need not give the same bytes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::schedule::Schedule;
use super::{BuiltFile, Run, Unit};
use crate::ecosystem::{self, Site};
use crate::effect::{Event, Step};
use crate::fault::Fault;
use crate::model::{Package, PackageId};
use crate::registry::{self, Wanted};
use crate::stage::hex;
use crate::world::{World, failed};

/// The file beside built files that says that they are complete.
const SUMS: &str = "SHA256SUMS";

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
    let ecosystem = ecosystem::of(first.package.id.kind);
    let out = schedule.den.run.join(format!("out-{}", group[0]));
    schedule.world.remove(&out)?;
    schedule.world.make_dir(&out)?;
    let site = Site { out: &out, ..schedule.site(first, &schedule.run.env)? };
    for place in wanted {
        schedule.world.tell(Event::of(&units[*place].package.id, Step::Building, ""));
    }
    let packages: Vec<Package> = group
        .iter()
        .map(|place| Package { version: units[*place].version.clone(), ..units[*place].package.clone() })
        .collect();
    let cmd = ecosystem.build(&packages.iter().collect::<Vec<_>>(), &site);
    let output = schedule.world.run(&cmd)?;
    if !output.ok() {
        return Err(failed(&cmd, &output, &format!("build `{}`", first_name(units, wanted))));
    }
    let dir = ecosystem.built_in(&site);
    let found = schedule.world.list(&dir)?.unwrap_or_default();
    let taken = |place: usize| take(schedule, place, &dir, &found).map_or_else(Built::Failed, Built::Files);
    Ok(wanted.iter().map(|place| (*place, taken(*place))).collect())
}

fn first_name(units: &[Unit], wanted: &[usize]) -> String {
    wanted.iter().map(|place| units[*place].package.id.to_string()).collect::<Vec<_>>().join("`, `")
}

/// Takes the files of one unit out of the build directory; they must be what was planned.
fn take(schedule: &Schedule, place: usize, dir: &Path, found: &[String]) -> Result<Vec<BuiltFile>, Fault> {
    let unit = &schedule.run.units[place];
    let id = &unit.package.id;
    let names = ecosystem::of(id.kind)
        .built(&unit.package, &unit.version, found)
        .map_err(|why| Fault::outside(format!("the build of `{id}` is not what was planned")).because(why))?;
    complete(unit, &names)?;
    schedule.world.tell(Event::of(id, Step::Built, names.join(", ")));
    let keep = keep_dir(schedule.run, unit);
    let mut files = Vec::new();
    for name in names {
        let from = dir.join(&name);
        let gone = || Fault::outside(format!("`{}` of `{id}` is gone", from.display()));
        let bytes = schedule.world.read(&from)?.ok_or_else(gone)?;
        let path = keep.join(&name);
        schedule.world.write(&path, &bytes)?;
        files.push(BuiltFile::new(name, path, &bytes));
    }
    let sums: String = files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
    // Last, so that files without it are known to be incomplete.
    schedule.world.write(&keep.join(SUMS), sums.as_bytes())?;
    schedule.world.tell(Event::of(id, Step::Checksummed, sums.trim_end().replace('\n', ", ")));
    Ok(files)
}

/// Every platform that belongs to the version has its file. More of them are fine: what is built is published.
fn complete(unit: &Unit, names: &[String]) -> Result<(), Fault> {
    let id = &unit.package.id;
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let lacks = registry::of(id.kind).lacks(&Wanted::of(&unit.package, &unit.version), &files);
    if lacks.is_empty() {
        return Ok(());
    }
    let fault = Fault::outside(format!("the build of `{id}` is not complete"));
    let fault =
        fault.because(format!("it made {}, and nothing for `{}`", names.join(", "), lacks.join("`, `")));
    Err(fault.help(format!(
        "if that is all that belongs to a version, say so by `platforms` in `[component.{}]`",
        unit.component
    )))
}

/// The complete files of an earlier run at the same commit.
pub(super) fn kept(world: &dyn World, run: &Run, unit: &Unit) -> Option<Vec<BuiltFile>> {
    let dir = keep_dir(run, unit);
    let sums = String::from_utf8(world.read(&dir.join(SUMS)).ok().flatten()?).ok()?;
    let file = |line: &str| {
        let (sha256, name) = line.split_once("  ")?;
        let path = dir.join(name);
        let bytes = world.read(&path).ok().flatten()?;
        let file = BuiltFile::new(name.to_string(), path, &bytes);
        (file.sha256 == sha256).then_some(file)
    };
    sums.lines().map(file).collect()
}

/// Where the files of a unit are kept: by commit, pin and package, so that other bytes are never taken for them.
pub(super) fn keep_dir(run: &Run, unit: &Unit) -> PathBuf {
    let version = |id: &PackageId| run.versions.get(id).map_or(String::new(), ToString::to_string);
    let pinned: Vec<String> = unit.needs.iter().map(|id| format!("{id}={}", version(id))).collect();
    let key = format!("{}\n{:?}\n{}\n{}", run.commit, unit.pin, unit.version, pinned.join("\n"));
    let name = unit.package.id.to_string().replace([':', '/', '@'], "_");
    run.builds.join(format!("{name}-{}", &hex(&Sha256::digest(key.as_bytes()))[..16]))
}
