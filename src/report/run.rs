//! A run as one page that stands alone: how it ended, what needs what, where the time went, every file with its digest.
//! To keep with a release, or to attach to a CI run. A plain function of what the run left.

use std::collections::BTreeMap;

use super::markup::{cell, code, document, lines, section, table, text};
use super::summary::{Of, last_line};
use super::{brief, count, size, spelled, svg};
use crate::effect::{Event, Moment, Step};
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::PackageId;
use crate::publish::{BuiltFile, Summary};
use spans::{Lane, Work, lanes, since};

mod gantt;
pub mod spans;

/// What a report says that the run itself does not know.
#[derive(Clone, Debug)]
pub struct About {
    /// What the run was.
    pub of: Of,
    /// The commit.
    pub commit: String,
    /// The branch, if one was checked out.
    pub branch: Option<String>,
    /// Where each package goes.
    pub places: BTreeMap<PackageId, Place>,
    /// How far the run came.
    pub state: State,
}

/// How far a run came.
#[derive(Clone, Debug)]
pub enum State {
    /// It has begun; who reads this while nothing runs knows that it was killed.
    Begun,
    /// Something stopped it before anything was built.
    Stopped(Faults),
    /// To its end, good or bad.
    Ended,
}

/// Where a package goes.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The registry's name.
    pub registry: String,
    /// Where people can look; none where there is no such address.
    pub page: Option<String>,
}

/// What became of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Failed,
    Blocked,
    Cancelled,
    Published,
    Rehearsed,
    Built,
    StandIn,
    There,
}

impl Outcome {
    const ALL: [Outcome; 8] = [
        Outcome::Published,
        Outcome::Rehearsed,
        Outcome::Built,
        Outcome::StandIn,
        Outcome::There,
        Outcome::Failed,
        Outcome::Blocked,
        Outcome::Cancelled,
    ];

    fn word(self) -> &'static str {
        match self {
            Outcome::Failed => "failed",
            Outcome::Blocked => "blocked",
            Outcome::Cancelled => "cancelled",
            Outcome::Published => "published",
            Outcome::Rehearsed => "rehearsed",
            Outcome::Built => "built",
            Outcome::StandIn => "built for others",
            Outcome::There => "already there",
        }
    }

    /// Class in the page, and a sign for those who see no colours.
    fn look(self) -> (&'static str, &'static str) {
        match self {
            Outcome::Failed => ("error", "✕"),
            Outcome::Blocked => ("warning", "⊘"),
            Outcome::Cancelled => ("warning", "■"),
            Outcome::Published | Outcome::Rehearsed | Outcome::Built => ("good", "✓"),
            Outcome::StandIn | Outcome::There => ("dim", "·"),
        }
    }
}

/// All that is known of a package.
struct Row<'a> {
    id: &'a PackageId,
    version: String,
    outcome: Outcome,
    /// More about the outcome.
    why: String,
    files: &'a [BuiltFile],
    lane: Lane,
}

const STYLE: &str = "
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; } .tiles div { background: var(--band);
  border-radius: .5rem; padding: .5rem 1rem; min-width: 5rem; } .tiles b { display: block; font-size: 1.5rem; line-height: 1.2; }
