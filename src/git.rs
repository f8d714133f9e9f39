//! What is asked of git, and how its answers are read. Every question leaves the repository as it was: no optional
//! locks, no hooks, no file system monitor, no renames that would need file contents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::effect::{Cmd, Environment, Inherits};
use crate::fault::Fault;
use crate::world::{World, failed, must};

mod clone;
mod history;
mod place;

pub use clone::{clone, hide_edits};
use history::is_object_id;
pub use history::{Walked, history};
pub use place::{Place, locate, place};

/// What `git status` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The commit that is checked out; empty before the first one.
    pub head: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Tracked paths with uncommitted edits.
    pub dirty: Vec<String>,
    /// Paths that git does not know.
    pub untracked: Vec<String>,
}

/// A git command in a checkout that changes nothing there.
pub fn git(root: &Path) -> Cmd {
    let env = Environment { inherits: Inherits::NoTokens, ..Environment::default() }
        .set("GIT_OPTIONAL_LOCKS", "0")
        .set("GIT_TERMINAL_PROMPT", "0")
        // Replaced objects are in one clone only; the answer has to be the same in all.
        .set("GIT_NO_REPLACE_OBJECTS", "1")
        .set("LC_ALL", "C");
    let quiet = [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "gc.auto=0",
        "maintenance.auto=false",
        "log.showSignature=false",
        // Some people turn this off; then the files of the first commit would not be told.
        "log.showRoot=true",
        // A third of what git takes by default: a walk over a long history is as fast with it, and takes less memory.
        "core.deltaBaseCacheLimit=32m",
    ];
    Cmd::new("git", root).args(quiet.iter().flat_map(|setting| ["-c", setting])).env(env)
}

/// HEAD, branch, and what is not committed.
///
/// # Errors
/// git failed.
pub fn status(world: &dyn World, root: &Path) -> Result<Status, Fault> {
    let cmd = git(root).args([
        "status",
        "--porcelain=v2",
        "--branch",
        "-z",
        "--untracked-files=normal",
        "--no-renames",
    ]);
    let output = must(world, &cmd, "read the state of the repository")?;
    let text = output.text();
    let mut status = Status::default();
    for entry in text.split('\0') {
        let behind = |count: usize| entry.splitn(count + 1, ' ').nth(count).unwrap_or_default().to_string();
        match entry.split(' ').next() {
            Some("#") if entry.starts_with("# branch.oid ") => status.head = behind(2),
            Some("#") if entry.starts_with("# branch.head ") => {
                status.branch = Some(behind(2)).filter(|branch| branch != "(detached)");
            }
            Some("1") => status.dirty.push(behind(8)),
            Some("u") => status.dirty.push(behind(10)),
            Some("?") => status.untracked.push(behind(1)),
            _ => {}
        }
    }
    if status.head == "(initial)" {
        let fault = Fault::usage(format!("`{}` has no commit yet", root.display()));
        return Err(fault.help("commit the packages first; castoff releases what is committed"));
    }
    Ok(status)
}

/// Every tracked path of a commit, with the object that holds it. A submodule is one path; its files are its own.
///
/// # Errors
/// git failed.
pub fn files(world: &dyn World, root: &Path, commit: &str) -> Result<BTreeMap<String, String>, Fault> {
    let cmd = git(root).args(["ls-tree", "-r", "-z", "--full-tree", commit]);
    let output = must(world, &cmd, "list the files of the repository")?;
    let entry = |line: &str| {
        let (meta, path) = line.split_once('\t')?;
        let mut meta = meta.split(' ').skip(1);
        let kind = meta.next()?;
        (kind != "tree").then_some((path.to_string(), meta.next()?.to_string()))
    };
    Ok(output.text().split('\0').filter_map(entry).collect())
}

/// Every path of the checkout as it is now: tracked and not deleted, or new and not ignored.
///
/// # Errors
/// git failed.
pub fn present(world: &dyn World, root: &Path) -> Result<BTreeSet<String>, Fault> {
    let kinds = ["--cached", "--deleted", "--others", "--exclude-standard"];
    let output =
        must(world, &git(root).args(["ls-files", "-z", "-t"]).args(kinds), "list the files of the checkout")?;
    let text = output.text();
    let entries = || text.split('\0').filter_map(|entry| entry.split_once(' '));
    let deleted: BTreeSet<&str> = entries().filter(|(tag, _)| *tag == "R").map(|(_, path)| path).collect();
    Ok(entries().filter(|(_, path)| !deleted.contains(path)).map(|(_, path)| path.to_string()).collect())
}

