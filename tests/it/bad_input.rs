//! Bad input: each gets an error that says where, why and what to do, with the right exit code, several problems
//! together, and nothing of it reaches a terminal raw.

use std::fs;
use std::process::Command;

use crate::support::{Ran, Repo, crate_files, python_workspace};

/// A repository with one Python package and one crate.
fn sound() -> Repo {
    let repo = python_workspace(&[("core", "0.1.0", &[])]);
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "tool", "1.0.0", &[], false);
    repo
}

/// The command fails with this code and says all of these texts, on standard error alone.
fn check(repo: &Repo, args: &[&str], code: i32, texts: &[&str]) -> Ran {
    let ran = repo.castoff(args).expect(code);
    for text in texts {
        assert!(ran.stderr.contains(text), "{args:?} does not say {text:?}:\n{}", ran.stderr);
    }
    assert_eq!(ran.stdout, "", "{args:?}");
    ran
}

#[test]
fn broken_manifests_are_told_together_with_their_lines() {
    let repo = sound();
    repo.write("crates/tool/Cargo.toml", "[package]\nname = \"tool\"\nversion = \n");
    repo.write(
        "packages/core/pyproject.toml",
        "[project]\nname = \"core\"\nversion = \"0.1.0\"\n[project]\n",
    );
    repo.write("packages/more/pyproject.toml", "[project]\nname = \"more\"\nversion = \"first\"\n");
    repo.commit("feat: begin");
    for command in ["discover", "graph", "detect", "versions", "plan", "bump", "publish", "rehearse"] {
        check(
            &repo,
            &[command],
            2,
            &[
                "--> crates/tool/Cargo.toml:3",
                "--> packages/core/pyproject.toml:4",
                "--> packages/more/pyproject.toml:3",
            ],
        );
    }
}

#[test]
fn a_broken_configuration_is_told_with_its_line() {
    let repo = sound();
    repo.commit("feat: begin");
    for (text, texts) in [
        ("[release\n", &["castoff.toml:1", "correct the TOML"][..]),
        (
            "\n[release]\nbase-tag = []\n",
            &["unknown key `base-tag` in `[release]`", "castoff.toml:3", "did you mean `base-tags`?"],
        ),
        (
            "[component.core]\npackage = []\n",
            &["unknown key `package`", "castoff.toml:2", "did you mean `packages`?"],
        ),
        (
            "[release]\nexclude = \"x\"\n",
            &["`exclude` in `[release]` is not a list of texts", "castoff.toml:2"],
        ),
        ("[release]\nmajor-on-zero = \"yes\"\n", &["is not `true` or `false`", "castoff.toml:2"]),
        ("[paths]\nffi = \"core/\"\n", &["`ffi` in `[paths]` is not a list of texts", "castoff.toml:2"]),
        ("component = 1\n", &["`component` is not a table", "castoff.toml:1"]),
        ("[component]\ncore = 1\n", &["`core` in `[component]` is not a table", "castoff.toml:2"]),
        ("[release]\ntag = \"v{name}{version}\"\n", &["`tag` in `[release]`", "{name}", "castoff.toml:2"]),
        ("[release]\ntag = \"v {version}\"\n", &["`tag` in `[release]`", "castoff.toml:2"]),
        (
            "[release]\nbump = \"path\"\npropagate = 1\n[publish]\njobs = -1\n",
            &["castoff.toml:2", "castoff.toml:3", "castoff.toml:5"],
        ),
    ] {
        repo.write("castoff.toml", text);
        check(&repo, &["plan"], 2, texts);
    }
    check(&repo, &["plan", "--config", "other.toml"], 2, &["there is no configuration `other.toml`"]);
}

