//! The smallest change of a lock: what npm, bun, pnpm and yarn keep of the workspace's own manifests in it. What comes from a
//! registry stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use jsonc_parser::ast::Object;

use super::members::TABLES;
use super::{BUN_LOCK, LOCKS, PNPM_LOCK, YARN_LOCK};
use crate::edit::json::{Json, get, strings};
use crate::edit::yaml::{Node, Yaml};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Package, PackageId, Tree};
use crate::path;
use crate::version::Version;

pub(super) mod stale;
pub(super) mod yarn;

/// What a release changes, as locks know packages: by their directories.
struct Changes<'a> {
    packages: BTreeMap<&'a str, &'a Package>,
    next: &'a BTreeMap<PackageId, Version>,
    /// Old and new text of a requirement, by manifest and field.
    requirements: BTreeMap<(&'a str, &'a str), (&'a str, &'a str)>,
    /// Every requirement after the release, by the name of what is required.
    kept: &'a BTreeSet<(String, String)>,
}

pub(super) fn edits(
    tree: &Tree,
    ours: &[&Package],
    next: &BTreeMap<PackageId, Version>,
    done: &[Edit],
    kept: &BTreeSet<(String, String)>,
) -> Result<Vec<Edit>, Faults> {
    let requirement = |edit: &'_ Edit| edit.field != "version";
    let changes = Changes {
        packages: ours.iter().map(|package| (package.dir.as_str(), *package)).collect(),
        next,
        kept,
        requirements: done
            .iter()
            .filter(|edit| requirement(edit))
            .map(|edit| ((edit.path.as_str(), edit.field.as_str()), (edit.from.as_str(), edit.to.as_str())))
            .collect(),
    };
    let dirs: BTreeSet<&str> =
        ours.iter().flat_map(|package| [package.workspace.as_str(), package.dir.as_str()]).collect();
    let mut faults = Faults::default();
    let mut edits = Vec::new();
    for (dir, name) in dirs.iter().flat_map(|dir| LOCKS.map(|name| (*dir, name))) {
        let Some((path, text)) = tree.texts.get_key_value(&path::join(dir, name)) else { continue };
        let found = match name {
            YARN_LOCK if !yarn::holds_workspace(text) => continue,
            YARN_LOCK => {
                Yaml::parse(path, text).map(|yaml| yarn::edits(&yaml, &changes)).map_err(Faults::from)
            }
            PNPM_LOCK => Yaml::parse(path, text).map(|yaml| changes.in_pnpm(&yaml)).map_err(Faults::from),
            BUN_LOCK => changes.in_json(path, text, "workspaces"),
            _ => changes.in_json(path, text, "packages"),
        };
        edits.extend(faults.take(found).unwrap_or_default());
    }
    faults.or(edits)
}

