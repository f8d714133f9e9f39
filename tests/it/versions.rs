//! Pre-releases and components that follow each other, through commands and commits as a user gives them.

use crate::bump::is_settled;
use crate::support::{Repo, python_package, python_workspace};
use crate::tools::{PyPiServer, need};

/// What a project's manifest holds.
fn project_version(repo: &Repo, name: &str) -> String {
    let text = repo.read(&format!("packages/{name}/pyproject.toml"));
    text.lines().find_map(|line| line.strip_prefix("version = ")).unwrap().trim_matches('"').to_string()
}

fn projects() -> Repo {
    let repo =
        python_workspace(&[("core", "0.1.0", &[]), ("app", "1.0.0", &["core"]), ("lone", "3.0.0", &[])]);
    repo.commit("feat: begin");
    for tag in ["core-v0.1.0", "app-v1.0.0", "lone-v3.0.0"] {
        repo.git(&["tag", tag]);
    }
    repo
}

/// The next version of each component, in the order of the names.
fn next<const N: usize>(repo: &Repo, names: [&str; N]) -> [String; N] {
    let lines = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    names.map(|name| {
        let key = format!("NEXT_{name}_VERSION=");
        lines.lines().find_map(|line| line.strip_prefix(&key)).unwrap().to_string()
    })
}

#[test]
fn candidates_are_counted_and_promoted() {
    let repo = projects();
    let manifests = || ["core", "app", "lone"].map(|name| project_version(&repo, name));
    repo.write("packages/core/README.md", "x");
    repo.commit("feat: more");
    // The first candidate of what the changes ask for; what needs it follows.
    repo.castoff(&["bump", "core=pre"]).expect(0);
    repo.commit("chore: release");
    assert_eq!(manifests(), ["0.2.0rc1", "1.0.0", "3.0.0"]);
    assert_eq!(next(&repo, ["CORE", "APP", "LONE"]), ["0.2.0-rc.1", "1.0.1-rc.1", "unchanged"]);
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(manifests(), ["0.2.0rc1", "1.0.1rc1", "3.0.0"]);
    is_settled(&repo);
    for tag in ["core-v0.2.0-rc.1", "app-v1.0.1-rc.1"] {
        repo.git(&["tag", tag]);
    }
    assert_eq!(next(&repo, ["CORE", "APP"]), ["unchanged", "unchanged"]);
    // It did not pass: another one, with the next number.
    repo.write("packages/core/README.md", "y");
    repo.commit("fix: mend");
    assert_eq!(next(&repo, ["CORE", "APP"]), ["0.2.0-rc.2", "1.0.1-rc.2"]);
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(manifests(), ["0.2.0rc2", "1.0.1rc2", "3.0.0"]);
    is_settled(&repo);
    // It passed: the final versions are a commit of their own.
    let before = repo.bytes();
    let preview = repo.castoff(&["promote", "--dry-run"]).expect(0).stderr;
    assert!(preview.contains("0.2.0rc2 -> 0.2.0") && repo.bytes() == before, "{preview}");
    repo.castoff(&["promote"]).expect(0);
    assert_eq!(manifests(), ["0.2.0", "1.0.1", "3.0.0"]);
    repo.commit("chore: release");
    assert_eq!(next(&repo, ["CORE", "APP"]), ["0.2.0", "1.0.1"]);
    let again = repo.castoff(&["promote"]).expect(0).stderr;
    assert!(again.contains("nothing to write: no manifest holds a release candidate"), "{again}");
    let lone = repo.castoff(&["promote", "lone"]).expect(2).stderr;
    assert!(lone.contains("`lone` is at 3.0.0, which is no pre-release"), "{lone}");
}

