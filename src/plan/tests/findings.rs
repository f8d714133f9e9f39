//! What a plan tells beside the release.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use crate::detect::fixture::read;
use crate::plan::{Finding, findings, plan};

fn check(text: &str, checks: bool, expected: Expect) {
    let it = read(text).unwrap();
    let plan = plan(&it.snapshot, &it.workspace, &it.config, &BTreeSet::new()).unwrap();
    let found = findings::closer(&plan, &it.snapshot, &it.workspace, &it.config);
    let line = |finding: &Finding| {
        let place = finding.file.as_ref().map_or(String::new(), |file| format!("{file}:{} ", finding.line));
        format!("{} {} {place}{}\n", finding.severity.name(), finding.id, finding.message)
    };
    expected.assert_eq(&found.iter().filter(|it| it.check == checks).map(line).collect::<String>());
}

const CORE: &str = "
    cargo core 0.1.0
    * a feat: begin | core/a.rs
    @ core-v0.1.0
    @ v0.1.0
";

#[test]
fn why_nothing_is_released_is_told_in_the_order_of_looking() {
    check(
        CORE,
        false,
        expect![[r#"
        warning nothing-to-release there is no commit since the last release (`v0.1.0`)
    "#]],
    );
    let more = "
        * b chore: tidy | core/a.rs
        * c docs: more | core/a.rs
        * d what | core/a.rs docs/b.md
        * e chore: other | core/b.rs
        * f feat: elsewhere | docs/a.md
        * g fix: it | core/a.rs
        * h Revert\\n\\nThis reverts commit 6767676767676767676767676767676767676767. | core/a.rs
    ";
    check(
        &format!("{CORE}{more}"),
        false,
        expect![[r#"
        warning nothing-to-release the messages of 6 commits ask for no release: 2 chore, 2 taken back, 1 docs, 1 not conventional
        warning nothing-to-release 1 commit touches no component, only what is outside of packages, ignored, or written by releases: `docs/a.md`, for example
    "#]],
    );
    check(
        &format!("{CORE}* b fix: outside | README.md"),
        false,
        expect![[r#"
        warning nothing-to-release 1 commit touches no component, only what is outside of packages, ignored, or written by releases: `README.md`, for example
    "#]],
    );
    check(
        "cargo core 0.1.0 private\n* a feat: begin | core/a.rs",
        false,
        expect![[r#"
        warning nothing-to-release every package is private: `castoff discover` says why
    "#]],
    );
}

#[test]
fn a_release_says_where_the_old_version_seems_to_stand_and_what_checks_found() {
    let text = format!(
        "{CORE}\n* b fix: it | core/a.rs\nfile core/Cargo.toml # v0.1.0\\ncurrent_version = '0.1.0'\\nitoa = '0.1.0'\\n"
    );
    check(
        &text,
        false,
        expect![[r#"
        warning old-version core/Cargo.toml:2 `0.1.0` stands here too, which is the version before 0.1.1; is it to stay?
    "#]],
    );
    check(
        &text,
        true,
        expect![[r#"
        warning missing_license core/Cargo.toml:5 no licence file
        warning missing_readme core/Cargo.toml:5 no README
        error metadata_completeness core/Cargo.toml:5 no `description`, `license`, without which its registry refuses it
        warning metadata_completeness core/Cargo.toml:5 no `repository`
    "#]],
    );
}

#[test]
fn a_manifest_of_release_please_that_is_broken_or_says_another_version_is_told() {
    let with = |manifest: &str| {
        format!("{CORE}file .release-please-manifest.json {manifest}\n* b fix: it | core/a.rs")
    };
    check(&with("{\\n\"core\": \"0.1.0\"}"), false, expect![[""]]);
    check(
        &with("{\\n\"core\": \"0.0.9\", \"gone\": \"1.0.0\"}"),
        false,
        expect![[r#"
        warning release-please-manifest .release-please-manifest.json:2 it says 0.0.9 for `cargo:core`, and the last tag is `v0.1.0`
    "#]],
    );
    check(
        &with("{\\n\"core\": \"0.1.0\",\\n\"a\": }"),
        false,
        expect![[r#"
        error release-please-manifest .release-please-manifest.json:3 cannot read `.release-please-manifest.json`: Unexpected close brace
    "#]],
    );
    check(
        &with("{\\n\"core\": \"new\"}"),
        false,
        expect![[r#"
        error release-please-manifest .release-please-manifest.json:2 `core` in `.release-please-manifest.json` is no version: `new` is not a version
    "#]],
    );
}

/// What was never tagged is taken for new; the registry is not asked.
#[test]
fn limits_of_registries_are_told_where_they_make_a_release_wait() {
    let told = |text: &str| {
        let it = read(text).unwrap();
        let plan = plan(&it.snapshot, &it.workspace, &it.config, &BTreeSet::new()).unwrap();
        let found: Vec<String> =
            plan.findings.iter().filter(|it| it.id == "rate-limits").map(|it| it.message.clone()).collect();
        assert_eq!(found.len(), plan.rate_limits.len());
        found
    };
    let crates: String = (0..12).map(|number| format!("cargo c{number} 0.1.0\n")).collect();
    let begin = "* a feat: begin | c0/a.rs\n";
    let expected = "`crates-io` takes 5 new packages at once, then one in 10m: 12 take about 1h 10m";
    assert_eq!(told(&format!("{crates}{begin}")), [expected]);
    let tags: String = (0..12).map(|number| format!("@ c{number}-v0.1.0\n")).collect();
    let fixes: String = (0..12).map(|number| format!("* b{number} fix: it | c{number}/b.rs\n")).collect();
    assert_eq!(told(&format!("{crates}{begin}{tags}{fixes}")), [""; 0]);
}
