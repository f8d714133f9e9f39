//! Where built files wait until they are live, so that a run that goes on uploads the rest of the same build: many
//! builds do not give the same bytes twice.

use std::path::PathBuf;

use crate::digest::{hex, sha256};
use crate::fault::Fault;
use crate::model::PackageId;
use crate::publish::{BuiltFile, Run, Unit};
use crate::world::World;

/// The file beside built files that says that they are complete.
const SUMS: &str = "SHA256SUMS";

/// Keeps the built files of a unit, and nothing else with them; one line for each, digest and name.
pub(in crate::publish) fn keep(
    world: &dyn World,
    run: &Run,
    unit: &Unit,
    built: Vec<(String, Vec<u8>)>,
) -> Result<(Vec<BuiltFile>, String), Fault> {
    let dir = keep_dir(run, unit);
    let mut files = Vec::new();
    for (name, bytes) in built {
        let path = dir.join(&name);
        world.write(&path, &bytes)?;
        files.push(BuiltFile::new(name, path, &bytes));
    }
    let sums: String = files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
    // Last, so that files without it are known to be incomplete.
    world.write(&dir.join(SUMS), sums.as_bytes())?;
    Ok((files, sums))
}

/// The complete files of an earlier run at the same commit.
pub(in crate::publish) fn kept(world: &dyn World, run: &Run, unit: &Unit) -> Option<Vec<BuiltFile>> {
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

/// Where the files of a unit are kept: by commit, pin, package and how it is built, so that other bytes are never taken
/// for them.
pub(in crate::publish) fn keep_dir(run: &Run, unit: &Unit) -> PathBuf {
    let version = |id: &PackageId| run.versions.get(id).map_or(String::new(), ToString::to_string);
    let pinned: Vec<String> = unit.needs.iter().map(|id| format!("{id}={}", version(id))).collect();
    let how = (unit.pin, &unit.build, &unit.package.platforms);
    let key = format!("{}\n{how:?}\n{}\n{}", run.commit, unit.version, pinned.join("\n"));
    let name = unit.package.id.to_string().replace([':', '/', '@'], "_");
    run.builds.join(format!("{name}-{}", &hex(&sha256(key.as_bytes()))[..16]))
}
