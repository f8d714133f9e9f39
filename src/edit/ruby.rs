//! Ruby text, taken apart as far as gemspecs and Gemfiles need it: statements made of words, signs and literals, each
//! with its place, so that an edit changes one literal and no other byte. It understands no Ruby beyond that; what it
//! takes for something else than it is, a reader finds not plain and leaves to Ruby itself.

use std::ops::Range;

mod statements;

pub use statements::{Frame, Statement, statements};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, a constant, a keyword, a variable.
    Word,
    /// A string that says what it means: no interpolation, no escapes. The range is that of its content.
    Text,
    /// A string with interpolation or escapes. The range is that of its content.
    Computed,
    /// The words of `%w[a b]`; the range is that of its content.
    Words,
    /// `:name`; the range is that of the name.
    Symbol,
    /// An operator or bracket.
    Sign,
    /// A number, a regular expression, a heredoc.
    Other,
    /// The end of a line, or `;`.
    End,
}

/// A piece of Ruby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text: the content of literals.
    pub text: &'a str,
    /// Where that stands.
    pub range: Range<usize>,
}

impl Token<'_> {
    /// Whether it is this word.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Whether it is this sign.
    pub fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// The tokens of a text; comments and white space are left out.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, found: Vec::new(), heredocs: Vec::new() };
    while lexer.step() {}
    lexer.found
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    found: Vec<Token<'a>>,
    /// Ends of heredocs whose bodies begin with the next line.
    heredocs: Vec<&'a str>,
}

