//! Machine output: `"schema": 1` at the top, keys in snake case, arrays in a stable order, paths from the root.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::detect::{Base, Detected};
use crate::ecosystem::archive::Entry;
use crate::effect::Event;
use crate::graph::Graph;
use crate::model::{Package, PackageId, Publish, Snapshot};
use crate::plan::Plan;
use crate::publish::{BuiltFile, Published, Summary};
use crate::registry::limits::Forecast;
use crate::version::Version;
use crate::versions::Next;
use crate::workspace::Workspace;

/// `discover --json`.
pub fn discover(workspace: &Workspace) -> Value {
    json!({ "schema": 1, "packages": workspace.packages.iter().map(package).collect::<Vec<_>>() })
}

fn package(package: &Package) -> Value {
    let reason = match &package.publish {
        Publish::To(_) => None,
        Publish::No(reason) => Some(reason),
    };
    let dependencies = package.dependencies.iter().map(|dependency| {
        json!({ "id": dependency.id.to_string(), "kind": dependency.need.name(), "requirement": dependency.requirement })
    });
    json!({
        "id": package.id.to_string(),
        "name": package.id.name,
        "ecosystem": package.id.kind.name(),
        "version": crate::ecosystem::of(package.id.kind).spell(&package.version),
        "path": if package.dir.is_empty() { "." } else { &package.dir },
        "manifest": package.manifest,
        "publishable": package.publishable(),
        "reason": reason,
        "dependencies": dependencies.collect::<Vec<_>>(),
    })
}

/// `graph --json`.
pub fn graph(workspace: &Workspace, graph: &Graph) -> Value {
    let packages = workspace.packages.iter().map(|package| {
        json!({ "id": package.id.to_string(), "name": package.id.name, "ecosystem": package.id.kind.name() })
    });
    let levels: Vec<Vec<String>> =
        graph.levels().iter().map(|level| level.iter().map(ToString::to_string).collect()).collect();
    let mut edges = BTreeSet::new();
    for package in &workspace.packages {
        for dependency in &package.dependencies {
            edges.insert((package.id.to_string(), dependency.id.to_string(), dependency.need.name()));
        }
    }
    let edges = edges.iter().map(|(from, to, kind)| json!({ "from": from, "to": to, "kind": kind }));
    json!({ "schema": 1, "packages": packages.collect::<Vec<_>>(), "levels": levels, "edges": edges.collect::<Vec<_>>() })
}

/// `detect --json`.
pub fn detect(detected: &Detected, snapshot: &Snapshot, next: &[Next]) -> Value {
    Value::Object(
        [("schema".to_string(), json!(1))].into_iter().chain(detect_body(detected, snapshot, next)).collect(),
    )
}

fn detect_body(detected: &Detected, snapshot: &Snapshot, next: &[Next]) -> Map<String, Value> {
    let sets = detected.path_sets.iter().map(|(name, changed)| json!({ "name": name, "changed": changed }));
    let components = detected.components.iter().map(|change| {
        let causes = next.iter().find(|next| next.component == change.name).map(|next| &next.causes);
        json!({ "name": change.name, "changed": change.changed(), "base": name_of(&change.base), "files": change.files, "causes": causes })
    });
    let body = json!({
        "base": name_of(&detected.base),
        "head": snapshot.head,
        "path_sets": sets.collect::<Vec<_>>(),
        "components": components.collect::<Vec<_>>(),
    });
    body.as_object().cloned().unwrap_or_default()
}

/// The name of a base; nothing where the comparison is with nothing.
fn name_of(base: &Base) -> Option<&str> {
    Some(base.name.as_str()).filter(|name| !name.is_empty())
}

/// `versions --json`.
pub fn versions(next: &[Next], workspace: &Workspace) -> Value {
    json!({ "schema": 1, "components": components(next, workspace) })
}

fn components(next: &[Next], workspace: &Workspace) -> Vec<Value> {
    let packages = |name: &str| {
        let component = workspace.components.iter().find(|component| component.name == name);
        component.map(|component| component.packages.iter().map(PackageId::to_string).collect::<Vec<_>>())
    };
    let one = |next: &Next| {
        json!({
            "name": next.component,
            "current": next.current.to_string(),
            "next": next.next.as_ref().map(ToString::to_string),
            "bump": next.bump.map(|bump| bump.to_string()),
            "reason": next.reason,
            "packages": packages(&next.component),
        })
    };
    next.iter().map(one).collect()
}

