//! A view as lines of text, for a screen of any size, with colours or without. What colours say, words and signs say too.

use std::time::Duration;

use super::stage::{Class, Filter, Stage};
use super::state::{Row, View};
use super::window::{Shown, shown};
use crate::report::table::{fit, table, visible};
use crate::report::{Style, clock};

/// How large the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Letters in a line.
    pub columns: usize,
    /// Lines.
    pub lines: usize,
}

/// How a view is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Of the screen.
    pub size: Size,
    /// With colours or without.
    pub style: Style,
    /// Whether keys are read.
    pub keys: bool,
}

/// The lines of a view now. They leave the last column and the last line free, where terminals differ.
pub fn frame(view: &View, now: Duration, look: Look) -> Vec<String> {
    let (width, body) = body(look.size);
    let mut lines = vec![progress(view, now, width, look.style), counts(view, width, look.style)];
    match view.selected.map(|place| &view.rows[place]).filter(|_| view.log.is_some()) {
        Some(row) => lines.extend(log(row, view.log.unwrap_or(0), width, body, look.style)),
        None => lines.extend(rows(view, now, width, body, look.style)),
    }
    lines.push(footer(view, width, look));
    lines.truncate(look.size.lines.saturating_sub(1).max(1));
    lines
}

/// The rows as they are left behind when the run is over, as wide as they are. Why something failed is said after them.
pub fn finished(view: &View, now: Duration, style: Style) -> String {
    let row = |row: &Row| {
        let (sign, paint) = sign(row.stage);
        vec![
            format!("{} {}", paint(style, sign), row.name),
            row.version.clone(),
            paint(style, row.stage.name()),
            row.time(now).map_or(String::new(), |time| format!("{:>7}", clock(time))),
            retries(row).map_or(String::new(), |number| {
                format!("{number} {}", if number == 1 { "retry" } else { "retries" })
            }),
        ]
    };
    table(&view.rows.iter().map(row).collect::<Vec<_>>())
}

fn progress(view: &View, now: Duration, width: usize, style: Style) -> String {
    let done = view.count(Class::Done);
    let text = format!("{done} of {}", view.rows.len());
    let left = view.left(now).map_or(String::new(), |left| format!(", about {} left", clock(left)));
    let time = format!("{}{left}", clock(now));
    let used = visible(&view.title) + text.len() + time.len() + 6;
    let cells = width.saturating_sub(used).min(32);
    if cells < 6 {
        let full = format!("{}  {text}  {time}", view.title);
        let short = format!("{text}  {}", clock(now));
        return style.bold(fit(if visible(&full) <= width { &full } else { &short }, width).trim_end());
    }
    let all: f64 = view.rows.iter().map(|row| share(row.stage)).sum();
    let full = (all / view.rows.len().max(1) as f64 * cells as f64) as usize;
    let bar = format!("{}{}", style.green(&"█".repeat(full)), style.dim(&"░".repeat(cells - full)));
    let gap = " ".repeat(width.saturating_sub(used + cells));
    format!("{}  {bar}  {text}  {gap}{}", style.bold(&view.title), style.dim(&time))
}

/// How much of the work of a package is behind it.
fn share(stage: Stage) -> f64 {
    match stage {
        Stage::Queued => 0.0,
        Stage::Building => 0.1,
        Stage::Built => 0.4,
        Stage::Uploading => 0.5,
        Stage::Waiting => 0.6,
        Stage::Verifying => 0.8,
        Stage::Trying => 0.85,
        _ => 1.0,
    }
}

fn counts(view: &View, width: usize, style: Style) -> String {
    let mut parts = Vec::new();
    let all: [(Class, &str, Paint); 4] = [
        (Class::Done, "done", Style::green),
        (Class::Running, "running", Style::bold),
        (Class::Waiting, "waiting", |_, text| text.to_string()),
        (Class::Failed, "failed", Style::red),
    ];
    for (class, word, paint) in all {
        let mut text = format!("{} {word}", view.count(class));
        let blocked = view.rows.iter().filter(|row| row.stage == Stage::Blocked).count();
        if class == Class::Failed && blocked > 0 {
            text = format!("{} failed, {blocked} blocked", view.count(class) - blocked);
        }
        let is_bad_news = class == Class::Failed && view.count(class) > 0;
        parts.push(if class != Class::Failed || is_bad_news { paint(style, &text) } else { text });
    }
    at_most(&parts.join(" · "), width)
}

/// A coloured text where it has room, else as much of it without colours as has.
fn at_most(text: &str, width: usize) -> String {
    if visible(text) <= width { text.to_string() } else { fit(&plain(text), width).trim_end().to_string() }
}

fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, shown)| shown))
}

/// What keys do; before it what state the run is in, if it is not the usual one.
fn footer(view: &View, width: usize, look: Look) -> String {
    let window = if view.all { "w window" } else { "a all" };
    let keys = match (look.keys, view.log.is_some()) {
        (false, _) => "Ctrl-C cancels".to_string(),
        (true, true) => "↑↓ scroll  esc back".to_string(),
        (true, false) => format!("↑↓ select  l log  f filter  {window}"),
    };
    let (state, first) = match (view.stopping, view.paused) {
        (true, _) if look.keys => ("cancelled: what runs is asked to end; q ends it at once   ", ""),
        (true, _) => ("cancelled: what runs is asked to end   ", ""),
        (false, true) => ("paused: nothing starts   ", "r resume  q cancel  "),
        (false, false) => ("", "p pause  q cancel  "),
    };
    let first = if look.keys { first } else { "" };
    at_most(&format!("{}{}", look.style.yellow(state), look.style.dim(&format!("{first}{keys}"))), width)
}

const HEADS: [Cell; 6] = [
    ("package", Style::dim),
    ("version", Style::dim),
    ("stage", Style::dim),
    ("time", Style::dim),
    ("retries", Style::dim),
    ("", Style::dim),
];

fn rows(view: &View, now: Duration, width: usize, room: usize, style: Style) -> Vec<String> {
    if room < 3 {
        let columns = Columns::of(view, width);
        return shown(view, room)
            .places
            .iter()
            .map(|place| row(view, *place, &columns, now, style))
            .collect();
    }
    let columns = Columns::of(view, width);
    let mut lines = vec![columns.line("    ", HEADS, style)];
    // The line about what is hidden is needed only where something is.
    let mut found = shown(view, room - 1);
    if !found.hidden.is_empty() || view.filter != Filter::All {
        found = shown(view, room - 2);
    }
    lines.extend(found.places.iter().map(|place| row(view, *place, &columns, now, style)));
    lines.extend(hidden(view, &found).map(|text| style.dim(fit(&text, width).trim_end())));
    lines
}

/// What is not shown, in words.
fn hidden(view: &View, shown: &Shown) -> Option<String> {
    let of =
        |class: Class| shown.hidden.iter().filter(|place| view.rows[**place].stage.class() == class).count();
    let classes = [
        (Class::Done, "done"),
        (Class::Running, "running"),
        (Class::Waiting, "waiting"),
        (Class::Failed, "failed"),
    ];
    let parts = classes.map(|(class, word)| (of(class), word));
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let filter = match view.filter {
        Filter::All => String::new(),
        filter => format!("only {} (f)", filter.name()),
    };
    let more = if parts.is_empty() { String::new() } else { format!("… and {}", parts.join(", ")) };
    let text = [more, filter].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    (!text.is_empty()).then(|| format!("    {text}"))
}

type Paint = fn(Style, &str) -> String;

/// A sign for those who see no colours, and the colour.
fn sign(stage: Stage) -> (&'static str, Paint) {
    match stage {
        Stage::Done => ("✓", Style::green),
        Stage::There => ("✓", Style::dim),
        Stage::Failed => ("✕", Style::red),
        Stage::Blocked => ("⊘", Style::yellow),
        Stage::Cancelled => ("■", Style::yellow),
        Stage::Waiting => ("◌", Style::yellow),
        Stage::Queued | Stage::Built => ("·", Style::dim),
        Stage::Building | Stage::Uploading | Stage::Verifying | Stage::Trying => ("●", Style::bold),
    }
}

fn retries(row: &Row) -> Option<usize> {
    Some(row.retries).filter(|number| *number > 0)
}

/// Widths of the columns; one that is 0 has no room. The last takes what is left.
struct Columns {
    widths: [usize; 6],
    all: usize,
}

impl Columns {
    fn of(view: &View, width: usize) -> Columns {
        let widest =
            |text: fn(&Row) -> &str| view.rows.iter().map(|row| visible(text(row))).max().unwrap_or(0);
        let name = widest(|row| &row.name).max("package".len());
        let version = widest(|row| &row.version).clamp("version".len(), 16);
        let stage = "cancelled".len();
        let (time, retries) = ("1:00:00".len(), "retries".len());
        // From the least important to the most important one.
        for (version, time, retries) in
            [(version, time, retries), (version, time, 0), (version, 0, 0), (0, time, 0), (0, 0, 0)]
        {
            let others: usize =
                [version, stage, time, retries].iter().filter(|one| **one > 0).map(|one| one + 2).sum();
            let left = width.saturating_sub(4 + others);
            if left >= name.min(24) || (version == 0 && time == 0) {
                let name = name.min(left.max(1));
                let more = left.saturating_sub(name + 2);
                let widths = [name, version, stage, time, retries, if more >= 16 { more } else { 0 }];
                return Columns { widths, all: width };
            }
        }
        Columns { widths: [0; 6], all: width }
    }

