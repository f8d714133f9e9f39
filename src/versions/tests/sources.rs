//! Where versions come from and stay: paths, version files, tags, and the question asked again after the bump.

use expect_test::expect;

use super::{check, check_commits, decided, lines, read};

#[test]
fn any_change_is_a_patch_where_paths_decide() {
    let body = "cargo core 0.1.0
                cargo app 0.1.0
                * a feat: begin | core/a app/a
                @ core-v0.1.0
                @ app-v0.1.0
                * b feat!: x | core/a
                * c docs: y | core/b
                * d chore: ours | core/CHANGELOG.md app/CHANGELOG.md Cargo.lock castoff.toml";
    check(
        &format!("# release.bump = 'paths'\n{body}"),
        expect![[r#"
            app 0.1.0 -> unchanged  unchanged
            core 0.1.0 -> 0.1.1  2 changed files
        "#]],
    );
    check_commits(
        &format!("# component.core.bump = 'paths'\n{body}"),
        expect![[r#"
            - chore: ours [] touches no component
            + docs: y [core] any change counts
            + feat!: x [core] any change counts
        "#]],
    );
}

const VERSION_FILE: &str = "# component.core.version-file = 'VERSION'
                            # component.core.bump = 'paths'
                            cargo core 0.1.8";

#[test]
fn a_version_file_is_where_versions_come_from() {
    // Never released, and compared with nothing: the version it holds and one patch.
    let never = format!("{VERSION_FILE}\n* a feat: begin | VERSION core/a");
    check(
        &format!("{never}\nfile VERSION 0.1.8\\n"),
        expect![[r#"
        core 0.1.8 -> 0.1.9  2 changed files
    "#]],
    );
    // The same once the bump is committed.
    check(
        &format!(
            "{never}\nthen VERSION 0.1.8\n* b chore: release | VERSION core/Cargo.toml\nfile VERSION 0.1.9"
        ),
        expect![[r#"
            core 0.1.8 -> 0.1.9  2 changed files
        "#]],
    );
    // With a base of the whole repository, the version it held there.
    let based = format!("{never}\n@ release-1\nthen VERSION 0.1.8\n* z docs: x | README.md");
    check(&format!("{based}\nfile VERSION 0.1.8"), expect!["core 0.1.8 -> unchanged  unchanged\n"]);
    check(
        &format!(
            "{based}\n* b fix: x | core/a\n* c chore: release | VERSION\n@ release-2\nfile VERSION 0.1.9"
        ),
        expect!["core 0.1.8 -> 0.1.9  1 changed file\n"],
    );
    // Once there is a tag of its own, that.
    check(
        &format!("{never}\n@ core-v0.2.0\n* b fix: x | core/a\nfile VERSION 0.1.8\n"),
        expect![[r#"
            `core` has tags that do not match its tag pattern `v{version}`: `core-v0.2.0`
              help: if `core-v0.2.0` is a release of it, write `tag = "core-v{version}"` in `[component.core]` of castoff.toml
        "#]],
    );
    check(
        &format!("{never}\n@ v0.2.0\n* b fix: x | core/a\nfile VERSION 0.1.8\n"),
        expect!["core 0.2.0 -> 0.2.1  1 changed file\n"],
    );
}

#[test]
fn a_version_file_without_a_version_is_told() {
    check(
        &format!("{VERSION_FILE}\n* a feat: begin | VERSION core/a\nfile VERSION one"),
        expect![[r#"
            cannot read the version in `VERSION`
              --> VERSION:1
              cause: `one` is not a version
              help: the file holds a version and nothing else
        "#]],
    );
}

#[test]
fn the_same_answer_after_the_bump_and_unchanged_after_the_tag() {
    let before = "cargo core 0.1.0
                  cargo near 0.5.0: core 0.1
                  cargo far 0.5.0: near =0.5.0
                  cargo tester 0.5.0: !core 0.1
                  uv py 0.1.0
                  uv app 0.1.0: py
                  * a feat: begin | core/a
                  @ core-v0.1.0
                  @ near-v0.5.0
                  @ far-v0.5.0
                  @ tester-v0.5.0
                  @ py-v0.1.0
                  @ app-v0.1.0
                  * b feat: x | core/a
                  * c fix: y | py/a";
    check(
        before,
        expect![[r#"
            app 0.1.0 -> 0.1.1  depends on py 0.1.1
            core 0.1.0 -> 0.2.0  feat: x
            far 0.5.0 -> 0.5.1  depends on near 0.5.1
            near 0.5.0 -> 0.5.1  depends on core 0.2.0
            py 0.1.0 -> 0.1.1  fix: y
            tester 0.5.0 -> unchanged  unchanged
        "#]],
    );
    let bumped = before
        .replace("cargo core 0.1.0", "cargo core 0.2.0")
        .replace("near 0.5.0: core 0.1", "near 0.5.1: core 0.2")
        .replace("far 0.5.0: near =0.5.0", "far 0.5.1: near =0.5.1")
        .replace("!core 0.1", "!core 0.2")
        .replace("uv py 0.1.0", "uv py 0.1.1")
        .replace("uv app 0.1.0", "uv app 0.1.1")
        + "\n* d chore: release | core/Cargo.toml py/pyproject.toml app/pyproject.toml Cargo.lock uv.lock
             @ release-1";
    assert_eq!(lines(&bumped), lines(before));
    check(
        &format!("{bumped}\n@ core-v0.2.0\n@ near-v0.5.1\n@ far-v0.5.1\n@ py-v0.1.1\n@ app-v0.1.1"),
        expect![[r#"
            app 0.1.1 -> unchanged  unchanged
            core 0.2.0 -> unchanged  unchanged
            far 0.5.1 -> unchanged  unchanged
            near 0.5.1 -> unchanged  unchanged
            py 0.1.1 -> unchanged  unchanged
            tester 0.5.0 -> unchanged  unchanged
        "#]],
    );
}

#[test]
fn a_version_is_greater_than_everything_tagged_in_its_line() {
    let elsewhere = |tag: &str| {
        format!(
            "cargo core 1.4.0\n* a feat: begin | core/a\n@ v1.4.0\n* x feat: y | core/a\n@ {tag}\n* b<a fix: x | core/a"
        )
    };
    for tag in ["v1.4.1", "v1.5.0"] {
        assert!(read(&elsewhere(tag)).and_then(|fixture| decided(&fixture)).is_err(), "{tag}");
    }
    check(
        &elsewhere("v1.4.1"),
        expect![[r#"
            the next version of `core`, 1.4.1, is tagged already: `v1.4.1`
              cause: the tag is on 7878787, which HEAD does not hold
              help: release from the branch of that tag, or merge it first; or name a version that is free: `castoff bump core=VERSION`
        "#]],
    );
    // A maintenance release of an older line.
    check(&elsewhere("v2.0.0"), expect!["core 1.4.0 -> 1.4.1  fix: x\n"]);
    check(&elsewhere("v1.3.9"), expect!["core 1.4.0 -> 1.4.1  fix: x\n"]);
}

#[test]
fn a_question_about_the_past_is_answered() {
    let body = "cargo core 0.1.2
                * a feat: begin | core/a
                @ v0.1.0
                * b fix: x | core/a
                @ v0.1.1
                then core/Cargo.toml [package]\\nname='core'\\nversion='0.1.1'
                * c fix: y | core/a
                @ v0.1.2";
    check(&format!("{body}\nfrom a"), expect!["core 0.1.0 -> 0.1.1  fix: y (and 1 more)\n"]);
    check(&format!("{body}\nfrom b"), expect!["core 0.1.1 -> 0.1.2  fix: y\n"]);
    check(&body.replace("@ v0.1.1", "").to_string(), expect!["core 0.1.2 -> unchanged  unchanged\n"]);
    check(&format!("{}\nfrom b", body.replace("@ v0.1.1", "")), expect!["core 0.1.1 -> 0.1.2  fix: y\n"]);
}

#[test]
fn a_greater_version_in_the_manifest_is_taken() {
    let body = "cargo core 0.3.0
                * a feat: begin | core/a
                @ v0.1.0
                * b fix: x | core/a";
    check(body, expect!["core 0.1.0 -> 0.3.0  its manifest names it; commits ask for 0.1.1\n"]);
    check(&body.replace("fix: x", "docs: x"), expect!["core 0.1.0 -> 0.3.0  its manifest names it\n"]);
    // A version of development says nothing about the next one.
    check(&body.replace("0.3.0", "0.3.0-dev"), expect!["core 0.1.0 -> 0.1.1  fix: x\n"]);
    check(&body.replace("0.3.0", "0.3.0-alpha.0"), expect!["core 0.1.0 -> 0.1.1  fix: x\n"]);
    check(&body.replace("0.3.0", "0.0.9"), expect!["core 0.1.0 -> 0.1.1  fix: x\n"]);
}
