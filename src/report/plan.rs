//! A plan for people: what would be released, why, in which order, what each file would become, and what was left out.

use super::table::table;
use super::{Style, clean_line, count};
use crate::checks::Severity;
use crate::detect::Detected;
use crate::edit::by_file;
use crate::model::Snapshot;
use crate::plan::{Action, Finding, Plan};
use crate::versions::Next;

/// The whole plan, and what to do next.
pub fn plan(plan: &Plan, snapshot: &Snapshot, style: Style) -> String {
    body(plan, snapshot, style) + &next_step(plan, publishing(plan), style)
}

fn publishing(plan: &Plan) -> usize {
    plan.packages.iter().filter(|package| package.action == Action::Publish).count()
}

/// The whole plan.
pub fn body(plan: &Plan, snapshot: &Snapshot, style: Style) -> String {
    let head = snapshot.head.get(..7).unwrap_or_default();
    let publishing = publishing(plan);
    let place = snapshot
        .branch
        .as_deref()
        .map_or(format!("at {head}"), |branch| format!("at {head} on {}", clean_line(branch)));
    let mut text = if publishing == 0 {
        format!("{} {place}\n", style.bold("nothing to release"))
    } else {
        format!("{} {place}\n", style.bold(&format!("{} to release", count(publishing, "package"))))
    };
    let (released, unchanged): (Vec<Next>, Vec<Next>) =
        plan.versions.iter().cloned().partition(|next| next.next.is_some());
    text += &section("components", &components(&released, style), style);
    let unchanged: Vec<String> = unchanged.into_iter().map(|next| next.component).collect();
    if !unchanged.is_empty() {
        text += &format!("\n{} {}\n", style.bold("unchanged"), clean_line(&some(&unchanged)));
    }
    text += &section("order", &order(plan, style), style);
    text += &section("files that `castoff bump` writes", &files(plan, style), style);
    let tags: Vec<Vec<String>> = plan.tags.iter().map(|tag| vec![clean_line(tag)]).collect();
    text += &section("tags, once everything is live", &tags, style);
    text += &section("tokens", &credentials(plan, style), style);
    text += &section("commits that count", &commits(plan, snapshot, true), style);
    text += &section("commits that do not count", &commits(plan, snapshot, false), style);
    text + &section("to know", &findings(plan, style), style)
}

/// What a bump writes.
pub fn files_table(plan: &Plan, style: Style) -> String {
    table(&files(plan, style))
}

/// What changed.
pub fn detect(detected: &Detected, style: Style) -> String {
    let yes_no = |changed: bool| if changed { style.green("changed") } else { style.dim("unchanged") };
    let sets: Vec<Vec<String>> =
        detected.path_sets.iter().map(|(name, changed)| vec![clean_line(name), yes_no(*changed)]).collect();
    let since = match detected.base.commit.as_str() {
        "" => "path sets, compared with nothing: there is no tag of a release yet".to_string(),
        _ => format!("path sets since {}", clean_line(&detected.base.name)),
    };
    let sets = section(&since, &sets, style);
    let row = |change: &crate::detect::ComponentChange| {
        let base = if change.base.first {
            "no tag yet".to_string()
        } else {
            format!("since {}", clean_line(&change.base.name))
        };
        let how_many = |number: usize, what: &str| match number {
            0 => String::new(),
            _ => count(number, what),
        };
        vec![
            clean_line(&change.name),
            yes_no(change.changed()),
            base,
            how_many(change.files.len(), "file"),
            how_many(change.commits.len(), "commit"),
        ]
    };
    let components = section("components", &detected.components.iter().map(row).collect::<Vec<_>>(), style);
    format!("{sets}{components}").trim_start_matches('\n').to_string()
}

/// Next versions.
pub fn versions(next: &[Next], style: Style) -> String {
    table(&components(next, style))
}

fn section(title: &str, rows: &[Vec<String>], style: Style) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{}\n{}", style.bold(title), table(rows)) }
}

fn components(next: &[Next], style: Style) -> Vec<Vec<String>> {
    let row = |next: &Next| {
        let step = match (&next.next, next.bump) {
            (Some(version), Some(bump)) => format!(
                "{} -> {} {}",
                next.current,
                style.green(&version.to_string()),
                style.dim(&bump.to_string())
            ),
            (Some(version), None) => style.green(&version.to_string()),
            (None, _) => style.dim(&next.current.to_string()),
        };
        vec![clean_line(&next.component), step, clip(&clean_line(&next.reason))]
    };
    next.iter().map(row).collect()
}

