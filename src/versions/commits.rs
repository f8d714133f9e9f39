//! What each commit does to a release: whether it counts, for which components, and why not.

use std::collections::{BTreeMap, BTreeSet};

use crate::commit::{self, Change};
use crate::config::{BumpMode, Config};
use crate::detect::Detected;
use crate::detect::history::History;
use crate::model::Snapshot;
use crate::version::Bump;

/// What one commit does to the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its place in the snapshot's list.
    pub place: usize,
    /// What its message says, where it can be read.
    pub change: Option<Change>,
    /// The components that it touches.
    pub components: Vec<String>,
    /// The step that its message asks for.
    pub bump: Option<Bump>,
    /// Whether it makes a release, by its message or because any change does.
    pub counted: bool,
    /// Why it does or does not count.
    pub reason: String,
}

/// Types that make a release by themselves.
const RELEASING: &[&str] = &["feat", "feature", "fix", "perf", "revert"];

/// Every commit that some component's release could hold, in the order of history.
pub(super) fn judge(snapshot: &Snapshot, detected: &Detected, config: &Config) -> Vec<Judged> {
    let history = History::new(snapshot);
    let bases: BTreeSet<&str> =
        detected.components.iter().map(|change| change.base.commit.as_str()).collect();
    let places: BTreeSet<usize> = bases.into_iter().flat_map(|base| history.since(base)).collect();
    let reverts = Reverts::new(snapshot, &history, &places);
    let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for change in &detected.components {
        for place in &change.commits {
            of.entry(*place).or_default().push(change.name.clone());
        }
    }
    let judged = |place: usize| {
        let components = of.remove(&place).unwrap_or_default();
        one(snapshot, config, place, components, reverts.of(snapshot, place))
    };
    places.into_iter().map(judged).collect()
}

fn one(
    snapshot: &Snapshot,
    config: &Config,
    place: usize,
    components: Vec<String>,
    unsaid: Option<String>,
) -> Judged {
    let commit = &snapshot.commits[place];
    let change = commit::parse(&commit.message);
    let (bump, reason) = match (&change, unsaid) {
        _ if commit.parents.len() > 1 => (None, "a merge; its commits count by themselves".to_string()),
        (_, Some(why)) => (None, why),
        _ if components.is_empty() => (None, "touches no component".to_string()),
        (None, _) => (None, "not a conventional commit".to_string()),
        (Some(change), None) => weigh(change),
    };
    let by_paths = components.iter().any(|name| config.mode(name) == BumpMode::Paths);
    let by_message = bump.is_some() && components.iter().any(|name| config.mode(name) != BumpMode::Paths);
    let reason = if by_paths && !by_message { "any change counts".to_string() } else { reason };
    Judged { place, change, components, bump, counted: by_paths || by_message, reason }
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

/// Commits that take each other back.
#[derive(Default)]
struct Reverts {
    /// The commit that takes one back.
    by: BTreeMap<usize, usize>,
    /// The commit that one names as taken back.
    target: BTreeMap<usize, usize>,
}

impl Reverts {
    /// The newest first, so that a commit whose revert was taken back itself still counts.
    fn new(snapshot: &Snapshot, history: &History, places: &BTreeSet<usize>) -> Reverts {
        let mut found = Reverts::default();
        for place in places {
            let id = commit::reverts(&snapshot.commits[*place].message);
            let named = |id: &str| {
                places.range(place + 1..).find(|other| snapshot.commits[**other].id.starts_with(id)).copied()
            };
            let Some(target) = id.and_then(named).filter(|_| !found.by.contains_key(place)) else { continue };
            found.target.insert(*place, target);
            found.by.insert(target, *place);
            if snapshot.commits[target].parents.len() > 1 {
                found.by.extend(history.merged(target).into_iter().map(|merged| (merged, *place)));
            }
        }
        found
    }

    /// Why what a commit says does not count.
    fn of(&self, snapshot: &Snapshot, place: usize) -> Option<String> {
        let short = |place: &usize| snapshot.commits[*place].short();
        let taken_back = self.by.get(&place).map(|by| format!("reverted by {}", short(by)));
        let takes_back = self.target.get(&place);
        taken_back
            .or(takes_back.map(|target| format!("reverts {}, which is not released either", short(target))))
    }
}
