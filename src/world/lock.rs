//! The lock that a run holds on its directory. Children inherit it, so that the next run waits for what a killed one left
//! running, and it can say what that is.
#![expect(clippy::disallowed_methods, reason = "this is the door that all effects go through")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// A lock that may or may not be held already.
pub(super) fn open(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
    OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path)
}

/// Takes the lock; false where another holds it.
pub(super) fn take(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())
            .map(|()| true)
            .map_err(io::Error::from),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What is waited for, in words.
pub(super) fn waiting(path: &Path) -> String {
    let text = "waiting for another run of castoff on this repository, or for what a killed one left running";
    let (names, ids): (Vec<String>, Vec<String>) = holders(path)
        .into_iter()
        .map(|(id, name)| (format!("`{name}` (process {id})"), id.to_string()))
        .unzip();
    if ids.is_empty() {
        return text.to_string();
    }
    format!("{text}: {}; to end it, `kill {}`", names.join(", "), ids.join(" "))
}

/// The processes that have the lock open, where the system shows them as files (Linux). What cannot be read is
/// another user's, and left out.
fn holders(path: &Path) -> Vec<(u32, String)> {
    let Ok(path) = fs::canonicalize(path) else { return Vec::new() };
    let entries = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let id = |process: &Path| process.file_name()?.to_str()?.parse::<u32>().ok();
    let has_it = |process: &Path| {
        entries(&process.join("fd")).any(|fd| fs::read_link(fd).is_ok_and(|target| target == path))
    };
    let processes = entries(Path::new("/proc")).filter_map(|process| Some((id(&process)?, process)));
    let others = processes.filter(|(id, process)| *id != std::process::id() && has_it(process));
    let name =
        |process: &Path| fs::read_to_string(process.join("comm")).unwrap_or_default().trim().to_string();
    let mut found: Vec<_> = others.map(|(id, process)| (id, name(&process))).collect();
    found.sort();
    found
}
