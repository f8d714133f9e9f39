//! castoff as part of another program: the programs of `examples/` are what an `xtask/src/main.rs` may be, and are run here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::support::{Ran, Repo, crate_files, ran};

mod shelf;

use shelf::Shelf;

/// An example's program. `cargo test` has built it, unless only these tests were asked for.
pub(crate) fn example(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let dir = BUILT.get_or_init(|| {
        let bin = Path::new(env!("CARGO_BIN_EXE_castoff"));
        let profile = bin.parent().unwrap();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--offline", "--examples", "--no-default-features", "--features"]);
        let on = [
            ("tls", cfg!(feature = "tls")),
            ("tui", cfg!(feature = "tui")),
            ("rehearsal", cfg!(feature = "rehearsal")),
        ];
        let on: Vec<&str> = on.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        build.arg(on.join(",")).arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
        assert!(built.success(), "the examples do not build");
        profile.join("examples")
    });
    dir.join(name)
}

fn run(repo: &Repo, name: &str, args: &[&str]) -> Ran {
    let mut command = Command::new(example(name));
    let castoff = repo.command(args);
    command.args(args).current_dir(repo.dir()).stdin(Stdio::null());
    for (variable, value) in castoff.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    ran(command.output().unwrap())
}

/// A crate with a fix since 0.1.0, in a repository whose xtask is the example with steps.
fn with_steps() -> Repo {
    let repo = Repo::new();
    crate_files(&repo, "core", "0.1.0", &[], false);
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    repo.write("docs/versions.md", "");
    repo.write("crates/core/CHANGELOG.md", "# Changelog\n");
    repo.write("scripts/before-bump", "#!/bin/sh\ngit status --porcelain >> ../log\necho bump >> ../log\n");
    repo.write("scripts/before-push", "#!/bin/sh\necho push >> ../log\n");
    repo.executable("scripts/before-bump");
    repo.executable("scripts/before-push");
    repo.commit("feat: begin");
    repo.git(&["tag", "v0.1.0"]);
    repo.write("crates/core/src/lib.rs", "//! Mended.\n");
    repo.commit("fix: mend it");
    repo
}

fn log(repo: &Repo) -> String {
    std::fs::read_to_string(repo.beside("log")).unwrap_or_default()
}

#[test]
fn steps_stand_at_their_stages_and_what_they_write_is_released() {
    let repo = with_steps();
    let before = repo.bytes();
    let dry = run(&repo, "own_steps", &["release", "--dry-run"]).expect(0);
    assert!(repo.bytes() == before && log(&repo).is_empty(), "{}", dry.text());
    let ran = run(&repo, "own_steps", &["release"]).expect(0);
    assert!(ran.stderr.contains("without CI: `cargo xtask publish`"), "{}", ran.stderr);
    assert_eq!(log(&repo), "bump\n", "the files were not written before it");
    let table = "| component | version |\n| --- | --- |\n| core | 0.1.1 |\n";
    assert_eq!(repo.git(&["show", "HEAD:docs/versions.md"]), table);
    let changelog = repo.git(&["show", "HEAD:crates/core/CHANGELOG.md"]);
    assert!(changelog.contains("## 0.1.1 (") && changelog.ends_with(")\n\n- mend it\n"), "{changelog}");
    assert_eq!(repo.git(&["notes", "--ref", "reviewed", "show", "HEAD"]), "by the xtask\n");
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_step_that_fails_ends_the_release_and_leaves_nothing() {
    let repo = with_steps();
    repo.write("scripts/before-bump", "#!/bin/sh\necho no more disk >&2\nexit 1\n");
    repo.commit("chore: break it");
    let before = repo.bytes();
    let ran = run(&repo, "own_steps", &["release"]).expect(1);
    assert!(ran.stderr.contains("cannot run `scripts/before-bump`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no more disk") && repo.bytes() == before);
    // The one behind the bump, when files are written: the directory that it writes into is a file.
    repo.write("scripts/before-bump", "#!/bin/sh\nrm -r docs && echo > docs\n");
    repo.commit("chore: break it elsewhere");
    let head = repo.git(&["rev-parse", "HEAD"]);
    run(&repo, "own_steps", &["release"]).expect(1);
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), head);
    assert!(repo.read("crates/core/Cargo.toml").contains("version = \"0.1.0\""));
}

