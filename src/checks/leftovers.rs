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
Directories for tests and `vendor` are left out: there such files are on purpose. So is what git ignores.

Example: `packages/core/dist/acme_core-0.1.0.tar.gz`, `src/lib.rs.orig`, `settings.py.bak`.

Mend it: `git rm -r --cached PATH`, and a line in .gitignore.",
    run: stale_artifacts,
};

/// Directories for tests, and copies of what others wrote: such files are there on purpose.
const ON_PURPOSE: [&str; 8] =
    ["test", "tests", "testdata", "fixtures", "snapshots", "__snapshots__", "vendor", "node_modules"];

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
    if path::parent(file).split('/').any(|name| ON_PURPOSE.contains(&name)) {
        return None;
    }
    let name = path::name(file);
    let by_tool = [".bak", ".orig", ".rej", ".swp", ".pyc", "~"].iter().any(|end| name.ends_with(end));
    if by_tool || name == ".DS_Store" {
        return Some(file.to_string());
    }
    // Most files are in no such directory, and looking for their package takes longer.
    let could_be = |names: &[&str]| path::parent(file).split('/').any(|part| is_one_of(names, part));
    if !ecosystem::all().any(|ecosystem| could_be(ecosystem.leftovers())) {
        return None;
    }
    let package = owner(facts, file)?;
    let names = ecosystem::of(package.id.kind).leftovers();
    [&package.dir, &package.workspace].into_iter().find_map(|dir| {
        let rest = file.strip_prefix(path::join(dir, "").as_str())?;
        let (first, _) = rest.split_once('/')?;
        is_one_of(names, first).then(|| path::join(dir, first) + "/")
    })
}

/// Names as an ecosystem writes them: `*` may begin one.
fn is_one_of(names: &[&str], part: &str) -> bool {
    names.iter().any(|name| name.strip_prefix('*').map_or(part == *name, |end| part.ends_with(end)))
}

/// The package that a path belongs to: the one with the longest directory.
fn owner<'a>(facts: &Facts<'a>, file: &str) -> Option<&'a Package> {
    let around = facts.workspace.packages.iter().filter(|package| path::is_within(file, &package.dir));
    around.max_by_key(|package| package.dir.len())
}
