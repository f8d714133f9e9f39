//! Extra files in real repositories: what a bump writes beside manifests, and that it writes all or nothing.

use crate::support::{Repo, crate_files, python_package};

/// A crate and a Python package whose sources name the crate's version too.
fn repo() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "core", "0.1.8", &[], false);
    python_package(&repo, "binding", "0.1.8", &[]);
    repo.write("conf.toml", "[app]\r\nversion = '0.1.8' # ours\r\n");
    repo.write(
        "py/version.py",
        "RUST_CORE_VERSION = \"0.1.8\"\n__version__ = '0.1.8'  # x-release-please-version\n",
    );
    repo.write(
        "castoff.toml",
        "[component.core]\nextra-files = [{ path = \"conf.toml\", toml = \"app.version\" }]\n\
         [component.binding]\nextra-files = [\"py/version.py\", { path = \"py/version.py\", \
         regex = 'RUST_CORE_VERSION = \"(.*)\"', value = \"{core}\" }]\n",
    );
    repo.write(".gitattributes", "* -text\n");
    repo.commit("feat: begin");
    repo.tag_all("0.1.8");
    repo.write("crates/core/src/lib.rs", "//! Mended.\n");
    repo.commit("fix: the core");
    repo
}

#[test]
fn a_bump_writes_declared_files_of_what_is_released_and_keeps_every_other_byte() {
    let repo = repo();
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let planned =
        plan["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_string());
    let planned: Vec<String> = planned.collect();
    let before = repo.bytes();
    let dry = repo.castoff(&["bump", "--dry-run"]).expect(0);
    assert!(dry.stderr.contains("conf.toml") && dry.stderr.contains("app.version"), "{}", dry.stderr);
    assert!(dry.stderr.contains("0.1.9") && repo.bytes() == before, "{}", dry.stderr);
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(repo.read("conf.toml"), "[app]\r\nversion = '0.1.9' # ours\r\n");
    let changed = repo.git(&["diff", "--name-only"]);
    assert_eq!(changed.lines().collect::<Vec<_>>(), planned);
    // The binding is not released, so its files stay as they are.
    assert_eq!(changed, "conf.toml\ncrates/core/Cargo.toml\n");
    repo.commit("chore: release");
    assert!(repo.castoff(&["bump"]).expect(0).stderr.contains("nothing to write"));
    repo.git(&["tag", "core-v0.1.9"]);
    assert_eq!(repo.castoff(&["plan", "--exit-code"]).code, 4);
    // Asked for by name, it gets its own version and that of the core as it is.
    repo.castoff(&["bump", "binding"]).expect(0);
    let expected = "RUST_CORE_VERSION = \"0.1.9\"\n__version__ = '0.1.9'  # x-release-please-version\n";
    assert_eq!(repo.read("py/version.py"), expected);
}

#[test]
fn a_declared_file_that_is_gone_stops_everything() {
    let repo = repo();
    repo.git(&["rm", "--quiet", "py/version.py"]);
    repo.commit("chore: tidy");
    let before = repo.bytes();
    for command in ["plan", "bump"] {
        let refused = repo.castoff(&[command]).expect(2);
        assert_eq!(
            refused.stderr.matches("`py/version.py`, which git does not track").count(),
            2,
            "{}",
            refused.stderr
        );
    }
    assert!(repo.bytes() == before);
}

#[test]
fn faults_of_another_configuration_file_name_it() {
    let repo = repo();
    repo.write("other.toml", "[component.core]\nversion-file = 'VERSION'\n");
    let refused = repo.castoff(&["plan", "--config", "other.toml"]).expect(2);
    assert!(refused.stderr.contains("--> other.toml:1"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("--> castoff.toml"), "{}", refused.stderr);
}

#[test]
fn a_plan_is_a_page_and_the_matrix_of_a_workflow_too() {
    let repo = repo();
    let page = repo.castoff(&["plan", "--format", "html"]).expect(0).stdout;
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("cargo:core") && page.contains("0.1.9"),
        "{page}"
    );
    let line = repo.castoff(&["plan", "--format", "github-matrix"]).expect(0).stdout;
    assert_eq!(line.lines().count(), 1);
    let matrix: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(matrix["include"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&matrix["include"][0]["path"], &matrix["include"][0]["version"]),
        (&"crates/core".into(), &"0.1.9".into())
    );
    repo.castoff(&["detect", "--format", "html"]).expect(2);
}

#[test]
fn a_plan_holds_what_checks_found_and_says_why_nothing_is_released() {
    let repo = repo();
    let json = repo.castoff(&["plan", "--json"]).expect(0).json();
    let finding = |id: &str| json["findings"].as_array().unwrap().iter().find(|it| it["id"] == id).cloned();
    let missing = finding("missing_readme").unwrap();
    assert_eq!(
        (&missing["severity"], &missing["file"]),
        (&"warning".into(), &"crates/core/Cargo.toml".into())
    );
    let text = repo.castoff(&["plan"]).expect(0).stdout;
    assert!(text.contains("`castoff check` tells them"), "{text}");
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    repo.git(&["tag", "core-v0.1.9"]);
    repo.write("notes.md", "");
    repo.commit("docs: notes");
    let text = repo.castoff(&["plan"]).expect(0).stdout;
    assert!(text.contains("1 commit touches no component") && text.contains("`notes.md`"), "{text}");
}
