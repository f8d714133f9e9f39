//! Changes of package.json: versions, requirements on packages of the repository, and the pins that only a build sees.

use std::collections::{BTreeMap, BTreeSet};

use super::members::{Line, Members, Place, lines};
use super::requirement::{Spec, accepts, raise};
use super::{MANIFEST, lock};
use crate::config::Pin;
use crate::ecosystem::Bumps;
use crate::edit::json::Json;
use crate::effect::Edit;
use crate::fault::Faults;
use crate::model::{Kind, Need, Package, PackageId, Tree};
use crate::path;
use crate::version::Version;

pub(super) fn edits(tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
    let ours: Vec<&Package> = bumps.packages.iter().filter(|package| package.id.kind == Kind::Npm).collect();
    let members = Members::of(&ours);
    let mut faults = Faults::default();
    let mut edits = Vec::new();
    let mut kept = BTreeSet::new();
    let texts = ours.iter().filter_map(|package| Some((*package, tree.text(&package.manifest)?)));
    for (package, text) in texts {
        let Some(json) = faults.take(Json::parse(&package.manifest, text).map_err(Faults::from)) else {
            continue;
        };
        let version = bumps.next.get(&package.id);
        let written = json.get(&["version"]).and_then(|value| value.as_string_lit());
        edits.extend(
            version.zip(written).and_then(|(to, string)| json.replace("version", string, &to.semver())),
        );
        for line in lines(json.root()) {
            let needed = members.needed(place(package), line.name, &line.string.value, line.need);
            let to = needed.and_then(|(member, spec)| {
                raised(&line, spec, version.is_some(), bumps.next.get(&member.id())?)
            });
            edits.extend(to.as_ref().and_then(|to| json.replace(&line.field(), line.string, to)));
            if line.need != Need::Peer {
                kept.insert((line.name.to_string(), to.unwrap_or_else(|| line.string.value.to_string())));
            }
        }
    }
    let locks = lock::edits(tree, &ours, bumps.next, &edits, &kept);
    edits.extend(faults.take(locks).unwrap_or_default());
    faults.or(edits)
}

fn place(package: &Package) -> Place<'_> {
    Place { dir: &package.dir, workspace: &package.workspace }
}

/// The requirement after the release. As for cargo: raised where broken, and where the package is released anyway. What
/// a package only wants beside it is left alone as long as it fits: a higher one would shut users out.
fn raised(line: &Line, spec: Spec, released: bool, version: &Version) -> Option<String> {
    let (Spec::Range(range) | Spec::Workspace { range, .. }) = spec else { return None };
    let is_open = ["*", "^", "~", ""].contains(&range);
    let is_free = released && line.need != Need::Peer;
    if is_open || (!is_free && accepts(range, version)) {
        return None;
    }
    // The range is what the requirement ends with.
    let text = line.string.value.trim();
    Some(format!("{}{}", text.strip_suffix(range)?, raise(range, version)))
}

/// A requirement that stands for a workspace or a path means nothing to those who install the package, so it is
/// replaced whatever the pin. What a package wants beside it (`peerDependencies`) is never narrowed.
pub(super) fn pins(
    tree: &Tree,
    package: &Package,
    pin: Pin,
    versions: &BTreeMap<PackageId, Version>,
) -> Result<Vec<Edit>, Faults> {
    let Some(text) = tree.text(&package.manifest) else { return Ok(Vec::new()) };
    let json = Json::parse(&package.manifest, text)?;
    let replaced = |line: Line| {
        let spec = Spec::parse(&line.string.value);
        let name = needed_name(tree, package, &line, spec)?;
        let needed = package
            .dependencies
            .iter()
            .find(|dependency| dependency.id.name == name && dependency.need == line.need)?;
        let to = pinned(&line, spec, &name, pin, versions.get(&needed.id)?);
        json.replace(&line.field(), line.string, &to)
    };
    Ok(lines(json.root()).filter_map(replaced).collect())
}

/// The name of the package that a requirement leads to, where it leads to one of the repository.
fn needed_name(tree: &Tree, package: &Package, line: &Line, spec: Spec) -> Option<String> {
    match spec {
        Spec::Range(_) | Spec::Workspace { name: None, .. } => Some(line.name.to_string()),
        Spec::Workspace { name: Some(name), .. } => Some(name.to_string()),
        Spec::Path(written) => {
            let manifest = path::join(&path::resolve(&package.dir, written)?, MANIFEST);
            let json = Json::parse(&manifest, tree.text(&manifest)?).ok()?;
            json.str(&["name"]).map(ToString::to_string)
        }
        Spec::Other => None,
    }
}

fn pinned(line: &Line, spec: Spec, name: &str, pin: Pin, version: &Version) -> String {
    let is_own = matches!(line.need, Need::Normal | Need::Optional);
    let range = match pin {
        Pin::Exact if is_own => version.semver(),
        Pin::Compatible if is_own => format!("^{}", version.semver()),
        _ => spec.published(version),
    };
    // Under another name it is installed by its own.
    if name == line.name { range } else { format!("npm:{name}@{range}") }
}
