//! What a build left: found, held against what was planned, looked into, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::keep::{keep, kept};
use crate::ecosystem::archive::Artifact;
use crate::ecosystem::{self, Ecosystem, Site};
use crate::effect::{Event, Step};
use crate::fault::Fault;
use crate::publish::schedule::Schedule;
use crate::publish::{BuiltFile, Make, Unit};
use crate::registry::{self, Files, Presence, Wanted, limits};
use crate::world::World;

/// Directories in which a build may leave files, and what lay in them before it.
pub(super) struct Places(Vec<(PathBuf, BTreeSet<String>)>);

impl Places {
    /// For the command of a unit, or that of its ecosystem. A command of the user's leaves its files where people are
    /// used to, or in the directory that it is told. What lies in the stage before does not come from the build.
    pub(super) fn before(schedule: &Schedule, unit: &Unit, site: &Site) -> Result<Places, Fault> {
        let dir = site.stage.join(&unit.package.dir);
        let dirs = match unit.build {
            Some(_) => vec![site.out.to_path_buf(), dir.join("dist"), dir.join("pkg"), dir],
            None => vec![ecosystem::of(unit.package.id.kind).built_in(&unit.package, site)],
        };
        let mut places = Vec::new();
        for dir in dirs {
            let before =
                if dir.starts_with(site.stage) { listed(schedule.world, &dir)? } else { BTreeSet::new() };
            places.push((dir, before));
        }
        Ok(Places(places))
    }

    /// What lies there now and did not before, by name.
    pub(super) fn found(&self, world: &dyn World) -> Result<BTreeMap<String, PathBuf>, Fault> {
        let mut found = BTreeMap::new();
        for (dir, before) in &self.0 {
            for name in listed(world, dir)?.difference(before) {
                found.entry(name.clone()).or_insert_with(|| dir.join(name));
            }
        }
        Ok(found)
    }
}

fn listed(world: &dyn World, dir: &Path) -> Result<BTreeSet<String>, Fault> {
    Ok(world.list(dir)?.unwrap_or_default().into_iter().collect())
}

/// Takes the files of one unit out of what was found; they must be what was planned.
pub(super) fn take(
    schedule: &Schedule,
    unit: &Unit,
    found: &BTreeMap<String, PathBuf>,
) -> Result<Vec<BuiltFile>, Fault> {
    let id = &unit.package.id;
    let ecosystem = ecosystem::of(id.kind);
    let all: Vec<String> = found.keys().cloned().collect();
    let names = ecosystem
        .built(&unit.package, &unit.version, &all)
        .map_err(|why| Fault::outside(format!("the build of `{id}` is not what was planned")).because(why))?;
    match complete(schedule, unit, &names) {
        // Several machines may build a part each, and their bundles become one.
        Err(fault) if schedule.run.make == Make::All => {
            let why = fault.cause.unwrap_or(fault.message);
            schedule.world.tell(Event::of(id, Step::Note, format!("not all of it is built here: {why}")));
        }
        outcome => outcome?,
    }
    schedule.world.tell(Event::of(id, Step::Built, names.join(", ")));
    let mut built = Vec::new();
    for name in names {
        let gone = || Fault::outside(format!("`{name}` of `{id}` is gone"));
        let bytes = match found.get(&name) {
            Some(path) => schedule.world.read(path)?.ok_or_else(gone)?,
            None => return Err(gone()),
        };
        examine(schedule, unit, ecosystem, Artifact { name: &name, bytes: &bytes })?;
        built.push((name, bytes));
    }
    let (files, sums) = keep(schedule.world, schedule.run, unit, built)?;
    schedule.world.tell(Event::of(id, Step::Checksummed, sums.trim_end().replace('\n', ", ")));
    weigh(schedule, unit, &files)?;
    Ok(files)
}

/// The files of a unit that were built elsewhere. With what its registry has, nothing may be missing.
pub(super) fn packed(schedule: &Schedule, unit: &Unit) -> Result<Vec<BuiltFile>, Fault> {
    let id = &unit.package.id;
    let files = kept(schedule.world, schedule.run, unit);
    let files = files.ok_or_else(|| Fault::outside(format!("the unpacked files of `{id}` are gone")))?;
    let lacks = lacks(schedule, unit, &files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>());
    if !lacks.is_empty() || files.is_empty() {
        let fault = Fault::outside(format!("the bundle has not all files of `{id}`"));
        let fault = fault.because(format!("there is none for `{}`", lacks.join("`, `")));
        return Err(
            fault.help("make a bundle on a machine of each kind, then `castoff bundle OUT --merge FILE…`")
        );
    }
    weigh(schedule, unit, &files)?;
    Ok(files)
}

/// Tells of files that the registry may find too large: better now than after the others are public.
fn weigh(schedule: &Schedule, unit: &Unit, files: &[BuiltFile]) -> Result<(), Fault> {
    let target = schedule.run.target(unit)?;
    for file in files {
        if let Some(why) = limits::too_large(target, file.size) {
            let text = format!("`{}` may be refused: {why}", file.name);
            schedule.world.tell(Event::of(&unit.package.id, Step::Warning, text));
        }
    }
    Ok(())
}

/// Platforms for which there is no file, neither one of these nor one on the registry.
fn lacks(schedule: &Schedule, unit: &Unit, names: &[&str]) -> Vec<String> {
    let there = schedule.before.get(&unit.package.id).and_then(Presence::files);
    let there = there.into_iter().flat_map(Files::keys).map(String::as_str);
    let names: Vec<&str> = names.iter().copied().chain(there).collect();
    let lacks = |target| registry::of(target).lacks(&Wanted::of(&unit.package, &unit.version), &names);
    schedule.run.target(unit).map(lacks).unwrap_or_default()
}

fn examine(schedule: &Schedule, unit: &Unit, ecosystem: &dyn Ecosystem, file: Artifact) -> Result<(), Fault> {
    let target = schedule.run.target(unit)?;
    if let Some(note) = ecosystem.examine(&unit.package, &unit.version, file, target)? {
        schedule.world.tell(Event::of(&unit.package.id, Step::Note, note));
    }
    Ok(())
}

/// Every platform that belongs to the version has its file, here or on its registry. More of them are fine: what is built
/// is published.
fn complete(schedule: &Schedule, unit: &Unit, names: &[String]) -> Result<(), Fault> {
    let id = &unit.package.id;
    let lacks = lacks(schedule, unit, &names.iter().map(String::as_str).collect::<Vec<_>>());
    if lacks.is_empty() {
        return Ok(());
    }
    let fault = Fault::outside(format!("the build of `{id}` is not complete"));
    let fault =
        fault.because(format!("it made {}, and nothing for `{}`", names.join(", "), lacks.join("`, `")));
    Err(fault.help(format!(
        "let `build` in `[component.{0}]` make that too; or say there what belongs to a version, by `platforms`",
        unit.component
    )))
}