/// The texts of objects, in one batch. An object is named by its id, and then has to be there, or as `COMMIT:PATH`,
/// and then may be missing. What is no UTF-8 text is left out.
///
/// # Errors
/// git failed, or an object is missing.
pub fn texts(world: &dyn World, root: &Path, objects: &[String]) -> Result<Vec<Option<String>>, Fault> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let cmd = git(root).args(["cat-file", "--batch"]).stdin(objects.join("\n") + "\n");
    let output = must(world, &cmd, "read files of the repository")?;
    let mut rest = output.stdout.as_slice();
    let mut found = Vec::with_capacity(objects.len());
    for object in objects {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let header = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = rest.get(end + 1..).unwrap_or_default();
        let mut parts = header.rsplit(' ');
        match (parts.next().and_then(|size| size.parse::<usize>().ok()), parts.next()) {
            (Some(size), Some("blob")) if size <= rest.len() => {
                found.push(String::from_utf8(rest[..size].to_vec()).ok());
                rest = rest.get(size + 1..).unwrap_or_default();
            }
            (Some(size), Some(_)) if size <= rest.len() => {
                found.push(None);
                rest = rest.get(size + 1..).unwrap_or_default();
            }
            _ if is_object_id(object) => return Err(missing(root, object)),
            _ => found.push(None),
        }
    }
    Ok(found)
}

fn missing(root: &Path, object: &str) -> Fault {
    let fault = Fault::outside(format!("cannot read files of the repository `{}`", root.display()));
    fault.because(format!("the object {object} is missing")).help("`git fsck` says what else is; clone anew")
}

/// The paths that differ between HEAD and each of several commits, all in one process.
///
/// # Errors
/// git failed.
pub fn differences(
    world: &dyn World,
    root: &Path,
    head: &str,
    bases: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut found: BTreeMap<String, Vec<String>> =
        bases.iter().map(|base| (base.clone(), Vec::new())).collect();
    if bases.is_empty() {
        return Ok(found);
    }
    let questions: String = bases.iter().map(|base| format!("{base} {head}\n")).collect();
    let options = ["--stdin", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none"];
    let cmd = git(root).arg("diff-tree").args(options).stdin(questions);
    let output = must(world, &cmd, "compare HEAD with earlier releases")?;
    let mut current: Option<&mut Vec<String>> = None;
    for field in output.text().split('\0').filter(|field| !field.is_empty()) {
        if bases.contains(field) {
            current = found.get_mut(field);
        } else if let Some(paths) = &mut current {
            paths.push(field.to_string());
        }
    }
    Ok(found)
}

/// The commit that a name means.
///
/// # Errors
/// It means none.
pub fn resolve(world: &dyn World, root: &Path, name: &str) -> Result<String, Fault> {
    let cmd = git(root).args([
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &format!("{name}^{{commit}}"),
    ]);
    let output = world.run(&cmd)?;
    if output.ok() { Ok(output.text().trim().to_string()) } else { Err(unknown(name)) }
}

/// The object id that git gives to these bytes.
///
/// # Errors
/// git failed.
pub fn hash_object(world: &dyn World, root: &Path, bytes: &[u8]) -> Result<String, Fault> {
    let cmd = git(root).args(["hash-object", "--stdin"]).stdin(bytes);
    Ok(must(world, &cmd, "name a text as git names it")?.text().trim().to_string())
}

/// Whether a file once held a text, in a commit that HEAD holds.
///
/// # Errors
/// git failed.
pub fn once_held(world: &dyn World, root: &Path, path: &str, text: &str) -> Result<bool, Fault> {
    let changed = format!("-S{text}");
    let cmd = git(root).args(["log", "-1", "--format=%H", "--no-renames", &changed, "HEAD", "--", path]);
    let output = must(world, &cmd, "look for an earlier version")?;
    Ok(!output.stdout.is_empty())
}

/// Whether git ignores a file, there or not.
///
/// # Errors
/// git failed.
pub fn is_ignored(world: &dyn World, root: &Path, file: &Path) -> Result<bool, Fault> {
    let cmd = git(root).args(["check-ignore", "--quiet", "--", &file.display().to_string()]);
    let output = world.run(&cmd)?;
    match output.code {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(failed(&cmd, &output, &format!("see whether git ignores `{}`", file.display()))),
    }
}

fn unknown(name: &str) -> Fault {
    let message = format!("`{}` is not a commit, branch or tag of this repository", name.escape_debug());
    Fault::usage(message).help("`git tag` lists tags; `git fetch --tags` brings missing ones")
}
