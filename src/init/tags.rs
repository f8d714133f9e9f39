//! The tag scheme that a repository has: the form whose greatest version is the greatest, for each component, because a
//! repository that changed its form has the newer releases in the newer one.

use super::Wanted;
use crate::model::{PackageId, Tag};
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

/// Gives each component the form of its tags, where it has none yet.
pub(super) fn learn(wanted: &mut Wanted, tags: &[Tag], workspace: &Workspace, repository: &str) {
    let single = wanted.components.len() == 1;
    for component in &mut wanted.components {
        let forms: Vec<&str> = if single { [NAMED, ALONE].concat() } else { NAMED.to_vec() };
        let mut seen: Vec<(Version, usize, &str)> = Vec::new();
        for form in forms {
            let versions = versions(tags, &form.replace("{component}", &component.name));
            let count = versions.len();
            seen.extend(versions.into_iter().max().map(|version| (version, count, form)));
        }
        if let Some(asked) = component.tag.clone() {
            component.seen = seen.iter().find(|(.., form)| *form == asked).map_or(0, |(_, count, _)| *count);
            continue;
        }
        // The first of equals: `max_by` gives the last.
        let best = seen.iter().rev().max_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        if let Some((_, count, form)) = best {
            (component.tag, component.seen) = (Some(form.to_string()), *count);
        }
    }
    together(wanted, tags, workspace, repository);
}

/// Tags without a name, in a repository of several packages that all have the version of the last one: all are released
/// together.
fn together(wanted: &mut Wanted, tags: &[Tag], workspace: &Workspace, repository: &str) {
    let has_own = wanted.components.iter().any(|component| component.tag.is_some());
    let all: Vec<PackageId> = wanted.components.iter().flat_map(|it| it.packages.clone()).collect();
    let mut written = all.iter().filter_map(|id| Some(&workspace.package(id)?.version));
    let first = written.next();
    let is_one_version = written.all(|version| Some(version) == first);
    if has_own || wanted.components.len() < 2 {
        return;
    }
    let seen = ALONE.iter().map(|form| (versions(tags, form), *form));
    let best = seen.filter_map(|(found, form)| Some((found.iter().max()?.clone(), found.len(), form)));
    let Some((version, count, form)) = best.max_by(|one, other| one.0.cmp(&other.0)) else { return };
    if is_one_version && first.is_some_and(|first| *first >= version) {
        wanted.merge(repository, &all);
        for component in &mut wanted.components {
            (component.tag, component.seen) = (Some(form.to_string()), count);
        }
    } else {
        let why = "the packages have versions of their own; until a package has a tag of its own, its changes count from the last of these";
        let known = form.starts_with('v') || form.starts_with("release-");
        wanted.base_tag = (!known).then(|| form.replace("{version}", "[0-9]*"));
        wanted.leave(format!("tags such as `{}`", form.replace("{version}", &version.semver())), why);
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
