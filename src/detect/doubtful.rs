//! The tool's own release commit is no change: in the files that a release rewrites, only versions differ. That is seen
//! from their texts, because a title can be anything, and a manifest may have changed in other ways too.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::bases::bases;
use super::history::History;
use super::scope::is_ignored;
use super::{Base, detect, differences};
use crate::config::{Config, ExtraFile, Place};
use crate::ecosystem::{self, Bumps};
use crate::edit::json::Json;
use crate::edit::marks::{self, Wanted};
use crate::edit::{Toml, apply, by_file, places};
use crate::effect::Edit;
use crate::fault::Faults;
use crate::model::{Package, PackageId, Snapshot, Tree};
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
    let is_manifest = ecosystem::all().any(|ecosystem| ecosystem.wants(path));
    let is_named = || config.versioned_files().contains(path);
    tree.texts.contains_key(path) && (is_manifest || is_named())
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
    let mut found = PathsOf::new();
    if earlier.is_empty() {
        return found;
    }
    let now = masked(snapshot.tree.clone(), &workspace.packages, config);
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
        let before = masked(tree.clone(), &as_in(&tree, workspace), config);
        let same = |path: &str| {
            let masked = now.get(path).zip(before.get(path));
            let written = snapshot.tree.text(path).zip(tree.text(path));
            masked
                .zip(written)
                .is_some_and(|((now, before), (written, earlier))| alike([now, before], [written, earlier]))
        };
        for (path, base) in looked.into_iter().filter(|(path, _)| same(path)) {
            found.entry(base).or_default().insert(path);
        }
    }
    found
}

/// Whether two texts are the same where they are masked, or line by line masked or as they are written: what nobody changed
/// is no change, though a requirement may have led to a package of the repository at one of the times only.
fn alike(masked: [&str; 2], written: [&str; 2]) -> bool {
    if masked[0] == masked[1] {
        return true;
    }
    let [now, before, written, earlier] =
        [masked[0], masked[1], written[0], written[1]].map(|text| text.split('\n').collect::<Vec<_>>());
    let are_pairs = [before.len(), written.len(), earlier.len()].iter().all(|count| *count == now.len());
    are_pairs && (0..now.len()).all(|line| now[line] == before[line] || written[line] == earlier[line])
}

/// The packages with the versions that a tree holds: whether a requirement is one on the package of the repository may
/// depend on its version then.
fn as_in(tree: &Tree, workspace: &Workspace) -> Vec<Package> {
    let found = ecosystem::all().filter_map(|ecosystem| ecosystem.discover(tree).ok()).flatten();
    let versions: BTreeMap<(PackageId, String), Version> =
        found.map(|package| ((package.id, package.manifest), package.version)).collect();
    let version = |package: &Package| versions.get(&(package.id.clone(), package.manifest.clone())).cloned();
    let packages = workspace.packages.iter();
    packages
        .map(|package| Package {
            version: version(package).unwrap_or_else(|| package.version.clone()),
            ..package.clone()
        })
        .collect()
}

/// The texts of a tree with one version in the place of all that a release writes. Those of an ecosystem whose places
/// cannot be told stay as they are.
fn masked(tree: Tree, packages: &[Package], config: &Config) -> BTreeMap<String, String> {
    let version = Version::new(u64::from(u16::MAX), 0, 0);
    let all = packages.iter().map(|package| (package.id.clone(), version.clone())).collect();
    let bumps = Bumps { packages, next: &all };
    let all = ecosystem::all().filter_map(|ecosystem| ecosystem.edits(&tree, bumps).ok());
    let edits: Vec<Edit> = all.flatten().collect();
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
    for file in config.components.iter().flat_map(|rules| &rules.extra_files) {
        let text = texts.get(&file.path).and_then(|text| masked_extra(file, text, &version));
        texts.extend(text.map(|text| (file.path.clone(), text)));
    }
    texts
}

