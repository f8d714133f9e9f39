//! Pre-releases: what is next when a manifest or a tag holds one, and what becomes of dependents.

use expect_test::expect;

use super::check;

/// A core at a version, two that need it, and one that needs one of those.
fn body(core: &str, near: &str, py: &str) -> String {
    format!(
        "cargo core {core}
         cargo near {near}: core {core}
         uv base {core}
         uv py {py}: base
         * a feat: begin | core/a
         @ core-v1.2.3
         @ near-v0.5.0
         @ base-v1.2.3
         @ py-v0.5.0"
    )
}

#[test]
fn a_pre_release_in_the_manifest_is_next() {
    let next = |written: &str, commit: &str| {
        format!("cargo core {written}\n* a feat: begin | core/a\n@ v1.2.3\n* b {commit} | core/a")
    };
    // Somebody bumped to it; changes ask for the final version that it stands before.
    check(
        &next("1.3.0-rc.1", "feat: x"),
        expect![[r#"
        core 1.2.3 -> 1.3.0-rc.1  feat: x
    "#]],
    );
    check(
        &next("1.3.0-rc.2", "fix: x"),
        expect![[r#"
        core 1.2.3 -> 1.3.0-rc.2  its manifest names it; commits ask for 1.2.4
    "#]],
    );
    check(
        &next("1.3.0-rc.1", "docs: x"),
        expect![[r#"
        core 1.2.3 -> 1.3.0-rc.1  its manifest names it
    "#]],
    );
    // Changes ask for more than it stands before: the first of a row of that.
    check(
        &next("1.2.4-beta.2", "feat: x"),
        expect![[r#"
        core 1.2.3 -> 1.3.0-beta.1  feat: x
    "#]],
    );
    // What marks development says nothing.
    check(
        &next("1.3.0-alpha.0", "fix: x"),
        expect![[r#"
        core 1.2.3 -> 1.2.4  fix: x
    "#]],
    );
    check(
        &next("1.3.0-SNAPSHOT", "fix: x"),
        expect![[r#"
        core 1.2.3 -> 1.2.4  fix: x
    "#]],
    );
}

#[test]
fn a_row_of_pre_releases_goes_on_until_it_is_promoted() {
    let tagged = |written: &str, more: &str| {
        format!(
            "cargo core {written}\n* a feat: begin | core/a\n@ v1.2.3\n* b feat: x | core/a\n@ v1.3.0-rc1\n{more}"
        )
    };
    check(
        &tagged("1.3.0-rc1", ""),
        expect![[r#"
        core 1.3.0-rc1 -> unchanged  unchanged
    "#]],
    );
    check(
        &tagged("1.3.0-rc1", "* c fix: y | core/a"),
        expect![[r#"
        core 1.3.0-rc1 -> 1.3.0-rc2  fix: y
    "#]],
    );
    check(
        &tagged("1.3.0-rc2", "* c fix: y | core/a\n* d chore: release"),
        expect![[r#"
        core 1.3.0-rc1 -> 1.3.0-rc2  fix: y
    "#]],
    );
    check(
        &tagged("1.3.0-rc1", "* c feat!: y | core/a"),
        expect![[r#"
        core 1.3.0-rc1 -> 2.0.0-rc.1  breaking feat: y
    "#]],
    );
    // Promoted, with and without changes since.
    check(
        &tagged("1.3.0", "* c chore: release"),
        expect![[r#"
        core 1.3.0-rc1 -> 1.3.0  its manifest names it
    "#]],
    );
    check(
        &tagged("1.3.0", "* c fix: y | core/a\n* d chore: release"),
        expect![[r#"
        core 1.3.0-rc1 -> 1.3.0  its manifest names it; commits ask for 1.3.0-rc2
    "#]],
    );
    check(
        &tagged("1.3.0", "* c chore: release\n@ v1.3.0"),
        expect![[r#"
        core 1.3.0 -> unchanged  unchanged
    "#]],
    );
    check(
        &tagged("1.3.0", "* c chore: release\n@ v1.3.0\n* d fix: y | core/a"),
        expect![[r#"
        core 1.3.0 -> 1.3.1  fix: y
    "#]],
    );
    // A footer takes the whole step at once.
    check(
        &tagged("1.3.0-rc1", r"* c fix: y\n\nRelease-As: 1.3.0 | core/a"),
        expect![[r#"
        core 1.3.0-rc1 -> 1.3.0  asked for by a Release-As footer
    "#]],
    );
}

#[test]
fn what_needs_a_pre_release_is_one_too() {
    // Bumped: the requirements follow, and nothing final needs what is not.
    let before = body("1.2.3", "0.5.0", "0.5.0")
        .replace("cargo core 1.2.3", "cargo core 1.3.0-rc.1")
        .replace("uv base 1.2.3", "uv base 1.3.0rc1");
    check(
        &format!("{before}\n* b feat: x | core/a base/a"),
        expect![[r#"
        base 1.2.3 -> 1.3.0-rc.1  feat: x
        core 1.2.3 -> 1.3.0-rc.1  feat: x
        near 0.5.0 -> 0.5.1-rc.1  depends on core 1.3.0-rc.1
        py 0.5.0 -> 0.5.1-rc.1  depends on base 1.3.0-rc.1
    "#]],
    );
    let after = body("1.3.0-rc.1", "0.5.1-rc.1", "0.5.1rc1") + "\n* b feat: x | core/a base/a";
    check(
        &after,
        expect![[r#"
        base 1.2.3 -> 1.3.0-rc.1  feat: x
        core 1.2.3 -> 1.3.0-rc.1  feat: x
        near 0.5.0 -> 0.5.1-rc.1  depends on core 1.3.0-rc.1
        py 0.5.0 -> 0.5.1-rc.1  depends on base 1.3.0-rc.1
    "#]],
    );
    let tags = "\n@ core-v1.3.0-rc.1\n@ near-v0.5.1-rc.1\n@ base-v1.3.0-rc.1\n@ py-v0.5.1-rc.1";
    check(
        &format!("{after}{tags}"),
        expect![[r#"
        base 1.3.0-rc.1 -> unchanged  unchanged
        core 1.3.0-rc.1 -> unchanged  unchanged
        near 0.5.1-rc.1 -> unchanged  unchanged
        py 0.5.1-rc.1 -> unchanged  unchanged
    "#]],
    );
    // The next of the row, and the end of it.
    check(
        &format!("{after}{tags}\n* c fix: y | core/b base/b"),
        expect![[r#"
        base 1.3.0-rc.1 -> 1.3.0-rc.2  fix: y
        core 1.3.0-rc.1 -> 1.3.0-rc.2  fix: y
        near 0.5.1-rc.1 -> unchanged  unchanged
        py 0.5.1-rc.1 -> 0.5.1-rc.2  depends on base 1.3.0-rc.2
    "#]],
    );
    let promoted =
        body("1.3.0", "0.5.1", "0.5.1") + "\n* b feat: x | core/a base/a" + tags + "\n* c chore: promote";
    check(
        &promoted,
        expect![[r#"
        base 1.3.0-rc.1 -> 1.3.0  its manifest names it
        core 1.3.0-rc.1 -> 1.3.0  its manifest names it
        near 0.5.1-rc.1 -> 0.5.1  its manifest names it
        py 0.5.1-rc.1 -> 0.5.1  its manifest names it; commits ask for 0.5.1-rc.2
    "#]],
    );
}

#[test]
fn a_dependent_with_changes_of_its_own_waits_for_what_it_needs() {
    let text = body("1.2.3", "0.5.0", "0.5.0").replace("cargo core 1.2.3", "cargo core 1.3.0-rc.1");
    check(
        &format!("{text}\n* b feat: x | core/a\n* c fix: y | near/a"),
        expect![[r#"
        base 1.2.3 -> unchanged  unchanged
        core 1.2.3 -> 1.3.0-rc.1  feat: x
        near 0.5.0 -> 0.5.1-rc.1  fix: y
        py 0.5.0 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn followers_of_a_pre_release_are_pre_releases() {
    let text = |core: &str, more: &str| {
        format!(
            "# component.core.packages = ['core']
             # component.ruby.follows = 'core'
             # component.ruby.scheme = 'core-patch'
             # component.ruby.follow-on = ['core/']
             # component.py.follows = 'core'
             # component.py.follow-on = ['core/']
             # component.js.follows = 'core'
             # component.js.scheme = 'same'
             uv core {core}
             uv ruby 0.1.8.1
             uv py 0.1.8
             uv js 0.1.8
             * a feat: begin | core/a
             @ core-v0.1.8
             @ ruby-v0.1.8.1
             @ py-v0.1.8
             @ js-v0.1.8
             {more}"
        )
    };
    check(
        &text("0.1.9rc1", "* b fix: x | core/a"),
        expect![[r#"
        core 0.1.8 -> 0.1.9-rc.1  fix: x
        ruby 0.1.8.1 -> 0.1.9.0-rc.1  follows core 0.1.9-rc.1: core/ changed
        py 0.1.8 -> 0.1.9-rc.1  follows core 0.1.9-rc.1: core/ changed
        js 0.1.8 -> 0.1.9-rc.1  follows core 0.1.9-rc.1
    "#]],
    );
    let tags = "\n@ core-v0.1.9-rc.1\n@ ruby-v0.1.9.0-rc.1\n@ py-v0.1.9-rc.1\n@ js-v0.1.9-rc.1";
    check(
        &text("0.1.9rc1", &format!("* b fix: x | core/a{tags}\n* c fix: y | ruby/a")),
        expect![[r#"
        core 0.1.9-rc.1 -> unchanged  unchanged
        ruby 0.1.9.0-rc.1 -> 0.1.9.1-rc.1  fix: y
        py 0.1.9-rc.1 -> unchanged  unchanged
        js 0.1.9-rc.1 -> unchanged  unchanged
    "#]],
    );
    check(
        &text("0.1.9rc1", &format!("* b fix: x | core/a{tags}\n* c fix: y | core/b")),
        expect![[r#"
        core 0.1.9-rc.1 -> 0.1.9-rc.2  fix: y
        ruby 0.1.9.0-rc.1 -> 0.1.9.0-rc.2  follows core 0.1.9-rc.2: core/ changed
        py 0.1.9-rc.1 -> 0.1.9-rc.2  follows core 0.1.9-rc.2: core/ changed
        js 0.1.9-rc.1 -> 0.1.9-rc.2  follows core 0.1.9-rc.2
    "#]],
    );
    // A binding that comes to the row late.
    let late = "\n@ core-v0.1.9-rc.1\n@ core-v0.1.9-rc.2\n* c fix: y | py/a";
    check(
        &text("0.1.9rc2", &format!("* b fix: x | core/a{late}")),
        expect![[r#"
        core 0.1.9-rc.2 -> unchanged  unchanged
        ruby 0.1.8.1 -> unchanged  unchanged
        py 0.1.8 -> 0.1.9-rc.2  fix: y
        js 0.1.8 -> unchanged  unchanged
    "#]],
    );
    let second = "\n@ ruby-v0.1.9.1-rc.1\n* c fix: y | core/b";
    check(
        &text("0.1.9", &format!("* b fix: x | core/a{tags}{second}")),
        expect![[r#"
        core 0.1.9-rc.1 -> 0.1.9  its manifest names it; commits ask for 0.1.9-rc.2
        ruby 0.1.9.1-rc.1 -> 0.1.9.1  follows core 0.1.9: core/ changed
        py 0.1.9-rc.1 -> 0.1.9  follows core 0.1.9: core/ changed
        js 0.1.9-rc.1 -> 0.1.9  follows core 0.1.9
    "#]],
    );
}

#[test]
fn another_branch_and_another_name() {
    // A branch of an older line: its own tags decide, and greater ones of the main line are none of its business.
    check(
        "cargo core 1.4.0
         * a feat: begin | core/a
         @ v1.4.0
         * b feat!: two | core/a
         @ v2.0.0
         * c feat: more | core/a
         @ v2.1.0
         * l<a fix: backport | core/a",
        expect![[r#"
            core 1.4.0 -> 1.4.1  fix: backport
        "#]],
    );
    // A candidate of what comes next, on its own branch, is not in the way of a fix of what is out.
    check(
        "cargo core 0.2.0
         * a feat: begin | core/a
         @ v0.2.0
         * n feat: next | core/a
         @ v0.2.3-rc.1
         * h<a fix: now | core/a",
        expect![[r#"
            core 0.2.0 -> 0.2.1  fix: now
        "#]],
    );
    // A component that has a new name keeps the tags of its old one.
    let renamed = "cargo worker 0.3.0
         * a feat: begin | worker/a
         @ core-py-v0.3.0
         @ other-v1.0.0
         * b fix: x | worker/a
         cargo other 1.0.0";
    check(
        &format!("# component.worker.tag = 'core-py-v{{version}}'\n{renamed}"),
        expect![[r#"
        worker 0.3.0 -> 0.3.1  fix: x
        other 1.0.0 -> unchanged  unchanged
    "#]],
    );
}
