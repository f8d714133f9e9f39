//! Where every component stands, for people and as JSON.

use serde_json::{Value, json};

use super::table::table;
use super::{Style, clean_line, count};
use crate::ecosystem;
use crate::fault::Faults;
use crate::releases::status::{Facts, State};

/// Every component with its packages, then what is missing.
pub fn text(all: &[Facts], style: Style) -> String {
    let rows = all.iter().flat_map(|facts| rows(facts, style));
    let mut text = table(&rows.collect::<Vec<_>>());
    let missing = all.iter().flat_map(|facts| {
        let row = |missing: crate::releases::status::Missing| {
            let [name, what] = [facts.component, &missing.what].map(clean_line);
            vec![name, what, style.bold(&clean_line(&missing.run))]
        };
        facts.missing().into_iter().map(row)
    });
    let missing: Vec<Vec<String>> = missing.collect();
    if !missing.is_empty() {
        text += &format!("\n{}\n{}", style.yellow("missing"), table(&missing));
    }
    text
}

fn rows(facts: &Facts, style: Style) -> Vec<Vec<String>> {
    let version = facts.version.as_ref().map_or("-".to_string(), ToString::to_string);
    let latest = facts.latest.map_or("no tag".to_string(), |tag| clean_line(&tag.name));
    let head = [clean_line(facts.component), version, latest];
    let cells = facts.packages.iter().map(|seen| {
        let state = clean_line(&seen.state.to_string());
        let state = match seen.state {
            State::Live => style.green(&state),
            State::Partly | State::Absent | State::NotKnown => style.yellow(&state),
            State::TakenBack(_) => style.red(&state),
        };
        vec![clean_line(&seen.id.to_string()), clean_line(&seen.registry), state]
    });
    let mut rows: Vec<Vec<String>> =
        cells.map(|cells| vec![String::new(); 3].into_iter().chain(cells).collect()).collect();
    match rows.first_mut() {
        Some(first) => first.splice(..3, head).for_each(drop),
        None => rows.push(head.to_vec()),
    }
    rows
}

/// The last line.
pub fn last_line(all: &[Facts], silent: &Faults) -> String {
    let missing: usize = all.iter().map(|facts| facts.missing().len()).sum();
    match (missing, silent.0.is_empty()) {
        (0, true) => "nothing is missing".to_string(),
        (0, false) => "nothing is missing, as far as it is known".to_string(),
        (missing, _) => format!("{} missing", count(missing, "thing")),
    }
}

/// All of it.
pub fn json(all: &[Facts], commit: &str, silent: &Faults) -> Value {
    let component = |facts: &Facts| {
        let packages = facts.packages.iter().map(|seen| {
            json!({
                "package": seen.id.to_string(),
                "version": ecosystem::of(seen.id.kind).spell(&seen.version),
                "registry": seen.registry,
                "state": seen.state.name(),
                "detail": seen.state.to_string(),
            })
        });
        let missing = facts.missing();
        let missing = missing.iter().map(|missing| json!({ "what": missing.what, "run": missing.run }));
        json!({
            "name": facts.component,
            "version": facts.version.as_ref().map(ToString::to_string),
            "next": facts.next.map(ToString::to_string),
            "tag": facts.tag.map(|tag| &tag.name),
            "pushed": facts.pushed(),
            "latest_tag": facts.latest.map(|tag| &tag.name),
            "packages": packages.collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
        })
    };
    json!({
        "schema": 1,
        "commit": commit,
        "components": all.iter().map(component).collect::<Vec<_>>(),
        "errors": silent.0.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
