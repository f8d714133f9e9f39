//! What falls through the net: packages that no release would hold, rules that mean nothing.

use toml_edit::Item;

use super::{Category, Check, Facts, Finding, Severity};
use crate::ecosystem::metadata::Unclaimed;
use crate::edit::{Toml, line_of};
use crate::pattern::Pattern;

pub(super) const UNPLANNED_MEMBERS: Check = Check {
    id: "unplanned_members",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
Every package is either released or private; one that is neither has been forgotten. That is a publishable manifest
beside the members of a workspace that the workspace does not name, so that no tool sees it.

Example: `members = [\"crates/core\", \"crates/web\"]`, and there is `crates/cli/Cargo.toml`.

Mend it: add it to the members; or make it private (`publish = false`), or leave it out (`exclude = […]`), so that
everyone can see that it is on purpose.",
    run: unplanned_members,
};

pub(super) const CONFIG_RULES: Check = Check {
    id: "config_rules",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
A pattern of castoff.toml that matches no file does nothing, often because a directory was renamed. In `exclude` and
`ignore` that is a warning. A path set, a `changed-by`, a `version-file` or one of `extra-files` that matches nothing is
an error: what it should detect would never be released, and what it should write would stay old.

Example: `[paths] engine = [\"core/\"]`, and the directory is now `engine/`.

Mend it: correct the pattern, or take it out.",
    run: config_rules,
};

fn unplanned_members(facts: &Facts) -> Vec<Finding> {
    let finding = |manifest: &Unclaimed| {
        let Unclaimed { name, workspace, .. } = manifest;
        let message = format!("`{name}` lies beside members of the workspace of `{workspace}` and is none");
        let help = "add it to the members, make it private, or put it into `exclude` there";
        Finding::error(message, help).at(&manifest.manifest, manifest.line)
    };
    facts.inspections.iter().flat_map(|inspection| &inspection.unclaimed).map(finding).collect()
}

fn config_rules(facts: &Facts) -> Vec<Finding> {
    let Some((path, text)) = facts.config_file else { return Vec::new() };
    // The configuration was read from it, so it is TOML.
    let Ok(toml) = Toml::parse(path, text) else { return Vec::new() };
    let matches = |rule: &&Rule| {
        let pattern = Pattern::new(&rule.text);
        pattern.is_ok_and(|pattern| facts.tree.files.iter().any(|file| pattern.matches(file)))
    };
    let finding = |rule: &Rule| {
        let message = format!("`{}` in `{}` matches no file", rule.text, rule.field);
        let help = "correct it, or take it out; it is relative to the root, and a directory ends in `/`";
        Finding::new(rule.severity, message, help).at(path, rule.line)
    };
    rules(&toml, facts).iter().filter(|rule| !matches(rule)).map(finding).collect()
}

/// A pattern in the configuration.
struct Rule {
    field: String,
    text: String,
    line: usize,
    severity: Severity,
}

fn rules(toml: &Toml, facts: &Facts) -> Vec<Rule> {
    let mut found = Vec::new();
    for key in ["exclude", "ignore"] {
        found.extend(listed(toml, &["release", key], Severity::Warning));
    }
    for (name, _) in &facts.config.paths {
        found.extend(listed(toml, &["paths", name], Severity::Error));
    }
    for rules in &facts.config.components {
        let is_set = |rule: &Rule| facts.config.paths.iter().any(|(name, _)| name == &rule.text);
        let changed_by = listed(toml, &["component", &rules.name, "changed-by"], Severity::Error);
        found.extend(changed_by.into_iter().filter(|rule| !is_set(rule)));
        found.extend(single(toml, &["component", &rules.name, "version-file"], Severity::Error));
        let field = || format!("component.{}.extra-files", rules.name);
        found.extend(rules.extra_files.iter().map(|file| Rule {
            field: field(),
            text: file.path.clone(),
            line: file.line,
            severity: Severity::Error,
        }));
    }
    found
}

fn listed(toml: &Toml, keys: &[&str], severity: Severity) -> Vec<Rule> {
    let values = toml.get(keys).and_then(Item::as_array).into_iter().flatten();
    values
        .filter_map(|value| Some(rule(toml, keys, value.as_str()?, value.span()?.start, severity)))
        .collect()
}

fn single(toml: &Toml, keys: &[&str], severity: Severity) -> Option<Rule> {
    let item = toml.get(keys)?;
    Some(rule(toml, keys, item.as_str()?, item.span()?.start, severity))
}

fn rule(toml: &Toml, keys: &[&str], text: &str, at: usize, severity: Severity) -> Rule {
    Rule { field: keys.join("."), text: text.to_string(), line: line_of(toml.text, at), severity }
}
