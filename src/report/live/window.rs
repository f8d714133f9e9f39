//! Which rows are shown where there is no room for all. What runs always is, then what failed, then what waits for its
//! registry; what is left goes to what ended last and to what comes next. Rows keep their order.

use super::stage::{Class, Stage};
use super::state::{Row, View};

/// Rows of the window on a screen with room for more.
const WINDOW: usize = 20;

/// The rows that are shown in so many lines, and how many are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Their places, in order.
    pub places: Vec<usize>,
    /// Those that pass the filter and have no line.
    pub hidden: Vec<usize>,
}

/// Chooses rows for at most `lines` lines.
pub fn shown(view: &View, lines: usize) -> Shown {
    let passing = view.passing();
    let room = if view.all { lines } else { lines.min(WINDOW) };
    if passing.len() <= room {
        return Shown { places: passing, hidden: Vec::new() };
    }
    let places = if view.all { around(view, &passing, room) } else { by_weight(view, &passing, room) };
    let hidden = passing.into_iter().filter(|place| !places.contains(place)).collect();
    Shown { places, hidden }
}

/// A stretch of all rows with the selected one in it, else with the first one that is not at its end.
fn around(view: &View, passing: &[usize], room: usize) -> Vec<usize> {
    let is_centre = |place: &usize| match view.selected {
        Some(selected) => *place == selected,
        None => !view.rows[*place].stage.is_end(),
    };
    let centre = passing.iter().position(is_centre).unwrap_or(passing.len());
    let first = centre.saturating_sub(room / 2).min(passing.len().saturating_sub(room));
    passing.iter().skip(first).take(room).copied().collect()
}

fn by_weight(view: &View, passing: &[usize], room: usize) -> Vec<usize> {
    let mut places = passing.to_vec();
    // What ended last comes first among what ended; of the others the order is that of the rows.
    let weight = |place: &usize| {
        let row = &view.rows[*place];
        let ended = if row.stage.is_end() { u128::MAX - row.since.as_nanos() } else { 0 };
        (view.selected != Some(*place), rank(row), ended, *place)
    };
    places.sort_by_cached_key(weight);
    // Something of what is done and something of what comes: neither takes all the lines that are left.
    let fixed = places
        .iter()
        .filter(|place| rank(&view.rows[**place]) < ENDED || view.selected == Some(**place))
        .count();
    let rest = room.saturating_sub(fixed);
    let ended = places.iter().skip(fixed).filter(|place| rank(&view.rows[**place]) == ENDED).count();
    let coming = places.len() - fixed - ended;
    let of_ended = ended.min((rest / 3).max(rest.saturating_sub(coming)));
    let mut chosen: Vec<usize> = places.iter().take(fixed.min(room)).copied().collect();
    chosen.extend(places.iter().skip(fixed).take(of_ended));
    chosen.extend(places.iter().skip(fixed + ended).take(rest - of_ended));
    chosen.sort_unstable();
    chosen
}

/// The rank of what has ended well; what is below it is shown before.
const ENDED: u8 = 4;

fn rank(row: &Row) -> u8 {
    match (row.stage, row.stage.class()) {
        (_, Class::Running) => 0,
        (Stage::Failed, _) => 1,
        (Stage::Waiting, _) => 2,
        (Stage::Blocked | Stage::Cancelled, _) => 3,
        (_, Class::Done) => ENDED,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::shown;
    use crate::effect::{Event, Step};
    use crate::model::{Kind, PackageId};
    use crate::report::live::View;

    /// A view of packages named by their places, with a letter for the stage of each.
    fn view(stages: &str) -> View {
        let mut view = View::new("x", Step::Tried);
        for (place, letter) in stages.chars().enumerate() {
            let id = PackageId::new(Kind::Cargo, place.to_string());
            let mut tell = |step| view.event(Duration::from_secs(place as u64), &Event::of(&id, step, ""));
            tell(Step::Queued);
            match letter {
                'd' => tell(Step::Tried),
                'r' => tell(Step::Building),
                'w' => tell(Step::Waiting),
                'f' => tell(Step::Failed),
                'b' => tell(Step::Blocked),
                _ => {}
            }
        }
        view
    }

    #[test]
    fn all_rows_are_shown_where_there_is_room() {
        let shown = shown(&view("ddrq"), 4);
        assert_eq!((shown.places, shown.hidden), (vec![0, 1, 2, 3], vec![]));
    }

    #[test]
    fn what_runs_and_what_failed_stay_visible_among_sixty() {
        let mut stages = ["d"; 60];
        stages[30..].fill("q");
        (stages[3], stages[17], stages[29], stages[58], stages[40]) = ("f", "r", "r", "r", "w");
        let view = view(&stages.concat());
        for lines in [5, 8, 12, 17] {
            let shown = shown(&view, lines);
            assert_eq!((shown.places.len(), shown.hidden.len()), (lines, 60 - lines));
            assert!(
                [3, 17, 29, 40, 58].iter().all(|place| shown.places.contains(place)),
                "{:?}",
                shown.places
            );
        }
        // What ended last, and what comes next.
        assert_eq!(shown(&view, 11).places, [3, 17, 27, 28, 29, 30, 31, 32, 33, 40, 58]);
        // With too few lines for all that is active, what runs goes before what waits.
        assert_eq!(shown(&view, 3).places, [17, 29, 58]);
    }

    #[test]
    fn the_window_is_no_larger_than_it_needs_to_be_and_all_is_as_large_as_the_screen() {
        let mut view = view(&"q".repeat(60));
        assert_eq!(shown(&view, 70).places.len(), super::WINDOW);
        view.all = true;
        assert_eq!(shown(&view, 70).places.len(), 60);
        assert_eq!(shown(&view, 10).places, (0..10).collect::<Vec<_>>());
        view.selected = Some(30);
        assert_eq!(shown(&view, 10).places, (25..35).collect::<Vec<_>>());
        view.selected = Some(59);
        assert_eq!(shown(&view, 10).places, (50..60).collect::<Vec<_>>());
    }

    #[test]
    fn the_selected_row_is_always_there() {
        let mut view = view(&format!("{}rr{}", "d".repeat(20), "q".repeat(20)));
        for selected in [0, 10, 41] {
            view.selected = Some(selected);
            let shown = shown(&view, 6);
            assert!(
                [selected, 20, 21].iter().all(|place| shown.places.contains(place)),
                "{:?}",
                shown.places
            );
        }
    }

    #[test]
    fn the_end_shows_what_failed() {
        let shown = shown(&view(&format!("f{}b", "d".repeat(40))), 6);
        assert_eq!(shown.places, [0, 37, 38, 39, 40, 41]);
    }
}
