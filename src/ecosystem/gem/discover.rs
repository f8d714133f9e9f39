//! Finds gems: every gemspec that stands for something to install, its version wherever that stands, and what it needs
//! of the repository.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{self, Answer};
use super::expression::{self, Place};
use super::gemfile;
use super::gemspec::{Clauses, Gemspec};
use crate::edit::line_of;
use crate::edit::ruby::{Kind as TokenKind, Token};
use crate::fault::{Fault, Faults};
use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree, VersionHome};
use crate::path;
use crate::registry::addresses;
use crate::version::Version;

/// A gemspec, and what Ruby says of it where it was asked.
pub(super) struct Gem<'a> {
    pub(super) path: &'a str,
    /// None where the file makes no specification by itself.
    pub(super) spec: Option<Gemspec<'a>>,
    answer: Option<Answer>,
}

/// Directories in which gemspecs are examples and fixtures.
const NOT_OURS: [&str; 8] =
    ["spec", "test", "tests", "features", "fixtures", "vendor", "templates", "node_modules"];

/// Every gemspec of a tree, by path.
pub(super) fn paths(tree: &Tree) -> Vec<&str> {
    let ours = |path: &&str| {
        path.ends_with(".gemspec") && !path::parent(path).split('/').any(|part| NOT_OURS.contains(&part))
    };
    tree.texts.keys().map(String::as_str).filter(ours).collect()
}

/// Gemspecs that cannot be read without Ruby.
pub(super) fn unclear(tree: &Tree) -> Vec<&str> {
    let gems: Vec<Gem> = paths(tree).into_iter().map(|path| gem(tree, path, None)).collect();
    let stem = |path: &str| path::name(path).trim_end_matches(".gemspec").to_string();
    let name = |gem: &Gem| gem.spec.as_ref().and_then(Gemspec::name).map_or(stem(gem.path), str::to_string);
    let names: BTreeSet<String> = gems.iter().map(name).collect();
    gems.iter().filter(|gem| !gem.is_clear(tree, &names)).map(|gem| gem.path).collect()
}

fn gem<'a>(tree: &'a Tree, path: &'a str, answer: Option<Answer>) -> Gem<'a> {
    Gem { path, spec: Gemspec::parse(path, tree.text(path).unwrap_or_default()), answer }
}

pub(super) fn discover(tree: &Tree) -> Result<Vec<Package>, Faults> {
    let mut faults = Faults::default();
    let unclear = unclear(tree);
    let mut gems = Vec::new();
    for path in paths(tree) {
        let answer = match tree.answers.get(path) {
            Some(output) => faults.take(ask::read(path, output).map_err(Faults::from)).map(Some),
            None if unclear.contains(&path) => {
                faults.push(not_asked(path));
                None
            }
            None => Some(None),
        };
        gems.extend(answer.map(|answer| gem(tree, path, answer)));
    }
    let names: BTreeMap<&str, &Gem> = gems.iter().filter_map(|gem| Some((gem.name()?, gem))).collect();
    let packages =
        gems.iter().filter_map(|gem| faults.take(package(tree, gem, &names).map_err(Faults::from)));
    let mut packages: Vec<Package> = packages.collect();
    share_versions(&mut packages);
    faults.or(packages)
}

fn not_asked(path: &str) -> Fault {
    let fault = Fault::usage(format!("`{path}` computes what it says, and Ruby was not asked")).at(path, 0);
    fault.help(help(path))
}

/// What to do about a gemspec that cannot be read.
pub(super) fn help(path: &str) -> String {
    let pattern = match path::parent(path) {
        "" => path.to_string(),
        dir => format!("{dir}/**"),
    };
    format!(
        "install Ruby, with what the gemspec requires; or write name, version and dependencies as plain strings; a \
         gem that is no package of yours is left out by `exclude = [\"{pattern}\"]` in `[release]`"
    )
}

/// One version field of several gems.
fn share_versions(packages: &mut [Package]) {
    let mut homes: BTreeMap<VersionHome, usize> = BTreeMap::new();
    for package in packages.iter() {
        *homes.entry(package.version_home.clone()).or_default() += 1;
    }
    for package in packages.iter_mut().filter(|package| homes[&package.version_home] > 1) {
        if let VersionHome::Own(file) = &package.version_home {
            package.version_home = VersionHome::Shared(file.clone());
        }
    }
}

