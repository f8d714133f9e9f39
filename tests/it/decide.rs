//! What changed and which versions come next, decided in real repositories: what git itself adds to the decisions that
//! the unit tests of `detect` and `versions` hold as data.

use std::process::Command;

use expect_test::{Expect, expect};

use crate::support::{Repo, crate_files, git, python_package, python_workspace, ran};

/// What `detect --format env` prints.
fn check_detect(repo: &Repo, expected: Expect) {
    expected.assert_eq(&repo.castoff(&["detect", "--format", "env"]).expect(0).stdout);
}

/// What `versions --format env` prints.
fn check_versions(repo: &Repo, expected: Expect) {
    expected.assert_eq(&repo.castoff(&["versions", "--format", "env"]).expect(0).stdout);
}

/// Two Python packages, one of which needs the other, and a crate, released once.
fn released() -> Repo {
    let repo = python_workspace(&[("core", "0.1.0", &[]), ("app", "0.1.0", &["core"])]);
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "tool", "1.0.0", &[], false);
    repo.commit("feat: begin");
    for tag in ["core-v0.1.0", "app-v0.1.0", "tool-v1.0.0"] {
        repo.git(&["tag", "--annotate", "--message", "release", tag]);
    }
    repo
}

#[test]
fn env_lines_are_those_of_the_contract() {
    let repo = released();
    repo.write(
        "castoff.toml",
        "[paths]\nffi-core = [\"packages/core/\", \"crates/\"]\n\"2nd.set\" = [\"packages/app/\"]\n",
    );
    repo.commit("chore: rules");
    repo.git(&["tag", "release-20261114-0900"]);
    repo.write("packages/core/src/core/more.py", "\n");
    repo.commit("fix: more");
    let expected = "CHANGES_BASE_REF=release-20261114-0900\nFFI_CORE_CHANGED=true\n_2ND_SET_CHANGED=false\n\
        APP_CHANGED=false\nCORE_CHANGED=true\nTOOL_CHANGED=false\n\
        APP_BASE_REF=app-v0.1.0\nCORE_BASE_REF=core-v0.1.0\nTOOL_BASE_REF=tool-v1.0.0\n";
    let detect = repo.castoff(&["detect", "--format", "env"]).expect(0);
    assert_eq!((detect.stdout.as_str(), detect.stderr.as_str()), (expected, ""));
    let versions = repo.castoff(&["versions", "--format=env"]).expect(0);
    let more = "CURRENT_APP_VERSION=0.1.0\nNEXT_APP_VERSION=0.1.1\nCURRENT_CORE_VERSION=0.1.0\nNEXT_CORE_VERSION=0.1.1\n\
        CURRENT_TOOL_VERSION=1.0.0\nNEXT_TOOL_VERSION=unchanged\n";
    assert_eq!((versions.stdout, versions.stderr.as_str()), (format!("{expected}{more}"), ""));
}

#[test]
fn env_lines_can_be_evaluated_by_a_shell() {
    let repo = released();
    repo.git(&["tag", "release-$(touch${IFS}hacked);é"]);
    repo.commit("fix: x");
    let script = format!(
        "set -eu; eval \"$('{}' versions --format env)\"; echo \"$CHANGES_BASE_REF $NEXT_CORE_VERSION $TOOL_CHANGED\"",
        env!("CARGO_BIN_EXE_castoff")
    );
    let output = Command::new("sh").args(["-c", &script]).current_dir(repo.dir()).output().unwrap();
    let base = repo.git(&["rev-parse", "HEAD~1"]);
    assert_eq!(ran(output).expect(0).stdout, format!("{} 0.1.1 false\n", base.trim()));
    assert!(!repo.dir().join("hacked").exists());
}

