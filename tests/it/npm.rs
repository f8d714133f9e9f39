//! Workspaces of JavaScript packages: what is found and decided, and that npm and bun take what a bump writes.

use std::process::Command;

use expect_test::expect;

use crate::bump::{changed_lines, is_settled};
use crate::support::{Ran, Repo, ran};
use crate::tools::{self, need};

/// A client run in the checkout, without the network and without anybody's settings.
fn client(repo: &Repo, program: &str, args: &[&str]) -> Ran {
    let mut command = Command::new(tools::tool_path(program).unwrap());
    command
        .args(args)
        .current_dir(repo.dir())
        .env("PATH", tools::path_env())
        .env("npm_config_cache", repo.beside("npm-cache"))
        .env("npm_config_userconfig", repo.beside("npmrc"))
        .env("npm_config_update_notifier", "false")
        .env("BUN_INSTALL_CACHE_DIR", repo.beside("bun-cache"));
    ran(command.output().unwrap())
}

const LOCK: [&str; 5] = ["install", "--package-lock-only", "--offline", "--ignore-scripts", "--no-audit"];

/// npm would write nothing else into the lock, and installs from it.
fn npm_takes_the_lock(repo: &Repo) {
    let before = repo.read("package-lock.json");
    client(repo, "npm", &LOCK).expect(0);
    assert_eq!(repo.read("package-lock.json"), before);
    client(repo, "npm", &["ci", "--offline", "--ignore-scripts", "--no-audit"]).expect(0);
}

const CORE: &str = "{\r
\t\"version\": \"1.2.0\",\r
\t\"name\":\"@acme/core\",\r
\t\"config\": { \"version\": \"1.2.0\" }, \"license\" : \"MIT\"\r
}";

const APP: &str = r#"{
    "name": "acme-app", "version": "0.3.1",
    "dependencies": { "@acme/core": "^1.2.0" },
    "peerDependencies": { "acme-plugin": ">=1.0.0" }
}
"#;

const PLUGIN: &str = r#"{
  "name": "acme-plugin",
  "version": "1.0.0",
  "devDependencies": {
    "@acme/core": "~1.2.0",
    "acme-app": "file:../app"
  }
}
"#;

/// Three packages that need each other in every way that npm knows.
fn workspace(root: &str) -> Repo {
    let repo = Repo::new();
    repo.write("package.json", root);
    repo.write("packages/core/package.json", CORE);
    repo.write("packages/app/package.json", APP);
    repo.write("packages/plugin/package.json", PLUGIN);
    repo.write(".gitignore", "node_modules\n");
    repo
}

const NPM_ROOT: &str =
    r#"{ "name": "acme", "private": true, "version": "0.0.0", "workspaces": ["packages/*"] }"#;

/// Everything is released, and then one package changes so that it breaks the requirements on it.
fn commit_and_change(repo: &Repo) {
    repo.commit("feat: begin");
    for tag in ["@acme/core-v1.2.0", "acme-app-v0.3.1", "acme-plugin-v1.0.0"] {
        repo.git(&["tag", tag]);
    }
    repo.write("packages/core/index.js", "");
    repo.commit("feat!: all is new");
}

