//! What a version must not be: tagged already, less than what is out in its line, or one that a registry refuses.

use std::cmp::Ordering;

use super::Next;
use super::own::Deciding;
use crate::config::{self, Config, Scheme};
use crate::detect::history::History;
use crate::ecosystem;
use crate::fault::Fault;
use crate::model::{Component, Package, Snapshot, Tag};
use crate::version::Version;
use crate::workspace::Workspace;

/// Why a component cannot get a version that a user names.
pub fn refusal(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    component: &Component,
    version: &Version,
) -> Vec<Fault> {
    let packages = component.packages.iter().filter_map(|id| workspace.package(id));
    let history = History::new(snapshot);
    let tagged = tagged_already(snapshot, &history, component, version);
    tagged.into_iter().chain(not_taken(packages, config, component, version)).collect()
}

/// Why the next version that was decided cannot be.
pub(super) fn refused(deciding: &Deciding, version: &Version) -> Vec<Fault> {
    let Deciding { snapshot, config, history, component, packages, .. } = deciding;
    let tagged = tagged_already(snapshot, history, component, version);
    let packages = packages.iter().copied();
    tagged.into_iter().chain(not_taken(packages, config, component, version)).collect()
}

/// A version that follows another may fall behind the component's own.
pub(super) fn backwards(deciding: &Deciding, next: &Next, version: &Version) -> Option<Fault> {
    // What was never released may begin with a candidate of what its manifest holds.
    let is_greater = match deciding.change.base.first {
        true => next.current.is_placeholder() || version.finalised() >= next.current,
        false => version.by_value(&next.current) == Ordering::Greater,
    };
    let rules = deciding.config.component(&deciding.component.name)?;
    let followed = rules.follows.as_deref().filter(|_| !is_greater)?;
    let name = &rules.name;
    let message =
        format!("the next version of `{name}` would be {version}, and it is at {} already", next.current);
    let fault = config::fault(rules.line, message).because(format!("it follows `{followed}`"));
    Some(fault.help(format!(
        "release a greater version of `{followed}`, or use `scheme = \"at-least\"` in `[component.{name}]`"
    )))
}

/// A follower's version says which version of the other one it works with, so it must not say another one.
pub fn unfit(config: &Config, name: &str, version: &Version, followed: &Version) -> Option<Fault> {
    let rules = config.component(name)?;
    let other = rules.follows.as_deref()?;
    let same = |places: usize| (0..places).all(|place| version.part(place) == followed.part(place));
    let (fits, needed) = match rules.scheme {
        Scheme::CorePatch => (same(3), format!("{}.N", followed.with_numbers(numbers(followed)).finalised())),
        Scheme::Same => (version.same_value(followed), followed.to_string()),
        Scheme::AtLeast => (version.by_value(followed) != Ordering::Less, format!("at least {followed}")),
    };
    if fits {
        return None;
    }
    let fault = config::fault(rules.line, format!("`{name}` cannot be released as {version}"));
    let fault =
        fault.because(format!("it follows `{other}`, which is at {followed}, so it has to be {needed}"));
    Some(fault.help(format!("release `{other}` too, or give `{name}` a version that fits")))
}

fn numbers(version: &Version) -> Vec<u64> {
    (0..3).map(|place| version.part(place)).collect()
}

fn not_taken<'a>(
    packages: impl Iterator<Item = &'a Package>,
    config: &Config,
    component: &Component,
    version: &Version,
) -> Option<Fault> {
    let publishable = packages.filter(|package| package.publishable());
    let why =
        |package: &Package| Some((package.id.clone(), ecosystem::of(package.id.kind).takes(version).err()?));
    let (id, why) = publishable.filter_map(why).next()?;
    let name = &component.name;
    let fault = Fault::usage(format!("`{id}` cannot be released as {version}")).because(why);
    let rules = config.component(name).filter(|rules| rules.follows.is_some());
    Some(match rules {
        Some(rules) if rules.scheme == Scheme::CorePatch => {
            let help = format!("use `scheme = \"at-least\"` in `[component.{name}]`");
            fault.at(config::FILE, rules.line).help(help)
        }
        _ => fault.help("name a version that its registry takes, for example 1.2.3"),
    })
}

/// A version is released once, and in its line it is the greatest: a tag on commits that HEAD does not hold may be
/// greater only where this is a maintenance release of an older line (1.4.1 after 2.0.0).
fn tagged_already(
    snapshot: &Snapshot,
    history: &History,
    component: &Component,
    version: &Version,
) -> Option<Fault> {
    let tags = history.own_tags(&component.tag);
    let in_the_way = |(tagged, tag): &&(Version, &Tag)| {
        tag.commit != snapshot.head
            && (tagged.by_value(version) == Ordering::Equal || is_past(tagged, version))
    };
    let (tagged, tag) = tags.iter().filter(in_the_way).max()?;
    let how = match tagged.by_value(version) {
        Ordering::Equal => "is tagged already".to_string(),
        _ => format!("is less than {tagged}"),
    };
    let message = format!("the next version of `{}`, {version}, {how}: `{}`", component.name, tag.name);
    let short = tag.commit.get(..7).unwrap_or_default();
    let why = match history.reaches(&tag.commit) {
        true => format!("the tag is on {short}"),
        false => format!("the tag is on {short}, which HEAD does not hold"),
    };
    Some(Fault::usage(message).because(why).help(format!(
        "release from the branch of that tag, or merge it first; or name a version that is free: `castoff bump {}=VERSION`",
        component.name
    )))
}

/// Whether a version that is out has gone past another, in the line of both: after 1.5.0 nobody takes 1.4.1 for newer,
/// nor 0.3.1 after 0.3.2. A pre-release of later numbers is no release yet. With four numbers the first three are the
/// line: 0.1.8.3 works with another core than 0.1.9.0.
pub fn is_past(out: &Version, version: &Version) -> bool {
    let places = match (version.release.len(), version.is_zero_major()) {
        (4.., _) => 3,
        (_, true) => 2,
        (_, false) => 1,
    };
    let same_line = (0..places).all(|place| out.part(place) == version.part(place));
    let ahead = out.is_pre() && out.finalised() > version.finalised();
    same_line && !ahead && out.by_value(version) == Ordering::Greater
}

#[cfg(test)]
mod tests {
    use super::is_past;

    #[test]
    fn a_greater_version_is_in_the_way_in_its_own_line_alone() {
        for (out, version, expected) in [
            ("1.5.0", "1.4.1", true),
            ("2.0.0", "1.4.1", false),
            ("0.3.2", "0.3.1", true),
            ("0.4.0", "0.3.1", false),
            ("0.3.1", "0.3.1", false),
            ("0.4.0-rc.1", "0.3.1", false),
            ("0.3.2-rc.1", "0.3.1", false),
            ("0.1.8.4", "0.1.8.3", true),
            ("0.1.9.0", "0.1.8.3", false),
        ] {
            assert_eq!(
                is_past(&out.parse().unwrap(), &version.parse().unwrap()),
                expected,
                "{out} {version}"
            );
        }
    }
}