impl<'a> Gem<'a> {
    pub(super) fn name(&self) -> Option<&str> {
        let answered = self.answer.as_ref().map(|answer| answer.name.as_str());
        answered.or_else(|| self.spec.as_ref()?.name())
    }

    /// Whether nothing is left to ask; what it computes about other people's gems is of no interest.
    fn is_clear(&self, tree: &Tree, names: &BTreeSet<String>) -> bool {
        let Some(spec) = &self.spec else { return false };
        let (needed, all) = spec.needed();
        let known = needed
            .iter()
            .all(|needed| !matches!(needed.clauses, Clauses::Computed) || !names.contains(needed.name.text));
        all && known && spec.name().is_some() && spec.version(tree).is_some()
    }

    /// Where the version stands.
    pub(super) fn place(&self, tree: &Tree) -> Option<Place> {
        let spec = self.spec.as_ref()?;
        let like = || spec.version_like(tree, &self.answer.as_ref()?.version.gem());
        spec.version(tree).or_else(like)
    }

    /// What Ruby says that it asks of another gem.
    pub(super) fn answered(&self, name: &str) -> Option<&str> {
        let mut needed = self.answer.as_ref()?.needed.iter();
        let found = needed.find(|(other, need, _)| other == name && *need != Need::Dev);
        found.map(|(_, _, clauses)| clauses.as_str())
    }

    fn push_host(&self) -> Option<String> {
        if let Some(answer) = &self.answer {
            return answer.push_host.clone();
        }
        let spec = self.spec.as_ref()?;
        let set = |statement: &crate::edit::ruby::Statement<'a>| {
            let at = statement.tokens.iter().position(|token| token.text == "allowed_push_host")?;
            let value = statement.after(at + 1).iter().find(|token| token.kind == TokenKind::Text);
            Some(value.map_or(String::new(), |token: &Token| token.text.to_string()))
        };
        spec.statements.iter().find_map(set)
    }
}

/// A gem that has been opened for editing: see `discover`.
pub(super) fn open<'a>(tree: &'a Tree, package: &'a Package) -> Gem<'a> {
    let answer = tree.answers.get(&package.manifest);
    gem(tree, &package.manifest, answer.and_then(|output| ask::read(&package.manifest, output).ok()))
}

fn package(tree: &Tree, gem: &Gem, names: &BTreeMap<&str, &Gem>) -> Result<Package, Fault> {
    let name = gem.name().unwrap_or_default();
    if !is_gem_name(name) {
        let fault = Fault::usage(format!("`{}` is no name of a gem", name.escape_debug())).at(gem.path, 0);
        return Err(fault.help("use letters, digits, `-`, `_` and `.`"));
    }
    let dir = path::parent(gem.path);
    let (version, version_home) = version(tree, gem)?;
    let has_programs = |below: &str| {
        let start = path::join(dir, below);
        tree.files.range(start.clone()..).next().is_some_and(|file| file.starts_with(&start))
    };
    Ok(Package {
        id: PackageId::new(Kind::Gem, name),
        dependencies: dependencies(tree, gem, &version, names),
        version,
        dir: dir.to_string(),
        manifest: gem.path.to_string(),
        workspace: workspace(tree, dir),
        publish: publish(gem),
        version_home,
        program: has_programs("exe/"),
        platforms: gem.spec.as_ref().and_then(Gemspec::platform).into_iter().collect(),
    })
}

/// Names stand in command lines, paths and on terminals.
fn is_gem_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.chars().all(plain)
}

/// The directory whose Gemfile a gem is developed with: its own or the nearest above it.
fn workspace(tree: &Tree, dir: &str) -> String {
    let mut at = dir;
    loop {
        if gemfile::of(at, |file| tree.files.contains(file)).is_some() {
            return at.to_string();
        }
        if at.is_empty() {
            return dir.to_string();
        }
        at = path::parent(at);
    }
}

