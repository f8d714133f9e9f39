//! What to know before a release goes on: what the checkout holds besides, what checks found, where the old version seems
//! to stand too, and, where nothing is released, why.

use std::collections::BTreeMap;

use super::{Finding, Plan};
use crate::checks::{self, Facts, Severity};
use crate::config::Config;
use crate::ecosystem;
use crate::edit::line_of;
use crate::edit::marks::occurrences;
use crate::import::release_please::{self, MANIFEST};
use crate::model::Snapshot;
use crate::registry::limits::Forecast;
use crate::versions::Judged;
use crate::workspace::Workspace;

/// What a glance shows.
pub(super) fn at_hand(snapshot: &Snapshot, workspace: &Workspace, limits: &[Forecast]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let dirty: Vec<&String> = snapshot.dirty.iter().filter(|path| *path != crate::config::FILE).collect();
    if let Some(first) = dirty.first() {
        let more = if dirty.len() > 1 { format!(" and {} more", dirty.len() - 1) } else { String::new() };
        let message = format!("uncommitted edits are not in this plan: `{}`{more}", first.escape_debug());
        findings.push(Finding::new("uncommitted-edits", message));
    }
    if workspace.packages.is_empty() {
        findings.push(Finding::new("no-packages", "no package was found in the files that git tracks"));
    }
    findings.extend(limits.iter().map(|limit| Finding::new("rate-limits", limit.told())));
    findings
}

/// What takes a closer look: for people who read a plan, not for every command that makes one.
pub fn closer(plan: &Plan, snapshot: &Snapshot, workspace: &Workspace, config: &Config) -> Vec<Finding> {
    let mut findings = why_nothing(plan, snapshot, workspace);
    findings.extend(release_please(plan, snapshot, workspace));
    findings.extend(look_alikes(plan, snapshot, workspace));
    findings.extend(of_checks(snapshot, workspace, config));
    findings
}

fn of_checks(snapshot: &Snapshot, workspace: &Workspace, config: &Config) -> Vec<Finding> {
    let all: Vec<&checks::Check> = checks::ALL.iter().collect();
    // Rules that match nothing are faults before there is a plan.
    let outcomes = checks::run(&all, &Facts::new(&snapshot.tree, workspace, config, None));
    let one = |id: &'static str, found: checks::Finding| Finding {
        id,
        severity: found.severity,
        package: found.package,
        file: Some(found.file).filter(|file| !file.is_empty()),
        line: found.line,
        message: found.message,
        check: true,
    };
    outcomes
        .into_iter()
        .flat_map(|outcome| {
            let id = outcome.check.id;
            outcome.findings.into_iter().map(move |found| one(id, found))
        })
        .collect()
}

/// A repository that release-please looks after too: what its manifest says has to be what is tagged, or the two go apart.
fn release_please(plan: &Plan, snapshot: &Snapshot, workspace: &Workspace) -> Vec<Finding> {
    let at = |line: usize, message: String| Finding {
        file: Some(MANIFEST.to_string()),
        line,
        ..Finding::new("release-please-manifest", message)
    };
    let versions = match release_please::versions(&snapshot.tree) {
        Ok(versions) => versions,
        Err(faults) => {
            let told = |fault: &crate::fault::Fault| {
                let cause = fault.cause.as_ref().map_or(String::new(), |cause| format!(": {cause}"));
                let line = fault.place.as_ref().map_or(0, |(_, line)| *line);
                Finding { severity: Severity::Error, ..at(line, format!("{}{cause}", fault.message)) }
            };
            return faults.0.iter().map(told).collect();
        }
    };
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let Some((theirs, line)) = versions.get(&package.dir) else { continue };
        let component = workspace.component_of(&package.id).map(|component| &component.name);
        let base = plan.detected.components.iter().find(|change| Some(&change.name) == component);
        let Some((base, tagged)) = base.and_then(|it| Some((&it.base, it.base.version.as_ref()?))) else {
            continue;
        };
        if tagged != theirs {
            let message =
                format!("it says {theirs} for `{}`, and the last tag is `{}`", package.id, base.name);
            findings.push(at(*line, message));
        }
    }
    findings
}

