//! All that castoff knows of npm and of the clients that share its manifests and registry (pnpm, yarn, bun): the
//! commands that pack, publish and install are here; manifests are read in `discover`, edited in `edits`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::metadata::Inspection;
use super::{Bumps, Ecosystem, Site, Trial};
use crate::config::Pin;
use crate::effect::{Cmd, Edit};
use crate::fault::Faults;
use crate::model::{Kind, Package, PackageId, Tree};
use crate::path;
use crate::registry::Target;
use crate::registry::npm::file_name;
use crate::version::Version;

mod discover;
mod edits;
mod lock;
mod members;
mod metadata;
mod requirement;

/// JavaScript packages.
pub struct Npm;

const MANIFEST: &str = "package.json";
const PNPM_WORKSPACE: &str = "pnpm-workspace.yaml";
const NPM_LOCK: &str = "package-lock.json";
const SHRINKWRAP: &str = "npm-shrinkwrap.json";
const BUN_LOCK: &str = "bun.lock";
const PNPM_LOCK: &str = "pnpm-lock.yaml";
/// Locks that nothing is written into: yarn's holds no version of the workspace, bun's old one is no text.
const OTHER_LOCKS: [&str; 2] = ["yarn.lock", "bun.lockb"];
/// The public registry.
const REGISTRY: &str = "npm";

impl Ecosystem for Npm {
    fn kind(&self) -> Kind {
        Kind::Npm
    }

    fn tool(&self) -> (&'static str, &'static str) {
        ("npm", "install Node.js, which brings it")
    }

    fn wants(&self, path: &str) -> bool {
        [MANIFEST, PNPM_WORKSPACE, NPM_LOCK, SHRINKWRAP, BUN_LOCK, PNPM_LOCK].contains(&path::name(path))
    }

    fn rewrites(&self, path: &str) -> bool {
        let name = path::name(path);
        [NPM_LOCK, SHRINKWRAP, BUN_LOCK, PNPM_LOCK].contains(&name) || OTHER_LOCKS.contains(&name)
    }

    fn discover(&self, tree: &Tree) -> Result<Vec<Package>, Faults> {
        discover::discover(tree)
    }

    fn inspect(&self, tree: &Tree, packages: &[Package]) -> Inspection {
        metadata::inspect(tree, packages)
    }

    fn leftovers(&self) -> &'static [&'static str] {
        &["node_modules"]
    }

    fn spell(&self, version: &Version) -> String {
        version.semver()
    }

    fn takes(&self, version: &Version) -> Result<(), String> {
        super::is_semver(version, "npm packages")
    }

    fn accepts(&self, requirement: &str, version: &Version) -> bool {
        requirement::accepts(requirement, version)
    }

    /// Ranges are published as they are written; what stands for a workspace or a path is replaced all the same.
    fn default_pin(&self) -> Pin {
        Pin::Keep
    }

    fn edits(&self, tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
        edits::edits(tree, bumps)
    }

    fn pins(
        &self,
        tree: &Tree,
        package: &Package,
        pin: Pin,
        versions: &BTreeMap<PackageId, Version>,
    ) -> Result<Vec<Edit>, Faults> {
        edits::pins(tree, package, pin, versions)
    }

    fn builds_together(&self) -> bool {
        false
    }

    /// A file of an earlier run in the package's directory would be packed too, so the files go elsewhere.
    fn build(&self, packages: &[&Package], site: &Site) -> Cmd {
        let dirs = packages.iter().map(|package| site.stage.join(&package.dir).display().to_string());
        npm(site.stage, site).args(["pack", "--pack-destination", &site.out.display().to_string()]).args(dirs)
    }

    /// What users keep in their `.npmrc` is not looked into: it may be for another registry.
    fn logged_in(
        &self,
        _: &Target,
        env: &dyn Fn(&str) -> Option<String>,
        exists: &dyn Fn(&Path) -> bool,
    ) -> bool {
        let own = env("NPM_CONFIG_USERCONFIG").or_else(|| env("npm_config_userconfig")).map(PathBuf::from);
        own.or_else(|| env("HOME").map(|home| Path::new(&home).join(".npmrc")))
            .is_some_and(|file| exists(&file))
    }

    fn built_in(&self, site: &Site) -> PathBuf {
        site.out.to_path_buf()
    }

    /// What build scripts made lies in the stage, which is new in each run.
    fn compiled(&self, _: &BTreeSet<&str>, _: &Path, _: &dyn Fn(&Path) -> Vec<String>) -> Vec<PathBuf> {
        Vec::new()
    }

    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String> {
        let name = file_name(&package.id.name, version);
        if found.contains(&name) { Ok(vec![name]) } else { Err(format!("`npm pack` left no `{name}`")) }
    }

    /// npm refuses a pre-release without a tag of its own, and its users would get it by `latest`.
    fn upload(&self, _: &Package, version: &Version, files: &[PathBuf], site: &Site) -> Cmd {
        let tag = if version.pre.is_some() { "next" } else { "latest" };
        let files = files.iter().map(|file| file.display().to_string());
        let mut cmd = npm(site.out, site).args(["publish", "--ignore-scripts", "--tag", tag]).args(files);
        if let Some(token) = &site.target.token {
            let address = site.target.index.split_once(':').map_or("", |(_, rest)| rest);
            cmd.env = cmd.env.hide(&format!("npm_config_{address}:_authToken"), token);
        }
        cmd
    }

    fn trial(&self, package: &Package, version: &Version, _: &[String], dir: &Path, site: &Site) -> Trial {
        let manifest = "{ \"private\": true }\n".to_string();
        let exact = format!("{}@{}", package.id.name, version.semver());
        let install =
            npm(dir, site).args(["install", "--ignore-scripts", "--prefer-online", "--save-exact", &exact]);
        let load = Cmd::new("node", dir).env(site.env.clone()).args(["-e", LOAD, &package.id.name]);
        let files = vec![(MANIFEST.to_string(), manifest)];
        Trial { files, commands: vec![install, load], python: None }
    }

    fn isolation(&self, dir: &Path) -> Vec<(&'static str, PathBuf)> {
        vec![("npm_config_cache", dir.join("npm-cache"))]
    }

    fn toolchains(&self) -> &'static [(&'static str, &'static str)] {
        &[("NVM_DIR", ".nvm"), ("VOLTA_HOME", ".volta")]
    }

    fn index_variable(&self) -> Option<&'static str> {
        Some("npm_config_registry")
    }

    fn guess(&self) -> (f64, f64) {
        (5.0, 3.0)
    }
}

/// Loads what a package offers as its entry; many offer none: programs, types, configurations.
const LOAD: &str = "\
const name = process.argv[1];
const gone = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNSUPPORTED_DIR_IMPORT'];
const { main, exports, module } = JSON.parse(require('fs').readFileSync(`node_modules/${name}/package.json`));
import(name).catch((error) => {
  if (main || exports || module || !gone.includes(error.code)) { console.error(error); process.exit(1); }
});
";

fn npm(dir: &Path, site: &Site) -> Cmd {
    let quiet = ["--no-fund", "--no-audit", "--no-update-notifier", "--no-progress", "--color=false"];
    Cmd::new("npm", dir).args(quiet).args(["--registry", &site.target.index]).env(site.env.clone())
}
