//! All that castoff knows of cargo: the commands that package, publish and fetch crates are here; manifests are read in
//! `discover`, edited in `edits`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::metadata::Inspection;
use super::refusal::{self, Refusal, Words};
use super::withdraw::{Means, Withdrawal};
use super::writes::Writes;
use super::{Bumps, Ecosystem, Site, Trial};
use crate::config::Pin;
use crate::effect::{Cmd, Edit, Environment, Secret};
use crate::fault::Faults;
use crate::model::{Kind, Need, Package, PackageId, Tree};
use crate::path;
use crate::registry::Target;
use crate::version::Version;

mod discover;
mod edits;
mod lock;
mod metadata;
mod writes;

/// Rust crates.
pub struct Cargo;

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
/// The name under which a server of one's own is known to cargo during a run.
const SERVER: &str = "castoff";

impl Ecosystem for Cargo {
    fn kind(&self) -> Kind {
        Kind::Cargo
    }

    fn tool(&self) -> (&'static str, &'static str) {
        ("cargo", "install Rust with rustup")
    }

    fn wants(&self, path: &str) -> bool {
        [MANIFEST, LOCK].contains(&path::name(path))
    }

    fn rewrites(&self, path: &str) -> bool {
        path::name(path) == LOCK
    }

    fn discover(&self, tree: &Tree) -> Result<Vec<Package>, Faults> {
        discover::discover(tree)
    }

    fn is_extension(&self, tree: &Tree, package: &Package) -> bool {
        !package.program && discover::is_loaded_only(tree, &package.manifest)
    }

    fn inspect(&self, tree: &Tree, packages: &[Package]) -> Inspection {
        metadata::inspect(tree, packages)
    }

