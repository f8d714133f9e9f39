//! What stops a run before anything is built, and what is not there to publish.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::thread;

use crate::support::{Ran, Repo, python_workspace};
use crate::tools::{self, PyPiServer, need};

use super::{complete, connect, four, ready};

/// A repository whose registry is at this port.
fn four_at(port: u16) -> Repo {
    let repo = four();
    let address = format!("http://127.0.0.1:{port}/");
    repo.write(
        "castoff.toml",
        &format!("[registry.pypi]\nupload = \"{address}\"\nindex = \"{address}simple/\"\n"),
    );
    repo
}

/// It failed before any build, once for all packages, with an address and what to do.
fn stopped_early(run: &Ran, port: u16, why: &str) {
    assert!(run.reached("building").is_empty(), "{}", run.stdout);
    let address = format!("http://127.0.0.1:{port}/simple/acme-a/");
    assert!(run.stderr.contains(&address) && run.stderr.contains(why), "{}", run.stderr);
    assert_eq!((run.stderr.matches("error:").count(), run.stderr.matches("help:").count()), (1, 1));
}

#[test]
fn a_registry_that_is_down_stops_the_run() {
    if !need("uv") {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let repo = four_at(port);
    drop(listener);
    stopped_early(&repo.castoff(&["publish", "--json"]).expect(1), port, "Connection refused");
}

#[test]
fn a_registry_that_cannot_say_is_not_one_without_the_package() {
    if !need("uv") {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let repo = four_at(port);
    // Ends with the tests.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(b"HTTP/1.0 500 Oh no\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    stopped_early(&repo.castoff(&["publish", "--json"]).expect(1), port, "status 500");
}

#[test]
fn without_uv_nothing_begins_and_one_message_says_how_to_get_it() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let path = repo.beside("only-git");
    std::fs::create_dir(&path).unwrap();
    symlink(tools::tool_path("git").unwrap(), path.join("git")).unwrap();
    let variables = [("PATH", path.to_str().unwrap())];
    let run = repo.castoff_with(&["publish", "--json"], &variables).expect(1);
    assert!(run.reached("building").is_empty() && server.uploads().is_empty());
    assert_eq!(run.stderr.matches("cannot run `uv`").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("help: install it"), "{}", run.stderr);
}

#[test]
fn changes_that_wait_for_a_version_are_named() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    // The first release has no tags to look at.
    repo.castoff(&["publish"]).expect(0);
    assert_eq!(complete(&server).len(), 4);
    for name in ["acme-a", "acme-b", "acme-c", "acme-d"] {
        repo.git(&["tag", &format!("{name}-v0.1.0")]);
    }
    repo.castoff(&["publish"]).expect(0);

    repo.write("packages/acme-d/src/acme_d/more.py", "");
    repo.commit("feat: more");
    let (files, run) = (server.files(), repo.castoff(&["publish"]).expect(1));
    assert!(run.stderr.contains("acme-d") && run.stderr.contains("`castoff bump`"), "{}", run.stderr);
    let last = "nothing was published, 4 already there; changes wait for a version (acme-d): run `castoff bump` and commit";
    assert_eq!(run.last_line(), last);
    assert_eq!(server.files(), files);
    // A dry run ends as the run would, and where that is on every push it is no failure.
    let dry = repo.castoff(&["publish", "--dry-run"]).expect(1);
    assert_eq!(dry.last_line(), last);
    for more in [&["--if-needed"][..], &["--if-needed", "--dry-run"]] {
        let run = repo.castoff(&[&["publish"], more].concat()).expect(0);
        assert_eq!((run.last_line(), run.stderr.contains("error:")), (last, false), "{more:?}");
    }
    // Others are as they should be.
    repo.castoff(&["publish", "acme-c"]).expect(0);

    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let run = repo.castoff(&["publish", "--json"]).expect(0);
    assert_eq!(run.listed("published"), ["acme-d"]);
    assert!(complete(&server).contains("acme_d-0.2.0"));
}

