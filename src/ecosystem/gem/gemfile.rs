//! Gemfiles: which gems of the repository one takes from their directories.

use super::expression;
use crate::edit::ruby::{Kind, Statement, Token, statements};
use crate::path;

/// A gem that a Gemfile takes from a directory.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) clauses: Vec<Token<'a>>,
}

/// Names that a Gemfile may have.
pub(super) const NAMES: [&str; 2] = ["Gemfile", "gems.rb"];

/// The gems that a Gemfile takes from directories.
pub(super) fn local<'a>(text: &'a str) -> Vec<Line<'a>> {
    let all = statements(text);
    let line = |statement: &Statement<'a>| -> Option<Line<'a>> {
        let (gem, rest) = statement.tokens.split_first()?;
        let arguments = expression::arguments(rest);
        let name = expression::text(arguments.first()?).filter(|_| gem.is_word("gem"))?;
        let in_block = statement.within.iter().any(|frame| all[frame.opened_by].begins(&["path"]));
        let has_path =
            rest.iter().any(|token| token.text == "path" && matches!(token.kind, Kind::Word | Kind::Symbol));
        if !(in_block || has_path) {
            return None;
        }
        let lists = arguments[1..].iter().map_while(|argument| expression::list(argument));
        Some(Line { name: name.text, clauses: lists.flatten().cloned().collect() })
    };
    all.iter().filter_map(line).collect()
}

/// Whether a Gemfile takes the gem of its own directory.
pub(super) fn has_gemspec(text: &str) -> bool {
    statements(text).iter().any(|statement| statement.begins(&["gemspec"]) && statement.tokens.len() == 1)
}

/// The Gemfile of a directory among these files.
pub(super) fn of<'t>(dir: &str, has: impl Fn(&str) -> bool + 't) -> Option<String> {
    NAMES.iter().map(|name| path::join(dir, name)).find(|file| has(file))
}
