//! Scripts of packages: what a package has to be made by before it can be packed, in which order packages are made, and
//! what a workspace needs before the first.

use std::collections::BTreeSet;
use std::path::Path;

use super::client::{Client, Installer};
use super::members::lines;
use crate::ecosystem::{Groundwork, Site};
use crate::edit::json::Json;
use crate::effect::{Cmd, Environment};
use crate::model::{Kind, Package, Tree};
use crate::path;

/// What every client runs before it packs, in its order; npm runs the last two when it packs.
const BEFORE: [&str; 3] = ["prepublishOnly", "prepack", "prepare"];
/// What every client runs after it has packed.
const AFTER: &str = "postpack";
/// What nothing runs by itself, though a package that has it is nothing without it.
const BUILD: &str = "build";

/// Whether there is anything to do before a package is packed.
pub(super) fn makes(tree: &Tree, package: &Package) -> bool {
    !before(tree, package).is_empty()
}

/// The scripts that make a package, in their order. `build` is one where none of the others speaks of it: people run it
/// by hand before they publish, and a stage is a place where nobody did.
fn before(tree: &Tree, package: &Package) -> Vec<&'static str> {
    let Some(json) = parse(tree, package) else { return Vec::new() };
    let script = |name: &&str| json.str(&["scripts", name]);
    let hooks: Vec<&str> = BEFORE.into_iter().filter(|name| script(name).is_some()).collect();
    let is_run = hooks.iter().filter_map(script).any(|text| text.contains(BUILD));
    let own = Some(BUILD).filter(|name| script(name).is_some() && !is_run);
    own.into_iter().chain(hooks).collect()
}

fn parse<'a>(tree: &'a Tree, package: &'a Package) -> Option<Json<'a>> {
    Json::parse(&package.manifest, tree.text(&package.manifest)?).ok()
}

/// A command line that makes a package and packs it into the directory that is its first argument. A file of an earlier
/// run in the package's own directory would be packed too, so the files go elsewhere.
pub(super) fn packing(tree: &Tree, package: &Package) -> String {
    let client = Installer::of(tree, &package.workspace).client;
    let mut scripts = before(tree, package);
    let has_after = parse(tree, package).is_some_and(|json| json.str(&["scripts", AFTER]).is_some());
    let mut after = Vec::new();
    let pack = if client == Client::Npm {
        scripts.retain(|name| [BUILD, BEFORE[0]].contains(name));
        "npm pack --pack-destination \"$0\""
    } else {
        after.extend(has_after.then_some(AFTER));
        "npm pack --ignore-scripts --pack-destination \"$0\""
    };
    let steps = runs(client, &scripts).into_iter().chain([pack.to_string()]).chain(runs(client, &after));
    steps.collect::<Vec<_>>().join(" && ")
}

fn runs(client: Client, scripts: &[&str]) -> Vec<String> {
    scripts.iter().map(|name| format!("{} run {name}", client.program())).collect()
}

/// Packages of the same workspace that a package needs to be made, those that they need before them.
pub(super) fn needed<'a>(package: &Package, all: &'a [Package]) -> Vec<&'a Package> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([&package.id]);
    // Each with whether what it needs was looked at.
    let mates = |package: &Package| -> Vec<&'a Package> {
        let is_mate = |other: &&Package| {
            other.id.kind == Kind::Npm
                && other.workspace == package.workspace
                && package.dependencies.iter().any(|dependency| dependency.id == other.id)
        };
        all.iter().filter(is_mate).collect()
    };
    let mut pending: Vec<(&Package, bool)> = mates(package).into_iter().map(|mate| (mate, false)).collect();
    while let Some((next, is_done)) = pending.pop() {
        if is_done {
            found.push(next);
        } else if seen.insert(&next.id) {
            pending.push((next, true));
            pending.extend(mates(next).into_iter().map(|mate| (mate, false)));
        }
    }
    found
}

