//! Fills the holes of a template. A hole that nothing fills, or a value that no hole takes, is a slip of whoever wrote
//! the one or the other, and would otherwise be read by people as if it were meant.

use crate::fault::Fault;

/// The text with `{{name}}` replaced by its value, for every name. What a value holds is never looked at again.
///
/// # Errors
/// A hole without a value, or a value without a hole; `path` is for the message.
///
/// ```
/// let text = castoff::template::fill("a.md", "from {{from}}", &[("from", "main")]).unwrap();
/// assert_eq!(text, "from main");
/// ```
pub fn fill(path: &str, template: &str, values: &[(&str, &str)]) -> Result<String, Fault> {
    let odd = |what: String| Fault::outside(format!("cannot write `{path}`")).because(what);
    let mut used = vec![false; values.len()];
    let mut pieces = template.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").ok_or_else(|| odd("a hole is not closed".to_string()))?;
        let place = values.iter().position(|(known, _)| *known == name);
        let place = place.ok_or_else(|| odd(format!("nothing fills the hole `{name}`")))?;
        used[place] = true;
        text += values[place].1;
        text += rest;
    }
    match values.iter().zip(used).find(|(_, used)| !used) {
        Some(((name, _), _)) => Err(odd(format!("no hole takes `{name}`"))),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn holes_and_values_belong_together() {
        let why = |template, values: &[(&str, &str)]| fill("a", template, values).unwrap_err().cause.unwrap();
        assert_eq!(fill("a", "{{a}}-{{b}}-{{a}}", &[("a", "{{b}}"), ("b", "2")]).unwrap(), "{{b}}-2-{{b}}");
        assert_eq!(why("{{a}}", &[]), "nothing fills the hole `a`");
        assert_eq!(why("", &[("a", "1")]), "no hole takes `a`");
        assert_eq!(why("{{a", &[("a", "1")]), "a hole is not closed");
    }
}
