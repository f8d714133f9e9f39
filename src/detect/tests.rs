//! Bases and changed paths as data: a repository as lines, what changed as lines.

use expect_test::{Expect, expect};

use super::detect;
use super::fixture::read;

/// The base of path sets, every path set, and every component with its base and its paths.
fn check(text: &str, expected: Expect) {
    let result = read(text).and_then(|it| detect(&it.snapshot, &it.workspace, &it.config));
    let detected = match result {
        Ok(detected) => detected,
        Err(faults) => return expected.assert_eq(&format!("{faults}\n")),
    };
    let name = |name: &str| if name.is_empty() { "nothing".to_string() } else { name.to_string() };
    let mut lines = format!("base {}\n", name(&detected.base.name));
    for (set, changed) in &detected.path_sets {
        lines += &format!("{set} {changed}\n");
    }
    for change in &detected.components {
        let first = if change.base.first { " first" } else { "" };
        lines += &format!(
            "{} since {}{first}: {}\n",
            change.name,
            name(&change.base.name),
            change.files.join(" ")
        );
    }
    expected.assert_eq(&lines);
}

const TWO: &str = "cargo core 0.1.0
                   cargo app 0.1.0
                   * a feat: begin | core/a app/a";

#[test]
fn the_greatest_own_tag_below_head_is_the_base() {
    check(
        &format!(
            "{TWO}
             @ core-v0.1.10
             @ app-v0.1.0
             * b feat: x | core/b
             @ core-v0.1.9
             @ core-v0.1.2
             * c feat: y | core/c
             * x<a feat: elsewhere | core/x
             @ core-v0.2.0
             * d<c feat: z | app/d"
        ),
        expect![[r#"
            base app-v0.1.0
            app since app-v0.1.0: app/d
            core since core-v0.1.10: core/b core/c
        "#]],
    );
}

#[test]
fn an_own_tag_at_head_is_a_base_and_a_tag_of_all_is_not() {
    let body = format!(
        "{TWO}
         @ release-1
         * b feat: x | core/b app/b
         @ release-2
         @ core-v0.1.0"
    );
    check(
        &body,
        expect![[r#"
            base release-1
            app since release-1 first: app/b
            core since core-v0.1.0: 
        "#]],
    );
}

#[test]
fn the_first_pattern_of_base_tags_wins_and_the_nearest_tag_of_it() {
    let body = format!(
        "{TWO}
         @ release-old
         * b feat: x | core/b
         @ v1
         * c<a feat: y | core/c
         * d feat: y | core/d
         @ release-new
         * m<d,b merge
         * e feat: z | app/e"
    );
    check(
        &body,
        expect![[r#"
            base release-new
            app since release-new first: app/e
            core since release-new first: core/b
        "#]],
    );
    // Whichever branch git lists first.
    check(
        "cargo core 0.1.0
         * a feat: begin | core/a
         * c feat: y | core/c
         * d feat: y | core/d
         @ release-new
         * b<a feat: x | core/b
         @ release-old
         * m<d,b merge",
        expect![[r#"
            base release-new
            core since release-new first: core/b
        "#]],
    );
    check(
        &format!("# release.base-tags = ['v*', 'release-*']\n{body}"),
        expect![[r#"
            base v1
            app since v1 first: app/e
            core since v1 first: core/c core/d
        "#]],
    );
}

#[test]
fn without_any_base_every_tracked_file_counts() {
    check(
        &format!(
            "# paths.all = ['core/', 'app/']
             # paths.docs = ['README.md']
             {TWO}
             * b fix: x | core/gone README.md"
        ),
        expect![[r#"
            base 6161616161616161616161616161616161616161
            all true
            docs true
            app since nothing first: app/Cargo.toml app/a
            core since nothing first: core/Cargo.toml core/a
        "#]],
    );
}

#[test]
fn the_oldest_base_is_that_of_path_sets_where_no_tag_speaks_for_all() {
    check(
        &format!(
            "# paths.docs = ['README.md']
             # paths.old = ['gone/']
             {TWO}
             @ app-v0.1.0
             * b fix: x | core/b gone/a
             @ core-v0.1.0
             * c fix: x | README.md"
        ),
        expect![[r#"
            base app-v0.1.0
            docs true
            old true
            app since app-v0.1.0: 
            core since core-v0.1.0: 
        "#]],
    );
}

#[test]
fn the_base_that_is_given_goes_before_all_others() {
    check(
        &format!("{TWO}\n@ core-v0.1.0\n* b fix: x | core/b app/b\n@ release-1\n* c fix: y | core/c\nfrom a"),
        expect![[r#"
            base a
            app since a first: app/b
            core since a: core/b core/c
        "#]],
    );
}

#[test]
fn the_longest_directory_wins() {
    check(
        "cargo root 0.1.0 in .
         cargo core 0.1.0
         cargo inner 0.1.0 in core/inner
         cargo hidden 0.1.0 in core/hidden private
         * a feat: begin | core/a
         @ root-v0.1.0
         @ core-v0.1.0
         @ inner-v0.1.0
         * b feat: x | core/inner/b core/hidden/b core-extra/b vendor/core/b README.md core/b",
        expect![[r#"
            base core-v0.1.0
            core since core-v0.1.0: core/b
            inner since inner-v0.1.0: core/inner/b
            root since root-v0.1.0: README.md core-extra/b vendor/core/b
        "#]],
    );
}

#[test]
fn a_crate_in_a_python_package_belongs_to_it() {
    check(
        "cargo core 0.1.0
         cargo native 0.1.0 in py/native private: core; glue
         cargo glue 0.1.0 private
         cargo apart 0.1.0 private
         uv py 0.1.0
         uv other 0.1.0
         * a feat: begin | core/a
         @ core-v0.1.0
         @ py-v0.1.0
         @ other-v0.1.0
         * b feat: x | py/native/src/b glue/b apart/b core/b other/b",
        expect![[r#"
            base core-v0.1.0
            core since core-v0.1.0: core/b
            other since other-v0.1.0: other/b
            py since py-v0.1.0: glue/b py/native/src/b
        "#]],
    );
}

#[test]
fn rules_name_what_a_component_is_changed_by() {
    check(
        "# paths.ffi = ['core/', 'app/src/*.rs']
         # component.all.packages = ['cargo:core', 'app']
         # component.all.changed-by = ['ffi', 'proto/', 'Makefile']
         # release.ignore = ['**/skip', '**/CHANGELOG.md']
         cargo core 0.1.0
         cargo app 0.1.0
         cargo other 0.1.0
         * a feat: begin | core/a app/src/x.rs proto/a Makefile other/a
         @ all-v0.1.0
         @ other-v0.1.0
         * b feat: x | core/b core/skip app/src/y.rs app/src/deep/z.rs app/Makefile proto/deep/b other/b
         * c chore: x | core/CHANGELOG.md Cargo.lock castoff.toml
         * d feat: empty",
        expect![[r#"
            base all-v0.1.0
            ffi true
            all since all-v0.1.0: app/src/y.rs core/b proto/deep/b
            other since other-v0.1.0: other/b
        "#]],
    );
}

#[test]
fn rules_that_match_nothing_are_told_together() {
    check(
        "# [paths]
         # ffi-core = [
         #   'core/',
         #   'cor/',
         #   'was-gone/',
         # ]
         # [component.core]
         # changed-by = ['ffi-cor', 'proto/', 'core/a']
         cargo core 0.1.0
         * a feat: begin | core/a
         @ v0.1.0
         * b chore: out | was-gone/b",
        expect![[r#"
            `cor/` in `ffi-core` of `[paths]` matches no tracked file
              --> castoff.toml:4
              help: correct the path; a directory ends in `/`
            `ffi-cor` in `changed-by` of `[component.core]` matches no tracked file
              --> castoff.toml:7
              help: did you mean the path set `ffi-core`?
            `proto/` in `changed-by` of `[component.core]` matches no tracked file
              --> castoff.toml:7
              help: correct the path; a directory ends in `/`
        "#]],
    );
}

#[test]
fn tags_of_another_form_are_no_first_release() {
    let with = |tags: &str| format!("{TWO}\n{tags}\n* b fix: x | core/b");
    for (tag, form) in [
        ("core@0.1.0", "core@{version}"),
        ("core/v0.1.0", "core/v{version}"),
        ("core-0.1.0", "core-{version}"),
    ] {
        let faults = read(&with(&format!("@ {tag}"))).err().unwrap().to_string();
        assert!(faults.contains(&format!("`{tag}`")), "{faults}");
        assert!(faults.contains(&format!("`tag = \"{form}\"` in `[component.core]`")), "{faults}");
    }
    check(
        &with("@ core@0.1.0\n@ core@0.1.1\n@ core@0.1.2\n@ core@0.1.3\n@ app-0.1.0"),
        expect![[r#"
            `app` has tags that do not match its tag pattern `app-v{version}`: `app-0.1.0`
              help: if `app-0.1.0` is a release of it, write `tag = "app-{version}"` in `[component.app]` of castoff.toml
            `core` has tags that do not match its tag pattern `core-v{version}`: `core@0.1.0`, `core@0.1.1`, `core@0.1.2` and 1 more
              help: if `core@0.1.0` is a release of it, write `tag = "core@{version}"` in `[component.core]` of castoff.toml
                    `castoff init --dry-run --force` shows such lines for all
        "#]],
    );
    // A scope is often left out; a key with one is quoted.
    check(
        r#"file web/package.json { "name": "@acme/web", "version": "0.1.0" }
           cargo app 0.1.0
           * a feat: begin | web/a
           @ web-v0.1.0
           @ app-v0.1.0"#,
        expect![[r#"
            `@acme/web` has tags that do not match its tag pattern `@acme/web-v{version}`: `web-v0.1.0`
              help: if `web-v0.1.0` is a release of it, write `tag = "web-v{version}"` in `[component."@acme/web"]` of castoff.toml
        "#]],
    );
    // A tag of all is a base here, and would be the tag of a component that is alone.
    check(
        &with("@ v0.1.0"),
        expect![[r#"
            base v0.1.0
            app since v0.1.0 first: 
            core since v0.1.0 first: core/b
        "#]],
    );
    check(
        "# release.tag = '{component}-v{version}'
         cargo core 0.1.0
         * a feat: begin | core/a
         @ 0.1.0",
        expect![[r#"
            `core` has tags that do not match its tag pattern `core-v{version}`: `0.1.0`
              help: if `0.1.0` is a release of it, write `tag = "{version}"` in `[component.core]` of castoff.toml
        "#]],
    );
    // A longer name is another component.
    check(
        "cargo core 0.1.0
         cargo core-2 0.1.0
         * a feat: begin | core/a
         @ core-2-v0.1.0",
        expect![[r#"
            base core-2-v0.1.0
            core since nothing first: core/Cargo.toml core/a
            core-2 since core-2-v0.1.0: 
        "#]],
    );
}

#[test]
fn path_sets_are_flags_of_what_shares_a_core() {
    // The paths of the TAS-170 design: everything is built on the first set, only crates on the second.
    let with = |paths: &str| {
        format!(
            r#"# [release]
               # bump = "paths"
               # [paths]
               # ffi-core = ["tasker-pgmq/", "tasker-shared/", "tasker-worker/"]
               # server-core = ["tasker-orchestration/", "tasker-client/", "tasker-cli/"]
               # [component.core]
               # packages = ["cargo:tasker-*"]
               # changed-by = ["ffi-core", "server-core"]
               # tag = "core-v{{version}}"
               # [component.python]
               # packages = ["uv:tasker-py"]
               # changed-by = ["ffi-core", "workers/python/"]
               # tag = "python-v{{version}}"
               cargo tasker-pgmq 0.1.0
               cargo tasker-shared 0.1.0
               cargo tasker-worker 0.1.0
               cargo tasker-orchestration 0.1.0
               cargo tasker-client 0.1.0
               cargo tasker-cli 0.1.0
               uv tasker-py 0.1.0 in workers/python
               * a feat: begin | tasker-pgmq/a workers/python/a
               @ v0.1.0
               * b feat: x | {paths}"#
        )
    };
    for (paths, expected) in [
        ("tasker-shared/b", "ffi-core server-core- core python"),
        ("tasker-client/b", "ffi-core- server-core core python-"),
        ("workers/python/b", "ffi-core- server-core- core- python"),
        ("tasker-pgmq/b tasker-cli/b", "ffi-core server-core core python"),
        ("tasker-shared-extra/b vendor/tasker-shared/b workers/b", "ffi-core- server-core- core- python-"),
    ] {
        let it = read(&with(paths)).unwrap();
        let detected = detect(&it.snapshot, &it.workspace, &it.config).unwrap();
        let sets = detected.path_sets.iter().map(|(name, changed)| (name.as_str(), *changed));
        let components = detected.components.iter().map(|change| (change.name.as_str(), change.changed()));
        let flag = |(name, changed): (&str, bool)| format!("{name}{}", if changed { "" } else { "-" });
        assert_eq!(sets.chain(components).map(flag).collect::<Vec<_>>().join(" "), expected, "{paths}");
    }
}
