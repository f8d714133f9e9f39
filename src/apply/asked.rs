//! What a user asks to bump, and to which version: words of a command line → versions of packages.

use std::collections::BTreeMap;

use crate::config::{ComponentRules, Pin, Scheme};
use crate::ecosystem;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Component, Package, PackageId};
use crate::plan::Plan;
use crate::snapshot::Reading;
use crate::version::{Bump, Level, NotAVersion, Pre, Version};
use crate::versions::{self, Next};
use crate::workspace::Workspace;

/// The packages that a user asks to bump, and to which version.
///
/// # Errors
/// Names and versions that mean nothing, and versions that cannot be.
pub fn asked(
    reading: &Reading,
    plan: &Plan,
    words: &[String],
    all: bool,
) -> Result<BTreeMap<PackageId, Version>, Faults> {
    let mut faults = Faults::default();
    let mut chosen: BTreeMap<&str, Version> = BTreeMap::new();
    if words.is_empty() {
        chosen.extend(
            plan.versions.iter().filter_map(|next| Some((next.component.as_str(), next.next.clone()?))),
        );
    }
    for word in words {
        let (name, to) = word.split_once('=').map_or((word.as_str(), None), |(name, to)| (name, Some(to)));
        let one = Wish::named(reading, plan, name).map_err(Faults::from).and_then(|wish| wish.version(to));
        chosen.extend(faults.take(one));
    }
    if all {
        let next = faults.take(forced(reading, plan, &|_| true)).unwrap_or_default();
        for (component, next) in reading.workspace.components.iter().zip(next) {
            chosen.entry(&component.name).or_insert(next.next.unwrap_or(next.current));
        }
    }
    faults.0.extend(unfit(reading, plan, &chosen));
    faults.or(of_packages(reading, &chosen))
}

/// The versions that words name, by component.
pub fn given<'a>(workspace: &'a Workspace, words: &[String]) -> BTreeMap<&'a str, Version> {
    let one = |word: &String| {
        let (name, text) = word.split_once('=')?;
        let named = |component: &&Component| component.name == name;
        let component = workspace.components.iter().find(named);
        let component = component.or_else(|| workspace.component_of(&workspace.named(name).ok()?.id))?;
        Some((component.name.as_str(), text.parse().ok()?))
    };
    words.iter().filter_map(one).collect()
}

/// What a component gets where its version is given.
pub fn forced_to(given: &BTreeMap<&str, Version>, next: Next) -> Next {
    match given.get(next.component.as_str()) {
        Some(version) => Next { next: Some(version.clone()), bump: None, ..next },
        None => next,
    }
}

/// The packages of release candidates, each with the final version that it stands before; without names all of them.
///
/// # Errors
/// Names that mean nothing, and components that are at no pre-release.
pub fn promoted(
    reading: &Reading,
    plan: &Plan,
    names: &[String],
) -> Result<BTreeMap<PackageId, Version>, Faults> {
    let mut faults = Faults::default();
    let mut chosen: BTreeMap<&str, Version> = BTreeMap::new();
    let wishes: Vec<Wish> = if names.is_empty() {
        let all = reading.workspace.components.iter().map(|component| Wish::new(reading, plan, component));
        all.filter(|wish| wish.at.is_counted()).collect()
    } else {
        let named = |name: &String| faults.take(Wish::named(reading, plan, name).map_err(Faults::from));
        names.iter().filter_map(named).collect()
    };
    for wish in &wishes {
        chosen.extend(faults.take(wish.version(Some("final"))));
    }
    faults.0.extend(unfit(reading, plan, &chosen));
    faults.or(of_packages(reading, &chosen))
}

