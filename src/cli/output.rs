//! The two streams. What is told people is told as far as somebody reads it; in the log of GitHub Actions nothing of it is
//! taken for a command, and what went wrong is an annotation.

use std::io::Write;
use std::sync::{OnceLock, PoisonError, RwLock};

use super::arguments::names;
use super::{FAILED, USAGE};
use crate::fault::{Blame, Faults};
use crate::report::{Style, clean, github};

/// The program, as texts name it.
pub(super) const CASTOFF: &str = "castoff";

static PROGRAM: RwLock<&str> = RwLock::new(CASTOFF);

/// How commands are started from now on: who runs `cargo xtask` has no `castoff` on PATH.
pub(super) fn speak_as(program: &'static str) {
    *PROGRAM.write().unwrap_or_else(PoisonError::into_inner) = program;
}

/// A text for people, in which `castoff plan` is named as it is started here.
pub(super) fn named(text: &str) -> String {
    let program = *PROGRAM.read().unwrap_or_else(PoisonError::into_inner);
    if program == CASTOFF { text.to_string() } else { renamed(text, program) }
}

fn renamed(text: &str, program: &str) -> String {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let commands = NAMES.get_or_init(names);
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("castoff ") {
        let (before, after) = (&rest[..at], &rest[at + "castoff ".len()..]);
        let begins = before.ends_with(['`', ' ', '\n', '\'']) || before.is_empty();
        let word = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
        let is_command = commands.contains(&word) || word.starts_with('-');
        found += before;
        found += if begins && is_command { program } else { CASTOFF };
        found += " ";
        rest = after;
    }
    found + rest
}

/// Prints to standard output; a reader that went away is no failure of ours.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to standard error; see [`print`].
pub(super) fn tell(text: &str) {
    let text = named(text);
    if on_actions() { raw(&github::inert(&text)) } else { raw(&text) }
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
        Voice::Actions => raw(&named(&github::faults(faults))),
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
#[cfg(feature = "rehearsal")]
pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::{harmless, renamed};

    #[test]
    fn commands_are_named_as_they_are_started() {
        for (text, expected) in [
            ("next: `castoff plan --json`", "next: `cargo xtask plan --json`"),
            ("  castoff -C /tmp/x bump\ncastoff help", "  cargo xtask -C /tmp/x bump\ncargo xtask help"),
            ("castoff was told to stop", "castoff was told to stop"),
            ("/usr/bin/castoff plan, castoff 0.1.0", "/usr/bin/castoff plan, castoff 0.1.0"),
            ("castoff planned, by castoff ", "castoff planned, by castoff "),
        ] {
            assert_eq!(renamed(text, "cargo xtask"), expected);
        }
    }

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