fn order(plan: &Plan, style: Style) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (level, ids) in plan.order.iter().enumerate() {
        for id in ids {
            let Some(package) = plan.packages.iter().find(|package| &package.id == id) else { continue };
            // What is not released here is there already.
            let needs =
                package.depends_on.iter().filter(|id| plan.order.iter().flatten().any(|it| it == *id));
            let needs: Vec<String> = needs.map(|id| clean_line(&id.name)).collect();
            let needs = if needs.is_empty() {
                String::new()
            } else {
                style.dim(&format!("after {}", needs.join(" ")))
            };
            let version = package.next.as_ref().map_or(String::new(), ToString::to_string);
            let registry = package.registry.as_deref().map_or(String::new(), clean_line);
            let tag =
                package.dist_tag.as_ref().map_or(String::new(), |tag| format!(" as {}", clean_line(tag)));
            rows.push(vec![
                (level + 1).to_string(),
                clean_line(&id.to_string()),
                version,
                format!("to {registry}{tag}"),
                needs,
            ]);
        }
    }
    rows
}

fn files(plan: &Plan, style: Style) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let all = [plan.edits.as_slice(), &plan.changelogs].concat();
    for (path, edits) in by_file(&all) {
        for (place, edit) in edits.iter().enumerate() {
            let path = if place == 0 { clean_line(path) } else { String::new() };
            rows.push(vec![
                path,
                clean_line(&edit.field),
                format!("{} -> {}", style.dim(&clean_line(&edit.from)), clean_line(&edit.to)),
            ]);
        }
    }
    rows
}

fn credentials(plan: &Plan, style: Style) -> Vec<Vec<String>> {
    let row = |credential: &crate::plan::Credential| {
        let state = if credential.present { style.green("set") } else { style.yellow("not set") };
        vec![credential.env.join(" or "), state, format!("for {}", clean_line(&credential.needed_for))]
    };
    plan.credentials.iter().map(row).collect()
}

/// What is no check's is told; of checks the first errors, and how much more there is.
fn findings(plan: &Plan, style: Style) -> Vec<Vec<String>> {
    const FEW: usize = 5;
    let (checks, others): (Vec<&Finding>, Vec<&Finding>) =
        plan.findings.iter().partition(|finding| finding.check);
    let place = |finding: &Finding| match (&finding.file, finding.line) {
        (None, _) => String::new(),
        (Some(file), 0) => format!("{}: ", clean_line(file)),
        (Some(file), line) => format!("{}:{line}: ", clean_line(file)),
    };
    let line = |finding: &&Finding| format!("{}{}", place(finding), clean_line(&finding.message));
    let of = |severity: Severity| checks.iter().filter(move |finding| finding.severity == severity);
    let mut rows: Vec<Vec<String>> =
        others.iter().take(2 * FEW).map(|it| vec![style.yellow(&line(it))]).collect();
    rows.extend(
        of(Severity::Error).take(FEW).map(|it| vec![style.red(&format!("{} [{}]", line(it), it.id))]),
    );
    let numbers = [Severity::Error, Severity::Warning].map(|severity| (severity, of(severity).count()));
    let numbers: Vec<String> = numbers
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(it, number)| count(*number, it.name()))
        .collect();
    if !numbers.is_empty() {
        rows.push(vec![style.dim(&format!("checks: {}; `castoff check` tells them", numbers.join(", ")))]);
    }
    rows
}

/// At most this many lines of commits; the JSON has them all.
const MOST: usize = 20;

fn commits(plan: &Plan, snapshot: &Snapshot, counted: bool) -> Vec<Vec<String>> {
    let chosen: Vec<_> =
        plan.commits.iter().filter(|judged| judged.counted == counted && !judged.early).collect();
    let mut rows: Vec<Vec<String>> = chosen
        .iter()
        .take(MOST)
        .map(|judged| {
            let commit = &snapshot.commits[judged.place];
            let why = if counted { some(&judged.components) } else { judged.reason.clone() };
            vec![commit.short().to_string(), clip(&clean_line(commit.subject())), clean_line(&why)]
        })
        .collect();
    if chosen.len() > MOST {
        rows.push(vec![
            String::new(),
            format!("and {} more; `--format json` lists all", chosen.len() - MOST),
        ]);
    }
    rows
}

/// A few names; a commit may speak to hundreds.
fn some(names: &[String]) -> String {
    const FEW: usize = 5;
    match names.len().saturating_sub(FEW) {
        0 | 1 => names.join(" "),
        more => format!("{} and {more} more", names[..FEW].join(" ")),
    }
}

fn clip(text: &str) -> String {
    const WIDTH: usize = 72;
    if text.chars().count() <= WIDTH {
        text.to_string()
    } else {
        text.chars().take(WIDTH - 1).chain(['…']).collect()
    }
}

fn next_step(plan: &Plan, publishing: usize, style: Style) -> String {
    let command = match (publishing, plan.edits.is_empty() && plan.changelogs.is_empty()) {
        (0, _) => return String::new(),
        // What this plan says may be written already.
        _ if plan.findings.iter().any(|finding| finding.id == "uncommitted-edits") => {
            "next: commit the edits that are not in this plan, then `castoff plan` again"
        }
        (_, false) => "next: `castoff rehearse` tries it on this machine; `castoff bump` writes the versions",
        (_, true) => "next: `castoff publish`; the manifests have these versions already",
    };
    format!("\n{}\n", style.dim(command))
}
