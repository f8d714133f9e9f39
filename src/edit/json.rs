//! JSON with the place of every value: manifests of npm, and what their clients write with comments and commas at the
//! end (bun's lock). One value is replaced; indent, order, line ends and all else stay.

use std::ops::Range;

use jsonc_parser::ast::{Object, StringLit, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::line_of;
use crate::effect::Edit;
use crate::fault::Fault;

/// What a tool on Windows may put before the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A JSON text with the place of every value.
#[derive(Debug)]
pub struct Json<'a> {
    /// Path, for messages.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
    root: Object<'a>,
    /// Bytes before what was parsed.
    skipped: usize,
}

impl<'a> Json<'a> {
    /// Parses a text that holds an object.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn parse(path: &'a str, text: &'a str) -> Result<Json<'a>, Fault> {
        let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let refuse = |line: usize, why: String| {
            Fault::usage(format!("cannot read `{path}`")).at(path, line).because(why).help("correct the JSON")
        };
        let parsed = parse_to_ast(body, &CollectOptions::default(), &dialect())
            .map_err(|error| refuse(line_of(body, error.range().start), lower_first(error.kind())))?;
        let Some(Value::Object(root)) = parsed.value else {
            return Err(refuse(1, "it holds no object".to_string()));
        };
        Ok(Json { path, text, root, skipped: text.len() - body.len() })
    }

    /// The top object.
    pub fn root(&self) -> &Object<'a> {
        &self.root
    }

    /// The value at a path of keys.
    pub fn get(&self, keys: &[&str]) -> Option<&Value<'a>> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(get(&self.root, first)?, |value, key| get(value.as_object()?, key))
    }

    /// The object at a path of keys.
    pub fn object(&self, keys: &[&str]) -> Option<&Object<'a>> {
        self.get(keys)?.as_object()
    }

    /// The text at a path of keys.
    pub fn str(&self, keys: &[&str]) -> Option<&str> {
        Some(self.get(keys)?.as_string_lit()?.value.as_ref())
    }

    /// The line of a value, from 1.
    pub fn line(&self, value: &impl Ranged) -> usize {
        line_of(self.text, self.range(value).start)
    }

    /// The line of the value at a path of keys; 0 where there is none.
    pub fn line_at(&self, keys: &[&str]) -> usize {
        self.get(keys).map_or(0, |value| self.line(value))
    }

    /// The bytes of a value in the text.
    pub fn range(&self, value: &impl Ranged) -> Range<usize> {
        value.start() + self.skipped..value.end() + self.skipped
    }

    /// An edit that puts `to` in the place of a string; none when it stands there already.
    pub fn replace(&self, field: &str, string: &StringLit, to: &str) -> Option<Edit> {
        let range = self.range(string);
        (string.value != to).then(|| Edit {
            path: self.path.to_string(),
            field: field.to_string(),
            from: string.value.to_string(),
            to: to.to_string(),
            start: range.start,
            end: range.end,
            text: serde_json::Value::from(to).to_string(),
        })
    }
}

/// The value of a key. Of two with one name the last counts, as it does for every reader of JSON.
pub fn get<'o, 'a>(object: &'o Object<'a>, key: &str) -> Option<&'o Value<'a>> {
    object.properties.iter().rev().find(|property| property.name.as_str() == key).map(|found| &found.value)
}

/// Keys and texts of an object, without those that hold something else.
pub fn strings<'o, 'a>(object: Option<&'o Object<'a>>) -> impl Iterator<Item = (&'o str, &'o StringLit<'a>)> {
    let properties = object.into_iter().flat_map(|object| &object.properties);
    properties.filter_map(|property| Some((property.name.as_str(), property.value.as_string_lit()?)))
}

