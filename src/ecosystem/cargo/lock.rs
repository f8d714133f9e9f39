//! Whether Cargo.lock says what the manifests of its crates say: cargo would mend it by itself, and build with other versions
//! than those that were tested.

use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};
use toml_edit::{Item, Table};

use super::discover::{Entry, entries, join};
use super::{LOCK, MANIFEST};
use crate::ecosystem::metadata::{Stale, apart};
use crate::edit::Toml;
use crate::model::{Package, Tree};

const HELP: &str = "run `cargo update --workspace` and commit the lock";

/// Crates of which a lock says something else than their manifests do.
pub(super) fn stale(tree: &Tree, ours: &[&Package]) -> Vec<Stale> {
    let dirs: BTreeSet<&str> = ours.iter().map(|package| package.workspace.as_str()).collect();
    let mut found = Vec::new();
    for dir in dirs {
        let (lock, manifest) = (join(dir, LOCK), join(dir, MANIFEST));
        let (Some(text), Some(root)) = (tree.text(&lock), tree.text(&manifest)) else { continue };
        let (Ok(toml), Ok(root)) = (Toml::parse(&lock, text), Toml::parse(&manifest, root)) else { continue };
        let shared = entries(root.root()).into_iter().filter(Entry::is_shared).collect::<Vec<_>>();
        let locked = Locked::of(&toml);
        for package in ours.iter().filter(|package| package.workspace == dir) {
            let text = tree.text(&package.manifest);
            let Some(manifest) = text.and_then(|text| Toml::parse(&package.manifest, text).ok()) else {
                continue;
            };
            if let Some((line, why)) = locked.differs(package, &manifest, &shared) {
                let (lock, package) = (lock.clone(), package.id.clone());
                found.push(Stale { lock, line, package, why, help: HELP });
            }
        }
    }
    found
}

struct Locked<'a> {
    toml: &'a Toml<'a>,
    /// Crates of this repository, which have no source.
    own: BTreeMap<&'a str, &'a Table>,
    /// Versions of all crates.
    versions: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Locked<'a> {
    fn of(toml: &'a Toml<'a>) -> Locked<'a> {
        let mut locked = Locked { toml, own: BTreeMap::new(), versions: BTreeMap::new() };
        for entry in toml.get(&["package"]).and_then(Item::as_array_of_tables).into_iter().flatten() {
            let text = |key: &str| entry.get(key).and_then(Item::as_str);
            let (Some(name), Some(version)) = (text("name"), text("version")) else { continue };
            locked.versions.entry(name).or_default().push(version);
            if text("source").is_none() {
                locked.own.insert(name, entry);
            }
        }
        locked
    }

    /// The line in the lock, and what is different there.
    fn differs(&self, package: &Package, manifest: &Toml, shared: &[Entry]) -> Option<(usize, String)> {
        let name = package.id.name.as_str();
        let Some(entry) = self.own.get(name) else { return Some((0, "it has no entry for it".to_string())) };
        let line = entry.get("version").map_or(0, |item| self.toml.line(item));
        let written = entry.get("version").and_then(Item::as_str).unwrap_or_default();
        if written != package.version.semver() {
            return Some((
                line,
                format!("it is {written} there, and {} in its manifest", package.version.semver()),
            ));
        }
        let needs = entry.get("dependencies").and_then(Item::as_array);
        let needs: Vec<&str> = needs.into_iter().flatten().filter_map(|value| value.as_str()).collect();
        let own = entries(manifest.root()).into_iter().filter(|entry| !entry.is_shared());
        let declared: Vec<(&str, Option<&str>)> = own.map(|entry| declared(&entry, shared)).collect();
        // A manifest may write `_` for `-`; the lock has the name as it is published.
        let plain = |name: &str| name.replace('_', "-");
        let there: Vec<&str> = needs.iter().filter_map(|need| need.split(' ').next()).collect();
        let here = declared
            .iter()
            .map(|(need, _)| there.iter().find(|other| plain(other) == plain(need)).copied().unwrap_or(need));
        let others = |names: &mut dyn Iterator<Item = &str>| {
            names.filter(|other| *other != name).map(|name| (name.to_string(), String::new())).collect()
        };
        let (here, there) = (others(&mut here.into_iter()), others(&mut there.iter().copied()));
        let why = apart(&here, &there).or_else(|| self.unmet(&declared, &needs));
        why.map(|why| (line, why))
    }

    /// A requirement that no locked version meets.
    fn unmet(&self, declared: &[(&str, Option<&str>)], needs: &[&str]) -> Option<String> {
        declared.iter().find_map(|(name, requirement)| {
            let asked = VersionReq::parse((*requirement)?).ok()?;
            let named: Vec<&str> =
                needs.iter().filter_map(|need| need.strip_prefix(name)?.strip_prefix(' ')).collect();
            let all = self.versions.get(name)?;
            let locked = if named.is_empty() { all } else { &named };
            let meets = |text: &&str| {
                let text = text.split(' ').next().unwrap_or_default();
                Version::parse(text).is_ok_and(|version| asked.matches(&version))
            };
            let there = locked.join(", ");
            (!locked.iter().any(meets)).then(|| {
                format!(
                    "`{name}` is {there} there, and its manifest asks for `{}`",
                    requirement.unwrap_or_default()
                )
            })
        })
    }
}

/// The name of a crate that an entry needs and what it asks of its version, also where the workspace says both.
fn declared<'a>(entry: &Entry<'a>, shared: &[Entry<'a>]) -> (&'a str, Option<&'a str>) {
    let inherited = entry.get("workspace").and_then(Item::as_bool) == Some(true);
    let source = shared.iter().find(|other| inherited && other.key == entry.key).unwrap_or(entry);
    (source.package_name(), source.requirement())
}
