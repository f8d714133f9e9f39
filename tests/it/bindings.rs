//! Crates with bindings in other languages: a release crosses ecosystems, and its order comes from the manifests alone.

use expect_test::expect;

use crate::support::Repo;

/// A crate at a path; `needs` are paths of other crates from the root, with the requirement on them.
fn crate_at(repo: &Repo, dir: &str, name: &str, more: &str, needs: &[(&str, &str)]) {
    let up = "../".repeat(dir.split('/').filter(|part| !part.is_empty()).count());
    let need = |(needed, requirement): &(&str, &str)| {
        let version =
            if requirement.is_empty() { String::new() } else { format!(", version = \"{requirement}\"") };
        format!("{needed} = {{ path = \"{up}{needed}\"{version} }}\n")
    };
    let needs: String = needs.iter().map(need).collect();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.8\"\nedition = \"2021\"\n{more}\n[dependencies]\n{needs}"
    );
    let manifest_path = if dir.is_empty() { "Cargo.toml".to_string() } else { format!("{dir}/Cargo.toml") };
    let rest = if dir.is_empty() {
        std::fs::read_to_string(repo.dir().join("Cargo.toml")).unwrap_or_default()
    } else {
        String::new()
    };
    repo.write(&manifest_path, &format!("{manifest}{rest}"));
    repo.write(&manifest_path.replace("Cargo.toml", "src/lib.rs"), "");
}

/// Six crates that are published, three bindings, a private root and a private example.
fn workspace() -> Repo {
    let repo = Repo::new();
    let members = [
        "pgmq",
        "shared",
        "client",
        "orchestration",
        "worker",
        "cli",
        "workers/ruby/ext/native",
        "workers/python",
        "workers/typescript",
        "workers/rust",
    ];
    let members: Vec<String> = members
        .iter()
        .map(|member| match member.contains('/') {
            true => format!("\"{member}\""),
            false => format!("\"tasker-{member}\""),
        })
        .collect();
    repo.write("Cargo.toml", &format!("\n[workspace]\nmembers = [{}]\n", members.join(", ")));
    crate_at(&repo, "", "tasker-core", "publish = false", &[]);
    let exact = "=0.1.8";
    crate_at(&repo, "tasker-pgmq", "tasker-pgmq", "", &[]);
    crate_at(&repo, "tasker-shared", "tasker-shared", "", &[("tasker-pgmq", exact)]);
    crate_at(&repo, "tasker-client", "tasker-client", "", &[("tasker-shared", exact)]);
    crate_at(
        &repo,
        "tasker-orchestration",
        "tasker-orchestration",
        "",
        &[("tasker-pgmq", exact), ("tasker-shared", exact)],
    );
    crate_at(
        &repo,
        "tasker-worker",
        "tasker-worker",
        "",
        &[("tasker-pgmq", exact), ("tasker-client", exact), ("tasker-shared", exact)],
    );
    crate_at(&repo, "tasker-cli", "tasker-cli", "", &[("tasker-client", exact), ("tasker-shared", exact)]);
    let both = [("tasker-shared", ""), ("tasker-worker", "")];
    let loaded = "\n[lib]\ncrate-type = [\"cdylib\"]\n";
    crate_at(
        &repo,
        "workers/ruby/ext/native",
        "tasker-worker-rb",
        loaded,
        &[("tasker-shared", exact), ("tasker-worker", exact)],
    );
    crate_at(&repo, "workers/python", "tasker-worker-py", loaded, &both);
    crate_at(&repo, "workers/typescript", "tasker-worker-ts", &format!("publish = false\n{loaded}"), &both);
    crate_at(&repo, "workers/rust", "tasker-worker-rust", "publish = false", &both);
    repo.write(
        "workers/python/pyproject.toml",
        "[project]\nname = \"tasker-worker-py\"\nversion = \"0.1.8\"\n\n[build-system]\nrequires = [\"maturin\"]\nbuild-backend = \"maturin\"\n",
    );
    repo.write(
        "workers/typescript/package.json",
        "{\n  \"name\": \"@tasker/worker\",\n  \"version\": \"0.1.8\",\n  \"napi\": { \"binaryName\": \"worker\" }\n}\n",
    );
    repo.write(
        "workers/ruby/tasker-worker-rb.gemspec",
        "require_relative \"lib/tasker_core/version\"\n\nGem::Specification.new do |spec|\n  spec.name = \"tasker-worker-rb\"\n  \
         spec.version = TaskerCore::VERSION\n  spec.summary = \"a test\"\n  spec.authors = [\"a\"]\n  \
         spec.files = Dir[\"lib/**/*\"]\n  spec.extensions = [\"ext/native/extconf.rb\"]\nend\n",
    );
    repo.write(
        "workers/ruby/lib/tasker_core/version.rb",
        "module TaskerCore\n  VERSION = \"0.1.8\"\n  RUST_CORE_VERSION = \"0.1.8\"\nend\n",
    );
    repo.write("VERSION", "0.1.8\n");
    repo.commit("feat: begin");
    repo
}

