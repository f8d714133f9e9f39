//! One version type for all ecosystems, because a release decides one number and each registry spells it
//! in its own way: `1.2.0-rc.1` for cargo and npm, `1.2.0rc1` for PyPI, `1.2.0.rc1` for RubyGems.

use std::fmt;
use std::hash::{Hash, Hasher};

mod compare;
mod parse;
mod spell;
mod step;

/// A version: release numbers, an optional pre-release, and what only one registry can say.
///
/// ```
/// use castoff::version::Version;
/// let version: Version = "v0.2.0-rc.1".parse().unwrap();
/// assert_eq!(version.semver(), "0.2.0-rc.1");
/// assert_eq!(version.pep440(), "0.2.0rc1");
/// assert_eq!(version.gem(), "0.2.0.rc1");
/// ```
#[derive(Clone, Debug)]
pub struct Version {
    /// One to many numbers, as written: `0.1.8.0` has four.
    pub release: Vec<u64>,
    /// What makes it a pre-release.
    pub pre: Option<Pre>,
    /// Written behind all that: `.post1`, `.dev3`, `+build.7`.
    pub suffix: String,
    /// The pre-release as it was read, where that is not the usual `-rc.1`: `-rc1` and `-rc.1` are two versions to
    /// cargo and npm, so what stands in a manifest keeps its form. It has no part in comparisons.
    form: String,
}

/// The pre-release part of a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pre {
    /// Anything that has no common meaning, as SemVer allows it: `nightly.3`.
    Other(String),
    /// `1.0.0-alpha.1`, `1.0.0a1`.
    Alpha(u64),
    /// `1.0.0-beta.1`, `1.0.0b1`.
    Beta(u64),
    /// `1.0.0-rc.1`, `1.0.0rc1`.
    Rc(u64),
}

/// How large a step to the next version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

/// What a user may ask for instead of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A step of this size.
    Bump(Bump),
    /// The next pre-release.
    Pre,
    /// The final version that a pre-release stands before.
    Final,
}

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAVersion(pub String);

impl Version {
    /// A version of three numbers.
    pub fn new(major: u64, minor: u64, patch: u64) -> Version {
        Version::of(vec![major, minor, patch], None)
    }

    /// A version of these numbers.
    pub fn of(release: Vec<u64>, pre: Option<Pre>) -> Version {
        Version { release, pre, suffix: String::new(), form: String::new() }
    }

    /// Other numbers with the same pre-release.
    pub fn with_numbers(&self, release: Vec<u64>) -> Version {
        Version { release, suffix: String::new(), ..self.clone() }
    }

    /// Whether the first number is zero, so that a breaking change is a minor step.
    pub fn is_zero_major(&self) -> bool {
        self.part(0) == 0
    }

    /// Whether it says nothing yet: `0.0.0`, the placeholder of packages that were never released.
    pub fn is_placeholder(&self) -> bool {
        self.pre.is_none() && self.release.iter().all(|number| *number == 0)
    }

    /// Whether it stands before the final version of its numbers.
    pub fn is_pre(&self) -> bool {
        self.pre.is_some() || self.suffix.contains(".dev")
    }

    /// Whether it is one of a row of pre-releases: `-rc.1`, not `-dev` or `-beta`, which mark a version in development.
    pub fn is_counted(&self) -> bool {
        let number = match &self.pre {
            Some(Pre::Other(text)) => text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok(),
            pre => pre.as_ref().and_then(Pre::counted).map(|(_, number)| number),
        };
        number.is_some_and(|number: u64| number > 0) && self.suffix.is_empty()
    }

    /// One of its numbers; those that are not written are zero.
    pub fn part(&self, place: usize) -> u64 {
        self.release.get(place).copied().unwrap_or(0)
    }
}

impl Pre {
    /// Word and number; none where it is anything else.
    fn counted(&self) -> Option<(&'static str, u64)> {
        match self {
            Pre::Other(_) => None,
            Pre::Alpha(number) => Some(("alpha", *number)),
            Pre::Beta(number) => Some(("beta", *number)),
            Pre::Rc(number) => Some(("rc", *number)),
        }
    }
}

impl Level {
    /// The names of all levels, for people.
    pub const NAMES: &'static str = "`patch`, `minor`, `major`, `pre`, `final`";

    /// The level of a name.
    pub fn named(name: &str) -> Option<Level> {
        match name {
            "patch" => Some(Level::Bump(Bump::Patch)),
            "minor" => Some(Level::Bump(Bump::Minor)),
            "major" => Some(Level::Bump(Bump::Major)),
            "pre" => Some(Level::Pre),
            "final" => Some(Level::Final),
            _ => None,
        }
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.release == other.release && self.pre == other.pre && self.suffix == other.suffix
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.release, &self.pre, &self.suffix).hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.semver())
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Bump::Patch => "patch",
            Bump::Minor => "minor",
            Bump::Major => "major",
        })
    }
}

impl fmt::Display for NotAVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a version", self.0.escape_debug())?;
        match self.0.contains('!') {
            true => f.write_str(" that castoff can count with: an epoch (`1!`) is not supported"),
            false => Ok(()),
        }
    }
}

impl std::error::Error for NotAVersion {}

#[cfg(test)]
mod tests;
