//! All that castoff knows of uv: its commands are here; manifests (PEP 621, uv's workspaces) are read in `discover`,
//! edited in `edits`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::archive::Artifact;
use super::metadata::Inspection;
use super::refusal::{self, Refusal, Words};
use super::withdraw::{Means, Withdrawal};
use super::writes::Writes;
use super::{Bumps, Ecosystem, Site, Trial};
use crate::config::{Pin, Trusted};
use crate::effect::{Cmd, Edit, Environment, Secret};
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Package, PackageId, Tree, VersionHome};
use crate::path;
use crate::registry::pypi::{normalized, parse_file_name, same_version, wheel};
use crate::registry::{IDENTITY, Target};
use crate::version::Version;

mod discover;
mod edits;
mod maturin;
mod lock;
mod metadata;
mod requirement;
mod writes;

/// Python distributions.
pub struct Uv;

const MANIFEST: &str = "pyproject.toml";
const LOCK: &str = "uv.lock";

impl Ecosystem for Uv {
    fn kind(&self) -> Kind {
        Kind::Uv
    }

    fn tool(&self) -> (&'static str, &'static str) {
        ("uv", "install it, for example with `pip install uv`")
    }

    /// Manifests, locks, and the files in which dynamic versions usually stand.
    fn wants(&self, path: &str) -> bool {
        let name = path::name(path);
        let says_version = |word: &str| name.to_lowercase().contains(word);
        let may_hold_one = name == "VERSION" || name.ends_with(".py") || name.ends_with(".txt");
        [MANIFEST, LOCK, "__init__.py"].contains(&name)
            || (may_hold_one && ["version", "about", "meta"].iter().any(|word| says_version(word)))
    }

    fn rewrites(&self, path: &str) -> bool {
        path::name(path) == LOCK
    }

    fn discover(&self, tree: &Tree) -> Result<Vec<Package>, Faults> {
        discover::discover(tree)
    }

    fn extensions(&self, tree: &Tree) -> BTreeMap<String, Vec<String>> {
        maturin::extensions(tree)
    }

    fn inspect(&self, tree: &Tree, packages: &[Package]) -> Inspection {
        metadata::inspect(tree, packages)
    }

