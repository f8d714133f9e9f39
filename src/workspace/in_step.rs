//! Private packages that go with a version: the crate of an extension that has its package's, and what a component's
//! rules name beside its published packages. Whoever keeps them equal by hand would have to do it after every release;
//! one that differs is left alone, for it has a life of its own.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::model::{Package, PackageId};
use crate::pattern::Pattern;

/// Private packages, each with the published one whose version it goes with.
pub(super) fn find(
    packages: &[Package],
    config: &Config,
    hosts: &BTreeMap<PackageId, PackageId>,
) -> BTreeMap<PackageId, PackageId> {
    let by_id: BTreeMap<&PackageId, &Package> =
        packages.iter().map(|package| (&package.id, package)).collect();
    let private = |id: &PackageId| by_id.get(id).filter(|package| !package.publishable());
    let equal = |(id, host): (&PackageId, &PackageId)| {
        (private(id)?.version == by_id.get(host)?.version).then(|| (id.clone(), host.clone()))
    };
    let mut found: BTreeMap<PackageId, PackageId> = hosts.iter().filter_map(equal).collect();
    for rules in &config.components {
        let patterns: Vec<Pattern> =
            rules.packages.iter().filter_map(|text| Pattern::new(text).ok()).collect();
        let named: Vec<&Package> = packages
            .iter()
            .filter(|package| {
                let id = package.id.to_string();
                patterns.iter().any(|pattern| pattern.matches(&id) || pattern.matches(&package.id.name))
            })
            .collect();
        let leaders: Vec<&&Package> = named.iter().filter(|package| package.publishable()).collect();
        for package in named.iter().filter(|package| !package.publishable()) {
            if let Some(leader) = leaders.iter().find(|leader| leader.version == package.version) {
                found.insert(package.id.clone(), leader.id.clone());
            }
        }
    }
    found
}
