//! Finds Python packages: uv's workspaces (members, exclude, the root itself) and projects that stand alone, their
//! versions, also dynamic ones, and what they need of the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Item, TableLike};

use super::MANIFEST;
use super::maturin;
use super::requirement::Requirement;
use crate::edit::Toml;
use crate::fault::{Fault, Faults};
use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree, VersionHome};
use crate::path;
use crate::pattern::Pattern;
use crate::registry::pypi::{normalized, wheel};
use crate::version::Version;

/// A manifest with its workspace.
struct Project<'a> {
    toml: Toml<'a>,
    dir: &'a str,
    root: &'a str,
}

pub(super) fn discover(tree: &Tree) -> Result<Vec<Package>, Faults> {
    let mut faults = Faults::default();
    let mut projects = Projects::new();
    for root in manifests(tree) {
        let dir = path::parent(root);
        let inside = |known: &Project| path::is_within(dir, known.root) && known.is_workspace(&projects);
        if !projects.contains_key(dir) && !projects.values().any(inside) {
            add(tree, root, &mut projects, &mut faults);
        }
    }
    let mut tried = BTreeSet::new();
    while let Some(manifest) = needed_by_path(tree, &projects, &tried) {
        tried.insert(manifest);
        add(tree, manifest, &mut projects, &mut faults);
    }
    faults.0.extend(same_names(&projects));
    let names: BTreeMap<String, &str> =
        projects.values().filter_map(|project| project.name()).map(|name| (normalized(name), name)).collect();
    let packages = projects.values().filter(|project| project.toml.get(&["project"]).is_some());
    let packages = packages
        .filter_map(|project| faults.take(package(tree, project, &projects, &names).map_err(Faults::from)))
        .collect();
    faults.or(packages)
}

/// Projects by directory.
type Projects<'a> = BTreeMap<&'a str, Project<'a>>;

/// Adds a root and its members; what cannot be read is a fault, and counts as known.
fn add<'a>(tree: &'a Tree, root: &'a str, projects: &mut Projects<'a>, faults: &mut Faults) {
    let dir = path::parent(root);
    for member in faults.take(members(tree, root)).unwrap_or_default() {
        let text = tree.text(member).unwrap_or_default();
        if let Some(toml) = faults.take(Toml::parse(member, text).map_err(Faults::from)) {
            projects.insert(path::parent(member), Project { toml, dir: path::parent(member), root: dir });
        }
    }
}

/// A manifest that no workspace has as a member, though a project has it as a source.
fn needed_by_path<'a>(tree: &'a Tree, projects: &Projects<'a>, tried: &BTreeSet<&str>) -> Option<&'a str> {
    let sources = projects.values().flat_map(|project| {
        let sources = project.toml.table(&["tool", "uv", "sources"]).into_iter().flat_map(TableLike::iter);
        sources
            .flat_map(|(_, item)| tables(item))
            .filter_map(|source| path::resolve(project.dir, source.get("path")?.as_str()?))
    });
    let mut manifests = sources
        .filter(|dir| !projects.contains_key(dir.as_str()))
        .filter_map(|dir| tree.texts.get_key_value(&format!("{dir}/{MANIFEST}")));
    // One that cannot be read was told already.
    let is_new =
        |(path, text): &(&String, &String)| !tried.contains(path.as_str()) && Toml::parse(path, text).is_ok();
    manifests.find(is_new).map(|(path, _)| path.as_str())
}

/// `Acme_Core` and `acme-core` are one name on every index.
fn same_names(projects: &Projects) -> Vec<Fault> {
    let mut seen: BTreeMap<String, &Project> = BTreeMap::new();
    let mut faults = Vec::new();
    for project in projects.values() {
        let Some(name) = project.name() else { continue };
        let Some(other) = seen.insert(normalized(name), project) else { continue };
        // Names that are equal to the letter are told for all ecosystems alike.
        if other.name() != Some(name) {
            let message = format!("two packages are named `{}`", normalized(name));
            let fault =
                Fault::usage(message).at(project.toml.path, project.toml.line_at(&["project", "name"]));
            let why = format!("the other one is `{}`; an index takes them for the same", other.toml.path);
            faults.push(fault.because(why).help("rename one"));
        }
    }
    faults
}

