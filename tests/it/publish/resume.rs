//! Runs that follow one that did not end, or find a part of their files on the server: they complete what is missing
//! and upload nothing twice.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Repo, ran};
use crate::tools::{self, PyPiServer};

use super::{all_files, bare, connect, connect_with_token, four, ready, shim, twelve};

/// Twelve packages, and a run of castoff that is killed when a step was told for the `count`th time.
fn killed_at(step: &str, count: usize, more: &str) {
    if !ready() {
        return;
    }
    let (repo, server) = (twelve(), PyPiServer::start());
    connect(&repo, &server, more);
    let mut castoff = repo.command(&["publish", "--json", "--jobs", "3"]);
    let mut child = castoff.stdout(Stdio::piped()).spawn().unwrap();
    let mut told: Vec<Value> = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        told.push(serde_json::from_str(&line.unwrap()).unwrap());
        if told.iter().filter(|event| event["event"] == step).count() == count {
            break;
        }
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    completes(&repo, &server, &told);
}

/// The same, killed by its client right after the upload of a package: castoff does not hear of it.
fn killed_behind(package: &str) {
    if !ready() {
        return;
    }
    let (repo, server) = (twelve(), PyPiServer::start());
    connect(&repo, &server, QUICK);
    let real = tools::tool_path("uv").unwrap();
    let then = format!("'{}' \"$@\"; kill -9 $PPID; exit 0", real.display());
    let path = shim(&repo, "uv", &format!("case \"$*\" in *' publish '*{package}-*) {then};; esac"));
    let output = repo.command(&["publish", "--json", "--jobs", "3"]).env("PATH", path).output().unwrap();
    assert!(!output.status.success());
    let told: Vec<Value> =
        output.stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert!(reached(&told, "uploading").contains(&package.replace('_', "-")));
    completes(&repo, &server, &told);
}

/// The next run completes what one that told this has left, and does nothing twice.
fn completes(repo: &Repo, server: &PyPiServer, told: &[Value]) {
    let before = repo.bytes();
    let run = repo.castoff(&["publish", "--json"]).expect(0);
    assert_eq!(server.files().iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), all_files());
    assert_eq!(run.listed("published").len() + run.listed("already_there").len(), 12);
    // The server refuses a file that it has.
    assert!(server.uploads().iter().all(|status| *status == 200), "{:?}", server.uploads());
    assert!(server.uploads().len() <= 24, "{:?}", server.uploads());
    // What the first run has built whole is not built again.
    let kept = reached(told, "checksummed");
    assert!(run.reached("building").iter().all(|package| !kept.contains(package)), "{kept:?}");
    assert!(run.published_files().iter().all(|file| server.files().contains(file)));
    let shipped = reached(told, "uploaded");
    assert!(run.reached("uploading").iter().all(|package| !shipped.contains(package)), "{shipped:?}");
    assert_eq!(repo.bytes(), before);
    nothing_is_left(repo);
}

fn reached(told: &[Value], step: &str) -> BTreeSet<String> {
    told.iter().filter(|event| event["event"] == step).map(|event| bare(&event["package"])).collect()
}

/// No stage, and no built file: all of them are live.
fn nothing_is_left(repo: &Repo) {
    for home in std::fs::read_dir(repo.cache()).unwrap() {
        let home = home.unwrap().path();
        assert!(!home.join("run").exists());
        let builds: Vec<_> = std::fs::read_dir(home.join("builds")).into_iter().flatten().collect();
        assert!(builds.is_empty(), "{builds:?}");
    }
}

const QUICK: &str = "[publish]\nsmoke = false\n";

#[test]
fn killed_while_it_builds() {
    killed_at("built", 3, QUICK);
}

/// The client of the killed run goes on by itself; the next run waits for it.
#[test]
fn killed_in_the_middle_of_an_upload() {
    killed_at("uploading", 4, QUICK);
}

#[test]
fn killed_after_the_first_upload() {
    killed_at("uploaded", 1, "");
}

#[test]
fn killed_after_some_uploads() {
    killed_behind("acme_p06");
}

#[test]
fn killed_just_before_the_end() {
    killed_behind("acme_p12");
}

