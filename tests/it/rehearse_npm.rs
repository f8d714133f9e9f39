//! Rehearsals of JavaScript packages with the real npm.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use castoff::rehearsal::server::{Options, Protocol, Server, Upstream};
use serde_json::Value;

use crate::rehearse::{named, package_ids, rehearsed, state, with_event};
use crate::support::{Repo, ran};
use crate::tools::{need, path_env};

const CORE: &str = r#"{
  "name": "@acme/core", "version": "1.2.0", "main": "index.js", "files": ["index.js", "built.js"],
  "scripts": { "prepublishOnly": "echo 'module.exports = 7' > built.js" }
}
"#;

/// It would go to a registry of its own, which nobody is to reach.
const APP: &str = r#"{
  "name": "acme-app", "version": "0.3.0", "type": "module", "exports": "./index.js",
  "dependencies": { "@acme/core": "workspace:^", "is-number": "^7.0.0" },
  "publishConfig": { "registry": "http://127.0.0.1:9/", "access": "public" }
}
"#;

const TOOLS: &str = r#"{ "name": "@acme/tools", "version": "2.0.0", "publishConfig": { "@acme:registry": "http://127.0.0.1:9/" } }
"#;

/// A released workspace: one package needs another one and a foreign one, a third stands alone.
fn workspace() -> Repo {
    let repo = Repo::new();
    repo.write("package.json", r#"{ "private": true, "workspaces": ["packages/*"] }"#);
    repo.write("packages/core/package.json", CORE);
    repo.write("packages/core/index.js", "module.exports = require('./built.js');\n");
    repo.write("packages/app/package.json", APP);
    let code = "import core from '@acme/core';\nimport isNumber from 'is-number';\n\
                if (core !== 7 || !isNumber(core)) throw new Error('what was built is not there');\n";
    repo.write("packages/app/index.js", code);
    repo.write("packages/tools/package.json", TOOLS);
    repo.commit("feat: begin");
    for tag in ["@acme/core-v1.2.0", "acme-app-v0.3.0", "@acme/tools-v2.0.0"] {
        repo.git(&["tag", tag]);
    }
    repo
}

#[test]
fn packages_are_built_published_and_installed_and_nothing_knows() {
    if !need("npm") {
        return;
    }
    let repo = workspace();
    repo.write("packages/app/more.js", "export default 1;\n");
    repo.commit("feat: more");
    repo.write("packages/tools/more.js", "module.exports = 1;\n");
    repo.commit("fix: tools");
    let before = state(&repo);
    let ran = repo.castoff(&["rehearse", "--json"]).expect(0);
    let summary = ran.summary();
    assert_eq!(package_ids(&summary, "published"), ["npm:@acme/tools 2.0.1", "npm:acme-app 0.4.0"]);
    assert_eq!(package_ids(&summary, "stand_in"), ["npm:@acme/core 1.2.0"]);
    let all = BTreeSet::from(["npm:@acme/core", "npm:@acme/tools", "npm:acme-app"].map(str::to_string));
    for step in ["built", "uploaded", "verified", "tried"] {
        assert_eq!(with_event(&ran, step), all, "{step}");
    }
    assert!(state(&repo) == before, "{}", repo.git(&["status", "--porcelain", "--ignored"]));
    // Everything again, with the same bytes: nothing of the first rehearsal is left.
    let again = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(rehearsed(&again), rehearsed(&summary));
    assert_eq!(rehearsed(&again).len(), 2);
}

#[test]
fn a_release_candidate_is_rehearsed() {
    if !need("npm") {
        return;
    }
    let repo = workspace();
    repo.write("packages/core/package.json", &CORE.replace("1.2.0", "1.3.0-rc.1"));
    repo.commit("feat: a candidate");
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    let published = package_ids(&summary, "published");
    assert!(published.contains(&"npm:@acme/core 1.3.0-rc.1".to_string()), "{published:?}");
}

#[test]
fn what_cannot_be_built_or_loaded_is_named() {
    if !need("npm") {
        return;
    }
    let broken = |path: &str, text: &str, code: i32| {
        let repo = workspace();
        repo.write(path, text);
        repo.commit("fix: this does not work");
        let summary = repo.castoff(&["rehearse", "--json"]).expect(code).summary();
        let failed = summary["packages"].as_array().unwrap().iter().find(|one| one["outcome"] == "failed");
        let error = failed.map_or(Value::Null, |one| one["error"].clone());
        (named(&summary, "failed"), named(&summary, "published"), error.to_string())
    };
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let script = CORE.replace("echo 'module.exports = 7' > built.js", "echo no compiler here >&2; exit 1");
    let (failed, published, error) = broken("packages/core/package.json", &script, 1);
    assert_eq!((failed, published), (set(&["npm:@acme/core"]), set(&[])));
    assert!(error.contains("no compiler here"), "{error}");
    let (failed, _, error) = broken("packages/app/index.js", "import '@acme/core/gone.js';\n", 3);
    assert_eq!(failed, set(&["npm:acme-app"]));
    assert!(error.contains("gone.js"), "{error}");
}

#[test]
fn bun_takes_packages_from_the_server_and_from_where_others_live() {
    if !(need("npm") & need("bun")) {
        return;
    }
    let repo = workspace();
    let server = |upstream: Option<Upstream>| {
        let options = Options { token: "key".to_string(), upstream, ..Options::default() };
        Server::start(options).unwrap()
    };
    let publish = |server: &Server, dir: &str| {
        let index = server.index(Protocol::Npm);
        let mut command = Command::new("npm");
        command.args(["publish", "--registry", &index, &format!("--@acme:registry={index}")]);
        command.current_dir(repo.dir().join(dir)).env("PATH", path_env());
        command.env(format!("npm_config_{}:_authToken", index.trim_start_matches("http:")), "key");
        command.env("npm_config_cache", repo.beside("npm-cache"));
        ran(command.env("npm_config_userconfig", repo.beside("npmrc")).output().unwrap()).expect(0);
    };
    let others = server(None);
    publish(&others, "packages/core");
    let ours = server(Some(Upstream { npm: others.index(Protocol::Npm), ..Upstream::default() }));
    publish(&ours, "packages/tools");
    let place = repo.beside("place");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("package.json"), "{ \"private\": true }\n").unwrap();
    let mut command = Command::new("bun");
    command.args(["add", "@acme/core", "@acme/tools@2.0.0"]).current_dir(&place).env("PATH", path_env());
    command.env("BUN_CONFIG_REGISTRY", ours.index(Protocol::Npm));
    command.env("BUN_INSTALL_CACHE_DIR", repo.beside("bun-cache")).env("HOME", repo.beside("home"));
    ran(command.output().unwrap()).expect(0);
    assert_eq!(
        fs::read_to_string(place.join("node_modules/@acme/core/built.js")).unwrap(),
        "module.exports = 7\n"
    );
    assert!(place.join("node_modules/@acme/tools/package.json").exists());
    assert!(others.hits().iter().any(|hit| hit.path.ends_with("core-1.2.0.tgz")), "{:?}", others.hits());
}
