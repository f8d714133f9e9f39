//! yarn's lock since its second version: an entry for each package of the workspace, known by every requirement that
//! leads to it, and copies of what it requires. That of the first version says nothing of the workspace.

use std::collections::{BTreeMap, BTreeSet};

use super::Changes;
use crate::edit::replace_plain;
use crate::edit::yaml::{Node, Yaml};
use crate::effect::Edit;
use crate::model::Package;
use crate::path;

const PEERS: &str = "peerDependencies";

/// Whether a lock has anything that a release changes.
pub(in crate::ecosystem::npm) fn holds_workspace(text: &str) -> bool {
    text.lines().any(|line| line == "__metadata:")
}

/// What was required of each package and is required now.
type Moved<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a str)>>;

pub(super) fn edits(yaml: &Yaml, changes: &Changes) -> Vec<Edit> {
    let dir = path::parent(yaml.path);
    let mut moved = Moved::new();
    for ((_, field), change) in &changes.requirements {
        // What is only wanted beside a package leads nowhere in a lock.
        if let Some((_, name)) = field.split_once('.').filter(|(table, _)| *table != PEERS) {
            moved.entry(name).or_default().push(*change);
        }
    }
    let mut edits = Vec::new();
    for (key, entry) in yaml.root().entries() {
        let resolution = entry.get("resolution").and_then(Node::text);
        let place = resolution.and_then(|text| text.value.split_once("@workspace:"));
        let package = place.and_then(|(_, place)| changes.packages.get(path::resolve(dir, place)?.as_str()));
        let Some(package) = package else { continue };
        let moved = moved.get(package.id.name.as_str());
        edits.extend(moved.and_then(|moved| renamed(yaml, changes, key, package, moved)));
        edits.extend(copies(yaml, changes, entry, package));
    }
    edits
}

/// The entry under the requirements that lead to it now.
fn renamed(
    yaml: &Yaml,
    changes: &Changes,
    key: &str,
    package: &Package,
    moved: &[(&str, &str)],
) -> Option<Edit> {
    let name = &package.id.name;
    let mut known: BTreeSet<String> = key.split(", ").map(ToString::to_string).collect();
    let (from, to): (Vec<String>, Vec<String>) =
        moved.iter().map(|(from, to)| (described(name, from), described(name, to))).unzip();
    let is_kept = |from: &str| changes.kept.contains(&(name.clone(), from.to_string()));
    if from.iter().any(|from| known.contains(from)) {
        known.extend(to);
    }
    for (text, _) in moved.iter().filter(|(from, _)| !is_kept(from)) {
        known.remove(&described(name, text));
    }
    let to = known.into_iter().collect::<Vec<_>>().join(", ");
    let start = yaml.text.find(&format!("\n\"{key}\":"))? + 2;
    replace_plain(yaml.path, yaml.text, &format!("{name}.key"), start..start + key.len(), &to)
}

fn copies(yaml: &Yaml, changes: &Changes, entry: &Node, package: &Package) -> Vec<Edit> {
    let edit = |table: &str, source: &str, name: &str, node: &Node| {
        let text = node.text()?;
        let written = text.value.strip_prefix("npm:").unwrap_or(&text.value);
        let to = changes.changed(package, source, name, written)?;
        let protocol = &text.value[..text.value.len() - written.len()];
        yaml.replace(&format!("{}.{table}.{name}", package.id.name), text, &format!("{protocol}{to}"))
    };
    let mut edits = Vec::new();
    let sources = ["dependencies", "devDependencies", "optionalDependencies"];
    for (table, sources) in [("dependencies", &sources[..]), (PEERS, &[PEERS])] {
        for (name, node) in entry.get(table).into_iter().flat_map(Node::entries) {
            edits.extend(sources.iter().find_map(|source| edit(table, source, name, node)));
        }
    }
    edits
}

/// A requirement as keys have it.
fn described(name: &str, requirement: &str) -> String {
    let protocol = if requirement.contains(':') { "" } else { "npm:" };
    format!("{name}@{protocol}{requirement}")
}
