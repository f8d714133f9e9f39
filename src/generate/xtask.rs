//! The xtask of a repository: a crate of a few lines, a member of its workspace, and the alias by which `cargo xtask` runs it.
//! What is there already stays, byte for byte, but for what is missing.

use super::Generated;
use crate::edit::{Toml, apply};
use crate::fault::{Fault, Faults};
use crate::template::fill;

mod alias;
mod member;
#[cfg(test)]
mod tests;

/// Files that have to be looked at.
pub const FILES: &[&str] = &[ROOT, CONFIG, OLD_CONFIG, MANIFEST, MAIN];

const ROOT: &str = "Cargo.toml";
const CONFIG: &str = ".cargo/config.toml";
/// As cargo named it once, and still reads it.
const OLD_CONFIG: &str = ".cargo/config";
const MANIFEST: &str = "xtask/Cargo.toml";
const MAIN: &str = "xtask/src/main.rs";

/// Where the xtask gets castoff from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The version that writes this.
    Version,
    /// A checkout of it, by a patch in cargo's configuration: the manifest says the same, and a release is one of the usual.
    Path(String),
}

/// All files that an xtask needs, as they should be; `now` gives a file's text.
///
/// # Errors
/// What stands in the way, with file and line.
pub fn xtask(now: &dyn Fn(&str) -> Option<String>, from: &From) -> Result<Vec<Generated>, Faults> {
    let mut faults = Faults::default();
    let root = now(ROOT);
    let mut files = Vec::new();
    let mut add = |path: &str, text: Result<String, Fault>| {
        let text = faults.take(text.map_err(Faults::from));
        files.extend(text.map(|text| Generated { path: path.to_string(), text, executable: false }));
    };
    add(MANIFEST, manifest(now(MANIFEST), root.is_none()));
    // Whatever stands there is the user's: `castoff::xtask()` may be anywhere in it.
    add(MAIN, Ok(now(MAIN).unwrap_or_else(|| include_str!("../../templates/xtask/main.rs").to_string())));
    if let Some(root) = &root {
        let text = member::added(ROOT, root);
        add(ROOT, text.map(|text| if text == *root { text } else { lean(text) }));
    }
    let config = if now(CONFIG).is_none() && now(OLD_CONFIG).is_some() { OLD_CONFIG } else { CONFIG };
    let text = alias::added(config, &now(config).unwrap_or_default(), root.is_some());
    add(config, text.and_then(|text| patched(config, text, from)));
    faults.or(files)
}

fn manifest(now: Option<String>, alone: bool) -> Result<String, Fault> {
    let version = quoted(env!("CARGO_PKG_VERSION"));
    let Some(now) = now else {
        let text =
            fill(MANIFEST, include_str!("../../templates/xtask/Cargo.toml"), &[("version", &version)])?;
        // No workspace is above it, and none is to be looked for beyond the repository.
        return Ok(if alone { lean(format!("{text}\n[workspace]\n")) } else { text });
    };
    let toml = Toml::parse(MANIFEST, &now)?;
    if toml.get(&["package", "publish"]).and_then(|item| item.as_bool()) != Some(false) {
        let fault = Fault::usage("the xtask would be released with all else");
        let line = toml.line_at(&["package", "publish"]);
        return Err(fault.at(MANIFEST, line).help("write `publish = false` into `[package]`"));
    }
    let known = |table: &str| toml.get(&[table, "castoff"]).is_some();
    if known("dependencies") {
        return renewed(&toml);
    }
    let line = format!("castoff = {version}\n");
    Ok(match header(&now, "dependencies") {
        Some(at) => format!("{}{line}{}", &now[..at], &now[at..]),
        None => format!("{}\n[dependencies]\n{line}", with_newline(&now)),
    })
}

/// With the profile by which castoff is built in less time, unless somebody has profiles that this would not fit behind.
fn lean(text: String) -> String {
    let lines = "[profile.dev.package.castoff]\ndebug = false # it builds in less time, and nobody steps through it\n";
    let more = format!("{}\n{lines}", with_newline(&text));
    if Toml::parse(ROOT, &more).is_ok() { more } else { text }
}

/// With the version of the castoff that writes this, where a version stands; a path and a revision are somebody's choice.
fn renewed(toml: &Toml) -> Result<String, Fault> {
    let keys: &[&[&str]] = &[&["dependencies", "castoff", "version"], &["dependencies", "castoff"]];
    let item = keys.iter().filter_map(|keys| toml.get(keys)).find(|item| item.is_str());
    let edit = item.and_then(|item| toml.replace_item("castoff", item, env!("CARGO_PKG_VERSION")));
    let Some(edit) = edit else { return Ok(toml.text.to_string()) };
    apply(toml.text, &[&edit])
}

/// With the patch that takes castoff from a checkout, if it is to be taken from one.
fn patched(path: &str, text: String, from: &From) -> Result<String, Fault> {
    let From::Path(castoff) = from else { return Ok(text) };
    if Toml::parse(path, &text)?.get(&["patch", "crates-io", "castoff"]).is_some() {
        return Ok(text);
    }
    let line = format!("castoff = {{ path = {} }}\n", quoted(castoff));
    Ok(match header(&text, "patch.crates-io") {
        Some(at) => format!("{}{line}{}", &text[..at], &text[at..]),
        None => format!("{}\n[patch.crates-io]\n{line}", with_newline(&text)),
    })
}

/// Where the line behind the header of a table begins.
fn header(text: &str, table: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let bare: String = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        if bare == format!("[{table}]") {
            return line.ends_with('\n').then_some(at);
        }
    }
    None
}

/// A text that something can be written behind.
fn with_newline(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_string() } else { format!("{text}\n") }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}
