//! What changed and which versions come next, computed a second time: written from the words of the contract alone,
//! slow and obvious, with a plain git command for each question. It shares no code with castoff.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::generate::{Generated, version_in};
use super::message::{self, Said, Step};
use super::rules::{Component, Package, Requirement, Version, spell};

/// What castoff should say.
pub(super) struct Answer {
    pub(super) detect: String,
    /// None where castoff has to refuse: a next version stands in the way of a tag.
    pub(super) versions: Option<String>,
    /// The changed files of each component.
    pub(super) files: Vec<(String, BTreeSet<String>)>,
}

/// What a component is compared with.
#[derive(Clone, Debug, Default)]
struct Base {
    /// None for the comparison with nothing.
    commit: Option<String>,
    name: String,
    /// Of the component's own tag.
    version: Option<Version>,
}

struct Slow<'a> {
    generated: &'a Generated,
    head: String,
    asked: RefCell<BTreeMap<Vec<String>, String>>,
}

/// Answers for a repository.
pub(super) fn answer(generated: &Generated) -> Answer {
    let slow = Slow { generated, head: String::new(), asked: RefCell::default() };
    let head = slow.git(&["rev-parse", "HEAD"]).trim().to_string();
    Slow { head, ..slow }.answer()
}

impl Slow<'_> {
    /// The output of a command; nothing changes while a repository is looked at, so no question is asked twice.
    fn git(&self, args: &[&str]) -> String {
        let key: Vec<String> = args.iter().map(ToString::to_string).collect();
        if let Some(known) = self.asked.borrow().get(&key) {
            return known.clone();
        }
        let text = self.generated.repo.git(args);
        self.asked.borrow_mut().insert(key, text.clone());
        text
    }

    fn lines(&self, args: &[&str]) -> Vec<String> {
        self.git(args).lines().map(str::to_string).collect()
    }

    fn answer(&self) -> Answer {
        let rules = &self.generated.rules;
        let bases: Vec<Base> = rules.components.iter().map(|component| self.base(component)).collect();
        let shared = self.changes_base(&bases);
        let mut lines = vec![format!("CHANGES_BASE_REF={}", self.reference(&shared))];
        let different = self.different(&shared);
        for (name, patterns) in &rules.paths {
            let touched = different.iter().filter(|path| !self.is_ignored(path));
            let changed = touched.into_iter().any(|path| patterns.iter().any(|it| matches(it, path)));
            lines.push(format!("{}_CHANGED={changed}", key(name)));
        }
        let mut files = Vec::new();
        for (component, base) in rules.components.iter().zip(&bases) {
            let found = self.files(component, base);
            lines.push(format!("{}_CHANGED={}", key(&component.name), !found.is_empty()));
            files.push((component.name.clone(), found));
        }
        for (component, base) in rules.components.iter().zip(&bases) {
            if base.commit.is_some() && base.commit != shared.commit {
                lines.push(format!("{}_BASE_REF={}", key(&component.name), self.reference(base)));
            }
        }
        let detect = lines.join("\n") + "\n";
        let mut versions = detect.clone();
        let next = self.next(&bases, &files);
        for (component, (current, next)) in rules.components.iter().zip(next.iter().flatten()) {
            let (key, next) = (key(&component.name), next.map_or("unchanged".to_string(), spell));
            versions += &format!("CURRENT_{key}_VERSION={}\nNEXT_{key}_VERSION={next}\n", spell(*current));
        }
        Answer { detect, versions: next.map(|_| versions), files }
    }

    /// The own tags of a component that HEAD reaches, or all of them.
    fn own_tags(&self, component: &Component, merged: bool) -> Vec<(Version, String)> {
        let names = self.lines(if merged { &["tag", "--merged", "HEAD"] } else { &["tag"] });
        let before = format!("{}{}", component.name, self.generated.rules.between);
        let version = |name: &String| {
            let numbers: Vec<u64> =
                name.strip_prefix(&before)?.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
            Some((numbers.try_into().ok()?, name.clone()))
        };
        names.iter().filter_map(version).collect()
    }

    fn commit(&self, name: &str) -> String {
        self.git(&["rev-parse", "--verify", &format!("{name}^{{commit}}")]).trim().to_string()
    }

    fn base(&self, component: &Component) -> Base {
        if let Some(from) = &self.generated.from {
            let commit = self.commit(from);
            let here =
                self.own_tags(component, false).into_iter().filter(|(_, tag)| self.commit(tag) == commit);
            let version = here.map(|(version, _)| version).max();
            return Base { commit: Some(commit), name: from.clone(), version };
        }
        match self.own_tags(component, true).into_iter().max() {
            Some((version, tag)) => {
                Base { commit: Some(self.commit(&tag)), name: tag, version: Some(version) }
            }
            None => self.nearest_base_tag().unwrap_or_default(),
        }
    }

    fn nearest_base_tag(&self) -> Option<Base> {
        for pattern in &self.generated.rules.base_tags {
            let start = pattern.trim_end_matches('*');
            let merged = self.lines(&["tag", "--merged", "HEAD"]);
            let fitting =
                merged.into_iter().filter(|tag| tag.starts_with(start) && self.commit(tag) != self.head);
            let distance = |tag: &String| self.count_since(&self.commit(tag));
            if let Some(name) = fitting.min_by_key(distance) {
                return Some(Base { commit: Some(self.commit(&name)), name, version: None });
            }
        }
        None
    }

    fn count_since(&self, commit: &str) -> usize {
        self.git(&["rev-list", "--count", &format!("{commit}..HEAD")]).trim().parse().unwrap()
    }

    /// What path sets are compared with.
    fn changes_base(&self, bases: &[Base]) -> Base {
        if let Some(from) = &self.generated.from {
            return Base { commit: Some(self.commit(from)), name: from.clone(), version: None };
        }
        if let Some(base) = self.nearest_base_tag() {
            return base;
        }
        // The oldest by the clock; of one commit's tags the one of the component that comes first.
        let age = |base: &&Base| {
            let commit = base.commit.as_deref().unwrap_or_default();
            self.git(&["show", "-s", "--format=%ct", commit]).trim().parse::<u64>().unwrap()
        };
        let known = bases.iter().filter(|base| base.commit.is_some()).min_by_key(age);
        known.cloned().unwrap_or_else(|| {
            let roots = self.lines(&["rev-list", "--first-parent", "--max-parents=0", "HEAD"]);
            Base { commit: None, name: roots[0].clone(), version: None }
        })
    }

    fn reference(&self, base: &Base) -> String {
        let plain = base.name.chars().all(|c| c.is_ascii_alphanumeric() || "._+/@:-".contains(c));
        if plain { base.name.clone() } else { base.commit.clone().unwrap_or_default() }
    }

    /// The net difference to HEAD.
    fn different(&self, base: &Base) -> BTreeSet<String> {
        let text = match &base.commit {
            Some(commit) => self.git(&["diff", "--name-only", "-z", "--no-renames", commit, "HEAD"]),
            None => self.git(&["ls-tree", "-r", "-z", "--name-only", "HEAD"]),
        };
        self.without_bumps(paths(&text), base)
    }

    fn without_bumps(&self, paths: BTreeSet<String>, base: &Base) -> BTreeSet<String> {
        let Some(commit) = &base.commit else { return paths };
        paths.into_iter().filter(|path| !self.is_rewritten(path, commit)).collect()
    }

    /// Whether nothing but a version that a release writes is different in a file.
    fn is_rewritten(&self, path: &str, base: &str) -> bool {
        let rules = &self.generated.rules;
        let manifest = rules.packages.iter().any(|package| package.manifest() == path);
        let version_file = rules.components.iter().any(|it| it.version_file.as_deref() == Some(path));
        let without_version = |commit: &str| {
            let text = self.git(&["show", &format!("{commit}:{path}")]);
            version_in(&text).map(|version| text.replacen(&spell(version), "", 1))
        };
        (manifest || version_file) && without_version(base) == without_version("HEAD")
    }

    fn by_paths(&self, component: &Component) -> bool {
        component.by_paths.unwrap_or(self.generated.rules.by_paths)
    }

    fn files(&self, component: &Component, base: &Base) -> BTreeSet<String> {
        let all = if self.by_paths(component) || base.commit.is_none() {
            self.different(base)
        } else {
            let touched = self.commits(base).iter().flat_map(|commit| self.files_of(commit)).collect();
            self.without_bumps(touched, base)
        };
        all.into_iter().filter(|path| self.belongs(path, component)).collect()
    }

    /// The commits since a base, newest first.
    fn commits(&self, base: &Base) -> Vec<String> {
        let range = base.commit.as_ref().map_or("HEAD".to_string(), |commit| format!("{commit}..HEAD"));
        self.lines(&["rev-list", "--topo-order", &range])
    }

    /// The commits that a merge brought to its first parent; none for what is no merge.
    fn merged(&self, commit: &str) -> Vec<String> {
        match self.parents(commit).split_first() {
            Some((first, [_, ..])) => self.lines(&["rev-list", commit, &format!("^{first}")])[1..].to_vec(),
            _ => Vec::new(),
        }
    }

    fn parents(&self, commit: &str) -> Vec<String> {
        let text = self.git(&["show", "-s", "--format=%P", commit]);
        text.split_whitespace().map(str::to_string).collect()
    }

    /// What is different from the commit before, in a merge from all of them.
    fn files_of(&self, commit: &str) -> BTreeSet<String> {
        let since = |parent: &String| {
            paths(&self.git(&["diff", "--name-only", "-z", "--no-renames", parent, commit]))
        };
        let each = self.parents(commit).iter().map(since).reduce(|one, other| &one & &other);
        each.unwrap_or_else(|| paths(&self.git(&["ls-tree", "-r", "-z", "--name-only", commit])))
    }

    fn is_ignored(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ignore = match &self.generated.rules.ignore {
            Some(ignore) => ignore.clone(),
            None => vec!["**/CHANGELOG.md".to_string()],
        };
        path == "castoff.toml"
            || name == "Cargo.lock"
            || name == "uv.lock"
            || ignore.iter().any(|it| matches(it, path))
    }

    fn belongs(&self, path: &str, component: &Component) -> bool {
        if self.is_ignored(path) {
            return false;
        }
        let rules = &self.generated.rules;
        if component.changed_by.is_empty() {
            let inside = |package: &&Package| path.starts_with(&format!("{}/", package.dir));
            let longest = rules.packages.iter().filter(inside).max_by_key(|package| package.dir.len());
            return longest
                .is_some_and(|it| component.packages.iter().any(|own| rules.packages[*own].dir == it.dir));
        }
        component.changed_by.iter().any(|text| match rules.paths.iter().find(|(name, _)| name == text) {
            Some((_, patterns)) => patterns.iter().any(|it| matches(it, path)),
            None => matches(text, path),
        })
    }

    /// Current and next version of every component; none at all where a tag stands in the way.
    fn next(
        &self,
        bases: &[Base],
        files: &[(String, BTreeSet<String>)],
    ) -> Option<Vec<(Version, Option<Version>)>> {
        let components = &self.generated.rules.components;
        let mut found: Vec<(Version, Option<Version>)> = Vec::new();
        for ((component, base), (_, files)) in components.iter().zip(bases).zip(files) {
            found.push(self.own_next(component, base, files));
        }
        loop {
            let reached =
                |place: &usize| found[*place].1.is_none() && self.is_reached(&components[*place], &found);
            let propagates = self.generated.rules.propagate;
            let Some(place) = (0..found.len()).find(reached).filter(|_| propagates) else { break };
            found[place].1 = Some(bumped(found[place].0, Step::Patch));
        }
        let refused = components.iter().zip(&found).any(|(component, (_, next))| {
            next.is_some_and(|next| {
                self.own_tags(component, false).iter().any(|(tagged, tag)| {
                    let same_line = tagged[0] == next[0] && (next[0] > 0 || tagged[1] == next[1]);
                    self.commit(tag) != self.head && (*tagged == next || (*tagged > next && same_line))
                })
            })
        });
        // A question about the past is answered; nothing is released from it.
        (!refused || self.generated.from.is_some()).then_some(found)
    }

    /// The version that a commit holds: that of the version file, else the greatest of its manifests.
    fn version_at(&self, component: &Component, commit: &str) -> Option<Version> {
        let packages = &self.generated.rules.packages;
        let manifests = component.packages.iter().map(|place| packages[*place].manifest());
        let paths: Vec<String> = match &component.version_file {
            Some(path) => vec![path.clone()],
            None => manifests.collect(),
        };
        let there = self.git(&["ls-tree", "-r", "-z", "--name-only", commit]);
        let there = paths.iter().filter(|path| there.split('\0').any(|other| other == path.as_str()));
        there.filter_map(|path| version_in(&self.git(&["show", &format!("{commit}:{path}")]))).max()
    }

    fn own_next(
        &self,
        component: &Component,
        base: &Base,
        files: &BTreeSet<String>,
    ) -> (Version, Option<Version>) {
        let written = self.version_at(component, "HEAD").unwrap_or_default();
        let earlier = || self.version_at(component, base.commit.as_deref()?);
        let current = base.version.or_else(earlier).unwrap_or(written);
        let first = self.own_tags(component, false).is_empty();
        let by_paths = self.by_paths(component);
        if first && !(by_paths && component.version_file.is_some()) {
            let next = if written == [0, 0, 0] { [0, 1, 0] } else { written };
            // Where paths decide, no message is looked at.
            let said = if by_paths { Vec::new() } else { self.counting(component, base) };
            let asked = said.into_iter().find_map(|said| said.release_as).filter(|asked| *asked > next);
            return (current, Some(asked.unwrap_or(next)));
        }
        if by_paths {
            return (current, (!files.is_empty()).then(|| bumped(current, Step::Patch)));
        }
        let said = self.counting(component, base);
        let tagged = self.own_tags(component, false);
        let open = |version: &Version| tagged.iter().all(|(other, _)| other != version);
        if let Some(asked) = said.iter().filter_map(|said| said.release_as).find(open) {
            return (current, Some(asked));
        }
        let largest = said.iter().filter_map(|said| said.step).max();
        let on_zero = current[0] == 0 && !self.generated.rules.major_on_zero;
        let largest = largest.map(|step| if on_zero { step.min(Step::Minor) } else { step });
        (current, largest.map(|step| bumped(current, step)))
    }

    /// What the commits say that ask for a release of a component, newest first.
    fn counting(&self, component: &Component, base: &Base) -> Vec<Said> {
        let range = self.commits(base);
        let taken_back = self.taken_back(&range);
        let touches =
            |commit: &String| self.files_of(commit).iter().any(|path| self.belongs(path, component));
        let step = |commit: &String| {
            let known = Some(commit).filter(|commit| !taken_back.contains(*commit));
            known.and_then(|commit| message::read(&self.message(commit)).step)
        };
        let concerns = |commit: &&String| {
            if self.parents(commit).len() > 1 {
                // It counts where it asks for more than what it merged.
                let merged = self.merged(commit).into_iter().filter(|it| range.contains(it) && touches(it));
                let said: Vec<Option<Step>> = merged.map(|commit| step(&commit)).collect();
                let largest = said.iter().flatten().max();
                return (touches(commit) || !said.is_empty()) && largest < step(commit).as_ref();
            }
            // What changes no file at all speaks to everybody.
            self.files_of(commit).is_empty() || touches(commit)
        };
        let mine = range.iter().filter(|commit| !taken_back.contains(*commit)).filter(concerns);
        let said = mine.map(|commit| message::read(&self.message(commit)));
        said.filter(|said| said.step.is_some()).collect()
    }

    fn message(&self, commit: &str) -> String {
        self.git(&["show", "-s", "--format=%B", commit])
    }

    /// Commits of a range that another one of it takes back, and those that do so; the newest decides.
    fn taken_back(&self, range: &[String]) -> BTreeSet<String> {
        let mut gone = BTreeSet::new();
        for (place, commit) in range.iter().enumerate() {
            if gone.contains(commit) {
                continue;
            }
            let message = self.message(commit);
            let Some((_, rest)) = message.split_once("This reverts commit ") else { continue };
            let id: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
            if let Some(target) = range[place + 1..].iter().find(|other| other.starts_with(&id)) {
                gone.extend([commit.clone(), target.clone()]);
            }
        }
        gone
    }

    /// Whether a package of a component needs a released one, in a way that changes what it says or no longer fits.
    fn is_reached(&self, component: &Component, found: &[(Version, Option<Version>)]) -> bool {
        let rules = &self.generated.rules;
        let next_of = |package: usize| {
            let owner = rules.components.iter().position(|other| other.packages.contains(&package))?;
            found[owner].1
        };
        let needs = component.packages.iter().flat_map(|own| &rules.packages[*own].needs);
        let outside = needs.filter(|need| !need.dev && !component.packages.contains(&need.of));
        outside.into_iter().any(|need| {
            // Python packages are published with exact pins on each other, and so change with every version.
            let is_crate = rules.packages[need.of].is_crate;
            next_of(need.of).is_some_and(|next| !is_crate || !fits(&need.requirement, next))
        })
    }
}

