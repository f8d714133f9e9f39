//! One message of a squash → the commits that it holds. Whoever squashes writes them as paragraphs that begin like a
//! commit, or between `BEGIN_NESTED_COMMIT` and `END_NESTED_COMMIT`. The bullets that a forge puts there (`* feat: a`)
//! are text: the title of the pull request speaks for them.

use super::header::{self, Header, Separator};

/// A paragraph begins another commit only with one of these; any other word in front of a colon is prose.
const TYPES: [&str; 11] =
    ["feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert"];

/// The parts of a message, the one that its first line belongs to first. Line ends are `\n` from here on.
pub(super) fn split(message: &str) -> Vec<String> {
    let message = message.replace("\r\n", "\n").replace('\r', "\n");
    let (outside, nested) = nested(&message);
    let own = paragraphs(trim(&outside));
    own.into_iter().chain(nested).collect()
}

/// What stands outside of the blocks as one text, and the blocks. A block without an end goes to the end of the text.
fn nested(message: &str) -> (String, Vec<String>) {
    let (mut outside, mut blocks, mut rest) = (String::new(), Vec::new(), message);
    while let Some((before, behind)) = rest.split_once("BEGIN_NESTED_COMMIT") {
        let (block, after) = behind.split_once("END_NESTED_COMMIT").unwrap_or((behind, ""));
        outside += before;
        blocks.push(trim(block).to_string());
        rest = after;
    }
    (outside + rest, blocks)
}

/// Cuts before every paragraph that begins another commit. What a block of code holds is an example.
fn paragraphs(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut empty_above, mut in_code) = (false, false);
    for line in text.split('\n') {
        in_code ^= line.trim_start().starts_with("```");
        if empty_above && !in_code && begins_commit(line) {
            parts.push(trim(&part).to_string());
            part.clear();
        }
        part += line;
        part.push('\n');
        empty_above = line.is_empty();
    }
    parts.push(trim(&part).to_string());
    parts
}

fn begins_commit(line: &str) -> bool {
    let known = |header: Header| TYPES.contains(&header.kind) && header.separator == Separator::Colon;
    header::read(line).is_some_and(|header| header.spaced && known(header))
}

/// Without white space at the ends, in the widest sense: editors leave byte order marks too.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}
