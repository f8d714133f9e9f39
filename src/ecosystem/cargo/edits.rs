//! Changes of cargo manifests and of Cargo.lock: versions, requirements on crates of the repository, the members' own
//! entries in the lock.

use std::collections::{BTreeMap, BTreeSet};

use semver::VersionReq;
use toml_edit::Item;

use super::discover::{Entry, entries, join};
use super::{LOCK, MANIFEST};
use crate::config::Pin;
use crate::ecosystem::Bumps;
use crate::ecosystem::metadata::beside;
use crate::edit::Toml;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Need, Package, PackageId, Tree, VersionHome};
use crate::path;
use crate::version::Version;

pub(super) fn accepts(requirement: &str, version: &Version) -> bool {
    let version = semver::Version::parse(&version.semver());
    match (VersionReq::parse(requirement), version) {
        _ if requirement.is_empty() => true,
        (Ok(requirement), Ok(version)) => requirement.matches(&version),
        _ => false,
    }
}

pub(super) fn edits(tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
    let ours: Vec<&Package> =
        bumps.packages.iter().filter(|package| package.id.kind == Kind::Cargo).collect();
    let roots = ours.iter().map(|package| join(&package.workspace, MANIFEST));
    let manifests: BTreeSet<String> =
        ours.iter().map(|package| package.manifest.clone()).chain(roots).collect();
    let moved = with_shared(&ours, bumps);
    let mut faults = Faults::default();
    let mut edits = Vec::new();
    let texts = manifests.iter().filter_map(|path| Some((path, tree.text(path)?)));
    let manifests: Vec<Toml> =
        texts.filter_map(|(path, text)| faults.take(Toml::parse(path, text).map_err(Faults::from))).collect();
    let operator = operator(&manifests);
    for toml in &manifests {
        edits.extend(version_edits(toml, &ours, &moved));
        edits.extend(requirement_edits(toml, &ours, bumps.next, &moved));
        edits.extend(missing_versions(toml, &ours, bumps.next, &moved, operator));
    }
    let locks: BTreeSet<String> = ours.iter().map(|package| join(&package.workspace, LOCK)).collect();
    for (path, text) in locks.iter().filter_map(|path| Some((path, tree.text(path)?))) {
        let toml = faults.take(Toml::parse(path, text).map_err(Faults::from));
        let found = toml.map(|toml| lock_edits(&toml, &ours, &moved));
        edits.extend(found.and_then(|found| faults.take(found)).unwrap_or_default());
    }
    faults.or(edits)
}

/// The versions after the release, also of private crates that have theirs from a field that is bumped for others: for
/// crates of their workspace, or for the package of another ecosystem that they are built into.
fn with_shared(ours: &[&Package], bumps: Bumps) -> BTreeMap<PackageId, Version> {
    let next = bumps
        .packages
        .iter()
        .filter_map(|package| Some((&package.version_home, bumps.next.get(&package.id)?)));
    let fields: BTreeMap<&VersionHome, &Version> =
        next.filter(|(home, _)| **home != VersionHome::Tag).collect();
    let moved = ours
        .iter()
        .filter_map(|package| Some((package.id.clone(), (*fields.get(&package.version_home)?).clone())));
    bumps.next.iter().map(|(id, version)| (id.clone(), version.clone())).chain(moved).collect()
}

pub(super) fn pins(
    tree: &Tree,
    package: &Package,
    pin: Pin,
    versions: &BTreeMap<PackageId, Version>,
) -> Result<Vec<Edit>, Faults> {
    let prefix = match pin {
        Pin::Keep => return Ok(Vec::new()),
        Pin::Exact => "=",
        Pin::Compatible => "^",
    };
    let Some(text) = tree.text(&package.manifest) else { return Ok(Vec::new()) };
    let toml = Toml::parse(&package.manifest, text)?;
    let pinned = |entry: &Entry| {
        let name = entry.package_name();
        let version = versions.get(&PackageId::new(Kind::Cargo, name)).filter(|_| entry.path().is_some())?;
        toml.replace_item(
            &entry.field("version"),
            entry.get("version")?,
            &format!("{prefix}{}", version.semver()),
        )
    };
    Ok(entries(toml.root()).iter().filter_map(pinned).collect())
}

fn version_edits(toml: &Toml, ours: &[&Package], next: &BTreeMap<PackageId, Version>) -> Vec<Edit> {
    let of = |home: &VersionHome| {
        ours.iter().find(|package| &package.version_home == home).and_then(|package| next.get(&package.id))
    };
    let edit = |keys: &[&str], version: &Version| {
        toml.replace_item(&keys.join("."), toml.get(keys)?, &version.semver())
    };
    let path = || toml.path.to_string();
    let own = of(&VersionHome::Own(path())).and_then(|version| edit(&["package", "version"], version));
    let shared = of(&VersionHome::Shared(path()))
        .and_then(|version| edit(&["workspace", "package", "version"], version));
    own.into_iter().chain(shared).collect()
}

/// Requirements that the next versions break are raised, and with them those of packages that are released anyway:
/// what is published asks for what it was built with. Others stay, so that nothing is released for a spelling.
fn requirement_edits(
    toml: &Toml,
    ours: &[&Package],
    next: &BTreeMap<PackageId, Version>,
    moved: &BTreeMap<PackageId, Version>,
) -> Vec<Edit> {
    let dir = path::parent(toml.path);
    let owner = ours.iter().find(|package| package.manifest == toml.path);
    let owner_released = owner.is_some_and(|package| next.contains_key(&package.id));
    let all_released = ours
        .iter()
        .filter(|package| package.workspace == dir && package.publishable())
        .all(|p| next.contains_key(&p.id));
    let raised = |entry: &Entry| {
        let target = path::resolve(dir, entry.path()?)?;
        let needed = ours.iter().find(|package| package.dir == target)?;
        let version = moved.get(&needed.id)?;
        let requirement = entry.get("version")?;
        let free = if entry.is_shared() { all_released } else { owner_released };
        let broken = !accepts(requirement.as_str()?, version);
        let to = (free || broken).then(|| raise(requirement.as_str().unwrap_or_default(), version))?;
        toml.replace_item(&entry.field("version"), requirement, &to)
    };
    entries(toml.root()).iter().filter_map(raised).collect()
}