#[test]
fn rules_that_match_nothing_are_told_together() {
    let repo = sound();
    repo.write(
        "castoff.toml",
        "[paths]\nffi = [\"packages/core/\", \"gone/\"]\n[component.core]\npackages = [\"core\"]\nchanged-by = [\"ffy\"]\n",
    );
    repo.commit("feat: begin");
    let texts = [
        "`gone/` in `ffi` of `[paths]` matches no tracked file",
        "castoff.toml:2",
        "did you mean the path set `ffi`?",
    ];
    check(&repo, &["detect"], 2, &texts);
    repo.write("castoff.toml", "[component.a]\npackages = [\"nothing\"]\n[component.b]\n");
    check(
        &repo,
        &["detect"],
        2,
        &["`nothing` of `[component.a]`", "castoff.toml:1", "`b` of `[component.b]`", "castoff.toml:3"],
    );
    repo.write("castoff.toml", "[release]\ntag = \"v{version}\"\n");
    check(&repo, &["plan"], 2, &["`core` and `tool` have the same tag, `v{version}`"]);
    repo.write("castoff.toml", "[component.core]\nversion-file = \"VERSION\"\n");
    check(
        &repo,
        &["plan"],
        2,
        &["`version-file` of `[component.core]` is `VERSION`, which git does not track", "castoff.toml:1"],
    );
}

#[test]
fn circles_are_named_by_their_path() {
    let repo = python_workspace(&[
        ("a", "0.1.0", &["b"]),
        ("b", "0.1.0", &["c"]),
        ("c", "0.1.0", &["a"]),
        ("d", "0.1.0", &[]),
    ]);
    repo.commit("feat: begin");
    for command in ["graph", "plan", "bump"] {
        check(
            &repo,
            &[command],
            2,
            &["`uv:a` -> `uv:b` -> `uv:c` -> `uv:a`", "--> packages/a/pyproject.toml"],
        );
    }
    repo.castoff(&["discover"]).expect(0);
}

#[test]
fn members_that_are_not_there_and_names_that_are_there_twice_are_told() {
    let repo = sound();
    repo.write("Cargo.toml", "[workspace]\nmembers = [\n  \"crates/*\",\n  \"crates/gone\",\n]\n");
    repo.commit("feat: begin");
    check(
        &repo,
        &["discover"],
        2,
        &["workspace member `crates/gone` has no `Cargo.toml`", "--> Cargo.toml:4"],
    );
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "again", "1.0.0", &[], false);
    let manifest = repo.read("crates/again/Cargo.toml").replace("\"again\"", "\"tool\"");
    repo.write("crates/again/Cargo.toml", &manifest);
    repo.commit("feat: again");
    check(
        &repo,
        &["discover"],
        2,
        &["two packages are named `cargo:tool`", "crates/tool/Cargo.toml", "crates/again/Cargo.toml"],
    );
}

#[test]
fn a_history_with_holes_is_refused() {
    let repo = sound();
    repo.commit("feat: begin");
    repo.commit("feat: more");
    let origin = format!("file://{}", repo.dir().display());
    for (kind, option) in [("shallow", "--depth=1"), ("partial", "--filter=blob:none")] {
        repo.git(&["config", "uploadpack.allowFilter", "true"]);
        let place = repo.dir().parent().unwrap().join(kind);
        let place = place.to_str().unwrap();
        repo.git(&["clone", "--quiet", option, &origin, place]);
        for command in ["detect", "versions", "plan", "bump"] {
            check(
                &repo,
                &["-C", place, command],
                2,
                &[&format!("cannot plan a release from a {kind} clone"), "help: run `git "],
            );
        }
        // What it says to run is enough.
        let text = repo.castoff(&["-C", place, "plan"]).stderr;
        let mend = text.split_once("run `").and_then(|(_, rest)| rest.split_once('`')).unwrap().0;
        let mended = Command::new("sh").args(["-c", mend]).current_dir(place).output().unwrap();
        assert!(mended.status.success(), "{mend}: {mended:?}");
        assert!(repo.castoff(&["-C", place, "plan"]).expect(0).stdout.contains(" to release"));
    }
}

#[test]
fn a_missing_object_is_no_missing_file() {
    let repo = sound();
    repo.commit("feat: begin");
    let blob = repo.git(&["rev-parse", "HEAD:crates/tool/Cargo.toml"]);
    fs::remove_file(repo.dir().join(format!(".git/objects/{}/{}", &blob[..2], blob[2..].trim()))).unwrap();
    check(&repo, &["discover"], 1, &[&format!("the object {} is missing", blob.trim())]);
}

