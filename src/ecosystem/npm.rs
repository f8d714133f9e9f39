//! All that castoff knows of npm and of the clients that share its manifests and registry (pnpm, yarn, bun): the
//! commands that pack, publish and install are here; manifests are read in `discover`, edited in `edits`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::archive::Artifact;
use super::metadata::Inspection;
use super::refusal::{self, Refusal, Words};
use super::withdraw::{Means, Withdrawal};
use super::{Bumps, DistTag, Ecosystem, Groundwork, Site, Tagging, Trial};
use crate::config::{Pin, Trusted};
use crate::edit::json::Json;
use crate::effect::{Cmd, Edit, Environment};
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Package, PackageId, Tree, without_scope};
use crate::path;
use crate::registry::npm::file_name;
use crate::registry::{IDENTITY, Target};
use crate::version::Version;

mod client;
mod discover;
mod dist_tag;
mod edits;
mod lock;
mod members;
mod metadata;
mod requirement;
mod scripts;
mod writes;

/// JavaScript packages.
pub struct Npm;

const MANIFEST: &str = "package.json";
const PNPM_WORKSPACE: &str = "pnpm-workspace.yaml";
const NPM_LOCK: &str = "package-lock.json";
const SHRINKWRAP: &str = "npm-shrinkwrap.json";
const BUN_LOCK: &str = "bun.lock";
const PNPM_LOCK: &str = "pnpm-lock.yaml";
const YARN_LOCK: &str = "yarn.lock";
/// What clients write and a release may change.
const LOCKS: [&str; 5] = [NPM_LOCK, SHRINKWRAP, BUN_LOCK, PNPM_LOCK, YARN_LOCK];
/// bun's old lock is no text, so nothing is written into it.
const OLD_BUN_LOCK: &str = "bun.lockb";
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
        let name = path::name(path);
        [MANIFEST, PNPM_WORKSPACE].contains(&name) || LOCKS.contains(&name)
    }

    fn rewrites(&self, path: &str) -> bool {
        let name = path::name(path);
        LOCKS.contains(&name) || name == OLD_BUN_LOCK
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

    fn dist_tags(&self) -> &'static [&'static str] {
        &[dist_tag::LATEST, "beta", "release-1.x"]
    }

    fn is_dist_tag(&self, text: &str) -> bool {
        dist_tag::is_one(text)
    }

    fn dist_tag(&self, asked: &Tagging) -> Option<DistTag> {
        Some(dist_tag::dist_tag(asked))
    }

    fn own_line(&self, version: &Version, tag: &DistTag) -> Option<String> {
        (tag.name == dist_tag::LATEST).then(|| dist_tag::line(version))
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

    fn writes(&self, tree: &Tree, packages: &[Package], edit: &Edit) -> Option<super::writes::Writes> {
        writes::writes(tree, packages, edit)
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

    fn makes(&self, tree: &Tree, package: &Package) -> bool {
        scripts::makes(tree, package)
    }

    fn groundwork(&self, packages: &[&Package], all: &[Package], site: &Site) -> Groundwork {
        scripts::groundwork(packages, all, site, &quiet(site))
    }

    fn builds_after<'a>(&self, tree: &Tree, package: &Package, all: &'a [Package]) -> Vec<&'a Package> {
        scripts::needed(package, all).into_iter().filter(|other| scripts::makes(tree, other)).collect()
    }

    fn build_env(&self, _: &Package, site: &Site) -> Environment {
        quiet(site)
    }

    fn build(&self, packages: &[&Package], site: &Site) -> Cmd {
        let out = site.out.display().to_string();
        let mut cmd = Cmd::new("sh", site.stage).env(quiet(site));
        for package in packages {
            cmd.dir = site.stage.join(&package.dir);
            cmd = cmd.args(["-c", &scripts::packing(site.tree, package), &out]);
        }
        cmd
    }

    /// npm keeps tokens in the user's `.npmrc`, and asks for one by trusted publishing where a CI offers an identity.
    fn logged_in(
        &self,
        target: &Target,
        env: &dyn Fn(&str) -> Option<String>,
        exists: &dyn Fn(&Path) -> bool,
    ) -> bool {
        let in_ci = IDENTITY.iter().any(|name| env(name).is_some());
        let named = ["NPM_CONFIG_USERCONFIG", "npm_config_userconfig"].iter().find_map(|name| env(name));
        let settings = named.map(PathBuf::from);
        let settings = settings.or_else(|| env("HOME").map(|home| Path::new(&home).join(".npmrc")));
        is_trusted(target, in_ci) || settings.is_some_and(|file| exists(&file))
    }

    fn built_in(&self, _: &Package, site: &Site) -> PathBuf {
        site.out.to_path_buf()
    }

    /// What build scripts made lies in the stage, which is new in each run.
    fn compiled(&self, _: &BTreeSet<&str>, _: &Path, _: &dyn Fn(&Path) -> Vec<String>) -> Vec<PathBuf> {
        Vec::new()
    }

    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String> {
        let name = file_name(&package.id.name, version);
        if found.contains(&name) { Ok(vec![name]) } else { Err(format!("the build left no `{name}`")) }
    }

    /// npm takes a package with a scope for a private one, unless it was public before.
    fn unsaid(&self, tree: &Tree, package: &Package, dir: &Path) -> Option<(Cmd, Fault)> {
        without_scope(&package.id.name)?;
        let json = Json::parse(&package.manifest, tree.text(&package.manifest)?).ok()?;
        if json.get(&["publishConfig", "access"]).is_some() {
            return None;
        }
        let fault = Fault::outside(format!("nothing says who may see `{}`, which is new", package.id));
        let fault = fault.at(&package.manifest, json.line_at(&["publishConfig"]));
        let fault =
            fault.because("npm takes a new package with a scope for a private one, and those are paid for");
        let help = "write `\"publishConfig\": { \"access\": \"public\" }` into the manifest, or `\"restricted\"` if that is meant";
        Some((Cmd::new("npm", dir).args(["config", "get", "access"]), fault.help(help)))
    }

    /// The manifest in it is what the registry and every installer read.
    fn examine(
        &self,
        package: &Package,
        version: &Version,
        file: Artifact,
        _: &Target,
    ) -> Result<Option<String>, Fault> {
        let cannot = |why: String| {
            Fault::outside(format!("`{}` of `{}` cannot be published", file.name, package.id)).because(why)
        };
        let text = file.text("package/package.json").map_err(|error| cannot(error.to_string()))?;
        let text = text.ok_or_else(|| cannot("there is no `package/package.json` in it".to_string()))?;
        let manifest: Value = serde_json::from_str(&text).map_err(|error| cannot(error.to_string()))?;
        let [name, built] = ["name", "version"].map(|key| manifest[key].as_str().unwrap_or_default());
        if name != package.id.name || built != version.semver() {
            return Err(cannot(format!(
                "it is {name} {built}, planned was {} {}",
                package.id.name,
                version.semver()
            )));
        }
        let of = |table: &str| manifest[table].as_object().cloned().unwrap_or_default();
        let mut needs = ["dependencies", "optionalDependencies", "peerDependencies"].into_iter().flat_map(of);
        let local = needs.find(|(_, spec)| spec.as_str().is_some_and(|spec| spec.starts_with("workspace:")));
        match local {
            None => Ok(None),
            Some((name, spec)) => {
                Err(cannot(format!("it needs `{name}` as {spec}, which nobody else can install")))
            }
        }
    }

    /// The manifest's own `publishConfig` says who may see a package that is new, and wins over what is set here: that a
    /// package becomes public is never castoff's decision.
    fn upload(&self, package: &Package, _: &Version, files: &[PathBuf], site: &Site) -> Cmd {
        let target = site.target;
        let files = files.iter().map(|file| file.display().to_string());
        // npm would send the same again after ten seconds, whatever the registry asks for and without looking whether the
        // first one arrived, and then take its own upload for somebody else's.
        let env = at_registry(quiet(site), package, target).set("npm_config_fetch_retries", "0");
        let mut env = with_token(env, target);
        if target.token.is_none() && is_trusted(target, true) {
            env = env.with_again(IDENTITY);
        }
        // The manifest's own `publishConfig` wins over variables, and would lead a rehearsal to the real registry.
        let places = registries(package).into_iter().map(|name| format!("--{name}={}", target.index));
        // Said in any case: without it npm gives `latest`, and older versions of it do so without a look at what is there.
        let tag = site.dist_tag.iter().flat_map(|tag| ["--tag", *tag]);
        Cmd::new("npm", site.out)
            .args(["publish", "--ignore-scripts"])
            .args(places)
            .args(tag)
            .args(files)
            .env(env)
    }

    fn refusal(&self, text: &str) -> Refusal {
        refusal::read(text, REFUSALS, &["error code E"])
    }

    /// What is deprecated without a reason is not deprecated any more: older ones of npm have no other word for that.
    fn withdraw(
        &self,
        package: &Package,
        version: &Version,
        what: Withdrawal,
        _: &[&str],
        site: &Site,
    ) -> Means {
        // Nothing takes the place of a reason that was given.
        let why = if let Withdrawal::TakeBack(why) = what { why } else { "" };
        let env = with_token(at_registry(quiet(site), package, site.target), site.target);
        let spec = format!("{}@{}", package.id.name, version.semver());
        Means::Run(vec![Cmd::new("npm", site.stage).args(["deprecate", &spec, why]).env(env)])
    }

    fn withdrawn(&self) -> &'static str {
        "who installs a deprecated version is warned; `--undo` takes that back. In the first 72 hours `npm unpublish \
         NAME@VERSION` removes it for good, if nothing depends on it: it breaks those who have it, so castoff does not"
    }

    fn trial(&self, package: &Package, version: &Version, _: &[String], dir: &Path, site: &Site) -> Trial {
        let name = &package.id.name;
        let env = at_registry(quiet(site), package, site.target).set("npm_config_prefer_online", "true");
        // Ten seconds by itself, in which everything that needs this package waits.
        let env = env.set("npm_config_fetch_retry_mintimeout", "1000");
        let wanted = format!("{name}@{}", version.semver());
        let install = Cmd::new("npm", dir).args(["install", &wanted]).env(env);
        let load = Cmd::new("node", dir).args(["-e", LOAD, name]).env(site.env.clone());
        let files = vec![(MANIFEST.to_string(), "{ \"private\": true }\n".to_string())];
        Trial { files, fetch: vec![install], commands: vec![load], python: None }
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

    fn offline(&self) -> &'static [(&'static str, &'static str)] {
        &[("npm_config_offline", "true")]
    }

    fn trust_variables(&self) -> &'static [&'static str] {
        &["NODE_EXTRA_CA_CERTS", "YARN_HTTPS_CA_FILE_PATH"]
    }

    fn trust_settings(&self) -> &'static [&'static str] {
        &["npm_config_cafile"]
    }

    fn guess(&self) -> (f64, f64) {
        (5.0, 3.0)
    }
}

