//! What the gates of a publish found: a row for each, then what is wrong and what to do.

use serde_json::{Value, json};

use super::table::table;
use super::{Style, clean, clean_line, count};
use crate::checks::Severity;
use crate::preflight::{Finding, Outcome, Verdict};

/// A row for each gate, then every finding.
pub fn text(outcomes: &[Outcome], style: Style) -> String {
    let rows: Vec<Vec<String>> = outcomes.iter().map(|outcome| row(outcome, style)).collect();
    let mut text = table(&rows);
    for finding in outcomes.iter().flat_map(|outcome| &outcome.findings) {
        let word = match finding.severity {
            Severity::Error => style.red("error:"),
            Severity::Warning => style.yellow("warning:"),
        };
        text += &format!("\n{word} {}\n", clean(&finding.fault.to_string()));
    }
    text + &format!("\n{}\n", last_line(outcomes))
}

fn row(outcome: &Outcome, style: Style) -> Vec<String> {
    let verdict = outcome.verdict();
    let word = match verdict {
        Verdict::Pass => style.green(verdict.name()),
        Verdict::Warning | Verdict::Unknown => style.yellow(verdict.name()),
        Verdict::Fail => style.red(verdict.name()),
    };
    vec![word, outcome.id.to_string(), clean_line(&message(outcome))]
}

/// The first of the worst findings; without one, what was seen, or why nothing was.
fn message(outcome: &Outcome) -> String {
    let worst = worst(outcome).map(|finding| finding.fault.message.clone());
    let more = match outcome.findings.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let seen = || outcome.unknown.clone().unwrap_or_else(|| outcome.seen.clone());
    worst.map_or_else(seen, |message| message + &more)
}

fn worst(outcome: &Outcome) -> Option<&Finding> {
    let severity = outcome.findings.iter().map(|finding| finding.severity).max()?;
    outcome.findings.iter().find(|finding| finding.severity == severity)
}

fn last_line(outcomes: &[Outcome]) -> String {
    let numbers = [Verdict::Pass, Verdict::Warning, Verdict::Fail, Verdict::Unknown].map(|verdict| {
        let number = outcomes.iter().filter(|outcome| outcome.verdict() == verdict).count();
        (number, format!("{number} {}", verdict.name()))
    });
    let stops = numbers[2].0 + numbers[3].0 > 0;
    // Those that never occur in a repository in order are told only where they do.
    let told = numbers.into_iter().enumerate().filter(|(place, (number, _))| *place < 3 || *number > 0);
    let told: Vec<String> = told.map(|(_, (_, text))| text).collect();
    let verdict = if stops { "`castoff publish` would stop here" } else { "nothing stops `castoff publish`" };
    format!("{}: {}; {verdict}", count(outcomes.len(), "gate"), told.join(", "))
}

/// `preflight --json`.
pub fn json(outcomes: &[Outcome]) -> Value {
    let checks = outcomes.iter().map(|outcome| {
        json!({
            "id": outcome.id,
            "result": outcome.verdict().name(),
            "message": message(outcome),
            "help": worst(outcome).and_then(|finding| finding.fault.help.clone()),
        })
    });
    let findings = outcomes.iter().flat_map(|outcome| {
        outcome.findings.iter().map(|finding| {
            let fault = &finding.fault;
            json!({
                "id": outcome.id,
                "severity": finding.severity.name(),
                "file": fault.place.as_ref().map(|(file, _)| file),
                "line": fault.place.as_ref().map(|(_, line)| line).filter(|line| **line > 0),
                "message": fault.message,
                "cause": fault.cause,
                "help": fault.help,
            })
        })
    });
    json!({ "schema": 1, "checks": checks.collect::<Vec<_>>(), "findings": findings.collect::<Vec<_>>() })
}
