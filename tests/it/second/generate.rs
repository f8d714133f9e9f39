//! A repository drawn from a seed: branches, merges, tags, moves, odd names and all, written by one `git fast-import`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use super::rules::{Rules, Version, spell};
use crate::random::Random;
use crate::support::Repo;

/// A repository, and what its configuration says.
pub(super) struct Generated {
    pub(super) repo: Repo,
    pub(super) rules: Rules,
    /// What `--from` is given.
    pub(super) from: Option<String>,
}

type Tree = BTreeMap<String, String>;

/// A line of work.
struct Branch {
    tip: usize,
    tree: Tree,
    /// The tree where it left the line that it came from.
    fork: Tree,
}

struct Generator<'a> {
    random: &'a mut Random,
    rules: &'a Rules,
    script: String,
    marks: usize,
    branches: Vec<Branch>,
    tags: BTreeSet<String>,
    /// Commits that have a base tag; one each, so that the nearest has one name.
    based: BTreeSet<usize>,
}

const NAMES: [&str; 10] = [
    "src/lib.rs",
    "src/main file.rs",
    "docs/read me.md",
    "notes.txt",
    "we\"ird.txt",
    "grün/ñandú.py",
    "line\nend",
    "back\\slash",
    "CHANGELOG.md",
    "tab\there",
];

const MESSAGES: [&str; 18] = [
    "fix: a thing",
    "fix(scope): a thing",
    "feat: something new",
    "Feat(x): something new",
    "FIX: loud",
    "feat!: other ways",
    "fix(api)!: other answers",
    "docs: words",
    "chore: dust",
    "test: more",
    "refactor!: all new",
    "Update a file",
    "perf: quick",
    "fix: with a footer\n\nWhy it is so.\n\nBREAKING CHANGE: nothing is as it was",
    "chore: with a footer\n\nBREAKING CHANGE: nothing is as it was",
    "docs: no footer\n\nThis is no BREAKING CHANGE: at all",
    "ci: wheels",
    "merge of words",
];

/// Draws a repository.
pub(super) fn generate(seed: u64) -> Generated {
    let mut random = Random::new(seed);
    let rules = Rules::draw(&mut random);
    let mut generator = Generator {
        random: &mut random,
        rules: &rules,
        script: String::new(),
        marks: 0,
        branches: Vec::new(),
        tags: BTreeSet::new(),
        based: BTreeSet::new(),
    };
    generator.begin();
    for _ in 0..generator.random.between(3, 40) {
        generator.step();
    }
    let script = generator.script;
    let tags: Vec<String> = generator.tags.into_iter().collect();
    let repo = Repo::new();
    import(&repo, &script);
    take_back(&repo, &mut random, &rules);
    let from = match random.below(100) {
        0..5 => {
            Some("HEAD~1".to_string()).filter(|_| !repo.git(&["log", "--format=%P", "-1"]).trim().is_empty())
        }
        5..12 if !tags.is_empty() => Some(random.pick(&tags).clone()),
        _ => None,
    };
    Generated { repo, rules, from }
}

fn import(repo: &Repo, script: &str) {
    let mut command = Command::new("git");
    command.args(["fast-import", "--quiet"]).current_dir(repo.dir()).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{script}");
    repo.git(&["reset", "--quiet", "--hard", "main"]);
}

/// Commits that take earlier ones back, and sometimes are taken back themselves.
fn take_back(repo: &Repo, random: &mut Random, rules: &Rules) {
    if !random.percent(35) {
        return;
    }
    for _ in 0..random.between(1, 3) {
        let commits = repo.git(&["log", "--no-merges", "-8", "--format=%H %s"]);
        let commits: Vec<&str> = commits.lines().collect();
        let (id, subject) = random.pick(&commits).split_once(' ').unwrap();
        let dir = &random.pick(&rules.packages).dir;
        let number = random.below(1000);
        repo.write(&format!("{dir}/src/lib.rs"), &format!("// {number}\n"));
        repo.commit(&format!("Revert \"{subject}\"\n\nThis reverts commit {id}.\n"));
    }
}

