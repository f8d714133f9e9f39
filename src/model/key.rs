//! Names of components and path sets as machine output and scripts write them.

/// A name as a variable of a shell: `@org/worker` is `ORG_WORKER`.
pub fn key(name: &str) -> String {
    let upper = name.to_uppercase();
    let plain: String = upper.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let parts: Vec<&str> = plain.split('_').filter(|part| !part.is_empty()).collect();
    // Runs of `_` are one and the first is cut; one at the end stays.
    let joined = parts.join("_") + if plain.ends_with('_') && !parts.is_empty() { "_" } else { "" };
    if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("_{joined}") } else { joined }
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
