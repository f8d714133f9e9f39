//! Replacing one value in a text, every other byte unchanged: an edit is a range and a text, and the ranges come
//! from a parser that knows where each value stands.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use crate::effect::Edit;
use crate::fault::Fault;
use crate::model::Tree;

pub mod json;
pub mod marks;
pub mod places;
pub mod ruby;
pub mod yaml;

/// A place that holds a version, and the edit that changes it where it has to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its bytes.
    pub range: Range<usize>,
    /// What is written there.
    pub edit: Option<Edit>,
}

/// A TOML text with the place of every value.
#[derive(Debug)]
pub struct Toml<'a> {
    /// Path, for messages.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
    document: Document<&'a str>,
}

impl<'a> Toml<'a> {
    /// Parses a text.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn parse(path: &'a str, text: &'a str) -> Result<Toml<'a>, Fault> {
        let document = Document::parse(text).map_err(|error| {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            Fault::usage(format!("cannot read `{path}`"))
                .at(path, line)
                .because(error.message())
                .help("correct the TOML")
        })?;
        Ok(Toml { path, text, document })
    }

    /// The top table.
    pub fn root(&self) -> &dyn TableLike {
        self.document.as_table()
    }

    /// The item at a path of keys.
    pub fn get(&self, keys: &[&str]) -> Option<&Item> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.root().get(first)?, |item, key| item.as_table_like()?.get(key))
    }

    /// The table at a path of keys.
    pub fn table(&self, keys: &[&str]) -> Option<&dyn TableLike> {
        self.get(keys)?.as_table_like()
    }

    /// The text at a path of keys.
    pub fn str(&self, keys: &[&str]) -> Option<&str> {
        self.get(keys)?.as_str()
    }

    /// The line of an item, from 1; 0 when it has none of its own.
    pub fn line(&self, item: &Item) -> usize {
        item.span().map_or(0, |span| line_of(self.text, span.start))
    }

    /// The line of the value at a path of keys.
    pub fn line_at(&self, keys: &[&str]) -> usize {
        self.get(keys).map_or(0, |item| self.line(item))
    }

    /// An edit that puts `to` in the place of the string at `range`; none when it stands there already.
    pub fn replace(&self, field: &str, range: Range<usize>, from: &str, to: &str) -> Option<Edit> {
        let quote = match &self.text[range.clone()] {
            literal if literal.starts_with('\'') && !to.contains('\'') => '\'',
            _ => '"',
        };
        let escaped =
            if quote == '"' { to.replace('\\', "\\\\").replace('"', "\\\"") } else { to.to_string() };
        (from != to).then(|| Edit {
            path: self.path.to_string(),
            field: field.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            start: range.start,
            end: range.end,
            text: format!("{quote}{escaped}{quote}"),
        })
    }

    /// As `replace`, for the string that an item holds.
    pub fn replace_item(&self, field: &str, item: &Item, to: &str) -> Option<Edit> {
        self.replace(field, item.span()?, item.as_str()?, to)
    }
}

/// An edit of a line of plain text: the bytes in `range` become `to`.
pub fn replace_plain(path: &str, text: &str, field: &str, range: Range<usize>, to: &str) -> Option<Edit> {
    let from = text[range.clone()].to_string();
    (from != to).then(|| Edit {
        path: path.to_string(),
        field: field.to_string(),
        from,
        to: to.to_string(),
        start: range.start,
        end: range.end,
        text: to.to_string(),
    })
}

/// The edit between two texts of which the second has something new in one place; `to` is what that is, for people.
pub fn between(path: &str, field: &str, to: &str, before: &str, after: &str) -> Edit {
    let same = |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let border = |text: &str, at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let start = border(before, same(before, after));
    let (rest, new) = (&before[start..], &after[start..]);
    let tail = rest.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    let tail = (0..=tail).rev().find(|tail| rest.is_char_boundary(rest.len() - tail)).unwrap_or(0);
    Edit {
        path: path.to_string(),
        field: field.to_string(),
        from: String::new(),
        to: to.to_string(),
        start,
        end: before.len() - tail,
        text: new[..new.len() - tail].to_string(),
    }
}

/// The line, from 1, in which a byte stands.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

/// Applies the edits of one file to its text.
///
/// # Errors
/// Two edits that overlap, or one outside of the text: a fault of castoff itself, told rather than guessed over.
pub fn apply(text: &str, edits: &[&Edit]) -> Result<String, Fault> {
    let mut sorted: Vec<&Edit> = edits.to_vec();
    sorted.sort_by_key(|edit| edit.start);
    sorted.dedup();
    let mut done = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        let kept =
            text.get(at..edit.start).filter(|_| text.get(edit.range()).is_some()).ok_or_else(|| {
                Fault::outside(format!("cannot edit `{}` of `{}`: the places overlap", edit.field, edit.path))
            })?;
        done.push_str(kept);
        done.push_str(&edit.text);
        at = edit.end;
    }
    done.push_str(&text[at..]);
    Ok(done)
}

/// Edits of each file.
pub fn by_file(edits: &[Edit]) -> BTreeMap<&str, Vec<&Edit>> {
    let mut files: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        files.entry(&edit.path).or_default().push(edit);
    }
    files
}

/// A tree with edits applied.
///
/// # Errors
/// An edit does not fit its text.
pub fn apply_all(tree: &Tree, edits: &[Edit]) -> Result<Tree, Fault> {
    let mut tree = tree.clone();
    for (path, edits) in by_file(edits) {
        if let Some(text) = tree.texts.get_mut(path) {
            *text = apply(text, &edits)?;
        }
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::{Toml, apply};

    #[test]
    fn one_value_changes_and_nothing_else() {
        let text = "# head\r\n[package]\r\nname='a'   # name\r\nversion   =   '0.1.0'# here\r\n\r\n[deps]\r\nb={path=\"../b\",version=\"0.1.0\" , features=[ ]}\r\n";
        let toml = Toml::parse("Cargo.toml", text).unwrap();
        let edits = [
            toml.replace_item("package.version", toml.get(&["package", "version"]).unwrap(), "0.2.0")
                .unwrap(),
            toml.replace_item("deps.b.version", toml.get(&["deps", "b", "version"]).unwrap(), "0.2.0")
                .unwrap(),
        ];
        let expected = text.replace("'0.1.0'#", "'0.2.0'#").replace("\"0.1.0\" ,", "\"0.2.0\" ,");
        assert_eq!(apply(text, &[&edits[1], &edits[0]]).unwrap(), expected);
    }

    #[test]
    fn an_equal_value_is_no_edit() {
        let toml = Toml::parse("a.toml", "v = '1'").unwrap();
        assert_eq!(toml.replace_item("v", toml.get(&["v"]).unwrap(), "1"), None);
    }

    #[test]
    fn broken_toml_is_told_with_its_line() {
        let fault = Toml::parse("a.toml", "a = 1\nb = \n").unwrap_err();
        assert_eq!(fault.place, Some(("a.toml".into(), 2)));
    }

    #[test]
    fn overlapping_edits_are_refused() {
        let toml = Toml::parse("a.toml", "v = '1'").unwrap();
        let one = toml.replace_item("v", toml.get(&["v"]).unwrap(), "2").unwrap();
        let other = toml.replace_item("v", toml.get(&["v"]).unwrap(), "3").unwrap();
        assert!(apply("v = '1'", &[&one, &other]).is_err());
    }
}
