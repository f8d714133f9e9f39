//! Texts → versions: SemVer, PEP 440, RubyGems, and what tags hold (`v1.2.0-rc1`).

use std::str::FromStr;

use super::{NotAVersion, Pre, Version};

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Version, NotAVersion> {
        let refuse = || NotAVersion(text.to_string());
        let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let numbers_end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let numbers = bare[..numbers_end].trim_end_matches('.');
        let release = numbers
            .split('.')
            .map(|number| number.parse::<u64>().map_err(|_| refuse()))
            .collect::<Result<Vec<_>, _>>()?;
        let rest = &bare[numbers.len()..];
        let (pre, behind) = split_pre(rest).ok_or_else(refuse)?;
        let suffix = suffix(behind).ok_or_else(refuse)?;
        let mut version = Version { release, pre, suffix, form: String::new() };
        let written = &rest[..rest.len() - behind.len()];
        if written != version.dashed() {
            version.form = written.to_string();
        }
        Ok(version)
    }
}

/// What follows the numbers, as pre-release and the rest; none where it is no pre-release and no suffix.
fn split_pre(rest: &str) -> Option<(Option<Pre>, &str)> {
    if suffix(rest).is_some() {
        return Some((None, rest));
    }
    if let Some((pre, behind)) = known_pre(rest) {
        return Some((Some(pre), behind));
    }
    let other =
        rest.strip_prefix('-').or_else(|| rest.strip_prefix('.').filter(|text| is_word_of_gems(text)))?;
    let (text, build) = other.split_at(other.find('+').unwrap_or(other.len()));
    let is_identifier =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    text.split('.').all(is_identifier).then(|| (Some(Pre::Other(text.to_string())), build))
}

/// Any letter makes a pre-release of a gem; these are in use. `1.2.x` and `1.2.zip` are no versions.
fn is_word_of_gems(text: &str) -> bool {
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("").to_ascii_lowercase();
    ["pre", "preview", "nightly", "snapshot", "canary", "edge"].contains(&word.as_str())
}

/// `-rc.1`, `-rc1`, `rc1`, `.rc1`, `a1`, `-beta`. The other words of PEP 440 mean the same only there: `-pre.1` and
/// `-rc.1` are two versions to cargo, npm and gem.
fn known_pre(rest: &str) -> Option<(Pre, &str)> {
    let text = rest.trim_start_matches(['-', '.', '_']);
    let letters_end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (letters, tail) = text.split_at(letters_end);
    let of_python = text.len() == rest.len();
    let make: fn(u64) -> Pre = match letters.to_ascii_lowercase().as_str() {
        "alpha" => Pre::Alpha,
        "beta" => Pre::Beta,
        "rc" => Pre::Rc,
        "a" if tail.starts_with(|c: char| c.is_ascii_digit()) => Pre::Alpha,
        "b" if tail.starts_with(|c: char| c.is_ascii_digit()) => Pre::Beta,
        "c" | "pre" | "preview" if of_python => Pre::Rc,
        _ => return None,
    };
    let digits = tail.strip_prefix(['.', '-', '_']).unwrap_or(tail);
    let digits_end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number = match &digits[..digits_end] {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let behind = if digits_end == 0 { tail } else { &digits[digits_end..] };
    suffix(behind).map(|_| (make(number), behind))
}

/// `.post1`, `.dev3` and `+build.7`, in this order, as far as they are there.
fn suffix(text: &str) -> Option<String> {
    let (words, build) = text.split_at(text.find('+').unwrap_or(text.len()));
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if let Some(build) = build.strip_prefix('+')
        && !build.split('.').all(plain)
    {
        return None;
    }
    let mut left = words;
    let mut found = String::new();
    for word in ["post", "dev"] {
        let Some(rest) = left.strip_prefix('.').unwrap_or(left).strip_prefix(word) else { continue };
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        found += &format!(".{word}{}", &rest[..digits]);
        left = &rest[digits..];
    }
    left.is_empty().then(|| found + build)
}