#[test]
fn names_that_fall_together_in_env_lines_are_refused() {
    let repo = python_workspace(&[("a.b", "0.1.0", &[]), ("a-b-c", "0.1.0", &[])]);
    repo.write("castoff.toml", "[paths]\na_b_c = [\"packages/\"]\n");
    repo.commit("feat: begin");
    let ran = repo.castoff(&["detect", "--format", "env"]).expect(2);
    assert!(ran.stderr.contains("`a_b_c` and `a-b-c` are both `A_B_C_CHANGED`"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    repo.castoff(&["detect", "--json"]).expect(0);
    // A component's base under the name of the base of path sets.
    let repo = python_workspace(&[("changes", "0.1.0", &[]), ("other", "0.1.0", &[])]);
    repo.commit("feat: begin");
    repo.git(&["tag", "changes-v0.1.0"]);
    repo.commit("feat: more");
    repo.git(&["tag", "release-1"]);
    repo.commit("feat: most");
    repo.castoff(&["detect", "--format", "env"]).expect(2);
}

#[test]
fn a_base_that_is_given_is_named_as_it_was_given() {
    let repo = released();
    repo.write("crates/tool/src/more.rs", "\n");
    let id = repo.commit("feat: more");
    let base = |from: &str| {
        let text = repo.castoff(&["detect", "--from", from, "--format", "env"]).expect(0).stdout;
        text.lines().next().unwrap().to_string()
    };
    assert_eq!(base("tool-v1.0.0"), "CHANGES_BASE_REF=tool-v1.0.0");
    assert_eq!(base("main"), "CHANGES_BASE_REF=main");
    assert_eq!(base(&id[..10]), format!("CHANGES_BASE_REF={}", &id[..10]));
    assert_eq!(base("HEAD~0"), format!("CHANGES_BASE_REF={id}"));
    let lines = repo.castoff(&["versions", "--from", "main", "--format", "env"]).expect(0).stdout;
    assert!(!lines.contains("_BASE_REF=tool") && lines.contains("TOOL_CHANGED=false"), "{lines}");
    // A branch that HEAD does not hold is compared from where they part.
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.write("packages/app/side.txt", "\n");
    repo.commit("feat: aside");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("packages/core/more.txt", "\n");
    repo.commit("fix: core");
    let lines = repo.castoff(&["detect", "--from", "side", "--format", "env"]).expect(0).stdout;
    assert_eq!(lines, "CHANGES_BASE_REF=side\nAPP_CHANGED=false\nCORE_CHANGED=true\nTOOL_CHANGED=false\n");
}

#[test]
fn tags_of_other_branches_are_no_base() {
    let repo = released();
    repo.git(&["switch", "--quiet", "--create", "next"]);
    repo.write("crates/tool/src/next.rs", "\n");
    repo.commit("feat!: next");
    repo.git(&["tag", "tool-v2.0.0"]);
    repo.git(&["tag", "release-of-next"]);
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("crates/tool/src/more.rs", "\n");
    repo.commit("fix: more");
    check_versions(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=app-v0.1.0
            APP_CHANGED=false
            CORE_CHANGED=false
            TOOL_CHANGED=true
            CURRENT_APP_VERSION=0.1.0
            NEXT_APP_VERSION=unchanged
            CURRENT_CORE_VERSION=0.1.0
            NEXT_CORE_VERSION=unchanged
            CURRENT_TOOL_VERSION=1.0.0
            NEXT_TOOL_VERSION=1.0.1
        "#]],
    );
    // Once it is merged, it is the base, and what it holds is not told again.
    repo.git(&["merge", "--quiet", "--no-edit", "next"]);
    let versions = repo.castoff(&["versions", "--json"]).expect(0).json();
    assert_eq!(versions["components"][2]["current"], "2.0.0");
    assert_eq!(versions["components"][2]["next"], "2.0.1");
}

#[test]
fn a_merge_does_not_count_again() {
    let repo = released();
    repo.git(&["switch", "--quiet", "--create", "topic"]);
    repo.write("crates/tool/src/topic.rs", "\n");
    repo.commit("fix: topic");
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit("docs: nothing");
    let merge = "Merge pull request #1 from acme/topic\n\nfix: merge topic";
    repo.git(&["merge", "--quiet", "--no-ff", "--message", merge, "topic"]);
    let reason = || repo.castoff(&["versions", "--json"]).expect(0).json()["components"][2]["reason"].clone();
    assert_eq!(reason(), "fix: topic");
    // A title that says more than the commits is not said again.
    repo.git(&["commit", "--quiet", "--amend", "--message", &merge.replace("fix", "feat")]);
    assert_eq!(reason(), "feat: merge topic (and 1 more)");
}

#[test]
fn a_revert_by_git_takes_a_commit_back() {
    let repo = released();
    repo.write("crates/tool/src/more.rs", "\n");
    repo.commit("feat: more");
    repo.git(&["revert", "--no-edit", "HEAD"]);
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    assert_eq!(plan["components"][2]["next"], serde_json::Value::Null);
    let reasons: Vec<&str> =
        plan["commits"].as_array().unwrap().iter().map(|commit| commit["reason"].as_str().unwrap()).collect();
    assert!(reasons[0].starts_with("reverts ") && reasons[1].starts_with("reverted by "), "{reasons:?}");
}

#[test]
fn both_ends_of_a_move_are_changes() {
    let repo = released();
    repo.write("packages/core/src/core/long.py", &"LINE = 1\n".repeat(100));
    repo.commit("fix: long");
    repo.git(&["tag", "core-v0.1.1"]);
    repo.git(&["mv", "packages/core/src/core/long.py", "packages/app/src/app/long.py"]);
    repo.commit("fix: move");
    check_detect(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=app-v0.1.0
            APP_CHANGED=true
            CORE_CHANGED=true
            TOOL_CHANGED=false
            CORE_BASE_REF=core-v0.1.1
        "#]],
    );
}

#[test]
fn paths_are_read_to_the_byte() {
    let repo = released();
    let paths = [
        "crates/tool/a b.txt",
        "crates/tool/\"quoted\".txt",
        "crates/tool/line\nend.txt",
        "crates/tool/\ttab.txt",
        "crates/tool/größe.txt",
        "crates/tool/日本.txt",
        "crates/tool/back\\slash.txt",
        "crates/tool/\u{1}control",
    ];
    for path in paths {
        repo.write(path, "x");
    }
    repo.commit("fix: odd names");
    let detect = repo.castoff(&["detect", "--json"]).expect(0).json();
    let mut files: Vec<&str> = detect["components"][2]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.as_str().unwrap())
        .collect();
    files.sort_unstable();
    let mut expected = paths.to_vec();
    expected.sort_unstable();
    assert_eq!(files, expected);
    // The same where whole trees are compared.
    repo.write("castoff.toml", "[release]\nbump = \"paths\"\n");
    let detect = repo.castoff(&["detect", "--json"]).expect(0).json();
    assert_eq!(detect["components"][2]["files"].as_array().unwrap().len(), paths.len());
}

#[test]
fn an_empty_commit_releases_everything_and_changes_no_path() {
    let repo = released();
    repo.commit("fix: build again");
    check_versions(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=app-v0.1.0
            APP_CHANGED=false
            CORE_CHANGED=false
            TOOL_CHANGED=false
            CURRENT_APP_VERSION=0.1.0
            NEXT_APP_VERSION=0.1.1
            CURRENT_CORE_VERSION=0.1.0
            NEXT_CORE_VERSION=0.1.1
            CURRENT_TOOL_VERSION=1.0.0
            NEXT_TOOL_VERSION=1.0.1
        "#]],
    );
}

#[test]
fn what_was_put_back_is_no_change_where_paths_decide() {
    let repo = released();
    let rules = "[paths]\nall = [\"crates/\"]\n[component.tool]\nbump = \"paths\"\n";
    repo.write("castoff.toml", rules);
    repo.write("crates/tool/src/more.rs", "\n");
    repo.commit("feat: more");
    repo.git(&["rm", "--quiet", "crates/tool/src/more.rs"]);
    repo.commit("feat: less");
    let detect = repo.castoff(&["detect", "--format", "env"]).expect(0).stdout;
    assert!(detect.contains("ALL_CHANGED=false") && detect.contains("TOOL_CHANGED=false"), "{detect}");
    repo.write("crates/tool/src/more.rs", "\n");
    repo.commit("docs: more");
    check_versions(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=tool-v1.0.0
            ALL_CHANGED=true
            TOOL_CHANGED=true
            APP_CHANGED=false
            CORE_CHANGED=false
            CURRENT_TOOL_VERSION=1.0.0
            NEXT_TOOL_VERSION=1.0.1
            CURRENT_APP_VERSION=0.1.0
            NEXT_APP_VERSION=unchanged
            CURRENT_CORE_VERSION=0.1.0
            NEXT_CORE_VERSION=unchanged
        "#]],
    );
}

#[test]
fn a_repository_without_tags_is_compared_with_nothing() {
    let repo = python_workspace(&[("core", "0.0.0", &[]), ("app", "0.3.0", &["core"])]);
    repo.write("castoff.toml", "[paths]\ndocs = [\"README.md\"]\npackages = [\"packages/\"]\n");
    repo.write("README.md", "x");
    let root = repo.commit("feat: begin");
    let text = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout.replace(root.trim(), "ROOT");
    expect![[r#"
        CHANGES_BASE_REF=ROOT
        DOCS_CHANGED=true
        PACKAGES_CHANGED=true
        APP_CHANGED=true
        CORE_CHANGED=true
        CURRENT_APP_VERSION=0.3.0
        NEXT_APP_VERSION=0.3.0
        CURRENT_CORE_VERSION=0.0.0
        NEXT_CORE_VERSION=0.1.0
    "#]]
    .assert_eq(&text);
}

#[test]
fn names_of_two_ecosystems_are_told_apart() {
    let repo = python_workspace(&[("core", "0.1.0", &[])]);
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "core", "0.2.0", &[], false);
    repo.commit("feat: begin");
    let versions = repo.castoff(&["versions", "--json"]).expect(0).json();
    let names: Vec<String> = versions["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| format!("{} {}", component["name"], component["packages"]))
        .collect();
    assert_eq!(names, [r#""core-cargo" ["cargo:core"]"#, r#""core-py" ["uv:core"]"#]);
    let refused = repo.castoff(&["bump", "core=1.0.0"]).expect(2).stderr;
    assert!(refused.contains("say `cargo:core` or `uv:core`"), "{refused}");
    // A component of the configuration has its name for itself.
    repo.write("castoff.toml", "[component.core]\npackages = [\"uv:core\"]\n");
    let versions = repo.castoff(&["versions", "--json"]).expect(0).json();
    assert_eq!(versions["components"][0]["packages"], serde_json::json!(["uv:core"]));
    assert_eq!(versions["components"][1]["name"], "core-cargo");
}

#[test]
fn a_staged_move_is_an_edit_that_is_not_committed() {
    let repo = released();
    repo.git(&["mv", "crates/tool/src/lib.rs", "crates/tool/src/moved.rs"]);
    let finding = repo.castoff(&["plan", "--json"]).expect(0).json()["findings"][0]["message"].to_string();
    assert!(finding.contains("crates/tool/src/lib.rs") && finding.contains("1 more"), "{finding}");
}

#[test]
fn settings_of_the_user_do_not_change_the_answer() {
    let repo = released();
    repo.git(&["mv", "packages/core/src/core/__init__.py", "packages/app/src/app/moved.py"]);
    repo.commit("fix: move");
    // It has no base, so the first commit is looked at, and does not speak of it.
    python_package(&repo, "late", "0.1.0", &[]);
    repo.commit("feat: late");
    let expected = repo.castoff(&["plan", "--json"]).expect(0).stdout;
    let config = "[diff]\nrenames = copies\nrelative = true\nnoprefix = true\nignoreSubmodules = all\n[log]\nshowRoot = false\n\
        decorate = short\nexcludeDecoration = refs/tags/*\nfollow = true\nshowSignature = true\n[color]\nui = always\n\
        [core]\nquotePath = true\npager = false\n[status]\nrelativePaths = true\nshowUntrackedFiles = no\n[i18n]\nlogOutputEncoding = latin1\n";
    repo.write(".git/user-config", config);
    let file = repo.dir().join(".git/user-config");
    let ran = repo.castoff_with(&["plan", "--json"], &[("GIT_CONFIG_GLOBAL", file.to_str().unwrap())]);
    assert_eq!(ran.expect(0).stdout, expected);
}

#[test]
fn tags_on_things_that_are_no_commits_do_no_harm() {
    let repo = released();
    let blob = repo.git(&["rev-parse", "HEAD:Cargo.toml"]);
    repo.git(&["tag", "core-v9.0.0", blob.trim()]);
    repo.git(&["tag", "tool-v9.0.0", "HEAD^{tree}"]);
    let versions = repo.castoff(&["versions", "--json"]).expect(0).json();
    assert_eq!(versions["components"][1]["current"], "0.1.0");
    let output = git(&repo.dir()).args(["status", "--porcelain"]).output().unwrap();
    assert_eq!(output.stdout, b"");
}

/// Three crates, released together.
fn three() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n");
    for name in ["acme-a", "acme-b", "acme-c"] {
        crate_files(&repo, name, "1.0.0", &[], false);
    }
    repo.commit("feat: begin");
    for name in ["acme-a", "acme-b", "acme-c"] {
        repo.git(&["tag", &format!("{name}-v1.0.0")]);
    }
    repo
}

#[test]
fn a_note_says_what_a_commit_should_have_said() {
    let repo = three();
    repo.write("crates/acme-a/src/a.rs", "\n");
    let commit = repo.commit("chore: nothing");
    repo.git(&["notes", "--ref=castoff", "add", "-m", "feat(a): a thing\n\nCloses #3", &commit]);
    repo.git(&["notes", "add", "-m", "feat!: another kind of note", &commit]);
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let told = &plan["commits"][0];
    assert_eq!(
        (&told["type"], &told["subject"], &told["reason"]),
        (&"feat".into(), &"a thing".into(), &"feat (by a git note)".into())
    );
    assert_eq!(plan["components"][0]["next"], "1.1.0");
    let notes = repo.castoff(&["changelog"]).expect(0).stdout;
    assert!(notes.contains("* **a:** a thing (") && notes.contains("refs #3"), "{notes}");
    repo.write("castoff.toml", &format!("[override.\"{}\"]\nmessage = 'fix: less'\n", &commit[..10]));
    check_versions(
        &repo,
        expect![[r#"
        CHANGES_BASE_REF=acme-a-v1.0.0
        ACME_A_CHANGED=true
        ACME_B_CHANGED=false
        ACME_C_CHANGED=false
        CURRENT_ACME_A_VERSION=1.0.0
        NEXT_ACME_A_VERSION=1.0.1
        CURRENT_ACME_B_VERSION=1.0.0
        NEXT_ACME_B_VERSION=unchanged
        CURRENT_ACME_C_VERSION=1.0.0
        NEXT_ACME_C_VERSION=unchanged
    "#]],
    );
    repo.write("castoff.toml", "[override.\"0000000\"]\nmessage = 'fix: less'\n");
    let text = repo.castoff(&["plan"]).expect(2).stderr;
    assert!(text.contains("castoff.toml:1") && text.contains("means no commit"), "{text}");
}

#[test]
fn what_a_merge_changes_by_itself_is_a_change() {
    let repo = three();
    repo.git(&["checkout", "--quiet", "-b", "one"]);
    repo.write("crates/acme-a/src/a.rs", "\n");
    repo.commit("fix: a");
    repo.git(&["checkout", "--quiet", "-b", "two", "main"]);
    repo.write("README.md", "\n");
    repo.commit("docs: two");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "--no-ff", "--no-commit", "one", "two"]);
    repo.write("crates/acme-c/src/ü \"c\"\n.rs", "\n");
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "Merge branches 'one' and 'two'"]);
    assert_eq!(repo.git(&["rev-list", "--parents", "-1", "HEAD"]).split(' ').count(), 4);
    check_detect(
        &repo,
        expect![[r#"
        CHANGES_BASE_REF=acme-a-v1.0.0
        ACME_A_CHANGED=true
        ACME_B_CHANGED=false
        ACME_C_CHANGED=true
    "#]],
    );
}

#[test]
fn links_submodules_and_modes_are_changes_of_their_paths() {
    let repo = three();
    let other = Repo::with(&[("f", "1\n")]);
    let at = |repo: &Repo, id: &str| {
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},crates/acme-a/vendor/lib")]);
    };
    let first = other.git(&["rev-parse", "HEAD"]);
    at(&repo, first.trim());
    std::os::unix::fs::symlink("../../../README.md", repo.dir().join("crates/acme-b/README.md")).unwrap();
    repo.git(&["add", "crates/acme-b"]);
    repo.git(&["commit", "--quiet", "--message", "chore: a submodule and a link"]);
    for name in ["acme-a", "acme-b", "acme-c"] {
        repo.git(&["tag", &format!("{name}-v1.0.1")]);
    }
    repo.write("castoff.toml", "[release]\nbump = 'paths'\n[paths]\nlib = ['crates/acme-a/vendor/lib']\n");
    repo.git(&["config", "diff.ignoreSubmodules", "all"]);
    at(&repo, &other.commit("feat: on"));
    repo.git(&["update-index", "--chmod=+x", "crates/acme-c/src/lib.rs"]);
    repo.git(&["commit", "--quiet", "--message", "chore: on"]);
    check_versions(
        &repo,
        expect![[r#"
        CHANGES_BASE_REF=acme-a-v1.0.1
        LIB_CHANGED=true
        ACME_A_CHANGED=true
        ACME_B_CHANGED=false
        ACME_C_CHANGED=true
        CURRENT_ACME_A_VERSION=1.0.1
        NEXT_ACME_A_VERSION=1.0.2
        CURRENT_ACME_B_VERSION=1.0.1
        NEXT_ACME_B_VERSION=unchanged
        CURRENT_ACME_C_VERSION=1.0.1
        NEXT_ACME_C_VERSION=1.0.2
    "#]],
    );
    repo.write("castoff.toml", "");
    check_detect(
        &repo,
        expect![[r#"
        CHANGES_BASE_REF=acme-a-v1.0.1
        ACME_A_CHANGED=true
        ACME_B_CHANGED=false
        ACME_C_CHANGED=true
    "#]],
    );
}

#[test]
fn replaced_objects_change_no_answer() {
    let repo = three();
    repo.write("crates/acme-a/src/a.rs", "\n");
    let commit = repo.commit("feat: a");
    let before = repo.castoff(&["versions"]).expect(0).stdout;
    repo.git(&["replace", "--graft", &commit]);
    assert_eq!(repo.castoff(&["versions"]).expect(0).stdout, before);
}
