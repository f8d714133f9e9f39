//! `castoff init` in real repositories: what it writes works, and says the same as the set-up that was there.

use expect_test::{Expect, expect};

use crate::support::{Ran, Repo, crate_files, python_package};

/// Two crates and a Python package, at 0.3.0 and 1.2.0.
fn packages() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "core", "0.3.0", &[], false);
    crate_files(&repo, "util", "0.3.0", &[], false);
    python_package(&repo, "acme", "1.2.0", &[]);
    repo
}

fn file(repo: &Repo) -> String {
    repo.read("castoff.toml").lines().skip(2).map(|line| format!("{line}\n")).collect()
}

/// Runs it, and holds the file to what is expected and to what it must do in any case.
fn check(repo: &Repo, expected: Expect) -> Ran {
    let before = repo.bytes();
    let dry = repo.castoff(&["init", "--dry-run"]).expect(0);
    assert!(repo.bytes() == before, "--dry-run writes nothing");
    let ran = repo.castoff(&["init"]).expect(0);
    assert_eq!(repo.read("castoff.toml"), dry.stdout);
    expected.assert_eq(&file(repo));
    repo.castoff(&["plan"]).expect(0);
    let written = repo.bytes();
    let refused = repo.castoff(&["init"]).expect(2);
    assert!(refused.stderr.contains("--force") && repo.bytes() == written, "{}", refused.stderr);
    repo.castoff(&["init", "--force"]).expect(0);
    assert_eq!(repo.read("castoff.toml"), dry.stdout, "the second time is as the first");
    ran
}

#[test]
fn what_castoff_finds_by_itself_needs_no_line() {
    let repo = packages();
    repo.commit("feat: begin");
    check(
        &repo,
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide
    "#]],
    );
    repo.git(&["tag", "core-v0.3.0"]);
    repo.castoff(&["init", "--force"]).expect(0);
    expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide
    "#]]
    .assert_eq(&file(&repo));
}

