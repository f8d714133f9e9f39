//! Taking a release back, for people and as JSON: which releases there are, what is to be done at which registry, what
//! became of it, and how to go on.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::table::table;
use super::{Style, clean_line, count};
use crate::ecosystem::withdraw::{Means, Withdrawal};
use crate::ecosystem::{self};
use crate::effect::Cmd;
use crate::fault::Fault;
use crate::model::PackageId;
use crate::publish::withdraw::{Due, Item};
use crate::releases::status::State;
use crate::releases::{Release, Replacement};

/// A release in a list, with what registries say of its packages.
pub struct Listed<'a> {
    /// The release.
    pub release: Release<'a>,
    /// Package, its registry, and what that says.
    pub packages: Vec<(PackageId, String, State)>,
}

/// Every release, the newest first.
pub fn list(listed: &[Listed], style: Style) -> String {
    let rows = listed.iter().flat_map(|one| {
        let name = one.release.tag.map_or(String::new(), |tag| clean_line(&tag.name));
        one.packages.iter().enumerate().map(move |(place, (id, registry, state))| {
            let first = if place == 0 { name.clone() } else { String::new() };
            let text = clean_line(&state.to_string());
            let state = if *state == State::Live { style.green(&text) } else { style.yellow(&text) };
            vec![first, clean_line(&id.to_string()), clean_line(registry), state]
        })
    });
    table(&rows.collect::<Vec<_>>())
}

/// The same for machines.
pub fn list_json(listed: &[Listed]) -> Value {
    let release = |one: &Listed| {
        let package = |(id, registry, state): &(PackageId, String, State)| json!({ "package": id.to_string(), "registry": registry, "state": state.to_string() });
        json!({
            "component": one.release.component.name,
            "version": one.release.version.to_string(),
            "tag": one.release.tag.map(|tag| &tag.name),
            "packages": one.packages.iter().map(package).collect::<Vec<_>>(),
        })
    };
    json!({ "schema": 1, "releases": listed.iter().map(release).collect::<Vec<_>>() })
}

/// What is to be done about every package.
pub fn plan(items: &[Item], style: Style) -> String {
    let row = |item: &Item| {
        let text = match &item.due {
            Due::Done(state) => style.dim(&format!("{} already", clean_line(state))),
            Due::Absent => style.dim("not there"),
            Due::Means(Means::Never(why)) => style.yellow(why),
            Due::Means(Means::ByHand(..)) => style.yellow("by hand, see below"),
            Due::Means(Means::Run(commands)) => {
                commands.iter().map(|cmd| clean_line(&cmd.to_string())).collect::<Vec<_>>().join("; ")
            }
        };
        vec![clean_line(&item.package.id.to_string()), spelled(item), clean_line(&item.target.name), text]
    };
    table(&items.iter().map(row).collect::<Vec<_>>())
}

/// What somebody has to do on a page.
pub fn by_hand(items: &[Item], style: Style) -> String {
    let steps = items.iter().filter_map(|item| match &item.due {
        Due::Means(Means::ByHand(page, press)) => Some((item, page, press)),
        _ => None,
    });
    let text = steps.map(|(item, page, press)| {
        let title = format!("{} {} on {}", item.package.id, spelled(item), item.target.name);
        let at =
            page.clone().unwrap_or_else(|| format!("the page of `{}` on that server", item.package.id.name));
        format!(
            "\n{}\n  open  {}\n  {}\n",
            style.bold(&format!("by hand: {}", clean_line(&title))),
            clean_line(&at),
            clean_line(press)
        )
    });
    text.collect()
}

/// What to know of versions that were taken back, once for each ecosystem.
pub fn remarks(items: &[Item], style: Style) -> String {
    let due = items.iter().filter(|item| matches!(item.due, Due::Means(_)));
    let remarks: BTreeMap<_, _> =
        due.map(|item| (item.package.id.kind, ecosystem::of(item.package.id.kind).withdrawn())).collect();
    remarks.values().map(|text| style.dim(&format!("  {text}\n"))).collect()
}

