//! The order of lines in a section: that of a dictionary, as ICU's root collation has it. Signs stand before digits,
//! digits before letters, and the case of a letter decides last.

use std::cmp::Ordering;

/// Signs in their order; a space is the first.
const SIGNS: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// Compares two lines.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let by_letter = one.chars().map(rank).cmp(other.chars().map(rank));
    by_letter.then_with(|| one.chars().map(char::is_uppercase).cmp(other.chars().map(char::is_uppercase)))
}

/// Class and place of a character; letters of other scripts stand behind ours, signs that ICU orders and we do not
/// know behind those that we know.
fn rank(c: char) -> (u8, u32) {
    let sign = || SIGNS.chars().position(|sign| sign == c).and_then(|place| u32::try_from(place).ok());
    match c {
        _ if c.is_numeric() => (2, u32::from(c)),
        _ if c.is_alphabetic() => (3, u32::from(c.to_lowercase().next().unwrap_or(c))),
        _ => sign().map_or((1, u32::from(c)), |place| (0, place)),
    }
}
