//! `[publish]` and `[registry.NAME]`: how a release goes out, and where to.

use std::time::Duration;

use super::section::Section;
use crate::effect::Patience;
use crate::fault::Faults;

/// `[publish]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Workers; none: a number that suits the machine.
    pub jobs: Option<usize>,
    /// Which builds must have passed before the first upload.
    pub barrier: Barrier,
    /// What it means that a version is there before the run.
    pub on_duplicate: OnDuplicate,
    /// How long to wait until a registry shows an upload.
    pub poll_timeout: Duration,
    /// Whether and how a published package is tried.
    pub smoke: Smoke,
    /// How often an upload or a question is tried again: `max-retries` and `retry-base-delay`.
    pub patience: Patience,
}

/// Which builds must have passed before a package is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// All of the run.
    Run,
    /// Those of its component and of what that depends on.
    Component,
    /// Its own.
    Own,
}

/// What it means that a version is on its registry before a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDuplicate {
    /// Nothing.
    Skip,
    /// It is worth a look.
    #[default]
    Warn,
    /// The run stops.
    Fail,
}

/// The names of the modes.
pub const ON_DUPLICATE: &[(&str, OnDuplicate)] =
    &[("skip", OnDuplicate::Skip), ("warn", OnDuplicate::Warn), ("fail", OnDuplicate::Fail)];

/// How a published package is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Smoke {
    /// Not.
    Off,
    /// Installed, and imported or fetched.
    Install,
    /// Installed, then this command with `{name}`, `{version}`, `{python}`, `{dir}`.
    Command(String),
}

/// `[registry.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryRules {
    /// Line in the file.
    pub line: usize,
    /// A built-in registry by name.
    pub preset: Option<String>,
    /// Where files are sent.
    pub upload: Option<String>,
    /// Where it is asked.
    pub index: Option<String>,
    /// Variables that may hold the token, first that is set wins.
    pub token_env: Option<Vec<String>>,
    /// A file with the certificate of the authority (PEM) that vouches for it, by its path from the root.
    pub ca_file: Option<String>,
    /// Whether the client may ask for a token by trusted publishing.
    pub trusted_publishing: Trusted,
}

/// Trusted publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trusted {
    /// Where it is to be had.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Not.
    Never,
}

const TRUSTED: &[(&str, Trusted)] =
    &[("auto", Trusted::Auto), ("always", Trusted::Always), ("never", Trusted::Never)];

pub(super) fn read(section: &mut Section, faults: &mut Faults) -> Publish {
    let barrier = match section.bool_or_string("barrier", faults) {
        None => Barrier::Run,
        Some(Ok(false)) => Barrier::Own,
        Some(Err(text)) if text == "run" => Barrier::Run,
        Some(Err(text)) if text == "component" => Barrier::Component,
        Some(_) => {
            faults.push(section.fault("barrier", "is not one of `\"run\"`, `\"component\"`, `false`"));
            Barrier::Run
        }
    };
    let smoke = match section.bool_or_string("smoke", faults) {
        None | Some(Ok(true)) => Smoke::Install,
        Some(Ok(false)) => Smoke::Off,
        Some(Err(command)) => Smoke::Command(command),
    };
    Publish {
        jobs: section.positive("jobs", faults),
        barrier,
        on_duplicate: section.choice("on-duplicate", ON_DUPLICATE, faults).unwrap_or_default(),
        poll_timeout: section.duration("poll-timeout", faults).unwrap_or(Duration::from_secs(300)),
        smoke,
        patience: Patience {
            retries: section.number("max-retries", faults).unwrap_or(3),
            base: section.duration("retry-base-delay", faults).unwrap_or(Duration::from_secs(1)),
        },
    }
}

pub(super) fn registry(section: &mut Section, faults: &mut Faults) -> RegistryRules {
    RegistryRules {
        line: section.line,
        preset: section.string("use", faults),
        upload: section.string("upload", faults),
        index: section.string("index", faults),
        token_env: section.strings("token-env", faults),
        ca_file: section.string("ca-file", faults),
        trusted_publishing: section.choice("trusted-publishing", TRUSTED, faults).unwrap_or_default(),
    }
}
