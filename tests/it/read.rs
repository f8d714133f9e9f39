//! Commands that only read: what they say, and how little they ask of git.

use crate::support::{Repo, crate_files, python_workspace};

#[test]
fn a_plan_is_readable_and_complete() {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-app", "0.1.0", &["acme-core"])]);
    repo.commit("feat: begin");
    repo.git(&["tag", "acme-core-v0.1.0"]);
    repo.git(&["tag", "acme-app-v0.1.0"]);
    repo.write("packages/acme-core/src/acme_core/more.py", "X = 1\n");
    repo.commit("feat: more");
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let next: Vec<_> = plan["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| {
            format!(
                "{} {} {} {}",
                component["name"], component["current"], component["next"], component["bump"]
            )
        })
        .collect();
    assert_eq!(next, [r#""acme-app" "0.1.0" "0.1.1" "patch""#, r#""acme-core" "0.1.0" "0.2.0" "minor""#]);
    assert_eq!(plan["order"], serde_json::json!([["uv:acme-core"], ["uv:acme-app"]]));
    let text = repo.castoff(&["plan"]).expect(0).stdout;
    assert!(text.contains("depends on acme-core 0.2.0") && text.contains("feat: more"), "{text}");
}

#[test]
fn crates_that_share_a_version_are_one_component() {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "acme-one", "0.1.0", &[], false);
    crate_files(
        &repo,
        "acme-two",
        "0.1.0",
        &["acme-one = { path = \"../acme-one\", version = \"0.1.0\" }"],
        true,
    );
    repo.commit("feat: begin");
    let levels = repo.castoff(&["graph", "--json"]).expect(0).json()["levels"].clone();
    assert_eq!(levels, serde_json::json!([["cargo:acme-one"], ["cargo:acme-two"]]));
}
