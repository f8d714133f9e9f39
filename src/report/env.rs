//! `KEY=VALUE` lines, fit for `eval` and for `$GITHUB_OUTPUT` alike: no value ever needs quoting.

use std::collections::BTreeMap;

use crate::detect::{Base, Detected};
use crate::fault::Fault;
use crate::model::key::key;
use crate::versions::Next;

/// What `detect --format env` prints.
///
/// # Errors
/// Two names that become one key.
pub fn detect(detected: &Detected) -> Result<String, Fault> {
    text(&detect_lines(detected))
}

/// What `versions --format env` prints.
///
/// # Errors
/// As `detect`.
pub fn versions(detected: &Detected, next: &[Next]) -> Result<String, Fault> {
    let mut lines = detect_lines(detected);
    for next in next {
        let (key, name) = (key(&next.component), next.component.as_str());
        let version = next.next.as_ref().map_or("unchanged".to_string(), ToString::to_string);
        lines.push(Line { key: format!("CURRENT_{key}_VERSION"), name, value: next.current.to_string() });
        lines.push(Line { key: format!("NEXT_{key}_VERSION"), name, value: version });
    }
    text(&lines)
}

struct Line<'a> {
    key: String,
    /// The path set or component that it speaks of.
    name: &'a str,
    value: String,
}

fn detect_lines(detected: &Detected) -> Vec<Line<'_>> {
    let base = reference(&detected.base).to_string();
    let mut lines = vec![Line { key: "CHANGES_BASE_REF".to_string(), name: "CHANGES_BASE_REF", value: base }];
    let sets = detected.path_sets.iter().map(|(name, changed)| (name, *changed));
    let components = detected.components.iter().map(|change| (&change.name, change.changed()));
    for (name, changed) in sets.chain(components) {
        lines.push(Line { key: format!("{}_CHANGED", key(name)), name, value: changed.to_string() });
    }
    let own = detected.components.iter().filter(|change| change.base.commit != detected.base.commit);
    // A component that was never released has no base of its own to name.
    for change in own.filter(|change| !change.base.commit.is_empty()) {
        let (key, value) = (format!("{}_BASE_REF", key(&change.name)), reference(&change.base).to_string());
        lines.push(Line { key, name: &change.name, value });
    }
    lines
}

/// A key that stood twice would silently be the second one.
fn text(lines: &[Line]) -> Result<String, Fault> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for line in lines {
        if let Some(other) = seen.insert(&line.key, line.name) {
            let fault = Fault::usage(format!(
                "`{other}` and `{}` are both `{}` in machine output",
                line.name, line.key
            ));
            return Err(fault.help("rename the path set or the component in castoff.toml"));
        }
    }
    Ok(lines.iter().map(|line| format!("{}={}\n", line.key, line.value)).collect())
}

/// A ref that needs no quoting, else its commit.
fn reference(base: &Base) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+/@:-".contains(c);
    if !base.name.is_empty() && base.name.chars().all(plain) { &base.name } else { &base.commit }
}
