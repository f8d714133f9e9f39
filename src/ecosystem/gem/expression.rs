//! The few forms of Ruby expressions that gemspecs are made of: a string, a list of them, a constant, a path.

use std::ops::Range;

use crate::edit::ruby::{Kind, Token};
use crate::path as paths;

/// A range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) range: Range<usize>,
}

/// An expression without parentheses around it and without calls that change no text: `.freeze`, `.strip`.
pub(super) fn bare<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    const QUIET: [&str; 8] = ["freeze", "dup", "clone", "strip", "chomp", "to_s", "itself", "chop"];
    loop {
        tokens = match tokens {
            [rest @ .., dot, call] if !rest.is_empty() && dot.is_sign(".") && QUIET.contains(&call.text) => {
                rest
            }
            [open, inner @ .., close] if open.is_sign("(") && close.is_sign(")") && is_closed(inner) => inner,
            _ => return tokens,
        };
    }
}

/// Whether every bracket in it has its other half in it.
fn is_closed(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for token in tokens.iter().filter(|token| token.kind == Kind::Sign) {
        depth += match token.text {
            "(" | "[" | "{" => 1,
            ")" | "]" | "}" => -1,
            _ => 0,
        };
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// The string that an expression is.
pub(super) fn text<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    match bare(tokens) {
        [only] if only.kind == Kind::Text => Some(only),
        _ => None,
    }
}

/// The strings of an expression that is one, or a list of them.
pub(super) fn list<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<Vec<&'t Token<'a>>> {
    match bare(tokens) {
        [open, inner @ .., close] if open.is_sign("[") && close.is_sign("]") => {
            arguments(inner).into_iter().map(text).collect()
        }
        other => Some(vec![text(other)?]),
    }
}

/// The arguments of a call, with or without parentheses.
pub(super) fn arguments<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let tokens = bare(tokens);
    let mut depth = 0;
    let is_border = |token: &Token| {
        depth += match token.text {
            "(" | "[" | "{" if token.kind == Kind::Sign => 1,
            ")" | "]" | "}" if token.kind == Kind::Sign => -1,
            _ => 0,
        };
        depth == 0 && token.is_sign(",")
    };
    tokens.split(is_border).filter(|argument| !argument.is_empty()).collect()
}

/// The names of `A::B::VERSION`.
pub(super) fn constant<'a>(tokens: &[Token<'a>]) -> Option<Vec<&'a str>> {
    let tokens = if tokens.first()?.is_sign("::") { &tokens[1..] } else { tokens };
    let is_name = |token: &Token| token.kind == Kind::Word && token.text.starts_with(char::is_uppercase);
    let in_order = tokens.iter().enumerate().all(|(at, token)| match at % 2 {
        0 => is_name(token),
        _ => token.is_sign("::"),
    });
    (in_order && tokens.len() % 2 == 1).then(|| tokens.iter().step_by(2).map(|token| token.text).collect())
}

/// Whether three tokens call a method of one of these classes.
pub(super) fn is_call(tokens: &[&Token; 3], classes: &[&str], method: &str) -> bool {
    classes.iter().any(|class| tokens[0].is_word(class))
        && tokens[1].is_sign(".")
        && tokens[2].is_word(method)
}

/// A path that is written with strings, `__dir__` and `__FILE__`, from the root of the repository.
pub(super) fn path(tokens: &[Token], file: &str) -> Option<String> {
    let words: Vec<&str> =
        tokens.iter().filter(|token| token.kind == Kind::Word).map(|token| token.text).collect();
    let known = ["File", "expand_path", "join", "dirname", "__dir__", "__FILE__"];
    if !words.iter().all(|word| known.contains(word)) || tokens.iter().any(|token| token.kind == Kind::Other)
    {
        return None;
    }
    // `expand_path("../x", __FILE__)` goes up from the file itself.
    let from_file = words.contains(&"__FILE__") && !words.contains(&"dirname");
    let base = if from_file { file } else { paths::parent(file) };
    let parts = tokens.iter().filter(|token| matches!(token.kind, Kind::Text | Kind::Computed));
    let parts: Option<Vec<&str>> = parts
        .map(|token| match token.kind {
            Kind::Text => Some(token.text),
            _ => token.text.strip_prefix("#{__dir__}/").filter(|rest| !rest.contains(['#', '\\'])),
        })
        .collect();
    let parts = parts.filter(|parts| !parts.is_empty())?;
    paths::resolve(base, parts.join("/").trim_start_matches('/'))
}
