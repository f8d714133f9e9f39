//! Asks a registry what it has of a version: three answers, and "I cannot say" is never "not there".

use std::collections::BTreeMap;

use crate::effect::Response;
use crate::fault::{Fault, Faults};
use crate::registry::{self, Presence, Registry, Target, Wanted};
use crate::version::Version;
use crate::world::World;

pub mod online;

/// What a registry has of one version of a package.
///
/// # Errors
/// The registry did not say.
pub fn ask(world: &dyn World, target: &Target, wanted: &Wanted) -> Result<Presence, Fault> {
    question(world, target, wanted.name, &|registry, response| match registry.answer(response, wanted) {
        Presence::Unknown(why) => Err(why),
        presence => Ok(presence),
    })
}

/// Every version that a registry has of a package.
///
/// # Errors
/// The registry did not say.
pub fn versions(world: &dyn World, target: &Target, name: &str) -> Result<Vec<Version>, Fault> {
    question(world, target, name, &|registry, response| registry.versions(response, name))
}

fn question<T>(
    world: &dyn World,
    target: &Target,
    name: &str,
    read: &dyn Fn(&dyn Registry, &Response) -> Result<T, String>,
) -> Result<T, Fault> {
    let registry = registry::of(target.kind);
    let request = registry.question(&target.index, name);
    let cannot = |why: String| {
        let fault = Fault::outside(format!("cannot ask `{}` for `{name}`", target.name)).because(why);
        fault.help(format!(
            "nothing was uploaded for it; check `{}`, then run the same command again",
            request.url
        ))
    };
    let response = world.send(&request).map_err(|fault| cannot(fault.cause.unwrap_or(fault.message)))?;
    read(registry, &response).map_err(cannot)
}

/// One registry that is down is one fault, not one for each package; each fault with the registry that it is of.
pub fn by_registry(silent: Vec<(&str, Fault)>) -> Faults {
    let mut groups: BTreeMap<(&str, Option<String>), Vec<Fault>> = BTreeMap::new();
    for (registry, fault) in silent {
        groups.entry((registry, fault.cause.clone())).or_default().push(fault);
    }
    let one = |faults: Vec<Fault>| {
        let more = faults.len() - 1;
        let first = faults.into_iter().next()?;
        let and = if more > 0 { format!(", nor for {more} more") } else { String::new() };
        Some(Fault { message: first.message + &and, ..first })
    };
    Faults(groups.into_values().filter_map(one).collect())
}
