//! `--report FILE`: the page about a run that is left whatever becomes of it.

use std::fs;

use rustix::process::Signal;

use crate::running::{Gate, Running};
use crate::support::{Repo, python_workspace};
use crate::tools::need;

/// Two packages, one on the other, with this configuration.
fn two(config: &str) -> Repo {
    let repo = python_workspace(&[("acme-a", "0.1.0", &[]), ("acme-b", "0.1.0", &["acme-a"])]);
    repo.write("castoff.toml", config);
    repo.commit("feat: begin");
    repo
}

#[test]
fn the_page_about_a_rehearsal_has_every_file() {
    if !need("uv") {
        return;
    }
    let repo = two("");
    let before = repo.bytes();
    // From the directory in which one stands, like every path on a command line.
    let beside = repo.beside("pages/run.html");
    let checkout = repo.dir().display().to_string();
    let mut command = repo.command(&["-C", &checkout, "rehearse", "--json", "--report", "pages/run.html"]);
    let ran = crate::support::ran(command.current_dir(repo.beside("")).output().unwrap()).expect(0);
    let page = fs::read_to_string(beside).unwrap();
    assert!(page.contains("2 packages rehearsed") && page.contains("took "), "{page}");
    let files: Vec<_> =
        ran.outcomes("published").iter().flat_map(|one| one["files"].as_array().unwrap().clone()).collect();
    assert_eq!(files.len(), 4);
    for file in files {
        for key in ["name", "sha256"] {
            let text = file[key].as_str().unwrap();
            assert!(page.contains(text), "{text}");
        }
    }
    // The server of a rehearsal is gone: no link leads there.
    assert!(!page.contains("<a href"), "{page}");
    assert_eq!(repo.bytes(), before);
}

#[test]
fn a_run_that_fails_leaves_its_page() {
    if !need("uv") {
        return;
    }
    let repo = two("[publish]\nsmoke = \"echo '<i>no</i>'; exit 1\"\n");
    let file = repo.beside("run.html");
    repo.castoff(&["rehearse", "--report", file.to_str().unwrap()]).expect(3);
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("1 failed, 1 blocked") && page.contains("&lt;i&gt;no&lt;/i&gt;"), "{page}");

    // Stopped before the first build: what the page said before is not true of this run.
    repo.write("packages/acme-a/pyproject.toml", "[project]\nname = \"acme-a\"\nversion = \"0.1.0\"\n");
    repo.castoff(&["publish", "--report", file.to_str().unwrap()]).expect(1);
    let page = fs::read_to_string(&file).unwrap();
    assert!(
        page.contains("stopped before anything was built") && page.contains("uncommitted edits"),
        "{page}"
    );
}

#[test]
fn a_run_that_is_cancelled_leaves_its_page() {
    if !need("uv") {
        return;
    }
    let repo = two("");
    let gate = Gate::new(&repo);
    repo.write("castoff.toml", &format!("[publish]\nsmoke = \"\"\"{}\"\"\"\n", gate.commands("")));
    repo.commit("ci: wait");
    let file = repo.beside("run.html");
    let running = Running::start(repo.command(&["rehearse", "--report", file.to_str().unwrap()]));
    let arrived = gate.arrival(running);
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("it still runs, or was killed"), "{page}");
    arrived.signal(Signal::TERM);
    arrived.end().expect(130);
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("2 cancelled") && page.contains("■ cancelled"), "{page}");
}

#[test]
fn a_page_that_cannot_be_written_is_known_before_anything_is_built() {
    if !need("uv") {
        return;
    }
    let repo = two("");
    let ran = repo.castoff(&["rehearse", "--report", repo.dir().to_str().unwrap()]).expect(1);
    assert!(
        ran.stderr.starts_with("error: cannot write `") && !ran.stderr.contains("build"),
        "{}",
        ran.stderr
    );
}
