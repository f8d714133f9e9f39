//! What RELEASING.md says of this repository: what goes where, in which order, and with which tokens.

use std::collections::BTreeMap;

use super::{code, table};
use crate::config::{Barrier, Config, OnDuplicate};
use crate::fault::Faults;
use crate::graph::Graph;
use crate::model::{Component, Kind};
use crate::registry;
use crate::workspace::Workspace;

pub(super) fn released(workspace: &Workspace) -> String {
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

pub(super) fn order(workspace: &Workspace, graph: &Graph) -> String {
    let is_published =
        |id: &crate::model::PackageId| workspace.package(id).is_some_and(|it| it.publishable());
    let levels = graph.levels().into_iter().map(|level| {
        level.into_iter().filter(|id| is_published(id)).map(|id| code(&id.to_string())).collect::<Vec<_>>()
    });
    let levels = levels.filter(|level| !level.is_empty()).enumerate();
    levels.map(|(place, names)| format!("{}. {}", place + 1, names.join(", "))).collect::<Vec<_>>().join("\n")
}

pub(super) fn tokens(workspace: &Workspace, config: &Config) -> Result<String, Faults> {
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

/// How `[publish]` and `[registry.NAME]` differ from what anybody would expect.
pub(super) fn publishing(config: &Config) -> String {
    let mut lines = Vec::new();
    let barrier = match config.publish.barrier {
        Barrier::Run => "Nothing is uploaded before everything has been built.",
        Barrier::Component => {
            "Nothing is uploaded before its component, and what that needs, has been built."
        }
        Barrier::Own => "Each package is uploaded as soon as it has been built.",
    };
    lines.push(format!("* {barrier}"));
    lines.push(match config.publish.on_duplicate {
        OnDuplicate::Skip => "* A version that is there already is left out.".to_string(),
        OnDuplicate::Warn => "* A version that is there already is left out, with a warning.".to_string(),
        OnDuplicate::Fail => {
            "* A version that is there already stops the run before anything is built.".to_string()
        }
    });
    let own = config.registries.iter().filter_map(|(name, rules)| Some((name, rules.index.as_ref()?, rules)));
    for (name, index, rules) in own {
        let trust =
            rules.ca_file.as_ref().map_or(String::new(), |file| format!(", trusted by {}", code(file)));
        lines.push(format!("* {} is {}{trust}.", code(name), code(index)));
    }
    if config.notify.command.is_some() || config.notify.webhook_env.is_some() {
        lines.push("* How it ended is told as `[notify]` says.".to_string());
    }
    lines.join("\n")
}

/// A tag as the first component would have it. A version that never changes does not make the document stale.
pub(super) fn example_tag(workspace: &Workspace) -> String {
    let pattern = workspace.components.first().map_or("v{version}", |component| component.tag.as_str());
    pattern.replace("{version}", "1.2.3")
}
