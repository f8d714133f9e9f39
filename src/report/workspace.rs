//! What is there: packages and their graph, as tables and as pictures for other tools.

use std::collections::BTreeSet;

use super::table::table;
use super::{Style, clean_line, count};
use crate::graph::Graph;
use crate::model::{Need, PackageId, Publish};
use crate::workspace::Workspace;

/// Every package.
pub fn discover(workspace: &Workspace, style: Style) -> String {
    let mut rows =
        vec![["package", "version", "path", "goes to", "needs"].map(|head| style.dim(head)).to_vec()];
    for package in &workspace.packages {
        let publish = match &package.publish {
            Publish::To(registry) => clean_line(registry),
            Publish::No(reason) => style.dim(&format!("private: {}", clean_line(reason))),
        };
        let needs = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
        // One may be needed in two ways.
        let needs: BTreeSet<String> = needs.map(|dependency| clean_line(&dependency.id.name)).collect();
        let needs: Vec<String> = needs.into_iter().collect();
        let place = if package.dir.is_empty() { ".".to_string() } else { clean_line(&package.dir) };
        rows.push(vec![
            clean_line(&package.id.to_string()),
            crate::ecosystem::of(package.id.kind).spell(&package.version),
            place,
            publish,
            needs.join(" "),
        ]);
    }
    let publishable = workspace.packages.iter().filter(|package| package.publishable()).count();
    let total = count(workspace.packages.len(), "package");
    format!(
        "{}\n{total}, {publishable} for publishing, {}\n",
        table(&rows),
        count(workspace.components.len(), "component")
    )
}

/// One level a paragraph, each package behind all that it needs.
pub fn levels(graph: &Graph, style: Style) -> String {
    let mut text = String::new();
    for (level, ids) in graph.levels().iter().enumerate() {
        text += &format!("{}\n", style.dim(&format!("level {}", level + 1)));
        let rows = ids.iter().map(|id| vec![clean_line(&id.to_string()), needs(graph, id)]);
        text += &table(&rows.collect::<Vec<_>>());
    }
    text
}

/// One package a line.
pub fn graph_table(graph: &Graph, style: Style) -> String {
    let mut rows = vec![["level", "package", "needs"].map(|head| style.dim(head)).to_vec()];
    rows.extend(graph.order().iter().map(|id| {
        let names: Vec<String> = graph.needs(id).map(|id| clean_line(&id.name)).collect();
        vec![(graph.level(id) + 1).to_string(), clean_line(&id.to_string()), names.join(" ")]
    }));
    table(&rows)
}

/// For graphviz.
pub fn dot(graph: &Graph) -> String {
    let name = |id: &PackageId| clean_line(&id.to_string()).replace('\\', "\\\\").replace('"', "\\\"");
    let edges = edges(graph).map(|(from, to)| format!("  \"{}\" -> \"{}\";\n", name(from), name(to)));
    let nodes = graph.order().iter().map(|id| format!("  \"{}\";\n", name(id)));
    format!(
        "digraph packages {{\n  rankdir = BT;\n{}{}}}\n",
        nodes.collect::<String>(),
        edges.collect::<String>()
    )
}

/// For mermaid, as GitHub draws it.
pub fn mermaid(graph: &Graph) -> String {
    let place = |id: &PackageId| graph.order().iter().position(|other| other == id).unwrap_or(0);
    let nodes = graph.order().iter().enumerate().map(|(place, id)| format!("  p{place}[\"{id}\"]\n"));
    let edges = edges(graph).map(|(from, to)| format!("  p{} --> p{}\n", place(from), place(to)));
    format!("graph BT\n{}{}", nodes.collect::<String>(), edges.collect::<String>())
}

fn edges(graph: &Graph) -> impl Iterator<Item = (&PackageId, &PackageId)> {
    graph.order().iter().flat_map(|id| graph.needs(id).map(move |needed| (id, needed)))
}

fn needs(graph: &Graph, id: &PackageId) -> String {
    let names: Vec<String> = graph.needs(id).map(|id| clean_line(&id.name)).collect();
    if names.is_empty() { String::new() } else { format!("needs {}", names.join(" ")) }
}
