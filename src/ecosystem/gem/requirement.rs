//! Requirements as RubyGems has them: clauses such as `~> 1.2`, all of which have to hold, and versions in any number
//! of parts, where letters make a pre-release.

use std::cmp::Ordering;

use crate::version::Version;

/// A part of a version; a word stands before every number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(String),
    Number(u64),
}

/// A version as RubyGems compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct GemVersion(Vec<Segment>);

impl GemVersion {
    /// `1.0.0-x` means `1.0.0.pre.x`.
    fn parse(text: &str) -> Option<GemVersion> {
        let text = text.trim().replace('-', ".pre.");
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
        if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(plain) {
            return None;
        }
        let mut found = Vec::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let is_digit = first.is_ascii_digit();
            let same = |c: char| c != '.' && c.is_ascii_digit() == is_digit;
            let (part, more) = rest.split_at(rest.find(|c| !same(c)).unwrap_or(rest.len()));
            match part {
                "" => rest = &rest[1..],
                _ if is_digit => found.push(Segment::Number(part.parse().ok()?)),
                _ => found.push(Segment::Word(part.to_string())),
            }
            rest = if part.is_empty() { rest } else { more };
        }
        Some(GemVersion(found))
    }

    fn is_pre(&self) -> bool {
        self.0.iter().any(|segment| matches!(segment, Segment::Word(_)))
    }

    /// Without what makes it a pre-release.
    fn release(&self) -> GemVersion {
        GemVersion(self.0.iter().take_while(|s| matches!(s, Segment::Number(_))).cloned().collect())
    }

    /// The version that `~>` stays below: the last number but one is counted up.
    fn bump(&self) -> GemVersion {
        let mut segments = self.release().0;
        if segments.len() > 1 {
            segments.pop();
        }
        if let Some(Segment::Number(last)) = segments.last_mut() {
            *last += 1;
        }
        GemVersion(segments)
    }
}

