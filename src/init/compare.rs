//! The next versions that the old set-up and castoff would give, side by side: what differs is seen before anything is
//! released with the new one.

use super::Found;
use crate::import::release_please::Package;
use crate::model::{Component, VersionHome};
use crate::path;
use crate::plan::Plan;
use crate::version::{Bump, Version};
use crate::workspace::Workspace;

/// One component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub component: String,
    /// What castoff gives; none for unchanged.
    pub castoff: Option<Version>,
    /// Why.
    pub reason: String,
    /// The other tool.
    pub tool: &'static str,
    /// What it gives; none for unchanged.
    pub theirs: Theirs,
}

/// What another tool makes of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Theirs {
    /// This version; none for unchanged.
    Next(Option<Version>),
    /// It does not say.
    Unknown(&'static str),
}

/// Compares every component that another tool knows.
pub fn compare(found: &Found, plan: &Plan, workspace: &Workspace) -> Vec<Compared> {
    let one = |component: &Component| {
        let next = plan.versions.iter().find(|next| next.component == component.name)?;
        let (castoff, reason) = (next.next.clone(), next.reason.clone());
        let (tool, theirs) = release_please(found, plan, workspace, component)
            .or_else(|| changesets(found, workspace, component))
            .or_else(|| cargo_release(found, component))?;
        Some(Compared { component: component.name.clone(), castoff, reason, tool, theirs })
    };
    workspace.components.iter().filter_map(one).collect()
}

fn written(workspace: &Workspace, component: &Component) -> Option<Version> {
    component
        .packages
        .iter()
        .filter_map(|id| workspace.package(id))
        .map(|package| package.version.clone())
        .max()
}

fn release_please(
    found: &Found,
    plan: &Plan,
    workspace: &Workspace,
    component: &Component,
) -> Option<(&'static str, Theirs)> {
    let setup = found.release_please.as_ref()?;
    let is_in = |dir: &str| {
        component.packages.iter().filter_map(|id| workspace.package(id)).any(|package| {
            match &package.version_home {
                VersionHome::Shared(file) => path::parent(file) == dir || package.dir == dir,
                VersionHome::Own(_) | VersionHome::Tag => package.dir == dir,
            }
        })
    };
    let package: &Package = setup.packages.iter().find(|package| is_in(&package.dir))?;
    let mine = plan.commits.iter().filter(|judged| judged.components.contains(&component.name));
    let largest = mine.filter_map(|judged| judged.bump).max();
    let placeholder = Version::new(0, 0, 0);
    let current =
        package.version.clone().or_else(|| written(workspace, component)).unwrap_or(placeholder.clone());
    let next = largest.map(|bump| match &package.release_as {
        Some(version) => version.parse().unwrap_or(current.clone()),
        None if current == placeholder && ["rust", "python"].contains(&package.kind.as_str()) => {
            Version::new(0, 1, 0)
        }
        None if current == placeholder => Version::new(1, 0, 0),
        None => plain(&current, package.step(bump, &current)),
    });
    Some(("release-please", Theirs::Next(next)))
}

fn changesets(found: &Found, workspace: &Workspace, component: &Component) -> Option<(&'static str, Theirs)> {
    let setup = found.changesets.as_ref()?;
    let steps = setup.pending.iter().flat_map(|(_, steps)| steps);
    let mine = steps.filter(|(name, _)| component.packages.iter().any(|id| id.name == **name));
    let next =
        mine.map(|(_, bump)| *bump).max().and_then(|bump| Some(plain(&written(workspace, component)?, bump)));
    Some(("changesets", Theirs::Next(next)))
}

fn cargo_release(found: &Found, component: &Component) -> Option<(&'static str, Theirs)> {
    found.cargo_release.as_ref()?;
    let is_crate = component.packages.iter().any(|id| id.kind.name() == "cargo");
    is_crate.then_some(("cargo-release", Theirs::Unknown("it asks for the level on its command line")))
}

/// A step as the other tools take it.
fn plain(current: &Version, bump: Bump) -> Version {
    current.bumped(bump)
}
