//! The places of a repository's files in which a release writes versions, as scripts find them: lines with holes. What
//! stands around the holes has to be as it was when the scripts were written; a script that does not find its line stops
//! and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Source;
use crate::config::{ExtraFile, Place};
use crate::ecosystem::{self, Bumps, Ecosystem};
use crate::edit::json::Json;
use crate::edit::marks::{self, Wanted};
use crate::edit::{Toml, line_of, places};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Kind, PackageId};
use crate::version::Version;

/// One hole in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// What stands in it: `version`, a requirement of an ecosystem (`cargo`), or `any`.
    pub kind: &'static str,
    /// Its bytes.
    pub range: Range<usize>,
}

/// A line with holes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Path of its file.
    pub file: String,
    /// What it stands in: the header of a TOML table, the line that opened an object of JSON; else nothing.
    pub section: String,
    /// The texts before, between and behind the holes.
    pub texts: Vec<String>,
    /// What stands in the holes.
    pub holes: Vec<&'static str>,
}

/// All lines of a repository with holes.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Each once; its name is `line` and its place in this list, from 1.
    pub all: Vec<Line>,
    /// Line and hole (both from 1) by file and the byte where the hole begins.
    holes: BTreeMap<(String, usize), (usize, usize)>,
}

impl Lines {
    /// Line and hole, as the table of rules names them: `line3.1`.
    pub fn name(&self, file: &str, start: usize) -> Option<String> {
        let (line, hole) = self.holes.get(&(file.to_string(), start))?;
        Some(format!("line{line}.{hole}"))
    }
}

/// A version that no package has, so that every place is edited.
pub fn probe() -> Version {
    Version::new(u64::from(u16::MAX), 0, 0)
}

/// Everything that a release of these packages would write into manifests; locks are left out.
///
/// # Errors
/// Places that should be there and are not.
pub fn edits(source: Source, ecosystem: &dyn Ecosystem, ids: &[&PackageId]) -> Result<Vec<Edit>, Faults> {
    let next = ids.iter().map(|id| ((*id).clone(), probe())).collect();
    let bumps = Bumps { packages: &source.workspace.packages, next: &next };
    let found = ecosystem.edits(source.tree, bumps)?;
    Ok(found.into_iter().filter(|edit| !ecosystem.rewrites(&edit.path)).collect())
}

/// The lines with holes of all files.
///
/// # Errors
/// Places that a script cannot find, with the file.
pub fn lines(source: Source) -> Result<Lines, Faults> {
    let mut faults = Faults::default();
    let mut holes: BTreeMap<String, Vec<Hole>> = BTreeMap::new();
    let ids: Vec<&PackageId> = source.workspace.packages.iter().map(|package| &package.id).collect();
    for ecosystem in ecosystem::all() {
        for edit in faults.take(edits(source, ecosystem, &ids)).unwrap_or_default() {
            let text = source.tree.text(&edit.path).unwrap_or_default();
            let found = hole(ecosystem.kind(), &edit, text).map_err(Faults::from);
            holes.entry(edit.path.clone()).or_default().extend(faults.take(found));
        }
    }
    for file in source.config.components.iter().flat_map(|rules| &rules.extra_files) {
        let text = source.tree.text(&file.path).unwrap_or_default();
        holes.entry(file.path.clone()).or_default().extend(extra(file, text));
    }
    let mut lines = Lines::default();
    for (path, holes) in holes {
        let text = source.tree.text(&path).unwrap_or_default();
        faults.take(add(&mut lines, &path, text, holes).map_err(Faults::from));
    }
    faults.or(lines)
}

