//! Where real tools are: those of `scripts/setup`, then those on PATH. A test asks `need` first. What is missing is
//! noted, not failed, because a developer may lack Ruby or node; it is `scripts/test` that decides whether that is good
//! enough.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, thread};

/// Whether `tool` is there. If not, the test has not run and should return; this is noted once for each call.
pub(crate) fn need(tool: &str) -> bool {
    let found = tool_path(tool).is_some();
    if !found {
        note_not_run(tool);
    }
    found
}

/// The file of a tool, first among those of `scripts/setup`, then on PATH.
pub(crate) fn tool_path(tool: &str) -> Option<PathBuf> {
    let command = if tool == "pypiserver" { "pypi-server" } else { tool };
    env::split_paths(&path_env()).map(|directory| directory.join(command)).find(|file| is_executable(file))
}

/// PATH for a child that should find the tools.
pub(crate) fn path_env() -> OsString {
    let own = env::var_os("PATH").unwrap_or_default();
    let all = env::split_paths(tool_directories()).chain(env::split_paths(&own));
    env::join_paths(all).expect("the parts of a PATH make a PATH")
}

/// `scripts/setup` alone knows where it puts the tools and in which versions.
fn tool_directories() -> &'static str {
    static DIRECTORIES: OnceLock<String> = OnceLock::new();
    DIRECTORIES.get_or_init(|| {
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/setup");
        let output = Command::new("sh").arg(setup).arg("--path").output().expect("`sh` can be run");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    })
}

#[expect(clippy::print_stdout, reason = "the test harness shows what a test prints")]
pub(crate) fn note_not_run(tool: &str) {
    println!("not run: {tool}");
    let Some(file) = env::var_os("CASTOFF_NOT_RUN") else { return };
    let thread = thread::current();
    let note = format!("{tool}\t{}\n", thread.name().unwrap_or("unknown test"));
    // One write, so that the notes of tests that run beside each other do not mix.
    let mut file =
        OpenOptions::new().append(true).create(true).open(file).expect("CASTOFF_NOT_RUN can be opened");
    file.write_all(note.as_bytes()).expect("CASTOFF_NOT_RUN can be written");
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}
