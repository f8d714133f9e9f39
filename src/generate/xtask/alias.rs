//! `cargo xtask` itself: an alias in the repository's configuration of cargo.

use super::{header, with_newline};
use crate::edit::Toml;
use crate::fault::Fault;

/// Run as a member of the workspace, from wherever in it.
const MEMBER: &str = "run --package xtask --";
/// Where there is no workspace: from the root alone, for cargo reads the path from where it is started.
const ALONE: &str = "run --manifest-path xtask/Cargo.toml --";

/// The text with the alias; one that is there already stays.
///
/// # Errors
/// An alias of that name that runs something else, or aliases that are not in a table of their own.
pub(super) fn added(path: &str, text: &str, is_member: bool) -> Result<String, Fault> {
    let toml = Toml::parse(path, text)?;
    if let Some(item) = toml.get(&["alias", "xtask"]) {
        let words =
            item.as_array().map(|list| list.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>());
        let words = words.or_else(|| Some(item.as_str()?.split_whitespace().collect())).unwrap_or_default();
        return if words.iter().any(|word| word.trim_end_matches("/Cargo.toml").ends_with("xtask")) {
            Ok(text.to_string())
        } else {
            let fault = Fault::usage("`cargo xtask` runs something else").at(path, toml.line(item));
            Err(fault.help("give that alias another name"))
        };
    }
    let line = format!("xtask = \"{}\"\n", if is_member { MEMBER } else { ALONE });
    if let Some(at) = header(text, "alias") {
        return Ok(format!("{}{line}{}", &text[..at], &text[at..]));
    }
    if toml.get(&["alias"]).is_some() {
        let fault = Fault::usage("cannot add the alias `xtask`").at(path, toml.line_at(&["alias"]));
        return Err(fault
            .because("the aliases have no header `[alias]`")
            .help(format!("add it there: `{}`", line.trim())));
    }
    let before = with_newline(text);
    let gap = if before.is_empty() { "" } else { "\n" };
    Ok(format!("{before}{gap}[alias]\n{line}"))
}
