//! What the edits of gemspecs, Gemfiles, version files and Gemfile.lock are.

use super::discover::open;
use super::{gemfile, lock};
use crate::ecosystem::writes::{RaisedBy, Spelling, Writes};
use crate::effect::Edit;
use crate::model::{Kind, Need, Package, Tree};
use crate::path;

pub(super) fn writes(tree: &Tree, packages: &[Package], edit: &Edit) -> Option<Writes> {
    let is_ours = |package: &&Package| package.id.kind == Kind::Gem;
    let named = |name: &str| packages.iter().filter(is_ours).find(|package| package.id.name == name);
    if lock::NAMES.contains(&path::name(&edit.path)) {
        if edit.from.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(Writes::Version(Spelling::GemWithPlatform));
        }
        let text = tree.text(&edit.path)?;
        let above =
            lock::lines(&edit.path, text).into_iter().take_while(|line| line.range.start <= edit.start);
        let (mut owner, mut role) = (None, lock::Role::Asked);
        for line in above {
            role = line.role;
            owner = if role == lock::Role::Spec { Some(line.name) } else { owner };
        }
        return match role {
            lock::Role::Needs => Some(requirement(named(owner?))),
            _ => Some(requirement(asks(tree, packages, edit))),
        };
    }
    let by_manifest = packages.iter().filter(is_ours).find(|package| package.manifest == edit.path);
    match edit.field.as_str() {
        _ if gemfile::NAMES.contains(&path::name(&edit.path)) => Some(requirement(None)),
        "version" => Some(Writes::Version(Spelling::Gem)),
        _ => Some(requirement(Some(by_manifest?))),
    }
}

fn requirement(owner: Option<&Package>) -> Writes {
    Writes::Requirement { rules: "gem", raised_by: RaisedBy::owner(owner) }
}

/// The gem beside a lock that asks for another for its development; none where the Gemfile does.
fn asks<'a>(tree: &Tree, packages: &'a [Package], edit: &Edit) -> Option<&'a Package> {
    let dir = path::parent(&edit.path);
    let gemfile = gemfile::of(dir, |file| tree.texts.contains_key(file));
    let text = gemfile.and_then(|file| tree.text(&file)).unwrap_or_default();
    if gemfile::local(text).iter().any(|line| line.name == edit.field && !line.clauses.is_empty()) {
        return None;
    }
    packages.iter().filter(|package| package.id.kind == Kind::Gem && package.dir == dir).find(|package| {
        let gem = open(tree, package);
        gem.spec
            .iter()
            .flat_map(|spec| spec.needed().0)
            .any(|needed| needed.need == Need::Dev && needed.name.text == edit.field)
    })
}
