//! Finds packages: the workspaces of npm, yarn and bun (`workspaces`), those of pnpm (pnpm-workspace.yaml), and
//! packages that stand alone, with what they need of the repository.

use std::collections::{BTreeMap, BTreeSet};

use jsonc_parser::ast::{Array, Value};

use super::members::{Member, Members, Place, lines};
use super::requirement::Spec;
use super::{MANIFEST, PNPM_WORKSPACE};
use crate::edit::json::Json;
use crate::edit::yaml::Yaml;
use crate::fault::{Fault, Faults};
use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree, VersionHome};
use crate::path;
use crate::pattern::Pattern;
use crate::registry::addresses;
use crate::version::Version;

/// A manifest with the directory of its workspace (its own where it stands alone).
struct Manifest<'a> {
    json: Json<'a>,
    dir: &'a str,
    root: &'a str,
    /// Its name; a member without one is known by its directory.
    name: String,
    version: Version,
}

/// Manifests by directory.
type Manifests<'a> = BTreeMap<&'a str, Manifest<'a>>;

pub(super) fn discover(tree: &Tree) -> Result<Vec<Package>, Faults> {
    let mut faults = Faults::default();
    let mut search = Search { tree, all: Manifests::new(), closed: BTreeSet::new() };
    for dir in dirs(tree) {
        if !search.all.contains_key(dir) && !search.is_closed(dir) {
            search.root(dir, &mut faults);
        }
    }
    search.needed_by_path(&mut faults);
    let mut all = search.all;
    set_apart(&mut all);
    let members = Members::new(all.values().map(|manifest| Member {
        name: &manifest.name,
        dir: manifest.dir,
        workspace: manifest.root,
        version: &manifest.version,
    }));
    let packages: Vec<Package> = all.values().map(|manifest| package(manifest, &members)).collect();
    faults.or(packages)
}

/// Private packages that share a name (`docs`, `example`) are known by their directories: nobody can mean them by name.
fn set_apart(all: &mut Manifests) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for manifest in all.values() {
        *count.entry(manifest.name.clone()).or_default() += 1;
    }
    for manifest in all.values_mut().filter(|manifest| !is_published(&manifest.json)) {
        if count[&manifest.name] > 1 {
            manifest.name = place_name(manifest.dir);
        }
    }
}

/// Directories with a manifest, the topmost first. What is installed is nobody's source, even where git tracks it.
fn dirs(tree: &Tree) -> Vec<&str> {
    let is_source = |path: &&String| !path.split('/').any(|part| part == "node_modules");
    let named = |path: &&String| [MANIFEST, PNPM_WORKSPACE].contains(&path::name(path));
    let found: BTreeSet<&str> =
        tree.texts.keys().filter(named).filter(is_source).map(|path| path::parent(path)).collect();
    let mut found: Vec<&str> = found.into_iter().collect();
    found.sort_by_key(|dir| (if dir.is_empty() { 0 } else { dir.matches('/').count() + 1 }, *dir));
    found
}

struct Search<'a> {
    tree: &'a Tree,
    all: Manifests<'a>,
    /// Directories below which nothing is looked at but what is named.
    closed: BTreeSet<&'a str>,
}

impl<'a> Search<'a> {
    /// Whether a directory lies below a workspace that does not name it, or within a package: its tests, its examples.
    fn is_closed(&self, dir: &str) -> bool {
        let mut above = dir;
        while !above.is_empty() {
            above = path::parent(above);
            if self.closed.contains(above) {
                return true;
            }
        }
        false
    }

    /// A directory that nothing named: the root of a workspace, or a package that stands alone.
    fn root(&mut self, dir: &'a str, faults: &mut Faults) {
        let own = self.manifest(dir, dir, faults);
        let Some(patterns) = faults.take(self.patterns(dir, own.as_ref()).map_err(Faults::from)) else {
            return;
        };
        if let Some(patterns) = patterns {
            self.closed.insert(dir);
            self.all.extend(own.map(|own| (dir, own)));
            for member in members(self.tree, dir, &patterns) {
                if let Some(manifest) = self.manifest(member, dir, faults).filter(|_| member != dir) {
                    self.all.insert(member, manifest);
                }
            }
        } else if let Some(own) = own.filter(is_named) {
            if is_published(&own.json) {
                self.closed.insert(dir);
            }
            self.all.insert(dir, own);
        }
    }

