//! Dependents of what is released: those that would no longer fit get a patch, to a fixpoint.

use std::collections::{BTreeMap, BTreeSet};

use super::{Next, released};
use crate::config::{Config, Pin};
use crate::ecosystem;
use crate::model::{Need, Package, PackageId};
use crate::version::{Bump, Version};
use crate::workspace::Workspace;

/// Dependents of what is released get a patch where what they publish would no longer fit; to a fixpoint.
pub(super) fn propagate(workspace: &Workspace, config: &Config, next: &mut [Next]) {
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    loop {
        let released = released(workspace, next);
        let left = (0..next.len()).filter(|place| next[*place].next.is_none());
        let found: Vec<usize> = left
            .filter(|place| !causes(workspace, config, &next[*place], *place, &released).is_empty())
            .collect();
        if found.is_empty() {
            break;
        }
        for place in found {
            next[place].next = Some(next[place].current.bumped(Bump::Patch));
            next[place].bump = Some(Bump::Patch);
            reached.insert(place);
        }
    }
    // Only now is everything known that makes each of them necessary.
    let released = released(workspace, next);
    for place in reached {
        let causes = causes(workspace, config, &next[place], place, &released);
        let names: Vec<String> = causes.iter().map(|id| format!("{} {}", id.name, released[*id])).collect();
        let of = causes.iter().filter_map(|id| workspace.component_of(id));
        let of: BTreeSet<String> = of.map(|component| component.name.clone()).collect();
        next[place].reason = format!("depends on {}", names.join(", "));
        next[place].causes = of.into_iter().filter(|name| *name != next[place].component).collect();
    }
}

/// The released packages that make a release of a component necessary.
fn causes<'a>(
    workspace: &'a Workspace,
    config: &Config,
    next: &Next,
    place: usize,
    released: &BTreeMap<PackageId, Version>,
) -> BTreeSet<&'a PackageId> {
    let component = &workspace.components[place];
    let pin = config.component(&component.name).and_then(|rules| rules.pin);
    let packages: Vec<&Package> = component.packages.iter().filter_map(|id| workspace.package(id)).collect();
    let patch = next.current.bumped(Bump::Patch);
    let bumped = packages.iter().any(|package| package.version == patch);
    let of = |package: &&'a Package| {
        let again = needed_again(package, pin, released);
        if bumped { [again, bumped_for(package, workspace, released)].concat() } else { again }
    };
    let found = packages.iter().flat_map(of);
    found.filter(|id| !component.packages.contains(id)).collect()
}

/// What a package that holds its patch already was bumped for. Once a bump is committed, requirements fit again; that
/// they were edited shows only in the versions on both sides, and the answer has to stay the same.
fn bumped_for<'a>(
    package: &'a Package,
    workspace: &Workspace,
    released: &BTreeMap<PackageId, Version>,
) -> Vec<&'a PackageId> {
    let holds_next = |id: &PackageId| {
        workspace.package(id).is_some_and(|needed| released.get(id) == Some(&needed.version))
    };
    let needed = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
    needed.map(|dependency| &dependency.id).filter(|id| holds_next(id)).collect()
}

/// The released packages that `package` would no longer fit as it was last published.
fn needed_again<'a>(
    package: &'a Package,
    pin: Option<Pin>,
    released: &BTreeMap<PackageId, Version>,
) -> Vec<&'a PackageId> {
    let ecosystem = ecosystem::of(package.id.kind);
    let pin = pin.unwrap_or(ecosystem.default_pin());
    let published = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
    let outdated = published.filter(|dependency| {
        // What is compiled into a package of another ecosystem reaches its users only with that package. An exact
        // pin is another requirement with every version.
        released.get(&dependency.id).is_some_and(|version| match (pin, dependency.need) {
            _ if dependency.id.kind != package.id.kind => true,
            (Pin::Exact, Need::Normal | Need::Optional) => true,
            _ => !ecosystem.accepts(&dependency.requirement, version),
        })
    });
    outdated.map(|dependency| &dependency.id).collect()
}
