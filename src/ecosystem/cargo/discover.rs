//! Finds crates: workspaces (the cargo book, "Workspaces") and packages that stand alone, what they inherit, and
//! what they need of the repository.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Item, TableLike};

use super::MANIFEST;
use crate::edit::Toml;
use crate::fault::{Fault, Faults};
use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree, VersionHome};
use crate::path;
use crate::pattern::Pattern;
use crate::version::Version;

/// A manifest that cargo would read, with the directory of the workspace it belongs to (its own for a crate that
/// stands alone).
struct Manifest<'a> {
    toml: Toml<'a>,
    root: String,
}

/// Manifests by directory.
type Manifests<'a> = BTreeMap<String, Manifest<'a>>;

pub(super) fn discover(tree: &Tree) -> Result<Vec<Package>, Faults> {
    let mut faults = Faults::default();
    let mut all = Manifests::new();
    for root in roots(tree) {
        all.extend(workspace(tree, root, &mut faults));
    }
    // A crate that a workspace leaves out, though a package of another ecosystem is made of it.
    for root in crate::ecosystem::extensions(tree) {
        if let Some((root, _)) =
            tree.texts.get_key_value(&root).filter(|_| !all.contains_key(path::parent(&root)))
        {
            all.extend(workspace(tree, root, &mut faults));
        }
    }
    let packages = all.iter().filter_map(|(dir, manifest)| {
        let workspace = &all.get(&manifest.root)?.toml;
        let member =
            Member { dir, root: &manifest.root, manifest: &manifest.toml, workspace, all: &all, tree };
        faults.take(package(&member)).flatten()
    });
    let packages = packages.collect();
    faults.or(packages)
}

/// The topmost manifests: what lies below is a member, or a path dependency, or nothing that cargo would look at.
fn roots(tree: &Tree) -> Vec<&str> {
    let mut manifests: Vec<&str> =
        tree.texts.keys().filter(|path| path::name(path) == MANIFEST).map(String::as_str).collect();
    manifests.sort_by_key(|path| (path.matches('/').count(), *path));
    let mut found: Vec<&str> = Vec::new();
    for manifest in manifests {
        if !found.iter().any(|root| path::is_within(manifest, path::parent(root))) {
            found.push(manifest);
        }
    }
    found
}

/// A root and what belongs to it. Path dependencies below a workspace are members of it too (the cargo book, "The
/// members and exclude fields"); below a crate that stands alone, each stands alone as well.
fn workspace<'a>(tree: &'a Tree, root: &'a str, faults: &mut Faults) -> Manifests<'a> {
    let text = tree.text(root).unwrap_or_default();
    let Some(toml) = faults.take(Toml::parse(root, text).map_err(Faults::from)) else {
        return Manifests::new();
    };
    let dir = path::parent(root);
    let excluded = excluded_dirs(&toml, dir);
    let is_workspace = toml.get(&["workspace"]).is_some();
    let mut found = Manifests::new();
    let mut pending: Vec<String> = member_dirs(tree, &toml, dir, &excluded, faults).into_iter().collect();
    pending.push(dir.to_string());
    while let Some(member) = pending.pop() {
        let Some((path, text)) = tree.texts.get_key_value(&join(&member, MANIFEST)) else { continue };
        if found.contains_key(&member) {
            continue;
        }
        let Some(manifest) = faults.take(Toml::parse(path, text).map_err(Faults::from)) else { continue };
        let needed = path_dependencies(&manifest, &member, &toml, dir);
        let is_out = |found: &String| excluded.iter().any(|out| path::is_within(found, out));
        pending.extend(needed.into_iter().filter(|found| path::is_within(found, dir) && !is_out(found)));
        let root = if is_workspace { dir.to_string() } else { member.clone() };
        found.insert(member, Manifest { toml: manifest, root });
    }
    found
}

/// Directories of what a manifest needs by path, also where it leaves the path to its workspace.
fn path_dependencies(manifest: &Toml, member: &str, workspace: &Toml, root: &str) -> Vec<String> {
    let shared = entries(workspace.root());
    let own = entries(manifest.root());
    let entries = own.iter().filter(|entry| !entry.is_shared());
    entries.filter_map(|entry| entry.target(member, &shared, root).map(|(dir, _)| dir)).collect()
}

fn excluded_dirs(toml: &Toml, dir: &str) -> Vec<String> {
    strings(toml, &["workspace", "exclude"]).filter_map(|(_, text)| path::resolve(dir, text)).collect()
}

