//! Every word a human or a script sees: tables, lines, JSON. Texts go in and come out; only `cli` prints them.

use std::time::Duration;

use crate::model::PackageId;

pub mod built;
pub mod checks;
pub mod changelog;
#[cfg(feature = "rehearsal")]
pub mod chaos;
pub mod env;
pub mod github;
pub mod html;
pub mod init;
pub mod json;
pub mod lines;
#[cfg(feature = "tui")]
pub mod live;
mod markup;
pub mod matrix;
pub mod plan;
pub mod preflight;
pub mod record;
pub mod release;
pub mod run;
pub mod status;
pub mod summary;
pub mod svg;
pub mod table;
pub mod verify;
pub mod withdraw;
pub mod workspace;

/// Whether colour may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Escape sequences are understood.
    pub colour: bool,
}

impl Style {
    /// Text in bold.
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Good news.
    pub fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// Bad news.
    pub fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// Worth a look.
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// Less important.
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Under the mark.
    pub fn reversed(self, text: &str) -> String {
        self.wrap("7", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// Text from outside, fit for a terminal: what could move the cursor, change colours or turn the direction of text
/// round is written out.
pub fn clean(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let harmless = |c: char| (!c.is_control() && !turns(c)) || c == '\n' || c == '\t';
    let text = text.replace("\r\n", "\n");
    text.chars().map(|c| if harmless(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

/// Text from outside on one line.
pub fn clean_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `1 package`, `2 packages`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A version that was told in a run, as the package's ecosystem spells it.
pub fn spelled(id: &PackageId, version: &str) -> String {
    let version = clean_line(version);
    version.parse().map_or(version, |version| crate::ecosystem::of(id.kind).spell(&version))
}

/// How long something took, for people: `0.4 s`, `42 s`, `12:05`, `1:02:03`.
pub fn brief(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => clock(time),
    }
}

/// Bytes as people read them: `812 B`, `3.4 kB`, `12.0 MB`.
pub fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one place behind the point is shown")]
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", of(1_000)),
        _ => format!("{:.1} MB", of(1_000_000)),
    }
}

/// Time as a clock shows it: `0:07`, `12:05`, `1:02:03`.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{brief, clean, clean_line, clock, size};

    #[test]
    fn sizes_are_for_people() {
        assert_eq!([1, 999, 1000, 12_345_678].map(size), ["1 B", "999 B", "1.0 kB", "12.3 MB"]);
    }

    #[test]
    fn times_are_as_exact_as_they_matter() {
        for (seconds, expected, shown) in [
            (0.04, "0.0 s", "0:00"),
            (9.94, "9.9 s", "0:09"),
            (59.9, "59 s", "0:59"),
            (725.0, "12:05", "12:05"),
            (3723.0, "1:02:03", "1:02:03"),
        ] {
            let time = Duration::from_secs_f64(seconds);
            assert_eq!((brief(time), clock(time)), (expected.to_string(), shown.to_string()));
        }
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\tb\r\n"), "a\\u{1b}[31mred\\u{7}\tb\n");
        assert_eq!(clean_line("a\n\u{9b}2J\u{202e}b"), "a \\u{9b}2J\\u{202e}b");
    }
}
