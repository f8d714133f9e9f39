//! Reads a gemspec without running it: what it assigns to its specification, where its version stands, what it needs.
//! What it computes in some other way is none; then Ruby is asked (`ask`).

use std::collections::BTreeMap;
use std::ops::Range;

use super::expression::{self, Place, is_call};
use crate::edit::ruby::{Kind, Statement, Token, statements};
use crate::model::{Need, Tree};
use crate::path;
use crate::registry::rubygems::SOURCE;

/// The text of a gemspec, taken apart.
pub(super) struct Gemspec<'a> {
    pub(super) path: &'a str,
    pub(super) dir: &'a str,
    pub(super) statements: Vec<Statement<'a>>,
    /// The statement that opens the specification.
    block: usize,
    /// What the specification is called in there: `spec`.
    variable: &'a str,
}

/// One gem that a gemspec or Gemfile asks for.
pub(super) struct Needed<'g> {
    pub(super) name: &'g Token<'g>,
    pub(super) need: Need,
    pub(super) clauses: Clauses<'g>,
}

/// Which versions of it.
pub(super) enum Clauses<'g> {
    /// As written, each clause a string of its own; none at all allows every version.
    Written(Vec<&'g Token<'g>>),
    /// An operator and the gem's own version: it follows without any edit.
    OwnVersion(String),
    /// In some other way.
    Computed,
}

