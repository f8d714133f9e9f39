//! Reading one table of the configuration: typed values, faults with lines, and in the end every key that
//! nobody asked for. The keys that were asked for are the known ones, so there is no second list to keep.

use std::time::Duration;

use toml_edit::{Item, TableLike};

use crate::edit::Toml;
use crate::fault::{Fault, Faults};
use crate::pattern::Pattern;

/// A table that is being read.
pub(crate) struct Section<'a> {
    toml: Option<&'a Toml<'a>>,
    table: Option<&'a dyn TableLike>,
    name: String,
    asked: Vec<String>,
    /// Its line in the file.
    pub(crate) line: usize,
}

/// What a list may hold.
pub(crate) enum Listed<'a> {
    Text(String),
    Table(Section<'a>),
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(crate) fn root(toml: &'a Toml<'a>) -> Section<'a> {
        Section {
            toml: Some(toml),
            table: Some(toml.root()),
            name: String::new(),
            asked: Vec::new(),
            line: 0,
        }
    }

    /// A file without content: every value is its default.
    pub(crate) fn empty() -> Section<'static> {
        Section { toml: None, table: None, name: String::new(), asked: Vec::new(), line: 0 }
    }

    /// Reads a table that may be missing; keys it does not know are faults.
    pub(crate) fn section<T>(
        &mut self,
        key: &str,
        faults: &mut Faults,
        read: impl FnOnce(&mut Section<'a>, &mut Faults) -> T,
    ) -> T {
        let mut section = self.child(key, faults);
        let value = read(&mut section, faults);
        section.refuse_unknown(faults);
        value
    }

    /// Reads a table whose keys are names.
    pub(crate) fn tables<T>(
        &mut self,
        key: &str,
        faults: &mut Faults,
        read: impl FnOnce(&mut Section<'a>, &mut Faults) -> T,
    ) -> T {
        let mut section = self.child(key, faults);
        read(&mut section, faults)
    }

    /// Reads each table in it, in the order of the file.
    pub(crate) fn each<T>(
        &mut self,
        faults: &mut Faults,
        mut read: impl FnMut(&str, &mut Section<'a>, &mut Faults) -> T,
    ) -> Vec<T> {
        let names = self.keys();
        names
            .iter()
            .map(|name| self.section(name, faults, |section, faults| read(name, section, faults)))
            .collect()
    }

    /// Texts and tables of a list, each with its line.
    pub(crate) fn listed(&mut self, key: &str, faults: &mut Faults) -> Vec<(usize, Listed<'a>)> {
        self.asked.push(key.to_string());
        let Some(item) = self.peek(key) else { return Vec::new() };
        let name = if self.name.is_empty() { key.to_string() } else { format!("{}.{key}", self.name) };
        let section = |table: &'a dyn TableLike, line: usize| {
            let name = name.clone();
            (
                line,
                Listed::Table(Section { toml: self.toml, table: Some(table), name, asked: Vec::new(), line }),
            )
        };
        let line = |span: Option<std::ops::Range<usize>>| {
            span.zip(self.toml).map_or(0, |(span, toml)| crate::edit::line_of(toml.text, span.start))
        };
        let of_value = |value: &'a toml_edit::Value| match (value.as_str(), value.as_inline_table()) {
            (Some(text), _) => Some((line(value.span()), Listed::Text(text.to_string()))),
            (_, Some(table)) => Some(section(table, line(value.span()))),
            _ => None,
        };
        let found: Option<Vec<_>> = match (item.as_array(), item.as_array_of_tables()) {
            (Some(values), _) => values.iter().map(of_value).collect(),
            (_, Some(tables)) => {
                Some(tables.iter().map(|table| section(table, line(table.span()))).collect())
            }
            _ => None,
        };
        if found.is_none() {
            faults.push(self.fault(key, "is not a list of texts and tables"));
        }
        found.unwrap_or_default()
    }

    /// Reads the tables of a list, in their order; none where there is no list.
    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        faults: &mut Faults,
        mut read: impl FnMut(&mut Section<'a>, &mut Faults) -> T,
    ) -> Option<Vec<T>> {
        let is_there = self.peek(key).is_some();
        let mut found = Vec::new();
        for (_, listed) in self.listed(key, faults) {
            let Listed::Table(mut section) = listed else {
                faults.push(self.fault(key, "is not a list of tables"));
                continue;
            };
            section.name = format!("[{key}]");
            found.push(read(&mut section, faults));
            section.refuse_unknown(faults);
        }
        is_there.then_some(found)
    }

    /// Its keys in the order of the file.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.table.map(|table| table.iter().map(|(key, _)| key.to_string()).collect()).unwrap_or_default()
    }

    /// A fault of one of its values.
    pub(crate) fn fault(&self, key: &str, what: &str) -> Fault {
        Fault::usage(format!("`{key}`{} {what}", self.within())).at(self.file(), self.line_at(key))
    }

    /// The line of one of its values; its own where there is no such key.
    pub(crate) fn line_at(&self, key: &str) -> usize {
        self.peek(key).map_or(self.line, |item| self.line_of(item))
    }

    pub(crate) fn string(&mut self, key: &str, faults: &mut Faults) -> Option<String> {
        self.typed(key, "a text", faults, |item| item.as_str().map(str::to_string))
    }

    /// A command for a shell.
    pub(crate) fn command(&mut self, key: &str, faults: &mut Faults) -> Option<String> {
        let text = self.string(key, faults)?;
        if text.trim().is_empty() {
            faults.push(self.fault(key, "is an empty command").help("leave it out for what is usual"));
        }
        Some(text)
    }

    pub(crate) fn bool(&mut self, key: &str, faults: &mut Faults) -> Option<bool> {
        self.typed(key, "`true` or `false`", faults, Item::as_bool)
    }

    pub(crate) fn bool_or_string(&mut self, key: &str, faults: &mut Faults) -> Option<Result<bool, String>> {
        self.typed(key, "a text, `true` or `false`", faults, |item| match item.as_bool() {
            Some(value) => Some(Ok(value)),
            None => item.as_str().map(|text| Err(text.to_string())),
        })
    }

    pub(crate) fn number(&mut self, key: &str, faults: &mut Faults) -> Option<u32> {
        self.typed(key, "a number, 0 or more", faults, |item| item.as_integer()?.try_into().ok())
    }

    pub(crate) fn positive(&mut self, key: &str, faults: &mut Faults) -> Option<usize> {
        let number = |item: &Item| item.as_integer().filter(|number| *number > 0)?.try_into().ok();
        self.typed(key, "a number above 0", faults, number)
    }

    pub(crate) fn strings(&mut self, key: &str, faults: &mut Faults) -> Option<Vec<String>> {
        self.typed(key, "a list of texts", faults, |item| {
            item.as_array()?.iter().map(|value| value.as_str().map(str::to_string)).collect()
        })
    }

    pub(crate) fn duration(&mut self, key: &str, faults: &mut Faults) -> Option<Duration> {
        let text = self.string(key, faults)?;
        let refused = |_| {
            let fault = self.fault(key, &format!("is `{}`", text.escape_debug()));
            faults.push(fault.help("write a time such as `30s` or `5m`"));
        };
        humantime::parse_duration(&text).map_err(refused).ok()
    }

    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &str,
        choices: &[(&str, T)],
        faults: &mut Faults,
    ) -> Option<T> {
        let text = self.string(key, faults)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            let fault = self.fault(key, &format!("is `{}`", text.escape_debug()));
            faults.push(fault.help(format!("use one of {}", names.join(", "))));
        }
        found
    }

    pub(crate) fn patterns(&mut self, key: &str, default: &[&str], faults: &mut Faults) -> Vec<Pattern> {
        let texts =
            self.strings(key, faults).unwrap_or_else(|| default.iter().map(ToString::to_string).collect());
        let lines = self.lines(key);
        let mut patterns = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            match Pattern::new(text) {
                Ok(pattern) => patterns.push(pattern.on_line(lines.get(place).copied().unwrap_or(0))),
                Err(why) => faults.push(self.fault(key, &format!("holds the glob `{text}`")).because(why)),
            }
        }
        patterns
    }

    /// Every key that was not asked for is a fault.
    pub(crate) fn refuse_unknown(&self, faults: &mut Faults) {
        let Some(table) = self.table else { return };
        for (key, item) in table.iter().filter(|(key, _)| !self.asked.iter().any(|asked| asked == key)) {
            let known = table.key(key).and_then(toml_edit::Key::span).map(|span| span.start);
            let line = known
                .zip(self.toml)
                .map_or_else(|| self.line_of(item), |(start, toml)| crate::edit::line_of(toml.text, start));
            let fault = Fault::usage(format!("unknown key `{}`{}", key.escape_debug(), self.within()));
            let nearest = self.asked.iter().min_by_key(|asked| strsim::damerau_levenshtein(asked, key));
            let fault = fault.at(self.file(), line);
            faults.push(match nearest {
                Some(name) => fault.help(format!("did you mean `{name}`?")),
                None => fault,
            });
        }
    }

    fn child(&mut self, key: &str, faults: &mut Faults) -> Section<'a> {
        self.asked.push(key.to_string());
        let item = self.peek(key);
        if item.is_some_and(|item| !item.is_table_like()) {
            faults.push(self.fault(key, "is not a table"));
        }
        let name = if self.name.is_empty() { key.to_string() } else { format!("{}.{key}", self.name) };
        let line = item.map_or(0, |item| self.line_of(item));
        Section { toml: self.toml, table: item.and_then(Item::as_table_like), name, asked: Vec::new(), line }
    }

    fn typed<T>(
        &mut self,
        key: &str,
        what: &str,
        faults: &mut Faults,
        read: impl FnOnce(&Item) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(key.to_string());
        let item = self.peek(key)?;
        let value = read(item);
        if value.is_none() {
            faults.push(self.fault(key, &format!("is not {what}")));
        }
        value
    }

    fn peek(&self, key: &str) -> Option<&'a Item> {
        self.table?.get(key)
    }

    /// The line of each text of a list.
    fn lines(&self, key: &str) -> Vec<usize> {
        let values = self.peek(key).and_then(Item::as_array).into_iter().flatten();
        let line = |at: usize| self.toml.map_or(0, |toml| crate::edit::line_of(toml.text, at));
        values.map(|value| line(start(value.span()))).collect()
    }

    fn line_of(&self, item: &Item) -> usize {
        self.toml.map_or(0, |toml| toml.line(item))
    }

    fn file(&self) -> &str {
        self.toml.map_or("", |toml| toml.path)
    }

    fn within(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!(" in `[{}]`", self.name) }
    }
}

fn start(span: Option<std::ops::Range<usize>>) -> usize {
    span.map_or(0, |span| span.start)
}
