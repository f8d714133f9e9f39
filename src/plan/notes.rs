//! The notes of every component that a plan releases.

use crate::commit;
use crate::config::Config;
use crate::detect::Base;
use crate::model::{Component, Snapshot};
use crate::notes::{self, Release, Repository, Said, Step};
use crate::plan::{Plan, tag_name};
use crate::version::Version;
use crate::versions::Next;
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
                commits: said(plan, snapshot, &component.name),
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

/// What counted for a component: not what was reverted, merged, or says nothing about a release.
fn said<'a>(plan: &Plan, snapshot: &'a Snapshot, component: &str) -> Vec<Said<'a>> {
    let counted = plan.commits.iter().filter(|judged| judged.size.is_some());
    let mine = counted.filter(|judged| judged.components.iter().any(|name| name == component));
    mine.map(|judged| {
        let commit = &snapshot.commits[judged.place];
        Said { commit: &commit.id, changes: commit::changes(&commit.message) }
    })
    .collect()
}

fn steps(plan: &Plan, next: &Next) -> Vec<Step> {
    let cause = |name: &String| {
        let cause = plan.versions.iter().find(|other| &other.component == name)?;
        Some(Step { name: name.clone(), from: cause.current.clone(), to: cause.next.clone()? })
    };
    next.causes.iter().filter_map(cause).collect()
}
