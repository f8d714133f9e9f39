//! What stands below a header: breaking changes anywhere at the start of a line, and footers in the last uninterrupted
//! run of them.

use super::header::{self, Header, Separator, is_space};
use crate::version::Version;

/// What a body says.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    /// The text of every `BREAKING CHANGE`, without empty lines.
    pub(super) breaking: Vec<String>,
    /// `Release-As`.
    pub(super) release_as: Option<Version>,
    /// Numbers of issues, each once.
    pub(super) references: Vec<String>,
    /// Footers in the form of a commit.
    pub(super) commits: Vec<Header<'a>>,
}

/// Reads the text below a header.
pub(super) fn read(text: &str) -> Body<'_> {
    let lines: Vec<&str> = text.split('\n').collect();
    let footers = footers_begin(&lines);
    let mut body = Body::default();
    for (place, line) in lines.iter().enumerate() {
        let below = &lines[place + 1..];
        match breaking(line) {
            Some((Separator::Colon, first)) => body.breaking.extend(note(first, below)),
            // In prose, `BREAKING CHANGE #12` is no more than a mention.
            Some((Separator::Number, first)) if place >= footers => {
                body.breaking.extend(note(&format!("#{first}"), below));
            }
            None if place >= footers => body.footer(line),
            _ => {}
        }
    }
    body
}

impl<'a> Body<'a> {
    fn footer(&mut self, line: &'a str) {
        let Some(footer) = header::read(line) else { return };
        let numbers = numbers(&footer);
        if footer.kind.eq_ignore_ascii_case("release-as") {
            self.release_as = footer.subject.parse().ok().or(self.release_as.take());
        } else if !numbers.is_empty() {
            let new = numbers.into_iter().filter(|number| !self.references.contains(number));
            self.references.extend(new.collect::<Vec<_>>());
        } else if footer.separator == Separator::Colon && footer.spaced && !footer.kind.contains('-') {
            // `Signed-off-by`, `Change-Id` and their like are of another trade: no type of commit has a hyphen.
            self.commits.push(footer);
        }
    }
}

/// A line that begins with the token of a breaking change, and nothing else before the separator.
fn breaking(line: &str) -> Option<(Separator, &str)> {
    let tokens = ["BREAKING CHANGE", "BREAKING-CHANGE"];
    tokens.iter().find_map(|token| header::separated(line.strip_prefix(token)?))
}

/// The text of a breaking change to the end of its paragraph, or to the next footer. One that says nothing yet, or
/// ends in a colon, goes on behind the empty line.
fn note(first: &str, below: &[&str]) -> Option<String> {
    let mut text = first.trim_matches(is_space).to_string();
    let mut in_list = false;
    for line in below {
        if breaking(line).is_some() || begins_footer(line) {
            break;
        }
        match line.trim().is_empty() {
            true if text.is_empty() || text.ends_with(':') => continue,
            true => break,
            false => {}
        }
        in_list |= ["* ", "- ", "#### "].iter().any(|mark| line.starts_with(mark));
        let (between, line) = if in_list { ("\n", line.trim_end()) } else { (" ", line.trim()) };
        text += between;
        text += line;
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_string())
}

/// `token: text` or `token #12`.
fn begins_footer(line: &str) -> bool {
    header::read(line).is_some_and(|footer| footer.spaced || footer.separator == Separator::Number)
}

/// `#12`, or several: `#12, #13`.
fn numbers(footer: &Header) -> Vec<String> {
    let mark = if footer.separator == Separator::Number { "#" } else { "" };
    let text = format!("{mark}{}", footer.subject);
    let number = |word: &str| {
        let number = word.strip_prefix('#')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.to_string())
    };
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    // One word that is no number makes it a sentence.
    words.map(number).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Lines below the one in question that belong to a footer further up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Nothing,
    /// Any footer goes on in lines that are indented.
    Indented,
    /// A breaking change also in lines that are not.
    Plain,
}

/// Where the last run of footers begins; behind the end where there is none.
fn footers_begin(lines: &[&str]) -> usize {
    let (mut begin, mut waiting) = (lines.len(), Waiting::Nothing);
    for (place, line) in lines.iter().enumerate().rev() {
        let is_blank = line.trim().is_empty();
        waiting = match waiting {
            _ if breaking(line).is_some() => Waiting::Nothing,
            Waiting::Nothing | Waiting::Indented if header::read(line).is_some() => Waiting::Nothing,
            Waiting::Nothing if is_blank => continue,
            _ if is_blank => break,
            Waiting::Nothing | Waiting::Indented if line.starts_with(is_space) => Waiting::Indented,
            _ => Waiting::Plain,
        };
        if waiting == Waiting::Nothing {
            begin = place;
        }
    }
    begin
}
