//! What compilers made in earlier runs and can use again, without what they would wrongly use again: they take a
//! published version for unchangeable, while the crates of a release change with every commit until it is out.

use std::path::{Path, PathBuf};

use super::Run;
use crate::ecosystem;
use crate::fault::Fault;
use crate::stage::Den;
use crate::world::World;

/// The kept directory, freed of what was compiled of the run's own packages. It is known by a name of its own for each
/// commit, because cargo unpacks the crates that it packaged once for each path, into the user's own cache.
pub(super) fn ready(world: &dyn World, den: &Den, run: &Run) -> Result<PathBuf, Fault> {
    world.make_dir(&den.target_dir)?;
    let list = |dir: &Path| world.list(dir).ok().flatten().unwrap_or_default();
    for ecosystem in ecosystem::all() {
        let units = run.units.iter().filter(|unit| unit.package.id.kind == ecosystem.kind());
        let names = units.map(|unit| unit.package.id.name.as_str()).collect();
        for path in ecosystem.compiled(&names, &den.target_dir, &list) {
            world.remove(&path)?;
        }
    }
    let link = den.run.join(format!("target-{:.12}", run.commit));
    world.link(&den.target_dir, &link)?;
    Ok(link)
}