/// How to go on after a release was taken back.
pub fn how_to_go_on(release: &Release, replacement: &Replacement) -> String {
    let name = &release.component.name;
    if let Some(newer) = &replacement.newer {
        return format!("\nnext:  nothing has to be released, for {name} {} is there\n", newer.version);
    }
    let next = &replacement.next;
    let git = |words: &[&str]| Cmd::new("git", Path::new(".")).args(words.iter().copied()).to_string();
    let branch = format!("hotfix/{}-{next}", name.trim_start_matches('@'));
    let from = match replacement.from.as_ref().and_then(|from| from.tag) {
        Some(tag) => {
            format!("       from the last good release:  {}\n", git(&["switch", "-c", &branch, &tag.name]))
        }
        None => String::new(),
    };
    format!(
        "\nnext:  release {name} {next}, which replaces it\n{from}       \
         or where you are:             revert what was wrong, or mend it\n       \
         commit, then                  {}, and commit\n       \
         in the end                    castoff publish, castoff tag --push\n",
        Cmd::new("castoff", Path::new(".")).args(["bump", &format!("{name}={next}")])
    )
}

/// The last line.
pub fn last_line(items: &[Item], done: &BTreeMap<PackageId, Result<(), Fault>>, what: Withdrawal) -> String {
    let word = match what {
        Withdrawal::TakeBack(_) => "taken back",
        Withdrawal::Restore => "restored",
    };
    let of = |is: fn(&Due) -> bool| items.iter().filter(|item| is(&item.due)).count();
    let well = done.values().filter(|done| done.is_ok()).count();
    let parts = [
        (done.len() - well, "failed"),
        (of(|due| matches!(due, Due::Means(Means::ByHand(..)))), "to be done by hand"),
        (of(|due| matches!(due, Due::Means(Means::Never(_)))), "impossible"),
        (of(|due| matches!(due, Due::Done(_))), "as it shall be already"),
        (of(|due| matches!(due, Due::Absent)), "not there"),
    ];
    let parts =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!(", {number} {word}"));
    format!("{} {word}{}", count(well, "package"), parts.collect::<String>())
}

/// All of it for machines; without `done` it is a plan.
pub fn json(
    release: &Release,
    items: &[Item],
    done: Option<&BTreeMap<PackageId, Result<(), Fault>>>,
    replacement: Option<&Replacement>,
) -> Value {
    let package = |item: &Item| {
        let id = &item.package.id;
        let result = done.and_then(|done| done.get(id));
        let (outcome, more) = match (&item.due, result) {
            (_, Some(Ok(()))) => ("done", json!({})),
            (_, Some(Err(fault))) => ("failed", json!({ "error": fault.to_string() })),
            (Due::Done(state), _) => ("already", json!({ "state": state.to_string() })),
            (Due::Absent, _) => ("absent", json!({})),
            (Due::Means(Means::Never(why)), _) => ("impossible", json!({ "error": why })),
            (Due::Means(Means::ByHand(page, press)), _) => {
                ("by_hand", json!({ "page": page, "press": press }))
            }
            (Due::Means(Means::Run(commands)), None) => {
                let commands: Vec<String> = commands.iter().map(Cmd::to_string).collect();
                ("due", json!({ "commands": commands }))
            }
        };
        let mut value = json!({
            "package": id.to_string(),
            "version": spelled(item),
            "registry": item.target.name,
            "outcome": outcome,
        });
        if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
            value.extend(more);
        }
        value
    };
    let next = replacement.map(|replacement| {
        let from = replacement.from.as_ref().and_then(|from| from.tag);
        json!({
            "newer": replacement.newer.as_ref().map(|newer| newer.version.to_string()),
            "from": from.map(|tag| &tag.name),
            "version": replacement.next.to_string(),
        })
    });
    json!({
        "schema": 1,
        "component": release.component.name,
        "version": release.version.to_string(),
        "tag": release.tag.map(|tag| &tag.name),
        "packages": items.iter().map(package).collect::<Vec<_>>(),
        "replacement": next,
    })
}

fn spelled(item: &Item) -> String {
    ecosystem::of(item.package.id.kind).spell(item.version)
}
