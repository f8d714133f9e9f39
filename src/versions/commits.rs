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
    /// Whether all that it touches was released since, so that it has no part in this release.
    pub early: bool,
    /// Why it does or does not count.
    pub reason: String,
}

/// Types that make a release by themselves.
const RELEASING: &[&str] = &["feat", "feature", "fix", "perf", "revert"];

/// Every commit that some component's release could hold, in the order of history.
pub(super) fn judge(snapshot: &Snapshot, detected: &Detected, config: &Config) -> Vec<Judged> {
    let history = History::new(snapshot);
    let places: BTreeSet<usize> = detected.places.iter().copied().collect();
    let reverts = Reverts::new(snapshot, &history, &places);
    let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for change in &detected.components {
        for place in &change.commits {
            of.entry(*place).or_default().push(change.name.clone());
        }
    }
    let judged = |place: usize| {
        let components = of.remove(&place).unwrap_or_default();
        one(snapshot, config, detected, place, components, &reverts)
    };
    places.into_iter().map(judged).collect()
}

fn one(
    snapshot: &Snapshot,
    config: &Config,
    detected: &Detected,
    place: usize,
    components: Vec<String>,
    reverts: &Reverts,
) -> Judged {
    let commit = &snapshot.commits[place];
    let change = heaviest(&commit.message);
    // A commit that does something of its own beside taking another one back still counts.
    let own = change.as_ref().is_some_and(|change| change.kind != "revert");
    let unsaid =
        reverts.taken_back(snapshot, place).or_else(|| reverts.takes_back(snapshot, place).filter(|_| !own));
    let early = detected.early.contains(&place);
    let (bump, reason) = match (&change, unsaid) {
        _ if commit.parents.len() > 1 => (None, "a merge; its commits count by themselves".to_string()),
        (_, Some(why)) => (None, why),
        _ if early => (None, "released already".to_string()),
        _ if components.is_empty() => (None, "touches no component".to_string()),
        (None, _) => (None, "not a conventional commit".to_string()),
        (Some(change), None) => weigh(change),
    };
    let by_paths = components.iter().any(|name| config.mode(name) == BumpMode::Paths);
    let by_message = bump.is_some() && components.iter().any(|name| config.mode(name) != BumpMode::Paths);
    let reason = if by_paths && !by_message { "any change counts".to_string() } else { reason };
    Judged { place, change, components, bump, counted: by_paths || by_message, early, reason }
}

/// The change of a message that asks for the largest step, the first one of equals. A version asked for anywhere in
/// the message is asked for.
fn heaviest(message: &str) -> Option<Change> {
    let changes = commit::changes(message);
    let asked = changes.iter().find_map(|change| change.release_as.clone());
    let heaviest = changes.into_iter().rev().max_by_key(|change| weigh(change).0)?;
    Some(Change { release_as: heaviest.release_as.clone().or(asked), ..heaviest })
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
    /// The (last) commit that one names as taken back.
    target: BTreeMap<usize, usize>,
}

impl Reverts {
    /// The newest first, so that a commit whose revert was taken back itself still counts.
    fn new(snapshot: &Snapshot, history: &History, places: &BTreeSet<usize>) -> Reverts {
        let mut found = Reverts::default();
        for place in places {
            if found.by.contains_key(place) {
                continue;
            }
            for id in commit::reverts(&snapshot.commits[*place].message) {
                let mut older = places.range(place + 1..);
                let Some(target) = older.find(|other| snapshot.commits[**other].id.starts_with(id)) else {
                    continue;
                };
                found.target.insert(*place, *target);
                found.by.insert(*target, *place);
                if snapshot.commits[*target].parents.len() > 1 {
                    found.by.extend(history.merged(*target).into_iter().map(|merged| (merged, *place)));
                }
            }
        }
        found
    }

    fn taken_back(&self, snapshot: &Snapshot, place: usize) -> Option<String> {
        self.by.get(&place).map(|by| format!("reverted by {}", snapshot.commits[*by].short()))
    }

    fn takes_back(&self, snapshot: &Snapshot, place: usize) -> Option<String> {
        let target = self.target.get(&place)?;
        Some(format!("reverts {}, which is not released either", snapshot.commits[*target].short()))
    }
}
