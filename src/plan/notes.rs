//! The notes of every component that a plan releases.

use std::collections::{BTreeMap, BTreeSet};

use crate::commit;
use crate::config::Config;
use crate::detect::history::own_tags;
use crate::detect::{Base, Detected, detect};
use crate::model::{Component, Snapshot};
use crate::notes::{Format, Release, Repository, Said, Step};
use crate::plan::{Plan, tag_name};
use crate::version::Version;
use crate::versions::{Judged, Next, judge};
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
    format: &Format,
) -> Vec<Notes> {
    let whole = since_finals(plan, snapshot, workspace, config);
    let (since_base, since_final) =
        (by_component(&plan.commits), whole.as_ref().map(|(_, judged)| by_component(judged)));
    let one = |(place, (component, next)): (usize, (&Component, &Next))| {
        let version = next.next.as_ref()?;
        let (mut base, mut of) = (&plan.detected.components[place].base, &since_base);
        if let (Some((detected, _)), Some(all)) = (&whole, &since_final)
            && ends_candidates(next, base)
        {
            (base, of) = (&detected.components[place].base, all);
        }
        let tag = tag_name(component, version, workspace);
        let previous = previous(base);
        let entry = format.entry(
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
    workspace.components.iter().zip(&plan.versions).enumerate().filter_map(one).collect()
}

/// Whether it is the final version of a row of candidates. Who uses final versions has not seen what those held.
fn ends_candidates(next: &Next, base: &Base) -> bool {
    next.next.as_ref().is_some_and(|version| !version.is_pre())
        && base.version.as_ref().is_some_and(Version::is_pre)
}

/// What changed since the last final versions, where there is a component whose row of candidates ends.
fn since_finals(
    plan: &Plan,
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
) -> Option<(Detected, Vec<Judged>)> {
    let changes = plan.versions.iter().zip(&plan.detected.components);
    let ending = changes.filter(|(next, change)| ends_candidates(next, &change.base));
    let names: BTreeSet<&str> = ending.map(|(next, _)| next.component.as_str()).collect();
    let patterns = workspace.components.iter().filter(|component| names.contains(component.name.as_str()));
    let tags = patterns.flat_map(|component| own_tags(&snapshot.tags, &component.tag));
    let candidates: BTreeSet<&str> =
        tags.filter(|(version, _)| version.is_pre()).map(|(_, tag)| tag.name.as_str()).collect();
    if candidates.is_empty() {
        return None;
    }
    let mut without = snapshot.clone();
    without.tags.retain(|tag| !candidates.contains(tag.name.as_str()));
    let detected = detect(&without, workspace, config).ok()?;
    let judged = judge(&without, &detected, config);
    Some((detected, judged))
}

/// A name that somebody else can look up too; the id of a commit that no tag names would mean little to a reader.
fn previous(base: &Base) -> Option<&str> {
    (!base.name.is_empty() && base.name != base.commit).then_some(&base.name)
}

/// What counted for each component: not what was reverted, merged, or says nothing about a release.
fn by_component(commits: &[Judged]) -> BTreeMap<&str, Vec<&Judged>> {
    let mut of: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for judged in commits.iter().filter(|judged| judged.size.is_some()) {
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
