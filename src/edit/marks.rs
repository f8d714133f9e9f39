//! Lines that say of themselves that they hold a version: `x-castoff-version` in a comment on the line, or
//! `x-castoff-start-version` and `x-castoff-end` around several. The marks of release-please mean the same, so that its
//! users need not touch their files.

use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{Spot, line_of, replace_plain};
use crate::version::Version;

/// `x-castoff-start-version`: what is done (`start-`, `end`, or nothing for the line alone), and the part of the version.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"x-(?:castoff|release-please)-(?:(start-)?(version-date|version|major|minor|patch|date)|(end))\b")
});

/// What looks like a version, as SemVer or PEP 440 spell it.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[0-9]+\.[0-9]+\.[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+\b|[-+][0-9A-Za-z]+(?:[.+-][0-9A-Za-z]+)*)?(?:\.(?:post|dev)[0-9]+)?",
    )
});

static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[0-9]+\b"));

#[expect(clippy::expect_used, reason = "these patterns are constants, and tests use them all")]
fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// What is written on marked lines.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The version.
    pub version: &'a Version,
    /// As it is spelled.
    pub spelled: &'a str,
    /// The version that it replaces, as that is spelled.
    pub old: &'a str,
}

/// The places of the marked lines of a text, with what is written there.
///
/// # Errors
/// Why the text is not as its marks say, with the line.
pub fn spots(path: &str, text: &str, wanted: Wanted) -> Result<Vec<Spot>, (usize, String)> {
    let mut spots = Vec::new();
    let mut marks = 0;
    // The mark that began a block, and its line.
    let mut block: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let number = line_of(text, at);
        let mark = MARK.captures(line);
        let part = |place| mark.as_ref().and_then(|mark| mark.get(place)).map(|part| part.as_str());
        marks += usize::from(mark.is_some());
        let kind = match (part(1), part(2), part(3)) {
            (Some(_), Some(kind), _) => {
                block = Some((kind, number));
                None
            }
            (None, Some(kind), _) => Some((kind, true)),
            (_, _, Some(_)) => {
                block = None;
                None
            }
            _ => block.map(|(kind, _)| (kind, false)),
        };
        if let Some((kind, alone)) = kind {
            let places = places(line, kind, wanted)
                .ok_or((number, format!("it marks a {kind}, and castoff writes none")))?;
            if places.is_empty() && alone {
                return Err((number, format!("the line is marked and holds no {kind}")));
            }
            let to = written(kind, wanted);
            spots.extend(places.iter().map(|place| {
                let range = at + place.start..at + place.end;
                Spot { edit: replace_plain(path, text, kind, range.clone(), &to), range }
            }));
        }
        at += line.len();
    }
    match block {
        Some((_, line)) => Err((line, "nothing ends the block".to_string())),
        None if marks == 0 => Err((0, "no line of it is marked with `x-castoff-version`".to_string())),
        None => Ok(spots),
    }
}

/// Where the old version stands on a line, else the first thing that looks like one; none for what is not written.
fn places(line: &str, kind: &str, wanted: Wanted) -> Option<Vec<Range<usize>>> {
    let first = |regex: &Regex| regex.find(line).map(|found| found.range()).into_iter().collect();
    match kind {
        "version" => {
            let old: Vec<Range<usize>> = occurrences(line, wanted.old).collect();
            Some(if old.is_empty() { first(&VERSION) } else { old })
        }
        "major" | "minor" | "patch" => Some(first(&NUMBER)),
        _ => None,
    }
}

fn written(kind: &str, wanted: Wanted) -> String {
    let part = |place: usize| wanted.version.release.get(place).copied().unwrap_or(0).to_string();
    match kind {
        "major" => part(0),
        "minor" => part(1),
        "patch" => part(2),
        _ => wanted.spelled.to_string(),
    }
}

/// Where a version stands in a text as a word of its own: `1.2.3` neither in `11.2.3` nor in `1.2.3.4` or `1.2.3rc1`.
pub fn occurrences<'a>(text: &'a str, version: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let is_word = |c: char| c.is_alphanumeric();
    let begins = move |at: usize| {
        let mut before = text[..at].chars().rev();
        match before.next() {
            Some('.') => !before.next().is_some_and(|c| c.is_ascii_digit()),
            Some('v' | 'V') => !before.next().is_some_and(is_word),
            other => !other.is_some_and(is_word),
        }
    };
    let ends = move |at: usize| {
        let mut after = text[at..].chars();
        match after.next() {
            Some('.' | '-' | '+') => !after.next().is_some_and(is_word),
            other => !other.is_some_and(is_word),
        }
    };
    let found = text.match_indices(if version.is_empty() { "\0" } else { version });
    found.map(|(at, word)| at..at + word.len()).filter(move |range| begins(range.start) && ends(range.end))
}

#[cfg(test)]
mod tests {
    use super::{Wanted, occurrences, spots};
    use crate::edit::apply;

    fn check(text: &str, spelled: &str, expected: &str) {
        let version = spelled.parse().unwrap();
        let spots = spots("a", text, Wanted { version: &version, spelled, old: "1.2.3" });
        let seen = match spots {
            Ok(spots) => {
                let edits: Vec<_> = spots.iter().filter_map(|spot| spot.edit.as_ref()).collect();
                apply(text, &edits).unwrap()
            }
            Err((line, why)) => format!("{line}: {why}"),
        };
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn marked_lines_get_the_version_and_others_do_not() {
        check(
            "a 1.2.3\nb = '1.2.3' # x-castoff-version\r\nc",
            "1.3.0",
            "a 1.2.3\nb = '1.3.0' # x-castoff-version\r\nc",
        );
        check("v0.1.0-rc.1 x-release-please-version", "1.3.0rc1", "v1.3.0rc1 x-release-please-version");
        // The old version is looked for first, wherever and however often it stands.
        check(
            "needs 9.9.9: 1.2.3 v1.2.3 x-castoff-version",
            "1.3.0",
            "needs 9.9.9: 1.3.0 v1.3.0 x-castoff-version",
        );
        check(
            "M 1 // x-castoff-major\nm 2 // x-castoff-minor",
            "3.4.5",
            "M 3 // x-castoff-major\nm 4 // x-castoff-minor",
        );
    }

    #[test]
    fn blocks_reach_to_their_end() {
        let block = |version: &str| {
            format!(
                "1.2.3\n<!-- x-release-please-start-version -->\nuse {version}\nnothing\nor {version}\n<!-- x-release-please-end -->\n1.2.3\n"
            )
        };
        check(&block("1.2.3"), "1.3.0", &block("1.3.0"));
        check("x-castoff-start-version\n1.2.3\n", "1.3.0", "1: nothing ends the block");
    }

    #[test]
    fn marks_that_mean_nothing_are_told() {
        check("1.2.3\n", "1.3.0", "0: no line of it is marked with `x-castoff-version`");
        check("\nx-castoff-version", "1.3.0", "2: the line is marked and holds no version");
        check("2026 x-release-please-date", "1.3.0", "1: it marks a date, and castoff writes none");
    }

    #[test]
    fn a_version_is_a_word_of_its_own() {
        let text = "1.2.3, v1.2.3. 11.2.3 1.2.3.4 1.2.3rc1 1.2.3-rc 0.1.2.3 (1.2.3) a1.2.3 rev1.2.3 ==1.2.3";
        let found: Vec<usize> = occurrences(text, "1.2.3").map(|range| range.start).collect();
        let last = [text.find("(1").unwrap() + 1, text.rfind("1.2.3").unwrap()];
        assert_eq!(found, [&[0, 8][..], &last].concat());
    }
}