/// Directories that `workspace.members` names, less `workspace.exclude`.
fn member_dirs(
    tree: &Tree,
    toml: &Toml,
    dir: &str,
    excluded: &[String],
    faults: &mut Faults,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (item_line, text) in strings(toml, &["workspace", "members"]) {
        let Some(written) = path::resolve(dir, text) else { continue };
        let pattern = Pattern::new(&join(&written, MANIFEST));
        let matched =
            tree.texts.keys().filter(|path| pattern.as_ref().is_ok_and(|pattern| pattern.matches(path)));
        let dirs: Vec<String> = matched.map(|path| path::parent(path).to_string()).collect();
        let is_glob = text.contains(['*', '?', '[']);
        if dirs.is_empty() && !is_glob && !tree.files.contains(&join(&written, MANIFEST)) {
            let fault = Fault::usage(format!("workspace member `{text}` has no `{MANIFEST}`"))
                .at(toml.path, item_line);
            faults.push(fault.help("add the crate (git must track it), or take it out of `members`"));
        }
        found.extend(dirs.into_iter().filter(|dir| !excluded.iter().any(|out| path::is_within(dir, out))));
    }
    found
}

struct Member<'a> {
    dir: &'a str,
    root: &'a str,
    manifest: &'a Toml<'a>,
    workspace: &'a Toml<'a>,
    all: &'a Manifests<'a>,
    tree: &'a Tree,
}

fn package(member: &Member) -> Result<Option<Package>, Faults> {
    let toml = member.manifest;
    let Some(table) = toml.get(&["package"]) else { return Ok(None) };
    let Some(name) = toml.str(&["package", "name"]) else {
        return Err(Fault::usage("a package has no name")
            .at(toml.path, toml.line(table))
            .help("give `package.name`")
            .into());
    };
    if !is_crate_name(name) {
        let fault = Fault::usage(format!("`{}` is no name of a crate", name.escape_debug()));
        let line = toml.line_at(&["package", "name"]);
        return Err(fault.at(toml.path, line).help("use letters, digits, `-` and `_`").into());
    }
    let (version, home, given) = version(member)?;
    let publish = if given { publish(member) } else { Publish::No("no version".to_string()) };
    let manifest = toml.path.to_string();
    let below = |file: &str| member.tree.files.contains(&join(member.dir, file));
    let bins = join(member.dir, "src/bin/");
    let has_bins = member.tree.files.range(bins.clone()..).next().is_some_and(|path| path.starts_with(&bins));
    Ok(Some(Package {
        id: PackageId::new(Kind::Cargo, name),
        version,
        dir: member.dir.to_string(),
        manifest,
        workspace: member.root.to_string(),
        publish,
        dependencies: dependencies(member),
        version_home: home,
        program: toml.get(&["bin"]).is_some() || below("src/main.rs") || has_bins,
        platforms: Vec::new(),
    }))
}

/// Whether a crate's library is nothing but a file that other languages load.
pub(super) fn is_loaded_only(tree: &Tree, manifest: &str) -> bool {
    let Ok(toml) = Toml::parse(manifest, tree.text(manifest).unwrap_or_default()) else { return false };
    let kinds = ["crate-type", "crate_type"].map(|key| toml.get(&["lib", key]).and_then(Item::as_array));
    let kinds: Vec<&str> = kinds.into_iter().flatten().flatten().filter_map(|kind| kind.as_str()).collect();
    !kinds.is_empty() && kinds.iter().all(|kind| ["cdylib", "staticlib"].contains(kind))
}

/// Names stand in command lines and on terminals.
fn is_crate_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(plain)
}

fn inherited<'a>(member: &Member<'a>, key: &str) -> Option<(&'a Toml<'a>, &'a Item)> {
    let own = member.manifest.get(&["package", key])?;
    let from_workspace = own.as_table_like().and_then(|table| table.get("workspace")).is_some();
    if !from_workspace {
        return Some((member.manifest, own));
    }
    Some((member.workspace, member.workspace.get(&["workspace", "package", key])?))
}

/// Version, where it stands, and whether there is one at all.
fn version(member: &Member) -> Result<(Version, VersionHome, bool), Fault> {
    let toml = member.manifest;
    let own = || VersionHome::Own(toml.path.to_string());
    let Some(written) = toml.get(&["package", "version"]) else {
        return Ok((Version::new(0, 0, 0), own(), false));
    };
    let Some((home, item)) = inherited(member, "version") else {
        let fault = Fault::usage(format!("`{}` has no `workspace.package.version`", member.workspace.path));
        return Err(fault.at(toml.path, toml.line(written)).help("give the version there, or in the crate"));
    };
    let text = item.as_str().unwrap_or_default();
    let refuse = |why: String| {
        let fault = Fault::usage(format!("cannot read the version `{text}`")).at(home.path, home.line(item));
        fault.because(why).help("write one such as `1.2.3`")
    };
    semver::Version::parse(text).map_err(|error| refuse(error.to_string()))?;
    let version = text.parse().map_err(|error: crate::version::NotAVersion| refuse(error.to_string()))?;
    let shared =
        !std::ptr::eq(home, toml) || toml.get(&["package", "version"]).is_some_and(Item::is_table_like);
    let place = if shared { VersionHome::Shared(home.path.to_string()) } else { own() };
    Ok((version, place, true))
}