/// The components that are not bumped, although what is written makes their manifests require another version, with what
/// they require. Once that is committed their requirements fit, so no later plan releases them for it. Where what is
/// published is pinned it does.
pub fn left_behind(
    reading: &Reading,
    plan: &Plan,
    next: &BTreeMap<PackageId, Version>,
    edits: &[Edit],
) -> Vec<String> {
    let stays = |component: &&Component| {
        let mut members = component.packages.iter().filter_map(|id| reading.workspace.package(id));
        let pin = reading.config.pin(&component.name);
        let is_kept = |id: &PackageId| pin.unwrap_or(ecosystem::of(id.kind).default_pin()) == Pin::Keep;
        let edited = |package: &Package| {
            is_kept(&package.id) && edits.iter().any(|edit| edit.path == package.manifest)
        };
        let decided = plan.versions.iter().find(|next| next.component == component.name);
        let due = decided.and_then(|next| next.next.as_ref());
        // Its own changes will release it, or it has that version already.
        let anyway = decided.is_some_and(|next| due.is_some() && next.causes.is_empty());
        !anyway && members.any(|it| !next.contains_key(&it.id) && edited(it) && due != Some(&it.version))
    };
    reading.workspace.components.iter().filter(stays).map(|component| component.name.clone()).collect()
}

fn of_packages(reading: &Reading, chosen: &BTreeMap<&str, Version>) -> BTreeMap<PackageId, Version> {
    let components = reading.workspace.components.iter();
    let pairs = components.filter_map(|component| Some((component, chosen.get(component.name.as_str())?)));
    pairs
        .flat_map(|(component, version)| {
            component.packages.iter().map(move |id| (id.clone(), version.clone()))
        })
        .collect()
}

/// Versions of followers that do not fit what the ones that they follow are at or get.
fn unfit(reading: &Reading, plan: &Plan, chosen: &BTreeMap<&str, Version>) -> Vec<Fault> {
    let of = |(name, version): (&&str, &Version)| {
        let followed = reading.config.component(name)?.follows.as_deref()?;
        let component = reading.workspace.components.iter().find(|component| component.name == followed)?;
        let known = chosen.get(followed).cloned();
        let followed = known.unwrap_or_else(|| Wish::new(reading, plan, component).at);
        versions::unfit(&reading.config, name, version, &followed)
    };
    chosen.iter().filter_map(of).collect()
}

/// The versions as they would be if some components had changes that ask for a patch.
fn forced(reading: &Reading, plan: &Plan, is_forced: &dyn Fn(&str) -> bool) -> Result<Vec<Next>, Faults> {
    let patch = |next: Next| {
        if next.next.is_some() || !is_forced(&next.component) {
            return next;
        }
        Next { next: Some(next.current.advanced(Bump::Patch)), bump: Some(Bump::Patch), ..next }
    };
    let Reading { snapshot, workspace, config, .. } = reading;
    let (next, _) = versions::decide_with(snapshot, workspace, config, &plan.detected, &patch)?;
    Ok(next)
}

/// A component that a user speaks of, and where it stands.
struct Wish<'a> {
    reading: &'a Reading,
    plan: &'a Plan,
    component: &'a Component,
    /// What would become of it by itself.
    computed: Option<&'a Version>,
    /// Its version at its base.
    current: Version,
    /// The greater one of that and what its manifests hold.
    at: Version,
    /// Whether it was never released.
    first: bool,
}

