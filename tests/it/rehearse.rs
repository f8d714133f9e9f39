//! Rehearsals with the real clients: what they build is what a release would be, and nobody but this machine learns
//! of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use castoff::digest::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::running::Running;
use crate::support::{Ran, Repo, crate_files, git, python_manifest, python_package, python_workspace, ran};
use crate::tools::need;

// --- crates ---

/// A workspace that has most of what cargo knows, none of it on any registry, and a crate of others (itoa) in its lock.
fn crates() -> Repo {
    let repo = Repo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n\n[workspace.package]\nversion = \"0.2.0\"\nedition = \"2021\"\n\n\
         [workspace.dependencies]\ncastoff-it-macros = { path = \"crates/castoff-it-macros\", version = \"0.2.0\" }\n",
    );
    let package = |name: &str, rest: &str, file: &str, source: &str| {
        let manifest = format!(
            "[package]\nname = \"{name}\"\ndescription = \"a test\"\nlicense = \"MIT\"\nedition = \"2021\"\n{rest}"
        );
        repo.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        repo.write(&format!("crates/{name}/{file}"), source);
    };
    package(
        "castoff-it-macros",
        "version.workspace = true\n\n[lib]\nproc-macro = true\n",
        "src/lib.rs",
        "use proc_macro::TokenStream;\n#[proc_macro]\npub fn answer(_: TokenStream) -> TokenStream { \"42\".parse().unwrap() }\n",
    );
    package(
        "castoff-it-core",
        "version.workspace = true\n\n[dependencies]\ncastoff-it-macros.workspace = true\nitoa = \"1\"\n",
        "src/lib.rs",
        "pub fn answer() -> String { itoa::Buffer::new().format(castoff_it_macros::answer!()).to_string() }\n",
    );
    package(
        "castoff-it-codegen",
        "version = \"0.1.0\"\npublish = [\"crates-io\"]\n",
        "src/lib.rs",
        "pub fn source() -> &'static str { \"pub const MADE: u8 = 1;\" }\n",
    );
    package(
        "castoff-it-cli",
        "version = \"0.5.0\"\n\n[dependencies]\nheart = { package = \"castoff-it-core\", path = \"../castoff-it-core\", version = \"0.2.0\" }\n\n\
         [build-dependencies]\ncastoff-it-codegen = { path = \"../castoff-it-codegen\", version = \"0.1.0\" }\n",
        "src/main.rs",
        "fn main() { println!(\"{}\", heart::answer()) }\n",
    );
    repo.write("crates/castoff-it-cli/build.rs", "fn main() { castoff_it_codegen::source(); }\n");
    package("castoff-it-tests", "version = \"0.0.0\"\npublish = false\n", "src/lib.rs", "//! Private.\n");
    repo.write(".gitignore", "/target\n");
    cargo(&repo, &repo.dir(), &["generate-lockfile"]);
    repo.commit("feat: begin");
    repo
}

const CRATES: [&str; 4] = ["castoff-it-cli", "castoff-it-codegen", "castoff-it-core", "castoff-it-macros"];

/// With a home of its own: cargo unpacks packaged crates there, under the path of each clone.
fn cargo(repo: &Repo, dir: &Path, args: &[&str]) {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(dir);
    command.env("CARGO_TARGET_DIR", dir.join("target")).env("CARGO_HOME", repo.beside("cargo-home"));
    let ran = ran(command.output().unwrap());
    assert_eq!(ran.code, 0, "cargo {args:?}: {}", ran.stderr);
}

/// The crates that `cargo package` makes of a commit, in a clone of its own.
fn packaged(repo: &Repo, clone: &str, edit: impl Fn(&Path)) -> BTreeMap<String, PathBuf> {
    let dir = repo.beside(clone);
    let cloned = git(&repo.dir()).args(["clone", "--quiet", "."]).arg(&dir).status().unwrap();
    assert!(cloned.success());
    edit(&dir);
    let names = CRATES.iter().flat_map(|name| ["-p", name]);
    // cargo wants it named as soon as one crate has `publish = ["crates-io"]` and another has not.
    let args = ["package", "--registry", "crates-io"];
    cargo(repo, &dir, &args.into_iter().chain(names).collect::<Vec<_>>());
    crate_files_in(&dir.join("target/package"))
}

fn crate_files_in(dir: &Path) -> BTreeMap<String, PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let crates = paths.filter(|path| path.extension().is_some_and(|end| end == "crate"));
    crates.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)).collect()
}

fn sha256(path: &Path) -> String {
    hex(&Sha256::digest(fs::read(path).unwrap()))
}

