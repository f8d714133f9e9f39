//! What events and keys make of a view.

use std::time::Duration;

use super::{Act, View};
use crate::effect::{Event, Step};
use crate::model::{Kind, PackageId};
use crate::report::live::keys::Key;
use crate::report::live::stage::{Class, Filter, Stage};

fn id(name: &str) -> PackageId {
    PackageId::new(Kind::Cargo, name)
}

fn at(second: u64) -> Duration {
    Duration::from_secs(second)
}

/// A view after events: `second step package detail`.
fn view(events: &[(u64, Step, &str, &str)]) -> View {
    let mut view = View::new("castoff publish", Step::Tried);
    for (second, step, name, detail) in events {
        view.event(at(*second), &Event::of(&id(name), *step, *detail));
    }
    view
}

#[test]
fn a_package_goes_through_its_stages() {
    use Step::*;
    let mut view = view(&[]);
    for (second, step, stage, time) in [
        (0, Queued, Stage::Queued, None),
        (1, Pinned, Stage::Queued, None),
        (2, Building, Stage::Building, Some(0)),
        (9, Built, Stage::Built, Some(0)),
        (9, Checksummed, Stage::Built, Some(0)),
        (20, Uploading, Stage::Uploading, Some(0)),
        (21, Retrying, Stage::Waiting, Some(0)),
        (22, Waiting, Stage::Waiting, Some(1)),
        (25, Uploading, Stage::Uploading, Some(0)),
        (26, Uploaded, Stage::Waiting, Some(0)),
        (30, Waiting, Stage::Waiting, Some(4)),
        (33, Visible, Stage::Verifying, Some(0)),
        (33, Verified, Stage::Trying, Some(0)),
        // At the end the time is that of all.
        (42, Tried, Stage::Done, Some(40)),
    ] {
        view.event(at(second), &Event::of(&id("core"), step, "1.0.0"));
        let row = &view.rows[0];
        assert_eq!((row.stage, row.time(at(second))), (stage, time.map(at)), "{step:?}");
    }
    let row = &view.rows[0];
    assert_eq!((row.retries, row.version.as_str(), row.log.len()), (1, "1.0.0", 14));
    assert_eq!(row.time(at(99)), Some(at(40)));
}

#[test]
fn a_package_is_done_with_the_last_step_of_its_run() {
    let mut view = View::new("x", Step::Verified);
    view.event(at(1), &Event::of(&id("core"), Step::Verified, ""));
    assert_eq!(view.rows[0].stage, Stage::Done);
    let mut view = View::new("x", Step::Checksummed);
    view.event(at(1), &Event::of(&id("core"), Step::Built, ""));
    view.event(at(1), &Event::of(&id("core"), Step::Checksummed, ""));
    assert_eq!(view.rows[0].stage, Stage::Done);
}

#[test]
fn a_build_that_runs_goes_on_although_its_upload_is_blocked() {
    use Step::*;
    let mut view = view(&[(0, Building, "a", ""), (0, Queued, "b", ""), (1, Blocked, "a", "`c` failed")]);
    assert_eq!(view.rows[0].stage, Stage::Building);
    view.event(at(2), &Event::of(&id("a"), Built, ""));
    assert_eq!((view.rows[0].stage, view.rows[0].more.as_str()), (Stage::Blocked, "`c` failed"));
    // One that begins later is seen to be built, too, and may fail for a reason of its own.
    for (step, stage) in [(Blocked, Stage::Blocked), (Building, Stage::Building), (Failed, Stage::Failed)] {
        view.event(at(3), &Event::of(&id("b"), step, ""));
        assert_eq!(view.rows[1].stage, stage);
    }
}

#[test]
fn every_package_counts_once() {
    use Step::*;
    let view = view(&[
        (0, AlreadyThere, "a", ""),
        (0, Tried, "b", ""),
        (0, Failed, "c", "no\nbecause"),
        (0, Blocked, "d", ""),
        (0, Building, "e", ""),
        (0, Built, "f", ""),
        (0, Waiting, "g", ""),
        (0, Queued, "h", ""),
    ]);
    let counts = [Class::Done, Class::Running, Class::Waiting, Class::Failed].map(|class| view.count(class));
    assert_eq!((counts, view.rows[2].more.as_str()), ([2, 1, 3, 2], "no"));
}

