//! Components that follow another one: a core in two halves, and bindings built on one of them.

use expect_test::expect;

use super::{check, lines};

/// A core of two crates with its version in a file, and three bindings, each with another scheme.
const RULES: &str = "# paths.ffi-core = ['shared/']
    # paths.server-core = ['server/']
    # component.core.packages = ['cargo:*']
    # component.core.changed-by = ['ffi-core', 'server-core']
    # component.core.version-file = 'VERSION'
    # component.core.bump = 'paths'
    # component.ruby.bump = 'paths'
    # component.ruby.follows = 'core'
    # component.ruby.follow-on = ['ffi-core']
    # component.ruby.scheme = 'core-patch'
    # component.python.bump = 'paths'
    # component.python.follows = 'core'
    # component.python.follow-on = ['ffi-core']
    # component.python.scheme = 'at-least'
    # component.wasm.bump = 'paths'
    # component.wasm.follows = 'core'
    # component.wasm.follow-on = ['shared/a']
    # component.wasm.scheme = 'same'";

fn packages(core: &str, ruby: &str, python: &str, wasm: &str) -> String {
    format!(
        "{RULES}\ncargo shared {core}\ncargo server {core}: shared\nuv ruby {ruby}\nuv python {python}\nuv wasm {wasm}
         file VERSION {core}
         * a feat: begin | shared/a server/a ruby/a python/a wasm/a VERSION"
    )
}

fn released() -> String {
    packages("0.1.8", "0.1.8.2", "0.3.1", "0.1.7")
        + "\n@ core-v0.1.8\n@ ruby-v0.1.7.0\n@ ruby-v0.1.8.0\n@ ruby-v0.1.8.1\n@ ruby-v0.1.8.2\n@ python-v0.3.1\n@ wasm-v0.1.7"
}