/// Digests of what a rehearsal published, by file name.
pub(crate) fn rehearsed(summary: &Value) -> BTreeMap<String, String> {
    let packages = summary["packages"].as_array().unwrap().iter();
    let published = packages.filter(|package| package["outcome"] == "published");
    let files = published.flat_map(|package| package["files"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_string();
    files.map(|file| (text(&file["name"]), text(&file["sha256"]))).collect()
}

/// The files in a crate, below its `NAME-VERSION/`, with their text.
fn entries(path: &Path) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new("tar").arg("xzf").arg(path).arg("-C").arg(dir.path()).status().unwrap();
    assert!(done.success());
    let mut found = BTreeMap::new();
    let mut pending: Vec<PathBuf> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let top = pending[0].clone();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(&top).unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            // A lock holds the digests of the other crates, which hold the commit: told apart by their own entries.
            let lines = text.lines().filter(|line| name != "Cargo.lock" || !line.starts_with("checksum"));
            found.insert(name.clone(), lines.collect::<Vec<_>>().join("\n"));
        }
    }
    found
}

fn differing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

#[test]
fn rehearsed_crates_are_those_of_cargo_package() {
    let repo = crates();
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    let expected: BTreeMap<String, String> =
        packaged(&repo, "clone", |_| {}).iter().map(|(name, path)| (name.clone(), sha256(path))).collect();
    assert_eq!(expected.len(), CRATES.len());
    assert_eq!(rehearsed(&summary), expected);
}

#[test]
fn a_pending_bump_changes_versions_and_nothing_else_in_rehearsed_crates() {
    let repo = crates();
    repo.git(&["tag", "castoff-it-cli-v0.5.0"]);
    repo.git(&["tag", "castoff-it-codegen-v0.1.0"]);
    repo.git(&["tag", "heart-v0.2.0"]);
    repo.write("crates/castoff-it-macros/src/more.rs", "//! More.\n");
    repo.write("crates/castoff-it-codegen/src/more.rs", "//! More.\n");
    repo.write("crates/castoff-it-cli/src/more.rs", "//! More.\n");
    // The crates that clients download from the rehearsal, kept by those who try them.
    let kept = repo.beside("kept");
    fs::create_dir(&kept).unwrap();
    let keep = format!("cp $CARGO_HOME/registry/cache/*/{{name}}-{{version}}.crate {}", kept.display());
    let heart = "[component.heart]\npackages = [\"castoff-it-core\", \"castoff-it-macros\"]\n";
    repo.write("castoff.toml", &format!("{heart}\n[publish]\nsmoke = \"{keep}\"\n"));
    repo.commit("feat: more");
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    let crates = crate_files_in(&kept);
    let digests: BTreeMap<_, _> = crates.iter().map(|(name, path)| (name.clone(), sha256(path))).collect();
    assert_eq!(digests, rehearsed(&summary));

    let before = packaged(&repo, "before", |_| {});
    let bumped = packaged(&repo, "bumped", |dir| {
        let bump = repo.command(&["bump"]).current_dir(dir).output().unwrap();
        assert!(bump.status.success());
        let commit = ["commit", "--quiet", "--all", "--message", "chore: release"];
        assert!(git(dir).args(commit).status().unwrap().success());
    });
    assert_eq!(crates.keys().collect::<Vec<_>>(), bumped.keys().collect::<Vec<_>>());
    assert_eq!(before.len(), crates.len());
    for ((name, crated), (old, bumped)) in crates.iter().zip(before.keys().zip(bumped.values())) {
        assert_ne!(name, old, "the version is the next one");
        let (crated, bumped, before) = (entries(crated), entries(bumped), entries(&before[old]));
        assert_eq!(differing(&crated, &bumped), [".cargo_vcs_info.json"], "{name}: only the commit differs");
        let versions = ["Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];
        assert!(differing(&crated, &before).iter().all(|name| versions.contains(&name.as_str())), "{name}");
        assert_eq!(crated[".cargo_vcs_info.json"], before[".cargo_vcs_info.json"], "{name}: not dirty");
    }
}

// --- Python, and both together ---

/// Refs, status and files of a repository: all that a rehearsal must not change.
pub(crate) fn state(repo: &Repo) -> (String, String, BTreeMap<PathBuf, Vec<u8>>) {
    let bytes = repo.bytes();
    (repo.git(&["for-each-ref"]), repo.git(&["status", "--porcelain", "--ignored"]), bytes)
}

pub(crate) fn package_ids(summary: &Value, outcome: &str) -> Vec<String> {
    let packages = summary["packages"].as_array().unwrap().iter();
    packages
        .filter(|one| one["outcome"] == outcome)
        .map(|one| format!("{} {}", one["package"].as_str().unwrap(), one["version"].as_str().unwrap()))
        .collect()
}

/// Packages that reached this step.
pub(crate) fn with_event(ran: &Ran, name: &str) -> BTreeSet<String> {
    let events = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let events = events.filter(|event| event["event"] == name);
    events.filter_map(|event| Some(event["package"].as_str()?.to_string())).collect()
}

/// A uv workspace with releases behind it and work since in `acme-mid`; `acme-base` is as it was released.
pub(crate) fn released_python() -> Repo {
    let repo = python_workspace(&[
        ("acme-base", "1.0.0", &[]),
        ("acme-mid", "0.1.0", &["acme-base"]),
        ("acme-top", "0.3.0", &["acme-mid"]),
        ("acme-other", "2.0.0", &[]),
    ]);
    let manifest = python_manifest("acme-mid", "0.1.0", &["acme-base"]);
    let manifest = manifest.replace("[\"acme-base\"]", "[\"acme-base\", \"six>=1.16\"]");
    repo.write("packages/acme-mid/pyproject.toml", &manifest);
    repo.commit("feat: begin");
    for tag in ["acme-base-v1.0.0", "acme-mid-v0.1.0", "acme-top-v0.3.0", "acme-other-v2.0.0"] {
        repo.git(&["tag", tag]);
    }
    repo.write("packages/acme-mid/src/acme_mid/more.py", "import six\n");
    repo.commit("feat: more");
    repo
}

#[test]
fn unreleased_python_is_built_published_and_installed_and_nothing_knows() {
    if !need("uv") {
        return;
    }
    let repo = released_python();
    let before = state(&repo);
    let ran = repo.castoff(&["rehearse", "--json"]).expect(0);
    let summary = ran.summary();
    assert_eq!(package_ids(&summary, "published"), ["uv:acme-mid 0.2.0", "uv:acme-top 0.3.1"]);
    // What they need stands in for what PyPI has; what nobody needs is not built at all.
    assert_eq!(package_ids(&summary, "stand_in"), ["uv:acme-base 1.0.0"]);
    let all = BTreeSet::from(["uv:acme-base", "uv:acme-mid", "uv:acme-top"].map(str::to_string));
    for step in ["built", "uploaded", "verified", "tried"] {
        assert_eq!(with_event(&ran, step), all, "{step}");
    }
    assert!(
        state(&repo) == before,
        "{} {}",
        repo.git(&["for-each-ref"]),
        repo.git(&["status", "--porcelain"])
    );
    let text = repo.castoff(&["rehearse"]).expect(0).stderr;
    assert!(text.contains("unchanged, built here because others need it\n  uv:acme-base"), "{text}");
}

#[test]
fn both_ecosystems_are_rehearsed_in_one_run() {
    if !need("uv") {
        return;
    }
    let repo = released_python();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &["itoa = \"1\""], false);
    let needs = ["castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1.0\" }"];
    crate_files(&repo, "castoff-it-high", "0.1.0", &needs, true);
    repo.commit("feat: crates");
    let before = state(&repo);
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    let mut published = package_ids(&summary, "published");
    published.sort();
    assert_eq!(
        published,
        [
            "cargo:castoff-it-high 0.1.0",
            "cargo:castoff-it-low 0.1.0",
            "uv:acme-mid 0.2.0",
            "uv:acme-top 0.3.1"
        ]
    );
    assert!(state(&repo) == before);
}

