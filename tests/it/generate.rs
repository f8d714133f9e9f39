//! `castoff generate docs`: what is written says how this repository releases, and `--check` tells when it no longer does.

use crate::support::{Repo, python_workspace};

fn repo() -> Repo {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-app", "0.2.0", &["acme-core"])]);
    repo.write(
        "castoff.toml",
        "[release]\nbranch = \"trunk\"\n[paths]\nshared = [\"packages/\"]\n\
         [component.acme-core]\nbump = \"paths\"\nchanged-by = [\"shared\"]\ntag = \"core/{version}\"\n",
    );
    repo.commit("feat: begin");
    repo
}

#[test]
fn documents_name_the_scheme_in_force() {
    let repo = repo();
    repo.castoff(&["generate", "docs"]).expect(0);
    let (releasing, versioning) = (repo.read("RELEASING.md"), repo.read("VERSIONING.md"));
    assert!(releasing.contains("1. `uv:acme-core`\n2. `uv:acme-app`\n"), "{releasing}");
    assert!(releasing.contains("from `trunk`") && releasing.contains("UV_PUBLISH_TOKEN"), "{releasing}");
    assert!(
        versioning.contains("| `acme-core` | any change | its manifests | `core/{version}` |"),
        "{versioning}"
    );
    assert!(versioning.contains("`acme-core` is changed by `shared` instead."), "{versioning}");
    assert!(!format!("{releasing}{versioning}").contains("0.2.0"), "a version makes it stale");
}

#[test]
fn documents_say_how_components_follow_and_where_packages_go() {
    let repo = repo();
    let more = "[component.acme-app]\nfollows = \"acme-core\"\nscheme = \"core-patch\"\nfollow-on = [\"shared\"]\n\
                [registry.pypi]\nindex = \"https://pypi.corp.invalid/simple/\"\nupload = \"https://pypi.corp.invalid/\"\n\
                ca-file = \"corp.pem\"\n[publish]\nbarrier = false\non-duplicate = \"fail\"\n\
                [[section]]\ntype = \"docs\"\nbump = \"patch\"\n";
    repo.write("castoff.toml", &(repo.read("castoff.toml") + more));
    repo.castoff(&["generate", "docs"]).expect(0);
    let (releasing, versioning) = (repo.read("RELEASING.md"), repo.read("VERSIONING.md"));
    for text in [
        "`acme-app` is compatible with `acme-core`, and released with it when `shared` changed",
        "the three numbers of `acme-core` and a patch of its own",
        "stand in changelogs: `docs`.",
    ] {
        assert!(versioning.contains(text), "{text}: {versioning}");
    }
    for text in [
        "`pypi` is `https://pypi.corp.invalid/simple/`, trusted by `corp.pem`.",
        "Each package is uploaded as soon as it has been built.",
        "stops the run before anything is built",
        "castoff yank core/1.2.3",
        "## Who does what",
        "## When it breaks",
    ] {
        assert!(releasing.contains(text), "{text}: {releasing}");
    }
}

/// What documents tell people to type is what castoff understands.
#[test]
fn commands_in_documents_are_ones_that_there_are() {
    let repo = repo();
    repo.castoff(&["generate", "docs"]).expect(0);
    let text = repo.read("RELEASING.md") + &repo.read("VERSIONING.md");
    let help = repo.castoff(&["help"]).expect(0).stdout;
    let typed: Vec<&str> = text.split("castoff ").skip(1).collect();
    assert!(typed.len() > 20);
    for rest in typed {
        let word = rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap();
        let is_command = help.lines().any(|line| line.trim_start().starts_with(&format!("{word} ")));
        assert!(is_command || ["makes", "decides"].contains(&word), "castoff {word}: {rest:.60}");
    }
}

#[test]
fn stale_documents_are_found_and_written_again() {
    let repo = repo();
    repo.castoff(&["generate", "docs", "--check"]).expect(1);
    repo.castoff(&["generate", "docs", "--dry-run"]).expect(0);
    assert!(!repo.dir().join("RELEASING.md").exists());
    repo.castoff(&["generate", "docs"]).expect(0);
    repo.castoff(&["generate", "docs", "--check"]).expect(0);
    let again = repo.castoff(&["generate", "docs"]).expect(0);
    assert!(again.stderr.contains("nothing to write"), "{}", again.stderr);
    let config = repo.read("castoff.toml").replace("core/{version}", "core-{version}");
    repo.write("castoff.toml", &config);
    let stale = repo.castoff(&["generate", "docs", "--check"]).expect(1);
    assert!(stale.stderr.contains("VERSIONING.md is stale"), "{}", stale.stderr);
    repo.castoff(&["generate", "docs"]).expect(0);
    repo.castoff(&["generate", "docs", "--check"]).expect(0);
}

#[test]
fn what_people_wrote_stays() {
    let repo = repo();
    repo.write("RELEASING.md", "Ask Ann.\n");
    let refused = repo.castoff(&["generate", "docs"]).expect(2);
    assert!(refused.stderr.contains("`RELEASING.md` was not written by castoff"), "{}", refused.stderr);
    assert_eq!(repo.read("RELEASING.md"), "Ask Ann.\n");
    assert!(!repo.dir().join("VERSIONING.md").exists());
    repo.castoff(&["generate", "docs", "--force"]).expect(0);
    repo.castoff(&["generate", "docs", "--check"]).expect(0);
    repo.castoff(&["generate", "poems"]).expect(2);
}
