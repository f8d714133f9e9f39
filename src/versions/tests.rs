//! Decisions as data: a repository as lines, the next versions as lines.

use expect_test::{Expect, expect};

use crate::detect;
use crate::detect::fixture::{Fixture, read};
use crate::fault::Faults;
use crate::versions::{Judged, Next, decide};

mod following;
mod pre;
mod schemes;
mod seen;
mod messages;
mod sources;

fn decided(fixture: &Fixture) -> Result<(Vec<Next>, Vec<Judged>), Faults> {
    let Fixture { snapshot, config, workspace } = fixture;
    let detected = detect::detect(snapshot, workspace, config)?;
    decide(snapshot, workspace, config, &detected)
}

/// The next version of every component, or what is wrong.
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&lines(text));
}

fn lines(text: &str) -> String {
    let line = |next: &Next| {
        let to = next.next.as_ref().map_or("unchanged".to_string(), ToString::to_string);
        format!("{} {} -> {to}  {}\n", next.component, next.current, next.reason)
    };
    match read(text).and_then(|fixture| decided(&fixture)) {
        Ok((next, _)) => next.iter().map(line).collect(),
        Err(faults) => format!("{faults}\n"),
    }
}

/// Every commit, with `+` where it counts.
fn check_commits(text: &str, expected: Expect) {
    let fixture = read(text).unwrap();
    let (_, judged) = decided(&fixture).unwrap();
    let line = |judged: &Judged| {
        let commit = &fixture.snapshot.commits[judged.place];
        let sign = if judged.counted { '+' } else { '-' };
        format!("{sign} {} [{}] {}\n", commit.subject(), judged.components.join(" "), judged.reason)
    };
    expected.assert_eq(&judged.iter().map(line).collect::<String>());
}

/// One crate after its release 0.3.1 (or another version), and the commits since.
fn since(version: &str, commits: &str) -> String {
    format!("cargo core {version}\n* a feat: begin | core/a.rs\n@ v{version}\n{commits}")
}

