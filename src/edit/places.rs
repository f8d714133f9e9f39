//! Where a text stands in a TOML or JSON file: keys lead to the bytes of one string, so that it alone is replaced.

use std::ops::Range;

use jsonc_parser::ast::{self, StringLit};
use toml_edit::{Item, TableLike, Value};

use super::Toml;
use super::json::{self, Json};

/// A string in a file: its bytes with the quotes, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bytes.
    pub range: Range<usize>,
    /// The text.
    pub text: String,
}

/// What a key led to.
enum At<'a> {
    Item(&'a Item),
    Value(&'a Value),
    Table(&'a dyn TableLike),
}

/// The string of a TOML text at these keys; a number is a place in a list. None where there is none.
pub fn in_toml(toml: &Toml, keys: &[String]) -> Option<Found> {
    let mut at = At::Table(toml.root());
    for key in keys {
        at = step(at, key)?;
    }
    let (range, text) = match at {
        At::Item(item) => (item.span()?, item.as_str()?),
        At::Value(value) => (value.span()?, value.as_str()?),
        At::Table(_) => return None,
    };
    Some(Found { range, text: text.to_string() })
}

fn step<'a>(at: At<'a>, key: &str) -> Option<At<'a>> {
    let place = || key.parse::<usize>().ok();
    match at {
        At::Table(table) => table.get(key).map(At::Item),
        At::Value(value) => match (value.as_inline_table(), value.as_array()) {
            (Some(table), _) => table.get(key).map(At::Value),
            (_, Some(values)) => values.get(place()?).map(At::Value),
            _ => None,
        },
        At::Item(item) => match (item.as_table_like(), item.as_array(), item.as_array_of_tables()) {
            (Some(table), ..) => table.get(key).map(At::Item),
            (_, Some(values), _) => values.get(place()?).map(At::Value),
            (.., Some(tables)) => tables.get(place()?).map(|table| At::Table(table)),
            _ => None,
        },
    }
}

/// The string of a JSON text at these keys; a number is a place in a list. None where there is none.
pub fn in_json<'j, 'a>(json: &'j Json<'a>, keys: &[String]) -> Option<&'j StringLit<'a>> {
    let (first, rest) = keys.split_first()?;
    let step = |at: &'j ast::Value<'a>, key: &String| match at {
        ast::Value::Object(object) => json::get(object, key),
        ast::Value::Array(array) => array.elements.get(key.parse::<usize>().ok()?),
        _ => None,
    };
    rest.iter().try_fold(json::get(json.root(), first)?, step)?.as_string_lit()
}

#[cfg(test)]
mod tests {
    use super::{in_json, in_toml};
    use crate::edit::json::Json;
    use crate::edit::{Toml, apply};

    fn keys(text: &str) -> Vec<String> {
        text.split('.').map(str::to_string).collect()
    }

    #[test]
    fn keys_lead_to_one_string() {
        let text = "[project]\nversion = '1'\n[[package]]\nname = 'a'\n[[package]]\nname = 'b'\nlist = ['x', { y = 'z' }]\nn = 3\n";
        let toml = Toml::parse("a.toml", text).unwrap();
        for (at, expected) in [
            ("project.version", Some("'1'")),
            ("package.1.name", Some("'b'")),
            ("package.1.list.0", Some("'x'")),
            ("package.1.list.1.y", Some("'z'")),
            ("package.1.n", None),
            ("package.2.name", None),
            ("project", None),
        ] {
            let found = in_toml(&toml, &keys(at));
            assert_eq!(found.map(|found| &text[found.range]), expected, "{at}");
        }
    }

    #[test]
    fn json_keeps_every_other_byte() {
        let text = "{\r\n\t\"a\": 1, // why\r\n\t\"list\": [ {\"version\" : \"1.0.0\"}, ],\r\n\t\"version\":\"1.0.0\"}";
        let json = Json::parse("a.json", text).unwrap();
        let found = in_json(&json, &keys("list.0.version")).unwrap();
        let edit = json.replace("list.0.version", found, "2.0.0 \"x\"").unwrap();
        let expected = text.replacen("\"1.0.0\"}, ]", r#""2.0.0 \"x\""}, ]"#, 1);
        assert_eq!(apply(text, &[&edit]).unwrap(), expected);
        for other in ["a", "list.1.version", "list"] {
            assert!(in_json(&json, &keys(other)).is_none(), "{other}");
        }
    }
}