    fn leftovers(&self) -> &'static [&'static str] {
        &["target"]
    }

    fn spell(&self, version: &Version) -> String {
        version.semver()
    }

    fn takes(&self, version: &Version) -> Result<(), String> {
        super::is_semver(version, "crates")
    }

    fn accepts(&self, requirement: &str, version: &Version) -> bool {
        edits::accepts(requirement, version)
    }

    /// crates.io wants what is optional to be there too.
    fn is_strict(&self, need: Need) -> bool {
        matches!(need, Need::Normal | Need::Build | Need::Optional)
    }

    fn default_pin(&self) -> Pin {
        Pin::Keep
    }

    fn edits(&self, tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
        edits::edits(tree, bumps)
    }

    fn writes(&self, tree: &Tree, packages: &[Package], edit: &Edit) -> Option<Writes> {
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

    /// `cargo package -p a -p b` is the only way to package a crate before its dependencies are on the registry.
    fn builds_together(&self) -> bool {
        true
    }

    fn build(&self, packages: &[&Package], site: &Site) -> Cmd {
        let dir =
            packages.first().map_or(site.stage.to_path_buf(), |package| site.stage.join(&package.workspace));
        let names = packages.iter().flat_map(|package| ["-p".to_string(), package.id.name.clone()]);
        cargo(&dir, site).arg("package").args(names).args(target_args(site.target))
    }

    /// `cargo login` keeps a token in the user's cargo directory.
    fn logged_in(
        &self,
        _: &Target,
        env: &dyn Fn(&str) -> Option<String>,
        exists: &dyn Fn(&Path) -> bool,
    ) -> bool {
        let home = env("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| env("HOME").map(|home| Path::new(&home).join(".cargo")));
        home.is_some_and(|home| {
            ["credentials.toml", "credentials"].iter().any(|name| exists(&home.join(name)))
        })
    }

    fn built_in(&self, _: &Package, site: &Site) -> PathBuf {
        site.target_dir.join("package")
    }

    /// Without its fingerprint a crate is compiled again. It lies in `PROFILE` or `TRIPLE/PROFILE`.
    fn compiled(
        &self,
        names: &BTreeSet<&str>,
        target_dir: &Path,
        list: &dyn Fn(&Path) -> Vec<String>,
    ) -> Vec<PathBuf> {
        let below = |dir: PathBuf| list(&dir).into_iter().map(move |name| dir.join(name));
        let tops: Vec<PathBuf> = below(target_dir.to_path_buf()).collect();
        let profiles = tops.iter().cloned().chain(tops.iter().cloned().flat_map(below));
        let prints = profiles.flat_map(|profile| below(profile.join(".fingerprint")));
        prints.filter(|path| crate_of(path).is_some_and(|name| names.contains(name))).collect()
    }

    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String> {
        let name = format!("{}-{}.crate", package.id.name, version.semver());
        if found.contains(&name) { Ok(vec![name]) } else { Err(format!("`cargo package` left no `{name}`")) }
    }

    fn upload(&self, package: &Package, _: &Version, _: &[PathBuf], site: &Site) -> Cmd {
        // It packs the same bytes again; their digest is compared with the registry's afterwards.
        let dir = site.stage.join(&package.workspace);
        as_owner(&dir, site, "publish").args(["--no-verify", "-p", &package.id.name])
    }

    fn refusal(&self, text: &str) -> Refusal {
        refusal::read(text, REFUSALS, &["(status ", "response, got ", " got "])
    }

    fn withdraw(
        &self,
        package: &Package,
        version: &Version,
        what: Withdrawal,
        _: &[&str],
        site: &Site,
    ) -> Means {
        let undo = if what == Withdrawal::Restore { Some("--undo") } else { None };
        let spec = format!("{}@{}", package.id.name, version.semver());
        Means::Run(vec![as_owner(site.stage, site, "yank").arg(spec).args(undo)])
    }

    fn withdrawn(&self) -> &'static str {
        "a yanked crate stays for those whose lock file names it; `--undo` takes it back"
    }

    fn trial(&self, package: &Package, version: &Version, _: &[String], dir: &Path, site: &Site) -> Trial {
        let name = &package.id.name;
        let exact = format!("={}", version.semver());
        let cmd = cargo(dir, site);
        let registry = registry_key(site.target);
        let manifest = format!(
            "[package]\nname = \"castoff-trial\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
             [dependencies]\n{name} = {{ version = \"{exact}\"{registry} }}\n"
        );
        let files = vec![(MANIFEST.to_string(), manifest), ("src/lib.rs".to_string(), String::new())];
        let fetch = vec![cmd.clone().arg("fetch")];
        let root = dir.join("root").display().to_string();
        let install = cmd.args(["install", name, "--version", &exact, "--root", &root]);
        let install = package.program.then(|| install.args(install_args(site.target)));
        let list = |_: &Cmd| Cmd::new("sh", dir).args(["-c", PROGRAMS]).env(site.env.clone());
        let list = install.as_ref().map(list);
        Trial { files, fetch, commands: install.into_iter().chain(list).collect(), python: None }
    }

    fn isolation(&self, dir: &Path) -> Vec<(&'static str, PathBuf)> {
        vec![("CARGO_HOME", dir.join("cargo-home"))]
    }

    fn toolchains(&self) -> &'static [(&'static str, &'static str)] {
        &[("RUSTUP_HOME", ".rustup")]
    }

    /// cargo takes its index from arguments, see `source_args`.
    fn index_variable(&self) -> Option<&'static str> {
        None
    }

    fn offline(&self) -> &'static [(&'static str, &'static str)] {
        &[("CARGO_NET_OFFLINE", "true")]
    }

    fn trust_variables(&self) -> &'static [&'static str] {
        &["CARGO_HTTP_CAINFO"]
    }

    fn guess(&self) -> (f64, f64) {
        (20.0, 5.0)
    }
}

