//! Draws what happened in a repository: work on branches, merges, moves, reverts, releases and tags.

use std::collections::{BTreeMap, BTreeSet};

use crate::draw::NO_CHANGELOG;
use crate::import::{Commit, Import};
use crate::manifests::{State, Tree, files};
use crate::messages::message;
use crate::model::{Component, Kind, Rules, Version};
use crate::random::Random;

/// A line of work.
struct Branch {
    tip: usize,
    state: State,
    /// What no release writes.
    loose: Tree,
    /// The same where it left the line that it came from.
    fork: Tree,
}

pub(crate) struct History<'a> {
    random: &'a mut Random,
    rules: &'a Rules,
    import: Import,
    branches: Vec<Branch>,
    tags: BTreeSet<String>,
    /// Subjects of commits, by mark.
    subjects: BTreeMap<usize, String>,
    /// The text of castoff.toml, where it is committed.
    configuration: Option<String>,
    pub(crate) features: BTreeSet<&'static str>,
}

const NAMES: [&str; 20] = [
    "src/lib.rs",
    "src/main file.rs",
    "docs/read me.md",
    "notes.txt",
    "we\"ird.txt",
    "grün/ñandú.py",
    "line\nend",
    "back\\slash",
    CHANGELOG,
    "tab\there",
    "-n",
    "--from=x",
    "$(date) `x` *?[a]",
    " lead and trail ",
    "\u{1}\u{7f}",
    "日本.txt",
    "a.link",
    "vendor.sub",
    "tool.run",
    "\u{1e}x\u{1f}y",
];

const CHANGELOG: &str = "CHANGELOG.md";

const ODD_VERSIONS: [&str; 24] = [
    "1",
    "1.2",
    "01.2.3",
    "1.02.3",
    "1.2.3-rc1",
    "1.2.3-SNAPSHOT",
    "1.2.3+build.5",
    "1.2.3-rc.1+b",
    "2.0.0-alpha",
    "1.2.3.4.5",
    "1.2.3rc1",
    "1.2.3-",
    "1.2.3.rc.2",
    "18446744073709551616.0.0",
    "9007199254740993.0.1",
    "1.10.0-beta.10",
    "1.2.3.dev1",
    "1.2.3.post1",
    "x1.2.3",
    "1.2.3-rc.1.2",
    "1.2.x",
    "0.0.0",
    "1.2.3-0",
    "1.2.3-beta",
];

/// What was drawn beside commits.
pub(crate) struct Told {
    pub(crate) features: BTreeSet<&'static str>,
    pub(crate) tags: Vec<String>,
    /// Ids of commits on the main line, oldest first.
    pub(crate) ids: Vec<String>,
}

/// Draws a history and writes it.
pub(crate) fn draw(random: &mut Random, rules: &Rules, import: Import) -> Told {
    let configuration = Some(rules.configuration()).filter(|_| rules.written);
    let mut history = History {
        random,
        rules,
        import,
        branches: Vec::new(),
        tags: BTreeSet::new(),
        subjects: BTreeMap::new(),
        configuration,
        features: BTreeSet::new(),
    };
    history.begin();
    let without_tags = history.random.percent(8);
    for _ in 0..history.random.between(2, 26) {
        history.step(without_tags);
    }
    history.last(without_tags);
    history.end()
}

