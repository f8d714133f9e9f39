//! Requirements between packages of the repository as they are published: which lines of which manifests, and what a script
//! writes there. The ecosystems are asked what they would write for a version that nobody has.

use std::collections::BTreeMap;

use super::probe;
use crate::config::Pin;
use crate::ecosystem;
use crate::edit::line_of;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::generate::scripts::Source;
use crate::model::{Component, Package, PackageId};
use crate::version::Version;

/// A row for each requirement; see `pins` in the scripts. Without a lock everything in a workspace is looked at, also what is
/// not released; then `all` packages are pinned.
pub(super) fn pins(source: Source, mine: &[(&Package, &Component)], all: bool) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let mut rows: Vec<String> = Vec::new();
    let kind = mine.first().map(|(package, _)| package.id.kind);
    let is_mine = |package: &&Package| mine.iter().any(|(other, _)| other.id == package.id);
    let others = source.workspace.packages.iter().filter(|package| all && Some(package.id.kind) == kind);
    let others = others.filter(|package| !is_mine(package)).map(|package| (package, Pin::Keep));
    let own = mine.iter().map(|(package, component)| {
        let usual = ecosystem::of(package.id.kind).default_pin();
        (*package, source.config.pin(&component.name).unwrap_or(usual))
    });
    for (package, pin) in own.chain(others) {
        let ecosystem = ecosystem::of(package.id.kind);
        // One package at a time has another version, so that it is known whose version each line holds.
        for needed in &package.dependencies {
            let versions = versions(source, &needed.id);
            let Some(edits) = faults.take(ecosystem.pins(source.tree, package, pin, &versions)) else {
                continue;
            };
            let spelled = ecosystem.spell(&probe());
            for edit in edits.iter().filter(|edit| edit.text.contains(&spelled)) {
                let row = row(source, edit, &spelled, &needed.id).map_err(Faults::from);
                rows.extend(faults.take(row).filter(|row| !rows.contains(row)));
            }
            let derived = |edit: &&Edit| !edit.text.contains(&spelled) && edit.text.contains("65535");
            if let Some(edit) = edits.iter().find(derived) {
                faults.push(cannot(source, edit, "it writes numbers that follow from a version"));
            }
        }
    }
    faults.or(rows.concat())
}

fn versions(source: Source, changed: &PackageId) -> BTreeMap<PackageId, Version> {
    let packages = source.workspace.packages.iter();
    let version = |package: &Package| if package.id == *changed { probe() } else { package.version.clone() };
    packages.map(|package| (package.id.clone(), version(package))).collect()
}

fn cannot(source: Source, edit: &Edit, why: &str) -> Fault {
    let line = line_of(source.tree.text(&edit.path).unwrap_or_default(), edit.start);
    let fault = Fault::usage(format!("a script cannot pin `{}` in `{}`", edit.field, edit.path));
    let fault = fault.at(&edit.path, line).because(why.to_string());
    fault.help("give it a line of its own, or say `pin = \"exact\"` or `pin = \"keep\"` in the rules of its component")
}

fn row(source: Source, edit: &Edit, spelled: &str, needed: &PackageId) -> Result<String, Fault> {
    let text = source.tree.text(&edit.path).unwrap_or_default();
    let start = text[..edit.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[edit.end..].find('\n').map_or(text.len(), |at| edit.end + at);
    let (old, new) =
        (&text[start..end], format!("{}{}{}", &text[start..edit.start], edit.text, &text[edit.end..end]));
    let in_version = |c: char| c.is_ascii_digit() || "<>=~!^. ,*".contains(c);
    let before = old[..alike(old.chars(), new.chars())].trim_end_matches(in_version);
    let rest = (&old[before.len()..], &new[before.len()..]);
    let same = alike(rest.0.chars().rev(), rest.1.chars().rev());
    let behind =
        rest.0[rest.0.len() - same..].trim_start_matches(|c: char| in_version(c) || c.is_alphanumeric());
    let written = &rest.1[..rest.1.len() - behind.len()];
    let Some((head, tail)) = written.split_once(spelled) else {
        return Err(cannot(source, edit, "the version is not found in what is written"));
    };
    if old.contains(['\t', '\r']) || edit.text.contains('\n') || tail.contains("6553") {
        return Err(cannot(source, edit, "its line is not a plain one"));
    }
    Ok(format!("{}\t{before}\t{behind}\t{head}\t{tail}\t{needed}\n", edit.path))
}

/// How many bytes two texts have in common at their beginning.
fn alike(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
}
