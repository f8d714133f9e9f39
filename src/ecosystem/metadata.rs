//! What manifests say beyond what a release needs. Each ecosystem reads it, so that checks need not know any.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::Item;

use crate::edit::{Toml, line_of};
use crate::effect::Edit;
use crate::model::{Need, PackageId};

/// What one ecosystem says of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Of each of its packages.
    pub packages: BTreeMap<PackageId, Metadata>,
    /// Manifests beside members of a workspace that belong to none.
    pub unclaimed: Vec<Unclaimed>,
    /// Packages of which a lock says something else than their manifests do.
    pub stale: Vec<Stale>,
}

/// A lock that is not what the manifest of a package asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Its path.
    pub lock: String,
    /// The line that begins what it says of the package; 0 where it says nothing.
    pub line: usize,
    /// The package.
    pub package: PackageId,
    /// What is different.
    pub why: String,
    /// What mends it.
    pub help: &'static str,
}

/// What two lists of needs, each with what is asked of its version, do not have in common, as people read it.
pub(super) fn apart(
    declared: &BTreeSet<(String, String)>,
    locked: &BTreeSet<(String, String)>,
) -> Option<String> {
    let asks = |asked: &str| if asked.is_empty() { String::new() } else { format!(" {asked}") };
    let new = declared.difference(locked).next();
    let old = locked.difference(declared).next();
    let names =
        |list: &BTreeSet<(String, String)>, name: &String| list.iter().any(|(other, _)| other == name);
    match (new, old) {
        (None, None) => None,
        (Some((name, asked)), _) if !names(locked, name) => {
            Some(format!("its manifest needs `{name}{}`, and the lock does not have that", asks(asked)))
        }
        (_, Some((name, asked))) if !names(declared, name) => {
            Some(format!("the lock has `{name}{}`, and its manifest does not need that", asks(asked)))
        }
        (new, old) => {
            let told = |need: Option<&(String, String)>| {
                need.map_or(String::new(), |(name, asked)| format!("{name}{}", asks(asked)))
            };
            Some(format!("its manifest needs `{}`, and the lock has `{}`", told(new), told(old)))
        }
    }
}

/// What a manifest says of its package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The line that describes the package begins at.
    pub line: usize,
    /// What the registry demands or shows.
    pub fields: Vec<Field>,
    /// Files named as licence, with the line that names them.
    pub licence_files: Vec<(String, usize)>,
    /// The text that the registry shows.
    pub readme: Readme,
    /// Everything that it needs, also what is no package of the repository.
    pub requirements: Vec<Requirement>,
    /// The file that would tell type checkers to use its annotations.
    pub marker: Option<Marker>,
    /// Two files that would stand in one place of the archive.
    pub doubled: Option<Doubled>,
}

/// One field of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether it is there.
    pub state: State,
    /// Whether the registry refuses a package without it.
    pub demand: Demand,
}

/// Whether a field is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is, also by inheritance or by a build that fills it in.
    Given,
    /// It is not; the edit takes it from the workspace, where that has it.
    Missing(Option<Edit>),
}

/// How much a field is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The registry refuses a package without it.
    Registry,
    /// People look for it.
    People,
}

/// The text that a registry shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Readme {
    /// A file, named on a line of the manifest.
    Named(String, usize),
    /// A file that is there and that the registry will not show until this edit is made.
    Unlinked(Edit),
    /// None.
    #[default]
    Absent,
    /// Found by the build, written in the manifest, or not wanted.
    Settled,
}

/// One line in which a manifest needs something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What it needs.
    pub on: On,
    /// What for.
    pub need: Need,
    /// Whether it is part of what is published.
    pub published: bool,
    /// Where it stands.
    pub line: usize,
    /// Takes it out.
    pub remove: Option<Edit>,
    /// Gives it the version without which it cannot be published.
    pub version: Option<Edit>,
}

/// What a requirement leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// The package itself.
    Itself,
    /// A package of the repository.
    Member(PackageId),
    /// The manifest says that it is in the repository, and it is not: name and reason.
    Nowhere(String, String),
    /// A package that the registry is asked for.
    Registry(String),
    /// Something that the manifest says is somewhere else.
    Elsewhere,
}

/// A marker of types that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Where it would be.
    pub path: String,
    /// Why its code is known to be annotated; none where that is not known.
    pub evidence: Option<String>,
}

