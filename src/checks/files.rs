//! Files that a package should have.

use std::collections::BTreeSet;

use super::{Category, Check, Facts, Finding, Severity};
use crate::ecosystem::metadata::{Metadata, Readme, new_file};
use crate::model::Package;
use crate::path;

pub(super) const MISSING_LICENSE: Check = Check {
    id: "missing_license",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
Most licences ask that their text goes with every copy. Builds take it from the package's own directory, not from the
root of the repository. A licence file that the manifest names and that is not there is an error.

Example: `crates/core` holds `Cargo.toml` and `src`, and the only `LICENSE` is that of the repository.

Mend it: put the file into the package's directory; a symbolic link to the one of the repository will do
(`ln -s ../../LICENSE crates/core/LICENSE`).",
    run: missing_license,
};

pub(super) const MISSING_README: Check = Check {
    id: "missing_readme",
    category: Category::Universal,
    severity: Severity::Error,
    explanation: "\
A registry shows a package's README as its page; without one the page is empty. A README that the manifest names and that
is not there fails the build: an error.

Example:
    [project]
    name = \"acme-core\"      # README.md lies beside this file, but no `readme = …` names it

Mend it: write one, or name the one that there is; `castoff check --fix` does the latter.",
    run: missing_readme,
};

pub(super) const DUPLICATE_README: Check = Check {
    id: "duplicate_readme",
    category: Category::Language,
    severity: Severity::Error,
    explanation: "\
Two files that a build puts into one place of an archive: the build fails, or the archive holds one name twice and the
registry refuses it.

Example, a crate with Python bindings:
    # pyproject.toml: [project] readme = \"README.md\"
    # Cargo.toml:     [package] readme = \"../../README.md\"

Mend it: name one and the same file in both manifests.",
    run: duplicate_readme,
};

pub(super) const TYPE_MARKERS: Check = Check {
    id: "type_markers",
    category: Category::Language,
    severity: Severity::Warning,
    explanation: "\
Type checkers ignore the annotations of an installed library unless the package holds a file `py.typed` (PEP 561).

Example: `src/acme_core/__init__.py` holds `def connect(url: str) -> Session: …`, and there is no `src/acme_core/py.typed`.

Mend it: add the empty file. `castoff check --fix` does where the code is known to be annotated: a classifier says so, a
type checker is configured, or an `__init__.py` of the package has annotations.",
    run: type_markers,
};

fn missing_license(facts: &Facts) -> Vec<Finding> {
    let licensed = dirs_with(facts, is_license);
    facts.published().filter_map(|package| license(facts, &licensed, package)).collect()
}

fn license(facts: &Facts, licensed: &BTreeSet<&str>, package: &Package) -> Option<Finding> {
    let metadata = facts.metadata(&package.id);
    let named = metadata.map(|metadata| metadata.licence_files.as_slice()).unwrap_or_default();
    if let Some((file, line)) = named.iter().find(|(file, _)| !facts.tree.files.contains(file)) {
        let message = format!("its manifest names the licence file `{file}`, which is not there");
        return Some(Finding::error(message, "correct the name, or add the file").of(package, *line));
    }
    if !named.is_empty() || licensed.contains(package.dir.as_str()) {
        return None;
    }
    let is_above = parents(&package.dir).iter().any(|dir| licensed.contains(dir));
    let finding = if is_above {
        Finding::warning(
            "no licence file in its directory, so none in what is published",
            "put one there, or a symbolic link to that of the repository",
        )
    } else {
        Finding::warning("no licence file", "add a file `LICENSE`")
    };
    Some(finding.of(package, facts.line(package)))
}

fn is_license(name: &str) -> bool {
    let name = name.to_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "UNLICENSE", "COPYRIGHT"].iter().any(|start| name.starts_with(start))
}

fn missing_readme(facts: &Facts) -> Vec<Finding> {
    let described = dirs_with(facts, is_readme);
    facts.published().filter_map(|package| readme(facts, &described, package)).collect()
}

fn readme(facts: &Facts, described: &BTreeSet<&str>, package: &Package) -> Option<Finding> {
    let absent = || Finding::warning("no README", "write a README.md in its directory");
    let finding = match facts.metadata(&package.id).map(|metadata| &metadata.readme) {
        Some(Readme::Named(file, line)) if !facts.tree.files.contains(file) => {
            let message = format!("its manifest names the README `{file}`, which is not there");
            return Some(Finding::error(message, "correct the name, or add the file").of(package, *line));
        }
        Some(Readme::Unlinked(edit)) => {
            let message = "it has a README that its manifest does not name, so nobody sees it";
            Finding::warning(message, format!("add `{}` to the manifest", edit.to)).fixed_by([edit.clone()])
        }
        Some(Readme::Absent) => absent(),
        None if !described.contains(package.dir.as_str()) => absent(),
        Some(Readme::Named(..) | Readme::Settled) | None => return None,
    };
    Some(finding.of(package, facts.line(package)))
}

fn is_readme(name: &str) -> bool {
    name.to_uppercase().starts_with("README")
}

/// The directories that hold a file of such a name.
fn dirs_with<'a>(facts: &Facts<'a>, is: fn(&str) -> bool) -> BTreeSet<&'a str> {
    let files = facts.tree.files.iter().filter(|file| is(path::name(file)));
    files.map(|file| path::parent(file)).collect()
}

/// The directories above one, up to the root.
fn parents(dir: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = dir;
    while !at.is_empty() {
        at = path::parent(at);
        found.push(at);
    }
    found
}

fn duplicate_readme(facts: &Facts) -> Vec<Finding> {
    let finding = |(package, metadata): (&Package, &Metadata)| {
        let doubled = metadata.doubled.as_ref()?;
        let [one, other] = &doubled.files;
        let message = format!("`{one}` and `{other}` would be one file of its sdist");
        let finding = Finding::error(message, "name the same file in both manifests").of(package, 0);
        Some(finding.at(&doubled.place.0, doubled.place.1))
    };
    facts.described().filter_map(finding).collect()
}

fn type_markers(facts: &Facts) -> Vec<Finding> {
    let finding = |(package, metadata): (&Package, &Metadata)| {
        let marker = metadata.marker.as_ref()?;
        let finding = match &marker.evidence {
            Some(evidence) => Finding::warning(
                format!("a typed library without `py.typed`: {evidence}"),
                "add the empty file, so that type checkers use its annotations",
            )
            .fixed_by([new_file(&marker.path)]),
            None => Finding::warning(
                "a library without `py.typed`",
                "if its code is annotated, add the empty file, so that type checkers use its annotations",
            ),
        };
        Some(finding.of(package, 0).at(&marker.path, 0))
    };
    facts.described().filter_map(finding).collect()
}
