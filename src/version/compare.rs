//! Which version is greater. Numbers are compared as numbers everywhere, 0.1.10 comes after 0.1.9.

use std::cmp::Ordering;

use super::{Pre, Version};

impl Version {
    /// Whether they are one version to registries that count missing numbers as zero (PyPI, RubyGems): 0.1.8 and
    /// 0.1.8.0.
    pub fn same_value(&self, other: &Version) -> bool {
        self.by_value(other) == Ordering::Equal && self.suffix == other.suffix
    }

    /// Whether they are one version and were written alike: 0.2.0rc1 and 0.2.0-rc.1 are not.
    pub fn same_text(&self, other: &Version) -> bool {
        self == other && self.form == other.form
    }

    /// By what it means, whatever number of zeros is written behind it.
    pub fn by_value(&self, other: &Version) -> Ordering {
        let places = self.release.len().max(other.release.len());
        let numbers = (0..places).map(|place| self.part(place).cmp(&other.part(place)));
        numbers.fold(Ordering::Equal, Ordering::then).then_with(|| self.stage().cmp(&other.stage()))
    }

    /// Where it stands among the versions of its numbers: development, pre-releases, the final one, what came after
    /// (PEP 440; SemVer knows the two in the middle and has the same order).
    fn stage(&self) -> (Before, Option<u64>, After) {
        let post = number(&self.suffix, ".post");
        let dev = number(&self.suffix, ".dev");
        let before = match &self.pre {
            Some(pre) => Before::Pre(identifiers(pre)),
            None if post.is_none() && dev.is_some() => Before::Development,
            None => Before::Final,
        };
        (before, post, dev.map_or(After::Done, After::Development))
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Before {
    Development,
    Pre(Vec<Identifier>),
    Final,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum After {
    Development(u64),
    Done,
}

/// A part of a pre-release between two dots; numbers stand before words (SemVer 2.0, 11).
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

fn identifiers(pre: &Pre) -> Vec<Identifier> {
    let text = match pre {
        Pre::Other(text) => text.clone(),
        counted => counted.counted().map(|(word, number)| format!("{word}.{number}")).unwrap_or_default(),
    };
    let part =
        |part: &str| part.parse().map_or_else(|_| Identifier::Word(part.to_string()), Identifier::Number);
    text.split('.').map(part).collect()
}

/// The number behind a word of a suffix; zero where none is written.
fn number(suffix: &str, word: &str) -> Option<u64> {
    let rest = suffix.split('+').next()?.split_once(word)?.1;
    let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
    Some(digits.parse().unwrap_or(0))
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    /// By value first (`0.1.8` and `0.1.8.0` are neighbours), by what is written last, so that only equal versions
    /// compare as equal.
    fn cmp(&self, other: &Version) -> Ordering {
        self.by_value(other)
            .then_with(|| self.release.len().cmp(&other.release.len()))
            .then_with(|| self.suffix.cmp(&other.suffix))
    }
}
