//! Writes objects and refs by one `git fast-import`, which tells the ids of what it wrote while more is being drawn.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::manifests::Tree;
use crate::repo::git;

pub(crate) struct Import {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    marks: usize,
}

/// What a commit is made of; parents and the tree before it come first.
pub(crate) struct Commit<'a> {
    pub(crate) branch: &'a str,
    pub(crate) parents: &'a [usize],
    pub(crate) before: &'a Tree,
    pub(crate) tree: &'a Tree,
    pub(crate) message: &'a str,
}

impl Import {
    pub(crate) fn start(dir: &Path) -> Import {
        let mut command = git(dir);
        command.args(["fast-import", "--quiet", "--done", "--force", "--date-format=raw"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Import { child, input, output, marks: 0 }
    }

    /// The mark of the new commit.
    pub(crate) fn commit(&mut self, commit: &Commit) -> usize {
        self.marks += 1;
        let (mark, person) = (self.marks, self.person("committer"));
        let mut text = format!("commit {}\nmark :{mark}\n{person}{}", commit.branch, data(commit.message));
        for (nth, parent) in commit.parents.iter().enumerate() {
            text += &format!("{} :{parent}\n", if nth == 0 { "from" } else { "merge" });
        }
        for path in commit.before.keys().filter(|path| !commit.tree.contains_key(*path)) {
            text += &format!("D {}\n", quoted(path));
        }
        let changed = commit.tree.iter().filter(|(path, text)| commit.before.get(*path) != Some(text));
        for (path, content) in changed {
            text += &match mode(path) {
                // Another repository's commit, which is not here.
                "160000" => format!("M 160000 {:040} {}\n", content.len(), quoted(path)),
                mode => format!("M {mode} inline {}\n{}", quoted(path), data(content)),
            };
        }
        self.send(&text);
        mark
    }

    /// A light tag, or one with a message.
    pub(crate) fn tag(&mut self, name: &str, mark: usize, annotated: bool) {
        let person = self.person("tagger");
        self.send(&match annotated {
            true => format!("tag {name}\nfrom :{mark}\n{person}{}", data("a tag\n")),
            false => format!("reset refs/tags/{name}\nfrom :{mark}\n\n"),
        });
    }

    /// What a commit should have said.
    pub(crate) fn note(&mut self, mark: usize, message: &str) {
        let person = self.person("committer");
        let head = format!("commit refs/notes/castoff\n{person}{}", data("notes\n"));
        self.send(&format!("{head}N inline :{mark}\n{}", data(message)));
    }

    /// The id of a commit.
    pub(crate) fn id(&mut self, mark: usize) -> String {
        self.send(&format!("get-mark :{mark}\n"));
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_string()
    }

    pub(crate) fn end(mut self) {
        self.send("done\n");
        assert!(self.child.wait().unwrap().success(), "git fast-import takes what is drawn");
    }

    /// A minute passes with every commit; some machines are behind.
    fn person(&self, role: &str) -> String {
        let lag = if self.marks % 7 == 3 { 600 } else { 0 };
        format!("{role} t <t@example.com> {} +0000\n", 1_700_000_000 + 60 * self.marks - lag)
    }

    fn send(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }
}

/// What a path is: a file, a program, a link, a submodule.
fn mode(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("link") => "120000",
        Some("sub") => "160000",
        Some("run") => "755",
        _ => "644",
    }
}

fn data(text: &str) -> String {
    format!("data {}\n{text}\n", text.len())
}

fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
