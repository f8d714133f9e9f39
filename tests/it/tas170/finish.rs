//! The order of a release, its summary, its commit and its tag.

use expect_test::expect;

use super::{change, released};

#[test]
fn phases_come_from_the_manifests_and_nothing_private_is_in_them() {
    let repo = released();
    change(&repo, "tasker-pgmq/src/lib.rs");
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let order: Vec<String> = plan["order"].as_array().unwrap().iter().map(ToString::to_string).collect();
    expect![[r#"
        ["cargo:tasker-pgmq"]
        ["cargo:tasker-shared"]
        ["cargo:tasker-client","cargo:tasker-orchestration"]
        ["cargo:tasker-cli","cargo:tasker-worker"]
        ["uv:tasker-worker-py","npm:@tasker/worker","gem:tasker-worker-rb"]"#]]
    .assert_eq(&order.join("\n"));
    let packages = plan["packages"].as_array().unwrap();
    let with = |action: &str| {
        let named = packages.iter().filter(|package| package["action"] == action);
        named.map(|package| package["id"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    expect![[r#"
        cargo:tasker-core
        cargo:hello
        cargo:tasker-worker-py
        cargo:tasker-worker-rb
        cargo:tasker-worker-ts"#]]
    .assert_eq(&with("private").join("\n"));
    // No package of one phase needs another of it.
    for package in packages {
        for needed in package["depends_on"].as_array().unwrap() {
            let level =
                |id: &serde_json::Value| order.iter().position(|level| level.contains(&id.to_string()));
            assert!(
                level(&package["id"]).is_none_or(|it| level(needed).is_none_or(|that| that < it)),
                "{package}"
            );
        }
    }
}

#[test]
fn only_what_changed_is_planned() {
    let repo = released();
    change(&repo, "workers/ruby/lib/tasker.rb");
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    assert_eq!(plan["order"], serde_json::json!([["gem:tasker-worker-rb"]]));
}

#[test]
fn the_summary_of_a_release_tells_what_is_and_what_is_not_released() {
    let repo = released();
    change(&repo, "tasker-cli/src/main_part.rs");
    change(&repo, "workers/python/src/lib.rs");
    let before = repo.bytes();
    let said = repo.castoff(&["release", "--dry-run", "--color", "never"]).expect(0);
    assert!(repo.bytes() == before);
    let summary =
        said.stderr.split_once("components\n").and_then(|(_, rest)| rest.split_once("\n\nfiles that"));
    expect![[r#"
          core    0.1.8 -> 0.1.9 patch      1 changed file
          python  0.1.8.0 -> 0.1.9.0 patch  1 changed file

        unchanged ruby typescript

        order
          1  cargo:tasker-pgmq           0.1.9    to crates-io
          2  cargo:tasker-shared         0.1.9    to crates-io  after tasker-pgmq
          3  cargo:tasker-client         0.1.9    to crates-io  after tasker-shared
          3  cargo:tasker-orchestration  0.1.9    to crates-io  after tasker-pgmq tasker-shared
          4  cargo:tasker-cli            0.1.9    to crates-io  after tasker-client tasker-shared
          4  cargo:tasker-worker         0.1.9    to crates-io  after tasker-client tasker-pgmq tasker-shared
          5  uv:tasker-worker-py         0.1.9.0  to pypi       after tasker-shared tasker-worker
    "#]]
    .assert_eq(&format!("{}\n", summary.unwrap().0));
    // What it names is what it then commits.
    repo.castoff(&["release"]).expect(0);
    let committed = repo.git(&["show", "--name-only", "--format="]);
    assert!(committed.lines().all(|path| said.stderr.contains(path)), "{committed}");
    let tags = repo.git(&["tag", "--points-at", "HEAD"]);
    assert!(tags.starts_with("release-2") && tags.lines().count() == 1, "{tags}");
}
