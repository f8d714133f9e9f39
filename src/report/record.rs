//! The record of a release: what was published when, from which commit, and what the registries said of it. Scripts,
//! notifications and later verifications read it; no later run of `publish` does, for the registries are the truth.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::count;
use super::summary::Of;
use crate::ecosystem;
use crate::effect::{Moment, Step};
use crate::fault::{Fault, Faults};
use crate::model::PackageId;
use crate::plan::tag_name;
use crate::publish::{BuiltFile, Summary};
use crate::registry::{Digest, Files};
use crate::snapshot::Reading;
use crate::version::Version;
use crate::workspace::Workspace;

/// How a run ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not, yet.
    Unfinished,
    /// Nothing is left to do.
    Success,
    /// Nothing was published.
    Failed,
    /// Something was published, and something was not.
    Partly,
    /// It was told to stop.
    Cancelled,
}

impl Outcome {
    /// The outcome of a run that nobody stopped.
    pub fn of(end: &Result<Summary, Faults>) -> Outcome {
        let Ok(summary) = end else { return Outcome::Failed };
        let public = summary.uploaded || !summary.published.is_empty();
        match summary.complete() {
            // Changes without a version are what `publish` was to publish.
            true if summary.published.is_empty() && !summary.waiting.is_empty() => Outcome::Failed,
            true => Outcome::Success,
            false if !summary.cancelled.is_empty() => Outcome::Cancelled,
            false if public => Outcome::Partly,
            false => Outcome::Failed,
        }
    }

    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Unfinished => "unfinished",
            Outcome::Success => "success",
            Outcome::Failed => "failed",
            Outcome::Partly => "partly",
            Outcome::Cancelled => "cancelled",
        }
    }
}

/// What a run is about; known before it begins.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What it is.
    pub of: Of,
    /// The commit that is released.
    pub commit: String,
    /// When it began.
    pub started: SystemTime,
    /// Every package that may be in it.
    pub packages: BTreeMap<PackageId, Subject>,
}

/// A package that may be in a run.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The version that it is published as.
    pub version: Version,
    /// Where it goes.
    pub registry: String,
    /// What it is released with.
    pub component: String,
    /// The tag that this has once all of it is live.
    pub tag: String,
}

impl Facts {
    /// The facts of a run that publishes these versions.
    pub fn new(
        of: Of,
        reading: &Reading,
        versions: &BTreeMap<PackageId, Version>,
        started: SystemTime,
    ) -> Facts {
        let packages = subjects(&reading.workspace, versions);
        Facts { of, commit: reading.snapshot.head.clone(), started, packages }
    }
}

fn subjects(workspace: &Workspace, versions: &BTreeMap<PackageId, Version>) -> BTreeMap<PackageId, Subject> {
    let mut found = BTreeMap::new();
    for component in &workspace.components {
        let version = component.packages.iter().filter_map(|id| versions.get(id)).max();
        let Some(tag) = version.map(|version| tag_name(component, version, workspace)) else { continue };
        for id in &component.packages {
            let registry = workspace.package(id).and_then(|package| package.registry());
            let (Some(version), Some(registry)) = (versions.get(id), registry) else { continue };
            let (version, registry) = (version.clone(), registry.to_string());
            let component = component.name.clone();
            found.insert(id.clone(), Subject { version, registry, component, tag: tag.clone() });
        }
    }
    found
}

/// The record of a run that has not ended: who finds one knows that the run was killed.
pub fn unfinished(facts: &Facts) -> Value {
    whole(facts, Outcome::Unfinished, None, &Summary::default(), &[])
}

/// The record of a run that ended: with what became of its packages, or with what stopped it before that.
pub fn ended(facts: &Facts, outcome: Outcome, at: SystemTime, end: &Result<Summary, Faults>) -> Value {
    match end {
        Ok(summary) => whole(facts, outcome, Some(at), summary, &[]),
        Err(faults) => whole(facts, outcome, Some(at), &Summary::default(), &faults.0),
    }
}

