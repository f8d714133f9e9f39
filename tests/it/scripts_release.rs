//! `release.sh` shows the summary of `castoff release`, and leaves the same commit.

use std::process::{Command, Stdio};

use crate::gems::gemspec;
use crate::scripts_update::files::FILES;
use crate::support::{Ran, Repo, ran};
use crate::tools::{need, path_env, tool_path};

/// A repository with something to release, and its scripts.
fn repo() -> Repo {
    let repo = Repo::with(FILES);
    repo.castoff(&["generate", "scripts"]).expect(0);
    repo.commit("chore: generate scripts");
    let tags = "core-v0.1.8 js-v1.0.0 ruby-v0.4.0 @acme/app-v1.4.0 acme-mid-v0.3.1 acme-tool-v1.2.0 py-app-v0.1.0rc1 py-core-v0.1.0";
    tags.split(' ').for_each(|tag| drop(repo.git(&["tag", tag])));
    repo.write("core/src/lib.rs", "//! Changed.\n");
    repo.commit("feat: change the core");
    repo
}

fn release(repo: &Repo, shell: &[&str], args: &[&str]) -> Ran {
    let mut command = Command::new(tool_path(shell[0]).unwrap());
    command.args(&shell[1..]).arg(repo.dir().join("scripts/release/release.sh")).args(args);
    ran(command.current_dir("/").env("PATH", path_env()).stdin(Stdio::null()).output().unwrap())
}

#[test]
fn a_dry_run_prints_the_summary_of_castoff_and_changes_nothing() {
    let repo = repo();
    let expected = repo.castoff(&["release", "--dry-run"]).expect(0).stdout;
    assert!(expected.contains("\npublish:\n  1. cargo:acme-core"), "{expected}");
    assert!(
        expected.contains("\nfiles:\n  Cargo.lock\n") && expected.contains(": unchanged at"),
        "{expected}"
    );
    // From any branch, without a question.
    repo.git(&["switch", "--quiet", "--create", "side"]);
    let before = repo.git(&["rev-parse", "HEAD"]);
    for shell in [&["dash"][..], &["bash"], &["busybox", "sh"], &["posh"]] {
        if need(shell[0]) {
            let said = release(&repo, shell, &["--dry-run"]).expect(0);
            assert_eq!(said.stdout, expected, "{shell:?}");
        }
    }
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(repo.git(&["status", "--porcelain"]) + &repo.git(&["tag", "--points-at", "HEAD"]), "");
}

#[test]
fn the_commit_is_the_one_that_castoff_makes() {
    if !need("dash") {
        return;
    }
    let (by_castoff, by_script) = (repo(), repo());
    let expected = by_castoff.castoff(&["release"]).expect(0);
    let said = release(&by_script, &["dash"], &[]).expect(0);
    assert_eq!(said.stdout, expected.stdout);
    for question in [&["log", "-1", "--format=%B"][..], &["rev-parse", "HEAD^{tree}"]] {
        assert_eq!(by_script.git(question), by_castoff.git(question), "{question:?}");
    }
    let tag = by_script.git(&["tag", "--points-at", "HEAD"]);
    assert!(
        tag.starts_with("release-2") && said.stderr.contains(&format!("git tag -d {}", tag.trim())),
        "{tag}"
    );
    assert!(said.stderr.contains("next:  `git push --atomic origin main release-2"), "{}", said.stderr);
    // The release is made; a second one has nothing to do.
    let again = release(&by_script, &["dash"], &[]).expect(0);
    assert!(again.stderr.contains("this commit is the release `release-2"), "{}", again.stderr);
    assert_eq!(by_script.git(&["tag", "--points-at", "HEAD"]), tag);
}

#[test]
fn what_must_not_be_released_is_refused() {
    if !need("dash") {
        return;
    }
    let repo = repo();
    let said = release(&repo, &["dash"], &["--now"]).expect(2);
    assert!(said.stderr.contains("there is no option `--now`"), "{}", said.stderr);
    repo.git(&["switch", "--quiet", "--create", "side"]);
    let said = release(&repo, &["dash"], &[]).expect(1);
    assert!(said.stderr.contains("releases are made from `main`, and this is `side`"), "{}", said.stderr);
    assert!(said.stderr.contains("say `--yes`"), "{}", said.stderr);
    repo.write("core/src/lib.rs", "//! Dirty.\n");
    let said = release(&repo, &["dash"], &["--yes"]).expect(1);
    assert!(
        said.stderr.contains("cannot release with uncommitted edits: `core/src/lib.rs`"),
        "{}",
        said.stderr
    );
    assert!(said.stdout.is_empty() && repo.git(&["tag", "--points-at", "HEAD"]).is_empty());
    repo.git(&["checkout", "--quiet", "core/src/lib.rs"]);
    release(&repo, &["dash"], &["--yes"]).expect(0);
    assert!(repo.git(&["tag", "--points-at", "HEAD"]).starts_with("release-2"));
}

/// A version that is there already is written in its own form, also where it is required; a version file's goes before it.
#[test]
fn candidates_keep_the_form_in_which_they_are_written() {
    if !(need("dash") & need("gem")) {
        return;
    }
    let repo = Repo::new();
    let needs = "  spec.add_dependency \"acme-dot\", \"= 1.9.10.beta.2\"\n";
    for (name, version, needs) in [
        ("acme-dot", "1.9.10.beta.2", ""),
        ("acme-user", "0.1.0", needs),
        ("acme-filed", "2.0.0.alpha.9", ""),
    ] {
        repo.write(&format!("{name}/{name}.gemspec"), &gemspec(name, &format!("\"{version}\""), needs));
        repo.write(&format!("{name}/lib/{name}.rb"), "");
    }
    repo.write("VERSION", "2.0.0-alpha.9\n");
    repo.write(
        "castoff.toml",
        "[component.filed]\npackages = [\"gem:acme-filed\"]\nversion-file = \"VERSION\"\n",
    );
    repo.castoff(&["generate", "scripts"]).expect(0);
    repo.commit("feat: begin");
    let expected = repo.castoff(&["release", "--dry-run"]).expect(0).stdout;
    assert!(expected.contains("\nfiles:\n  acme-filed/acme-filed.gemspec\n\n"), "{expected}");
    assert_eq!(release(&repo, &["dash"], &["--dry-run"]).expect(0).stdout, expected);
}