    fn manifest(&self, dir: &str, root: &'a str, faults: &mut Faults) -> Option<Manifest<'a>> {
        let (path, text) = self.tree.texts.get_key_value(&path::join(dir, MANIFEST))?;
        let json = faults.take(Json::parse(path, text).map_err(Faults::from))?;
        faults.take(manifest(json, path::parent(path), root).map_err(Faults::from))
    }

    /// What a root says of its members: pnpm's own file, else `workspaces`; none where it is no root.
    fn patterns(&self, dir: &str, own: Option<&Manifest>) -> Result<Option<Vec<String>>, Fault> {
        if let Some((path, text)) = self.tree.texts.get_key_value(&path::join(dir, PNPM_WORKSPACE)) {
            let yaml = Yaml::parse(path, text)?;
            // Without it the file holds settings alone.
            if let Some(packages) = yaml.root().get("packages") {
                let texts = packages.items().iter().filter_map(|item| item.text());
                return Ok(Some(texts.map(|text| text.value.clone()).collect()));
            }
        }
        let Some(own) = own else { return Ok(None) };
        let list = match own.json.get(&["workspaces"]) {
            Some(Value::Array(list)) => Some(list),
            Some(Value::Object(_)) => own.json.get(&["workspaces", "packages"]).and_then(Value::as_array),
            _ => None,
        };
        Ok(list.map(texts))
    }

    /// What a manifest needs by path is a package too, wherever it stands.
    fn needed_by_path(&mut self, faults: &mut Faults) {
        let mut pending: Vec<&str> = self.all.keys().copied().collect();
        while let Some(dir) = pending.pop() {
            for needed in self.all.get(dir).map(paths).unwrap_or_default() {
                let Some((path, _)) = self.tree.texts.get_key_value(&path::join(&needed, MANIFEST)) else {
                    continue;
                };
                let needed = path::parent(path);
                if self.all.contains_key(needed) {
                    continue;
                }
                if let Some(manifest) = self.manifest(needed, needed, faults) {
                    self.all.insert(needed, manifest);
                    pending.push(needed);
                }
            }
        }
    }
}

fn texts(list: &Array) -> Vec<String> {
    list.elements.iter().filter_map(|value| Some(value.as_string_lit()?.value.to_string())).collect()
}

/// Directories that a manifest needs by path.
fn paths(manifest: &Manifest) -> Vec<String> {
    let path = |text: &str| match Spec::parse(text) {
        Spec::Path(written) => path::resolve(manifest.dir, written),
        _ => None,
    };
    lines(manifest.json.root()).filter_map(|line| path(&line.string.value)).collect()
}

/// The directories that the patterns of a workspace name. The last pattern that matches decides.
fn members<'a>(tree: &'a Tree, root: &str, patterns: &[String]) -> Vec<&'a str> {
    let read = |written: &String| {
        let (out, text) = written.strip_prefix('!').map_or((false, written.as_str()), |rest| (true, rest));
        let text = text.trim_start_matches("./").trim_matches('/');
        let all = braces(text)
            .into_iter()
            .filter_map(|text| Pattern::new(&path::resolve(root, &format!("{text}/{MANIFEST}"))?).ok());
        (out, all.collect::<Vec<_>>())
    };
    let patterns: Vec<(bool, Vec<Pattern>)> = patterns.iter().map(read).collect();
    let is_member = |path: &str| {
        let last = patterns.iter().rev().find(|(_, all)| all.iter().any(|pattern| pattern.matches(path)));
        last.is_some_and(|(out, _)| !out)
    };
    let below = path::join(root, "");
    let inside = tree.texts.range(below.clone()..).map(|(path, _)| path.as_str());
    inside
        .take_while(|path| path.starts_with(&below))
        .filter(|path| path::name(path) == MANIFEST && !path.split('/').any(|part| part == "node_modules"))
        .filter(|path| is_member(path))
        .map(path::parent)
        .collect()
}

/// `a/{b,c}/*` as `a/b/*` and `a/c/*`, which globs without braces can say.
fn braces(text: &str) -> Vec<String> {
    let parts = text.find('{').and_then(|open| {
        let close = open + text[open..].find('}')?;
        Some((&text[..open], &text[open + 1..close], &text[close + 1..]))
    });
    match parts {
        None => vec![text.to_string()],
        Some((before, within, after)) => {
            within.split(',').flat_map(|part| braces(&format!("{before}{part}{after}"))).collect()
        }
    }
}

