//! Crates that are built into packages of another ecosystem: the extension module of a Python package, and the private
//! crates that it is made of. They are released as that package, so their paths and what they need are its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Dependency, Kind, Need, Package, PackageId};
use crate::path;

/// Gives each package what its extension needs, and says which private crates are part of which packages.
pub(super) fn attach(packages: &mut [Package]) -> BTreeMap<PackageId, BTreeSet<PackageId>> {
    let mut part_of: BTreeMap<PackageId, BTreeSet<PackageId>> = BTreeMap::new();
    let mut needed: BTreeMap<PackageId, BTreeSet<Dependency>> = BTreeMap::new();
    for extension in packages.iter().filter(|package| package.id.kind == Kind::Cargo) {
        let Some(host) = host(packages, extension) else { continue };
        let mut pending = vec![extension];
        let mut parts = BTreeSet::new();
        while let Some(part) = pending.pop() {
            if !parts.insert(&part.id) {
                continue;
            }
            if !part.publishable() {
                part_of.entry(part.id.clone()).or_default().insert(host.id.clone());
            }
            for dependency in part.dependencies.iter().filter(|dependency| dependency.need != Need::Dev) {
                let Some(other) = packages.iter().find(|other| other.id == dependency.id) else { continue };
                if other.publishable() {
                    let built_in = Dependency { need: Need::Build, ..dependency.clone() };
                    needed.entry(host.id.clone()).or_default().insert(built_in);
                } else {
                    pending.push(other);
                }
            }
        }
    }
    for package in packages {
        package.dependencies.extend(needed.remove(&package.id).unwrap_or_default());
    }
    part_of
}

/// The published package that a crate lies in. That a project at the root of the repository has crates somewhere below
/// says nothing; one beside its manifest does.
fn host<'a>(packages: &'a [Package], extension: &Package) -> Option<&'a Package> {
    let others = packages.iter().filter(|package| package.id.kind != Kind::Cargo && package.publishable());
    let around = others.filter(|package| {
        package.dir == extension.dir
            || (!package.dir.is_empty() && path::is_within(&extension.dir, &package.dir))
    });
    around.max_by_key(|package| package.dir.len())
}
