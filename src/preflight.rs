//! What gates a publish: all that has to be right before the first build. Each gate makes an outcome of facts; the shell
//! gathers the facts, each once, and `castoff preflight` and `castoff publish` judge by the same. All outcomes are told
//! together, so that nobody mends one thing a run.

use crate::checks::Severity;
use crate::fault::{Fault, Faults};

pub mod access;
pub mod checkout;
pub mod registries;

/// One gate, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Name for machines.
    pub id: &'static str,
    /// What was looked at and found right, for people.
    pub seen: String,
    /// What is wrong, or worth a look.
    pub findings: Vec<Finding>,
    /// Why it could not be looked at; what was not looked at has not passed.
    pub unknown: Option<String>,
}

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// An error stops the publish.
    pub severity: Severity,
    /// What it is.
    pub fault: Fault,
}

/// The result of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing found.
    Pass,
    /// Nothing that stops a publish.
    Warning,
    /// A publish would stop.
    Fail,
    /// It could not be looked at.
    Unknown,
}

impl Verdict {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warning => "warning",
            Verdict::Fail => "fail",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Outcome {
    /// A gate that found nothing.
    pub fn seen(id: &'static str, seen: impl Into<String>) -> Outcome {
        Outcome { id, seen: seen.into(), findings: Vec::new(), unknown: None }
    }

    /// A gate that could not be looked at.
    pub fn unknown(id: &'static str, why: impl Into<String>) -> Outcome {
        Outcome { unknown: Some(why.into()), ..Outcome::seen(id, "") }
    }

    /// The outcome of a step that tells what is wrong by its faults.
    pub fn of(id: &'static str, seen: impl Into<String>, step: Result<(), Faults>) -> Outcome {
        let faults = step.err().unwrap_or_default().0;
        Outcome::seen(id, seen).with(Severity::Error, faults)
    }

    /// Adds findings.
    #[must_use]
    pub fn with(mut self, severity: Severity, faults: impl IntoIterator<Item = Fault>) -> Outcome {
        self.findings.extend(faults.into_iter().map(|fault| Finding { severity, fault }));
        self
    }

    /// The result.
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Error) => Verdict::Fail,
            _ if self.unknown.is_some() => Verdict::Unknown,
            Some(Severity::Warning) => Verdict::Warning,
            None => Verdict::Pass,
        }
    }
}

/// What stops a publish.
///
/// # Errors
/// Every finding that is an error, in the order of the gates.
pub fn pass(outcomes: &[Outcome]) -> Result<(), Faults> {
    Faults(of(outcomes, Severity::Error).cloned().collect()).or(())
}

/// What is worth a look and stops nothing.
pub fn warnings(outcomes: &[Outcome]) -> impl Iterator<Item = &Fault> {
    of(outcomes, Severity::Warning)
}

fn of(outcomes: &[Outcome], severity: Severity) -> impl Iterator<Item = &Fault> {
    let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
    findings.filter(move |finding| finding.severity == severity).map(|finding| &finding.fault)
}

/// `4 packages`; `the one package`.
fn number(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A few names, and how many more there are.
fn some(names: &[String]) -> String {
    const FEW: usize = 5;
    match names.len().saturating_sub(FEW) {
        0 | 1 => names.join(", "),
        more => format!("{} and {more} more", names[..FEW].join(", ")),
    }
}

#[cfg(test)]
mod tests;
