//! The grammar of one line: `type(scope)!: subject`. A footer has the same form, so both are read here.

/// One line that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// As written; letters of any case, digits, signs.
    pub(super) kind: &'a str,
    /// In the parentheses.
    pub(super) scope: Option<&'a str>,
    /// Whether `!` stands before the separator.
    pub(super) marked: bool,
    /// What stands between head and subject.
    pub(super) separator: Separator,
    /// Whether white space follows a colon. It does not in `std::fs` and `https://…`, which are text.
    pub(super) spaced: bool,
    /// Text behind the separator.
    pub(super) subject: &'a str,
}

/// What may stand between head and subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// `Refs: #12`.
    Colon,
    /// `Refs #12`, where the subject is `12`.
    Number,
}

/// Reads a line; none where it has another form.
pub(super) fn read(line: &str) -> Option<Header<'_>> {
    let end = line.find(|c| "()!:".contains(c) || is_space(c))?;
    let (kind, rest) = line.split_at(end);
    let (scope, rest) = match rest.strip_prefix('(') {
        Some(rest) => scope(rest).map(|(scope, rest)| (Some(scope), rest))?,
        None => (None, rest),
    };
    let marks = ["!", "BREAKING CHANGE", "BREAKING-CHANGE"];
    let unmarked = marks.iter().find_map(|mark| rest.strip_prefix(mark));
    let (separator, text) = separated(unmarked.unwrap_or(rest))?;
    let (marked, spaced) = (unmarked.is_some(), text.starts_with(is_space));
    let subject = text.trim_matches(is_space);
    (!kind.is_empty()).then_some(Header { kind, scope, marked, separator, spaced, subject })
}

/// The text behind a separator.
pub(super) fn separated(text: &str) -> Option<(Separator, &str)> {
    let colon = text.strip_prefix(':').map(|text| (Separator::Colon, text));
    colon.or_else(|| Some((Separator::Number, text.strip_prefix(" #")?)))
}

/// White space inside a line.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | ' ' | '\u{a0}' | '\u{feff}')
}

/// The scope, and what stands behind its parenthesis.
fn scope(text: &str) -> Option<(&str, &str)> {
    let (scope, rest) = text.split_once(')')?;
    (!scope.is_empty() && !scope.contains('(')).then_some((scope, rest))
}
