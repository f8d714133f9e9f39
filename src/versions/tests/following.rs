//! What releases a follower by default, and rules of following that cannot be.

use expect_test::expect;

use super::check;

#[test]
fn what_follows_by_default_is_what_packages_need() {
    let body = "# component.core.packages = ['shared', 'server']
        # component.py.follows = 'core'
        # component.py.scheme = 'at-least'
        # component.tool.follows = 'core'
        # component.tool.scheme = 'same'
        cargo shared 0.1.0
        cargo server 0.1.0: shared
        cargo glue 0.1.0 in glue private: shared
        cargo ext 0.1.0 in py private: glue
        uv py 0.1.0
        uv tool 0.1.0
        * a feat: begin | shared/a
        @ core-v0.1.0
        @ py-v0.1.0
        @ tool-v0.1.0";
    check(
        &format!("{body}\n* b fix: x | shared/a"),
        expect![[r#"
        core 0.1.0 -> 0.1.1  fix: x
        py 0.1.0 -> 0.1.1  follows core 0.1.1: shared changed
        tool 0.1.0 -> 0.1.1  follows core 0.1.1
    "#]],
    );
    check(
        &format!("{body}\n* b fix: x | server/a"),
        expect![[r#"
        core 0.1.0 -> 0.1.1  fix: x
        py 0.1.0 -> unchanged  unchanged
        tool 0.1.0 -> 0.1.1  follows core 0.1.1
    "#]],
    );
    check(
        &format!("{body}\n* b feat: x | tool/a"),
        expect![[r#"
        core 0.1.0 -> 0.2.0  feat: x
        py 0.1.0 -> unchanged  unchanged
        tool 0.1.0 -> 0.2.0  follows core 0.2.0
    "#]],
    );
    check(
        &format!("{body}\n* b docs: x | tool/a"),
        expect![[r#"
        core 0.1.0 -> unchanged  no change that releases
        py 0.1.0 -> unchanged  unchanged
        tool 0.1.0 -> unchanged  no change that releases
    "#]],
    );
    check(
        &format!("{body}\n* b feat: x | glue/a"),
        expect![[r#"
        core 0.1.0 -> unchanged  unchanged
        py 0.1.0 -> 0.2.0  feat: x
        tool 0.1.0 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn four_numbers_are_refused_where_a_registry_takes_three() {
    let body = "# component.core.packages = ['core']
        # component.cli.follows = 'core'
        # component.cli.scheme = 'core-patch'
        cargo core 0.1.8
        cargo cli 0.1.8
        * a feat: begin | core/a
        @ core-v0.1.8
        @ cli-v0.1.8
        * b fix: x | cli/a";
    check(
        body,
        expect![[r#"
        `cargo:cli` cannot be released as 0.1.8.1
          --> castoff.toml:2
          cause: crates have versions of three numbers
          help: use `scheme = "at-least"` in `[component.cli]`
    "#]],
    );
    check(
        &body.replace("core-patch", "at-least"),
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        cli 0.1.8 -> 0.1.9  fix: x
    "#]],
    );
}

#[test]
fn rules_of_following_that_cannot_be_are_told() {
    let body = "cargo core 0.1.0\ncargo app 0.1.0\ncargo cli 0.1.0\n* a feat: begin | core/a";
    check(
        &format!("# component.app.follows = 'cor'\n{body}"),
        expect![[r#"
        `[component.app]` follows `cor`, which is no component
          --> castoff.toml:1
          help: did you mean `core`?
    "#]],
    );
    check(
        &format!("# component.app.follows = 'cli'\n# component.cli.follows = 'app'\n{body}"),
        expect![[r#"
            components follow each other in a circle: `app` -> `cli` -> `app`
              --> castoff.toml:1
              help: take one `follows` out
        "#]],
    );
    check(
        &format!(
            "# component.app.follows = 'core'\n# component.app.follow-on = ['ffi-cor', 'nowhere/']\n# paths.ffi-core = ['core/']\n{body}"
        ),
        expect![[r#"
            `ffi-cor` in `follow-on` of `[component.app]` matches no tracked file
              --> castoff.toml:1
              help: did you mean the path set `ffi-core`?
            `nowhere/` in `follow-on` of `[component.app]` matches no tracked file
              --> castoff.toml:1
              help: correct the path; a directory ends in `/`
        "#]],
    );
}

#[test]
fn dependencies_beside_the_one_that_is_followed_still_count() {
    let body = "# component.core.packages = ['core']
        # component.py.follows = 'core'
        # component.py.scheme = 'core-patch'
        # component.py.follow-on = []
        # component.wasm.follows = 'core'
        # component.wasm.scheme = 'same'
        # component.wasm.follow-on = []
        uv core 0.1.0
        uv util 0.1.0
        uv py 0.1.0.0: core; util
        uv wasm 0.1.0: util
        * a feat: begin | core/a
        @ core-v0.1.0
        @ util-v0.1.0
        @ py-v0.1.0.0
        @ wasm-v0.1.0";
    check(
        &format!("{body}\n* b fix: x | core/a"),
        expect![[r#"
        core 0.1.0 -> 0.1.1  fix: x
        py 0.1.0.0 -> unchanged  unchanged
        wasm 0.1.0 -> unchanged  unchanged
        util 0.1.0 -> unchanged  unchanged
    "#]],
    );
    check(
        &format!("{body}\n* b fix: x | util/a"),
        expect![[r#"
        core 0.1.0 -> 0.1.1  depends on util 0.1.1
        py 0.1.0.0 -> 0.1.1.0  depends on util 0.1.1
        wasm 0.1.0 -> 0.1.1  depends on util 0.1.1
        util 0.1.0 -> 0.1.1  fix: x
    "#]],
    );
}
