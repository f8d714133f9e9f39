//! What changed and what the next versions are.

use std::process::Command;

use expect_test::expect;

use super::{CONFIG, change, next, released, unreleased, value};
use crate::support::Repo;

/// The flags of path sets and components that are set, in the order of the output.
fn flags(repo: &Repo, args: &[&str]) -> String {
    let args = [&["detect", "--format", "env"], args].concat();
    let lines = repo.castoff(&args).expect(0).stdout;
    let set = lines.lines().filter_map(|line| line.strip_suffix("_CHANGED=true"));
    set.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_change_releases() {
    let repo = released();
    let mut table = format!("nothing: [{}] {}\n", flags(&repo, &[]), next(&repo));
    for path in [
        "tasker-pgmq/src/lib.rs",
        "tasker-shared/src/lib.rs",
        "tasker-worker/src/lib.rs",
        "tasker-orchestration/src/lib.rs",
        "tasker-client/src/lib.rs",
        "tasker-cli/src/lib.rs",
        "workers/ruby/lib/tasker.rb",
        "workers/ruby/ext/native/src/lib.rs",
        "workers/python/src/lib.rs",
        "workers/typescript/index.js",
        "examples/hello/src/lib.rs",
        "docs/notes.md",
    ] {
        change(&repo, path);
        table += &format!("{path}: [{}] {}\n", flags(&repo, &[]), next(&repo));
        repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
    expect![[r#"
        nothing: [] unchanged unchanged unchanged unchanged
        tasker-pgmq/src/lib.rs: [FFI_CORE CORE] 0.1.9 0.1.9.0 0.1.9.0 0.1.9
        tasker-shared/src/lib.rs: [FFI_CORE CORE] 0.1.9 0.1.9.0 0.1.9.0 0.1.9
        tasker-worker/src/lib.rs: [FFI_CORE CORE] 0.1.9 0.1.9.0 0.1.9.0 0.1.9
        tasker-orchestration/src/lib.rs: [SERVER_CORE CORE] 0.1.9 unchanged unchanged unchanged
        tasker-client/src/lib.rs: [SERVER_CORE CORE] 0.1.9 unchanged unchanged unchanged
        tasker-cli/src/lib.rs: [SERVER_CORE CORE] 0.1.9 unchanged unchanged unchanged
        workers/ruby/lib/tasker.rb: [RUBY] unchanged 0.1.8.3 unchanged unchanged
        workers/ruby/ext/native/src/lib.rs: [RUBY] unchanged 0.1.8.3 unchanged unchanged
        workers/python/src/lib.rs: [PYTHON] unchanged unchanged 0.1.8.1 unchanged
        workers/typescript/index.js: [TYPESCRIPT] unchanged unchanged unchanged 0.1.9
        examples/hello/src/lib.rs: [] unchanged unchanged unchanged unchanged
        docs/notes.md: [] unchanged unchanged unchanged unchanged
    "#]]
    .assert_eq(&table);
}

#[test]
fn the_lines_can_be_evaluated_by_any_shell_and_nothing_else_is_printed() {
    let repo = released();
    change(&repo, "tasker-shared/src/lib.rs");
    let ran = repo.castoff(&["versions", "--format", "env"]).expect(0);
    let plain = |line: &str| {
        line.split_once('=')
            .is_some_and(|(key, _)| !key.contains(|c: char| !c.is_ascii_uppercase() && c != '_'))
    };
    assert!(ran.stdout.lines().all(plain), "{}", ran.stdout);
    for shell in ["dash", "bash", "sh"] {
        let script = "set -eu; eval \"$1\"; echo \"$CHANGES_BASE_REF $FFI_CORE_CHANGED $SERVER_CORE_CHANGED \
                      $RUBY_CHANGED $CURRENT_RUBY_VERSION $NEXT_CORE_VERSION $NEXT_RUBY_VERSION\"";
        let output = Command::new(shell).args(["-c", script, shell, &ran.stdout]).output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            "core-v0.1.8 true false false 0.1.8.2 0.1.9 0.1.9.0\n"
                .replace("core-v0.1.8", "release-20261101-0900"),
            "{shell}"
        );
    }
}

#[test]
fn the_newest_release_tag_is_the_base_before_any_other_form() {
    let repo = released();
    repo.git(&["tag", "v0.1.9-not-this"]);
    change(&repo, "docs/one.md");
    let base = |repo: &Repo| {
        value(&repo.castoff(&["detect", "--format", "env"]).expect(0).stdout, "CHANGES_BASE_REF")
    };
    assert_eq!(base(&repo), "release-20261101-0900");
    repo.git(&["tag", "--delete", "release-20261101-0900"]);
    assert_eq!(base(&repo), "v0.1.9-not-this");
}

#[test]
fn any_commit_can_be_the_base() {
    let repo = released();
    change(&repo, "tasker-cli/src/lib.rs");
    let sha = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
    repo.git(&["branch", "before/ruby"]);
    repo.git(&["tag", "before"]);
    change(&repo, "workers/ruby/lib/tasker.rb");
    assert_eq!(flags(&repo, &[]), "SERVER_CORE CORE RUBY");
    for base in [&sha[..], &sha[..9], "before/ruby", "before", "HEAD~1"] {
        assert_eq!(flags(&repo, &["--from", base]), "RUBY", "{base}");
    }
    let refused = repo.castoff(&["detect", "--from", "never"]).expect(2).stderr;
    assert!(refused.contains("`never`"), "{refused}");
}

#[test]
fn without_any_tag_everything_is_released_for_the_first_time() {
    let repo = unreleased();
    assert_eq!(flags(&repo, &[]), "FFI_CORE SERVER_CORE CORE RUBY PYTHON TYPESCRIPT");
    assert_eq!(next(&repo), "0.1.9 0.1.9.0 0.1.9.0 0.1.9");
}

#[test]
fn a_binding_without_a_tag_begins_at_zero_and_patches_are_counted_by_number() {
    let repo = released();
    repo.git(&["tag", "--delete", "python-v0.1.8.0"]);
    for patch in 3..=10 {
        repo.git(&["tag", &format!("ruby-v0.1.8.{patch}"), "ruby-v0.1.8.2"]);
    }
    change(&repo, "workers/ruby/lib/tasker.rb");
    change(&repo, "workers/python/src/lib.rs");
    assert_eq!(next(&repo), "unchanged 0.1.8.11 0.1.8.0 unchanged");
}

#[test]
fn four_numbers_are_refused_for_npm_with_the_scheme_to_use() {
    let repo = released();
    change(&repo, "tasker-shared/src/lib.rs");
    let (before, typescript) = CONFIG.split_once("[component.typescript]").unwrap();
    repo.write(
        "castoff.toml",
        &format!("{before}[component.typescript]{}", typescript.replace("at-least", "core-patch")),
    );
    for command in ["versions", "plan", "bump"] {
        let refused = repo.castoff(&[command]).expect(2).stderr;
        assert!(refused.contains("three numbers") && refused.contains("at-least"), "{refused}");
    }
    assert!(repo.read("workers/typescript/package.json").contains("\"version\": \"0.1.8\""));
}

#[test]
fn a_binding_on_another_core_is_refused() {
    let repo = released();
    change(&repo, "workers/ruby/lib/tasker.rb");
    let before = repo.bytes();
    for version in ["0.1.7.9", "0.1.9.0", "0.2.8.3"] {
        let refused = repo.castoff(&["bump", &format!("ruby={version}")]);
        assert_eq!(refused.code, 2, "{version}: {}", refused.text());
        assert!(refused.stderr.contains("0.1.8"), "{}", refused.stderr);
    }
    assert!(repo.bytes() == before);
}

#[test]
fn a_crate_that_drifted_from_the_version_file_is_found() {
    let repo = released();
    let drifted = |repo: &Repo| {
        let found = repo.castoff(&["check", "version_consistency", "--json"]).json();
        found["findings"].as_array().unwrap().iter().map(|it| it["file"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(drifted(&repo), [""; 0]);
    repo.write("VERSION", "0.1.7\n");
    repo.commit("chore: drift");
    let found = drifted(&repo);
    assert!(!found.is_empty(), "{found:?}");
    repo.write("VERSION", "0.1.8\n");
    let path = "tasker-cli/Cargo.toml";
    repo.write(path, &repo.read(path).replace("version.workspace = true", "version = \"0.1.6\""));
    assert_eq!(drifted(&repo), ["\"tasker-cli/Cargo.toml\""]);
}
