//! Generated scripts pass the linters, and hold nothing that those do not see and that some shell or awk takes otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repo::{self, SCRIPTS};
use crate::tools::{need, path_env, tool_path};
use crate::traps;

/// Seeds of repositories that together have every ecosystem, every scheme and both modes.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=14;

/// The scripts of some repositories, each text once: file, and where it was found.
fn scripts(home: &Path) -> BTreeMap<Vec<u8>, PathBuf> {
    let mut found = BTreeMap::new();
    for seed in SEEDS {
        let drawn = repo::draw(seed, &home.join(format!("seed-{seed}")));
        if drawn.castoff(&["generate", "scripts"]).code != 0 {
            continue;
        }
        let dir = drawn.dir().join(SCRIPTS);
        for dir in [dir.join("lib"), dir] {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    found.insert(fs::read(&path).unwrap(), path);
                }
            }
        }
    }
    assert!(!found.is_empty(), "scripts were generated");
    found
}

fn is_shell(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sh")
}

/// What a linter says about the shell scripts.
fn said(tool: &str, args: &[&str], home: &Path) -> String {
    let files = scripts(home).into_values().filter(|path| is_shell(path));
    let mut command = Command::new(tool_path(tool).unwrap());
    command.env("PATH", path_env()).args(args).args(files);
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || !text.is_empty(), "{tool} ends with {}", output.status);
    // Libraries are read by scripts, so they have no interpreter.
    let about_libraries = ["does not appear to have a #! interpreter line;", "you may get strange results"];
    let lines = text.lines().filter(|line| !about_libraries.iter().any(|end| line.ends_with(end)));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn shellcheck_finds_nothing() {
    if need("shellcheck") {
        let home = tempfile::tempdir().unwrap();
        let said =
            said("shellcheck", &["-s", "sh", "-x", "-P", "SCRIPTDIR", "-P", "SCRIPTDIR/lib"], home.path());
        assert!(said.is_empty(), "{said}");
    }
}

#[test]
fn checkbashisms_finds_nothing() {
    if need("checkbashisms") {
        let home = tempfile::tempdir().unwrap();
        let said = said("checkbashisms", &["--posix", "--force"], home.path());
        assert!(said.is_empty(), "{said}");
    }
}

#[test]
fn no_script_falls_into_a_trap() {
    let home = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (bytes, path) in scripts(home.path()) {
        let text = String::from_utf8(bytes).unwrap();
        let name = path.file_name().unwrap().display().to_string();
        wrong.extend(traps::found(&text).into_iter().map(|found| format!("{name}:{found}")));
        if is_shell(&path) && !path.parent().unwrap().ends_with("lib") {
            wrong.extend(head(&text, &path).map(|what| format!("{name}: {what}")));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a script that people run lacks.
fn head(text: &str, path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::PermissionsExt;
    let is_executable = fs::metadata(path).unwrap().permissions().mode() & 0o111 == 0o111;
    let options = text.lines().any(|line| line == "set -eu");
    let found = [
        (text.starts_with("#!/bin/sh\n"), "does not begin with #!/bin/sh"),
        (options, "does not set -eu by itself"),
        (is_executable, "is not executable"),
    ];
    found.into_iter().find(|(is, _)| !is).map(|(_, what)| what)
}