fn whole(
    facts: &Facts,
    outcome: Outcome,
    at: Option<SystemTime>,
    summary: &Summary,
    errors: &[Fault],
) -> Value {
    let packages = packages(facts, summary);
    json!({
        "schema": 1,
        "kind": kind(facts.of),
        "castoff": env!("CARGO_PKG_VERSION"),
        "outcome": outcome.name(),
        "text": text(facts, outcome, summary, errors),
        "commit": facts.commit,
        "started": time(facts.started),
        "ended": at.map(time),
        "components": components(facts, &packages),
        "packages": packages.into_values().collect::<Vec<_>>(),
        "waiting": summary.waiting,
        "errors": errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn kind(of: Of) -> &'static str {
    match of {
        Of::Publish | Of::Packed => "release",
        Of::DryRun => "dry_run",
        Of::Rehearsal => "rehearsal",
        Of::Bundle => "bundle",
    }
}

fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

/// Every component of which a package was in the run, with its tag and all outcomes: what `castoff tag` goes by.
fn components(facts: &Facts, packages: &BTreeMap<PackageId, Value>) -> Vec<Value> {
    let mut found: BTreeMap<&str, (&Subject, BTreeMap<String, &Value>)> = BTreeMap::new();
    for (id, package) in packages {
        let Some(subject) = facts.packages.get(id) else { continue };
        let (_, outcomes) = found.entry(&subject.component).or_insert_with(|| (subject, BTreeMap::new()));
        outcomes.insert(id.to_string(), &package["outcome"]);
    }
    let one = |(name, (subject, outcomes)): (&str, (&Subject, BTreeMap<String, &Value>))| json!({ "name": name, "version": subject.version.to_string(), "tag": subject.tag, "packages": outcomes });
    found.into_iter().map(one).collect()
}

/// Every package of the run.
fn packages(facts: &Facts, summary: &Summary) -> BTreeMap<PackageId, Value> {
    let mut found: BTreeMap<PackageId, Value> = BTreeMap::new();
    let mut add = |id: &PackageId, outcome: &str, more: Value| {
        let subject = facts.packages.get(id);
        let mut package = json!({
            "package": id.to_string(),
            "component": subject.map(|subject| &subject.component),
            "version": subject.map(|subject| ecosystem::of(id.kind).spell(&subject.version)),
            "registry": subject.map(|subject| &subject.registry),
            "outcome": outcome,
            "stages": stages(id, &summary.timeline),
        });
        if let (Some(package), Value::Object(more)) = (package.as_object_mut(), more) {
            package.extend(more);
        }
        found.insert(id.clone(), package);
    };
    let reported = |id: &PackageId| json!({ "files": files(&[], summary.reported.get(id)) });
    for done in summary.published.iter().chain(&summary.built) {
        let outcome = match () {
            () if done.stand_in => "stand_in",
            () if summary.built.iter().any(|built| built.id == done.id) => "built",
            () => "published",
        };
        add(&done.id, outcome, json!({ "files": files(&done.files, summary.reported.get(&done.id)) }));
    }
    for (id, _) in &summary.already_there {
        let mut more = reported(id);
        more["taken_back"] = json!(summary.taken_back.get(id));
        add(id, "already_there", more);
    }
    for (id, fault) in &summary.failed {
        let mut more = reported(id);
        more["error"] = json!(fault.to_string());
        more["uploaded"] = json!(summary.unverified.contains(id));
        add(id, "failed", more);
    }
    for (id, by) in &summary.blocked {
        add(id, "blocked", json!({ "by": by.to_string() }));
    }
    for id in &summary.cancelled {
        add(id, "cancelled", json!({ "uploaded": summary.unverified.contains(id) }));
    }
    found
}

/// The files of a package: as they were built, and as its registry told of them.
fn files(built: &[BuiltFile], reported: Option<&Files>) -> Vec<Value> {
    let told = |name: &str| reported.and_then(|files| files.get(name)).and_then(Option::as_ref);
    let of_built = |file: &BuiltFile| {
        json!({
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "sha512": file.sha512,
            "reported": told(&file.name).map(Digest::to_string),
        })
    };
    let is_built = |name: &String| built.iter().any(|file| &file.name == name);
    let others = reported.into_iter().flatten().filter(|(name, _)| !is_built(name));
    let of_others = |(name, digest): (&String, &Option<Digest>)| json!({ "name": name, "reported": digest.as_ref().map(Digest::to_string) });
    built.iter().map(of_built).chain(others.map(of_others)).collect()
}

/// What a package came through, in that order; a stage that was come to again is there again.
fn stages(id: &PackageId, timeline: &[Moment]) -> Vec<Value> {
    let own = timeline.iter().filter(|moment| moment.event.package.as_ref() == Some(id));
    let stage = |moment: &Moment| {
        let (at, step) = (time(moment.at), moment.event.step);
        match step {
            Step::Note | Step::Queued | Step::Forecast => None,
            Step::Retrying | Step::Waiting => {
                Some(json!({ "stage": step.name(), "at": at, "detail": moment.event.detail }))
            }
            _ => Some(json!({ "stage": step.name(), "at": at })),
        }
    };
    own.filter_map(stage).collect()
}

/// The record in one line, for a chat.
fn text(facts: &Facts, outcome: Outcome, summary: &Summary, errors: &[Fault]) -> String {
    let what = kind(facts.of).replace('_', " ");
    let how = match outcome {
        Outcome::Unfinished => "is under way",
        Outcome::Success => "is done",
        Outcome::Failed => "failed",
        Outcome::Partly => "is done in part",
        Outcome::Cancelled => "was cancelled",
    };
    let version = |id: &PackageId| {
        let subject = facts.packages.get(id);
        subject.map_or(String::new(), |subject| {
            format!("{} {}", id.name, ecosystem::of(id.kind).spell(&subject.version))
        })
    };
    let real = summary.published.iter().filter(|done| !done.stand_in).map(|done| &done.id);
    let parts = [
        part("published", real.map(version).collect()),
        part("failed", summary.failed.iter().map(|(id, _)| version(id)).collect()),
        part("blocked", summary.blocked.iter().map(|(id, _)| version(id)).collect()),
        part("cancelled", summary.cancelled.iter().map(version).collect()),
        Some(summary.already_there.len())
            .filter(|there| *there > 0)
            .map(|there| format!("{there} already there")),
        errors.first().map(|fault| fault.message.clone()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let commit = facts.commit.get(..7).unwrap_or(&facts.commit);
    let rest = if parts.is_empty() { String::new() } else { format!(": {}", parts.join("; ")) };
    format!("{what} of {commit} {how}{rest}")
}

/// `3 packages published (a 1.0.0, b 2.0.0, …)`.
fn part(word: &str, names: Vec<String>) -> Option<String> {
    const SHOWN: usize = 5;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let counted = count(names.len(), "package");
    (!names.is_empty()).then(|| format!("{counted} {word} ({}{more})", shown.join(", ")))
}
