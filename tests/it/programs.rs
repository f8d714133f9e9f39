//! Programs of packages, asked for their version after they were installed from the registry.

use crate::gems::gemspec;
use crate::rehearse::{named, package_ids};
use crate::support::{Repo, crate_files, python_manifest};
use crate::tools::need;

/// A program of each ecosystem, of which each says a version.
fn programs(said: &str) -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-says", "0.2.0", &[], true);
    let code = format!("fn main() {{ println!(\"castoff-it-says {said}\") }}\n");
    repo.write("crates/castoff-it-says/src/main.rs", &code);
    let scripts = "\n[project.scripts]\nacme-says = \"acme_says:main\"\nacme-works = \"acme_says:work\"\n";
    repo.write("py/pyproject.toml", &(python_manifest("acme-says", "0.2.0", &[]) + scripts));
    let code = format!(
        "def main():\n    print('acme-says', '{said}')\n\n\ndef work():\n    raise SystemExit('what?')\n"
    );
    repo.write("py/src/acme_says/__init__.py", &code);
    let manifest =
        "{ \"name\": \"acme-says-js\", \"version\": \"0.2.0\", \"bin\": { \"acme-js\": \"cli.js\" } }\n";
    repo.write("js/package.json", manifest);
    repo.write("js/cli.js", &format!("#!/usr/bin/env node\nconsole.log('{said}');\n"));
    let more =
        "  spec.bindir = \"exe\"\n  spec.executables = [\"acme-rb\"]\n  spec.files << \"exe/acme-rb\"\n";
    repo.write("rb/acme-says-rb.gemspec", &gemspec("acme-says-rb", "\"0.2.0\"", more));
    repo.write("rb/lib/acme/says.rb", "\n");
    repo.write("rb/exe/acme-rb", &format!("#!/usr/bin/env ruby\nputs \"acme-rb version {said}\"\n"));
    repo.executable("rb/exe/acme-rb");
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_program_that_says_another_version_is_told_in_every_ecosystem() {
    if !(need("uv") & need("npm") & need("gem")) {
        return;
    }
    let summary = programs("0.2.0").castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(package_ids(&summary, "published").len(), 4);
    let ran = programs("0.1.9").castoff(&["rehearse", "--json"]).expect(3);
    assert_eq!(named(&ran.summary(), "failed").len(), 4, "{}", ran.stdout);
    for failed in ran.outcomes("failed") {
        let error = failed["error"].as_str().unwrap();
        assert!(error.contains("--version` of `") && error.contains("0.2.0 says 0.1.9"), "{error}");
    }
}

#[test]
fn whoever_says_how_a_package_is_tried_is_believed() {
    if !need("uv") {
        return;
    }
    let repo = programs("0.1.9");
    repo.write("castoff.toml", "[release]\nexclude = [\"crates/**\", \"js/**\", \"rb/**\"]\n\n[publish]\nsmoke = \"venv/bin/acme-says\"\n");
    repo.commit("chore: tried in another way");
    repo.castoff(&["rehearse"]).expect(0);
}