#[test]
fn a_wheel_that_is_there_gets_its_sdist_from_an_equal_build() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let out = repo.beside("out");
    let package = repo.dir().join("packages/acme-a");
    uv(&repo, &["build", "--no-sources", package.to_str().unwrap(), "--out-dir", out.to_str().unwrap()], &[]);
    let wheel = out.join("acme_a-0.1.0-py3-none-any.whl");
    upload(&repo, &server, wheel.to_str().unwrap(), "anything");
    let by_hand = server.files();
    assert_eq!(by_hand.len(), 1);

    let run = repo.castoff(&["publish", "--json", "acme-a"]).expect(0);
    assert_eq!(run.listed("published"), ["acme-a"]);
    assert_eq!(server.files(), run.published_files());
    assert_eq!(server.files()[0], by_hand[0]);
    assert_eq!(server.uploads(), [200, 200]);
    let uploading = run.events().into_iter().find(|event| event["event"] == "uploading").unwrap();
    assert_eq!(uploading["detail"], "acme_a-0.1.0.tar.gz");
}

#[test]
fn a_wheel_that_is_there_gets_its_sdist_from_the_kept_build() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start_with_password("__token__", "the-right-token"));
    connect_with_token(&repo, &server);
    repo.castoff_with(&["publish", "acme-a"], &[("ACME_TOKEN", "a-wrong-token")]).expect(1);
    let kept = super::files_with(&repo.cache(), "acme_a-0.1.0.dist-info/METADATA");
    assert_eq!(kept.len(), 1, "{kept:?}");
    upload(&repo, &server, kept[0].to_str().unwrap(), "the-right-token");
    let run =
        repo.castoff_with(&["publish", "--json", "acme-a"], &[("ACME_TOKEN", "the-right-token")]).expect(0);
    assert!(run.reached("building").is_empty());
    assert_eq!((run.listed("published"), server.files()), (vec!["acme-a".into()], run.published_files()));
}

/// Another file of the same name was there before; nothing that needs the package may go out.
fn other_bytes(file: &str) {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    server.put(file, b"not what castoff builds");
    let run = repo.castoff(&["publish", "--json"]).expect(3);
    assert_eq!(run.listed("published"), ["acme-a", "acme-d"]);
    assert_eq!((run.listed("failed"), run.listed("blocked")), (vec!["acme-b".into()], vec!["acme-c".into()]));
    let error = run.outcomes("failed")[0]["error"].as_str().unwrap().to_string();
    let (_, there) = server.files().into_iter().find(|(name, _)| name == file).unwrap();
    let built = run
        .events()
        .into_iter()
        .find(|event| event["event"] == "checksummed" && event["package"] == "uv:acme-b");
    let built = built.unwrap()["detail"].as_str().unwrap().to_string();
    let built = built.split(", ").find_map(|line| line.strip_suffix(file)).unwrap().trim().to_string();
    assert!(error.contains(&there) && error.contains(&built) && error.contains(file), "{error}");
    // Nor does the other file of the package join a stranger.
    assert_eq!(server.files().iter().filter(|(name, _)| name.starts_with("acme_b")).count(), 1);
    assert_eq!(server.uploads(), [200; 4]);
}

#[test]
fn a_wheel_with_other_bytes_stops_its_package() {
    other_bytes("acme_b-0.1.0-py3-none-any.whl");
}

#[test]
fn an_sdist_with_other_bytes_stops_its_package() {
    other_bytes("acme_b-0.1.0.tar.gz");
}

/// A run dies between upload and comparison: the next one compares with what was kept.
#[test]
fn what_a_killed_run_uploaded_is_compared_by_the_next_one() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    // The client uploads nothing, and takes castoff with it.
    let path = shim(&repo, "uv", "case \"$*\" in *' publish '*) kill -9 $PPID; exit 1;; esac");
    let mut castoff = repo.command(&["publish", "acme-a"]);
    assert!(!castoff.env("PATH", path).output().unwrap().status.success());
    assert!(server.files().is_empty());
    server.put("acme_a-0.1.0-py3-none-any.whl", b"wheel of somebody else");
    server.put("acme_a-0.1.0.tar.gz", b"sdist of somebody else");
    let run = repo.castoff(&["publish", "acme-a"]).expect(1);
    assert!(run.stderr.contains("is not the file that was built"), "{}", run.stderr);
}

fn upload(repo: &Repo, server: &PyPiServer, file: &str, token: &str) {
    let (publish, check) = (server.upload_url(), server.index_url());
    let args = ["publish", "--publish-url", &publish, "--check-url", &check, file];
    uv(repo, &args, &[("UV_PUBLISH_TOKEN", token)]);
}

fn uv(repo: &Repo, args: &[&str], variables: &[(&str, &str)]) {
    let mut command = Command::new(tools::tool_path("uv").unwrap());
    command.args(args).envs(variables.iter().copied()).env("UV_CACHE_DIR", repo.beside("own-uv-cache"));
    ran(command.current_dir(repo.beside("")).output().unwrap()).expect(0);
}