.nowrap, .sign { white-space: nowrap; } td.dim { color: var(--dim); }
pre { background: var(--band); border-radius: .5rem; padding: .75rem; overflow-x: auto; font-size: .85em; margin: .5rem 0; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
a { color: inherit; } .digest { font-family: ui-monospace, monospace; font-size: .8em; color: var(--dim);
  overflow-wrap: anywhere; display: block; } td.files { width: 34rem; }
@media print { body { margin: 0; max-width: none; } pre { white-space: pre-wrap; } h2 { break-after: avoid; }
  td.files { width: 26rem; } .packages td.id { min-width: 9rem; } .scroll { overflow: visible; } .scroll svg { max-width: 100%; height: auto; }
  details::details-content { content-visibility: visible; block-size: auto; } tr, .tiles div { break-inside: avoid; } }
@media (max-width: 34rem) { body { margin: 1rem auto; } .packages tr { display: grid; grid-template-columns: auto auto 1fr;
  column-gap: 1rem; padding: .4rem 0; border-bottom: 1px solid var(--line); } .packages tr:first-child { display: none; }
  .packages td { border: 0; padding: 0; } .packages td.id, .packages td.files { grid-column: 1 / 4; width: auto; } }
";

/// The whole page.
pub fn page(summary: &Summary, about: &About) -> String {
    let rows = rows(summary, about);
    let title = match about.of {
        Of::Publish | Of::Packed => "Release",
        Of::DryRun => "Dry run of a release",
        Of::Bundle => "Bundle of a release",
        Of::Rehearsal => "Rehearsal of a release",
    };
    let outcome = match &about.state {
        State::Begun => "has not come to its end: it still runs, or was killed".to_string(),
        State::Stopped(_) => "stopped before anything was built".to_string(),
        State::Ended => last_line(summary, about.of),
    };
    let body = [
        format!("<h1>{title}</h1>\n<p>{}</p>\n{}{}", text(&outcome), origin(summary, about), tiles(&rows)),
        failures(summary, about),
        section("Where the time went", &gantt::chart(&rows)),
        section("What needs what", &picture(summary, &rows)),
        packages(&rows, about),
        timeline(summary),
    ];
    document(title, &[STYLE, gantt::STYLE, svg::STYLE].concat(), &body.concat())
}

/// Every package of the run, in the order of the work, then by name.
fn rows<'a>(summary: &'a Summary, about: &About) -> Vec<Row<'a>> {
    let queued = |moment: &Moment| match (&moment.event.package, moment.event.step) {
        (Some(id), Step::Queued) => Some((id.clone(), moment.event.detail.clone())),
        _ => None,
    };
    let versions: BTreeMap<PackageId, String> = summary.timeline.iter().filter_map(queued).collect();
    let mut lanes = lanes(&summary.timeline);
    let mut rows = Vec::new();
    let mut add = |id: &'a PackageId, outcome: Outcome, why: String, files: &'a [BuiltFile]| {
        let version = versions.get(id).map_or(String::new(), |version| spelled(id, version));
        rows.push(Row { id, version, outcome, why, files, lane: lanes.remove(id).unwrap_or_default() });
    };
    let went_well = match about.of {
        Of::Publish | Of::DryRun | Of::Packed | Of::Bundle => Outcome::Published,
        Of::Rehearsal => Outcome::Rehearsed,
    };
    for done in &summary.published {
        add(&done.id, if done.stand_in { Outcome::StandIn } else { went_well }, String::new(), &done.files);
    }
    for done in &summary.built {
        add(&done.id, Outcome::Built, String::new(), &done.files);
    }
    summary.already_there.iter().for_each(|(id, _)| add(id, Outcome::There, String::new(), &[]));
    summary.failed.iter().for_each(|(id, fault)| add(id, Outcome::Failed, fault.message.clone(), &[]));
    summary.blocked.iter().for_each(|(id, by)| add(id, Outcome::Blocked, format!("because of {by}"), &[]));
    summary.cancelled.iter().for_each(|id| add(id, Outcome::Cancelled, String::new(), &[]));
    rows.sort_by_cached_key(|row| {
        let began = |work: &[Work]| {
            row.lane.spans.iter().find(|span| work.contains(&span.work)).map(|span| span.from)
        };
        // Uploads follow the order of needs; what never came so far stands behind them.
        let upload = began(&[Work::Upload, Work::Wait]);
        (upload.is_none(), upload, began(&Work::ALL).is_none(), row.id.clone())
    });
    rows
}

fn origin(summary: &Summary, about: &About) -> String {
    let mut parts =
        vec![format!("at <code>{}</code>", text(about.commit.get(..12).unwrap_or(&about.commit)))];
    parts.extend(about.branch.iter().map(|branch| format!("on {}", text(branch))));
    if let (Some(first), Some(last)) = (summary.timeline.first(), summary.timeline.last()) {
        let at = humantime::format_rfc3339_seconds(first.at).to_string();
        parts.push(at.replace('T', " ").replace('Z', " UTC"));
        parts.push(format!("took {}", brief(since(first.at, last.at))));
    }
    parts.push(format!("castoff {}", env!("CARGO_PKG_VERSION")));
    format!("<p class=\"dim\">{}</p>\n", parts.join(" · "))
}

