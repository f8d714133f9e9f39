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
    loop {
        let released = released(workspace, next);
        let mut grown = false;
        for (component, next) in
            workspace.components.iter().zip(next.iter_mut()).filter(|(_, next)| next.next.is_none())
        {
            let pin = config.component(&component.name).and_then(|rules| rules.pin);
            let packages = component.packages.iter().filter_map(|id| workspace.package(id));
            let causes: BTreeSet<&PackageId> =
                packages.flat_map(|package| needed_again(package, pin, &released)).collect();
            if causes.is_empty() {
                continue;
            }
            let names: Vec<String> =
                causes.iter().map(|id| format!("{} {}", id.name, released[*id])).collect();
            let of: BTreeSet<&str> = causes
                .iter()
                .filter_map(|id| workspace.component_of(id))
                .map(|component| component.name.as_str())
                .collect();
            next.next = Some(next.current.bumped(Bump::Patch));
            next.bump = Some(Bump::Patch);
            next.reason = format!("depends on {}", names.join(", "));
            next.causes = of.into_iter().map(str::to_string).collect();
            grown = true;
        }
        if !grown {
            return;
        }
    }
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
        // An exact pin is another requirement with every version.
        released.get(&dependency.id).is_some_and(|version| match (pin, dependency.need) {
            (Pin::Exact, Need::Normal | Need::Optional) => true,
            _ => !ecosystem.accepts(&dependency.requirement, version),
        })
    });
    outdated.map(|dependency| &dependency.id).collect()
}
