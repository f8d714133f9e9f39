//! What owners take back of what they uploaded, and what becomes of its number.

use serde_json::{Value, json};

use super::{BASIC, call, get, packed, publish, shown, state, wheel};
use crate::rehearsal::server::State;
use crate::rehearsal::server::pypi;
use crate::rehearsal::server::store::sha256;

/// A call of an owner, and the first line of the answer.
fn asks(state: &State, method: &str, target: &str, token: &str, body: &str) -> String {
    shown(&state.answer(&call(method, target, &[("authorization", token)], body.into())))
}

fn json_at(state: &State, target: &str) -> Value {
    serde_json::from_slice(&get(state, target, &[]).body).expect("JSON")
}

#[test]
fn a_yanked_crate_stays_and_says_so() {
    let state = state();
    for version in ["0.1.8", "0.1.9"] {
        publish(&state, "acme-core", version, "secret");
    }
    let at = |what: &str| format!("/api/v1/crates/acme-core/{what}");
    let missing = "404 {\"errors\":[{\"detail\":\"crate `acme-core` does not have a version `0.2.0`\"}]}";
    let denied = "403 {\"errors\":[{\"detail\":\"authentication failed\"}]}";
    let yanked = |state: &State| {
        let index = get(state, "/index/ac/me/acme-core", &[]).body;
        let lines = String::from_utf8_lossy(&index).into_owned();
        lines.lines().filter(|line| line.contains("\"yanked\":true")).count()
    };
    for (method, path, token, expected, count) in [
        ("DELETE", "0.1.8/yank", "other", denied, 0),
        ("DELETE", "0.2.0/yank", "secret", missing, 0),
        ("DELETE", "0.1.8/yank", "secret", "200 {\"ok\":true}", 1),
        ("PUT", "0.1.8/unyank", "secret", "200 {\"ok\":true}", 0),
    ] {
        assert_eq!(asks(&state, method, &at(path), token, ""), expected);
        assert_eq!(yanked(&state), count, "{path}");
    }
}

#[test]
fn a_deprecated_version_says_so_and_one_that_was_unpublished_keeps_its_number() {
    let state = state();
    let versions = ["0.1.8", "0.1.9", "0.2.0"];
    for version in versions {
        state.answer(&packed("@acme/core", version, None, "Bearer secret"));
    }
    let (read, token) = ("/npm/@acme%2fcore", "Bearer secret");
    let mut sent = json_at(&state, read);
    sent["versions"]["0.1.8"]["deprecated"] = json!("use 0.2");
    assert_eq!(
        asks(&state, "PUT", read, "Bearer other", &sent.to_string()),
        "401 {\"error\":\"You must be logged in to publish packages.\"}"
    );
    assert_eq!(asks(&state, "PUT", read, token, &sent.to_string()), "201 {\"success\":true}");
    let mut sent = json_at(&state, read);
    assert_eq!(sent["versions"]["0.1.8"]["deprecated"], "use 0.2");
    assert_eq!(sent["dist-tags"], json!({"latest": "0.2.0"}));

    sent["versions"]["0.1.8"]["deprecated"] = json!("");
    sent["versions"].as_object_mut().expect("versions").shift_remove("0.2.0");
    sent["dist-tags"] = json!({"latest": "0.1.9"});
    let rev = format!("{read}/-rev/{}", sent["_rev"].as_str().expect("a state"));
    asks(&state, "PUT", &rev, token, &sent.to_string());
    asks(&state, "PUT", read, token, &sent.to_string());
    asks(&state, "DELETE", "/npm/@acme/core/-/core-0.2.0.tgz/-rev/1-0", token, "");
    let left = json_at(&state, read);
    assert_eq!(left["versions"]["0.1.8"].get("deprecated"), None);
    assert_eq!(left["versions"].as_object().map(|versions| versions.len()), Some(2));
    assert_eq!(left["dist-tags"], json!({"latest": "0.1.9"}));
    assert!(versions.iter().all(|version| left["time"].get(version).is_some()), "{}", left["time"]);
    assert_eq!(get(&state, "/npm/@acme/core/-/core-0.2.0.tgz", &[]).status, 404);
    let again = state.answer(&packed("@acme/core", "0.2.0", None, token));
    assert!(shown(&again).starts_with("403 {\"error\":\"You cannot publish over"), "{}", shown(&again));

    assert_eq!(asks(&state, "DELETE", &rev, token, ""), "201 {\"success\":true}");
    assert_eq!(get(&state, read, &[]).status, 404);
    assert_eq!(state.answer(&packed("@acme/core", "0.1.8", None, token)).status, 403);
}

#[test]
fn a_tag_names_one_version() {
    let state = state();
    for version in ["0.1.8", "0.1.9"] {
        state.answer(&packed("@acme/core", version, None, "Bearer secret"));
    }
    let tags = "/npm/-/package/@acme%2fcore/dist-tags";
    for (method, path, body, expected) in [
        ("PUT", "/stable", "\"0.1.8\"", json!({"latest": "0.1.9", "stable": "0.1.8"})),
        ("PUT", "/stable", "\"0.1.9\"", json!({"latest": "0.1.9", "stable": "0.1.9"})),
        ("PUT", "/latest", "\"0.1.8\"", json!({"latest": "0.1.8", "stable": "0.1.9"})),
        ("PUT", "/stable", "\"0.3.0\"", json!({"latest": "0.1.8", "stable": "0.1.9"})),
        ("DELETE", "/stable", "", json!({"latest": "0.1.8"})),
    ] {
        asks(&state, method, &format!("{tags}{path}"), "Bearer secret", body);
        assert_eq!(json_at(&state, tags), expected, "{path} {body}");
    }
}

#[test]
fn a_yanked_release_says_why_and_a_deleted_file_keeps_its_name() {
    let state = state();
    let (file, digest) = ("acme_app-0.1.8-py3-none-any.whl", sha256(b"one"));
    state.answer(&wheel("one", &digest, BASIC));
    let said = |state: &State| {
        let accept = [("accept", "application/vnd.pypi.simple.v1+json")];
        let json: Value =
            serde_json::from_slice(&get(state, "/simple/acme-app/", &accept).body).expect("JSON");
        let html = get(state, "/simple/acme-app/", &[]).body;
        let html = String::from_utf8_lossy(&html).into_owned();
        (json["files"][0]["yanked"].clone(), html.contains(" data-yanked=\"it &lt;burns&gt;\">"))
    };
    assert_eq!(said(&state), (json!(false), false));
    pypi::yank(&mut state.store(), "Acme_App", "0.1.8", Some("it <burns>"));
    assert_eq!(said(&state), (json!("it <burns>"), true));
    pypi::yank(&mut state.store(), "acme-app", "0.1.8", None);
    assert_eq!(said(&state), (json!(false), false));
    pypi::delete(&mut state.store(), file);
    assert_eq!(get(&state, "/simple/acme-app/", &[]).status, 404);
    assert_eq!(get(&state, &format!("/files/{file}"), &[]).status, 404);
    let again = shown(&state.answer(&wheel("one", &digest, BASIC)));
    assert!(again.ends_with("has since been deleted. Use a different version."), "{again}");
}
