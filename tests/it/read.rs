//! Commands that only read: what they say, how little they ask of git, and that they leave no trace.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::{Repo, crate_files, python_workspace};
use crate::tools;

#[test]
fn a_plan_is_readable_and_complete() {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-app", "0.1.0", &["acme-core"])]);
    repo.commit("feat: begin");
    repo.git(&["tag", "acme-core-v0.1.0"]);
    repo.git(&["tag", "acme-app-v0.1.0"]);
    repo.write("packages/acme-core/src/acme_core/more.py", "X = 1\n");
    repo.commit("feat: more");
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let next: Vec<_> = plan["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| {
            format!(
                "{} {} {} {}",
                component["name"], component["current"], component["next"], component["bump"]
            )
        })
        .collect();
    assert_eq!(next, [r#""acme-app" "0.1.0" "0.1.1" "patch""#, r#""acme-core" "0.1.0" "0.2.0" "minor""#]);
    assert_eq!(plan["order"], serde_json::json!([["uv:acme-core"], ["uv:acme-app"]]));
    let text = repo.castoff(&["plan"]).expect(0).stdout;
    assert!(text.contains("depends on acme-core 0.2.0") && text.contains("feat: more"), "{text}");
}

#[test]
fn crates_that_share_a_version_are_one_component() {
    let repo = Repo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.1.0\"\n",
    );
    for name in ["acme-one", "acme-two"] {
        crate_files(&repo, name, "0.1.0", &[], false);
        let manifest = repo.read(&format!("crates/{name}/Cargo.toml"));
        let manifest = manifest.replace("version = \"0.1.0\"", "version.workspace = true");
        repo.write(&format!("crates/{name}/Cargo.toml"), &manifest);
    }
    repo.commit("feat: begin");
    let components = repo.castoff(&["versions", "--json"]).expect(0).json()["components"].clone();
    // Named after the directory of the repository, since no crate stands at the root of the workspace.
    assert_eq!(components[0]["name"], "checkout");
    assert_eq!(components[0]["packages"], serde_json::json!(["cargo:acme-one", "cargo:acme-two"]));
    assert_eq!(components.as_array().unwrap().len(), 1);
}

/// A recording `git` first on PATH.
struct Recorder {
    dir: tempfile::TempDir,
}

impl Recorder {
    fn new() -> Recorder {
        let dir = tempfile::tempdir().unwrap();
        let real = tools::tool_path("git").unwrap();
        let log = dir.path().join("log");
        let script =
            format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec '{}' \"$@\"\n", log.display(), real.display());
        let file = dir.path().join("git");
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        Recorder { dir }
    }

    /// The git commands that a run of castoff starts.
    fn commands(&self, repo: &Repo, args: &[&str]) -> Vec<String> {
        let log = self.dir.path().join("log");
        fs::write(&log, "").unwrap();
        let path = std::env::join_paths(
            [self.dir.path().to_path_buf()].into_iter().chain(std::env::split_paths(&tools::path_env())),
        );
        let output = repo.command(args).env("PATH", path.unwrap()).output().unwrap();
        crate::support::ran(output).expect(0);
        fs::read_to_string(&log).unwrap().lines().map(str::to_string).collect()
    }
}

/// As many Python packages and crates, each with a tag and a commit since.
fn of_size(count: usize, configuration: &str) -> Repo {
    let names: Vec<String> = (0..count / 2).map(|number| format!("py-{number}")).collect();
    let packages: Vec<(&str, &str, &[&str])> =
        names.iter().map(|name| (name.as_str(), "0.1.0", &[][..])).collect();
    let repo = python_workspace(&packages);
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    (0..count - count / 2)
        .for_each(|number| crate_files(&repo, &format!("rs-{number}"), "0.1.0", &[], false));
    repo.write("castoff.toml", configuration);
    repo.commit("feat: begin");
    repo.git(&["tag", "release-20260101-0900"]);
    repo.write("crates/rs-0/src/more.rs", "\n");
    repo.commit("feat: more");
    repo
}

const CONFIGURATIONS: [&str; 3] = [
    "",
    "[release]\nbump = \"paths\"\n",
    "[paths]\nall = [\"crates/\", \"packages/\"]\none = [\"crates/rs-0/\"]\n",
];

