//! What the edits of package.json and of the locks are that keep copies of it.

use super::members::TABLES;
use super::{PNPM_LOCK, YARN_LOCK};
use crate::ecosystem::writes::{RaisedBy, Spelling, Writes};
use crate::edit::json::Json;
use crate::effect::Edit;
use crate::model::{Kind, Need, Package, Tree};
use crate::path;

pub(super) fn writes(tree: &Tree, packages: &[Package], edit: &Edit) -> Option<Writes> {
    let mut ours = packages.iter().filter(|package| package.id.kind == Kind::Npm);
    let field = edit.field.as_str();
    if let Some(package) = ours.clone().find(|package| package.manifest == edit.path) {
        return Some(if field == "version" { VERSION } else { requirement(package, field) });
    }
    if path::name(&edit.path) == YARN_LOCK {
        // An entry is known by the requirements that lead to it, and they are sorted.
        return None;
    }
    let package = ours.find(|package| {
        let rest = field.strip_prefix(&package.id.name).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| {
            rest == "version" || TABLES.iter().any(|(table, _)| is_in(rest, table)) || is_in(rest, "requires")
        })
    })?;
    let rest = &field[package.id.name.len() + 1..];
    Some(match rest {
        "version" => VERSION,
        rest if path::name(&edit.path) == PNPM_LOCK && !declares(tree, package, rest) => wanted_beside(),
        rest => requirement(package, rest),
    })
}

const VERSION: Writes = Writes::Version(Spelling::SemVer);

fn is_in(field: &str, table: &str) -> bool {
    field.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

/// What a package only wants beside it is not raised by its own release.
fn requirement(package: &Package, field: &str) -> Writes {
    let peer = TABLES.iter().any(|(table, need)| *need == Need::Peer && is_in(field, table));
    if peer {
        return wanted_beside();
    }
    Writes::Requirement { rules: "npm", raised_by: RaisedBy::owner(Some(package)) }
}

fn wanted_beside() -> Writes {
    Writes::Requirement { rules: "npm", raised_by: RaisedBy::Nobody }
}

/// pnpm keeps what it installs for `peerDependencies` among the others.
fn declares(tree: &Tree, package: &Package, field: &str) -> bool {
    let json = tree.text(&package.manifest).and_then(|text| Json::parse(&package.manifest, text).ok());
    let keys = field.split_once('.');
    json.zip(keys).is_some_and(|(json, (table, name))| json.get(&[table, name]).is_some())
}
