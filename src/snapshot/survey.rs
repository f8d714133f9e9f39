//! A repository before it has a configuration: its packages, its tags, and what other release tools say of it.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::fault::Faults;
use crate::git;
use crate::import;
use crate::init::{self, Found};
use crate::model::{Tag, Tree};
use crate::workspace::{self, Workspace};
use crate::world::World;

/// What was read.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Root of the checkout.
    pub root: PathBuf,
    /// The name of its directory.
    pub name: String,
    /// The files at HEAD, with the texts of manifests and of other tools' set-ups.
    pub tree: Tree,
    /// Packages and components, as they are without a configuration.
    pub workspace: Workspace,
    /// Every tag on a commit.
    pub tags: Vec<Tag>,
    /// Set-ups of other tools.
    pub found: Found,
}

/// Reads the repository that holds `dir`.
///
/// # Errors
/// Everything that is wrong with its manifests and with the files of other tools.
pub fn read(world: &dyn World, dir: &Path) -> Result<Survey, Faults> {
    let place = git::place(world, dir)?;
    let config = Config::default();
    let (mut snapshot, files) = super::read_tree(world, &place.root)?;
    let tags = git::history(world, &place.root, None)?.tags;
    super::read_texts(world, &mut snapshot, files.clone(), &config)?;
    let name = super::name(&place.root);
    let workspace = workspace::read(&snapshot.tree, &config, &name)?;
    let mut tree = snapshot.tree;
    let more = |tree: &mut Tree, wanted: &dyn Fn(&str) -> bool| -> Result<(), Faults> {
        let paths: Vec<&String> =
            files.keys().filter(|path| wanted(path) && !tree.texts.contains_key(*path)).collect();
        let objects: Vec<String> = paths.iter().map(|path| files[*path].clone()).collect();
        let texts = git::texts(world, &place.root, &objects)?;
        let found = paths.into_iter().zip(texts).filter_map(|(path, text)| Some((path.clone(), text?)));
        tree.texts.extend(found);
        Ok(())
    };
    more(&mut tree, &import::wants)?;
    let found = init::find(&tree)?;
    // Only now is known in which other files they write versions.
    let versioned = found.versioned_files();
    more(&mut tree, &|path| versioned.iter().any(|other| other == path))?;
    Ok(Survey { root: place.root, name, tree, workspace, tags, found })
}
