//! `[release]`: what makes a release, and which tags it gets.

use super::component::{PIN, Pin};
use super::section::Section;
use crate::fault::Faults;
use crate::pattern::Pattern;

/// What makes a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The branch that releases are made from.
    pub branch: String,
    /// The tag of a whole release, with `{date}` and `{time}`.
    pub release_tag: String,
    /// How changes become versions.
    pub bump: BumpMode,
    /// Tag pattern for components that have none of their own.
    pub tag: Option<String>,
    /// Tags that are a base for components without a tag, first match wins.
    pub base_tags: Vec<Pattern>,
    /// Never discovered.
    pub exclude: Vec<Pattern>,
    /// Never a change.
    pub ignore: Vec<Pattern>,
    /// Whether a breaking change on 0.y.z gives 1.0.0.
    pub major_on_zero: bool,
    /// Whether a feature on 0.y.z gives 0.(y+1).0; cargo takes 0.y.(z+1) for compatible, and many do as it does.
    pub minor_on_zero: bool,
    /// Whether a release gives its dependents a patch.
    pub propagate: bool,
    /// How requirements on packages of the repository are published, for components that say nothing about it.
    pub pin: Option<Pin>,
    /// Where a bump writes what is new.
    pub changelog: Changelog,
}

/// Where a bump writes what is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changelog {
    /// Into each CHANGELOG.md that is there.
    WhereItIs,
    /// Into this file.
    At(String),
    /// Nowhere.
    None,
}

/// How changes become versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BumpMode {
    /// Commit messages decide.
    Conventional,
    /// Any change is a patch.
    Paths,
}

pub(super) fn read(section: &mut Section, faults: &mut Faults) -> Release {
    let changelog = section.bool("changelog", faults).unwrap_or(true);
    Release {
        branch: section.string("branch", faults).unwrap_or_else(|| "main".to_string()),
        release_tag: release_tag(section, faults).unwrap_or_else(|| "release-{date}-{time}".to_string()),
        changelog: if changelog { Changelog::WhereItIs } else { Changelog::None },
        bump: section.choice("bump", BUMP, faults).unwrap_or(BumpMode::Conventional),
        tag: tag(section, faults),
        base_tags: section.patterns("base-tags", &["release-*", "v*"], faults),
        exclude: section.patterns("exclude", &[], faults),
        ignore: section.patterns("ignore", &["**/CHANGELOG.md"], faults),
        major_on_zero: section.bool("major-on-zero", faults).unwrap_or(false),
        minor_on_zero: section.bool("minor-on-zero", faults).unwrap_or(true),
        propagate: section.choice("propagate", &[("patch", true), ("none", false)], faults).unwrap_or(true),
        pin: section.choice("pin", PIN, faults),
    }
}

pub(super) const BUMP: &[(&str, BumpMode)] =
    &[("conventional", BumpMode::Conventional), ("paths", BumpMode::Paths)];

pub(super) fn tag(section: &mut Section, faults: &mut Faults) -> Option<String> {
    let tag = section.string("tag", faults)?;
    if let Some(what) = not_a_tag(&tag) {
        faults.push(section.fault("tag", &what).help("write for example `tag = \"{component}-v{version}\"`"));
    }
    Some(tag)
}

fn release_tag(section: &mut Section, faults: &mut Faults) -> Option<String> {
    let tag = section.string("release-tag", faults)?;
    if let Some(what) = not_a_name(&tag, &["date", "time"]) {
        faults.push(section.fault("release-tag", &what).help("write for example `release-{date}-{time}`"));
    }
    Some(tag)
}

fn not_a_tag(tag: &str) -> Option<String> {
    if tag.matches("{version}").count() != 1 {
        return Some("has no `{version}`, or more than one".to_string());
    }
    not_a_name(tag, &["component", "version"])
}

/// What is wrong with a tag pattern, as far as git's rules for names of refs can be broken by what stands in it.
fn not_a_name(tag: &str, holes: &[&str]) -> Option<String> {
    let filled = |text: String, hole: &&str| text.replace(&format!("{{{hole}}}"), "1");
    let fixed = holes.iter().fold(tag.to_string(), filled);
    if let Some(hole) = fixed.find('{').and_then(|start| fixed[start..].split_inclusive('}').next()) {
        let holes: Vec<String> = holes.iter().map(|hole| format!("`{{{hole}}}`")).collect();
        return Some(format!("holds `{}`; it may hold {}", hole.escape_debug(), holes.join(" and ")));
    }
    let odd = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let parts_are_names =
        fixed.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    let is_name = parts_are_names
        && !fixed.contains(odd)
        && !fixed.contains("..")
        && !fixed.starts_with('-')
        && !fixed.ends_with('.');
    (!is_name).then(|| format!("is `{}`, which git does not take as the name of a tag", tag.escape_debug()))
}
