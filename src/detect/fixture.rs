//! A repository written as lines, for tests of decisions: packages, configuration, commits and tags become a snapshot in
//! memory, and no git is needed.
//!
//! ```text
//! cargo core 0.1.0: macros =0.1.0; !tests        a crate in directory `core` that needs others (`!` for development)
//! uv app 0.1.0 private: core                     a Python package; `private` is never published
//! uv native 0.1.0 in a/b                         in another directory
//! # bump = "paths"                               a line of castoff.toml
//! * a feat: one | core/a.rs core/b.rs            a commit `a` on the one above it, its message, and what it changed
//! * b<a fix: two\n\nRelease-As: 1.0.0 |          a commit on `a`, with a longer message and no file
//! * m<a,b merge                                  a merge
//! @ core-v0.1.0                                  a tag on the commit above it
//! note fix: one                                  a git note on the commit above it, which replaces its message
//! then VERSION 0.1.0                             what a file held at the commit above it
//! file VERSION 0.1.1                             what a file holds at HEAD, which is the last commit
//! from a                                         `--from` with a commit
//! ```

use std::collections::BTreeMap;

use super::bases::bases;
use crate::config::Config;
use crate::fault::Faults;
use crate::model::{Commit, Snapshot, Tag, Tree};
use crate::workspace::{self, Workspace};

/// What the lines describe.
pub(crate) struct Fixture {
    pub(crate) snapshot: Snapshot,
    pub(crate) config: Config,
    pub(crate) workspace: Workspace,
}

/// Reads a fixture.
pub(crate) fn read(text: &str) -> Result<Fixture, Faults> {
    let mut lines = Lines::default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| lines.take(line));
    lines.snapshot.commits.reverse();
    lines.snapshot.tags.sort();
    lines.snapshot.tree = lines.tree();
    let config = Config::parse("castoff.toml", &lines.config)?;
    let workspace = workspace::read(&lines.snapshot.tree, &config, "checkout")?;
    let mut snapshot = lines.snapshot;
    super::overrides::apply(&mut snapshot.commits, &config)?;
    compare(&mut snapshot, &workspace, &config)?;
    Ok(Fixture { snapshot, config, workspace })
}

/// Compares HEAD with every base.
pub(crate) fn compare(snapshot: &mut Snapshot, workspace: &Workspace, config: &Config) -> Result<(), Faults> {
    let (base, own) = bases(snapshot, workspace, config)?;
    for base in own.into_iter().chain([base]) {
        let commits = super::History::new(snapshot).since(&base.commit);
        let mut paths: Vec<String> =
            commits.into_iter().flat_map(|place| snapshot.commits[place].files.clone()).collect();
        paths.sort();
        paths.dedup();
        snapshot.differences.insert(base.commit, paths);
    }
    snapshot.differences.insert(String::new(), snapshot.tree.files.iter().cloned().collect());
    Ok(())
}

/// The commit of a letter, in the form of a real one.
pub(crate) fn id(letter: &str) -> String {
    letter.bytes().cycle().take(20).map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default)]
struct Lines {
    snapshot: Snapshot,
    config: String,
    files: BTreeMap<String, String>,
    packages: Vec<Declared>,
}

/// One line `cargo …` or `uv …`.
struct Declared {
    is_crate: bool,
    name: String,
    version: String,
    dir: String,
    private: bool,
    shared: bool,
    needs: Vec<(String, String)>,
}

impl Lines {
    fn take(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "#" => self.config += &format!("{rest}\n"),
            "cargo" | "uv" => self.packages.push(Declared::read(word == "cargo", rest)),
            "*" => self.commit(rest),
            "@" => {
                self.snapshot.tags.push(Tag { name: rest.to_string(), commit: self.snapshot.head.clone() });
            }
            "note" => {
                let commit = self.snapshot.commits.pop().expect("a note stands below its commit");
                self.snapshot.commits.push(commit.overridden(&rest.replace("\\n", "\n"), "a git note"));
            }
            "from" => self.snapshot.from = Some(Tag { name: rest.to_string(), commit: id(rest) }),
            "then" => {
                let (path, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let tree = self.snapshot.earlier.entry(self.snapshot.head.clone()).or_default();
                tree.texts.insert(path.to_string(), text.replace("\\n", "\n"));
            }
            "file" => {
                let (path, text) = rest.split_once(' ').unwrap_or((rest, ""));
                self.files.insert(path.to_string(), text.replace("\\n", "\n"));
            }
            other => panic!("a fixture has no line `{other}`"),
        }
    }

