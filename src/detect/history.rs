//! Questions about commits and tags: what is reachable from where, which tags are whose.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Base;
use crate::model::{Commit, Snapshot, Tag, without_scope};
use crate::pattern::Pattern;
use crate::version::Version;

/// A snapshot's commits, ready to be walked.
pub struct History<'a> {
    snapshot: &'a Snapshot,
    places: HashMap<&'a str, usize>,
    /// Places of the parents of each commit.
    parents: Vec<Vec<usize>>,
    /// Whether HEAD reaches a commit, by place.
    reached: Vec<bool>,
}

impl<'a> History<'a> {
    /// Reads the parents of all commits once.
    pub fn new(snapshot: &'a Snapshot) -> History<'a> {
        let commits = snapshot.commits.iter().enumerate();
        let places: HashMap<&str, usize> =
            commits.map(|(place, commit)| (commit.id.as_str(), place)).collect();
        let parents = |commit: &Commit| -> Vec<usize> {
            commit.parents.iter().filter_map(|parent| places.get(parent.as_str()).copied()).collect()
        };
        let parents = snapshot.commits.iter().map(parents).collect();
        let mut history = History { snapshot, places, parents, reached: Vec::new() };
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

    /// For each base: which commits it reaches, by place. Components often have one base together.
    pub fn before<'b>(&self, bases: impl Iterator<Item = &'b str>) -> BTreeMap<&'b str, Vec<bool>> {
        let distinct: BTreeSet<&str> = bases.collect();
        distinct.into_iter().map(|base| (base, self.reachable(base))).collect()
    }

    /// Places of the commits that HEAD reaches and some base does not.
    pub fn since_any(&self, before: &BTreeMap<&str, Vec<bool>>) -> Vec<usize> {
        let open = |place: &usize| self.reached[*place] && before.values().any(|before| !before[*place]);
        (0..self.snapshot.commits.len()).filter(open).collect()
    }

    /// Places of the commits that a merge brought in: those that its first parent does not reach. Only what lies between
    /// the parents is looked at, because children stand before their parents.
    pub fn merged(&self, place: usize) -> Vec<usize> {
        // For each commit that was met: whether the first parent reaches it.
        let mut pending: BTreeMap<usize, bool> = BTreeMap::new();
        let (mut found, mut open) = (Vec::new(), 0_usize);
        let meet = |pending: &mut BTreeMap<usize, bool>, open: &mut usize, parent: usize, known: bool| {
            let new = !pending.contains_key(&parent);
            let before = pending.entry(parent).or_insert(known);
            *open += usize::from(new && !known);
            *open -= usize::from(!new && known && !*before);
            *before |= known;
        };
        for (nth, parent) in self.parents[place].iter().enumerate() {
            meet(&mut pending, &mut open, *parent, nth == 0);
        }
        while open > 0 {
            let Some((place, known)) = pending.pop_first() else { break };
            if !known {
                open -= 1;
                found.push(place);
            }
            for parent in &self.parents[place] {
                meet(&mut pending, &mut open, *parent, known);
            }
        }
        found
    }

    fn reachable(&self, from: &str) -> Vec<bool> {
        let mut found = vec![false; self.snapshot.commits.len()];
        let mut pending: Vec<usize> = self.place(from).into_iter().collect();
        while let Some(place) = pending.pop() {
            if !std::mem::replace(&mut found[place], true) {
                pending.extend(&self.parents[place]);
            }
        }
        found
    }

    /// The tag below HEAD that matches the first pattern that any tag matches and has the fewest commits between
    /// itself and HEAD.
    pub fn nearest(&self, patterns: &[Pattern]) -> Option<Base> {
        let below = |tag: &&Tag| tag.commit != self.snapshot.head && self.reaches(&tag.commit);
        patterns.iter().find_map(|pattern| {
            let fitting = self.snapshot.tags.iter().filter(|tag| pattern.matches(&tag.name)).filter(below);
            let mut fitting: Vec<&Tag> = fitting.collect();
            fitting.sort_by_key(|tag| (self.place(&tag.commit), std::cmp::Reverse(&tag.name)));
            self.closest(&fitting)
        })
    }

