//! A configuration for a repository that has none: what its packages, its tags and the set-up of another release tool say,
//! written down as short as it can be, because what castoff finds by itself needs no line.

use std::collections::BTreeMap;

use crate::fault::Faults;
use crate::import::Left;
use crate::import::cargo_release::{self, CargoRelease};
use crate::import::changesets::{self, Changesets};
use crate::import::release_please::{self, ReleasePlease};
use crate::model::{PackageId, Tag, Tree, VersionHome};
use crate::path;
use crate::workspace::Workspace;

mod carry;
pub mod compare;
mod extra;
mod render;
mod tags;

/// Set-ups of other tools that are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// release-please.
    pub release_please: Option<ReleasePlease>,
    /// changesets.
    pub changesets: Option<Changesets>,
    /// cargo-release.
    pub cargo_release: Option<CargoRelease>,
}

/// The configuration that was worked out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The file.
    pub text: String,
    /// What could not be carried over.
    pub left: Vec<Left>,
}

/// Looks for set-ups.
///
/// # Errors
/// What is wrong with their files, with file and line.
pub fn find(tree: &Tree) -> Result<Found, Faults> {
    let mut faults = Faults::default();
    let found = Found {
        release_please: faults.take(release_please::read(tree)).flatten(),
        changesets: faults.take(changesets::read(tree)).flatten(),
        cargo_release: faults.take(cargo_release::read(tree)).flatten(),
    };
    faults.or(found)
}

impl Found {
    /// The tools, by name.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [
            (self.release_please.is_some(), "release-please"),
            (self.changesets.is_some(), "changesets"),
            (self.cargo_release.is_some(), "cargo-release"),
        ];
        all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, name)| name).collect()
    }

    /// Files that they write versions into, whose texts say how.
    pub fn versioned_files(&self) -> Vec<String> {
        let packages = self.release_please.iter().flat_map(|found| &found.packages);
        let mut files: Vec<String> = packages.flat_map(extra::paths).collect();
        let rules = self.cargo_release.iter().flat_map(|found| &found.rules);
        files.extend(
            rules.flat_map(|rules| rules.replacements.iter().map(|(file, ..)| path::join(&rules.dir, file))),
        );
        files
    }
}

/// Works out a configuration. `workspace` is what castoff finds without one.
///
/// `out` are manifests that cannot be read, and why: fixtures of tests, most often.
pub fn draft(
    tree: &Tree,
    workspace: &Workspace,
    tags: &[Tag],
    found: &Found,
    repository: &str,
    out: &BTreeMap<String, String>,
) -> Draft {
    let mut wanted = Wanted::new(workspace);
    for (pattern, why) in gathered(out, workspace) {
        wanted.leave(format!("`{}`", pattern.escape_debug()), format!("left out: {why}"));
        wanted.exclude.push(pattern);
    }
    if let Some(setup) = &found.release_please {
        carry::release_please(&mut wanted, setup, tree, workspace);
    }
    if let Some(setup) = &found.changesets {
        carry::changesets(&mut wanted, setup, workspace);
    }
    if let Some(setup) = &found.cargo_release {
        carry::cargo_release(&mut wanted, setup, tree, workspace);
    }
    tags::learn(&mut wanted, tags, workspace, repository);
    wanted.left.sort();
    wanted.left.dedup();
    Draft { text: render::text(&wanted, &found.names()), left: wanted.left }
}

/// The pattern that leaves a manifest out, with all that lies beside and below it.
pub fn left_out(manifest: &str) -> String {
    let dir = path::parent(manifest);
    if dir.is_empty() { manifest.to_string() } else { format!("{}/**", dir) }
}

