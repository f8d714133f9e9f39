//! For bash, which shows no descriptions.

use super::{Command, Flag, Value, lines, own, valued};
use crate::fault::Fault;
use crate::template::fill;

pub(super) fn script(commands: &[Command], globals: &[Flag]) -> Result<String, Fault> {
    let names = |flags: &mut dyn Iterator<Item = &Flag>| {
        flags.map(|flag| flag.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let all: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
    let of_commands =
        commands.iter().flat_map(|command| command.flags.iter().map(|flag| value(&command.name, flag)));
    // What a command says of an option goes before what is said for all.
    let values: Vec<String> =
        of_commands.chain(globals.iter().map(|flag| value("*", flag))).flatten().collect();
    let words = |it: &Command| {
        (!it.words.is_empty()).then(|| format!("    {}) words='{}' ;;", it.name, it.words.join(" ")))
    };
    let options = |it: &Command| {
        let names = names(&mut own(it));
        (!names.is_empty()).then(|| format!("        {}) words+=' {names}' ;;", it.name))
    };
    fill(
        "castoff.bash",
        include_str!("../../../templates/completions/castoff.bash"),
        &[
            ("valued", &valued(commands, globals, " | ")),
            ("values", &values.join("\n")),
            ("commands", &all.join(" ")),
            ("words", &lines(commands, words)),
            ("globals", &names(&mut globals.iter())),
            ("options", &lines(commands, options)),
        ],
    )
}

fn value(command: &str, flag: &Flag) -> Option<String> {
    let place = match command {
        "*" => format!("*' {}'", flag.name),
        command => format!("'{command} {}'", flag.name),
    };
    match &flag.value {
        Value::None => None,
        Value::OneOf(words) => Some(format!(
            "    {place})\n        mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\")\n        return\n        ;;",
            words.join(" ")
        )),
        Value::Any | Value::File | Value::Directory => Some(format!("    {place}) return ;;")),
    }
}
