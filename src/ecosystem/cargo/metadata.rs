//! What a crate's manifest says beyond what a release needs: what the registry demands, what leads nowhere, what lacks
//! the version without which it cannot be published.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use toml_edit::Item;

use super::discover::{Entry, entries};
use super::{MANIFEST, edits};
use crate::ecosystem::metadata::{
    Demand, Field, Inspection, Metadata, On, Readme, Requirement, State, Unclaimed, beside, key_line, texts,
};
use crate::edit::Toml;
use crate::effect::Edit;
use crate::model::{Kind, Need, Package, Tree};
use crate::path;

pub(super) fn inspect(tree: &Tree, packages: &[Package]) -> Inspection {
    let ours: Vec<&Package> = packages.iter().filter(|package| package.id.kind == Kind::Cargo).collect();
    let roots: BTreeMap<&str, Toml> = ours
        .iter()
        .filter_map(|package| {
            let (path, text) = tree.texts.get_key_value(&path::join(&package.workspace, MANIFEST))?;
            Some((package.workspace.as_str(), Toml::parse(path, text).ok()?))
        })
        .collect();
    let operator = OnceCell::new();
    let metadata = |package: &&Package| {
        let toml = Toml::parse(&package.manifest, tree.text(&package.manifest)?).ok()?;
        let root = roots.get(package.workspace.as_str())?;
        let shared = entries(root.root()).into_iter().filter(Entry::is_shared).collect();
        let manifest =
            Manifest { package, toml: &toml, root, shared, tree, ours: &ours, operator: &operator };
        Some((package.id.clone(), manifest.metadata()))
    };
    let unclaimed = tree.texts.iter().filter_map(|(path, text)| unclaimed(path, text, &ours, &roots));
    Inspection {
        packages: ours.iter().filter_map(metadata).collect(),
        unclaimed: unclaimed.collect(),
        stale: super::lock::stale(tree, &ours),
    }
}

struct Manifest<'a> {
    package: &'a Package,
    toml: &'a Toml<'a>,
    root: &'a Toml<'a>,
    /// What the workspace says of dependencies that its members inherit.
    shared: Vec<Entry<'a>>,
    tree: &'a Tree,
    ours: &'a [&'a Package],
    /// Read where a version is missing, once for all manifests.
    operator: &'a OnceCell<&'static str>,
}