/// What cargo and crates.io say. A number in brackets is libcurl's, of a connection that failed.
const REFUSALS: Words = &[
    (Refusal::Taken, &["is already uploaded", "already exists on `"]),
    (Refusal::Denied, &["no token found", "authentication failed"]),
    (
        Refusal::Broken,
        &["[5] ", "[6] ", "[7] ", "[16] ", "[18] ", "[28] ", "[35] ", "[52] ", "[55] ", "[56] ", "[92] "],
    ),
];

/// What `cargo install` installed.
const PROGRAMS: &str =
    r#"for file in root/bin/*; do printf 'castoff:program\t%s\t%s\n' "${file##*/}" "$PWD/$file"; done"#;

/// `acme-core` of `acme-core-0123456789abcdef`.
fn crate_of(fingerprint: &Path) -> Option<&str> {
    let (name, hash) = fingerprint.file_name()?.to_str()?.rsplit_once('-')?;
    (hash.len() == 16).then_some(name)
}

fn cargo(dir: &Path, site: &Site) -> Cmd {
    let mut env: Environment =
        site.env.clone().set("CARGO_TARGET_DIR", site.target_dir.display().to_string());
    env = env.set("CARGO_TERM_COLOR", "never");
    if site.target.own_server {
        let key = SERVER.to_uppercase();
        env = env.set(&format!("CARGO_REGISTRIES_{key}_INDEX"), &site.target.index);
    }
    Cmd::new("cargo", dir).args(source_args(site.target)).env(env)
}

/// A command of cargo's that changes what a registry has, for which it wants to know who we are.
fn as_owner(dir: &Path, site: &Site, command: &str) -> Cmd {
    let mut cmd = cargo(dir, site);
    if replaces_crates_io(site.target) {
        // `--index` wants `--token` beside it, and argv is no place for one: cargo reads both from an alias.
        let token = site.target.token.as_ref().map_or("none", Secret::reveal);
        let alias = Secret::new(format!("{command} --index {} --token {token}", site.target.index));
        // The token by itself too, so that it is struck out of whatever cargo prints.
        let token = Secret::new(token);
        let name = format!("CARGO_ALIAS_CASTOFF_{}", command.to_uppercase());
        cmd.env = cmd.env.hide(&name, &alias).hide("CARGO_REGISTRIES_CASTOFF_TOKEN", &token);
        return cmd.arg(format!("castoff-{command}"));
    }
    if let Some(token) = &site.target.token {
        cmd.env = cmd.env.hide(&token_variable(site.target), token);
    }
    cmd.arg(command).args(target_args(site.target))
}

/// A server in the place of crates.io is made known by source replacement, so that manifests stay as they are.
fn source_args(target: &Target) -> Vec<String> {
    let replace = format!("source.crates-io.replace-with=\"{SERVER}\"");
    if replaces_crates_io(target) { vec!["--config".to_string(), replace] } else { Vec::new() }
}

fn target_args(target: &Target) -> Vec<String> {
    match target {
        // `--index` and not `--registry`: the latter is refused for crates with `publish = ["crates-io"]`.
        target if replaces_crates_io(target) => vec!["--index".to_string(), target.index.clone()],
        // crates.io is named too: cargo asks for it where only some of the crates have `publish = ["crates-io"]`.
        target => vec!["--registry".to_string(), target.name.clone()],
    }
}

fn install_args(target: &Target) -> Vec<String> {
    let named = !replaces_crates_io(target) && target.name != "crates-io";
    if named { vec!["--registry".to_string(), target.name.clone()] } else { Vec::new() }
}

fn registry_key(target: &Target) -> String {
    let named = !replaces_crates_io(target) && target.name != "crates-io";
    if named { format!(", registry = \"{}\"", target.name) } else { String::new() }
}

fn replaces_crates_io(target: &Target) -> bool {
    target.name == "crates-io" && target.own_server
}

fn token_variable(target: &Target) -> String {
    match target {
        target if target.name == "crates-io" => "CARGO_REGISTRY_TOKEN".to_string(),
        target => format!("CARGO_REGISTRIES_{}_TOKEN", target.name.to_uppercase().replace('-', "_")),
    }
}
