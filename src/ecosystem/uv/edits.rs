//! Changes of Python manifests and of uv.lock: versions, requirements on packages of the repository, and the pins
//! that only a build sees.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Item, TableLike, Value};

use super::discover::{Place, dynamic_place, requirements};
use super::requirement::{Requirement, accepts, raise};
use super::{LOCK, path};
use crate::config::Pin;
use crate::edit::{Toml, replace_plain};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Need, Package, PackageId, Tree, VersionHome};
use crate::registry::pypi::normalized;
use crate::version::Version;

use super::super::Bumps;

/// Next versions by normalised name.
type Next<'a> = BTreeMap<String, &'a Version>;

pub(super) fn edits(tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
    let ours: Vec<&Package> = bumps.packages.iter().filter(|package| package.id.kind == Kind::Uv).collect();
    let next: Next = bumps
        .next
        .iter()
        .filter(|(id, _)| id.kind == Kind::Uv)
        .map(|(id, version)| (normalized(&id.name), version))
        .collect();
    let mut faults = Faults::default();
    let mut edits = Vec::new();
    let texts = ours.iter().filter_map(|package| Some((package, tree.text(&package.manifest)?)));
    for (package, text) in texts.collect::<Vec<_>>() {
        let Some(toml) = faults.take(Toml::parse(&package.manifest, text).map_err(Faults::from)) else {
            continue;
        };
        let own = next.get(&normalized(&package.id.name));
        edits.extend(own.and_then(|version| version_edit(tree, package, &toml, version)));
        edits.extend(
            requirements(&toml)
                .iter()
                .filter_map(|place| requirement_edit(&toml, place, own.is_some(), &next)),
        );
    }
    let locks: BTreeSet<String> = ours.iter().map(|package| below(&package.workspace, LOCK)).collect();
    for (path, text) in locks.iter().filter_map(|path| Some((path, tree.text(path)?))) {
        let Some(toml) = faults.take(Toml::parse(path, text).map_err(Faults::from)) else { continue };
        edits.extend(faults.take(lock_edits(&toml, &ours, &next, &edits)).unwrap_or_default());
    }
    faults.or(edits)
}

pub(super) fn pins(
    tree: &Tree,
    package: &Package,
    pin: Pin,
    versions: &BTreeMap<PackageId, Version>,
) -> Result<Vec<Edit>, Faults> {
    let operator = match pin {
        Pin::Exact => "==",
        Pin::Compatible => "~=",
        Pin::Keep => return Ok(Vec::new()),
    };
    let Some(text) = tree.text(&package.manifest) else { return Ok(Vec::new()) };
    let toml = Toml::parse(&package.manifest, text)?;
    let internal: BTreeMap<String, &Version> = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.id.kind == Kind::Uv)
        .filter_map(|dependency| Some((normalized(&dependency.id.name), versions.get(&dependency.id)?)))
        .collect();
    let pinned = |place: &Place| {
        let requirement = Requirement::parse(place.text);
        // Groups and build requirements are not in what is published.
        let published = matches!(place.need, Need::Normal | Need::Optional);
        let version = internal.get(&normalized(requirement.name)).filter(|_| published)?;
        let to = requirement.with(&format!("{operator}{}", version.pep440()));
        toml.replace(&place.field, place.range.clone(), place.text, &to)
    };
    Ok(requirements(&toml).iter().filter_map(pinned).collect())
}

fn version_edit(tree: &Tree, package: &Package, toml: &Toml, version: &Version) -> Option<Edit> {
    let VersionHome::Own(home) = &package.version_home else { return None };
    if home == &package.manifest {
        return toml.replace_item("project.version", toml.get(&["project", "version"])?, &version.pep440());
    }
    let (file, range) = dynamic_place(tree, toml, &package.dir)?;
    replace_plain(&file, tree.text(&file)?, "version", range, &version.pep440())
}

