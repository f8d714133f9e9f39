//! The scripts that publish, against a server that is not castoff's own: in order, nothing twice, and what is missing is told before
//! anything is built.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::scripts_update::files::FILES;
use crate::support::{Ran, Repo, python_workspace, ran};
use crate::tools::{PyPiServer, need, path_env};

/// Three packages of which each needs the one before, and the scripts for this server.
fn python(server: &PyPiServer) -> Repo {
    let repo = python_workspace(&[
        ("acme-core", "0.1.0", &[]),
        ("acme-mid", "0.2.0", &["acme-core"]),
        ("acme-app", "0.3.0", &["acme-mid"]),
    ]);
    let (upload, index) = (server.upload_url(), server.index_url());
    repo.write("castoff.toml", &format!("[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\n"));
    repo.castoff(&["generate", "scripts"]).expect(0);
    repo.commit("feat: begin");
    repo
}

fn script(repo: &Repo, name: &str, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg(repo.dir().join("scripts/release").join(name)).args(args).current_dir("/");
    command.env("PATH", path_env()).env("UV_CACHE_DIR", repo.beside("uv-cache")).stdin(Stdio::null());
    for name in [
        "UV_PUBLISH_TOKEN",
        "PYPI_TOKEN",
        "MATURIN_PYPI_TOKEN",
        "CARGO_REGISTRY_TOKEN",
        "NPM_TOKEN",
        "NODE_AUTH_TOKEN",
        "GEM_HOST_API_KEY",
        "npm_config_userconfig",
        "NPM_CONFIG_USERCONFIG",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ] {
        command.env_remove(name);
    }
    command.env("CARGO_HOME", repo.beside("cargo-home")).env("XDG_CACHE_HOME", repo.cache());
    command
}

fn publish(repo: &Repo, args: &[&str]) -> Ran {
    ran(script(repo, "publish-python.sh", args).output().unwrap())
}

fn names(server: &PyPiServer) -> Vec<String> {
    server.files().into_iter().map(|(name, _)| name).collect()
}

const ALL: [&str; 6] = [
    "acme_app-0.3.0-py3-none-any.whl",
    "acme_app-0.3.0.tar.gz",
    "acme_core-0.1.0-py3-none-any.whl",
    "acme_core-0.1.0.tar.gz",
    "acme_mid-0.2.0-py3-none-any.whl",
    "acme_mid-0.2.0.tar.gz",
];

#[test]
fn packages_go_in_order_and_once_and_duplicates_are_as_was_said() {
    if !(need("uv") && need("pypiserver")) {
        return;
    }
    let server = PyPiServer::start();
    let repo = python(&server);
    let before = repo.bytes();
    let dry = publish(&repo, &["--dry-run"]).expect(0);
    assert!(dry.stdout.contains("acme_mid-0.2.0-py3-none-any.whl\n  acme_mid"), "{}", dry.text());
    assert!(names(&server).is_empty() && repo.bytes() == before);
    let said = publish(&repo, &["0.1.0", "acme-core"]).expect(0).stderr;
    assert!(said.contains("published uv:acme-core 0.1.0") && !said.contains("acme-mid"), "{said}");
    let said = publish(&repo, &[]).expect(0).stderr;
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("no `{words}` in {said}"));
    assert!(at("warning: already there, and left as it is: 1") < at("built uv:acme-mid"));
    assert!(at("built uv:acme-app") < at("published uv:acme-mid"), "all is built before the first upload");
    assert!(at("published uv:acme-mid 0.2.0") < at("published uv:acme-app 0.3.0"));
    assert_eq!(names(&server), ALL);
    let said = publish(&repo, &["--on-duplicate=skip"]).expect(0).stderr;
    assert!(
        said.contains("already there: 3\n")
            && said.contains("nothing to publish: all 3")
            && !said.contains("warning"),
        "{said}"
    );
    let said = publish(&repo, &["--on-duplicate=fail"]).expect(1).stderr;
    assert!(
        said.contains("error: already on their registries: 3") && said.contains("uv:acme-core 0.1.0"),
        "{said}"
    );
    for (args, words) in [
        (&["--on-duplicate=often"][..], "`often` is not one of skip, warn, fail"),
        (&["--now"], "there is no option `--now`"),
        (&["other"], "no component `other` has packages that publish-python.sh publishes"),
        (&["9.9.9", "acme-core"], "the manifests do not say 9.9.9"),
    ] {
        let said = publish(&repo, args).expect(2).stderr;
        assert!(said.contains(words), "{said}");
    }
    assert!(repo.bytes() == before, "nothing is written into the checkout");
    assert!(server.uploads().iter().all(|status| *status == 200), "{:?}", server.uploads());
}

#[test]
fn what_was_killed_goes_on_where_it_stopped() {
    if !(need("uv") && need("pypiserver")) {
        return;
    }
    let server = PyPiServer::start();
    let repo = python(&server);
    let mut command = script(&repo, "publish-python.sh", &[]);
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).env("TMPDIR", repo.beside(""));
    let mut child = command.spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(300);
    while names(&server).is_empty() {
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < patience, "nothing was uploaded");
        thread::yield_now();
    }
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-KILL", "--", &group]).status().unwrap().success());
    let _killed = child.wait().unwrap();
    let said = publish(&repo, &[]).expect(0).stderr;
    assert_eq!(names(&server), ALL, "{said}");
    assert!(server.uploads().iter().all(|status| *status == 200), "nothing twice: {:?}", server.uploads());
}

#[test]
fn credentials_that_are_missing_are_told_before_anything_is_built() {
    let repo = Repo::with(FILES);
    repo.castoff(&["generate", "scripts"]).expect(0);
    repo.commit("chore: generate scripts");
    // Nobody is asked: every registry says that it has nothing, and a client that was run would be told.
    let bin = repo.beside("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let program = |name: &str, text: &str| {
        let path = bin.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("curl", "printf 404");
    ["cargo", "uv", "npm", "gem"].iter().for_each(|name| program(name, "echo \"$0 was run\" >&2; exit 1"));
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path_env()))).unwrap();
    for (name, variable) in [
        ("publish-crates.sh", "  crates-io: set one of CARGO_REGISTRY_TOKEN\n"),
        ("publish-python.sh", "  pypi: set one of UV_PUBLISH_TOKEN"),
        ("publish-typescript.sh", "  npm: set one of NPM_TOKEN"),
        ("publish-ruby.sh", "  rubygems: set one of GEM_HOST_API_KEY"),
    ] {
        let mut command = script(&repo, name, &[]);
        command.env("PATH", &path).env("HOME", repo.beside("home"));
        let said = ran(command.output().unwrap()).expect(1).stderr;
        assert!(said.contains(variable) && said.contains("no credentials for 1 of 1 registries"), "{said}");
        assert!(!said.contains("was run") && !said.contains("built"), "{said}");
    }
}
