//! The one walk over history, and how its answer is read to the byte.

use std::path::Path;

use super::{git, resolve, unknown};
use crate::fault::Fault;
use crate::model::{Commit, Tag};
use crate::world::{World, failed, must};

/// What the walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Commits that HEAD, a tag or `--from` reaches, children before parents.
    pub commits: Vec<Commit>,
    /// The tags on them, sorted by name.
    pub tags: Vec<Tag>,
    /// What `--from` names, as written, and its commit.
    pub from: Option<Tag>,
}

/// One walk over all that HEAD, a tag or `from` reaches, with the notes that people wrote for castoff. What `from` means
/// is answered by the same walk: git says by which name it came to each commit.
///
/// # Errors
/// git failed, or there is no commit of that name.
pub fn history(world: &dyn World, root: &Path, from: Option<&str>) -> Result<Walked, Fault> {
    // A merge shows the paths in which it differs from all of its parents: what was done in the merge itself.
    let cmd = git(root).args(["log", "--topo-order", "--name-only", "-c", "-z", "--no-renames"]).args([
        "--format=%x01%H%x00%S%x00%P%x00%D%x00%N%x00%B",
        "--no-notes",
        "--notes=refs/notes/castoff",
        "--ignore-submodules=none",
        "--no-color",
        "--encoding=UTF-8",
        "--decorate=full",
        "--decorate-refs=refs/tags",
    ]);
    let doing = "read the history of the repository";
    let Some(name) = from else {
        let output = must(world, &cmd.args(["HEAD", "--tags", "--"]), doing)?;
        return Ok(read_history(&output.text(), ""));
    };
    if name.starts_with('-') {
        return Err(unknown(name));
    }
    // The first name that leads to a commit is the one that git tells.
    let given = format!("{name}^{{commit}}");
    let cmd = cmd.args([given.as_str(), "HEAD", "--tags", "--"]);
    let output = world.run(&cmd)?;
    let walked = read_history(&output.text(), &given);
    match walked.from.clone().filter(|_| output.ok()) {
        Some(tag) => Ok(Walked { from: Some(Tag { name: name.to_string(), ..tag }), ..walked }),
        // What means no commit, or several of them, is told as that; else it was something else that failed.
        None => Err(resolve(world, root, name).map_or_else(|fault| fault, |_| failed(&cmd, &output, doing))),
    }
}

/// Reads what `log` prints; `given` is the name that was asked for beside HEAD and the tags.
fn read_history(text: &str, given: &str) -> Walked {
    let mut walked = Walked::default();
    let mut fields = text.split('\0');
    while let Some(field) = fields.next() {
        if let Some(id) = field.strip_prefix('\u{1}').filter(|id| is_object_id(id)) {
            let mut next = || fields.next().unwrap_or_default();
            let (source, parents, refs, note, message) = (next(), next(), next(), next(), next());
            let tag = |name: &str| Tag { name: name.to_string(), commit: id.to_string() };
            // What it reaches was reached by the same name, and comes later.
            if source == given && walked.from.is_none() {
                walked.from = Some(tag(given));
            }
            let names = refs.split(", ").filter_map(|name| name.strip_prefix("tag: refs/tags/"));
            walked.tags.extend(names.map(tag));
            let parents = parents.split_whitespace().map(str::to_string).collect();
            let written =
                Commit { id: id.to_string(), parents, message: message.into(), ..Commit::default() };
            walked.commits.push(match note.trim() {
                "" => written,
                note => written.overridden(note, "a git note"),
            });
        } else if let Some(commit) = walked.commits.last_mut() {
            // git puts a line end before the first path of a commit, but not of a merge.
            let is_first = commit.files.is_empty() && commit.parents.len() < 2;
            let path = if is_first { field.strip_prefix('\n').unwrap_or(field) } else { field };
            if !path.is_empty() {
                commit.files.push(path.to_string());
            }
        }
    }
    walked.tags.sort();
    walked
}

pub(super) fn is_object_id(text: &str) -> bool {
    (text.len() == 40 || text.len() == 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{Walked, read_history};

    #[test]
    fn history_is_read_to_the_byte() {
        let id = |digit: &str| digit.repeat(40);
        let text = format!(
            "\u{1}{a}\0HEAD\0{b} {c}\0\0\0merge\n\0\0\nm\0\u{1}{b}\0x^{{commit}}\0{c}\0tag: refs/tags/v1, tag: refs/tags/p/v2\0\
             fix: b\n\0feat: a\n\nbody\n\0\na b\n/x\0ä\"\0\u{1}{c}\0x^{{commit}}\0\0\0\0root\n\0\nf\0",
            a = id("a"),
            b = id("b"),
            c = id("c"),
        );
        let Walked { commits, tags, from } = read_history(&text, "x^{commit}");
        assert_eq!(
            commits.iter().map(|commit| commit.subject()).collect::<Vec<_>>(),
            ["merge", "fix: b", "root"]
        );
        assert_eq!(commits[1].instead.as_ref().unwrap().written, "feat: a\n\nbody\n");
        assert_eq!(commits[0].parents, [id("b"), id("c")]);
        assert_eq!(commits[1].files, ["a b\n/x", "ä\""]);
        assert_eq!(commits[0].files, ["\nm"]);
        assert!(commits[2].parents.is_empty() && commits[2].instead.is_none());
        assert_eq!(
            tags.iter().map(|tag| (tag.name.as_str(), &tag.commit[..1])).collect::<Vec<_>>(),
            [("p/v2", "b"), ("v1", "b")]
        );
        assert_eq!(from.unwrap().commit, id("b"));
    }
}
