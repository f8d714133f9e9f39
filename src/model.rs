//! The nouns of a release: packages, components, commits, tags, and the snapshot that holds all that a decision
//! may look at. No behaviour beyond looking things up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use crate::version::Version;

pub mod key;

/// The ecosystems, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Rust crates.
    Cargo,
    /// Python distributions.
    Uv,
    /// JavaScript packages.
    Npm,
    /// Ruby gems.
    Gem,
    /// Those of a program around castoff that has an ecosystem of its own, by its name.
    Own(&'static str),
}

impl Kind {
    /// The name used in package ids.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Cargo => "cargo",
            Kind::Uv => "uv",
            Kind::Npm => "npm",
            Kind::Gem => "gem",
            Kind::Own(name) => name,
        }
    }

    /// Behind a component's name where two ecosystems have a package of one name.
    pub fn suffix(self) -> &'static str {
        match self {
            Kind::Cargo => "cargo",
            Kind::Uv => "py",
            Kind::Npm => "npm",
            Kind::Gem => "gem",
            Kind::Own(name) => name,
        }
    }
}

/// `ecosystem:name`, unique in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    /// Whose package it is.
    pub kind: Kind,
    /// Name as the manifest spells it.
    pub name: String,
}

impl PackageId {
    /// An id.
    pub fn new(kind: Kind, name: impl Into<String>) -> PackageId {
        PackageId { kind, name: name.into() }
    }
}

/// A scoped name without its scope: `web` of `@acme/web`.
pub fn without_scope(name: &str) -> Option<&str> {
    name.strip_prefix('@')?.split_once('/').map(|(_, bare)| bare).filter(|bare| !bare.is_empty())
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.name)
    }
}

/// One publishable thing with a manifest, or a private one beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Id.
    pub id: PackageId,
    /// Version of the manifest.
    pub version: Version,
    /// Directory from the root of the repository, without `/` at the end; empty for the root.
    pub dir: String,
    /// Path of the manifest.
    pub manifest: String,
    /// Directory of the workspace that it belongs to; its own where it belongs to none.
    pub workspace: String,
    /// Where it goes.
    pub publish: Publish,
    /// What it needs of this repository.
    pub dependencies: Vec<Dependency>,
    /// Where its version stands.
    pub version_home: VersionHome,
    /// Whether it installs a program (a crate with a binary).
    pub program: bool,
    /// What belongs to a version: platforms, as its ecosystem calls them. Empty where that is one file, or whatever a
    /// build gives.
    pub platforms: Vec<String>,
}

/// Whether a package is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publish {
    /// To the registry of this name (`crates-io`, `pypi`, `npm`, or one of the user's).
    To(String),
    /// Not at all, for this reason.
    No(String),
}

/// Where a package's version stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionHome {
    /// In this file, for this package alone.
    Own(String),
    /// In this file, for all packages that name it.
    Shared(String),
    /// In git's tags; the build reads it there.
    Tag,
}

impl Package {
    /// Whether it goes to a registry.
    pub fn publishable(&self) -> bool {
        self.registry().is_some()
    }

    /// The registry it goes to.
    pub fn registry(&self) -> Option<&str> {
        match &self.publish {
            Publish::To(registry) => Some(registry),
            Publish::No(_) => None,
        }
    }

    /// A path below its directory.
    pub fn path(&self, below: &str) -> String {
        if self.dir.is_empty() { below.to_string() } else { format!("{}/{below}", self.dir) }
    }
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To run.
    Normal,
    /// To run, where an extra or feature asks for it.
    Optional,
    /// To run, brought by whoever installs it. It may need the package in turn.
    Peer,
    /// To build.
    Build,
    /// To develop and test.
    Dev,
}

impl Need {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Need::Normal => "normal",
            Need::Optional => "optional",
            Need::Peer => "peer",
            Need::Build => "build",
            Need::Dev => "dev",
        }
    }
}

/// One package of the repository needs another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The package that is needed.
    pub id: PackageId,
    /// What for.
    pub need: Need,
    /// The requirement as it is published where the configuration says nothing else: as written, `^1.2`, `>=1,<2`, or
    /// what npm's clients put in the place of `workspace:^`; empty where none is.
    pub requirement: String,
    /// Whether it is part of what is published, so that the other package has to be there first.
    pub published: bool,
}

/// What has one version and one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Name.
    pub name: String,
    /// Its packages, sorted.
    pub packages: Vec<PackageId>,
    /// Tag pattern with `{version}`, the component's name filled in.
    pub tag: String,
}

/// One commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Full object id.
    pub id: String,
    /// Object ids of the parents.
    pub parents: Vec<String>,
    /// Whole message; where people said later what it should have been, that.
    pub message: String,
    /// What the message takes the place of.
    pub instead: Option<Instead>,
    /// Paths that it changed against its only parent, both ends of a move; for a merge those in which it differs from
    /// every parent.
    pub files: Vec<String>,
}

/// A message that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    /// The message that was committed.
    pub written: String,
    /// What replaced it, for people.
    pub by: String,
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.trim_start().lines().next().unwrap_or("").trim()
    }

    /// The same commit with the message that it should have had. What replaced it before is of no account.
    pub fn overridden(self, message: &str, by: &str) -> Commit {
        let written = self.instead.map_or(self.message, |instead| instead.written);
        let instead = Some(Instead { written, by: by.to_string() });
        Commit { message: message.to_string(), instead, ..self }
    }

    /// The id as people read it.
    pub fn short(&self) -> &str {
        self.id.get(..7).unwrap_or(&self.id)
    }
}

/// One tag on a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Name without `refs/tags/`.
    pub name: String,
    /// The commit it leads to.
    pub commit: String,
}

/// Tracked files of one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Every path.
    pub files: BTreeSet<String>,
    /// The text of those that an ecosystem wants to read.
    pub texts: BTreeMap<String, String>,
    /// What a tool said of manifests that are programs, by path: the answers to an ecosystem's questions.
    pub answers: BTreeMap<String, String>,
}

impl Tree {
    /// The text of a file that was read.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }
}

/// All that a decision may look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Root of the checkout.
    pub root: PathBuf,
    /// The commit that is checked out.
    pub head: String,
    /// Its branch; none when detached.
    pub branch: Option<String>,
    /// The tree of `head`.
    pub tree: Tree,
    /// Commits reachable from `head` or a tag, children before parents.
    pub commits: Vec<Commit>,
    /// Every tag on a commit, sorted by name.
    pub tags: Vec<Tag>,
    /// Tracked paths with uncommitted edits.
    pub dirty: Vec<String>,
    /// Paths that git does not know.
    pub untracked: Vec<String>,
    /// For each base that was compared as a whole: the paths that differ from `head`. The key is the commit;
    /// empty for the comparison with nothing.
    pub differences: BTreeMap<String, Vec<String>>,
    /// For each base: paths that differ from `head` in nothing but versions that a release writes, as far as it matters.
    pub rewritten: BTreeMap<String, BTreeSet<String>>,
    /// Manifests as they were at the base given by `--from` or a base tag, and before the last change of a version
    /// file, by commit.
    pub earlier: BTreeMap<String, Tree>,
    /// What `--from` names, as written, and its commit.
    pub from: Option<Tag>,
}