#[test]
fn git_is_started_at_most_five_times_however_many_packages_there_are() {
    let recorder = Recorder::new();
    for configuration in CONFIGURATIONS {
        let few = of_size(10, configuration);
        let many = of_size(200, configuration);
        let commands = ["plan", "detect", "discover", "graph", "versions"];
        // What the others read does not depend on the configuration.
        for command in &commands[..if configuration.is_empty() { commands.len() } else { 2 }] {
            let (of_few, of_many) =
                (recorder.commands(&few, &[command]), recorder.commands(&many, &[command]));
            assert_eq!(of_few.len(), of_many.len(), "{command} {configuration}\n{of_few:#?}\n{of_many:#?}");
            assert!((1..=5).contains(&of_few.len()), "{command} {configuration}\n{of_few:#?}");
        }
        // A base that is given is looked up by a question that is asked anyway.
        let from = ["detect", "--from", "release-20260101-0900"];
        assert!(recorder.commands(&many, &from).len() <= 5, "{configuration}");
        // With tags of their own, too: each component has another base then.
        for repo in [&few, &many] {
            repo.tag_all("0.1.0");
            repo.write("packages/py-0/src/py_0/more.py", "\n");
            repo.commit("fix: again");
        }
        let (of_few, of_many) = (recorder.commands(&few, &["plan"]), recorder.commands(&many, &["plan"]));
        assert_eq!(of_few.len(), of_many.len(), "{configuration}\n{of_few:#?}\n{of_many:#?}");
        assert!((1..=5).contains(&of_few.len()), "{configuration}\n{of_few:#?}");
    }
}

#[test]
fn reading_changes_no_byte() {
    let repo = of_size(6, CONFIGURATIONS[2]);
    repo.write("crates/rs-1/src/new.rs", "\n");
    repo.write("crates/rs-0/src/lib.rs", "//! Edited.\n");
    // The index holds times of files; touched ones make `git status` want to write it anew.
    let manifest = repo.dir().join("crates/rs-1/Cargo.toml");
    fs::write(&manifest, fs::read(&manifest).unwrap()).unwrap();
    let state = || -> Vec<(PathBuf, Vec<u8>)> { repo.bytes().into_iter().collect() };
    let before = state();
    for arguments in [
        &["discover"][..],
        &["discover", "--json"],
        &["graph"],
        &["graph", "--format", "dot"],
        &["graph", "--format", "mermaid"],
        &["graph", "--format", "svg"],
        &["detect"],
        &["detect", "--format", "env"],
        &["detect", "--from", "HEAD~1"],
        &["versions", "--json"],
        &["plan"],
        &["plan", "--json"],
        &["bump", "--dry-run"],
        &["bump", "--all", "--dry-run"],
    ] {
        repo.castoff(arguments).expect(0);
        assert!(state() == before, "{arguments:?} changed a file");
    }
    assert!(!repo.cache().exists(), "reading needs no cache directory");
}

#[test]
fn json_has_the_documented_keys() {
    let repo = of_size(4, CONFIGURATIONS[2]);
    repo.git(&["tag", "rs-0-v0.1.0", "HEAD~1"]);
    let keys = |value: &serde_json::Value| -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    for (command, top, list, each) in [
        (
            "discover",
            "packages schema",
            "packages",
            "dependencies ecosystem id manifest name path publishable reason version",
        ),
        ("graph", "edges levels packages schema", "packages", "ecosystem id name"),
        ("detect", "base components head path_sets schema", "components", "base causes changed files name"),
        ("versions", "components schema", "components", "bump current name next packages reason"),
        (
            "plan",
            "base commits components credentials files findings head order packages path_sets rate_limits schema tags",
            "packages",
            "action current depends_on dist_tag id level next reason registry",
        ),
    ] {
        let json = repo.castoff(&[command, "--json"]).expect(0).json();
        assert_eq!(keys(&json).join(" "), top, "{command}");
        assert_eq!(json["schema"], 1, "{command}");
        assert_eq!(keys(&json[list][0]).join(" "), each, "{command}");
    }
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    for (list, each) in [
        ("files", "field from path to"),
        ("credentials", "env needed_for present"),
        ("commits", "breaking components counted reason scope sha subject type"),
        ("path_sets", "changed name"),
    ] {
        assert_eq!(keys(&plan[list][0]).join(" "), each, "{list}");
    }
    let actions: Vec<&str> =
        plan["packages"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert!(actions.iter().all(|action| ["publish", "unchanged", "private"].contains(action)), "{actions:?}");
}

#[test]
fn commands_work_in_every_directory_of_the_repository_and_of_a_second_worktree() {
    let repo = of_size(4, "");
    let at_root = repo.castoff(&["versions", "--json"]).expect(0).stdout;
    let below =
        repo.command(&["versions", "--json"]).current_dir(repo.dir().join("crates/rs-0/src")).output();
    assert_eq!(crate::support::ran(below.unwrap()).expect(0).stdout, at_root);
    let other = repo.dir().parent().unwrap().join("second");
    repo.git(&["worktree", "add", "--quiet", "--detach", other.to_str().unwrap()]);
    let there = repo.castoff(&["-C", other.to_str().unwrap(), "versions", "--json"]).expect(0).stdout;
    assert_eq!(there, at_root);
}

#[test]
fn nothing_to_release_has_its_own_exit_code_when_asked_for() {
    let repo = of_size(2, "");
    repo.castoff(&["plan", "--exit-code"]).expect(0);
    repo.tag_all("0.1.0");
    repo.castoff(&["plan", "--exit-code"]).expect(4);
    repo.castoff(&["plan"]).expect(0);
}