/// The hole that an edit fills: a version, or the part of a requirement that says which.
pub fn hole(kind: Kind, edit: &Edit, text: &str) -> Result<Hole, Fault> {
    let written = &text[edit.range()];
    let quoted = written.starts_with(['"', '\'']) && written.len() > 1;
    let range = if quoted { edit.start + 1..edit.end - 1 } else { edit.range() };
    let inner = &text[range.clone()];
    if written.trim().is_empty() || edit.from.is_empty() || (!quoted && inner.contains(['"', '\''])) {
        let fault = Fault::usage(format!("a script cannot add `{}` to `{}`", edit.field, edit.path));
        let fault = fault.at(&edit.path, line_of(text, edit.start));
        return Err(fault.help("write it there, so that a release only has to change it"));
    }
    let is_version = ["package.version", "workspace.package.version", "project.version", "version"];
    if is_version.contains(&edit.field.as_str()) {
        return Ok(Hole { kind: "version", range });
    }
    let kind = match kind {
        Kind::Cargo => "cargo",
        Kind::Uv => "uv",
        // What a package wants beside it leads to the package of the repository whatever version that has.
        Kind::Npm if edit.field.starts_with("peerDependencies.") => "peer",
        Kind::Npm => "npm",
        Kind::Gem => "gem",
        Kind::Own(_) => "any",
    };
    let within = requirement(kind, inner);
    Ok(Hole { kind, range: range.start + within.start..range.start + within.end })
}

/// The part of a requirement that says which versions.
fn requirement(kind: &str, text: &str) -> Range<usize> {
    match kind {
        "npm" | "peer" => {
            let behind = text.strip_prefix("workspace:").unwrap_or(text);
            let behind = behind.rfind('@').map_or(behind, |at| &behind[at + 1..]);
            text.len() - behind.len()..text.len()
        }
        "uv" => {
            let end = text.find(';').unwrap_or(text.len());
            let name = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(end);
            let extras = if text[name..end].trim_start().starts_with('[') {
                text.find(']').map_or(name, |at| at + 1)
            } else {
                name
            };
            let bare = |c: char| c.is_whitespace() || c == '(' || c == ')';
            let start = end - text[extras..end].trim_start_matches(bare).len();
            start..start + text[start..end].trim_end_matches(bare).len()
        }
        _ => 0..text.len(),
    }
}

/// Where a release writes into an extra file; nowhere where its rule does not fit it, which a bump says.
fn extra(file: &ExtraFile, text: &str) -> Vec<Hole> {
    let path = file.path.as_str();
    let any = |range| Hole { kind: "any", range };
    let one = match &file.place {
        Place::Toml(keys) => {
            Toml::parse(path, text).ok().and_then(|toml| Some(places::in_toml(&toml, keys)?.range))
        }
        Place::Json(keys) => Json::parse(path, text)
            .ok()
            .and_then(|json| places::in_json(&json, keys).map(|string| json.range(string))),
        Place::Line(regex) => text.lines().find(|line| regex.is_match(line)).and_then(|line| {
            let start = line.as_ptr().addr() - text.as_ptr().addr();
            let group = regex.captures(line)?.get(1)?;
            Some(start + group.start()..start + group.end())
        }),
        Place::Marked => {
            let (version, spelled) = (probe(), probe().to_string());
            let wanted = Wanted { version: &version, spelled: &spelled, old: &spelled };
            let spots = marks::spots(path, text, wanted).unwrap_or_default();
            return spots.into_iter().filter_map(|spot| spot.edit).map(|edit| any(edit.range())).collect();
        }
    };
    one.into_iter().map(any).collect()
}

/// Puts the holes of a file into its lines.
fn add(lines: &mut Lines, path: &str, text: &str, mut holes: Vec<Hole>) -> Result<(), Fault> {
    holes.sort_by_key(|hole| (hole.range.start, hole.range.end));
    holes.dedup_by_key(|hole| hole.range.clone());
    let cannot = |at: usize, why: &str| {
        let fault = Fault::usage(format!("a script cannot find the version in `{path}`"));
        let fault = fault.at(path, line_of(text, at)).because(why);
        Err(fault.help("give it a line of its own, in a form that no other line of the file has"))
    };
    let mut mine: BTreeMap<usize, Vec<Hole>> = BTreeMap::new();
    for hole in holes {
        if text[hole.range.clone()].contains('\n') {
            return cannot(hole.range.start, "it takes more than one line");
        }
        mine.entry(line_of(text, hole.range.start)).or_default().push(hole);
    }
    let mut section = String::new();
    let mut start = 0;
    let mut found: BTreeMap<Line, BTreeSet<usize>> = BTreeMap::new();
    let mut sections = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        if let Some(holes) = mine.get(&number) {
            let Some(form) = form(path, &section, line, start, holes) else {
                return cannot(start, "two versions touch each other");
            };
            found.entry(form).or_default().insert(number);
        }
        sections.push((section.clone(), line));
        section = section_after(path, section, line);
        start += line.len() + 1;
    }
    for (form, numbers) in found {
        let alike = |(_, (section, line)): &(usize, &(String, &str))| {
            *section == form.section && matches(&form, line).is_some()
        };
        let other = (1..).zip(&sections).filter(alike).find(|(number, _)| !numbers.contains(number));
        if let Some((number, _)) = other {
            let at = text.split('\n').take(number - 1).map(|line| line.len() + 1).sum();
            return cannot(at, "this line has the same form as one that a release changes");
        }
        lines.all.push(form);
        for hole in
            numbers.iter().filter_map(|number| mine.get(number)).flat_map(|holes| holes.iter().enumerate())
        {
            lines.holes.insert((path.to_string(), hole.1.range.start), (lines.all.len(), hole.0 + 1));
        }
    }
    Ok(())
}

