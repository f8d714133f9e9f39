//! What a Python manifest says beyond what a release needs: what PyPI shows, what leads nowhere, and whether type
//! checkers may use the annotations of a library.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::Item;

use super::MANIFEST;
use super::discover::{Place, requirements, sources};
use super::requirement::Requirement as Parsed;
use crate::ecosystem::metadata::{
    Demand, Doubled, Field, Inspection, Marker, Metadata, On, Readme, Requirement, State, Unclaimed, beside,
    texts, without,
};
use crate::edit::{Toml, line_of};
use crate::model::{Kind, Need, Package, PackageId, Tree};
use crate::path;
use crate::pattern::Pattern;
use crate::registry::pypi::normalized;

pub(super) fn inspect(tree: &Tree, packages: &[Package]) -> Inspection {
    let ours: Vec<&Package> = packages.iter().filter(|package| package.id.kind == Kind::Uv).collect();
    let names: BTreeMap<String, &PackageId> =
        ours.iter().map(|package| (normalized(&package.id.name), &package.id)).collect();
    let roots: BTreeMap<&str, Toml> = ours
        .iter()
        .filter_map(|package| {
            let (path, text) = tree.texts.get_key_value(&path::join(&package.workspace, MANIFEST))?;
            Some((package.workspace.as_str(), Toml::parse(path, text).ok()?))
        })
        .collect();
    let metadata = |package: &&Package| {
        let toml = Toml::parse(&package.manifest, tree.text(&package.manifest)?).ok()?;
        let root = roots.get(package.workspace.as_str())?;
        let manifest = Manifest { package, toml: &toml, root, tree, names: &names };
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
    tree: &'a Tree,
    names: &'a BTreeMap<String, &'a PackageId>,
}

impl Manifest<'_> {
    fn metadata(&self) -> Metadata {
        Metadata {
            line: self.toml.line_at(&["project", "name"]),
            fields: self.fields(),
            licence_files: self.licence_files(),
            readme: self.readme(),
            requirements: requirements(self.toml).iter().map(|place| self.requirement(place)).collect(),
            marker: self.marker(),
            doubled: self.doubled(),
        }
    }

    /// Fields that PyPI shows; it demands none of them.
    fn fields(&self) -> Vec<Field> {
        let field = |name: &'static str, states: &[bool]| {
            let state = State::given(states.iter().copied());
            Field { name, state, demand: Demand::People }
        };
        // maturin takes these from the crate.
        let from_crate = self.is_maturin();
        let classified = self.classifiers().any(|text| text.starts_with("License ::"));
        vec![
            field("description", &[self.has("description"), from_crate]),
            field("license", &[self.has("license"), self.has("license-files"), classified, from_crate]),
            field("authors", &[self.has("authors"), self.has("maintainers"), from_crate]),
            field("requires-python", &[self.has("requires-python")]),
            field("urls", &[self.has("urls"), from_crate]),
        ]
    }

    /// Whether a field of `project` has a value, or gets one from the build.
    fn has(&self, key: &str) -> bool {
        let empty = |item: &Item| {
            item.as_str().is_some_and(str::is_empty)
                || item.as_array().is_some_and(toml_edit::Array::is_empty)
        };
        self.toml.get(&["project", key]).is_some_and(|item| !empty(item))
            || texts(self.toml.get(&["project", "dynamic"])).any(|(text, _)| text == key)
    }

    fn classifiers(&self) -> impl Iterator<Item = &str> {
        texts(self.toml.get(&["project", "classifiers"])).map(|(text, _)| text)
    }

    fn is_maturin(&self) -> bool {
        self.toml.str(&["build-system", "build-backend"]) == Some("maturin")
    }

    /// `license = { file = … }`, and `license-files` where it names a file and not a glob.
    fn licence_files(&self) -> Vec<(String, usize)> {
        let named = self.toml.get(&["project", "license", "file"]).into_iter();
        let named = named.filter_map(|item| Some((item.as_str()?, item.span()?)));
        let listed = texts(self.toml.get(&["project", "license-files"]));
        let place = |(text, range): (&str, Range<usize>)| {
            Some((path::resolve(&self.package.dir, text)?, line_of(self.toml.text, range.start)))
        };
        named.chain(listed).filter(|(text, _)| !text.contains(['*', '?', '['])).filter_map(place).collect()
    }

    fn readme(&self) -> Readme {
        if let Some(item) = self.toml.get(&["project", "readme"]) {
            let file = item.as_str().or_else(|| self.toml.str(&["project", "readme", "file"]));
            let file = file.and_then(|file| path::resolve(&self.package.dir, file));
            return file.map_or(Readme::Settled, |file| Readme::Named(file, self.toml.line(item)));
        }
        if self.has("readme") || self.is_maturin() {
            return Readme::Settled;
        }
        let found = ["README.md", "README.rst", "README.txt"]
            .iter()
            .find(|name| self.tree.files.contains(&self.package.path(name)));
        let link = |name: &&str| {
            beside(self.toml, &["project"], "name", "project.readme", &format!("readme = \"{name}\""))
        };
        found.and_then(link).map_or(Readme::Absent, Readme::Unlinked)
    }

    fn requirement(&self, place: &Place) -> Requirement {
        let parsed = Parsed::parse(place.text);
        let line = line_of(self.toml.text, place.range.start);
        let own = normalized(parsed.name) == normalized(&self.package.id.name);
        let on = if own { self.itself(&parsed, place) } else { self.on(parsed.name) };
        let remove =
            (on == On::Itself).then(|| without(self.toml, &place.field, place.range.clone(), place.text));
        Requirement { remove, ..Requirement::new(on, place.need, line) }
    }

    /// `all = ["acme[fast,http]"]` gathers extras, and so does a group for development; a backend may build itself.
    fn itself(&self, parsed: &Parsed, place: &Place) -> On {
        let gathers = place.need != Need::Normal && !parsed.extras.trim().is_empty();
        let builds = place.need == Need::Build && self.toml.get(&["build-system", "backend-path"]).is_some();
        if gathers || builds { On::Elsewhere } else { On::Itself }
    }

    /// As uv looks for it: in the project's sources, then in those of its workspace.
    fn on(&self, name: &str) -> On {
        let member = self.names.get(&normalized(name));
        let places = [(self.toml, &self.package.dir), (self.root, &self.package.workspace)];
        let found = places.map(|(toml, dir)| (sources(toml, name), dir));
        let Some((found, base)) = found.into_iter().find(|(found, _)| !found.is_empty()) else {
            return member.map_or(On::Registry(name.to_string()), |id| On::Member((*id).clone()));
        };
        let from_workspace =
            found.iter().any(|source| source.get("workspace").and_then(Item::as_bool) == Some(true));
        let written = found.iter().find_map(|source| source.get("path")?.as_str());
        match (member, written) {
            (Some(id), _) if from_workspace || written.is_some() => On::Member((*id).clone()),
            (None, _) if from_workspace => {
                let why = format!("no member of the workspace of `{}` has this name", self.root.path);
                On::Nowhere(name.to_string(), why)
            }
            (None, Some(written)) => self.path(name, base, written),
            _ => On::Elsewhere,
        }
    }

    fn path(&self, name: &str, base: &str, written: &str) -> On {
        let Some(found) = path::resolve(base, written) else { return On::Elsewhere };
        if self.tree.files.contains(&found) || self.files(&found).next().is_some() {
            On::Elsewhere
        } else {
            On::Nowhere(name.to_string(), format!("there is nothing at `{found}`"))
        }
    }

    /// The files below a directory.
    fn files(&self, dir: &str) -> impl Iterator<Item = &String> {
        let start = path::join(dir, "");
        self.tree.files.range(start.clone()..).take_while(move |file| file.starts_with(&start))
    }

    /// The marker that a library lacks (PEP 561).
    fn marker(&self) -> Option<Marker> {
        let package = self.package;
        let is_stubs = package.id.name.ends_with("-stubs") || package.id.name.starts_with("types-");
        if package.program || is_stubs {
            return None;
        }
        let modules = self.files(&package.dir).filter_map(|file| file.strip_suffix("/__init__.py")).collect();
        let module = self.import_package(&modules)?;
        let has_marker = self.files(module).any(|file| path::name(file) == "py.typed");
        let marker =
            || Marker { path: path::join(module, "py.typed"), evidence: self.evidence(module, &modules) };
        (!has_marker).then(marker)
    }

    /// The directory that is imported under the package's name: below `src`, or named like the package.
    fn import_package<'m>(&self, modules: &BTreeSet<&'m str>) -> Option<&'m str> {
        let snake = normalized(&self.package.id.name).replace('-', "_");
        let named = [snake.clone(), snake.replace('_', "/")].map(|name| self.package.path(&name));
        let bases = ["src", "python"].map(|base| self.package.path(base) + "/");
        let in_base = |base: &String| {
            modules
                .iter()
                .filter(move |dir| dir.starts_with(base.as_str()))
                .min_by_key(|dir| dir.matches('/').count())
        };
        let found = bases.iter().find_map(in_base);
        found.or_else(|| modules.iter().find(|dir| named.iter().any(|name| name == *dir))).copied()
    }

    fn evidence(&self, module: &str, modules: &BTreeSet<&str>) -> Option<String> {
        if self.classifiers().any(|text| text == "Typing :: Typed") {
            return Some("its classifiers say `Typing :: Typed`".to_string());
        }
        let annotated = modules.iter().filter(|dir| path::is_within(dir, module)).find_map(|dir| {
            let path = format!("{dir}/__init__.py");
            let text = self.tree.text(&path)?;
            text.lines().any(|line| line.contains("def ") && line.contains(") -> ")).then_some(path)
        });
        if let Some(path) = annotated {
            return Some(format!("`{path}` is annotated"));
        }
        let checkers = ["mypy", "pyright", "basedpyright", "ty", "pyrefly"];
        let configured = |toml: &&Toml| checkers.iter().any(|tool| toml.get(&["tool", tool]).is_some());
        let found = [self.toml, self.root].into_iter().find(configured)?;
        Some(format!("`{}` configures a type checker", found.path))
    }

    /// maturin packs the crate's readme into the crate's directory, where the project's own may stand already.
    fn doubled(&self) -> Option<Doubled> {
        let crate_manifest = self.toml.str(&["tool", "maturin", "manifest-path"]).unwrap_or("Cargo.toml");
        let crate_manifest =
            path::resolve(&self.package.dir, crate_manifest).filter(|_| self.is_maturin())?;
        let toml = Toml::parse(&crate_manifest, self.tree.text(&crate_manifest)?).ok()?;
        let item = toml.get(&["package", "readme"])?;
        let dir = path::parent(&crate_manifest);
        let of_crate = path::resolve(dir, item.as_str()?)?;
        let Readme::Named(own, _) = self.readme() else { return None };
        let packed = path::join(dir, path::name(&of_crate));
        let place = (crate_manifest.clone(), toml.line(item));
        (packed == own && of_crate != own).then_some(Doubled { files: [of_crate, own], place })
    }
}

