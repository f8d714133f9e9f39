//! What other tools' set-ups mean in castoff's words.

use std::collections::BTreeSet;

use super::render::quoted;
use super::{Wanted, extra};
use crate::import::Left;
use crate::import::cargo_release::{CargoRelease, Rules};
use crate::import::changesets::Changesets;
use crate::import::release_please::{Package, ReleasePlease};
use crate::model::{PackageId, Tree, without_scope};
use crate::path;
use crate::workspace::Workspace;

/// The ecosystem of a release type, and whether its packages have a component without being told.
fn ecosystem_of(release_type: &str) -> (Option<&'static str>, bool) {
    match release_type {
        kind if kind.starts_with("node") || kind == "expo" => (Some("npm"), true),
        "rust" => (Some("cargo"), true),
        kind if kind.starts_with("python") => (Some("uv"), false),
        kind if kind.starts_with("ruby") => (Some("gem"), false),
        _ => (None, false),
    }
}

/// Components, tags, extra files and what is left out of changes.
pub(super) fn release_please(wanted: &mut Wanted, setup: &ReleasePlease, tree: &Tree, workspace: &Workspace) {
    wanted.left.extend(setup.left.iter().cloned());
    wanted.pin_compatible = setup.releases_dependents;
    let (mut on_zero, mut patch_on_zero) = (BTreeSet::new(), BTreeSet::new());
    for package in &setup.packages {
        let place = if package.dir.is_empty() { "." } else { &package.dir };
        let (kind, named) = ecosystem_of(&package.kind);
        let (mut left, mut found) = (Vec::new(), Vec::new());
        for entry in &package.extra_files {
            match extra::entry(&package.dir, entry, tree, workspace) {
                Ok(entry) => found.extend(entry),
                Err(why) => left.push(why),
            }
        }
        let Some(component) = wanted.in_dir(&package.dir, kind, workspace) else {
            let why = format!(
                "castoff finds no package there to publish (release-type `{}`)",
                package.kind.escape_debug()
            );
            wanted.leave(format!("package `{}`", place.escape_debug()), why);
            continue;
        };
        component.extra_files.extend(found);
        if let Some(name) = package.component.as_ref().filter(|name| **name != component.name) {
            (component.name, component.usual) = (name.clone(), false);
        }
        let by_name = package.component_in_tag && (named || package.component.is_some());
        let v = if package.v_in_tag { "v" } else { "" };
        // release-please names a node package in tags without its scope.
        let bare = without_scope(&component.name).filter(|_| package.component.is_none());
        let tagged = bare.unwrap_or("{component}");
        let before = if by_name { format!("{tagged}{}", package.separator) } else { String::new() };
        component.tag = Some(format!("{before}{v}{{version}}"));
        component.version_file = package
            .version_file
            .as_ref()
            .filter(|_| package.kind == "simple")
            .and_then(|file| path::resolve(&package.dir, file))
            .filter(|file| tree.files.contains(file));
        let name = component.name.clone();
        let written =
            component.packages.iter().filter_map(|id| workspace.package(id)).map(|it| &it.version).max();
        if written.is_some_and(|version| version.is_zero_major()) {
            on_zero.insert(!package.minor_before_major);
            patch_on_zero.insert(package.patch_before_major);
        }
        if let (Some(theirs), Some(ours)) =
            (&package.version, written.filter(|ours| Some(*ours) != package.version.as_ref()))
        {
            left.push(Left::new(
                format!("version {theirs} of `{place}`"),
                format!("the manifest of `{name}` says {ours}, and castoff goes by that and by tags"),
            ));
        }
        left.extend(package.release_as.as_ref().map(|version| {
            Left::new(
                format!("`release-as` of `{place}`"),
                format!("ask for it once: `castoff bump {name}={version}`"),
            )
        }));
        wanted.left.extend(left);
    }
    unknown(wanted, setup, workspace);
    distinct_tags(wanted);
    wanted.major_on_zero = on_zero == BTreeSet::from([true]);
    if on_zero.len() == 2 {
        wanted.leave(
            "`bump-minor-pre-major` of some packages",
            "`major-on-zero` is for all; a breaking change on 0.y.z is a minor step",
        );
    }
    wanted.patch_on_zero = patch_on_zero == BTreeSet::from([true]);
    if patch_on_zero.len() == 2 {
        wanted.leave(
            "`bump-patch-for-minor-pre-major` of some packages",
            "`minor-on-zero` is for all; a feature on 0.y.z is a minor step",
        );
    }
    excluded(wanted, setup, tree, workspace);
}

