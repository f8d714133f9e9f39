//! The scripts that castoff generates for machines without it: what they print, refuse and survive, in cases that people can
//! read. `tests/parity` holds them against castoff on repositories drawn at random.

use std::process::Command;

use expect_test::{Expect, expect};

use crate::support::{Ran, Repo, crate_files, python_workspace, ran};

mod alike;
mod limits;
mod places;
mod shared;

/// Runs a script of the repository from another directory.
pub(crate) fn script(repo: &Repo, name: &str, args: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    command.arg(repo.dir().join("scripts/release").join(name)).args(args).current_dir("/");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    ran(command.output().unwrap())
}

fn generate(repo: &Repo) {
    repo.castoff(&["generate", "scripts"]).expect(0);
}

/// The scripts print what is expected, and castoff prints the same.
fn check(repo: &Repo, expected: Expect) {
    let versions = script(repo, "calculate-versions.sh", &[]);
    assert_eq!((versions.code, versions.stderr.as_str()), (0, ""), "{}", versions.stderr);
    expected.assert_eq(&versions.stdout);
    same(repo, &[]);
}

/// Scripts and castoff give the same bytes and exit codes.
fn same(repo: &Repo, args: &[&str]) -> Ran {
    let twins = [("detect-changes.sh", "detect"), ("calculate-versions.sh", "versions")];
    let mut last = None;
    for (name, command) in twins {
        let ours = script(repo, name, args);
        let theirs = repo.castoff(&[&[command, "--format", "env"], args].concat());
        assert_eq!((&ours.stdout, ours.code), (&theirs.stdout, theirs.code), "{name}: {}", ours.stderr);
        last = Some(ours);
    }
    last.unwrap()
}

/// A core of two crates with a VERSION file, and a Python package that follows it.
fn bindings() -> Repo {
    let repo = python_workspace(&[("worker", "0.1.8", &[])]);
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "shared", "0.1.8", &[], false);
    crate_files(&repo, "server", "0.1.8", &["shared = { path = \"../shared\", version = \"0.1.8\" }"], false);
    repo.write("VERSION", "0.1.8\n");
    repo.write(
        "castoff.toml",
        "[release]\nbump = \"paths\"\n[paths]\nffi-core = [\"crates/shared/\"]\nserver-core = [\"crates/server/\"]\n\
         [component.core]\npackages = [\"cargo:s*\"]\nchanged-by = [\"ffi-core\", \"server-core\"]\nversion-file = \"VERSION\"\n\
         [component.python]\npackages = [\"uv:worker\"]\nfollows = \"core\"\nfollow-on = [\"ffi-core\"]\nscheme = \"core-patch\"\n",
    );
    repo.commit("feat: begin");
    repo
}

#[test]
fn what_changed_is_said_for_path_sets_and_components() {
    let repo = bindings();
    for tag in ["release-20261114-0900", "core-v0.1.8", "python-v0.1.8.0"] {
        repo.git(&["tag", tag]);
    }
    generate(&repo);
    repo.write("crates/server/src/lib.rs", "//! More.\n");
    repo.commit("feat: more");
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=release-20261114-0900
            FFI_CORE_CHANGED=false
            SERVER_CORE_CHANGED=true
            CORE_CHANGED=true
            PYTHON_CHANGED=false
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=0.1.9
            CURRENT_PYTHON_VERSION=0.1.8.0
            NEXT_PYTHON_VERSION=unchanged
        "#]],
    );
    repo.write("crates/shared/src/lib.rs", "//! More.\n");
    repo.commit("feat: more");
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=release-20261114-0900
            FFI_CORE_CHANGED=true
            SERVER_CORE_CHANGED=true
            CORE_CHANGED=true
            PYTHON_CHANGED=false
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=0.1.9
            CURRENT_PYTHON_VERSION=0.1.8.0
            NEXT_PYTHON_VERSION=0.1.9.0
        "#]],
    );
}

