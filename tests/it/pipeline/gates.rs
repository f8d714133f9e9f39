//! What stops a run in the fake world before anything is built there.

use std::collections::BTreeMap;
use std::sync::Mutex;

use castoff::config::{Barrier, Config};
use castoff::effect::{Cmd, Output};
use castoff::publish::Goal;
use castoff::registry::Target;

use super::{carry_out, carry_out_at, publish, target, try_publish};
use crate::fake::Fake;

/// A registry with accounts, and no credentials for it.
#[test]
fn a_missing_token_stops_an_upload_before_any_build_and_a_build_alone_never() {
    let stranger = || Target { own_server: false, token: None, ..target() };
    let rules = || Config::default().publish;
    let fake = Fake::new();
    let faults = carry_out_at(&fake, "a:\nb: a", 1, rules(), Goal::Publish, stranger()).unwrap_err();
    let text = faults.to_string();
    assert!(
        text.contains("no token for `pypi`") && text.contains("(2 packages): TOKEN is not set"),
        "{text}"
    );
    assert!(fake.started(" build ").is_empty());
    let summary = carry_out_at(&fake, "a:\nb: a", 1, rules(), Goal::Build, stranger()).unwrap();
    assert_eq!(summary.built.len(), 2);
    let warned = fake.events.lock().unwrap().iter().any(|event| event.detail.contains("no token for `pypi`"));
    assert!(warned);
}

/// What is on the registry under a name, before the run.
fn taken(name: &str, file: &str, fake: Fake) -> Fake {
    fake.registry.lock().unwrap().insert(name.into(), BTreeMap::from([(file.into(), String::new())]));
    fake
}

#[test]
fn a_name_that_is_taken_stops_the_run_unless_a_manifest_once_said_a_version_of_it() {
    let fake = taken("b", "b-0.9.0.tar.gz", Fake::new());
    let faults = try_publish(&fake, "a:\nb: a", 1, Barrier::Run).unwrap_err();
    assert!(faults.to_string().starts_with("the name `b` is taken on `pypi`"), "{faults}");
    assert!(fake.started(" build ").is_empty());
    let said = |cmd: &Cmd| cmd.args.iter().any(|arg| arg == "-S0.9.0");
    let fake = Fake::new().hook(move |_, cmd| {
        said(cmd).then(|| Output { code: Some(0), stdout: b"c0ffee\n".to_vec(), ..Output::default() })
    });
    let fake = taken("b", "b-0.9.0.tar.gz", fake);
    assert_eq!(publish(&fake, "a:\nb: a", 1, Barrier::Run).published.len(), 2);
}

#[test]
fn a_version_that_is_less_than_what_is_there_stops_the_run() {
    let fake = taken("a", "a-1.2.0.tar.gz", Fake::new());
    let faults = try_publish(&fake, "a:\nb:", 1, Barrier::Run).unwrap_err();
    assert!(faults.to_string().contains("`uv:a` 1.0.0 is less than 1.2.0, which is on `pypi`"), "{faults}");
    assert!(fake.started(" build ").is_empty());
}

#[test]
fn a_registry_is_asked_once_for_all_that_gates_a_run() {
    let asked: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let fake = Fake::new().answer(|name, _, response| {
        asked.lock().unwrap().push(name.to_string());
        response
    });
    let summary = carry_out(&fake, "a:\nb: a", 1, Config::default().publish, Goal::Build).unwrap();
    assert_eq!(summary.built.len(), 2);
    let mut asked = asked.lock().unwrap().clone();
    asked.sort();
    assert_eq!(asked, ["a", "b"]);
}