/// What npm and its registry say.
const REFUSALS: Words = &[
    (
        Refusal::Taken,
        &["annot publish over the previously published", "EPUBLISHCONFLICT", "is already present"],
    ),
    (Refusal::Denied, &["ENEEDAUTH", "EOTP"]),
    (
        Refusal::Broken,
        &[
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "ERR_SOCKET_TIMEOUT",
            "EAI_AGAIN",
            "ENOTFOUND",
            "EPIPE",
            "socket hang up",
        ],
    ),
];

/// Loads what a package offers as its entry; many offer none: programs, types, configurations.
const LOAD: &str = "\
const name = process.argv[1];
const gone = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNSUPPORTED_DIR_IMPORT'];
const { bin, main, exports, module } = JSON.parse(require('fs').readFileSync(`node_modules/${name}/package.json`));
const programs = typeof bin === 'string' ? [name.split('/').pop()] : Object.keys(bin ?? {});
for (const name of programs) console.log(`castoff:program\t${name}\t${process.cwd()}/node_modules/.bin/${name}`);
import(name).catch((error) => {
  if (main || exports || module || !gone.includes(error.code)) { console.error(error); process.exit(1); }
});
";

/// npm without what it says to people.
fn quiet(site: &Site) -> Environment {
    let settings = ["audit", "color", "fund", "progress", "update_notifier"];
    settings.iter().fold(site.env.clone(), |env, name| env.set(&format!("npm_config_{name}"), "false"))
}