#[test]
fn levels_of_pre_releases() {
    for (words, core) in [
        (&["core=pre"][..], "0.1.1rc1"),
        (&["core=0.2.0-beta.1"], "0.2.0b1"),
        (&["core=0.2.0-beta.1", "core=pre"], "0.2.0b2"),
        (&["core=0.2.0a1", "core=0.2.0-beta.1", "core=final"], "0.2.0"),
        (&["core=pre", "core=minor"], "0.2.0"),
        (&["core=pre", "core=pre", "core=patch"], "0.1.1"),
    ] {
        let repo = projects();
        for word in words {
            repo.castoff(&["bump", word]).expect(0);
            repo.commit("chore: release");
        }
        assert_eq!(project_version(&repo, "core"), core, "{words:?}");
    }
}

#[test]
fn a_version_that_cannot_be_is_refused() {
    let repo = projects();
    for (word, why) in [
        ("core=final", "`core` is at 0.1.0, which is no pre-release"),
        ("core=0.0.9", "cannot bump `core` from 0.1.0 to 0.0.9"),
        ("core=0.1.0-rc.1", "cannot bump `core` from 0.1.0 to 0.1.0-rc.1"),
        ("core=0.2.0-nightly.1", "`uv:core` cannot be released as 0.2.0-nightly.1"),
        ("core=rc", "one of `patch`, `minor`, `major`, `pre`, `final`"),
        ("core=1!2.0", "an epoch (`1!`) is not supported"),
    ] {
        let ran = repo.castoff(&["bump", word]).expect(2);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    let branch = repo.git(&["branch", "--show-current"]);
    repo.git(&["checkout", "-qb", "other"]);
    repo.write("packages/core/README.md", "x");
    repo.commit("feat: elsewhere");
    repo.git(&["tag", "core-v0.2.0"]);
    repo.git(&["checkout", "-q", branch.trim()]);
    let taken = repo.castoff(&["bump", "core=0.2.0"]).expect(2).stderr;
    assert!(taken.contains("is tagged already: `core-v0.2.0`"), "{taken}");
    let less = repo.castoff(&["bump", "core=0.2.0-rc.1"]).expect(2).stderr;
    assert!(less.contains("is less than 0.2.0: `core-v0.2.0`"), "{less}");
}

#[test]
fn a_first_release_may_begin_with_a_candidate() {
    let repo = python_workspace(&[("core", "0.1.0", &[])]);
    repo.commit("feat: begin");
    repo.castoff(&["bump", "core=pre"]).expect(0);
    assert_eq!(project_version(&repo, "core"), "0.1.0rc1");
    repo.commit("chore: release");
    is_settled(&repo);
    assert_eq!(next(&repo, ["CORE"]), ["0.1.0-rc.1"]);
    repo.git(&["tag", "v0.1.0-rc1"]);
    assert_eq!(next(&repo, ["CORE"]), ["unchanged"]);
    repo.castoff(&["promote", "core"]).expect(0);
    assert_eq!(project_version(&repo, "core"), "0.1.0");
    repo.commit("chore: release");
    assert_eq!(next(&repo, ["CORE"]), ["0.1.0"]);
    is_settled(&repo);
}

/// A core in two halves with its version in a file, and three bindings that follow it.
fn followers() -> Repo {
    let repo = Repo::new();
    repo.write(
        "castoff.toml",
        "[release]\nbump = 'paths'\n[paths]\nffi = ['packages/shared/']\n\
         [component.core]\npackages = ['shared', 'server']\nversion-file = 'VERSION'\n\
         [component.rb]\nfollows = 'core'\nfollow-on = ['ffi']\nscheme = 'core-patch'\n\
         [component.py]\nfollows = 'core'\nfollow-on = ['ffi']\nscheme = 'at-least'\n\
         [component.js]\nfollows = 'core'\nfollow-on = ['ffi']\nscheme = 'same'\n",
    );
    repo.write("VERSION", "0.1.8\n");
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    for (name, version) in
        [("shared", "0.1.8"), ("server", "0.1.8"), ("rb", "0.1.8.2"), ("py", "0.3.0"), ("js", "0.1.8")]
    {
        python_package(&repo, name, version, &[]);
    }
    repo.commit("feat: begin");
    for tag in ["core-v0.1.8", "rb-v0.1.8.2", "py-v0.3.0", "js-v0.1.8"] {
        repo.git(&["tag", tag]);
    }
    repo
}

fn versions_of_followers(repo: &Repo) -> [String; 4] {
    ["server", "rb", "py", "js"].map(|name| project_version(repo, name))
}

#[test]
fn followers_are_bumped_with_what_they_follow_and_stay_so() {
    let repo = followers();
    repo.write("packages/rb/README.md", "x");
    repo.commit("fix: binding");
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(versions_of_followers(&repo), ["0.1.8", "0.1.8.3", "0.3.0", "0.1.8"]);
    is_settled(&repo);
    repo.git(&["tag", "rb-v0.1.8.3"]);
    assert_eq!(next(&repo, ["CORE", "RB", "PY", "JS"]), ["unchanged"; 4]);
    // The other half: the bump writes into both, and that is no change of the one that bindings are built on.
    repo.write("packages/server/README.md", "x");
    repo.commit("fix: the other half");
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(versions_of_followers(&repo), ["0.1.9", "0.1.8.3", "0.3.0", "0.1.8"]);
    assert_eq!(project_version(&repo, "shared"), "0.1.9");
    is_settled(&repo);
    let env = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    assert!(env.contains("FFI_CHANGED=false\n"), "{env}");
    repo.git(&["tag", "core-v0.1.9"]);
    assert_eq!(next(&repo, ["CORE", "RB", "PY", "JS"]), ["unchanged"; 4]);
    repo.write("packages/server/README.md", "y");
    repo.commit("fix: the other half again");
    assert_eq!(next(&repo, ["CORE", "RB", "PY", "JS"]), ["0.1.10", "unchanged", "unchanged", "unchanged"]);
    repo.write("packages/shared/src/x", "x");
    repo.commit("fix: both");
    let env = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    for line in ["FFI_CHANGED=true", "CORE_CHANGED=true", "RB_CHANGED=false", "NEXT_RB_VERSION=0.1.10.0"] {
        assert!(env.lines().any(|other| other == line), "{line}\n{env}");
    }
    for command in ["detect", "plan"] {
        let json = repo.castoff(&[command, "--json"]).expect(0).json();
        let rb = &json["components"][1];
        assert_eq!((rb["changed"].as_bool(), rb["causes"][0].as_str()), (Some(false), Some("core")));
    }
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(versions_of_followers(&repo), ["0.1.10", "0.1.10.0", "0.3.1", "0.1.10"]);
    assert_eq!(repo.read("VERSION"), "0.1.10\n");
    is_settled(&repo);
    for tag in ["core-v0.1.10", "rb-v0.1.10.0", "py-v0.3.1", "js-v0.1.10"] {
        repo.git(&["tag", tag]);
    }
    assert_eq!(next(&repo, ["CORE", "RB", "PY", "JS"]), ["unchanged"; 4]);
}

#[test]
fn followers_are_bumped_by_their_schemes() {
    for (words, expected) in [
        (&["--all"][..], ["0.1.9", "0.1.9.0", "0.3.1", "0.1.9"]),
        (&["rb"], ["0.1.8", "0.1.8.3", "0.3.0", "0.1.8"]),
        (&["rb=patch", "py=minor"], ["0.1.8", "0.1.8.3", "0.4.0", "0.1.8"]),
        (&["rb=0.1.8.7"], ["0.1.8", "0.1.8.7", "0.3.0", "0.1.8"]),
    ] {
        let repo = followers();
        repo.castoff(&[&["bump"], words].concat()).expect(0);
        assert_eq!(versions_of_followers(&repo), expected, "{words:?}");
    }
    let repo = followers();
    for word in ["rb=minor", "rb=pre", "js=patch", "js"] {
        let refused = repo.castoff(&["bump", word]).expect(2).stderr;
        assert!(refused.contains("which it follows"), "{refused}");
    }
    // What a version says about the other one has to be true.
    for (word, needed) in [("rb=0.2.0.0", "0.1.8.N"), ("js=0.2.0", "0.1.8")] {
        let refused = repo.castoff(&["bump", word]).expect(2).stderr;
        assert!(refused.contains(&format!("is at 0.1.8, so it has to be {needed}")), "{refused}");
    }
    repo.castoff(&["bump", "core=0.5.0", "rb=0.5.0.0", "js=0.5.0", "py=0.5.0"]).expect(0);
    repo.commit("chore: release");
    is_settled(&repo);
    let below = followers().castoff(&["bump", "core=0.5.0", "py=0.4.0"]).expect(2).stderr;
    assert!(below.contains("so it has to be at least 0.5.0"), "{below}");
}

#[test]
fn a_plan_asks_the_registries_whether_versions_are_free() {
    if !need("pypiserver") {
        return;
    }
    let server = PyPiServer::start();
    let repo = projects();
    let (upload, index) = (server.upload_url(), server.index_url());
    repo.write("castoff.toml", &format!("[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\n"));
    repo.write("packages/lone/README.md", "x");
    repo.commit("fix: more");
    let plan = |code: i32| repo.castoff(&["plan", "--online"]).expect(code);
    server.put("lone-3.0.0.tar.gz", b"");
    server.put("lone-3.1.0rc1.tar.gz", b"");
    server.put("lone-4.0.0.tar.gz", b"");
    plan(0);
    // Somebody published it, and no tag says from where.
    server.put("lone-3.0.1.tar.gz", b"");
    let used = plan(1).stderr;
    assert!(used.contains("`uv:lone` 3.0.1 is on `pypi` already"), "{used}");
    repo.castoff(&["plan"]).expect(0);
    // It is this release where the manifest holds it.
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let plan = repo.castoff(&["plan", "--online"]).expect(0).stdout;
    assert!(plan.contains("`uv:lone` 3.0.1 is on `pypi` already, and it has no tag"), "{plan}");
    server.put("lone-3.2.0.tar.gz", b"");
    repo.castoff(&["bump", "lone=3.1.1"]).expect(0);
    repo.commit("chore: release");
    let past = repo.castoff(&["plan", "--online"]).expect(1).stderr;
    assert!(past.contains("`uv:lone` 3.1.1 is less than 3.2.0, which is on `pypi`"), "{past}");
    drop(server);
    let silent = repo.castoff(&["plan", "--online"]).expect(1).stderr;
    assert!(silent.contains("cannot ask `pypi` for `lone`"), "{silent}");
}

#[test]
fn tag_and_manifest_agree_or_nothing_is_published() {
    if !need("pypiserver") || !need("uv") {
        return;
    }
    let server = PyPiServer::start();
    let repo = python_workspace(&[("core", "0.2.0rc1", &[])]);
    let (upload, index) = (server.upload_url(), server.index_url());
    repo.write("castoff.toml", &format!("[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\n"));
    repo.commit("feat: begin");
    repo.git(&["tag", "v0.2.0-rc2"]);
    let stopped = repo.castoff(&["publish"]).expect(1).stderr;
    assert!(stopped.contains("the tag `v0.2.0-rc2` on HEAD says another version"), "{stopped}");
    assert_eq!(server.uploads(), [] as [u16; 0]);
    repo.git(&["tag", "-d", "v0.2.0-rc2"]);
    repo.git(&["tag", "v0.2.0-rc1"]);
    repo.castoff(&["publish"]).expect(0);
    assert!(server.files().iter().any(|(name, _)| name == "core-0.2.0rc1.tar.gz"));
    // The tag that is there is the one of this version, however it is spelled.
    repo.castoff(&["tag"]).expect(0);
    assert_eq!(repo.git(&["tag"]), "v0.2.0-rc1\n");
}
