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
    let sets = detected.path_sets.iter().map(|(name, changed)| (name, *changed));
    let components = detected.components.iter().map(|change| (&change.name, change.changed()));
    let all: Vec<(&String, bool)> = sets.chain(components).collect();
    let mut keys: BTreeMap<String, &str> = BTreeMap::new();
    for (name, _) in &all {
        if let Some(other) = keys.insert(key(name), name) {
            let fault =
                Fault::usage(format!("`{other}` and `{name}` are both `{}` in machine output", key(name)));
            return Err(fault.help("rename the path set or the component in castoff.toml"));
        }
    }
    let mut text = format!("CHANGES_BASE_REF={}\n", reference(&detected.base));
    for (name, changed) in all {
        text += &format!("{}_CHANGED={changed}\n", key(name));
    }
    let own = detected.components.iter().filter(|change| change.base.commit != detected.base.commit);
    // A component that was never released has no base of its own to name.
    for change in own.filter(|change| !change.base.commit.is_empty()) {
        text += &format!("{}_BASE_REF={}\n", key(&change.name), reference(&change.base));
    }
    Ok(text)
}

/// What `versions --format env` prints.
///
/// # Errors
/// As `detect`.
pub fn versions(detected: &Detected, next: &[Next]) -> Result<String, Fault> {
    let mut text = detect(detected)?;
    for next in next {
        let version = next.next.as_ref().map_or("unchanged".to_string(), ToString::to_string);
        let key = key(&next.component);
        text += &format!("CURRENT_{key}_VERSION={}\nNEXT_{key}_VERSION={version}\n", next.current);
    }
    Ok(text)
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