/// Packages that release-please never released would be released for the first time.
fn unknown(wanted: &mut Wanted, setup: &ReleasePlease, workspace: &Workspace) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for package in &setup.packages {
        let kind = ecosystem_of(&package.kind).0;
        known.extend(wanted.in_dir(&package.dir, kind, workspace).map(|component| component.name.clone()));
    }
    let names: Vec<String> = wanted.components.iter().map(|component| component.name.clone()).collect();
    for name in names.into_iter().filter(|name| !known.contains(name)) {
        wanted.leave(
            format!("`{}`", name.escape_debug()),
            "release-please does not release it and castoff would; make it private, or name it in `exclude`",
        );
    }
}

/// Two components cannot have one tag.
fn distinct_tags(wanted: &mut Wanted) {
    let unnamed: Vec<usize> = (0..wanted.components.len())
        .filter(|place| {
            wanted.components[*place].tag.as_ref().is_some_and(|tag| !tag.contains("{component}"))
        })
        .collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for place in unnamed {
        let component = &mut wanted.components[place];
        if let Some(tag) = component.tag.clone().filter(|tag| !seen.insert(tag.clone())) {
            component.tag = None;
            let name = component.name.clone();
            wanted.leave(
                format!("tag `{tag}` of `{name}`"),
                "another component has the same, so nobody could tell them apart",
            );
        }
    }
}

/// Paths that are no change of the package around them; and the package at the root, which every commit is one of.
fn excluded(wanted: &mut Wanted, setup: &ReleasePlease, tree: &Tree, workspace: &Workspace) {
    let owned = |dir: &str| {
        let others = workspace.packages.iter().filter(|package| package.publishable());
        others
            .filter(|package| !package.dir.is_empty())
            .any(|package| path::is_within(&package.dir, dir) || path::is_within(dir, &package.dir))
    };
    let is_other =
        |package: &Package, dir: &str| !package.dir.is_empty() && path::is_within(dir, &package.dir);
    let is_there = |dir: &&String| tree.files.iter().any(|file| path::is_within(file, dir));
    for package in &setup.packages {
        for dir in package.exclude.iter().filter(is_there) {
            // What belongs to another package is no change of this one anyway.
            if is_other(package, dir) || !owned(dir) {
                wanted.ignore.push(format!("{dir}/**"));
            }
        }
    }
    wanted.ignore.sort();
    wanted.ignore.dedup();
    let root = setup.packages.iter().find(|package| package.dir.is_empty());
    let Some(root) = root.filter(|_| setup.packages.len() > 1) else { return };
    let mut others = setup.packages.iter().filter(|package| !package.dir.is_empty());
    let takes_all = others.any(|other| !root.exclude.iter().any(|dir| path::is_within(&other.dir, dir)));
    let kind = ecosystem_of(&root.kind).0;
    if let Some(component) = wanted.in_dir("", kind, workspace).filter(|_| takes_all) {
        component.changed_by = vec!["./".to_string()];
    }
}

/// Groups with one version, and the form of tags.
pub(super) fn changesets(wanted: &mut Wanted, setup: &Changesets, workspace: &Workspace) {
    wanted.left.extend(setup.left.iter().cloned());
    for (file, steps) in &setup.pending {
        let names: Vec<String> = steps.iter().map(|(name, bump)| format!("{name} {bump}")).collect();
        wanted.leave(
            format!("`{}`", file.escape_debug()),
            format!("a change that waits: {}", names.join(", ")),
        );
    }
    for group in &setup.fixed {
        let fits = |id: &PackageId| {
            group.iter().any(|name| crate::pattern::Pattern::new(name).is_ok_and(|it| it.matches(&id.name)))
        };
        let all = wanted.components.iter().flat_map(|component| component.packages.clone());
        let members: Vec<PackageId> = all.filter(fits).collect();
        let Some(first) = members.first().filter(|_| members.len() > 1) else { continue };
        // The shortest name is the one that the others are built on.
        let name =
            members.iter().map(|id| &id.name).min_by_key(|name| name.len()).unwrap_or(&first.name).clone();
        wanted.merge(&name, &members);
        wanted.leave(
            format!("tags of the group of `{name}`"),
            "castoff gives a component one tag; changesets gives each package its own",
        );
    }
    let form = if wanted.components.len() == 1 && workspace.packages.len() == 1 {
        "v{version}"
    } else {
        "{component}@{version}"
    };
    wanted.components.iter_mut().filter(|it| it.tag.is_none()).for_each(|it| it.tag = Some(form.to_string()));
}

