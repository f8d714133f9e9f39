//! The files of a drawn repository that hold versions: manifests in the forms that people write, locks, version files.

use std::collections::BTreeMap;

use crate::locks::lock;
use crate::model::{Extra, Kind, Need, Package, Rules, Version};

/// Texts by path.
pub(crate) type Tree = BTreeMap<String, String>;

/// What a line of work has made of the versions.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Of each package.
    pub(crate) versions: Vec<Version>,
    /// What each need of each package requires.
    pub(crate) required: Vec<Vec<Version>>,
}

impl State {
    pub(crate) fn first(rules: &Rules) -> State {
        let of = |need: &Need| rules.packages[need.of].first.clone();
        State {
            versions: rules.packages.iter().map(|package| package.first.clone()).collect(),
            required: rules.packages.iter().map(|it| it.needs.iter().map(of).collect()).collect(),
        }
    }

    /// The greater of each, as a merge of two releases has it.
    pub(crate) fn merged(&self, other: &State) -> State {
        let greater = |one: &[Version], other: &[Version]| {
            one.iter().zip(other).map(|(one, other)| one.max(other).clone()).collect()
        };
        let required = self.required.iter().zip(&other.required);
        State {
            versions: greater(&self.versions, &other.versions),
            required: required.map(|(one, other)| greater(one, other)).collect(),
        }
    }
}

/// Every file that a release writes.
pub(crate) fn files(rules: &Rules, state: &State) -> Tree {
    let mut tree = roots(rules, state);
    for (place, package) in rules.packages.iter().enumerate() {
        let manifest = Manifest { rules, state, place, package };
        let text = match package.kind {
            Kind::Cargo => manifest.cargo(),
            Kind::Uv => manifest.python(),
            Kind::Npm => manifest.npm(),
            Kind::Gem => manifest.gem(),
        };
        // A crate at the root shares its file with the workspace.
        let there = tree.remove(&package.manifest()).unwrap_or_default();
        tree.insert(package.manifest(), text + &there);
        if package.kind == Kind::Gem && package.form == 1 {
            let version = state.versions[place].of(Kind::Gem);
            let text =
                format!("# frozen_string_literal: true\n\nmodule Own\n  VERSION = '{version}'.freeze\nend\n");
            tree.insert(package.below("lib/version.rb"), text);
        }
        if let Some(of) = package.native {
            tree.insert(format!("{}/Cargo.toml", package.native_dir()), manifest.native(of));
        }
    }
    for component in &rules.components {
        let version = component.packages.iter().map(|place| &state.versions[*place]).max().unwrap();
        if let Some(path) = &component.version_file {
            tree.insert(path.clone(), version.dashed() + "\n");
        }
        if let Some(Extra { path, form }) = &component.extra {
            let version = version.dashed();
            let text = match form {
                0 => format!("about\nVERSION: {version} # x-castoff-version\nother 0.0.9\n"),
                1 => format!("A = \"x\"\nV = \"{version}\"\n"),
                2 => format!("[tool]\nown = \"{version}\" # here\n"),
                _ => {
                    format!("{{\n  \"version\": \"9\",\n  \"about\": {{ \"version\": \"{version}\" }}\n}}\n")
                }
            };
            tree.insert(path.clone(), text);
        }
    }
    tree
}

/// What makes packages members of a workspace.
fn roots(rules: &Rules, state: &State) -> Tree {
    let mut tree = Tree::new();
    let of = |kind: Kind| rules.packages.iter().filter(move |package| package.kind == kind);
    let quoted = |dirs: Vec<String>| dirs.iter().map(|dir| format!("{dir:?}")).collect::<Vec<_>>().join(", ");
    let dirs = |kind: Kind| {
        let named = of(kind).filter(|package| !package.dir.is_empty());
        named.map(|package| package.dir.clone()).collect::<Vec<_>>()
    };
    let natives = rules.packages.iter().filter(|package| package.native.is_some()).map(Package::native_dir);
    let crates: Vec<String> = dirs(Kind::Cargo).into_iter().chain(natives).collect();
    if !crates.is_empty() {
        let mut text = format!("\n[workspace]\nresolver = \"2\"\nmembers = [{}]\n", quoted(crates));
        let shared = rules.packages.iter().position(|package| package.shared);
        if let Some(place) = shared {
            text +=
                &format!("\n[workspace.package]\nversion = \"{}\"\n", state.versions[place].of(Kind::Cargo));
        }
        let inherited = inherited(rules, state);
        if !inherited.is_empty() {
            text += &format!("\n[workspace.dependencies]\n{}", inherited.join(""));
        }
        tree.insert("Cargo.toml".to_string(), text);
    }
    if !dirs(Kind::Uv).is_empty() {
        let text = format!("\n[tool.uv.workspace]\nmembers = [{}]\n", quoted(dirs(Kind::Uv)));
        tree.insert("pyproject.toml".to_string(), text);
    }
    if !dirs(Kind::Npm).is_empty() {
        let text = format!(
            "{{\n  \"name\": \"all\",\n  \"private\": true,\n  \"workspaces\": [{}]\n}}\n",
            quoted(dirs(Kind::Npm))
        );
        tree.insert("package.json".to_string(), text);
    }
    for kind in &rules.locks {
        let (path, text) = lock(rules, state, *kind);
        tree.insert(path.to_string(), text);
    }
    tree
}

