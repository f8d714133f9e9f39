//! The notes of every component that a plan releases.

use std::collections::BTreeMap;

use crate::commit;
use crate::config::Config;
use crate::detect::Base;
use crate::model::{Component, Snapshot};
use crate::notes::{self, Release, Repository, Said, Step};
use crate::plan::{Plan, tag_name};
use crate::version::Version;
use crate::versions::{Judged, Next};
use crate::workspace::Workspace;

/// What a component's release has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes {
    /// Component.
    pub component: String,
    /// Version at its base.
    pub current: Version,
    /// The version that is released.
    pub version: Version,
    /// Its tag.
    pub tag: String,
    /// The ref it is compared with.
    pub previous: Option<String>,
    /// The changelog entry.
    pub entry: String,
}

/// The notes of all that is released, in the order of the workspace. `date` is the day, as `2026-01-02`.
pub fn notes(
    plan: &Plan,
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    repository: Option<&Repository>,
    date: &str,
) -> Vec<Notes> {
    let of = by_component(plan);
    let bases = plan.detected.components.iter().map(|change| &change.base);
    let components = workspace.components.iter().zip(&plan.versions).zip(bases);
    let one = |((component, next), base): ((&Component, &Next), &Base)| {
        let version = next.next.as_ref()?;
        let tag = tag_name(component, version, workspace);
        let previous = previous(base);
        let entry = notes::entry(
            &Release {
                version,
                tag: &tag,
                previous,
                date,
                repository,
                commits: said(of.get(component.name.as_str()), snapshot),
                dependencies: steps(plan, next),
                reason: &next.reason,
            },
            &config.sections,
        );
        Some(Notes {
            component: component.name.clone(),
            current: next.current.clone(),
            version: version.clone(),
            previous: previous.map(str::to_string),
            tag,
            entry,
        })
    };
    components.filter_map(one).collect()
}

/// A name that somebody else can look up too; the id of a commit that no tag names would mean little to a reader.
fn previous(base: &Base) -> Option<&str> {
    (!base.name.is_empty() && base.name != base.commit).then_some(&base.name)
}

/// What counted for each component: not what was reverted, merged, or says nothing about a release.
fn by_component(plan: &Plan) -> BTreeMap<&str, Vec<&Judged>> {
    let mut of: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for judged in plan.commits.iter().filter(|judged| judged.size.is_some()) {
        judged.components.iter().for_each(|name| of.entry(name).or_default().push(judged));
    }
    of
}

fn said<'a>(judged: Option<&Vec<&Judged>>, snapshot: &'a Snapshot) -> Vec<Said<'a>> {
    let said = |judged: &&Judged| {
        let commit = &snapshot.commits[judged.place];
        Said { commit: &commit.id, changes: commit::changes(&commit.message) }
    };
    judged.into_iter().flatten().map(said).collect()
}

fn steps(plan: &Plan, next: &Next) -> Vec<Step> {
    let cause = |name: &String| {
        let cause = plan.versions.iter().find(|other| &other.component == name)?;
        Some(Step { name: name.clone(), from: cause.current.clone(), to: cause.next.clone()? })
    };
    next.causes.iter().filter_map(cause).collect()
}
