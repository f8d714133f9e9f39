//! The repository of the TAS-170 design, made small: six crates under one core version, which a VERSION file holds, and
//! bindings for Ruby, Python and TypeScript with versions of their own.

mod decide;
mod files;
mod finish;
mod grow;
mod ways;

use crate::support::Repo;

const CONFIG: &str = r#"[release]
bump = "paths"

[paths]
ffi-core = ["tasker-pgmq/", "tasker-shared/", "tasker-worker/"]
server-core = ["tasker-orchestration/", "tasker-client/", "tasker-cli/"]

[component.core]
packages = ["cargo:tasker-*"]
changed-by = ["ffi-core", "server-core"]
version-file = "VERSION"
tag = "core-v{version}"

[component.ruby]
packages = ["gem:tasker-worker-rb"]
follows = "core"
follow-on = ["ffi-core"]
scheme = "core-patch"
tag = "ruby-v{version}"
extra-files = [{ path = "workers/ruby/lib/tasker_core/version.rb", regex = "RUST_CORE_VERSION = '(.*)'", value = "{core}" }]

[component.python]
packages = ["uv:tasker-worker-py"]
follows = "core"
follow-on = ["ffi-core"]
scheme = "core-patch"
tag = "python-v{version}"

[component.typescript]
packages = ["npm:@tasker/worker"]
follows = "core"
follow-on = ["ffi-core"]
scheme = "at-least"
tag = "typescript-v{version}"
"#;

/// The root: a private package, and what the members take from it. The version of another's crate is the core's by chance.
const ROOT: &str = r#"[workspace]
resolver = "2"
members = ["tasker-*", "workers/ruby/ext/native", "workers/python", "workers/typescript", "examples/hello"]

[workspace.package]
version = "0.1.8"
license = "MIT"
description = "a test"
edition = "2021"

[workspace.dependencies]
tasker-shared = { path = "tasker-shared", version = "=0.1.8" }
serde = "=0.1.8"

[package]
name = "tasker-core"
version.workspace = true
edition.workspace = true
publish = false
"#;

const PYPROJECT: &str = r#"[project]
name = "tasker-worker-py"
version = "0.1.8.0"
dependencies = ["another==0.1.8"]

[build-system]
requires = ["maturin==0.1.8"]
build-backend = "maturin"
"#;

const PACKAGE_JSON: &str = r#"{
  "name": "@tasker/worker",
  "version": "0.1.8",
  "config": { "version": "0.1.8" },
  "engines": { "node": ">=18" },
  "napi": { "binaryName": "worker", "version": "0.1.8" },
  "dependencies": { "version": "0.1.8" }
}
"#;

const GEMSPEC: &str = r#"require_relative "lib/tasker_core/version"

Gem::Specification.new do |spec|
  spec.name = "tasker-worker-rb"
  spec.version = TaskerCore::VERSION
  spec.summary = "a test"
  spec.authors = ["a"]
  spec.files = Dir["lib/**/*"]
  spec.extensions = ["ext/native/extconf.rb"]
  spec.add_dependency "another", "0.1.8"
end
"#;

const VERSION_RB: &str = "# frozen_string_literal: true

module TaskerCore
  VERSION = '0.1.8.2'
  RUST_CORE_VERSION = '0.1.8'
end
";

/// A crate with the version of the workspace; `needs` are lines of `[dependencies]`.
fn member(repo: &Repo, dir: &str, name: &str, more: &str, needs: &[&str]) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\nlicense.workspace = true\ndescription.workspace = true\n{more}\n[dependencies]\n{}\n",
        needs.join("\n")
    );
    repo.write(&format!("{dir}/Cargo.toml"), &manifest);
    repo.write(&format!("{dir}/src/lib.rs"), "//! A test.\n");
}

