//! What a package.json says beyond what a release needs: what the registry shows, and what leads nowhere.

use jsonc_parser::ast::Value;

use super::MANIFEST;
use super::members::{Line, Members, Place, lines};
use super::requirement::Spec;
use crate::ecosystem::metadata::{Demand, Field, Inspection, Metadata, On, Readme, Requirement, State};
use crate::edit::json::Json;
use crate::model::{Kind, Package, Tree};
use crate::path;

pub(super) fn inspect(tree: &Tree, packages: &[Package]) -> Inspection {
    let ours: Vec<&Package> = packages.iter().filter(|package| package.id.kind == Kind::Npm).collect();
    let members = Members::of(&ours);
    let metadata = |package: &&Package| {
        let json = Json::parse(&package.manifest, tree.text(&package.manifest)?).ok()?;
        let manifest = Manifest { package, json: &json, tree, members: &members };
        Some((package.id.clone(), manifest.metadata()))
    };
    // A manifest that no workspace names is usual: fixtures, templates, examples.
    let stale = super::lock::stale::stale(tree, &ours);
    Inspection { packages: ours.iter().filter_map(metadata).collect(), unclaimed: Vec::new(), stale }
}

struct Manifest<'a> {
    package: &'a Package,
    json: &'a Json<'a>,
    tree: &'a Tree,
    members: &'a Members<'a>,
}

impl Manifest<'_> {
    fn metadata(&self) -> Metadata {
        Metadata {
            line: self.json.line_at(&["name"]),
            fields: self.fields(),
            licence_files: self.licence_file().into_iter().collect(),
            readme: self.readme(),
            requirements: lines(self.json.root()).map(|line| self.requirement(&line)).collect(),
            marker: None,
            doubled: None,
        }
    }

    /// Fields that the registry shows; it demands none of them.
    fn fields(&self) -> Vec<Field> {
        let field = |name: &'static str| {
            let state = State::given([self.has(name)]);
            Field { name, state, demand: Demand::People }
        };
        ["description", "license", "repository"].map(field).into()
    }

    fn has(&self, key: &str) -> bool {
        match self.json.get(&[key]) {
            Some(Value::StringLit(text)) => !text.value.is_empty(),
            Some(Value::Object(object)) => !object.properties.is_empty(),
            _ => false,
        }
    }

    /// `"license": "SEE LICENSE IN FILE"`.
    fn licence_file(&self) -> Option<(String, usize)> {
        let file = self.json.str(&["license"])?.strip_prefix("SEE LICENSE IN ")?;
        Some((path::resolve(&self.package.dir, file)?, self.json.line_at(&["license"])))
    }

    /// npm takes the file beside the manifest without being told.
    fn readme(&self) -> Readme {
        let start = path::join(&self.package.dir, "");
        let beside = self.tree.files.range(start.clone()..).take_while(|file| file.starts_with(&start));
        let is_readme = |file: &String| {
            let name = file[start.len()..].to_lowercase();
            name == "readme" || (name.starts_with("readme.") && !name.contains('/'))
        };
        if beside.into_iter().any(is_readme) { Readme::Settled } else { Readme::Absent }
    }

    fn requirement(&self, line: &Line) -> Requirement {
        Requirement::new(self.on(line), line.need, self.json.line(line.string))
    }

    fn on(&self, line: &Line) -> On {
        let place = Place { dir: &self.package.dir, workspace: &self.package.workspace };
        let text = &line.string.value;
        if let Some((member, _)) = self.members.needed(place, line.name, text, line.need) {
            return On::Member(member.id());
        }
        let name = line.name.to_string();
        match Spec::parse(text) {
            // A package may install its own last release, to build or test itself with it.
            Spec::Range(_) if line.name == self.package.id.name => On::Elsewhere,
            Spec::Range(_) => On::Registry(name),
            Spec::Workspace { name: alias, .. } if alias.unwrap_or(line.name) != self.package.id.name => {
                let root = path::join(place.workspace, MANIFEST);
                On::Nowhere(name, format!("no member of the workspace of `{root}` has this name"))
            }
            Spec::Path(written) => self.path(name, written),
            Spec::Workspace { .. } | Spec::Other => On::Elsewhere,
        }
    }

    fn path(&self, name: String, written: &str) -> On {
        let Some(found) = path::resolve(&self.package.dir, written) else { return On::Elsewhere };
        let start = path::join(&found, "");
        let is_there = self.tree.files.contains(&found)
            || self.tree.files.range(start.clone()..).next().is_some_and(|file| file.starts_with(&start));
        if is_there { On::Elsewhere } else { On::Nowhere(name, format!("there is nothing at `{found}`")) }
    }
}