/// The text of an extra file without what a release writes there; none where the rule does not fit it.
fn masked_extra(file: &ExtraFile, text: &str, version: &Version) -> Option<String> {
    let path = file.path.as_str();
    let replaced = |range: Range<usize>, by: &str| {
        let mut text = text.to_string();
        text.replace_range(range, by);
        text
    };
    match &file.place {
        Place::Toml(keys) => {
            let toml = Toml::parse(path, text).ok()?;
            Some(replaced(places::in_toml(&toml, keys)?.range, "''"))
        }
        Place::Json(keys) => {
            let json = Json::parse(path, text).ok()?;
            Some(replaced(json.range(places::in_json(&json, keys)?), "\"\""))
        }
        Place::Line(regex) => {
            let line = text.lines().find(|line| regex.is_match(line))?;
            let start = line.as_ptr().addr() - text.as_ptr().addr();
            let group = regex.captures(line)?.get(1)?;
            Some(replaced(start + group.start()..start + group.end(), ""))
        }
        Place::Marked => {
            let spelled = version.to_string();
            let wanted = Wanted { version, spelled: &spelled, old: &spelled };
            let spots = marks::spots(path, text, wanted).ok()?;
            let edits: Vec<&Edit> = spots.iter().filter_map(|spot| spot.edit.as_ref()).collect();
            apply(text, &edits).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{doubtful, only_versions};
    use crate::detect::fixture::read;

    /// Of `file` lines and texts at the base those that differ in nothing but versions.
    fn rewritten(now: &str, before: &[(&str, &str)]) -> String {
        let fixture = read(&format!(
            "# [component.a]\n# packages = ['uv:a']\n# version-file = 'a/VERSION'\n\
             # extra-files = [{{ path = 'a/v.rb', regex = \"V = '(.*)'\" }}, {{ path = 'a/v.toml', toml = 'x.v' }}]\n\
             * a feat: begin | a/f\n@ v0.1.0\nuv a 0.1.1\n\
             * b chore: release | a/pyproject.toml a/VERSION a/v.rb a/v.toml\n{now}"
        ));
        let fixture = fixture.unwrap();
        let (snapshot, workspace, config) = (&fixture.snapshot, &fixture.workspace, &fixture.config);
        let asked = doubtful(snapshot, workspace, config).unwrap();
        let texts: BTreeMap<String, String> =
            before.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect();
        let earlier = asked.into_iter().map(|(base, paths)| {
            (base, texts.clone().into_iter().filter(|(path, _)| paths.contains(path)).collect())
        });
        let found = only_versions(snapshot, workspace, config, earlier.collect());
        found.into_values().flatten().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn versions_in_declared_places_are_no_change_and_all_else_is_one() {
        let now = "file a/VERSION 0.1.1\nfile a/v.rb x\\nV = '0.1.1'\nfile a/v.toml x.v = '0.1.1'";
        let before =
            |rb, toml, version| rewritten(now, &[("a/v.rb", rb), ("a/v.toml", toml), ("a/VERSION", version)]);
        assert_eq!(before("x\nV = '0.1.0'", "x.v = '0.1.0'", "0.1.0\n"), "a/VERSION a/v.rb a/v.toml");
        assert_eq!(before("y\nV = '0.1.0'", "x.v = '0.1.0'", "hello"), "a/v.toml");
        assert_eq!(before("x\nV = \"0.1.0\"", "x.v = '0.1.0'\ny = 1", "0.1.0"), "a/VERSION");
    }

    #[test]
    fn the_version_of_a_manifest_is_no_change_and_all_else_is_one() {
        let text = |version: &str, more: &str| {
            format!(
                "[project]\nname = 'a'\nversion = '{version}'\ndependencies = [{more}]\n[build-system]\nrequires = []\n\
                 [dependency-groups]\ndev = []\n"
            )
        };
        let check = |before: &str| rewritten("", &[("a/pyproject.toml", before)]);
        assert_eq!(check(&text("0.1.0", "")), "a/pyproject.toml");
        assert_eq!(check(&text("0.1.0", "'x'")), "");
    }
}