#[test]
fn refs_and_places_that_are_not_there_are_told() {
    let repo = sound();
    check(&repo, &["plan"], 2, &["has no commit yet", "help:"]);
    repo.commit("feat: begin");
    for from in ["nothing", "--all", "v1..v2", "HEAD~9", ""] {
        check(&repo, &["detect", "--from", from], 2, &["is not a commit, branch or tag of this repository"]);
    }
    let outside = repo.dir().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    check(&repo, &["-C", outside.to_str().unwrap(), "plan"], 2, &["is not in a git repository", "`-C DIR`"]);
    check(&repo, &["-C", "nowhere", "plan"], 2, &["nowhere"]);
}

#[test]
fn wrong_usage_is_told() {
    let repo = sound();
    repo.commit("feat: begin");
    for args in [
        &["publsh"][..],
        &["plan", "--nonsense"],
        &["plan", "surplus"],
        &["detect", "--from"],
        &["--color", "blue", "plan"],
        &["plan", "--format", "yaml"],
        &["graph", "--format", "env"],
        &["discover", "--format="],
    ] {
        check(&repo, args, 2, &["error:", "help:"]);
    }
    assert!(repo.castoff(&["--help"]).expect(0).stdout.contains("discover"));
    assert!(repo.castoff(&["plan", "--help"]).expect(0).stdout.contains("castoff plan"));
}

#[test]
fn nothing_from_outside_reaches_a_terminal_raw() {
    let repo = sound();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\r";
    repo.write(&format!("packages/core/{}", evil.trim_end()), "x");
    repo.write("castoff.toml", "[paths]\n\"set\u{9b}\" = [\"packages/\"]\n");
    repo.commit(&format!("feat({evil}): {evil} more\n\nBREAKING CHANGE: {evil}"));
    repo.commit(&format!("fix: {evil} again"));
    repo.git(&["tag", "release-\u{9b}2J"]);
    repo.commit("docs: x");
    repo.write(&format!("packages/core/edited{}", evil.trim_end()), "x");
    repo.git(&["add", "--all"]);
    for args in [
        &["discover"][..],
        &["graph"],
        &["graph", "--format", "table"],
        &["graph", "--format", "dot"],
        &["detect"],
        &["detect", "--format", "env"],
        &["detect", "--from", evil],
        &["versions"],
        &["plan"],
        &["bump"],
        &["bump", &format!("core={evil}")],
        &["bump", evil],
        &[evil],
        &["plan", "--format", evil],
        &["--config", evil, "plan"],
    ] {
        let text = repo.castoff(args).text();
        let raw: Vec<char> = text.chars().filter(|c| is_harmful(*c)).collect();
        assert!(raw.is_empty(), "{args:?} printed {raw:?}: {text:?}");
    }
}

fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

#[test]
fn colour_is_used_when_it_is_asked_for_and_only_then() {
    let repo = sound();
    repo.commit("feat: begin");
    assert!(!repo.castoff(&["plan"]).expect(0).stdout.contains('\u{1b}'));
    assert!(repo.castoff(&["plan", "--color", "always"]).expect(0).stdout.contains("\u{1b}["));
    let env = repo.castoff(&["versions", "--format", "env", "--color=always"]).expect(0).stdout;
    assert!(!env.contains('\u{1b}'));
}

#[test]
fn a_registry_that_nothing_goes_to_is_a_slip() {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[])]);
    repo.write(
        "castoff.toml",
        "[registry.pypy]\nupload = \"http://127.0.0.1:1/\"\nindex = \"http://127.0.0.1:1/simple/\"\n",
    );
    repo.commit("feat: begin");
    let told = repo.castoff(&["plan"]).expect(2).stderr;
    assert!(told.contains("castoff.toml:1") && told.contains("did you mean `[registry.pypi]`?"), "{told}");
    repo.write(
        "castoff.toml",
        "[registry.pypi]\nupload = \"http://me:secret@127.0.0.1:1/\"\nindex = \"http://127.0.0.1:1/\"\n",
    );
    let told = repo.castoff(&["publish"]).expect(2).stderr;
    assert!(told.contains("holds a login") && !told.contains("secret"), "{told}");
}
