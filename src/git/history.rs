//! The one walk over history, and how its answer is read to the byte.

use std::path::Path;

use super::git;
use crate::fault::Fault;
use crate::model::{Commit, Tag};
use crate::world::{World, must};

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

pub(super) fn is_object_id(text: &str) -> bool {
    (text.len() == 40 || text.len() == 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
