//! Arguments as people write them → a command. Global options are accepted anywhere, `--key=value` and `-Cx` too;
//! argh reads what is left.

use std::path::PathBuf;

use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs};

use crate::fault::Fault;
use crate::report::lines::Detail;
pub(super) use globals::GLOBALS;
use globals::globals;
pub(super) use registries::{Bundle, Preflight, Publish, Rehearse, Status, Verify, Yank};

mod globals;
mod registries;

/// What the arguments ask for.
pub(super) enum Parsed {
    /// To run a command.
    Run(Globals, Command),
    /// To print a text and stop.
    Say(String),
}

/// Options that every command has.
#[derive(Clone, Debug)]
pub(super) struct Globals {
    pub(super) dir: PathBuf,
    pub(super) config: Option<PathBuf>,
    pub(super) format: Option<String>,
    pub(super) detail: Detail,
    pub(super) colour: Option<bool>,
    pub(super) dry_run: bool,
    pub(super) yes: bool,
    pub(super) offline: bool,
}

/// Releases monorepos of Rust, Python, Ruby and JavaScript packages: plans, bumps, builds, publishes and verifies in dependency order.
///
/// Options of every command: -C DIR, --config FILE, --format FORMAT, --json, -q, -v,
/// --color auto|always|never, --yes, --dry-run, --offline.
#[derive(FromArgs, ArgsInfo)]
struct Top {
    #[argh(subcommand)]
    command: Command,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
pub(super) enum Command {
    Demo(Demo),
    Init(Init),
    Discover(Discover),
    Graph(Graph),
    Detect(Detect),
    Versions(Versions),
    Check(Check),
    Changelog(Changelog),
    Bump(Bump),
    Promote(Promote),
    Plan(Plan),
    Preflight(Preflight),
    Publish(Publish),
    Bundle(Bundle),
    Rehearse(Rehearse),
    Release(Release),
    Tag(Tag),
    Status(Status),
    Verify(Verify),
    Yank(Yank),
    Generate(Generate),
    Completions(Completions),
}

impl Command {
    /// Whether it is there to ask somebody on the network.
    pub(super) fn asks(&self) -> bool {
        match self {
            Command::Plan(args) => args.online,
            Command::Release(args) => args.push,
            Command::Preflight(_) | Command::Publish(_) | Command::Status(_) | Command::Tag(_) => true,
            Command::Verify(_) | Command::Yank(_) => true,
            _ => false,
        }
    }

    /// Whether it is a run, which with `--json` tells its events as they happen.
    pub(super) fn streams(&self) -> bool {
        matches!(
            self,
            Command::Demo(_)
                | Command::Bundle(_)
                | Command::Publish(_)
                | Command::Rehearse(_)
                | Command::Verify(_)
        )
    }
}

/// Make a small polyglot repository and rehearse its release.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "demo", example = "castoff demo /tmp/try-it")]
pub(super) struct Demo {
    /// where; without it a new directory for temporary files
    #[argh(positional)]
    pub(super) dir: Option<String>,
}

/// Write castoff.toml from what is there: packages, tags, the set-up of another release tool. --format table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "init", example = "castoff init --dry-run")]
pub(super) struct Init {
    /// overwrite a castoff.toml that is there
    #[argh(switch)]
    pub(super) force: bool,
    /// also the xtask: `cargo xtask` then has all commands of castoff, and steps of this repository's own where it needs some
    #[argh(switch)]
    pub(super) xtask: bool,
    /// build the xtask with the castoff of this checkout, by a patch in .cargo/config.toml, to try one out
    #[argh(option, arg_name = "dir")]
    pub(super) castoff_path: Option<PathBuf>,
}

/// List every package. --format table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "discover", example = "castoff discover --json")]
pub(super) struct Discover {}

/// Show what needs what. --format levels|table|json|dot|mermaid|svg
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "graph", example = "castoff graph --format svg > graph.svg")]
pub(super) struct Graph {}

/// Say what changed since the last release. --format table|env|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "detect", example = "castoff detect --format env >> \"$GITHUB_OUTPUT\"")]
pub(super) struct Detect {
    /// compare with this commit, branch or tag
    #[argh(option)]
    pub(super) from: Option<String>,
}

/// Compute the next versions. --format table|env|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "versions", example = "castoff versions --from v1.2.0")]
pub(super) struct Versions {
    /// compare with this commit, branch or tag
    #[argh(option)]
    pub(super) from: Option<String>,
}

/// Look whether the workspace is healthy; needs no network and no credentials. --format table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "check", example = "castoff check --explain orphan_deps")]
pub(super) struct Check {
    /// only these checks
    #[argh(positional)]
    pub(super) ids: Vec<String>,
    /// mend what takes no thought
    #[argh(switch)]
    pub(super) fix: bool,
    /// say what a check looks for, why, and how to mend it
    #[argh(option, arg_name = "id")]
    pub(super) explain: Option<String>,
}

