//! Questions about commits and tags: what is reachable from where, which tags are whose.

use std::collections::{BTreeMap, HashMap};

use super::Base;
use crate::model::{Snapshot, Tag};
use crate::pattern::Pattern;
use crate::version::Version;

/// A snapshot's commits, ready to be walked.
pub struct History<'a> {
    snapshot: &'a Snapshot,
    places: HashMap<&'a str, usize>,
    /// Whether HEAD reaches a commit, by place.
    reached: Vec<bool>,
}

impl<'a> History<'a> {
    /// Reads the parents of all commits once.
    pub fn new(snapshot: &'a Snapshot) -> History<'a> {
        let commits = snapshot.commits.iter().enumerate();
        let places: HashMap<&str, usize> =
            commits.map(|(place, commit)| (commit.id.as_str(), place)).collect();
        let mut history = History { snapshot, places, reached: Vec::new() };
        history.reached = history.reachable(&snapshot.head);
        history
    }

    /// The place of a commit in the snapshot's list; later is older.
    pub fn place(&self, commit: &str) -> Option<usize> {
        self.places.get(commit).copied()
    }

    /// Whether HEAD reaches a commit.
    pub fn reaches(&self, commit: &str) -> bool {
        self.place(commit).is_some_and(|place| self.reached[place])
    }

    /// Places of the commits that HEAD reaches and `base` does not; all that HEAD reaches for an empty base.
    pub fn since(&self, base: &str) -> Vec<usize> {
        let before = self.reachable(base);
        (0..self.snapshot.commits.len()).filter(|place| self.reached[*place] && !before[*place]).collect()
    }

    fn reachable(&self, from: &str) -> Vec<bool> {
        let mut found = vec![false; self.snapshot.commits.len()];
        let mut pending: Vec<usize> = self.place(from).into_iter().collect();
        while let Some(place) = pending.pop() {
            if !std::mem::replace(&mut found[place], true) {
                pending.extend(
                    self.snapshot.commits[place].parents.iter().filter_map(|parent| self.place(parent)),
                );
            }
        }
        found
    }

    /// The newest tag below HEAD that matches the first pattern that any tag matches.
    pub fn nearest(&self, patterns: &[Pattern]) -> Option<Base> {
        let below = |tag: &&Tag| tag.commit != self.snapshot.head && self.reaches(&tag.commit);
        patterns.iter().find_map(|pattern| {
            let fitting = self.snapshot.tags.iter().filter(|tag| pattern.matches(&tag.name)).filter(below);
            let newest = fitting.min_by_key(|tag| (self.place(&tag.commit), std::cmp::Reverse(&tag.name)))?;
            Some(Base { commit: newest.commit.clone(), name: newest.name.clone(), ..Base::default() })
        })
    }

    /// The oldest commit of the first-parent line.
    pub fn root(&self) -> Base {
        let mut at = self.snapshot.head.as_str();
        while let Some(parent) = self.place(at).and_then(|place| self.snapshot.commits[place].parents.first())
        {
            at = parent;
        }
        Base { commit: at.to_string(), name: at.to_string(), ..Base::default() }
    }

    /// Tags of a pattern, wherever they are, with their versions.
    pub fn own_tags(&self, pattern: &str) -> Vec<(Version, &'a Tag)> {
        let Some((before, after)) = pattern.split_once("{version}") else { return Vec::new() };
        let version = |tag: &Tag| {
            let text = tag.name.strip_prefix(before)?.strip_suffix(after)?;
            text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())?
        };
        self.snapshot.tags.iter().filter_map(|tag| Some((version(tag)?, tag))).collect()
    }

    /// Tags that name a component in one of the usual forms, with the pattern of the form.
    pub fn known_forms(&self, component: &str, alone: bool) -> Vec<(String, String)> {
        let mut forms: Vec<String> =
            ["-v", "@", "/v", "-"].iter().map(|between| format!("{component}{between}{{version}}")).collect();
        if alone {
            forms.extend(["v{version}", "{version}"].map(String::from));
        }
        let mut found: BTreeMap<&str, &String> = BTreeMap::new();
        for form in &forms {
            for (_, tag) in self.own_tags(form) {
                found.entry(&tag.name).or_insert(form);
            }
        }
        found.into_iter().map(|(tag, form)| (form.clone(), tag.to_string())).collect()
    }
}