fn publish(member: &Member) -> Publish {
    let Some((_, item)) = inherited(member, "publish") else { return Publish::To("crates-io".to_string()) };
    if item.as_bool() == Some(false) {
        return Publish::No("publish = false".to_string());
    }
    match item.as_array().map(|names| names.get(0).and_then(|name| name.as_str())) {
        Some(Some(registry)) => Publish::To(registry.to_string()),
        Some(None) => Publish::No("publish = []".to_string()),
        None => Publish::To("crates-io".to_string()),
    }
}

fn dependencies(member: &Member) -> Vec<Dependency> {
    let shared = entries(member.workspace.root());
    let found =
        entries(member.manifest.root()).into_iter().filter(|entry| !entry.is_shared()).filter_map(|entry| {
            let (dir, source) = entry.target(member.dir, &shared, member.root)?;
            // The name in the other manifest, since the key may be another (`package = "…"`).
            let name = member.all.get(&dir)?.toml.str(&["package", "name"])?.to_string();
            let optional = entry.get("optional").and_then(Item::as_bool) == Some(true);
            let need = if optional && entry.need == Need::Normal { Need::Optional } else { entry.need };
            let requirement = source.requirement().unwrap_or_default().to_string();
            // cargo leaves a development dependency without a version out of what it packs.
            let published = need != Need::Dev || !requirement.is_empty();
            Some(Dependency { id: PackageId::new(Kind::Cargo, name), need, requirement, published })
        });
    found.collect::<BTreeSet<_>>().into_iter().collect()
}

/// One line of a dependency table.
pub(super) struct Entry<'a> {
    /// Keys of the table: `target.'cfg(unix)'.dependencies`.
    pub(super) table: Vec<String>,
    pub(super) key: &'a str,
    item: &'a Item,
    pub(super) need: Need,
}

impl<'a> Entry<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Item> {
        self.item.as_table_like()?.get(key)
    }

    pub(super) fn path(&self) -> Option<&'a str> {
        self.get("path")?.as_str()
    }

    /// The directory that it needs by path, and the entry that says so: itself, or the one of its workspace.
    fn target<'s>(
        &'s self,
        dir: &str,
        shared: &'s [Entry<'a>],
        root: &str,
    ) -> Option<(String, &'s Entry<'a>)> {
        if self.get("workspace").and_then(Item::as_bool) != Some(true) {
            return Some((path::resolve(dir, self.path()?)?, self));
        }
        let source = shared.iter().find(|other| other.is_shared() && other.key == self.key)?;
        Some((path::resolve(root, source.path()?)?, source))
    }

    pub(super) fn requirement(&self) -> Option<&'a str> {
        self.item.as_str().or_else(|| self.get("version")?.as_str())
    }

    pub(super) fn package_name(&self) -> &'a str {
        self.get("package").and_then(Item::as_str).unwrap_or(self.key)
    }

    /// Whether it stands in `workspace.dependencies`.
    pub(super) fn is_shared(&self) -> bool {
        self.table.first().is_some_and(|key| key == "workspace")
    }

    pub(super) fn field(&self, last: &str) -> String {
        format!("{}.{}.{last}", self.table.join("."), self.key)
    }
}

/// Every dependency that a manifest declares, also for targets and for the workspace.
pub(super) fn entries<'a>(root: &'a (dyn TableLike + 'a)) -> Vec<Entry<'a>> {
    let mut found = Vec::new();
    own_entries(root, &[], &mut found);
    if let Some(workspace) = root.get("workspace").and_then(Item::as_table_like) {
        own_entries(workspace, &["workspace"], &mut found);
    }
    for (target, item) in
        root.get("target").and_then(Item::as_table_like).into_iter().flat_map(|table| table.iter())
    {
        if let Some(table) = item.as_table_like() {
            own_entries(table, &["target", target], &mut found);
        }
    }
    found
}

fn own_entries<'a>(table: &'a (dyn TableLike + 'a), within: &[&str], found: &mut Vec<Entry<'a>>) {
    for (name, need) in [
        ("dependencies", Need::Normal),
        ("build-dependencies", Need::Build),
        ("build_dependencies", Need::Build),
        ("dev-dependencies", Need::Dev),
        ("dev_dependencies", Need::Dev),
    ] {
        let keys: Vec<String> = within.iter().copied().chain([name]).map(str::to_string).collect();
        let lines = table.get(name).and_then(Item::as_table_like).into_iter().flat_map(|table| table.iter());
        found.extend(lines.map(|(key, item)| Entry { table: keys.clone(), key, item, need }));
    }
}

fn strings<'a>(toml: &'a Toml, keys: &[&str]) -> impl Iterator<Item = (usize, &'a str)> {
    let values = toml.get(keys).and_then(Item::as_array).into_iter().flatten();
    values.filter_map(|value| Some((crate::edit::line_of(toml.text, value.span()?.start), value.as_str()?)))
}

pub(super) fn join(dir: &str, below: &str) -> String {
    if dir.is_empty() { below.to_string() } else { format!("{dir}/{below}") }
}
