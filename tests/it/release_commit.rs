//! The commit that a bump makes: it changes versions, and that alone is no reason for another release.

use crate::support::{Repo, python_workspace};

/// A core that is released, and tests of it that pin it and are not released with it.
fn repo(config: &str) -> Repo {
    let repo = python_workspace(&[("core", "1.0.0", &[]), ("rig", "1.0.0", &[])]);
    let rig = repo.read("packages/rig/pyproject.toml");
    repo.write(
        "packages/rig/pyproject.toml",
        &format!("{rig}\n[dependency-groups]\ndev = [\"core==1.0.0\"]\n[tool.uv.sources]\ncore = {{ workspace = true }}\n")
            .replacen("[tool.uv.sources]\n\n", "", 1),
    );
    repo.write("castoff.toml", config);
    repo.commit("feat: begin");
    for tag in ["core-v1.0.0", "rig-v1.0.0"] {
        repo.git(&["tag", tag]);
    }
    repo.write("packages/core/src/core/more.py", "\n");
    repo.commit("fix: more");
    repo
}

const AFTER: &str = "\
CHANGES_BASE_REF=rig-v1.0.0
RIGS_CHANGED=false
CORE_CHANGED=false
RIG_CHANGED=false
CORE_BASE_REF=core-v1.0.1
CURRENT_CORE_VERSION=1.0.1
NEXT_CORE_VERSION=unchanged
CURRENT_RIG_VERSION=1.0.0
NEXT_RIG_VERSION=unchanged
";

#[test]
fn what_a_bump_writes_is_no_change() {
    for mode in ["paths", "conventional"] {
        let repo = repo(&format!("[release]\nbump = '{mode}'\n[paths]\nrigs = ['packages/rig/']\n"));
        let planned = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
        repo.castoff(&["bump"]).expect(0);
        assert!(repo.read("packages/rig/pyproject.toml").contains("core==1.0.1"));
        repo.commit("1.0.1, a title that tells nothing");
        // Before the tag it is the same release, and there is nothing more to write.
        assert_eq!(repo.castoff(&["versions", "--format", "env"]).expect(0).stdout, planned);
        let again = repo.castoff(&["bump"]).expect(0);
        assert!(again.text().contains("every file has its version already"), "{}", again.text());
        repo.git(&["tag", "core-v1.0.1"]);
        let after = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
        assert_eq!(after, AFTER, "{mode}");
        let commits = repo.castoff(&["plan", "--json"]).expect(0).json()["commits"].clone();
        let why =
            if mode == "paths" { "only versions that a release writes" } else { "not a conventional commit" };
        assert_eq!((&commits[0]["counted"], &commits[0]["reason"]), (&false.into(), &why.into()));
        // What else changes in the same file is a change.
        let rig = repo.read("packages/rig/pyproject.toml");
        repo.write("packages/rig/pyproject.toml", &rig.replace("a test", "another text"));
        repo.commit("fix: words");
        let text = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
        assert!(text.contains("RIG_CHANGED=true\n") && text.contains("NEXT_RIG_VERSION=1.0.1"), "{text}");
        assert!(text.contains("RIGS_CHANGED=true\n"), "{text}");
    }
}

#[test]
fn a_range_that_leads_to_a_package_only_by_its_version_is_judged_by_the_version_of_its_time() {
    let repo = Repo::with(&[
        ("package.json", "{\"private\": true, \"workspaces\": [\"packages/*\"]}\n"),
        ("packages/core/package.json", "{\"name\": \"core\", \"version\": \"1.0.0\"}\n"),
        (
            "packages/app/package.json",
            "{\"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": {\"core\": \"~1.0.0\"}}\n",
        ),
        (
            "packages/old/package.json",
            "{\n\"name\": \"old\",\n\"version\": \"1.0.0\",\n\"dependencies\": {\"core\": \"1.0.0\"}\n}\n",
        ),
        (
            "castoff.toml",
            "[release]\nbump = \"paths\"\n[paths]\napps = [\"packages/app/\", \"packages/old/\"]\n",
        ),
    ]);
    repo.git(&["tag", "core-v1.0.0"]);
    repo.git(&["tag", "app-v1.0.0"]);
    repo.git(&["tag", "old-v1.0.0"]);
    repo.castoff(&["bump", "core=2.0.0", "app=1.0.1", "--offline"]).expect(0);
    assert!(repo.read("packages/app/package.json").contains("\"~2.0.0\""));
    // What nobody changed is no change, though it leads to the package at one of the times only.
    let old = |version: &str| {
        format!(
            "{{\n\"name\": \"old\",\n\"version\": \"{version}\",\n\"dependencies\": {{\"core\": \"1.0.0\"}}\n}}\n"
        )
    };
    repo.write("packages/old/package.json", &old("1.0.1"));
    repo.commit("chore: release");
    let detect = repo.castoff(&["detect", "--format", "env"]).expect(0).stdout;
    assert!(
        detect.ends_with("APPS_CHANGED=false\nAPP_CHANGED=false\nCORE_CHANGED=false\nOLD_CHANGED=false\n"),
        "{detect}"
    );
}
