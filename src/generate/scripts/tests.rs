//! The table of rules that scripts carry, for repositories as data.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use super::{Source, Stamp, scripts};
use crate::config::Config;
use crate::fault::Faults;
use crate::generate::Generated;
use crate::graph::Graph;
use crate::model::Tree;
use crate::workspace;

/// The scripts of a tree of texts.
fn written(files: &[(&str, &str)], config: &str) -> Result<Vec<Generated>, Faults> {
    let texts = files.iter().map(|(path, text)| (path.to_string(), text.to_string()));
    let paths: BTreeSet<String> = files.iter().map(|(path, _)| path.to_string()).collect();
    let tree = Tree { files: paths, texts: texts.collect(), ..Tree::default() };
    let config = Config::parse("castoff.toml", config)?;
    let workspace = workspace::read(&tree, &config, "acme")?;
    let graph = Graph::new(&workspace.packages)?;
    let stamp = Stamp { config: Some("c0ffee".to_string()), manifests: "f00d".to_string() };
    scripts(Source { tree: &tree, workspace: &workspace, graph: &graph, config: &config, stamp: &stamp })
}

/// The rows of these kinds, `->` for a tab.
fn check(files: &[(&str, &str)], config: &str, kinds: &[&str], expected: Expect) {
    let files = written(files, config).unwrap();
    let rules = files.iter().find(|file| file.path.ends_with("/lib/rules.sh")).unwrap();
    let is_asked = |line: &&str| kinds.iter().any(|kind| line.starts_with(&format!("{kind}\t")));
    let rows: Vec<String> = rules
        .text
        .lines()
        .filter(is_asked)
        .map(|line| line.replace('\t', " -> ").trim_end().to_string())
        .collect();
    expected.assert_eq(&(rows.join("\n") + "\n"));
}

/// What is said where scripts cannot be written.
fn refused(files: &[(&str, &str)], config: &str, expected: Expect) {
    expected.assert_eq(&format!("{}\n", written(files, config).unwrap_err()));
}

fn krate(name: &str, version: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n{more}")
}

#[test]
fn every_file_says_where_it_comes_from_and_scripts_can_be_run() {
    let files = written(&[("Cargo.toml", &krate("a", "1.0.0", ""))], "").unwrap();
    for file in &files {
        assert!(
            file.text.lines().take(3).any(|line| line.contains("Written by `castoff generate scripts`")),
            "{}",
            file.path
        );
        assert!(
            file.text.contains("castoff.toml c0ffee") && file.text.contains("manifests f00d"),
            "{}",
            file.path
        );
        assert_eq!(file.executable, !file.path.contains("/lib/"), "{}", file.path);
        assert_eq!(file.text.starts_with("#!/bin/sh\n"), file.executable, "{}", file.path);
    }
    let rules = files.iter().find(|file| file.path.ends_with("/rules.sh")).unwrap();
    assert!(!rules.text.contains("1.0.0"), "a version makes it stale with every release");
}

