//! A run as it happens, one line an event.

use super::{Style, clean, clean_line, count};
use crate::effect::{Event, Step};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Failures.
    Quiet,
    /// What a package has come through.
    Usual,
    /// Everything.
    All,
}

/// The line of an event; none where it is not told. `time` is since the start, in seconds.
pub fn line(event: &Event, time: f64, detail: Detail, style: Style) -> Option<String> {
    if event.step == Step::Forecast || least(event.step) > detail {
        return None;
    }
    let clock = style.dim(&format!("{time:>6.1}s"));
    let name = event.package.as_ref().map_or(String::new(), |id| format!("{} ", clean_line(&id.to_string())));
    let (word, paint): (&str, fn(Style, &str) -> String) = match event.step {
        Step::Failed => ("failed", Style::red),
        Step::Blocked => ("blocked", Style::yellow),
        Step::Warning => ("warning", Style::yellow),
        Step::Tried => ("done", Style::green),
        Step::AlreadyThere => ("there", Style::dim),
        Step::Building => ("build", Style::dim),
        Step::Uploading => ("upload", Style::dim),
        Step::Retrying => ("retry", Style::yellow),
        Step::Waiting => ("wait", Style::dim),
        Step::Checksummed => ("sha256", Style::dim),
        step => (step.name(), Style::dim),
    };
    let text = match event.step {
        Step::Failed if detail == Detail::All => clean(&event.detail).replace('\n', "\n                    "),
        // The summary has the rest, where the eye rests when the run is over.
        Step::Failed => clean_line(event.detail.lines().next().unwrap_or_default()),
        Step::Restored => "the stage is gone; the checkout is as it always was".to_string(),
        // Names of files are for those who want everything.
        Step::Built | Step::Uploaded if detail != Detail::All => {
            count(event.detail.split(", ").count(), "file")
        }
        _ => clean_line(&event.detail),
    };
    Some(format!("{clock}  {} {name}{text}", paint(style, &format!("{word:<9}"))).trim_end().to_string())
}

fn least(step: Step) -> Detail {
    match step {
        Step::Failed => Detail::Quiet,
        Step::Note
        | Step::Warning
        | Step::AlreadyThere
        | Step::Building
        | Step::Built
        | Step::Retrying
        | Step::Waiting
        | Step::Uploaded
        | Step::Verified
        | Step::Tried
        | Step::Packed => Detail::Usual,
        Step::Queued
        | Step::Forecast
        | Step::Pinned
        | Step::Checksummed
        | Step::Uploading
        | Step::Visible
        // Told when all is over, right before the summary, which has it too.
        | Step::Blocked
        | Step::Restored => Detail::All,
    }
}

#[cfg(test)]
mod tests {
    use super::{Detail, line};
    use crate::effect::{Event, Step};
    use crate::model::{Kind, PackageId};
    use crate::report::Style;

    #[test]
    fn a_failure_is_one_line_until_everything_is_asked_for() {
        let id = PackageId::new(Kind::Uv, "acme");
        let event = Event::of(&id, Step::Failed, "cannot build\n  cause: \u{1b}[2J");
        let line = |detail| line(&event, 1.0, detail, Style { colour: false }).unwrap();
        assert_eq!(line(Detail::Quiet), "   1.0s  failed    uv:acme cannot build");
        assert_eq!(line(Detail::Usual), line(Detail::Quiet));
        let all = line(Detail::All);
        assert_eq!(all.lines().nth(1).unwrap().trim(), "cause: \\u{1b}[2J", "{all}");
    }
}
