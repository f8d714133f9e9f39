//! Compares a plan with what the registries have: a version is free, and nothing has gone past it.

use super::all::all;
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::Package;
use crate::plan::{Finding, Plan, PlannedPackage};
use crate::preflight::registries::behind;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

/// What is to be known about planned versions that are there already.
///
/// # Errors
/// Versions that are used up or passed by, and registries that did not say.
pub fn compare(world: &dyn World, reading: &Reading, plan: &Plan) -> Result<Vec<Finding>, Faults> {
    let planned = plan.packages.iter().filter_map(|planned| {
        let (next, registry) = (planned.next.as_ref()?, planned.registry.as_deref()?);
        Some((planned, next, registry, reading.workspace.package(&planned.id)?))
    });
    let planned: Vec<_> = planned.collect();
    let packages: Vec<&Package> = planned.iter().map(|(_, _, _, package)| *package).collect();
    let (known, silent) = all(world, reading, &packages)?;
    let (mut findings, mut faults) = (Vec::new(), Faults::default());
    for (planned, next, registry, package) in planned {
        let Some(known) = known.get(&package.id) else { continue };
        match judge(planned, next, registry, &known.versions) {
            Ok(finding) => findings.extend(finding),
            Err(fault) => faults.push(fault),
        }
    }
    faults.0.extend(silent.0);
    faults.or(findings)
}

/// A version that the manifest holds and the registry has is one that was published and not tagged yet.
fn judge(
    package: &PlannedPackage,
    next: &Version,
    registry: &str,
    there: &[Version],
) -> Result<Option<Finding>, Fault> {
    let ecosystem = ecosystem::of(package.id.kind);
    let (id, spelled) = (&package.id, ecosystem.spell(next));
    if there.iter().any(|other| ecosystem.same(other, next)) {
        let message = format!("`{id}` {spelled} is on `{registry}` already");
        if ecosystem.same(&package.current, next) {
            let message = format!("{message}, and it has no tag; `castoff tag` makes it");
            return Ok(Some(Finding::new("published-without-tag", message)));
        }
        let fault = Fault::outside(message).because("no tag says which commit it was published from");
        return Err(fault
            .help(format!("tag that commit, or name a free version: `castoff bump {}=VERSION`", id.name)));
    }
    behind(id, next, registry, there).map_or(Ok(None), Err)
}
