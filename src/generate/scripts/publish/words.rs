//! A command as lines of shell. Where it speaks of the places of a run, the script's variables stand.

use crate::effect::{Cmd, Value};
use crate::generate::scripts::quoted;

/// The clone in which a release is built.
pub(super) const STAGE: &str = "/@stage@";
/// Where built files may be put.
pub(super) const OUT: &str = "/@out@";
/// Kept between builds of one run.
pub(super) const TARGET: &str = "/@target@";
/// The version of the package that is built.
pub(super) const VERSION: &str = "@version@";

const HOLES: [(&str, &str); 4] =
    [(STAGE, "\"$stage\""), (OUT, "\"$out\""), (TARGET, "\"$scratch/target\""), (VERSION, "\"$version\"")];

/// The lines that run a command in its directory, each behind `indent`; the first that fails ends them.
pub(super) fn command(cmd: &Cmd, indent: &str) -> String {
    let mut lines = vec![format!("cd {}", word(&cmd.dir.display().to_string()))];
    let mut values = String::new();
    for (name, value) in &cmd.env.values {
        match value {
            Value::Plain(text) => values += &format!("{name}={} ", word(text)),
            Value::Usual(text) => values += &format!("{name}=\"${{{name}:-{text}}}\" "),
            Value::Absent => lines.push(format!("unset {name}")),
            Value::Hidden(_) => {}
        }
    }
    let words = std::iter::once(&cmd.program).chain(&cmd.args).map(|text| word(text));
    lines.push(values + &words.collect::<Vec<_>>().join(" "));
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        let end = if place + 1 < lines.len() { " &&" } else { "" };
        text += &format!("{indent}{line}{end}\n");
    }
    text
}

/// A text as one word, with variables in the place of holes.
fn word(text: &str) -> String {
    let hole = HOLES.iter().filter_map(|(hole, variable)| Some((text.find(hole)?, *hole, *variable))).min();
    let Some((at, hole, variable)) = hole else { return plain(text) };
    let before = if at == 0 { String::new() } else { plain(&text[..at]) };
    let behind = &text[at + hole.len()..];
    let behind = if behind.is_empty() { String::new() } else { word(behind) };
    format!("{before}{variable}{behind}")
}

fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_string() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{OUT, STAGE, command};
    use crate::effect::{Cmd, Environment};

    #[test]
    fn places_are_variables_and_everything_else_is_quoted() {
        let env = Environment::default().set("A", "it's").usual("EPOCH", "1").without("NODE_ENV");
        let dir = Path::new(STAGE).join("a b");
        let cmd = Cmd::new("sh", &dir).args(["-c", "make && cp x \"$CASTOFF_OUT\"", OUT]).env(env);
        assert_eq!(
            command(&cmd, "  "),
            "  cd \"$stage\"'/a b' &&\n  unset NODE_ENV &&\n  A='it'\\''s' EPOCH=\"${EPOCH:-1}\" sh -c \
             'make && cp x \"$CASTOFF_OUT\"' \"$out\"\n"
        );
    }
}
