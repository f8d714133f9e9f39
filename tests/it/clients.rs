//! JavaScript packages that are made by scripts, with each of the clients that people have: what the lock says is installed
//! in the stage, packages are made in their order, and what is packed can be installed by everybody.

use std::process::Command;

use crate::rehearse::{package_ids, state};
use crate::support::{Repo, ran};
use crate::tools::{need, path_env, tool_path};

/// A private package that a released one is made with, and another one that needs what that one makes. Scripts use a
/// program that a package of other people brings.
fn workspace(client: &str, any: &str, caret: &str) -> Repo {
    let repo = Repo::new();
    let root = "{ \"name\": \"root\", \"private\": true, \"workspaces\": [\"packages/*\"] }\n";
    repo.write("package.json", root);
    let package = |name: &str, more: &str, code: &str| {
        let dir = name.trim_start_matches("@acme/");
        let manifest = format!(
            "{{ \"name\": \"{name}\", \"main\": \"made/index.js\", \"files\": [\"made\"], {more} }}\n"
        );
        repo.write(&format!("packages/{dir}/package.json"), &manifest);
        let made = format!("require('fs').writeFileSync('made/index.js', `module.exports = ${{{code}}}`)\n");
        repo.write(&format!("packages/{dir}/make.js"), &made);
    };
    let make = "mkdirp made && node make.js";
    let dev = "\"mkdirp\": \"1.0.4\"";
    package(
        "@acme/tools",
        &format!(
            "\"private\": true, \"devDependencies\": {{ {dev} }}, \"scripts\": {{ \"build\": \"{make}\" }}"
        ),
        "7",
    );
    package(
        "@acme/core",
        &format!(
            "\"version\": \"1.0.0\", \"devDependencies\": {{ {dev}, \"@acme/tools\": \"{any}\" }}, \
             \"scripts\": {{ \"build\": \"{make}\" }}"
        ),
        "require('@acme/tools')",
    );
    package(
        "acme-app",
        &format!(
            "\"version\": \"1.0.0\", \"devDependencies\": {{ {dev} }}, \"dependencies\": {{ \"@acme/core\": \"{caret}\" }}, \
             \"scripts\": {{ \"build\": \"{make}\", \"prepack\": \"{client} run build\" }}"
        ),
        "require('@acme/core')",
    );
    repo.write(".gitignore", "node_modules\n");
    repo
}

/// Locks the workspace with its client, and rehearses its release.
fn check(repo: &Repo, client: &str, lock: &[&str]) {
    let mut command = Command::new(tool_path(client).unwrap());
    command.args(lock).current_dir(repo.dir()).env("PATH", path_env()).env("HOME", repo.beside("home"));
    command
        .env("npm_config_cache", repo.beside("npm-cache"))
        .env("npm_config_userconfig", repo.beside("npmrc"));
    ran(command.output().unwrap()).expect(0);
    repo.commit("feat: begin");
    let before = state(repo);
    let run = repo.castoff(&["rehearse", "--json", "--jobs", "4"]).expect(0);
    assert_eq!(package_ids(&run.summary(), "published"), ["npm:@acme/core 1.0.0", "npm:acme-app 1.0.0"]);
    let installs = run.stdout.lines().filter(|line| line.contains("preparing the workspace")).count();
    assert_eq!(installs, 2, "{}", run.stdout);
    let at = |words: &str| run.stdout.lines().position(|line| line.starts_with(words)).unwrap();
    let needed = at("{\"event\":\"built\",\"package\":\"npm:@acme/core\"");
    assert!(needed < at("{\"event\":\"building\",\"package\":\"npm:acme-app\""), "{}", run.stdout);
    assert!(state(repo) == before);
}

#[test]
fn npm_makes_what_its_lock_says() {
    if need("npm") {
        check(&workspace("npm", "*", "^1.0.0"), "npm", &["install", "--package-lock-only", "--no-audit"]);
    }
}

#[test]
fn bun_makes_what_its_lock_says() {
    if need("npm") & need("bun") {
        check(&workspace("bun", "workspace:*", "workspace:^"), "bun", &["install", "--lockfile-only"]);
    }
}

#[test]
fn pnpm_makes_what_its_lock_says() {
    if need("npm") & need("pnpm") {
        let repo = workspace("pnpm", "workspace:*", "workspace:^");
        repo.write("pnpm-workspace.yaml", "packages:\n  - \"packages/*\"\n");
        check(&repo, "pnpm", &["install", "--lockfile-only"]);
    }
}