impl<'a> Gemspec<'a> {
    /// None where the file makes no specification by itself.
    pub(super) fn parse(path: &'a str, text: &'a str) -> Option<Gemspec<'a>> {
        let statements = statements(text);
        let opens = |statement: &Statement<'a>| {
            let at = statement.tokens.windows(3).position(|three| {
                three[0].is_word("Gem") && three[1].is_sign("::") && three[2].is_word("Specification")
            })?;
            let [dot, new] = statement.after(at + 3).first_chunk()?;
            let block = statement.tokens.iter().rposition(|token| token.is_sign("|"))?;
            (dot.is_sign(".") && new.is_word("new")).then(|| statement.tokens[block - 1].text)
        };
        let (block, variable) =
            statements.iter().enumerate().find_map(|(at, statement)| Some((at, opens(statement)?)))?;
        Some(Gemspec { path, dir: path::parent(path), statements, block, variable })
    }

    /// The statements of the specification, with whether each stands in a condition or loop.
    fn own(&self) -> impl Iterator<Item = (&Statement<'a>, bool)> {
        self.statements.iter().filter_map(|statement| {
            let at = statement.within.iter().position(|frame| frame.opened_by == self.block)?;
            Some((statement, at + 1 < statement.within.len()))
        })
    }

    /// What stands behind `spec.FIELD =`, where that is said once and for certain.
    pub(super) fn assigned(&self, field: &str) -> Option<&[Token<'a>]> {
        let mut found =
            self.own().filter(|(statement, _)| statement.begins(&[self.variable, ".", field, "="]));
        let (statement, maybe) = found.next()?;
        let value = statement.after(4);
        (!maybe && found.next().is_none() && !has_modifier(value)).then_some(value)
    }

    /// `Gem::Specification.new "name", VERSION do |spec|` gives both at once.
    fn argument(&self, place: usize) -> Option<&[Token<'a>]> {
        let statement = &self.statements[self.block];
        let new = statement.tokens.iter().position(|token| token.is_word("new"))?;
        let end = statement.tokens.iter().rposition(|token| token.is_word("do") || token.is_sign("{"))?;
        expression::arguments(statement.tokens.get(new + 1..end)?).into_iter().nth(place)
    }

    /// Its name, where that is written out.
    pub(super) fn name(&self) -> Option<&str> {
        let value = self.assigned("name").or_else(|| self.argument(0))?;
        expression::text(value).map(|token| token.text)
    }

    /// The platform that its gem is for; none where it depends on something.
    pub(super) fn platform(&self) -> Option<String> {
        let begins = |statement: &Statement| statement.begins(&[self.variable, ".", "platform", "="]);
        if !self.statements.iter().any(begins) {
            return Some(SOURCE.to_string());
        }
        let value = expression::bare(self.assigned("platform")?);
        let is_ruby = expression::constant(value).is_some_and(|names| names == ["Gem", "Platform", "RUBY"]);
        let written = expression::text(value).map(|token| token.text.to_string());
        written.or_else(|| is_ruby.then(|| SOURCE.to_string()))
    }

    /// File and range of its version.
    pub(super) fn version(&self, tree: &Tree) -> Option<Place> {
        let value = self.assigned("version").or_else(|| self.argument(1))?;
        self.place(tree, value, 0)
    }

    /// Where the text stands that an expression gives.
    fn place(&self, tree: &Tree, value: &[Token<'a>], depth: usize) -> Option<Place> {
        let value = expression::bare(value);
        if depth > 4 {
            return None;
        }
        if let Some(token) = expression::text(value) {
            return Some(Place { file: self.path.to_string(), range: token.range.clone() });
        }
        match value {
            [local] if local.kind == Kind::Word && local.text.starts_with(char::is_lowercase) => {
                let mut set = self.statements.iter().filter(|statement| statement.begins(&[local.text, "="]));
                let first = set.next().filter(|statement| !has_modifier(statement.after(2)))?;
                set.next().is_none().then(|| self.place(tree, first.after(2), depth + 1)).flatten()
            }
            [spec, dot, field]
                if spec.is_word(self.variable) && dot.is_sign(".") && field.is_word("version") =>
            {
                self.place(tree, self.assigned("version")?, depth + 1)
            }
            [class, dot, read, argument @ ..] if is_call(&[class, dot, read], &["File", "IO"], "read") => {
                let file = expression::path(argument, self.path)?;
                let text = tree.text(&file)?;
                let start = text.find(|c: char| !c.is_whitespace())?;
                Some(Place { file, range: start..text.trim_end().len() })
            }
            _ => self.constant(tree, &expression::constant(value)?),
        }
    }

    /// Where a constant is set: in a file that the gemspec requires, else in one that is named for versions.
    fn constant(&self, tree: &Tree, names: &[&str]) -> Option<Place> {
        let required = self.required();
        let required = required.iter().find_map(|file| constant_in(file, tree.text(file)?, names));
        required.or_else(|| self.version_files(tree).find_map(|(file, text)| constant_in(file, text, names)))
    }

    /// The files that it requires before its version is known.
    fn required(&self) -> Vec<String> {
        let file = |statement: &Statement<'a>| {
            let (word, argument) = statement.tokens.split_first()?;
            let found = match word.text {
                "require_relative" => expression::path(argument, self.path)?,
                "require" | "load" => match expression::text(expression::bare(argument)) {
                    Some(token) => path::resolve(self.dir, &format!("lib/{}", token.text))?,
                    None => expression::path(argument, self.path)?,
                },
                _ => return None,
            };
            Some(if found.ends_with(".rb") { found } else { found + ".rb" })
        };
        self.statements.iter().filter_map(file).collect()
    }

    /// Files below `lib` that are named for versions.
    fn version_files<'t>(&self, tree: &'t Tree) -> impl Iterator<Item = (&'t str, &'t str)> {
        let lib = path::join(self.dir, "lib/");
        let texts = tree.texts.range(lib.clone()..).take_while(move |(file, _)| file.starts_with(&lib));
        texts
            .filter(|(file, _)| file.ends_with("version.rb"))
            .map(|(file, text)| (file.as_str(), text.as_str()))
    }

    /// Where Ruby's answer stands, in a gemspec that says it in a way of its own: the one place that holds this
    /// version, else the one constant that is called `VERSION`.
    pub(super) fn version_like(&self, tree: &Tree, answer: &str) -> Option<Place> {
        let in_file = |file: &str, statements: &[Statement]| -> Vec<(Place, bool)> {
            let place = |token: &Token| Place { file: file.to_string(), range: token.range.clone() };
            let set = |statement: &Statement| {
                let is_version = statement.begins(&["VERSION", "="]);
                let first = statement.tokens.iter().find(|t| t.kind == Kind::Text && t.text == answer);
                let named = || expression::text(expression::bare(statement.after(2)));
                match (first, is_version) {
                    (Some(token), _) => Some((place(token), true)),
                    (None, true) => Some((place(named()?), false)),
                    _ => None,
                }
            };
            statements.iter().filter_map(set).collect()
        };
        let mut found = in_file(self.path, &self.statements);
        let required = self.required();
        let required = required.iter().filter_map(|file| Some((file.as_str(), tree.text(file)?)));
        let files: BTreeMap<&str, &str> = required.chain(self.version_files(tree)).collect();
        for (file, text) in files {
            found.extend(in_file(file, &statements(text)));
        }
        let equal: Vec<&Place> = found.iter().filter(|(_, equal)| *equal).map(|(place, _)| place).collect();
        let all: Vec<&Place> = found.iter().map(|(place, _)| place).collect();
        match (&equal[..], &all[..]) {
            ([one], _) | ([], [one]) => Some((*one).clone()),
            _ => None,
        }
    }

    /// Every gem that it asks for by name; false where there are others that only Ruby knows.
    pub(super) fn needed(&self) -> (Vec<Needed<'_>>, bool) {
        let mut found = Vec::new();
        let mut all = true;
        for (statement, _) in self.own() {
            let need = match statement.tokens.get(2).map(|token| token.text) {
                Some("add_dependency" | "add_runtime_dependency") => Need::Normal,
                Some("add_development_dependency") => Need::Dev,
                _ => continue,
            };
            if !statement.begins(&[self.variable, "."]) {
                continue;
            }
            let arguments = expression::arguments(without_modifier(statement.after(3)));
            match arguments.split_first().and_then(|(first, rest)| Some((expression::text(first)?, rest))) {
                Some((name, rest)) => found.push(Needed { name, need, clauses: self.clauses(rest) }),
                None => all = false,
            }
        }
        (found, all)
    }

    fn clauses<'g>(&'g self, arguments: &[&'g [Token<'g>]]) -> Clauses<'g> {
        let written = || {
            let lists = arguments.iter().map(|argument| expression::list(argument));
            Some(lists.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        };
        if let Some(written) = written() {
            return Clauses::Written(written);
        }
        let [only] = arguments else { return Clauses::Computed };
        let operator = match expression::bare(only) {
            [token] if token.kind == Kind::Computed => interpolated(token.text),
            _ => Some((String::new(), "")),
        };
        let own = match (operator.as_ref(), expression::bare(only)) {
            (Some((_, "")), value) => self.is_own_version(value),
            (Some((_, inner)), _) => {
                let inner = crate::edit::ruby::tokens(inner);
                self.is_own_version(&inner)
            }
            (None, _) => false,
        };
        match (own, operator) {
            (true, Some((operator, _))) => Clauses::OwnVersion(operator),
            _ => Clauses::Computed,
        }
    }

    /// Whether an expression gives what the specification has as its version.
    fn is_own_version(&self, value: &[Token]) -> bool {
        let texts = |tokens: &[Token]| -> Vec<String> {
            expression::bare(tokens).iter().map(|token| token.text.to_string()).collect()
        };
        let value = texts(value);
        let spec = [self.variable, ".", "version"];
        let assigned = self.assigned("version").or_else(|| self.argument(1)).map(texts);
        let through = assigned.as_ref().and_then(|own| match &own[..] {
            [local] => {
                let set = self.statements.iter().find(|statement| statement.begins(&[local, "="]))?;
                Some(texts(set.after(2)))
            }
            _ => None,
        });
        value == spec || assigned.is_some_and(|own| own == value) || through.is_some_and(|own| own == value)
    }
}

