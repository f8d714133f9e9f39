//! `extra-files` of release-please as entries of castoff's: what they mean is looked up in the files themselves, so that
//! what is written down works.

use serde_json::Value;

use super::render::{key, quoted};
use crate::ecosystem;
use crate::edit::json::Json;
use crate::edit::{Toml, places};
use crate::import::Left;
use crate::import::release_please::Package;
use crate::model::{Tree, VersionHome};
use crate::path;
use crate::workspace::Workspace;

/// The files that a package names.
pub(super) fn paths(package: &Package) -> Vec<String> {
    package.extra_files.iter().filter_map(|entry| path_of(&package.dir, entry)).collect()
}

fn path_of(dir: &str, entry: &Value) -> Option<String> {
    let written = entry.as_str().or_else(|| entry.get("path")?.as_str())?;
    match written.strip_prefix('/') {
        Some(from_root) => path::resolve("", from_root),
        None => path::resolve(dir, written),
    }
}

/// An entry of castoff's; none for what castoff writes by itself.
pub(super) fn entry(
    dir: &str,
    entry: &Value,
    tree: &Tree,
    workspace: &Workspace,
) -> Result<Option<String>, Left> {
    let path =
        path_of(dir, entry).ok_or_else(|| Left::new(format!("extra file `{entry}`"), "it names no file"))?;
    let leave = |why: &str| Err(Left::new(format!("extra file `{}`", path.escape_debug()), why));
    let homes = workspace.packages.iter().any(|package| match &package.version_home {
        VersionHome::Own(file) | VersionHome::Shared(file) => *file == path || package.manifest == path,
        VersionHome::Tag => package.manifest == path,
    });
    if homes || ecosystem::all().any(|ecosystem| ecosystem.rewrites(&path)) {
        return Ok(None);
    }
    if entry.get("glob").and_then(Value::as_bool) == Some(true) {
        return leave("it is a glob; name the files one by one");
    }
    let Some(text) = tree.text(&path) else { return leave("git does not track it") };
    let kind = entry.get("type").and_then(Value::as_str).unwrap_or_default();
    let query = entry.get("jsonpath").and_then(Value::as_str);
    let file = File { path: &path, text };
    // A bare name means the version at the top and marked lines.
    let by_name = match path.rsplit('.').next() {
        Some("toml") => "toml",
        Some("json") => "json",
        Some("yaml" | "yml") => "yaml",
        _ => "generic",
    };
    let (kind, query) = if entry.is_string() { (by_name, Some("$.version")) } else { (kind, query) };
    let found = match (kind, query.and_then(keys)) {
        ("toml", Some(keys)) => file.toml(&keys),
        ("json", Some(keys)) => file.json(&keys),
        ("yaml", Some(keys)) => file.yaml(&keys),
        _ => None,
    };
    match found.or_else(|| (entry.is_string() || kind == "generic").then(|| file.marked()).flatten()) {
        Some(entry) => Ok(Some(entry)),
        None if kind == "generic" => leave("no line of it is marked"),
        None => leave(
            "castoff finds no version there; mark the line with `x-castoff-version`, or write a `regex`",
        ),
    }
}

struct File<'a> {
    path: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn toml(&self, keys: &[String]) -> Option<String> {
        let found = places::in_toml(&Toml::parse(self.path, self.text).ok()?, keys)?;
        Some(self.keyed("toml", keys, &found.text))
    }

    fn json(&self, keys: &[String]) -> Option<String> {
        let json = Json::parse(self.path, self.text).ok()?;
        Some(self.keyed("json", keys, &places::in_json(&json, keys)?.value))
    }

    /// castoff reads no YAML; a key at the top is a line.
    fn yaml(&self, keys: &[String]) -> Option<String> {
        let [key] = keys else { return None };
        let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let lines = self
            .text
            .lines()
            .filter(|line| line.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with(':')));
        let pattern = format!("^{key}: *[\"']?([^\"' #]+)");
        let is_one = lines.count() == 1 && is_plain && regex_lite::Regex::new(&pattern).is_ok();
        is_one.then(|| format!("{{ path = {}, regex = {} }}", quoted(self.path), quoted(&pattern)))
    }

    fn marked(&self) -> Option<String> {
        self.text.contains("x-release-please-").then(|| quoted(self.path))
    }

    /// A `v` before the version stays.
    fn keyed(&self, kind: &str, keys: &[String], written: &str) -> String {
        let keys: Vec<String> = keys.iter().map(|name| key(name)).collect();
        let is_v =
            written.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let value = if is_v { ", value = \"v{version}\"" } else { "" };
        format!("{{ path = {}, {kind} = {}{value} }}", quoted(self.path), quoted(&keys.join(".")))
    }
}

/// `$.a['b'][0]` as keys; none for a query that could lead to several places.
fn keys(query: &str) -> Option<Vec<String>> {
    let mut rest = query.strip_prefix('$')?;
    let mut keys = Vec::new();
    while !rest.is_empty() {
        let (key, after) = if let Some(tail) = rest.strip_prefix('.') {
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            (&tail[..end], &tail[end..])
        } else {
            let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
            let bare = inner.trim_matches(['\'', '"']);
            // A bare word in brackets is a number or a filter.
            let is_key = bare.len() < inner.len() || bare.chars().all(|c| c.is_ascii_digit());
            (Some(bare).filter(|_| is_key)?, after)
        };
        if key.is_empty() || key.contains(['*', '?', '@', '(']) {
            return None;
        }
        keys.push(key.to_string());
        rest = after;
    }
    (!keys.is_empty()).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn queries_that_lead_to_one_place_are_keys() {
        for (query, expected) in [
            ("$.version", "version"),
            ("$.project.version", "project|version"),
            ("$['a.b'].c[0][\"d\"]", "a.b|c|0|d"),
            ("$", ""),
            ("$..version", ""),
            ("$.package[?(@.name.value=='x')].version", ""),
            ("$.*.version", ""),
            ("version", ""),
        ] {
            assert_eq!(keys(query).unwrap_or_default().join("|"), expected, "{query}");
        }
    }
}
