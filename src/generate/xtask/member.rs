//! The xtask among the members of a workspace.

use toml_edit::Array;

use super::{header, with_newline};
use crate::edit::{Toml, apply, line_of};
use crate::effect::Edit;
use crate::fault::Fault;
use crate::pattern::Pattern;

const NAME: &str = "xtask";

/// The manifest at the root with the xtask among the members; where there is no workspace it becomes one.
///
/// # Errors
/// The workspace excludes it, or names members in a way that cannot be added to.
pub(super) fn added(path: &str, text: &str) -> Result<String, Fault> {
    let toml = Toml::parse(path, text)?;
    if toml.get(&["workspace"]).is_none() {
        return Ok(format!("{}\n[workspace]\nmembers = [\"{NAME}\"]\n", with_newline(text)));
    }
    let list = |key: &str| toml.get(&["workspace", key]).and_then(|item| item.as_array());
    let holds = |list: Option<&Array>| {
        let mut names = list.into_iter().flatten().filter_map(|value| value.as_str());
        names.any(|name| Pattern::new(name.trim_end_matches('/')).is_ok_and(|pattern| pattern.matches(NAME)))
    };
    if holds(list("exclude")) {
        let fault = Fault::usage(format!("the workspace excludes `{NAME}`"));
        let line = toml.line_at(&["workspace", "exclude"]);
        return Err(fault.at(path, line).help("take it out of `exclude`: `cargo xtask` runs a member"));
    }
    match list("members") {
        members if holds(members) => Ok(text.to_string()),
        Some(members) => appended(path, text, members),
        None => match header(text, "workspace") {
            Some(at) => Ok(format!("{}members = [\"{NAME}\"]\n{}", &text[..at], &text[at..])),
            None => {
                let fault = Fault::usage(format!("cannot make `{NAME}` a member of the workspace"));
                let fault = fault.at(path, toml.line_at(&["workspace"]));
                Err(fault
                    .because("it has no header `[workspace]`")
                    .help(format!("write `members = [\"{NAME}\"]` there")))
            }
        },
    }
}

/// At the end of the list, as its other lines are written.
fn appended(path: &str, text: &str, members: &Array) -> Result<String, Fault> {
    let cannot = || Fault::outside(format!("cannot find the members of the workspace in `{path}`"));
    let list = members.span().ok_or_else(cannot)?;
    let edit = |at: usize, to: &str| Edit {
        path: path.to_string(),
        field: "workspace.members".to_string(),
        from: String::new(),
        to: NAME.to_string(),
        start: at,
        end: at,
        text: to.to_string(),
    };
    let Some(last) = members.iter().last() else {
        return apply(text, &[&edit(list.start + 1, &format!("\"{NAME}\""))]);
    };
    let last = last.span().ok_or_else(cannot)?;
    if line_of(text, list.start) == line_of(text, last.start) {
        return apply(text, &[&edit(last.end, &format!(", \"{NAME}\""))]);
    }
    let indent: String = {
        let line = text[..last.start].rfind('\n').map_or(0, |at| at + 1);
        text[line..].chars().take_while(|c| c.is_whitespace() && *c != '\n').collect()
    };
    let rest = &text[last.end..list.end];
    let comma = rest.trim_start().starts_with(',');
    let behind = if comma { last.end + rest.find(',').unwrap_or(0) + 1 } else { last.end };
    let end = text[behind..].find('\n').map_or(behind, |at| behind + at);
    let left = text[behind..end].trim();
    // A comment behind the last member stays with it.
    let at = if left.is_empty() || left.starts_with('#') { end } else { behind };
    let own = edit(at, &format!("\n{indent}\"{NAME}\"{}", if comma { "," } else { "" }));
    if comma { apply(text, &[&own]) } else { apply(text, &[&edit(last.end, ","), &own]) }
}