    /// Cells side by side; those of numbers end where their columns end.
    fn line(&self, start: &str, cells: [Cell; 6], style: Style) -> String {
        let mut line = start.to_string();
        let mut left = self.all.saturating_sub(4);
        for (place, (text, paint)) in cells.into_iter().enumerate() {
            let width = self.widths[place].min(left);
            let right = if [3, 4].contains(&place) { width.saturating_sub(visible(text)) } else { 0 };
            let text = fit(&format!("{}{text}", " ".repeat(right)), width);
            if !text.trim().is_empty() {
                line.push_str(&paint(style, text.trim_end()));
            }
            let gap = if width == 0 { 0 } else { 2 };
            line.push_str(&" ".repeat(visible(&text) - visible(text.trim_end()) + gap));
            left = left.saturating_sub(width + gap);
        }
        at_most(line.trim_end(), self.all)
    }
}

/// A text and its colour.
type Cell<'a> = (&'a str, Paint);

fn plain_text(_: Style, text: &str) -> String {
    text.to_string()
}

fn row(view: &View, place: usize, columns: &Columns, now: Duration, style: Style) -> String {
    let row = &view.rows[place];
    let time = row.time(now).map_or(String::new(), clock);
    let again = retries(row).map_or(String::new(), |number| number.to_string());
    let (sign, paint) = sign(row.stage);
    let name: Paint = match (row.stage, row.stage.class()) {
        (_, Class::Running) => Style::bold,
        (Stage::Queued | Stage::Built | Stage::There, _) => Style::dim,
        _ => plain_text,
    };
    let cells: [Cell; 6] = [
        (&row.name, name),
        (&row.version, Style::dim),
        (row.stage.name(), paint),
        (&time, Style::dim),
        (&again, Style::yellow),
        (&row.more, Style::dim),
    ];
    if view.selected == Some(place) {
        let bare = Style { colour: false };
        let line = columns.line(&format!("> {sign} "), cells, bare);
        return style.reversed(&fit(&line, columns.all));
    }
    columns.line(&format!("  {} ", paint(style, sign)), cells, style)
}

/// The log of one package: its last lines, or those further back.
fn log(row: &Row, back: usize, width: usize, room: usize, style: Style) -> Vec<String> {
    let lines = log_lines(row, width);
    let room = room.saturating_sub(1);
    let end = lines.len() - back.min(lines.len().saturating_sub(room));
    let title = format!("{} {}  {}", row.name, row.version, row.stage.name());
    let mut found = vec![style.bold(fit(&title, width).trim_end())];
    found.extend(lines[end.saturating_sub(room)..end].iter().cloned());
    found
}

fn log_lines(row: &Row, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, step, detail) in &row.log {
        let head = format!("{:>7}  {:<11} ", clock(*at), step.name().replace('_', " "));
        let indent = " ".repeat(visible(&head));
        let pieces = detail.lines().flat_map(|line| wrapped(line, width.saturating_sub(indent.len()).max(8)));
        let mut pieces: Vec<String> = pieces.collect();
        pieces.resize(pieces.len().max(1), String::new());
        let starts = std::iter::once(&head).chain(std::iter::repeat(&indent));
        let line =
            |(start, text): (&String, &String)| fit(&format!("{start}{text}"), width).trim_end().to_string();
        lines.extend(starts.zip(&pieces).map(line));
    }
    lines
}

/// How many lines the log of the selected row can be scrolled back on this screen.
pub fn furthest_back(view: &View, look: Look) -> usize {
    let (width, body) = body(look.size);
    let row = view.selected.map(|place| &view.rows[place]);
    row.map_or(0, |row| (log_lines(row, width).len() + 1).saturating_sub(body))
}

/// Letters in a line, and lines between the head and the foot.
fn body(size: Size) -> (usize, usize) {
    (size.columns.saturating_sub(1).max(1), size.lines.saturating_sub(4))
}

/// A line in pieces that have room.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in text.chars().map(|c| if c == '\t' { ' ' } else { c }) {
        let wide = visible(c.encode_utf8(&mut [0; 4]));
        if used + wide > width {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