#[test]
fn a_binding_without_a_tag_starts_at_zero() {
    let repo = bindings();
    repo.git(&["tag", "core-v0.1.8"]);
    generate(&repo);
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=core-v0.1.8
            FFI_CORE_CHANGED=false
            SERVER_CORE_CHANGED=false
            CORE_CHANGED=false
            PYTHON_CHANGED=true
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=unchanged
            CURRENT_PYTHON_VERSION=0.1.8
            NEXT_PYTHON_VERSION=0.1.8.0
        "#]],
    );
}

#[test]
fn the_tenth_patch_of_a_binding_comes_after_the_ninth() {
    let repo = bindings();
    for tag in ["core-v0.1.8", "python-v0.1.8.9", "python-v0.1.8.10"] {
        repo.git(&["tag", tag]);
    }
    generate(&repo);
    repo.write("packages/worker/src/worker/more.py", "\n");
    repo.commit("fix: binding only");
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=core-v0.1.8
            FFI_CORE_CHANGED=false
            SERVER_CORE_CHANGED=false
            CORE_CHANGED=false
            PYTHON_CHANGED=true
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=unchanged
            CURRENT_PYTHON_VERSION=0.1.8.10
            NEXT_PYTHON_VERSION=0.1.8.11
        "#]],
    );
}

#[test]
fn without_tags_everything_is_released_for_the_first_time_and_a_bump_changes_no_answer() {
    let repo = bindings();
    generate(&repo);
    let root = repo.git(&["rev-list", "--max-parents=0", "HEAD"]).trim().to_string();
    let before = same(&repo, &[]);
    assert!(before.stdout.starts_with(&format!("CHANGES_BASE_REF={root}\n")), "{}", before.stdout);
    assert!(before.stdout.ends_with(
        "CURRENT_CORE_VERSION=0.1.8\nNEXT_CORE_VERSION=0.1.9\nCURRENT_PYTHON_VERSION=0.1.8\nNEXT_PYTHON_VERSION=0.1.9.0\n"
    ));
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let next = |ran: &Ran| -> Vec<String> {
        ran.stdout.lines().filter(|line| line.starts_with("NEXT_")).map(str::to_string).collect()
    };
    let after = same(&repo, &[]);
    assert_eq!(next(&after), next(&before));
    assert_eq!(same(&repo, &[]).stdout, after.stdout, "a second run says the same");
}

#[test]
fn messages_decide_with_reverts_overrides_notes_and_footers() {
    let repo = python_workspace(&[
        ("a", "1.0.0", &[]),
        ("b", "1.0.0", &["a"]),
        ("c", "1.0.0", &[]),
        ("d", "1.0.0", &[]),
    ]);
    repo.commit("feat: begin");
    repo.tag_all("1.0.0");
    let change = |name: &str, message: &str| {
        let path = format!("packages/{name}/src/{name}/more.py");
        let text = std::fs::read_to_string(repo.dir().join(&path)).unwrap_or_default();
        repo.write(&path, &(text + "#\n"));
        repo.commit(message)
    };
    let lost = change("a", "feat(a)!: drop everything");
    change("a", &format!("Revert \"feat(a)!: drop everything\"\n\nThis reverts commit {lost}.\n"));
    change("a", "update things\r\n\r\nBREAKING CHANGE: nobody reads this\n");
    let noted = change("a", "oops");
    repo.git(&["notes", "--ref=castoff", "add", "-m", "feat(a): a way to do it", &noted]);
    let corrected = change("c", "chore: nothing");
    change("d", "docs: say it\n\nRelease-As: 3.0.0-rc.1");
    repo.write(
        "castoff.toml",
        &format!("[override.\"{}\"]\nmessage = \"fix: a\\tleak\"\n", &corrected[..12]),
    );
    generate(&repo);
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=a-v1.0.0
            A_CHANGED=true
            B_CHANGED=false
            C_CHANGED=true
            D_CHANGED=true
            CURRENT_A_VERSION=1.0.0
            NEXT_A_VERSION=1.1.0
            CURRENT_B_VERSION=1.0.0
            NEXT_B_VERSION=1.0.1
            CURRENT_C_VERSION=1.0.0
            NEXT_C_VERSION=1.0.1
            CURRENT_D_VERSION=1.0.0
            NEXT_D_VERSION=3.0.0-rc.1
        "#]],
    );
}
