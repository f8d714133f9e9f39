//! `update-versions.sh` writes what `castoff bump` writes, byte for byte, or nothing at all.

pub(crate) mod files;

use std::process::{Command, Stdio};

use expect_test::expect;

use crate::support::{Ran, Repo, ran};
use crate::tools::{need, path_env, tool_path};
use files::FILES;

/// The repository with its scripts, committed.
fn repo() -> Repo {
    let repo = Repo::with(FILES);
    repo.castoff(&["generate", "scripts"]).expect(0);
    repo.commit("chore: generate scripts");
    repo
}

/// The script in a shell, called from another directory than the repository's.
fn update(repo: &Repo, shell: &[&str], args: &[&str]) -> Ran {
    let mut command = Command::new(tool_path(shell[0]).unwrap());
    command.args(&shell[1..]).arg(repo.dir().join("scripts/release/update-versions.sh")).args(args);
    ran(command.current_dir("/").env("PATH", path_env()).stdin(Stdio::null()).output().unwrap())
}

/// What the script and castoff leave of the same repository.
fn compare(asked: &[(&str, &str)]) {
    let by_castoff = repo();
    let words: Vec<String> = asked.iter().map(|(name, version)| format!("{name}={version}")).collect();
    let bump = [vec!["bump"], words.iter().map(String::as_str).collect()].concat();
    by_castoff.castoff(&bump).expect(0);
    let expected = by_castoff.git(&["diff", "--no-color"]);
    for shell in [&["dash"][..], &["bash"], &["busybox", "sh"]] {
        if !need(shell[0]) {
            continue;
        }
        let repo = repo();
        let flags: Vec<String> =
            asked.iter().flat_map(|(name, version)| [format!("--{name}"), (*version).to_string()]).collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let dry = update(&repo, shell, &[&flags[..], &["--dry-run"]].concat()).expect(0);
        assert_eq!(repo.git(&["status", "--porcelain"]), "", "a dry run changes nothing");
        let done = update(&repo, shell, &flags).expect(0);
        assert_eq!(dry.stdout, done.stdout);
        assert_eq!(repo.git(&["diff", "--no-color"]), expected, "{shell:?} {asked:?}");
        // A second time there is nothing to do.
        let again = update(&repo, shell, &flags).expect(0);
        assert_eq!(
            (again.stdout.as_str(), again.stderr.as_str()),
            ("", "nothing to write: every version is there\n")
        );
        assert_eq!(repo.git(&["diff", "--no-color"]), expected);
    }
}

#[test]
fn all_components_are_written_as_castoff_writes_them() {
    compare(&[
        ("core", "0.2.0"),
        ("js", "2.0.0"),
        ("ruby", "0.5.0"),
        ("@acme/app", "1.4.1"),
        ("acme-mid", "0.4.0"),
        ("acme-tool", "1.2.1"),
        ("py-app", "0.2.0"),
        ("py-core", "0.2.0"),
    ]);
}

#[test]
fn only_what_is_broken_is_raised_where_one_alone_is_released() {
    compare(&[("core", "0.1.9")]);
    compare(&[("js", "1.0.1")]);
    compare(&[("py-core", "0.1.5")]);
    compare(&[("py-core", "1.0.0"), ("js", "2.1.0"), ("core", "1.0.0")]);
    compare(&[("ruby", "0.4.1"), ("acme-mid", "0.3.2")]);
}

#[test]
fn candidates_are_spelled_for_each_ecosystem() {
    compare(&[
        ("core", "0.2.0-rc.1"),
        ("py-core", "0.2.0-rc.1"),
        ("js", "1.0.1-rc1"),
        ("ruby", "1.0.0-beta.2"),
    ]);
    compare(&[("py-core", "1.0.0a3"), ("py-app", "0.1.0rc2"), ("js", "2.0.0-nightly.3")]);
}

