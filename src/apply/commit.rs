//! The release commit and the tag of the whole release, made here and nowhere else: a hook that refuses, or a name that
//! git refuses, leaves the checkout, the index and the branch as they were.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{in_place, write};
use crate::edit::{apply_all, by_file};
use crate::effect::{Cmd, Edit};
use crate::fault::{Fault, Faults};
use crate::git::git;
use crate::model::{Snapshot, Tree};
use crate::pattern::Pattern;
use crate::plan::Plan;
use crate::world::{World, failed, must};

/// What a release commit is made of.
#[derive(Clone, Copy)]
pub struct Commit<'a> {
    /// The texts that the edits are of.
    pub tree: &'a Tree,
    /// What the release writes; nothing where it is written already.
    pub edits: &'a [Edit],
    /// The commit's message.
    pub message: &'a str,
    /// The tag of the release.
    pub tag: &'a str,
    /// Whether the user's commit hooks are asked.
    pub hooks: bool,
    /// Called when the files are written; what it changes of other tracked files is part of the release.
    pub written: &'a dyn Fn() -> Result<(), Faults>,
}

/// The tag of a release that is made at this time (UTC).
pub fn tag_at(pattern: &str, now: SystemTime) -> String {
    let stamp = humantime::format_rfc3339_seconds(now).to_string();
    let digits: String = stamp.chars().filter(char::is_ascii_digit).collect();
    pattern.replace("{date}", &digits[..8]).replace("{time}", &digits[8..12])
}

/// The message of a release commit: a conventional header that releases nothing, and a line for each component.
pub fn message(plan: &Plan) -> String {
    let lines = plan.versions.iter().filter_map(|next| {
        let (version, from) = (next.next.as_ref()?, &next.current);
        let step = if version == from { version.to_string() } else { format!("{from} -> {version}") };
        Some(format!("* {}: {step}", next.component))
    });
    let lines: Vec<String> = lines.collect();
    let what = match &plan.tags[..] {
        [tag] => tag.clone(),
        tags => format!("{} components", tags.len()),
    };
    format!("chore(release): {what}\n\n{}\n", lines.join("\n"))
}

/// The tag of a whole release that names HEAD already.
pub fn named<'a>(snapshot: &'a Snapshot, pattern: &str) -> Option<&'a str> {
    let glob = Pattern::new(&pattern.replace("{date}", "*").replace("{time}", "*")).ok()?;
    let at_head = snapshot.tags.iter().filter(|tag| tag.commit == snapshot.head);
    at_head.map(|tag| tag.name.as_str()).find(|name| glob.matches(name))
}

/// Whether the release may start from here; nothing uncommitted may slip into its commit, or be left out of it.
///
/// # Errors
/// Uncommitted edits, or a tag of this name.
pub fn may_start(snapshot: &Snapshot, tag: &str) -> Result<(), Faults> {
    let mut faults = Faults::default();
    if let Some(first) = snapshot.dirty.first() {
        let more = snapshot.dirty.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let fault = Fault::outside("cannot release with uncommitted edits")
            .because(format!("`{}`{more} differs from HEAD", first.escape_debug()));
        faults.push(fault.help("commit them, or put them away with `git stash`"));
    }
    if snapshot.tags.iter().any(|known| known.name == tag && known.commit != snapshot.head) {
        let fault = Fault::outside(format!("the tag `{tag}` is there already"));
        faults.push(
            fault.help(format!("look at it with `git show {tag}`; a minute later the name is another one")),
        );
    }
    faults.or(())
}

/// Writes the files, commits them and nothing else, and tags the commit; gives its id.
///
/// # Errors
/// git or a hook refused; everything is as it was.
pub fn commit(world: &dyn World, snapshot: &Snapshot, commit: &Commit) -> Result<String, Faults> {
    let root = snapshot.root.as_path();
    is_name(world, root, commit.tag)?;
    let mut head = snapshot.head.clone();
    if !commit.edits.is_empty() {
        write(world, root, commit.tree, commit.edits)?;
        let mut more = Vec::new();
        let more_of = || changed_beside(world, root, commit);
        let recorded = (commit.written)().and_then(|()| {
            more = more_of()?;
            Ok(record(world, root, commit, &more)?)
        });
        if let Err(faults) = recorded {
            put_back(world, root, commit, &more_of().unwrap_or(more))?;
            return Err(faults);
        }
        head = must(world, &git(root).args(["rev-parse", "HEAD"]), "read the new commit")?
            .text()
            .trim()
            .to_string();
    }
    let tagging = git(root).args(["tag", "--no-sign", commit.tag, &head]);
    must(world, &tagging, &format!("make the tag `{}`", commit.tag)).map(drop)?;
    Ok(head)
}

