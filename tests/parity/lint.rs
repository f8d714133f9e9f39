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

#[test]
fn generated_scripts_are_clean() {
    let home = tempfile::tempdir().unwrap();
    let scripts = scripts(home.path());
    // Repositories differ in their tables; what is a program in a script is looked at once.
    let shell = scripts.iter().filter(|(_, path)| is_shell(path));
    let shell: BTreeMap<String, &PathBuf> =
        shell.map(|(bytes, path)| (program(&String::from_utf8_lossy(bytes)), path)).collect();
    let shell: Vec<&PathBuf> = shell.into_values().collect();
    let includes = ["-s", "sh", "-f", "gcc", "-x", "-P", "SCRIPTDIR", "-P", "SCRIPTDIR/lib"];
    let linters = [("shellcheck", &includes[..]), ("checkbashisms", &["--posix", "--force"][..])];
    let there = linters.into_iter().filter(|(tool, _)| need(tool));
    let mut wrong: Vec<String> = there.flat_map(|(tool, args)| said(tool, args, &shell)).collect();
    for (bytes, path) in &scripts {
        let text = String::from_utf8_lossy(bytes);
        let name = path.file_name().unwrap().display();
        wrong.extend(traps::found(&text).into_iter().map(|found| format!("{name}:{found}")));
        if is_shell(path) && !path.parent().unwrap().ends_with("lib") {
            wrong.extend(head(&text, path).map(|what| format!("{name}: {what}")));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A script without what it was made from and without the tables in it.
fn program(text: &str) -> String {
    let mut end = None;
    let mut kept = String::new();
    for line in text.lines().filter(|line| !line.starts_with("# Made from ")) {
        match end {
            Some(word) if line == word => end = None,
            Some(_) => {}
            None => {
                kept += line;
                kept.push('\n');
                end = line.split_once("<<'").and_then(|(_, rest)| rest.strip_suffix('\''));
            }
        }
    }
    kept
}

#[test]
fn tables_are_no_part_of_a_program() {
    let text = "a\n# Made from x\ncat <<'END'\nx|y\nEND\nb\n";
    assert_eq!(program(text), "a\ncat <<'END'\nb\n");
}

/// What a linter says about shell scripts.
fn said(tool: &str, args: &[&str], files: &[&PathBuf]) -> Vec<String> {
    let mut command = Command::new(tool_path(tool).unwrap());
    let output = command.env("PATH", path_env()).args(args).args(files).output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || !text.is_empty(), "{tool} ends with {}", output.status);
    // Libraries are read by scripts, so they have no interpreter.
    let about_libraries = ["does not appear to have a #! interpreter line;", "you may get strange results"];
    let lines = text.lines().filter(|line| !about_libraries.iter().any(|end| line.ends_with(end)));
    lines.map(str::to_string).collect()
}

#[test]
fn the_linters_find_what_is_bad() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("bad.sh");
    fs::write(&file, "#!/bin/sh\nx=(1)\n[[ $x ]] && echo $x\n").unwrap();
    for tool in ["shellcheck", "checkbashisms"].into_iter().filter(|tool| need(tool)) {
        assert!(!said(tool, &[], &[&file]).is_empty(), "{tool}");
    }
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
