//! The table of places that a script finds again: a line with the lines that it belongs to, and a hole for every value.
//! What a line belongs to is told by indentation, in TOML by the headers of tables; `lib/places.awk` reads files in the
//! same way, and each place has to be the only one that fits.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::edit::line_of;
use crate::fault::{Fault, Faults};
use crate::model::Tree;
use crate::path;

/// A value in a file and the rule by which it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Path from the root of the repository.
    pub(super) path: String,
    /// The bytes of the value.
    pub(super) range: Range<usize>,
    /// The rule, as the table has it.
    pub(super) rule: String,
}

/// Stands for a value in a line of the table.
const HOLE: &str = "<?>";

/// The table of these places, ordered by file and line.
///
/// # Errors
/// Places that a script could not find again.
pub(super) fn table(tree: &Tree, places: &[Place]) -> Result<String, Faults> {
    let mut files: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for place in places {
        files.entry(&place.path).or_default().push(place);
    }
    let mut faults = Faults::default();
    let mut table = String::new();
    for (path, places) in files {
        let text = tree.text(path).unwrap_or_default();
        table += &faults.take(of_file(path, text, &places).map_err(Faults::from)).unwrap_or_default();
    }
    faults.or(table)
}

/// A line with holes, and what fills them.
struct Masked {
    /// The line, from 1.
    number: usize,
    pattern: String,
    rules: Vec<String>,
}

fn of_file(path: &str, text: &str, places: &[&Place]) -> Result<String, Fault> {
    let refuse = |line: usize, why: &str| {
        let fault = Fault::usage(format!("no script can find a version in `{path}`")).at(path, line);
        fault.because(why).help("write each on a line of its own")
    };
    if path.chars().any(char::is_control) || path.trim() != path {
        return Err(refuse(0, "its name holds spaces at an end, or what cannot be printed"));
    }
    let masked = masked(text, places).map_err(|(line, why)| refuse(line, why))?;
    let lines = addressed(path, text, &masked);
    let mut table = format!("\nfile {path}\n");
    for line in &masked {
        let chain = lines.iter().find(|it| it.number == line.number).map(|it| it.chain.as_slice());
        let Some(chain) = chain else { return Err(refuse(line.number, "the line is empty without it")) };
        let pattern: Vec<&str> = chain.iter().map(|at| at.pattern.as_str()).collect();
        let same = lines.iter().filter(|it| {
            it.chain.len() == pattern.len()
                && it.chain.iter().zip(&pattern).all(|(at, pattern)| fits(pattern, &at.text))
        });
        if same.count() != 1 {
            return Err(refuse(line.number, "another line reads the same"));
        }
        table.extend(pattern.iter().map(|line| format!("| {line}\n")));
        table.extend(line.rules.iter().map(|rule| format!("= {rule}\n")));
    }
    Ok(table)
}

/// The lines that hold values, with holes in their places.
fn masked(text: &str, places: &[&Place]) -> Result<Vec<Masked>, (usize, &'static str)> {
    let mut holes: Vec<(Range<usize>, &str)> =
        places.iter().map(|place| (hole(text, place), place.rule.as_str())).collect();
    holes.sort_by_key(|(range, _)| (range.start, range.end));
    holes.dedup_by(|one, other| one.0 == other.0);
    let mut lines: BTreeMap<usize, Vec<(Range<usize>, &str)>> = BTreeMap::new();
    for (range, rule) in holes {
        lines.entry(line_of(text, range.start)).or_default().push((range, rule));
    }
    let mut found = Vec::new();
    for (number, holes) in lines {
        let whole = text.split_inclusive('\n').nth(number - 1).unwrap_or_default();
        let line = whole.trim_end_matches(['\n', '\r']);
        let start = text.split_inclusive('\n').take(number - 1).map(str::len).sum::<usize>();
        let (mut pattern, mut at) = (String::new(), start);
        for (range, _) in &holes {
            if range.start < at || range.end > start + line.len() {
                return Err((number, "two of its values overlap, or one has several lines"));
            }
            if !pattern.is_empty() && range.start == at {
                return Err((number, "nothing stands between two of its values"));
            }
            pattern = pattern + &text[at..range.start] + HOLE;
            at = range.end;
        }
        pattern += &text[at..start + line.len()];
        if pattern.matches(HOLE).count() != holes.len() {
            return Err((number, "the line holds `<?>`, which stands for values"));
        }
        let rules = holes.iter().map(|(_, rule)| (*rule).to_string()).collect();
        found.push(Masked { number, pattern, rules });
    }
    Ok(found)
}

