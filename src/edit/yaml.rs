//! YAML with the place of every text: what pnpm keeps of a workspace and in its lock. One value is replaced in the
//! quotes that it has.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::line_of;
use crate::effect::Edit;
use crate::fault::Fault;

/// A YAML text with the place of every value.
#[derive(Debug)]
pub struct Yaml<'a> {
    /// Path, for messages.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
    root: Node,
}

/// One value.
#[derive(Debug, PartialEq, Eq)]
pub enum Node {
    /// A text, with its bytes and what stands around it.
    Text(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in its order.
    Map(Vec<(String, Node)>),
    /// Nothing, or a value that stands elsewhere in the file.
    Other,
}

/// A text, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// Its bytes, quotes included.
    pub range: Range<usize>,
}

impl Node {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// Keys and values of a mapping.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        let entries = if let Node::Map(entries) = self { entries.as_slice() } else { &[] };
        entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// The values of a sequence.
    pub fn items(&self) -> &[Node] {
        if let Node::List(items) = self { items } else { &[] }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&Text> {
        if let Node::Text(text) = self { Some(text) } else { None }
    }
}

impl<'a> Yaml<'a> {
    /// Parses the first document of a text.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn parse(path: &'a str, text: &'a str) -> Result<Yaml<'a>, Fault> {
        let offsets = Offsets::new(text);
        let mut parser = Parser::new_from_str(text);
        let root = document(&mut parser, text, &offsets).map_err(|(line, why)| {
            Fault::usage(format!("cannot read `{path}`")).at(path, line).because(why).help("correct the YAML")
        })?;
        Ok(Yaml { path, text, root })
    }

    /// The top value.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The line of a text, from 1.
    pub fn line(&self, text: &Text) -> usize {
        line_of(self.text, text.range.start)
    }

    /// An edit that puts `to` in the place of a text, in its quotes; none when it stands there already.
    pub fn replace(&self, field: &str, text: &Text, to: &str) -> Option<Edit> {
        let written = match self.text[text.range.clone()].chars().next() {
            Some('"') => serde_json::Value::from(to).to_string(),
            Some('\'') => quoted(to),
            _ if is_plain(to) => to.to_string(),
            _ => quoted(to),
        };
        (text.value != to).then(|| Edit {
            path: self.path.to_string(),
            field: field.to_string(),
            from: text.value.clone(),
            to: to.to_string(),
            start: text.range.start,
            end: text.range.end,
            text: written,
        })
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether it may stand without quotes: no indicator at its start, nothing that reads as a number or ends the value.
fn is_plain(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "^~.<=/".contains(c));
    let is_number = text.parse::<f64>().is_ok();
    starts_well && !is_number && !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' '])
}

/// The parser counts characters; edits count bytes.
enum Offsets {
    Same,
    Of(Vec<usize>),
}

impl Offsets {
    fn new(text: &str) -> Offsets {
        if text.is_ascii() {
            return Offsets::Same;
        }
        Offsets::Of(text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect())
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let byte = |index: usize| match self {
            Offsets::Same => index,
            Offsets::Of(bytes) => bytes.get(index).copied().unwrap_or_default(),
        };
        byte(span.start.index())..byte(span.end.index())
    }
}

type Broken = (usize, String);

fn document(
    parser: &mut Parser<'_, saphyr_parser::StrInput<'_>>,
    text: &str,
    offsets: &Offsets,
) -> Result<Node, Broken> {
    // What is open, with the key that waits for its value; deep nesting must not end the stack.
    let mut open: Vec<(Node, Option<String>)> = Vec::new();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| (error.marker().line(), error.info().to_string()))?;
        let done = match event {
            Event::SequenceStart(..) => {
                open.push((Node::List(Vec::new()), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Node::Map(Vec::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map_or(Node::Other, |(node, _)| node),
            Event::Scalar(value, style, ..) => scalar(&value, style, text, offsets.range(&span)),
            Event::Alias(_) => Node::Other,
            Event::StreamEnd | Event::DocumentEnd => break,
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(done),
            Some((Node::List(items), _)) => items.push(done),
            Some((Node::Map(entries), key)) => match key.take() {
                Some(key) => entries.push((key, done)),
                None => *key = Some(done.text().map(|text| text.value.clone()).unwrap_or_default()),
            },
            Some(_) => {}
        }
    }
    Ok(Node::Other)
}

fn scalar(value: &str, style: ScalarStyle, text: &str, span: Range<usize>) -> Node {
    let Range { start, end } = span;
    let spanned = text.get(start..end).unwrap_or_default();
    // The parser counts what follows a value to it.
    let length = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => return Node::Other,
        ScalarStyle::SingleQuoted => closing(spanned, '\'', '\''),
        ScalarStyle::DoubleQuoted => closing(spanned, '"', '\\'),
        _ => spanned.trim_end().len(),
    };
    Node::Text(Text { value: value.to_string(), range: start..start + length })
}

/// Where a quoted text ends; `escape` takes the next character into it.
fn closing(spanned: &str, quote: char, escape: char) -> usize {
    let mut letters = spanned.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        let escapes =
            letter == escape && (quote != escape || letters.peek().is_some_and(|(_, next)| *next == quote));
        if escapes {
            letters.next();
        } else if letter == quote {
            return at + 1;
        }
    }
    spanned.len()
}

#[cfg(test)]
mod tests {
    use super::Yaml;
    use crate::edit::apply;

    #[test]
    fn one_value_changes_in_its_quotes() {
        let text =
            "# größer\r\na:\r\n  - 'é '' ^1'   # it's x\r\n  - \"^1\"\r\n  - ^1\r\nb: {c: ^1 , d: [e]}\r\n";
        let yaml = Yaml::parse("x.yaml", text).unwrap();
        let list = yaml.root().get("a").unwrap().items();
        let inline = yaml.root().get("b").and_then(|map| map.get("c")).and_then(|node| node.text()).unwrap();
        let mut edits = vec![yaml.replace("c", inline, "^2").unwrap()];
        edits.extend(list.iter().map(|node| yaml.replace("a", node.text().unwrap(), "it's ^2").unwrap()));
        let expected = text
            .replace("'é '' ^1'", "'it''s ^2'")
            .replace("\"^1\"", "\"it's ^2\"")
            .replace("- ^1", "- it's ^2")
            .replace("c: ^1", "c: ^2");
        assert_eq!(apply(text, &edits.iter().collect::<Vec<_>>()).unwrap(), expected);
    }

    #[test]
    fn what_would_read_as_something_else_gets_quotes() {
        let yaml = Yaml::parse("x.yaml", "a: 1.2.3").unwrap();
        let text = yaml.root().get("a").and_then(|node| node.text()).unwrap();
        for (to, written) in
            [("1.2.4", "1.2.4"), ("1.2", "'1.2'"), ("*", "'*'"), (">=1", "'>=1'"), ("^1 || ^2", "^1 || ^2")]
        {
            assert_eq!(yaml.replace("a", text, to).unwrap().text, written);
        }
    }

    #[test]
    fn broken_yaml_is_told_with_its_line() {
        let fault = Yaml::parse("x.yaml", "a: 1\nb: [1,\nc: }").unwrap_err();
        assert_eq!(fault.place, Some(("x.yaml".into(), 3)), "{fault}");
        assert_eq!(Yaml::parse("x.yaml", "").unwrap().root().get("a"), None);
    }
}
