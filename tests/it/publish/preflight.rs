//! `castoff preflight` looks at what gates a publish, the publish looks at the same, and both tell all of it at once.

use serde_json::Value;

use crate::support::{Ran, Repo, python_workspace};
use crate::tools::{PyPiServer, need, tool_path};

use super::{complete, connect, four, ready};

/// `ID RESULT` of every gate that has not passed.
fn not_passed(run: &Ran) -> Vec<String> {
    let json = run.json();
    let gates = json["checks"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let told = gates.map(|gate| format!("{} {}", text(&gate["id"]), text(&gate["result"])));
    told.filter(|line| !line.ends_with(" pass")).collect()
}

#[test]
fn nothing_stops_a_repository_in_order_and_nothing_is_touched() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    // What git ignores stays behind.
    std::fs::write(repo.dir().join(".git/info/exclude"), "castoff.toml\ndist/\n").unwrap();
    repo.write("packages/acme-a/dist/acme_a-0.0.9.tar.gz", "old");
    let before = repo.bytes();
    let run = repo.castoff(&["preflight"]).expect(0);
    assert!(
        run.stdout.contains("pass  names") && run.stdout.contains("4 new names: `uv:acme-a`"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("nothing stops `castoff publish`\n"), "{}", run.stdout);
    let run = repo.castoff(&["preflight", "acme-a", "--json"]).expect(0);
    assert_eq!(not_passed(&run), [""; 0]);
    assert_eq!(run.json()["schema"], 1);
    assert!(repo.bytes() == before && server.uploads().is_empty());
}

#[test]
fn all_that_stops_a_publish_is_told_at_once_by_both() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    repo.castoff(&["publish", "acme-a"]).expect(0);
    repo.write("packages/acme-b/dist/acme_b-0.0.9.tar.gz", "old");
    repo.commit("chore: what a build left");
    repo.git(&["tag", "acme-d-v0.9.0"]);
    repo.write("packages/acme-c/README.md", "# Edited\n");
    repo.git(&["add", "packages/acme-c"]);
    repo.write("notes.txt", "nobody knows of it");

    let run = repo.castoff(&["preflight", "--json", "--on-duplicate", "fail"]).expect(1);
    let wrong = ["clean_worktree fail", "no_stale_artifacts fail", "tags_agree fail", "duplicates fail"];
    assert_eq!(not_passed(&run), wrong);
    let publish = repo.castoff(&["publish", "--json", "--on-duplicate=fail"]).expect(1);
    let findings = run.json()["findings"].as_array().unwrap().clone();
    assert_eq!(findings.len(), 5, "{findings:?}");
    for finding in findings {
        let text = format!("error: {}", finding["message"].as_str().unwrap());
        assert!(publish.stderr.contains(&text), "{text}\n{}", publish.stderr);
    }
    assert!(publish.reached("building").is_empty() && complete(&server).len() == 1);
    // Only a package of that publish matters.
    let run = repo.castoff(&["preflight", "acme-c", "--json"]).expect(1);
    assert_eq!(not_passed(&run), ["clean_worktree fail", "needs fail"]);
}

#[test]
fn a_version_that_is_there_means_what_the_mode_says() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    repo.castoff(&["publish", "acme-a", "acme-b"]).expect(0);

    let fail = repo.castoff(&["publish", "--json", "--on-duplicate", "fail"]).expect(1);
    for text in
        ["error: 2 of 4 versions are on their registries already", "`uv:acme-a` 0.1.0", "`uv:acme-b` 0.1.0"]
    {
        assert!(fail.stderr.contains(text), "{}", fail.stderr);
    }
    assert!(fail.reached("building").is_empty() && complete(&server).len() == 2);

    let warn = repo.castoff(&["publish", "--json", "acme-a", "acme-c"]).expect(0);
    let warning = warn.events().into_iter().find(|event| event["event"] == "warning").unwrap();
    assert!(warning["detail"].as_str().unwrap().contains("`uv:acme-a` 0.1.0"), "{warning}");
    assert_eq!(
        (warn.listed("already_there"), warn.listed("published")),
        (vec!["acme-a".into()], vec!["acme-c".into()])
    );

    // The flag goes before the configuration.
    connect(&repo, &server, "[publish]\non-duplicate = \"fail\"\n");
    repo.castoff(&["publish"]).expect(1);
    let skip = repo.castoff(&["publish", "--json", "--on-duplicate", "skip"]).expect(0);
    assert!(skip.reached("warning").is_empty(), "{}", skip.stdout);
    assert_eq!(skip.reached("already_there"), ["acme-a", "acme-b", "acme-c"]);
    assert_eq!(complete(&server).len(), 4);
}

