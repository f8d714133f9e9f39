//! Versions → texts, one spelling for each registry.

use super::{Pre, Version};

impl Version {
    /// As cargo and npm write it: three numbers, `-rc.1`; `-rc1` where it was read so.
    pub fn semver(&self) -> String {
        let mut numbers = self.release.clone();
        numbers.resize(numbers.len().max(3), 0);
        let pre = if is_semver_pre(&self.form) { self.form.clone() } else { self.dashed() };
        format!("{}{pre}{}", dotted(&numbers), self.suffix)
    }

    /// As PyPI writes it (PEP 440, normalised): `rc1`.
    pub fn pep440(&self) -> String {
        let pre = match &self.pre {
            None => String::new(),
            Some(Pre::Alpha(number)) => format!("a{number}"),
            Some(Pre::Beta(number)) => format!("b{number}"),
            Some(Pre::Rc(number)) => format!("rc{number}"),
            Some(Pre::Other(text)) => word_of_python(text).unwrap_or_else(|| format!("-{text}")),
        };
        format!("{}{pre}{}", dotted(&self.release), self.suffix)
    }

    /// As RubyGems writes it: `.rc1`; `.rc.1` where it was read so.
    pub fn gem(&self) -> String {
        let pre = match (&self.pre, self.form.starts_with('.')) {
            (None, _) => String::new(),
            (Some(_), true) => self.form.clone(),
            (Some(Pre::Other(text)), false) => format!(".{}", text.replace('-', ".")),
            (Some(pre), false) => {
                pre.counted().map(|(word, number)| format!(".{word}{number}")).unwrap_or_default()
            }
        };
        format!("{}{pre}{}", dotted(&self.release), self.suffix)
    }

    /// The pre-release in the usual form of SemVer.
    pub(super) fn dashed(&self) -> String {
        match &self.pre {
            None => String::new(),
            Some(Pre::Other(text)) => format!("-{text}"),
            Some(pre) => pre.counted().map(|(word, number)| format!("-{word}.{number}")).unwrap_or_default(),
        }
    }

    /// The same with another count, in the form in which it was read: `-rc1` becomes `-rc2`.
    pub(super) fn recounted(&self, pre: Pre) -> Version {
        let from = self.pre.as_ref().and_then(Pre::counted);
        let form = match (from, pre.counted(), self.form.as_str()) {
            (Some((word, _)), Some((to, _)), _) if word != to => String::new(),
            (_, _, "") => String::new(),
            (Some(_), Some((_, number)), form) if form.ends_with(|c: char| c.is_ascii_digit()) => {
                format!("{}{number}", form.trim_end_matches(|c: char| c.is_ascii_digit()))
            }
            _ => String::new(),
        };
        Version { pre: Some(pre), suffix: String::new(), form, release: self.release.clone() }
    }
}

pub(super) fn dotted(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// Whether a pre-release is written as SemVer allows it.
fn is_semver_pre(form: &str) -> bool {
    let is_identifier = |part: &str| {
        let zero_first = part.len() > 1 && part.starts_with('0') && part.chars().all(|c| c.is_ascii_digit());
        !part.is_empty() && !zero_first && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    form.strip_prefix('-').is_some_and(|text| text.split('.').all(is_identifier))
}

/// The words that PEP 440 reads as `rc`.
fn word_of_python(text: &str) -> Option<String> {
    let (word, number) = text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let number = number.trim_start_matches(['.', '-']);
    let is_number = number.chars().all(|c| c.is_ascii_digit());
    let number = if number.is_empty() { "0" } else { number };
    (["c", "pre", "preview"].contains(&word) && is_number).then(|| format!("rc{number}"))
}