/// A line as texts and holes; none where two holes have nothing between them.
fn form(path: &str, section: &str, line: &str, start: usize, holes: &[Hole]) -> Option<Line> {
    let mut texts = Vec::new();
    let mut at = 0;
    for hole in holes {
        let text = line.get(at..(hole.range.start.checked_sub(start)?))?;
        if !texts.is_empty() && text.is_empty() {
            return None;
        }
        texts.push(text.to_string());
        at = hole.range.end - start;
    }
    texts.push(line.get(at..)?.to_string());
    let holes = holes.iter().map(|hole| hole.kind).collect();
    Some(Line { file: path.to_string(), section: section.to_string(), texts, holes })
}

/// What the next line stands in; the same in lib/texts.awk.
fn section_after(path: &str, section: String, line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let opens = path.ends_with(".toml") && line.starts_with('[');
    if opens || (path.ends_with(".json") && line.ends_with(['{', '['])) { line.to_string() } else { section }
}

/// The texts in the holes of a line of this form; the same in lib/texts.awk.
pub fn matches<'t>(form: &Line, line: &'t str) -> Option<Vec<&'t str>> {
    let mut rest = line.strip_prefix(form.texts[0].as_str())?;
    let mut found = Vec::new();
    for (place, kind) in form.holes.iter().enumerate() {
        let text = form.texts[place + 1].as_str();
        let is_last = place + 1 == form.holes.len();
        let hole = if is_last { rest.strip_suffix(text)? } else { &rest[..rest.find(text)?] };
        let fits = match *kind {
            "version" => {
                hole.starts_with(|c: char| c.is_ascii_digit())
                    && hole.chars().all(|c| c.is_ascii_alphanumeric() || ".+-".contains(c))
            }
            "any" => true,
            _ => !hole.is_empty() && !hole.contains(['"', '\'']),
        };
        if !fits {
            return None;
        }
        found.push(hole);
        rest = &rest[hole.len() + text.len()..];
    }
    Some(found)
}

/// The text at a key of a TOML table as scripts read it, `workspace` where it is left to the workspace; the same in
/// lib/texts.awk.
pub fn toml_value(text: &str, table: &str, key: &str) -> Option<String> {
    let mut section = String::new();
    for line in text.split('\n') {
        let line = line.trim_start_matches([' ', '\t']);
        if line.starts_with('[') {
            let header = line.split('#').next().unwrap_or_default();
            section = header.chars().filter(|c| !"[] \t\r".contains(*c)).collect();
            continue;
        }
        let Some(rest) = line.strip_prefix(key).filter(|_| section == table) else { continue };
        let rest = rest.trim_start_matches([' ', '\t']);
        let squeezed: String = rest.chars().filter(|c| !" \t".contains(*c)).collect();
        if squeezed.starts_with(".workspace=true") || squeezed.starts_with("={workspace=true") {
            return Some("workspace".to_string());
        }
        let Some(value) = rest.strip_prefix('=').map(|rest| rest.trim_start_matches([' ', '\t'])) else {
            continue;
        };
        let quote = value.chars().next().filter(|c| "\"'".contains(*c))?;
        return value[1..].split_once(quote).map(|(text, _)| text.to_string());
    }
    None
}
