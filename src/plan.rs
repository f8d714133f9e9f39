//! Puts the decisions together: the whole release as data. Printing it is the dry run; carrying it out is the
//! release.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::Severity;
use crate::config::Config;
use crate::detect::{self, Detected};
use crate::ecosystem;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::{Component, PackageId, Publish, Snapshot};
use crate::registry::limits::Forecast;
use crate::version::Version;
use crate::versions::{self, Judged, Next};
use crate::workspace::Workspace;

mod dist_tags;
mod edits;
mod extra;
pub mod findings;
pub mod notes;
mod registries;

pub use dist_tags::dist_tag;
pub use edits::bump_edits;
pub use extra::edits as extra_edits;

/// The whole release.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What changed.
    pub detected: Detected,
    /// Every component, in the order of the workspace.
    pub versions: Vec<Next>,
    /// Every package, in publish order.
    pub packages: Vec<PlannedPackage>,
    /// Packages to publish, by level; none needs another of its own level.
    pub order: Vec<Vec<PackageId>>,
    /// What `bump` would write.
    pub edits: Vec<Edit>,
    /// What `bump` would write into changelogs, where they were looked at.
    pub changelogs: Vec<Edit>,
    /// Tags that the release gets once it is live.
    pub tags: Vec<String>,
    /// Tokens that are needed.
    pub credentials: Vec<Credential>,
    /// What the limits of registries make of the time that publishing takes, where they matter.
    pub rate_limits: Vec<Forecast>,
    /// Every commit since the oldest base, and whether it counted.
    pub commits: Vec<Judged>,
    /// What to know before going on.
    pub findings: Vec<Finding>,
}

/// What becomes of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPackage {
    /// Id.
    pub id: PackageId,
    /// Version that its manifest holds.
    pub current: Version,
    /// Version to release.
    pub next: Option<Version>,
    /// What is done with it.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// Where it goes.
    pub registry: Option<String>,
    /// The tag that it gets there, where there are such.
    pub dist_tag: Option<String>,
    /// Level in the graph.
    pub level: usize,
    /// What has to be there first.
    pub depends_on: Vec<PackageId>,
}

/// What is done with a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It gets a version and goes to its registry.
    Publish,
    /// It stays as it is.
    Unchanged,
    /// It never goes anywhere.
    Private,
}

impl Action {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Action::Publish => "publish",
            Action::Unchanged => "unchanged",
            Action::Private => "private",
        }
    }
}

/// A token that a registry wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Variables that may hold it.
    pub env: Vec<String>,
    /// The registry.
    pub needed_for: String,
    /// Whether one of them is set.
    pub present: bool,
}

/// Something to know before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A short name for machines: that of the check, where one found it.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The package that it is about, if it is about one.
    pub package: Option<PackageId>,
    /// Path from the root of the repository.
    pub file: Option<String>,
    /// Line from 1; 0 for the whole file.
    pub line: usize,
    /// What it is.
    pub message: String,
    /// Whether `castoff check` tells it too.
    pub check: bool,
}

impl Finding {
    /// A finding about the whole plan.
    pub fn new(id: &'static str, message: impl Into<String>) -> Finding {
        let (severity, message) = (Severity::Warning, message.into());
        Finding { id, severity, package: None, file: None, line: 0, message, check: false }
    }
}

/// Decides a release. `variables` are the names of environment variables that are set.
///
/// # Errors
/// Everything that stands in the way of a decision.
pub fn plan(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    variables: &BTreeSet<String>,
) -> Result<Plan, Faults> {
    plan_with(snapshot, workspace, config, variables, &|next| next)
}

