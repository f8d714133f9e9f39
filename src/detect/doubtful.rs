//! The tool's own release commit is no change: in the files that a release rewrites, only versions differ. That is seen
//! from their texts, because a title can be anything, and a manifest may have changed in other ways too.

use std::collections::{BTreeMap, BTreeSet};

use super::bases::bases;
use super::history::History;
use super::scope::is_ignored;
use super::{Detected, detect};
use crate::config::Config;
use crate::ecosystem::{self, Bumps};
use crate::edit::{apply, by_file};
use crate::fault::Faults;
use crate::model::{Snapshot, Tree};
use crate::version::Version;
use crate::workspace::Workspace;

/// Paths by the commit of a base.
pub type PathsOf = BTreeMap<String, BTreeSet<String>>;

/// The paths on which it depends whether something changed at all: every other path of a component or path set is as it
/// was, and in these a release may have written nothing but versions.
///
/// # Errors
/// What stands in the way of saying what changed.
pub fn doubtful(snapshot: &Snapshot, workspace: &Workspace, config: &Config) -> Result<PathsOf, Faults> {
    let mut found = PathsOf::new();
    let is_written = |path: &String| is_written(path, &snapshot.tree, config);
    let releases = |paths: &[String]| {
        let own = || paths.iter().filter(|path| !is_ignored(path, config));
        own().next().is_some() && own().all(is_written)
    };
    // Where no newer commit wrote versions, there is nothing to ask.
    let history = History::new(snapshot);
    let (base, own) = bases(snapshot, workspace, config)?;
    let before = history.before(own.iter().chain([&base]).map(|base| base.commit.as_str()));
    let newer = history.since_any(&before).into_iter().flat_map(|place| &snapshot.commits[place].files);
    if !newer.into_iter().any(is_written) {
        return Ok(found);
    }
    let detected = detect(snapshot, workspace, config)?;
    let compared = detected.components.iter().map(|change| (&change.base.commit, change.files.clone()));
    for (base, files) in compared.chain(of_path_sets(snapshot, config, &detected)) {
        if !base.is_empty() && releases(&files) {
            let own = files.into_iter().filter(|path| !is_ignored(path, config));
            found.entry(base.clone()).or_default().extend(own);
        }
    }
    Ok(found)
}

fn of_path_sets<'a>(
    snapshot: &'a Snapshot,
    config: &'a Config,
    detected: &'a Detected,
) -> impl Iterator<Item = (&'a String, Vec<String>)> {
    let base = &detected.base;
    config.paths.iter().map(move |(_, patterns)| {
        let differing = super::differences(snapshot, base).iter();
        let own = differing.filter(|path| patterns.iter().any(|pattern| pattern.matches(path)));
        (&base.commit, own.cloned().collect())
    })
}

/// Whether a release writes versions into a file that is there.
fn is_written(path: &str, tree: &Tree, config: &Config) -> bool {
    let is_manifest = ecosystem::ALL.iter().any(|ecosystem| ecosystem.wants(path));
    tree.texts.contains_key(path) && (is_manifest || is_version_file(path, config))
}

fn is_version_file(path: &str, config: &Config) -> bool {
    config.components.iter().any(|rules| rules.version_file.as_deref() == Some(path))
}

/// Those of the doubtful paths in which only versions differ; `earlier` has their texts at the bases.
pub fn only_versions(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    mut earlier: BTreeMap<String, BTreeMap<String, String>>,
) -> PathsOf {
    let now = masked(snapshot.tree.clone(), workspace, config);
    let mut found = PathsOf::new();
    // One pass looks at every path once, whatever its base is; most often one is enough.
    while !earlier.is_empty() {
        let mut tree = snapshot.tree.clone();
        let mut looked: BTreeMap<String, String> = BTreeMap::new();
        for (base, texts) in &mut earlier {
            let fresh: Vec<String> =
                texts.keys().filter(|path| !looked.contains_key(*path)).cloned().collect();
            for path in fresh {
                tree.texts.extend(texts.remove_entry(&path));
                looked.insert(path, base.clone());
            }
        }
        earlier.retain(|_, texts| !texts.is_empty());
        let before = masked(tree, workspace, config);
        let same = |path: &str| before.get(path).is_some_and(|text| Some(text) == now.get(path));
        for (path, base) in looked.into_iter().filter(|(path, _)| same(path)) {
            found.entry(base).or_default().insert(path);
        }
    }
    found
}

/// The texts of a tree with one version in the place of all that a release writes; none of an ecosystem whose places
/// cannot be told.
fn masked(tree: Tree, workspace: &Workspace, config: &Config) -> BTreeMap<String, String> {
    let version = Version::new(u64::from(u16::MAX), 0, 0);
    let all = workspace.packages.iter().map(|package| (package.id.clone(), version.clone())).collect();
    let bumps = Bumps { packages: &workspace.packages, next: &all };
    let mut edits = Vec::new();
    for ecosystem in ecosystem::ALL {
        match ecosystem.edits(&tree, bumps) {
            Ok(found) => edits.extend(found),
            Err(_) => return BTreeMap::new(),
        }
    }
    let mut texts = tree.texts.clone();
    for (path, edits) in by_file(&edits) {
        let text = tree.text(path).and_then(|text| apply(text, &edits).ok());
        texts.extend(text.map(|text| (path.to_string(), text)));
    }
    for (path, text) in &mut texts {
        if is_version_file(path, config) && text.trim().parse::<Version>().is_ok() {
            *text = version.to_string();
        }
    }
    texts
}
