//! A token goes to the server and nowhere else: not into arguments, builds, trials, outputs, or the cache.

use std::fs;

use crate::support::{Ran, Repo};
use crate::tools::PyPiServer;

use super::{complete, connect_with_token, files_with, four, ready, shim};

const TOKEN: &str = "pypi-AgEIcHlwaS5vcmcCJDk4ZmQ";
const WRONG: &str = "pypi-WrongWrongWrongWrongWro";

/// Writes down every start of a tool: its arguments, and the names of its variables.
fn recorder(repo: &Repo) -> String {
    let log = repo.beside("log");
    fs::create_dir(&log).unwrap();
    let script = format!(
        "{{ printf '%s ' \"$0\" \"$@\"; echo; env | sed -n 's/^\\([A-Za-z0-9_]*\\)=.*/\\1/p'; }} >'{}/'$$",
        log.display()
    );
    shim(repo, "cargo", &script);
    shim(repo, "uv", &script)
}

/// The starts of uv with these words among their arguments: arguments, and names of variables.
fn starts(repo: &Repo, words: &str) -> Vec<(String, Vec<String>)> {
    let texts = fs::read_dir(repo.beside("log")).unwrap();
    let texts = texts.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let starts = texts.map(|text| {
        let (first, rest) = text.split_once('\n').unwrap();
        (first.to_string(), rest.lines().map(str::to_string).collect())
    });
    starts.filter(|(args, _): &(String, Vec<String>)| args.contains(words)).collect()
}

/// The token is nowhere, and only uploads know a variable that can hold one.
fn kept_secret(repo: &Repo, run: &Ran, token: &str) {
    assert!(!run.text().contains(token), "{}", run.text());
    assert_eq!(files_with(&repo.cache(), token), [""; 0].map(std::path::PathBuf::from));
    assert_eq!(files_with(&repo.dir(), token), [""; 0].map(std::path::PathBuf::from));
    assert_eq!(files_with(&repo.beside("log"), token), [""; 0].map(std::path::PathBuf::from));
    let all = starts(repo, "");
    for (args, names) in &all {
        let seen = names.iter().filter(|name| HOLDERS.contains(&name.as_str())).collect::<Vec<_>>();
        let expected = if args.contains(" publish ") { vec!["UV_PUBLISH_TOKEN"] } else { Vec::new() };
        assert_eq!(seen, expected, "{args}");
    }
}

const HOLDERS: &[&str] = &[
    "ACME_TOKEN",
    "UV_PUBLISH_TOKEN",
    "UV_PUBLISH_PASSWORD",
    "PYPI_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// What the machine of a careless person holds.
const AROUND: [(&str, &str); 4] = [
    ("PYPI_TOKEN", "another-token"),
    ("UV_PUBLISH_PASSWORD", "a-password"),
    ("CARGO_REGISTRY_TOKEN", "another-token"),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a-token-for-tokens"),
];

#[test]
fn a_token_goes_to_the_upload_alone() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start_with_password("__token__", TOKEN));
    connect_with_token(&repo, &server);
    let path = recorder(&repo);
    let variables = [&[("PATH", path.as_str()), ("ACME_TOKEN", TOKEN)], &AROUND[..]].concat();
    let run = repo.castoff_with(&["publish", "--json", "-v"], &variables).expect(0);
    assert_eq!(complete(&server).len(), 4);
    for words in [" build ", " publish ", " venv ", " pip install "] {
        assert_eq!(starts(&repo, words).len(), 4, "{words}");
    }
    kept_secret(&repo, &run, TOKEN);
}

#[test]
fn a_wrong_token_is_told_by_the_name_of_its_variable() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start_with_password("__token__", TOKEN));
    connect_with_token(&repo, &server);
    let path = recorder(&repo);
    let variables = [&[("PATH", path.as_str()), ("ACME_TOKEN", WRONG)], &AROUND[..]].concat();
    let run = repo.castoff_with(&["publish", "-v"], &variables).expect(1);
    assert!(run.stderr.contains("the token in `ACME_TOKEN` was not accepted"), "{}", run.stderr);
    assert!(run.last_line().starts_with("nothing was published"), "{}", run.stderr);
    assert!(server.files().is_empty());
    kept_secret(&repo, &run, WRONG);

    // The same command with the right one goes on.
    let run = repo.castoff_with(&["publish", "--json"], &[("ACME_TOKEN", TOKEN)]).expect(0);
    assert!(run.reached("building").is_empty());
    assert_eq!(complete(&server).len(), 4);
}

#[test]
fn a_server_that_wants_a_token_and_gets_none_is_told_which_variables_count() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start_with_password("__token__", TOKEN));
    connect_with_token(&repo, &server);
    let run = repo.castoff(&["publish"]).expect(1);
    assert!(run.stderr.contains("none of ACME_TOKEN is set"), "{}", run.stderr);
    assert!(server.files().is_empty());
}

#[test]
fn a_server_with_passwords_takes_the_login_that_uv_takes() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start_with_password("ada", TOKEN));
    connect_with_token(&repo, &server);
    let path = recorder(&repo);
    let with = |password| {
        [("PATH", path.as_str()), ("UV_PUBLISH_USERNAME", "ada"), ("UV_PUBLISH_PASSWORD", password)]
    };
    let run = repo.castoff_with(&["publish", "acme-a"], &with(WRONG)).expect(1);
    assert!(run.stderr.contains("its user and password were not accepted"), "{}", run.stderr);
    let run = repo.castoff_with(&["publish", "--json", "-v"], &with(TOKEN)).expect(0);
    assert_eq!(complete(&server).len(), 4);
    assert!(!run.text().contains(TOKEN));
    // The recorder has written down what every child saw.
    for words in [" build ", " venv ", " pip install "] {
        let saw =
            starts(&repo, words).iter().any(|start| format!("{start:?}").contains("UV_PUBLISH_PASSWORD"));
        assert!(!saw, "{words}");
    }
}