/// Decides a release where `force` has the last word about what a component's own changes make of it.
///
/// # Errors
/// As `plan`.
pub fn plan_with(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    variables: &BTreeSet<String>,
    force: &dyn Fn(Next) -> Next,
) -> Result<Plan, Faults> {
    let graph = Graph::new(&workspace.packages)?;
    let detected = detect::detect(snapshot, workspace, config)?;
    let (versions, commits) = versions::decide_with(snapshot, workspace, config, &detected, force)?;
    let released = versions::released(workspace, &versions);
    let edits = bump_edits(&snapshot.tree, workspace, config, &released)?;
    let mut packages = planned(workspace, &graph, &versions, &released);
    for planned in &mut packages {
        let tag = workspace.package(&planned.id).zip(planned.next.as_ref());
        let tag = tag.and_then(|(package, next)| dist_tag(snapshot, workspace, config, package, next));
        planned.dist_tag = tag.map(|tag| tag.name);
    }
    let mut order: Vec<Vec<PackageId>> = Vec::new();
    for level in graph.levels() {
        let publishing: Vec<PackageId> =
            level.into_iter().filter(|id| released.contains_key(*id)).cloned().collect();
        order.extend((!publishing.is_empty()).then_some(publishing));
    }
    let tag = |next: &Next| {
        let component = workspace.components.iter().find(|component| component.name == next.component)?;
        Some(tag_name(component, next.next.as_ref()?, workspace))
    };
    let is_first = |package: &PlannedPackage| {
        let component = workspace.component_of(&package.id);
        detected.components.iter().any(|it| it.base.first && component.is_some_and(|own| own.name == it.name))
    };
    let targets = registries::targets(&packages, config)?;
    let rate_limits = registries::rate_limits(&targets, &packages, &is_first);
    Ok(Plan {
        tags: versions.iter().filter_map(tag).collect(),
        credentials: registries::credentials(&targets, variables),
        findings: findings::at_hand(snapshot, workspace, &rate_limits),
        rate_limits,
        detected,
        versions,
        packages,
        order,
        edits,
        changelogs: Vec::new(),
        commits,
    })
}

/// The tag of a component's version.
pub fn tag_name(component: &Component, version: &Version, workspace: &Workspace) -> String {
    let kinds: BTreeSet<_> = component
        .packages
        .iter()
        .filter_map(|id| workspace.package(id))
        .map(|package| package.id.kind)
        .collect();
    // A component of one ecosystem is tagged as that spells versions; a mixed one as SemVer does.
    let spelled = match kinds.iter().next() {
        Some(kind) if kinds.len() == 1 && version.pre.is_none() => ecosystem::of(*kind).spell(version),
        _ => version.semver(),
    };
    component.tag.replace("{version}", &spelled)
}

fn planned(
    workspace: &Workspace,
    graph: &Graph,
    versions: &[Next],
    released: &BTreeMap<PackageId, Version>,
) -> Vec<PlannedPackage> {
    let one = |id: &PackageId| {
        let package = workspace.package(id)?;
        let component = workspace.component_of(id);
        let next =
            component.and_then(|component| versions.iter().find(|next| next.component == component.name));
        let (action, reason) = match (&package.publish, next) {
            (Publish::No(why), _) => (Action::Private, why.clone()),
            (_, Some(next)) if next.next.is_some() => (Action::Publish, next.reason.clone()),
            (_, next) => (Action::Unchanged, next.map_or_else(String::new, |next| next.reason.clone())),
        };
        Some(PlannedPackage {
            id: id.clone(),
            current: package.version.clone(),
            next: released.get(id).cloned(),
            action,
            reason,
            registry: package.registry().map(str::to_string),
            dist_tag: None,
            level: graph.level(id),
            depends_on: graph.needs(id).cloned().collect(),
        })
    };
    graph.order().iter().filter_map(one).collect()
}

/// The fault of a plan that cannot be carried out because nothing has a version to publish.
pub fn waiting(names: &[String]) -> Fault {
    let fault = Fault::outside(format!("changes wait for a version: {}", names.join(", ")));
    fault.help("run `castoff bump`, commit, then run `castoff publish` again")
}

#[cfg(test)]
mod tests;