#[test]
fn rules_of_components_are_rows() {
    let (one, two) = (krate("one", "1.0.0", ""), krate("two", "1.0.0", ""));
    check(
        &[("one/Cargo.toml", &one), ("two/Cargo.toml", &two), ("VERSION", "1.0.0\n")],
        "[release]\ntag = \"{component}/{version}\"\n[paths]\n\"wire-format\" = [\"one/\", \"**/*.proto\"]\n\
         [component.one]\nbump = \"paths\"\nchanged-by = [\"wire-format\", \"one/x\\ty\"]\nversion-file = \"VERSION\"\n\
         [component.two]\nfollows = \"one\"\nscheme = \"same\"\n[override.\"3f2a9c1\"]\nmessage = \"fix: a\\n\\nmore\"\n",
        &["paths", "component", "changed-by", "follows", "follow-package", "override", "dir", "package"],
        expect![[r#"
            override -> 3f2a9c1 -> fix: a\n\nmore
            paths -> wire-format -> WIRE_FORMAT -> one/
            paths -> wire-format -> WIRE_FORMAT -> **/*.proto
            component -> one -> ONE -> paths -> one/{version} -> VERSION
            component -> two -> TWO -> commits -> two/{version} ->
            changed-by -> one -> set -> wire-format
            changed-by -> one -> path -> one/x\ty
            follows -> two -> one -> same -> always
            package -> cargo:one -> one -> public -> cargo -> one/Cargo.toml -> one/Cargo.toml
            package -> cargo:two -> two -> public -> cargo -> two/Cargo.toml -> two/Cargo.toml
            dir -> one -> cargo:one
            dir -> two -> cargo:two -> two
        "#]],
    );
}

#[test]
fn requirements_are_found_by_the_lines_around_them() {
    let a = krate("a", "1.0.0", "");
    let b = krate(
        "b",
        "1.0.0",
        "[dependencies]\na = { path = \"../a\", version = \"^1.0\" } # say why\n[dev-dependencies.a]\npath = \"../a\"\nversion = \"1\"\n",
    );
    let c = "{\n  \"name\": \"c\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"d\": \"workspace:^\", \"e\": \"^1.0.0\"\n  }\n}\n";
    let (d, e) = ("{\"name\": \"d\", \"version\": \"1.0.0\"}", "{\"name\": \"e\", \"version\": \"1.0.0\"}");
    check(
        &[
            ("a/Cargo.toml", &a),
            ("b/Cargo.toml", &b),
            ("package.json", "{\"private\": true, \"workspaces\": [\"*\"]}"),
            ("c/package.json", c),
            ("d/package.json", d),
            ("e/package.json", e),
        ],
        "",
        &["needs", "line"],
        expect![[r#"
            needs -> cargo:b -> cargo:a -> lines -> line2.1 ->
            needs -> npm:c -> npm:d -> workspace -> ^ ->
            needs -> npm:c -> npm:e -> lines -> line5.1 -> range
            line -> line1 -> a/Cargo.toml -> [package] -> version = " -> version -> "
            line -> line2 -> b/Cargo.toml -> [dependencies] -> a = { path = "../a", version = " -> cargo -> " } # say why
            line -> line3 -> b/Cargo.toml -> [dev-dependencies.a] -> version = " -> cargo -> "
            line -> line4 -> b/Cargo.toml -> [package] -> version = " -> version -> "
            line -> line5 -> c/package.json ->   "dependencies": { ->     "d": "workspace:^", "e": " -> npm -> "
            line -> line6 -> c/package.json -> { ->   "version": " -> version -> ",
            line -> line7 -> d/package.json ->  -> {"name": "d", "version": " -> version -> "}
            line -> line8 -> e/package.json ->  -> {"name": "e", "version": " -> version -> "}
        "#]],
    );
}

#[test]
fn what_a_script_cannot_do_is_told_with_its_place() {
    let a = krate("a", "1.0.0", "");
    let b = krate("b", "1.0.0", "[dependencies]\na = { path = \"../a\" }\n");
    refused(
        &[("a/Cargo.toml", &a), ("b/Cargo.toml", &b)],
        "",
        expect![[r#"
            a script cannot add `dependencies.a.version` to `b/Cargo.toml`
              --> b/Cargo.toml:5
              help: write it there, so that a release only has to change it
        "#]],
    );
    let odd = "package = { name = \"a\", version = \"1.0.0\" }\n";
    refused(
        &[("Cargo.toml", odd)],
        "",
        expect![[r#"
            a script cannot read the version of `cargo:a`
              --> Cargo.toml
              cause: it does not stand on a line of its own
              help: write `version = "…"` on a line of its own
        "#]],
    );
    let config = "[component.a]\nextra-files = [{ path = \"v.rb\", regex = \"V = '(.*)'\" }]\n";
    refused(
        &[("Cargo.toml", &a), ("v.rb", "V = '1.0.0'\nV = '1.0.0'\n")],
        config,
        expect![[r#"
            a script cannot find the version in `v.rb`
              --> v.rb:2
              cause: this line has the same form as one that a release changes
              help: give it a line of its own, in a form that no other line of the file has
            the rule for `v.rb` is stale
              --> v.rb
              cause: `V = '(.*)'` matches more than once: lines 1, 2
              help: let it match one line, and write an entry for each of the others
        "#]],
    );
}

#[test]
fn what_a_publish_script_would_leave_out_is_told() {
    let a = krate("a", "1.0.0", "");
    let server = "[registry.crates-io]\nindex = \"sparse+http://127.0.0.1:1/\"\n";
    refused(
        &[("Cargo.toml", &a)],
        &format!("[publish]\nbarrier = false\n{server}"),
        expect![[r#"
        a script cannot publish with another `barrier` than "run"
          --> castoff.toml
          help: leave `barrier` out of `[publish]`, or use castoff itself
    "#]],
    );
    refused(
        &[("Cargo.toml", &a)],
        &format!("{server}ca-file = \"site.pem\"\ntoken-env = [\"A}}; echo $B\"]\n"),
        expect![[r#"
            a script cannot publish to `crates-io`
              --> castoff.toml:1
              cause: it would not give its clients `ca-file`
              help: name the file in `SSL_CERT_FILE` where scripts run
            a script cannot publish to `crates-io`
              --> castoff.toml:1
              cause: `token-env` has a name that no shell can read
              help: name variables of letters, digits and `_`
        "#]],
    );
}
