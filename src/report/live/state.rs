//! What is seen of a run: a row for each package, moved on by events and by keys. No clock and no terminal: a time is
//! that since the start, and what a key asks of the run is returned.

use std::collections::BTreeMap;
use std::time::Duration;

use super::keys::Key;
use super::stage::{Class, Filter, Stage, begun_by};
use crate::effect::{Event, Step};
use crate::model::PackageId;
use crate::report::{clean, clean_line, spelled};

/// One package.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id, fit for a terminal.
    pub name: String,
    /// Its version, fit for a terminal.
    pub version: String,
    /// Where it is.
    pub stage: Stage,
    /// Since when.
    pub since: Duration,
    /// When something was done for it first.
    pub began: Option<Duration>,
    /// Attempts that were made again.
    pub retries: usize,
    /// The last thing to know about where it is, on one line.
    pub more: String,
    /// Who keeps it from being uploaded; its build may go on all the same.
    pub blocked: Option<String>,
    /// All that was told, with its time.
    pub log: Vec<(Duration, Step, String)>,
}

impl Row {
    /// How long it is in its stage; how long all took when it is at an end. None where nothing was done.
    pub fn time(&self, now: Duration) -> Option<Duration> {
        match (self.stage, self.began) {
            (stage, Some(began)) if stage.is_end() => Some(self.since.saturating_sub(began)),
            (stage, None) if stage.is_end() => None,
            (Stage::Queued, _) => None,
            _ => Some(now.saturating_sub(self.since)),
        }
    }
}

/// What a key asks of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start nothing new.
    Pause,
    /// Go on.
    Resume,
    /// Stop; the second time at once.
    Stop,
}

/// All that is seen.
#[derive(Clone, Debug)]
pub struct View {
    /// What the run is.
    pub title: String,
    /// In the order in which they were queued: dependencies first.
    pub rows: Vec<Row>,
    places: BTreeMap<PackageId, usize>,
    /// The step with which a package is done.
    last: Step,
    /// Whether all rows are shown, as far as the screen has room, and not a window.
    pub all: bool,
    /// Which rows are shown.
    pub filter: Filter,
    /// The row with the mark.
    pub selected: Option<usize>,
    /// How many lines the open log of the selected row is scrolled back; none when it is closed.
    pub log: Option<usize>,
    /// Nothing new is started.
    pub paused: bool,
    /// It was told to stop.
    pub stopping: bool,
    /// When it was said how many seconds are left, and how many.
    forecast: Option<(Duration, f64)>,
}

impl View {
    /// A run to which nothing happened yet; a package is done with the step `last`.
    pub fn new(title: &str, last: Step) -> View {
        View {
            title: title.to_string(),
            rows: Vec::new(),
            places: BTreeMap::new(),
            last,
            all: false,
            filter: Filter::All,
            selected: None,
            log: None,
            paused: false,
            stopping: false,
            forecast: None,
        }
    }

    /// Something happened.
    pub fn event(&mut self, now: Duration, event: &Event) {
        let Some(id) = &event.package else {
            if event.step == Step::Forecast {
                self.forecast = event.detail.parse().ok().map(|left| (now, left));
            }
            return;
        };
        let place = self.place(id, now);
        let last = self.last;
        let row = &mut self.rows[place];
        row.log.push((now, event.step, clean(&event.detail)));
        if event.step == Step::Queued {
            row.version = spelled(id, &event.detail);
        }
        if event.step == Step::Retrying {
            row.retries += 1;
        }
        if event.step == Step::Blocked {
            row.blocked = Some(reason(event));
        }
        let stage = match (event.step, &row.blocked) {
            (step, _) if step == last => Some(Stage::Done),
            (Step::Built, Some(_)) => Some(Stage::Blocked),
            (Step::Blocked, _) if row.stage == Stage::Building => None,
            (step, _) => begun_by(step),
        };
        match stage {
            Some(Stage::Blocked) => row.enter(Stage::Blocked, now, row.blocked.clone().unwrap_or_default()),
            // What comes behind the last step belongs to it.
            Some(next) if row.stage != Stage::Done => row.enter(next, now, reason(event)),
            None if [Step::Note, Step::Warning].contains(&event.step) => row.more = first_line(&event.detail),
            _ => {}
        }
    }

