//! The notes of a release, written into the changelogs that are there: a bump is the release commit, and the changelog is
//! part of it. What was written before, by hand too, stays as it is.

use std::collections::BTreeMap;

use crate::changelog;
use crate::config::{self, Changelog};
use crate::edit;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Component, PackageId};
use crate::notes::Repository;
use crate::plan::Plan;
use crate::plan::notes::notes;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::versions::Next;
use crate::world::World;

/// The texts of changelogs as they are in the checkout, and what goes into them for these versions.
///
/// # Errors
/// A file that cannot be read, or that two components have.
pub fn changelogs(
    world: &dyn World,
    reading: &Reading,
    plan: &Plan,
    next: &BTreeMap<PackageId, Version>,
) -> Result<(BTreeMap<String, String>, Vec<Edit>), Faults> {
    let mut files: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    let mut versions = Vec::new();
    for (known, component) in plan.versions.iter().zip(&reading.workspace.components) {
        let version = component.packages.iter().find_map(|id| next.get(id));
        let there = if version.is_some() { there(world, reading, component)? } else { Vec::new() };
        // Notes that go nowhere need not be written.
        let version = version.filter(|_| !there.is_empty()).cloned();
        files.insert(&component.name, there);
        versions.push(Next { next: version, ..known.clone() });
    }
    if versions.iter().all(|next| next.next.is_none()) {
        return Ok((BTreeMap::new(), Vec::new()));
    }
    let plan = Plan { versions, ..plan.clone() };
    let repository = reading.origin.as_deref().and_then(Repository::of_origin);
    let Reading { snapshot, workspace, config, .. } = reading;
    let notes =
        notes(&plan, snapshot, workspace, config, repository.as_ref(), &reading.today, &reading.notes);
    let (mut texts, mut edits) = (BTreeMap::new(), Vec::new());
    for notes in notes {
        for (path, text) in files.remove(notes.component.as_str()).unwrap_or_default() {
            if !changelog::has(&text, &notes.component, &notes.version) {
                let now = changelog::insert(&text, &notes.entry);
                edits.push(edit::between(&path, "section", &notes.version.to_string(), &text, &now));
            }
            texts.insert(path, text);
        }
    }
    Ok((texts, edits))
}

/// Those changelogs of a component that get an entry, with their texts.
fn there(
    world: &dyn World,
    reading: &Reading,
    component: &Component,
) -> Result<Vec<(String, String)>, Faults> {
    let mut found = Vec::new();
    for (path, create) in paths(reading, component)? {
        found.extend(text(world, reading, &path, create)?.map(|text| (path, text)));
    }
    Ok(found)
}

/// The changelogs of a component, each with whether it is made where it is not there.
fn paths(reading: &Reading, component: &Component) -> Result<Vec<(String, bool)>, Fault> {
    let rules = reading.config.component(&component.name);
    let wanted =
        rules.and_then(|rules| rules.changelog.as_ref()).unwrap_or(&reading.config.release.changelog);
    let workspace = &reading.workspace;
    match wanted {
        Changelog::None => Ok(Vec::new()),
        Changelog::At(path) => {
            if path.starts_with('/') || path.split('/').any(|part| part == "..") {
                let line = rules.map_or(0, |rules| rules.line);
                let fault =
                    config::fault(line, format!("`changelog = \"{path}\"` is outside of the repository"));
                return Err(fault.help("name a path from its root"));
            }
            let same = |other: &&config::ComponentRules| other.changelog.as_ref() == Some(wanted);
            let others: Vec<_> = reading.config.components.iter().filter(same).collect();
            if let [first, second, ..] = others[..] {
                let message = format!("`{}` and `{}` have one changelog, `{path}`", first.name, second.name);
                let fault = config::fault(second.line, message);
                return Err(fault.help("give each of them a file of its own, or `changelog = false`"));
            }
            Ok(vec![(path.clone(), true)])
        }
        Changelog::WhereItIs => {
            let packages = component.packages.iter().filter_map(|id| workspace.package(id));
            let mut found: Vec<String> = packages.map(|package| package.path(changelog::FILE)).collect();
            if workspace.components.len() == 1 {
                found.push(changelog::FILE.to_string());
            }
            found.sort();
            found.dedup();
            Ok(found.into_iter().map(|path| (path, false)).collect())
        }
    }
}

fn text(world: &dyn World, reading: &Reading, path: &str, create: bool) -> Result<Option<String>, Fault> {
    match world.read(&reading.snapshot.root.join(path))? {
        Some(bytes) => {
            let text = String::from_utf8(bytes);
            text.map(Some).map_err(|_| Fault::usage(format!("`{path}` is not UTF-8 text")))
        }
        None => Ok(create.then(String::new)),
    }
}