impl<'a> Wish<'a> {
    /// A package's name means its component.
    fn named(reading: &'a Reading, plan: &'a Plan, name: &str) -> Result<Wish<'a>, Fault> {
        let workspace = &reading.workspace;
        let component = match workspace.components.iter().find(|component| component.name == name) {
            Some(component) => component,
            None => {
                let package = workspace.named(name)?;
                workspace.component_of(&package.id).ok_or_else(|| {
                    Fault::usage(format!("`{}` is never published, so it has no version to bump", package.id))
                })?
            }
        };
        Ok(Wish::new(reading, plan, component))
    }

    fn new(reading: &'a Reading, plan: &'a Plan, component: &'a Component) -> Wish<'a> {
        let next = plan.versions.iter().find(|next| next.component == component.name);
        let change = plan.detected.components.iter().find(|change| change.name == component.name);
        let current = next.map_or_else(|| Version::new(0, 0, 0), |next| next.current.clone());
        let packages = component.packages.iter().filter_map(|id| reading.workspace.package(id));
        let written = packages.map(|package| &package.version).max();
        let at = written.filter(|written| **written > current).unwrap_or(&current).clone();
        let first = change.is_some_and(|change| change.base.first);
        let computed = next.and_then(|next| next.next.as_ref());
        Wish { reading, plan, component, computed, current, at, first }
    }

    /// The version that it gets, from a version, a level or nothing.
    fn version(&self, to: Option<&str>) -> Result<(&'a str, Version), Faults> {
        let name = self.component.name.as_str();
        let version = match to.map(|to| (to, Level::named(to))) {
            None => match self.computed {
                Some(computed) => return Ok((name, computed.clone())),
                None => self.patch()?,
            },
            Some((_, Some(Level::Bump(Bump::Patch)))) if self.rules().is_some() => self.patch()?,
            Some((to, Some(level))) => self.level(to, level)?,
            Some((text, None)) => text.parse().map_err(|error: NotAVersion| {
                let help = format!("write `{name}=1.2.3`, or one of {}", Level::NAMES);
                Fault::usage(format!("cannot bump `{name}`")).because(error.to_string()).help(help)
            })?,
        };
        // A first release may begin with candidates of the version that its manifest holds.
        let begins = self.first && self.at.pre.is_none() && version.finalised().same_value(&self.at);
        if version < self.at && !begins {
            let fault = Fault::usage(format!("cannot bump `{name}` from {} to {version}", self.at));
            return Err(fault.because("versions never go backwards").help("name a greater version").into());
        }
        let Reading { snapshot, workspace, config, .. } = self.reading;
        Faults(versions::refusal(snapshot, workspace, config, self.component, &version)).or((name, version))
    }

    /// The rules of a component whose version is made of another's.
    fn rules(&self) -> Option<&'a ComponentRules> {
        let rules = self.reading.config.component(&self.component.name)?;
        let bound = [Scheme::CorePatch, Scheme::Same].contains(&rules.scheme);
        (rules.follows.is_some() && bound).then_some(rules)
    }

    /// The next patch, as its scheme has it.
    fn patch(&self) -> Result<Version, Faults> {
        if self.rules().is_none() {
            return Ok(self.current.bumped(Bump::Patch));
        }
        let name = &self.component.name;
        let next = forced(self.reading, self.plan, &|other| other == name)?;
        let found = next.into_iter().find(|next| next.component == *name).and_then(|next| next.next);
        Ok(found.ok_or_else(|| self.bound("patch"))?)
    }

    fn level(&self, name: &str, level: Level) -> Result<Version, Fault> {
        match level {
            Level::Final => self.finalised(),
            _ if self.rules().is_some() => Err(self.bound(name)),
            Level::Bump(bump) => Ok(self.current.bumped(bump)),
            Level::Pre => Ok(self.pre()),
        }
    }

    /// The next pre-release: of the row that it is in, or the first before the version that it would get.
    fn pre(&self) -> Version {
        if !self.at.is_pre() {
            let last = self.computed.filter(|computed| **computed > self.at || self.first).cloned();
            let last = last.unwrap_or_else(|| self.at.bumped(Bump::Patch));
            return if last.is_pre() { last } else { last.candidate(&Pre::Rc(1)) };
        }
        let next = self.at.next_pre();
        match (self.computed, &next.pre) {
            (Some(computed), Some(pre)) if computed.finalised() > next.finalised() => {
                computed.finalised().candidate(pre)
            }
            _ => next,
        }
    }

    /// The final version of a row of pre-releases, or the greater one that changes since ask for.
    fn finalised(&self) -> Result<Version, Fault> {
        if self.at.is_pre() {
            let last = self.at.finalised();
            let greater = self.computed.map(Version::finalised).filter(|computed| *computed > last);
            return Ok(greater.unwrap_or(last));
        }
        let name = &self.component.name;
        let fault = Fault::usage(format!("`{name}` is at {}, which is no pre-release", self.at));
        Err(fault.help(format!("`castoff bump {name}` gives it its next version")))
    }

    /// It has the numbers of another component.
    fn bound(&self, level: &str) -> Fault {
        let name = &self.component.name;
        let followed = self.rules().and_then(|rules| rules.follows.as_deref()).unwrap_or_default();
        let fault = Fault::usage(format!("cannot bump `{name}` by `{level}`"));
        let fault = fault.because(format!("its version is made of that of `{followed}`, which it follows"));
        fault.help(format!("bump `{followed}`, or name a version: `{name}=VERSION`"))
    }
}
