//! Whether uv.lock says what the manifests of its packages say: `uv sync` would mend it by itself, and test with other versions
//! than those that were locked.

use std::collections::BTreeSet;

use toml_edit::{Item, Table, TableLike, Value};

use super::discover::requirements;
use super::requirement::Requirement;
use super::{LOCK, path};
use crate::ecosystem::metadata::{Stale, apart};
use crate::edit::Toml;
use crate::model::{Need, Package, Tree, VersionHome};
use crate::registry::pypi::{normalized, same_version};

const HELP: &str = "run `uv lock` and commit the lock";

/// Names, with specifiers where those can be compared.
type Needs = BTreeSet<(String, String)>;

/// Packages of which a lock says something else than their manifests do.
pub(super) fn stale(tree: &Tree, ours: &[&Package]) -> Vec<Stale> {
    let dirs: BTreeSet<&str> = ours.iter().map(|package| package.workspace.as_str()).collect();
    let mut found = Vec::new();
    for dir in dirs {
        let lock = path::join(dir, LOCK);
        let Some(toml) = tree.text(&lock).and_then(|text| Toml::parse(&lock, text).ok()) else { continue };
        for package in ours.iter().filter(|package| package.workspace == dir) {
            let text = tree.text(&package.manifest);
            let Some(manifest) = text.and_then(|text| Toml::parse(&package.manifest, text).ok()) else {
                continue;
            };
            if let Some((line, why)) = differs(&toml, package, &manifest) {
                let (lock, package) = (lock.clone(), package.id.clone());
                found.push(Stale { lock, line, package, why, help: HELP });
            }
        }
    }
    found
}

/// The line in the lock, and what is different there.
fn differs(lock: &Toml, package: &Package, manifest: &Toml) -> Option<(usize, String)> {
    let name = normalized(&package.id.name);
    let mut entries = lock.get(&["package"]).and_then(Item::as_array_of_tables)?.iter();
    let Some(entry) = entries.find(|entry| entry.get("name").and_then(Item::as_str) == Some(&name)) else {
        return Some((0, "it has no entry for it".to_string()));
    };
    let line = entry.get("name").map_or(0, |item| lock.line(item));
    let written = entry.get("version").and_then(Item::as_str);
    if let Some(written) = written.filter(|_| package.version_home != VersionHome::Tag)
        && !same_version(written, &package.version)
    {
        return Some((
            line,
            format!("it is {written} there, and {} in its manifest", package.version.pep440()),
        ));
    }
    let there = locked(entry)?;
    let dynamic = manifest.get(&["project", "dynamic"]).and_then(Item::as_array);
    let dynamic: Vec<&str> = dynamic.into_iter().flatten().filter_map(Value::as_str).collect();
    if dynamic.iter().any(|field| field.ends_with("dependencies")) {
        return None;
    }
    // What stands in the repository, or at an address, has no specifier there.
    let elsewhere: BTreeSet<&String> =
        there.iter().filter(|(_, specifier)| specifier == ELSEWHERE).map(|(name, _)| name).collect();
    let declared =
        requirements(manifest).into_iter().filter(|it| matches!(it.need, Need::Normal | Need::Optional));
    let declared = declared.map(|place| {
        let requirement = Requirement::parse(place.text);
        let name = normalized(requirement.name);
        let specifier = match elsewhere.contains(&name) {
            true => ELSEWHERE.to_string(),
            false => ordered(requirement.bare_specifier()),
        };
        (name, specifier)
    });
    apart(&declared.collect(), &there).map(|why| (line, why))
}

/// In the place of a specifier.
const ELSEWHERE: &str = "@";

/// What the lock says that a package needs; none where an older uv did not write it down.
fn locked(entry: &Table) -> Option<Needs> {
    let metadata = entry.get("metadata").and_then(Item::as_table_like);
    if metadata.is_none()
        && (entry.contains_key("dependencies") || entry.contains_key("optional-dependencies"))
    {
        return None;
    }
    let list = metadata.and_then(|it| it.get("requires-dist")).and_then(Item::as_array);
    let need = |value: &Value| {
        let table = value.as_inline_table()?;
        let name = normalized(table.get("name")?.as_str()?);
        let by_name = ["name", "specifier", "marker", "extras", "index"];
        let specifier = match TableLike::iter(table).all(|(key, _)| by_name.contains(&key)) {
            true => ordered(table.get("specifier").and_then(Value::as_str).unwrap_or_default()),
            false => ELSEWHERE.to_string(),
        };
        Some((name, specifier))
    };
    Some(list.into_iter().flatten().filter_map(need).collect())
}

/// A specifier in one spelling: uv orders its parts, people do not.
fn ordered(specifier: &str) -> String {
    let spelled = |part: &str| {
        let part = part.trim();
        part.parse::<pep440_rs::VersionSpecifier>().map_or(part.replace(' ', ""), |part| part.to_string())
    };
    let parts: BTreeSet<String> = specifier.split(',').map(spelled).filter(|part| !part.is_empty()).collect();
    parts.into_iter().collect::<Vec<_>>().join(",")
}
