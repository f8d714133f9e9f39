//! What a verification found, for people and as JSON.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::record::Outcome;
use super::table::table;
use super::{Style, clean_line, count};
use crate::ecosystem;
use crate::publish::verify::{State, Verified};
use crate::registry::Digest;

/// How a verification ended, in one word.
pub fn outcome(found: &[Verified]) -> Outcome {
    let any = |is: fn(&State) -> bool| found.iter().any(|one| is(&one.state));
    match () {
        () if any(|state| matches!(state, State::Cancelled)) => Outcome::Cancelled,
        () if any(|state| matches!(state, State::Wrong(_))) => Outcome::Failed,
        () => Outcome::Success,
    }
}

/// Every package with its files, as their registry tells of them.
pub fn packages(found: &[Verified], style: Style) -> String {
    let rows = |one: &Verified| {
        let state = match one.state {
            State::Right => style.green("right"),
            State::Wrong(_) => style.red("wrong"),
            State::Cancelled => style.yellow("cancelled"),
        };
        let head = [one.id.to_string(), spelled(one), one.registry.clone()].map(|text| clean_line(&text));
        let head = head.iter().cloned().chain([state]);
        let mut files = one.files.iter().map(|(name, digest)| {
            let digest = digest.as_ref().map_or("states no digest".to_string(), short);
            vec![clean_line(name), style.dim(&digest)]
        });
        let first: Vec<String> = head.chain(files.next().into_iter().flatten()).collect();
        let more = files.map(|cells| vec![String::new(); 4].into_iter().chain(cells).collect());
        std::iter::once(first).chain(more).collect::<Vec<_>>()
    };
    table(&found.iter().flat_map(rows).collect::<Vec<_>>())
}

/// The last line.
pub fn last_line(found: &[Verified]) -> String {
    let of = |is: fn(&State) -> bool| found.iter().filter(|one| is(&one.state)).count();
    let right = of(|state| matches!(state, State::Right));
    let parts = [
        (of(|state| matches!(state, State::Wrong(_))), "not right"),
        (of(|state| matches!(state, State::Cancelled)), "cancelled"),
    ];
    let parts =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!(", {number} {word}"));
    if found.is_empty() {
        return "nothing to verify: no package is for publishing, `castoff discover` says why".to_string();
    }
    format!("{} right{}", count(right, "package"), parts.collect::<String>())
}

/// All of it.
pub fn json(found: &[Verified], commit: &str, ended: SystemTime) -> Value {
    let package = |one: &Verified| {
        let (outcome, error) = match &one.state {
            State::Right => ("right", None),
            State::Wrong(fault) => ("wrong", Some(fault.to_string())),
            State::Cancelled => ("cancelled", None),
        };
        let file = |(name, digest): (&String, &Option<Digest>)| json!({ "name": name, "reported": digest.as_ref().map(Digest::to_string) });
        json!({
            "package": one.id.to_string(),
            "version": spelled(one),
            "registry": one.registry,
            "outcome": outcome,
            "files": one.files.iter().map(file).collect::<Vec<_>>(),
            "error": error,
        })
    };
    json!({
        "schema": 1,
        "kind": "verification",
        "outcome": outcome(found).name(),
        "text": format!("verification: {}", last_line(found)),
        "commit": commit,
        "ended": humantime::format_rfc3339_millis(ended).to_string(),
        "packages": found.iter().map(package).collect::<Vec<_>>(),
    })
}

fn spelled(one: &Verified) -> String {
    ecosystem::of(one.id.kind).spell(&one.version)
}

/// As long as people compare it.
fn short(digest: &Digest) -> String {
    let (kind, text) = match digest {
        Digest::Sha256(text) => ("sha256", text),
        Digest::Sha512(text) => ("sha512", text),
    };
    format!("{kind} {}…", text.get(..12).unwrap_or(text))
}
