//! The stages of a package as people see them, coarser than the steps of a run, and how they are counted and filtered.

use crate::effect::Step;

/// Where a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing happened to it yet.
    Queued,
    /// Its build runs.
    Building,
    /// It waits for other packages.
    Built,
    /// Its upload runs.
    Uploading,
    /// It waits for its registry, or for its next attempt.
    Waiting,
    /// The registry's digests are compared.
    Verifying,
    /// It is installed and tried.
    Trying,
    /// All is done.
    Done,
    /// The registry had it before.
    There,
    /// It failed.
    Failed,
    /// Another one failed that it needs.
    Blocked,
    /// The run ended before it.
    Cancelled,
}

/// What a filter shows; every stage belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Something is done for it right now.
    Running,
    /// It waits: for a worker, for others, for its registry.
    Waiting,
    /// It will not be published by this run.
    Failed,
    /// It is published.
    Done,
}

impl Stage {
    /// As a word.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Queued => "queued",
            Stage::Building => "building",
            Stage::Built => "built",
            Stage::Uploading => "uploading",
            Stage::Waiting => "waiting",
            Stage::Verifying => "verifying",
            Stage::Trying => "trying",
            Stage::Done => "done",
            Stage::There => "there",
            Stage::Failed => "failed",
            Stage::Blocked => "blocked",
            Stage::Cancelled => "cancelled",
        }
    }

    /// What it counts as.
    pub fn class(self) -> Class {
        match self {
            Stage::Building | Stage::Uploading | Stage::Verifying | Stage::Trying => Class::Running,
            Stage::Queued | Stage::Built | Stage::Waiting => Class::Waiting,
            Stage::Failed | Stage::Blocked | Stage::Cancelled => Class::Failed,
            Stage::Done | Stage::There => Class::Done,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_end(self) -> bool {
        matches!(self.class(), Class::Failed | Class::Done)
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Everything.
    #[default]
    All,
    /// One class.
    Only(Class),
}

impl Filter {
    /// The one that comes next.
    pub fn next(self) -> Filter {
        match self {
            Filter::All => Filter::Only(Class::Running),
            Filter::Only(Class::Running) => Filter::Only(Class::Waiting),
            Filter::Only(Class::Waiting) => Filter::Only(Class::Failed),
            Filter::Only(Class::Failed) => Filter::Only(Class::Done),
            Filter::Only(Class::Done) => Filter::All,
        }
    }

    /// As a word.
    pub fn name(self) -> &'static str {
        match self {
            Filter::All => "all",
            Filter::Only(Class::Running) => "running",
            Filter::Only(Class::Waiting) => "waiting",
            Filter::Only(Class::Failed) => "failed",
            Filter::Only(Class::Done) => "done",
        }
    }

    /// Whether it lets what is in this stage pass.
    pub fn shows(self, stage: Stage) -> bool {
        match self {
            Filter::All => true,
            Filter::Only(class) => stage.class() == class,
        }
    }
}

/// The stage that a step begins; none where it changes nothing.
pub(super) fn begun_by(step: Step) -> Option<Stage> {
    Some(match step {
        Step::AlreadyThere => Stage::There,
        Step::Building => Stage::Building,
        Step::Built => Stage::Built,
        Step::Uploading => Stage::Uploading,
        Step::Retrying | Step::Waiting | Step::Uploaded => Stage::Waiting,
        Step::Visible => Stage::Verifying,
        Step::Verified => Stage::Trying,
        Step::Tried => Stage::Done,
        Step::Failed => Stage::Failed,
        Step::Blocked => Stage::Blocked,
        Step::Queued
        | Step::Note
        | Step::Warning
        | Step::Forecast
        | Step::Pinned
        | Step::Checksummed
        | Step::Packed
        | Step::Restored => {
            return None;
        }
    })
}
