//! Whatever happens to a run, the repository stays as it was, byte for byte; and whatever a dead run left elsewhere, the
//! next one clears away.

use rustix::process::Signal;

use crate::running::{Gate, Running, left_in_cache};
use crate::support::{Repo, crate_files, python_package, python_workspace};
use crate::tools::{PyPiServer, need};

/// Two Python packages and two crates, files that git ignores, and hooks that would show.
fn mixed() -> Repo {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-app", "0.1.0", &["acme-core"])]);
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    let needs = ["castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1.0\" }"];
    crate_files(&repo, "castoff-it-high", "0.1.0", &needs, true);
    repo.write(".gitignore", "/target\n*.local\n");
    repo.commit("feat: begin");
    for package in ["acme-core", "acme-app", "castoff-it-low", "castoff-it-high"] {
        repo.git(&["tag", &format!("{package}-v0.1.0")]);
    }
    repo.write("packages/acme-core/src/acme_core/more.py", "MORE = 1\n");
    repo.write("crates/castoff-it-low/src/lib.rs", "//! More.\n");
    repo.commit("feat: more");
    repo.write("target/package/old.crate", "old");
    repo.write("settings.local", "mine\n");
    for hook in ["post-checkout", "reference-transaction", "post-index-change"] {
        let path = format!(".git/hooks/{hook}");
        repo.write(&path, "#!/bin/sh\necho ran >>\"$(dirname \"$0\")/../hook-ran\"\n");
        repo.executable(&path);
    }
    repo
}

/// Runs to its end and compares the repository at every event on the way.
fn watch(repo: &Repo, mut running: Running) -> usize {
    let before = repo.bytes();
    let mut moments = 0;
    while let Some(event) = running.event() {
        assert!(repo.bytes() == before, "something changed before {event}");
        moments += 1;
    }
    running.end().expect(0);
    assert!(repo.bytes() == before, "something changed at the end");
    moments
}

/// Kills a run with SIGKILL after so many events; what it started may live on.
fn kill_after(repo: &Repo, mut running: Running, events: usize) {
    let before = repo.bytes();
    for count in 0..events {
        assert!(running.event().is_some(), "the run ended after {count} events, before it could be killed");
    }
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, -1, "it was killed");
    assert!(repo.bytes() == before, "something changed until the kill after {events} events");
}

fn start(repo: &Repo, args: &[&str]) -> Running {
    Running::start(repo.command(args))
}

#[test]
fn a_rehearsal_changes_no_byte_at_any_moment() {
    if !need("uv") {
        return;
    }
    let repo = mixed();
    let moments = watch(&repo, start(&repo, &["rehearse"]));
    assert!(moments >= 10, "{moments}");
    assert_eq!(left_in_cache(&repo), ["lock", "target"]);
}

#[test]
fn a_rehearsal_killed_at_ten_moments_leaves_no_trace() {
    if !need("uv") {
        return;
    }
    let repo = mixed();
    for events in [1, 4, 7, 10, 13, 16, 19, 22, 25, 28] {
        kill_after(&repo, start(&repo, &["rehearse"]), events);
    }
    watch(&repo, start(&repo, &["rehearse"]));
    assert_eq!(left_in_cache(&repo), ["lock", "target"]);
}

/// Two packages with a server to publish to.
fn publishable(server: &PyPiServer) -> Repo {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-app", "0.1.0", &["acme-core"])]);
    let (upload, index) = (server.upload_url(), server.index_url());
    let text = format!(
        "[publish]\nsmoke = false\njobs = 1\n\n[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\ntrusted-publishing = \"never\"\n"
    );
    repo.write("castoff.toml", &text);
    repo.write(".gitignore", "*.local\n");
    repo.commit("feat: begin");
    repo.write("settings.local", "mine\n");
    repo
}

#[test]
fn a_publish_changes_no_byte_at_any_moment() {
    if !need("uv") || !need("pypiserver") {
        return;
    }
    let server = PyPiServer::start();
    let repo = publishable(&server);
    let moments = watch(&repo, start(&repo, &["publish"]));
    assert!(moments >= 10, "{moments}");
    assert_eq!(left_in_cache(&repo), ["lock", "target"]);
    assert_eq!(server.files().len(), 4);
}

#[test]
fn a_publish_killed_at_ten_moments_leaves_no_trace() {
    if !need("uv") || !need("pypiserver") {
        return;
    }
    let server = PyPiServer::start();
    let repo = publishable(&server);
    for (release, events) in [1, 3, 4, 6, 8, 9, 10, 11, 12, 14].into_iter().enumerate() {
        let version = format!("0.1.{release}");
        python_package(&repo, "acme-core", &version, &[]);
        python_package(&repo, "acme-app", &version, &["acme-core"]);
        repo.commit("chore: release");
        kill_after(&repo, start(&repo, &["publish"]), events);
        // Running again is resuming: both are there once, and what was kept for it is gone.
        watch(&repo, start(&repo, &["publish"]));
        assert_eq!(left_in_cache(&repo), ["lock", "target"], "after {events} events");
        assert_eq!(server.files().len(), 4 * (release + 1));
    }
}