    fn commit(&mut self, line: &str) {
        let (head, files) = line.split_once('|').unwrap_or((line, ""));
        let (word, message) = head.split_once(' ').unwrap_or((head, ""));
        let (letter, parents) = word.split_once('<').map_or((word, None), |(a, b)| (a, Some(b)));
        let above = self.snapshot.commits.last().map(|commit| vec![commit.id.clone()]);
        let parents = parents.map(|names| names.split(',').map(id).collect()).or(above).unwrap_or_default();
        self.snapshot.head = id(letter);
        self.snapshot.commits.push(Commit {
            id: id(letter),
            parents,
            message: message.trim().replace("\\n", "\n"),
            files: files.split_whitespace().map(str::to_string).collect(),
            instead: None,
        });
    }

    /// Every path that a commit touched is there, but for those that are called gone.
    fn tree(&self) -> Tree {
        let mut texts = self.files.clone();
        let dir_of =
            |name: &str| self.packages.iter().find(|other| other.name == name).map(|it| it.dir.as_str());
        for package in &self.packages {
            let (manifest, text) = package.manifest(&dir_of);
            texts.entry(manifest).or_default().push_str(&text);
        }
        let crates = self.packages.iter().filter(|package| package.is_crate);
        let dirs: Vec<String> = crates.clone().map(|package| format!("'{}'", package.dir)).collect();
        if !dirs.is_empty() {
            let shared = crates.clone().find(|package| package.shared);
            let version = shared.map_or(String::new(), |it| format!("package.version = '{}'\n", it.version));
            let root = texts.entry("Cargo.toml".into()).or_default();
            root.push_str(&format!("[workspace]\nmembers = [{}]\n{version}", dirs.join(", ")));
        }
        let touched = self.snapshot.commits.iter().flat_map(|commit| &commit.files);
        let there = touched.filter(|path| !path.contains("gone")).cloned();
        Tree { files: texts.keys().cloned().chain(there).collect(), texts, ..Tree::default() }
    }
}

impl Declared {
    fn read(is_crate: bool, line: &str) -> Declared {
        let (head, needs) = line.split_once(':').unwrap_or((line, ""));
        let words: Vec<&str> = head.split_whitespace().collect();
        let dir = words.iter().position(|word| *word == "in").map_or(words[0], |place| words[place + 1]);
        let need = |need: &str| {
            let (name, requirement) = need.trim().split_once(' ').unwrap_or((need.trim(), ""));
            (name.to_string(), requirement.to_string())
        };
        Declared {
            is_crate,
            name: words[0].to_string(),
            version: words[1].to_string(),
            dir: if dir == "." { String::new() } else { dir.to_string() },
            private: words.contains(&"private"),
            shared: words.contains(&"shared"),
            needs: needs.split(';').filter(|part| !part.trim().is_empty()).map(need).collect(),
        }
    }

    fn manifest<'a>(&self, dir_of: &dyn Fn(&str) -> Option<&'a str>) -> (String, String) {
        let (file, text) = if self.is_crate {
            ("Cargo.toml", self.cargo(dir_of))
        } else {
            ("pyproject.toml", self.python())
        };
        let path = if self.dir.is_empty() { file.to_string() } else { format!("{}/{file}", self.dir) };
        (path, text)
    }

    fn cargo<'a>(&self, dir_of: &dyn Fn(&str) -> Option<&'a str>) -> String {
        let version = if self.shared {
            "version.workspace = true".into()
        } else {
            format!("version = '{}'", self.version)
        };
        let mut text = format!("[package]\nname = '{}'\n{version}\npublish = {}\n", self.name, !self.private);
        let up = if self.dir.is_empty() { String::new() } else { "../".repeat(self.dir.split('/').count()) };
        for (name, requirement) in &self.needs {
            let (table, name) = name
                .strip_prefix('!')
                .map_or(("dependencies", name.as_str()), |name| ("dev-dependencies", name));
            let version =
                if requirement.is_empty() { String::new() } else { format!("version = '{requirement}'") };
            let dir = dir_of(name).expect("a crate needs crates of the fixture");
            text += &format!("[{table}.{name}]\npath = '{up}{dir}'\n{version}\n");
        }
        text
    }

    fn python(&self) -> String {
        let list = |dev: bool| {
            let needs = self.needs.iter().filter(|(name, _)| name.starts_with('!') == dev);
            let texts =
                needs.map(|(name, requirement)| format!("'{}{requirement}'", name.trim_start_matches('!')));
            texts.collect::<Vec<_>>().join(", ")
        };
        let classifiers = if self.private { "classifiers = ['Private :: Do Not Upload']\n" } else { "" };
        format!(
            "[project]\nname = '{}'\nversion = '{}'\n{classifiers}dependencies = [{}]\n[build-system]\n\
             requires = []\n[dependency-groups]\ndev = [{}]\n",
            self.name,
            self.version,
            list(false),
            list(true)
        )
    }
}