#[test]
fn the_largest_change_decides() {
    let table = [
        ("1.2.3", "* b fix: x | core/a", expect!["core 1.2.3 -> 1.2.4  fix: x\n"]),
        ("1.2.3", "* b Fix: x | core/a", expect!["core 1.2.3 -> 1.2.4  fix: x\n"]),
        ("1.2.3", "* b perf: x | core/a", expect!["core 1.2.3 -> 1.2.4  perf: x\n"]),
        (
            "1.2.3",
            "* b feat(a): x | core/a
             * c fix: y | core/a",
            expect!["core 1.2.3 -> 1.3.0  feat: x (and 1 more)\n"],
        ),
        ("1.2.3", "* b docs!: x | core/a", expect!["core 1.2.3 -> 2.0.0  breaking docs: x\n"]),
        (
            "1.2.3",
            r"* b fix: x\n\nbody\n\nBREAKING CHANGE: y is\n gone | core/a",
            expect!["core 1.2.3 -> 2.0.0  breaking fix: y is gone\n"],
        ),
        ("0.3.1", "* b feat!: x | core/a", expect!["core 0.3.1 -> 0.4.0  breaking feat: x\n"]),
        ("0.3.1", "* b feat: x | core/a", expect!["core 0.3.1 -> 0.4.0  feat: x\n"]),
        ("0.3.9", "* b fix: x | core/a", expect!["core 0.3.9 -> 0.3.10  fix: x\n"]),
        ("1.0.0", "* b docs: x | core/a", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
        ("1.0.0", "* b whatever | core/a", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
        ("1.0.0", "* b feat: x | other/a", expect!["core 1.0.0 -> unchanged  unchanged\n"]),
        ("1.0.0", "", expect!["core 1.0.0 -> unchanged  unchanged\n"]),
    ];
    for (version, commits, expected) in table {
        check(&since(version, commits), expected);
    }
}

#[test]
fn a_breaking_change_on_zero_is_a_setting() {
    check(
        "# release.major-on-zero = true
         cargo core 0.3.1
         * a feat: begin | core/a
         @ v0.3.1
         * b feat!: x | core/a",
        expect!["core 0.3.1 -> 1.0.0  breaking feat: x\n"],
    );
}

#[test]
fn a_feature_on_zero_is_a_setting() {
    let on_zero = |version: &str, commits: &str| {
        format!(
            "# release.minor-on-zero = false
             cargo core {version}
             * a feat: begin | core/a
             @ v{version}
             {commits}"
        )
    };
    check(&on_zero("0.3.1", "* b feat: x | core/a"), expect!["core 0.3.1 -> 0.3.2  feat: x\n"]);
    check(&on_zero("0.3.1", "* b feat!: x | core/a"), expect!["core 0.3.1 -> 0.4.0  breaking feat: x\n"]);
    check(&on_zero("1.3.1", "* b feat: x | core/a"), expect!["core 1.3.1 -> 1.4.0  feat: x\n"]);
}

#[test]
fn a_first_release_takes_the_version_of_the_manifest() {
    let body = "* a docs: begin | core/a placeholder/a
                * b chore: x | core/a";
    check(
        &format!("cargo core 0.4.0\ncargo placeholder 0.0.0\n{body}"),
        expect![[r#"
            core 0.4.0 -> 0.4.0  first release
            placeholder 0.0.0 -> 0.1.0  first release
        "#]],
    );
}

#[test]
fn a_release_as_footer_serves_once() {
    let asked = r"* b chore: go\n\nRelease-As: 2.0.0 | core/a";
    check(&since("1.2.3", asked), expect!["core 1.2.3 -> 2.0.0  asked for by a Release-As footer\n"]);
    check(
        &since("1.2.3", &format!("{asked}\n@ v2.0.0\n* c fix: x | core/a")),
        expect!["core 2.0.0 -> 2.0.1  fix: x\n"],
    );
    // Served on another branch, then merged.
    check(
        &since(
            "1.2.3",
            r"* b feat: two | core/a
              @ v2.0.0
              * c<a chore: go\n\nRelease-As: 1.2.9 | core/b
              @ v1.2.9
              * d<b,c merge
              * e fix: x | core/a",
        ),
        expect!["core 2.0.0 -> 2.0.1  fix: x (and 1 more)\n"],
    );
}

#[test]
fn a_release_as_footer_that_goes_backwards_is_an_error() {
    check(
        &since("1.2.3", r"* b chore: go\n\nRelease-As: 1.2.0 | core/a"),
        expect![[r#"
            commit 6262626 asks for `core` as 1.2.0 in a Release-As footer
              cause: it is at 1.2.3, and versions never go backwards
              help: take it back with `git revert 6262626`
        "#]],
    );
}

#[test]
fn reverts_cancel_what_they_take_back() {
    let revert = |letter: &str, of: &str| {
        format!(
            r#"* {letter} Revert "{of}"\n\nThis reverts commit {}. | core/a"#,
            crate::detect::fixture::id(of)
        )
    };
    check(
        &since("1.0.0", &format!("* b feat: x | core/a\n{}", revert("c", "b"))),
        expect!["core 1.0.0 -> unchanged  no change that releases\n"],
    );
    // A revert of a revert brings the feature back.
    check(
        &since("1.0.0", &format!("* b feat: x | core/a\n{}\n{}", revert("c", "b"), revert("d", "c"))),
        expect!["core 1.0.0 -> 1.1.0  feat: x\n"],
    );
    // A revert of a merge takes all of its commits back.
    check(
        &since(
            "1.0.0",
            &format!("* b feat: x | core/a\n* c<a fix: y | core/b\n* m<c,b merge\n{}", revert("r", "m")),
        ),
        expect!["core 1.0.0 -> 1.0.1  fix: y\n"],
    );
}

#[test]
fn commits_say_why_they_count() {
    check_commits(
        r#"cargo core 1.0.0
           cargo app 1.0.0
           * a feat: begin | core/a app/a
           @ core-v1.0.0
           @ app-v1.0.0
           * b feat: x | core/a
           * c docs: y | core/a app/b
           * d fix: nowhere | README.md
           * e fix: everywhere
           * f update | app/a
           * g chore: lock | Cargo.lock core/CHANGELOG.md
           * m<g,c merge: feat"#,
        expect![[r#"
            - merge: feat [] a merge; its commits count by themselves
            - chore: lock [] touches no component
            - update [app] not a conventional commit
            + fix: everywhere [app core] fix
            - fix: nowhere [] touches no component
            - docs: y [app core] `docs` alone releases nothing
            + feat: x [core] feat
        "#]],
    );
}

#[test]
fn dependents_of_what_no_longer_fits_get_a_patch() {
    let tags = "* a feat: begin | core/a
                @ core-v0.1.0
                @ near-v0.5.0
                @ far-v0.5.0
                @ dev-v0.5.0
                @ path-v0.5.0
                @ py-v0.1.0
                @ pyapp-v0.5.0
                @ pytop-v0.5.0
                @ pydev-v0.5.0";
    let packages = "cargo core 0.1.0
                    cargo near 0.5.0: core 0.1
                    cargo far 0.5.0: near =0.5.0
                    cargo dev 0.5.0: !core 0.1
                    cargo path 0.5.0: core
                    cargo hidden 0.5.0 private: core 0.1
                    uv py 0.1.0
                    uv pyapp 0.5.0: py
                    uv pytop 0.5.0: pyapp>=0.4
                    uv pydev 0.5.0: !py
                    uv pyhidden 0.5.0 private: py";
    // A requirement of cargo says what it allows; one of a uv workspace is published with the exact version.
    check(
        &format!("{packages}\n{tags}\n* b fix: x | core/a py/a"),
        expect![[r#"
            core 0.1.0 -> 0.1.1  fix: x
            dev 0.5.0 -> unchanged  unchanged
            far 0.5.0 -> unchanged  unchanged
            near 0.5.0 -> unchanged  unchanged
            path 0.5.0 -> unchanged  unchanged
            py 0.1.0 -> 0.1.1  fix: x
            pyapp 0.5.0 -> 0.5.1  depends on py 0.1.1
            pydev 0.5.0 -> unchanged  unchanged
            pytop 0.5.0 -> 0.5.1  depends on pyapp 0.5.1
        "#]],
    );
    check(
        &format!("{packages}\n{tags}\n* b feat: x | core/a"),
        expect![[r#"
            core 0.1.0 -> 0.2.0  feat: x
            dev 0.5.0 -> unchanged  unchanged
            far 0.5.0 -> 0.5.1  depends on near 0.5.1
            near 0.5.0 -> 0.5.1  depends on core 0.2.0
            path 0.5.0 -> unchanged  unchanged
            py 0.1.0 -> unchanged  unchanged
            pyapp 0.5.0 -> unchanged  unchanged
            pydev 0.5.0 -> unchanged  unchanged
            pytop 0.5.0 -> unchanged  unchanged
        "#]],
    );
    check(
        &format!("# release.propagate = 'none'\n{packages}\n{tags}\n* b feat: x | py/a"),
        expect![[r#"
            core 0.1.0 -> unchanged  unchanged
            dev 0.5.0 -> unchanged  unchanged
            far 0.5.0 -> unchanged  unchanged
            near 0.5.0 -> unchanged  unchanged
            path 0.5.0 -> unchanged  unchanged
            py 0.1.0 -> 0.2.0  feat: x
            pyapp 0.5.0 -> unchanged  unchanged
            pydev 0.5.0 -> unchanged  unchanged
            pytop 0.5.0 -> unchanged  unchanged
        "#]],
    );
}

#[test]
fn a_change_in_a_crate_reaches_the_bindings_built_on_it() {
    check(
        "cargo core 0.1.0
         cargo native 0.1.0 in py private: glue
         cargo glue 0.1.0 private: core
         uv py 0.3.0
         uv other 0.1.0
         * a feat: begin | core/a
         @ core-v0.1.0
         @ py-v0.3.0
         @ other-v0.1.0
         * b fix: x | core/a",
        expect![[r#"
            core 0.1.0 -> 0.1.1  fix: x
            other 0.1.0 -> unchanged  unchanged
            py 0.3.0 -> 0.3.1  depends on core 0.1.1
        "#]],
    );
}

/// As the cargo workspaces do it that release-please and release-plz release.
#[test]
fn a_pin_for_all_releases_every_dependent() {
    let body = "cargo core 1.0.0
                cargo near 1.0.0: core 1
                cargo far 1.0.0: near 1
                cargo kept 1.0.0: core 1
                * a feat: begin | core/a
                @ core-v1.0.0
                @ near-v1.0.0
                @ far-v1.0.0
                @ kept-v1.0.0
                * b fix: x | core/a";
    check(
        &format!("# release.pin = 'compatible'\n# component.kept.pin = 'keep'\n{body}"),
        expect![[r#"
        kept 1.0.0 -> unchanged  unchanged
        core 1.0.0 -> 1.0.1  fix: x
        far 1.0.0 -> 1.0.1  depends on near 1.0.1
        near 1.0.0 -> 1.0.1  depends on core 1.0.1
    "#]],
    );
}

#[test]
fn a_pin_of_the_configuration_decides_about_dependents() {
    let body = "uv py 0.1.0
                uv exact 0.1.0: py>=0.1
                uv kept 0.1.0: py>=0.1
                cargo core 1.0.0
                cargo pinned 1.0.0: core 1
                * a feat: begin | py/a
                @ py-v0.1.0
                @ exact-v0.1.0
                @ kept-v0.1.0
                @ core-v1.0.0
                @ pinned-v1.0.0
                * b feat: x | py/a core/a";
    check(
        &format!("# component.kept.pin = 'keep'\n# component.pinned.pin = 'exact'\n{body}"),
        expect![[r#"
            kept 0.1.0 -> unchanged  unchanged
            pinned 1.0.0 -> 1.0.1  depends on core 1.1.0
            core 1.0.0 -> 1.1.0  feat: x
            exact 0.1.0 -> 0.1.1  depends on py 0.2.0
            py 0.1.0 -> 0.2.0  feat: x
        "#]],
    );
}
