//! What is written where nothing is, and what is added to what is there.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::{From, xtask};

/// The files that differ afterwards; written again, nothing differs.
fn check(files: &[(&str, &str)], expected: Expect) {
    let mut there: BTreeMap<String, String> =
        files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect();
    let mut told = String::new();
    for file in xtask(&|path| there.get(path).cloned(), &From::Version).unwrap() {
        let is_usual = ["xtask/Cargo.toml", "xtask/src/main.rs"].contains(&file.path.as_str());
        if there.get(&file.path) != Some(&file.text) && (!is_usual || there.contains_key(&file.path)) {
            told += &format!("//- {}\n{}", file.path, file.text);
        }
        there.insert(file.path, file.text);
    }
    expected.assert_eq(&told.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    let again = xtask(&|path| there.get(path).cloned(), &From::Version).unwrap();
    assert!(again.iter().all(|file| there.get(&file.path) == Some(&file.text)), "{again:?}");
}

fn refused(files: &[(&str, &str)]) -> String {
    let now = |path: &str| files.iter().find(|(own, _)| *own == path).map(|(_, text)| text.to_string());
    xtask(&now, &From::Version).unwrap_err().to_string()
}

#[test]
fn a_repository_without_one_gets_a_crate_a_member_and_an_alias() {
    let files =
        xtask(&|path| (path == "Cargo.toml").then(|| "[package]\nname = \"a\"".to_string()), &From::Version);
    let text =
        files.unwrap().iter().map(|file| format!("//- {}\n{}", file.path, file.text)).collect::<String>();
    let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    expect![[r#"
        //- xtask/Cargo.toml
        [package]
        name = "xtask"
        version = "0.0.0"
        edition = "2024"
        publish = false # never released, and no part of what is

        [dependencies]
        castoff = { version = "VERSION", default-features = false }

        [features]
        # Each can be left out for a quicker build: `cargo xtask rehearse`, https to registries, the table that is drawn while a run goes on.
        default = ["castoff/rehearsal", "castoff/tls", "castoff/tui"]
        //- xtask/src/main.rs
        //! `cargo xtask release`, `cargo xtask plan`, …: castoff as a part of this repository. Steps of its own (gates, hooks, an
        //! ecosystem, a registry, a format of release notes) are added with `castoff::Xtask`.

        fn main() -> std::process::ExitCode {
            castoff::xtask()
        }
        //- Cargo.toml
        [package]
        name = "a"

        [workspace]
        members = ["xtask"]

        [profile.dev.package.castoff]
        debug = false # it builds in less time, and nobody steps through it
        //- .cargo/config.toml
        [alias]
        xtask = "run --package xtask --"
    "#]]
    .assert_eq(&text);
}

#[test]
fn members_and_aliases_that_are_there_keep_every_byte() {
    let lines =
        "[workspace]\nmembers = [\n    \"core\", # the core\n    \"cli\" # and this\n    # no more\n]\n";
    let config = "[build]\nrustflags = []\n\n[ alias ] # ours\nt = \"test\"";
    check(
        &[("Cargo.toml", lines), (".cargo/config.toml", config)],
        expect![[r#"
            //- Cargo.toml
            [workspace]
            members = [
                "core", # the core
                "cli", # and this
                "xtask"
                # no more
            ]

            [profile.dev.package.castoff]
            debug = false # it builds in less time, and nobody steps through it
            //- .cargo/config.toml
            [build]
            rustflags = []

            [ alias ] # ours
            xtask = "run --package xtask --"
            t = "test""#]],
    );
    check(
        &[
            ("Cargo.toml", "workspace.resolver = \"3\"\nworkspace.members = ['a', 'b',  ]\n"),
            (".cargo/config", ""),
        ],
        expect![[r#"
            //- Cargo.toml
            workspace.resolver = "3"
            workspace.members = ['a', 'b', "xtask",  ]

            [profile.dev.package.castoff]
            debug = false # it builds in less time, and nobody steps through it
            //- .cargo/config
            [alias]
            xtask = "run --package xtask --"
        "#]],
    );
    check(
        &[
            ("Cargo.toml", "[workspace] # all\n[package]\nname = \"a\"\n"),
            (".cargo/config.toml", "[net]\noffline = true"),
        ],
        expect![[r#"
            //- Cargo.toml
            [workspace] # all
            members = ["xtask"]
            [package]
            name = "a"

            [profile.dev.package.castoff]
            debug = false # it builds in less time, and nobody steps through it
            //- .cargo/config.toml
            [net]
            offline = true

            [alias]
            xtask = "run --package xtask --"
        "#]],
    );
}

#[test]
fn a_profile_that_is_written_in_another_way_stays_alone() {
    let text = "profile = { dev = { opt-level = 1 } }\n[workspace]\nmembers = []\n";
    let files = xtask(&|path| (path == "Cargo.toml").then(|| text.to_string()), &From::Version).unwrap();
    let root = &files.iter().find(|file| file.path == "Cargo.toml").unwrap().text;
    assert_eq!(*root, text.replace("[]", "[\"xtask\"]"));
}

#[test]
fn an_xtask_that_is_there_gets_castoff_beside_what_it_has() {
    let manifest = "[package]\nname = \"xtask\"\npublish = false\n\n[dependencies]\nanyhow = \"1\"\n";
    let alias = "[alias]\nxtask = [\"run\", \"--manifest-path\", \"./xtask/Cargo.toml\", \"--\"]\n";
    check(
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"),
            (".cargo/config.toml", alias),
            ("xtask/Cargo.toml", manifest),
            ("xtask/src/main.rs", "fn main() {}\n"),
        ],
        expect![[r#"
            //- xtask/Cargo.toml
            [package]
            name = "xtask"
            publish = false

            [dependencies]
            castoff = "VERSION"
            anyhow = "1"
        "#]],
    );
}

#[test]
fn without_a_manifest_at_the_root_it_stands_alone() {
    let files = xtask(&|_| None, &From::Path("../..".to_string())).unwrap();
    let text = |path: &str| files.iter().find(|file| file.path == path).unwrap().text.as_str();
    let end = "\n\n[workspace]\n\n[profile.dev.package.castoff]\ndebug = false # it builds in less time, and nobody steps through it\n";
    assert!(text("xtask/Cargo.toml").ends_with(end), "{}", text("xtask/Cargo.toml"));
    // The manifest names a version, also where castoff is taken from a checkout for now.
    assert!(text("xtask/Cargo.toml").contains("castoff = { version = "));
    let config = "[alias]\nxtask = \"run --manifest-path xtask/Cargo.toml --\"\n\n[patch.crates-io]\ncastoff = { path = \"../..\" }\n";
    assert_eq!(text(".cargo/config.toml"), config);
    assert!(files.iter().all(|file| file.path != "Cargo.toml"));
}

#[test]
fn an_old_castoff_is_stale_and_a_choice_of_a_checkout_is_not() {
    let with = |castoff: &str| {
        let manifest = format!(
            "[package]\nname = \"xtask\"\npublish = false\n[dependencies]\ncastoff = {castoff} # x\n"
        );
        let now = |path: &str| (path == "xtask/Cargo.toml").then(|| manifest.clone());
        let text = xtask(&now, &From::Version).unwrap()[0].text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        text.lines().last().unwrap().to_string()
    };
    assert_eq!(with("\"0.0.1\""), "castoff = \"VERSION\" # x");
    assert_eq!(
        with("{ version = '0.0.1', features = [] }"),
        "castoff = { version = 'VERSION', features = [] } # x"
    );
    assert_eq!(with("{ path = \"../castoff\" }"), "castoff = { path = \"../castoff\" } # x");
}

#[test]
fn what_stands_in_the_way_is_told_with_its_line() {
    for (files, expected) in [
        (
            &[("Cargo.toml", "[workspace]\nexclude = [\"xtask\"]\n")][..],
            "the workspace excludes `xtask`\n  --> Cargo.toml:2",
        ),
        (
            &[("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n")],
            "the xtask would be released with all else\n  --> xtask/Cargo.toml",
        ),
        (
            &[(".cargo/config.toml", "[alias]\nxtask = \"run -p tasks\"\n")],
            "`cargo xtask` runs something else\n  --> .cargo/config.toml:2",
        ),
        (
            &[(".cargo/config.toml", "alias.t = \"test\"\n")],
            "cannot add the alias `xtask`\n  --> .cargo/config.toml",
        ),
        (&[("Cargo.toml", "[workspace\n")], "cannot read `Cargo.toml`\n  --> Cargo.toml:1"),
    ] {
        assert!(refused(files).starts_with(expected), "{}", refused(files));
    }
}