/// `=` where the crates of a repository pin each other exactly, else nothing.
pub(super) fn operator(manifests: &[Toml]) -> &'static str {
    let entries = manifests.iter().flat_map(|toml| entries(toml.root()));
    let versions = entries.filter(|entry| entry.path().is_some()).filter_map(|entry| entry.requirement());
    let (exact, all) = versions
        .fold((0, 0), |(exact, all), version| (exact + usize::from(version.starts_with('=')), all + 1));
    if exact * 2 > all { "=" } else { "" }
}

/// Versions beside paths: without one, a crate that is released could not be published.
fn missing_versions(
    toml: &Toml,
    ours: &[&Package],
    next: &BTreeMap<PackageId, Version>,
    moved: &BTreeMap<PackageId, Version>,
    operator: &str,
) -> Vec<Edit> {
    let dir = path::parent(toml.path);
    let needs = |package: &Package, id: &PackageId| {
        package.dependencies.iter().any(|it| &it.id == id && it.need != Need::Dev)
    };
    let added = |entry: &Entry| {
        if entry.need == Need::Dev || entry.get("version").is_some() {
            return None;
        }
        let target = path::resolve(dir, entry.path()?)?;
        let needed = ours.iter().find(|package| package.dir == target && package.publishable())?;
        let mut users = ours.iter().filter(|package| match entry.is_shared() {
            true => package.workspace == dir && needs(package, &needed.id),
            false => package.manifest == toml.path,
        });
        // Private crates may go with a release; nobody needs to find their dependencies on a registry.
        users.find(|package| package.publishable() && next.contains_key(&package.id))?;
        let version = moved.get(&needed.id).unwrap_or(&needed.version);
        entry.with_version(toml, operator, version)
    };
    entries(toml.root()).iter().filter_map(added).collect()
}

impl Entry<'_> {
    /// The version put beside the path.
    pub(super) fn with_version(&self, toml: &Toml, operator: &str, version: &Version) -> Option<Edit> {
        let keys: Vec<&str> = self.table.iter().map(String::as_str).chain([self.key]).collect();
        let entry = format!("version = \"{operator}{}\"", version.semver());
        beside(toml, &keys, "path", &self.field("version"), &entry)
    }
}

/// A requirement that asks for `version`, in the form of the one that is there.
fn raise(requirement: &str, version: &Version) -> String {
    let operator_end = requirement.find(|c: char| !"^~=<> ".contains(c)).unwrap_or(requirement.len());
    let (operator, rest) = requirement.split_at(operator_end);
    let places = rest.split('.').count();
    let simple = !requirement.contains([',', '*']);
    match operator.trim() {
        "" | "^" | "~" if simple && places < 3 && version.pre.is_none() => {
            let numbers: Vec<String> = version.release.iter().take(places).map(u64::to_string).collect();
            format!("{operator}{}", numbers.join("."))
        }
        "" | "^" | "~" | "=" if simple => format!("{operator}{}", version.semver()),
        _ if accepts(requirement, version) => requirement.to_string(),
        _ => version.semver(),
    }
}

/// The smallest change of a lock: the members' own entries, and where a dependency names one with its version.
fn lock_edits(
    toml: &Toml,
    ours: &[&Package],
    next: &BTreeMap<PackageId, Version>,
) -> Result<Vec<Edit>, Faults> {
    let workspace = path::parent(toml.path);
    // Crates of other workspaces may be in it too, as path dependencies.
    let known: BTreeMap<&str, &Package> =
        ours.iter().map(|package| (package.id.name.as_str(), *package)).collect();
    let bumped = |name: &str| known.get(name).and_then(|package| Some((*package, next.get(&package.id)?)));
    let mut edits = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in toml.get(&["package"]).and_then(Item::as_array_of_tables).into_iter().flatten() {
        let name = entry.get("name").and_then(Item::as_str).unwrap_or_default();
        if let (Some((_, version)), None, Some(item)) =
            (bumped(name), entry.get("source"), entry.get("version"))
        {
            edits.extend(toml.replace_item(&format!("{name}.version"), item, &version.semver()));
            seen.insert(name);
        }
        for value in entry.get("dependencies").and_then(Item::as_array).into_iter().flatten() {
            let Some((needed, written)) = value.as_str().and_then(|text| text.split_once(' ')) else {
                continue;
            };
            if let Some((package, version)) =
                bumped(needed).filter(|(package, _)| package.version.semver() == written)
            {
                let to = format!("{} {}", package.id.name, version.semver());
                edits.extend(toml.replace(
                    &format!("{name}.dependencies"),
                    value.span().unwrap_or_default(),
                    value.as_str().unwrap_or_default(),
                    &to,
                ));
            }
        }
    }
    let members = ours.iter().filter(|package| package.workspace == workspace);
    let mut names = members.map(|package| package.id.name.as_str());
    match names.find(|name| bumped(name).is_some() && !seen.contains(name)) {
        None => Ok(edits),
        Some(name) => Err(Fault::usage(format!("`{}` has no entry for `{name}`", toml.path))
            .at(toml.path, 0)
            .because("the lock is not up to date")
            .help("run `cargo update --workspace` and commit the lock")
            .into()),
    }
}