/// Two files that would stand in one place of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubled {
    /// The files.
    pub files: [String; 2],
    /// The manifest that brings in the first one, and the line.
    pub place: (String, usize),
}

/// A manifest that no workspace names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclaimed {
    /// Path of the manifest.
    pub manifest: String,
    /// Line of the package's name.
    pub line: usize,
    /// Name.
    pub name: String,
    /// The manifest of the workspace around it.
    pub workspace: String,
}

impl Requirement {
    /// Something needed at a line, with nothing to mend.
    pub(super) fn new(on: On, need: Need, line: usize) -> Requirement {
        Requirement { on, need, published: need != Need::Dev, line, remove: None, version: None }
    }
}

impl State {
    pub(super) fn given(given: impl IntoIterator<Item = bool>) -> State {
        if given.into_iter().any(|given| given) { State::Given } else { State::Missing(None) }
    }
}

/// An entry put beside another one of the table at `keys`: behind it in an inline table, else on a line of its own.
pub(super) fn beside(toml: &Toml, keys: &[&str], key: &str, field: &str, entry: &str) -> Option<Edit> {
    let item = toml.get(keys)?;
    let table = item.as_table_like()?;
    let end = table.get(key)?.span()?.end;
    let (at, text) = if item.is_inline_table() {
        (end, format!(", {entry}"))
    } else {
        let start = table.key(key)?.span()?.start;
        let prefix = &toml.text[toml.text[..start].rfind('\n').map_or(0, |at| at + 1)..start];
        own_line(toml.text, end, &format!("{prefix}{entry}"))
    };
    Some(insertion(toml.path, field, at, text, entry))
}

/// A file that is not there yet.
pub fn new_file(path: &str) -> Edit {
    insertion(path, "new file", 0, String::new(), "empty")
}

fn insertion(path: &str, field: &str, at: usize, text: String, to: &str) -> Edit {
    let (path, field) = (path.to_string(), field.to_string());
    Edit { path, field, from: String::new(), to: to.to_string(), start: at, end: at, text }
}

/// Where a line goes that follows the one with byte `end`, and its text with the line end of the file.
fn own_line(text: &str, end: usize, line: &str) -> (usize, String) {
    match text[end..].find('\n').map(|at| end + at) {
        Some(at) if text[..at].ends_with('\r') => (at + 1, format!("{line}\r\n")),
        Some(at) => (at + 1, format!("{line}\n")),
        None => (text.len(), format!("\n{line}")),
    }
}

/// Takes an element out of an array: with its line where it has one of its own, else with its comma.
pub(super) fn without(toml: &Toml, field: &str, element: std::ops::Range<usize>, shown: &str) -> Edit {
    let text = toml.text;
    let line_start = text[..element.start].rfind('\n').map_or(0, |at| at + 1);
    let after = text[element.end..].trim_start_matches([' ', '\t']);
    let after_comma = after.strip_prefix(',').unwrap_or(after).trim_start_matches([' ', '\t']);
    let rest_of_line = after_comma.split('\n').next().unwrap_or_default().trim();
    let alone = text[line_start..element.start].trim().is_empty()
        && (rest_of_line.is_empty() || rest_of_line.starts_with('#'));
    let until = |rest: &str| text.len() - rest.len();
    let (start, end) = if alone {
        let line_end = text[element.end..].find('\n').map_or(text.len(), |at| element.end + at + 1);
        (line_start, line_end)
    } else if after.starts_with(',') {
        (element.start, until(after_comma))
    } else {
        // The last one: the comma before it goes.
        let before = text[..element.start].trim_end();
        (before.strip_suffix(',').map_or(element.start, str::len), element.end)
    };
    let (path, field) = (toml.path.to_string(), field.to_string());
    Edit { path, field, from: shown.to_string(), to: String::new(), start, end, text: String::new() }
}

/// The line of a key, which dotted keys have and their values have not.
pub(super) fn key_line(toml: &Toml, keys: &[&str], key: &str) -> usize {
    let span = toml.table(keys).and_then(|table| table.key(key)?.span());
    span.map_or(0, |span| line_of(toml.text, span.start))
}

/// The texts of an array, with the range of each.
pub(super) fn texts(item: Option<&Item>) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
    let values = item.and_then(Item::as_array).into_iter().flatten();
    values.filter_map(|value| Some((value.as_str()?, value.span()?)))
}
