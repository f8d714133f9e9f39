//! Dependents of what is released: those that would no longer fit get a patch.

use std::collections::{BTreeMap, BTreeSet};

use super::Next;
use super::own::Deciding;
use crate::config::Pin;
use crate::ecosystem;
use crate::model::{Need, Package, PackageId};
use crate::version::{Bump, Pre, Version};

/// The versions of what is released.
pub(super) type Released = BTreeMap<PackageId, Version>;

/// What dependencies make of a component.
#[derive(Clone, Debug)]
pub(super) struct Dependent {
    /// Its version, where nothing else decides about it.
    pub(super) version: Version,
    /// The pre-release that it needs.
    pub(super) pre: Option<Pre>,
    /// Why.
    pub(super) reason: String,
    /// The components that make it necessary.
    pub(super) causes: Vec<String>,
}

/// What becomes of a component, from its own changes and its dependencies. What needs a pre-release is none that should
/// be taken for final.
pub(super) fn with(own: &Next, dependent: Option<&Dependent>) -> Next {
    match (&own.next, dependent) {
        (None, Some(Dependent { version, reason, causes, .. })) => Next {
            next: Some(version.clone()),
            bump: Some(Bump::Patch),
            reason: reason.clone(),
            causes: causes.clone(),
            ..own.clone()
        },
        (Some(next), Some(Dependent { pre: Some(pre), .. })) if !next.is_pre() => {
            Next { next: Some(next.candidate(pre)), ..own.clone() }
        }
        _ => own.clone(),
    }
}

/// What the release of `causes` makes of a component.
pub(super) fn dependent(
    own: &Next,
    causes: &[&PackageId],
    released: &Released,
    component: &dyn Fn(&PackageId) -> String,
) -> Option<Dependent> {
    if causes.is_empty() {
        return None;
    }
    let pre = causes.iter().find_map(|id| released[*id].pre.clone());
    let version = match &pre {
        Some(pre) if !own.current.is_pre() => own.current.bumped(Bump::Patch).candidate(pre),
        _ => own.current.advanced(Bump::Patch),
    };
    let names: Vec<String> = causes.iter().map(|id| format!("{} {}", id.name, released[*id])).collect();
    let causes: BTreeSet<String> = causes.iter().map(|id| component(id)).collect();
    let reason = format!("depends on {}", names.join(", "));
    Some(Dependent { version, pre, reason, causes: causes.into_iter().collect() })
}

/// The released packages that make a release of a component necessary, whose version at its base is `current`.
pub(super) fn causes<'a>(
    deciding: &Deciding<'a>,
    current: &Version,
    released: &Released,
    holds_next: &dyn Fn(&PackageId) -> bool,
) -> BTreeSet<&'a PackageId> {
    let pin = deciding.config.pin(&deciding.component.name);
    let patch = current.advanced(Bump::Patch);
    let is_patch =
        |version: &Version| *version == patch || (version.is_pre() && version.finalised() == patch);
    let bumped = deciding.packages.iter().any(|package| is_patch(&package.version));
    let of = |package: &&'a Package| {
        let again = needed_again(package, pin, released);
        if bumped { [again, bumped_for(package, holds_next)].concat() } else { again }
    };
    deciding.packages.iter().flat_map(of).collect()
}

/// What a package that holds its patch already was bumped for. Once a bump is committed, requirements fit again; that
/// they were edited shows only in the versions on both sides, and the answer has to stay the same.
fn bumped_for<'a>(package: &'a Package, holds_next: &dyn Fn(&PackageId) -> bool) -> Vec<&'a PackageId> {
    let needed = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
    needed.map(|dependency| &dependency.id).filter(|id| holds_next(id)).collect()
}

/// The released packages that `package` would no longer fit as it was last published.
fn needed_again<'a>(package: &'a Package, pin: Option<Pin>, released: &Released) -> Vec<&'a PackageId> {
    let ecosystem = ecosystem::of(package.id.kind);
    let pin = pin.unwrap_or(ecosystem.default_pin());
    let published = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
    let outdated = published.filter(|dependency| {
        // What is compiled into a package of another ecosystem reaches its users only with that package. A pin is
        // another requirement with every version.
        released.get(&dependency.id).is_some_and(|version| match (pin, dependency.need) {
            _ if dependency.id.kind != package.id.kind => true,
            (Pin::Exact | Pin::Compatible, Need::Normal | Need::Optional) => true,
            _ => !ecosystem.accepts(&dependency.requirement, version),
        })
    });
    outdated.map(|dependency| &dependency.id).collect()
}
