//! Notes and sections of a changelog as Markdown and as JSON.

use serde_json::{Value, json};

use super::clean;
use crate::changelog::Section;
use crate::plan::notes::Notes;
use crate::version::Version;

/// The entries of all components; where there are several, each below the name of its component.
pub fn markdown(notes: &[Notes]) -> String {
    let alone = notes.len() == 1;
    let entry = |notes: &Notes| {
        let title = if alone { String::new() } else { format!("# {}\n\n", notes.component) };
        format!("{title}{}\n", notes.entry)
    };
    clean(&notes.iter().map(entry).collect::<Vec<_>>().join("\n"))
}

/// `changelog --json`.
pub fn json(notes: &[Notes]) -> Value {
    let component = |notes: &Notes| {
        json!({
            "name": notes.component,
            "current": notes.current.to_string(),
            "next": notes.version.to_string(),
            "tag": notes.tag,
            "previous": notes.previous,
            "notes": notes.entry,
        })
    };
    json!({ "schema": 1, "components": notes.iter().map(component).collect::<Vec<_>>() })
}

/// A section that was found, or a line in its place that a reader of the release understands.
pub fn section(version: &Version, found: Option<&(String, Section)>) -> String {
    match found {
        Some((_, section)) => clean(&format!("{}\n\n{}\n", section.heading, section.body)),
        None => format!("{}\n", fallback(version)),
    }
}

fn fallback(version: &Version) -> String {
    format!("The changelog has no section for {version}.")
}

/// `changelog --version V --json`.
pub fn section_json(component: Option<&str>, version: &Version, found: Option<&(String, Section)>) -> Value {
    let section = found.map(|(_, section)| section);
    json!({
        "schema": 1,
        "component": component,
        "version": version.to_string(),
        "path": found.map(|(path, _)| path),
        "line": section.map(|section| section.line),
        "heading": section.map(|section| &section.heading),
        "notes": section.map_or_else(|| fallback(version), |section| section.body.clone()),
    })
}