/// The tag says what 0.1.0 is, and HEAD is something else.
#[test]
fn other_contents_do_not_go_out_under_a_version_that_is_tagged() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    repo.git(&["tag", "acme-d-v0.1.0"]);
    repo.write("README.md", "in no package");
    repo.commit("docs: read me");
    repo.castoff(&["publish", "acme-a"]).expect(0);
    repo.write("packages/acme-d/src/acme_d/more.py", "");
    repo.commit("feat: more");
    let run = repo.castoff(&["publish"]).expect(1);
    assert!(run.stderr.contains("it changed since `acme-d-v0.1.0`"), "{}", run.stderr);
    assert_eq!(complete(&server), ["acme_a-0.1.0".into()].into());
    repo.git(&["checkout", "--quiet", "acme-d-v0.1.0"]);
    repo.castoff(&["publish"]).expect(0);
    assert_eq!(complete(&server).len(), 4);
}

#[test]
fn a_package_that_is_named_is_published_alone() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let run = repo.castoff(&["publish", "--json", "acme-d"]).expect(0);
    assert_eq!((run.listed("published"), server.files().len()), (vec!["acme-d".into()], 2));
    let run = repo.castoff(&["publish", "uv:acme-a", "acme-b", "--json"]).expect(0);
    assert_eq!(run.listed("published"), ["acme-a", "acme-b"]);
    let run = repo.castoff(&["publish", "--json", "acme-c"]).expect(0);
    assert_eq!((run.listed("published"), server.files().len()), (vec!["acme-c".into()], 8));
}

/// It could not be installed by anybody.
#[test]
fn a_package_is_not_published_without_what_it_needs() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let run = repo.castoff(&["publish", "acme-c"]).expect(1);
    assert!(run.stderr.contains("help: run `castoff publish acme-b acme-c`"), "{}", run.stderr);
    assert!(server.uploads().is_empty());
}

#[test]
fn a_repository_without_anything_to_publish_says_so() {
    let repo = Repo::with(&[("pyproject.toml", "[project]\nname = \"private\"\nversion = \"1.0.0\"\n")]);
    let last = "nothing to publish: no package is for publishing, `castoff discover` says why";
    assert_eq!(repo.castoff(&["publish"]).expect(0).last_line(), last);
}

#[test]
fn an_unknown_package_is_wrong_usage() {
    if !need("uv") {
        return;
    }
    let run = four().castoff(&["publish", "acme-e"]).expect(2);
    assert!(run.stderr.contains("no package is named `acme-e`"), "{}", run.stderr);
}

#[test]
fn what_is_not_committed_is_refused_except_in_the_configuration() {
    if !ready() {
        return;
    }
    let (repo, server) = (python_workspace(&[("acme-a", "0.1.0", &[])]), PyPiServer::start());
    repo.commit("feat: begin");
    let address = (server.upload_url(), server.index_url());
    let config = format!("[registry.pypi]\nupload = \"{}\"\nindex = \"{}\"\n", address.0, address.1);
    repo.write("castoff.toml", &format!("{config}# untracked\n"));
    let source = "packages/acme-a/src/acme_a/__init__.py";
    let text = repo.read(source);

    repo.write(source, "EDITED = 1\n");
    let refused = |repo: &Repo| {
        let run = repo.castoff(&["publish"]).expect(1);
        assert!(run.stderr.contains(source) && run.stderr.contains("help: commit"), "{}", run.stderr);
    };
    refused(&repo);
    repo.git(&["add", source]);
    refused(&repo);
    assert!(server.uploads().is_empty());

    repo.git(&["reset", "--quiet"]);
    repo.write(source, &text);
    // Also what lies in no package: nobody knows whether it should have been committed.
    repo.write("notes.txt", "untracked");
    let run = repo.castoff(&["publish"]).expect(1);
    assert!(run.stderr.contains("`notes.txt`") && run.stderr.contains(".gitignore"), "{}", run.stderr);
    assert!(server.uploads().is_empty());
    std::fs::write(repo.dir().join(".git/info/exclude"), "notes.txt\n").unwrap();
    repo.castoff(&["publish"]).expect(0);
    repo.git(&["add", "castoff.toml"]);
    repo.git(&["commit", "--quiet", "--message", "chore: configuration"]);
    repo.write("castoff.toml", &format!("{config}# modified\n"));
    repo.castoff(&["publish"]).expect(0);
    assert_eq!(server.files().len(), 2);
}