/// Print the notes of the next release, or what CHANGELOG.md says of a version. --format markdown|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "changelog", example = "castoff changelog core --version 1.2.0")]
pub(super) struct Changelog {
    /// only this component; without it, all that are released
    #[argh(positional)]
    pub(super) component: Option<String>,
    /// a version or tag that CHANGELOG.md speaks of
    #[argh(option)]
    pub(super) version: Option<String>,
}

/// Write versions into manifests, requirements and locks.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "bump", example = "castoff bump core=minor")]
pub(super) struct Bump {
    /// what to bump: COMPONENT, COMPONENT=VERSION, or COMPONENT=patch|minor|major|pre|final; without any, all that
    /// changed
    #[argh(positional)]
    pub(super) components: Vec<String>,
    /// also the components that did not change, by a patch
    #[argh(switch)]
    pub(super) all: bool,
}

/// Write the final versions of release candidates into manifests, requirements and locks.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "promote", example = "castoff promote core")]
pub(super) struct Promote {
    /// what to promote; without any, all components whose manifests hold a release candidate
    #[argh(positional)]
    pub(super) components: Vec<String>,
}

/// Show the whole release as it would happen. --format table|json|html|github-matrix
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "plan", example = "castoff plan --json")]
pub(super) struct Plan {
    /// exit with 4 when there is nothing to release
    #[argh(switch)]
    pub(super) exit_code: bool,
    /// ask the registries too whether the versions are free and greater than what they have
    #[argh(switch)]
    pub(super) online: bool,
}

/// Make the release here: versions, commit, and the tag that starts its publication.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "release", example = "castoff release --dry-run")]
pub(super) struct Release {
    /// push the branch and the tag, both or none
    #[argh(switch)]
    pub(super) push: bool,
    /// commit without the repository's commit hooks
    #[argh(switch)]
    pub(super) no_verify: bool,
}

/// Tag what HEAD's manifests say and the registries have.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "tag", example = "castoff tag --push")]
pub(super) struct Tag {
    /// push the tags to origin, all or none, and look whether they arrived
    #[argh(switch)]
    pub(super) push: bool,
}

/// Write files that follow from the configuration: docs, scripts.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "generate", example = "castoff generate docs --check")]
pub(super) struct Generate {
    /// docs|scripts|xtask: what to write, RELEASING.md and VERSIONING.md, or scripts/release/ for machines without castoff,
    /// or the xtask with its alias
    #[argh(positional)]
    pub(super) what: String,
    /// write nothing; fail when a file is stale
    #[argh(switch)]
    pub(super) check: bool,
    /// also over files that castoff did not write
    #[argh(switch)]
    pub(super) force: bool,
    /// build the xtask with the castoff of this checkout
    #[argh(option, arg_name = "dir")]
    pub(super) castoff_path: Option<PathBuf>,
}

/// Print the script by which a shell completes command lines.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "completions",
    example = "castoff completions bash > ~/.local/share/bash-completion/completions/castoff"
)]
pub(super) struct Completions {
    /// bash|zsh|fish: whose command lines
    #[argh(positional)]
    pub(super) shell: String,
}

/// All commands, with their options, words and examples.
pub(super) fn table() -> CommandInfoWithArgs {
    Top::get_args_info()
}

/// The names of all commands, for a guess at a misspelt one.
pub(super) fn names() -> Vec<&'static str> {
    table().commands.iter().map(|command| command.name).chain(["help"]).collect()
}

/// Reads arguments.
pub(super) fn parse(arguments: &[String], program: &str) -> Result<Parsed, Fault> {
    let (globals, rest) = globals(arguments)?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match rest[..] {
        ["--version" | "-V"] => return Ok(Parsed::Say(format!("castoff {}\n", env!("CARGO_PKG_VERSION")))),
        [] | ["help" | "-h"] => return parse(&["--help".to_string()], program),
        ["help", command] => return parse(&[command.to_string(), "--help".to_string()], program),
        _ => {}
    }
    let names = names();
    if let Some(word) = rest.first().filter(|word| !word.starts_with('-') && !names.contains(word)) {
        let fault = Fault::usage(format!("no command is named `{}`", word.escape_debug()));
        let near = names.iter().min_by_key(|name| strsim::damerau_levenshtein(name, word));
        let near = near.filter(|name| strsim::damerau_levenshtein(name, word) <= 3);
        let guess = near.map_or(String::new(), |name| format!("did you mean `{name}`? "));
        return Err(fault.help(format!("{guess}`castoff help` shows all commands")));
    }
    let rest: Vec<&str> = rest.into_iter().map(|word| if word == "-h" { "--help" } else { word }).collect();
    match Top::from_args(&[program], &rest) {
        Ok(top) => Ok(Parsed::Run(globals, top.command)),
        Err(exit) if exit.status.is_ok() => Ok(Parsed::Say(exit.output + "\n")),
        Err(exit) => {
            Err(Fault::usage(exit.output.trim().to_string()).help("`castoff help` shows all commands"))
        }
    }
}

#[cfg(test)]
mod tests;