fn fits(requirement: &Requirement, version: Version) -> bool {
    match *requirement {
        Requirement::Exact(exact) => version == exact,
        Requirement::AtLeast(least) => version >= least,
        Requirement::Caret(least) => {
            let fixed = match least {
                [0, 0, _] => 3,
                [0, ..] => 2,
                _ => 1,
            };
            version >= least && version[..fixed] == least[..fixed]
        }
    }
}

fn bumped([major, minor, patch]: Version, step: Step) -> Version {
    match step {
        Step::Major => [major + 1, 0, 0],
        Step::Minor => [major, minor + 1, 0],
        Step::Patch => [major, minor, patch + 1],
    }
}

/// The paths of a list that ends each with a zero byte.
fn paths(text: &str) -> BTreeSet<String> {
    text.split('\0').filter(|path| !path.is_empty()).map(str::to_string).collect()
}

/// The forms of a pattern that are generated.
fn matches(pattern: &str, path: &str) -> bool {
    if pattern.ends_with('/') {
        return path.starts_with(pattern);
    }
    if let Some(dir) = pattern.strip_suffix("**") {
        return path.starts_with(dir) && path != dir;
    }
    match pattern.strip_prefix("**/") {
        Some(name) if name.starts_with('*') => path.ends_with(&name[1..]),
        Some(name) => path == name || path.ends_with(&format!("/{name}")),
        None => path == pattern,
    }
}

fn key(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}
