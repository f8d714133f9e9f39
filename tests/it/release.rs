//! `castoff release`: one command that leaves a commit and a tag, or everything as it was.

use crate::support::{Repo, crate_files};

/// Two crates, released before, with a fix in one of them since.
fn repo() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "core", "0.1.0", &[], false);
    crate_files(&repo, "app", "0.1.0", &["core = { path = \"../core\", version = \"0.1.0\" }"], false);
    repo.write("LICENSE", "free\n");
    repo.commit("feat: begin");
    repo.git(&["tag", "core-v0.1.0"]);
    repo.git(&["tag", "app-v0.1.0"]);
    repo.write("crates/core/src/lib.rs", "pub fn one() -> u8 { 1 }\n");
    repo.commit("fix: count");
    repo
}

fn tags(repo: &Repo) -> Vec<String> {
    repo.git(&["tag", "--list", "release-*"]).lines().map(str::to_string).collect()
}

#[test]
fn one_command_commits_and_tags() {
    let repo = repo();
    let before = repo.git(&["rev-parse", "HEAD"]);
    let ran = repo.castoff(&["release"]).expect(0);
    let [tag] = &tags(&repo)[..] else { panic!("{:?}", tags(&repo)) };
    assert_eq!(tag.len(), "release-20261121-0930".len(), "{tag}");
    assert_eq!(repo.git(&["rev-parse", &format!("{tag}^{{commit}}")]), repo.git(&["rev-parse", "HEAD"]));
    assert_eq!(repo.git(&["rev-parse", "HEAD~1"]), before);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert!(repo.read("crates/core/Cargo.toml").contains("version = \"0.1.1\""));
    let message = repo.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message.trim(), "chore(release): core-v0.1.1\n\n* core: 0.1.0 -> 0.1.1");
    assert!(ran.stderr.contains(&format!("git push --atomic origin main {tag}")), "{}", ran.stderr);
    // The way back that it prints leads back.
    let undo = ran.stderr.lines().find_map(|line| line.strip_prefix("undo:  `")?.strip_suffix('`')).unwrap();
    let mut shell = std::process::Command::new("sh");
    assert!(shell.args(["-c", undo]).current_dir(repo.dir()).output().unwrap().status.success(), "{undo}");
    assert_eq!((repo.git(&["rev-parse", "HEAD"]), tags(&repo)), (before, Vec::new()));
}

