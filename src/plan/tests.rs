//! Plans as data: a repository as lines; what would be published, in which order, written and tagged, as lines.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use super::plan;
use crate::detect::fixture::read;

mod extra;
mod findings;
mod notes;
mod settled;

fn check(text: &str, variables: &[&str], expected: Expect) {
    let variables: BTreeSet<String> = variables.iter().map(ToString::to_string).collect();
    let plan = read(text).and_then(|it| plan(&it.snapshot, &it.workspace, &it.config, &variables));
    let plan = match plan {
        Ok(plan) => plan,
        Err(faults) => return expected.assert_eq(&format!("{faults}\n")),
    };
    let mut lines = String::new();
    for package in &plan.packages {
        let next = package.next.as_ref().map_or(String::new(), |next| format!(" -> {next}"));
        lines += &format!("{} {} {}{next}\n", package.action.name(), package.id, package.current);
    }
    for (level, ids) in plan.order.iter().enumerate() {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        lines += &format!("level {level}: {}\n", ids.join(" "));
    }
    for edit in &plan.edits {
        lines += &format!("write {} {}: {} -> {}\n", edit.path, edit.field, edit.from, edit.to);
    }
    for credential in &plan.credentials {
        let state = if credential.present { "set" } else { "not set" };
        lines += &format!("token {}: {state}\n", credential.needed_for);
    }
    lines += &format!("tags {}\n", plan.tags.join(" "));
    for finding in &plan.findings {
        lines += &format!("{}: {}\n", finding.id, finding.message);
    }
    expected.assert_eq(&lines);
}

#[test]
fn a_plan_holds_what_is_done_with_every_package() {
    check(
        "cargo core 0.1.0
         cargo hidden 0.1.0 private: core 0.1
         cargo still 1.0.0
         uv py 0.1.0
         uv app 0.2.0: py
         uv top 0.2.0: app
         * a feat: begin | core/a
         @ core-v0.1.0
         @ still-v1.0.0
         @ py-v0.1.0
         @ app-v0.2.0
         @ top-v0.2.0
         * b feat: x | core/a py/a",
        &["CARGO_REGISTRY_TOKEN"],
        expect![[r#"
            publish cargo:core 0.1.0 -> 0.2.0
            unchanged cargo:still 1.0.0
            publish uv:py 0.1.0 -> 0.2.0
            private cargo:hidden 0.1.0
            publish uv:app 0.2.0 -> 0.2.1
            publish uv:top 0.2.0 -> 0.2.1
            level 0: cargo:core uv:py
            level 1: uv:app
            level 2: uv:top
            write app/pyproject.toml project.version: 0.2.0 -> 0.2.1
            write core/Cargo.toml package.version: 0.1.0 -> 0.2.0
            write hidden/Cargo.toml dependencies.core.version: 0.1 -> 0.2
            write py/pyproject.toml project.version: 0.1.0 -> 0.2.0
            write top/pyproject.toml project.version: 0.2.0 -> 0.2.1
            token crates-io: set
            token pypi: not set
            tags app-v0.2.1 core-v0.2.0 py-v0.2.0 top-v0.2.1
        "#]],
    );
}

#[test]
fn packages_of_one_component_move_together_and_after_what_they_need() {
    check(
        "# component.all.packages = ['*']
         # component.all.version-file = 'VERSION'
         # component.all.tag = 'release-{version}'
         cargo core 0.1.0: macros =0.1.0
         cargo macros 0.1.0
         uv py 0.1.0
         file VERSION   0.1.0\\n
         * a feat: begin | core/a VERSION
         @ release-0.1.0
         * b fix: x | py/a",
        &[],
        expect![[r#"
            publish cargo:macros 0.1.0 -> 0.1.1
            publish uv:py 0.1.0 -> 0.1.1
            publish cargo:core 0.1.0 -> 0.1.1
            level 0: cargo:macros uv:py
            level 1: cargo:core
            write VERSION version: 0.1.0 -> 0.1.1
            write core/Cargo.toml dependencies.macros.version: =0.1.0 -> =0.1.1
            write core/Cargo.toml package.version: 0.1.0 -> 0.1.1
            write macros/Cargo.toml package.version: 0.1.0 -> 0.1.1
            write py/pyproject.toml project.version: 0.1.0 -> 0.1.1
            token crates-io: not set
            token pypi: not set
            tags release-0.1.1
        "#]],
    );
}

#[test]
fn nothing_to_release_is_a_plan_too() {
    check(
        "cargo core 0.1.0\n* a feat: begin | core/a\n@ v0.1.0",
        &[],
        expect![[r#"
        unchanged cargo:core 0.1.0
        tags 
    "#]],
    );
    check(
        "* a feat: begin | README.md",
        &[],
        expect![[r#"
        tags 
        no-packages: no package was found in the files that git tracks
    "#]],
    );
}

#[test]
fn tags_spell_versions_as_the_packages_do_and_pre_releases_with_a_dash() {
    let body = r"uv py 1.0
                 * a feat: begin | py/a
                 @ v1.0
                 * b chore: go\n\nRelease-As: VERSION | py/a";
    check(
        &body.replace("VERSION", "2.0.0rc1"),
        &[],
        expect![[r#"
        publish uv:py 1.0.0 -> 2.0.0-rc.1
        level 0: uv:py
        write py/pyproject.toml project.version: 1.0 -> 2.0.0rc1
        token pypi: not set
        tags v2.0.0-rc.1
    "#]],
    );
    check(
        &body.replace("VERSION", "2.0"),
        &[],
        expect![[r#"
        publish uv:py 1.0.0 -> 2.0.0
        level 0: uv:py
        write py/pyproject.toml project.version: 1.0 -> 2.0
        token pypi: not set
        tags v2.0
    "#]],
    );
}