/// How many packages had each outcome.
fn tiles(rows: &[Row]) -> String {
    let tile = |outcome: Outcome| {
        let number = rows.iter().filter(|row| row.outcome == outcome).count();
        let (class, sign) = outcome.look();
        let word = outcome.word();
        (number > 0).then(|| format!("<div class=\"{class}\"><b>{number}</b>{sign} {word}</div>\n"))
    };
    let tiles: String = Outcome::ALL.into_iter().filter_map(tile).collect();
    if tiles.is_empty() { tiles } else { format!("<div class=\"tiles\">\n{tiles}</div>\n") }
}

fn failures(summary: &Summary, about: &About) -> String {
    let whole = |title: &str, fault: &Fault| {
        format!("<h3 class=\"error\">{}</h3>\n<pre>{}</pre>\n", text(title), lines(&fault.to_string()))
    };
    let early: &[Fault] = match &about.state {
        State::Stopped(faults) => &faults.0,
        State::Begun | State::Ended => &[],
    };
    let early = early.iter().map(|fault| whole("before the first package", fault));
    let failed = summary.failed.iter().map(|(id, fault)| whole(&id.to_string(), fault));
    section("What failed", &early.chain(failed).collect::<String>())
}

fn picture(summary: &Summary, rows: &[Row]) -> String {
    if summary.needs.is_empty() {
        return String::new();
    }
    let by_id: BTreeMap<&PackageId, &Row> = rows.iter().map(|row| (row.id, row)).collect();
    let look = |id: &PackageId| {
        by_id.get(id).map_or(("dim", String::new()), |row| {
            let (class, sign) = row.outcome.look();
            (class, format!("{sign} {} {}", row.outcome.word(), row.version))
        })
    };
    format!("<div class=\"scroll\">{}</div>", svg::outcomes(&Graph::of_needs(&summary.needs), &look))
}

fn packages(rows: &[Row], about: &About) -> String {
    let row = |row: &Row| {
        let (class, sign) = row.outcome.look();
        let why = if row.why.is_empty() {
            String::new()
        } else {
            format!("<br><span class=\"dim\">{}</span>", text(&row.why))
        };
        let files: Vec<String> = row.files.iter().map(file).collect();
        vec![
            code(&row.id.to_string()),
            format!("<td class=\"nowrap\">{}</td>", text(&row.version)),
            format!(
                "<td class=\"{class}\"><span class=\"sign\">{sign} {}</span>{why}</td>",
                row.outcome.word()
            ),
            cell(&registry(row, about)),
            format!("<td class=\"files\">{}</td>", files.concat()),
        ]
    };
    let heads = ["package", "version", "outcome", "registry", "files"];
    let table = table(&heads, rows.iter().map(row).collect());
    section(
        "Packages",
        &if table.is_empty() { table } else { format!("<div class=\"packages\">{table}</div>") },
    )
}

fn registry(row: &Row, about: &About) -> String {
    let place = about.places.get(row.id).cloned().unwrap_or_default();
    let is_there = matches!(row.outcome, Outcome::Published | Outcome::There);
    match place.page.filter(|_| is_there) {
        Some(page) => {
            format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", text(&page), text(&place.registry))
        }
        None => text(&place.registry),
    }
}

fn file(file: &BuiltFile) -> String {
    format!(
        "{} <span class=\"dim nowrap\">{}</span><span class=\"digest\">sha256 {}</span>",
        text(&file.name),
        size(file.size as u64),
        text(&file.sha256)
    )
}

fn timeline(summary: &Summary) -> String {
    let Some(start) = summary.timeline.first().map(|moment| moment.at) else { return String::new() };
    let told = summary.timeline.iter().filter(|moment| moment.event.step != Step::Forecast);
    let row = |moment: &Moment| {
        let Event { step, package, detail } = &moment.event;
        let package = package.as_ref().map_or(String::new(), ToString::to_string);
        vec![
            format!("<td class=\"nowrap dim\">{:.1} s</td>", since(start, moment.at).as_secs_f64()),
            cell(&step.name().replace('_', " ")),
            code(&package),
            cell(&text(detail)),
        ]
    };
    let rows: Vec<Vec<String>> = told.map(row).collect();
    let number = count(rows.len(), "event");
    let table = table(&["after", "what", "package", "more"], rows);
    section("All that happened", &format!("<details><summary>{number}</summary>\n{table}</details>"))
}

#[cfg(test)]
mod tests;