/// The patterns that leave manifests out, with the reason. Fixtures lie together, and one line for all of them is enough
/// where no package lies among them.
fn gathered(out: &BTreeMap<String, String>, workspace: &Workspace) -> Vec<(String, String)> {
    let mut by_parent: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for manifest in out.keys() {
        by_parent.entry(path::parent(path::parent(manifest))).or_default().push(manifest);
    }
    let has_package = |dir: &str| workspace.packages.iter().any(|package| path::is_within(&package.dir, dir));
    let mut found = Vec::new();
    for (parent, manifests) in by_parent {
        if manifests.len() > 2 && !parent.is_empty() && !has_package(parent) {
            let why = format!("{} manifests, for example: {}", manifests.len(), out[manifests[0]]);
            found.push((format!("{}/**", parent), why));
        } else {
            found.extend(manifests.into_iter().map(|manifest| (left_out(manifest), out[manifest].clone())));
        }
    }
    found
}

/// What the file will say.
#[derive(Clone, Debug, Default)]
struct Wanted {
    components: Vec<Component>,
    major_on_zero: bool,
    patch_on_zero: bool,
    pin_compatible: bool,
    ignore: Vec<String>,
    exclude: Vec<String>,
    /// Tags of the whole repository that castoff does not know by itself.
    base_tag: Option<String>,
    left: Vec<Left>,
}

/// A component, as castoff would form it or as something else wants it.
#[derive(Clone, Debug, Default)]
struct Component {
    name: String,
    packages: Vec<PackageId>,
    /// Name and packages are those that castoff gives without a word.
    usual: bool,
    /// With a hole for the name.
    tag: Option<String>,
    /// Why it has this tag.
    seen: usize,
    changed_by: Vec<String>,
    version_file: Option<String>,
    /// Entries of `extra-files`, as they are written.
    extra_files: Vec<String>,
}

impl Wanted {
    fn new(workspace: &Workspace) -> Wanted {
        let one = |component: &crate::model::Component| Component {
            name: component.name.clone(),
            packages: component.packages.clone(),
            usual: true,
            ..Component::default()
        };
        Wanted { components: workspace.components.iter().map(one).collect(), ..Wanted::default() }
    }

    /// The component of a package in a directory, or of the version field there; of several, that of this ecosystem.
    fn in_dir(&mut self, dir: &str, kind: Option<&str>, workspace: &Workspace) -> Option<&mut Component> {
        let is_there = |id: &PackageId| {
            workspace.package(id).is_some_and(|package| match &package.version_home {
                VersionHome::Shared(file) => package.dir == dir || path::parent(file) == dir,
                VersionHome::Own(_) | VersionHome::Tag => package.dir == dir,
            })
        };
        let places: Vec<usize> = (0..self.components.len())
            .filter(|place| self.components[*place].packages.iter().any(is_there))
            .collect();
        let of_kind =
            |place: &&usize| self.components[**place].packages.iter().any(|id| Some(id.kind.name()) == kind);
        let place = *places.iter().find(of_kind).or(places.first())?;
        self.components.get_mut(place)
    }

    /// Puts components together; the new one stands where the first of them stood.
    fn merge(&mut self, name: &str, members: &[PackageId]) {
        let mut packages: Vec<PackageId> = Vec::new();
        let mut at = None;
        let mut kept = Vec::new();
        for component in std::mem::take(&mut self.components) {
            if component.packages.iter().any(|id| members.contains(id)) {
                at.get_or_insert(kept.len());
                packages.extend(component.packages);
            } else {
                kept.push(component);
            }
        }
        let Some(at) = at else { return };
        packages.sort();
        kept.insert(at, Component { name: name.to_string(), packages, ..Component::default() });
        self.components = kept;
    }

    fn leave(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Left::new(what, why));
    }

    /// How tags look that nobody asked for.
    fn usual_tag(&self) -> &'static str {
        if self.components.len() == 1 { "v{version}" } else { "{component}-v{version}" }
    }

    /// Each tag with the number of components that have it.
    fn tags(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for tag in self.components.iter().filter_map(|component| component.tag.as_deref()) {
            *counts.entry(tag).or_default() += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests;
