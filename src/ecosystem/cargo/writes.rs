//! What the edits of cargo manifests and of Cargo.lock are.

use super::LOCK;
use crate::ecosystem::writes::{RaisedBy, Spelling, Writes};
use crate::effect::Edit;
use crate::model::{Kind, Need, Package, Tree};
use crate::path;

pub(super) fn writes(_: &Tree, packages: &[Package], edit: &Edit) -> Option<Writes> {
    let owned = ["package.version", "workspace.package.version"].contains(&edit.field.as_str());
    if owned || path::name(&edit.path) == LOCK {
        return Some(Writes::Version(Spelling::SemVer));
    }
    let ours = || packages.iter().filter(|package| package.id.kind == Kind::Cargo);
    let raised_by = if edit.field.starts_with("workspace.") {
        let dir = path::parent(&edit.path);
        let members = ours().filter(|package| package.workspace == dir && package.publishable());
        RaisedBy::All(members.map(|package| package.id.clone()).collect())
    } else {
        RaisedBy::owner(ours().find(|package| package.manifest == edit.path))
    };
    if edit.start < edit.end {
        return Some(Writes::Requirement { rules: "cargo", raised_by });
    }
    // On a line of its own, what comes next would be another place.
    edit.text.starts_with(", version = ").then_some(())?;
    let key = edit.field.strip_suffix(".version")?.rsplit('.').next()?;
    let needs = |package: &&Package| {
        let published = package.dependencies.iter().filter(|needed| needed.need != Need::Dev);
        package.publishable() && published.map(|needed| needed.id.name.as_str()).any(|name| name == key)
    };
    let dir = path::parent(&edit.path);
    let is_user = |package: &&Package| match edit.field.starts_with("workspace.") {
        true => package.workspace == dir && needs(package),
        false => package.manifest == edit.path && package.publishable(),
    };
    let users = ours().filter(is_user).map(|package| package.id.clone()).collect();
    Some(Writes::Missing { users, raised_by })
}