#[test]
fn an_unknown_mode_is_wrong_usage() {
    let repo = python_workspace(&[("acme-a", "0.1.0", &[])]);
    repo.write("castoff.toml", "[publish]\non-duplicate = \"wrn\"\n");
    repo.commit("feat: begin");
    let run = repo.castoff(&["publish"]).expect(2);
    assert!(run.stderr.contains("use one of `skip`, `warn`, `fail`"), "{}", run.stderr);
    let run = repo.castoff(&["publish", "--on-duplicate", "wrn"]).expect(2);
    assert!(run.stderr.contains("`wrn` is not one of skip, warn, fail"), "{}", run.stderr);
}

#[test]
fn a_registry_that_is_silent_leaves_gates_unknown_and_unknown_is_not_passed() {
    if !need("uv") {
        return;
    }
    let repo = four();
    let address = "http://127.0.0.1:9/";
    let config = "[publish]\nmax-retries = 0\n[registry.pypi]\n";
    repo.write("castoff.toml", &format!("{config}upload = \"{address}\"\nindex = \"{address}\"\n"));
    let run = repo.castoff(&["preflight", "--json"]).expect(1);
    let found = not_passed(&run);
    assert_eq!(found[0], "registries_answer fail");
    assert!(found.contains(&"names unknown".to_string()), "{found:?}");
    assert!(found[1..].iter().all(|line| line.ends_with(" unknown")), "{found:?}");
}

/// As `uv lock` writes it; a bump without it is what happens.
#[test]
fn a_stale_lock_stops() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let mut uv = std::process::Command::new(tool_path("uv").unwrap());
    uv.args(["lock", "--offline"]).current_dir(repo.dir());
    assert!(uv.output().unwrap().status.success());
    repo.commit("chore: lock");
    repo.castoff(&["preflight"]).expect(0);
    let manifest = repo.read("packages/acme-b/pyproject.toml");
    repo.write("packages/acme-b/pyproject.toml", &manifest.replace("0.1.0", "0.1.1"));
    repo.commit("chore: bump by hand");
    assert_eq!(not_passed(&repo.castoff(&["preflight", "--json"]).expect(1)), ["locks_up_to_date fail"]);
    let run = repo.castoff(&["publish", "--json"]).expect(1);
    assert!(run.stderr.contains("it is 0.1.0 there, and 0.1.1 in its manifest"), "{}", run.stderr);
    assert!(run.reached("building").is_empty() && server.uploads().is_empty());
}

#[test]
fn a_circle_is_one_gate_among_others() {
    let repo = python_workspace(&[("acme-a", "0.1.0", &["acme-b"]), ("acme-b", "0.1.0", &["acme-a"])]);
    repo.commit("feat: begin");
    repo.write("notes.txt", "nobody knows of it");
    let run = repo.castoff(&["preflight", "--json"]).expect(1);
    assert_eq!(not_passed(&run)[..2], ["clean_worktree fail", "no_circles fail"]);
    assert!(not_passed(&run)[2..].iter().all(|line| line.ends_with(" unknown")));
}

#[test]
fn a_shallow_clone_stops() {
    let repo = python_workspace(&[("acme-a", "0.1.0", &[])]);
    repo.commit("feat: begin");
    repo.commit("feat: more");
    let from = format!("file://{}", repo.dir().display());
    let clone = Repo::new();
    clone.git(&["fetch", "--quiet", "--depth=1", &from, "main"]);
    clone.git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    for command in ["preflight", "publish"] {
        let run = clone.castoff(&[command]).expect(2);
        assert!(run.stderr.contains("from a shallow clone"), "{}", run.stderr);
    }
}
