//! The repository as text, for the tests that hold it to its own rules. They read Rust the way a careful person
//! would, without parsing it: comments and literals are blanked first, so that what is left means what it seems to.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

/// Path inside the repository → text.
pub(crate) type Files = BTreeMap<String, String>;

/// What git tracks and what it would track: a new file has to follow the rules before it is committed.
pub(crate) fn files() -> Files {
    let root = root();
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .expect("git can be run");
    assert!(listed.status.success(), "`git ls-files` failed: {}", String::from_utf8_lossy(&listed.stderr));
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    // A tracked file may be gone from the checkout, or be a link to a directory.
    let read = |path: &str| Some((path.to_owned(), fs::read(root.join(path)).ok()?));
    let bytes = paths.split_terminator('\0').filter_map(read);
    bytes.map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A tree for a test, from lines of `path: text`.
pub(crate) fn tree(entries: &[(&str, &str)]) -> Files {
    entries.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The number of the line, from 1, that `offset` is in.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Every place where `word` stands alone, not as a part of a longer word.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let ends_open = word.ends_with(part) && text[at + word.len()..].starts_with(part);
        let starts_open = word.starts_with(part) && text[..at].ends_with(part);
        !ends_open && !starts_open
    })
}

/// The identifier that `text` begins with, which may be empty.
pub(crate) fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The inline modules of a file, with their names and where they stand, outer ones first.
/// Takes what `code_only` returns.
pub(crate) fn inline_modules(code: &str) -> Vec<(&str, Range<usize>)> {
    let inline = |at: usize| {
        let name = identifier(&code[at + "mod ".len()..]);
        let body = code[at + "mod ".len() + name.len()..].trim_start();
        let end = code.len() - body.len() + block_length(body);
        body.starts_with('{').then_some((name, at..end))
    };
    words(code, "mod ").filter_map(inline).collect()
}

fn block_length(body: &str) -> usize {
    let mut depth = 0;
    for (at, c) in body.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    body.len()
}

/// The text with a blank for every character of a comment or a literal; lines stay where they are.
pub(crate) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blank = comment_or_literal(rest);
        code.extend(rest[..blank].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        if blank == 0 {
            code.push(first);
        }
        rest = &rest[if blank == 0 { first.len_utf8() } else { blank }..];
    }
    code
}

/// How many bytes of a comment or a literal `rest` begins with.
fn comment_or_literal(rest: &str) -> usize {
    let length = match rest.as_bytes() {
        [b'/', b'/', ..] => rest.find('\n'),
        [b'/', b'*', ..] => return block_comment(rest),
        [b'"', ..] => return string(rest),
        [b'\'', ..] => return character(rest),
        [b'r' | b'b' | b'c', ..] => return raw_string(rest).unwrap_or(0),
        _ => Some(0),
    };
    length.unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(found) = rest[at..].find(['/', '*']).map(|found| at + found) {
        let mark = rest.get(found..found + 2).unwrap_or_default();
        depth += i32::from(mark == "/*") - i32::from(mark == "*/");
        at = found + if mark == "/*" || mark == "*/" { 2 } else { 1 };
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A lifetime begins in the same way and is code.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let after = at + c.len_utf8();
            rest[after..].find('\'').map_or(0, |end| after + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

fn raw_string(rest: &str) -> Option<usize> {
    let open = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let body = open.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(open.len() - body.len()));
    let body = body.strip_prefix('"')?;
    let close = body.find(&end)?;
    Some(rest.len() - body.len() + close + end.len())
}
