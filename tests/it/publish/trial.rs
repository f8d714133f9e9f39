//! A package is published when it was installed from the registry and used, not when it was uploaded.

use crate::support::Repo;
use crate::tools::PyPiServer;

use super::{complete, connect, four, ready, shim};

/// `acme-b` can be built and installed, and raises when it is imported.
fn raise_in_b(repo: &Repo) {
    repo.write("packages/acme-b/src/acme_b/__init__.py", "raise RuntimeError('not today')\n");
    repo.commit("feat: raise");
}

#[test]
fn a_package_that_cannot_be_imported_has_failed() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    raise_in_b(&repo);
    let run = repo.castoff(&["publish", "--json"]).expect(3);
    assert_eq!(run.reached("uploaded").iter().filter(|name| *name == "acme-b").count(), 1);
    assert_eq!(run.listed("published"), ["acme-a", "acme-d"]);
    assert_eq!((run.listed("failed"), run.listed("blocked")), (vec!["acme-b".into()], vec!["acme-c".into()]));
    let error = run.outcomes("failed")[0]["error"].as_str().unwrap().to_string();
    assert!(error.contains("not today") && error.contains("release the next one"), "{error}");
    assert_eq!(run.listed("unverified"), ["acme-b"]);
    let there = ["acme_a-0.1.0", "acme_b-0.1.0", "acme_d-0.1.0"];
    assert_eq!(complete(&server), there.map(String::from).into());
}

#[test]
fn a_command_of_ones_own_is_the_trial() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "[publish]\nsmoke = \"{python} -c 'import acme_a'\"\n");
    // Only what brings `acme_a` passes.
    let run = repo.castoff(&["publish", "--json"]).expect(3);
    assert_eq!(run.listed("published"), ["acme-a", "acme-b", "acme-c"]);
    assert_eq!(run.listed("failed"), ["acme-d"]);
}

/// One that the manifest excludes could not install it.
#[test]
fn the_interpreter_of_the_trial_is_one_that_the_package_allows() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let log = repo.beside("log");
    let path = shim(&repo, "uv", &format!("echo \"$*\" >>'{}'", log.display()));
    repo.castoff_with(&["publish", "acme-a"], &[("PATH", &path)]).expect(0);
    let log = std::fs::read_to_string(log).unwrap();
    let venv = log.lines().find(|line| line.contains(" venv ")).unwrap();
    assert!(venv.contains("/stage/packages/acme-a ") && !venv.contains("--no-project"), "{venv}");
}
