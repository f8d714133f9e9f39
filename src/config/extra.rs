//! `extra-files` of `[component.NAME]`: places beside manifests that hold a version, and what a release writes there.

use regex_lite::Regex;

use super::section::{Listed, Section};
use crate::fault::Faults;

/// One place, or all marked lines, of a file that is no manifest.
#[derive(Clone, Debug)]
pub struct ExtraFile {
    /// Path from the root of the repository.
    pub path: String,
    /// Line of the configuration.
    pub line: usize,
    /// Where in the file.
    pub place: Place,
    /// What is written there; `{version}` is the component's own, `{NAME}` that of another one.
    pub value: String,
    /// Whether the old version may stand in the file after the release, in a history of versions for example.
    pub leftovers: bool,
}

/// Where in a file a version stands.
#[derive(Clone, Debug)]
pub enum Place {
    /// At these keys of a TOML text.
    Toml(Vec<String>),
    /// At these keys of a JSON text.
    Json(Vec<String>),
    /// In the group of this pattern, on the one line that it matches.
    Line(Regex),
    /// On lines that say so themselves: `x-castoff-version`.
    Marked,
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::Toml(one), Place::Toml(other)) | (Place::Json(one), Place::Json(other)) => one == other,
            (Place::Line(one), Place::Line(other)) => one.as_str() == other.as_str(),
            (Place::Marked, Place::Marked) => true,
            _ => false,
        }
    }
}

impl Eq for Place {}

impl PartialEq for ExtraFile {
    fn eq(&self, other: &ExtraFile) -> bool {
        let key = |it: &ExtraFile| (it.path.clone(), it.line, it.value.clone(), it.leftovers);
        key(self) == key(other) && self.place == other.place
    }
}

impl Eq for ExtraFile {}

pub(super) fn read(section: &mut Section, faults: &mut Faults) -> Vec<ExtraFile> {
    let listed = section.listed("extra-files", faults);
    let one = |(line, entry): (usize, Listed)| match entry {
        Listed::Text(path) => {
            let value = "{version}".to_string();
            Some(ExtraFile { path, line, place: Place::Marked, value, leftovers: false })
        }
        Listed::Table(mut section) => {
            let file = file(line, &mut section, faults);
            section.refuse_unknown(faults);
            file
        }
    };
    listed.into_iter().filter_map(one).collect()
}

fn file(line: usize, section: &mut Section, faults: &mut Faults) -> Option<ExtraFile> {
    let path = section.string("path", faults);
    let places = [
        section.string("toml", faults).and_then(|text| keys(section, "toml", &text, faults)).map(Place::Toml),
        section.string("json", faults).and_then(|text| keys(section, "json", &text, faults)).map(Place::Json),
        section.string("regex", faults).and_then(|text| pattern(section, &text, faults)).map(Place::Line),
    ];
    let value = section.string("value", faults);
    let leftovers = section.bool("leftovers", faults).unwrap_or(false);
    let Some(path) = path else {
        faults
            .push(section.fault("path", "is missing").help("name the file, from the root of the repository"));
        return None;
    };
    let mut places: Vec<Place> = places.into_iter().flatten().collect();
    if places.len() > 1 {
        let fault = section.fault("path", "stands beside more than one of `toml`, `json` and `regex`");
        faults.push(fault.help("write an entry for each"));
    }
    let place = places.pop().unwrap_or(Place::Marked);
    let value = value.unwrap_or_else(|| "{version}".to_string());
    Some(ExtraFile { path, line, place, value, leftovers })
}

/// Dotted keys, as TOML writes them; a number is a place in a list.
fn keys(section: &Section, key: &str, text: &str, faults: &mut Faults) -> Option<Vec<String>> {
    match toml_edit::Key::parse(text) {
        Ok(keys) if !keys.is_empty() => Some(keys.iter().map(|key| key.get().to_string()).collect()),
        _ => {
            let fault =
                section.fault(key, &format!("is `{}`, which is no path of keys", text.escape_debug()));
            faults.push(fault.help("write for example `project.version`"));
            None
        }
    }
}

fn pattern(section: &Section, text: &str, faults: &mut Faults) -> Option<Regex> {
    let help = "write one with one group around the version: `version = '(.*)'`";
    match Regex::new(text) {
        Ok(regex) if regex.captures_len() == 2 => Some(regex),
        Ok(regex) => {
            let what = format!("has {} groups", regex.captures_len() - 1);
            faults.push(section.fault("regex", &what).help(help));
            None
        }
        Err(error) => {
            let fault = section.fault("regex", &format!("is `{}`", text.escape_debug()));
            faults.push(fault.because(error.to_string()).help(help));
            None
        }
    }
}
