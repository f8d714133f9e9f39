//! What each commit does to a release: whether it counts, for which components, and why not.

use std::collections::{BTreeMap, BTreeSet};

use crate::commit::{self, Change};
use crate::config::{BumpMode, CommitSection, Config};
use crate::detect::Detected;
use crate::detect::history::History;
use crate::model::{Commit, Snapshot};
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
    /// The step for which its message makes a release by itself.
    pub bump: Option<Bump>,
    /// The step that its message makes of a release; none where it says nothing, or nothing any more.
    pub size: Option<Bump>,
    /// Whether it makes a release, by its message or because any change does.
    pub counted: bool,
    /// Whether all that it touches was released since, so that it has no part in this release.
    pub early: bool,
    /// Why it does or does not count.
    pub reason: String,
}

/// Every commit that some component's release could hold, in the order of history.
pub fn judge(snapshot: &Snapshot, detected: &Detected, config: &Config) -> Vec<Judged> {
    let history = History::new(snapshot);
    let places: BTreeSet<usize> = detected.places.iter().copied().collect();
    let reverts = Reverts::new(snapshot, &history, &places);
    let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for change in &detected.components {
        for place in &change.commits {
            of.entry(*place).or_default().push(change.name.clone());
        }
    }
    let judging = Judging { snapshot, config, detected, reverts };
    let mut judged: BTreeMap<usize, Judged> = BTreeMap::new();
    // The oldest first, so that a merge finds what its commits said.
    for place in places.into_iter().rev() {
        let components = of.remove(&place).unwrap_or_default();
        let one = match snapshot.commits[place].parents.len() {
            0 | 1 => judging.commit(place, components),
            _ => judging.merge(place, components, |place| merged(snapshot, &history, &judged, place)),
        };
        judged.insert(place, one);
    }
    judged.into_values().collect()
}

/// The largest step that the commits of a merge ask for, by the components that they touch.
fn merged(
    snapshot: &Snapshot,
    history: &History,
    judged: &BTreeMap<usize, Judged>,
    place: usize,
) -> BTreeMap<String, Option<Bump>> {
    let mut said: BTreeMap<String, Option<Bump>> = BTreeMap::new();
    // A commit without files speaks to every component, which does not mean that the merge is about all of them.
    let changes = |place: &usize| !snapshot.commits[*place].files.is_empty();
    for one in
        history.merged(place).iter().filter(|place| changes(place)).filter_map(|place| judged.get(place))
    {
        for component in &one.components {
            let largest = said.entry(component.clone()).or_default();
            *largest = (*largest).max(one.size);
        }
    }
    said
}

/// What one commit is judged by.
struct Judging<'a> {
    snapshot: &'a Snapshot,
    config: &'a Config,
    detected: &'a Detected,
    reverts: Reverts,
}

