//! For fish.

use super::{Command, Flag, Value, lines, valued};
use crate::fault::Fault;
use crate::template::fill;

pub(super) fn script(commands: &[Command], globals: &[Flag]) -> Result<String, Fault> {
    let of_all: Vec<String> = globals.iter().map(|flag| line("", flag)).collect();
    let of_one = |it: &Command| {
        let place = format!(" -n {}", quoted(&format!("__castoff_is {}", it.name)));
        let name = format!(
            "complete -c castoff -n 'not __castoff_command' -f -a {} -d {}",
            it.name,
            quoted(&it.about)
        );
        let words = (!it.words.is_empty())
            .then(|| format!("complete -c castoff{place} -f -a {}", quoted(&it.words.join(" "))));
        let flags = it.flags.iter().map(|flag| line(&place, flag));
        Some([name].into_iter().chain(words).chain(flags).collect::<Vec<_>>().join("\n"))
    };
    fill(
        "castoff.fish",
        include_str!("../../../templates/completions/castoff.fish"),
        &[
            ("valued", &valued(commands, globals, " ")),
            ("globals", &of_all.join("\n")),
            ("commands", &lines(commands, of_one)),
        ],
    )
}

fn line(place: &str, flag: &Flag) -> String {
    let name = match flag.name.strip_prefix("--") {
        Some(long) => format!("-l {long}"),
        None => format!("-s {}", flag.name.trim_start_matches('-')),
    };
    let value = match &flag.value {
        Value::None => String::new(),
        Value::Any => " -x".to_string(),
        Value::File => " -r -F".to_string(),
        Value::Directory => " -x -a '(__fish_complete_directories)'".to_string(),
        Value::OneOf(words) => format!(" -x -a {}", quoted(&words.join(" "))),
    };
    format!("complete -c castoff{place} {name}{value} -d {}", quoted(&flag.about))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}