#[test]
fn an_npm_workspace_is_bumped_as_npm_would_lock_it() {
    if !need("npm") {
        return;
    }
    let repo = workspace(NPM_ROOT);
    client(&repo, "npm", &LOCK).expect(0);
    commit_and_change(&repo);
    expect![[r#"
        2 packages to release at HEAD on main

        components
          @acme/core  1.2.0 -> 2.0.0 major  breaking feat: all is new
          acme-app    0.3.1 -> 0.3.2 patch  depends on @acme/core 2.0.0

        unchanged acme-plugin

        order
          1  npm:@acme/core  2.0.0  to npm as latest
          2  npm:acme-app    0.3.2  to npm as latest  after @acme/core

        files that `castoff bump` writes
          package-lock.json             @acme/core.version                      1.2.0 -> 2.0.0
                                        acme-app.dependencies.@acme/core        ^1.2.0 -> ^2.0.0
                                        acme-app.version                        0.3.1 -> 0.3.2
                                        acme-plugin.devDependencies.@acme/core  ~1.2.0 -> ~2.0.0
          packages/app/package.json     dependencies.@acme/core                 ^1.2.0 -> ^2.0.0
                                        version                                 0.3.1 -> 0.3.2
          packages/core/package.json    version                                 1.2.0 -> 2.0.0
          packages/plugin/package.json  devDependencies.@acme/core              ~1.2.0 -> ~2.0.0

        tags, once everything is live
          @acme/core-v2.0.0
          acme-app-v0.3.2

        tokens
          NPM_TOKEN or NODE_AUTH_TOKEN  not set  for npm

        commits that count
          HEAD  feat!: all is new  @acme/core

        to know
          checks: 9 warnings; `castoff check` tells them

        next: `castoff rehearse` tries it on this machine; `castoff bump` writes the versions
    "#]]
    .assert_eq(
        &repo.castoff(&["plan"]).expect(0).stdout.replace(&repo.git(&["rev-parse", "HEAD"])[..7], "HEAD"),
    );
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"
        +++ b/package-lock.json
        -      "version": "0.3.1",
        +      "version": "0.3.2",
        -        "@acme/core": "^1.2.0"
        +        "@acme/core": "^2.0.0"
        -      "version": "1.2.0",
        +      "version": "2.0.0",
        -        "@acme/core": "~1.2.0",
        +        "@acme/core": "~2.0.0",
        +++ b/packages/app/package.json
        -    "name": "acme-app", "version": "0.3.1",
        -    "dependencies": { "@acme/core": "^1.2.0" },
        +    "name": "acme-app", "version": "0.3.2",
        +    "dependencies": { "@acme/core": "^2.0.0" },
        +++ b/packages/core/package.json
        -	"version": "1.2.0",
        +	"version": "2.0.0",
        +++ b/packages/plugin/package.json
        -    "@acme/core": "~1.2.0",
        +    "@acme/core": "~2.0.0",
    "#]]
    .assert_eq(&changed_lines(&repo));
    npm_takes_the_lock(&repo);
    is_settled(&repo);
}

#[test]
fn a_lock_of_any_version_of_npm_is_edited() {
    if !need("npm") {
        return;
    }
    for version in ["2", "3"] {
        let repo = workspace(NPM_ROOT);
        client(&repo, "npm", &[&LOCK[..], &["--lockfile-version", version]].concat()).expect(0);
        commit_and_change(&repo);
        repo.castoff(&["bump"]).expect(0);
        npm_takes_the_lock(&repo);
        assert!(repo.read("package-lock.json").contains(&format!("\"lockfileVersion\": {version}")));
    }
}

#[test]
fn a_bun_workspace_is_bumped_as_bun_would_lock_it() {
    if !need("bun") {
        return;
    }
    let root = r#"{ "name": "acme", "private": true, "workspaces": { "packages": ["packages/*"] } }"#;
    let repo = workspace(root);
    repo.write("packages/plugin/package.json", &PLUGIN.replace("file:../app", "workspace:^0.3.0"));
    client(&repo, "bun", &["install", "--ignore-scripts"]).expect(0);
    commit_and_change(&repo);
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"
        +++ b/bun.lock
        -      "version": "0.3.1",
        +      "version": "0.3.2",
        -        "@acme/core": "^1.2.0",
        +        "@acme/core": "^2.0.0",
        -      "version": "1.2.0",
        +      "version": "2.0.0",
        -        "@acme/core": "~1.2.0",
        +        "@acme/core": "~2.0.0",
        +++ b/packages/app/package.json
        -    "name": "acme-app", "version": "0.3.1",
        -    "dependencies": { "@acme/core": "^1.2.0" },
        +    "name": "acme-app", "version": "0.3.2",
        +    "dependencies": { "@acme/core": "^2.0.0" },
        +++ b/packages/core/package.json
        -	"version": "1.2.0",
        +	"version": "2.0.0",
        +++ b/packages/plugin/package.json
        -    "@acme/core": "~1.2.0",
        +    "@acme/core": "~2.0.0",
    "#]]
    .assert_eq(&changed_lines(&repo));
    client(&repo, "bun", &["install", "--frozen-lockfile", "--ignore-scripts"]).expect(0);
    is_settled(&repo);
}

#[test]
fn a_pnpm_workspace_is_read_and_its_lock_edited() {
    let repo = workspace(r#"{ "name": "acme", "private": true }"#);
    repo.write("pnpm-workspace.yaml", "packages:\n  - \"packages/*\"\n  - '!**/fixtures/**'\n");
    repo.write("packages/app/fixtures/package.json", "{ not json");
    repo.write(
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n  packages/app:\n    dependencies:\n      '@acme/core':\n        specifier: ^1.2.0\n        version: link:../core\n\n  packages/core: {}\n\n  packages/plugin:\n    devDependencies:\n      '@acme/core':\n        specifier: ~1.2.0\n        version: link:../core\n      acme-app:\n        specifier: file:../app\n        version: file:packages/app\n",
    );
    commit_and_change(&repo);
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"
        +++ b/packages/app/package.json
        -    "name": "acme-app", "version": "0.3.1",
        -    "dependencies": { "@acme/core": "^1.2.0" },
        +    "name": "acme-app", "version": "0.3.2",
        +    "dependencies": { "@acme/core": "^2.0.0" },
        +++ b/packages/core/package.json
        -	"version": "1.2.0",
        +	"version": "2.0.0",
        +++ b/packages/plugin/package.json
        -    "@acme/core": "~1.2.0",
        +    "@acme/core": "~2.0.0",
        +++ b/pnpm-lock.yaml
        -        specifier: ^1.2.0
        +        specifier: ^2.0.0
        -        specifier: ~1.2.0
        +        specifier: ~2.0.0
    "#]]
    .assert_eq(&changed_lines(&repo));
    is_settled(&repo);
}

#[test]
fn discover_and_graph_show_packages_of_all_clients() {
    let repo = workspace(NPM_ROOT);
    repo.write("workers/package.json", "{ \"name\": \"worker\", \"version\": \"2.0.0\" }\n");
    repo.commit("feat: begin");
    expect![[r#"
          package          version  path             goes to                 needs
          npm:@acme/core   1.2.0    packages/core    npm
          npm:acme         0.0.0    .                private: private: true
          npm:acme-app     0.3.1    packages/app     npm                     @acme/core acme-plugin
          npm:acme-plugin  1.0.0    packages/plugin  npm

        4 packages, 3 for publishing, 3 components
    "#]]
    .assert_eq(&repo.castoff(&["discover"]).expect(0).stdout);
    expect![[r#"
        level 1
          npm:@acme/core
          npm:acme
          npm:acme-plugin
        level 2
          npm:acme-app  needs @acme/core acme-plugin
    "#]]
    .assert_eq(&repo.castoff(&["graph"]).expect(0).stdout);
}

#[test]
fn a_manifest_that_is_no_json_is_told_with_its_line() {
    let repo = workspace(NPM_ROOT);
    repo.write("packages/core/package.json", "{\n  \"name\": \"@acme/core\",\n  version: 1\n}\n");
    repo.commit("feat: begin");
    expect![[r#"
        error: cannot read `packages/core/package.json`
          --> packages/core/package.json:3
          cause: expected string for object property
          help: correct the JSON
    "#]]
    .assert_eq(&repo.castoff(&["discover"]).expect(2).stderr);
}

#[test]
fn a_crate_in_a_package_is_part_of_it_and_both_get_their_versions() {
    let repo = Repo::new();
    let root = "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\", \"workers/*\"]\n[workspace.package]\nversion = \"0.1.8\"\n";
    repo.write("Cargo.toml", root);
    let manifest = "[package]\nname = \"acme-core\"\nversion.workspace = true\n";
    repo.write("crates/core/Cargo.toml", manifest);
    repo.write("crates/core/src/lib.rs", "");
    let worker = "[package]\nname = \"acme-ts\"\nversion.workspace = true\npublish = false\n[dependencies]\nacme-core = { path = \"../../crates/core\", version = \"=0.1.8\" }\n";
    repo.write("workers/typescript/Cargo.toml", worker);
    repo.write("workers/typescript/src/lib.rs", "");
    let package = "{\n  \"config\": { \"version\": \"0.1.8\" },\n  \"name\": \"@acme/worker\",\n  \"version\": \"0.1.8\",\n  \"devDependencies\": { \"version\": \"0.1.8\" }\n}\n";
    repo.write("workers/typescript/package.json", package);
    repo.commit("feat: begin");
    for tag in ["checkout-v0.1.8", "@acme/worker-v0.1.8"] {
        repo.git(&["tag", tag]);
    }
    repo.write("crates/core/src/lib.rs", "//! New.\n");
    repo.commit("fix: core");
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"
        +++ b/Cargo.toml
        -version = "0.1.8"
        +version = "0.1.9"
        +++ b/workers/typescript/Cargo.toml
        -acme-core = { path = "../../crates/core", version = "=0.1.8" }
        +acme-core = { path = "../../crates/core", version = "=0.1.9" }
        +++ b/workers/typescript/package.json
        -  "version": "0.1.8",
        +  "version": "0.1.9",
    "#]]
    .assert_eq(&changed_lines(&repo));
    is_settled(&repo);
}
