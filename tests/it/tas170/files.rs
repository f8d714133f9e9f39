//! Which files a bump writes, and which lines of them.

use expect_test::expect;

use super::{change, next, released};
use crate::support::Repo;

/// The lines that were written, below the names of their files.
fn written(repo: &Repo) -> String {
    let diff = repo.git(&["diff", "--unified=0", "--no-color"]);
    let lines = diff.lines().filter(|line| line.starts_with('+'));
    lines.map(|line| line.replace("+++ b/", "\n").replacen('+', "  ", 1)).collect::<Vec<_>>().join("\n")
}

/// The bindings' own files in a list of changed ones.
fn files(repo: &Repo) -> Vec<String> {
    repo.git(&["diff", "--name-only"]).lines().map(str::to_string).collect()
}

#[test]
fn a_bump_writes_every_version_of_its_own_and_no_other() {
    let repo = released();
    let cli = repo.read("tasker-cli/Cargo.toml");
    repo.write(
        "tasker-cli/Cargo.toml",
        &cli.replace("\"../tasker-client\", version = \"=0.1.8\"", "\"../tasker-client\""),
    );
    change(&repo, "tasker-shared/src/lib.rs");
    let before = repo.bytes();
    let said = repo.castoff(&["bump", "--dry-run"]).expect(0).stderr;
    assert!(repo.bytes() == before);
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"

        Cargo.lock
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"
          version = "0.1.9"

        Cargo.toml
          version = "0.1.9"
          tasker-shared = { path = "tasker-shared", version = "=0.1.9" }

        VERSION
          0.1.9

        tasker-cli/Cargo.toml
          tasker-client = { path = "../tasker-client", version = "=0.1.9" }

        tasker-orchestration/Cargo.toml
          tasker-pgmq = { path = "../tasker-pgmq", version = "=0.1.9" }

        tasker-shared/Cargo.toml
          tasker-pgmq = { path = "../tasker-pgmq", version = "=0.1.9" }

        tasker-worker/Cargo.toml
          tasker-pgmq = { path = "../tasker-pgmq", version = "=0.1.9" }
          tasker-client = { path = "../tasker-client", version = "=0.1.9" }

        workers/python/Cargo.toml
          version = "0.1.9"
          tasker-worker = { path = "../../tasker-worker", version = "=0.1.9" }

        workers/python/pyproject.toml
          version = "0.1.9.0"

        workers/ruby/ext/native/Cargo.toml
          version = "0.1.9"
          tasker-worker = { path = "../../../../tasker-worker", version = "=0.1.9" }

        workers/ruby/lib/tasker_core/version.rb
            VERSION = '0.1.9.0'
            RUST_CORE_VERSION = '0.1.9'

        workers/typescript/Cargo.toml
          version = "0.1.9"
          tasker-worker = { path = "../../tasker-worker", version = "=0.1.9" }

        workers/typescript/package.json
            "version": "0.1.9","#]]
    .assert_eq(&written(&repo));
    for file in files(&repo) {
        assert!(said.contains(&file), "{file} in {said}");
    }
    for value in ["0.1.8 -> 0.1.9", "0.1.8.2 -> 0.1.9.0", "0.1.8.0 -> 0.1.9.0"] {
        assert!(said.contains(value), "{value} in {said}");
    }
    // The module tells the version of its crate, so no other place of the binding holds one.
    let left = repo.git(&["grep", "--fixed-strings", "0.1.8", "--", "workers/python"]);
    assert_eq!(
        left.lines().collect::<Vec<_>>(),
        [
            "workers/python/pyproject.toml:dependencies = [\"another==0.1.8\"]",
            "workers/python/pyproject.toml:requires = [\"maturin==0.1.8\"]",
        ]
    );
    // The lock that was written is the one that cargo wants.
    let mut cargo = std::process::Command::new("cargo");
    let cargo = cargo.args(["metadata", "--locked", "--offline", "--format-version=1"]);
    let output = cargo.current_dir(repo.dir()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The same once more: the same answer, nothing to write.
    assert_eq!(next(&repo), "0.1.9 0.1.9.0 0.1.9.0 0.1.9");
    repo.commit("chore: release");
    assert_eq!(next(&repo), "0.1.9 0.1.9.0 0.1.9.0 0.1.9");
    assert!(repo.castoff(&["bump"]).expect(0).stderr.contains("nothing to write"));
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn only_what_is_asked_for_is_written() {
    let repo = released();
    change(&repo, "tasker-shared/src/lib.rs");
    repo.castoff(&["bump", "python=0.1.8.1"]).expect(0);
    assert_eq!(files(&repo), ["workers/python/pyproject.toml"]);
    assert_eq!(written(&repo), "\nworkers/python/pyproject.toml\n  version = \"0.1.8.1\"");
    repo.git(&["checkout", "--quiet", "."]);
    repo.castoff(&["bump", "ruby=0.1.8.3"]).expect(0);
    assert_eq!(files(&repo), ["workers/ruby/lib/tasker_core/version.rb"]);
    repo.git(&["checkout", "--quiet", "."]);
    repo.castoff(&["bump", "typescript=0.1.9"]).expect(0);
    assert_eq!(files(&repo), ["workers/typescript/package.json"]);
    repo.git(&["checkout", "--quiet", "."]);
    for unknown in ["rust=0.1.9", "core=", "--core"] {
        repo.castoff(&["bump", unknown]).expect(2);
    }
    assert_eq!(files(&repo), [""; 0]);
}

#[test]
fn a_version_file_that_is_missing_stops_everything() {
    let repo = released();
    for file in ["VERSION", "workers/ruby/lib/tasker_core/version.rb"] {
        repo.git(&["rm", "--quiet", file]);
        change(&repo, "tasker-shared/src/lib.rs");
        let refused = repo.castoff(&["bump"]);
        assert_ne!(refused.code, 0, "{}", refused.text());
        assert!(refused.stderr.contains(file.trim_end_matches(".rb")), "{}", refused.stderr);
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
}
