//! The commands that speak with registries: what they take.

use std::path::PathBuf;
use std::time::Duration;

use argh::{ArgsInfo, FromArgs};

use crate::config::{ON_DUPLICATE, OnDuplicate};

/// Look at all that gates a publish: worktree, locks, registries, names, versions, credentials, tools, room. --format
/// table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "preflight", example = "castoff preflight --json")]
pub(in crate::cli) struct Preflight {
    /// only these packages
    #[argh(positional)]
    pub(in crate::cli) packages: Vec<String>,
    /// what a version that is there already means: skip, warn or fail; without it, what castoff.toml says
    #[argh(option, arg_name = "mode", from_str_fn(on_duplicate))]
    pub(in crate::cli) on_duplicate: Option<OnDuplicate>,
}

/// Build, upload and verify what HEAD's manifests say and the registries do not have yet. With --dry-run all but the
/// uploads: what would go out, in which order, and what each file holds.
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "publish", example = "castoff publish --jobs 4")]
pub(in crate::cli) struct Publish {
    /// only these packages
    #[argh(positional)]
    pub(in crate::cli) packages: Vec<String>,
    /// how many packages at once
    #[argh(option, from_str_fn(positive))]
    pub(in crate::cli) jobs: Option<usize>,
    /// write how it went into this file, as a page that stands alone
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) report: Option<PathBuf>,
    /// how often an upload or a question is tried again
    #[argh(option, arg_name = "n")]
    pub(in crate::cli) max_retries: Option<u32>,
    /// the longest wait before the first retry (it doubles with each), such as 1s
    #[argh(option, arg_name = "time", from_str_fn(time))]
    pub(in crate::cli) retry_base_delay: Option<Duration>,
    /// what a version that is there already means: skip, warn or fail; without it, what castoff.toml says
    #[argh(option, arg_name = "mode", from_str_fn(on_duplicate))]
    pub(in crate::cli) on_duplicate: Option<OnDuplicate>,
    /// nothing to upload is fine, also while changes wait for a version: for workflows that run on every push
    #[argh(switch)]
    pub(in crate::cli) if_needed: bool,
    /// write the record into this file: what was published when, with digests, as JSON
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) record: Option<PathBuf>,
    /// publish what this bundle holds, wherever this is run: neither git nor sources are needed
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) bundle: Option<PathBuf>,
}

/// Build everything that HEAD's manifests say, and pack it for `publish --bundle`; no registry is asked. With --offline the
/// tools build with what they have already.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "bundle",
    example = "castoff bundle release.tar",
    example = "castoff bundle release.tar --merge linux.tar macos.tar"
)]
pub(in crate::cli) struct Bundle {
    /// the file to write
    #[argh(positional)]
    pub(in crate::cli) out: String,
    /// only these packages; with --merge more bundles to merge
    #[argh(positional)]
    pub(in crate::cli) more: Vec<String>,
    /// make one bundle of several that were made at one commit, on machines of several kinds
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) merge: Vec<String>,
    /// how many packages at once
    #[argh(option, from_str_fn(positive))]
    pub(in crate::cli) jobs: Option<usize>,
}

/// Make the next release on this machine only, with the real tools.
#[derive(FromArgs, ArgsInfo, Default)]
#[argh(subcommand, name = "rehearse", example = "castoff rehearse --chaos 7")]
#[cfg_attr(
    not(feature = "rehearsal"),
    expect(
        dead_code,
        reason = "arguments are read, and then it is said that there is nothing to rehearse with"
    )
)]
pub(in crate::cli) struct Rehearse {
    /// how many packages at once
    #[argh(option, from_str_fn(positive))]
    pub(in crate::cli) jobs: Option<usize>,
    /// write how it went into this file, as a page that stands alone
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) report: Option<PathBuf>,
    /// how often an upload or a question is tried again
    #[argh(option, arg_name = "n")]
    pub(in crate::cli) max_retries: Option<u32>,
    /// the longest wait before the first retry (it doubles with each), such as 1s
    #[argh(option, arg_name = "time", from_str_fn(time))]
    pub(in crate::cli) retry_base_delay: Option<Duration>,
    /// write the record into this file: what was published when, with digests, as JSON
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) record: Option<PathBuf>,
    /// let the registries play the faults of this number, as real ones and networks have them
    #[argh(option, arg_name = "seed")]
    pub(in crate::cli) chaos: Option<u64>,
}

/// Say where every component stands on its registries and in tags, what is missing, and what to run. --format table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "status", example = "castoff status --json")]
pub(in crate::cli) struct Status {}

/// Look whether what was released is there, has the right bytes and works when it is installed. --format table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "verify", example = "castoff verify core-v1.2.0 --record release.json")]
pub(in crate::cli) struct Verify {
    /// a tag, COMPONENT@VERSION, or a component; without it, what the record has or HEAD's manifests say
    #[argh(positional)]
    pub(in crate::cli) release: Option<String>,
    /// compare with the record that `castoff publish --record` wrote into this file
    #[argh(option, arg_name = "file")]
    pub(in crate::cli) record: Option<PathBuf>,
    /// how many packages at once
    #[argh(option, from_str_fn(positive))]
    pub(in crate::cli) jobs: Option<usize>,
}

/// Take a release back: yank or deprecate it at every registry, or say where to do so by hand; without arguments, list the
/// releases. --format table|json
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "yank", example = "castoff yank core-v1.2.0 --reason 'loses data' --dry-run")]
pub(in crate::cli) struct Yank {
    /// a tag, or COMPONENT@VERSION
    #[argh(positional)]
    pub(in crate::cli) release: Option<String>,
    /// what is told those who use it
    #[argh(option, arg_name = "text")]
    pub(in crate::cli) reason: Option<String>,
    /// let it be used again, where that is possible
    #[argh(switch)]
    pub(in crate::cli) undo: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| format!("`{text}` is not a time such as `500ms` or `2s`"))
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("`{text}` is not a number above 0"))
}

fn on_duplicate(text: &str) -> Result<OnDuplicate, String> {
    let mode = ON_DUPLICATE.iter().find(|(name, _)| *name == text).map(|(_, mode)| *mode);
    mode.ok_or_else(|| format!("`{text}` is not one of skip, warn, fail"))
}