/// Operator and inner expression of `= #{version}`.
fn interpolated(text: &str) -> Option<(String, &str)> {
    let (operator, rest) = text.split_once("#{")?;
    let inner = rest.strip_suffix('}')?;
    (!inner.contains(['{', '}'])).then(|| (operator.trim().to_string(), inner))
}

/// `… if RUBY_PLATFORM == "java"`
fn has_modifier(tokens: &[Token]) -> bool {
    without_modifier(tokens).len() < tokens.len()
}

fn without_modifier<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let end = tokens.iter().position(|token| token.is_word("if") || token.is_word("unless"));
    &tokens[..end.unwrap_or(tokens.len())]
}

/// Where a file sets a constant to a plain string: the only one of this name, or the one in the right module.
fn constant_in(file: &str, text: &str, names: &[&str]) -> Option<Place> {
    let (name, outer) = names.split_last()?;
    let statements = statements(text);
    let value = |statement: &Statement| -> Option<Range<usize>> {
        let at = statement.tokens.iter().position(|token| token.is_sign("="))?;
        let is_it = statement.tokens.get(at.checked_sub(1)?)?.is_word(name)
            && statement.tokens[..at].iter().all(|token| token.kind == Kind::Word || token.is_sign("::"));
        Some(expression::text(expression::bare(statement.after(at + 1)))?.range.clone()).filter(|_| is_it)
    };
    let found: Vec<(&Statement, Range<usize>)> =
        statements.iter().filter_map(|statement| Some((statement, value(statement)?))).collect();
    let in_module = |statement: &Statement| {
        let opener = statement.within.last().map(|frame| &statements[frame.opened_by]);
        opener.is_some_and(|opener| opener.tokens.iter().any(|token| Some(&token.text) == outer.last()))
    };
    let right: Vec<_> = found.iter().filter(|(statement, _)| in_module(statement)).collect();
    let range = match (&found[..], &right[..]) {
        ([(_, range)], _) | (_, [(_, range)]) => range.clone(),
        _ => return None,
    };
    Some(Place { file: file.to_string(), range })
}
