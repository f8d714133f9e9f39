//! The scripts that castoff generates for machines without it: what they print, refuse and survive, in cases that people can
//! read. `tests/parity` holds them against castoff on repositories drawn at random.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use expect_test::{Expect, expect};

use crate::support::{Ran, Repo, crate_files, git, python_package, python_workspace, ran};

mod alike;
mod shared;

/// Runs a script of the repository from another directory.
pub(crate) fn script(repo: &Repo, name: &str, args: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    command.arg(repo.dir().join("scripts/release").join(name)).args(args).current_dir("/");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    ran(command.output().unwrap())
}

fn generate(repo: &Repo) {
    repo.castoff(&["generate", "scripts"]).expect(0);
}

/// The scripts print what is expected, and castoff prints the same.
fn check(repo: &Repo, expected: Expect) {
    let versions = script(repo, "calculate-versions.sh", &[]);
    assert_eq!((versions.code, versions.stderr.as_str()), (0, ""), "{}", versions.stderr);
    expected.assert_eq(&versions.stdout);
    same(repo, &[]);
}

/// Scripts and castoff give the same bytes and exit codes.
fn same(repo: &Repo, args: &[&str]) -> Ran {
    let twins = [("detect-changes.sh", "detect"), ("calculate-versions.sh", "versions")];
    let mut last = None;
    for (name, command) in twins {
        let ours = script(repo, name, args);
        let theirs = repo.castoff(&[&[command, "--format", "env"], args].concat());
        assert_eq!((&ours.stdout, ours.code), (&theirs.stdout, theirs.code), "{name}: {}", ours.stderr);
        last = Some(ours);
    }
    last.unwrap()
}

/// A core of two crates with a VERSION file, and a Python package that follows it.
fn bindings() -> Repo {
    let repo = python_workspace(&[("worker", "0.1.8", &[])]);
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "shared", "0.1.8", &[], false);
    crate_files(&repo, "server", "0.1.8", &["shared = { path = \"../shared\", version = \"0.1.8\" }"], false);
    repo.write("VERSION", "0.1.8\n");
    repo.write(
        "castoff.toml",
        "[release]\nbump = \"paths\"\n[paths]\nffi-core = [\"crates/shared/\"]\nserver-core = [\"crates/server/\"]\n\
         [component.core]\npackages = [\"cargo:s*\"]\nchanged-by = [\"ffi-core\", \"server-core\"]\nversion-file = \"VERSION\"\n\
         [component.python]\npackages = [\"uv:worker\"]\nfollows = \"core\"\nfollow-on = [\"ffi-core\"]\nscheme = \"core-patch\"\n",
    );
    repo.commit("feat: begin");
    repo
}

#[test]
fn what_changed_is_said_for_path_sets_and_components() {
    let repo = bindings();
    for tag in ["release-20261114-0900", "core-v0.1.8", "python-v0.1.8.0"] {
        repo.git(&["tag", tag]);
    }
    generate(&repo);
    repo.write("crates/server/src/lib.rs", "//! More.\n");
    repo.commit("feat: more");
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=release-20261114-0900
            FFI_CORE_CHANGED=false
            SERVER_CORE_CHANGED=true
            CORE_CHANGED=true
            PYTHON_CHANGED=false
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=0.1.9
            CURRENT_PYTHON_VERSION=0.1.8.0
            NEXT_PYTHON_VERSION=unchanged
        "#]],
    );
    repo.write("crates/shared/src/lib.rs", "//! More.\n");
    repo.commit("feat: more");
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=release-20261114-0900
            FFI_CORE_CHANGED=true
            SERVER_CORE_CHANGED=true
            CORE_CHANGED=true
            PYTHON_CHANGED=false
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=0.1.9
            CURRENT_PYTHON_VERSION=0.1.8.0
            NEXT_PYTHON_VERSION=0.1.9.0
        "#]],
    );
}

#[test]
fn a_binding_without_a_tag_starts_at_zero() {
    let repo = bindings();
    repo.git(&["tag", "core-v0.1.8"]);
    generate(&repo);
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=core-v0.1.8
            FFI_CORE_CHANGED=false
            SERVER_CORE_CHANGED=false
            CORE_CHANGED=false
            PYTHON_CHANGED=true
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=unchanged
            CURRENT_PYTHON_VERSION=0.1.8
            NEXT_PYTHON_VERSION=0.1.8.0
        "#]],
    );
}

#[test]
fn the_tenth_patch_of_a_binding_comes_after_the_ninth() {
    let repo = bindings();
    for tag in ["core-v0.1.8", "python-v0.1.8.9", "python-v0.1.8.10"] {
        repo.git(&["tag", tag]);
    }
    generate(&repo);
    repo.write("packages/worker/src/worker/more.py", "\n");
    repo.commit("fix: binding only");
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=core-v0.1.8
            FFI_CORE_CHANGED=false
            SERVER_CORE_CHANGED=false
            CORE_CHANGED=false
            PYTHON_CHANGED=true
            CURRENT_CORE_VERSION=0.1.8
            NEXT_CORE_VERSION=unchanged
            CURRENT_PYTHON_VERSION=0.1.8.10
            NEXT_PYTHON_VERSION=0.1.8.11
        "#]],
    );
}