#[test]
fn gates_stop_a_release_and_a_publish_before_anything_is_done_and_all_are_told() {
    let repo = with_steps();
    repo.write("docs/notes.md", "before the release: think\n");
    repo.write("FROZEN", "core\n");
    repo.commit("docs: note");
    let before = repo.bytes();
    for (args, code) in [(&["release"][..], 1), (&["release", "--dry-run"], 1), (&["publish"], 1)] {
        let ran = run(&repo, "own_steps", args).expect(code);
        for part in ["something is left to do before the release", "HEAD:docs/notes.md", "a frozen component"]
        {
            assert!(ran.stderr.contains(part), "{args:?}: {part}\n{}", ran.stderr);
        }
    }
    let preflight = run(&repo, "own_steps", &["preflight", "--json"]).expect(1).json();
    let gates = preflight["checks"].as_array().unwrap();
    let verdict = |id: &str| gates.iter().find(|gate| gate["id"] == id).unwrap()["result"].clone();
    assert_eq!((verdict("nothing-left-to-do"), verdict("freeze")), ("fail".into(), "fail".into()));
    assert!(repo.bytes() == before && log(&repo).is_empty());
    repo.git(&["rm", "--quiet", "docs/notes.md", "FROZEN"]);
    repo.commit("docs: done");
    run(&repo, "own_steps", &["release", "--dry-run"]).expect(0);
}

#[test]
fn the_program_names_itself_as_it_is_started() {
    let repo = with_steps();
    let help = run(&repo, "own_steps", &["help", "plan"]).expect(0).stdout;
    assert!(
        help.contains("Usage: cargo xtask plan") && help.contains("\n  cargo xtask plan --json"),
        "{help}"
    );
    let slip = run(&repo, "own_steps", &["plna"]).expect(2).stderr;
    assert!(slip.contains("`cargo xtask help` shows all commands") && !slip.contains("`castoff"), "{slip}");
}

#[test]
fn an_ecosystem_and_a_registry_of_ones_own_are_released_as_all_others() {
    let shelf = Shelf::start();
    let repo = Repo::new();
    repo.write("bread/recipe.toml", "name = \"bread\"\nversion = \"1.0.0\"\nneeds = [\"dough\"]\n");
    repo.write("bread/recipe.txt", "Bake the dough.\n");
    repo.write("dough/recipe.toml", "# Of flour.\nname = \"dough\"\nversion = \"1.0.0\"\n");
    repo.write("dough/recipe.txt", "Mix.\n");
    let at = shelf.address();
    repo.write("castoff.toml", &format!("[registry.shelf]\nupload = \"{at}\"\nindex = \"{at}\"\n"));
    repo.commit("feat: begin");
    repo.git(&["tag", "bread-v0.9.0"]);
    repo.git(&["tag", "dough-v0.9.0"]);
    repo.write("dough/recipe.txt", "Mix well.\n");
    repo.commit("fix(dough): mix well");
    let xtask = |args: &[&str]| run(&repo, "own_ecosystem", args);
    let found = xtask(&["discover", "--json"]).expect(0).json();
    assert_eq!(found["packages"][0]["id"], "recipe:bread");
    let refused = xtask(&["rehearse"]);
    assert!(refused.stderr.contains("cannot rehearse the release of `recipe:"), "{}", refused.stderr);
    xtask(&["bump", "dough=1.1.0", "bread=1.0.1"]).expect(0);
    assert_eq!(repo.read("dough/recipe.toml"), "# Of flour.\nname = \"dough\"\nversion = \"1.1.0\"\n");
    repo.commit("chore: release");
    let ran = xtask(&["publish", "--json"]).expect(0);
    assert_eq!(ran.outcomes("published").len(), 2, "{}", ran.text());
    assert_eq!(
        shelf.taken(),
        ["dough/dough-1.1.0.txt", "bread/bread-1.0.1.txt"],
        "what is needed comes first"
    );
    assert_eq!(log(&repo), "before\nafter\n");
    let again = xtask(&["publish", "--json"]).expect(0);
    assert_eq!((again.outcomes("already_there").len(), shelf.taken().len()), (2, 2), "{}", again.text());
    // The binary does not know it.
    let refused = repo.castoff(&["discover"]).expect(2);
    assert!(refused.stderr.contains("no package goes to the registry `shelf`"), "{}", refused.stderr);
}

