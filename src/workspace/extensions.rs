//! Crates that are built into packages of another ecosystem: the extension of a Python package or a gem, and the
//! private crates that it is made of. They are released as that package, so their paths and what they need are its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecosystem;
use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree};
use crate::path;

/// What was found about extensions.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    /// Private crates, with the packages that they are built into.
    pub(super) part_of: BTreeMap<PackageId, BTreeSet<PackageId>>,
    /// The crate of an extension itself, with its package.
    pub(super) hosts: BTreeMap<PackageId, PackageId>,
}

/// Gives each package what its extension needs, and says which private crates are part of which packages. A crate that
/// can only be loaded is of no use to anybody but its package, so it is private whether it says so or not.
pub(super) fn attach(packages: &mut [Package], tree: &Tree) -> Extensions {
    let mut found = Extensions { hosts: hosts(packages, tree), ..Extensions::default() };
    for package in packages.iter_mut().filter(|package| package.publishable()) {
        if let Some(host) = found.hosts.get(&package.id)
            && ecosystem::of(package.id.kind).is_extension(tree, package)
        {
            package.publish = Publish::No(format!("built into {host}"));
        }
    }
    let by_id: BTreeMap<&PackageId, &Package> =
        packages.iter().map(|package| (&package.id, package)).collect();
    let mut needed: BTreeMap<PackageId, BTreeSet<Dependency>> = BTreeMap::new();
    for (extension, host) in &found.hosts {
        let needs = needed.entry(host.clone()).or_default();
        let mut pending = vec![by_id[extension]];
        let mut parts = BTreeSet::new();
        while let Some(part) = pending.pop() {
            if !parts.insert(&part.id) {
                continue;
            }
            if part.publishable() {
                // The extension itself, published as a crate too.
                let requirement = String::new();
                needs.insert(Dependency {
                    id: part.id.clone(),
                    need: Need::Build,
                    requirement,
                    published: true,
                });
            } else {
                found.part_of.entry(part.id.clone()).or_default().insert(host.clone());
            }
            for dependency in part.dependencies.iter().filter(|dependency| dependency.need != Need::Dev) {
                match by_id.get(&dependency.id) {
                    Some(other) if other.publishable() => {
                        needs.insert(Dependency { need: Need::Build, ..dependency.clone() });
                    }
                    Some(other) => pending.push(other),
                    None => {}
                }
            }
        }
    }
    for package in packages {
        package.dependencies.extend(needed.remove(&package.id).unwrap_or_default());
    }
    found
}

/// The package that each extension is for: the one that names it, else the one around it.
fn hosts(packages: &[Package], tree: &Tree) -> BTreeMap<PackageId, PackageId> {
    let others: Vec<&Package> =
        packages.iter().filter(|package| package.id.kind != Kind::Cargo && package.publishable()).collect();
    let named: BTreeMap<String, String> = ecosystem::all()
        .flat_map(|ecosystem| ecosystem.extensions(tree))
        .flat_map(|(host, crates)| crates.into_iter().map(move |manifest| (manifest, host.clone())))
        .collect();
    let host = |extension: &Package| {
        let naming = named.get(&extension.manifest);
        let naming = naming.and_then(|host| others.iter().find(|package| &package.manifest == host));
        naming.or_else(|| around(&others, extension)).map(|host| (extension.id.clone(), host.id.clone()))
    };
    packages.iter().filter(|package| package.id.kind == Kind::Cargo).filter_map(host).collect()
}

/// The published package that a crate lies in. That a project at the root of the repository has crates somewhere below
/// says nothing; one beside its manifest does.
fn around<'a, 'p>(others: &'a [&'p Package], extension: &Package) -> Option<&'a &'p Package> {
    let around = others.iter().filter(|package| {
        package.dir == extension.dir
            || (!package.dir.is_empty() && path::is_within(&extension.dir, &package.dir))
    });
    around.max_by_key(|package| package.dir.len())
}
