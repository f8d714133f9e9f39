//! What a bump writes, and that nothing else changes: judged by the bytes, and by cargo and uv themselves.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use expect_test::expect;

use crate::support::{Ran, Repo, crate_files, python_package, python_workspace, ran};
use crate::tools::{self, need};

/// A tool run in the checkout, without the network and with caches of its own.
fn tool(repo: &Repo, program: &str, args: &[&str]) -> Ran {
    let mut command = Command::new(tools::tool_path(program).unwrap());
    command
        .args(args)
        .current_dir(repo.dir())
        .env("UV_CACHE_DIR", repo.cache())
        .env("CARGO_NET_OFFLINE", "true");
    ran(command.env("UV_OFFLINE", "1").env_remove("CARGO_TARGET_DIR").output().unwrap())
}

fn cargo_takes_the_lock(repo: &Repo) {
    tool(repo, "cargo", &["metadata", "--locked", "--offline", "--format-version", "1"]).expect(0);
}

fn uv_takes_the_lock(repo: &Repo) {
    tool(repo, "uv", &["lock", "--check"]).expect(0);
}

/// The lines that differ from the last commit.
pub(crate) fn changed_lines(repo: &Repo) -> String {
    let diff = repo.git(&["diff", "--unified=0"]);
    let is_line = |line: &&str| {
        (line.starts_with('+') || line.starts_with('-')) && !line.starts_with("---")
            || line.starts_with("+++ b/")
    };
    diff.lines().filter(is_line).map(|line| format!("{line}\n")).collect()
}

