//! Where the time of a run went: a row for each package, a bar for each thing that was done. The bars are drawn as one
//! picture a row that stretches with the page, so that names stay text and a narrow window shows all of it.

use std::time::Duration;

use super::super::brief;
use super::super::markup::text;
use super::Row;
use super::spans::{Span, Work};

pub(super) const STYLE: &str = "
.gantt { --first: minmax(6rem, 16rem); display: grid; gap: 0; font-size: .85em; }
.lane { display: grid; grid-template-columns: var(--first) 1fr 4.5rem; column-gap: .75rem; align-items: center;
  break-inside: avoid; }
.lane:nth-child(even) { background: var(--band); } .lane .id { overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; font-family: ui-monospace, monospace; padding-left: .25rem; } .lane .took { text-align: right;
  color: var(--dim); font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: .25rem; }
.bars { position: relative; height: 1.4rem; background: linear-gradient(to right, var(--line) 1px, transparent 1px);
  background-size: var(--tick) 100%; } .bars svg { position: absolute; inset: .25rem 0; width: 100%; height: .9rem; }
.bars b { position: absolute; text-shadow: 0 0 3px var(--paper), 0 0 3px var(--paper); top: 0; transform: translateX(-50%); line-height: 1.4rem; } .bars .retry { color: var(--warn); }
.bars .failed { color: var(--bad); } .ticks { position: relative; height: 1.2rem; color: var(--dim); }
.ticks span { position: absolute; padding-left: .2rem; white-space: nowrap; font-size: .9em; }
.build { fill: #5b7fd6; } .upload { fill: #e58f2a; } .wait { fill: #b9bbc6; } .verify { fill: #8e4ec6; }
.try { fill: #30a46c; } .life { fill: var(--line); } .legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem;
  margin: .5rem 0; color: var(--dim); font-size: .85em; } .legend svg { width: .8em; height: .8em; }
@media (prefers-color-scheme: dark) { .wait { fill: #696e77; } }
@media (max-width: 34rem) { .lane { grid-template-columns: 1fr 4rem; } .lane .id { grid-column: 1 / 3; padding-top: .2rem; }
  .lane.axis .id { display: none; } }
";

/// Width of a row's picture in its own units.
const WIDTH: f64 = 1000.0;

/// Steps between the marks of the axis, in seconds.
const STEPS: &[f64] = &[
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
];

/// The chart; nothing where no time went into any package.
pub(super) fn chart(rows: &[Row]) -> String {
    let ends = rows.iter().filter_map(|row| row.lane.whole());
    let Some(end) = ends.map(|(_, end)| end).max() else { return String::new() };
    let all = end.as_secs_f64().max(0.001);
    // At most six marks, so that their texts have room on a narrow page.
    let step = STEPS.iter().copied().find(|step| all / step <= 6.0).unwrap_or(all / 6.0);
    let ticks: String = (0..=(all / step) as u32)
        .map(|number| f64::from(number) * step)
        .filter(|at| at / all < 0.93)
        .map(|at| format!("<span style=\"left:{:.2}%\">{}</span>", 100.0 * at / all, mark(at)))
        .collect();
    let axis = format!(
        "<div class=\"lane axis\"><span class=\"id\"></span><div class=\"ticks\">{ticks}</div></div>\n"
    );
    let lanes: String =
        rows.iter().filter(|row| row.lane.whole().is_some()).map(|row| lane(row, all)).collect();
    format!(
        "{}<div class=\"gantt\" style=\"--tick:{:.3}%\">\n{axis}{lanes}</div>",
        legend(rows),
        100.0 * step / all
    )
}

/// The text of a mark of the axis.
fn mark(at: f64) -> String {
    // Marks are whole tenths of seconds.
    if at == 0.0 { "0".to_string() } else { brief(Duration::from_millis((at * 1000.0).round() as u64)) }
}

fn legend(rows: &[Row]) -> String {
    let used = |work: &Work| rows.iter().any(|row| row.lane.spans.iter().any(|span| span.work == *work));
    let swatch = |work: Work| {
        format!(
            "<span><svg viewBox=\"0 0 10 10\"><rect class=\"{0}\" width=\"10\" height=\"10\"/></svg> {0}</span>",
            work.name()
        )
    };
    let mut items: Vec<String> = Work::ALL.into_iter().filter(used).map(swatch).collect();
    if rows.iter().any(|row| !row.lane.retries.is_empty()) {
        items.push("<span><b class=\"warning\">↻</b> tried again</span>".to_string());
    }
    if rows.iter().any(|row| row.lane.failed.is_some()) {
        items.push("<span><b class=\"error\">✕</b> failed</span>".to_string());
    }
    format!("<div class=\"legend\">{}</div>\n", items.join("\n"))
}

fn lane(row: &Row, all: f64) -> String {
    let x = |at: Duration| at.as_secs_f64() / all;
    let (from, to) = row.lane.whole().unwrap_or_default();
    let life = format!(
        "<rect class=\"life\" x=\"{:.1}\" y=\"7\" width=\"{:.1}\" height=\"2\"/>",
        WIDTH * x(from),
        WIDTH * (x(to) - x(from))
    );
    let bar = |span: &Span| {
        let took = span.to.saturating_sub(span.from);
        let width = (WIDTH * took.as_secs_f64() / all).max(2.0);
        format!(
            "<rect class=\"{0}\" x=\"{1:.1}\" width=\"{width:.1}\" height=\"16\"><title>{0}: {2}, from {3}</title></rect>",
            span.work.name(),
            (WIDTH * x(span.from)).min(WIDTH - width),
            brief(took),
            brief(span.from)
        )
    };
    let bars: String = row.lane.spans.iter().map(bar).collect();
    let mark = |at: &Duration, class: &str, sign: &str| {
        format!("<b class=\"{class}\" style=\"left:{:.2}%\">{sign}</b>", (100.0 * x(*at)).min(99.0))
    };
    let retries = row.lane.retries.iter().map(|at| mark(at, "retry", "↻"));
    let marks: String = retries.chain(row.lane.failed.iter().map(|at| mark(at, "failed", "✕"))).collect();
    format!(
        "<div class=\"lane\"><span class=\"id\" title=\"{0}\">{0}</span><div class=\"bars\"><svg viewBox=\"0 0 {WIDTH} 16\" \
         preserveAspectRatio=\"none\">{life}{bars}</svg>{marks}</div><span class=\"took\">{1}</span></div>\n",
        text(&row.id.to_string()),
        brief(to.saturating_sub(from))
    )
}
