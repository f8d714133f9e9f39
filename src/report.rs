//! Every word a human or a script sees: tables, lines, JSON. Texts go in and come out; only `cli` prints them.

pub mod checks;
pub mod changelog;
pub mod env;
pub mod github;
pub mod html;
pub mod init;
pub mod json;
pub mod lines;
pub mod matrix;
pub mod plan;
pub mod summary;
pub mod svg;
pub mod table;
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

#[cfg(test)]
mod tests {
    use super::{clean, clean_line};

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\tb\r\n"), "a\\u{1b}[31mred\\u{7}\tb\n");
        assert_eq!(clean_line("a\n\u{9b}2J\u{202e}b"), "a \\u{9b}2J\\u{202e}b");
    }
}
