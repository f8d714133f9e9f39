//! A repository before it has a configuration: its packages, its tags, and what other release tools say of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::fault::Faults;
use crate::git;
use crate::import;
use crate::init::{self, Found};
use crate::model::{Tag, Tree};
use crate::pattern::Pattern;
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
    /// Manifests that cannot be read, and why.
    pub out: BTreeMap<String, String>,
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
    let (workspace, out) = without_broken(&snapshot.tree, &name)?;
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
    Ok(Survey { root: place.root, name, tree, workspace, tags, found, out })
}

/// The packages, and the manifests that cannot be read: many repositories have some, on purpose, for tests. Leaving one
/// out may show the next.
fn without_broken(tree: &Tree, name: &str) -> Result<(Workspace, BTreeMap<String, String>), Faults> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let mut config = Config::default();
        config.release.exclude =
            out.keys().filter_map(|path| Pattern::new(&init::left_out(path)).ok()).collect();
        let faults = match workspace::read(tree, &config, name) {
            Ok(workspace) => return Ok((workspace, out)),
            Err(faults) => faults,
        };
        let before = out.len();
        for fault in &faults.0 {
            // What stands at the root is the repository itself.
            let place =
                fault.place.as_ref().filter(|(path, _)| path.contains('/') && tree.texts.contains_key(path));
            if let Some((path, _)) = place {
                out.entry(path.clone()).or_insert_with(|| fault.message.clone());
            }
        }
        if out.len() == before {
            return Err(faults);
        }
    }
}
