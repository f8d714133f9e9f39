//! `[[section]]`: what the types of commits are called in a changelog, which of them are left out, and which make a
//! release. As with release-please's `changelog-sections`, what is written is the whole list.

use super::section::Section;
use crate::fault::Faults;
use crate::version::Bump;

/// What becomes of commits of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitSection {
    /// Type of the commits, in any case.
    pub kind: String,
    /// Only those with this scope.
    pub scope: Option<String>,
    /// Heading; several types may have the same one. Lines under an empty one stand without heading.
    pub title: String,
    /// Left out, except for what is breaking or asks for a version; and no reason for a release.
    pub hidden: bool,
    /// What such a commit makes of the version, instead of what is usual; none inside is no release.
    pub bump: Option<Option<Bump>>,
}

impl CommitSection {
    /// Whether it speaks of commits of this type (in lower case) and scope.
    pub fn fits(&self, kind: &str, scope: Option<&str>) -> bool {
        self.kind.to_lowercase() == kind && self.scope.as_deref().is_none_or(|own| Some(own) == scope)
    }
}

const SHOWN: &[(&str, &str)] = &[
    ("feat", "Features"),
    ("feature", "Features"),
    ("fix", "Bug Fixes"),
    ("perf", "Performance Improvements"),
    ("revert", "Reverts"),
];

const HIDDEN: &[(&str, &str)] = &[
    ("docs", "Documentation"),
    ("style", "Styles"),
    ("chore", "Miscellaneous Chores"),
    ("refactor", "Code Refactoring"),
    ("test", "Tests"),
    ("build", "Build System"),
    ("ci", "Continuous Integration"),
];

const BUMP: &[(&str, Option<Bump>)] = &[
    ("none", None),
    ("patch", Some(Bump::Patch)),
    ("minor", Some(Bump::Minor)),
    ("major", Some(Bump::Major)),
];

/// The sections of a repository that asks for no others, in their order.
pub fn usual() -> Vec<CommitSection> {
    let section = |(kind, title): &(&str, &str), hidden| CommitSection {
        kind: kind.to_string(),
        scope: None,
        title: title.to_string(),
        hidden,
        bump: None,
    };
    let shown = SHOWN.iter().map(|pair| section(pair, false));
    shown.chain(HIDDEN.iter().map(|pair| section(pair, true))).collect()
}

pub(super) fn read(section: &mut Section, faults: &mut Faults) -> CommitSection {
    let kind = section.string("type", faults);
    if kind.as_ref().is_none_or(|kind| kind.trim().is_empty()) {
        let fault = super::fault(section.line, "a `[[section]]` has no `type`");
        faults.push(fault.help("write for example `type = \"docs\"`"));
    }
    let kind = kind.unwrap_or_default();
    let known = SHOWN.iter().chain(HIDDEN).find(|(name, _)| *name == kind.to_lowercase());
    let title = section.string("title", faults);
    CommitSection {
        scope: section.string("scope", faults),
        title: title.unwrap_or_else(|| known.map_or(kind.clone(), |(_, title)| title.to_string())),
        hidden: section.bool("hidden", faults).unwrap_or(false),
        bump: section.choice("bump", BUMP, faults),
        kind,
    }
}
