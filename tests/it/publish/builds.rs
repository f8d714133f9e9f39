//! What a build that fails stops, by barrier, and how many builds run at once.

use std::process::Command;

use crate::support::Repo;
use crate::tools::PyPiServer;

use super::{complete, connect, four, ready, shim};

/// `acme-b` names a build backend that does not exist.
fn break_b(repo: &Repo) {
    let manifest = repo.read("packages/acme-b/pyproject.toml");
    let broken = manifest.replace("[\"uv_build>=0.7\"]", "[]").replace("\"uv_build\"", "\"no_such_backend\"");
    assert_ne!(manifest, broken);
    repo.write("packages/acme-b/pyproject.toml", &broken);
    repo.commit("build: another backend");
}

fn mend_b(repo: &Repo) {
    repo.git(&["revert", "--no-edit", "HEAD"]);
}

#[test]
fn a_build_that_fails_stops_all_before_anything_is_public() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    break_b(&repo);
    let run = repo.castoff(&["publish"]).expect(1);
    assert!(server.files().is_empty() && server.uploads().is_empty());
    assert!(run.stderr.contains("no_such_backend"), "{}", run.stderr);
    let last = "nothing was published, 1 failed, 3 blocked; mend it, then run `castoff publish` again";
    assert_eq!(run.last_line(), last);

    mend_b(&repo);
    repo.castoff(&["publish"]).expect(0);
    assert_eq!(server.files().len(), 8);
}

#[test]
fn without_a_barrier_only_dependents_are_blocked_and_the_next_run_completes() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "[publish]\nbarrier = false\n");
    repo.git(&["rm", "-rq", "packages/acme-b/src"]);
    repo.commit("refactor: gone");
    let run = repo.castoff(&["publish", "--json"]).expect(3);
    assert_eq!(run.listed("published"), ["acme-a", "acme-d"]);
    assert_eq!((run.listed("failed"), run.listed("blocked")), (vec!["acme-b".into()], vec!["acme-c".into()]));
    assert_eq!(run.outcomes("blocked")[0]["by"], "uv:acme-b");
    assert_eq!(complete(&server), ["acme_a-0.1.0".into(), "acme_d-0.1.0".into()].into());

    mend_b(&repo);
    let before = server.files();
    let run = repo.castoff(&["publish", "--json"]).expect(0);
    assert_eq!(run.listed("already_there"), ["acme-a", "acme-d"]);
    assert_eq!(run.listed("published"), ["acme-b", "acme-c"]);
    assert_eq!(run.reached("uploaded"), ["acme-b", "acme-c"]);
    let mut built = run.reached("building");
    built.sort();
    assert_eq!(built, ["acme-b", "acme-c"]);
    assert_eq!(server.files().len(), 8);
    assert!(before.iter().all(|file| server.files().contains(file)));
}

#[test]
fn behind_the_barrier_of_a_component_the_others_go_on() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    let together = "[component.both]\npackages = [\"uv:acme-b\", \"uv:acme-d\"]\ntag = \"both-v{version}\"\n";
    connect(&repo, &server, &format!("[publish]\nbarrier = \"component\"\n{together}"));
    break_b(&repo);
    let run = repo.castoff(&["publish", "--json"]).expect(3);
    assert_eq!(run.listed("published"), ["acme-a"]);
    assert_eq!(run.listed("failed"), ["acme-b"]);
    assert_eq!(run.listed("blocked"), ["acme-d", "acme-c"]);
    assert_eq!(complete(&server), ["acme_a-0.1.0".into()].into());
}

/// A build waits until another one has begun: alone it would not go on.
#[test]
fn several_jobs_build_at_the_same_time() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let (meeting, first) = (repo.beside("meeting"), repo.beside("first"));
    assert!(Command::new("mkfifo").arg(&meeting).status().unwrap().success());
    // Opening one end of the pipe waits for the other end; alone it is given up.
    let script = format!(
        "open() {{ timeout 100 sh -c \": $1'{pipe}'\"; }}\n\
         meet() {{ if mkdir '{first}' 2>&-; then open '<'; else open '>'; fi || exit 9; }}\n\
         case \"$*\" in *' build '*acme-a|*' build '*acme-d) meet;; esac",
        first = first.display(),
        pipe = meeting.display()
    );
    let path = shim(&repo, "uv", &script);
    let run = repo.castoff_with(&["publish", "--json", "--jobs", "4"], &[("PATH", &path)]).expect(0);
    assert_eq!(run.listed("published").len(), 4);
}

#[test]
fn one_job_does_one_thing_at_a_time() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let run = repo.castoff(&["publish", "--json", "--jobs", "1"]).expect(0);
    assert_eq!(server.files().len(), 8);
    let mut at_work: Option<String> = None;
    for event in run.events() {
        let package = event["package"].as_str().unwrap_or_default().to_string();
        match event["event"].as_str().unwrap() {
            "building" | "uploading" => assert_eq!(at_work.replace(package), None, "{event}"),
            "checksummed" | "tried" => assert_eq!(at_work.take(), Some(package), "{event}"),
            _ => {}
        }
    }
}
