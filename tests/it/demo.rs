//! The first thing that anybody runs.

use std::fs;
use std::path::PathBuf;

use crate::support::{Repo, git};
use crate::tools::need;

#[test]
fn the_demo_leaves_a_clean_repository() {
    if !need("uv") {
        return;
    }
    let repo = Repo::new();
    let dir = repo.beside("demo");
    let shown = dir.to_str().unwrap();
    let text = repo.castoff(&["demo", shown]).expect(0).stderr;
    assert!(text.contains("5 packages rehearsed"), "{text}");
    let status = git(&dir).args(["status", "--porcelain", "--ignored"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout), "");

    let text = repo.castoff(&["demo", shown]).expect(2).stderr;
    assert!(text.contains(&format!("cannot make a repository in `{shown}`")), "{text}");
}

#[test]
fn without_a_place_the_demo_finds_one_and_says_so() {
    if !need("uv") {
        return;
    }
    let repo = Repo::new();
    let temporary = repo.beside("temporary");
    fs::create_dir(&temporary).unwrap();
    let text = repo.castoff_with(&["demo"], &[("TMPDIR", temporary.to_str().unwrap())]).expect(0).stderr;
    let made: Vec<PathBuf> = fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(text.contains(&format!("castoff -C {} plan", made[0].display())), "{text}");
}