impl Manifest<'_> {
    fn metadata(&self) -> Metadata {
        let licence = self
            .own_or_shared("license-file")
            .and_then(|(toml, dir, item)| Some((path::resolve(dir, item.as_str()?)?, toml.line(item))));
        Metadata {
            line: self.toml.line_at(&["package", "name"]),
            fields: self.fields(),
            licence_files: licence.into_iter().collect(),
            readme: self.readme(),
            requirements: entries(self.toml.root())
                .iter()
                .filter(|entry| !entry.is_shared())
                .map(|entry| self.requirement(entry))
                .collect(),
            marker: None,
            doubled: None,
        }
    }

    /// The value of a key, with the manifest that holds it and the directory of that.
    fn own_or_shared(&self, key: &str) -> Option<(&Toml<'_>, &str, &Item)> {
        let own = self.toml.get(&["package", key])?;
        if own.as_table_like().and_then(|table| table.get("workspace")).is_none() {
            return Some((self.toml, &self.package.dir, own));
        }
        let shared = self.root.get(&["workspace", "package", key])?;
        Some((self.root, &self.package.workspace, shared))
    }

    fn fields(&self) -> Vec<Field> {
        // What crates.io demands (the cargo book, "Publishing"); other registries have rules of their own.
        let demand = match self.package.registry() {
            Some("crates-io") => Demand::Registry,
            _ => Demand::People,
        };
        let field = |name, keys: &[&str], demand| Field { name, state: self.state(keys), demand };
        vec![
            field("description", &["description"], demand),
            field("license", &["license", "license-file"], demand),
            field("repository", &["repository", "homepage"], Demand::People),
        ]
    }

    /// Whether one of these keys has a value; if not, the edit that inherits the first one that the workspace has.
    fn state(&self, keys: &[&str]) -> State {
        if keys.iter().any(|key| self.own_or_shared(key).is_some()) {
            return State::Given;
        }
        let shared = keys.iter().find(|key| self.root.get(&["workspace", "package", key]).is_some());
        let inherit = |key: &&str| {
            let field = format!("package.{key}");
            beside(self.toml, &["package"], "name", &field, &format!("{key}.workspace = true"))
        };
        State::Missing(shared.and_then(inherit))
    }

    fn readme(&self) -> Readme {
        let found = ["README.md", "README.txt", "README"]
            .iter()
            .any(|name| self.tree.files.contains(&self.package.path(name)));
        match self.own_or_shared("readme") {
            Some((toml, dir, item)) => match item.as_str() {
                Some(file) => path::resolve(dir, file)
                    .map_or(Readme::Settled, |file| Readme::Named(file, toml.line(item))),
                None if item.as_bool() == Some(false) || found => Readme::Settled,
                None => Readme::Absent,
            },
            None if found => Readme::Settled,
            None => Readme::Absent,
        }
    }

    fn requirement(&self, entry: &Entry) -> Requirement {
        let table: Vec<&str> = entry.table.iter().map(String::as_str).collect();
        let line = key_line(self.toml, &table, entry.key);
        let optional = entry.get("optional").and_then(Item::as_bool) == Some(true);
        let need = if optional && entry.need == Need::Normal { Need::Optional } else { entry.need };
        let inherits = entry.get("workspace").and_then(Item::as_bool) == Some(true);
        let source = match inherits {
            true => self.shared.iter().find(|other| other.key == entry.key),
            false => Some(entry),
        };
        let Some(source) = source else {
            let why = format!("`workspace.dependencies` of `{}` does not name it", self.root.path);
            return Requirement::new(On::Nowhere(entry.key.to_string(), why), need, line);
        };
        let on = self.on(source, inherits, need);
        let versioned = source.requirement().is_some();
        let version = match &on {
            On::Member(_) if !versioned && need != Need::Dev => self.version(source, inherits),
            _ => None,
        };
        // cargo leaves a development dependency without a version out of what it packs.
        Requirement { version, published: need != Need::Dev || versioned, ..Requirement::new(on, need, line) }
    }

    fn on(&self, source: &Entry, inherits: bool, need: Need) -> On {
        let name = source.package_name().to_string();
        let Some(written) = source.path() else {
            let elsewhere = ["git", "registry", "registry-index"].iter().any(|key| source.get(key).is_some());
            return if elsewhere { On::Elsewhere } else { On::Registry(name) };
        };
        let base = if inherits { &self.package.workspace } else { &self.package.dir };
        let found = path::resolve(base, written);
        if found.as_ref() == Some(&self.package.dir) {
            return On::Itself;
        }
        match found.as_ref().and_then(|dir| self.ours.iter().find(|package| &package.dir == dir)) {
            Some(package) => On::Member(package.id.clone()),
            None => self.lost(name, written, found.as_deref(), source, need),
        }
    }

    /// A path that leads to no package that castoff knows. One that is left out on purpose is no concern of those who
    /// only test with it, or who name a version for the others.
    fn lost(&self, name: String, written: &str, found: Option<&str>, source: &Entry, need: Need) -> On {
        let settled = need == Need::Dev || source.requirement().is_some();
        match found {
            Some(dir) if self.tree.files.contains(&path::join(dir, MANIFEST)) => match settled {
                true => On::Elsewhere,
                false => On::Nowhere(name, format!("`{dir}` is left out of the packages of the repository")),
            },
            Some(dir) => On::Nowhere(name, format!("there is no `{}`", path::join(dir, MANIFEST))),
            None if settled => On::Elsewhere,
            None => On::Nowhere(name, format!("`{written}` leads out of the repository")),
        }
    }

    /// As the crates of the repository pin each other.
    fn operator(&self) -> &'static str {
        self.operator.get_or_init(|| {
            let manifests = self.ours.iter().filter_map(|package| {
                let (path, text) = self.tree.texts.get_key_value(&package.manifest)?;
                Toml::parse(path, text).ok()
            });
            let roots: BTreeSet<String> =
                self.ours.iter().map(|package| path::join(&package.workspace, MANIFEST)).collect();
            let only = |path: &&String| self.ours.iter().all(|package| &package.manifest != *path);
            let roots = roots.iter().filter(only).filter_map(|path| {
                let (path, text) = self.tree.texts.get_key_value(path)?;
                Toml::parse(path, text).ok()
            });
            edits::operator(&manifests.chain(roots).collect::<Vec<_>>())
        })
    }

    fn version(&self, source: &Entry, inherits: bool) -> Option<Edit> {
        let (toml, base) = match inherits {
            true => (self.root, &self.package.workspace),
            false => (self.toml, &self.package.dir),
        };
        let dir = path::resolve(base, source.path()?)?;
        let needed = self.ours.iter().find(|package| package.dir == dir)?;
        source.with_version(toml, self.operator(), &needed.version)
    }
}

/// A crate beside members of a workspace that is no member, not left out and not private.
fn unclaimed(path: &str, text: &str, ours: &[&Package], roots: &BTreeMap<&str, Toml>) -> Option<Unclaimed> {
    if path::name(path) != MANIFEST || ours.iter().any(|package| package.manifest == path) {
        return None;
    }
    let dir = path::parent(path);
    let neighbour =
        ours.iter().find(|other| !other.dir.is_empty() && path::parent(&other.dir) == path::parent(dir))?;
    let root = roots.get(neighbour.workspace.as_str())?;
    let toml = Toml::parse(path, text).ok()?;
    let name = toml.str(&["package", "name"])?;
    let publish = toml.get(&["package", "publish"]);
    let private = publish.is_some_and(|item| {
        item.as_bool() == Some(false) || item.as_array().is_some_and(toml_edit::Array::is_empty)
    });
    let excluded = texts(root.get(&["workspace", "exclude"]))
        .filter_map(|(text, _)| path::resolve(&neighbour.workspace, text))
        .any(|out| path::is_within(dir, &out));
    let own_workspace = toml.get(&["workspace"]).is_some();
    (!private && !excluded && !own_workspace && path::is_within(dir, &neighbour.workspace)).then(|| {
        Unclaimed {
            manifest: path.to_string(),
            line: toml.line_at(&["package", "name"]),
            name: name.to_string(),
            workspace: root.path.to_string(),
        }
    })
}
