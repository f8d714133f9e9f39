//! `castoff check`: what it says, how it ends, what it mends, and that it touches nothing else.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{Ran, Repo, crate_files, python_manifest, python_package, python_workspace};
use crate::tools;

/// Two crates, the second of which needs the first by path alone, and a Python library that names no README.
fn to_mend() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n");
    crate_files(&repo, "core", "0.3.0", &[], false);
    crate_files(&repo, "web", "0.1.0", &["core = { path = \"../core\" } # ours"], false);
    for name in ["one", "two"] {
        let manifest =
            python_manifest(name, "0.1.0", &[]).replace("[build-system]", "[tool.mypy]\n[build-system]");
        repo.write(&format!("py/{name}/pyproject.toml"), &manifest);
        repo.write(&format!("py/{name}/README.md"), "# Hello\n");
        repo.write(&format!("py/{name}/src/{name}/__init__.py"), "");
    }
    repo.commit("feat: begin");
    repo
}

/// `ID package severity` of every finding.
fn found(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_string();
    findings
        .iter()
        .map(|finding| {
            format!("{} {} {}", text(&finding["id"]), text(&finding["package"]), text(&finding["severity"]))
        })
        .collect()
}

#[test]
fn a_circle_is_reported_and_reading_goes_on() {
    let repo = python_workspace(&[("acme-a", "0.1.0", &["acme-b"]), ("acme-b", "0.1.0", &["acme-a"])]);
    repo.commit("feat: begin");
    let ran = repo.castoff(&["check", "cycles", "--json"]).expect(1);
    assert_eq!(found(&ran), ["cycles uv:acme-a error"]);
    let finding = &ran.json()["findings"][0];
    assert_eq!(finding["message"], "a circle: `uv:acme-a` -> `uv:acme-b` -> `uv:acme-a`");
    assert_eq!((&finding["file"], &finding["line"]), (&"packages/acme-a/pyproject.toml".into(), &6.into()));
    let all = repo.castoff(&["check"]).expect(1);
    assert!(
        all.stdout.contains("fail     cycles") && all.stdout.contains("warning  missing_license"),
        "{}",
        all.stdout
    );
}

#[test]
fn results_add_up_and_machines_get_every_finding() {
    let repo = to_mend();
    let json = repo.castoff(&["check", "--json"]).expect(1).json();
    assert_eq!(json["schema"], 1);
    let checks = json["checks"].as_array().unwrap();
    let with = |result: &str| checks.iter().filter(|check| check["result"] == result).count();
    for result in ["pass", "warning", "fail"] {
        assert_eq!(json["summary"][result], with(result), "{result}");
    }
    assert_eq!(with("pass") + with("warning") + with("fail"), checks.len());
    assert!(checks.len() >= 10 && with("fail") == 1 && with("warning") == 4, "{json:#}");
    assert!(
        checks.iter().all(|check| ["universal", "language"].contains(&check["category"].as_str().unwrap()))
    );
    let text = repo.castoff(&["check"]).expect(1);
    assert!(text.stdout.contains(&format!("\n{} checks: ", checks.len())), "{}", text.stdout);
    assert!(text.stdout.ends_with("`castoff check --fix` mends 5 findings\n"), "{}", text.stdout);
    // Findings that differ in their place only are told once.
    assert_eq!(text.stdout.matches("no licence file").count(), 1, "{}", text.stdout);
}

#[test]
fn warnings_alone_do_not_fail() {
    let repo = to_mend();
    let ran = repo.castoff(&["check", "missing_license", "type-markers", "--json"]).expect(0);
    let checks: Vec<String> =
        ran.json()["checks"].as_array().unwrap().iter().map(|it| it["id"].to_string()).collect();
    assert_eq!(checks, ["\"missing_license\"", "\"type_markers\""]);
}

#[test]
fn an_explanation_has_an_example_and_an_unknown_name_the_nearest() {
    let repo = Repo::with(&[("a", "")]);
    let told = repo.castoff(&["check", "--explain", "self-deps"]).expect(0);
    assert!(told.stdout.contains("Example") && told.stdout.contains("Mend it"), "{}", told.stdout);
    let json = repo.castoff(&["check", "--explain", "cycles", "--json"]).expect(0).json();
    assert_eq!((&json["schema"], &json["id"]), (&1.into(), &"cycles".into()));
    for args in [&["check", "--explain", "orphan"][..], &["check", "orphan"]] {
        let refused = repo.castoff(args).expect(2);
        assert!(refused.stderr.contains("did you mean `orphan_deps`?"), "{}", refused.stderr);
    }
}

