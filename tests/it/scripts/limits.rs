//! What the scripts refuse, say and survive: refs and tags of all kinds, histories with holes, odd names, stale rules, size.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{bindings, generate, same, script};
use crate::support::{Repo, crate_files, git, python_package, python_workspace, ran};
use crate::tools::need;

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
fn a_backslash_in_a_name_is_no_border_of_directories() {
    let repo = python_workspace(&[("a", "1.0.0", &[]), ("b", "1.0.0", &[])]);
    repo.commit("feat: begin");
    repo.tag_all("1.0.0");
    repo.write("packages/a/back\\slash", "");
    repo.commit("fix: odd");
    generate(&repo);
    assert!(same(&repo, &[]).stdout.contains("\nA_CHANGED=true\nB_CHANGED=false\n"));
    if !need("busybox") {
        return;
    }
    // In the expressions of this awk a backslash in brackets is a backslash.
    let bin = repo.beside("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("awk"), "#!/bin/sh\nexec busybox awk \"$@\"\n").unwrap();
    std::fs::set_permissions(bin.join("awk"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("sh");
    command.arg(repo.dir().join("scripts/release/detect-changes.sh"));
    command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
    let found = ran(command.output().unwrap());
    assert!(found.stdout.contains("\nA_CHANGED=true\nB_CHANGED=false\n"), "{}{}", found.stdout, found.stderr);
}

#[test]
fn scripts_say_when_they_are_stale() {
    let repo = bindings();
    generate(&repo);
    repo.castoff(&["generate", "scripts", "--check"]).expect(0);
    let mode =
        std::fs::metadata(repo.dir().join("scripts/release/detect-changes.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111);
    // A checkout may have lost it, and writing the same again gives it back.
    let path = repo.dir().join("scripts/release/detect-changes.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    generate(&repo);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0o111);
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
