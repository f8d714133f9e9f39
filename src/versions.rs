//! Changes and graph → the next version of every component, each with the reason and the commits that show it.

use std::collections::{BTreeMap, BTreeSet};

use crate::commit::{self, Change};
use crate::config::{BumpMode, Config, Pin};
use crate::detect::history::History;
use crate::detect::{ComponentChange, Detected};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::{Component, Need, Package, PackageId, Snapshot};
use crate::version::{Bump, Version};
use crate::workspace::Workspace;

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

/// What one commit does to the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its place in the snapshot's list.
    pub place: usize,
    /// What its message says, where it can be read.
    pub change: Option<Change>,
    /// The components that it touches.
    pub components: Vec<String>,
    /// The step it asks for.
    pub bump: Option<Bump>,
    /// Why it does or does not count.
    pub reason: String,
}

/// Types that make a release by themselves.
const RELEASING: &[&str] = &["feat", "feature", "fix", "perf", "revert"];

/// Decides the next versions.
///
/// # Errors
/// A next version that is tagged already.
pub fn decide(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    detected: &Detected,
) -> Result<(Vec<Next>, Vec<Judged>), Faults> {
    let judged = judge(snapshot, detected, config);
    let mut next: Vec<Next> = workspace
        .components
        .iter()
        .zip(&detected.components)
        .map(|(component, change)| own_next(snapshot, workspace, config, component, change, &judged))
        .collect();
    if config.release.propagate {
        propagate(workspace, config, &mut next);
    }
    let mut faults = Faults::default();
    let history = History::new(snapshot);
    for (component, next) in workspace.components.iter().zip(&next) {
        faults.0.extend(tagged_already(snapshot, &history, component, next));
    }
    faults.or((next, judged))
}

/// The version of every package after the release.
pub fn package_versions(workspace: &Workspace, next: &[Next]) -> BTreeMap<PackageId, Version> {
    let of = |id: &PackageId| {
        let component = workspace.component_of(id)?;
        next.iter().find(|next| next.component == component.name)?.next.clone()
    };
    workspace
        .packages
        .iter()
        .map(|package| (package.id.clone(), of(&package.id).unwrap_or_else(|| package.version.clone())))
        .collect()
}

/// The packages that are released, with their next versions.
pub fn released(workspace: &Workspace, next: &[Next]) -> BTreeMap<PackageId, Version> {
    let of = |component: &Component| next.iter().find(|next| next.component == component.name)?.next.clone();
    let components = workspace.components.iter().filter_map(|component| Some((component, of(component)?)));
    components
        .flat_map(|(component, version)| {
            component.packages.iter().map(move |id| (id.clone(), version.clone()))
        })
        .collect()
}

/// Every commit that some component's release could hold, in the order of history.
fn judge(snapshot: &Snapshot, detected: &Detected, config: &Config) -> Vec<Judged> {
    let history = History::new(snapshot);
    let bases: BTreeSet<&str> =
        detected.components.iter().map(|change| change.base.commit.as_str()).collect();
    let places: BTreeSet<usize> = bases.into_iter().flat_map(|base| history.since(base)).collect();
    let reverted: BTreeMap<usize, usize> = places
        .iter()
        .filter_map(|place| {
            let id = commit::reverts(&snapshot.commits[*place].message)?;
            let target = places.iter().find(|other| snapshot.commits[**other].id.starts_with(id))?;
            Some((*target, *place))
        })
        .collect();
    let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for change in &detected.components {
        for place in &change.commits {
            of.entry(*place).or_default().push(change.name.clone());
        }
    }
    let judged = |place: usize| {
        let commit = &snapshot.commits[place];
        let components = of.remove(&place).unwrap_or_default();
        let change = commit::parse(&commit.message);
        let cancelled =
            reverted.get(&place).map(|by| format!("reverted by {}", snapshot.commits[*by].short()));
        let cancels = reverted.iter().find(|(_, by)| **by == place).map(|(target, _)| {
            format!("reverts {}, which is in this release too", snapshot.commits[*target].short())
        });
        let unread = cancelled.or(cancels);
        let (bump, reason) = match (&change, unread) {
            _ if commit.parents.len() > 1 => (None, "a merge; its commits count by themselves".to_string()),
            (_, Some(why)) => (None, why),
            _ if components.is_empty() => (None, "touches no component".to_string()),
            (None, _) => (None, "not a conventional commit".to_string()),
            (Some(change), None) => weigh(change),
        };
        let bump = bump.filter(|_| config.release.bump == BumpMode::Conventional || !components.is_empty());
        Judged { place, change, components, bump, reason }
    };
    places.into_iter().map(judged).collect()
}