/// After a bump: the second one writes nothing, a committed one neither, and the answer stays the same.
pub(crate) fn is_settled(repo: &Repo) {
    let before = repo.bytes();
    let again = repo.castoff(&["bump"]).expect(0);
    assert!(again.stderr.contains("nothing to write"), "{}", again.stderr);
    assert!(repo.bytes() == before);
    let next = || {
        let lines = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
        lines
            .lines()
            .filter(|line| line.contains("_VERSION="))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let expected = next();
    repo.commit("chore: release");
    assert_eq!(next(), expected);
    let before = repo.bytes();
    repo.castoff(&["bump"]).expect(0);
    assert!(repo.bytes() == before);
}

const CARGO_ROOT: &str = "# The workspace.\r
[workspace]\r
resolver = \"2\"\r
members = [\"crates/*\"]\r
exclude = [\"vendored\"]\r
default-members = [\"crates/acme-core\"]\r
\r
[workspace.package]\r
version = \"0.3.0\" # shared\r
edition = \"2021\"\r
\r
[workspace.dependencies]\r
acme-core = {path=\"crates/acme-core\",version=\"0.3.0\"}   # inline\r
acme-macros.path = \"crates/acme-macros\"\r
acme-macros.version = '=0.3.0'\r
";

/// A cargo workspace with every form that a version or a requirement takes, its lock made by cargo.
fn crates() -> Repo {
    let repo = Repo::new();
    // The lines end as somebody left them; git is not to mend that.
    repo.write(".gitattributes", "* -text\n");
    repo.write("Cargo.toml", CARGO_ROOT);
    let manifest = |name: &str, text: &str| {
        crate_files(&repo, name, "0.0.0", &[], false);
        repo.write(&format!("crates/{name}/Cargo.toml"), text);
    };
    let inherits = "version.workspace = true\nedition.workspace = true\n";
    let macros =
        "[package]\nname = \"acme-macros\"\nversion = { workspace = true }\nedition.workspace = true\n";
    manifest("acme-macros", macros);
    let text = format!(
        "[package]\nname = \"acme-core\"\n{inherits}\n[dependencies]\nacme-macros = {{ workspace = true }}\n"
    );
    manifest("acme-core", &text);
    let hidden = format!("[package]\nname = \"acme-hidden\"\n{inherits}publish = false\n");
    manifest("acme-hidden", &hidden);
    manifest(
        "acme-app",
        "[package]\nname = 'acme-app'   # quoted in another way\nversion    =    '1.0.0'\nedition = \"2021\"\n\
         \n[dependencies]\ncore = { package = \"acme-core\", path = \"../acme-core\", version = \"0.3\" }\n\
         [target.'cfg(unix)'.dependencies]\nacme-macros = { workspace = true, optional = true }\n\
         [dev-dependencies.tool]\npath = \"../tool\"\n\
         [build-dependencies]\nacme-hidden = { version='0.3.0' , path = \"../acme-hidden\" }\n\
         [package.metadata]\nversion = \"0.3.0\"\nacme-core = \"0.3.0\"\n",
    );
    manifest(
        "tool",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\npublish = false\n",
    );
    repo.write("castoff.toml", "[component.core]\npackages = [\"acme-core\", \"acme-macros\"]\n");
    tool(&repo, "cargo", &["generate-lockfile", "--offline"]).expect(0);
    repo.commit("feat: begin");
    repo.git(&["tag", "core-v0.3.0"]);
    repo.git(&["tag", "acme-app-v1.0.0"]);
    repo
}

#[test]
fn a_cargo_workspace_is_bumped_and_nothing_else_changes() {
    let repo = crates();
    repo.write("crates/acme-core/src/more.rs", "\n");
    repo.commit("feat: more");
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"
        +++ b/Cargo.lock
        -version = "1.0.0"
        +version = "1.0.1"
        -version = "0.3.0"
        +version = "0.4.0"
        -version = "0.3.0"
        +version = "0.4.0"
        -version = "0.3.0"
        +version = "0.4.0"
        +++ b/Cargo.toml
        -version = "0.3.0" # shared
        +version = "0.4.0" # shared
        -acme-core = {path="crates/acme-core",version="0.3.0"}   # inline
        +acme-core = {path="crates/acme-core",version="0.4.0"}   # inline
        -acme-macros.version = '=0.3.0'
        +acme-macros.version = '=0.4.0'
        +++ b/crates/acme-app/Cargo.toml
        -version    =    '1.0.0'
        +version    =    '1.0.1'
        -core = { package = "acme-core", path = "../acme-core", version = "0.3" }
        +core = { package = "acme-core", path = "../acme-core", version = "0.4" }
        -acme-hidden = { version='0.3.0' , path = "../acme-hidden" }
        +acme-hidden = { version='0.4.0' , path = "../acme-hidden" }
    "#]]
    .assert_eq(&changed_lines(&repo));
    let root = CARGO_ROOT.replace("\"0.3.0\"", "\"0.4.0\"").replace("'=0.3.0'", "'=0.4.0'");
    assert_eq!(repo.read("Cargo.toml"), root, "every other byte stays");
    cargo_takes_the_lock(&repo);
    is_settled(&repo);
    repo.git(&["tag", "core-v0.4.0"]);
    repo.git(&["tag", "acme-app-v1.0.1"]);
    let versions = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    assert!(
        versions.contains("NEXT_CORE_VERSION=unchanged")
            && versions.contains("NEXT_ACME_APP_VERSION=unchanged")
    );
}

#[test]
fn members_and_dependencies_are_those_that_cargo_sees() {
    let repo = crates();
    let metadata =
        tool(&repo, "cargo", &["metadata", "--no-deps", "--offline", "--format-version", "1"]).json();
    let ours = repo.castoff(&["discover", "--json"]).expect(0).json();
    let mut expected = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let needs = package["dependencies"].as_array().unwrap().iter().map(|it| it["name"].to_string());
        let mut needs: Vec<String> = needs.collect();
        needs.sort();
        let publishable = package["publish"].is_null();
        expected.insert(package["name"].to_string(), (package["version"].to_string(), publishable, needs));
    }
    let mut seen = BTreeMap::new();
    for package in ours["packages"].as_array().unwrap() {
        let needs = package["dependencies"].as_array().unwrap().iter();
        let mut needs: Vec<String> = needs.map(|it| it["id"].to_string().replace("cargo:", "")).collect();
        needs.sort();
        let publishable = package["publishable"].as_bool().unwrap();
        seen.insert(package["name"].to_string(), (package["version"].to_string(), publishable, needs));
    }
    assert_eq!(seen, expected);
}

/// A uv workspace with every form of requirement, its lock made by uv.
fn projects() -> Repo {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-plugin", "2.0.0", &[])]);
    python_package(&repo, "acme-app", "0.5.0", &["acme-core"]);
    let manifest = repo.read("packages/acme-app/pyproject.toml");
    let manifest = manifest.replace(
        "[\"acme-core\"]",
        "[\n    'Acme.Core[fast] >=0.1, <0.2 ; python_version > \"3\"', # why\n    \"six_of_ours==0.1.0\",\n]",
    );
    let manifest =
        manifest.replace("[tool.uv.sources]", "[tool.uv.sources]\nsix-of-ours = { workspace = true }");
    let extras = "\n[project.optional-dependencies]\nplugin = [\"acme-plugin ~= 2.0\"]\n[dependency-groups]\ndev = [\"acme-plugin>=1\"]\n";
    repo.write("packages/acme-app/pyproject.toml", &(manifest + extras));
    let core =
        repo.read("packages/acme-core/pyproject.toml") + "\n[project.optional-dependencies]\nfast = []\n";
    repo.write("packages/acme-core/pyproject.toml", &core);
    python_package(&repo, "six-of-ours", "0.1.0", &[]);
    repo.write(
        "pyproject.toml",
        "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n\n[tool.uv.sources]\nacme-plugin = { workspace = true }\n",
    );
    tool(&repo, "uv", &["lock"]).expect(0);
    repo.commit("feat: begin");
    for tag in ["acme-core-v0.1.0", "acme-app-v0.5.0", "acme-plugin-v2.0.0", "six-of-ours-v0.1.0"] {
        repo.git(&["tag", tag]);
    }
    repo
}

#[test]
fn a_uv_workspace_is_bumped_and_nothing_else_changes() {
    if !need("uv") {
        return;
    }
    let repo = projects();
    for name in ["acme-core", "acme-plugin"] {
        repo.write(&format!("packages/{name}/README.md"), "x");
    }
    repo.commit("feat: more");
    repo.write("packages/six-of-ours/README.md", "x");
    repo.commit("fix: more");
    repo.castoff(&["bump"]).expect(0);
    expect![[r#"
        +++ b/packages/acme-app/pyproject.toml
        -version = "0.5.0"
        +version = "0.5.1"
        -    'Acme.Core[fast] >=0.1, <0.2 ; python_version > "3"', # why
        -    "six_of_ours==0.1.0",
        +    'Acme.Core[fast] >=0.2.0,<0.3 ; python_version > "3"', # why
        +    "six_of_ours==0.1.1",
        -plugin = ["acme-plugin ~= 2.0"]
        +plugin = ["acme-plugin ~= 2.1"]
        +++ b/packages/acme-core/pyproject.toml
        -version = "0.1.0"
        +version = "0.2.0"
        +++ b/packages/acme-plugin/pyproject.toml
        -version = "2.0.0"
        +version = "2.1.0"
        +++ b/packages/six-of-ours/pyproject.toml
        -version = "0.1.0"
        +version = "0.1.1"
        +++ b/uv.lock
        -version = "0.5.0"
        +version = "0.5.1"
        -version = "0.1.0"
        +version = "0.2.0"
        -version = "2.0.0"
        +version = "2.1.0"
        -version = "0.1.0"
        +version = "0.1.1"
    "#]]
    .assert_eq(&changed_lines(&repo));
    uv_takes_the_lock(&repo);
    is_settled(&repo);
}

#[test]
fn members_are_those_that_uv_sees() {
    if !need("uv") {
        return;
    }
    let repo = projects();
    let listed = tool(&repo, "uv", &["workspace", "list"]);
    if listed.code != 0 {
        return; // an older uv
    }
    let ours = repo.castoff(&["discover", "--json"]).expect(0).json();
    let names: Vec<&str> = ours["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), names);
}

#[test]
fn words_choose_what_is_bumped() {
    let version = |repo: &Repo, name: &str| {
        let line = repo.read(&format!("packages/{name}/pyproject.toml"));
        line.lines().find_map(|line| line.strip_prefix("version = ")).unwrap().trim_matches('"').to_string()
    };
    for (words, core, app, lone) in [
        (&["core"][..], "0.2.0", "1.0.0", "3.0.0"),
        (&["core=1.0.0"], "1.0.0", "1.0.0", "3.0.0"),
        (&["core=minor", "lone=major"], "0.2.0", "1.0.0", "4.0.0"),
        (&["core=1.0.0-rc.1"], "1.0.0rc1", "1.0.0", "3.0.0"),
        (&["uv:lone=patch"], "0.1.0", "1.0.0", "3.0.1"),
        (&["lone"], "0.1.0", "1.0.0", "3.0.1"),
        (&["--all"], "0.2.0", "1.0.1", "3.0.1"),
        (&["--all", "lone=minor"], "0.2.0", "1.0.1", "3.1.0"),
        (&[], "0.2.0", "1.0.1", "3.0.0"),
    ] {
        let repo =
            python_workspace(&[("core", "0.1.0", &[]), ("app", "1.0.0", &["core"]), ("lone", "3.0.0", &[])]);
        repo.commit("feat: begin");
        for tag in ["core-v0.1.0", "app-v1.0.0", "lone-v3.0.0"] {
            repo.git(&["tag", tag]);
        }
        repo.write("packages/core/README.md", "x");
        repo.commit("feat: more");
        let arguments: Vec<&str> = ["bump"].iter().chain(words).copied().collect();
        let before = repo.bytes();
        let preview = repo.castoff(&[&arguments[..], &["--dry-run"]].concat()).expect(0).stderr;
        assert!(repo.bytes() == before, "{words:?} --dry-run wrote");
        let done = repo.castoff(&arguments).expect(0).stderr;
        let table =
            |text: &str| text.lines().filter(|line| line.contains("->")).collect::<Vec<_>>().join("\n");
        assert_eq!(table(&preview), table(&done), "the preview is what is done");
        let seen = ["core", "app", "lone"].map(|name| version(&repo, name));
        assert_eq!(seen, [core, app, lone], "{words:?}");
    }
}

#[test]
fn a_package_name_means_its_component() {
    let repo = crates();
    repo.castoff(&["bump", "acme-macros=0.9.0"]).expect(0);
    assert!(repo.read("Cargo.toml").contains("version = \"0.9.0\" # shared"));
    cargo_takes_the_lock(&repo);
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_is_written() {
    let repo = crates();
    let before = repo.bytes();
    for (words, expected) in [
        (&["core=0.2.0"][..], "cannot bump `core` from 0.3.0 to 0.2.0"),
        (&["core=one"], "`one` is not a version"),
        (&["nothing=1.0.0"], "no package is named `nothing`"),
        (&["tool=1.0.0"], "`cargo:tool` is never published"),
    ] {
        let ran = repo.castoff(&[&["bump"], words].concat()).expect(2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    let both = repo.castoff(&["bump", "core=0.2.0", "nothing", "acme-app=2.0.0"]).expect(2).stderr;
    assert!(both.contains("`core` from 0.3.0") && both.contains("`nothing`"), "{both}");
    assert!(repo.bytes() == before);
}

#[test]
fn edits_that_are_not_committed_are_kept() {
    let repo = crates();
    repo.write("crates/acme-core/src/more.rs", "\n");
    repo.commit("feat: more");
    let path = "crates/acme-app/Cargo.toml";
    let edited = format!("# mine, not committed\n{}", repo.read(path))
        .replace("edition = \"2021\"", "edition = \"2018\"");
    repo.write(path, &edited);
    repo.castoff(&["bump"]).expect(0);
    let expected = edited
        .replace("'1.0.0'", "'1.0.1'")
        .replace("version = \"0.3\"", "version = \"0.4\"")
        .replace("version='0.3.0'", "version='0.4.0'");
    assert_eq!(repo.read(path), expected);
    // What was read may be what was edited last; a version that is there already stays.
    repo.write("Cargo.toml", &CARGO_ROOT.replace("\"0.3.0\" #", "\"0.4.0\" #"));
    repo.castoff(&["bump"]).expect(0);
    cargo_takes_the_lock(&repo);
}

#[test]
fn the_mode_of_a_file_and_the_line_ends_of_the_checkout_stay() {
    let repo = python_workspace(&[("core", "0.1.0", &[])]);
    repo.write(".gitattributes", "* text=auto eol=crlf\n");
    repo.commit("feat: begin");
    let path = repo.dir().join("packages/core/pyproject.toml");
    std::fs::remove_file(&path).unwrap();
    repo.git(&["checkout", "--", "packages/core/pyproject.toml"]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = repo.read("packages/core/pyproject.toml");
    assert!(before.contains("\r\n"));
    repo.castoff(&["bump", "core=0.2.0"]).expect(0);
    assert_eq!(repo.read("packages/core/pyproject.toml"), before.replace("\"0.1.0\"", "\"0.2.0\""));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_version_file_is_bumped_with_its_component() {
    let repo = crates();
    let rules = repo.read("castoff.toml") + "version-file = \"VERSION\"\nbump = \"paths\"\n";
    repo.write("castoff.toml", &rules);
    repo.write("VERSION", "0.3.0\n");
    repo.write("crates/acme-core/src/more.rs", "\n");
    repo.commit("docs: more");
    repo.castoff(&["bump"]).expect(0);
    assert_eq!(repo.read("VERSION"), "0.3.1\n");
    assert!(repo.read("Cargo.toml").contains("version = \"0.3.1\" # shared"));
    cargo_takes_the_lock(&repo);
    is_settled(&repo);
}

#[test]
fn a_lock_that_is_not_up_to_date_is_told_before_anything_is_written() {
    let repo = crates();
    let lock = repo.read("Cargo.lock");
    repo.write("Cargo.lock", &lock.replace("name = \"acme-core\"", "name = \"acme-other\""));
    repo.commit("feat: lock");
    let before = repo.bytes();
    let refused = repo.castoff(&["bump", "core=0.4.0"]).expect(2).stderr;
    assert!(refused.contains("`Cargo.lock` has no entry for `acme-core`"), "{refused}");
    assert!(repo.bytes() == before);
}

/// A requirement that is written hides from later plans that its package was to be released for it.
#[test]
fn a_dependent_that_stays_behind_is_told() {
    let repo = Repo::new();
    repo.write("package.json", r#"{ "private": true, "workspaces": ["core", "app"] }"#);
    repo.write("core/package.json", r#"{ "name": "core", "version": "1.0.0" }"#);
    repo.write(
        "app/package.json",
        r#"{ "name": "app", "version": "2.0.0", "dependencies": { "core": "^1.0.0" } }"#,
    );
    repo.commit("feat: begin");
    repo.git(&["tag", "core-v1.0.0"]);
    repo.git(&["tag", "app-v2.0.0"]);
    repo.write("core/index.js", "module.exports = 2");
    repo.commit("feat!: two");
    let told = |words: &[&str]| repo.castoff(words).expect(0).stderr.contains("help: `castoff bump app`");
    assert!(told(&["bump", "--dry-run", "core"]));
    assert!(told(&["bump", "--dry-run", "core=pre"]));
    assert!(!told(&["bump", "--dry-run", "core=1.0.1"]));
    assert!(!told(&["bump", "--dry-run", "core", "app"]));
    assert!(told(&["bump", "core"]));
    repo.castoff(&["bump", "app"]).expect(0);
    assert!(!told(&["bump", "core"]));
    repo.commit("chore: release");
    let versions = repo.castoff(&["versions"]).expect(0).stdout;
    assert!(versions.contains("2.0.0 -> 2.0.1 patch"), "{versions}");
}