/// As for cargo: raised where broken, and where the package is released anyway.
fn requirement_edit(toml: &Toml, place: &Place, released: bool, next: &Next) -> Option<Edit> {
    let requirement = Requirement::parse(place.text);
    let version = next.get(&normalized(requirement.name))?;
    let specifier = requirement.bare_specifier();
    if specifier.is_empty() || specifier.starts_with('@') || (!released && accepts(specifier, version)) {
        return None;
    }
    let raised = raise(specifier, version);
    let to = if raised == specifier { place.text.to_string() } else { requirement.with(&raised) };
    toml.replace(&place.field, place.range.clone(), place.text, &to)
}

/// The members' own entries: version, and the specifiers that changed in the manifests.
/// Packages of other roots may be in it too, by their path.
fn lock_edits(toml: &Toml, ours: &[&Package], next: &Next, done: &[Edit]) -> Result<Vec<Edit>, Faults> {
    let mut edits = Vec::new();
    let mut faults = Faults::default();
    let entries: Vec<_> =
        toml.get(&["package"]).and_then(Item::as_array_of_tables).into_iter().flatten().collect();
    for package in ours {
        let is_local = |table: &&toml_edit::Table| {
            let source = table.get("source").and_then(Item::as_table_like);
            source.is_some_and(|source| {
                ["editable", "virtual", "directory"].iter().any(|key| source.get(key).is_some())
            })
        };
        let name = normalized(&package.id.name);
        let entry = entries
            .iter()
            .find(|table| table.get("name").and_then(Item::as_str) == Some(&name))
            .filter(|table| is_local(table));
        let Some(entry) = entry else {
            let is_member = below(&package.workspace, LOCK) == toml.path;
            if is_member && next.contains_key(&name) {
                let fault = Fault::usage(format!("`{}` has no entry for `{}`", toml.path, package.id.name))
                    .at(toml.path, 0);
                faults.push(
                    fault.because("the lock is not up to date").help("run `uv lock` and commit the lock"),
                );
            }
            continue;
        };
        // What a lock says of a version from tags is the moment at which it was made.
        let written = entry.get("version").filter(|_| package.version_home != VersionHome::Tag);
        if let (Some(version), Some(item)) = (next.get(&name), written) {
            edits.extend(toml.replace_item(&format!("{name}.version"), item, &version.pep440()));
        }
        let changed: Vec<(String, String, String)> =
            done.iter().filter(|edit| edit.path == package.manifest).filter_map(specifier_change).collect();
        edits.extend(specifier_edits(toml, &name, entry, &changed));
    }
    faults.or(edits)
}

/// Name, old and new specifier of an edited requirement, written as uv writes them.
fn specifier_change(edit: &Edit) -> Option<(String, String, String)> {
    let (from, to) = (Requirement::parse(&edit.from), Requirement::parse(&edit.to));
    let spelled = |requirement: &Requirement| requirement.bare_specifier().replace(' ', "");
    (from.name == to.name && !spelled(&from).is_empty())
        .then(|| (normalized(from.name), spelled(&from), spelled(&to)))
}

fn specifier_edits(
    toml: &Toml,
    name: &str,
    entry: &toml_edit::Table,
    changed: &[(String, String, String)],
) -> Vec<Edit> {
    let Some(metadata) = entry.get("metadata").and_then(Item::as_table_like) else { return Vec::new() };
    let groups = metadata
        .get("requires-dev")
        .and_then(Item::as_table_like)
        .into_iter()
        .flat_map(TableLike::iter)
        .map(|(_, item)| item);
    let lists = metadata.get("requires-dist").into_iter().chain(groups).filter_map(Item::as_array);
    let edit = |value: &Value| {
        let table = value.as_inline_table()?;
        let specifier = table.get("specifier")?;
        let written = specifier.as_str()?;
        let (_, _, to) = changed.iter().find(|(needed, from, _)| {
            table.get("name").and_then(Value::as_str) == Some(needed) && written == from
        })?;
        toml.replace(&format!("{name}.requires-dist"), specifier.span()?, written, to)
    };
    lists.flat_map(|list| list.iter()).filter_map(edit).collect()
}

fn below(dir: &str, file: &str) -> String {
    path::resolve(dir, file).unwrap_or_else(|| file.to_string())
}