#[test]
fn what_no_event_says_is_settled_at_the_end() {
    let mut view =
        view(&[(0, Step::Failed, "a", ""), (0, Step::Building, "b", ""), (0, Step::Queued, "c", "")]);
    for name in ["a", "b", "c", "unknown"] {
        view.settle(at(7), &id(name), Stage::Cancelled);
    }
    let stages: Vec<Stage> = view.rows.iter().map(|row| row.stage).collect();
    assert_eq!(stages, [Stage::Failed, Stage::Cancelled, Stage::Cancelled]);
    assert_eq!([view.rows[1].time(at(9)), view.rows[2].time(at(9))], [Some(at(7)), None]);
}

#[test]
fn the_forecast_runs_down_and_is_silent_while_nothing_moves() {
    let mut view = view(&[(0, Step::Queued, "a", "")]);
    assert_eq!(view.left(at(0)), None);
    view.event(at(10), &Event::run(Step::Forecast, "30.5"));
    assert_eq!(view.left(at(20)), Some(Duration::from_secs_f64(20.5)));
    assert_eq!(view.left(at(50)), None);
    view.key(Key::Pause);
    assert_eq!(view.left(at(20)), None);
    for nonsense in ["soon", "NaN", "inf", "-1", "1e300"] {
        view.key(Key::Resume);
        view.event(at(10), &Event::run(Step::Forecast, nonsense));
        assert_eq!(view.left(at(10)), None, "{nonsense}");
    }
}

#[test]
fn keys_hold_and_stop_the_run() {
    let mut view = view(&[(0, Step::Queued, "a", "")]);
    assert_eq!((view.key(Key::Pause), view.paused), (Some(Act::Pause), true));
    assert_eq!((view.key(Key::Resume), view.paused), (Some(Act::Resume), false));
    assert_eq!((view.key(Key::Quit), view.stopping), (Some(Act::Stop), true));
    // Once stopped it cannot be held; once more means at once.
    assert_eq!((view.key(Key::Pause), view.key(Key::Quit)), (None, Some(Act::Stop)));
}

#[test]
fn keys_choose_what_is_seen() {
    let mut view =
        view(&[(0, Step::Tried, "a", ""), (0, Step::Failed, "b", ""), (0, Step::Building, "c", "")]);
    view.key(Key::All);
    assert!(view.all);
    view.key(Key::Window);
    assert!(!view.all);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(format!("{} {:?}", view.filter.name(), view.passing()));
        assert_eq!(view.key(Key::Filter), None);
    }
    let expected = ["all [0, 1, 2]", "running [2]", "waiting []", "failed [1]", "done [0]", "all [0, 1, 2]"];
    assert_eq!(seen, expected);
}

#[test]
fn the_mark_begins_where_something_happens_and_goes_through_what_is_seen() {
    let mut view =
        view(&[(0, Step::Tried, "a", ""), (0, Step::Failed, "b", ""), (0, Step::Building, "c", "")]);
    let mut seen = Vec::new();
    for key in [Key::Down, Key::Down, Key::Up, Key::Up, Key::Up, Key::Back, Key::Up] {
        view.key(key);
        seen.push(view.selected);
    }
    assert_eq!(seen, [Some(2), Some(2), Some(1), Some(0), Some(0), None, Some(2)]);
    // A row that the filter takes away is not selected any more.
    view.filter = Filter::Only(Class::Running);
    view.key(Key::Filter);
    assert_eq!(view.selected, None);
    view.key(Key::Down);
    assert_eq!(view.selected, None);
}

#[test]
fn the_log_opens_scrolls_and_closes() {
    let mut view = view(&[(0, Step::Queued, "a", ""), (0, Step::Failed, "b", "one\ntwo\nthree")]);
    view.key(Key::Log);
    assert_eq!((view.selected, view.log), (Some(1), Some(0)));
    for (key, expected) in [(Key::Up, 1), (Key::Up, 2), (Key::Down, 1), (Key::Down, 0), (Key::Down, 0)] {
        view.key(key);
        assert_eq!(view.log, Some(expected));
    }
    view.key(Key::Back);
    assert_eq!((view.selected, view.log), (Some(1), None));
    view.key(Key::Log);
    view.key(Key::Log);
    assert_eq!(view.log, None);
}

#[test]
fn nothing_of_what_is_told_moves_the_cursor() {
    let view =
        view(&[(0, Step::Queued, "a\u{1b}[2J", "1\r0"), (0, Step::Failed, "a\u{1b}[2J", "x\u{9b}2J\ny")]);
    let row = &view.rows[0];
    let all = format!("{}{}{}{}", row.name, row.version, row.more, row.log[1].2);
    assert!(!all.contains(['\u{1b}', '\r', '\u{9b}']), "{all}");
}
