//! RELEASING.md and VERSIONING.md of a repository: who makes a release, how, and by which rules its versions come to be.
//! They hold rules and no versions, so that a release does not make them stale.

use std::collections::BTreeMap;

use super::{Generated, MARK};
use crate::config::{BumpMode, Config};
use crate::ecosystem;
use crate::fault::Faults;
use crate::graph::Graph;
use crate::model::{Component, Kind};
use crate::registry;
use crate::template::fill;
use crate::workspace::Workspace;

/// Both documents.
///
/// # Errors
/// A registry that is not known.
pub fn docs(workspace: &Workspace, graph: &Graph, config: &Config) -> Result<Vec<Generated>, Faults> {
    let mark =
        format!("<!-- {MARK}docs` from castoff.toml and the manifests: change those, and run it again. -->");
    let release_tag = config.release.release_tag.replace("{date}", "YYYYMMDD").replace("{time}", "HHMM");
    let releasing = fill(
        "RELEASING.md",
        include_str!("../../templates/docs/RELEASING.md"),
        &[
            ("mark", &mark),
            ("components", &released(workspace)),
            ("order", &order(workspace, graph)),
            ("release_tag", &release_tag),
            ("branch", &config.release.branch),
            ("tokens", &tokens(workspace, config)?),
        ],
    )?;
    let versioning = fill(
        "VERSIONING.md",
        include_str!("../../templates/docs/VERSIONING.md"),
        &[
            ("mark", &mark),
            ("components", &versioned(workspace, config)),
            ("rules", &rules(workspace, config)),
            ("changes", &changes(config)),
            ("dependents", &dependents(workspace, config)),
        ],
    )?;
    Ok([("RELEASING.md", releasing), ("VERSIONING.md", versioning)]
        .map(|(path, text)| Generated { path: path.to_string(), text, executable: false })
        .into())
}

/// Names and paths come from files that anybody may have written; in a table they stay what they are.
fn code(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() && *c != '`').collect();
    format!("`{}`", plain.replace('|', "\\|"))
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let rule = vec!["---".to_string(); head.len()];
    [head, rule].into_iter().chain(rows).map(|cells| line(&cells)).collect::<Vec<_>>().join("\n")
}

fn released(workspace: &Workspace) -> String {
    let row = |component: &Component| {
        let packages: Vec<_> = component.packages.iter().filter_map(|id| workspace.package(id)).collect();
        let mut registries: Vec<String> =
            packages.iter().filter_map(|package| package.registry()).map(code).collect();
        registries.sort();
        registries.dedup();
        let names: Vec<String> = packages.iter().map(|package| code(&package.id.to_string())).collect();
        vec![code(&component.name), names.join(", "), registries.join(", "), code(&component.tag)]
    };
    table(&["component", "packages", "goes to", "tag"], workspace.components.iter().map(row))
}

fn order(workspace: &Workspace, graph: &Graph) -> String {
    let is_published =
        |id: &crate::model::PackageId| workspace.package(id).is_some_and(|it| it.publishable());
    let levels = graph.levels().into_iter().map(|level| {
        level.into_iter().filter(|id| is_published(id)).map(|id| code(&id.to_string())).collect::<Vec<_>>()
    });
    let levels = levels.filter(|level| !level.is_empty()).enumerate();
    levels.map(|(place, names)| format!("{}. {}", place + 1, names.join(", "))).collect::<Vec<_>>().join("\n")
}

fn tokens(workspace: &Workspace, config: &Config) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let published = workspace.packages.iter().filter_map(|it| Some((it.registry()?.to_string(), it.id.kind)));
    let targets: BTreeMap<String, Kind> = published.collect();
    let rows: Vec<Vec<String>> = targets
        .into_iter()
        .filter_map(|(name, kind)| {
            let target = faults.take(registry::target(&name, kind, config, &|_| None))?;
            let variables: Vec<String> = target.token_env.iter().map(|variable| code(variable)).collect();
            Some(vec![code(&name), variables.join(" or ")])
        })
        .collect();
    faults.or(table(&["registry", "token"], rows.into_iter()))
}

fn versioned(workspace: &Workspace, config: &Config) -> String {
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

fn rules(workspace: &Workspace, config: &Config) -> String {
    let uses = |mode| workspace.components.iter().any(|component| config.mode(&component.name) == mode);
    let mut rules = Vec::new();
    if uses(BumpMode::Conventional) {
        let zero = if config.release.major_on_zero { "also on 0.y.z" } else { "on 0.y.z a minor step" };
        rules.push(format!(
            "* By commit messages (Conventional Commits): `fix` is a patch, `feat` a minor step, `!` or a `BREAKING CHANGE:` \
             footer a major step ({zero}); the largest one since the base counts. `Release-As: X` in a footer asks for a \
             version once. A commit and its revert cancel each other."
        ));
    }
    if uses(BumpMode::Paths) {
        rules.push("* By any change: whatever differs from the base is a patch.".to_string());
    }
    rules.join("\n")
}

fn changes(config: &Config) -> String {
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

fn dependents(workspace: &Workspace, config: &Config) -> String {
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