    fn place(&mut self, id: &PackageId, now: Duration) -> usize {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.rows.len();
        self.places.insert(id.clone(), place);
        self.rows.push(Row {
            name: clean_line(&id.to_string()),
            version: String::new(),
            stage: Stage::Queued,
            since: now,
            began: None,
            retries: 0,
            more: String::new(),
            blocked: None,
            log: Vec::new(),
        });
        place
    }

    /// What became of a package, for what no event said; a package that has come to its end stays there.
    pub fn settle(&mut self, now: Duration, id: &PackageId, stage: Stage) {
        if let Some(place) = self.places.get(id).copied()
            && !self.rows[place].stage.is_end()
        {
            self.rows[place].enter(stage, now, String::new());
        }
    }

    /// Whether anything was done for any package.
    pub fn has_begun(&self) -> bool {
        self.rows.iter().any(|row| row.began.is_some())
    }

    /// How many rows are of a class.
    pub fn count(&self, class: Class) -> usize {
        self.rows.iter().filter(|row| row.stage.class() == class).count()
    }

    /// How long it may still take; none where nobody can say.
    pub fn left(&self, now: Duration) -> Option<Duration> {
        let (at, left) =
            self.forecast.filter(|(_, left)| left.is_finite() && !self.paused && !self.stopping)?;
        Duration::try_from_secs_f64(left - now.saturating_sub(at).as_secs_f64()).ok()
    }

    /// Rows that pass the filter.
    pub fn passing(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|place| self.filter.shows(self.rows[*place].stage)).collect()
    }

    /// A key was pressed.
    pub fn key(&mut self, key: Key) -> Option<Act> {
        match key {
            Key::Pause if !self.stopping => {
                self.paused = true;
                return Some(Act::Pause);
            }
            Key::Resume if !self.stopping => {
                self.paused = false;
                return Some(Act::Resume);
            }
            Key::Quit => {
                self.stopping = true;
                return Some(Act::Stop);
            }
            Key::All => self.all = true,
            Key::Window => self.all = false,
            Key::Filter => {
                self.filter = self.filter.next();
                self.selected = self.selected.filter(|place| self.filter.shows(self.rows[*place].stage));
            }
            Key::Up | Key::Down => self.step(key),
            Key::Log if self.log.is_some() => self.log = None,
            Key::Log => {
                self.selected = self.selected.or_else(|| self.most_telling());
                self.log = self.selected.map(|_| 0);
            }
            Key::Back if self.log.is_some() => self.log = None,
            Key::Back => self.selected = None,
            Key::Pause | Key::Resume => {}
        }
        None
    }

    /// Up and down: the mark goes from row to row, an open log scrolls.
    fn step(&mut self, key: Key) {
        if let Some(back) = &mut self.log {
            // How far back there is something depends on the screen: see `draw::furthest_back`.
            *back = if key == Key::Up { back.saturating_add(1) } else { back.saturating_sub(1) };
            return;
        }
        let passing = self.passing();
        let here = self.selected.and_then(|place| passing.iter().position(|other| *other == place));
        let next = match (here, key) {
            (None, _) => self.most_telling(),
            (Some(here), Key::Up) => passing.get(here.saturating_sub(1)).copied(),
            (Some(here), _) => passing.get(here + 1).or(passing.last()).copied(),
        };
        self.selected = next;
    }

    /// The row that one most likely wants to see: one that runs, else one that failed, else the first.
    fn most_telling(&self) -> Option<usize> {
        let passing = self.passing();
        let of =
            |class: Class| passing.iter().copied().find(|place| self.rows[*place].stage.class() == class);
        of(Class::Running).or_else(|| of(Class::Failed)).or_else(|| passing.first().copied())
    }
}

impl Row {
    fn enter(&mut self, stage: Stage, now: Duration, more: String) {
        if !matches!(stage, Stage::Queued | Stage::There | Stage::Blocked | Stage::Cancelled) {
            self.began.get_or_insert(now);
        }
        if self.stage != stage {
            self.stage = stage;
            self.since = now;
        }
        self.more = more;
    }
}

/// What is worth a place in the row: why it does not go on. Names of files stand in the log.
fn reason(event: &Event) -> String {
    match event.step {
        Step::Waiting | Step::Retrying | Step::Failed | Step::Blocked => first_line(&event.detail),
        _ => String::new(),
    }
}

fn first_line(text: &str) -> String {
    clean_line(text.lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests;