#[test]
fn a_dry_run_names_every_place_with_its_new_value() {
    if !need("dash") {
        return;
    }
    let repo = repo();
    let said = update(&repo, &["dash"], &["--core", "0.2.0", "--js", "1.1.0", "--dry-run"]).expect(0);
    expect![[r#"
        Cargo.lock:6: 0.1.8 -> 0.2.0
        Cargo.toml:6: 0.1.8 -> 0.2.0
        Cargo.toml:9: =0.1.8 -> =0.2.0
        VERSION:1: 0.1.8 -> 0.2.0
        docs/README.md:1: 0.1.8 -> 0.2.0
        docs/README.md:2: 0.1.8 -> 0.2.0
        docs/README.md:4: 8 -> 0
        js/core/package.json:3: 1.0.0 -> 1.1.0
        js/notes.json:1: none -> core 0.2.0, py 0.1.0rc1, js 1.1.0!
        package-lock.json:25: 1.0.0 -> 1.1.0
        tool/Cargo.toml:10: ^0.1.2 -> ^0.2.0
    "#]]
    .assert_eq(&said.stdout);
    assert_eq!(said.stderr, "nothing was changed (--dry-run)\n");
}

/// Exit code 2, the words on standard error, and not a byte changed.
#[track_caller]
fn refused(repo: &Repo, args: &[&str], words: &str) {
    let before = repo.git(&["diff", "--no-color"]);
    let said = update(repo, &["dash"], args).expect(2);
    assert!(said.stderr.contains(words) && said.stdout.is_empty(), "{args:?}: {}", said.text());
    assert_eq!(repo.git(&["diff", "--no-color"]), before);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    if !need("dash") {
        return;
    }
    let repo = repo();
    refused(&repo, &[], "error: no component was named");
    refused(&repo, &["--dry-run"], "usage: update-versions.sh --COMPONENT VERSION");
    refused(&repo, &["--rust", "1.0.0"], "`--rust` is no argument of update-versions.sh");
    refused(&repo, &["core", "1.0.0"], "`core` is no argument");
    refused(&repo, &["--core"], "`--core` needs a version");
    refused(&repo, &["--core", "one"], "`one` is not a version");
    refused(&repo, &["--core", "1.0; x"], "`1.0; x` is not a version");
    refused(&repo, &["--core", "0.1.7"], "from 0.1.8 to 0.1.7: versions never go backwards");
    refused(&repo, &["--core", "0.2.0.1"], "its registry takes versions of three numbers");
    refused(&repo, &["--ruby", "0.4.1", "--core", "0.5.0"], "it follows `core`, which is at 0.5.0");
}

#[test]
fn a_place_that_is_not_as_it_was_stops_everything() {
    if !need("dash") {
        return;
    }
    let repo = repo();
    let text = repo.read("docs/README.md");
    repo.write("docs/README.md", &text.replace("Core is", "The core is"));
    refused(&repo, &["--core", "0.2.0"], "`docs/README.md` is stale: it matches no line");
    repo.write("docs/README.md", &format!("{text}Core is 0.1.8 here.\n"));
    refused(&repo, &["--core", "0.2.0"], "`docs/README.md` is stale: it matches 2 times");
    repo.write("docs/README.md", &text);
    std::fs::remove_file(repo.dir().join("VERSION")).unwrap();
    refused(&repo, &["--core", "0.2.0"], "cannot read `VERSION`: it holds versions, and is not there");
}

#[test]
fn what_a_script_cannot_write_is_refused_when_it_is_generated() {
    let repo = repo();
    let refused = |path: &str, text: &str| {
        let before = repo.read(path);
        repo.write(path, text);
        let said = repo.castoff(&["generate", "scripts"]).expect(2).stderr;
        repo.write(path, &before);
        said
    };
    let config = repo.read("castoff.toml");
    let said =
        refused("castoff.toml", &config.replace("version-file", "changelog = \"NEWS.md\"\nversion-file"));
    assert!(said.contains("no script can write the notes of `core` into `NEWS.md`"), "{said}");
    let tool = repo.read("tool/Cargo.toml");
    let alone = tool.replace("acme-mid = { path = \"../mid\", version = \"0.3\" }\n", "");
    let said = refused("tool/Cargo.toml", &format!("{alone}[dependencies.acme-mid]\npath = \"../mid\"\n"));
    assert!(
        said.contains("no script can write `dependencies.acme-mid.version` of `tool/Cargo.toml`"),
        "{said}"
    );
    let docs = repo.read("docs/README.md");
    let twice = format!("{docs}And v0.1.8 of it <!-- x-castoff-version -->\n");
    let said = refused("docs/README.md", &twice);
    assert!(said.contains("another line reads the same"), "{said}");
}

#[test]
fn a_version_that_git_has_gone_past_is_refused_whatever_the_files_say() {
    if !need("dash") {
        return;
    }
    let repo = repo();
    repo.git(&["tag", "core-v0.3.0"]);
    let before = repo.git(&["diff"]);
    let refused = repo.castoff(&["bump", "core=0.2.0"]).expect(2);
    assert!(refused.stderr.contains("cannot bump `core` from 0.3.0 to 0.2.0"), "{}", refused.text());
    let refused = update(&repo, &["dash"], &["--core", "0.2.0"]).expect(2);
    assert!(refused.stderr.contains("cannot bump `core` from 0.3.0 to 0.2.0"), "{}", refused.text());
    // Other rules than those of the scripts are none to write by.
    repo.write("castoff.toml", &format!("# changed\n{}", repo.read("castoff.toml")));
    let stale = update(&repo, &["dash"], &["--core", "0.4.0"]).expect(2);
    assert!(
        stale.stderr.contains("castoff.toml is not the one that these scripts were made from"),
        "{}",
        stale.text()
    );
    repo.git(&["checkout", "--quiet", "castoff.toml"]);
    assert_eq!(repo.git(&["diff"]), before);
}