impl Changes<'_> {
    /// A lock whose `table` has an entry for each package of the workspace, by its directory.
    fn in_json(&self, path: &str, text: &str, table: &str) -> Result<Vec<Edit>, Faults> {
        let json = Json::parse(path, text)?;
        let dir = path::parent(path);
        let mut edits = self.at_the_top(&json, dir);
        let Some(entries) = json.object(&[table]) else { return Ok(edits) };
        let mut seen = BTreeSet::new();
        for property in &entries.properties {
            let key = property.name.as_str();
            let package = path::resolve(dir, key).and_then(|dir| self.packages.get(dir.as_str()));
            let (Some(package), Some(entry)) = (package, property.value.as_object()) else { continue };
            seen.insert(package.dir.as_str());
            edits.extend(self.version(&json, entry, package));
            for (table, _) in TABLES {
                edits.extend(self.copies(&json, entry, table, package, table));
            }
        }
        self.complete(path, &seen).map(|()| edits)
    }

    /// What npm's lock says of the root at its top, and of members in the table that older clients read.
    fn at_the_top(&self, json: &Json, dir: &str) -> Vec<Edit> {
        let root = self.packages.get(dir).filter(|_| path::name(json.path) != BUN_LOCK);
        let mut edits: Vec<Edit> =
            root.and_then(|package| self.version(json, json.root(), package)).into_iter().collect();
        let old = json.object(&["dependencies"]).into_iter().flat_map(|table| &table.properties);
        for entry in old.filter_map(|property| property.value.as_object()) {
            let place =
                get(entry, "version").and_then(|value| value.as_string_lit()?.value.strip_prefix("file:"));
            let package = place.and_then(|place| self.packages.get(path::resolve(dir, place)?.as_str()));
            let Some(package) = package else { continue };
            for (table, _) in TABLES {
                edits.extend(self.copies(json, entry, "requires", package, table));
            }
        }
        edits
    }

    fn version(&self, json: &Json, entry: &Object, package: &Package) -> Option<Edit> {
        let version = self.next.get(&package.id)?;
        let written = get(entry, "version")?.as_string_lit()?;
        json.replace(&format!("{}.version", package.id.name), written, &version.semver())
    }

    /// The requirements in `table` of an entry that were changed in `source` of the manifest.
    fn copies(&self, json: &Json, entry: &Object, table: &str, package: &Package, source: &str) -> Vec<Edit> {
        let copied = strings(get(entry, table).and_then(|value| value.as_object()));
        let edit = |(name, string): (&str, &jsonc_parser::ast::StringLit)| {
            let to = self.changed(package, source, name, &string.value)?;
            json.replace(&format!("{}.{table}.{name}", package.id.name), string, to)
        };
        copied.filter_map(edit).collect()
    }

    fn changed(&self, package: &Package, table: &str, name: &str, written: &str) -> Option<&str> {
        let field = format!("{table}.{name}");
        let (from, to) = self.requirements.get(&(package.manifest.as_str(), field.as_str()))?;
        (*from == written).then_some(to)
    }

    /// pnpm keeps the requirements of each importer and no version: `specifier` beside what it led to, or in lists
    /// called `specifiers` as it was once.
    fn in_pnpm(&self, yaml: &Yaml) -> Vec<Edit> {
        let dir = path::parent(yaml.path);
        let alone = [(".", yaml.root())];
        let importers: Vec<(&str, &Node)> = match yaml.root().get("importers") {
            Some(importers) => importers.entries().collect(),
            None => alone.into(),
        };
        let mut edits = Vec::new();
        for (key, importer) in importers {
            let package = path::resolve(dir, key).and_then(|dir| self.packages.get(dir.as_str()));
            let Some(package) = package else { continue };
            for (table, _) in TABLES {
                let now = importer.get(table).into_iter().flat_map(Node::entries);
                let now = now.filter_map(|(name, entry)| Some((name, entry.get("specifier")?)));
                let once = importer.get("specifiers").into_iter().flat_map(Node::entries);
                // What it installs for `peerDependencies` it keeps among the others.
                edits.extend(now.chain(once).filter_map(|(name, node)| {
                    let text = node.text()?;
                    let to = [table, "peerDependencies"]
                        .iter()
                        .find_map(|source| self.changed(package, source, name, &text.value))?;
                    yaml.replace(&format!("{}.{table}.{name}", package.id.name), text, to)
                }));
            }
        }
        edits
    }

    /// A lock that does not know a member would be changed by the next `npm install`.
    fn complete(&self, lock: &str, seen: &BTreeSet<&str>) -> Result<(), Faults> {
        let dir = path::parent(lock);
        let members = self.packages.values().filter(|package| package.workspace == dir);
        let unknown = members
            .filter(|package| self.next.contains_key(&package.id) && !seen.contains(package.dir.as_str()))
            .map(|package| {
                let fault =
                    Fault::usage(format!("`{lock}` has no entry for `{}`", package.id.name)).at(lock, 0);
                let tool = if path::name(lock) == BUN_LOCK {
                    "bun install"
                } else {
                    "npm install --package-lock-only"
                };
                fault.because("the lock is not up to date").help(format!("run `{tool}` and commit the lock"))
            });
        Faults(unknown.collect()).or(())
    }
}
