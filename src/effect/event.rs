//! What happens in a run, for whoever watches it: a terminal, a log, the record of the release.

use std::time::SystemTime;

use crate::model::PackageId;

/// Something that happened in a run, for whoever watches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub step: Step,
    /// Of which package; none for the run as a whole.
    pub package: Option<PackageId>,
    /// More about it, for people.
    pub detail: String,
}

/// What can happen in a run, in the order in which it happens to one package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Something to know.
    Note,
    /// Something to look at, which stops nothing.
    Warning,
    /// It belongs to the run; the detail is its version.
    Queued,
    /// How many seconds the run may still take, as a decimal number; a guess that gets better.
    Forecast,
    /// The registry has it already.
    AlreadyThere,
    /// Its requirements were pinned in the stage.
    Pinned,
    /// Its build started.
    Building,
    /// It was built.
    Built,
    /// The digests of its files were taken.
    Checksummed,
    /// Its upload started.
    Uploading,
    /// An attempt failed and will be made again.
    Retrying,
    /// It gave its worker back and waits, for what and how long the detail says.
    Waiting,
    /// The registry took it.
    Uploaded,
    /// The registry shows it.
    Visible,
    /// The registry's digests are those of the files that were built.
    Verified,
    /// It was installed from the registry and tried.
    Tried,
    /// All that was built is in one file; the detail says which.
    Packed,
    /// Something failed.
    Failed,
    /// It will not be published, because of another failure.
    Blocked,
    /// The stage is gone; the checkout is as it always was.
    Restored,
}

impl Step {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Step::Note => "note",
            Step::Warning => "warning",
            Step::Queued => "queued",
            Step::Forecast => "forecast",
            Step::AlreadyThere => "already_there",
            Step::Pinned => "pinned",
            Step::Building => "building",
            Step::Built => "built",
            Step::Checksummed => "checksummed",
            Step::Uploading => "uploading",
            Step::Retrying => "retrying",
            Step::Waiting => "waiting",
            Step::Uploaded => "uploaded",
            Step::Visible => "visible",
            Step::Verified => "verified",
            Step::Tried => "tried",
            Step::Packed => "packed",
            Step::Failed => "failed",
            Step::Blocked => "blocked",
            Step::Restored => "restored",
        }
    }
}

impl Event {
    /// Something that happened to a package.
    pub fn of(package: &PackageId, step: Step, detail: impl Into<String>) -> Event {
        Event { step, package: Some(package.clone()), detail: detail.into() }
    }

    /// Something that happened to the run.
    pub fn run(step: Step, detail: impl Into<String>) -> Event {
        Event { step, package: None, detail: detail.into() }
    }
}

/// An event and when it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: SystemTime,
    /// What.
    pub event: Event,
}