/// A Python package that waits at a gate, once, when it is tried.
fn gated(before: &str) -> (Repo, Gate) {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[])]);
    let gate = Gate::new(&repo);
    repo.write("castoff.toml", &format!("[publish]\nsmoke = \"{}\"\n", gate.commands(before)));
    repo.commit("feat: begin");
    (repo, gate)
}

/// A run that is told to stop while a child of it runs, which has a child of its own.
fn stop_with(signal: Signal, before: &str) {
    let (repo, gate) = gated(before);
    let bytes = repo.bytes();
    let run = gate.arrival(start(&repo, &["rehearse"]));
    run.signal(signal);
    let ran = run.end_of_all().expect(130);
    assert_eq!(ran.summary()["cancelled"], serde_json::json!(["uv:acme-core"]));
    assert_eq!(ran.summary()["failed"], serde_json::json!([]));
    assert_eq!(left_in_cache(&repo), ["lock", "target"]);
    assert!(repo.bytes() == bytes);
}

#[test]
fn ctrl_c_asks_children_to_end_and_clears_away() {
    if need("uv") {
        let dir = tempfile::tempdir().unwrap();
        let asked = dir.path().join("asked");
        stop_with(Signal::INT, &format!("trap 'echo >{}; exit 1' TERM;", asked.display()));
        assert!(asked.exists(), "the child could not put its own things away");
    }
}

#[test]
fn kill_ends_children_that_will_not_end() {
    if need("uv") {
        stop_with(Signal::TERM, "trap '' TERM;");
    }
}

#[test]
fn what_a_child_leaves_running_is_ended() {
    if need("uv") {
        let (repo, gate) = gated("");
        let smoke = format!("{} & exit 0", gate.commands(""));
        repo.write("castoff.toml", &format!("[publish]\nsmoke = \"{smoke}\"\n"));
        let run = gate.arrival(start(&repo, &["rehearse"]));
        run.end_of_all().expect(0);
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = gated("trap '' TERM;");
    let run = gate.arrival(start(&repo, &["rehearse"]));
    run.signal(Signal::INT);
    run.signal(Signal::TERM);
    assert_eq!(run.end_of_all().code, -1, "a signal ended it");
}

#[test]
fn a_second_run_waits_for_the_first() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = gated("");
    let first = gate.arrival(start(&repo, &["rehearse"]));
    let mut second = start(&repo, &["rehearse"]);
    second.until("waiting for another run of castoff on this repository, or for what a killed one left running: `castoff`");
    assert!(gate.release(), "the first is still at work");
    first.end().expect(0);
    second.end().expect(0);
}

#[test]
fn a_run_that_waits_for_another_can_be_stopped() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = gated("");
    let first = gate.arrival(start(&repo, &["rehearse"]));
    let mut second = start(&repo, &["rehearse"]);
    second.until("waiting for another run");
    second.signal(Signal::INT);
    second.end().expect(130);
    assert!(gate.release(), "the first is still at work");
    first.end().expect(0);
}

#[test]
fn a_run_waits_for_what_a_killed_one_left_running() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = gated("");
    let first = gate.arrival(start(&repo, &["rehearse"]));
    first.signal(Signal::KILL);
    let mut second = start(&repo, &["rehearse"]);
    second.until("`cat` (process ");
    assert!(gate.release(), "the child of the killed run still runs");
    assert_eq!(first.end_of_all().code, -1);
    second.end().expect(0);
    assert_eq!(left_in_cache(&repo), ["lock", "target"]);
}

#[test]
fn a_server_that_a_run_leaves_behind_holds_up_nobody() {
    if !need("uv") {
        return;
    }
    let repo = python_workspace(&[("acme-core", "0.1.0", &[])]);
    let gate = Gate::new(&repo);
    let (hello, wait) = (gate.pipe("hello"), gate.pipe("wait"));
    // As compiler caches do: a session of its own, and all that it has inherited stays open.
    let server = format!("setsid sh -c 'echo up >{}; exec cat {}'", hello.display(), wait.display());
    repo.write("castoff.toml", &format!("[publish]\nsmoke = \"{server} & cat {}\"\n", hello.display()));
    repo.commit("feat: begin");
    start(&repo, &["rehearse"]).end().expect(0);
    let mut second = start(&repo, &["rehearse"]);
    while let Some(event) = second.event() {
        assert!(!event.to_string().contains("waiting for another run"), "{event}");
    }
    second.end().expect(0);
    assert!(gate.release(), "the servers live on");
}