impl Generator<'_> {
    fn begin(&mut self) {
        let packages = &self.rules.packages;
        let mut tree = Tree::new();
        for package in packages {
            tree.insert(package.manifest(), package.text(package.version, packages));
            tree.insert(format!("{}/src/lib.rs", package.dir), String::new());
        }
        for component in &self.rules.components {
            if let Some(path) = &component.version_file {
                let version = component.packages.iter().map(|place| packages[*place].version).max();
                tree.insert(path.clone(), spell(version.unwrap()) + "\n");
            }
        }
        for (is_crate, file, head) in [
            (true, "Cargo.toml", "[workspace]\nresolver = \"2\"\n"),
            (false, "pyproject.toml", "[tool.uv.workspace]\n"),
        ] {
            let members = packages.iter().filter(|package| package.is_crate == is_crate);
            let dirs: Vec<String> = members.map(|package| format!("{:?}", package.dir)).collect();
            if !dirs.is_empty() {
                tree.insert(file.to_string(), format!("{head}members = [{}]\n", dirs.join(", ")));
            }
        }
        tree.insert("shared/keep.txt".to_string(), String::new());
        tree.insert("castoff.toml".to_string(), self.rules.configuration());
        self.branches.push(Branch { tip: 0, tree: Tree::new(), fork: Tree::new() });
        self.commit(0, "feat: begin", tree, &[]);
    }

    fn step(&mut self) {
        let branch = if self.random.percent(60) { 0 } else { self.random.below(self.branches.len()) };
        match self.random.below(100) {
            0..58 => self.change(branch),
            58..70 if self.branches.len() < 4 => {
                let Branch { tip, tree, .. } = &self.branches[branch];
                self.branches.push(Branch { tip: *tip, tree: tree.clone(), fork: tree.clone() });
            }
            70..80 => self.merge(),
            80..94 => self.release(branch),
            94..100 => self.base_tag(branch),
            _ => {}
        }
    }

    fn change(&mut self, branch: usize) {
        let mut tree = self.branches[branch].tree.clone();
        for _ in 0..self.random.below(4) {
            self.touch(&mut tree);
        }
        let mut message = self.random.pick(&MESSAGES).to_string();
        if self.random.percent(5) {
            message += &format!("\n\nRelease-As: {}.{}.0", self.random.between(5, 6), self.random.below(3));
        }
        self.commit(branch, &message, tree, &[]);
    }

    fn touch(&mut self, tree: &mut Tree) {
        let package = self.random.pick(&self.rules.packages).clone();
        let kept = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            ["Cargo.toml", "pyproject.toml", "castoff.toml", "VERSION", "keep.txt", "lib.rs"].contains(&name)
        };
        let loose: Vec<String> = tree.keys().filter(|path| !kept(path)).cloned().collect();
        let content = format!("{}\n", self.random.below(1_000_000));
        match self.random.below(10) {
            0 if !loose.is_empty() => {
                tree.remove(self.random.pick(&loose));
            }
            1 | 2 if !loose.is_empty() => {
                let text = tree.remove(self.random.pick(&loose)).unwrap_or_default();
                tree.insert(format!("{}/moved {}", package.dir, self.random.below(9)), text);
            }
            3 => {
                tree.insert(
                    self.random.pick(&["top.txt", "shared/uv.lock", "shared/a b"]).to_string(),
                    content,
                );
            }
            4 => {
                let lock = if package.is_crate { "Cargo.lock" } else { "uv.lock" };
                tree.insert(format!("{}/{lock}", package.dir), content);
            }
            5 => {
                // What a file held before, so that the net difference is none.
                tree.insert(format!("{}/{}", package.dir, NAMES[0]), String::new());
            }
            _ => {
                let name = self.random.pick(&NAMES);
                tree.insert(format!("{}/{name}", package.dir), content);
            }
        }
    }

    /// One branch into the first, or two at once.
    fn merge(&mut self) {
        let mut others = Vec::new();
        while self.branches.len() > 1 && others.len() < 2 && (others.is_empty() || self.random.percent(40)) {
            let place = self.random.between(1, self.branches.len() - 1);
            others.push(self.branches.remove(place));
        }
        let mut tree = self.branches[0].tree.clone();
        for other in &others {
            let paths: BTreeSet<&String> = other.tree.keys().chain(other.fork.keys()).collect();
            for path in paths.into_iter().filter(|path| other.tree.get(*path) != other.fork.get(*path)) {
                match other.tree.get(path) {
                    // Both released: the greater version stays.
                    Some(text) if version_in(text) >= tree.get(path).and_then(|text| version_in(text)) => {
                        tree.insert(path.clone(), text.clone());
                    }
                    Some(_) => {}
                    None => {
                        tree.remove(path);
                    }
                }
            }
        }
        let tips: Vec<usize> = others.iter().map(|other| other.tip).collect();
        let message =
            *self.random.pick(&["Merge branch 'side'", "feat: merged work", "Merge pull request #1"]);
        if !tips.is_empty() {
            self.commit(0, message, tree, &tips);
        }
    }

    /// Writes a version and tags it, as a release does.
    fn release(&mut self, branch: usize) {
        if self.rules.components.is_empty() {
            return;
        }
        let component = self.random.pick(&self.rules.components).clone();
        let packages = &self.rules.packages;
        let mut tree = self.branches[branch].tree.clone();
        let written =
            component.packages.iter().filter_map(|it| version_in(&tree[&packages[*it].manifest()])).max();
        let [major, minor, patch] = written.unwrap_or_default();
        let next = match self.random.below(10) {
            0 => [major + 1, 0, 0],
            1..4 => [major, minor + 1, 0],
            _ => [major, minor, patch + 1],
        };
        if !self.tags.insert(format!("{}{}{}", component.name, self.rules.between, spell(next))) {
            return;
        }
        for place in &component.packages {
            let package = &packages[*place];
            tree.insert(package.manifest(), package.text(next, packages));
        }
        if let Some(path) = &component.version_file {
            tree.insert(path.clone(), spell(next) + "\n");
        }
        self.commit(branch, "chore: release", tree, &[]);
        self.tag(&format!("{}{}{}", component.name, self.rules.between, spell(next)), branch);
    }

    fn base_tag(&mut self, branch: usize) {
        if self.based.insert(self.branches[branch].tip) {
            let number = self.tags.len();
            let prefix = *self.random.pick(&["release-", "release-", "base-", "v0.0."]);
            let name = format!("{prefix}{number}");
            self.tags.insert(name.clone());
            self.tag(&name, branch);
        }
    }

    fn tag(&mut self, name: &str, branch: usize) {
        let tip = self.branches[branch].tip;
        let date = 1_700_000_000 + 60 * self.marks;
        if self.random.percent(30) {
            self.script +=
                &format!("tag {name}\nfrom :{tip}\ntagger t <t@example.com> {date} +0000\ndata 1\nt\n");
        } else {
            self.script += &format!("reset refs/tags/{name}\nfrom :{tip}\n\n");
        }
    }

    fn commit(&mut self, branch: usize, message: &str, tree: Tree, others: &[usize]) {
        self.marks += 1;
        let (mark, date) = (self.marks, 1_700_000_000 + 60 * self.marks);
        let name = if branch == 0 { "refs/heads/main" } else { "refs/heads/side" };
        let Branch { tip, tree: before, .. } = &self.branches[branch];
        let mut text = format!("commit {name}\nmark :{mark}\ncommitter c <c@example.com> {date} +0000\n");
        text += &format!("data {}\n{message}\n", message.len());
        if *tip > 0 {
            text += &format!("from :{tip}\n");
        }
        others.iter().for_each(|other| text += &format!("merge :{other}\n"));
        for path in before.keys().filter(|path| !tree.contains_key(*path)) {
            text += &format!("D {}\n", quoted(path));
        }
        for (path, content) in tree.iter().filter(|(path, content)| before.get(*path) != Some(content)) {
            text += &format!("M 644 inline {}\ndata {}\n{content}\n", quoted(path), content.len());
        }
        self.script += &(text + "\n");
        self.branches[branch].tip = mark;
        self.branches[branch].tree = tree;
    }
}

fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// The version that a manifest or version file holds.
pub(super) fn version_in(text: &str) -> Option<Version> {
    let line = text.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    let numbers: Vec<u64> = line.unwrap_or(text.trim()).split('.').filter_map(|it| it.parse().ok()).collect();
    numbers.try_into().ok()
}
