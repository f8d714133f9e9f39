//! Files that nobody should track: what builds and tools leave behind.

use std::collections::BTreeSet;

use super::{Category, Check, Facts, Finding, Severity};
use crate::ecosystem;
use crate::model::Package;
use crate::path;

pub(super) const STALE_ARTIFACTS: Check = Check {
    id: "stale_artifacts",
    category: Category::Universal,
    severity: Severity::Warning,
    explanation: "\
What a build or an editor left behind goes into archives, and into uploads that take all that lies in a directory.
Directories for tests are left out: there such files are often on purpose. So is what git ignores.

Example: `packages/core/dist/acme_core-0.1.0.tar.gz`, `src/lib.rs.orig`, `settings.py.bak`.

Mend it: `git rm -r --cached PATH`, and a line in .gitignore.",
    run: stale_artifacts,
};

fn stale_artifacts(facts: &Facts) -> Vec<Finding> {
    let help = "`git rm -r --cached` what is tracked, and name it in .gitignore";
    // One finding for a directory, however much lies in it.
    let found: BTreeSet<String> = facts.tree.files.iter().filter_map(|file| leftover(facts, file)).collect();
    let finding = |place: &String| {
        let what = if place.ends_with('/') { "left by a build" } else { "left by a tool" };
        let package = owner(facts, place).map(|package| package.id.clone());
        Finding { package, ..Finding::warning(what, help).at(place, 0) }
    };
    found.iter().map(finding).collect()
}

/// The directory or file that should not be there.
fn leftover(facts: &Facts, file: &str) -> Option<String> {
    let for_tests =
        |name: &str| ["test", "tests", "testdata", "fixtures", "snapshots", "__snapshots__"].contains(&name);
    if path::parent(file).split('/').any(for_tests) {
        return None;
    }
    let name = path::name(file);
    let by_tool = [".bak", ".orig", ".rej", ".swp", ".pyc", "~"].iter().any(|end| name.ends_with(end));
    if by_tool || name == ".DS_Store" {
        return Some(file.to_string());
    }
    let package = owner(facts, file)?;
    let names = ecosystem::of(package.id.kind).leftovers();
    [&package.dir, &package.workspace].into_iter().find_map(|dir| {
        let rest = file.strip_prefix(path::join(dir, "").as_str())?;
        let (first, _) = rest.split_once('/')?;
        let left = |name: &&str| name.strip_prefix('*').map_or(first == *name, |end| first.ends_with(end));
        names.iter().copied().any(|name| left(&name)).then(|| path::join(dir, first) + "/")
    })
}

/// The package that a path belongs to: the one with the longest directory.
fn owner<'a>(facts: &Facts<'a>, file: &str) -> Option<&'a Package> {
    let around = facts.workspace.packages.iter().filter(|package| path::is_within(file, &package.dir));
    around.max_by_key(|package| package.dir.len())
}
