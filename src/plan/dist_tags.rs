//! Tags of registries: which one each version is published under, where its registry has such.

use crate::config::Config;
use crate::detect::history::own_tags;
use crate::ecosystem::{self, DistTag, Tagging};
use crate::model::{Package, Snapshot};
use crate::version::Version;
use crate::workspace::Workspace;

/// The tag that a version of a package is published under.
pub fn dist_tag(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    package: &Package,
    version: &Version,
) -> Option<DistTag> {
    let component = workspace.component_of(&package.id)?;
    let rule = config.component(&component.name).and_then(|rules| rules.building.dist_tag.as_ref());
    let finals = own_tags(&snapshot.tags, &component.tag).into_iter().map(|(version, _)| version);
    let greatest = finals.filter(|version| !version.is_pre()).max();
    ecosystem::of(package.id.kind).dist_tag(&Tagging {
        tree: &snapshot.tree,
        package,
        version,
        rule: rule.map(|written| written.value.as_str()),
        greatest: greatest.as_ref(),
    })
}