fn weigh(change: &Change) -> (Option<Bump>, String) {
    let kind = change.kind.as_str();
    match kind {
        _ if change.breaking.is_some() => (Some(Bump::Major), format!("breaking {kind}")),
        _ if change.release_as.is_some() => (Some(Bump::Patch), "Release-As".to_string()),
        "feat" | "feature" => (Some(Bump::Minor), kind.to_string()),
        kind if RELEASING.contains(&kind) => (Some(Bump::Patch), kind.to_string()),
        kind => (None, format!("`{kind}` alone releases nothing")),
    }
}

fn own_next(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    component: &Component,
    change: &ComponentChange,
    judged: &[Judged],
) -> Next {
    let written = written_version(workspace, component);
    let earlier = snapshot.earlier.get(&change.base.commit).and_then(|tree| earlier_version(tree, component));
    let current = change.base.version.clone().or(earlier).unwrap_or_else(|| written.clone());
    let none = |reason: &str| Next {
        component: component.name.clone(),
        current: current.clone(),
        next: None,
        bump: None,
        reason: reason.to_string(),
        causes: Vec::new(),
    };
    if change.base.first {
        let next = if written.is_placeholder() { Version::new(0, 1, 0) } else { written };
        return Next { current: next.clone(), next: Some(next), ..none("first release") };
    }
    let mode = config.component(&component.name).and_then(|rules| rules.bump).unwrap_or(config.release.bump);
    if mode == BumpMode::Paths {
        return match change.files.len() {
            0 => none("unchanged"),
            count => Next {
                next: Some(current.bumped(Bump::Patch)),
                bump: Some(Bump::Patch),
                ..none(&counted(count, "changed file"))
            },
        };
    }
    let mine: Vec<&Judged> = judged
        .iter()
        .filter(|judged| judged.bump.is_some() && judged.components.contains(&component.name))
        .collect();
    let asked = mine
        .iter()
        .find_map(|judged| judged.change.as_ref()?.release_as.clone())
        .filter(|asked| *asked > current);
    if let Some(version) = asked {
        return Next { next: Some(version), ..none("asked for by a Release-As footer") };
    }
    let Some(largest) = mine.iter().max_by_key(|judged| (judged.bump, std::cmp::Reverse(judged.place)))
    else {
        let reason = if change.changed() { "no change that releases" } else { "unchanged" };
        return none(reason);
    };
    let bump = effective(largest.bump.unwrap_or(Bump::Patch), &current, config);
    Next { next: Some(current.bumped(bump)), bump: Some(bump), ..none(&evidence(largest, mine.len() - 1)) }
}

/// On 0.y.z a breaking change is a minor step, unless the configuration wants 1.0.0.
fn effective(bump: Bump, current: &Version, config: &Config) -> Bump {
    if bump == Bump::Major && current.is_zero_major() && !config.release.major_on_zero {
        Bump::Minor
    } else {
        bump
    }
}

fn evidence(judged: &Judged, more: usize) -> String {
    let change = judged.change.clone().unwrap_or_default();
    let text = change.breaking.clone().unwrap_or_else(|| change.subject.clone());
    let others = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    format!("{}: {text}{others}", judged.reason)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The version that the manifests of a component hold; the greatest where they differ.
fn written_version(workspace: &Workspace, component: &Component) -> Version {
    let versions =
        component.packages.iter().filter_map(|id| workspace.package(id)).map(|package| &package.version);
    versions.max().cloned().unwrap_or_else(|| Version::new(0, 0, 0))
}

/// The version that the manifests held in an earlier tree.
fn earlier_version(tree: &crate::model::Tree, component: &Component) -> Option<Version> {
    let discovered = ecosystem::ALL.iter().filter_map(|ecosystem| ecosystem.discover(tree).ok()).flatten();
    discovered.filter(|package| component.packages.contains(&package.id)).map(|package| package.version).max()
}

/// Dependents of what is released get a patch where what they publish would no longer fit; to a fixpoint.
fn propagate(workspace: &Workspace, config: &Config, next: &mut [Next]) {
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

/// A version is released once: one that is tagged on other commits cannot be next.
fn tagged_already(
    snapshot: &Snapshot,
    history: &History,
    component: &Component,
    next: &Next,
) -> Option<Fault> {
    let version = next.next.as_ref()?;
    let tags = history.own_tags(&component.tag);
    let (_, tag) = tags.iter().find(|(tagged, tag)| tagged == version && tag.commit != snapshot.head)?;
    let fault = Fault::usage(format!(
        "the next version of `{}`, {version}, is tagged already: `{}`",
        component.name, tag.name
    ));
    let why = format!("the tag is on {}, which HEAD does not hold", tag.commit.get(..7).unwrap_or_default());
    Some(fault.because(why).help("release from the branch of that tag, or merge it first"))
}
