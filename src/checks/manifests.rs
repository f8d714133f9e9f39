//! What manifests say: versions that go together, names that can be found, fields that a registry wants.

use std::collections::BTreeSet;

use super::{Category, Check, Facts, Finding, Severity};
use crate::ecosystem;
use crate::ecosystem::metadata::{Demand, Field, Metadata, State};
use crate::model::{Component, Dependency, Package};
use crate::path;
use crate::version::Version;

pub(super) const VERSION_CONSISTENCY: Check = Check {
    id: "version_consistency",
    category: Category::Language,
    severity: Severity::Error,
    explanation: "\
A requirement that excludes the version that the required package has here cannot be met: an error. Packages of one
component have one version, and so has its version-file: the next bump makes them equal again, but until then what is
published is not what the tag says: a warning.

Example: `acme-flask` requires `acme>=0.4,<0.5`, and `acme` is at 0.5.0.
Example: `[component.acme] packages = [\"uv:acme*\"]`, `acme` is at 0.5.0 and `acme-flask` at 0.4.0.

Mend it: correct the requirement; `castoff bump COMPONENT=VERSION`.",
    run: version_consistency,
};

pub(super) const NAMING_CONVENTION: Check = Check {
    id: "naming_convention",
    category: Category::Language,
    severity: Severity::Warning,
    explanation: "\
Who looks for a package looks for a directory of its name, or of the part of it that the other packages do not have.

Example: `packages/server` holds the package `acme-client`.

Fine: `packages/core`, `packages/acme-core` and `packages/acme_core` for `acme-core`; `bindings/python` for anything.

Mend it: rename the directory; the name of the package is what users know.",
    run: naming_convention,
};

pub(super) const METADATA_COMPLETENESS: Check = Check {
    id: "metadata_completeness",
    category: Category::Language,
    severity: Severity::Error,
    explanation: "\
Registries show what the manifest says, and some refuse a package that does not say enough: for crates these are
`description` and `license` (or `license-file`), which is an error here. What people look for and do not find is a warning.

Example:
    [package]
    name = \"acme-core\"
    version = \"0.1.0\"      # no description, no license, no repository

Mend it: write the fields; `castoff check --fix` inherits those that `[workspace.package]` has.",
    run: metadata_completeness,
};

fn version_consistency(facts: &Facts) -> Vec<Finding> {
    let drifted = facts.workspace.components.iter().flat_map(|component| drifted(facts, component));
    let excluded = facts.workspace.packages.iter().flat_map(|package| {
        package.dependencies.iter().filter_map(move |dependency| excluded(facts, package, dependency))
    });
    excluded.chain(drifted).collect()
}

fn excluded(facts: &Facts, package: &Package, dependency: &Dependency) -> Option<Finding> {
    let needed = facts.workspace.package(&dependency.id).filter(|needed| is_known(needed))?;
    let ecosystem = ecosystem::of(dependency.id.kind);
    let accepted = ecosystem.accepts(&dependency.requirement, &needed.version);
    let version = ecosystem.spell(&needed.version);
    let Dependency { id, requirement, .. } = dependency;
    let message = format!("it requires `{id} {requirement}`, and that is at {version} here");
    let finding = Finding::error(message, format!("let the requirement allow {version}"));
    (!accepted).then(|| finding.of(package, facts.line_that_needs(package, id)))
}

