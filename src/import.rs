//! The set-ups of other release tools, as their files say it: read here, judged in `init`.

use serde_json::Value;

use crate::edit::line_of;
use crate::fault::Fault;
use crate::model::Tree;

pub mod cargo_release;
pub mod changesets;
pub mod release_please;

/// Something that castoff's configuration has no equal for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// The key, or what it stands for.
    pub what: String,
    /// Why, or what to do instead.
    pub why: String,
}

impl Left {
    /// Something left out, with the reason.
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Left {
        Left { what: what.into(), why: why.into() }
    }
}

/// Whether the text of a file says how another tool releases.
pub fn wants(path: &str) -> bool {
    [release_please::CONFIG, release_please::MANIFEST, cargo_release::FILE].contains(&path)
        || crate::path::name(path) == cargo_release::FILE
        || changesets::wants(path)
}

/// A JSON file, comments allowed.
///
/// # Errors
/// What is wrong with it, with file and line.
fn json(tree: &Tree, path: &str) -> Result<Option<Value>, Fault> {
    let Some(text) = tree.text(path) else { return Ok(None) };
    let parsed = jsonc_parser::parse_to_serde_value::<Value>(text, &Default::default());
    parsed.map(Some).map_err(|error| {
        let fault = Fault::usage(format!("cannot read `{path}`"));
        let fault = fault.at(path, line_of(text, error.range().start));
        fault.because(error.kind().to_string()).help("correct the JSON")
    })
}

#[cfg(test)]
mod tests;