/// Tags, shared versions and replacements.
pub(super) fn cargo_release(wanted: &mut Wanted, setup: &CargoRelease, tree: &Tree, workspace: &Workspace) {
    wanted.left.extend(setup.left.iter().cloned());
    if let Some(shared) = setup.rules.iter().find(|rules| rules.workspace && rules.shared) {
        let is_crate = |id: &PackageId| {
            id.kind.name() == "cargo"
                && workspace.package(id).is_some_and(|it| path::is_within(&it.dir, &shared.dir))
        };
        let all = wanted.components.iter().flat_map(|component| component.packages.clone());
        let members: Vec<PackageId> = all.filter(is_crate).collect();
        let root = members.iter().find(|id| workspace.package(id).is_some_and(|it| it.dir == shared.dir));
        let name = root.or(members.first()).map_or_else(String::new, |id| id.name.clone());
        if members.len() > 1 && !wanted.components.iter().any(|it| it.packages == members) {
            wanted.merge(&name, &members);
        }
    }
    for place in 0..wanted.components.len() {
        let component = &wanted.components[place];
        let crates: Vec<&crate::model::Package> = component
            .packages
            .iter()
            .filter(|id| id.kind.name() == "cargo")
            .filter_map(|id| workspace.package(id))
            .collect();
        let Some(first) = crates.first() else { continue };
        // The rules beside the crate win over those of its workspace.
        let mine = |rules: &&Rules| {
            rules.dir == first.dir || (rules.workspace && path::is_within(&first.dir, &rules.dir))
        };
        let rules: Vec<&Rules> = setup.rules.iter().filter(mine).collect();
        let last =
            |of: fn(&Rules) -> Option<&String>| rules.iter().rev().find_map(|rules| of(rules)).cloned();
        let is_root = first.dir.is_empty() || workspace.packages.len() == 1;
        let prefix = last(|rules| rules.tag_prefix.as_ref());
        let prefix =
            prefix.unwrap_or_else(|| if is_root { String::new() } else { "{{crate_name}}-".to_string() });
        let tag =
            last(|rules| rules.tag_name.as_ref()).unwrap_or_else(|| "{{prefix}}v{{version}}".to_string());
        let tag = tag.replace("{{prefix}}", &prefix);
        let (mut left, mut found) = (Vec::new(), Vec::new());
        for rules in rules.iter().filter(|rules| rules.dir == first.dir || component.packages.len() > 1) {
            for (file, search, replace) in &rules.replacements {
                match replacement(&path::join(&rules.dir, file), search, replace, tree) {
                    Some(entry) => found.push(entry),
                    None => left.push(Left::new(
                        format!("replacement in `{}`", file.escape_debug()),
                        "what it replaces is not just the version; mark the line with `x-castoff-version`",
                    )),
                }
            }
        }
        let tag = tag.replace("{{crate_name}}", "{component}").replace("{{version}}", "{version}");
        let component = &mut wanted.components[place];
        component.extra_files.extend(found);
        match tag.contains("{{") {
            false => component.tag = Some(tag),
            true => left.push(Left::new(
                format!("tag `{tag}`"),
                "castoff fills in `{component}` and `{version}` alone",
            )),
        }
        wanted.left.extend(left);
    }
    distinct_tags(wanted);
}

/// `search` and `replace` that differ in the version alone, as a pattern with a group around it.
fn replacement(path: &str, search: &str, replace: &str, tree: &Tree) -> Option<String> {
    let (before, after) = replace.split_once("{{version}}")?;
    if [before, after].iter().any(|part| part.contains("{{") || part.contains('$')) {
        return None;
    }
    let pattern = format!("{}([0-9][0-9A-Za-z.+-]*){}", escaped(before), escaped(after));
    let fits = regex_lite::Regex::new(&pattern).ok()?;
    let theirs = regex_lite::Regex::new(search).ok()?;
    let text = tree.text(path)?;
    let lines = text.lines().filter(|line| theirs.is_match(line));
    // The pattern has to find what theirs finds, and nothing else.
    let same = lines.clone().count() == 1 && lines.clone().all(|line| fits.is_match(line));
    let only = text.lines().filter(|line| fits.is_match(line)).count() == 1;
    (same && only).then(|| format!("{{ path = {}, regex = {} }}", quoted(path), quoted(&pattern)))
}

fn escaped(text: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$#&-~".contains(c);
    text.chars().map(|c| if special(c) { format!("\\{c}") } else { c.to_string() }).collect()
}
