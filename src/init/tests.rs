//! Drafts as data: files and tags in, the file out. Whether it works is shown on real repositories.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::{draft, find};
use crate::config::Config;
use crate::model::{Tag, Tree};
use crate::workspace;

/// Files as `//- path` and their lines; tags behind them.
fn check(fixture: &str, tags: &[&str], expected: Expect) {
    let mut tree = Tree::default();
    for part in fixture.split("//- ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        let text = text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
        tree.files.insert(path.trim().to_string());
        tree.texts.insert(path.trim().to_string(), text);
    }
    let workspace = workspace::read(&tree, &Config::default(), "repository").unwrap();
    let tags: Vec<Tag> =
        tags.iter().map(|name| Tag { name: name.to_string(), commit: String::new() }).collect();
    let draft = draft(&tree, &workspace, &tags, &find(&tree).unwrap(), "repository", &BTreeMap::new());
    let config = Config::parse("castoff.toml", &draft.text).unwrap();
    workspace::read(&tree, &config, "repository").unwrap();
    let mut text: String = draft.text.lines().skip(2).map(|line| format!("{line}\n")).collect();
    for left in &draft.left {
        text += &format!("left {}: {}\n", left.what, left.why);
    }
    expected.assert_eq(&text);
}

const ONE: &str = "
    //- Cargo.toml
    [package]
    name = 'one'
    version = '0.2.0'
";