#[test]
fn five_phases_come_from_the_manifests_alone() {
    let repo = workspace();
    expect![[r#"
        level 1
          cargo:tasker-core
          cargo:tasker-pgmq
        level 2
          cargo:tasker-shared  needs tasker-pgmq
        level 3
          cargo:tasker-client         needs tasker-shared
          cargo:tasker-orchestration  needs tasker-pgmq tasker-shared
        level 4
          cargo:tasker-cli     needs tasker-client tasker-shared
          cargo:tasker-worker  needs tasker-client tasker-pgmq tasker-shared
        level 5
          cargo:tasker-worker-py    needs tasker-shared tasker-worker
          cargo:tasker-worker-rb    needs tasker-shared tasker-worker
          cargo:tasker-worker-rust  needs tasker-shared tasker-worker
          cargo:tasker-worker-ts    needs tasker-shared tasker-worker
          uv:tasker-worker-py       needs tasker-shared tasker-worker
          npm:@tasker/worker        needs tasker-shared tasker-worker
          gem:tasker-worker-rb      needs tasker-shared tasker-worker
    "#]]
    .assert_eq(&repo.castoff(&["graph", "--color", "never"]).expect(0).stdout);
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let order: Vec<String> =
        plan["order"].as_array().unwrap().iter().map(|level| level.to_string()).collect();
    expect![[r#"
        ["cargo:tasker-pgmq"]
        ["cargo:tasker-shared"]
        ["cargo:tasker-client","cargo:tasker-orchestration"]
        ["cargo:tasker-cli","cargo:tasker-worker"]
        ["uv:tasker-worker-py","npm:@tasker/worker","gem:tasker-worker-rb"]"#]]
    .assert_eq(&order.join("\n"));
}

#[test]
fn a_change_in_the_core_reaches_every_binding_and_one_in_a_binding_reaches_nothing_else() {
    let repo = workspace();
    repo.tag_all("0.1.8");
    repo.write("workers/ruby/ext/native/src/lib.rs", "//! More.\n");
    repo.commit("fix: native code of the gem");
    let next = |repo: &Repo| {
        let versions = repo.castoff(&["versions", "--json"]).expect(0).json();
        let lines = versions["components"].as_array().unwrap().iter().filter(|one| !one["next"].is_null());
        lines.map(|one| format!("{} {}", one["name"], one["next"])).collect::<Vec<_>>().join("\n")
    };
    expect![[r#""tasker-worker-rb" "0.1.9""#]].assert_eq(&next(&repo));
    repo.write("tasker-shared/src/lib.rs", "//! More.\n");
    repo.commit("fix: shared");
    expect![[r#"
        "@tasker/worker" "0.1.9"
        "tasker-cli" "0.1.9"
        "tasker-client" "0.1.9"
        "tasker-orchestration" "0.1.9"
        "tasker-shared" "0.1.9"
        "tasker-worker" "0.1.9"
        "tasker-worker-py" "0.1.9"
        "tasker-worker-rb" "0.1.9""#]]
    .assert_eq(&next(&repo));
}

#[test]
fn crates_of_bindings_go_with_the_core_and_nothing_of_others_changes() {
    let repo = workspace();
    repo.write(
        "castoff.toml",
        "[release]\nbump = \"paths\"\n\n[component.core]\npackages = [\"cargo:tasker-*\"]\nversion-file = \"VERSION\"\n",
    );
    repo.commit("chore: rules");
    repo.tag_all("0.1.8");
    repo.write("tasker-pgmq/src/lib.rs", "//! More.\n");
    repo.commit("fix: pgmq");
    repo.castoff(&["bump", "core=0.1.9", "tasker-worker-rb=0.1.8.1"]).expect(0);
    let diff = repo.git(&["diff", "--unified=0"]);
    let changed: Vec<&str> = diff
        .lines()
        .filter(|line| line.starts_with("+++ ") || (line.starts_with('+') && !line.starts_with("+++")))
        .collect();
    expect![[r#"
        +++ b/Cargo.toml
        +version = "0.1.9"
        +++ b/VERSION
        +0.1.9
        +++ b/tasker-cli/Cargo.toml
        +version = "0.1.9"
        +tasker-client = { path = "../tasker-client", version = "=0.1.9" }
        +tasker-shared = { path = "../tasker-shared", version = "=0.1.9" }
        +++ b/tasker-client/Cargo.toml
        +version = "0.1.9"
        +tasker-shared = { path = "../tasker-shared", version = "=0.1.9" }
        +++ b/tasker-orchestration/Cargo.toml
        +version = "0.1.9"
        +tasker-pgmq = { path = "../tasker-pgmq", version = "=0.1.9" }
        +tasker-shared = { path = "../tasker-shared", version = "=0.1.9" }
        +++ b/tasker-pgmq/Cargo.toml
        +version = "0.1.9"
        +++ b/tasker-shared/Cargo.toml
        +version = "0.1.9"
        +tasker-pgmq = { path = "../tasker-pgmq", version = "=0.1.9" }
        +++ b/tasker-worker/Cargo.toml
        +version = "0.1.9"
        +tasker-pgmq = { path = "../tasker-pgmq", version = "=0.1.9" }
        +tasker-client = { path = "../tasker-client", version = "=0.1.9" }
        +tasker-shared = { path = "../tasker-shared", version = "=0.1.9" }
        +++ b/workers/python/Cargo.toml
        +version = "0.1.9"
        +++ b/workers/ruby/ext/native/Cargo.toml
        +version = "0.1.9"
        +tasker-shared = { path = "../../../../tasker-shared", version = "=0.1.9" }
        +tasker-worker = { path = "../../../../tasker-worker", version = "=0.1.9" }
        +++ b/workers/ruby/lib/tasker_core/version.rb
        +  VERSION = "0.1.8.1"
        +++ b/workers/rust/Cargo.toml
        +version = "0.1.9"
        +++ b/workers/typescript/Cargo.toml
        +version = "0.1.9""#]]
    .assert_eq(&changed.join("\n"));
    let again = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    assert!(again.contains("NEXT_CORE_VERSION=0.1.9\n"), "{again}");
}