#[test]
fn what_is_committed_is_what_the_dry_run_said() {
    let repo = repo();
    let before = repo.bytes();
    let said = repo.castoff(&["release", "--dry-run"]).expect(0).stderr;
    assert!(repo.bytes() == before);
    assert!(said.contains("crates/core/Cargo.toml") && said.contains("0.1.0 -> 0.1.1"), "{said}");
    assert!(said.contains("nothing was changed (--dry-run)"), "{said}");
    repo.castoff(&["release"]).expect(0);
    let committed = repo.git(&["show", "--name-only", "--format="]);
    let missing: Vec<&str> = committed.lines().filter(|path| !said.contains(path)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn uncommitted_edits_are_refused() {
    let repo = repo();
    repo.write("crates/core/src/lib.rs", "pub fn two() {}\n");
    let before = repo.bytes();
    let refused = repo.castoff(&["release"]).expect(1);
    assert!(refused.stderr.contains("`crates/core/src/lib.rs` differs from HEAD"), "{}", refused.stderr);
    assert!(repo.bytes() == before);
}

#[test]
fn another_branch_needs_a_yes() {
    let repo = repo();
    repo.git(&["switch", "--quiet", "--create", "topic"]);
    let refused = repo.castoff(&["release"]).expect(1);
    assert!(refused.stderr.contains("releases are made from `main`"), "{}", refused.stderr);
    assert_eq!(tags(&repo), Vec::<String>::new());
    // Looking is free.
    repo.castoff(&["release", "--dry-run"]).expect(0);
    repo.castoff(&["release", "--yes"]).expect(0);
    assert_eq!(tags(&repo).len(), 1);
    repo.write("castoff.toml", "[release]\nbranch = \"topic\"\nrelease-tag = \"go-{date}\"\n");
    repo.write("crates/app/src/lib.rs", "pub fn three() {}\n");
    repo.commit("feat: app");
    repo.castoff(&["release"]).expect(0);
    assert_eq!(repo.git(&["tag", "--list", "go-????????"]).lines().count(), 1);
    let again = repo.git(&["log", "-1", "--format=%s"]);
    assert_eq!(again.trim(), "chore(release): 2 components");
}

#[test]
fn a_hook_that_refuses_leaves_everything_as_it_was() {
    let repo = repo();
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\necho no release today >&2\nexit 1\n");
    repo.executable(".git/hooks/pre-commit");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let refused = repo.castoff(&["release"]).expect(1);
    assert!(refused.stderr.contains("no release today"), "{}", refused.stderr);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert_eq!((repo.git(&["rev-parse", "HEAD"]), tags(&repo)), (head, Vec::new()));
    repo.castoff(&["release", "--no-verify"]).expect(0);
    assert_eq!(tags(&repo).len(), 1);
}

#[test]
fn the_branch_and_the_tag_are_pushed_together() {
    let repo = repo();
    let remote = repo.beside("remote.git").display().to_string();
    repo.git(&["init", "--quiet", "--bare", &remote]);
    repo.git(&["remote", "add", "origin", &remote]);
    repo.castoff(&["release", "--push"]).expect(0);
    let there = repo.git(&["ls-remote", "origin"]);
    let head = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
    let at_head: Vec<&str> =
        there.lines().filter_map(|line| line.strip_prefix(&head)).map(str::trim).collect();
    assert_eq!(at_head, ["refs/heads/main", &format!("refs/tags/{}", tags(&repo)[0])]);
}

#[test]
fn nothing_to_release_is_no_failure() {
    let repo = repo();
    repo.git(&["tag", "core-v0.1.1"]);
    repo.write("notes.txt", "x\n");
    repo.commit("docs: note");
    let ran = repo.castoff(&["release"]).expect(0);
    assert!(ran.stderr.contains("nothing was released"), "{}", ran.stderr);
    assert_eq!(tags(&repo), Vec::<String>::new());
}

/// `castoff release 2>&1 | head`: the commit is made before the last words, and what comes after it as well.
#[test]
fn a_reader_that_goes_away_ends_nothing() {
    let repo = repo();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = repo.command(&["release"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(tags(&repo).len(), 1);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_committed_already_is_only_tagged() {
    let repo = repo();
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let before = repo.git(&["rev-parse", "HEAD"]);
    let ran = repo.castoff(&["release"]).expect(0);
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), before);
    assert!(ran.stderr.contains("nothing to commit at"), "{}", ran.stderr);
    assert_eq!(tags(&repo).len(), 1);
}

/// Ctrl-C while a hook runs: no git can be started any more, and the versions are taken back all the same.
#[test]
fn a_stop_in_a_hook_leaves_the_files_as_they_were() {
    let repo = repo();
    let hook = "#!/bin/sh\nkill -INT \"$(cut -d ' ' -f 4 /proc/$PPID/stat)\"\nsleep 60\n";
    repo.write(".git/hooks/pre-commit", hook);
    repo.executable(".git/hooks/pre-commit");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let ran = repo.castoff(&["release"]);
    assert_ne!(ran.code, 0, "{}", ran.text());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert_eq!((repo.git(&["rev-parse", "HEAD"]), tags(&repo)), (head, Vec::new()));
}

#[test]
fn a_commit_is_released_once() {
    let repo = repo();
    repo.castoff(&["release"]).expect(0);
    let (head, made) = (repo.git(&["rev-parse", "HEAD"]), tags(&repo));
    // As if it were made on another day, so that the time does not give it the same name by chance.
    repo.git(&["tag", "release-20200101-0000"]);
    repo.git(&["tag", "--delete", &made[0]]);
    let again = repo.castoff(&["release"]).expect(0);
    assert!(
        again.stderr.contains("this commit is the release `release-20200101-0000` already"),
        "{}",
        again.stderr
    );
    assert_eq!(
        (repo.git(&["rev-parse", "HEAD"]), tags(&repo)),
        (head, vec!["release-20200101-0000".to_string()])
    );
    repo.castoff(&["bump", "app=minor"]).expect(0);
    let plan = repo.castoff(&["plan"]).expect(0).stdout;
    assert!(plan.contains("next: commit the edits that are not in this plan"), "{plan}");
    repo.castoff(&["release", "--dry-run"]).expect(1);
}