#[test]
fn one_package_may_have_tags_with_and_without_its_name() {
    check(
        ONE,
        &["v0.1.0", "v0.2.0"],
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide
    "#]],
    );
    check(
        ONE,
        &["v0.1.0", "0.2.0", "one-x"],
        expect![[r#"

            [release]
            tag = "{version}"  # as 1 tag is
            # bump = "paths"  # any change is a patch; without it commit messages decide
        "#]],
    );
    check(
        ONE,
        &["v0.1.0", "one-v0.2.0"],
        expect![[r#"

            [release]
            tag = "{component}-v{version}"  # as 1 tag is
            # bump = "paths"  # any change is a patch; without it commit messages decide
        "#]],
    );
    check(
        ONE,
        &["one-v0.1.0", "v0.2.0"],
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide
    "#]],
    );
}

const TWO: &str = "
    //- Cargo.toml
    [workspace]
    members = ['a', 'b']
    //- a/Cargo.toml
    [package]
    name = 'a'
    version = '0.2.0'
    //- b/Cargo.toml
    [package]
    name = 'b'
    version = '1.0.0'
";

#[test]
fn packages_with_versions_of_their_own_are_not_put_together() {
    check(
        TWO,
        &["0.1.0"],
        expect![[r#"

            [release]
            base-tags = ["release-*", "v*", "[0-9]*"]  # where packages without a tag begin
            # bump = "paths"  # any change is a patch; without it commit messages decide
            left tags such as `0.1.0`: no package has that version; until a package has a tag of its own, its changes count from the last of these
        "#]],
    );
    check(
        TWO,
        &["v0.1.0"],
        expect![[r#"

            [release]
            # bump = "paths"  # any change is a patch; without it commit messages decide
            left tags such as `v0.1.0`: no package has that version; until a package has a tag of its own, its changes count from the last of these
        "#]],
    );
}

#[test]
fn the_package_at_the_root_of_release_please_has_every_commit() {
    let root = TWO.replace("[workspace]", "[package]\nname = 'root'\nversion = '0.1.0'\n[workspace]");
    let with = |exclude: &str| {
        format!(
            "{root}
            //- release-please-config.json
            {{ \"release-type\": \"rust\", \"packages\": {{ \".\": {{ \"exclude-paths\": [{exclude}] }}, \"a\": {{}}, \"b\": {{}} }} }}
            //- .release-please-manifest.json
            {{ \".\": \"0.1.0\", \"a\": \"0.2.0\", \"b\": \"0.9.0\" }}
            "
        )
    };
    check(
        &with(""),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        major-on-zero = true  # a breaking change on 0.y.z gives 1.0.0
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.root]
        packages = ["cargo:root"]
        changed-by = ["./"]
        left version 0.9.0 of `b`: the manifest of `b` says 1.0.0, and castoff goes by that and by tags
    "##]],
    );
    check(
        &with("\"a\", \"b\""),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        major-on-zero = true  # a breaking change on 0.y.z gives 1.0.0
        # bump = "paths"  # any change is a patch; without it commit messages decide
        left version 0.9.0 of `b`: the manifest of `b` says 1.0.0, and castoff goes by that and by tags
    "##]],
    );
}

/// A cargo workspace on 0.y.z, as most are set up.
#[test]
fn small_steps_and_released_dependents_are_carried_over() {
    let config = |first: &str| {
        format!(
            "{TWO}
            //- release-please-config.json
            {{ \"release-type\": \"rust\", \"bump-minor-pre-major\": true, \"plugins\": [{{ \"type\": \"cargo-workspace\" }}],
            \"packages\": {{ \"a\": {{ {first} }}, \"b\": {{ \"bump-patch-for-minor-pre-major\": true }} }} }}
    "
        )
    };
    check(
        &config("\"bump-patch-for-minor-pre-major\": true"),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        minor-on-zero = false  # a feature on 0.y.z gives 0.y.(z+1)
        pin = "compatible"  # what needs a released package is released too
        # bump = "paths"  # any change is a patch; without it commit messages decide
    "##]],
    );
    check(
        &config(""),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        pin = "compatible"  # what needs a released package is released too
        # bump = "paths"  # any change is a patch; without it commit messages decide
    "##]],
    );
}

#[test]
fn packages_that_release_please_does_not_know_are_told() {
    let config = "
            //- release-please-config.json
            { \"release-type\": \"rust\", \"packages\": { \"a\": { \"bump-minor-pre-major\": true } } }
    ";
    check(
        &format!("{TWO}{config}"),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide
        left `b`: release-please does not release it and castoff would; make it private, or name it in `exclude`
    "##]],
    );
}

#[test]
fn manifests_that_cannot_be_read_are_gathered_where_no_package_lies_among_them() {
    let why = |paths: &[&str]| -> BTreeMap<String, String> {
        paths.iter().map(|path| (path.to_string(), "broken".to_string())).collect()
    };
    let of = |dir: &str| {
        let mut tree = Tree::default();
        let text = "[package]\nname = 'x'\nversion = '0.1.0'\n";
        tree.files.insert(format!("{dir}/Cargo.toml"));
        tree.texts.insert(format!("{dir}/Cargo.toml"), text.to_string());
        let workspace = workspace::read(&tree, &Config::default(), "repository").unwrap();
        let out =
            why(&["t/a/Cargo.toml", "t/b/Cargo.toml", "t/c/Cargo.toml", "u/a/Cargo.toml", "v/Cargo.toml"]);
        let patterns: Vec<String> =
            super::gathered(&out, &workspace).into_iter().map(|(pattern, _)| pattern).collect();
        patterns.join(" ")
    };
    assert_eq!(of("src"), "v/** t/** u/a/**");
    assert_eq!(of("t/good"), "v/** t/a/** t/b/** t/c/** u/a/**");
}

#[test]
fn components_that_would_have_one_tag_are_told() {
    let config = "
            //- release-please-config.json
            { \"include-component-in-tag\": false, \"release-type\": \"rust\", \"packages\": { \"a\": {}, \"b\": {} } }
    ";
    check(
        &format!("{TWO}{config}"),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        major-on-zero = true  # a breaking change on 0.y.z gives 1.0.0
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.a]
        packages = ["cargo:a"]
        tag = "v{version}"
        left tag `v{version}` of `b`: another component has the same, so nobody could tell them apart
    "##]],
    );
}

#[test]
fn tags_without_a_name_are_those_of_the_packages_that_have_their_version() {
    check(
        TWO,
        &["v0.9.0", "v1.0.0", "b@0.1.0"],
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.b]
        packages = ["cargo:b"]
        tag = "v{version}"
    "#]],
    );
    check(
        &TWO.replace("1.0.0", "0.2.0"),
        &["v0.1.0"],
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.repository]
        packages = ["cargo:a", "cargo:b"]
    "#]],
    );
    check(
        &TWO.replace("1.0.0", "0.2.0"),
        &["0.2.0", "a-v0.1.0"],
        expect![[r#"

        [release]
        tag = "{version}"  # as 1 tag is
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.repository]
        packages = ["cargo:a", "cargo:b"]
    "#]],
    );
}

#[test]
fn packages_with_one_version_may_be_tagged_with_the_name_of_one() {
    let shared = TWO.replace("[workspace]", "[workspace]\npackage.version = '0.2.0'");
    let shared = shared.replace("version = '0.2.0'\n    //-", "version.workspace = true\n    //-");
    let shared = shared.replace("version = '1.0.0'", "version.workspace = true");
    check(
        &shared,
        &["b-v0.1.0", "b-v0.2.0", "a-v0.0.1"],
        expect![[r#"

        [release]
        tag = "{component}-v{version}"  # as 2 tags are
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.b]
        packages = ["cargo:a", "cargo:b"]
    "#]],
    );
}

/// Tags leave the scope out: release-please's always do, those of others where somebody chose so.
#[test]
fn tags_may_name_a_scoped_package_without_its_scope() {
    let packages = "
        //- package.json
        { \"private\": true, \"workspaces\": [\"web\", \"core\"] }
        //- web/package.json
        { \"name\": \"@acme/web\", \"version\": \"0.2.0\" }
        //- core/package.json
        { \"name\": \"@acme/core\", \"version\": \"1.0.0\" }
    ";
    check(
        packages,
        &["web-v0.2.0", "core@1.0.0", "core@0.9.0"],
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component."@acme/core"]
        packages = ["npm:@acme/core"]
        tag = "core@{version}"

        [component."@acme/web"]
        packages = ["npm:@acme/web"]
        tag = "web-v{version}"
    "#]],
    );
    // The name of another one means that one.
    let other = "//- Cargo.toml\n[package]\nname = 'core'\nversion = '1.0.0'\n";
    check(
        &format!("{packages}{other}"),
        &["web-v0.2.0", "core-v1.0.0"],
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component."@acme/web"]
        packages = ["npm:@acme/web"]
        tag = "web-v{version}"
    "#]],
    );
    let setup = "//- release-please-config.json\n{ \"packages\": { \"web\": {}, \"core\": { \"component\": \"engine\" } } }\n";
    check(
        &format!("{packages}{setup}"),
        &[],
        expect![[r##"
        # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

        [release]
        major-on-zero = true  # a breaking change on 0.y.z gives 1.0.0
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.engine]
        packages = ["npm:@acme/core"]

        [component."@acme/web"]
        packages = ["npm:@acme/web"]
        tag = "web-v{version}"
    "##]],
    );
}
