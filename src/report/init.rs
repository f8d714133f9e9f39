//! What `castoff init` found, wrote and could not carry over.

use serde_json::{Value, json};

use super::table::table;
use super::{Style, clean_line};
use crate::init::Draft;
use crate::init::compare::{Compared, Theirs};
use crate::plan::Plan;
use crate::version::Version;

/// All that there is to tell.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The file.
    pub name: &'a str,
    /// What was worked out.
    pub draft: &'a Draft,
    /// The other tools, by name.
    pub tools: &'a [&'static str],
    /// Next versions side by side.
    pub compared: &'a [Compared],
    /// What castoff would release with it.
    pub plan: &'a Plan,
}

/// For people: the file, and what could not be carried over into it. Told before the plan is made, which what is wrong
/// may stand in the way of.
pub fn wrote(name: &str, draft: &Draft, tools: &[&str], written: bool, style: Style) -> String {
    let from = match tools {
        [] => String::new(),
        tools => format!(", carried over from {}", tools.join(" and ")),
    };
    let what = if written { "wrote" } else { "would write (--dry-run)" };
    let mut text = format!("{what} `{}`{from}\n", clean_line(name));
    let left: Vec<Vec<String>> = draft
        .left
        .iter()
        .map(|left| vec![style.yellow(&clean_line(&left.what)), clean_line(&left.why)])
        .collect();
    if !left.is_empty() {
        text += &format!("\n{}\n{}", style.bold("not carried over"), table(&left));
    }
    text
}

/// For people: what the file means for the next release.
pub fn text(told: &Told, style: Style) -> String {
    let mut text = String::new();
    let versions = match told.compared.is_empty() {
        true => told
            .plan
            .versions
            .iter()
            .map(|next| {
                vec![clean_line(&next.component), shown(next.next.as_ref()), clean_line(&next.reason)]
            })
            .collect(),
        false => told.compared.iter().map(|one| side_by_side(one, style)).collect::<Vec<_>>(),
    };
    if !versions.is_empty() {
        text += &format!("\n{}\n{}", style.bold("next versions"), table(&versions));
    }
    text + &format!(
        "\n{}\n",
        style.dim("next: `castoff plan` shows the whole release, `castoff check` what to mend before it")
    )
}

fn side_by_side(one: &Compared, style: Style) -> Vec<String> {
    let castoff = format!("castoff {}", shown(one.castoff.as_ref()));
    let theirs = match &one.theirs {
        Theirs::Next(next) => format!("{} {}", one.tool, shown(next.as_ref())),
        Theirs::Unknown(why) => format!("{}: {why}", one.tool),
    };
    let why = format!("differs; castoff: {}", clean_line(&one.reason));
    let differs = if differ(one) { style.yellow(&why) } else { String::new() };
    vec![clean_line(&one.component), castoff, theirs, differs]
}

fn shown(version: Option<&Version>) -> String {
    version.map_or("unchanged".to_string(), ToString::to_string)
}

fn differ(one: &Compared) -> bool {
    matches!(&one.theirs, Theirs::Next(next) if *next != one.castoff)
}

/// For machines.
pub fn json(told: &Told, written: bool) -> Value {
    let left = told.draft.left.iter().map(|left| json!({ "what": left.what, "why": left.why }));
    let versions = told.compared.iter().map(|one| {
        let theirs = match &one.theirs {
            Theirs::Next(next) => next.as_ref().map(ToString::to_string),
            Theirs::Unknown(_) => None,
        };
        let known = matches!(one.theirs, Theirs::Next(_));
        json!({
            "component": one.component,
            "castoff": one.castoff.as_ref().map(ToString::to_string),
            "reason": one.reason,
            "tool": one.tool,
            "theirs": theirs,
            "known": known,
        })
    });
    json!({
        "schema": 1,
        "file": told.name,
        "written": written,
        "text": told.draft.text,
        "carried_over_from": told.tools,
        "not_carried_over": left.collect::<Vec<_>>(),
        "next_versions": versions.collect::<Vec<_>>(),
    })
}
