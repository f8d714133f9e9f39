//! Statements of Ruby, each with the blocks around it: what stands in an `if` is not for certain, and a constant has
//! the name of the modules around it.

use super::{Kind, Token, is_keyword, tokens};

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its tokens, without the end of the line.
    pub tokens: Vec<Token<'a>>,
    /// What it stands in, outermost first.
    pub within: Vec<Frame<'a>>,
}

/// A block around statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The word that opened it: `module`, `if`, `do`; `{` for a block in braces.
    pub word: &'a str,
    /// The statement that opened it, by its place in the list.
    pub opened_by: usize,
}

impl<'a> Statement<'a> {
    /// Whether it begins with these words and signs.
    pub fn begins(&self, words: &[&str]) -> bool {
        self.tokens.len() >= words.len()
            && self
                .tokens
                .iter()
                .zip(words)
                .all(|(token, word)| matches!(token.kind, Kind::Word | Kind::Sign) && token.text == *word)
    }

    /// What stands behind the first tokens.
    pub fn after(&self, count: usize) -> &[Token<'a>] {
        self.tokens.get(count..).unwrap_or_default()
    }
}

/// The statements of a text, in order. A block's own line is one, each line in it is another.
pub fn statements(text: &str) -> Vec<Statement<'_>> {
    let tokens = tokens(text);
    let mut reader =
        Reader { found: Vec::new(), stack: Vec::new(), current: Vec::new(), brackets: Vec::new() };
    for (place, token) in tokens.iter().enumerate() {
        reader.take(token, &tokens[place + 1..]);
    }
    reader.end();
    reader.found
}

struct Reader<'a> {
    found: Vec<Statement<'a>>,
    stack: Vec<Frame<'a>>,
    current: Vec<Token<'a>>,
    /// Open brackets of the current statement; a block in braces is none of them.
    brackets: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &Token<'a>, next: &[Token<'a>]) {
        match token.kind {
            Kind::End if self.goes_on(next) => {}
            Kind::End => self.end(),
            Kind::Sign => self.sign(token, next),
            Kind::Word => self.word(token, next),
            _ => self.current.push(token.clone()),
        }
    }

    /// Whether a line's end is none of the statement.
    fn goes_on(&self, next: &[Token<'a>]) -> bool {
        let signs = [",", ".", "&.", "+", "-", "*", "&&", "||", "=", "=>", "::", "?", ":", "<<", "||=", "+="];
        let open =
            self.current.last().is_some_and(|last| last.kind == Kind::Sign && signs.contains(&last.text));
        let dotted = next.iter().find(|token| token.kind != Kind::End);
        let dotted = dotted.is_some_and(|token| token.is_sign(".") || token.is_sign("&."));
        !self.brackets.is_empty() || open || (dotted && !self.current.is_empty())
    }

    fn sign(&mut self, token: &Token<'a>, next: &[Token<'a>]) {
        let block =
            token.text == "{" && self.brackets.is_empty() && next.first().is_some_and(|t| t.is_sign("|"));
        match token.text {
            "{" if block => {
                self.current.push(token.clone());
                self.open("{");
            }
            "(" | "[" | "{" => {
                self.brackets.push(token.text);
                self.current.push(token.clone());
            }
            "}" if self.brackets.is_empty() => {
                self.end();
                self.close("{");
            }
            ")" | "]" | "}" => {
                self.brackets.pop();
                self.current.push(token.clone());
            }
            "|" if self.is_parameter_end() => {
                self.current.push(token.clone());
                self.end();
            }
            _ => self.current.push(token.clone()),
        }
    }

    /// Whether the parameters of a block, `do |spec|`, end here.
    fn is_parameter_end(&self) -> bool {
        let begin = self.current.iter().rposition(|token| token.is_sign("|"));
        begin
            .and_then(|at| self.current.get(at.checked_sub(1)?))
            .is_some_and(|t| t.is_word("do") || t.is_sign("{"))
    }

    fn word(&mut self, token: &Token<'a>, next: &[Token<'a>]) {
        let last = self.current.last();
        let is_name = last.is_some_and(|last| last.is_sign(".") || last.is_sign("&.") || last.is_word("def"))
            || next.first().is_some_and(|next| next.is_sign(":") && next.range.start == token.range.end);
        let first = last.is_none_or(|last| {
            (last.kind == Kind::Sign && ![")", "]", "}"].contains(&last.text))
                || (last.kind == Kind::Word && is_keyword(last.text))
        });
        let in_brackets = !self.brackets.is_empty();
        self.current.push(token.clone());
        if is_name || in_brackets {
            return;
        }
        let loops = self.current.first().is_some_and(|t| ["while", "until", "for"].contains(&t.text));
        match token.text {
            "end" => {
                self.current.pop();
                self.end();
                self.stack.pop();
            }
            "if" | "unless" | "while" | "until" if first => self.open(token.text),
            "case" | "begin" | "def" | "class" | "module" | "for" => self.open(token.text),
            "do" if !loops => {
                self.open("do");
                if next.first().is_none_or(|next| !next.is_sign("|")) {
                    self.end();
                }
            }
            "else" | "ensure" | "then" => self.end(),
            _ => {}
        }
    }

    /// Opens a block whose first line is the current statement; it stands in the block itself only behind its end.
    fn open(&mut self, word: &'a str) {
        self.stack.push(Frame { word, opened_by: self.found.len() });
    }

    fn close(&mut self, word: &str) {
        if self.stack.last().is_some_and(|frame| frame.word == word) {
            self.stack.pop();
        }
    }

    fn end(&mut self) {
        self.brackets.clear();
        if self.current.is_empty() {
            return;
        }
        let own = self.found.len();
        let within = self.stack.iter().filter(|frame| frame.opened_by != own).cloned().collect();
        self.found.push(Statement { tokens: std::mem::take(&mut self.current), within });
    }
}