#[test]
fn without_tags_everything_is_released_for_the_first_time_and_a_bump_changes_no_answer() {
    let repo = bindings();
    generate(&repo);
    let root = repo.git(&["rev-list", "--max-parents=0", "HEAD"]).trim().to_string();
    let before = same(&repo, &[]);
    assert!(before.stdout.starts_with(&format!("CHANGES_BASE_REF={root}\n")), "{}", before.stdout);
    assert!(before.stdout.ends_with(
        "CURRENT_CORE_VERSION=0.1.8\nNEXT_CORE_VERSION=0.1.9\nCURRENT_PYTHON_VERSION=0.1.8\nNEXT_PYTHON_VERSION=0.1.9.0\n"
    ));
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    let next = |ran: &Ran| -> Vec<String> {
        ran.stdout.lines().filter(|line| line.starts_with("NEXT_")).map(str::to_string).collect()
    };
    let after = same(&repo, &[]);
    assert_eq!(next(&after), next(&before));
    assert_eq!(same(&repo, &[]).stdout, after.stdout, "a second run says the same");
}

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

#[test]
fn messages_decide_with_reverts_overrides_notes_and_footers() {
    let repo = python_workspace(&[
        ("a", "1.0.0", &[]),
        ("b", "1.0.0", &["a"]),
        ("c", "1.0.0", &[]),
        ("d", "1.0.0", &[]),
    ]);
    repo.commit("feat: begin");
    repo.tag_all("1.0.0");
    let change = |name: &str, message: &str| {
        let path = format!("packages/{name}/src/{name}/more.py");
        let text = std::fs::read_to_string(repo.dir().join(&path)).unwrap_or_default();
        repo.write(&path, &(text + "#\n"));
        repo.commit(message)
    };
    let lost = change("a", "feat(a)!: drop everything");
    change("a", &format!("Revert \"feat(a)!: drop everything\"\n\nThis reverts commit {lost}.\n"));
    change("a", "update things\r\n\r\nBREAKING CHANGE: nobody reads this\n");
    let noted = change("a", "oops");
    repo.git(&["notes", "--ref=castoff", "add", "-m", "feat(a): a way to do it", &noted]);
    let corrected = change("c", "chore: nothing");
    change("d", "docs: say it\n\nRelease-As: 3.0.0-rc.1");
    repo.write(
        "castoff.toml",
        &format!("[override.\"{}\"]\nmessage = \"fix: a\\tleak\"\n", &corrected[..12]),
    );
    generate(&repo);
    check(
        &repo,
        expect![[r#"
            CHANGES_BASE_REF=a-v1.0.0
            A_CHANGED=true
            B_CHANGED=false
            C_CHANGED=true
            D_CHANGED=true
            CURRENT_A_VERSION=1.0.0
            NEXT_A_VERSION=1.1.0
            CURRENT_B_VERSION=1.0.0
            NEXT_B_VERSION=1.0.1
            CURRENT_C_VERSION=1.0.0
            NEXT_C_VERSION=1.0.1
            CURRENT_D_VERSION=1.0.0
            NEXT_D_VERSION=3.0.0-rc.1
        "#]],
    );
}

#[test]
fn any_ref_can_be_the_base_and_one_that_is_none_is_an_error() {
    let repo = bindings();
    repo.git(&["tag", "core-v0.1.8"]);
    let first = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
    repo.git(&["branch", "side"]);
    repo.write("crates/server/more", "");
    repo.commit("fix: more");
    generate(&repo);
    for name in ["core-v0.1.8", "side", &first, &first[..9], "HEAD~1"] {
        let found = same(&repo, &["--from", name]);
        assert!(found.stdout.contains("\nCORE_CHANGED=true\n"), "{name}: {}", found.stdout);
        assert_eq!(script(&repo, "calculate-versions.sh", &[&format!("--from={name}")]).stdout, found.stdout);
    }
    for name in ["nowhere", "--all", "", "HEAD:VERSION"] {
        let refused = script(&repo, "detect-changes.sh", &["--from", name]);
        if name.is_empty() {
            continue;
        }
        let message = format!("error: `{name}` is not a commit, branch or tag of this repository\n");
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
        assert!(refused.stderr.starts_with(&message), "{}", refused.stderr);
    }
    for args in [&["--form", "x"][..], &["--from"], &["more"]] {
        let refused = script(&repo, "detect-changes.sh", args);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{args:?}");
        assert!(refused.stderr.contains("  help: "), "{}", refused.stderr);
    }
}

#[test]
fn a_history_with_holes_is_an_error() {
    let repo = bindings();
    repo.write("crates/server/more", "");
    generate(&repo);
    repo.commit("fix: more");
    let shallow = repo.beside("shallow");
    let clone = git(&repo.dir())
        .args(["clone", "--quiet", "--depth", "1", &format!("file://{}", repo.dir().display())])
        .arg(&shallow)
        .output()
        .unwrap();
    assert!(clone.status.success());
    let refused =
        ran(Command::new("sh").arg(shallow.join("scripts/release/detect-changes.sh")).output().unwrap());
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("shallow clone") && refused.stderr.contains("--unshallow"),
        "{}",
        refused.stderr
    );
}

#[test]
fn tags_in_another_form_are_an_error_and_not_a_first_release() {
    let repo = bindings();
    repo.git(&["tag", "python@0.1.8"]);
    generate(&repo);
    let refused = same(&repo, &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("`python@0.1.8`") && refused.stderr.contains("python@{version}"),
        "{}",
        refused.stderr
    );
}

#[test]
fn names_of_files_are_read_to_the_byte() {
    let repo = python_workspace(&[("a", "1.0.0", &[])]);
    repo.write("castoff.toml", "[paths]\nodd = [\"odd\\ndir/\", \"tab\\there\", \"-x\", \"back\\\\slash\", \"ä/*\"]\n[component.a]\n");
    for path in ["odd\ndir/x", "tab\there", "-x", "back\\slash", "ä/\"quoted\" name"] {
        repo.write(path, "");
    }
    repo.commit("feat: begin");
    repo.git(&["tag", "v1.0.0"]);
    generate(&repo);
    for path in ["odd\ndir/x", "tab\there", "-x", "back\\slash", "ä/\"quoted\" name"] {
        let start = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
        repo.write(path, "more");
        repo.commit("fix: more");
        let found = same(&repo, &["--from", &start]);
        assert!(found.stdout.contains("\nODD_CHANGED=true\n"), "{path:?}: {}", found.stdout);
    }
}

#[test]
fn scripts_say_when_they_are_stale() {
    let repo = bindings();
    generate(&repo);
    repo.castoff(&["generate", "scripts", "--check"]).expect(0);
    let mode =
        std::fs::metadata(repo.dir().join("scripts/release/detect-changes.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111);
    // A release writes versions, and the rules hold none.
    repo.castoff(&["bump"]).expect(0);
    repo.commit("chore: release");
    repo.castoff(&["generate", "scripts", "--check"]).expect(0);
    repo.write(
        "castoff.toml",
        &repo.read("castoff.toml").replace("[release]\n", "[release]\nbranch = \"trunk\"\n"),
    );
    let stale = repo.castoff(&["generate", "scripts", "--check"]).expect(1);
    assert!(stale.stderr.contains("scripts/release/lib/rules.sh is stale"), "{}", stale.stderr);
    let refused = script(&repo, "detect-changes.sh", &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("castoff.toml is not the one")
            && refused.stderr.contains("castoff generate scripts")
    );
    generate(&repo);
    same(&repo, &[]);
    python_package(&repo, "more", "0.1.0", &[]);
    repo.commit("feat: a package more");
    let refused = script(&repo, "calculate-versions.sh", &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("know nothing of `packages/more/pyproject.toml`"), "{}", refused.stderr);
}

#[test]
fn what_a_script_cannot_do_is_refused_when_it_is_written() {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "a", "1.0.0", &[], false);
    crate_files(&repo, "b", "1.0.0", &["a = { path = \"../a\" }"], false);
    repo.write("castoff.toml", "[paths]\n\"a\\u001b\" = [\"crates/\"]\nA = [\"crates/\"]\n");
    repo.commit("feat: begin");
    let refused = repo.castoff(&["generate", "scripts"]).expect(2);
    assert!(!repo.dir().join("scripts").exists());
    for part in [
        "a script cannot add `dependencies.a.version` to `crates/b/Cargo.toml`\n  --> crates/b/Cargo.toml:9",
        "`A` and `a` are both `A_CHANGED` in machine output",
        "a script cannot hold `a\\u{1b}`\n  cause: `a\\u{1b}` of `[paths]` of castoff.toml has a control character in it",
    ] {
        assert!(refused.stderr.contains(part), "{part}\n{}", refused.stderr);
    }
}

#[test]
fn five_thousand_paths_and_thousands_of_commits_are_no_burden() {
    let repo = bindings();
    repo.git(&["tag", "core-v0.1.8"]);
    for place in 0..5000 {
        repo.write(&format!("crates/server/data/{}/{place}", place % 50), "");
    }
    repo.commit("feat: data");
    let mut stream = String::new();
    for place in 0..2000 {
        stream += &format!(
            "commit refs/heads/main\ncommitter t <t@example.invalid> {} +0000\ndata 5\nfix:x\n{}M 100644 inline crates/shared/n\n\
             data {}\n{place}\n",
            1_700_000_000 + place,
            if place == 0 { "from refs/heads/main^0\n" } else { "" },
            place.to_string().len(),
        );
    }
    let mut import = git(&repo.dir())
        .args(["fast-import", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut import.stdin.take().unwrap(), stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    repo.git(&["reset", "--hard", "--quiet"]);
    generate(&repo);
    let found = same(&repo, &[]);
    assert!(found.stdout.contains("\nFFI_CORE_CHANGED=true\nSERVER_CORE_CHANGED=true\n"), "{}", found.stdout);
}
