//! Rehearsals of a repository of four ecosystems whose registries fail, with the real clients: everything goes out all
//! the same, once, with the bytes of a calm day.

use crate::gems::gemspec;
use crate::rehearse::{package_ids, rehearsed};
use crate::support::{Repo, crate_files, python_package};
use crate::tools::need;

/// In each ecosystem one package that needs another one.
pub(crate) fn four_ecosystems() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    let low = "castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1.0\" }";
    crate_files(&repo, "castoff-it-high", "0.1.0", &[low], false);
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    python_package(&repo, "acme-low", "0.1.0", &[]);
    python_package(&repo, "acme-high", "0.1.0", &["acme-low"]);
    repo.write("package.json", "{ \"private\": true, \"workspaces\": [\"js/*\"] }\n");
    repo.write(
        "js/low/package.json",
        "{ \"name\": \"@acme/low\", \"version\": \"0.1.0\", \"main\": \"index.js\" }\n",
    );
    repo.write("js/low/index.js", "module.exports = 7;\n");
    let needs = "\"main\": \"index.js\", \"dependencies\": { \"@acme/low\": \"^0.1.0\" }";
    repo.write(
        "js/high/package.json",
        &format!("{{ \"name\": \"@acme/high\", \"version\": \"0.1.0\", {needs} }}\n"),
    );
    repo.write("js/high/index.js", "if (require('@acme/low') !== 7) throw new Error('not 7');\n");
    repo.write("gems/low/low-gem.gemspec", &gemspec("low-gem", "\"0.1.0\"", ""));
    repo.write("gems/low/lib/low/gem.rb", "");
    let needs = "  spec.add_dependency \"low-gem\", \"~> 0.1\"\n";
    repo.write("gems/high/high-gem.gemspec", &gemspec("high-gem", "\"0.1.0\"", needs));
    repo.write("gems/high/lib/high/gem.rb", "require \"low/gem\"\n");
    repo.write("castoff.toml", "[publish]\nretry-base-delay = \"50ms\"\n");
    repo.write(".gitignore", "/target\n");
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_rehearsal_survives_the_faults_of_its_seed() {
    if !(need("uv") & need("npm") & need("gem")) {
        return;
    }
    let repo = four_ecosystems();
    let calm = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    let mut met = 0;
    for seed in ["1", "2", "3"] {
        let ran = repo.castoff(&["rehearse", "--json", "--chaos", seed]).expect(0);
        let summary = ran.summary();
        assert_eq!(package_ids(&summary, "published").len(), 8, "{seed}: {summary}");
        assert_eq!(rehearsed(&summary), rehearsed(&calm), "{seed}");
        let lines = ran.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let chaos = lines.into_iter().find(|line| line["event"] == "chaos").unwrap();
        let faults = chaos["faults"].as_array().unwrap();
        assert_eq!((chaos["seed"].to_string(), faults.len()), (seed.to_string(), 16));
        met += faults.iter().filter(|fault| fault["times"] == 1).count();
    }
    assert!(met > 3 * 12, "only {met} faults were met");
}