    fn leftovers(&self) -> &'static [&'static str] {
        &["dist", "*.egg-info"]
    }

    fn platforms(&self) -> &'static [&'static str] {
        &[wheel::SDIST, wheel::WHEEL, "manylinux_2_28_x86_64", "macosx_11_0_arm64", "cp312-win_amd64"]
    }

    fn is_platform(&self, text: &str) -> bool {
        wheel::is_platform(text)
    }

    fn spell(&self, version: &Version) -> String {
        version.pep440()
    }

    fn takes(&self, version: &Version) -> Result<(), String> {
        match version.pep440().parse::<pep440_rs::Version>() {
            Ok(parsed) if parsed.is_local() => {
                Err(format!("Python's registries take no version with a local part, `{}`", version.suffix))
            }
            Ok(_) => Ok(()),
            Err(_) => Err("Python's registries take versions as PEP 440 writes them".to_string()),
        }
    }

    fn same(&self, one: &Version, other: &Version) -> bool {
        same_version(&one.pep440(), other)
    }

    fn accepts(&self, requirement: &str, version: &Version) -> bool {
        requirement::accepts(requirement, version)
    }

    /// A requirement that only a workspace source satisfies says nothing to those who install the package.
    fn default_pin(&self) -> Pin {
        Pin::Exact
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

    fn builds_together(&self) -> bool {
        false
    }

    /// The variable that setuptools_scm and hatch-vcs read instead of asking git.
    fn build_env(&self, package: &Package, site: &Site) -> Environment {
        let env = site.env.clone();
        if package.version_home != VersionHome::Tag {
            return env;
        }
        let name = normalized(&package.id.name).replace('-', "_").to_uppercase();
        env.set(&format!("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{name}"), package.version.pep440())
    }

    fn build(&self, packages: &[&Package], site: &Site) -> Cmd {
        let out = site.out.display().to_string();
        let mut cmd = uv(site.stage, site).args(["build", "--no-sources", "--out-dir", &out]);
        for package in packages {
            let dir = if package.dir.is_empty() { "." } else { &package.dir };
            cmd = cmd.arg(site.stage.join(dir).display().to_string());
            cmd.env = maturin::build_env(package, site, self.build_env(package, site));
        }
        cmd
    }

    /// Without a token uv asks for one by trusted publishing, which needs a CI that offers an identity.
    fn logged_in(
        &self,
        target: &Target,
        env: &dyn Fn(&str) -> Option<String>,
        _: &dyn Fn(&Path) -> bool,
    ) -> bool {
        let in_ci = IDENTITY.iter().any(|name| env(name).is_some());
        target.trusted == Trusted::Always || (target.trusted == Trusted::Auto && in_ci)
    }

    fn built_in(&self, _: &Package, site: &Site) -> PathBuf {
        site.out.to_path_buf()
    }

    /// uv builds each package from the start.
    fn compiled(&self, _: &BTreeSet<&str>, _: &Path, _: &dyn Fn(&Path) -> Vec<String>) -> Vec<PathBuf> {
        Vec::new()
    }

    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String> {
        let files = found.iter().filter_map(|file| Some((file, parse_file_name(file)?)));
        let (ours, others): (Vec<_>, Vec<_>) =
            files.partition(|(_, (name, _))| normalized(name) == normalized(&package.id.name));
        let wrong = ours.iter().find(|(_, (_, built))| !same_version(built, version));
        if let Some((file, _)) = wrong.or(others.first().filter(|_| ours.is_empty())) {
            return Err(format!(
                "the build made `{file}`, planned was {} {}",
                package.id.name,
                version.pep440()
            ));
        }
        if ours.is_empty() {
            return Err("the build made neither a wheel nor an sdist".to_string());
        }
        Ok(ours.into_iter().map(|(file, _)| file.clone()).collect())
    }

    fn examine(
        &self,
        package: &Package,
        _: &Version,
        file: Artifact,
        target: &Target,
    ) -> Result<Option<String>, Fault> {
        let id = &package.id;
        if wheel::is_for_this_machine(file.name) {
            let why = "it is for Linux in general, which says nothing of the libraries that it needs there";
            if target.own_server {
                return Ok(Some(format!("`{}` would be refused by PyPI: {why}", file.name)));
            }
            let fault = Fault::outside(format!("the registry takes no wheel like `{}` of `{id}`", file.name));
            return Err(fault.because(why).help(LINUX));
        }
        let mut paths: Vec<String> = match file.contents() {
            Ok(entries) => entries.into_iter().map(|entry| entry.path).collect(),
            Err(error) if file.name.ends_with(".tar.gz") => {
                return Err(Fault::outside(format!("cannot read `{}` of `{id}`", file.name))
                    .because(error.to_string()));
            }
            // There are zips beyond what is read here.
            Err(_) => Vec::new(),
        };
        paths.sort();
        if let Some(twice) = paths.windows(2).find(|pair| pair[0] == pair[1]) {
            let fault = Fault::outside(format!("`{}` of `{id}` holds `{}` twice", file.name, twice[0]));
            let fault =
                fault.because("which of the two is unpacked, and shown as its page, is left to chance");
            return Err(fault.help("let only one of the places that it comes from be part of it"));
        }
        Ok(None)
    }

    fn upload(&self, _: &Package, _: &Version, files: &[PathBuf], site: &Site) -> Cmd {
        let target = site.target;
        let trusted = match target.trusted {
            Trusted::Always => "always",
            // Asked for where there is no token, and only at registries that know it.
            Trusted::Auto if target.token.is_none() && !target.own_server => "automatic",
            Trusted::Auto | Trusted::Never => "never",
        };
        let mut cmd = uv(site.out, site)
            .args(["publish", "--publish-url", &target.upload, "--check-url", &target.index])
            .args(["--trusted-publishing", trusted])
            .args(files.iter().map(|file| file.display().to_string()));
        if trusted != "never" {
            cmd.env = cmd.env.with_again(IDENTITY);
        }
        match (&target.token, &target.login) {
            (Some(token), _) => cmd.env = cmd.env.hide("UV_PUBLISH_TOKEN", token),
            (None, Some((user, password))) => {
                cmd.env = cmd.env.set("UV_PUBLISH_USERNAME", user).hide("UV_PUBLISH_PASSWORD", password);
            }
            // uv refuses to publish without credentials; a server without accounts takes any.
            (None, None) if target.own_server && trusted == "never" => {
                let nobody = Secret::new("no-login-is-needed");
                cmd.env = cmd.env.hide("UV_PUBLISH_USERNAME", &nobody).hide("UV_PUBLISH_PASSWORD", &nobody);
            }
            (None, None) => {}
        }
        cmd
    }

    fn refusal(&self, text: &str) -> Refusal {
        refusal::read(text, REFUSALS, &["status code "])
    }

    /// PyPI has no way for programs, and other servers have none in common.
    fn withdraw(
        &self,
        package: &Package,
        version: &Version,
        what: Withdrawal,
        _: &[&str],
        site: &Site,
    ) -> Means {
        let spelled = version.pep440();
        let press = match what {
            Withdrawal::TakeBack(why) => {
                format!("press \"Options\" beside {spelled}, then \"Yank\"; as reason write: {why}")
            }
            Withdrawal::Restore => format!("press \"Options\" beside {spelled}, then \"Un-yank\""),
        };
        Means::ByHand(site.target.manage(&normalized(&package.id.name)), press)
    }

    fn withdrawn(&self) -> &'static str {
        "a yanked version stays for those who ask for it by `==`; do not delete it: names of files are never free again"
    }

    fn trial(&self, package: &Package, version: &Version, ours: &[String], dir: &Path, site: &Site) -> Trial {
        let venv = dir.join("venv");
        let python = venv.join("bin").join("python");
        // The project says which interpreters it allows; without it the first one that is found would do.
        let project = site.stage.join(&package.dir).display().to_string();
        let make =
            uv(dir, site).args(["venv", "--quiet", "--project", &project, &venv.display().to_string()]);
        let mut install =
            uv(dir, site).args(["pip", "install", "--quiet", "--python", &python.display().to_string()]);
        if site.target.own_server {
            install = install.args(["--index", &site.target.index]);
        } else {
            install = install.args(["--default-index", &site.target.index]);
        }
        for name in ours {
            install = install.args(["--refresh-package", name]);
        }
        let install = install.arg(format!("{}=={}", package.id.name, version.pep440()));
        let mut import = Cmd::new(&python.display().to_string(), dir).env(site.env.clone());
        import = import.args(["-I", "-c", IMPORT, &package.id.name]);
        Trial { fetch: vec![make, install], commands: vec![import], python: Some(python), ..Trial::default() }
    }

    fn isolation(&self, dir: &Path) -> Vec<(&'static str, PathBuf)> {
        vec![("UV_CACHE_DIR", dir.join("uv-cache"))]
    }

    fn toolchains(&self) -> &'static [(&'static str, &'static str)] {
        &[("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"), ("PYENV_ROOT", ".pyenv")]
    }

    fn index_variable(&self) -> Option<&'static str> {
        Some("UV_DEFAULT_INDEX")
    }

    fn offline(&self) -> &'static [(&'static str, &'static str)] {
        &[("UV_OFFLINE", "1")]
    }

    fn trust_variables(&self) -> &'static [&'static str] {
        &["SSL_CERT_FILE"]
    }

    fn guess(&self) -> (f64, f64) {
        (5.0, 3.0)
    }
}

