//! What is asked of git, and how its answers are read. Every question leaves the repository as it was: no optional
//! locks, no hooks, no file system monitor, no renames that would need file contents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::effect::{Cmd, Environment, Inherits, Output};
use crate::fault::Fault;
use crate::model::{Commit, Tag};
use crate::world::{World, failed, must};

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Root of the checkout.
    pub root: PathBuf,
    /// The directory that all worktrees share.
    pub common: PathBuf,
}

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
        .set("LC_ALL", "C");
    let quiet = [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "gc.auto=0",
        "maintenance.auto=false",
        "log.showSignature=false",
        // Some people turn this off; then the files of the first commit would not be told.
        "log.showRoot=true",
    ];
    Cmd::new("git", root).args(quiet.iter().flat_map(|setting| ["-c", setting])).env(env)
}

/// Finds the repository that holds a directory, and makes sure that its history is complete.
///
/// # Errors
/// There is none, or it is not complete.
pub fn place(world: &dyn World, dir: &Path) -> Result<Place, Fault> {
    let place = locate(world, dir)?;
    complete(world, &place)?;
    Ok(place)
}

/// Finds the repository that holds a directory, by the layout that git documents (gitrepository-layout): a process
/// less than asking, and each one counts when a plan is to be quick.
///
/// # Errors
/// There is none.
pub fn locate(world: &dyn World, dir: &Path) -> Result<Place, Fault> {
    let start = world.absolute(dir)?;
    for root in start.ancestors() {
        let dot_git = root.join(".git");
        let git_dir = if world.list(&dot_git)?.is_some_and(|names| names.iter().any(|name| name == "HEAD")) {
            dot_git
        } else {
            let Some(text) = world.read(&dot_git).unwrap_or(None) else { continue };
            let text = String::from_utf8_lossy(&text).into_owned();
            let Some(link) = text.trim().strip_prefix("gitdir: ") else { continue };
            root.join(link)
        };
        let common = match world.read(&git_dir.join("commondir"))? {
            Some(text) => git_dir.join(String::from_utf8_lossy(&text).trim()),
            None => git_dir,
        };
        return Ok(Place { root: root.to_path_buf(), common: world.absolute(&common)? });
    }
    let fault = Fault::usage(format!("`{}` is not in a git repository", start.display()));
    Err(fault.help("run castoff in a checkout, or name one with `-C DIR`"))
}

