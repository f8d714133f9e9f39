//! What a run says in the log of GitHub Actions: annotations and groups of its own, and no command of anybody else.

use crate::support::{Repo, python_workspace};
use crate::tools::need;

/// The commands that the runner would see in a log: lines that begin with `::` behind white space, or hold `##[`.
fn commands(log: &str) -> Vec<&str> {
    let lines = log.lines().map(str::trim);
    lines.filter(|line| line.starts_with("::") || line.contains("##[")).collect()
}

/// Two packages, one on the other; the trial of the first fails and prints what a runner would obey.
fn failing() -> Repo {
    let repo = python_workspace(&[("acme-a", "0.1.0", &[]), ("acme-b", "0.1.0", &["acme-a"])]);
    let smoke =
        "echo '::stop-commands::never'; echo ' ::error title=no::%0Aboo'; echo 'x ##[add-mask]y'; exit 1";
    repo.write("castoff.toml", &format!("[publish]\nsmoke = \"{smoke}\"\n"));
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_failed_run_is_annotated_and_nothing_is_injected() {
    if !need("uv") {
        return;
    }
    let ran = failing().castoff_with(&["rehearse"], &[("GITHUB_ACTIONS", "true")]).expect(3);
    let found = commands(&ran.stderr);
    let names: Vec<&str> = found.iter().map(|line| line.split("::").nth(1).unwrap_or(line)).collect();
    let expected = [
        "group what",
        "endgroup",
        "error title=uv%3Aacme-a failed",
        "group",
        "endgroup",
        "warning title=uv%3Aacme-b blocked",
    ];
    assert_eq!(names.len(), expected.len(), "{found:?}");
    for (name, expected) in names.iter().zip(expected) {
        assert!(expected.starts_with(name), "{name}: {found:?}");
    }
    assert!(found[2].contains("%0A  cause: `sh` ended with exit code 1"), "{}", found[2]);
    // What the child said can be read, in the group.
    let group = ran.stderr.split("::group::uv:acme-a failed").nth(1).unwrap();
    assert!(group.split("::endgroup::").next().unwrap().contains("| ::stop-commands::never"), "{group}");
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.contains("1 failed, 1 blocked"), "{last}");
}

#[test]
fn whoever_wants_json_gets_no_annotation() {
    if !need("uv") {
        return;
    }
    let ran = failing().castoff_with(&["rehearse", "--json"], &[("GITHUB_ACTIONS", "true")]).expect(3);
    assert_eq!(commands(&ran.text()), [""; 0]);
    let ran = Repo::new().castoff_with(&["plan", "--json"], &[("GITHUB_ACTIONS", "true")]);
    assert!(commands(&ran.text()).is_empty() && ran.stderr.contains("error: "), "{}", ran.text());
}

#[test]
fn what_is_wrong_with_a_file_is_said_beside_it() {
    let repo = Repo::with(&[("castoff.toml", "[release]\n\nbumpp = \"paths\"\n")]);
    let ran = repo.castoff_with(&["plan"], &[("GITHUB_ACTIONS", "true")]).expect(2);
    let found = commands(&ran.stderr);
    assert_eq!(found.len(), 1, "{}", ran.stderr);
    assert!(found[0].starts_with("::error title=castoff,file=castoff.toml,line=3::"), "{found:?}");
}
