//! What a bump writes: manifests, requirements, locks, version files and extra files, all of a run together.

use std::collections::BTreeMap;

use super::extra;
use crate::config::{self, ComponentRules, Config};
use crate::ecosystem::{self, Bumps};
use crate::edit;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{PackageId, Tree};
use crate::version::Version;
use crate::workspace::Workspace;

/// What gives these packages their versions: manifests, requirements, locks, version files and extra files.
///
/// # Errors
/// Places that should be there and are not.
pub fn bump_edits(
    tree: &Tree,
    workspace: &Workspace,
    config: &Config,
    next: &BTreeMap<PackageId, Version>,
) -> Result<Vec<Edit>, Faults> {
    let mut faults = Faults::default();
    let all = workspace.with_in_step(next);
    let bumps = Bumps { packages: &workspace.packages, next: &all };
    let mut edits: Vec<Edit> = ecosystem::all()
        .flat_map(|ecosystem| faults.take(ecosystem.edits(tree, bumps)).unwrap_or_default())
        .collect();
    for rules in &config.components {
        edits.extend(faults.take(version_file(tree, workspace, rules, next).map_err(Faults::from)).flatten());
    }
    let extra = extra::edits(tree, workspace, config, next, &edits);
    edits.extend(faults.take(extra).unwrap_or_default());
    edits.sort();
    edits.dedup();
    faults.or(edits)
}

fn version_file(
    tree: &Tree,
    workspace: &Workspace,
    rules: &ComponentRules,
    next: &BTreeMap<PackageId, Version>,
) -> Result<Option<Edit>, Fault> {
    let Some(path) = rules.version_file.as_deref() else { return Ok(None) };
    let Some(text) = tree.text(path) else { return Err(untracked(rules, rules.line, "version-file", path)) };
    let component = workspace.components.iter().find(|component| component.name == rules.name);
    let version = component.and_then(|component| component.packages.iter().find_map(|id| next.get(id)));
    let start = text.find(|c: char| !c.is_whitespace()).unwrap_or(0);
    let end = text.trim_end().len().max(start);
    Ok(version.and_then(|version| edit::replace_plain(path, text, "version", start..end, &version.semver())))
}

/// A file that the configuration names and that is not there.
pub(super) fn untracked(rules: &ComponentRules, line: usize, key: &str, path: &str) -> Fault {
    let message = format!(
        "`{key}` of `[component.{}]` is `{}`, which git does not track",
        rules.name,
        path.escape_debug()
    );
    config::fault(line, message).help("correct the path, or commit the file")
}