#[test]
fn fixes_are_written_and_nothing_else_is() {
    let repo = to_mend();
    repo.write("crates/core/src/lib.rs", "//! Edited.\n");
    let before = repo.bytes();
    let dry = repo.castoff(&["check", "--fix", "--dry-run"]).expect(1);
    assert!(dry.stderr.contains("--dry-run") && repo.bytes() == before, "{}", dry.stderr);
    let ran = repo.castoff(&["check", "--fix"]).expect(0);
    assert!(ran.stderr.contains("dependencies.core.version  version = \"0.3.0\""), "{}", ran.stderr);
    let status = repo.git(&["status", "--porcelain"]);
    let written = " M crates/core/src/lib.rs\n M crates/web/Cargo.toml\n M py/one/pyproject.toml\n M py/two/pyproject.toml\n\
                   ?? py/one/src/one/py.typed\n?? py/two/src/two/py.typed\n";
    assert_eq!(status, written);
    let manifest = repo.read("crates/web/Cargo.toml");
    assert!(manifest.contains("core = { path = \"../core\", version = \"0.3.0\" } # ours\n"), "{manifest}");
    assert!(repo.read("py/one/pyproject.toml").contains("name = \"one\"\nreadme = \"README.md\"\n"));
    // What was mended is mended before it is committed.
    let again = repo.castoff(&["check", "--fix", "--json"]).expect(0);
    assert_eq!(again.json()["fixed"], serde_json::json!([]));
    assert!(again.stderr.contains("nothing to mend"), "{}", again.stderr);
    let fixable = |finding: &serde_json::Value| finding["fixable"] == true;
    assert!(!again.json()["findings"].as_array().unwrap().iter().any(fixable), "{}", again.stdout);
}

#[test]
fn all_fixes_are_written_or_none() {
    let repo = to_mend();
    // git does not see this file, so castoff does not know what is in it.
    repo.write(".gitignore", "py/two/src/two/py.typed\n");
    repo.write("py/two/src/two/py.typed", "partial\n");
    repo.commit("chore: ignore");
    let before = repo.bytes();
    let refused = repo.castoff(&["check", "--fix"]).expect(1);
    assert!(refused.stderr.contains("cannot edit `py/two/src/two/py.typed`"), "{}", refused.stderr);
    assert!(repo.bytes() == before);
}

#[test]
fn only_the_named_checks_are_mended() {
    let repo = to_mend();
    repo.castoff(&["check", "--fix", "type_markers"]).expect(0);
    let status = repo.git(&["status", "--porcelain"]);
    assert_eq!(status, "?? py/one/src/one/py.typed\n?? py/two/src/two/py.typed\n");
}

#[test]
fn nothing_but_git_is_needed_and_no_byte_changes() {
    let repo = to_mend();
    let bin = repo.beside("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let git = std::env::split_paths(&tools::path_env()).map(|dir| dir.join("git")).find(|git| git.exists());
    symlink(git.unwrap(), bin.join("git")).unwrap();
    let before = repo.bytes();
    // No other program, no home, no token, and a proxy that nobody is behind.
    let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
    command.args(["check", "--json"]).current_dir(repo.dir()).env_clear().env("PATH", &bin);
    command.env("HTTP_PROXY", "http://127.0.0.1:1").env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ran = crate::support::ran(command.output().unwrap()).expect(1);
    assert!(found(&ran).contains(&"unpublishable_deps cargo:web error".to_string()), "{}", ran.stdout);
    assert!(repo.bytes() == before);
}

#[test]
fn the_checkout_is_looked_at_as_it_is() {
    let repo = python_workspace(&[("acme", "0.1.0", &[])]);
    repo.write(".gitignore", "ignored/\n");
    repo.commit("feat: begin");
    let stale = |repo: &Repo| found(&repo.castoff(&["check", "stale_artifacts", "--json"]).expect(0));
    assert!(stale(&repo).is_empty());
    repo.write("ignored/a.bak", "");
    repo.write("new file.bak", "");
    repo.write("packages/acme/dist/acme-0.1.0.tar.gz", "");
    assert_eq!(stale(&repo), ["stale_artifacts - warning", "stale_artifacts uv:acme warning"]);
    repo.commit("chore: leftovers");
    std::fs::remove_file(repo.dir().join("new file.bak")).unwrap();
    assert_eq!(stale(&repo), ["stale_artifacts uv:acme warning"]);
    // A package that is new, and one whose manifest is gone.
    python_package(&repo, "extra", "0.1.0", &["extra"]);
    std::fs::remove_file(repo.dir().join("packages/acme/pyproject.toml")).unwrap();
    let ran = repo.castoff(&["check", "self_deps", "missing_license", "--json"]).expect(1);
    assert_eq!(found(&ran), ["self_deps uv:extra error", "missing_license uv:extra warning"]);
}

#[test]
fn a_shallow_clone_will_do() {
    let repo = to_mend();
    repo.commit("chore: more");
    let clone = repo.beside("shallow");
    let from = format!("file://{}", repo.dir().display());
    repo.git(&["clone", "--quiet", "--depth", "1", &from, &clone.display().to_string()]);
    let dir = clone.display().to_string();
    repo.castoff(&["-C", &dir, "check", "--json"]).expect(1);
    repo.castoff(&["-C", &dir, "plan"]).expect(2);
}

#[test]
fn rules_that_match_nothing_name_their_line() {
    let repo = to_mend();
    repo.write("castoff.toml", "[release]\nignore = [\n  \"old/**\",\n]\n");
    let ran = repo.castoff(&["check", "config_rules"]).expect(0);
    assert!(ran.stdout.contains("castoff.toml:3"), "{}", ran.stdout);
}