/// `plan --json`.
pub fn plan(plan: &Plan, snapshot: &Snapshot, workspace: &Workspace) -> Value {
    let mut body = detect_body(&plan.detected, snapshot, &plan.versions);
    let changes = body.remove("components").unwrap_or_default();
    let mut components = components(&plan.versions, workspace);
    // One list, with what changed and what becomes of it.
    for (component, change) in components.iter_mut().zip(changes.as_array().into_iter().flatten()) {
        if let (Some(component), Some(change)) = (component.as_object_mut(), change.as_object()) {
            component.extend(
                change
                    .iter()
                    .filter(|(key, _)| *key != "name")
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
    }
    let ids = |ids: &[PackageId]| ids.iter().map(PackageId::to_string).collect::<Vec<_>>();
    let packages = plan.packages.iter().map(|package| {
        let spell = |version: &crate::version::Version| crate::ecosystem::of(package.id.kind).spell(version);
        json!({
            "id": package.id.to_string(),
            "current": spell(&package.current),
            "next": package.next.as_ref().map(spell),
            "action": package.action.name(),
            "reason": package.reason,
            "registry": package.registry,
            "dist_tag": package.dist_tag,
            "level": package.level,
            "depends_on": ids(&package.depends_on),
        })
    });
    let files = plan
        .edits
        .iter()
        .chain(&plan.changelogs)
        .map(|edit| json!({ "path": edit.path, "field": edit.field, "from": edit.from, "to": edit.to }));
    let credentials = plan.credentials.iter().map(|credential| {
        json!({ "env": credential.env, "needed_for": credential.needed_for, "present": credential.present })
    });
    let findings = plan.findings.iter().map(|finding| {
        json!({
            "id": finding.id,
            "severity": finding.severity.name(),
            "package": finding.package.as_ref().map(ToString::to_string),
            "file": finding.file,
            "line": (finding.line > 0).then_some(finding.line),
            "message": finding.message,
        })
    });
    let rest = json!({
        "components": components,
        "packages": packages.collect::<Vec<_>>(),
        "order": plan.order.iter().map(|level| ids(level)).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "tags": plan.tags,
        "credentials": credentials.collect::<Vec<_>>(),
        "rate_limits": plan.rate_limits.iter().map(rate_limit).collect::<Vec<_>>(),
        "commits": commits(plan, snapshot),
        "findings": findings.collect::<Vec<_>>(),
    });
    body.extend(rest.as_object().cloned().unwrap_or_default());
    Value::Object([("schema".to_string(), json!(1))].into_iter().chain(body).collect())
}

fn rate_limit(forecast: &Forecast) -> Value {
    json!({
        "registry": forecast.limit.registry,
        "uploads": forecast.uploads,
        "seconds": forecast.wait.as_secs(),
        "message": forecast.told(),
    })
}

fn commits(plan: &Plan, snapshot: &Snapshot) -> Vec<Value> {
    let one = |judged: &crate::versions::Judged| {
        let commit = &snapshot.commits[judged.place];
        let change = judged.change.as_ref();
        json!({
            "sha": commit.id,
            "type": change.map(|change| &change.kind),
            "scope": change.and_then(|change| change.scope.as_ref()),
            "breaking": change.is_some_and(|change| change.breaking.is_some()),
            "subject": change.map_or(commit.subject(), |change| &change.subject),
            "components": judged.components,
            "counted": judged.counted,
            "reason": judged.reason,
        })
    };
    plan.commits.iter().map(one).collect()
}

/// One event of a run.
pub fn event(event: &Event, at: &str) -> Value {
    json!({
        "event": event.step.name(),
        "package": event.package.as_ref().map(ToString::to_string),
        "at": at,
        "detail": event.detail,
    })
}

/// The last line of a run: the ids of each outcome, then every package with all that there is to say about it.
pub fn summary(summary: &Summary) -> Value {
    let (stand_ins, published): (Vec<&Published>, Vec<&Published>) =
        summary.published.iter().partition(|done| done.stand_in);
    let ids = |ids: Vec<&PackageId>| ids.into_iter().map(PackageId::to_string).collect::<Vec<_>>();
    json!({
        "event": "summary",
        "published": ids(published.iter().map(|done| &done.id).collect()),
        "built": ids(summary.built.iter().map(|done| &done.id).collect()),
        "already_there": ids(summary.already_there.iter().map(|(id, _)| id).collect()),
        "failed": ids(summary.failed.iter().map(|(id, _)| id).collect()),
        "blocked": ids(summary.blocked.iter().map(|(id, _)| id).collect()),
        "cancelled": ids(summary.cancelled.iter().collect()),
        "unverified": ids(summary.unverified.iter().collect()),
        "stand_ins": ids(stand_ins.iter().map(|done| &done.id).collect()),
        "packages": outcomes(summary),
    })
}

fn outcomes(summary: &Summary) -> Vec<Value> {
    let spell = |id: &PackageId, version: &Version| crate::ecosystem::of(id.kind).spell(version);
    let of = |outcome: &str, id: &PackageId, more: Value| {
        let mut value = json!({ "package": id.to_string(), "outcome": outcome });
        if let (Some(value), Some(more)) = (value.as_object_mut(), more.as_object()) {
            value.extend(more.clone());
        }
        value
    };
    let done = |outcome: &'static str, done: &Published| {
        let files = done.files.iter().map(|file| json_file(file, summary.contents.get(&file.name)));
        let files = files.collect::<Vec<_>>();
        let more =
            json!({ "version": spell(&done.id, &done.version), "registry": done.registry, "files": files });
        of(outcome, &done.id, more)
    };
    let published = summary.published.iter();
    let published = published.map(|one| done(if one.stand_in { "stand_in" } else { "published" }, one));
    let built = summary.built.iter().map(|one| done("built", one));
    let there = summary.already_there.iter();
    let there = there.map(|(id, version)| {
        let more = json!({ "version": spell(id, version), "taken_back": summary.taken_back.get(id) });
        of("already_there", id, more)
    });
    let failed =
        summary.failed.iter().map(|(id, fault)| of("failed", id, json!({ "error": fault.to_string() })));
    let blocked = summary.blocked.iter().map(|(id, by)| of("blocked", id, json!({ "by": by.to_string() })));
    let cancelled = summary.cancelled.iter().map(|id| of("cancelled", id, json!({})));
    published.chain(built).chain(there).chain(failed).chain(blocked).chain(cancelled).collect()
}

/// A file, and what it holds where that was looked at.
fn json_file(file: &BuiltFile, contents: Option<&Vec<Entry>>) -> Value {
    let mut value = json!({ "name": file.name, "sha256": file.sha256, "size": file.size });
    if let (Some(value), Some(contents)) = (value.as_object_mut(), contents) {
        let contents = contents.iter().map(|entry| json!({ "path": entry.path, "size": entry.size }));
        value.insert("contents".to_string(), contents.collect());
    }
    value
}
