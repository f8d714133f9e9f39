//! The tool's own release commit is no change: in the files that a release rewrites, only versions differ. That is seen
//! from their texts, because a title can be anything, and a manifest may have changed in other ways too.

use std::collections::{BTreeMap, BTreeSet};

use super::bases::bases;
use super::history::History;
use super::scope::is_ignored;
use super::{Base, detect, differences};
use crate::config::Config;
use crate::ecosystem::{self, Bumps};
use crate::edit::{apply, by_file};
use crate::fault::Faults;
use crate::model::{Snapshot, Tree};
use crate::version::Version;
use crate::workspace::Workspace;

/// Paths by the commit of a base.
pub type PathsOf = BTreeMap<String, BTreeSet<String>>;

/// Whether a path differs from a base in nothing but versions that a release writes.
pub(super) fn is_rewritten(snapshot: &Snapshot, base: &Base, path: &str) -> bool {
    snapshot.rewritten.get(&base.commit).is_some_and(|paths| paths.contains(path))
}

/// The changed paths into which a release may have written nothing but versions: those of components, of path sets and
/// of what releases followers.
///
/// # Errors
/// What stands in the way of saying what changed.
pub fn doubtful(snapshot: &Snapshot, workspace: &Workspace, config: &Config) -> Result<PathsOf, Faults> {
    let mut found = PathsOf::new();
    let is_written = |path: &&String| is_written(path, &snapshot.tree, config);
    // Where no file that a release writes differs, there is nothing to ask.
    let history = History::new(snapshot);
    let (base, own) = bases(snapshot, workspace, config)?;
    let before = history.before(own.iter().chain([&base]).map(|base| base.commit.as_str()));
    let newer = history.since_any(&before).into_iter().flat_map(|place| &snapshot.commits[place].files);
    let differing = snapshot.differences.iter().filter(|(base, _)| !base.is_empty());
    if !differing.flat_map(|(_, paths)| paths).chain(newer).any(|path| is_written(&path)) {
        return Ok(found);
    }
    let detected = detect(snapshot, workspace, config)?;
    let mut note = |base: &Base, paths: &mut dyn Iterator<Item = &String>| {
        let written: BTreeSet<String> = paths.filter(is_written).cloned().collect();
        if !base.commit.is_empty() && !written.is_empty() {
            found.entry(base.commit.clone()).or_default().extend(written);
        }
    };
    let counts = |path: &&String| !is_ignored(path, config);
    let in_set = |path: &&String| {
        config.paths.iter().any(|(_, patterns)| patterns.iter().any(|pattern| pattern.matches(path)))
    };
    note(&detected.base, &mut differences(snapshot, &detected.base).iter().filter(counts).filter(in_set));
    for change in &detected.components {
        note(&change.base, &mut change.files.iter());
        for place in change.follow.iter().map(|follow| follow.of) {
            for base in [&change.base, &detected.components[place].base] {
                note(base, &mut differences(snapshot, base).iter().filter(counts));
            }
        }
    }
    Ok(found)
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
