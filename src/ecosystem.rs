//! What cargo, uv, npm and gem differ in, as knowledge: which files matter, how their text is read and edited, which commands
//! build, upload and try a package. Nothing here runs anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::Pin;
use crate::effect::{Cmd, Edit, Environment};
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Need, Package, PackageId, Tree};
use crate::registry::Target;
use crate::version::Version;
use archive::Artifact;
use metadata::Inspection;
use refusal::Refusal;
use withdraw::{Means, Withdrawal};
use writes::Writes;

pub mod archive;
pub mod cargo;
pub mod gem;
pub mod metadata;
pub mod npm;
pub mod own;
pub mod refusal;
pub mod uv;
pub mod withdraw;
pub mod writes;

/// The ecosystems that castoff brings, in the order in which they are listed.
pub const ALL: &[&dyn Ecosystem] = &[&cargo::Cargo, &uv::Uv, &npm::Npm, &gem::Gem];

/// Every ecosystem: those, then the ones of a program around castoff.
pub fn all() -> impl Iterator<Item = &'static dyn Ecosystem> {
    ALL.iter().copied().chain(own::all().iter().copied())
}

/// The ecosystem of a kind.
pub fn of(kind: Kind) -> &'static dyn Ecosystem {
    match kind {
        Kind::Cargo => &cargo::Cargo,
        Kind::Uv => &uv::Uv,
        Kind::Npm => &npm::Npm,
        Kind::Gem => &gem::Gem,
        Kind::Own(name) => own::named(name),
    }
}

/// The manifests that packages of another ecosystem say their extensions have.
fn extensions(tree: &Tree) -> BTreeSet<String> {
    all().flat_map(|ecosystem| ecosystem.extensions(tree)).flat_map(|(_, manifests)| manifests).collect()
}

/// The versions that a release gives, and the packages they are for.
#[derive(Clone, Copy, Debug)]
pub struct Bumps<'a> {
    /// All packages of the repository.
    pub packages: &'a [Package],
    /// The next version of those that get one.
    pub next: &'a BTreeMap<PackageId, Version>,
}

/// Where packages are built and what their commands see.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The clone in which the release is built.
    pub stage: &'a Path,
    /// Its files, before requirements are pinned.
    pub tree: &'a Tree,
    /// Where built files may be put; empty before the build, one for each build command.
    pub out: &'a Path,
    /// Kept between runs, for what compilers can use again.
    pub target_dir: &'a Path,
    /// The environment of the command.
    pub env: &'a Environment,
    /// The registry that the package goes to.
    pub target: &'a Target,
    /// The tag that it gets there, where there are such.
    pub dist_tag: Option<&'a str>,
}

/// What is asked to know under which tag a version is published.
#[derive(Clone, Copy, Debug)]
pub struct Tagging<'a> {
    /// The files of the release.
    pub tree: &'a Tree,
    /// The package.
    pub package: &'a Package,
    /// Its version.
    pub version: &'a Version,
    /// What the configuration says.
    pub rule: Option<&'a str>,
    /// The greatest final version that is tagged in git, wherever.
    pub greatest: Option<&'a Version>,
}

/// A tag of a registry, by which people ask for a version without naming it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistTag {
    /// Its name.
    pub name: String,
    /// Whether somebody wrote it down, so that it is meant whatever the registry has.
    pub chosen: bool,
}

/// How the line begins in which a trial says what a program is called and where it is.
pub const PROGRAM: &str = "castoff:program\t";

/// Trying a published package: files to write into an empty directory, and commands to run there.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Paths below the directory, with their text.
    pub files: Vec<(String, String)>,
    /// Take it from its registry, one after the other.
    pub fetch: Vec<Cmd>,
    /// Use it, one after the other; the first that fails ends it. They print the programs that it brought, a line each:
    /// `PROGRAM`, name, tab, path.
    pub commands: Vec<Cmd>,
    /// The interpreter that can use it, for a command of the user's.
    pub python: Option<PathBuf>,
}

/// What is done in a workspace of the stage, once, before packages of it are built.
#[derive(Clone, Debug, Default)]
pub struct Groundwork {
    /// Run one after the other.
    pub commands: Vec<Cmd>,
    /// Whether requirements have to be pinned before. Where there is a lock they must not be, for it knows them as they
    /// are written.
    pub on_pinned: bool,
}

/// Manifests that are programs, and the command that says what they give.
#[derive(Clone, Debug)]
pub struct Question {
    /// The manifests, each with what to do where it has no answer.
    pub about: Vec<(String, String)>,
    /// Prints a line for each: path, tab, answer.
    pub cmd: Cmd,
}

