//! The clone in which a release is built, outside of the repository. Dropping it is all there is to restore, and one
//! that a killed run left is gone after the next start.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::digest::{hex, sha256};
use crate::edit;
use crate::effect::{Edit, Event, Step};
use crate::fault::Fault;
use crate::git;
use crate::model::Tree;
use crate::world::{Lock, World};

/// The directory in the cache that belongs to one repository, held by one run at a time.
#[derive(Debug)]
pub struct Den {
    /// For what lives as long as the run: stage, servers' files, trial installations.
    pub run: PathBuf,
    /// What compilers can use again, kept between runs.
    pub target_dir: PathBuf,
    /// Built files that are not live yet, by commit and package.
    pub builds: PathBuf,
    _lock: Lock,
}

impl Den {
    /// Takes the repository's directory, waiting for a run that has it, and removes what a dead run left there.
    ///
    /// # Errors
    /// The cache directory cannot be used.
    pub fn open(world: &dyn World, common: &Path) -> Result<Den, Fault> {
        let home = home(world, common)?;
        let lock = world.lock(&home.join("lock"))?;
        let den = Den {
            run: home.join("run"),
            target_dir: home.join("target"),
            builds: home.join("builds"),
            _lock: lock,
        };
        world.remove(&den.run)?;
        world.make_dir(&den.run)?;
        Ok(den)
    }

    /// The repository's directory for somebody who only looks: no run is waited for, and nothing is removed or left there.
    ///
    /// # Errors
    /// The cache directory cannot be used.
    pub fn beside(world: &dyn World, common: &Path) -> Result<Den, Fault> {
        let home = home(world, common)?;
        world.make_dir(&home)?;
        let (target_dir, builds) = (home.join("target"), home.join("builds"));
        Ok(Den { run: home, target_dir, builds, _lock: Lock::none() })
    }

    /// Removes what lives only as long as the run. That it cannot is told and no more: the outcome of the run counts,
    /// and the next start removes it.
    pub fn close(self, world: &dyn World) {
        match world.remove(&self.run) {
            Ok(()) => world.tell(Event::run(Step::Restored, "")),
            Err(fault) => world.tell(Event::run(Step::Note, fault.to_string())),
        }
    }
}

/// Makes the stage: a clone at `commit` with `edits` written into it, unseen by git.
///
/// # Errors
/// git failed, or a file is not as it was read.
pub fn make(
    world: &dyn World,
    den: &Den,
    root: &Path,
    commit: &str,
    edits: &[Edit],
) -> Result<PathBuf, Fault> {
    let stage = den.run.join("stage");
    git::clone(world, root, &stage, commit)?;
    write(world, &stage, edits)?;
    Ok(stage)
}

/// Makes a stage in which nothing can be built: it has the texts of a tree alone.
///
/// # Errors
/// It cannot be written.
pub fn bare(world: &dyn World, den: &Den, tree: &Tree) -> Result<PathBuf, Fault> {
    let stage = den.run.join("stage");
    world.make_dir(&stage)?;
    tree.texts.iter().try_for_each(|(path, text)| world.write(&stage.join(path), text.as_bytes()))?;
    Ok(stage)
}

/// Writes edits into the stage and hides them from git.
///
/// # Errors
/// A file is not as it was read, or cannot be written.
pub fn write(world: &dyn World, stage: &Path, edits: &[Edit]) -> Result<(), Fault> {
    fill_in(world, stage, edits)?;
    hide(world, stage, edits)
}

/// Writes edits into the stage, where git does not see them or will not.
///
/// # Errors
/// A file is not as it was read, or cannot be written.
pub fn fill_in(world: &dyn World, stage: &Path, edits: &[Edit]) -> Result<(), Fault> {
    for (path, edits) in edit::by_file(edits) {
        let bytes = world.read(&stage.join(path))?.unwrap_or_default();
        let text = edit::apply(&String::from_utf8_lossy(&bytes), &edits)?;
        world.write(&stage.join(path), text.as_bytes())?;
    }
    Ok(())
}

/// Hides from git what edits change, now or later.
///
/// # Errors
/// git failed.
pub fn hide(world: &dyn World, stage: &Path, edits: &[Edit]) -> Result<(), Fault> {
    let paths: BTreeSet<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
    git::hide_edits(world, stage, &paths)
}

/// Where everything of a repository is kept.
fn home(world: &dyn World, common: &Path) -> Result<PathBuf, Fault> {
    let key = hex(&sha256(common.as_os_str().as_encoded_bytes()));
    Ok(cache_dir(world)?.join(&key[..16]))
}

/// Where castoff keeps what it may need again, for all repositories.
///
/// # Errors
/// Nobody says where.
pub fn cache_dir(world: &dyn World) -> Result<PathBuf, Fault> {
    let absolute = |name: &str| world.env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = absolute("CASTOFF_CACHE_DIR");
    let shared = || absolute("XDG_CACHE_HOME").map(|dir| dir.join("castoff"));
    let home = || absolute("HOME").map(|dir| dir.join(".cache/castoff"));
    own.or_else(shared).or_else(home).ok_or_else(|| {
        Fault::outside("cannot find a cache directory")
            .help("set `HOME`, or `CASTOFF_CACHE_DIR` to an absolute path")
    })
}
