//! The two streams. What is told people is told as far as somebody reads it; in the log of GitHub Actions nothing of it is
//! taken for a command, and what went wrong is an annotation.

use std::io::Write;
use std::sync::OnceLock;

use super::{FAILED, USAGE};
use crate::fault::{Blame, Faults};
use crate::report::{Style, clean, github};

/// Prints to standard output; a reader that went away is no failure of ours.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to standard error; see [`print`].
pub(super) fn tell(text: &str) {
    if on_actions() { raw(&github::inert(text)) } else { raw(text) }
}

/// Prints commands of the runner, or what holds none.
pub(super) fn raw(text: &str) {
    let mut err = std::io::stderr().lock();
    let _closed = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Whether this runs as a step of GitHub Actions.
#[expect(clippy::disallowed_methods, reason = "who reads what is printed; nothing else depends on it")]
pub(super) fn on_actions() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"))
}

/// How people are spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// In lines.
    Lines(Style),
    /// With annotations.
    Actions,
}

impl Voice {
    /// Whoever asks for machine output wants no annotation.
    pub(super) fn of(style: Style, format: Option<&str>) -> Voice {
        if on_actions() && format != Some("json") { Voice::Actions } else { Voice::Lines(style) }
    }
}

/// Says what went wrong; gives the exit code for it.
pub(super) fn complain(faults: &Faults, voice: Voice) -> u8 {
    match voice {
        Voice::Actions => raw(&github::faults(faults)),
        Voice::Lines(style) => {
            for fault in &faults.0 {
                eprintln!("{} {}", style.red("error:"), clean(&fault.to_string()));
            }
        }
    }
    if faults.0.iter().any(|fault| fault.blame == Blame::Outside) { FAILED } else { USAGE }
}

/// JSON for people to look at.
pub(super) fn pretty(value: &serde_json::Value) -> String {
    harmless(&format!("{value:#}\n"))
}

/// JSON leaves U+007F to U+009F as they are, and terminals act on them; GitHub's runner acts on `##[` wherever it stands.
/// Inside of a text an escape means the same.
pub(super) fn harmless(json: &str) -> String {
    let mut found = String::with_capacity(json.len());
    let mut before = ' ';
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => found += &format!("\\u{:04x}", c as u32),
            '[' if before == '#' => found += "\\u005b",
            _ => found.push(c),
        }
        if c.is_ascii_graphic() || c.is_alphanumeric() {
            before = c;
        }
    }
    found
}

/// Text that a command shows as what another one prints.
pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn json_means_the_same_and_moves_no_terminal_and_no_runner() {
        let json = serde_json::json!({ "#": ["\u{9b}2J", "##[group]", "#\u{200b}#\u{200b}[x", "a[0]"] });
        let text = harmless(&json.to_string());
        assert!(
            text.contains("\\u009b2J") && text.contains("##\\u005bgroup]") && text.contains("a[0]"),
            "{text}"
        );
        assert!(!text.contains("##[") && !text.contains("\u{200b}["), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
    }
}
