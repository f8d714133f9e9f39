//! Asks what registries say of many packages, side by side. What could not be had does not hide what could.

use std::collections::BTreeMap;

use super::{Known, by_registry, insist, known, trust};
use crate::fault::Faults;
use crate::model::{Package, PackageId};
use crate::parallel;
use crate::registry::{Presence, Wanted};
use crate::releases::status::State;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

/// Questions to registries at once.
const JOBS: usize = 8;

/// What registries say of packages, by id.
pub type All = BTreeMap<PackageId, Known>;

/// Asks for packages; beside the answers, a fault for each registry that gave none.
///
/// # Errors
/// A registry that nobody knows.
pub fn all(world: &dyn World, reading: &Reading, packages: &[&Package]) -> Result<(All, Faults), Faults> {
    let (root, config) = (&reading.snapshot.root, &reading.config);
    let targets = trust::targets(world, root, config, packages.iter().copied(), &|_| None)?;
    let ask = |package: &&Package| {
        let target = targets.get(package.registry()?)?;
        let answer = insist(world, config.publish.patience, &|| known(world, target, &package.id.name));
        Some((package.id.clone(), target, answer))
    };
    let asked = parallel::map(JOBS, packages, ask).into_iter().flatten();
    let (mut found, mut silent) = (All::new(), Vec::new());
    for (id, target, answer) in asked {
        match answer {
            Ok(known) => drop(found.insert(id, known)),
            Err(fault) => silent.push((target.name.as_str(), fault)),
        }
    }
    Ok((found, by_registry(silent)))
}

/// What a registry has of a version of a package.
pub fn state(all: &All, package: &Package, version: &Version) -> State {
    let Some(known) = all.get(&package.id) else { return State::NotKnown };
    if let Some(why) = known.taken_back(version) {
        return State::TakenBack(why.to_string());
    }
    match known.presence(&Wanted::of(package, version)) {
        Presence::Live(_) => State::Live,
        Presence::Partial(_) => State::Partly,
        Presence::Absent => State::Absent,
        Presence::Unknown(_) => State::NotKnown,
    }
}
