//! What holds on every screen.

use super::super::{Look, frame, plain};
use super::{at, look, some};
use crate::report::Style;
use crate::report::live::keys::Key;
use crate::report::table::visible;

#[test]
fn without_keys_none_is_offered() {
    let lines = frame(&some(), at(83), Look { keys: false, ..look(80, 24) });
    assert_eq!(lines.last().unwrap(), "Ctrl-C cancels");
}

#[test]
fn colours_change_no_letter() {
    let mut view = some();
    view.key(Key::Down);
    for size in [(80, 24), (40, 7), (15, 4)] {
        let bare_look = look(size.0, size.1);
        let coloured = frame(&view, at(83), Look { style: Style { colour: true }, ..bare_look });
        let bare: Vec<String> = coloured.iter().map(|line| plain(line)).collect();
        assert_eq!(bare, frame(&view, at(83), bare_look));
        assert!(coloured.concat().contains('\u{1b}'));
    }
}

#[test]
fn every_size_can_be_drawn() {
    let mut view = some();
    for columns in 0..90 {
        for lines in 0..12 {
            let look = look(columns, lines);
            view.log = None;
            let rows = frame(&view, at(83), look);
            view.selected = Some(1);
            view.log = Some(2);
            let log = frame(&view, at(83), look);
            for line in rows.iter().chain(&log) {
                assert!(visible(line) <= columns.saturating_sub(1).max(1), "{columns}×{lines}: {line}");
            }
            assert!(rows.len().max(log.len()) <= lines.saturating_sub(1).max(1), "{columns}×{lines}");
        }
    }
}
