//! What changes later: more bindings, another name, an older line, users who take the crates by git.

use std::process::Command;

use super::{CONFIG, change, next, released, value};

#[test]
fn bindings_are_added_by_configuration_alone() {
    let repo = released();
    let mut config = CONFIG.to_string();
    repo.write("clients/python/pyproject.toml", "[project]\nname = \"tasker-client-py\"\nversion = \"0.1.8.0\"\n\n[build-system]\nrequires = [\"maturin\"]\nbuild-backend = \"maturin\"\n");
    repo.write(
        "clients/typescript/package.json",
        "{ \"name\": \"@tasker/client\", \"version\": \"0.1.8\" }\n",
    );
    repo.write("clients/ruby/tasker-client-rb.gemspec", "Gem::Specification.new do |spec|\n  spec.name = \"tasker-client-rb\"\n  spec.version = \"0.1.8.0\"\n  spec.summary = \"a test\"\n  spec.authors = [\"a\"]\nend\n");
    for (name, package, scheme) in [
        ("client-rb", "gem:tasker-client-rb", "core-patch"),
        ("client-py", "uv:tasker-client-py", "core-patch"),
        ("client-ts", "npm:@tasker/client", "at-least"),
    ] {
        config += &format!(
            "\n[component.{name}]\npackages = [\"{package}\"]\nfollows = \"core\"\nfollow-on = [\"ffi-core\"]\nscheme = \"{scheme}\"\n"
        );
    }
    repo.write("castoff.toml", &config);
    repo.commit("feat: clients");
    for tag in ["client-rb-v0.1.8.0", "client-py-v0.1.8.0", "client-ts-v0.1.8"] {
        repo.git(&["tag", tag]);
    }
    let versions = || repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    let clients =
        || ["RB", "PY", "TS"].map(|name| value(&versions(), &format!("NEXT_CLIENT_{name}_VERSION")));
    change(&repo, "clients/ruby/lib/client.rb");
    assert_eq!(clients(), ["0.1.8.1", "unchanged", "unchanged"]);
    change(&repo, "tasker-worker/src/lib.rs");
    assert_eq!(clients(), ["0.1.9.0", "0.1.9.0", "0.1.9"]);
    assert_eq!(next(&repo), "0.1.9 0.1.9.0 0.1.9.0 0.1.9");
    repo.castoff(&["bump"]).expect(0);
    assert!(repo.read("clients/ruby/tasker-client-rb.gemspec").contains("\"0.1.9.0\""));
    assert!(repo.read("clients/python/pyproject.toml").contains("\"0.1.9.0\""));
    assert!(repo.read("clients/typescript/package.json").contains("\"0.1.9\""));
}

#[test]
fn crates_can_be_taken_by_git() {
    let repo = released();
    let user = repo.beside("user");
    std::fs::create_dir_all(user.join("src")).unwrap();
    std::fs::write(user.join("src/lib.rs"), "pub use tasker_worker as worker;\n").unwrap();
    let manifest = format!(
        "[package]\nname = \"user\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\n\
         tasker-worker = {{ git = \"file://{}\", branch = \"main\" }}\n\n[workspace]\n",
        repo.dir().display()
    );
    std::fs::write(user.join("Cargo.toml"), manifest).unwrap();
    change(&repo, "tasker-shared/src/lib.rs");
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let mut cargo = Command::new("cargo");
    let cargo = cargo
        .args(["tree", "--quiet", "--prefix", "none", "--format", "{p}"])
        .env("CARGO_HOME", repo.beside("cargo"));
    let output = cargo.current_dir(&user).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    for name in ["tasker-worker", "tasker-client", "tasker-shared", "tasker-pgmq"] {
        assert!(tree.contains(&format!("{name} v0.1.9 (file://")), "{tree}");
    }
}

#[test]
fn another_name_of_a_package_is_one_line_of_the_configuration() {
    let repo = released();
    let path = "workers/python/pyproject.toml";
    repo.write(path, &repo.read(path).replace("tasker-worker-py", "tasker-core-py"));
    repo.commit("feat: another name");
    let refused = repo.castoff(&["versions"]).expect(2).stderr;
    assert!(refused.contains("uv:tasker-worker-py"), "{refused}");
    repo.write("castoff.toml", &CONFIG.replace("uv:tasker-worker-py", "uv:tasker-core-py"));
    repo.commit("chore: follow the name");
    assert_eq!(next(&repo), "unchanged unchanged 0.1.8.1 unchanged");
}
