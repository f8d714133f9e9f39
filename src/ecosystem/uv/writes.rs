//! What the edits of Python manifests and of uv.lock are.

use crate::ecosystem::writes::{RaisedBy, Spelling, Writes};
use crate::effect::Edit;
use crate::model::{Kind, Package, Tree};
use crate::registry::pypi::normalized;

pub(super) fn writes(_: &Tree, packages: &[Package], edit: &Edit) -> Option<Writes> {
    let mut ours = packages.iter().filter(|package| package.id.kind == Kind::Uv);
    if let Some(name) = edit.field.strip_suffix(".requires-dist") {
        let owner = ours.find(|package| normalized(&package.id.name) == name)?;
        return Some(requirement(owner));
    }
    if edit.field == "version" || edit.field.ends_with(".version") {
        return Some(Writes::Version(Spelling::Pep440));
    }
    ours.find(|package| package.manifest == edit.path).map(requirement)
}

fn requirement(owner: &Package) -> Writes {
    Writes::Requirement { rules: "uv", raised_by: RaisedBy::owner(Some(owner)) }
}