    /// Of tags with the newer ones first. A tag that another one reaches is farther away than that one, so in a
    /// straight history only the first is measured.
    fn closest(&self, tags: &[&Tag]) -> Option<Base> {
        let mut best: Option<(usize, &Tag)> = None;
        let mut covered = vec![false; self.snapshot.commits.len()];
        for tag in tags {
            let Some(place) = self.place(&tag.commit).filter(|place| !covered[*place]) else { continue };
            let before = self.reachable(&tag.commit);
            let between = (0..before.len()).filter(|other| self.reached[*other] && !before[*other]).count();
            covered.iter_mut().zip(&before).for_each(|(covered, before)| *covered |= *before);
            covered[place] = true;
            if best.is_none_or(|(least, _)| between < least) {
                best = Some((between, tag));
            }
        }
        let (_, tag) = best?;
        Some(Base { commit: tag.commit.clone(), name: tag.name.clone(), ..Base::default() })
    }

    /// The commit before the last one that changed a path.
    pub fn before_last_change(&self, path: &str) -> Option<&'a str> {
        let changes = |place: &usize| {
            self.reached[*place] && self.snapshot.commits[*place].files.iter().any(|other| other == path)
        };
        let last = (0..self.snapshot.commits.len()).find(changes)?;
        self.snapshot.commits[last].parents.first().map(String::as_str)
    }

    /// The oldest commit of the first-parent line, as a name for the comparison with nothing.
    pub fn root(&self) -> Base {
        let mut at = self.snapshot.head.as_str();
        while let Some(parent) = self.place(at).and_then(|place| self.snapshot.commits[place].parents.first())
        {
            at = parent;
        }
        Base { name: at.to_string(), ..Base::default() }
    }

    /// Tags of a pattern, wherever they are, with their versions.
    pub fn own_tags(&self, pattern: &str) -> Vec<(Version, &'a Tag)> {
        own_tags(&self.snapshot.tags, pattern)
    }

    /// Tags that name a component in one of the usual forms, with the pattern of the form. A tag that is another
    /// component's `own` says nothing: `acme-2-v1.0.0` is no release of `acme`. A scope is often left out of tags.
    pub fn known_forms(&self, component: &str, alone: bool, own: &BTreeSet<&str>) -> Vec<(String, &'a str)> {
        let names = [Some(component), without_scope(component)];
        let form = |name: &str| ["-v", "@", "/v", "-"].map(|between| format!("{name}{between}{{version}}"));
        let mut forms: Vec<String> = names.into_iter().flatten().flat_map(form).collect();
        if alone {
            forms.extend(["v{version}", "{version}"].map(String::from));
        }
        let mut found: BTreeMap<&str, &String> = BTreeMap::new();
        for form in &forms {
            for (_, tag) in self.own_tags(form).iter().filter(|(_, tag)| !own.contains(tag.name.as_str())) {
                found.entry(&tag.name).or_insert(form);
            }
        }
        found.into_iter().map(|(tag, form)| (form.clone(), tag)).collect()
    }
}

/// Tags of a pattern with their versions.
pub fn own_tags<'t>(tags: &'t [Tag], pattern: &str) -> Vec<(Version, &'t Tag)> {
    let Some((before, after)) = pattern.split_once("{version}") else { return Vec::new() };
    let version = |tag: &Tag| {
        let text = tag.name.strip_prefix(before)?.strip_suffix(after)?;
        text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())?
    };
    // They stand together, for tags are sorted by name.
    let first = tags.partition_point(|tag| tag.name.as_str() < before);
    let mine = tags[first..].iter().take_while(|tag| tag.name.starts_with(before));
    mine.filter_map(|tag| Some((version(tag)?, tag))).collect()
}