/// Manifests, the topmost first.
fn manifests(tree: &Tree) -> Vec<&str> {
    let mut found: Vec<&str> =
        tree.texts.keys().filter(|path| path::name(path) == MANIFEST).map(String::as_str).collect();
    found.sort_by_key(|path| (path.matches('/').count(), *path));
    found
}

/// A manifest and, where it is the root of a workspace, those of its members.
fn members<'a>(tree: &'a Tree, root: &'a str) -> Result<BTreeSet<&'a str>, Faults> {
    let toml = Toml::parse(root, tree.text(root).unwrap_or_default())?;
    let dir = path::parent(root);
    let mut faults = Faults::default();
    let mut found = BTreeSet::from([root]);
    let patterns = |key: &str| -> Vec<(usize, String, Pattern)> {
        let values =
            toml.get(&["tool", "uv", "workspace", key]).and_then(Item::as_array).into_iter().flatten();
        values
            .filter_map(|value| {
                let text = value.as_str()?;
                let manifest = path::resolve(dir, &format!("{text}/{MANIFEST}"))?;
                let line = crate::edit::line_of(toml.text, value.span()?.start);
                Some((line, text.to_string(), Pattern::new(&manifest).ok()?))
            })
            .collect()
    };
    let excluded = patterns("exclude");
    for (line, text, pattern) in patterns("members") {
        let matched: Vec<&str> = tree
            .texts
            .keys()
            .map(String::as_str)
            .filter(|path| path::name(path) == MANIFEST && pattern.matches(path))
            .collect();
        let is_glob = text.contains(['*', '?', '[']);
        if matched.is_empty() && !is_glob && !tree.files.iter().any(|path| pattern.matches(path)) {
            let fault = Fault::usage(format!("workspace member `{text}` has no `{MANIFEST}`")).at(root, line);
            faults.push(fault.help("add the package (git must track it), or take it out of `members`"));
        }
        found
            .extend(matched.into_iter().filter(|path| !excluded.iter().any(|(_, _, out)| out.matches(path))));
    }
    faults.or(found)
}

impl Project<'_> {
    fn name(&self) -> Option<&str> {
        self.toml.str(&["project", "name"])
    }

    fn is_workspace(&self, projects: &Projects) -> bool {
        projects.get(self.root).is_some_and(|root| root.toml.get(&["tool", "uv", "workspace"]).is_some())
    }
}

fn package(
    tree: &Tree,
    project: &Project,
    all: &Projects,
    names: &BTreeMap<String, &str>,
) -> Result<Package, Fault> {
    let toml = &project.toml;
    let line = toml.line_at(&["project"]);
    let missing = |what: &str| {
        Fault::usage(format!("a project has no {what}"))
            .at(toml.path, line)
            .help(format!("give `project.{what}`"))
    };
    let name = project.name().ok_or_else(|| missing("name"))?;
    if !is_project_name(name) {
        let fault = Fault::usage(format!("`{}` is no name of a Python package", name.escape_debug()));
        let line = toml.line_at(&["project", "name"]);
        return Err(fault.at(toml.path, line).help("use letters, digits, `-`, `_` and `.`"));
    }
    let (version, version_home) = version(tree, project)?;
    Ok(Package {
        id: PackageId::new(Kind::Uv, name),
        version,
        dir: project.dir.to_string(),
        manifest: toml.path.to_string(),
        workspace: project.root.to_string(),
        publish: publish(project),
        dependencies: dependencies(project, all.get(project.root), names),
        version_home,
        program: toml.get(&["project", "scripts"]).is_some(),
        platforms: [wheel::SDIST, wheel::WHEEL].map(str::to_string).into(),
    })
}

/// As PEP 508 has it. Names stand in command lines and on terminals.
fn is_project_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    outer(name.chars().next()) && outer(name.chars().next_back()) && name.chars().all(inner)
}