/// Whether it can be a package by itself. Many manifests only say how the files beside them are to be read.
fn is_named(manifest: &Manifest) -> bool {
    ["name", "version"].iter().all(|key| manifest.json.str(&[key]).is_some())
}

/// Name and version have to be right where they are published. What is private may have any.
fn manifest<'a>(json: Json<'a>, dir: &'a str, root: &'a str) -> Result<Manifest<'a>, Fault> {
    let is_published = is_published(&json);
    let given = json.str(&["name"]).unwrap_or_default();
    let name = if is_package_name(given) { given.to_string() } else { place_name(dir) };
    if is_published && name != given {
        let fault = Fault::usage(format!("`{}` is no name of an npm package", given.escape_debug()));
        return Err(fault
            .at(json.path, json.line_at(&["name"]))
            .help("use letters, digits, `-`, `_` and `.`"));
    }
    let text = json.str(&["version"]).unwrap_or("0.0.0");
    let version = semver::Version::parse(text)
        .map_err(|error| error.to_string())
        .and_then(|_| text.parse::<Version>().map_err(|error| error.to_string()));
    let version = match version {
        Ok(version) => version,
        Err(why) if is_published => {
            let fault = Fault::usage(format!("cannot read the version `{}`", text.escape_debug()));
            let fault = fault.at(json.path, json.line_at(&["version"])).because(why);
            return Err(fault.help("write one such as `1.2.3`"));
        }
        Err(_) => Version::new(0, 0, 0),
    };
    Ok(Manifest { json, dir, root, name, version })
}

fn place_name(dir: &str) -> String {
    if dir.is_empty() { ".".to_string() } else { format!("./{dir}") }
}

/// As the registry has them, and with the capitals that it had once. Names stand in command lines and on terminals.
fn is_package_name(name: &str) -> bool {
    let plain = |part: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(inner)
    };
    match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| plain(scope) && plain(name)),
        None => plain(name),
    }
}

/// Where a package goes. A registry of one's own is known by its address, which stands in the manifest.
fn publish(json: &Json) -> Publish {
    let is_private = match json.get(&["private"]) {
        Some(Value::BooleanLit(literal)) => literal.value,
        Some(Value::StringLit(literal)) => literal.value == "true",
        _ => false,
    };
    let absent = |key: &str| json.str(&[key]).is_none_or(str::is_empty);
    match json.str(&["publishConfig", "registry"]) {
        _ if is_private => Publish::No("private: true".to_string()),
        _ if absent("name") => Publish::No("no name".to_string()),
        _ if absent("version") => Publish::No("no version".to_string()),
        Some(address) => Publish::To(addresses::by_index(Kind::Npm, address)),
        None => Publish::To(super::REGISTRY.to_string()),
    }
}

fn is_published(json: &Json) -> bool {
    matches!(publish(json), Publish::To(_))
}

fn package(manifest: &Manifest, members: &Members) -> Package {
    let json = &manifest.json;
    Package {
        id: PackageId::new(Kind::Npm, &manifest.name),
        version: manifest.version.clone(),
        dir: manifest.dir.to_string(),
        manifest: json.path.to_string(),
        workspace: manifest.root.to_string(),
        publish: publish(json),
        dependencies: dependencies(manifest, members),
        version_home: VersionHome::Own(json.path.to_string()),
        program: json.get(&["bin"]).is_some(),
        platforms: Vec::new(),
    }
}

/// What a manifest needs of the repository. What stands for a workspace or a path is said as it will be published.
fn dependencies(manifest: &Manifest, members: &Members) -> Vec<Dependency> {
    let place = Place { dir: manifest.dir, workspace: manifest.root };
    let found = lines(manifest.json.root()).filter_map(|line| {
        let (member, spec) = members.needed(place, line.name, &line.string.value, line.need)?;
        let requirement = spec.published(member.version);
        Some(Dependency { id: member.id(), need: line.need, requirement, published: line.need != Need::Dev })
    });
    found.collect::<BTreeSet<_>>().into_iter().collect()
}