/// Tracked files that differ from HEAD and are not among those of the edits; there were no uncommitted edits before.
fn changed_beside(world: &dyn World, root: &Path, commit: &Commit) -> Result<Vec<String>, Fault> {
    let cmd = git(root).args(["diff", "--name-only", "--no-renames", "-z", "HEAD"]);
    let text = must(world, &cmd, "see what changed beside the release's files")?.text();
    let own = by_file(commit.edits);
    let paths = text.split('\0').filter(|path| !path.is_empty() && !own.contains_key(path));
    Ok(paths.map(str::to_string).collect())
}

/// Pushes the branch and the tag in one step.
///
/// # Errors
/// The remote took neither.
pub fn push(world: &dyn World, root: &Path, branch: &str, tag: &str) -> Result<(), Fault> {
    let refs = [format!("HEAD:refs/heads/{branch}"), format!("refs/tags/{tag}")];
    let cmd = Cmd::new("git", root).args(["push", "--atomic", "origin"]).args(refs);
    must(world, &cmd, "push the release").map(drop).map_err(|fault| {
        fault.help(format!(
            "the commit and the tag are made here; when the remote takes them: `git push --atomic origin HEAD:{branch} {tag}`"
        ))
    })
}

fn is_name(world: &dyn World, root: &Path, tag: &str) -> Result<(), Fault> {
    let check = git(root).args(["check-ref-format", &format!("refs/tags/{tag}")]);
    if world.run(&check)?.ok() {
        return Ok(());
    }
    let fault = Fault::usage(format!("`{}` cannot be the name of a tag", tag.escape_debug()));
    Err(fault.help("change `release-tag` in castoff.toml; `git check-ref-format --help` has the rules"))
}

/// The user's own git, with hooks and signing as set up; a hook that waits for ever does not.
fn record(world: &dyn World, root: &Path, commit: &Commit, more: &[String]) -> Result<(), Fault> {
    let paths = by_file(commit.edits).into_keys().chain(more.iter().map(String::as_str));
    let new: Vec<&str> = new_files(commit).into_iter().collect();
    if !new.is_empty() {
        let add = Cmd::new("git", root).args(["add", "--intent-to-add", "--"]).args(new);
        must(world, &add, "add the new files of the release").map(drop)?;
    }
    let quiet: &[&str] = if commit.hooks { &[] } else { &["--no-verify"] };
    // With paths, git commits those alone and leaves the rest of the index as it is.
    let mut cmd = Cmd::new("git", root)
        .args(["commit", "--quiet", "--file", "-"])
        .args(quiet.iter().copied())
        .arg("--")
        .args(paths)
        .stdin(commit.message);
    cmd.limit = Duration::from_secs(600);
    let output = world.run(&cmd)?;
    if output.ok() {
        return Ok(());
    }
    let fault = failed(&cmd, &output, "make the release commit");
    Err(fault.help("the files are as they were; mend what git or the hook says, or use `--no-verify` to go without hooks"))
}

fn new_files<'a>(commit: &Commit<'a>) -> BTreeSet<&'a str> {
    by_file(commit.edits).into_keys().filter(|path| !commit.tree.files.contains(*path)).collect()
}

/// Everything as it was, also after a stop, when no git is started any more: so git is asked only where it has to be.
fn put_back(world: &dyn World, root: &Path, commit: &Commit, more: &[String]) -> Result<(), Fault> {
    let new = new_files(commit);
    for path in &new {
        world.remove(&root.join(path))?;
    }
    let after = apply_all(commit.tree, commit.edits)?;
    let is_back = |path: &&str| match (after.text(path), commit.tree.text(path)) {
        (Some(now), Some(before)) => in_place(world, root, path, now, before).is_ok(),
        _ => false,
    };
    let old = by_file(commit.edits).into_keys().filter(|path| !new.contains(path));
    let changed = old.filter(|path| !is_back(path)).chain(more.iter().map(String::as_str));
    let changed: Vec<&str> = changed.collect();
    if !changed.is_empty() {
        // A hook wrote there. There were no uncommitted edits, so what HEAD holds is what was there.
        let restore = git(root).args(["checkout", "--quiet", "HEAD", "--"]).args(changed);
        must(world, &restore, "put the files of the release back").map(drop)?;
    }
    if new.is_empty() {
        return Ok(());
    }
    let reset = git(root).args(["reset", "--quiet", "--"]).args(new);
    must(world, &reset, "take the new files of the release back").map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::tag_at;

    #[test]
    fn the_tag_is_the_time_in_utc() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_253_459);
        assert_eq!(tag_at("release-{date}-{time}", now), "release-20261121-0930");
        assert_eq!(tag_at("r/{date}", now), "r/20261121");
    }
}
