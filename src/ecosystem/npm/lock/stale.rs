//! Whether a lock says what the manifests of the workspace say: `npm ci` and its like would refuse it, and other commands mend
//! it by themselves. yarn's locks are left out: the old one says nothing of the workspace, the new one leads to many
//! requirements by one entry.

use std::collections::BTreeSet;

use jsonc_parser::ast::Object;

use super::super::members::lines;
use super::super::{BUN_LOCK, LOCKS, PNPM_LOCK, YARN_LOCK};
use crate::ecosystem::metadata::{Stale, apart};
use crate::edit::json::{Json, get};
use crate::edit::yaml::{Node, Yaml};
use crate::model::{Need, Package, Tree};
use crate::path;

/// Names with what is asked of them.
type Needs = BTreeSet<(String, String)>;

/// Packages of which a lock says something else than their manifests do.
pub(in crate::ecosystem::npm) fn stale(tree: &Tree, ours: &[&Package]) -> Vec<Stale> {
    let dirs: BTreeSet<&str> = ours.iter().map(|package| package.workspace.as_str()).collect();
    let mut found = Vec::new();
    for (dir, name) in dirs.iter().flat_map(|dir| LOCKS.map(|name| (*dir, name))) {
        let Some((lock, text)) = tree.texts.get_key_value(&path::join(dir, name)) else { continue };
        let members = ours.iter().filter(|package| package.workspace == dir);
        let stale = |(package, (line, why)): (&&Package, (usize, String))| Stale {
            lock: lock.clone(),
            line,
            package: package.id.clone(),
            why,
            help: help(name),
        };
        let differing = members.filter_map(|package| Some((package, differs(tree, package, lock, text)?)));
        found.extend(differing.map(stale));
    }
    found
}

fn help(lock: &str) -> &'static str {
    match lock {
        PNPM_LOCK => "run `pnpm install --lockfile-only` and commit the lock",
        BUN_LOCK => "run `bun install --lockfile-only` and commit the lock",
        _ => "run `npm install --package-lock-only` and commit the lock",
    }
}

fn differs(tree: &Tree, package: &Package, lock: &str, text: &str) -> Option<(usize, String)> {
    let manifest = Json::parse(&package.manifest, tree.text(&package.manifest)?).ok()?;
    match path::name(lock) {
        YARN_LOCK => None,
        PNPM_LOCK => in_pnpm(&Yaml::parse(lock, text).ok()?, package, manifest.root()),
        BUN_LOCK => in_json(&Json::parse(lock, text).ok()?, "workspaces", package, manifest.root()),
        _ => in_json(&Json::parse(lock, text).ok()?, "packages", package, manifest.root()),
    }
}

/// What a manifest, or the copy of one, needs; what it only wants beside it is no matter of locks.
fn needs(manifest: &Object) -> Needs {
    let own = lines(manifest).filter(|line| line.need != Need::Peer);
    own.map(|line| (line.name.to_string(), line.string.value.to_string())).collect()
}

/// A private package that needs nothing is of no interest to a lock.
fn missing(package: &Package, manifest: &Object) -> Option<(usize, String)> {
    let matters = package.publishable() || !needs(manifest).is_empty();
    matters.then(|| (0, "it has no entry for it".to_string()))
}

fn in_json(lock: &Json, table: &str, package: &Package, manifest: &Object) -> Option<(usize, String)> {
    // The oldest form has no such table.
    let entries = lock.object(&[table])?;
    let dir = path::parent(lock.path);
    let mut own = entries.properties.iter().filter_map(|property| {
        let place = path::resolve(dir, property.name.as_str())?;
        (place == package.dir).then_some(property.value.as_object()?)
    });
    let Some(entry) = own.next() else { return missing(package, manifest) };
    let version = |object| get(object, "version")?.as_string_lit();
    if let (Some(there), Some(here)) = (version(entry), version(manifest))
        && there.value != here.value
    {
        let why = format!("it is {} there, and {} in its manifest", there.value, here.value);
        return Some((lock.line(there), why));
    }
    apart(&needs(manifest), &needs(entry)).map(|why| (lock.line(entry), why))
}

fn in_pnpm(lock: &Yaml, package: &Package, manifest: &Object) -> Option<(usize, String)> {
    // What is overridden is written there as it was overridden.
    if lock.root().get("overrides").is_some() {
        return None;
    }
    let dir = path::parent(lock.path);
    let importers = lock.root().get("importers")?;
    let mut own =
        importers.entries().filter(|(key, _)| path::resolve(dir, key).as_ref() == Some(&package.dir));
    let Some((_, entry)) = own.next() else { return missing(package, manifest) };
    let tables = ["dependencies", "optionalDependencies", "devDependencies"];
    let listed = tables.iter().filter_map(|table| entry.get(table)).flat_map(Node::entries);
    let peers: BTreeSet<&str> =
        lines(manifest).filter(|line| line.need == Need::Peer).map(|line| line.name).collect();
    let declared = needs(manifest);
    // It may install what a package only wants beside it.
    let is_own = |name: &str| !peers.contains(name) || declared.iter().any(|(own, _)| own == name);
    let there = listed.filter(|(name, _)| is_own(name)).filter_map(|(name, node)| {
        Some((name.to_string(), node.get("specifier")?.text()?.value.to_string()))
    });
    apart(&declared, &there.collect()).map(|why| (0, why))
}
