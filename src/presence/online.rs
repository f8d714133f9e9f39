//! Compares a plan with what the registries have: a version is free, and nothing has gone past it.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::{by_registry, insist, versions};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::plan::{Finding, Plan, PlannedPackage};
use crate::preflight::registries::behind;
use crate::registry;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

/// Questions to registries at once.
const JOBS: usize = 8;

/// What is to be known about planned versions that are there already.
///
/// # Errors
/// Versions that are used up or passed by, and registries that did not say.
pub fn compare(world: &dyn World, reading: &Reading, plan: &Plan) -> Result<Vec<Finding>, Faults> {
    let mut faults = Faults::default();
    let mut asked = Vec::new();
    for package in &plan.packages {
        let (Some(next), Some(registry)) = (&package.next, package.registry.as_deref()) else { continue };
        let target = registry::target(registry, package.id.kind, &reading.config, &|_| None);
        asked.extend(faults.take(target).map(|target| (package, next, registry, target)));
    }
    faults.or(())?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(JOBS).build();
    let pool = pool.map_err(|error| Fault::outside("cannot start workers").because(error.to_string()))?;
    let answers: Vec<Result<Vec<Version>, Fault>> = pool.install(|| {
        let patience = reading.config.publish.patience;
        let ask = |target, name| insist(world, patience, &|| versions(world, target, name));
        asked.par_iter().map(|(package, _, _, target)| ask(target, &package.id.name)).collect()
    });
    let (mut findings, mut faults, mut silent) = (Vec::new(), Faults::default(), Vec::new());
    for ((package, next, registry, _), answer) in asked.iter().zip(answers) {
        match answer.map(|there| judge(package, next, registry, &there)) {
            Ok(Ok(finding)) => findings.extend(finding),
            Ok(Err(fault)) => faults.push(fault),
            Err(fault) => silent.push((*registry, fault)),
        }
    }
    faults.0.extend(by_registry(silent).0);
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
