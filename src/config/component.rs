//! `[component.NAME]`: what has one version and one tag, and what is special about it.

use super::extra::{self, ExtraFile};
use super::release::{BUMP, BumpMode, tag};
use super::section::Section;
use crate::fault::Faults;

/// How a requirement on a package of the repository is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Exactly the version of this release.
    Exact,
    /// This version or a compatible later one.
    Compatible,
    /// As written.
    Keep,
}

impl Pin {
    /// What it does to a requirement, in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Pin::Exact => {
                "what is published requires exactly the versions of own packages that it was built with"
            }
            Pin::Compatible => {
                "what is published requires a version of own packages that is compatible with the one it was built with"
            }
            Pin::Keep => "what is published requires of own packages what the manifest says",
        }
    }
}

/// `[component.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentRules {
    /// Name.
    pub name: String,
    /// Line in the file.
    pub line: usize,
    /// Globs of package ids or bare names.
    pub packages: Vec<String>,
    /// Names of path sets, or paths; empty for the directories of the packages.
    pub changed_by: Vec<String>,
    /// The file that is the source of its version.
    pub version_file: Option<String>,
    /// Instead of `release.bump`.
    pub bump: Option<BumpMode>,
    /// Instead of `release.tag`.
    pub tag: Option<String>,
    /// How its requirements on packages of the repository are published.
    pub pin: Option<Pin>,
    /// Other files that hold its version.
    pub extra_files: Vec<ExtraFile>,
}

const PIN: &[(&str, Pin)] = &[("exact", Pin::Exact), ("compatible", Pin::Compatible), ("keep", Pin::Keep)];

pub(super) fn read(name: &str, section: &mut Section, faults: &mut Faults) -> ComponentRules {
    ComponentRules {
        name: name.to_string(),
        line: section.line,
        packages: section.strings("packages", faults).unwrap_or_else(|| vec![name.to_string()]),
        changed_by: section.strings("changed-by", faults).unwrap_or_default(),
        version_file: section.string("version-file", faults),
        bump: section.choice("bump", BUMP, faults),
        tag: tag(section, faults),
        pin: section.choice("pin", PIN, faults),
        extra_files: extra::read(section, faults),
    }
}
