//! Set-ups of other tools as data.

use expect_test::{Expect, expect};

use super::{cargo_release, changesets, release_please, wants};
use crate::fault::Faults;
use crate::model::Tree;

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.files.insert(path.to_string());
        tree.texts.insert(path.to_string(), text.to_string());
    }
    tree
}

fn check<T: std::fmt::Debug>(
    read: fn(&Tree) -> Result<Option<T>, Faults>,
    files: &[(&str, &str)],
    expected: Expect,
) {
    match read(&tree(files)) {
        Ok(found) => expected.assert_eq(&format!("{found:#?}\n")),
        Err(faults) => expected.assert_eq(&format!("{faults}\n")),
    }
}

#[test]
fn release_please_is_read_with_its_defaults_and_what_the_top_says() {
    let config = r#"{
        // comments are fine
        "$schema": "x", "bump-minor-pre-major": true, "draft": false, "changelog-sections": [], "unheard-of": 1,
        "plugins": ["sentence-case", "node-workspace"],
        "packages": {
            ".": { "release-type": "python", "package-name": "@a/b", "exclude-paths": ["docs/"] },
            "./lib/x/": { "release-type": "ruby", "bump-minor-pre-major": false, "include-v-in-tag": false },
        },
    }"#;
    let manifest = r#"{ ".": "0.5.0", "lib/x": "1.2.3" }"#;
    check(
        release_please::read,
        &[(release_please::CONFIG, config), (release_please::MANIFEST, manifest)],
        expect![[r#"
            Some(
                ReleasePlease {
                    packages: [
                        Package {
                            dir: "",
                            kind: "python",
                            component: Some(
                                "b",
                            ),
                            version: Some(
                                Version {
                                    release: [
                                        0,
                                        5,
                                        0,
                                    ],
                                    pre: None,
                                    suffix: "",
                                    form: "",
                                },
                            ),
                            component_in_tag: true,
                            v_in_tag: true,
                            separator: "-",
                            minor_before_major: true,
                            patch_before_major: false,
                            version_file: None,
                            extra_files: [],
                            exclude: [
                                "docs",
                            ],
                            release_as: None,
                        },
                        Package {
                            dir: "lib/x",
                            kind: "ruby",
                            component: None,
                            version: Some(
                                Version {
                                    release: [
                                        1,
                                        2,
                                        3,
                                    ],
                                    pre: None,
                                    suffix: "",
                                    form: "",
                                },
                            ),
                            component_in_tag: true,
                            v_in_tag: false,
                            separator: "/",
                            minor_before_major: false,
                            patch_before_major: false,
                            version_file: None,
                            extra_files: [],
                            exclude: [],
                            release_as: None,
                        },
                    ],
                    releases_dependents: true,
                    left: [
                        Left {
                            what: "`changelog-sections`",
                            why: "write the types as `[[section]]`: what is not hidden there makes a release",
                        },
                        Left {
                            what: "`unheard-of`",
                            why: "castoff does not know this key",
                        },
                        Left {
                            what: "plugin `sentence-case`",
                            why: "subjects stand in the notes as they were written",
                        },
                    ],
                },
            )
        "#]],
    );
    check(
        release_please::read,
        &[],
        expect![[r#"
        None
    "#]],
    );
    check(
        release_please::read,
        &[(release_please::CONFIG, "{\n\"a\": 1}")],
        expect![[r#"
        `release-please-config.json` has no `packages`
          --> release-please-config.json
          help: name each package by its directory: `"packages": { ".": {} }`
    "#]],
    );
}

#[test]
fn changesets_are_read_with_the_changes_that_wait() {
    let config = r#"{ "fixed": [["a", "@x/*"]], "linked": [["c", "d"]], "access": "public", "updateInternalDependencies": "patch" }"#;
    let change = "\n---\n\"a\": minor\n'@x/b': patch\nc: none\n---\n\nText: with a colon\n";
    let files =
        [(".changeset/config.json", config), (".changeset/one.md", change), (".changeset/README.md", "no")];
    check(
        changesets::read,
        &files,
        expect![[r#"
        Some(
            Changesets {
                fixed: [
                    [
                        "a",
                        "@x/*",
                    ],
                ],
                pending: [
                    (
                        ".changeset/one.md",
                        {
                            "@x/b": Patch,
                            "a": Minor,
                        },
                    ),
                ],
                left: [
                    Left {
                        what: "`.changeset/*.md`",
                        why: "castoff reads what changed from commit messages; release what waits there first, or say it in a commit",
                    },
                    Left {
                        what: "`linked`",
                        why: "packages that are released together or not at all: put them into one `[component.NAME]`",
                    },
                    Left {
                        what: "`access`",
                        why: "write `\"publishConfig\": { \"access\": \"public\" }` into each package.json",
                    },
                ],
            },
        )
    "#]],
    );
    check(
        changesets::read,
        &[files[0], (".changeset/bad.md", "---\na: huge\n---\n"), (".changeset/worse.md", "a\n")],
        expect![[r#"
            cannot read the change `.changeset/bad.md`
              --> .changeset/bad.md:2
              cause: a step is `major`, `minor`, `patch` or `none`
              help: write `"NAME": patch`
            cannot read the change `.changeset/worse.md`
              --> .changeset/worse.md:1
              cause: it does not begin with `---`
              help: write `"NAME": patch`
        "#]],
    );
    assert!(wants(".changeset/one.md") && !wants(".changeset/README.md") && !wants(".changeset/a/b.md"));
}

#[test]
fn cargo_release_is_read_from_its_file_and_from_manifests() {
    let files = [
        ("release.toml", "tag-name = '{{version}}'\nsign-tag = true\nnever-heard = 1\n"),
        ("Cargo.toml", "[workspace.metadata.release]\nshared-version = true\n"),
        (
            "a/Cargo.toml",
            "[package]\nname = 'a'\n[package.metadata.release]\ntag-prefix = 'x'\npre-release-replacements = [{ file = 'R', search = 's', replace = 'r' }]\n",
        ),
        ("b/Cargo.toml", "[package]\nname = 'release'\n"),
    ];
    check(
        cargo_release::read,
        &files,
        expect![[r#"
        Some(
            CargoRelease {
                rules: [
                    Rules {
                        dir: "",
                        workspace: true,
                        tag_name: None,
                        tag_prefix: None,
                        shared: true,
                        replacements: [],
                    },
                    Rules {
                        dir: "",
                        workspace: true,
                        tag_name: Some(
                            "{{version}}",
                        ),
                        tag_prefix: None,
                        shared: false,
                        replacements: [],
                    },
                    Rules {
                        dir: "a",
                        workspace: false,
                        tag_name: None,
                        tag_prefix: Some(
                            "x",
                        ),
                        shared: false,
                        replacements: [
                            (
                                "R",
                                "s",
                                "r",
                            ),
                        ],
                    },
                ],
                left: [
                    Left {
                        what: "`never-heard`",
                        why: "castoff does not know this key",
                    },
                    Left {
                        what: "`sign-tag`",
                        why: "git signs where `commit.gpgSign` and `tag.gpgSign` say so",
                    },
                ],
            },
        )
    "#]],
    );
    check(
        cargo_release::read,
        &files[3..],
        expect![[r#"
        None
    "#]],
    );
}