impl History<'_> {
    fn begin(&mut self) {
        let state = State::first(self.rules);
        let mut loose = Tree::new();
        for package in &self.rules.packages {
            loose.insert(package.below("src/lib.rs"), String::new());
        }
        loose.insert("shared/keep.txt".to_string(), String::new());
        if self.has_changelogs() && self.random.percent(50) {
            for package in self.rules.packages.iter().filter(|_| self.random.percent(50)) {
                let text = "# Changelog\n\n## 0.0.1 (2020-01-01)\n\n* first\n";
                loose.insert(package.below("CHANGELOG.md"), text.to_string());
            }
        }
        self.branches.push(Branch { tip: 0, state, loose: Tree::new(), fork: Tree::new() });
        let state = self.branches[0].state.clone();
        self.commit(0, "feat: begin", state, loose, &[]);
    }

    /// A few are refused for it.
    fn has_changelogs(&mut self) -> bool {
        self.rules.release.iter().any(|line| line == NO_CHANGELOG) || self.random.percent(1)
    }

    fn step(&mut self, without_tags: bool) {
        let branch = if self.random.percent(65) { 0 } else { self.random.below(self.branches.len()) };
        match self.random.below(100) {
            0..52 => self.change(branch),
            52..60 if self.branches.len() < 4 => {
                let Branch { tip, state, loose, .. } = &self.branches[branch];
                let (tip, state, loose) = (*tip, state.clone(), loose.clone());
                self.branches.push(Branch { tip, state, fork: loose.clone(), loose });
            }
            60..69 => self.merge(),
            69..74 => self.take_back(),
            74..76 => self.note(),
            76..92 if !without_tags => self.release(branch, true),
            92..95 if !without_tags => self.base_tag(branch),
            95..97 if !without_tags => self.odd_tag(branch),
            97 => self.release(branch, false),
            _ => {}
        }
    }

    /// What stands at HEAD decides most, so some of it is drawn by itself.
    fn last(&mut self, without_tags: bool) {
        match self.random.below(100) {
            0..5 => self.bulk(),
            5..10 if !without_tags => {
                self.release(0, true);
                self.features.insert("own tag at HEAD");
            }
            10..14 if !without_tags => {
                self.base_tag(0);
                self.features.insert("base tag at HEAD");
            }
            14..20 => self.release(0, false),
            20..70 => self.change(0),
            _ => {}
        }
        if !without_tags && self.random.percent(8) {
            self.other_form();
        }
    }

    fn end(mut self) -> Told {
        let marks: Vec<usize> = self.subjects.keys().copied().collect();
        let ids = marks.iter().map(|mark| self.import.id(*mark)).collect();
        if self.tags.is_empty() {
            self.features.insert("no tags");
        }
        self.import.end();
        Told { features: self.features, tags: self.tags.into_iter().collect(), ids }
    }

    fn change(&mut self, branch: usize) {
        let mut loose = self.branches[branch].loose.clone();
        for _ in 0..self.random.below(4) {
            self.touch(&mut loose);
        }
        let mut state = self.branches[branch].state.clone();
        if self.random.percent(6) {
            self.edit_requirement(&mut state);
        }
        let message = message(self.random);
        self.commit(branch, &message, state, loose, &[]);
    }

    /// Somebody raises a requirement by hand.
    fn edit_requirement(&mut self, state: &mut State) {
        let place = self.random.below(self.rules.packages.len());
        let needs = &self.rules.packages[place].needs;
        if needs.is_empty() {
            return;
        }
        let nth = self.random.below(needs.len());
        state.required[place][nth] = state.versions[needs[nth].of].clone();
        self.features.insert("requirement edited");
    }

    fn touch(&mut self, loose: &mut Tree) {
        let package = self.random.pick(&self.rules.packages).clone();
        let kept = |path: &String| path.ends_with("src/lib.rs") || path.ends_with("keep.txt");
        let there: Vec<String> = loose.keys().filter(|path| !kept(path)).cloned().collect();
        let content = format!("{}\n", self.random.below(1_000_000));
        match self.random.below(10) {
            0 if !there.is_empty() => {
                loose.remove(self.random.pick(&there));
            }
            1 | 2 if !there.is_empty() => {
                let text = loose.remove(self.random.pick(&there)).unwrap_or_default();
                loose.insert(package.below(&format!("moved {}", self.random.below(9))), text);
                self.features.insert("move");
            }
            3 => {
                let path = *self.random.pick(&["top.txt", "shared/x.lock", "shared/a b", "README.md"]);
                loose.insert(path.to_string(), content);
            }
            // What a file held before, so that the net difference is none.
            4 => drop(loose.insert(package.below(NAMES[0]), String::new())),
            5..8 => drop(loose.insert(package.below(NAMES[0]), content)),
            _ => {
                let name = *self.random.pick(&NAMES);
                let name = if name == CHANGELOG && !self.has_changelogs() { "CHANGES.md" } else { name };
                loose.insert(package.below(name), content);
                self.features.insert("odd name");
            }
        }
    }

    /// More paths than a pipe or an argument list holds.
    fn bulk(&mut self) {
        let mut loose = self.branches[0].loose.clone();
        let package = self.random.pick(&self.rules.packages).clone();
        for number in 0..5000 {
            let path = package.below(&format!("generated/part {}/file number {number}.txt", number % 70));
            loose.insert(path, format!("{number}\n"));
        }
        let state = self.branches[0].state.clone();
        self.commit(0, "feat: five thousand files", state, loose, &[]);
        self.features.insert("5,000 paths");
    }

    /// One branch into the first, or two at once.
    fn merge(&mut self) {
        let mut others = Vec::new();
        while self.branches.len() > 1 && others.len() < 2 && (others.is_empty() || self.random.percent(30)) {
            let place = self.random.between(1, self.branches.len() - 1);
            others.push(self.branches.remove(place));
        }
        let Branch { state, loose, .. } = &self.branches[0];
        let (mut state, mut loose) = (state.clone(), loose.clone());
        for other in &others {
            state = state.merged(&other.state);
            let paths: BTreeSet<&String> = other.loose.keys().chain(other.fork.keys()).collect();
            for path in paths.into_iter().filter(|path| other.loose.get(*path) != other.fork.get(*path)) {
                match other.loose.get(path) {
                    Some(text) => drop(loose.insert(path.clone(), text.clone())),
                    None => drop(loose.remove(path)),
                }
            }
        }
        if self.random.percent(12) {
            self.touch(&mut loose);
        }
        let tips: Vec<usize> = others.iter().map(|other| other.tip).collect();
        let messages =
            ["Merge branch 'side'", "feat: merged work", "Merge pull request #1 from a/b\n\nfix: title"];
        let message = *self.random.pick(&messages);
        if !tips.is_empty() {
            self.commit(0, message, state, loose, &tips);
            self.features.insert("merge");
        }
    }

    /// A commit that takes an earlier one back, in its message; what it changes may be something else.
    fn take_back(&mut self) {
        let recent: Vec<(usize, String)> =
            self.subjects.iter().rev().take(8).map(|(a, b)| (*a, b.clone())).collect();
        let (mark, subject) = self.random.pick(&recent).clone();
        let id = self.import.id(mark);
        let id = if self.random.percent(15) { &id[..9] } else { &id };
        let message = match self.random.below(8) {
            0 => format!("revert: {subject}\n\nThis reverts commit {id}."),
            1 => format!("fix: other\n\nThis reverts commit {id}, and more.\nThis reverts commit 0123456."),
            _ => format!("Revert \"{subject}\"\n\nThis reverts commit {id}.\n"),
        };
        let mut loose = self.branches[0].loose.clone();
        self.touch(&mut loose);
        let state = self.branches[0].state.clone();
        self.commit(0, &message, state, loose, &[]);
        self.features.insert("revert");
    }

    fn note(&mut self) {
        let marks: Vec<usize> = self.subjects.keys().rev().take(6).copied().collect();
        let mark = *self.random.pick(&marks);
        let text = message(self.random);
        self.import.note(mark, &text);
        self.features.insert("git note");
    }

    /// Writes a version and tags it, as a release does.
    fn release(&mut self, branch: usize, tagged: bool) {
        if self.rules.components.is_empty() {
            return;
        }
        let component = self.random.pick(&self.rules.components).clone();
        let mut state = self.branches[branch].state.clone();
        let next = self.next(&component, &state);
        let tag = self.rules.tag_of(&component, &next);
        if tagged && self.tags.contains(&tag) {
            return;
        }
        for place in &component.packages {
            state.versions[*place] = next.clone();
        }
        if self.random.percent(65) {
            for (place, package) in self.rules.packages.iter().enumerate() {
                for (nth, need) in package.needs.iter().enumerate() {
                    if component.packages.contains(&need.of) {
                        state.required[place][nth] = next.clone();
                    }
                }
            }
        }
        let mut loose = self.branches[branch].loose.clone();
        if self.random.percent(8) {
            self.touch(&mut loose);
        }
        self.commit(branch, "chore: release", state, loose, &[]);
        if tagged {
            self.tags.insert(tag.clone());
            self.import.tag(&tag, self.branches[branch].tip, self.random.percent(30));
        } else {
            self.features.insert("bump without tag");
        }
    }

    fn next(&mut self, component: &Component, state: &State) -> Version {
        let written = component.packages.iter().map(|place| &state.versions[*place]).max().unwrap();
        let mut next = written.clone();
        let takes_four = |place: &usize| matches!(self.rules.packages[*place].kind, Kind::Uv | Kind::Gem);
        let four = component.scheme == Some("core-patch") && component.packages.iter().all(takes_four);
        if four && self.random.percent(70) {
            next = self.on_core(component, state);
        } else if let Some((word, count)) = next.pre.filter(|_| self.random.percent(50)) {
            next.pre = Some((word, count + 1));
        } else {
            next.pre = None;
            let place = [2, 2, 2, 1, 1, 0][self.random.below(6)];
            next.numbers.truncate(3);
            next.numbers[place] += 1;
            next.numbers[place + 1..].fill(0);
            if self.random.percent(7) {
                next.pre =
                    Some((*self.random.pick(&["rc", "beta", "alpha"]), self.random.between(1, 11) as u64));
                self.features.insert("pre-release");
            }
        }
        next
    }

    /// The version of the followed component with a patch behind it.
    fn on_core(&mut self, component: &Component, state: &State) -> Version {
        let leader =
            self.rules.components.iter().find(|it| Some(&it.name) == component.follows.as_ref()).unwrap();
        let core = leader.packages.iter().map(|place| &state.versions[*place]).max().unwrap();
        let mut numbers = core.numbers.clone();
        numbers.truncate(3);
        numbers.push(self.random.below(12) as u64);
        self.features.insert("four parts");
        Version { numbers, pre: core.pre }
    }

    fn base_tag(&mut self, branch: usize) {
        let number = self.random.below(3000);
        let prefix = *self.random.pick(&["release-", "release-", "base-", "v0.0.", "release-$x "]);
        let name = format!("{prefix}{number}").replace(' ', "'");
        if self.tags.insert(name.clone()) {
            self.import.tag(&name, self.branches[branch].tip, self.random.percent(30));
        }
    }

    /// A tag of a component with a version as few people write it.
    fn odd_tag(&mut self, branch: usize) {
        let Some(component) = self.rules.components.first().cloned() else { return };
        let pattern = self.rules.tag_of(&component, &Version::new(&[]));
        let name = pattern + *self.random.pick(&ODD_VERSIONS);
        if self.tags.insert(name.clone()) {
            self.import.tag(&name, self.branches[branch].tip, self.random.percent(30));
            self.features.insert("odd version in a tag");
        }
    }

    /// A tag that names a component in a form that the rules do not have.
    fn other_form(&mut self) {
        if let Some(component) = self.rules.components.first().cloned() {
            let between = *self.random.pick(&["-v", "@", "/v", "-"]);
            let name = format!("{}{between}9.0.1", component.name);
            if self.tags.insert(name.clone()) {
                self.import.tag(&name, self.branches[0].tip, false);
                self.features.insert("tag in another form");
            }
        }
    }

    fn commit(&mut self, branch: usize, message: &str, state: State, loose: Tree, others: &[usize]) {
        let whole = |state: &State, loose: &Tree| {
            let mut tree = files(self.rules, state);
            tree.extend(loose.clone());
            tree.extend(self.configuration.clone().map(|text| ("castoff.toml".to_string(), text)));
            tree
        };
        let Branch { tip, state: old, loose: before, .. } = &self.branches[branch];
        let before = if *tip == 0 { Tree::new() } else { whole(old, before) };
        let tree = whole(&state, &loose);
        let parents: Vec<usize> =
            Some(*tip).filter(|tip| *tip > 0).into_iter().chain(others.iter().copied()).collect();
        let name = if branch == 0 { "refs/heads/main" } else { "refs/heads/side" };
        let commit = Commit { branch: name, parents: &parents, before: &before, tree: &tree, message };
        let tip = self.import.commit(&commit);
        self.subjects.insert(tip, message.lines().next().unwrap_or_default().to_string());
        let branch = &mut self.branches[branch];
        (branch.tip, branch.state, branch.loose) = (tip, state, loose);
    }
}
