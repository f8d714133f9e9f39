//! The checkout as it is now, for what needs no history: uncommitted edits count, so that what was mended is mended
//! before it is committed, and a shallow clone will do.

use std::path::{Path, PathBuf};

use crate::config::{self, Config};
use crate::ecosystem;
use crate::fault::Faults;
use crate::git;
use crate::model::Tree;
use crate::workspace::{self, Workspace};
use crate::world::World;

/// What was read.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Its root.
    pub root: PathBuf,
    /// The files of the working tree that git does not ignore.
    pub tree: Tree,
    /// The configuration.
    pub config: Config,
    /// Path and text of its file, where there is one.
    pub config_file: Option<(String, String)>,
    /// Packages and components.
    pub workspace: Workspace,
}

/// Reads the checkout that holds `dir`; `config` comes from the command line.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(world: &dyn World, dir: &Path, config: Option<&Path>) -> Result<Checkout, Faults> {
    let root = git::locate(world, dir)?.root;
    let given = config;
    let config = super::read_config(world, &root, given)?;
    let config_file = config_file(world, &root, given)?;
    let mut tree = Tree { files: git::present(world, &root)?, ..Tree::default() };
    let named = config.versioned_files();
    for path in tree.files.iter().filter(|path| named.contains(path.as_str()) || wanted(path, &config)) {
        let text = world.read(&root.join(path))?.and_then(|bytes| String::from_utf8(bytes).ok());
        tree.texts.extend(text.map(|text| (path.clone(), text)));
    }
    tree.answers = super::answers::of(world, &root, &tree)?;
    let workspace = workspace(&root, &tree, &config)?;
    Ok(Checkout { root, tree, config, config_file, workspace })
}

impl Checkout {
    /// The same checkout with other files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn with(self, tree: Tree) -> Result<Checkout, Faults> {
        let workspace = workspace(&self.root, &tree, &self.config)?;
        Ok(Checkout { tree, workspace, ..self })
    }
}

fn workspace(root: &Path, tree: &Tree, config: &Config) -> Result<Workspace, Faults> {
    let name = root.file_name().map_or("repository".into(), |name| name.to_string_lossy());
    workspace::read(tree, config, &name)
}

fn wanted(path: &str, config: &Config) -> bool {
    let excluded = config.release.exclude.iter().any(|pattern| pattern.matches(path));
    !excluded && ecosystem::all().any(|ecosystem| ecosystem.wants(path))
}

fn config_file(
    world: &dyn World,
    root: &Path,
    given: Option<&Path>,
) -> Result<Option<(String, String)>, Faults> {
    let name = given.map_or(config::FILE.to_string(), |path| path.display().to_string());
    let bytes = world.read(&given.map_or_else(|| root.join(config::FILE), Path::to_path_buf))?;
    Ok(bytes.map(|bytes| (name, String::from_utf8_lossy(&bytes).into_owned())))
}
