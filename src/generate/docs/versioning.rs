//! What VERSIONING.md says of this repository: by which rules its versions come to be.

use std::collections::BTreeMap;

use super::{code, table};
use crate::config::{BumpMode, CommitSection, Config, Scheme};
use crate::ecosystem;
use crate::model::Component;
use crate::workspace::Workspace;

pub(super) fn versioned(workspace: &Workspace, config: &Config) -> String {
    let row = |component: &Component| {
        let rules = config.component(&component.name);
        let source = match rules.and_then(|rules| rules.version_file.as_deref()) {
            Some(file) => format!("{}, and from there the manifests", code(file)),
            None => "its manifests".to_string(),
        };
        let by = match config.mode(&component.name) {
            BumpMode::Conventional => "commit messages",
            BumpMode::Paths => "any change",
        };
        vec![code(&component.name), by.to_string(), source, code(&component.tag)]
    };
    table(&["component", "versions come from", "and stand in", "tag"], workspace.components.iter().map(row))
}

/// How components follow others.
pub(super) fn schemes(workspace: &Workspace, config: &Config) -> String {
    let line = |component: &Component| {
        let rules = config.component(&component.name)?;
        let leader = rules.follows.as_ref()?;
        let (name, leader) = (code(&component.name), code(leader));
        let on = match &rules.follow_on {
            Some(paths) => paths.iter().map(|path| code(path)).collect::<Vec<_>>().join(", "),
            None => "the packages that it needs".to_string(),
        };
        let scheme = match rules.scheme {
            Scheme::CorePatch => {
                format!(
                    "the three numbers of {leader} and a patch of its own, `0.1.8.2`; the first on each is `.0`"
                )
            }
            Scheme::AtLeast => format!("one of its own, never below that of {leader}"),
            Scheme::Same => format!("that of {leader}, and a change of it is one of {leader} too"),
        };
        Some(format!(
            "* {name} is compatible with {leader}, and released with it when {on} changed; alone when only its own \
             files did. Its version is {scheme}."
        ))
    };
    let lines: Vec<String> = workspace.components.iter().filter_map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("## Components that follow another\n\n{}\n\n", lines.join("\n"))
}

pub(super) fn first(workspace: &Workspace, config: &Config) -> &'static str {
    let steps = |component: &Component| {
        let file = config.component(&component.name).is_some_and(|rules| rules.version_file.is_some());
        file && config.mode(&component.name) == BumpMode::Paths
    };
    match workspace.components.iter().any(steps) {
        true => "with the version that its manifest has, or one patch more than its version file says",
        false => "with the version that its manifest has",
    }
}

pub(super) fn rules(workspace: &Workspace, config: &Config) -> String {
    let uses = |mode| workspace.components.iter().any(|component| config.mode(&component.name) == mode);
    let mut rules = Vec::new();
    if uses(BumpMode::Conventional) {
        let zero = if config.release.major_on_zero { "also on 0.y.z" } else { "on 0.y.z a minor step" };
        rules.push(format!(
            "* By commit messages (Conventional Commits): `fix` is a patch, `feat` a minor step, `!` or a `BREAKING CHANGE:` \
             footer a major step ({zero}); the largest one since the base counts. `Release-As: X` in a footer asks for a \
             version once. A commit and its revert cancel each other."
        ));
        rules.extend(sections(config));
    }
    if uses(BumpMode::Paths) {
        rules.push("* By any change: whatever differs from the base is a patch.".to_string());
    }
    rules.join("\n")
}

/// The types that make a release beside those, and those that make none.
fn sections(config: &Config) -> Vec<String> {
    let named = |section: &CommitSection| match &section.scope {
        Some(scope) => code(&format!("{}({scope})", section.kind)),
        None => code(&section.kind),
    };
    let list = |found: Vec<&CommitSection>| found.into_iter().map(named).collect::<Vec<_>>().join(", ");
    let (hidden, shown): (Vec<_>, Vec<_>) = config.sections.iter().partition(|section| section.hidden);
    let line = |what: &str, names: String| (!names.is_empty()).then(|| format!("* {what}: {names}."));
    let overrides = (!config.overrides.is_empty())
        .then(|| "* What some commits should have said stands in castoff.toml, as `[override]`.".to_string());
    let shown = line("Types of commits that stand in changelogs", list(shown));
    let hidden = line("Types that make no release by themselves, unless they break something", list(hidden));
    shown.into_iter().chain(hidden).chain(overrides).collect()
}

pub(super) fn changes(config: &Config) -> String {
    let mut lines =
        vec!["A path belongs to the package whose directory is the longest that holds it.".to_string()];
    let named = config.components.iter().filter(|rules| !rules.changed_by.is_empty());
    for rules in named {
        let by: Vec<String> = rules.changed_by.iter().map(|text| code(text)).collect();
        lines.push(format!("{} is changed by {} instead.", code(&rules.name), by.join(", ")));
    }
    for (name, patterns) in &config.paths {
        let paths: Vec<String> = patterns.iter().map(|pattern| code(pattern.text())).collect();
        lines.push(format!("The path set {} is {}.", code(name), paths.join(", ")));
    }
    let ignored: Vec<String> = config.release.ignore.iter().map(|pattern| code(pattern.text())).collect();
    if !ignored.is_empty() {
        lines.push(format!("Never a change: {}, lock files and castoff.toml.", ignored.join(", ")));
    }
    lines.join("\n\n")
}

pub(super) fn dependents(workspace: &Workspace, config: &Config) -> String {
    let mut lines = vec![match config.release.propagate {
        true => "What needs a released package gets a patch when its published requirement changed or no longer fits.",
        false => "A release does not release what needs it.",
    }
    .to_string()];
    let mut pins: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for component in &workspace.components {
        let kinds = component.packages.iter().map(|id| id.kind).min();
        let own = config.pin(&component.name);
        let Some(pin) = own.or_else(|| Some(ecosystem::of(kinds?).default_pin())) else { continue };
        pins.entry(pin.meaning()).or_default().push(code(&component.name));
    }
    for (meaning, names) in pins {
        lines.push(format!("{}: {meaning}.", names.join(", ")));
    }
    lines.join("\n\n")
}