/// A cargo workspace with a fix since its last release, cloned as a colleague would.
fn fresh_clone() -> (Repo, Repo) {
    let origin = Repo::new();
    crate_files(&origin, "core", "0.1.0", &[], false);
    origin.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\n    \"crates/core\", # all of it\n]\n",
    );
    origin.write(".gitignore", "/target\n");
    origin.write(".cargo/config.toml", "# Ours.\n[alias]\nt = \"test\"\n");
    origin.commit("feat: begin");
    origin.git(&["tag", "v0.1.0"]);
    origin.write("crates/core/src/lib.rs", "//! Mended.\n");
    origin.commit("fix: mend it");
    let clone = Repo::new();
    clone.git(&["pull", "--quiet", "--tags", &origin.dir().display().to_string(), "main"]);
    (origin, clone)
}

#[test]
fn init_writes_an_xtask_that_cargo_runs() {
    let (_origin, repo) = fresh_clone();
    let here = env!("CARGO_MANIFEST_DIR");
    let before = repo.bytes();
    let dry = repo.castoff(&["init", "--xtask", "--castoff-path", here, "--dry-run"]).expect(0);
    assert!(repo.bytes() == before, "--dry-run writes nothing");
    for line in
        ["would write `xtask/Cargo.toml` (--dry-run):", "    +     \"xtask\",", "    +     castoff::xtask()"]
    {
        assert!(dry.stderr.contains(line), "{line}\n{}", dry.stderr);
    }
    repo.castoff(&["init", "--xtask", "--castoff-path", here]).expect(0);
    let root = repo.read("Cargo.toml");
    assert!(
        root.contains(
            "    \"crates/core\", # all of it\n    \"xtask\",\n]\n\n[profile.dev.package.castoff]\n"
        ),
        "{root}"
    );
    let alias = "# Ours.\n[alias]\nxtask = \"run --package xtask --\"\nt = \"test\"\n";
    let patch = format!("\n[patch.crates-io]\ncastoff = {{ path = \"{here}\" }}\n");
    assert_eq!(repo.read(".cargo/config.toml"), format!("{alias}{patch}"));
    repo.castoff(&["generate", "xtask", "--check"]).expect(0);
    let again = repo.castoff(&["init", "--xtask", "--castoff-path", here]).expect(0);
    assert!(again.stderr.contains("`castoff.toml` is there already and stays"), "{}", again.stderr);
    // The versions that castoff is tested with, so that nothing has to be asked for.
    std::fs::copy(Path::new(here).join("Cargo.lock"), repo.dir().join("Cargo.lock")).unwrap();
    let packages = cargo(&repo, &["metadata", "--format-version", "1"]).expect(0).json()["packages"].clone();
    let xtask = packages.as_array().unwrap().iter().find(|package| package["name"] == "xtask").unwrap();
    assert_eq!(xtask["publish"], serde_json::json!([]), "it is never published");
    repo.commit("build: release with castoff");
    let ran = cargo(&repo, &["xtask", "release", "--dry-run"]).expect(0);
    assert!(ran.text().contains("0.1.1") && ran.stderr.contains("would commit"), "{}", ran.text());
    let plan = cargo(&repo, &["xtask", "plan", "--json"]).expect(0).json();
    let components = plan["components"].as_array().unwrap();
    assert_eq!(components.iter().map(|it| it["name"].as_str().unwrap()).collect::<Vec<_>>(), ["core"]);
    // What is taken away is missed.
    repo.write(".cargo/config.toml", "");
    let stale = repo.castoff(&["generate", "xtask", "--check"]).expect(1);
    assert!(stale.stderr.starts_with(".cargo/config.toml is stale\n"), "{}", stale.stderr);
    repo.castoff(&["generate", "xtask"]).expect(0);
    assert!(repo.read(".cargo/config.toml").contains("xtask = "));
}

/// cargo as it would be run there, with what is compiled already for these tests.
fn cargo(repo: &Repo, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO"));
    let target = Path::new(env!("CARGO_BIN_EXE_castoff")).parent().unwrap().parent().unwrap();
    command.args(args).current_dir(repo.dir()).stdin(Stdio::null());
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target);
    command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only").env("CASTOFF_CACHE_DIR", repo.cache());
    ran(command.output().unwrap())
}