/// JSON, and of what goes beyond it only comments and a comma behind the last value.
fn dialect() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn lower_first(reason: &impl ToString) -> String {
    let text = reason.to_string();
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::Json;
    use crate::edit::apply;

    #[test]
    fn one_value_changes_and_nothing_else() {
        let text = "\u{feff}{\r\n\t\"nested\": { \"version\": \"0.1.0\" },\r\n\t\"version\" :  \"0.1.0\" ,\"x\":[\"0.1.0\"]\r\n}";
        let json = Json::parse("package.json", text).unwrap();
        let version = json.get(&["version"]).unwrap().as_string_lit().unwrap();
        let edit = json.replace("version", version, "0.2.0").unwrap();
        assert_eq!(
            apply(text, &[&edit]).unwrap(),
            text.replace("\"version\" :  \"0.1.0\"", "\"version\" :  \"0.2.0\"")
        );
        assert_eq!(json.replace("version", version, "0.1.0"), None);
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        let json = Json::parse("a.json", "{\"a\": \"1\", // first\n \"\\u0061\": \"2\",}").unwrap();
        assert_eq!((json.str(&["a"]), json.line_at(&["a"])), (Some("2"), 2));
    }

    #[test]
    fn broken_json_is_told_with_its_line() {
        for (text, line) in [
            ("{\n\"a\": 1\n\"b\": 2 }", 2),
            ("{\n'a': 1}", 2),
            ("[]", 1),
            ("", 1),
            ("{\n\"a\": tru\n}", 2),
            ("{\"a\": 1} x", 1),
        ] {
            let fault = Json::parse("a.json", text).unwrap_err();
            assert_eq!(fault.place, Some(("a.json".into(), line)), "{text}: {fault}");
        }
    }

    /// Numbers that are the same in every run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
            texts[usize::try_from(self.below(texts.len() as u64)).unwrap()]
        }

        fn space(&mut self) -> String {
            let parts =
                ["", "", " ", "\t", "\n", "\r\n", "  ", "// note \"0.1.0\"\n", "/* \"version\": { */"];
            (0..self.below(3)).map(|_| self.one_of(&parts)).collect()
        }
    }

    /// A value with random white space, and the same with `MARK` where the text at `way` stands.
    fn value(numbers: &mut Numbers, way: &[&str], depth: usize) -> String {
        let others =
            ["\"0.1.0\"", "\"a \\\" { b\"", "\"\\u00e9\u{e9}\"", "-1.5e3", "true", "null", "[]", "{}"];
        let Some((key, rest)) = way.split_first() else {
            if depth < 3 && numbers.below(3) == 0 {
                let inner = value(numbers, &[], depth + 1);
                return format!("[{}{inner}{},{}{inner}]", numbers.space(), numbers.space(), numbers.space());
            }
            return numbers.one_of(&others).to_string();
        };
        let mut entries: Vec<(String, String)> = (0..numbers.below(4))
            .map(|number| (format!("other{number}"), value(numbers, &[], depth)))
            .collect();
        let target = if rest.is_empty() { "MARK".to_string() } else { value(numbers, rest, depth) };
        let place = usize::try_from(numbers.below(entries.len() as u64 + 1)).unwrap();
        entries.insert(place, ((*key).to_string(), target));
        let entries: Vec<String> = entries
            .iter()
            .map(|(key, value)| {
                let spaces = [numbers.space(), numbers.space(), numbers.space(), numbers.space()];
                format!("{}\"{key}\"{}:{}{value}{}", spaces[0], spaces[1], spaces[2], spaces[3])
            })
            .collect();
        let last = numbers.one_of(&["", ","]);
        format!("{{{}{last}{}}}", entries.join(","), numbers.space())
    }

    #[test]
    fn only_the_intended_bytes_change_whatever_the_formatting() {
        let mut numbers = Numbers(7);
        for _ in 0..2000 {
            let way = [&["version"][..], &["dependencies", "@acme/core"], &["packages", "a", "version"]]
                [usize::try_from(numbers.below(3)).unwrap()];
            let mark = numbers.one_of(&["", "\u{feff}"]);
            let frame =
                format!("{mark}{}{}{}", numbers.space(), value(&mut numbers, way, 0), numbers.space());
            let text = frame.replace("MARK", numbers.one_of(&["\"0.1.0\"", "\"\"", "\"\\u0030.1\""]));
            let json = Json::parse("a.json", &text).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
            let string = json.get(way).and_then(|value| value.as_string_lit()).unwrap();
            let to = "9 \"q\" \\";
            let edit = json.replace("field", string, to).unwrap();
            let changed = apply(&text, &[&edit]).unwrap();
            assert_eq!(changed, frame.replace("MARK", "\"9 \\\"q\\\" \\\\\""), "{text}");
            assert_eq!(Json::parse("a.json", &changed).unwrap().str(way), Some(to));
        }
    }
}
