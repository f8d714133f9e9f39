//! World → Snapshot: the only reader. One listing of files, one walk over history, one batch of texts and, where a
//! rule compares whole trees, one batch of comparisons, however many packages there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::config::{self, BumpMode, Config};
use crate::detect::history::History;
use crate::detect::{self, doubtful};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::git;
use crate::import::release_please;
use crate::model::{Snapshot, Tree};
use crate::notes::Format;
use crate::workspace::{self, Workspace};
use crate::world::World;

mod answers;
pub mod checkout;
pub mod survey;

/// What was read, and what it says without any decision.
#[derive(Clone, Debug)]
pub struct Reading {
    /// All that decisions look at.
    pub snapshot: Snapshot,
    /// The configuration of the repository.
    pub config: Config,
    /// Its packages and components.
    pub workspace: Workspace,
    /// The directory that all worktrees of the repository share.
    pub common: std::path::PathBuf,
    /// Where the repository says that it comes from.
    pub origin: Option<String>,
    /// The day, as `2026-01-02`, in UTC.
    pub today: String,
    /// How release notes are written; as usual, unless whoever reads says otherwise.
    pub notes: Format,
}

/// Reads the repository that holds `dir`; `config` and `from` come from the command line.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(
    world: &dyn World,
    dir: &Path,
    config: Option<&Path>,
    from: Option<&str>,
) -> Result<Reading, Faults> {
    let place = git::place(world, dir)?;
    let config = read_config(world, &place.root, config)?;
    read_as(world, place, config, from)
}

/// As `read`, with a configuration that is not written yet.
///
/// # Errors
/// Everything that is wrong with the repository.
pub fn read_with(world: &dyn World, dir: &Path, config: Config) -> Result<Reading, Faults> {
    read_as(world, git::place(world, dir)?, config, None)
}

fn read_as(
    world: &dyn World,
    place: git::Place,
    config: Config,
    from: Option<&str>,
) -> Result<Reading, Faults> {
    let root = place.root.as_path();
    // The walk takes longer than everything else together, and needs nothing of it.
    let (walked, tree) = std::thread::scope(|scope| {
        let walk = scope.spawn(|| git::history(world, root, from));
        let tree = read_tree(world, root);
        (walk.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), tree)
    });
    let (mut snapshot, files) = tree?;
    git::Walked { commits: snapshot.commits, tags: snapshot.tags, from: snapshot.from } = walked?;
    if !snapshot.commits.iter().any(|commit| commit.id == snapshot.head) {
        let fault = Fault::outside(format!("HEAD of `{}` moved while castoff read it", root.display()));
        return Err(fault.help("run castoff again").into());
    }
    detect::overrides::apply(&mut snapshot.commits, &config)?;
    read_texts(world, &mut snapshot, files, &config)?;
    answers::ask(world, root, &mut snapshot)?;
    let workspace = workspace::read(&snapshot.tree, &config, &name(root))?;
    let bases = bases_to_compare(&snapshot, &workspace, &config)?;
    snapshot.differences = git::differences(world, root, &snapshot.head, &bases)?;
    snapshot.differences.insert(String::new(), snapshot.tree.files.iter().cloned().collect());
    snapshot.rewritten = only_versions(world, &snapshot, &workspace, &config)?;
    let origin = place.origin(world)?;
    let now = humantime::format_rfc3339_seconds(world.now()).to_string();
    let today = now.split('T').next().unwrap_or_default().to_string();
    let notes = Format::default();
    Ok(Reading { snapshot, config, workspace, common: place.common, origin, today, notes })
}

/// The packages of the repository that holds `dir`. Its history is not read: what is there does not depend on it, and
/// nothing that is wrong with tags stands in the way of a list.
///
/// # Errors
/// Everything that is wrong with its manifests and configuration.
pub fn packages(world: &dyn World, dir: &Path, config: Option<&Path>) -> Result<Workspace, Faults> {
    let place = git::place(world, dir)?;
    let config = read_config(world, &place.root, config)?;
    let (mut snapshot, files) = read_tree(world, &place.root)?;
    read_texts(world, &mut snapshot, files, &config)?;
    answers::ask(world, &place.root, &mut snapshot)?;
    workspace::read(&snapshot.tree, &config, &name(&place.root))
}

/// What is checked out, and the files of it with the objects that hold them.
fn read_tree(world: &dyn World, root: &Path) -> Result<(Snapshot, BTreeMap<String, String>), Fault> {
    let status = git::status(world, root)?;
    let files = git::files(world, root, &status.head)?;
    let snapshot = Snapshot {
        root: root.to_path_buf(),
        head: status.head,
        branch: status.branch,
        dirty: status.dirty,
        untracked: status.untracked,
        ..Snapshot::default()
    };
    Ok((snapshot, files))
}

fn name(root: &Path) -> String {
    root.file_name().map_or_else(|| "repository".to_string(), |name| name.to_string_lossy().into_owned())
}

