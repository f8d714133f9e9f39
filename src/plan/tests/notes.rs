//! What the notes of a release tell, and since when.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use crate::detect::fixture::read;
use crate::plan::notes::notes;
use crate::plan::plan;

fn check(text: &str, expected: Expect) {
    let fixture = read(text).unwrap();
    let (snapshot, workspace, config) = (&fixture.snapshot, &fixture.workspace, &fixture.config);
    let plan = plan(snapshot, workspace, config, &BTreeSet::new()).unwrap();
    let notes = notes(&plan, snapshot, workspace, config, None, "2026-01-02", &Default::default());
    let told = notes.iter().map(|notes| {
        let lines: Vec<&str> = notes.entry.lines().filter(|line| line.starts_with(['#', '*'])).collect();
        format!("since {}\n{}\n", notes.previous.as_deref().unwrap_or("the beginning"), lines.join("\n"))
    });
    expected.assert_eq(&told.collect::<String>());
}

/// A final version, and two candidates of the next one.
fn candidates(version: &str) -> String {
    format!(
        "cargo core {version}\n* a feat: begin | core/a\n@ v1.2.0\n* b feat: one | core/b\n@ v1.3.0-rc.1\n\
         * c fix: two | core/c\n"
    )
}

#[test]
fn a_final_version_tells_what_its_candidates_told() {
    check(
        &format!("{}@ v1.3.0-rc.2\n* d chore: release | core/Cargo.toml\n", candidates("1.3.0")),
        expect![[r#"
            since v1.2.0
            ## 1.3.0 (2026-01-02)
            ### Features
            * one (6262626)
            ### Bug Fixes
            * two (6363636)
        "#]],
    );
}

#[test]
fn a_candidate_tells_what_is_new_since_the_one_before() {
    check(
        &candidates("1.3.0-rc.1"),
        expect![[r#"
            since v1.3.0-rc.1
            ## 1.3.0-rc.2 (2026-01-02)
            ### Bug Fixes
            * two (6363636)
        "#]],
    );
}
