//! What is done in the stage once, before packages are built: what a component's rules say, or what the ecosystem needs
//! in a workspace. Requirements are pinned after it, as locks know them as they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::build::kept;
use super::{Run, Unit};
use crate::config::Pin;
use crate::ecosystem::{self, Groundwork, Site};
use crate::effect::{Cmd, Edit, Event, Step};
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Package};
use crate::path;
use crate::stage;
use crate::world::{World, must};

/// Something that is done once before builds.
pub(super) struct Preparation {
    /// What it is for, for people.
    what: String,
    /// Units that cannot be built without it, by place.
    pub(super) units: Vec<usize>,
    /// Where it works; no build there starts before it is over.
    workspaces: BTreeSet<(Kind, String)>,
    /// Run one after the other.
    commands: Vec<Cmd>,
    /// Whether requirements have to be pinned before.
    on_pinned: bool,
    /// Pins that are written when it is over.
    edits: Vec<Edit>,
}

impl Preparation {
    /// Carries it out. Pins are written even where it fails: not all that is built there needs it.
    pub(super) fn carry_out(&self, world: &dyn World, stage: &Path) -> Result<(), Fault> {
        let done = self.commands.iter().try_for_each(|cmd| {
            let place = cmd.dir.strip_prefix(stage).unwrap_or(&cmd.dir).display().to_string();
            let place = if place.is_empty() { place } else { format!(" in `{place}`") };
            world.tell(Event::run(Step::Note, format!("preparing {}: {cmd}{place}", self.what)));
            must(world, cmd, &format!("prepare {}", self.what)).map(drop).map_err(|fault| fault.help(HELP))
        });
        stage::fill_in(world, stage, &self.edits)?;
        done
    }

    /// Whether it works where a package is built.
    pub(super) fn concerns(&self, package: &Package) -> bool {
        let is_there =
            |(kind, workspace): &(Kind, String)| *kind == package.id.kind && *workspace == package.workspace;
        self.workspaces.iter().any(is_there)
    }

    /// Whether two of them would be in each other's way.
    pub(super) fn shares_with(&self, other: &Preparation) -> bool {
        !self.workspaces.is_disjoint(&other.workspaces)
    }

    /// Whether pins of a package wait for it.
    fn holds_back(&self, package: &Package) -> bool {
        !self.on_pinned && self.concerns(package)
    }
}

const HELP: &str = "builds start from a new clone and nothing else; `prepare` in `[component.NAME]` says what else has to be done there";

/// Everything that the units of a run want done; `site` is where a unit is built. A unit whose files were built by an
/// earlier run wants nothing.
pub(super) fn preparations<'a>(
    world: &dyn World,
    run: &'a Run,
    site: impl Fn(&'a Unit) -> Result<Site<'a>, Fault>,
) -> Result<Vec<Preparation>, Fault> {
    let mut by_component: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_workspace: BTreeMap<(Kind, &str), Vec<usize>> = BTreeMap::new();
    for (place, unit) in run.units.iter().enumerate() {
        let package = &unit.package;
        let makes = || unit.build.is_some() || ecosystem::of(package.id.kind).makes(run.tree, package);
        if (unit.prepare.is_none() && !makes()) || kept(world, run, unit).is_some() {
            continue;
        }
        match unit.prepare {
            Some(_) => by_component.entry(&unit.component).or_default().push(place),
            None => by_workspace.entry((package.id.kind, &package.workspace)).or_default().push(place),
        }
    }
    let mut found = Vec::new();
    for (component, units) in by_component {
        let first = &run.units[units[0]];
        let dirs = units.iter().map(|place| run.units[*place].package.workspace.as_str());
        let dir = site(first)?.stage.join(dirs.reduce(path::shared).unwrap_or_default());
        let cmd = Cmd::shell(first.prepare.as_deref().unwrap_or_default(), &[], &dir).env(run.env.clone());
        let groundwork = Groundwork { commands: vec![cmd], on_pinned: false };
        found.push(preparation(run, format!("`{component}`"), units, groundwork));
    }
    for ((kind, workspace), units) in by_workspace {
        let packages: Vec<&Package> = units.iter().map(|place| &run.units[*place].package).collect();
        let site = site(&run.units[units[0]])?;
        let groundwork = ecosystem::of(kind).groundwork(&packages, run.packages, &site);
        if !groundwork.commands.is_empty() {
            let what =
                if workspace.is_empty() { "the workspace".to_string() } else { format!("`{workspace}`") };
            found.push(preparation(run, what, units, groundwork));
        }
    }
    Ok(found)
}

fn preparation(run: &Run, what: String, units: Vec<usize>, groundwork: Groundwork) -> Preparation {
    let workspace = |place: &usize| {
        let package = &run.units[*place].package;
        (package.id.kind, package.workspace.clone())
    };
    let workspaces = units.iter().map(workspace).collect();
    let Groundwork { commands, on_pinned } = groundwork;
    Preparation { what, units, workspaces, commands, on_pinned, edits: Vec::new() }
}

/// Pins requirements in the stage, before anything is built; where something is prepared, when that is over.
pub(super) fn pin(
    world: &dyn World,
    stage: &Path,
    run: &Run,
    preparations: &mut [Preparation],
) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let (mut now, mut later): (Vec<Edit>, Vec<Edit>) = Default::default();
    for unit in &run.units {
        let ecosystem = ecosystem::of(unit.package.id.kind);
        let found = ecosystem.pins(run.tree, &unit.package, unit.pin, run.versions);
        let found = faults.take(found).unwrap_or_default();
        let texts: Vec<String> = found.iter().map(|edit| edit.to.clone()).collect();
        world.tell(Event::of(&unit.package.id, Step::Pinned, texts.join(", ")));
        match preparations.iter_mut().rfind(|preparation| preparation.holds_back(&unit.package)) {
            None => now.extend(found),
            Some(preparation) => {
                later.extend(found.iter().cloned());
                preparation.edits.extend(found);
            }
        }
    }
    // Without a lock everything in the workspace is looked at, also what is not released.
    let is_unit = |package: &&Package| run.units.iter().any(|unit| unit.package.id == package.id);
    for package in run.packages.iter().filter(|package| !is_unit(package)) {
        if preparations.iter().any(|preparation| preparation.on_pinned && preparation.concerns(package)) {
            let found = ecosystem::of(package.id.kind).pins(run.tree, package, Pin::Keep, run.versions);
            now.extend(faults.take(found).unwrap_or_default());
        }
    }
    faults.or(())?;
    stage::write(world, stage, &now)?;
    // git is not asked while others work in the stage.
    Ok(stage::hide(world, stage, &later)?)
}