/// What has to be done in a workspace before these packages of it are made: everything that is needed is installed, and
/// packages that they need and that are not released with them are made.
pub(super) fn groundwork(
    packages: &[&Package],
    all: &[Package],
    site: &Site,
    env: &Environment,
) -> Groundwork {
    let Some(workspace) = packages.first().map(|package| package.workspace.as_str()) else {
        return Groundwork::default();
    };
    let installer = Installer::of(site.tree, workspace);
    let mut commands = Vec::new();
    if needs_anything(site.tree, workspace, all) {
        // What is built with is among what is left out of a production.
        let env = env.clone().without("NODE_ENV");
        commands.push(installer.install(&site.stage.join(workspace)).env(env));
    }
    let released: BTreeSet<_> = packages.iter().map(|package| &package.id).collect();
    let mut made = BTreeSet::new();
    for other in packages.iter().flat_map(|package| needed(package, all)) {
        let scripts = before(site.tree, other);
        if !released.contains(&other.id) && !scripts.is_empty() && made.insert(&other.id) {
            commands.push(making(&site.stage.join(&other.dir), installer.client, &scripts).env(env.clone()));
        }
    }
    Groundwork { commands, on_pinned: !installer.locked }
}

fn making(dir: &Path, client: Client, scripts: &[&str]) -> Cmd {
    Cmd::new("sh", dir).args(["-c", &runs(client, scripts).join(" && ")])
}

/// Whether any manifest of a workspace needs anything.
fn needs_anything(tree: &Tree, workspace: &str, all: &[Package]) -> bool {
    let members = all.iter().filter(|package| package.id.kind == Kind::Npm && package.workspace == workspace);
    let root = path::join(workspace, super::MANIFEST);
    let manifests = members.map(|package| package.manifest.as_str()).chain([root.as_str()]);
    let needs = |manifest: &str| {
        let json = tree.text(manifest).and_then(|text| Json::parse(manifest, text).ok());
        json.is_some_and(|json| lines(json.root()).next().is_some())
    };
    manifests.into_iter().any(needs)
}

#[cfg(test)]
mod tests {
    use super::packing;
    use crate::ecosystem::npm::discover::discover;
    use crate::model::Tree;

    fn check(lock: &str, scripts: &str, expected: &str) {
        let manifest = format!("{{ \"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {{ {scripts} }} }}");
        let mut tree = Tree::default();
        for (path, text) in [("package.json", manifest.as_str()), (lock, "__metadata:")] {
            tree.files.insert(path.to_string());
            tree.texts.insert(path.to_string(), text.to_string());
        }
        let packages = discover(&tree).unwrap();
        assert_eq!(packing(&tree, &packages[0]), expected, "{scripts}");
    }

    #[test]
    fn a_package_is_made_by_its_scripts_before_it_is_packed() {
        let npm = "npm pack --pack-destination \"$0\"";
        let other = "npm pack --ignore-scripts --pack-destination \"$0\"";
        let lock = "package-lock.json";
        check(lock, "\"test\": \"t\"", npm);
        // npm runs the others when it packs.
        let hooks = "\"prepublishOnly\": \"p\", \"prepack\": \"q\", \"postpack\": \"r\"";
        check(lock, hooks, &format!("npm run prepublishOnly && {npm}"));
        check(
            "pnpm-lock.yaml",
            hooks,
            &format!("pnpm run prepublishOnly && pnpm run prepack && {other} && pnpm run postpack"),
        );
        check(lock, "\"build\": \"tsc\"", &format!("npm run build && {npm}"));
        check("bun.lock", "\"build\": \"tsc\"", &format!("bun run build && {other}"));
        // It would be run twice.
        check(lock, "\"build\": \"tsc\", \"prepack\": \"npm run build\"", npm);
        check(lock, "\"build\": \"tsc\", \"prepare\": \"husky\"", &format!("npm run build && {npm}"));
    }
}
