//! Changes and graph → the next version of every component, each with the reason and the commits that show it.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::detect::Detected;
use crate::detect::history::History;
use crate::ecosystem;
use crate::fault::Faults;
use crate::model::{Component, Package, PackageId, Snapshot};
use crate::version::{Bump, Version};
use crate::workspace::Workspace;
pub use commits::{Judged, judge};
pub use guard::{is_past, refusal, unfit};
use own::Deciding;

mod commits;
mod dependents;
mod follow;
mod guard;
mod own;
mod settle;

/// What becomes of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Component.
    pub component: String,
    /// Version at its base.
    pub current: Version,
    /// Version to release; none when it is unchanged.
    pub next: Option<Version>,
    /// The step between them; none for a first release or a version that was asked for.
    pub bump: Option<Bump>,
    /// Why.
    pub reason: String,
    /// Components whose release makes this one necessary.
    pub causes: Vec<String>,
}

impl Next {
    /// The version that it has after the release.
    pub fn due(&self) -> &Version {
        self.next.as_ref().unwrap_or(&self.current)
    }
}

/// Decides the next versions.
///
/// # Errors
/// A next version that is tagged already, goes backwards, or that a registry would not take.
pub fn decide(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    detected: &Detected,
) -> Result<(Vec<Next>, Vec<Judged>), Faults> {
    decide_with(snapshot, workspace, config, detected, &|next| next)
}

/// Decides the next versions where `force` has the last word about what a component's own changes make of it.
///
/// # Errors
/// As `decide`.
pub fn decide_with(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    detected: &Detected,
    force: &dyn Fn(Next) -> Next,
) -> Result<(Vec<Next>, Vec<Judged>), Faults> {
    let judged = commits::judge(snapshot, detected, config);
    let history = History::new(snapshot);
    let packages: BTreeMap<&PackageId, &Package> =
        workspace.packages.iter().map(|package| (&package.id, package)).collect();
    let of = |component: &Component| -> Vec<&Package> {
        component.packages.iter().filter_map(|id| packages.get(id).copied()).collect()
    };
    let earlier = earlier_packages(snapshot, detected);
    let pairs = workspace.components.iter().zip(&detected.components);
    let all: Vec<Deciding> = pairs
        .map(|(component, change)| Deciding {
            snapshot,
            config,
            history: &history,
            earlier: &earlier,
            component,
            packages: of(component),
            change,
        })
        .collect();
    let mut of: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for one in &judged {
        one.components.iter().for_each(|name| of.entry(name).or_default().push(one));
    }
    let own_next = |deciding: &Deciding| {
        deciding.own_next(of.get(deciding.component.name.as_str()).map(Vec::as_slice).unwrap_or_default())
    };
    let mut faults = Faults::default();
    let own = all.iter().filter_map(|deciding| faults.take(own_next(deciding).map_err(Faults::from)));
    let own: Vec<Next> = own.map(force).collect();
    faults.or(())?;
    let next = settle::settle(&all, own)?;
    let mut faults = Faults::default();
    // With `--from` it is a question about the past, and nothing is released from the answer.
    for (deciding, one) in all.iter().zip(&next).filter(|_| snapshot.from.is_none()) {
        let Some(version) = &one.next else { continue };
        let backwards = guard::backwards(deciding, one, version);
        let leader = deciding.change.follow.as_ref().map(|follow| next[follow.of].due());
        let unfit = || guard::unfit(config, &one.component, version, leader?);
        faults.0.extend(backwards.or_else(unfit));
        faults.0.extend(guard::refused(deciding, version));
    }
    faults.or((next, judged))
}

/// The version of every package after the release.
pub fn package_versions(workspace: &Workspace, next: &[Next]) -> BTreeMap<PackageId, Version> {
    let released = released(workspace, next);
    let of = |package: &Package| released.get(&package.id).unwrap_or(&package.version).clone();
    workspace.packages.iter().map(|package| (package.id.clone(), of(package))).collect()
}

/// The packages at the bases of components that no tag gives a version. Many components have one such base together.
fn earlier_packages<'a>(snapshot: &'a Snapshot, detected: &'a Detected) -> BTreeMap<&'a str, Vec<Package>> {
    let untagged = detected.components.iter().filter(|change| change.base.version.is_none());
    let bases: BTreeSet<&str> = untagged.map(|change| change.base.commit.as_str()).collect();
    let discover = |base: &'a str| {
        let tree = snapshot.earlier.get(base)?;
        let found = ecosystem::all().filter_map(|ecosystem| ecosystem.discover(tree).ok()).flatten();
        Some((base, found.collect()))
    };
    bases.into_iter().filter_map(discover).collect()
}

/// The packages that are released, with their next versions; `next` in the order of the components.
pub fn released(workspace: &Workspace, next: &[Next]) -> BTreeMap<PackageId, Version> {
    let pairs = workspace.components.iter().zip(next);
    let components = pairs.filter_map(|(component, next)| Some((component, next.next.as_ref()?)));
    components
        .flat_map(|(component, version)| {
            component.packages.iter().map(move |id| (id.clone(), version.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests;
