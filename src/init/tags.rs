//! The tag scheme that a repository has: the form whose greatest version is the greatest, for each component, because a
//! repository that changed its form has the newer releases in the newer one.

use super::Wanted;
use crate::model::{PackageId, Tag, without_scope};
use crate::version::Version;
use crate::workspace::Workspace;

/// Forms with a component's name, then those without, the more usual ones first.
const NAMED: &[&str] = &[
    "{component}-v{version}",
    "{component}@{version}",
    "{component}/v{version}",
    "{component}@v{version}",
    "{component}-{version}",
    "{component}/{version}",
    "{component}_v{version}",
    "{component}_{version}",
    "{component}.v{version}",
];
const ALONE: &[&str] =
    &["v{version}", "{version}", "release-{version}", "release/{version}", "release/v{version}"];

/// The greatest version among tags of one form, how many there are, and the form.
type Seen = (Version, usize, &'static str);

/// Gives each component the form of its tags, where it has none yet.
pub(super) fn learn(wanted: &mut Wanted, tags: &[Tag], workspace: &Workspace, repository: &str) {
    let single = wanted.components.len() == 1;
    let names: Vec<String> = wanted.components.iter().map(|component| component.name.clone()).collect();
    // How far the tags of each component go.
    let mut reached: Vec<Option<Version>> = Vec::new();
    for component in &mut wanted.components {
        let mut seen = forms(tags, &component.name, single);
        if let Some(asked) = &component.tag {
            component.seen = seen.iter().find(|(.., form)| form == asked).map_or(0, |(_, count, _)| *count);
            reached.push(None);
            continue;
        }
        if seen.is_empty() && component.usual && component.packages.len() > 1 {
            // Packages with one version are often tagged with the name of the one that matters.
            let named = component.packages.iter().map(|id| (id.name.clone(), forms(tags, &id.name, false)));
            // Of equals the shortest: `acme` and not `acme-macros`.
            let rank =
                |(name, seen): &(String, Vec<Seen>)| (newest(seen).cloned(), std::cmp::Reverse(name.len()));
            let best =
                named.filter(|(_, seen)| !seen.is_empty()).max_by(|one, other| rank(one).cmp(&rank(other)));
            if let Some((name, found)) = best {
                (component.name, component.usual, seen) = (name, false, found);
            }
        }
        if let Some(bare) = unscoped(&component.name, &names).filter(|_| seen.is_empty()) {
            // Tags leave the scope out, and a pattern has no hole for that.
            if let Some((version, count, form)) = newest(&forms(tags, bare, false)) {
                (component.tag, component.seen) = (Some(form.replace("{component}", bare)), *count);
                reached.push(Some(version.clone()));
                continue;
            }
        }
        let best = newest(&seen).cloned();
        if let Some((_, count, form)) = &best {
            (component.tag, component.seen) = (Some((*form).to_string()), *count);
        }
        reached.push(best.map(|(version, ..)| version));
    }
    if wanted.components.len() > 1 {
        together(wanted, &reached, tags, workspace, repository);
    }
}

/// A scoped name without its scope, where that means nobody else.
fn unscoped<'n>(name: &'n str, names: &[String]) -> Option<&'n str> {
    let bare = without_scope(name)?;
    let others = names.iter().filter(|other| *other != name);
    let same = |other: &String| other == bare || without_scope(other) == Some(bare);
    (!others.into_iter().any(same)).then_some(bare)
}

/// The forms that tags with this name have.
fn forms(tags: &[Tag], name: &str, single: bool) -> Vec<Seen> {
    let known = NAMED.iter().chain(ALONE.iter().filter(|_| single));
    let seen = |form: &&'static str| {
        let versions = versions(tags, &form.replace("{component}", name));
        let count = versions.len();
        Some((versions.into_iter().max()?, count, *form))
    };
    known.filter_map(seen).collect()
}

/// The one that goes furthest; the more usual one of equals.
fn newest(seen: &[Seen]) -> Option<&Seen> {
    // `max_by` gives the last of equals.
    seen.iter().rev().max_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)))
}

/// Tags without a name in a repository of several packages are those of the packages that have the version of the
/// last one: they are released together.
fn together(
    wanted: &mut Wanted,
    reached: &[Option<Version>],
    tags: &[Tag],
    workspace: &Workspace,
    repository: &str,
) {
    let seen: Vec<Seen> = ALONE
        .iter()
        .filter_map(|form| {
            let versions = versions(tags, form);
            let count = versions.len();
            Some((versions.into_iter().max()?, count, *form))
        })
        .collect();
    // Another set-up said how each is tagged.
    let asked = wanted.components.iter().zip(reached).any(|(it, own)| it.tag.is_some() && own.is_none());
    let Some((version, count, form)) = newest(&seen).filter(|_| !asked) else { return };
    let written = |component: &super::Component| {
        component
            .packages
            .iter()
            .filter_map(|id| workspace.package(id))
            .map(|package| package.version.clone())
            .max()
    };
    // What is written may be one release ahead of the tags, but then for all of them.
    let (ahead, level): (Vec<_>, Vec<_>) = wanted
        .components
        .iter()
        .zip(reached)
        .filter(|(_, own)| own.as_ref().is_none_or(|own| own < version))
        .filter_map(|(component, _)| Some((written(component)?, component)))
        .filter(|(written, _)| written >= version)
        .partition(|(written, _)| written > version);
    let is_one =
        ahead.len() == wanted.components.len() && ahead.windows(2).all(|pair| pair[0].0 == pair[1].0);
    let group: Vec<PackageId> = if is_one { ahead } else { level }
        .into_iter()
        .flat_map(|(_, component)| component.packages.clone())
        .collect();
    let Some(first) = group.first().cloned() else {
        if reached.iter().all(Option::is_some) {
            return;
        }
        let known = form.starts_with('v') || form.starts_with("release-");
        wanted.base_tag = (!known).then(|| form.replace("{version}", "[0-9]*"));
        let why = "no package has that version; until a package has a tag of its own, its changes count from the last of these";
        wanted.leave(format!("tags such as `{}`", form.replace("{version}", &version.semver())), why);
        return;
    };
    let is_group = |component: &super::Component| component.packages.iter().any(|id| group.contains(id));
    if wanted.components.iter().filter(|component| is_group(component)).count() > 1 {
        wanted.merge(repository, &group);
    }
    for component in wanted.components.iter_mut().filter(|component| component.packages.contains(&first)) {
        (component.tag, component.seen) = (Some((*form).to_string()), *count);
    }
}

/// The versions of the tags of a form.
fn versions(tags: &[Tag], form: &str) -> Vec<Version> {
    let Some((before, after)) = form.split_once("{version}") else { return Vec::new() };
    let version = |tag: &Tag| {
        let text = tag.name.strip_prefix(before)?.strip_suffix(after)?;
        let is_version = text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.');
        is_version.then(|| text.parse().ok())?
    };
    tags.iter().filter_map(version).collect()
}