impl PartialOrd for GemVersion {
    fn partial_cmp(&self, other: &GemVersion) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for GemVersion {
    /// What one has more than the other counts as zeros; `1.0.a` is before `1.0`, for a word is before zero.
    fn cmp(&self, other: &GemVersion) -> Ordering {
        let zero = Segment::Number(0);
        let part = |version: &GemVersion, at: usize| version.0.get(at).unwrap_or(&zero).clone();
        let places = self.0.len().max(other.0.len());
        (0..places).map(|at| part(self, at).cmp(&part(other, at))).fold(Ordering::Equal, Ordering::then)
    }
}

/// Operator and version of a clause; `1.2` alone means `= 1.2`.
fn clause(text: &str) -> Option<(&str, GemVersion)> {
    let text = text.trim();
    let end = text.find(|c: char| !"<>=!~ ".contains(c)).unwrap_or(text.len());
    let (operator, version) = text.split_at(end);
    Some((if operator.trim().is_empty() { "=" } else { operator.trim() }, GemVersion::parse(version)?))
}

/// Whether every clause of a list, `>= 1.0, < 2`, allows a version. Like `gem install`, a list takes a pre-release
/// only where it names one.
pub(super) fn accepts(requirement: &str, version: &Version) -> bool {
    let Some(version) = GemVersion::parse(&version.gem()) else { return false };
    let clauses: Vec<&str> = requirement.split(',').filter(|clause| !clause.trim().is_empty()).collect();
    let Some(clauses) = clauses.into_iter().map(clause).collect::<Option<Vec<_>>>() else { return false };
    let names_one = clauses.iter().any(|(_, bound)| bound.is_pre());
    (!version.is_pre() || names_one || clauses.is_empty())
        && clauses.iter().all(|(operator, bound)| match *operator {
            "=" => version.cmp(bound).is_eq(),
            "!=" => !version.cmp(bound).is_eq(),
            ">" => version > *bound,
            "<" => version < *bound,
            ">=" => version >= *bound,
            "<=" => version <= *bound,
            "~>" => version >= *bound && version.release() < bound.bump(),
            _ => false,
        })
}

/// A clause of a list that asks for `version`, in the form of the one that is there. `fits` says that the list as a
/// whole allows the version already.
pub(super) fn raise(written: &str, version: &Version, fits: bool) -> String {
    let end = written.find(|c: char| !"<>=!~ ".contains(c)).unwrap_or(written.len());
    let (operator, bound) = written.split_at(end);
    let to = version.gem();
    match operator.trim() {
        "~>" if version.pre.is_none() && version.suffix.is_empty() => {
            // How many numbers `~>` is given says how far it reaches.
            let places = bound.trim().split('.').count();
            let numbers: Vec<String> = version.release.iter().take(places).map(u64::to_string).collect();
            format!("{operator}{}", numbers.join("."))
        }
        "" | "=" | "~>" => format!("{operator}{to}"),
        _ if fits || operator.trim() == "!=" => written.to_string(),
        ">" => format!("{}{to}", operator.replace('>', ">=")),
        "<" => format!("{operator}{}", version.next_bound(bound.trim())),
        _ => format!("{operator}{to}"),
    }
}

/// Clauses as a Gemfile.lock lists them: `= 1.2`, sorted backwards.
pub(super) fn locked(clauses: &[String]) -> String {
    let full = |clause: &String| {
        let clause = clause.trim();
        let end = clause.find(|c: char| !"<>=!~ ".contains(c)).unwrap_or(clause.len());
        let (operator, version) = clause.split_at(end);
        let operator = if operator.trim().is_empty() { "=" } else { operator.trim() };
        format!("{operator} {}", version.trim())
    };
    let mut all: Vec<String> = clauses.iter().map(full).collect();
    all.sort();
    all.dedup();
    all.reverse();
    if all == [">= 0"] { String::new() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::{accepts, locked, raise};

    #[test]
    fn requirements_allow_what_rubygems_allows() {
        for (requirement, version, expected) in [
            ("", "1.0.0", true),
            ("1.0", "1.0.0", true),
            ("= 0.1.8", "0.1.8.0", true),
            ("= 0.1.8", "0.1.8.1", false),
            ("!= 1.5", "1.5.0", false),
            ("~> 1.2", "1.9.9", true),
            ("~> 1.2", "2.0.0", false),
            ("~> 1.2.3", "1.3.0", false),
            ("~> 1.2.3", "1.2.10", true),
            ("~> 1", "1.9.0", true),
            ("~> 1", "2.0.0", false),
            (">= 1.0, < 2", "1.5.0", true),
            (">= 1.0, < 2", "2.0.0", false),
            (">= 1.0", "2.0.0-rc.1", false),
            ("~> 2.0.0.rc1", "2.0.0-rc.2", true),
            ("~> 2.0.0.rc1", "2.0.5", true),
            ("~> 2.0.0.rc1", "2.1.0", false),
            ("> 1.0", "1.0.0", false),
            ("<= 1.9", "1.10.0", false),
            ("~> x", "1.0.0", false),
        ] {
            assert_eq!(accepts(requirement, &version.parse().unwrap()), expected, "{requirement} {version}");
        }
    }

    #[test]
    fn clauses_are_raised_in_their_own_form() {
        for (clause, version, fits, expected) in [
            ("~> 1.2", "1.3.0", true, "~> 1.3"),
            ("~> 1.2.3", "2.0.0", false, "~> 2.0.0"),
            ("~>1.2", "2.0.0-rc.1", false, "~>2.0.0.rc1"),
            ("= 1.2.3", "1.2.4", false, "= 1.2.4"),
            ("1.2.3", "1.2.4", false, "1.2.4"),
            (">= 1.0", "2.0.0", true, ">= 1.0"),
            (">= 1.0", "2.0.0", false, ">= 2.0.0"),
            ("< 2", "2.1.0", false, "< 3"),
            ("< 0.3.0", "0.3.0", false, "< 0.4.0"),
            ("!= 1.5", "2.0.0", false, "!= 1.5"),
        ] {
            assert_eq!(raise(clause, &version.parse().unwrap(), fits), expected, "{clause} {version}");
        }
    }

    #[test]
    fn locks_list_clauses_backwards() {
        let lock = |clauses: &[&str]| locked(&clauses.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(lock(&["< 2", ">=1.6"]), ">= 1.6, < 2");
        assert_eq!(lock(&["~> 2.4", ">= 2.4.0"]), "~> 2.4, >= 2.4.0");
        assert_eq!(lock(&["1.0"]), "= 1.0");
        assert_eq!(lock(&[]), "");
    }
}
