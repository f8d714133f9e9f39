//! `castoff changelog`: the notes of the next release, and what a CHANGELOG.md says of an earlier one.

use crate::support::{Repo, python_workspace};
use expect_test::expect;

/// Two packages that were released, one needing the other.
fn repo() -> Repo {
    let repo = python_workspace(&[("acme-core", "1.0.0", &[]), ("acme-app", "2.0.0", &["acme-core"])]);
    repo.commit("feat: begin");
    repo.git(&["tag", "acme-core-v1.0.0"]);
    repo.git(&["tag", "acme-app-v2.0.0"]);
    repo.git(&["remote", "add", "origin", "https://user:secret@forge.test/acme/demo.git"]);
    repo
}

/// A commit that touches the core.
fn core(repo: &Repo, message: &str) -> String {
    repo.write("packages/acme-core/notes.txt", message);
    repo.commit(message)
}

/// Without what differs from run to run: ids and the day.
fn steady(text: &str, ids: &[&str]) -> String {
    let day = text.split_once(") (").and_then(|(_, rest)| rest.get(..10)).unwrap();
    let parts: Vec<usize> =
        day.split('-').map(|part| part.parse::<u32>().map_or(0, |_| part.len())).collect();
    assert_eq!(parts, [4, 2, 2], "{day}");
    let text = text.replace(day, "DAY");
    let named = ids.iter().zip("abcdefgh".chars());
    named.fold(text, |text, (id, name)| {
        text.replace(id, &format!("{name}-ID")).replace(&id[..7], &format!("{name}-SHORT"))
    })
}