/// Where a package comes from. A scope has its registry to itself: that of a company holds its own packages alone. Only what
/// stands in the place of the public registry has everything, what the package needs included.
fn at_registry(env: Environment, package: &Package, target: &Target) -> Environment {
    let mut names = registries(package);
    if !(target.own_server && target.name == REGISTRY) {
        names.drain(..names.len() - 1);
    }
    names.iter().fold(env, |env, name| env.set(&format!("npm_config_{name}"), &target.index))
}

fn with_token(env: Environment, target: &Target) -> Environment {
    let Some(token) = &target.token else { return env };
    let place = target.index.split_once(':').map_or("", |(_, place)| place);
    env.hide(&format!("npm_config_{place}:_authToken"), token)
}

/// Names of npm's settings for where a package goes; the last one, of its scope if it has one, wins over all others.
fn registries(package: &Package) -> Vec<String> {
    let scope = package.id.name.split_once('/').map(|(scope, _)| format!("{scope}:registry"));
    [Some("registry".to_string()), scope].into_iter().flatten().collect()
}

/// Whether npm may get a token by itself. Only the public registry gives one.
fn is_trusted(target: &Target, in_ci: bool) -> bool {
    match target.trusted {
        Trusted::Always => true,
        Trusted::Auto => in_ci && target.token.is_none() && !target.own_server,
        Trusted::Never => false,
    }
}
