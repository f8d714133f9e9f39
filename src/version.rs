//! One version type for all ecosystems, because a release decides one number and each registry spells it
//! in its own way: `1.2.0-rc.1` for cargo and npm, `1.2.0rc1` for PyPI.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A version: release numbers, an optional pre-release, and what only one registry can say.
///
/// ```
/// use castoff::version::Version;
/// let version: Version = "v0.2.0-rc.1".parse().unwrap();
/// assert_eq!(version.semver(), "0.2.0-rc.1");
/// assert_eq!(version.pep440(), "0.2.0rc1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// One to many numbers, as written: `0.1.8.0` has four.
    pub release: Vec<u64>,
    /// What makes it a pre-release.
    pub pre: Option<Pre>,
    /// Written behind all that: `.post1`, `.dev3`, `+build.7`.
    pub suffix: String,
}

/// The pre-release part of a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAVersion(pub String);

impl Version {
    /// A version of three numbers.
    pub fn new(major: u64, minor: u64, patch: u64) -> Version {
        Version { release: vec![major, minor, patch], pre: None, suffix: String::new() }
    }

    /// Whether the first number is zero, so that a breaking change is a minor step.
    pub fn is_zero_major(&self) -> bool {
        self.release.first() == Some(&0)
    }

    /// Whether it says nothing yet: `0.0.0`, the placeholder of packages that were never released.
    pub fn is_placeholder(&self) -> bool {
        self.pre.is_none() && self.release.iter().all(|number| *number == 0)
    }

    /// The next version by `bump`. A pre-release becomes the final version that it stands before, where the
    /// step is no larger than the one it already took (as npm does it).
    pub fn bumped(&self, bump: Bump) -> Version {
        let [major, minor, patch] = [0, 1, 2].map(|place| self.part(place));
        let before_final = self.pre.is_some();
        match bump {
            Bump::Patch if before_final => Version::new(major, minor, patch),
            Bump::Minor if before_final && patch == 0 => Version::new(major, minor, 0),
            Bump::Major if before_final && minor == 0 && patch == 0 => Version::new(major, 0, 0),
            Bump::Patch => Version::new(major, minor, patch + 1),
            Bump::Minor => Version::new(major, minor + 1, 0),
            Bump::Major => Version::new(major + 1, 0, 0),
        }
    }

    /// As cargo and npm write it: three numbers, `-rc.1`.
    pub fn semver(&self) -> String {
        let pre = match &self.pre {
            None => String::new(),
            Some(Pre::Other(text)) => format!("-{text}"),
            Some(Pre::Alpha(number)) => format!("-alpha.{number}"),
            Some(Pre::Beta(number)) => format!("-beta.{number}"),
            Some(Pre::Rc(number)) => format!("-rc.{number}"),
        };
        let mut numbers = self.release.clone();
        numbers.resize(numbers.len().max(3), 0);
        format!("{}{pre}{}", dotted(&numbers), self.suffix)
    }

    /// As PyPI writes it (PEP 440, normalised): `rc1`.
    pub fn pep440(&self) -> String {
        let pre = match &self.pre {
            None => String::new(),
            Some(Pre::Other(text)) => format!("-{text}"),
            Some(Pre::Alpha(number)) => format!("a{number}"),
            Some(Pre::Beta(number)) => format!("b{number}"),
            Some(Pre::Rc(number)) => format!("rc{number}"),
        };
        format!("{}{pre}{}", dotted(&self.release), self.suffix)
    }

    fn part(&self, place: usize) -> u64 {
        self.release.get(place).copied().unwrap_or(0)
    }

    /// `.dev` stands before the version it belongs to, `.post` behind it.
    fn suffix_rank(&self) -> (i8, u64) {
        let number = |text: &str| text.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        match self.suffix.as_str() {
            text if text.starts_with(".dev") => (-1, number(text)),
            text if text.starts_with(".post") => (1, number(text)),
            _ => (0, 0),
        }
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
        write!(f, "`{}` is not a version", self.0.escape_debug())
    }
}

impl std::error::Error for NotAVersion {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    /// By value first (`0.1.8` and `0.1.8.0` are neighbours), by spelling last, so that only equal versions
    /// compare as equal.
    fn cmp(&self, other: &Version) -> Ordering {
        let places = self.release.len().max(other.release.len());
        let numbers = (0..places).map(|place| self.part(place).cmp(&other.part(place)));
        // No pre-release is greater than any.
        let pre = |version: &Version| (version.pre.is_none(), version.pre.clone());
        numbers
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| self.suffix_rank().0.min(0).cmp(&other.suffix_rank().0.min(0)))
            .then_with(|| pre(self).cmp(&pre(other)))
            .then_with(|| self.suffix_rank().cmp(&other.suffix_rank()))
            .then_with(|| self.release.len().cmp(&other.release.len()))
            .then_with(|| self.suffix.cmp(&other.suffix))
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads SemVer, PEP 440 and what tags hold (`v1.2.0-rc1`).
    fn from_str(text: &str) -> Result<Version, NotAVersion> {
        let refuse = || NotAVersion(text.to_string());
        let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let numbers_end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let numbers = bare[..numbers_end].trim_end_matches('.');
        let release = numbers
            .split('.')
            .map(|number| number.parse::<u64>().map_err(|_| refuse()))
            .collect::<Result<Vec<_>, _>>()?;
        let (pre, suffix) = split_pre(&bare[numbers.len()..]).ok_or_else(refuse)?;
        Ok(Version { release, pre, suffix })
    }
}

