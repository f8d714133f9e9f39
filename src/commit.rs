//! A commit message → what it says about the release. The grammar is that of Conventional Commits 1.0 with the
//! readings that the users of other tools rely on: types in any case, `BREAKING CHANGE` footers at the start of a
//! line, `Release-As`, and git's own text of a revert.

use crate::version::Version;

/// What one commit message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// `feat`, `fix`, …, in lower case.
    pub kind: String,
    /// In the parentheses behind the type.
    pub scope: Option<String>,
    /// Text behind the colon.
    pub subject: String,
    /// Why it is breaking: the footer's text, else the subject.
    pub breaking: Option<String>,
    /// A version that a footer asks for.
    pub release_as: Option<Version>,
}

/// Reads a commit message; none when its first line is not of the form `type(scope)!: subject`.
pub fn parse(message: &str) -> Option<Change> {
    let message = message.trim();
    let (header, body) = message.split_once('\n').unwrap_or((message, ""));
    let (head, subject) = header.trim_end().split_once(':')?;
    let (head, marked) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    let (kind, scope) = match head.split_once('(') {
        Some((kind, rest)) => (kind, Some(rest.strip_suffix(')').filter(|scope| is_scope(scope))?)),
        None => (head, None),
    };
    let is_type = !kind.is_empty() && !kind.contains(|c: char| c.is_whitespace() || "()!:".contains(c));
    let subject = subject.trim().to_string();
    let breaking = breaking_footer(body).or_else(|| marked.then(|| subject.clone()));
    is_type.then(|| Change {
        kind: kind.to_lowercase(),
        scope: scope.map(str::to_string),
        breaking,
        release_as: footer(body, "release-as").and_then(|text| text.parse().ok()),
        subject,
    })
}

/// The commit that this one takes back, as `git revert` writes it.
pub fn reverts(message: &str) -> Option<&str> {
    let rest = message.split("This reverts commit ").nth(1)?;
    let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
    (end >= 7).then_some(&rest[..end])
}

fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && !scope.contains(['(', ')'])
}

/// The text behind `BREAKING CHANGE:` at the start of a line, to the end of its paragraph.
fn breaking_footer(body: &str) -> Option<String> {
    let mut lines = body.lines();
    let first = lines.by_ref().find_map(|line| {
        ["BREAKING CHANGE:", "BREAKING-CHANGE:"].iter().find_map(|token| line.strip_prefix(token))
    })?;
    let more = lines.take_while(|line| !line.trim().is_empty() && !is_footer(line)).map(str::trim);
    let text = std::iter::once(first.trim())
        .chain(more)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    (!text.is_empty()).then_some(text)
}

/// The value of a footer of the last paragraph; the token is compared in lower case.
fn footer<'a>(body: &'a str, token: &str) -> Option<&'a str> {
    let last = body.trim_end().rsplit("\n\n").next()?;
    last.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| (name.trim().eq_ignore_ascii_case(token)).then(|| value.trim()))
}

fn is_footer(line: &str) -> bool {
    let token = line.split_once(": ").or_else(|| line.split_once(" #")).map(|(token, _)| token);
    token.is_some_and(|token| {
        !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::{parse, reverts};

    #[test]
    fn headers() {
        for (message, expected) in [
            ("feat: a", Some(("feat", None, "a", false))),
            ("Fix(core): b", Some(("fix", Some("core"), "b", false))),
            ("feat(api)!: c", Some(("feat", Some("api"), "c", true))),
            ("feat!: d", Some(("feat", None, "d", true))),
            ("fix(a b, c): e", Some(("fix", Some("a b, c"), "e", false))),
            ("feat:no space", Some(("feat", None, "no space", false))),
            ("fix: x\n\nBREAKING CHANGE: y", Some(("fix", None, "x", true))),
            ("fix: x\n\n- BREAKING CHANGE: y", Some(("fix", None, "x", false))),
            ("fix: x\n\nwe had no BREAKING CHANGE: y", Some(("fix", None, "x", false))),
            ("Merge branch 'a'", None),
            ("feat : x", None),
            ("feat(): x", None),
            ("feat(a)(b): x", None),
            ("Revert \"feat: x\"", None),
            ("", None),
        ] {
            let change = parse(message);
            let seen = change.as_ref().map(|change| {
                (
                    change.kind.as_str(),
                    change.scope.as_deref(),
                    change.subject.as_str(),
                    change.breaking.is_some(),
                )
            });
            assert_eq!(seen, expected, "{message:?}");
        }
    }

    #[test]
    fn footers() {
        let change =
            parse("fix: x\n\nbody\n\nBREAKING CHANGE: first\n line\nRefs: #1\nRelease-As: 2.0.0").unwrap();
        assert_eq!(change.breaking.as_deref(), Some("first line"));
        assert_eq!(change.release_as, "2.0.0".parse().ok());
        assert_eq!(parse("fix: x\n\nRelease-As: 2.0.0\n\nmore").unwrap().release_as, None);
    }

    #[test]
    fn reverts_name_their_commit() {
        assert_eq!(
            reverts("Revert \"feat: x\"\n\nThis reverts commit 0123456789ab.\n"),
            Some("0123456789ab")
        );
        assert_eq!(reverts("This reverts commit abc"), None);
    }
}