// --- builds that fail ---

/// Three crates in a row and one that stands alone; the middle one does not compile.
fn broken(config: &str) -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    let needs = |name: &str| [format!("{name} = {{ path = \"../{name}\", version = \"0.1.0\" }}")];
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    crate_files(
        &repo,
        "castoff-it-mid",
        "0.1.0",
        &needs("castoff-it-low").each_ref().map(String::as_str),
        false,
    );
    crate_files(
        &repo,
        "castoff-it-high",
        "0.1.0",
        &needs("castoff-it-mid").each_ref().map(String::as_str),
        false,
    );
    crate_files(&repo, "castoff-it-alone", "0.1.0", &[], false);
    repo.write("crates/castoff-it-mid/src/lib.rs", "this is not Rust\n");
    repo.write("castoff.toml", config);
    repo.commit("feat: begin");
    repo
}

pub(crate) fn named(summary: &Value, key: &str) -> BTreeSet<String> {
    let packages = summary[key].as_array().unwrap().iter();
    packages.map(|one| one.as_str().unwrap().to_string()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("cargo:castoff-it-{name}")).collect()
}

#[test]
fn a_build_that_fails_stops_all_and_names_the_crate_at_fault() {
    let repo = broken("");
    let ran = repo.castoff(&["rehearse", "--json"]).expect(1);
    let summary = ran.summary();
    assert_eq!(named(&summary, "published"), set(&[]));
    assert_eq!(with_event(&ran, "uploading"), set(&[]));
    assert_eq!(named(&summary, "blocked"), set(&["alone", "low", "high"]));
    let error = |name: &str| {
        let failed = summary["packages"].as_array().unwrap().iter();
        let mut of = failed.filter(|one| one["package"] == format!("cargo:castoff-it-{name}"));
        of.next().map_or(String::new(), |one| one["error"].as_str().unwrap_or_default().to_string())
    };
    assert_eq!(named(&summary, "failed"), set(&["mid"]));
    assert!(error("mid").contains("this is not Rust"), "{summary:#}");
    let text = repo.castoff(&["rehearse"]).expect(1).stderr;
    assert!(text.contains("cannot build `cargo:castoff-it-mid`"), "{text}");
}

