//! The text of a CHANGELOG.md: an entry is put in, a section is found, and no other byte changes. Files of
//! release-please, of Keep a Changelog and those written by hand are read alike.

use std::collections::BTreeMap;

use crate::version::Version;
use headings::{Heading, Line, Title, headings, lines};

mod headings;

/// The name that such a file has.
pub const FILE: &str = "CHANGELOG.md";

/// What a changelog says of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading as written, without indentation.
    pub heading: String,
    /// What stands below it, with the link references that it uses.
    pub body: String,
    /// Line of the heading, from 1.
    pub line: usize,
}

/// The text with a new entry above all that was released before, and below what is not released yet.
pub fn insert(text: &str, entry: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let entry = entry.trim().replace("\r\n", "\n").replace('\n', end);
    let title = format!("# Changelog{end}{end}");
    if text.trim().is_empty() {
        return format!("{title}{entry}{end}");
    }
    let place = place(text);
    let title = if place.titled { String::new() } else { title };
    let (before, after) = text.split_at(place.at);
    let above = match before {
        _ if before.trim_start_matches('\u{feff}').is_empty() => String::new(),
        _ if before.ends_with(&end.repeat(2)) => String::new(),
        _ if before.ends_with('\n') => end.to_string(),
        _ => end.repeat(2),
    };
    let below = if after.trim().is_empty() { end.to_string() } else { end.repeat(2) };
    format!("{before}{above}{title}{entry}{below}{after}")
}

/// Whether a component's version has a heading, with text below it or without.
pub fn has(text: &str, component: &str, version: &Version) -> bool {
    headings(text, component).iter().any(|heading| is_of(heading, component, version))
}

/// The section of a component's version, or for a pre-release the section of its final version; none where nothing is
/// written about it. Headings that name another component are of no account.
pub fn extract(text: &str, component: &str, version: &Version) -> Option<Section> {
    let final_version = version.finalised();
    let headings = headings(text, component);
    let of = |wanted: &Version| {
        let found = (0..headings.len()).filter(|place| is_of(&headings[*place], component, wanted));
        found.map(|place| section(text, &headings, place)).find(|section| !section.body.is_empty())
    };
    of(version).or_else(|| of(&final_version).filter(|_| version.pre.is_some()))
}

fn is_of(heading: &Heading, component: &str, wanted: &Version) -> bool {
    match &heading.title {
        Title::Version { name, version } => {
            version.semver() == wanted.semver() && name.is_none_or(|name| name == component)
        }
        Title::Unreleased | Title::Other => false,
    }
}

/// Where an entry goes, and whether a title stands above that place.
struct Place {
    at: usize,
    titled: bool,
}

fn place(text: &str) -> Place {
    let headings = headings(text, "");
    let find = |fits: fn(&Title) -> bool| headings.iter().position(|heading| fits(&heading.title));
    let end = || lines(text).get(references_begin(text)).map_or(text.len(), |line| line.start);
    let next = |place: Option<usize>| place.map_or_else(end, |place| headings[place].start);
    let first = headings.first();
    if let Some(released) = find(|title| matches!(title, Title::Version { .. })) {
        Place { at: headings[released].start, titled: true }
    } else if let Some(unreleased) = find(|title| matches!(title, Title::Unreleased)) {
        Place { at: next(end_of(&headings, unreleased)), titled: true }
    } else if first.is_some_and(|first| first.level == 1) {
        Place { at: next((headings.len() > 1).then_some(1)), titled: true }
    } else {
        Place { at: text.len() - text.trim_start_matches('\u{feff}').len(), titled: false }
    }
}

/// The heading that ends a section. Below a third-level version, as some tools write patches, its own sections are of
/// the third level too.
fn end_of(headings: &[Heading], place: usize) -> Option<usize> {
    let own = headings[place].level;
    let ends = |heading: &Heading| match heading.title {
        Title::Version { .. } | Title::Unreleased => true,
        Title::Other => heading.level < own || (heading.level == own && own <= 2),
    };
    (place + 1..headings.len()).find(|place| ends(&headings[*place]))
}

fn section(text: &str, headings: &[Heading], place: usize) -> Section {
    let lines = lines(text);
    let heading = &headings[place];
    let end = end_of(headings, place).map_or(lines.len(), |end| headings[end].line);
    let indent = &heading.text[..heading.text.len() - heading.text.trim_start().len()];
    let own =
        lines[heading.line + 1..end].iter().map(|line| line.text.strip_prefix(indent).unwrap_or(line.text));
    let mut body: Vec<&str> = own.map(str::trim_end).collect();
    while body.last().is_some_and(|line| is_nothing(line)) {
        body.pop();
    }
    let body = body.join("\n").trim_matches('\n').to_string();
    let references = references_of(&body, &lines);
    Section { heading: heading.text.trim().to_string(), body: body + &references, line: heading.line + 1 }
}

/// What may stand at the end of a section and is not its own: empty lines, rules between sections, link references.
fn is_nothing(line: &str) -> bool {
    let signs: Vec<char> = line.chars().filter(|c| !c.is_whitespace()).collect();
    let is_rule = signs.len() >= 3 && "-*_".contains(signs[0]) && signs.iter().all(|sign| *sign == signs[0]);
    signs.is_empty() || is_rule || reference(line).is_some()
}

/// The label of `[label]: address`, or of a footnote.
fn reference(line: &str) -> Option<&str> {
    let (label, address) = line.trim_start().strip_prefix('[')?.split_once("]:")?;
    (!label.contains('[') && !address.trim().is_empty()).then_some(label)
}

/// The link references that a body uses and does not hold itself, to stand below it.
fn references_of(body: &str, lines: &[Line]) -> String {
    let lower = body.to_lowercase();
    let defined = |label: &str| body.lines().any(|line| reference(line) == Some(label));
    let all = lines.iter().filter_map(|line| Some((reference(line.text)?, line.text.trim())));
    let used =
        all.filter(|(label, _)| lower.contains(&format!("[{}]", label.to_lowercase())) && !defined(label));
    let used: BTreeMap<&str, &str> = used.collect();
    let text: String = used.values().map(|line| format!("\n{line}")).collect();
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// The first of the link references that end a text; behind the last line where it has none.
fn references_begin(text: &str) -> usize {
    let lines = lines(text);
    let mut begin = lines.len();
    for (place, line) in lines.iter().enumerate().rev() {
        match reference(line.text) {
            Some(_) => begin = place,
            None if line.text.trim().is_empty() => {}
            None => break,
        }
    }
    begin
}

#[cfg(test)]
mod tests;
