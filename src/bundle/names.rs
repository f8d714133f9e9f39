//! Names from a bundle become paths and arguments of commands: only what cannot be mistaken for anything else is taken.

/// A path below a directory.
pub(super) fn path(text: &str) -> Result<(), String> {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let odd = |c: char| c == '\\' || c.is_control();
    match text.split('/').all(is_plain) && !text.contains(odd) {
        true => Ok(()),
        false => Err(format!("`{}` would lead out of the bundle", text.escape_debug())),
    }
}

/// The name of a package or of a file.
pub(super) fn name(text: &str) -> Result<(), String> {
    let is_first = |c: char| c.is_ascii_alphanumeric() || c == '@' || c == '_';
    let is_rest = |c: char| c.is_ascii_alphanumeric() || "@_-+./~!".contains(c);
    match text.starts_with(is_first) && text.chars().all(is_rest) && path(text).is_ok() {
        true => Ok(()),
        false => Err(format!("`{}` is no name of a package or file", text.escape_debug())),
    }
}