#[test]
fn without_a_barrier_the_others_go_on() {
    let repo = broken("[publish]\nbarrier = false\n");
    let summary = repo.castoff(&["rehearse", "--json"]).expect(3).summary();
    assert_eq!(named(&summary, "published"), set(&["alone", "low"]));
    assert_eq!(named(&summary, "failed"), set(&["mid"]));
    assert_eq!(named(&summary, "blocked"), set(&["high"]));
}

// --- places ---

/// Rehearses in a directory and gives the files that were published.
fn rehearse_in(repo: &Repo, dir: &Path, variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut command = repo.command(&["rehearse"]);
    command.current_dir(dir).envs(variables.iter().copied());
    rehearsed(&Running::start(command).end().expect(0).summary())
}

#[test]
fn a_rehearsal_is_the_same_wherever_it_is_started() {
    if !need("uv") {
        return;
    }
    let repo = released_python();
    let expected = rehearse_in(&repo, &repo.dir(), &[]);
    assert_eq!(expected.len(), 4);
    let before = state(&repo);
    assert_eq!(
        rehearse_in(&repo, &repo.dir().join("packages/acme-mid/src"), &[]),
        expected,
        "a subdirectory"
    );

    // As git sets it for a hook; a hook of another repository, even.
    let other = Repo::with(&[("README.md", "another\n")]);
    let of = |repo: &Repo, name: &str| repo.dir().join(name).display().to_string();
    for repo_of_hook in [&repo, &other] {
        let (dir, index) = (of(repo_of_hook, ".git"), of(repo_of_hook, ".git/index"));
        let variables = [("GIT_DIR", dir.as_str()), ("GIT_INDEX_FILE", &index), ("GIT_PREFIX", "packages/")];
        assert_eq!(rehearse_in(&repo, &repo.dir(), &variables), expected, "in a hook");
    }
    assert!(state(&repo) == before);
}

#[test]
fn a_linked_worktree_can_be_rehearsed() {
    if !need("uv") {
        return;
    }
    let repo = released_python();
    let expected = rehearse_in(&repo, &repo.dir(), &[]);
    let tree = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", "--detach", tree.to_str().unwrap()]);
    repo.write("packages/acme-top/src/acme_top/later.py", "X = 1\n");
    repo.commit("feat: later, on main only");
    let before = state(&repo);
    assert_eq!(rehearse_in(&repo, &tree, &[]), expected);
    assert!(state(&repo) == before);
}

#[test]
fn a_path_may_have_spaces_and_other_letters() {
    if !need("uv") {
        return;
    }
    let repo = crates_and_python();
    let expected = rehearse_in(&repo, &repo.dir(), &[]);
    let dir = repo.beside("über alles/it's a \"place\"");
    let cloned = git(&repo.dir()).args(["clone", "--quiet", "."]).arg(&dir).status().unwrap();
    assert!(cloned.success());
    let cache = repo.beside("naïve cache");
    assert_eq!(rehearse_in(&repo, &dir, &[("CASTOFF_CACHE_DIR", cache.to_str().unwrap())]), expected);
}

fn crates_and_python() -> Repo {
    let repo = python_workspace(&[("acme-base", "1.0.0", &[])]);
    python_package(&repo, "acme-mid", "0.1.0", &["acme-base"]);
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    let needs = ["castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1.0\" }"];
    crate_files(&repo, "castoff-it-high", "0.1.0", &needs, true);
    repo.commit("feat: begin");
    repo
}

#[test]
fn nothing_to_release_is_said_and_fine() {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    repo.commit("feat: begin");
    repo.git(&["tag", "v0.1.0"]);
    let ran = repo.castoff(&["rehearse"]).expect(0);
    assert!(ran.stderr.contains("nothing to rehearse"), "{}", ran.stderr);
    assert_eq!(repo.castoff(&["rehearse", "--json"]).expect(0).summary()["published"], json!([]));
}

#[test]
fn uncommitted_edits_are_not_rehearsed_and_that_is_said() {
    let repo = broken("");
    repo.write("crates/castoff-it-mid/src/lib.rs", "//! Mended, but not committed.\n");
    let ran = repo.castoff(&["rehearse"]).expect(1);
    assert!(ran.stderr.contains("uncommitted edits are not in"), "{}", ran.stderr);
}
