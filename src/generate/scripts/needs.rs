//! What packages need of each other, as scripts have to know it: for whom a release makes another one necessary, and where
//! the requirement stands that decides about it. Requirements change with releases, so a script reads them when it runs.

use super::Source;
use super::places::{self, Lines};
use crate::config::Pin;
use crate::ecosystem;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Dependency, Kind, Need, Package};

/// A row for each package that a package of a component needs and that is released itself.
pub(super) fn rows(source: Source, lines: &Lines) -> Result<Vec<Vec<String>>, Faults> {
    let mut faults = Faults::default();
    let mut rows = Vec::new();
    for component in &source.workspace.components {
        let pin = source.config.pin(&component.name);
        for package in component.packages.iter().filter_map(|id| source.workspace.package(id)) {
            let needed = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
            for dependency in needed.filter(|it| source.workspace.component_of(&it.id).is_some()) {
                let how = faults.take(how(source, lines, package, dependency, pin));
                let Some((how, text, link)) = how else { continue };
                let row = ["needs", &package.id.to_string(), &dependency.id.to_string(), how, &text, link];
                rows.push(row.map(str::to_string).to_vec());
            }
        }
    }
    rows.dedup();
    faults.or(rows)
}

/// How the requirement is read, what for that, and whether it leads to the package only where it allows its version.
type How = (&'static str, String, &'static str);

fn how(
    source: Source,
    lines: &Lines,
    package: &Package,
    dependency: &Dependency,
    pin: Option<Pin>,
) -> Result<How, Faults> {
    let ecosystem = ecosystem::of(package.id.kind);
    let needed = source.workspace.package(&dependency.id);
    let own_line = dependency.requirement.as_str();
    let pinned = match (pin.unwrap_or(ecosystem.default_pin()), dependency.need) {
        _ if dependency.id.kind != package.id.kind => true,
        (Pin::Exact | Pin::Compatible, Need::Normal | Need::Optional) => true,
        _ => false,
    };
    let is_npm = package.id.kind == Kind::Npm;
    if pinned && !is_npm {
        return Ok(("always", String::new(), ""));
    }
    if package.id.kind == Kind::Uv && (own_line.contains("===") || own_line.contains('+')) {
        let fault = Fault::usage(format!("a script cannot tell which versions `{own_line}` allows"));
        let fault =
            fault.at(&package.manifest, 0).because(format!("`{}` needs `{}` so", package.id, dependency.id));
        return Err(fault.help("use `==` and no local part").into());
    }
    let found = named(source, lines, package, dependency)?;
    let (mut how, mut text, from_range) = match found {
        Some((names, is_range)) => ("lines", names, is_range),
        None => {
            let version = needed.map(|needed| needed.version.semver()).unwrap_or_default();
            let operator = own_line.strip_suffix(version.as_str()).filter(|_| is_npm && !version.is_empty());
            match operator.filter(|operator| ["", "^", "~"].contains(operator)) {
                Some(operator) => ("workspace", operator.to_string(), false),
                None => own_version(package, own_line).unwrap_or(("text", own_line.to_string(), true)),
            }
        }
    };
    let link = if is_npm && from_range && dependency.need != Need::Peer { "range" } else { "" };
    if pinned {
        if link == "range" {
            // Whether it is linked at all is still to be read.
            return Ok((if how == "lines" { "pinned-lines" } else { "pinned-text" }, text, link));
        }
        (how, text) = ("always", String::new());
    }
    Ok((how, text, link))
}

/// A gem that asks for its own version.
fn own_version(package: &Package, requirement: &str) -> Option<(&'static str, String, bool)> {
    let operator = requirement.strip_suffix(&package.version.gem())?.trim_end();
    (package.id.kind == Kind::Gem && !operator.is_empty()).then(|| ("own", operator.to_string(), false))
}

/// The holes in which the requirement stands, and whether it is a plain range; none where no release would change it.
fn named(
    source: Source,
    lines: &Lines,
    package: &Package,
    dependency: &Dependency,
) -> Result<Option<(String, bool)>, Faults> {
    let ecosystem = ecosystem::of(package.id.kind);
    let edits = places::edits(source, ecosystem, &[&dependency.id])?;
    let root = crate::path::join(&package.workspace, "Cargo.toml");
    let is_mine = |edit: &&Edit| match package.id.kind {
        Kind::Cargo if edit.field.starts_with("workspace.dependencies.") => edit.path == root,
        _ => edit.path == package.manifest && fits(package.id.kind, edit, dependency),
    };
    let mut mine: Vec<&Edit> = edits.iter().filter(is_mine).collect();
    mine.sort_by_key(|edit| edit.start);
    let mut holes: Vec<(&str, usize, &str, bool)> = Vec::new();
    for edit in mine {
        let text = source.tree.text(&edit.path).unwrap_or_default();
        let hole = places::hole(package.id.kind, edit, text)?;
        let is_whole = !text[..hole.range.start].ends_with([':', '@']);
        holes.push((&edit.path, hole.range.start, &text[hole.range], is_whole));
    }
    // A gem has a hole for each clause, and may be named twice, for running and for developing.
    let name = |(file, start, ..): &(&str, usize, &str, bool)| lines.name(file, *start);
    for from in 0..holes.len() {
        for to in from + 1..=holes.len() {
            let texts: Vec<&str> = holes[from..to].iter().map(|hole| hole.2).collect();
            if texts.join(", ") == dependency.requirement {
                let names: Vec<String> = holes[from..to].iter().filter_map(name).collect();
                return Ok(Some((names.join(" "), holes[from].3)));
            }
        }
    }
    Ok(None)
}

/// Whether an edit is of the table in which a dependency of this need stands.
fn fits(kind: Kind, edit: &Edit, dependency: &Dependency) -> bool {
    let is_for = |words: &[&str]| words.iter().any(|word| edit.field.contains(word));
    match (kind, dependency.need) {
        (Kind::Gem, _) => edit.field == dependency.id.name,
        (Kind::Cargo, Need::Build) => is_for(&["build-dependencies.", "build_dependencies."]),
        (Kind::Cargo, _) => {
            !is_for(&["build-dependencies.", "build_dependencies.", "dev-dependencies.", "dev_dependencies."])
                && edit.field.contains("dependencies.")
        }
        (Kind::Npm, Need::Peer) => edit.field.starts_with("peerDependencies."),
        (Kind::Npm, Need::Optional) => edit.field.starts_with("optionalDependencies."),
        (Kind::Npm, _) => edit.field.starts_with("dependencies."),
        (_, Need::Build) => edit.field.starts_with("build-system."),
        (_, Need::Optional) => edit.field.starts_with("project.optional-dependencies."),
        _ => edit.field.starts_with("project.dependencies"),
    }
}
