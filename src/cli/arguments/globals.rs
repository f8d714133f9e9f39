//! The options that every command has, in every spelling and at every place.

use std::path::PathBuf;

use super::Globals;
use crate::fault::Fault;
use crate::report::lines::Detail;

/// All of them: name, what its value is (empty without one), and what it is for.
pub(in crate::cli) const GLOBALS: &[(&str, &str, &str)] = &[
    ("-C", "dir", "work there"),
    ("--config", "file", "the configuration, in the place of castoff.toml"),
    ("--format", "name", "how it is printed"),
    ("--json", "", "the same as --format json"),
    ("-q", "", "say less"),
    ("--quiet", "", "say less"),
    ("-v", "", "say more"),
    ("--verbose", "", "say more"),
    ("--color", "auto|always|never", "whether to use colours"),
    ("--yes", "", "agree to what would be asked"),
    ("--dry-run", "", "say what would be done, and do nothing"),
    ("--offline", "", "ask nobody on the network"),
    ("--help", "", "show what a command does"),
];

/// Takes the global options out, wherever they stand.
pub(super) fn globals(arguments: &[String]) -> Result<(Globals, Vec<String>), Fault> {
    let mut globals = Globals {
        dir: PathBuf::from("."),
        config: None,
        format: None,
        detail: Detail::Usual,
        colour: None,
        dry_run: false,
        yes: false,
        offline: false,
    };
    let (mut quiet, mut verbose) = (false, false);
    let mut rest = Vec::new();
    let mut left = split(arguments).into_iter();
    while let Some(argument) = left.next() {
        let mut value = || {
            left.next().ok_or_else(|| {
                Fault::usage(format!("`{argument}` needs a value")).help("`castoff help` shows all options")
            })
        };
        match argument.as_str() {
            "-C" => globals.dir = globals.dir.join(value()?),
            "--config" => globals.config = Some(PathBuf::from(value()?)),
            "--format" => globals.format = Some(value()?),
            "--json" => globals.format = Some("json".to_string()),
            "-q" | "--quiet" => quiet = true,
            "-v" | "--verbose" => verbose = true,
            "--color" => globals.colour = colour(&value()?)?,
            "--yes" => globals.yes = true,
            "--offline" => globals.offline = true,
            "--dry-run" => globals.dry_run = true,
            "--" => {
                rest.push(argument);
                rest.extend(left.by_ref());
            }
            _ => rest.push(argument),
        }
    }
    globals.detail = Globals::detail(quiet, verbose);
    Ok((globals, rest))
}

fn colour(text: &str) -> Result<Option<bool>, Fault> {
    match text {
        "auto" => Ok(None),
        "always" => Ok(Some(true)),
        "never" => Ok(Some(false)),
        other => Err(Fault::usage(format!("`--color` is `{}`", other.escape_debug()))
            .help("use one of auto, always, never")),
    }
}

/// `--key=value` and `-Cx` as two arguments each; nothing behind `--` is touched.
fn split(arguments: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut arguments = arguments.iter();
    for argument in arguments.by_ref() {
        match argument.split_once('=') {
            Some((key, value)) if key.starts_with("--") => found.extend([key.to_string(), value.to_string()]),
            _ if argument == "--" => {
                found.push(argument.clone());
                break;
            }
            _ => match argument.strip_prefix("-C") {
                Some(dir) if !dir.is_empty() => found.extend(["-C".to_string(), dir.to_string()]),
                _ => found.push(argument.clone()),
            },
        }
    }
    found.extend(arguments.cloned());
    found
}
