//! `castoff status`: what is where, what is missing, and what to run.

use std::net::TcpListener;

use serde_json::Value;

use crate::support::Repo;
use crate::tools::need;

use super::{castoff, text, two};

/// For each component: version, latest tag, states, and what is to be run.
fn told(repo: &Repo) -> Vec<String> {
    let json = repo.castoff(&["status", "--json"]).expect(0).json();
    let one = |component: &Value| {
        let list = |key: &str, of: &str| {
            let items = component[key].as_array().unwrap().iter();
            items.map(|item| text(&item[of])).collect::<Vec<_>>().join(",")
        };
        let tag = component["latest_tag"].as_str().unwrap_or("-");
        let (states, runs) = (list("packages", "state"), list("missing", "run"));
        format!("{} {} {tag} {states}: {runs}", text(&component["name"]), text(&component["version"]))
    };
    json["components"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_release_is_followed_until_nothing_is_missing() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("[publish]\nsmoke = false\n");
    let remote = repo.beside("remote.git").display().to_string();
    repo.git(&["init", "--quiet", "--bare", &remote]);
    repo.git(&["remote", "add", "origin", &remote]);
    let before = repo.bytes();
    let expected =
        ["acme-a 0.1.0 - absent: castoff publish acme-a", "acme-b 0.2.0 - absent: castoff publish acme-b"];
    assert_eq!(told(&repo), expected);
    assert_eq!(repo.bytes(), before);

    castoff(&repo, &["publish", "acme-a"]).expect(0);
    let expected = ["acme-a 0.1.0 - live: castoff tag", "acme-b 0.2.0 - absent: castoff publish acme-b"];
    assert_eq!(told(&repo), expected);
    castoff(&repo, &["publish"]).expect(0);
    castoff(&repo, &["tag"]).expect(0);
    let expected = [
        "acme-a 0.1.0 acme-a-v0.1.0 live: castoff tag --push",
        "acme-b 0.2.0 acme-b-v0.2.0 live: castoff tag --push",
    ];
    assert_eq!(told(&repo), expected);
    castoff(&repo, &["tag", "--push"]).expect(0);
    let done = repo.castoff(&["status"]).expect(0);
    assert!(
        done.stderr.ends_with("nothing is missing\n") && !done.stdout.contains("missing"),
        "{}",
        done.text()
    );

    server.yank_on_pypi("acme-b", "0.2.0", Some("it burns"));
    repo.write("packages/acme-a/src/acme_a/more.py", "");
    repo.commit("feat: more");
    let expected = [
        "acme-a 0.1.0 acme-a-v0.1.0 live: castoff bump acme-a",
        "acme-b 0.2.0 acme-b-v0.2.0 taken_back: castoff bump acme-b",
    ];
    assert_eq!(told(&repo), expected);
    let table = repo.castoff(&["status"]).expect(0);
    assert!(table.stdout.contains("acme-b 0.2.0 was taken back: yanked: it burns"), "{}", table.stdout);
    assert!(table.stderr.ends_with("2 things missing\n"), "{}", table.stderr);
}

#[test]
fn what_does_not_answer_is_one_line_and_hides_nothing() {
    let (repo, _server) = two("");
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let rules = "[publish]\nmax-retries = 0\n";
    repo.write("castoff.toml", &format!("{rules}[registry.pypi]\nupload = \"{dead}\"\nindex = \"{dead}\"\n"));
    repo.git(&["remote", "add", "origin", "/nowhere"]);
    let ran = repo.castoff(&["status"]).expect(1);
    assert!(ran.stdout.contains("acme-b  0.2.0  no tag  uv:acme-b  pypi  not known"), "{}", ran.stdout);
    assert_eq!(ran.stderr.matches("error: ").count(), 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("cannot ask `pypi`") && ran.stderr.contains("tags of `origin`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.ends_with("nothing is missing, as far as it is known\n"), "{}", ran.stderr);
    let json = repo.castoff(&["status", "--json"]).expect(1).json();
    assert_eq!(json["errors"].as_array().unwrap().len(), 2);
}