/// Lines of `[workspace.dependencies]`, one for each crate that others inherit the requirement on.
fn inherited(rules: &Rules, state: &State) -> Vec<String> {
    let mut found = BTreeMap::new();
    for (place, package) in rules.packages.iter().enumerate().filter(|(_, it)| it.kind == Kind::Cargo) {
        for (nth, need) in package.needs.iter().enumerate().filter(|(_, need)| need.style == INHERITED) {
            let other = &rules.packages[need.of];
            let version = state.required[place][nth].of(Kind::Cargo);
            found.entry(other.name.clone()).or_insert_with(|| {
                format!("{} = {{ path = \"{}\", version = \"{version}\" }}\n", other.name, other.dir)
            });
        }
    }
    found.into_values().collect()
}

const INHERITED: usize = 6;

struct Manifest<'a> {
    rules: &'a Rules,
    state: &'a State,
    place: usize,
    package: &'a Package,
}

impl Manifest<'_> {
    fn version(&self) -> String {
        self.state.versions[self.place].of(self.package.kind)
    }

    /// Each need of one table: the package, the version that is required, the form.
    fn needs(&self, dev: bool) -> impl Iterator<Item = (&Package, String, usize)> {
        let needs = self.package.needs.iter().zip(&self.state.required[self.place]);
        needs
            .filter(move |(need, _)| need.dev == dev)
            .map(|(need, version)| (&self.rules.packages[need.of], version.of(self.package.kind), need.style))
    }

    fn cargo(&self) -> String {
        let name = &self.package.name;
        let version = match (self.package.shared, self.package.form) {
            (true, 0) => "version.workspace = true".to_string(),
            (true, _) => "version = { workspace = true }".to_string(),
            (false, 0) => format!("version = \"{}\"", self.version()),
            (false, _) => format!("version    =  '{}' # of this crate", self.version()),
        };
        let mut text = format!("[package]\nname = \"{name}\"\n{version}\nedition = \"2021\"\n");
        text += if self.package.private { "publish = false\n" } else { "" };
        for (table, dev) in [("dependencies", false), ("dev-dependencies", true)] {
            let up = "../".repeat(self.package.dir.split('/').filter(|part| !part.is_empty()).count());
            let (mut lines, mut tables) = (String::new(), String::new());
            for (other, version, style) in self.needs(dev) {
                let (name, dir) = (&other.name, format!("{up}{}", other.dir));
                match style {
                    0 => lines += &format!("{name} = {{ path = \"{dir}\", version = \"={version}\" }}\n"),
                    1 => lines += &format!("{name} = {{ version = \"{version}\", path = \"{dir}\" }}\n"),
                    2 => lines += &format!("{name} = {{ path = '{dir}', version = '>={version}' }} # wide\n"),
                    3 => {
                        tables += &format!("\n[{table}.{name}]\npath = \"{dir}\"\nversion = \"~{version}\"\n")
                    }
                    8 => {
                        lines += &format!(
                            "{name} = {{ path = \"{dir}\", version = \"{}\" }}\n",
                            short(&version, 2)
                        )
                    }
                    9 => {
                        lines += &format!("{name} = {{ path = \"{dir}\", version = \">={version}, <9\" }}\n")
                    }
                    10 => {
                        lines += &format!(
                            "{name} = {{ path = \"{dir}\", version = \"{}.*\" }}\n",
                            short(&version, 1)
                        )
                    }
                    4 => lines += &format!("{name}.path = \"{dir}\"\n{name}.version = \"^{version}\"\n"),
                    5 => {
                        lines += &format!(
                            "own-{name} = {{ package = \"{name}\", path = \"{dir}\", version = \"={version}\" }}\n"
                        )
                    }
                    INHERITED => lines += &format!("{name} = {{ workspace = true }}\n"),
                    _ => lines += &format!("{name} = {{ path = \"{dir}\" }}\n"),
                }
            }
            text += &format!("\n[{table}]\n{lines}{tables}");
        }
        text
    }

    fn python(&self) -> String {
        let requirement = |(other, version, style): (&Package, String, usize)| {
            let name = &other.name;
            match style {
                0 => format!("\"{name}=={version}\""),
                1 | 6 => format!("\"{name}>={version}\""),
                2 => format!("\"{name} >= {version}, < 9\""),
                3 => format!("'{name}~={version}'"),
                8 => format!("\"{name}=={}.*\"", short(&version, 2)),
                9 => format!("\"{name}>={version},!=8.0.0,<9\""),
                10 => format!("\"{name}~={}\"", short(&version, 2)),
                4 => format!("\"{name}[extra]>={version}; python_version > '3.8'\""),
                _ => format!("\"{name}\""),
            }
        };
        let list = |dev: bool| self.needs(dev).map(requirement).collect::<Vec<_>>();
        let (own, dev) = (list(false), list(true));
        let own = if self.package.form == 1 && !own.is_empty() {
            format!("[\n    {},\n]", own.join(",\n    "))
        } else {
            format!("[{}]", own.join(", "))
        };
        let private =
            if self.package.private { "classifiers = [\"Private :: Do Not Upload\"]\n" } else { "" };
        let all = self.needs(false).chain(self.needs(true));
        let sources: String =
            all.map(|(it, ..)| format!("{} = {{ workspace = true }}\n", quoted_key(&it.name))).collect();
        let (name, version) = (&self.package.name, self.version());
        format!(
            "[project]\nname = \"{name}\"\nversion = \"{version}\"\nrequires-python = \">=3.9\"\n{private}dependencies = {own}\n\n\
             [dependency-groups]\ndev = [{}]\n\n[tool.uv.sources]\n{sources}\n[build-system]\nrequires = [\"uv_build\"]\n\
             build-backend = \"uv_build\"\n",
            dev.join(", ")
        )
    }

    fn npm(&self) -> String {
        let (name, version) = (&self.package.name, self.version());
        let mut lines = vec![format!("\"name\": \"{name}\""), format!("\"version\": \"{version}\"")];
        if self.package.form == 1 {
            lines.swap(0, 1);
            lines.push("\"config\": { \"version\": \"1.0.0\" }".to_string());
        }
        if self.package.private {
            lines.push("\"private\": true".to_string());
        }
        for (table, dev) in [("dependencies", false), ("devDependencies", true)] {
            let needs: Vec<String> = self
                .needs(dev)
                .map(|(other, version, style)| {
                    let range = match style {
                        0 => version,
                        1 | 6 => format!("^{version}"),
                        2 => format!("~{version}"),
                        3 => format!(">={version}"),
                        8 => format!("{}.x", short(&version, 2)),
                        9 => format!("^{version} || >=8 <9"),
                        10 => format!("{version} - 7"),
                        4 => "workspace:^".to_string(),
                        5 => format!("workspace:{version}"),
                        _ => "*".to_string(),
                    };
                    format!("    \"{}\": \"{range}\"", other.name)
                })
                .collect();
            if !needs.is_empty() {
                lines.push(format!("\"{table}\": {{\n{}\n  }}", needs.join(",\n")));
            }
        }
        format!("{{\n  {}\n}}\n", lines.join(",\n  "))
    }

    fn gem(&self) -> String {
        let (name, version) = (&self.package.name, self.version());
        let (head, version) = match self.package.form {
            1 => ("require_relative \"lib/version\"\n\n", "Own::VERSION".to_string()),
            _ => ("", format!("\"{version}\"")),
        };
        let mut text = format!(
            "{head}Gem::Specification.new do |spec|\n  spec.name = \"{name}\"\n  spec.version = {version}\n  \
             spec.summary = \"a test\"\n  spec.authors = [\"a test\"]\n  spec.files = Dir[\"lib/**/*\"]\n"
        );
        if self.package.private {
            text += "  spec.metadata[\"allowed_push_host\"] = \"none\"\n";
        }
        if self.package.native.is_some() {
            text += "  spec.extensions = [\"ext/native/extconf.rb\"]\n";
        }
        for (word, dev) in [("add_dependency", false), ("add_development_dependency", true)] {
            for (other, version, style) in self.needs(dev) {
                let clauses = match style {
                    0 => format!(", \"{version}\""),
                    1 | 6 => format!(", \"~> {version}\""),
                    2 => format!(", '>= {version}', '< 9'"),
                    8 => format!(", \"~> {}\"", short(&version, 2)),
                    9 => format!(", \">= {version}\", \"!= 8.0.0\""),
                    10 => format!(", [\"~> {}\"]", short(&version, 1)),
                    3 => format!(", \"= {version}\""),
                    4 => format!(", \">= {version}\""),
                    _ => String::new(),
                };
                text += &format!("  spec.{word} \"{}\"{clauses}\n", other.name);
            }
        }
        text + "end\n"
    }

    /// The crate below a package of another ecosystem.
    fn native(&self, of: usize) -> String {
        let (other, dir) = (&self.rules.packages[of], self.package.native_dir());
        let up = "../".repeat(dir.split('/').count());
        let name = self.package.native_name();
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.1\"\nedition = \"2021\"\npublish = false\n\n[lib]\n\
             crate-type = [\"cdylib\"]\n\n[dependencies]\n{} = {{ path = \"{up}{}\" }}\n",
            other.name, other.dir
        )
    }
}

/// The first numbers of a version.
fn short(version: &str, parts: usize) -> String {
    version.split('.').take(parts).collect::<Vec<_>>().join(".")
}

fn quoted_key(name: &str) -> String {
    if name.contains('.') { format!("\"{name}\"") } else { name.to_string() }
}
