//! `[component.NAME]`: what has one version and one tag, and what is special about it.

use super::building::{self, Building};
use super::extra::{self, ExtraFile};
use super::release::{BUMP, BumpMode, Changelog, tag};
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
    /// The component that it is compatible with.
    pub follows: Option<String>,
    /// Names of path sets, or paths, whose change releases it together with that component; none: its packages'
    /// dependencies.
    pub follow_on: Option<Vec<String>>,
    /// How its version follows.
    pub scheme: Scheme,
    /// Instead of `release.changelog`.
    pub changelog: Option<Changelog>,
    /// How its packages are built.
    pub building: Building,
}

/// How the version of a component follows that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// 0.1.8.2: the other's 0.1.8, and a patch of its own.
    CorePatch,
    /// A version of its own that is never below the other's.
    AtLeast,
    /// The other's version.
    Same,
}

impl Scheme {
    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        SCHEME.iter().find(|(_, scheme)| *scheme == self).map_or("", |(name, _)| name)
    }
}

pub(super) const PIN: &[(&str, Pin)] =
    &[("exact", Pin::Exact), ("compatible", Pin::Compatible), ("keep", Pin::Keep)];

const SCHEME: &[(&str, Scheme)] =
    &[("core-patch", Scheme::CorePatch), ("at-least", Scheme::AtLeast), ("same", Scheme::Same)];

pub(super) fn read(name: &str, section: &mut Section, faults: &mut Faults) -> ComponentRules {
    let follows = section.string("follows", faults);
    let follow_on = section.strings("follow-on", faults);
    let scheme = section.choice("scheme", SCHEME, faults);
    if follows.is_none() {
        let lost = [("follow-on", follow_on.is_some()), ("scheme", scheme.is_some())];
        for (key, _) in lost.into_iter().filter(|(_, given)| *given) {
            let fault = section.fault(key, "says how to follow, and there is no `follows`");
            faults.push(fault.help("name the component that it follows, as `follows = \"NAME\"`"));
        }
    }
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
        follows,
        follow_on,
        // The mildest one: it is valid on every registry.
        scheme: scheme.unwrap_or(Scheme::AtLeast),
        changelog: section.bool_or_string("changelog", faults).map(|wanted| match wanted {
            Ok(true) => Changelog::WhereItIs,
            Ok(false) => Changelog::None,
            Err(path) => Changelog::At(path),
        }),
        building: building::read(section, faults),
    }
}