fn publish(project: &Project) -> Publish {
    let toml = &project.toml;
    let classifiers = toml.get(&["project", "classifiers"]).and_then(Item::as_array).into_iter().flatten();
    let private = classifiers.filter_map(|value| value.as_str()).any(|text| text.starts_with("Private ::"));
    match toml.get(&["tool", "uv", "package"]).and_then(Item::as_bool) {
        _ if private => Publish::No("classifier `Private :: …`".to_string()),
        Some(false) => Publish::No("tool.uv.package = false".to_string()),
        None if toml.get(&["build-system"]).is_none() => Publish::No("no [build-system]".to_string()),
        _ => Publish::To("pypi".to_string()),
    }
}

fn version(tree: &Tree, project: &Project) -> Result<(Version, VersionHome), Fault> {
    let toml = &project.toml;
    let parse = |text: &str, file: &str, line: usize| {
        text.parse::<Version>().map_err(|error| {
            Fault::usage(format!("cannot read the version `{text}`"))
                .at(file, line)
                .because(error.to_string())
                .help("write one such as `1.2.3`")
        })
    };
    if let Some(item) = toml.get(&["project", "version"]) {
        let version = parse(item.as_str().unwrap_or_default(), toml.path, toml.line(item))?;
        return Ok((version, VersionHome::Own(toml.path.to_string())));
    }
    if let Some((file, range)) = dynamic_place(tree, toml, project.dir) {
        let text = tree.text(&file).unwrap_or_default();
        let version = parse(&text[range.clone()], &file, crate::edit::line_of(text, range.start))?;
        return Ok((version, VersionHome::Own(file)));
    }
    if let Some(found) = maturin::version(tree, toml, project.dir) {
        return found;
    }
    let from_tag = toml.get(&["tool", "setuptools_scm"]).is_some()
        || toml.str(&["tool", "hatch", "version", "source"]) == Some("vcs");
    let is_package = publish(project) != Publish::No("no [build-system]".to_string());
    let help = format!(
        "give `project.version`, or a dynamic version that stands in a file (hatch `path`, setuptools `attr` or \
         `file`); a package that is no package of yours is left out by `exclude = [\"{}/**\"]` in `[release]`",
        project.dir
    );
    match (from_tag, is_package) {
        (true, _) => Ok((Version::new(0, 0, 0), VersionHome::Tag)),
        (false, false) => Ok((Version::new(0, 0, 0), VersionHome::Own(toml.path.to_string()))),
        (false, true) => {
            let line = toml.line_at(&["project"]);
            Err(Fault::usage(format!("cannot find the version of `{}`", project.name().unwrap_or_default()))
                .at(toml.path, line)
                .help(help))
        }
    }
}

/// File and range of a version that is not in the manifest.
pub(super) fn dynamic_place(tree: &Tree, toml: &Toml, dir: &str) -> Option<(String, Range<usize>)> {
    let hatch = toml.str(&["tool", "hatch", "version", "path"]).map(|file| vec![file.to_string()]);
    let attr = toml.str(&["tool", "setuptools", "dynamic", "version", "attr"]).and_then(|attr| {
        let module = attr.rsplit_once('.')?.0.replace('.', "/");
        let files = [format!("{module}/__init__.py"), format!("{module}.py")];
        Some(files.iter().flat_map(|file| [file.clone(), format!("src/{file}")]).collect())
    });
    let flit = toml
        .str(&["build-system", "build-backend"])
        .is_some_and(|backend| backend.starts_with("flit"))
        .then(|| {
            let module = toml.str(&["project", "name"]).unwrap_or_default().replace('-', "_");
            vec![format!("{module}/__init__.py"), format!("src/{module}/__init__.py")]
        });
    let plain = toml.get(&["tool", "setuptools", "dynamic", "version", "file"]);
    // A text, or a list of texts.
    let plain = plain.and_then(|item| item.as_str().or_else(|| item.as_array()?.get(0)?.as_str()));
    if let Some(file) = plain.and_then(|file| path::resolve(dir, file)) {
        let text = tree.text(&file)?;
        let start = text.find(|c: char| !c.is_whitespace())?;
        return Some((file, start..text.trim_end().len()));
    }
    let candidates: Vec<String> = hatch.or(attr).or(flit)?;
    candidates.iter().filter_map(|file| path::resolve(dir, file)).find_map(|file| {
        let range = assigned_string(tree.text(&file)?)?;
        Some((file, range))
    })
}