const SIGNS: &[&str] = &[
    "**=", "<=>", "===", "...", "||=", "&&=", "<<=", ">>=", "=>", "==", "!=", "=~", "!~", "<=", ">=", "&&",
    "||", "::", "<<", ">>", "+=", "-=", "*=", "/=", "&.", "..", "->",
];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes one token, or what stands between them; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        let second = rest[first.len_utf8()..].chars().next().unwrap_or('\n');
        let starts_line = self.at == 0 || self.text[..self.at].ends_with('\n');
        if starts_line && rest.starts_with("=begin") {
            self.at += rest.find("\n=end").map_or(rest.len(), |at| at + 5);
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        } else if starts_line && (rest == "__END__" || rest.starts_with("__END__\n")) {
            return false;
        } else if first == '\\' && rest[1..].trim_start_matches('\r').starts_with('\n') {
            self.at += rest.find('\n').map_or(1, |at| at + 1);
        } else if first == '\n' {
            self.line_end();
        } else if first.is_whitespace() {
            self.at += first.len_utf8();
        } else if first == '#' {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if first == ';' {
            self.push(Kind::End, 1);
        } else if is_word_start(first) {
            self.word();
        } else if first.is_ascii_digit() {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            self.push(Kind::Other, rest.find(|c| !plain(c)).unwrap_or(rest.len()));
        } else if matches!(first, '"' | '\'' | '`') {
            self.quoted(first);
        } else if first == ':' && (is_word_start(second) || second == '"') {
            self.at += 1;
            if second == '"' { self.quoted('"') } else { self.symbol() }
        } else if !(self.is_literal_start(first, second) && self.literal(first)) {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            self.push(Kind::Sign, sign.map_or(first.len_utf8(), |sign| sign.len()));
        }
        true
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.push_range(kind, self.at..self.at + length);
        self.at += length;
    }

    fn push_range(&mut self, kind: Kind, range: Range<usize>) {
        self.found.push(Token { kind, text: &self.text[range.clone()], range });
    }

    fn line_end(&mut self) {
        self.push(Kind::End, 1);
        for end in std::mem::take(&mut self.heredocs) {
            let mut rest = self.rest();
            while let Some((line, more)) = rest.split_once('\n') {
                rest = more;
                if line.trim() == end {
                    break;
                }
            }
            self.at = self.text.len() - rest.len();
        }
    }

    fn word(&mut self) {
        let rest = self.rest();
        let global = rest.strip_prefix('$').and_then(|rest| rest.chars().next());
        if let Some(sign) = global.filter(|c| !is_word_start(*c)) {
            return self.push(Kind::Word, 1 + sign.len_utf8());
        }
        let start = rest.len() - rest.trim_start_matches(['@', '$']).len();
        let inner = |c: char| is_word_start(c) || c.is_ascii_digit();
        let mut length = rest[start..].find(|c| !inner(c)).map_or(rest.len(), |at| start + at);
        let mut after = rest[length..].chars();
        if matches!(after.next(), Some('?' | '!')) && after.next() != Some('=') {
            length += 1;
        }
        self.push(Kind::Word, length);
    }

    fn symbol(&mut self) {
        self.word();
        if let Some(token) = self.found.last_mut() {
            token.kind = Kind::Symbol;
        }
    }

    /// A string in quotes: its content is a token.
    fn quoted(&mut self, quote: char) {
        let start = self.at + 1;
        let (end, plain) = self.end_of(start, None, quote);
        let kind = match (quote, plain) {
            ('`', _) => Kind::Other,
            (_, true) => Kind::Text,
            (_, false) => Kind::Computed,
        };
        self.push_range(kind, start..end);
        self.at = (end + 1).min(self.text.len());
    }

    /// Where a literal ends that began before `start`, and whether it holds neither escapes nor interpolation.
    fn end_of(&self, start: usize, open: Option<char>, close: char) -> (usize, bool) {
        let (mut depth, mut plain, mut inner) = (0, true, 0);
        let mut chars = self.text[start..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => {
                    plain = false;
                    chars.next();
                }
                '#' if close != '\'' && chars.peek().is_some_and(|(_, next)| *next == '{') => {
                    plain = false;
                    inner += 1;
                    chars.next();
                }
                '{' if inner > 0 => inner += 1,
                '}' if inner > 0 => inner -= 1,
                _ if inner > 0 => {}
                c if c == close && depth == 0 => return (start + at, plain),
                c if c == close => depth -= 1,
                c if Some(c) == open => depth += 1,
                _ => {}
            }
        }
        (self.text.len(), false)
    }

    /// Whether `%`, `/` or `<<` begins a literal here: where no value stands before it, or as `word %w[a]`.
    fn is_literal_start(&self, first: char, second: char) -> bool {
        if !matches!(first, '%' | '/' | '<') {
            return false;
        }
        let spaced = self.text[..self.at].ends_with([' ', '\t']);
        let argument = spaced && !second.is_whitespace() && second != '=';
        match self.found.last() {
            None => true,
            Some(token) => match token.kind {
                Kind::End => true,
                Kind::Sign => !matches!(token.text, ")" | "]" | "}"),
                Kind::Word => argument || is_keyword(token.text),
                _ => false,
            },
        }
    }

    /// Takes a literal with delimiters of its own; false where it is none.
    fn literal(&mut self, first: char) -> bool {
        match first {
            '/' => {
                let (end, _) = self.end_of(self.at + 1, None, '/');
                self.push(Kind::Other, end + 1 - self.at);
                true
            }
            '<' => self.heredoc(),
            _ => self.percent(),
        }
    }

    fn heredoc(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix("<<") else { return false };
        let rest = rest.strip_prefix(['~', '-']).unwrap_or(rest);
        let quote = rest.chars().next().filter(|c| "'\"`".contains(*c));
        let name = quote.map_or(rest, |_| &rest[1..]);
        let length = name.find(|c: char| !is_word_start(c) && !c.is_ascii_digit()).unwrap_or(name.len());
        if length == 0 || !name.starts_with(is_word_start) {
            return false;
        }
        self.heredocs.push(&name[..length]);
        let end = self.text.len() - name.len() + length + usize::from(quote.is_some());
        self.push(Kind::Other, end.min(self.text.len()) - self.at);
        true
    }

    fn percent(&mut self) -> bool {
        let rest = &self.rest()[1..];
        let letter = rest.chars().next().filter(|c| "qQwWiIr".contains(*c));
        let Some(open) = rest.chars().nth(usize::from(letter.is_some())).filter(char::is_ascii_punctuation)
        else {
            return false;
        };
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            other => other,
        };
        let start = self.at + 2 + usize::from(letter.is_some());
        let (end, plain) = self.end_of(start, (open != close).then_some(open), close);
        let kind = match letter {
            None | Some('q' | 'Q') if plain => Kind::Text,
            None | Some('q' | 'Q') => Kind::Computed,
            Some('w') if plain => Kind::Words,
            Some(_) => Kind::Other,
        };
        self.push_range(kind, start..end);
        self.at = (end + 1).min(self.text.len());
        true
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '@' | '$')
}

fn is_keyword(word: &str) -> bool {
    let keywords = ["if", "unless", "while", "until", "and", "or", "not", "return", "when", "in", "then"];
    keywords.contains(&word)
}

#[cfg(test)]
mod tests;
