//! What checks found: for people grouped by what is wrong, for machines one by one.

use serde_json::{Value, json};

use super::table::table;
use super::{Style, clean_line, count};
use crate::checks::{Check, Finding, Outcome, Severity, Verdict, tally};
use crate::effect::Edit;

/// How many places of one finding are listed for people; machines get all.
const SHOWN: usize = 8;

/// The results, then what was found.
pub fn text(outcomes: &[Outcome], style: Style) -> String {
    let mut text = results(outcomes, style);
    for outcome in outcomes {
        for group in groups(&outcome.findings) {
            text += &format!("\n{}", paragraph(outcome.check, &group, style));
        }
    }
    text + "\n" + &summary(outcomes) + "\n"
}

fn results(outcomes: &[Outcome], style: Style) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut category = "";
    for outcome in outcomes {
        let own = outcome.check.category.name();
        let first = if own == category { String::new() } else { style.dim(own) };
        rows.push([vec![first], row(outcome, style)].concat());
        category = own;
    }
    table(&rows)
}

fn row(outcome: &Outcome, style: Style) -> Vec<String> {
    let verdict = match outcome.verdict() {
        Verdict::Pass => style.green("pass"),
        Verdict::Warning => style.yellow("warning"),
        Verdict::Fail => style.red("fail"),
    };
    let number = |severity: Severity| {
        let number = outcome.findings.iter().filter(|finding| finding.severity == severity).count();
        (number > 0).then(|| count(number, severity.name()))
    };
    let numbers: Vec<String> = [Severity::Error, Severity::Warning].into_iter().filter_map(number).collect();
    vec![verdict, outcome.check.id.to_string(), numbers.join(", ")]
}

/// Findings that differ in their place only.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut found: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let same = |group: &&mut Vec<&Finding>| {
            (group[0].severity, &group[0].message, &group[0].help)
                == (finding.severity, &finding.message, &finding.help)
        };
        match found.iter_mut().find(same) {
            Some(group) => group.push(finding),
            None => found.push(vec![finding]),
        }
    }
    found
}

fn paragraph(check: &Check, group: &[&Finding], style: Style) -> String {
    let severity = match group[0].severity {
        Severity::Error => style.red("error"),
        Severity::Warning => style.yellow("warning"),
    };
    let mut text = format!("{severity}: {} [{}]\n", clean_line(&group[0].message), check.id);
    let shown = if group.len() <= SHOWN + 1 { group.len() } else { SHOWN };
    let rows: Vec<Vec<String>> = group.iter().take(shown).map(|finding| place(finding)).collect();
    text += &table(&rows);
    if shown < group.len() {
        let more = format!("  and {} more, which `--json` lists", group.len() - shown);
        text += &format!("{}\n", style.dim(&more));
    }
    text + &format!("  help: {}\n", clean_line(&group[0].help))
}

fn place(finding: &Finding) -> Vec<String> {
    let line = if finding.line == 0 { String::new() } else { format!(":{}", finding.line) };
    let place = clean_line(&format!("{}{line}", finding.file));
    finding.package.iter().map(|id| clean_line(&id.to_string())).chain([place]).collect()
}

/// The counts add up to the number of checks.
fn summary(outcomes: &[Outcome]) -> String {
    let [pass, warning, fail] =
        [Verdict::Pass, Verdict::Warning, Verdict::Fail].map(|verdict| tally(outcomes, verdict));
    let total = count(outcomes.len(), "check");
    let fixable = findings(outcomes).filter(|(_, finding)| !finding.fix.is_empty()).count();
    let hint = match fixable {
        0 => String::new(),
        number => format!("; `castoff check --fix` mends {}", count(number, "finding")),
    };
    format!("{total}: {pass} pass, {warning} warning, {fail} fail{hint}")
}

fn findings<'o>(outcomes: &'o [Outcome]) -> impl Iterator<Item = (&'o Check, &'o Finding)> {
    outcomes.iter().flat_map(|outcome| outcome.findings.iter().map(|finding| (outcome.check, finding)))
}

/// What was mended, or would be.
pub fn fixed(edits: &[Edit], style: Style) -> String {
    let row = |edit: &Edit| {
        let change = match (edit.from.as_str(), edit.to.as_str()) {
            ("", to) => to.to_string(),
            (from, "") => format!("{from} taken out"),
            (from, to) => format!("{from} -> {to}"),
        };
        vec![clean_line(&edit.path), style.dim(&clean_line(&edit.field)), clean_line(&change)]
    };
    table(&edits.iter().map(row).collect::<Vec<_>>())
}

/// Why a check is there and how to mend what it finds.
pub fn explanation(check: &Check, style: Style) -> String {
    let about = format!("{}, at worst: {}", check.category.name(), check.severity.name());
    format!("{} ({about})\n\n{}\n", style.bold(check.id), check.explanation)
}

/// `check --explain ID --json`.
pub fn explanation_json(check: &Check) -> Value {
    json!({
        "schema": 1,
        "id": check.id,
        "category": check.category.name(),
        "severity": check.severity.name(),
        "explanation": check.explanation,
    })
}

/// `check --json`; `fixed` is what was mended before.
pub fn json(outcomes: &[Outcome], fixed: &[Edit]) -> Value {
    let checks = outcomes.iter().map(|outcome| {
        let category = outcome.check.category.name();
        json!({ "id": outcome.check.id, "category": category, "result": outcome.verdict().name() })
    });
    let fixed = fixed
        .iter()
        .map(|edit| json!({ "path": edit.path, "field": edit.field, "from": edit.from, "to": edit.to }));
    json!({
        "schema": 1,
        "checks": checks.collect::<Vec<_>>(),
        "summary": {
            "pass": tally(outcomes, Verdict::Pass),
            "warning": tally(outcomes, Verdict::Warning),
            "fail": tally(outcomes, Verdict::Fail),
        },
        "findings": findings(outcomes).map(finding).collect::<Vec<_>>(),
        "fixed": fixed.collect::<Vec<_>>(),
    })
}

fn finding((check, finding): (&Check, &Finding)) -> Value {
    json!({
        "id": check.id,
        "severity": finding.severity.name(),
        "package": finding.package.as_ref().map(ToString::to_string),
        "file": finding.file,
        "line": (finding.line > 0).then_some(finding.line),
        "message": finding.message,
        "help": finding.help,
        "fixable": !finding.fix.is_empty(),
    })
}