/// The value alone: of a requirement of Python without the name, which tells its line from others.
fn hole(text: &str, place: &Place) -> Range<usize> {
    let range = bare(text, &place.range);
    if place.rule.starts_with("requirement gem ") {
        return widened(text, range);
    }
    let value = &text[range.clone()];
    let named = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(0);
    let is_named =
        place.rule.starts_with("requirement uv ") && value.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_named { range.start + named..range.end } else { range }
}

/// Without the quotes around a value, which stay as they are.
fn bare(text: &str, range: &Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let quoted = ['"', '\'']
        .iter()
        .any(|quote| value.len() >= 2 && value.starts_with(*quote) && value.ends_with(*quote));
    if quoted { range.start + 1..range.end - 1 } else { range.clone() }
}

/// With the other clauses of a gem's requirement, `"~> 1.2", ">= 1.2.3"`: only all of them say whether a version fits.
fn widened(text: &str, range: Range<usize>) -> Range<usize> {
    let clause = |text: &str| text.starts_with(|c: char| "<>=!~".contains(c) || c.is_ascii_digit());
    let (mut start, mut end) = (range.start, range.end);
    while let Some(rest) = text[end..].strip_prefix(['"', '\''])
        && let Some(rest) = rest.trim_start_matches(' ').strip_prefix(',')
        && let Some(rest) = rest.trim_start_matches(' ').strip_prefix(['"', '\''])
        && clause(rest)
        && let Some(close) = rest.find(['"', '\''])
    {
        end = text.len() - rest.len() + close;
    }
    while let Some(rest) = text[..start].strip_suffix(['"', '\''])
        && let Some(rest) = rest.trim_end_matches(' ').strip_suffix(',')
        && let Some(rest) = rest.trim_end_matches(' ').strip_suffix(['"', '\''])
        && let Some(open) = rest.rfind(['"', '\''])
        && clause(&rest[open + 1..])
    {
        start = open + 1;
    }
    start..end
}

/// A line as it is, and with holes.
#[derive(Clone)]
struct At {
    level: usize,
    text: String,
    pattern: String,
}

/// A line with those that it belongs to, the outermost first and itself last.
struct Addressed {
    number: usize,
    chain: Vec<At>,
}

fn addressed(path: &str, text: &str, masked: &[Masked]) -> Vec<Addressed> {
    let name = path::name(path);
    let is_toml = name.ends_with(".toml") || name == "Cargo.lock" || name == "uv.lock";
    let mut levels = Levels { is_toml, list: String::new() };
    let mut above: Vec<At> = Vec::new();
    let mut found = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let trimmed = line.trim_matches([' ', '\t']);
        if trimmed.is_empty() {
            continue;
        }
        let level = levels.of(line);
        while above.last().is_some_and(|last| last.level >= level) {
            above.pop();
        }
        let hole = masked.iter().find(|masked| masked.number == place + 1);
        let pattern = hole.map_or_else(|| line.to_string(), |masked| masked.pattern.clone());
        let at = At { level, text: line.to_string(), pattern };
        found.push(Addressed { number: place + 1, chain: [above.clone(), vec![at.clone()]].concat() });
        let is_comment = trimmed.starts_with('#') || trimmed.starts_with("//");
        let bracket = trimmed.strip_suffix(',').unwrap_or(trimmed);
        if !is_comment && (bracket.is_empty() || !bracket.chars().all(|c| "[]{}()".contains(c))) {
            above.push(at);
        }
    }
    found
}

/// How deep a line stands; see `level` of `lib/places.awk`.
struct Levels {
    is_toml: bool,
    /// The list of tables that a line of TOML is in.
    list: String,
}

impl Levels {
    fn of(&mut self, line: &str) -> usize {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if !self.is_toml {
            return indent;
        }
        if let Some(rest) = line.strip_prefix("[[") {
            self.list = rest.split(']').next().unwrap_or_default().to_string();
            return 0;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let list = std::mem::take(&mut self.list);
            if !list.is_empty() && rest.starts_with(&format!("{list}.")) {
                self.list = list;
                return 2;
            }
            return 0;
        }
        let is_name =
            line.strip_prefix("name").is_some_and(|rest| rest.trim_start_matches(' ').starts_with('='));
        if !self.list.is_empty() && is_name { 1 } else { 3 + indent }
    }
}

/// Whether a line is a pattern with something in the place of each hole.
fn fits(pattern: &str, line: &str) -> bool {
    let Some((first, rest)) = pattern.split_once(HOLE) else { return pattern == line };
    let Some(mut line) = line.strip_prefix(first) else { return false };
    let mut pieces = rest.split(HOLE).peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return line.ends_with(piece);
        }
        let Some((_, behind)) = line.split_once(piece) else { return false };
        line = behind;
    }
    true
}
