//! For zsh.

use super::{Command, Flag, Value, lines, own, valued};
use crate::fault::Fault;
use crate::template::fill;

pub(super) fn script(commands: &[Command], globals: &[Flag]) -> Result<String, Fault> {
    let specs = |flags: &mut dyn Iterator<Item = &Flag>, indent: &str| {
        flags.map(|flag| format!("{indent}{}", spec(flag))).collect::<Vec<_>>().join("\n")
    };
    let options = |it: &Command| {
        // A format that a command names is offered in the place of any.
        let specs = specs(&mut it.flags.iter(), "            ");
        let hidden =
            if own(it).count() == it.flags.len() { "" } else { "        options=(${options:#--format=*})\n" };
        (!specs.is_empty())
            .then(|| format!("    {})\n{hidden}        options+=(\n{specs}\n        )\n        ;;", it.name))
    };
    let words = |it: &Command| {
        (!it.words.is_empty()).then(|| format!("        {}) compadd -- {} ;;", it.name, it.words.join(" ")))
    };
    let describe = |it: &Command| {
        Some(format!("            {}", quoted(&format!("{}:{}", it.name, it.about.replace(':', "\\:")))))
    };
    fill(
        "castoff.zsh",
        include_str!("../../../templates/completions/castoff.zsh"),
        &[
            ("valued", &valued(commands, globals, " | ")),
            ("globals", &specs(&mut globals.iter(), "        ")),
            ("options", &lines(commands, options)),
            ("commands", &lines(commands, describe)),
            ("words", &lines(commands, words)),
        ],
    )
}

/// An option as `_arguments` wants it: `--name=[about]:what:action`.
fn spec(flag: &Flag) -> String {
    let about =
        ['\\', '[', ']', ':'].iter().fold(flag.about.clone(), |text, c| text.replace(*c, &format!("\\{c}")));
    let long = if flag.name.starts_with("--") { "=" } else { "" };
    quoted(&match &flag.value {
        Value::None => format!("{}[{about}]", flag.name),
        Value::Any => format!("{}{long}[{about}]:value: ", flag.name),
        Value::File => format!("{}{long}[{about}]:file:_files", flag.name),
        Value::Directory => format!("{}{long}[{about}]:directory:_files -/", flag.name),
        Value::OneOf(words) => format!("{}{long}[{about}]:value:({})", flag.name, words.join(" ")),
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