fn dotted(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// What follows the numbers, as pre-release and suffix; none where it is neither.
fn split_pre(rest: &str) -> Option<(Option<Pre>, String)> {
    if rest.is_empty() || is_suffix(rest) {
        return Some((None, rest.to_string()));
    }
    if let Some((pre, suffix)) = known_pre(rest) {
        return Some((Some(pre), suffix));
    }
    let other = rest.strip_prefix('-')?;
    let (text, build) = other.split_at(other.find('+').unwrap_or(other.len()));
    let is_identifier =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    text.split('.').all(is_identifier).then(|| (Some(Pre::Other(text.to_string())), build.to_string()))
}

/// `-rc.1`, `-rc1`, `rc1`, `.rc1`, `a1`, `-beta`.
fn known_pre(rest: &str) -> Option<(Pre, String)> {
    let text = rest.trim_start_matches(['-', '.', '_']);
    let letters_end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (letters, tail) = text.split_at(letters_end);
    let make: fn(u64) -> Pre = match letters.to_ascii_lowercase().as_str() {
        "a" | "alpha" => Pre::Alpha,
        "b" | "beta" => Pre::Beta,
        "rc" | "c" | "pre" | "preview" => Pre::Rc,
        _ => return None,
    };
    let digits = tail.strip_prefix(['.', '-', '_']).unwrap_or(tail);
    let digits_end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let suffix = if digits_end == 0 { tail } else { &digits[digits_end..] };
    let number = digits[..digits_end].parse().unwrap_or(0);
    (suffix.is_empty() || is_suffix(suffix)).then(|| (make(number), suffix.to_string()))
}

fn is_suffix(text: &str) -> bool {
    let numbered =
        |prefix: &str| text.strip_prefix(prefix).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    numbered(".post") || numbered(".dev") || text.strip_prefix('+').is_some_and(|b| b.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::{Bump, Version};

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_go_both_ways() {
        for (text, semver, pep440) in [
            ("1.2.3", "1.2.3", "1.2.3"),
            ("v0.2.0-rc.1", "0.2.0-rc.1", "0.2.0rc1"),
            ("v0.2.0-rc1", "0.2.0-rc.1", "0.2.0rc1"),
            ("0.2.0rc1", "0.2.0-rc.1", "0.2.0rc1"),
            ("1.0a2", "1.0.0-alpha.2", "1.0a2"),
            ("1.0.0-beta", "1.0.0-beta.0", "1.0.0b0"),
            ("1.0.0.post1", "1.0.0.post1", "1.0.0.post1"),
            ("1.0.0+build.7", "1.0.0+build.7", "1.0.0+build.7"),
            ("1.0.0-nightly.3", "1.0.0-nightly.3", "1.0.0-nightly.3"),
            ("0.1.8.2", "0.1.8.2", "0.1.8.2"),
        ] {
            assert_eq!((version(text).semver().as_str(), version(text).pep440().as_str()), (semver, pep440));
            assert_eq!(version(&version(text).semver()).semver(), semver, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "v", "one", "1..2", "1.2.x", "1.2.3 ", "1.2.3-", "1.2.3-a b", "core-v1.2.3", "1!2.0"]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_is_by_number() {
        let sorted = [
            "0.1.8",
            "0.1.8.0",
            "0.1.9",
            "0.1.10",
            "1.0.0.dev3",
            "1.0.0-nightly",
            "1.0.0a1",
            "1.0.0b1",
            "1.0.0rc2",
            "1.0.0-rc.10",
            "1.0.0",
            "1.0.0.post1",
            "1.0.1",
        ];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn bumps() {
        for (from, bump, to) in [
            ("1.2.3", Bump::Patch, "1.2.4"),
            ("1.2.3", Bump::Minor, "1.3.0"),
            ("1.2.3", Bump::Major, "2.0.0"),
            ("0.1.9", Bump::Patch, "0.1.10"),
            ("0.3.1", Bump::Minor, "0.4.0"),
            ("1.2", Bump::Patch, "1.2.1"),
            ("2.0.0-rc.1", Bump::Patch, "2.0.0"),
            ("2.0.0-rc.1", Bump::Major, "2.0.0"),
            ("2.1.0-rc.1", Bump::Minor, "2.1.0"),
            ("2.1.1-rc.1", Bump::Minor, "2.2.0"),
            ("0.1.8.2", Bump::Patch, "0.1.9"),
        ] {
            assert_eq!(version(from).bumped(bump).semver(), to, "{from} {bump}");
        }
    }
}