/// The crate of a binding, with the version of the core written out.
fn native(repo: &Repo, dir: &str, name: &str, more: &str) {
    let up = "../".repeat(dir.split('/').count());
    let needs = [
        "tasker-shared = { workspace = true }".to_string(),
        format!("tasker-worker = {{ path = \"{up}tasker-worker\", version = \"=0.1.8\" }}"),
    ];
    let more = format!("{more}\n[lib]\ncrate-type = [\"cdylib\"]\n");
    member(repo, dir, name, &more, &needs.each_ref().map(String::as_str));
    let path = format!("{dir}/Cargo.toml");
    repo.write(&path, &repo.read(&path).replace("version.workspace = true", "version = \"0.1.8\""));
}

/// The repository before any release.
fn unreleased() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", ROOT);
    repo.write("src/lib.rs", "//! A test.\n");
    let pinned = |name: &str| format!("{name} = {{ path = \"../{name}\", version = \"=0.1.8\" }}");
    let (pgmq, client) = (&pinned("tasker-pgmq")[..], &pinned("tasker-client")[..]);
    let shared = "tasker-shared = { workspace = true }";
    member(&repo, "tasker-pgmq", "tasker-pgmq", "", &[]);
    member(&repo, "tasker-shared", "tasker-shared", "", &[pgmq]);
    member(&repo, "tasker-client", "tasker-client", "", &[shared]);
    member(&repo, "tasker-orchestration", "tasker-orchestration", "", &[pgmq, shared]);
    member(&repo, "tasker-worker", "tasker-worker", "", &[pgmq, client, shared]);
    member(&repo, "tasker-cli", "tasker-cli", "", &[client, shared]);
    member(&repo, "examples/hello", "hello", "publish = false\n", &[shared]);
    native(&repo, "workers/ruby/ext/native", "tasker-worker-rb", "");
    native(&repo, "workers/python", "tasker-worker-py", "");
    native(&repo, "workers/typescript", "tasker-worker-ts", "publish = false\n");
    repo.write("workers/python/src/lib.rs", "pub const VERSION: &str = env!(\"CARGO_PKG_VERSION\");\n");
    repo.write("workers/python/pyproject.toml", PYPROJECT);
    repo.write("workers/typescript/package.json", PACKAGE_JSON);
    repo.write("workers/ruby/tasker-worker-rb.gemspec", GEMSPEC);
    repo.write("workers/ruby/lib/tasker_core/version.rb", VERSION_RB);
    repo.write("VERSION", "0.1.8\n");
    repo.write("castoff.toml", CONFIG);
    repo.write("README.md", "A test.\n");
    repo.write("LICENSE", "free\n");
    repo.write(".gitignore", "target/\n");
    let mut cargo = std::process::Command::new("cargo");
    let locked = cargo.args(["generate-lockfile", "--offline", "--quiet"]).current_dir(repo.dir()).status();
    assert!(locked.unwrap().success());
    repo.commit("feat: begin");
    repo
}

/// The repository with its core released at 0.1.8, and its bindings at what they hold.
fn released() -> Repo {
    let repo = unreleased();
    for tag in TAGS {
        repo.git(&["tag", tag]);
    }
    repo.write("README.md", "A test of releases.\n");
    repo.commit("docs: say more");
    repo
}

const TAGS: [&str; 5] =
    ["release-20261101-0900", "core-v0.1.8", "ruby-v0.1.8.2", "python-v0.1.8.0", "typescript-v0.1.8"];

/// A change of one file, committed.
fn change(repo: &Repo, path: &str) {
    repo.write(path, &format!("//! Changed: {path}.\n"));
    repo.commit(&format!("fix: change {path}"));
}

/// The value of one key in the lines for shells.
fn value(lines: &str, key: &str) -> String {
    let found = lines.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {key} in\n{lines}")).to_string()
}

/// The next versions of core, Ruby, Python and TypeScript.
fn next(repo: &Repo) -> String {
    let lines = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    ["CORE", "RUBY", "PYTHON", "TYPESCRIPT"]
        .map(|name| value(&lines, &format!("NEXT_{name}_VERSION")))
        .join(" ")
}