/// A project beside members of a workspace that is no member, not left out, builds something, and is not private.
fn unclaimed(path: &str, text: &str, ours: &[&Package], roots: &BTreeMap<&str, Toml>) -> Option<Unclaimed> {
    if path::name(path) != MANIFEST || ours.iter().any(|package| package.manifest == path) {
        return None;
    }
    let dir = path::parent(path);
    let neighbour = ours
        .iter()
        .find(|other| other.dir != other.workspace && path::parent(&other.dir) == path::parent(dir))?;
    let root = roots.get(neighbour.workspace.as_str())?;
    let toml = Toml::parse(path, text).ok()?;
    let name = toml.str(&["project", "name"])?;
    let private = texts(toml.get(&["project", "classifiers"]))
        .any(|(text, _)| text.starts_with("Private ::"))
        || toml.get(&["tool", "uv", "package"]).and_then(Item::as_bool) == Some(false)
        || toml.get(&["build-system"]).is_none();
    let excluded = texts(root.get(&["tool", "uv", "workspace", "exclude"]))
        .filter_map(|(text, _)| path::resolve(&neighbour.workspace, text))
        .any(|out| Pattern::new(&out).is_ok_and(|pattern| pattern.matches(dir)));
    (!private && !excluded && path::is_within(dir, &neighbour.workspace)).then(|| Unclaimed {
        manifest: path.to_string(),
        line: toml.line_at(&["project", "name"]),
        name: name.to_string(),
        workspace: root.path.to_string(),
    })
}
