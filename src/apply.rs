//! Carries a bump out: the one module that writes in the checkout, and only what the command is there to change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::edit::{apply_all, by_file};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{PackageId, Tree};
use crate::plan::{self, Plan};
use crate::snapshot::Reading;
use crate::version::{Bump, Version};
use crate::world::World;

pub mod commit;
pub mod tags;

/// The packages that a user asks to bump, and to which version.
///
/// # Errors
/// Names and versions that mean nothing.
pub fn asked(
    reading: &Reading,
    plan: &Plan,
    words: &[String],
    all: bool,
) -> Result<BTreeMap<PackageId, Version>, Faults> {
    let mut faults = Faults::default();
    let mut chosen: BTreeMap<&str, Version> = BTreeMap::new();
    let computed = |name: &str| plan.versions.iter().find(|next| next.component == name);
    if words.is_empty() {
        chosen.extend(
            plan.versions.iter().filter_map(|next| Some((next.component.as_str(), next.next.clone()?))),
        );
    }
    for word in words {
        if let Some((name, version)) = faults.take(one(reading, plan, word).map_err(Faults::from)) {
            chosen.insert(name, version);
        }
    }
    if all {
        for component in &reading.workspace.components {
            let next = computed(&component.name);
            let version =
                next.map(|next| next.next.clone().unwrap_or_else(|| next.current.bumped(Bump::Patch)));
            chosen.entry(&component.name).or_insert(version.unwrap_or_else(|| Version::new(0, 1, 0)));
        }
    }
    let of = |name: &str| reading.workspace.components.iter().find(|component| component.name == name);
    let packages = chosen.iter().flat_map(|(name, version)| {
        of(name).into_iter().flat_map(|component| &component.packages).map(|id| (id.clone(), version.clone()))
    });
    let packages = packages.collect();
    faults.or(packages)
}

/// `NAME`, `NAME=VERSION` or `NAME=LEVEL`; a package's name means its component.
fn one<'a>(reading: &'a Reading, plan: &Plan, word: &str) -> Result<(&'a str, Version), Fault> {
    let (name, to) = word.split_once('=').map_or((word, None), |(name, to)| (name, Some(to)));
    let workspace = &reading.workspace;
    let component = match workspace.components.iter().find(|component| component.name == name) {
        Some(component) => component,
        None => {
            let package = workspace.named(name)?;
            workspace.component_of(&package.id).ok_or_else(|| {
                Fault::usage(format!("`{}` is never published, so it has no version to bump", package.id))
            })?
        }
    };
    let next = plan.versions.iter().find(|next| next.component == component.name);
    let current = next.map_or_else(|| Version::new(0, 0, 0), |next| next.current.clone());
    let version = match to {
        None => next.and_then(|next| next.next.clone()).unwrap_or_else(|| current.bumped(Bump::Patch)),
        Some("patch") => current.bumped(Bump::Patch),
        Some("minor") => current.bumped(Bump::Minor),
        Some("major") => current.bumped(Bump::Major),
        Some(text) => text.parse().map_err(|error: crate::version::NotAVersion| {
            let help = format!("write `{name}=1.2.3`, or one of `patch`, `minor`, `major`");
            Fault::usage(format!("cannot bump `{name}`")).because(error.to_string()).help(help)
        })?,
    };
    let written =
        component.packages.iter().filter_map(|id| workspace.package(id)).map(|package| &package.version);
    let greatest = written.max().filter(|written| **written > current).unwrap_or(&current);
    if version < *greatest {
        let fault = Fault::usage(format!("cannot bump `{}` from {greatest} to {version}", component.name));
        return Err(fault.because("versions never go backwards").help("name a greater version"));
    }
    Ok((&component.name, version))
}

/// What a bump writes into the checkout as it is now, uncommitted edits kept.
///
/// # Errors
/// A manifest of the checkout that cannot be read or edited.
pub fn edits(
    world: &dyn World,
    reading: &Reading,
    next: &BTreeMap<PackageId, Version>,
) -> Result<(Tree, Vec<Edit>), Faults> {
    let mut tree = reading.snapshot.tree.clone();
    let dirty: BTreeSet<&String> = reading.snapshot.dirty.iter().collect();
    for (path, text) in tree.texts.iter_mut().filter(|(path, _)| dirty.contains(path)) {
        let bytes = world.read(&reading.snapshot.root.join(path))?.unwrap_or_default();
        *text = String::from_utf8(bytes).map_err(|_| Fault::usage(format!("`{path}` is not UTF-8 text")))?;
    }
    let edits = plan::bump_edits(&tree, &reading.workspace, &reading.config, next)?;
    Ok((tree, edits))
}

/// Writes edits into the checkout: all files or none.
///
/// # Errors
/// A file cannot be written; those written before it are as they were.
pub fn write(world: &dyn World, root: &Path, tree: &Tree, edits: &[Edit]) -> Result<(), Fault> {
    let after = apply_all(tree, edits)?;
    let mut done: Vec<(&str, &str)> = Vec::new();
    for path in by_file(edits).into_keys() {
        let (Some(before), Some(now)) = (tree.text(path), after.text(path)) else { continue };
        if let Err(fault) = in_place(world, root, path, before, now) {
            for (path, before) in done {
                match tree.files.contains(path) {
                    true => world.write(&root.join(path), before.as_bytes())?,
                    false => world.remove(&root.join(path))?,
                }
            }
            return Err(fault);
        }
        done.push((path, before));
    }
    Ok(())
}

/// The file on disk has to be the one that was read: git may store other line ends than it checks out.
fn in_place(world: &dyn World, root: &Path, path: &str, before: &str, now: &str) -> Result<(), Fault> {
    let disk = world.read(&root.join(path))?.unwrap_or_default();
    let crlf = |text: &str| text.replace("\r\n", "\n").replace('\n', "\r\n");
    if disk == before.as_bytes() {
        world.write(&root.join(path), now.as_bytes())
    } else if disk == crlf(before).as_bytes() {
        world.write(&root.join(path), crlf(now).as_bytes())
    } else {
        let fault = Fault::outside(format!("cannot edit `{path}`"))
            .because("it is not as git has it, nor as git says it was edited");
        Err(fault.help("commit it or put it back, then run the same command again"))
    }
}