/// The packages of a component that have not the version that most have (of equally many the greatest), and its
/// version-file.
fn drifted(facts: &Facts, component: &Component) -> Vec<Finding> {
    let packages = component.packages.iter().filter_map(|id| facts.workspace.package(id));
    let packages: Vec<&Package> = packages.filter(|package| is_known(package)).collect();
    let versions: BTreeSet<&Version> = packages.iter().map(|package| &package.version).collect();
    let count = |version: &Version| packages.iter().filter(|package| &package.version == version).count();
    let Some(usual) = versions.into_iter().max_by_key(|version| (count(version), *version)) else {
        return Vec::new();
    };
    let help = format!("`castoff bump {}=VERSION` gives all of them one version", component.name);
    let of_package = |package: &&Package| {
        let message = format!("it is at {}, and most of its component are at {usual}", package.version);
        Finding::warning(message, help.clone()).of(package, facts.line(package))
    };
    let others = packages.iter().filter(|package| &package.version != usual).map(of_package);
    let file = version_file(facts, component, usual).map(|(file, written)| {
        let message = format!("it says {written}, and the packages of `{}` are at {usual}", component.name);
        Finding::warning(message, help.clone()).at(file, 1)
    });
    others.chain(file).collect()
}

/// The version-file of a component and what it says, where that is not the version of its packages.
fn version_file<'f>(facts: &'f Facts, component: &Component, usual: &Version) -> Option<(&'f str, &'f str)> {
    let file = facts.config.component(&component.name)?.version_file.as_deref()?;
    let written = facts.tree.text(file)?.trim();
    let version: Version = written.parse().ok()?;
    (&version != usual).then_some((file, written))
}

/// A version that stands in tags, or that a private package does not have, says nothing.
fn is_known(package: &Package) -> bool {
    package.version != Version::new(0, 0, 0)
}

fn naming_convention(facts: &Facts) -> Vec<Finding> {
    let help =
        "name the directory after the package, or after the part of its name that the others do not have";
    let finding = |package: &Package| {
        let message = format!(
            "the directory is named `{}`, the package `{}`",
            path::name(&package.dir),
            package.id.name
        );
        Finding::warning(message, help).of(package, facts.line(package))
    };
    facts.published().filter(|package| !fits(&package.dir, &package.id.name)).map(finding).collect()
}

/// Whether one can guess the directory from the name: the words of one are a run of those of the other, also together
/// with the directories above.
fn fits(dir: &str, name: &str) -> bool {
    let name = split(name);
    let parts: Vec<Vec<String>> = dir.split('/').filter(|part| !part.is_empty()).map(split).collect();
    let Some(last) = parts.last() else { return true };
    let language = [
        "python",
        "py",
        "rust",
        "rs",
        "crate",
        "package",
        "lib",
        "src",
        "bindings",
        "javascript",
        "js",
        "node",
        "npm",
        "typescript",
        "ts",
    ];
    let is_language = last.iter().all(|word| language.contains(&word.as_str()));
    let paths = (0..parts.len()).map(|from| parts[from..].concat());
    is_language || is_run(&name, last) || paths.into_iter().any(|words| is_run(&words, &name))
}

fn split(text: &str) -> Vec<String> {
    // `@acme/core` has two words.
    let words = text.split(['-', '_', '.', '@', '/']).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn is_run(words: &[String], of: &[String]) -> bool {
    of.windows(words.len().max(1)).any(|window| window == words)
}

fn metadata_completeness(facts: &Facts) -> Vec<Finding> {
    facts.described().flat_map(|(package, metadata)| incomplete(package, metadata)).collect()
}

/// One finding for what the registry demands, one for the rest.
fn incomplete(package: &Package, metadata: &Metadata) -> Vec<Finding> {
    let missing = |demand: Demand| -> Vec<&Field> {
        metadata.fields.iter().filter(|field| field.demand == demand && field.state != State::Given).collect()
    };
    let finding = |finding: fn(String, String) -> Finding, fields: Vec<&Field>, why: &str| {
        let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let edits = fields.iter().filter_map(|field| match &field.state {
            State::Missing(edit) => edit.clone(),
            State::Given => None,
        });
        let finding = finding(format!("no {}{why}", names.join(", ")), "add it to the manifest".to_string());
        (!fields.is_empty()).then(|| finding.of(package, metadata.line).fixed_by(edits))
    };
    let demanded =
        finding(Finding::error, missing(Demand::Registry), ", without which its registry refuses it");
    demanded.into_iter().chain(finding(Finding::warning, missing(Demand::People), "")).collect()
}