/// The text assigned to `__version__` (or `VERSION`) in Python source.
fn assigned_string(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let value = ["__version__", "VERSION", "version"].iter().find_map(|name| {
            let rest = line.strip_prefix(name)?.trim_start();
            let rest =
                rest.strip_prefix(": str").or_else(|| rest.strip_prefix(":str")).unwrap_or(rest).trim_start();
            Some(rest.strip_prefix('=')?.trim_start())
        });
        let quote = value.and_then(|value| value.chars().next()).filter(|quote| "'\"".contains(*quote));
        if let (Some(value), Some(quote)) = (value, quote) {
            let from = start + line.len() - value.len() + 1;
            return text[from..].find(quote).map(|length| from..from + length);
        }
        start += line.len();
    }
    None
}

fn dependencies(
    project: &Project,
    root: Option<&Project>,
    names: &BTreeMap<String, &str>,
) -> Vec<Dependency> {
    let own = project.name().map(normalized);
    let internal = |text: &str, need: Need| {
        let requirement = Requirement::parse(text);
        let name =
            names.get(&normalized(requirement.name)).filter(|_| Some(normalized(requirement.name)) != own)?;
        let sources =
            [Some(project), root].into_iter().flatten().map(|place| sources(&place.toml, requirement.name));
        let is_ours = sources.into_iter().find(|found| !found.is_empty()).is_none_or(|found| {
            found.iter().any(|source| ["workspace", "path"].iter().any(|key| source.get(key).is_some()))
        });
        let requirement = requirement.bare_specifier().to_string();
        let published = need != Need::Dev;
        is_ours.then(|| Dependency { id: PackageId::new(Kind::Uv, *name), need, requirement, published })
    };
    let found = requirements(&project.toml).into_iter().filter_map(|place| internal(place.text, place.need));
    found.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The tables of `tool.uv.sources` for a name: one, or one for each marker.
pub(super) fn sources<'a>(toml: &'a Toml, name: &str) -> Vec<&'a dyn TableLike> {
    let mut all = toml.table(&["tool", "uv", "sources"]).into_iter().flat_map(TableLike::iter);
    let found = all.find(|(key, _)| normalized(key) == normalized(name));
    found.map(|(_, item)| tables(item)).unwrap_or_default()
}

fn tables(item: &Item) -> Vec<&dyn TableLike> {
    let list = item.as_array().into_iter().flatten().filter_map(|value| value.as_inline_table());
    let list = list.map(|table| table as &dyn TableLike);
    item.as_table_like().into_iter().chain(list).collect()
}

/// A requirement in a manifest.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) range: Range<usize>,
    pub(super) field: String,
    pub(super) need: Need,
}

/// Every requirement that a manifest declares.
pub(super) fn requirements<'a>(toml: &'a Toml) -> Vec<Place<'a>> {
    let mut found = Vec::new();
    let mut list = |item: Option<&'a Item>, field: &str, need: Need| {
        for value in item.and_then(Item::as_array).into_iter().flatten() {
            if let (Some(text), Some(range)) = (value.as_str(), value.span()) {
                found.push(Place { text, range, field: field.to_string(), need });
            }
        }
    };
    list(toml.get(&["project", "dependencies"]), "project.dependencies", Need::Normal);
    for (extra, item) in
        toml.table(&["project", "optional-dependencies"]).into_iter().flat_map(TableLike::iter)
    {
        list(Some(item), &format!("project.optional-dependencies.{extra}"), Need::Optional);
    }
    list(toml.get(&["build-system", "requires"]), "build-system.requires", Need::Build);
    for (group, item) in toml.table(&["dependency-groups"]).into_iter().flat_map(TableLike::iter) {
        list(Some(item), &format!("dependency-groups.{group}"), Need::Dev);
    }
    list(toml.get(&["tool", "uv", "dev-dependencies"]), "tool.uv.dev-dependencies", Need::Dev);
    found
}
