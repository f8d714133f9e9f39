//! `castoff completions`: scripts by which shells complete command lines. They come from the table that arguments are
//! read by, so that they know every command and every option that there is, and no other.

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind};

use super::arguments::{Completions, GLOBALS, table};
use super::{DONE, Session, print};
use crate::config::ON_DUPLICATE;
use crate::fault::{Fault, Faults};

mod bash;
mod fish;
mod zsh;

/// How the script of a shell is written.
type Write = fn(&[Command], &[Flag]) -> Result<String, Fault>;

/// The shells that are known.
pub(super) const SHELLS: &[(&str, Write)] =
    &[("bash", bash::script), ("zsh", zsh::script), ("fish", fish::script)];

/// A command, as somebody types it.
pub(super) struct Command {
    name: String,
    about: String,
    flags: Vec<Flag>,
    /// What may stand behind it, where that is one of a few words.
    words: Vec<String>,
}

/// An option.
pub(super) struct Flag {
    name: String,
    about: String,
    value: Value,
}

/// What stands behind an option.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    None,
    /// Whatever it is.
    Any,
    File,
    Directory,
    OneOf(Vec<String>),
}

impl Session {
    pub(super) fn completions(&self, args: &Completions) -> Result<u8, Faults> {
        let Some((_, write)) = SHELLS.iter().find(|(name, _)| *name == args.shell) else {
            let fault = Fault::usage(format!("there are no completions for `{}`", args.shell.escape_debug()));
            return Err(fault.help("there are some for bash, zsh and fish").into());
        };
        print(&write(&commands(), &globals())?);
        Ok(DONE)
    }
}

fn globals() -> Vec<Flag> {
    let value = |name: &str| match name {
        "" => Value::None,
        "dir" => Value::Directory,
        "file" => Value::File,
        words if words.contains('|') => Value::OneOf(split(words)),
        _ => Value::Any,
    };
    let flag = |(name, value_name, about): &(&str, &str, &str)| Flag {
        name: (*name).to_string(),
        about: (*about).to_string(),
        value: value(value_name),
    };
    GLOBALS.iter().map(flag).collect()
}

fn commands() -> Vec<Command> {
    let table = table();
    let mut commands: Vec<Command> = table.commands.iter().map(|it| command(&it.command)).collect();
    let names = commands.iter().map(|command| command.name.clone()).collect();
    let about = "Show what a command does, with an example".to_string();
    commands.push(Command { name: "help".to_string(), about, flags: Vec::new(), words: names });
    commands
}

fn command(info: &CommandInfoWithArgs) -> Command {
    let mut flags: Vec<Flag> = info.flags.iter().filter(|flag| flag.long != "--help").map(flag).collect();
    // Which formats there are, each command's description says last.
    if let Some((_, formats)) = info.description.split_once("--format ") {
        let formats = formats.split_whitespace().next().unwrap_or_default();
        let about = "how it is printed".to_string();
        flags.push(Flag { name: "--format".to_string(), about, value: Value::OneOf(split(formats)) });
    }
    let words = match info.positionals {
        // `docs|workflow: what to write`
        [first, ..] => first.description.split_once(": ").map_or(Vec::new(), |(words, _)| split(words)),
        [] => Vec::new(),
    };
    Command { name: info.name.to_string(), about: first_sentence(info.description), flags, words }
}

fn flag(info: &FlagInfo) -> Flag {
    let value = match info.kind {
        FlagInfoKind::Switch => Value::None,
        FlagInfoKind::Option { arg_name: "file" } => Value::File,
        FlagInfoKind::Option { arg_name: "mode" } => {
            Value::OneOf(ON_DUPLICATE.iter().map(|(name, _)| (*name).to_string()).collect())
        }
        FlagInfoKind::Option { .. } => Value::Any,
    };
    Flag { name: info.long.to_string(), about: first_sentence(info.description), value }
}

/// Words between bars; none where the text is something else.
fn split(text: &str) -> Vec<String> {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let words: Vec<&str> = text.trim_end_matches('.').split('|').collect();
    match words.len() > 1 && words.iter().all(|word| is_word(word)) {
        true => words.into_iter().map(str::to_string).collect(),
        false => Vec::new(),
    }
}

fn first_sentence(text: &str) -> String {
    let end = [". ", "; ", ": "].iter().filter_map(|stop| text.find(stop)).min().unwrap_or(text.len());
    text[..end].trim_end_matches('.').split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The options that have a value, of all commands.
fn valued<'a>(commands: &'a [Command], globals: &'a [Flag], between: &str) -> String {
    let all = globals.iter().chain(commands.iter().flat_map(|command| &command.flags));
    let mut names: Vec<&str> =
        all.filter(|flag| flag.value != Value::None).map(|flag| flag.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(between)
}

/// Lines for commands, where there is something to say of one.
fn lines<'a>(commands: &'a [Command], line: impl Fn(&'a Command) -> Option<String>) -> String {
    commands.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// Options of a command that are not those of all, and hide none of these.
fn own(command: &Command) -> impl Iterator<Item = &Flag> {
    command.flags.iter().filter(|flag| !GLOBALS.iter().any(|(name, ..)| *name == flag.name))
}
