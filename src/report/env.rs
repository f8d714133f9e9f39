//! `KEY=VALUE` lines, fit for `eval` and for `$GITHUB_OUTPUT` alike: no value ever needs quoting.

use std::collections::BTreeMap;

use crate::detect::{Base, Detected};
use crate::fault::Fault;
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

/// A name as a variable of a shell: `@org/worker` is `ORG_WORKER`.
fn key(name: &str) -> String {
    let upper = name.to_uppercase();
    let plain: String = upper.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let parts: Vec<&str> = plain.split('_').filter(|part| !part.is_empty()).collect();
    // Runs of `_` are one and the first is cut; one at the end stays.
    let joined = parts.join("_") + if plain.ends_with('_') && !parts.is_empty() { "_" } else { "" };
    if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("_{joined}") } else { joined }
}

/// A ref that needs no quoting, else its commit.
fn reference(base: &Base) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+/@:-".contains(c);
    if !base.name.is_empty() && base.name.chars().all(plain) { &base.name } else { &base.commit }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn names_become_variables() {
        for (name, expected) in [
            ("@org/worker", "ORG_WORKER"),
            ("ffi-core", "FFI_CORE"),
            ("a--b", "A_B"),
            ("2fast", "_2FAST"),
            ("x.", "X_"),
        ] {
            assert_eq!(key(name), expected, "{name}");
        }
    }
}
