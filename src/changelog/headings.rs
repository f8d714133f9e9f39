//! Which lines of a changelog are headings, and what each is about.

use crate::version::Version;

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Offset in the text.
    pub(super) start: usize,
    /// The line.
    pub(super) text: &'a str,
}

/// A heading.
#[derive(Clone, Debug)]
pub(super) struct Heading<'a> {
    /// Number of the line, from 0.
    pub(super) line: usize,
    /// Offset in the text.
    pub(super) start: usize,
    /// The whole line.
    pub(super) text: &'a str,
    /// How many `#`.
    pub(super) level: usize,
    /// What it is about.
    pub(super) title: Title<'a>,
}

/// What a heading is about.
#[derive(Clone, Debug)]
pub(super) enum Title<'a> {
    /// A version, of the component that is named where one is.
    Version {
        /// `core` in `core-v1.2.0`.
        name: Option<&'a str>,
        /// The version.
        version: Version,
    },
    /// What is not released yet.
    Unreleased,
    /// Anything else.
    Other,
}

/// The lines of a text. A byte order mark belongs to none.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut found = Vec::new();
    for line in text[start..].split_inclusive('\n') {
        found.push(Line { start, text: line.trim_end_matches(['\n', '\r']) });
        start += line.len();
    }
    found
}

/// The headings of a text, indented or not; `component` may stand before its versions. In a block of code there are
/// none.
pub(super) fn headings<'a>(text: &'a str, component: &str) -> Vec<Heading<'a>> {
    let mut found = Vec::new();
    let mut fence = None;
    for (number, line) in lines(text).into_iter().enumerate() {
        let text = line.text.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark));
        match (mark, fence) {
            (Some(mark), None) => fence = Some(mark),
            // Only a line of nothing else ends a block.
            (Some(mark), Some(open)) if mark == open && text.trim_start_matches(&mark[..1]).is_empty() => {
                fence = None
            }
            (None, None) => found.extend(heading(number, line, component)),
            _ => {}
        }
    }
    found
}

fn heading<'a>(number: usize, line: Line<'a>, component: &str) -> Option<Heading<'a>> {
    let text = line.text.trim();
    let words = text.trim_start_matches('#');
    let level = text.len() - words.len();
    let is_heading = (1..=6).contains(&level) && words.starts_with([' ', '\t']);
    is_heading.then(|| Heading {
        line: number,
        start: line.start,
        text: line.text,
        level,
        title: title(words, component),
    })
}

fn title<'a>(text: &'a str, component: &str) -> Title<'a> {
    let text = inside(text);
    if text.get(..10).is_some_and(|word| word.eq_ignore_ascii_case("unreleased")) {
        return Title::Unreleased;
    }
    let introduced = text.split_once([' ', '\t']).filter(|(word, _)| {
        *word == component || ["version", "release"].iter().any(|known| word.eq_ignore_ascii_case(known))
    });
    let text = introduced.map_or(text, |(_, text)| inside(text));
    let end = text.find(|c: char| c.is_whitespace() || "[](),:;*`".contains(c)).unwrap_or(text.len());
    let (token, behind) = text.split_at(end);
    let is_sentence = behind.trim_start().starts_with(char::is_alphabetic);
    let own = version(token).filter(|version| version.release.len() > 2 || !is_sentence);
    let own = own.map(|version| Title::Version { name: None, version });
    own.or_else(|| named(token).filter(|_| !is_sentence)).unwrap_or(Title::Other)
}

/// Without brackets and marks before the first word.
fn inside(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || "[(*_`".contains(c))
}

/// `1.2.0` or `v1.2.0-rc.1`; a number without a point may be anything.
fn version(token: &str) -> Option<Version> {
    let is_version =
        token.contains('.') && token.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit());
    is_version.then(|| token.parse().ok())?
}

/// `core-v1.2.0`, `core@1.2.0`, `core/v1.2.0`, `core-1.2.0`.
fn named(token: &str) -> Option<Title<'_>> {
    let ends = token.char_indices().skip(1).filter(|(_, c)| "-@/".contains(*c));
    let split = |(end, _): (usize, char)| Some((&token[..end], version(&token[end + 1..])?));
    let (name, version) = ends.filter_map(split).next()?;
    Some(Title::Version { name: Some(name), version })
}
