//! `--record FILE`: what was published when, whatever becomes of the run.

use std::collections::BTreeMap;

use castoff::rehearsal::server::Server;
use rustix::process::Signal;
use serde_json::{Value, json as value};

use crate::running::{Gate, Running};
use crate::tools::need;

use super::{TOKEN, castoff, connect, json, path, text, two};

/// Name and digest of every file that the server has.
fn files(server: &Server) -> BTreeMap<String, String> {
    server.files().into_iter().map(|file| (file.file_name, file.sha256)).collect()
}

/// The names of what a package came through.
fn stages(package: &Value) -> Vec<String> {
    package["stages"].as_array().unwrap().iter().map(|stage| text(&stage["stage"])).collect()
}

#[test]
fn the_record_of_a_release_has_files_digests_times_and_tags() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("");
    let file = path(&repo, "kept/record.json");
    castoff(&repo, &["publish", "--record", &file]).expect(0);
    let record = json(&repo, "kept/record.json");
    assert_eq!((&record["schema"], &record["kind"]), (&value!(1), &value!("release")));
    assert_eq!((&record["outcome"], &record["errors"]), (&value!("success"), &value!([])));
    assert_eq!(text(&record["commit"]), repo.git(&["rev-parse", "HEAD"]).trim());
    let components = value!([
        { "name": "acme-a", "version": "0.1.0", "tag": "acme-a-v0.1.0", "packages": { "uv:acme-a": "published" } },
        { "name": "acme-b", "version": "0.2.0", "tag": "acme-b-v0.2.0", "packages": { "uv:acme-b": "published" } },
    ]);
    assert_eq!(record["components"], components);
    let there = files(&server);
    for package in record["packages"].as_array().unwrap() {
        assert_eq!((&package["outcome"], &package["registry"]), (&value!("published"), &value!("pypi")));
        for file in package["files"].as_array().unwrap() {
            assert_eq!(there[&text(&file["name"])], text(&file["sha256"]));
            assert_eq!(text(&file["reported"]), format!("sha256:{}", text(&file["sha256"])));
            assert!(file["size"].as_u64().unwrap() > 100 && text(&file["sha512"]).len() == 128, "{file}");
        }
        let order = [
            "pinned",
            "building",
            "built",
            "checksummed",
            "uploading",
            "uploaded",
            "visible",
            "verified",
            "tried",
        ];
        assert_eq!(stages(package), order, "{package}");
        let times = package["stages"].as_array().unwrap().iter().map(|stage| text(&stage["at"]));
        let times: Vec<String> =
            [text(&record["started"])].into_iter().chain(times).chain([text(&record["ended"])]).collect();
        assert!(times.is_sorted(), "{times:?}");
    }
    assert_eq!(there.len(), 4);

    // Nothing is left to do, and what the registries say of it is recorded all the same.
    castoff(&repo, &["publish", "--record", &file]).expect(0);
    let again = json(&repo, "kept/record.json");
    for package in again["packages"].as_array().unwrap() {
        assert_eq!(package["outcome"], "already_there");
        let digest = |file: &Value| format!("sha256:{}", there[&text(&file["name"])]);
        assert!(
            package["files"].as_array().unwrap().iter().all(|file| text(&file["reported"]) == digest(file))
        );
    }
}

#[test]
fn a_run_that_fails_has_a_record_that_says_why() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("[publish]\nsmoke = \"echo no; exit 1\"\n");
    let file = path(&repo, "record.json");
    castoff(&repo, &["publish", "--record", &file]).expect(3);
    let record = json(&repo, "record.json");
    assert_eq!(record["outcome"], "partly");
    assert!(text(&record["text"]).contains("1 package failed (acme-a 0.1.0)"), "{}", record["text"]);
    let [a, b] = &record["packages"].as_array().unwrap()[..] else { panic!("{record}") };
    assert_eq!((&a["outcome"], &a["uploaded"]), (&value!("failed"), &value!(true)));
    assert!(text(&a["error"]).contains("no") && stages(a).contains(&"failed".to_string()), "{a}");
    assert!(text(&a["files"][0]["reported"]).starts_with("sha256:"), "{a}");
    assert_eq!((&b["outcome"], &b["by"]), (&value!("blocked"), &value!("uv:acme-a")));

    // Stopped before anything was built.
    drop(server);
    repo.castoff(&["publish", "--record", &file]).expect(1);
    let record = json(&repo, "record.json");
    assert_eq!((&record["outcome"], &record["packages"]), (&value!("failed"), &value!([])));
    assert!(text(&record["errors"][0]).contains("cannot ask `pypi`"), "{record}");
}

#[test]
fn a_run_that_is_stopped_has_a_record_and_one_that_is_killed_too() {
    if !need("uv") {
        return;
    }
    for (signal, code, outcome) in [(Signal::TERM, 130, "cancelled"), (Signal::KILL, -1, "unfinished")] {
        let (repo, server) = two("");
        let gate = Gate::new(&repo);
        connect(&repo, &server, &format!("[publish]\nsmoke = \"\"\"{}\"\"\"\n", gate.commands("")));
        let mut command = repo.command(&["publish", "--record", &path(&repo, "record.json")]);
        command.env("ACME_TOKEN", TOKEN);
        let arrived = gate.arrival(Running::start(command));
        assert_eq!(json(&repo, "record.json")["outcome"], "unfinished");
        arrived.signal(signal);
        arrived.end().expect(code);
        let record = json(&repo, "record.json");
        assert_eq!(record["outcome"], outcome);
        assert_eq!(text(&record["commit"]), repo.git(&["rev-parse", "HEAD"]).trim());
        assert_eq!(record["ended"].is_null(), outcome == "unfinished");
    }
}

#[test]
fn the_record_of_a_rehearsal_is_none_of_a_release() {
    if !need("uv") {
        return;
    }
    let (repo, _server) = two("");
    let file = path(&repo, "record.json");
    castoff(&repo, &["rehearse", "--dry-run", "--record", &file]).expect(0);
    assert!(!repo.beside("record.json").exists());
    castoff(&repo, &["rehearse", "--record", &file]).expect(0);
    let record = json(&repo, "record.json");
    assert_eq!((&record["kind"], &record["outcome"]), (&value!("rehearsal"), &value!("success")));
    let refused = castoff(&repo, &["verify", "--record", &file]).expect(2);
    assert!(refused.stderr.contains("it is one of a rehearsal"), "{}", refused.stderr);
}

#[test]
fn a_record_that_cannot_be_written_is_known_before_anything_is_built() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("");
    let ran = castoff(&repo, &["publish", "--record", &repo.dir().display().to_string()]).expect(1);
    assert!(ran.stderr.starts_with("error: cannot write `"), "{}", ran.stderr);
    assert!(server.files().is_empty());
}
