//! Which package of the repository a requirement leads to. Reading and editing ask the same question, so that what is
//! ordered, edited and pinned is always the same.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, StringLit};

use super::requirement::{Spec, accepts};
use crate::edit::json::{get, strings};
use crate::model::{Kind, Need, Package, PackageId};
use crate::path;
use crate::version::Version;

/// A package as others may need it.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) dir: &'a str,
    pub(super) workspace: &'a str,
    pub(super) version: &'a Version,
}

impl Member<'_> {
    pub(super) fn id(&self) -> PackageId {
        PackageId::new(Kind::Npm, self.name)
    }
}

/// All of them, by name and by directory.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    by_name: BTreeMap<&'a str, Vec<Member<'a>>>,
    by_dir: BTreeMap<&'a str, Member<'a>>,
}

/// Where a requirement stands: the directory of its manifest, and of the workspace around that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) dir: &'a str,
    pub(super) workspace: &'a str,
}

/// One line in which a manifest needs something.
#[derive(Debug)]
pub(super) struct Line<'o, 'a> {
    pub(super) table: &'static str,
    pub(super) name: &'o str,
    pub(super) string: &'o StringLit<'a>,
    pub(super) need: Need,
}

impl Line<'_, '_> {
    pub(super) fn field(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }
}

/// The tables of a manifest, and what the packages in them are for.
pub(super) const TABLES: [(&str, Need); 4] = [
    ("dependencies", Need::Normal),
    ("optionalDependencies", Need::Optional),
    ("peerDependencies", Need::Peer),
    ("devDependencies", Need::Dev),
];

/// Every requirement in a manifest, or in the copy of one that a lock holds.
pub(super) fn lines<'o, 'a>(manifest: &'o Object<'a>) -> impl Iterator<Item = Line<'o, 'a>> {
    TABLES.into_iter().flat_map(move |(table, need)| {
        let entries = strings(get(manifest, table).and_then(|value| value.as_object()));
        entries.map(move |(name, string)| Line { table, name, string, need })
    })
}

impl<'a> Members<'a> {
    pub(super) fn new(members: impl IntoIterator<Item = Member<'a>>) -> Members<'a> {
        let mut all = Members::default();
        for member in members {
            all.by_name.entry(member.name).or_default().push(member.clone());
            all.by_dir.insert(member.dir, member);
        }
        all
    }

    pub(super) fn of(packages: &'a [&Package]) -> Members<'a> {
        Members::new(packages.iter().map(|package| Member {
            name: &package.id.name,
            dir: &package.dir,
            workspace: &package.workspace,
            version: &package.version,
        }))
    }

    pub(super) fn at(&self, dir: &str) -> Option<&Member<'a>> {
        self.by_dir.get(dir)
    }

    /// The package that a requirement leads to, and what it says. A range leads to the package of that name where it
    /// allows its version (then clients link it), or will as soon as a pre-release is final; else it is for a registry.
    pub(super) fn needed<'s>(
        &self,
        place: Place,
        name: &str,
        text: &'s str,
        need: Need,
    ) -> Option<(&Member<'a>, Spec<'s>)> {
        let spec = Spec::parse(text);
        let found = match spec {
            Spec::Path(written) => self.at(&path::resolve(place.dir, written)?)?,
            Spec::Workspace { name: alias, .. } => {
                self.named(alias.unwrap_or(name), place).filter(|found| found.workspace == place.workspace)?
            }
            Spec::Range(range) => {
                let links = |member: &&Member| need == Need::Peer || is_for(range, member.version);
                self.named(name, place).filter(links)?
            }
            Spec::Other => return None,
        };
        (found.dir != place.dir).then_some((found, spec))
    }

    /// The one of the same workspace before all others.
    fn named(&self, name: &str, place: Place) -> Option<&Member<'a>> {
        let found = self.by_name.get(name)?;
        found.iter().find(|member| member.workspace == place.workspace).or(found.first())
    }
}

fn is_for(range: &str, version: &Version) -> bool {
    let finished = version.finalised();
    accepts(range, version) || accepts(range, &finished)
}