/// One ecosystem. Short, pure, and the only place that knows the name of its tools.
pub trait Ecosystem: Sync {
    /// Which one.
    fn kind(&self) -> Kind;
    /// The program that has to be there, and how to get it.
    fn tool(&self) -> (&'static str, &'static str);
    /// Whether the text of a file has to be read for it.
    fn wants(&self, path: &str) -> bool;
    /// Whether a file is one that a release rewrites beside manifests, so that it is never a change.
    fn rewrites(&self, _path: &str) -> bool {
        false
    }
    /// What only a tool can say of the manifests in a tree, whose checkout is at `root`. The answers go into the tree.
    fn question(&self, _tree: &Tree, _root: &Path) -> Option<Question> {
        None
    }
    /// The packages in a tree.
    ///
    /// # Errors
    /// Every manifest that cannot be read, with file and line.
    fn discover(&self, tree: &Tree) -> Result<Vec<Package>, Faults>;
    /// Manifests of other ecosystems that are built into a package here: those of its native extension, by its own
    /// manifest.
    fn extensions(&self, _tree: &Tree) -> BTreeMap<String, Vec<String>> {
        BTreeMap::new()
    }
    /// Whether a package is nothing but a native extension: what it builds can only be loaded, not depended on.
    fn is_extension(&self, _tree: &Tree, _package: &Package) -> bool {
        false
    }
    /// What manifests say beyond what a release needs, for checks. One that says nothing gets the universal checks.
    fn inspect(&self, _tree: &Tree, _packages: &[Package]) -> Inspection {
        Inspection::default()
    }
    /// Directories directly below a package's or its workspace's that builds leave and nobody tracks; `*` may begin one.
    fn leftovers(&self) -> &'static [&'static str] {
        &[]
    }
    /// Platforms, as its packages are built for several, to show as examples; empty where a version is one file.
    fn platforms(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether a text names a platform of its packages.
    fn is_platform(&self, _text: &str) -> bool {
        false
    }
    /// Tags that its registries have, to show as examples; empty where they have none.
    fn dist_tags(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether its registries take a tag of this name.
    fn is_dist_tag(&self, _text: &str) -> bool {
        false
    }
    /// The tag that a version is published under.
    fn dist_tag(&self, _asked: &Tagging) -> Option<DistTag> {
        None
    }
    /// The tag that would keep a version from being taken for the newest one, where the one that it has would not.
    fn own_line(&self, _version: &Version, _tag: &DistTag) -> Option<String> {
        None
    }
    /// A version as its manifests spell it.
    fn spell(&self, version: &Version) -> String;
    /// Whether its registries take a version.
    ///
    /// # Errors
    /// Why they do not.
    fn takes(&self, _version: &Version) -> Result<(), String> {
        Ok(())
    }
    /// Whether two versions are one to its registries.
    fn same(&self, one: &Version, other: &Version) -> bool {
        self.spell(one) == self.spell(other)
    }
    /// Whether a requirement allows a version.
    fn accepts(&self, requirement: &str, version: &Version) -> bool;
    /// Whether a package cannot do without what it needs for this. Installers leave out extras that nobody asked for, and
    /// what a package only wants beside it may need the package.
    fn is_strict(&self, need: Need) -> bool {
        matches!(need, Need::Normal | Need::Build)
    }
    /// How requirements on packages of the repository are published, unless the configuration says otherwise.
    fn default_pin(&self) -> Pin {
        Pin::Keep
    }
    /// The changes that give the packages their next versions: version fields, requirements, locks.
    ///
    /// # Errors
    /// Places that should be there and are not.
    fn edits(&self, tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults>;
    /// What one of these changes is; none where no line of its own says it, as in the keys of some locks.
    fn writes(&self, _tree: &Tree, _packages: &[Package], _edit: &Edit) -> Option<Writes> {
        None
    }
    /// The changes that pin a package's requirements on `versions`, for its build alone.
    ///
    /// # Errors
    /// A manifest that cannot be read.
    fn pins(
        &self,
        _tree: &Tree,
        _package: &Package,
        _pin: Pin,
        _versions: &BTreeMap<PackageId, Version>,
    ) -> Result<Vec<Edit>, Faults> {
        Ok(Vec::new())
    }
    /// Whether a build of a package runs what its users wrote, so that it may need more than its own files.
    fn makes(&self, _tree: &Tree, _package: &Package) -> bool {
        false
    }
    /// What has to be done in a workspace before these packages of it are built; `all` are those of the repository.
    fn groundwork(&self, _packages: &[&Package], _all: &[Package], _site: &Site) -> Groundwork {
        Groundwork::default()
    }
    /// Packages whose builds have to be over before that of a package.
    fn builds_after<'a>(&self, _tree: &Tree, _package: &Package, _all: &'a [Package]) -> Vec<&'a Package> {
        Vec::new()
    }
    /// Whether one command builds all packages of a workspace that are in the run.
    fn builds_together(&self) -> bool {
        false
    }
    /// What a build of a package sees, whichever command it is.
    fn build_env(&self, _package: &Package, site: &Site) -> Environment {
        site.env.clone()
    }
    /// The command that builds these packages.
    fn build(&self, packages: &[&Package], site: &Site) -> Cmd;
    /// Whether the client can prove who we are without a token from the environment.
    fn logged_in(
        &self,
        _target: &Target,
        _env: &dyn Fn(&str) -> Option<String>,
        _exists: &dyn Fn(&Path) -> bool,
    ) -> bool {
        false
    }
    /// The directory in which that command leaves a package's files.
    fn built_in(&self, _package: &Package, site: &Site) -> PathBuf {
        site.out.to_path_buf()
    }
    /// What a compiler would use again of packages with these names, below a target directory that was kept.
    fn compiled(
        &self,
        _names: &BTreeSet<&str>,
        _target_dir: &Path,
        _list: &dyn Fn(&Path) -> Vec<String>,
    ) -> Vec<PathBuf> {
        Vec::new()
    }
    /// Which of the files found are this package's, at this version.
    ///
    /// # Errors
    /// Why they are not what was planned.
    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String>;
    /// What nobody said of a package whose name is new, so that its registry would not take it, and the command that
    /// prints whether somebody did in another place.
    fn unsaid(&self, _tree: &Tree, _package: &Package, _dir: &Path) -> Option<(Cmd, Fault)> {
        None
    }
    /// Looks into a built file, for what would come to light only when it is public; what is to be known about it.
    ///
    /// # Errors
    /// Why it cannot be published there.
    fn examine(
        &self,
        _package: &Package,
        _version: &Version,
        _file: Artifact,
        _target: &Target,
    ) -> Result<Option<String>, Fault> {
        Ok(None)
    }
    /// The command that uploads built files.
    fn upload(&self, package: &Package, version: &Version, files: &[PathBuf], site: &Site) -> Cmd;
    /// Why an upload did not succeed, by what its client printed.
    fn refusal(&self, text: &str) -> Refusal {
        refusal::read(text, &[], &["status ", "HTTP "])
    }
    /// How a published version is marked as one that nobody shall use, or as one for use again. `files` are those that its
    /// registry has of it.
    fn withdraw(
        &self,
        _package: &Package,
        _version: &Version,
        _what: Withdrawal,
        _files: &[&str],
        _site: &Site,
    ) -> Means {
        Means::Never("castoff knows no way to take its versions back")
    }
    /// What to know of a version that was taken back: whether that can be undone, and what goes further.
    fn withdrawn(&self) -> &'static str {
        ""
    }
    /// How a published package is tried in `dir`; `ours` are names whose cached answers may be stale.
    fn trial(
        &self,
        _package: &Package,
        _version: &Version,
        _ours: &[String],
        _dir: &Path,
        _site: &Site,
    ) -> Trial {
        Trial::default()
    }
    /// Variables that give its tools caches of their own below a directory.
    fn isolation(&self, _dir: &Path) -> Vec<(&'static str, PathBuf)> {
        Vec::new()
    }
    /// Where its toolchains are: a variable, and the directory below the user's home that it stands for.
    fn toolchains(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
    /// The variable that points all of its commands at an index, if it has one.
    fn index_variable(&self) -> Option<&'static str> {
        None
    }
    /// What keeps its tools from the network; what they have already has to do.
    fn offline(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
    /// Variables that name its tools a file with the certificates of servers to trust.
    fn trust_variables(&self) -> &'static [&'static str] {
        &[]
    }
    /// Those that do so whatever the user's own settings of the tool say, for a server that is known to need the file.
    fn trust_settings(&self) -> &'static [&'static str] {
        &[]
    }
    /// A guess of how long build and upload take, in seconds, before anything was measured.
    fn guess(&self) -> (f64, f64) {
        (5.0, 5.0)
    }
}

/// Whether a registry that takes SemVer alone takes a version of its packages, which people call `what`.
fn is_semver(version: &Version, what: &str) -> Result<(), String> {
    match semver::Version::parse(&version.semver()) {
        Ok(_) => Ok(()),
        Err(_) if version.release.len() > 3 => Err(format!("{what} have versions of three numbers")),
        Err(error) => Err(format!("{what} have versions as SemVer writes them: {error}")),
    }
}

#[cfg(test)]
mod tests;