#[test]
fn the_notes_of_the_next_release() {
    let repo = repo();
    let first = core(&repo, "feat(api): a thing (#12)\n\nfix: something else\n\nCloses #3");
    let gone = core(&repo, "feat: gone again");
    core(&repo, &format!("Revert \"feat: gone again\"\n\nThis reverts commit {gone}."));
    core(&repo, "docs: words");
    let before = repo.bytes();
    let text = repo.castoff(&["changelog"]).expect(0).stdout;
    assert_eq!(repo.bytes(), before);
    expect![[r#"
        # acme-app

        ## [2.0.1](https://forge.test/acme/demo/compare/acme-app-v2.0.0...acme-app-v2.0.1) (DAY)


        ### Dependencies

        * The following workspace dependencies were updated
          * dependencies
            * acme-core bumped from 1.0.0 to 1.1.0

        # acme-core

        ## [1.1.0](https://forge.test/acme/demo/compare/acme-core-v1.0.0...acme-core-v1.1.0) (DAY)


        ### Features

        * **api:** a thing ([#12](https://forge.test/acme/demo/issues/12)) ([a-SHORT](https://forge.test/acme/demo/commit/a-ID))


        ### Bug Fixes

        * something else ([a-SHORT](https://forge.test/acme/demo/commit/a-ID)), refs [#3](https://forge.test/acme/demo/issues/3)
    "#]].assert_eq(&steady(&text, &[&first]));

    let alone = repo.castoff(&["changelog", "acme-app"]).expect(0).stdout;
    assert!(alone.starts_with("## [2.0.1](https://forge.test/acme/demo/compare/acme-app-v2.0.0"), "{alone}");
    let json = repo.castoff(&["changelog", "acme-core", "--json"]).expect(0).json();
    let core = &json["components"][0];
    let told = ["name", "current", "next", "tag", "previous"].map(|key| core[key].as_str().unwrap());
    assert_eq!(told, ["acme-core", "1.0.0", "1.1.0", "acme-core-v1.1.0", "acme-core-v1.0.0"]);
    assert!(text.contains(core["notes"].as_str().unwrap()));
}

#[test]
fn nothing_to_release_has_no_notes() {
    let repo = repo();
    core(&repo, "words that follow no convention");
    let ran = repo.castoff(&["changelog"]).expect(0);
    let why =
        "acme-app has no next release: unchanged\nacme-core has no next release: no change that releases\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", why));
    let quiet = repo.castoff(&["-q", "changelog"]).expect(0);
    assert_eq!(quiet.text(), "");
    repo.castoff(&["plan", "--exit-code"]).expect(4);
}

#[test]
fn kinds_that_nobody_sees_release_nothing() {
    let repo = repo();
    for kind in ["docs", "style", "chore", "refactor", "test", "build", "ci"] {
        core(&repo, &format!("{kind}: something"));
    }
    let ran = repo.castoff(&["changelog", "acme-core"]).expect(0);
    assert_eq!(ran.text(), "acme-core has no next release: no change that releases\n");
    assert_eq!(repo.castoff(&["changelog", "--json"]).expect(0).json()["components"], serde_json::json!([]));
    repo.castoff(&["changelog", "acme"]).expect(2);
}

#[test]
fn the_size_of_a_step_is_that_of_the_largest_change() {
    for (message, next) in [
        ("feat: a", "1.1.0"),
        ("fix: a", "1.0.1"),
        ("perf: a", "1.0.1"),
        ("chore!: a", "2.0.0"),
        ("fix!: a", "2.0.0"),
        ("docs: a\n\nBREAKING CHANGE: b", "2.0.0"),
        ("docs: a\n\nbody\n\nfix: b", "1.0.1"),
        ("fix: a\n\nfeat: b\n\nmore", "1.1.0"),
        ("chore: a\n\nRefs: #1\nfeat: b\nRelease-As: 3.1.0", "3.1.0"),
    ] {
        let repo = repo();
        core(&repo, message);
        let json = repo.castoff(&["changelog", "acme-core", "--json"]).expect(0).json();
        assert_eq!(json["components"][0]["next"], next, "{message:?}");
    }
}

#[test]
fn a_revert_that_was_taken_back_does_nothing() {
    let repo = repo();
    let feature = core(&repo, "feat: stays");
    let revert = core(&repo, &format!("Revert \"feat: stays\"\n\nThis reverts commit {feature}."));
    core(&repo, &format!("Reapply \"feat: stays\"\n\nThis reverts commit {revert}."));
    let old = core(&repo, "feat: the old way");
    core(&repo, &format!("fix: another way\n\nThis reverts commit {old}."));
    let text = repo.castoff(&["changelog", "acme-core"]).expect(0).stdout;
    let lines: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("* ")?.split(" (").next()).collect();
    assert_eq!(lines, ["stays", "another way"], "{text}");
}

const CHANGES: &str =
    "# Changelog\n\n## [1.0.0] - 2026-01-02\n\n- the core\n\n---\n\n## 0.9.0\n\n- old\n\n[1.0.0]: u\n";

#[test]
fn the_section_of_a_version() {
    let repo = repo();
    repo.write("packages/acme-core/CHANGELOG.md", CHANGES);
    repo.write("CHANGELOG.md", &CHANGES.replace("the core", "all of it"));
    repo.commit("docs: changes");
    for (arguments, expected) in [
        (&["acme-core", "--version", "1.0.0"][..], "## [1.0.0] - 2026-01-02\n\n- the core\n"),
        (&["--version", "acme-core-v1.0.0"], "## [1.0.0] - 2026-01-02\n\n- the core\n"),
        (&["acme-core", "--version=v1.0.0-rc1"], "## [1.0.0] - 2026-01-02\n\n- the core\n"),
        // What has no changelog of its own is told of at the root.
        (&["acme-app", "--version", "1.0.0"], "## [1.0.0] - 2026-01-02\n\n- all of it\n"),
        (&["--version", "0.9.0"], "## 0.9.0\n\n- old\n"),
    ] {
        let ran = repo.castoff(&[&["changelog"], arguments].concat()).expect(0);
        assert_eq!(ran.stdout, expected, "{arguments:?}");
    }
    let json = repo.castoff(&["changelog", "acme-core", "--version", "0.9.0", "--json"]).expect(0).json();
    let expected = serde_json::json!({
        "schema": 1, "component": "acme-core", "version": "0.9.0", "path": "packages/acme-core/CHANGELOG.md",
        "line": 9, "heading": "## 0.9.0", "notes": "- old",
    });
    assert_eq!(json, expected);
}

#[test]
fn a_missing_section_is_a_visible_line_and_a_warning() {
    let repo = repo();
    let none = repo.castoff(&["changelog", "acme-core", "--version", "1.0.0"]).expect(0);
    assert_eq!(none.stdout, "The changelog has no section for 1.0.0.\n");
    assert!(none.stderr.contains("no `CHANGELOG.md` is committed"), "{}", none.stderr);
    repo.write("packages/acme-core/CHANGELOG.md", CHANGES);
    repo.commit("docs: changes");
    repo.write("packages/acme-core/CHANGELOG.md", "## 2.0.0\n\n- not committed\n");
    let missing = repo.castoff(&["changelog", "acme-core", "--version", "2.0.0"]).expect(0);
    expect![[r#"
        warning: cannot find what the changelog of `acme-core` says of 2.0.0
          cause: `packages/acme-core/CHANGELOG.md` has no section with text for it
          help: write a section `## [2.0.0] - DATE` with some text, and commit it
                edits that are not committed are not read
    "#]]
    .assert_eq(&missing.stderr);
    let json = repo.castoff(&["changelog", "acme-core", "--version", "2.0.0", "--json"]).expect(0).json();
    assert_eq!(
        (&json["path"], &json["notes"]),
        (&().into(), &"The changelog has no section for 2.0.0.".into())
    );
    repo.castoff(&["changelog", "--version", "soon"]).expect(2);
}

#[test]
fn a_bump_writes_into_the_changelogs_that_are_there() {
    let repo = repo();
    let old =
        "# Changes\r\n\r\n## [Unreleased]\r\n\r\n- later\r\n\r\n## [1.0.0] - 2025-01-01\r\n\r\n- old  \r\n";
    repo.write("packages/acme-core/CHANGELOG.md", old);
    repo.commit("docs: changes");
    let commit = core(&repo, "feat: a thing");
    let file = serde_json::json!({
        "path": "packages/acme-core/CHANGELOG.md", "field": "section", "from": "", "to": "1.1.0",
    });
    let files = || repo.castoff(&["plan", "--json"]).expect(0).json()["files"].as_array().unwrap().clone();
    assert!(files().contains(&file), "{:?}", files());
    repo.castoff(&["bump"]).expect(0);
    let text = repo.read("packages/acme-core/CHANGELOG.md");
    let (before, rest) = text.split_once("## [1.1.0](").unwrap();
    let (new, after) = rest.split_once("## [1.0.0]").unwrap();
    assert_eq!(format!("{before}## [1.0.0]{after}"), old, "not one byte of it changed");
    assert!(
        new.contains(&format!("* a thing ([{}]", &commit[..7])) && !new.replace("\r\n", "").contains('\n')
    );
    assert!(!repo.dir().join("packages/acme-app/CHANGELOG.md").exists());
    // Once is enough, before the commit and after it.
    for step in ["not committed", "chore: release"] {
        let again = repo.castoff(&["bump"]).expect(0);
        assert_eq!(repo.read("packages/acme-core/CHANGELOG.md"), text, "{}", again.text());
        if step != "not committed" {
            assert!(again.text().contains("nothing to write"), "{}", again.text());
            assert_eq!(files(), Vec::<serde_json::Value>::new());
        }
        repo.commit(step);
    }
}

#[test]
fn where_a_bump_writes_is_a_setting() {
    let repo = repo();
    core(&repo, "feat: a thing");
    for (config, path) in [
        ("[release]\nchangelog = false\n", None),
        ("[component.acme-core]\nchangelog = false\n", None),
        ("[component.acme-core]\nchangelog = 'docs/NEWS.md'\n", Some("docs/NEWS.md")),
    ] {
        repo.git(&["checkout", "--quiet", "."]);
        repo.write("packages/acme-core/CHANGELOG.md", "# Changelog\n");
        repo.write("castoff.toml", config);
        repo.castoff(&["bump"]).expect(0);
        assert_eq!(repo.read("packages/acme-core/CHANGELOG.md"), "# Changelog\n", "{config}");
        if let Some(path) = path {
            assert!(repo.read(path).starts_with("# Changelog\n\n## [1.1.0]("), "{}", repo.read(path));
        }
    }
    // By hand is by hand: a section of that version is left as it is.
    repo.write("castoff.toml", "");
    let own = "# Changelog\n\n## 1.1.0\n\nMy own words.\n";
    repo.write("packages/acme-core/CHANGELOG.md", own);
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(repo.read("packages/acme-core/CHANGELOG.md"), own);
    let both = "[component.acme-core]\nchangelog = 'C.md'\n[component.acme-app]\nchangelog = 'C.md'\n";
    for (config, text) in [
        (both, "`acme-core` and `acme-app` have one changelog, `C.md`"),
        ("[component.acme-core]\nchangelog = '../C.md'\n", "outside of the repository"),
    ] {
        repo.write("castoff.toml", config);
        let refused = repo.castoff(&["bump"]).expect(2).stderr;
        assert!(refused.contains(text) && refused.contains("castoff.toml:"), "{refused}");
    }
}

/// What `bump` wrote under another name is found there again.
#[test]
fn a_version_is_looked_up_in_the_changelog_that_is_named() {
    let repo = repo();
    repo.write(
        "castoff.toml",
        "[component.acme-core]\npackages = [\"uv:acme-core\"]\nchangelog = 'docs/NEWS.md'\n",
    );
    core(&repo, "feat: a thing");
    let asked = ["changelog", "acme-core", "--version", "1.1.0"];
    let ran = repo.castoff(&asked).expect(0);
    assert!(ran.stderr.contains("`docs/NEWS.md` is not committed"), "{}", ran.stderr);
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let ran = repo.castoff(&asked).expect(0);
    assert!(ran.stdout.contains("a thing"), "{}", ran.text());
    assert_eq!(ran.stderr, "");
}
