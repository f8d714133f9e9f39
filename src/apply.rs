//! Carries a bump out: the one module that writes in the checkout, and only what the command is there to change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::edit::{apply_all, by_file};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{PackageId, Tree};
use crate::plan;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

pub mod asked;
pub mod changelogs;
pub mod commit;
pub mod tags;

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

/// What a bump writes into the checkout, the notes in its changelogs included.
///
/// # Errors
/// A file of the checkout that cannot be read or edited.
pub fn all_edits(
    world: &dyn World,
    reading: &Reading,
    plan: &plan::Plan,
    next: &BTreeMap<PackageId, Version>,
) -> Result<(Tree, Vec<Edit>), Faults> {
    let (mut tree, mut edits) = edits(world, reading, next)?;
    let (texts, new) = changelogs::changelogs(world, reading, plan, next)?;
    tree.texts.extend(texts);
    edits.extend(new);
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