#[test]
fn the_scheme_of_tags_is_learned_and_the_newest_form_wins() {
    let repo = packages();
    repo.commit("feat: begin");
    for tag in [
        "core-v0.1.0",
        "core@0.2.0",
        "core@0.3.0",
        "util@0.3.0",
        "v0.0.1",
        "0.0.2",
        "acme/v1.2.0",
        "other@9.0.0",
    ] {
        repo.git(&["tag", tag]);
    }
    // Without a configuration it is told that tags have another form.
    repo.castoff(&["plan"]).expect(2);
    repo.write("crates/core/src/lib.rs", "//! More.\n");
    repo.commit("feat: more");
    check(
        &repo,
        expect![[r#"

        [release]
        tag = "{component}@{version}"  # as 3 tags are
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.acme]
        packages = ["uv:acme"]
        tag = "{component}/v{version}"
    "#]],
    );
    let versions = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    assert!(versions.contains("CURRENT_CORE_VERSION=0.3.0\nNEXT_CORE_VERSION=0.4.0\n"), "{versions}");
}

#[test]
fn packages_that_were_always_released_together_stay_together() {
    let repo = packages();
    python_package(&repo, "acme", "0.3.0", &[]);
    repo.commit("feat: begin");
    repo.git(&["tag", "v0.2.0"]);
    repo.git(&["tag", "v0.3.0"]);
    check(
        &repo,
        expect![[r#"

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.checkout]
        packages = ["cargo:core", "cargo:util", "uv:acme"]
    "#]],
    );
}

#[test]
fn release_please_is_carried_over_and_gives_the_same_versions() {
    let repo = packages();
    repo.write("crates/core/VERSION.txt", "core 0.3.0 # x-release-please-version\n");
    repo.write("docs/conf.json", "{\n  \"release\": { \"version\": \"v0.3.0\" }\n}\n");
    repo.write("chart/Chart.yaml", "name: a\nversion: 0.3.0 # of the chart\n");
    repo.write(
        "release-please-config.json",
        r#"{
  "$schema": "https://raw.githubusercontent.com/googleapis/release-please/main/schemas/config.json",
  "include-component-in-tag": true,
  "tag-separator": "@",
  "bump-minor-pre-major": true,
  "pull-request-title-pattern": "release ${version}",
  "plugins": ["cargo-workspace", { "type": "linked-versions", "groupName": "x", "components": [] }],
  "packages": {
    "crates/core": {
      "release-type": "rust",
      "component": "engine",
      "extra-files": [
        "VERSION.txt",
        { "type": "json", "path": "/docs/conf.json", "jsonpath": "$.release.version" },
        { "type": "yaml", "path": "/chart/Chart.yaml", "jsonpath": "$.version" },
        { "type": "xml", "path": "/pom.xml", "xpath": "//version" }
      ]
    },
    "crates/util": { "release-type": "rust", "exclude-paths": ["crates/util/benches"] },
    "packages/acme": { "release-type": "python", "package-name": "acme", "release-as": "2.0.0" },
    "site": { "release-type": "simple" }
  }
}
"#,
    );
    repo.write(
        ".release-please-manifest.json",
        "{\n  \"crates/core\": \"0.3.0\",\n  \"crates/util\": \"0.3.0\",\n  \"packages/acme\": \"1.2.0\",\n  \"site\": \"1.0.0\"\n}\n",
    );
    repo.commit("feat: begin");
    for tag in ["engine@v0.3.0", "util@v0.3.0", "acme@v1.2.0"] {
        repo.git(&["tag", tag]);
    }
    repo.write("crates/core/src/lib.rs", "//! Breaks.\n");
    repo.commit("feat!: break it");
    repo.write("packages/acme/src/acme/more.py", "");
    repo.commit("fix: mend it");
    let ran = check(
        &repo,
        expect![[r##"
            # Carried over from release-please; `castoff init --dry-run --force` lists what could not be.

            [release]
            tag = "{component}@v{version}"  # as 3 tags are
            pin = "compatible"  # what needs a released package is released too
            # bump = "paths"  # any change is a patch; without it commit messages decide

            [component.engine]
            packages = ["cargo:core"]
            extra-files = [  # written with its version
              "crates/core/VERSION.txt",
              { path = "docs/conf.json", json = "release.version", value = "v{version}" },
              { path = "chart/Chart.yaml", regex = """^version: *["']?([^"' #]+)""" },
            ]
        "##]],
    );
    expect![[r#"
        wrote `castoff.toml`, carried over from release-please

        not carried over
          `pull-request-title-pattern`     titles are castoff's own
          `release-as` of `packages/acme`  ask for it once: `castoff bump acme=2.0.0`
          extra file `pom.xml`             git does not track it
          package `site`                   castoff finds no package there to publish (release-type `simple`)
          plugin `linked-versions`         put packages that share a version into one `[component.NAME]`

        next versions
          engine  castoff 0.4.0      release-please 0.4.0
          acme    castoff 1.2.1      release-please 2.0.0      differs; castoff: fix: mend it
          util    castoff unchanged  release-please unchanged

        next: `castoff plan` shows the whole release, `castoff check` what to mend before it
    "#]]
    .assert_eq(&ran.stderr);
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(repo.read("crates/core/VERSION.txt"), "core 0.4.0 # x-release-please-version\n");
    assert!(repo.read("docs/conf.json").contains("\"version\": \"v0.4.0\""));
    assert!(repo.read("packages/acme/pyproject.toml").contains("version = \"1.2.1\""));
    assert_eq!(repo.read("chart/Chart.yaml"), "name: a\nversion: 0.4.0 # of the chart\n");
    let json = repo.castoff(&["init", "--dry-run", "--json"]).expect(0).json();
    assert_eq!((&json["schema"], &json["written"]), (&1.into(), &false.into()));
    let next = &json["next_versions"][0];
    assert_eq!((&next["castoff"], &next["theirs"]), (&"0.4.0".into(), &"0.4.0".into()));
}

#[test]
fn manifests_that_cannot_be_read_are_left_out_and_told() {
    let repo = packages();
    repo.write("tests/fixtures/[bad]/pyproject.toml", "[project]\nname = '...'\nversion = '1'\n");
    repo.write("tests/fixtures/worse/pyproject.toml", "[project\n");
    repo.commit("feat: begin");
    repo.castoff(&["plan"]).expect(2);
    let ran = check(
        &repo,
        expect![[r#"

            [release]
            exclude = ["tests/fixtures/[bad]/**", "tests/fixtures/worse/**"]  # cannot be read
            # bump = "paths"  # any change is a patch; without it commit messages decide
        "#]],
    );
    assert!(
        ran.stderr.contains("tests/fixtures/worse/pyproject.toml") && ran.stderr.contains("left out"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_stands_in_the_way_of_a_plan_is_told_and_the_file_is_there_to_mend_it_in() {
    let repo = packages();
    python_package(&repo, "one", "0.1.0", &["two"]);
    python_package(&repo, "two", "0.1.0", &["one"]);
    repo.commit("feat: begin");
    let dry = repo.castoff(&["init", "--dry-run"]).expect(2);
    assert!(dry.stdout.contains("[release]") && dry.stderr.contains("in a circle"), "{}", dry.stderr);
    let refused = repo.castoff(&["init"]).expect(2);
    assert!(refused.stderr.contains("in a circle"), "{}", refused.stderr);
    assert!(refused.stderr.starts_with("wrote `castoff.toml`"), "{}", refused.stderr);
    assert_eq!(repo.read("castoff.toml"), dry.stdout);
}

#[test]
fn broken_files_of_another_tool_name_their_line() {
    let repo = packages();
    repo.write("release-please-config.json", "{\n  \"packages\": {\n}\n");
    repo.write(".release-please-manifest.json", "{\n  \".\": \"x\",\n  \"a\": 1\n}\n");
    repo.commit("feat: begin");
    let refused = repo.castoff(&["init"]).expect(2);
    for place in
        ["release-please-config.json:", ".release-please-manifest.json:2", ".release-please-manifest.json:3"]
    {
        assert!(refused.stderr.contains(place), "{place}\n{}", refused.stderr);
    }
}

#[test]
fn changesets_and_cargo_release_are_carried_over() {
    let repo = packages();
    repo.write(
        ".changeset/config.json",
        "{ \"fixed\": [[\"core\", \"util\"]], \"linked\": [], \"ignore\": [\"acme\"], \"access\": \"restricted\", \"baseBranch\": \"main\" }",
    );
    repo.write(".changeset/README.md", "# Changesets\n");
    repo.write(".changeset/brave-cats.md", "---\n\"core\": minor\n'acme': patch\n---\n\nMore.\n");
    repo.commit("feat: begin");
    let ran = check(
        &repo,
        expect![[r##"
        # Carried over from changesets; `castoff init --dry-run --force` lists what could not be.

        [release]
        tag = "{component}@{version}"  # as before
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.core]
        packages = ["cargo:core", "cargo:util"]
    "##]],
    );
    expect![[r#"
        wrote `castoff.toml`, carried over from changesets

        not carried over
          `.changeset/*.md`            castoff reads what changed from commit messages; release what waits there first, or say it in a commit
          `.changeset/brave-cats.md`   a change that waits: acme patch, core minor
          `ignore`                     castoff releases what is not private; make them private, or name them in `exclude`
          tags of the group of `core`  castoff gives a component one tag; changesets gives each package its own

        next versions
          core  castoff 0.3.0  changesets 0.4.0  differs; castoff: first release
          acme  castoff 1.2.0  changesets 1.2.1  differs; castoff: first release

        next: `castoff plan` shows the whole release, `castoff check` what to mend before it
    "#]].assert_eq(&ran.stderr);

    let repo = packages();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n[workspace.metadata.release]\nshared-version = true\ntag-name = \"release/{{version}}\"\nsign-tag = true\n");
    repo.write("crates/core/README.md", "core = \"0.3.0\"\n");
    repo.write("crates/core/release.toml", "pre-release-replacements = [{ file = \"README.md\", search = \"core = .*\", replace = 'core = \"{{version}}\"' }]\n");
    repo.commit("feat: begin");
    let ran = check(
        &repo,
        expect![[r##"
        # Carried over from cargo-release; `castoff init --dry-run --force` lists what could not be.

        [release]
        # bump = "paths"  # any change is a patch; without it commit messages decide

        [component.core]
        packages = ["cargo:core", "cargo:util"]
        tag = "release/{version}"
        extra-files = [  # written with its version
          { path = "crates/core/README.md", regex = 'core = "([0-9][0-9A-Za-z.+-]*)"' },
        ]
    "##]],
    );
    expect![[r#"
        wrote `castoff.toml`, carried over from cargo-release

        not carried over
          `sign-tag`  git signs where `commit.gpgSign` and `tag.gpgSign` say so

        next versions
          core  castoff 0.3.0  cargo-release: it asks for the level on its command line

        next: `castoff plan` shows the whole release, `castoff check` what to mend before it
    "#]]
    .assert_eq(&ran.stderr);
}
