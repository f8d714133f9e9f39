//! `castoff status`: where every component stands on its registries and in tags, what is missing, and what to run.

use std::collections::{BTreeMap, BTreeSet};

use super::output::{named, pretty, print};
use super::{DONE, Session};
use crate::apply::tags;
use crate::fault::Faults;
use crate::model::{Component, Package, PackageId, VersionHome};
use crate::plan::Plan;
use crate::presence::all::{All, all, state};
use crate::releases::status::{Facts, Seen};
use crate::releases::{self};
use crate::report::status as text;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

impl Session {
    pub(super) fn status(&self, world: &dyn World) -> Result<u8, Faults> {
        self.format(&["table", "json"])?;
        let reading = self.read(world, None)?;
        let mut silent = Faults::default();
        // What stands in the way of a plan does not hide where things are.
        let plan = silent.take(self.decide(world, &reading));
        let packages = reading.workspace.packages.iter();
        let asked: Vec<&Package> =
            packages.filter(|it| it.publishable() && !it.version.is_placeholder()).collect();
        let (known, unanswered) = all(world, &reading, &asked)?;
        silent.0.extend(unanswered.0);
        let remote = match reading.origin.is_some() {
            true => silent.take(tags::on_origin(world, &reading.snapshot.root).map_err(Faults::from)),
            false => None,
        };
        let components = reading.workspace.components.iter();
        let found: Vec<Facts> = components
            .map(|component| facts(&reading, plan.as_ref(), component, &known, remote.as_ref()))
            .collect();
        match self.is_json() {
            true => print(&pretty(&text::json(&found, &reading.snapshot.head, &silent))),
            false => print(&named(&text::text(&found, self.out))),
        }
        let code = if silent.0.is_empty() { DONE } else { self.complain(&silent) };
        eprintln!("{}", text::last_line(&found, &silent));
        Ok(code)
    }
}

fn facts<'a>(
    reading: &'a Reading,
    plan: Option<&'a Plan>,
    component: &'a Component,
    known: &All,
    remote: Option<&'a BTreeSet<String>>,
) -> Facts<'a> {
    let snapshot = &reading.snapshot;
    let tagged = releases::of(component, &snapshot.tags);
    let latest = tagged.first();
    let members = component.packages.iter().filter_map(|id| reading.workspace.package(id));
    let versions: BTreeMap<&PackageId, Option<&Version>> = members
        .clone()
        .map(|package| match package.version_home {
            // The tag is what says it.
            VersionHome::Tag => (&package.id, latest.map(|release| &release.version)),
            VersionHome::Own(_) | VersionHome::Shared(_) => (&package.id, Some(&package.version)),
        })
        .collect();
    let version = versions.values().flatten().copied().max().cloned();
    let seen = |package: &Package| {
        let version = versions.get(&package.id).copied().flatten()?.clone();
        let state = state(known, package, &version);
        let registry = package.registry()?.to_string();
        (!version.is_placeholder()).then_some(Seen { id: package.id.clone(), version, registry, state })
    };
    let release =
        version.as_ref().map(|version| releases::release(component, &snapshot.tags, version.clone()));
    let next = plan.and_then(|plan| plan.versions.iter().find(|next| next.component == component.name));
    let waits =
        |next: &&Version| version.as_ref().is_none_or(|version| *next > version || version.is_placeholder());
    Facts {
        component: &component.name,
        next: next.and_then(|next| next.next.as_ref()).filter(waits),
        tag: release.and_then(|release| release.tag),
        latest: latest.and_then(|release| release.tag),
        head: &snapshot.head,
        remote,
        packages: members.filter_map(seen).collect(),
        version,
    }
}
