//! Extra files: what is written into them, when, and what is refused.

use expect_test::expect;

use super::check;

/// A crate and a Python package that follows nothing; both released by `b`, only the crate by leaving `b` out.
const TWO: &str = "
    cargo core 0.1.0
    uv app 1.0.0
    * a feat: begin | core/a.rs app/a.py
    @ core-v0.1.0
    @ app-v1.0.0
    * b fix: core | core/a.rs
";

fn with(more: &str) -> String {
    format!("{TWO}{more}")
}

#[test]
fn every_kind_of_place_is_written() {
    let text = with(
        "
        * c fix: app | app/a.py
        # [component.app]
        # extra-files = [
        #   { path = 'conf.toml', toml = 'tool.list.1.version' },
        #   { path = 'conf.json', json = 'a.\"b.c\"', value = 'v{version}' },
        #   { path = 'version.rb', regex = \"CORE = '(.*)'\", value = '{core}' },
        #   'README.txt',
        # ]
        file conf.toml [[tool.list]]\\nversion = '1.0.0x'\\n[[tool.list]]\\nversion = '?'
        file conf.json {\"a\": {\"b.c\": \"v1.0.0\"}}
        file version.rb VERSION = '0.1.0'\\nCORE = '0.1.0'
        file README.txt app==1.0.0 # x-castoff-version
    ",
    );
    check(
        &text,
        &[],
        expect![[r#"
        publish cargo:core 0.1.0 -> 0.1.1
        publish uv:app 1.0.0 -> 1.0.1
        level 0: cargo:core uv:app
        write README.txt version: 1.0.0 -> 1.0.1
        write app/pyproject.toml project.version: 1.0.0 -> 1.0.1
        write conf.json a.b.c: v1.0.0 -> v1.0.1
        write conf.toml tool.list.1.version: ? -> 1.0.1
        write core/Cargo.toml package.version: 0.1.0 -> 0.1.1
        write version.rb line: 0.1.0 -> 0.1.1
        token crates-io: not set
        token pypi: not set
        tags app-v1.0.1 core-v0.1.1
    "#]],
    );
}

#[test]
fn what_is_not_released_writes_nothing() {
    let text = with(
        "
        # [component.app]
        # extra-files = [{ path = 'version.rb', regex = \"CORE = '(.*)'\", value = '{core}' }]
        file version.rb CORE = '0.1.0'
    ",
    );
    check(
        &text,
        &[],
        expect![[r#"
        publish cargo:core 0.1.0 -> 0.1.1
        unchanged uv:app 1.0.0
        level 0: cargo:core
        write core/Cargo.toml package.version: 0.1.0 -> 0.1.1
        token crates-io: not set
        tags core-v0.1.1
    "#]],
    );
}

#[test]
fn rules_that_fit_nothing_are_told_together_also_without_a_release() {
    let text = with(
        "
        # [component.app]
        # extra-files = [
        #   { path = 'gone.rb', regex = '(.*)' },
        #   { path = 'version.rb', regex = \"CORE = '(.*)'\", value = '{cor}' },
        #   { path = 'version.rb', regex = \"CORE = '(.*)'\" },
        #   { path = 'version.rb', regex = 'NONE(.*)' },
        #   { path = 'conf.toml', toml = 'a.c' },
        #   { path = 'conf.json', json = 'a' },
        #   'version.rb',
        #   { path = 'conf.toml', value = 'x{version}' },
        # ]
        file conf.toml a.b = '1'
        file conf.json {\"a\": 1}
        file version.rb CORE = '0.1.0'\\nCORE = '0.1.0'
    ",
    );
    check(
        &text,
        &[],
        expect![[r#"
        `extra-files` of `[component.app]` is `gone.rb`, which git does not track
          --> castoff.toml:3
          help: correct the path, or commit the file
        `value` of an extra file of `[component.app]` holds `{cor}`, which is no component
          --> castoff.toml:4
          help: did you mean `{core}`?
        the rule for `version.rb` is stale
          --> version.rb
          cause: `CORE = '(.*)'` matches more than once: lines 1, 2
          help: let it match one line, and write an entry for each of the others
        the rule for `version.rb` is stale
          --> version.rb
          cause: `NONE(.*)` matches no line of it
          help: correct the file, or the rule: an extra file of `[component.app]` (line 6 of castoff.toml)
        the rule for `conf.toml` is stale
          --> conf.toml
          cause: it has no text at `a.c`
          help: correct the file, or the rule: an extra file of `[component.app]` (line 7 of castoff.toml)
        the rule for `conf.json` is stale
          --> conf.json
          cause: it has no text at `a`
          help: correct the file, or the rule: an extra file of `[component.app]` (line 8 of castoff.toml)
        the rule for `version.rb` is stale
          --> version.rb
          cause: no line of it is marked with `x-castoff-version`
          help: correct the file, or the rule: an extra file of `[component.app]` (line 9 of castoff.toml)
        `value` of an extra file of `[component.app]` is not one version alone
          --> castoff.toml:10
          cause: on marked lines only the version is replaced
          help: write `{version}` or `{NAME}`
    "#]],
    );
}

#[test]
fn the_old_version_where_nothing_replaces_it_is_refused() {
    let text = |leftovers: &str| {
        with(&format!(
            "
            # [component.core]
            # extra-files = [{{ path = 'lib.txt', regex = 'version (.*)'{leftovers} }}]
            file lib.txt version 0.1.0\\nnot 0.1.0.1\\n(since 0.1.0)
        "
        ))
    };
    check(
        &text(""),
        &[],
        expect![[r#"
        `0.1.0`, the old version of `core`, would be left in `lib.txt`
          --> lib.txt:3
          help: write an entry of `extra-files` for it or mark the line with `x-castoff-version`; or allow it: `leftovers = true`
    "#]],
    );
    check(
        &text(", leftovers = true"),
        &[],
        expect![[r#"
        publish cargo:core 0.1.0 -> 0.1.1
        unchanged uv:app 1.0.0
        level 0: cargo:core
        write core/Cargo.toml package.version: 0.1.0 -> 0.1.1
        write lib.txt line: 0.1.0 -> 0.1.1
        token crates-io: not set
        tags core-v0.1.1
    "#]],
    );
}

#[test]
fn a_file_that_a_release_rewrites_changes_nobody_else() {
    let text = "
        # bump = 'paths'
        cargo core 0.1.0
        uv app 1.0.0
        # [component.core]
        # extra-files = [{ path = 'app/core.txt', regex = '^(.*)$' }]
        # [component.app]
        file app/core.txt 0.1.1
        * a feat: begin | core/a.rs app/a.py
        @ core-v0.1.0
        @ app-v1.0.0
        * b chore: release | app/core.txt
    "
    .replacen("# bump", "# [release]\n# bump", 1);
    check(
        &text,
        &[],
        expect![[r#"
        unchanged cargo:core 0.1.0
        unchanged uv:app 1.0.0
        tags 
    "#]],
    );
}
