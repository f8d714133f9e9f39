//! `castoff verify`: what was released is there, is what was built, and works in an empty place.

use std::fs;

use serde_json::{Value, json as value};

use crate::running::left_in_cache;
use crate::support::Ran;
use crate::tools::{PyPiServer, need};

use super::{castoff, connect, json, path, text, two};

/// Package and outcome of each.
fn outcomes(ran: &Ran) -> Vec<String> {
    let packages = ran.summary()["packages"].as_array().unwrap().clone();
    packages
        .iter()
        .map(|one| format!("{} {} {}", text(&one["package"]), text(&one["version"]), text(&one["outcome"])))
        .collect()
}

#[test]
fn what_was_released_is_found_to_be_right_by_every_name_that_it_has() {
    if !need("uv") {
        return;
    }
    let (repo, _server) = two("");
    castoff(&repo, &["publish", "--record", &path(&repo, "record.json")]).expect(0);
    castoff(&repo, &["tag"]).expect(0);
    let before = repo.bytes();
    let (a, b) = ("uv:acme-a 0.1.0 right", "uv:acme-b 0.2.0 right");
    let record = path(&repo, "record.json");
    for (words, expected) in [
        (vec!["verify"], vec![a, b]),
        (vec!["verify", "--jobs", "1", "--record", &record], vec![a, b]),
        (vec!["verify", "acme-b-v0.2.0", "--record", &record], vec![b]),
        (vec!["verify", "acme-b@0.2.0"], vec![b]),
        (vec!["verify", "acme-b=0.2.0"], vec![b]),
        (vec!["verify", "acme-b"], vec![b]),
    ] {
        // It needs no token.
        let ran = repo.castoff(&[&words[..], &["--json"]].concat()).expect(0);
        assert_eq!(outcomes(&ran), expected, "{words:?}");
        let compared = words.contains(&"--record");
        assert_eq!(ran.stdout.contains("\"event\":\"verified\""), compared, "{}", ran.stdout);
        assert!(ran.stdout.contains("\"event\":\"tried\""), "{}", ran.stdout);
    }
    let table = repo.castoff(&["verify"]).expect(0);
    assert!(
        table.stdout.contains("acme_b-0.2.0.tar.gz") && table.stdout.contains("sha256 "),
        "{}",
        table.stdout
    );
    assert!(table.stderr.ends_with("2 packages right\n"), "{}", table.stderr);
    // The checkout is as it was, and of what was installed nothing is left.
    assert_eq!(repo.bytes(), before);
    assert!(!left_in_cache(&repo).contains(&"run".to_string()));
}

#[test]
fn bytes_that_are_not_those_of_the_record_are_found() {
    if !need("uv") || !need("pypiserver") {
        return;
    }
    let (repo, _server) = two("");
    let server = PyPiServer::start();
    let (upload, index) = (server.upload_url(), server.index_url());
    repo.write("castoff.toml", &format!("[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\n"));
    let record = path(&repo, "record.json");
    repo.castoff(&["publish", "--record", &record]).expect(0);
    server.put("acme_b-0.2.0.tar.gz", b"something else");
    let ran = repo.castoff(&["verify", "--record", &record, "--json"]).expect(1);
    assert_eq!(outcomes(&ran), ["uv:acme-a 0.1.0 right", "uv:acme-b 0.2.0 wrong"]);
    let error = text(&ran.summary()["packages"][1]["error"]);
    assert!(
        error.starts_with("`acme_b-0.2.0.tar.gz` on the registry is not the file of the release"),
        "{error}"
    );
    // Without the record nobody can know.
    repo.castoff(&["verify"]).expect(0);

    let mut other = json(&repo, "record.json");
    other["packages"][0]["version"] = value!("0.9.0");
    other["packages"].as_array_mut().unwrap().remove(1);
    fs::write(&record, other.to_string()).unwrap();
    let ran = repo.castoff(&["verify", "acme-a@0.1.0", "--record", &record]).expect(1);
    assert!(ran.stderr.contains("the record has version 0.9.0 of it"), "{}", ran.stderr);
    let ran = repo.castoff(&["verify", "acme-b@0.2.0", "--record", &record]).expect(1);
    assert!(ran.stderr.contains("the record has no such package"), "{}", ran.stderr);
}

#[test]
fn what_is_missing_taken_back_or_broken_is_told_of_each_package() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("[publish]\npoll-timeout = \"0s\"\n");
    castoff(&repo, &["publish", "acme-a"]).expect(0);
    let ran = repo.castoff(&["verify"]).expect(1);
    assert!(ran.stderr.contains("error: `uv:acme-b` 0.2.0 is not on `pypi`"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("1 package right, 1 not right\n"), "{}", ran.stderr);

    server.yank_on_pypi("acme-a", "0.1.0", Some("it burns"));
    let ran = repo.castoff(&["verify", "acme-a"]).expect(1);
    assert!(ran.stderr.contains("was taken back on `pypi`\n  cause: yanked: it burns"), "{}", ran.stderr);

    let (repo, server) = two("[publish]\nsmoke = false\n");
    repo.write("packages/acme-a/src/acme_a/__init__.py", "import nowhere\n");
    repo.commit("feat: break");
    castoff(&repo, &["publish"]).expect(0);
    connect(&repo, &server, "");
    let ran = repo.castoff(&["verify", "--json"]).expect(1);
    assert_eq!(outcomes(&ran), ["uv:acme-a 0.1.0 wrong", "uv:acme-b 0.2.0 wrong"]);
    assert!(
        text(&ran.summary()["packages"][0]["error"]).contains("No module named 'nowhere'"),
        "{}",
        ran.stdout
    );
    assert!(!left_in_cache(&repo).contains(&"run".to_string()));
}

/// A registry that shows a version only when it was asked some times is polled, and no longer than that.
#[test]
fn a_registry_that_is_late_is_asked_again() {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let (repo, _server) = two("");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let questions = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&questions);
    // Ends with the tests.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4096]).unwrap();
            let late = asked.fetch_add(1, Ordering::SeqCst) < 2;
            let files = ["acme_a-0.1.0-py3-none-any.whl", "acme_a-0.1.0.tar.gz"];
            let listed = files.map(|name| value!({ "filename": name, "hashes": { "sha256": "ab" } }));
            let body =
                value!({ "files": if late { Vec::<Value>::new() } else { listed.to_vec() } }).to_string();
            let head = format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close",
                body.len()
            );
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").as_bytes()).unwrap();
        }
    });
    let table =
        format!("[publish]\nsmoke = false\n[registry.pypi]\nupload = \"{address}\"\nindex = \"{address}\"\n");
    repo.write("castoff.toml", &table);
    let ran = repo.castoff(&["verify", "acme-a", "--json"]).expect(0);
    assert_eq!(outcomes(&ran), ["uv:acme-a 0.1.0 right"]);
    assert_eq!(questions.load(Ordering::SeqCst), 3);
}

#[test]
fn words_that_name_no_release_are_refused() {
    let (repo, _server) = two("");
    for (word, why) in [
        ("acme-x", "no package is named `acme-x`"),
        ("acme-a@one", "`one` is no version"),
        ("acme-x-v1.0.0", "no package is named `acme-x-v1.0.0`"),
    ] {
        let ran = repo.castoff(&["verify", word]).expect(2);
        assert!(ran.stderr.contains(why), "{word}: {}", ran.stderr);
    }
    let ran = repo.castoff(&["verify", "--record", "nowhere.json"]).expect(2);
    assert!(ran.stderr.contains("there is no record `nowhere.json`"), "{}", ran.stderr);
}