/// What uv and PyPI say.
const REFUSALS: Words = &[
    (Refusal::Burnt, &["previously used by a file that has since been deleted"]),
    (Refusal::Taken, &["File already exists", "Local file and index file do not match"]),
    (Refusal::Denied, &["Missing credentials"]),
    (Refusal::Broken, &["Failed to send POST request"]),
];

/// Imports every top module and package that the installed distribution brings. What it put beside the interpreter is
/// named first: scripts of entry points, and programs of its own.
const IMPORT: &str = "\
import importlib, importlib.metadata as metadata, os, sys
place = os.path.dirname(sys.executable)
files = metadata.distribution(sys.argv[1]).files or []
names = set()
for file in files:
    path = os.path.normpath(file.locate())
    if os.path.dirname(path) == place and os.access(path, os.X_OK):
        print('castoff:program', os.path.basename(path), path, sep='\\t', flush=True)
    parts = file.parts
    if '..' in parts or parts[0].endswith(('.dist-info', '.data')):
        continue
    if parts[-1] == '__init__.py':
        names.add('.'.join(parts[:-1]))
    elif len(parts) == 1 and file.suffix in ('.py', '.so', '.pyd'):
        names.add(parts[0].split('.')[0])
top = {name for name in names if not any(name.startswith(other + '.') for other in names)}
for name in sorted(top):
    if all(part.isidentifier() for part in name.split('.')):
        importlib.import_module(name)
";

/// What to do about a wheel for plain Linux.
const LINUX: &str = "build it so that it runs on older systems too: in a manylinux container, with maturin's \
    `--compatibility pypi`, or with `auditwheel repair` behind it, by `build` of its component";

fn uv(dir: &Path, site: &Site) -> Cmd {
    Cmd::new("uv", dir).args(["--no-progress", "--color", "never"]).env(site.env.clone())
}
