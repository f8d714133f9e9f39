//! What packages need of each other: circles, themselves, what is not there, what nobody else can get.

use std::collections::BTreeMap;

use super::{Category, Check, Facts, Finding, Severity};
use crate::ecosystem::metadata::{On, Requirement};
use crate::graph;
use crate::model::{Kind, Need, Package, PackageId, Publish};

pub(super) const CYCLES: Check = Check {
    id: "cycles",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
Packages that need each other in a circle cannot be published in any order: each would have to be there first.
What a package needs for development only does not count, and a circle that is closed by an extra is a warning: what an
extra names may come later.

Example: `core` has `util` among its dependencies, and `util` has `core`.

Mend it: move what both need into a third package, or need one of them for development only.",
    run: cycles,
};

pub(super) const SELF_DEPS: Check = Check {
    id: "self_deps",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
A package that requires itself cannot be installed from a registry on which it is not there yet, and resolvers that
accept it may fetch an older release of it. An extra that gathers other extras of the package is fine.

Example:
    [project]
    name = \"acme-flask\"
    dependencies = [\"acme-flask\", \"flask\"]

Mend it: `castoff check --fix` takes the requirement out.",
    run: self_deps,
};

pub(super) const ORPHAN_DEPS: Check = Check {
    id: "orphan_deps",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
A requirement that says it is met by the repository, and is not, builds nowhere: an error. One whose name begins like
those of the packages here, and that no package here has, is often one that was renamed or removed; then the registry's
old release is installed without a word: a warning.

Example: `acme-core`, `acme-web` and `acme-cli` are members; `acme-cli` requires `acme-util`, which has become `acme-core`.

Mend it: correct the name, or add the package to the workspace. A package of another repository that has the same prefix
may stay; a warning fails nothing.",
    run: orphan_deps,
};

pub(super) const UNPUBLISHABLE_DEPS: Check = Check {
    id: "unpublishable_deps",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
What a published package needs must be on a registry too, and where the registry asks for it the manifest must say in
which version: a path is not published. What is needed for development by path alone is left out of what is published,
so it may be private.

Example:
    [dependencies]
    acme-core = { path = \"../core\" }     # no version
    acme-tests = { path = \"../tests\" }   # `publish = false` there

Mend it: `castoff check --fix` adds the version; publish the private package, or do without it.",
    run: unpublishable_deps,
};

fn cycles(facts: &Facts) -> Vec<Finding> {
    let packages = &facts.workspace.packages;
    // A package that needs itself is told by another check.
    let required = graph::circles(packages).into_iter().filter(|path| path.len() > 2);
    let help = "take one of these requirements out, or make it one for development only";
    let required = required.filter_map(|path| around(facts, &path, Finding::error("a circle", help)));
    let help = "one of them is published before what its extra names; take that out if it is not meant";
    let optional = graph::optional_circles(packages);
    let optional = optional
        .iter()
        .filter_map(|path| around(facts, path, Finding::warning("a circle through an extra", help)));
    required.chain(optional).collect()
}

/// A finding about a circle, at the line where its first package needs the second.
fn around(facts: &Facts, path: &[PackageId], finding: Finding) -> Option<Finding> {
    let names: Vec<String> = path.iter().map(|id| format!("`{id}`")).collect();
    let package = facts.workspace.package(path.first()?)?;
    let line = facts.line_that_needs(package, path.get(1)?);
    let message = format!("{}: {}", finding.message, names.join(" -> "));
    Some(Finding { message, ..finding }.of(package, line))
}

fn self_deps(facts: &Facts) -> Vec<Finding> {
    let of_itself = |(package, requirement): (&Package, &Requirement)| {
        let needed = requirement.on == On::Itself && requirement.need != Need::Dev;
        let finding = Finding::error("it requires itself", "take the requirement out");
        needed.then(|| finding.of(package, requirement.line).fixed_by(requirement.remove.clone()))
    };
    requirements(facts).filter_map(of_itself).collect()
}

fn orphan_deps(facts: &Facts) -> Vec<Finding> {
    let prefixes = prefixes(&facts.workspace.packages);
    let orphan = |(package, requirement): (&Package, &Requirement)| {
        let finding = match &requirement.on {
            On::Nowhere(name, why) => Finding::error(
                format!("`{name}` is required from the repository, and {why}"),
                "correct the requirement, or add the package to the workspace (git must track it)",
            ),
            On::Registry(name) if begins_alike(name, package, &prefixes) => Finding::warning(
                format!("`{name}` is named like the packages here, and none of them is it"),
                "correct the name if the package was renamed or removed; one of another repository may stay",
            ),
            _ => return None,
        };
        Some(finding.of(package, requirement.line))
    };
    requirements(facts).filter_map(orphan).collect()
}

/// The beginning (`acme-`) that most names of an ecosystem have, where most have one.
fn prefixes(packages: &[Package]) -> BTreeMap<Kind, String> {
    let mut counts: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    let mut totals: BTreeMap<Kind, usize> = BTreeMap::new();
    for package in packages {
        let name = words(&package.id.name);
        let first = name.split('-').next().unwrap_or_default().to_string();
        *counts.entry((package.id.kind, first)).or_default() += 1;
        *totals.entry(package.id.kind).or_default() += 1;
    }
    let common = counts.into_iter().filter(|((kind, _), count)| *count > 1 && count * 2 > totals[kind]);
    common.map(|((kind, first), _)| (kind, format!("{first}-"))).collect()
}

fn begins_alike(name: &str, package: &Package, prefixes: &BTreeMap<Kind, String>) -> bool {
    prefixes.get(&package.id.kind).is_some_and(|prefix| words(name).starts_with(prefix))
}

fn words(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

fn unpublishable_deps(facts: &Facts) -> Vec<Finding> {
    let unpublishable = |(package, requirement): (&Package, &Requirement)| {
        let On::Member(id) = &requirement.on else { return None };
        let needed =
            facts.workspace.package(id).filter(|_| package.publishable() && requirement.published)?;
        let finding = match (&needed.publish, &requirement.version) {
            (Publish::No(reason), _) => Finding::error(
                format!("it is published and requires `{id}`, which is private ({reason})"),
                "publish that package too, or do without it",
            ),
            (Publish::To(_), Some(edit)) => {
                let message = format!("it is published and requires `{id}` by path alone");
                Finding::error(message, "add the version beside the path").fixed_by([edit.clone()])
            }
            (Publish::To(_), None) => return None,
        };
        Some(finding.of(package, requirement.line))
    };
    requirements(facts).filter_map(unpublishable).collect()
}

fn requirements<'f>(facts: &'f Facts) -> impl Iterator<Item = (&'f Package, &'f Requirement)> {
    facts.workspace.packages.iter().flat_map(|package| {
        let metadata = facts.metadata(&package.id).into_iter();
        metadata.flat_map(move |metadata| metadata.requirements.iter().map(move |needed| (package, needed)))
    })
}