fn version(tree: &Tree, gem: &Gem) -> Result<(Version, VersionHome), Fault> {
    let answered = gem.answer.as_ref().map(|answer| answer.version.clone());
    let Some(place) = gem.place(tree) else {
        let own = VersionHome::Own(gem.path.to_string());
        return answered.map(|version| (version, own)).ok_or_else(|| not_asked(gem.path));
    };
    let text = tree.text(&place.file).unwrap_or_default();
    let written = &text[place.range.clone()];
    let version = written.parse().map_err(|error: crate::version::NotAVersion| {
        Fault::usage(format!("cannot read the version `{written}`"))
            .at(&place.file, line_of(text, place.range.start))
            .because(error.to_string())
            .help("write one such as `1.2.3`")
    })?;
    Ok((version, VersionHome::Own(place.file)))
}

/// The one place that a gem may be pushed to, `allowed_push_host`, decides; what is no address is a way to say that it
/// goes nowhere.
fn publish(gem: &Gem) -> Publish {
    let Some(host) = gem.push_host() else { return Publish::To("rubygems".to_string()) };
    let bare = |address: &str| {
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
        Some(rest.trim_end_matches('/').to_string())
    };
    let known = |host: &str| {
        let mut presets = addresses::all().filter(|preset| preset.kind == Kind::Gem);
        presets.find(|preset| bare(preset.upload).as_deref() == Some(host))
    };
    match bare(&host) {
        Some(host) => Publish::To(known(&host).map_or(host, |preset| preset.name.to_string())),
        None => Publish::No(format!("allowed_push_host is `{}`", host.escape_debug())),
    }
}

fn dependencies(tree: &Tree, gem: &Gem, version: &Version, names: &BTreeMap<&str, &Gem>) -> Vec<Dependency> {
    let own = gem.name().unwrap_or_default();
    let mut found = BTreeSet::new();
    let mut add = |name: &str, need: Need, requirement: String| {
        if names.contains_key(name) && name != own {
            let id = PackageId::new(Kind::Gem, name);
            found.insert(Dependency { id, need, requirement, published: need != Need::Dev });
        }
    };
    match (&gem.answer, &gem.spec) {
        (Some(answer), _) => {
            for (name, need, clauses) in &answer.needed {
                add(name, *need, clauses.clone());
            }
        }
        (None, Some(spec)) => {
            for needed in spec.needed().0 {
                add(needed.name.text, needed.need, requirement(&needed.clauses, version));
            }
        }
        (None, None) => {}
    }
    let gemfile = gemfile::of(path::parent(gem.path), |file| tree.texts.contains_key(file));
    let text = gemfile.and_then(|file| tree.text(&file)).unwrap_or_default();
    let declared: BTreeSet<PackageId> =
        found.iter().map(|dependency: &Dependency| dependency.id.clone()).collect();
    for line in gemfile::local(text) {
        let id = PackageId::new(Kind::Gem, line.name);
        if !declared.contains(&id) && names.contains_key(line.name) && line.name != own {
            let requirement = joined(&line.clauses);
            found.insert(Dependency { id, need: Need::Dev, requirement, published: false });
        }
    }
    found.into_iter().collect()
}

fn requirement(clauses: &Clauses, version: &Version) -> String {
    match clauses {
        Clauses::Written(written) => written.iter().map(|token| token.text).collect::<Vec<_>>().join(", "),
        Clauses::OwnVersion(operator) => {
            let operator = if operator.is_empty() { "=" } else { operator };
            format!("{operator} {}", version.gem())
        }
        Clauses::Computed => String::new(),
    }
}

/// Clauses in one text, as `accepts` takes them.
pub(super) fn joined(clauses: &[Token]) -> String {
    clauses.iter().map(|token| token.text).collect::<Vec<_>>().join(", ")
}

/// Cargo manifests of extensions: those below `ext`, and those that `spec.extensions` names.
pub(super) fn extensions(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let of = |path: &str| {
        let gem = gem(tree, path, None);
        let named = gem.spec.as_ref().and_then(|spec| expression::list(spec.assigned("extensions")?));
        let named = named
            .unwrap_or_default()
            .into_iter()
            .filter_map(|token| path::resolve(path::parent(path), token.text));
        let ext = path::join(path::parent(path), "ext/");
        let below = tree
            .texts
            .range(ext.clone()..)
            .map(|(file, _)| file)
            .take_while(move |file| file.starts_with(&ext));
        let all: BTreeSet<String> =
            named.chain(below.cloned()).filter(|file| path::name(file) == "Cargo.toml").collect();
        all.into_iter().collect::<Vec<_>>()
    };
    paths(tree).into_iter().map(|path| (path.to_string(), of(path))).collect()
}