#[test]
fn a_change_of_what_bindings_are_built_on_releases_them_with_the_core() {
    check(
        &format!("{}\n* b fix: x | shared/b", released()),
        expect![[r#"
        core 0.1.8 -> 0.1.9  1 changed file
        ruby 0.1.8.2 -> 0.1.9.0  follows core 0.1.9: ffi-core changed
        python 0.3.1 -> 0.3.2  follows core 0.1.9: ffi-core changed
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
    check(
        &format!("{}\n* b fix: x | shared/a", released()),
        expect![[r#"
        core 0.1.8 -> 0.1.9  1 changed file
        ruby 0.1.8.2 -> 0.1.9.0  follows core 0.1.9: ffi-core changed
        python 0.3.1 -> 0.3.2  follows core 0.1.9: ffi-core changed
        wasm 0.1.7 -> 0.1.9  follows core 0.1.9: shared/a changed
    "#]],
    );
}

#[test]
fn a_change_of_the_other_half_releases_the_core_alone() {
    check(
        &format!("{}\n* b fix: x | server/b", released()),
        expect![[r#"
        core 0.1.8 -> 0.1.9  1 changed file
        ruby 0.1.8.2 -> unchanged  unchanged
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn a_change_of_a_binding_releases_it_alone_but_for_the_same_version() {
    check(
        &format!("{}\n* b fix: x | ruby/b", released()),
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        ruby 0.1.8.2 -> 0.1.8.3  1 changed file
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
    check(
        &format!("{}\n* b fix: x | python/b", released()),
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        ruby 0.1.8.2 -> unchanged  unchanged
        python 0.3.1 -> 0.3.2  1 changed file
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
    check(
        &format!("{}\n* b fix: x | wasm/b", released()),
        expect![[r#"
        core 0.1.8 -> 0.1.9  1 changed file
        ruby 0.1.8.2 -> unchanged  unchanged
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> 0.1.9  1 changed file
    "#]],
    );
    check(
        &released(),
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        ruby 0.1.8.2 -> unchanged  unchanged
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn a_binding_that_changed_takes_up_the_core_that_is_released_with_it() {
    check(
        &format!("{}\n* b fix: x | server/b ruby/b python/b", released()),
        expect![[r#"
        core 0.1.8 -> 0.1.9  1 changed file
        ruby 0.1.8.2 -> 0.1.9.0  1 changed file
        python 0.3.1 -> 0.3.2  1 changed file
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn bindings_of_a_core_without_a_tag_go_out_with_it() {
    check(
        &packages("0.1.8", "0.0.0", "0.0.0", "0.0.0"),
        expect![[r#"
            core 0.1.8 -> 0.1.9  6 changed files
            ruby 0.0.0 -> 0.1.9.0  first release, with core 0.1.9
            python 0.0.0 -> 0.1.9  first release, with core 0.1.9
            wasm 0.0.0 -> 0.1.9  first release, with core 0.1.9
        "#]],
    );
    // A binding that comes later, and one whose manifest is ahead.
    let later = packages("0.1.8", "0.0.0", "0.4.0", "0.0.0") + "\n@ core-v0.1.8\n@ python-v0.4.0";
    check(
        &later,
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        ruby 0.0.0 -> 0.1.8.0  first release
        python 0.4.0 -> unchanged  unchanged
        wasm 0.0.0 -> 0.1.8  first release
    "#]],
    );
    check(
        &later.replace("uv ruby 0.0.0", "uv ruby 0.1.8.4"),
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        ruby 0.1.8.4 -> 0.1.8.4  first release
        python 0.4.0 -> unchanged  unchanged
        wasm 0.0.0 -> 0.1.8  first release
    "#]],
    );
}

#[test]
fn a_patch_of_a_binding_counts_tags_of_its_core_alone() {
    let tagged = packages("0.2.0", "0.1.8.9", "0.3.1", "0.1.7")
        + "\n@ core-v0.1.8\n@ ruby-v0.1.8.9\n@ ruby-v0.1.8.10\n@ python-v0.3.1\n@ wasm-v0.1.7\n* b fix: x | server/b\n@ core-v0.2.0";
    check(
        &format!("{tagged}\n* c fix: x | ruby/b"),
        expect![[r#"
        core 0.2.0 -> unchanged  unchanged
        ruby 0.1.8.10 -> 0.2.0.0  1 changed file
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
    check(
        &format!("{tagged}\n@ ruby-v0.2.0.0\n* c fix: x | ruby/b"),
        expect![[r#"
        core 0.2.0 -> unchanged  unchanged
        ruby 0.2.0.0 -> 0.2.0.1  1 changed file
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
    // A core that is behind: versions never go backwards.
    check(
        &format!("{}\n@ ruby-v0.2.0.0\n@ wasm-v0.5.0\n* b fix: x | shared/a", released()),
        expect![[r#"
            the next version of `ruby` would be 0.1.9.0, and it is at 0.2.0.0 already
              --> castoff.toml:7
              cause: it follows `core`
              help: release a greater version of `core`, or use `scheme = "at-least"` in `[component.ruby]`
            the next version of `wasm` would be 0.1.9, and it is at 0.5.0 already
              --> castoff.toml:15
              cause: it follows `core`
              help: release a greater version of `core`, or use `scheme = "at-least"` in `[component.wasm]`
        "#]],
    );
}

#[test]
fn a_binding_that_was_left_out_goes_out_with_the_next_core() {
    let text = format!("{}\n* b fix: x | shared/b\n@ core-v0.1.9\n* c fix: y | server/b", released());
    check(
        &text,
        expect![[r#"
        core 0.1.9 -> 0.1.10  1 changed file
        ruby 0.1.8.2 -> 0.1.10.0  follows core 0.1.10: ffi-core changed
        python 0.3.1 -> 0.3.2  follows core 0.1.10: ffi-core changed
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn a_version_that_says_another_core_is_refused() {
    // Somebody wrote it into the manifests.
    check(
        &released().replace("uv ruby 0.1.8.2", "uv ruby 0.1.9.0"),
        expect![[r#"
        `ruby` cannot be released as 0.1.9.0
          --> castoff.toml:7
          cause: it follows `core`, which is at 0.1.8, so it has to be 0.1.8.N
          help: release `core` too, or give `ruby` a version that fits
    "#]],
    );
    check(
        &released().replace("uv wasm 0.1.7", "uv wasm 0.2.0"),
        expect![[r#"
        `wasm` cannot be released as 0.2.0
          --> castoff.toml:15
          cause: it follows `core`, which is at 0.1.8, so it has to be 0.1.8
          help: release `core` too, or give `wasm` a version that fits
    "#]],
    );
    check(
        &released().replace("uv ruby 0.1.8.2", "uv ruby 0.1.8.7"),
        expect![[r#"
        core 0.1.8 -> unchanged  unchanged
        ruby 0.1.8.2 -> 0.1.8.7  its manifest names it
        python 0.3.1 -> unchanged  unchanged
        wasm 0.1.7 -> unchanged  unchanged
    "#]],
    );
    let later = packages("0.1.8", "0.5.0.0", "0.4.0", "0.0.0") + "\n@ core-v0.1.8\n@ python-v0.4.0";
    check(
        &later,
        expect![[r#"
        the next version of `ruby` would be 0.1.8.0, and it is at 0.5.0.0 already
          --> castoff.toml:7
          cause: it follows `core`
          help: release a greater version of `core`, or use `scheme = "at-least"` in `[component.ruby]`
    "#]],
    );
}

#[test]
fn the_same_answer_after_the_bump_of_followers() {
    for (changed, core, ruby, python, wasm) in [
        ("shared/a", "0.1.9", "0.1.9.0", "0.3.2", "0.1.9"),
        ("server/b", "0.1.9", "0.1.8.2", "0.3.1", "0.1.7"),
        ("ruby/b", "0.1.8", "0.1.8.3", "0.3.1", "0.1.7"),
        ("wasm/b", "0.1.9", "0.1.8.2", "0.3.1", "0.1.9"),
        ("ruby/b server/b", "0.1.9", "0.1.9.0", "0.3.1", "0.1.7"),
    ] {
        let tags = &released()[packages("0.1.8", "0.1.8.2", "0.3.1", "0.1.7").len()..];
        let before = format!("{}\n* b fix: x | {changed}", released());
        let bumped = packages(core, ruby, python, wasm)
            + tags
            + &format!("\n* b fix: x | {changed}\n* r chore: release | VERSION uv.lock");
        assert_eq!(lines(&before), lines(&bumped), "{changed}");
        let next = lines(&before);
        let tag = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[3] != "unchanged").then(|| format!("@ {}-v{}\n", words[0], words[3]))
        };
        let tagged = format!("{bumped}\n{}", next.lines().filter_map(tag).collect::<String>());
        for line in lines(&tagged).lines() {
            assert!(line.contains("-> unchanged"), "{changed}: {line}");
        }
        // Only the core's tag was made: the others are still to be released.
        let core = next.lines().find(|line| line.starts_with("core")).and_then(tag);
        let part = lines(&format!("{bumped}\n{}", core.clone().unwrap_or_default()));
        for (line, before) in part.lines().zip(next.lines()).skip(1) {
            let version = |line: &str| line.split_whitespace().nth(3).map(str::to_string);
            assert_eq!(version(line), version(before), "{changed}");
        }
    }
}
