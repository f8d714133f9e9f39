//! One line of a message → Markdown that shows what was meant: `<T>` is no tag of HTML, `#12` leads to the issue,
//! `@user` to the person. Code, addresses and other repositories' issues (`owner/name#3`) stay as they are.

use super::Repository;

/// The line with its links.
pub(super) fn linked(text: &str, repository: Option<&Repository>) -> String {
    let (mut out, mut rest, mut before) = (String::new(), text, None);
    while let Some(first) = rest.chars().next() {
        let length = length(rest, before, first);
        let (piece, behind) = rest.split_at(length);
        match first {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '#' if length > 1 => out += &issue(&piece[1..], repository),
            '@' if length > 1 => out += &user(&piece[1..], repository),
            _ if first.is_control() => {}
            _ => out += piece,
        }
        before = piece.chars().last();
        rest = behind;
    }
    out
}

/// A link to an issue, as far as it is known where issues are.
pub(super) fn issue(number: &str, repository: Option<&Repository>) -> String {
    repository.map_or(format!("#{number}"), |repository| format!("[#{number}]({})", repository.issue(number)))
}

/// The numbers of all issues that a line names.
pub(super) fn numbers(text: &str) -> Vec<&str> {
    let digits = |rest: &str| rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    text.split('#').skip(1).map(|rest| &rest[..digits(rest)]).collect()
}

fn user(name: &str, repository: Option<&Repository>) -> String {
    repository.map_or(format!("@{name}"), |repository| format!("[@{name}]({})", repository.user(name)))
}

/// How many bytes belong together from here on.
fn length(rest: &str, before: Option<char>, first: char) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let found = match first {
        '`' => Some(code(rest)),
        'h' if !in_word => address(rest),
        '#' if !in_word && !matches!(before, Some('/' | '-' | '[' | '&')) => number(rest),
        '@' if !in_word && before != Some('[') => name(rest),
        _ => None,
    };
    found.unwrap_or(first.len_utf8())
}

/// Code from its first to its last backtick; backticks that nothing closes are only themselves.
fn code(rest: &str) -> usize {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let mut at = ticks;
    while let Some(next) = rest[at..].find('`').map(|next| at + next) {
        let run = rest[next..].len() - rest[next..].trim_start_matches('`').len();
        at = next + run;
        if run == ticks {
            return at;
        }
    }
    ticks
}

fn address(rest: &str) -> Option<usize> {
    let is_address = rest.starts_with("http://") || rest.starts_with("https://");
    let end = rest.find(|c: char| c.is_whitespace() || "<>()[]\"`".contains(c)).unwrap_or(rest.len());
    is_address.then_some(end)
}

fn number(rest: &str) -> Option<usize> {
    let end = end_of(rest, |c| c.is_ascii_digit());
    let goes_on = rest[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (end > 1 && !goes_on).then_some(end)
}

/// A name as a forge gives it, in lower case: `@Override` is code, `@scope/name` a package, `@host.name` an address.
fn name(rest: &str) -> Option<usize> {
    let end = end_of(rest, |c| c.is_ascii_alphanumeric() || c == '-');
    let name = rest[1..end].trim_end_matches('-');
    let mut behind = rest[1 + name.len()..].chars();
    let goes_on = match behind.next() {
        Some('.') => behind.next().is_some_and(char::is_alphanumeric),
        Some(c) => c == '/' || c == '_' || c.is_alphanumeric(),
        None => false,
    };
    let is_name = (1..=39).contains(&name.len()) && !name.starts_with('-') && !name.contains("--");
    let is_lower = !name.contains(|c: char| c.is_ascii_uppercase());
    (is_name && is_lower && !goes_on).then_some(1 + name.len())
}

/// The end of what follows the first character and fits.
fn end_of(rest: &str, fits: impl Fn(char) -> bool) -> usize {
    rest[1..].find(|c: char| !fits(c)).map_or(rest.len(), |end| end + 1)
}
