//! The clone in which a release is built.

use std::collections::BTreeSet;
use std::path::Path;

use super::git;
use crate::effect::Output;
use crate::fault::Fault;
use crate::world::{World, failed, must};

/// A clone that shares the repository's objects, with a commit checked out and no hook run. Nothing is written into
/// the repository itself.
///
/// # Errors
/// git failed.
pub fn clone(world: &dyn World, root: &Path, into: &Path, commit: &str) -> Result<(), Fault> {
    let doing = "make a clone to build the release in";
    let (from, to) = (root.display().to_string(), into.display().to_string());
    let clone = git(root).args(["clone", "--quiet", "--shared", "--no-checkout", "--template=", &from, &to]);
    must(world, &clone, doing).map(drop)?;
    must(world, &git(into).args(["checkout", "--quiet", "--detach", commit]), doing).map(drop)?;
    let url = world.run(&git(root).args(["config", "--get", "remote.origin.url"]))?;
    let origin = match url.code {
        Some(0) => git(into).args(["remote", "set-url", "origin", url.text().trim()]),
        _ => git(into).args(["remote", "remove", "origin"]),
    };
    must(world, &origin, doing).map(drop)
}

/// Hides edited files of a clone from `git status` and `git describe`, so that tools do not see a dirty tree.
///
/// # Errors
/// git failed.
pub fn hide_edits(world: &dyn World, clone: &Path, paths: &BTreeSet<&str>) -> Result<(), Fault> {
    if paths.is_empty() {
        return Ok(());
    }
    let list: Vec<&str> = paths.iter().copied().collect();
    let cmd =
        git(clone).args(["update-index", "--skip-worktree", "-z", "--stdin"]).stdin(list.join("\0") + "\0");
    let output: Output = world.run(&cmd)?;
    if output.ok() { Ok(()) } else { Err(failed(&cmd, &output, "hide the edits of the stage from git")) }
}
