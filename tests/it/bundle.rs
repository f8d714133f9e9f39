//! `castoff bundle` and `castoff publish --bundle` with the real tools: what was built here is published elsewhere, with
//! the very files, by somebody who has neither git nor sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use castoff::rehearsal::server::{Options, Protocol, Server};
use serde_json::Value;

use crate::gems::gemspec;
use crate::support::{Ran, Repo, crate_files, python_package, ran};
use crate::tools::{need, path_env};

mod crates;
mod made;
mod published;

/// Whether the tools of all four ecosystems are there.
fn ready() -> bool {
    need("uv") & need("npm") & need("gem")
}

/// Two packages of each ecosystem, the second of which needs the first.
fn four() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    let low = "castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1.0\" }";
    crate_files(&repo, "castoff-it-high", "0.1.0", &[low], true);
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    python_package(&repo, "acme-base", "0.1.0", &[]);
    python_package(&repo, "acme-top", "0.2.0", &["acme-base"]);
    let manifest = |name: &str, more: &str| {
        format!("{{\"name\": \"{name}\", \"version\": \"1.0.0\", \"main\": \"index.js\"{more}}}\n")
    };
    repo.write("js/core/package.json", &manifest("@acme/core", ""));
    repo.write("js/core/index.js", "module.exports = 7;\n");
    repo.write(
        "js/web/package.json",
        &manifest("acme-web", ", \"dependencies\": {\"@acme/core\": \"^1.0.0\"}"),
    );
    repo.write("js/web/index.js", "module.exports = require('@acme/core');\n");
    repo.write("gems/core/acme-core.gemspec", &gemspec("acme-core", "\"0.1.0.2\"", ""));
    repo.write("gems/core/lib/acme/core.rb", "module Acme\n  CORE = 7\nend\n");
    let needs = "  spec.add_dependency \"acme-core\", \"~> 0.1\"\n";
    repo.write("gems/app/acme-app.gemspec", &gemspec("acme-app", "\"1.0.0\"", needs));
    repo.write("gems/app/lib/acme/app.rb", "require \"acme/core\"\n");
    repo.commit("feat: begin");
    repo
}

const ALL: [&str; 8] = [
    "cargo:castoff-it-high",
    "cargo:castoff-it-low",
    "gem:acme-app",
    "gem:acme-core",
    "npm:@acme/core",
    "npm:acme-web",
    "uv:acme-base",
    "uv:acme-top",
];

fn server() -> Server {
    Server::start(Options { token: "key".to_string(), ..Options::default() }).unwrap()
}

/// Makes a bundle of a repository, and gives its file.
fn bundled(repo: &Repo, name: &str) -> PathBuf {
    let out = repo.beside(name);
    repo.castoff(&["bundle", out.to_str().unwrap()]).expect(0);
    out
}

/// An empty directory beside the checkout, with a configuration that leads to a server: a private network.
fn elsewhere(repo: &Repo, name: &str, server: &Server) -> PathBuf {
    let dir = repo.beside(name);
    fs::create_dir(&dir).unwrap();
    let config = format!(
        "[registry.crates-io]\nindex = \"{}\"\n[registry.pypi]\nupload = \"{}\"\nindex = \"{}\"\n\
         [registry.npm]\nindex = \"{}\"\n[registry.rubygems]\nindex = \"{}\"\n",
        server.index(Protocol::Cargo),
        server.upload(Protocol::PyPi),
        server.index(Protocol::PyPi),
        server.index(Protocol::Npm),
        server.upload(Protocol::RubyGems),
    );
    fs::write(dir.join("castoff.toml"), config).unwrap();
    dir
}

/// castoff in a directory with homes and caches of its own, and a PATH on which there is everything but git.
fn command(repo: &Repo, dir: &Path, args: &[&str]) -> Command {
    let tools = repo.beside("tools");
    if fs::create_dir(&tools).is_ok() {
        let dirs =
            std::env::split_paths(&path_env()).filter_map(|dir| fs::read_dir(dir).ok()).collect::<Vec<_>>();
        for file in dirs.into_iter().flatten().map(|file| file.unwrap().path()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("git") {
                // Another directory of the PATH has it already.
                let _first = symlink(&file, tools.join(name));
            }
        }
    }
    let mut command = repo.command(args);
    command.current_dir(dir).env("PATH", &tools).stdin(Stdio::null());
    for (name, below) in [("CARGO_HOME", "cargo-home"), ("npm_config_cache", "npm-cache")] {
        command.env(name, repo.beside(below));
    }
    command.env("npm_config_userconfig", repo.beside("npmrc"));
    for name in ["CARGO_REGISTRY_TOKEN", "UV_PUBLISH_TOKEN", "NPM_TOKEN", "GEM_HOST_API_KEY"] {
        command.env(name, "key");
    }
    command
}

/// Publishes a bundle from a directory.
fn publish(repo: &Repo, dir: &Path, bundle: &Path, more: &[&str]) -> Ran {
    let args = [&["publish", "--bundle", bundle.to_str().unwrap(), "--json"], more].concat();
    ran(command(repo, dir, &args).output().unwrap())
}

fn listed(summary: &Value, list: &str) -> Vec<String> {
    let mut ids: Vec<String> =
        summary[list].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_string()).collect();
    ids.sort();
    ids
}

/// Names and digests of all files in a bundle, read without castoff.
fn packed(bundle: &Path) -> BTreeMap<String, String> {
    let bytes = fs::read(bundle).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut sums = String::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().ends_with("SHA256SUMS") {
            std::io::Read::read_to_string(&mut entry, &mut sums).unwrap();
        }
    }
    let files = sums.lines().filter_map(|line| line.split_once("  files/"));
    files.map(|(sum, path)| (path.split_once('/').unwrap().1.to_string(), sum.to_string())).collect()
}

/// The digests of all files in a bundle.
fn sums(bundle: &Path) -> BTreeSet<String> {
    packed(bundle).into_values().collect()
}

/// The digests of all that a server has; npm's client names a file in another way than `npm pack`.
fn stored(server: &Server) -> BTreeSet<String> {
    server.files().into_iter().map(|file| file.sha256).collect()
}
