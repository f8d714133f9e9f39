//! What holds on every repository, whatever it looks like.

use super::generate::{Generated, generate};
use super::seeds;

/// The lines of `versions` that speak of versions.
fn next(generated: &Generated) -> Vec<(String, String)> {
    let output = generated.repo.castoff(&["versions", "--format", "env"]).expect(0).stdout.clone();
    let lines = output.lines().filter_map(|line| line.split_once('='));
    let next = lines.filter(|(key, _)| key.starts_with("NEXT_"));
    next.map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// Repositories that can be released, with their seeds.
fn releasable(few: u64) -> impl Iterator<Item = (u64, Generated)> {
    let all = seeds(few).map(|seed| (seed, generate(seed)));
    all.filter(|(_, generated)| generated.repo.castoff(&["versions"]).code == 0)
}

/// What is wrong about a release of a repository.
fn release(generated: &Generated) -> Result<(), String> {
    let repo = &generated.repo;
    let before = next(generated);
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let after = next(generated);
    if after != before {
        return Err(format!("before the bump {before:?}, then {after:?}"));
    }
    repo.castoff(&["bump"]).expect(0);
    let written = repo.git(&["status", "--porcelain"]);
    if !written.is_empty() {
        return Err(format!("a second bump writes {written}"));
    }
    for tag in repo.castoff(&["plan", "--json"]).expect(0).json()["tags"].as_array().unwrap() {
        repo.git(&["tag", tag.as_str().unwrap()]);
    }
    let open: Vec<_> = next(generated).into_iter().filter(|(_, next)| next != "unchanged").collect();
    if open.is_empty() { Ok(()) } else { Err(format!("released, and still open: {open:?}")) }
}

#[test]
fn a_committed_bump_changes_no_answer_and_its_tags_end_the_release() {
    let wrong = releasable(25).filter_map(|(seed, generated)| {
        let why = release(&generated).err()?;
        Some(format!("seed {seed}: {why}\n{}", generated.rules.configuration()))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_repository_gives_the_same_plan_in_every_clone() {
    for (_, generated) in releasable(8) {
        let plan = generated.repo.castoff(&["plan", "--json"]).expect(0).stdout.clone();
        // Another order of objects in the pack, and another directory.
        let clone = generated.repo.beside("clone/checkout");
        generated.repo.git(&["clone", "--quiet", "--no-local", ".", clone.to_str().unwrap()]);
        let again = generated.repo.castoff(&["-C", clone.to_str().unwrap(), "plan", "--json"]);
        assert_eq!(again.expect(0).stdout, plan);
    }
}