impl Judging<'_> {
    fn commit(&self, place: usize, components: Vec<String>) -> Judged {
        let commit = &self.snapshot.commits[place];
        let read = weighed(&commit.message, &self.config.sections);
        // A commit that does something of its own beside taking another one back still counts.
        let own = read.as_ref().is_some_and(|(change, _)| change.kind != "revert");
        let taken_back = self.reverts.taken_back(self.snapshot, place);
        let unsaid = taken_back.or_else(|| self.reverts.takes_back(self.snapshot, place).filter(|_| !own));
        let (change, weight) = read.map_or_else(
            || (None, Weight::nothing(unreadable(commit))),
            |(change, weight)| (Some(change), weight),
        );
        let weight = match unsaid {
            Some(why) => Weight::nothing(why),
            None if self.detected.early.contains(&place) => Weight::nothing("released already"),
            None if components.is_empty() && self.detected.bumps.contains(&place) => {
                Weight::nothing("only versions that a release writes")
            }
            None if components.is_empty() => Weight::nothing("touches no component"),
            None => weight,
        };
        self.judged(place, change, components, weight)
    }

    /// A merge counts for a component where its own message (the title of a pull request) asks for more than the
    /// commits that it merged; what they said is not counted again.
    fn merge(
        &self,
        place: usize,
        own: Vec<String>,
        merged: impl FnOnce(usize) -> BTreeMap<String, Option<Bump>>,
    ) -> Judged {
        let nothing = || Weight::nothing("a merge; its commits count by themselves");
        let read = weighed(&self.snapshot.commits[place].message, &self.config.sections);
        let said_something = read.filter(|(_, weight)| weight.size.is_some());
        let Some((change, weight)) = said_something else {
            return self.judged(place, None, own, nothing());
        };
        if let Some(why) = self.reverts.taken_back(self.snapshot, place) {
            return self.judged(place, Some(change), own, Weight::nothing(why));
        }
        let mut said = merged(place);
        said.extend(
            own.into_iter()
                .filter(|name| !said.contains_key(name))
                .map(|name| (name, None))
                .collect::<Vec<_>>(),
        );
        let more = |(_, largest): &(&String, &Option<Bump>)| **largest < weight.size;
        let components: Vec<String> = said.iter().filter(more).map(|(name, _)| name.clone()).collect();
        let weight = if components.is_empty() { nothing() } else { weight };
        self.judged(place, Some(change), components, weight)
    }

    fn judged(
        &self,
        place: usize,
        change: Option<Change>,
        components: Vec<String>,
        weight: Weight,
    ) -> Judged {
        let Weight { bump, size, reason } = weight;
        let by_paths = components.iter().any(|name| self.config.mode(name) == BumpMode::Paths);
        let by_message =
            bump.is_some() && components.iter().any(|name| self.config.mode(name) != BumpMode::Paths);
        let reason = match &self.snapshot.commits[place].instead {
            _ if by_paths && !by_message => "any change counts".to_string(),
            Some(instead) => format!("{reason} (by {})", instead.by),
            None => reason,
        };
        let (counted, early) = (by_paths || by_message, self.detected.early.contains(&place));
        Judged { place, change, components, bump, size, counted, early, reason }
    }
}

fn unreadable(commit: &Commit) -> &'static str {
    if commit.message.trim().is_empty() { "an empty message" } else { "not a conventional commit" }
}

/// What a message asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    /// The step for which it makes a release by itself.
    bump: Option<Bump>,
    /// The step that it makes of a release.
    size: Option<Bump>,
    reason: String,
}

impl Weight {
    fn nothing(reason: impl Into<String>) -> Weight {
        Weight { bump: None, size: None, reason: reason.into() }
    }
}

/// The change of a message that asks for the largest step, the first one of equals. A version asked for anywhere in
/// the message is asked for.
fn weighed(message: &str, sections: &[CommitSection]) -> Option<(Change, Weight)> {
    let changes = commit::changes(message);
    let asked = changes.iter().find_map(|change| change.release_as.clone());
    let all = changes.into_iter().map(|change| (weigh(&change, sections), change));
    let all: Vec<(Weight, Change)> = all.collect();
    let size = all.iter().filter_map(|(weight, _)| weight.size).max();
    let (weight, heaviest) = all.into_iter().rev().max_by_key(|(weight, _)| (weight.bump, weight.size))?;
    let change = Change { release_as: heaviest.release_as.clone().or(asked), ..heaviest };
    Some((change, Weight { size, ..weight }))
}

/// What is shown makes a release, and all that it holds decides how large it is: a `feat` that is hidden makes none, and
/// still raises one.
fn weigh(change: &Change, sections: &[CommitSection]) -> Weight {
    let kind = change.kind.as_str();
    let of = |bump, size, reason: String| Weight { bump, size, reason };
    let usual = if ["feat", "feature"].contains(&kind) { Bump::Minor } else { Bump::Patch };
    let section = sections.iter().find(|section| section.fits(kind, change.scope.as_deref()));
    let alone = || format!("`{kind}` alone releases nothing");
    match section.map(|section| (section.bump, section.hidden)) {
        _ if change.breaking.is_some() => {
            of(Some(Bump::Major), Some(Bump::Major), format!("breaking {kind}"))
        }
        _ if change.release_as.is_some() => {
            of(Some(Bump::Patch), Some(Bump::Patch), "Release-As".to_string())
        }
        Some((Some(Some(bump)), _)) => of(Some(bump), Some(bump), kind.to_string()),
        Some((None, false)) => of(Some(usual), Some(usual), kind.to_string()),
        Some((Some(None), _)) => of(None, Some(Bump::Patch), alone()),
        Some((None, true)) | None => of(None, Some(usual), alone()),
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