fn read_config(world: &dyn World, root: &Path, given: Option<&Path>) -> Result<Config, Faults> {
    let path = given.map_or_else(|| root.join(config::FILE), Path::to_path_buf);
    let name = given.map_or(config::FILE.to_string(), |path| path.display().to_string());
    match world.read(&path)? {
        Some(bytes) => Config::parse(&name, &String::from_utf8_lossy(&bytes)),
        None if given.is_some() => {
            Err(Fault::usage(format!("there is no configuration `{name}`")).help("correct `--config`").into())
        }
        None => Ok(Config::default()),
    }
}

/// Manifests at HEAD and, where a base without a version of its own may be needed, at that base: one batch.
fn read_texts(
    world: &dyn World,
    snapshot: &mut Snapshot,
    files: BTreeMap<String, String>,
    config: &Config,
) -> Result<(), Fault> {
    let version_files = version_files(config);
    let named = config.versioned_files();
    let wanted = |path: &str| {
        ecosystem::all().any(|ecosystem| ecosystem.wants(path))
            || named.contains(path)
            || path == release_please::MANIFEST
    };
    let excluded = |path: &str| config.release.exclude.iter().any(|pattern| pattern.matches(path));
    let paths: Vec<&String> = files
        .keys()
        .filter(|path| wanted(path) && (!excluded(path) || named.contains(path.as_str())))
        .collect();
    let history = History::new(snapshot);
    let nearest = history.nearest(&config.release.base_tags).map(|base| base.commit);
    let from = snapshot.from.as_ref().map(|tag| tag.commit.clone());
    let others = detect::bases::with_bumps_of_others(&history, config);
    let mut earlier: BTreeSet<String> = nearest.into_iter().chain(from).chain(others).collect();
    earlier
        .extend(version_files.iter().filter_map(|path| history.before_last_change(path)).map(String::from));
    let mut objects: Vec<String> = paths.iter().map(|path| files[*path].clone()).collect();
    for commit in &earlier {
        // A path with a line end cannot be asked for by name; no manifest has one.
        objects.extend(paths.iter().map(|path| format!("{commit}:{}", path.replace('\n', " "))));
    }
    let mut texts = git::texts(world, &snapshot.root, &objects)?.into_iter();
    let mut next = || -> BTreeMap<String, String> {
        paths.iter().filter_map(|path| Some(((*path).clone(), texts.next().flatten()?))).collect()
    };
    let at_head = next();
    for commit in earlier {
        let texts = next();
        let tree = Tree { files: texts.keys().cloned().collect(), texts, ..Tree::default() };
        snapshot.earlier.insert(commit, tree);
    }
    snapshot.tree = Tree { texts: at_head, files: files.into_keys().collect(), ..Tree::default() };
    Ok(())
}

/// Paths in which a release wrote nothing but versions.
fn only_versions(
    world: &dyn World,
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
) -> Result<doubtful::PathsOf, Faults> {
    let doubtful = doubtful::doubtful(snapshot, workspace, config)?;
    let mut earlier: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut asked: Vec<(&String, &String)> = Vec::new();
    for (base, path) in doubtful.iter().flat_map(|(base, paths)| paths.iter().map(move |path| (base, path))) {
        match snapshot.earlier.get(base).and_then(|tree| tree.texts.get(path)) {
            Some(text) => drop(earlier.entry(base.clone()).or_default().insert(path.clone(), text.clone())),
            None => asked.push((base, path)),
        }
    }
    let object = |(base, path): &(&String, &String)| format!("{base}:{}", path.replace('\n', " "));
    let objects: Vec<String> = asked.iter().map(object).collect();
    let texts = git::texts(world, &snapshot.root, &objects)?;
    for ((base, path), text) in asked.into_iter().zip(texts) {
        let texts = earlier.entry(base.clone()).or_default();
        texts.extend(text.map(|text| (path.clone(), text)));
    }
    earlier.retain(|_, texts| !texts.is_empty());
    Ok(doubtful::only_versions(snapshot, workspace, config, earlier))
}

/// The bases that are compared as whole trees: that of path sets, and those of components that go by paths, follow others
/// or are followed.
fn bases_to_compare(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
) -> Result<BTreeSet<String>, Faults> {
    let (base, own) = detect::bases::bases(snapshot, workspace, config)?;
    let by_paths = |name: &str| {
        let own = config.component(name).and_then(|rules| rules.bump);
        own.unwrap_or(config.release.bump) == BumpMode::Paths
    };
    let following = detect::follow::names(config);
    let whole = |name: &str| by_paths(name) || following.contains(name);
    let components = workspace.components.iter().zip(own).filter(|(component, _)| whole(&component.name));
    let mut bases: BTreeSet<String> = components.map(|(_, base)| base.commit).collect();
    if !config.paths.is_empty() {
        bases.insert(base.commit);
    }
    bases.remove("");
    Ok(bases)
}

fn version_files(config: &Config) -> BTreeSet<&str> {
    config.components.iter().filter_map(|rules| rules.version_file.as_deref()).collect()
}