/// Places in the manifests of what is released that hold the old version and that no rule knows. Often another
/// package has the same number, so it is for people to judge.
fn look_alikes(plan: &Plan, snapshot: &Snapshot, workspace: &Workspace) -> Vec<Finding> {
    let by_file = crate::edit::by_file(&plan.edits);
    let one = |planned: &super::PlannedPackage| {
        let next = planned.next.as_ref().filter(|next| **next != planned.current)?;
        let package = workspace.package(&planned.id)?;
        let text = snapshot.tree.text(&package.manifest)?;
        let old = ecosystem::of(planned.id.kind).spell(&planned.current);
        let edits = by_file.get(package.manifest.as_str()).map(Vec::as_slice).unwrap_or_default();
        let is_edited = |at: usize| edits.iter().any(|edit| edit.range().contains(&at));
        let mut left = occurrences(text, &old)
            .filter(|range| !is_edited(range.start) && names_a_version(text, range.start));
        let line = line_of(text, left.next()?.start);
        let message = format!("`{old}` stands here too, which is the version before {next}; is it to stay?");
        let finding = Finding::new("old-version", message);
        Some(Finding {
            package: Some(planned.id.clone()),
            file: Some(package.manifest.clone()),
            line,
            ..finding
        })
    };
    plan.packages.iter().filter_map(one).collect()
}

/// Whether the line is one such as `current_version = "1.0.0"`; `name = "1.0.0"` is a requirement.
fn names_a_version(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    let key = line.trim_end_matches(['"', '\'', ' ', 'v', '=', ':']);
    key.to_lowercase().ends_with("version") && !key.contains('{')
}

/// Why nothing is released, in the order in which one would look: are there commits, what do they say, what do they
/// touch, what do the rules make of it?
fn why_nothing(plan: &Plan, snapshot: &Snapshot, workspace: &Workspace) -> Vec<Finding> {
    if !plan.order.is_empty() || workspace.packages.is_empty() {
        return Vec::new();
    }
    let told = |text: String| Finding::new("nothing-to-release", text);
    let own = |judged: &&Judged| !judged.early && snapshot.commits[judged.place].parents.len() <= 1;
    let commits: Vec<&Judged> = plan.commits.iter().filter(own).collect();
    let mut findings = Vec::new();
    if workspace.components.is_empty() {
        findings.push(told("every package is private: `castoff discover` says why".to_string()));
    } else if commits.is_empty() {
        let base = plan.detected.components.iter().find(|change| !change.base.name.is_empty());
        let since = base.map_or(String::new(), |change| format!(" (`{}`)", change.base.name));
        findings.push(told(format!("there is no commit since the last release{since}")));
    }
    let (outside, inside): (Vec<&Judged>, Vec<&Judged>) =
        commits.into_iter().partition(|judged| judged.components.is_empty());
    if !inside.is_empty() {
        findings.push(told(format!(
            "the messages of {} ask for no release: {}",
            number(inside.len()),
            kinds(&inside)
        )));
    }
    if let Some(first) = outside.first() {
        let files = &snapshot.commits[first.place].files;
        let such =
            files.first().map_or(String::new(), |file| format!(": `{}`, for example", file.escape_debug()));
        let message = format!(
            "{} no component, only what is outside of packages, ignored, or written by releases{such}",
            number_touch(outside.len())
        );
        findings.push(told(message));
    }
    findings
}

fn number(count: usize) -> String {
    if count == 1 { "1 commit".to_string() } else { format!("{count} commits") }
}

fn number_touch(count: usize) -> String {
    if count == 1 { "1 commit touches".to_string() } else { format!("{count} commits touch") }
}

/// `3 chore, 1 docs, 1 not conventional`.
fn kinds(commits: &[&Judged]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for judged in commits {
        let kind = match &judged.change {
            _ if judged.reason.starts_with("revert") => "taken back",
            None => "not conventional",
            Some(change) => change.kind.as_str(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}
