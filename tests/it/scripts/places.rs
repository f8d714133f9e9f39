//! Versions and requirements in every place that castoff knows: the scripts find them there, before and after a release.

use super::{generate, same};
use crate::support::Repo;

/// Packages whose versions and requirements stand in all the places that castoff knows.
fn everywhere() -> Repo {
    let repo = Repo::new();
    for (path, text) in [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.3.0\" # of all\n[workspace.dependencies]\n\
            base = { path = \"crates/base\", version = \"=0.3.0\" }\n",
        ),
        ("crates/base/Cargo.toml", "[package]\nname = \"base\"\nversion.workspace = true\n"),
        (
            "crates/top/Cargo.toml",
            "[package]\nname = \"top\"\nversion = '1.0.0'\n[dependencies]\nbase.workspace = true\n",
        ),
        (
            "crates/ext/Cargo.toml",
            "[package]\nname = \"ext\"\nversion = \"2.0.0-rc1\"\npublish = false\n[lib]\ncrate-type = [\"cdylib\"]\n\
            [dependencies]\nbase.workspace = true\n",
        ),
        (
            "py/hatch/pyproject.toml",
            "[project]\nname = \"hatched\"\ndynamic = [\"version\"]\ndependencies = [\"plain>=0.1,<0.2\"]\n\
            [tool.hatch.version]\npath = \"hatched/__init__.py\"\n[build-system]\nrequires = [\"hatchling\", \"plain ~= 0.1.0\"]\nbuild-backend = \"hatchling.build\"\n",
        ),
        ("py/hatch/hatched/__init__.py", "\"\"\"A test.\"\"\"\n__version__ = '0.5.0'\n"),
        (
            "py/plain/pyproject.toml",
            "[project]\nname = \"plain\"\nversion = \"0.1.0\"\n[build-system]\nrequires = []\n",
        ),
        (
            "py/ext/pyproject.toml",
            "[project]\nname = \"extended\"\ndynamic = [\"version\"]\n[build-system]\nrequires = [\"maturin\"]\nbuild-backend = \"maturin\"\n\
            [tool.maturin]\nmanifest-path = \"../../crates/ext/Cargo.toml\"\n",
        ),
        ("js/package.json", "{\"private\": true, \"workspaces\": [\"*\"]}\n"),
        ("js/one/package.json", "{\n  \"name\": \"@acme/one\",\n  \"version\": \"1.0.0\"\n}\n"),
        (
            "js/two/package.json",
            "{\n  \"x\": {\"version\": \"9.9.9\"},\n  \"name\": \"two\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\"@acme/one\": \"workspace:^\"},\n\
            \"peerDependencies\": {\"three\": \">=1.0.0 <3\"}\n}\n",
        ),
        (
            "js/three/package.json",
            "{\"name\": \"three\", \"version\": \"1.0.0\", \"optionalDependencies\": {\"@acme/one\": \"~1.0.0\"}}\n",
        ),
        ("rb/one/lib/one/version.rb", "module One\n  VERSION = \"0.1.0\".freeze\nend\n"),
        (
            "rb/one/one.gemspec",
            "require_relative \"lib/one/version\"\nGem::Specification.new do |spec|\n  spec.name = \"one\"\n  spec.version = One::VERSION\nend\n",
        ),
        (
            "rb/two/two.gemspec",
            "Gem::Specification.new do |spec|\n  spec.name = \"rb-two\"\n  spec.version = \"1.0.0\"\n  spec.add_dependency \"one\", \"~> 0.1.0\"\n\
            spec.add_dependency \"three\", \">= 1.0\", \"< 2\"\nend\n",
        ),
        (
            "rb/three/three.gemspec",
            "Gem::Specification.new do |spec|\n  spec.name = \"three\"\n  spec.version = '1.0.0'\nend\n",
        ),
        ("examples/x/Cargo.toml", "[package]\nname = \"base\"\nversion = \"7.0.0\"\n"),
        ("docs/versions.md", "Use 0.1.0.\nRead on. <!-- x-castoff-version -->\n"),
        ("settings.json", "{\n  \"app\": {\n    \"release\": \"0.1.0\"\n  }\n}\n"),
        (
            "castoff.toml",
            "[release]\nexclude = [\"examples/**\"]\npin = \"keep\"\n[component.plain]\n\
            extra-files = [{ path = \"settings.json\", json = \"app.release\" }]\n",
        ),
    ] {
        repo.write(path, text);
    }
    repo
}

#[test]
fn versions_and_requirements_are_read_wherever_they_stand() {
    let repo = everywhere();
    repo.write("docs/versions.md", "nothing\n");
    repo.commit("feat: begin");
    generate(&repo);
    assert!(same(&repo, &[]).stdout.contains("NEXT_HATCHED_VERSION=0.5.0\n"));
    let first = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
    let names = repo.castoff(&["versions", "--json"]).expect(0).json()["components"].clone();
    for component in names.as_array().unwrap() {
        let (name, version) = (component["name"].as_str().unwrap(), component["next"].as_str().unwrap());
        repo.git(&["tag", &format!("{name}-v{version}")]);
    }
    let quiet = same(&repo, &[]);
    assert!(!quiet.stdout.contains("=true"), "{}", quiet.stdout);
    for (path, message) in [
        ("crates/base/src/lib.rs", "feat!: base anew"),
        ("py/plain/plain.py", "feat!: plain anew"),
        ("js/one/index.js", "feat!: one anew"),
        ("rb/one/lib/one.rb", "fix: one"),
        ("rb/three/lib/three.rb", "feat!: three anew"),
        ("js/three/index.js", "feat!: three\n\nRelease-As: 3.0.0"),
        ("examples/x/src/lib.rs", "feat: nobody sees it"),
        ("notes/CHANGELOG.md", "fix: a changelog is no change"),
    ] {
        repo.write(path, "\n");
        repo.commit(message);
        same(&repo, &[]);
    }
    let before = same(&repo, &[]);
    for line in [
        "NEXT_TOP_VERSION=1.0.1",
        "NEXT_HATCHED_VERSION=0.5.1",
        "NEXT_EXTENDED_VERSION=",
        "NEXT_TWO_VERSION=1.0.1",
        "NEXT_RB_TWO_VERSION=1.0.1",
    ] {
        assert!(before.stdout.contains(line), "{line}\n{}", before.stdout);
    }
    same(&repo, &["--from", &first]);
    // What a release writes is no change, and requirements that it raised decide no other way.
    repo.castoff(&["bump", "--offline"]).expect(0);
    repo.commit("chore: release");
    let after = same(&repo, &[]);
    assert_eq!(after.stdout, before.stdout);
    same(&repo, &["--from", "HEAD~1"]);
    assert!(!same(&repo, &["--from", "HEAD~1"]).stdout.contains("=true"));
    repo.castoff(&["generate", "scripts", "--check"]).expect(0);
}