/// A history with holes would answer "nothing changed" where something did.
fn complete(world: &dyn World, place: &Place) -> Result<(), Fault> {
    let cannot = |what: &str| {
        Fault::usage(format!("cannot plan a release from a {what} clone: `{}`", place.root.display()))
    };
    if world.read(&place.common.join("shallow"))?.is_some_and(|text| !text.is_empty()) {
        let fault = cannot("shallow").because("commits and tags that decide about versions may be missing");
        return Err(fault.help("run `git fetch --unshallow --tags` (in GitHub Actions: `fetch-depth: 0`)"));
    }
    let config = world.read(&place.common.join("config"))?.unwrap_or_default();
    let config = String::from_utf8_lossy(&config).to_lowercase();
    if config.lines().any(|line| {
        line.trim_start().starts_with("promisor") || line.trim_start().starts_with("partialclone")
    }) {
        let fault = cannot("partial").because("files that have to be compared may be missing");
        let unset =
            "git config --unset remote.origin.promisor; git config --unset remote.origin.partialclonefilter";
        return Err(fault.help(format!("run `{unset}; git fetch --refetch --tags`")));
    }
    Ok(())
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

/// Every tracked path of a commit, with the object that holds it. Submodules are left out: their files are theirs.
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
        (kind == "blob").then_some((path.to_string(), meta.next()?.to_string()))
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

/// One walk over all commits that HEAD or a tag reaches, children before parents, and the tags on them.
///
/// # Errors
/// git failed.
pub fn history(world: &dyn World, root: &Path) -> Result<(Vec<Commit>, Vec<Tag>), Fault> {
    let cmd = git(root).args([
        "log",
        "--topo-order",
        "--format=%x01%H%x00%P%x00%D%x00%B",
        "--name-only",
        "-z",
        "--no-renames",
    ]);
    let cmd = cmd.args([
        "--no-color",
        "--encoding=UTF-8",
        "--decorate=full",
        "--decorate-refs=refs/tags",
        "HEAD",
        "--tags",
    ]);
    let output = must(world, &cmd, "read the history of the repository")?;
    Ok(read_history(&String::from_utf8_lossy(&output.stdout)))
}

fn read_history(text: &str) -> (Vec<Commit>, Vec<Tag>) {
    let mut commits: Vec<Commit> = Vec::new();
    let mut tags = Vec::new();
    let mut fields = text.split('\0');
    while let Some(field) = fields.next() {
        if let Some(id) = field.strip_prefix('\u{1}').filter(|id| is_object_id(id)) {
            let mut next = || fields.next().unwrap_or_default();
            let (parents, refs, message) = (next(), next(), next());
            let names = refs.split(", ").filter_map(|name| name.strip_prefix("tag: refs/tags/"));
            tags.extend(names.map(|name| Tag { name: name.to_string(), commit: id.to_string() }));
            let parents = parents.split_whitespace().map(str::to_string).collect();
            commits.push(Commit {
                id: id.to_string(),
                parents,
                message: message.to_string(),
                files: Vec::new(),
            });
        } else if let Some(commit) = commits.last_mut() {
            // git puts a line end before the first path of a commit.
            let path =
                if commit.files.is_empty() { field.strip_prefix('\n').unwrap_or(field) } else { field };
            if !path.is_empty() {
                commit.files.push(path.to_string());
            }
        }
    }
    tags.sort();
    (commits, tags)
}

fn is_object_id(text: &str) -> bool {
    (text.len() == 40 || text.len() == 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
    let cmd =
        git(root).args(["diff-tree", "--stdin", "-r", "-z", "--name-only", "--no-renames"]).stdin(questions);
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
    let unknown =
        Fault::usage(format!("`{}` is not a commit, branch or tag of this repository", name.escape_debug()));
    if output.ok() {
        Ok(output.text().trim().to_string())
    } else {
        Err(unknown.help("`git tag` lists tags; `git fetch --tags` brings missing ones"))
    }
}

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

/// Where the repository says that it comes from.
///
/// # Errors
/// git could not be run.
pub fn origin(world: &dyn World, root: &Path) -> Result<Option<String>, Fault> {
    let output = world.run(&git(root).args(["config", "--get", "remote.origin.url"]))?;
    let url = output.text().trim().to_string();
    Ok(Some(url).filter(|url| output.ok() && !url.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::read_history;

    #[test]
    fn history_is_read_to_the_byte() {
        let id = |digit: &str| digit.repeat(40);
        let text = format!(
            "\u{1}{}\0{} {}\0\0merge\n\0\0\u{1}{}\0{}\0tag: refs/tags/v1, tag: refs/tags/p/v2\0feat: a\n\nbody\n\0\0\na b\n/x\0ä\"\0\u{1}{}\0\0\0root\n\0\0\nf\0",
            id("a"),
            id("b"),
            id("c"),
            id("b"),
            id("c"),
            id("c"),
        );
        let (commits, tags) = read_history(&text);
        assert_eq!(
            commits.iter().map(|commit| commit.subject()).collect::<Vec<_>>(),
            ["merge", "feat: a", "root"]
        );
        assert_eq!(commits[0].parents, [id("b"), id("c")]);
        assert_eq!(commits[1].files, ["a b\n/x", "ä\""]);
        assert!(commits[2].parents.is_empty() && commits[0].files.is_empty());
        assert_eq!(
            tags.iter().map(|tag| (tag.name.as_str(), &tag.commit[..1])).collect::<Vec<_>>(),
            [("p/v2", "b"), ("v1", "b")]
        );
    }
}
