//! Projects that maturin builds: their extension is a crate, and without a version of their own they have the crate's.

use std::collections::BTreeMap;

use toml_edit::Item;

use super::MANIFEST;
use crate::ecosystem::Site;
use crate::edit::Toml;
use crate::effect::Environment;
use crate::fault::Fault;
use crate::model::{Package, Tree, VersionHome};
use crate::path;
use crate::version::{NotAVersion, Version};

const CRATE: &str = "Cargo.toml";

/// The manifest of a project's crate: the one it names, else the first that is there of those that maturin looks for.
pub(super) fn crate_manifest(tree: &Tree, toml: &Toml, dir: &str) -> Option<String> {
    toml.str(&["build-system", "build-backend"]).filter(|backend| backend.starts_with("maturin"))?;
    match toml.str(&["tool", "maturin", "manifest-path"]) {
        Some(written) => path::resolve(dir, written),
        None => {
            let usual = ["", "rust", "native"].map(|below| path::resolve(dir, &path::join(below, CRATE)));
            usual.into_iter().flatten().find(|manifest| tree.texts.contains_key(manifest))
        }
    }
}

/// What maturin is told through uv: to give the wheel the tag of the systems that it runs on, as it does when it is run
/// by itself (where it is asked for a wheel by other tools it leaves that off, and PyPI takes none without), and to
/// compile where the crates of other people still are from the last run.
pub(super) fn build_env(package: &Package, site: &Site, env: Environment) -> Environment {
    let text = site.tree.text(&package.manifest).unwrap_or_default();
    let is_built_by_it = Toml::parse(&package.manifest, text)
        .is_ok_and(|toml| toml.str(&["build-system", "build-backend"]) == Some("maturin"));
    if !is_built_by_it {
        return env;
    }
    let env = env.usual("MATURIN_PEP517_ARGS", "--compatibility pypi");
    env.set("CARGO_TARGET_DIR", site.target_dir.display().to_string())
}

/// The crates that are built into projects.
pub(super) fn extensions(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let manifests =
        tree.texts.iter().filter(|(file, text)| path::name(file) == MANIFEST && text.contains("maturin"));
    let of = |(file, text): (&String, &String)| {
        let toml = Toml::parse(file, text).ok()?;
        Some((file.clone(), vec![crate_manifest(tree, &toml, path::parent(file))?]))
    };
    manifests.filter_map(of).collect()
}

/// The version of a project that leaves it to its crate, and where it stands; none for other projects.
pub(super) fn version(tree: &Tree, toml: &Toml, dir: &str) -> Option<Result<(Version, VersionHome), Fault>> {
    let manifest = crate_manifest(tree, toml, dir)?;
    let text = tree.text(&manifest)?;
    Some(Toml::parse(&manifest, text).and_then(|own| {
        let item = own.get(&["package", "version"]);
        if let Some(item) = item.filter(|item| item.is_str()) {
            return Ok((parse(&own, item)?, VersionHome::Own(manifest.clone())));
        }
        let (root, text) = root(tree, &manifest).ok_or_else(|| {
            let fault = Fault::usage(format!("`{manifest}` has no version, and no workspace around it"))
                .at(&manifest, 0);
            fault.help("give `package.version` there, or `project.version` in the project")
        })?;
        let root = Toml::parse(root, text)?;
        let item = root.get(&["workspace", "package", "version"]).ok_or_else(|| {
            let fault = Fault::usage(format!("`{}` has no `workspace.package.version`", root.path));
            fault
                .at(&manifest, item.map_or(0, |item| own.line(item)))
                .help("give the version there, or in the crate")
        })?;
        Ok((parse(&root, item)?, VersionHome::Shared(root.path.to_string())))
    }))
}

fn parse(toml: &Toml, item: &Item) -> Result<Version, Fault> {
    let text = item.as_str().unwrap_or_default();
    text.parse().map_err(|error: NotAVersion| {
        let fault = Fault::usage(format!("cannot read the version `{text}`")).at(toml.path, toml.line(item));
        fault.because(error.to_string()).help("write one such as `1.2.3`")
    })
}

/// The nearest manifest above a crate that makes a workspace.
fn root<'t>(tree: &'t Tree, manifest: &str) -> Option<(&'t str, &'t str)> {
    let mut dir = path::parent(manifest);
    loop {
        let found = tree.texts.get_key_value(&path::join(dir, CRATE));
        let found = found.filter(|(file, text)| {
            Toml::parse(file, text).is_ok_and(|toml| toml.get(&["workspace"]).is_some())
        });
        if found.is_some() || dir.is_empty() {
            return found.map(|(file, text)| (file.as_str(), text.as_str()));
        }
        dir = path::parent(dir);
    }
}
