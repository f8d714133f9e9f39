//! What a gem says of itself: a tar archive holds its specification as YAML that Ruby wrote.

use std::collections::HashMap;
use std::io::Read;

use flate2::read::GzDecoder;
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value, json};

/// Name, version, platform, what it needs when it runs (name and clauses, each an operator and a version), and which
/// Ruby and RubyGems.
///
/// # Errors
/// Why it is no gem.
pub fn read(gem: &[u8]) -> Result<Value, String> {
    let text = metadata(gem).map_err(|error| error.to_string())?.ok_or("there is no metadata in it")?;
    let spec = parsed(&text)?;
    let (name, version) = (&spec["name"], &spec["version"]["version"]);
    if !name.is_string() || !version.is_string() {
        return Err("its metadata has no name or no version".to_string());
    }
    let needs = spec["dependencies"].as_array().into_iter().flatten();
    let needs = needs.filter(|need| need["type"] != ":development");
    let needs: Vec<Value> = needs.map(|need| json!([need["name"], clauses(&need["requirement"])])).collect();
    Ok(json!({
        "name": name,
        "version": version,
        "platform": spec["platform"],
        "dependencies": needs,
        "required_ruby_version": clauses(&spec["required_ruby_version"]),
        "required_rubygems_version": clauses(&spec["required_rubygems_version"]),
    }))
}

fn metadata(gem: &[u8]) -> std::io::Result<Option<String>> {
    for entry in tar::Archive::new(gem).entries()? {
        let entry = entry?;
        if *entry.path_bytes() == *b"metadata.gz" {
            let mut text = String::new();
            GzDecoder::new(entry).read_to_string(&mut text)?;
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// Pairs of an operator and a version.
fn clauses(requirement: &Value) -> Value {
    let pairs = requirement["requirements"].as_array().into_iter().flatten();
    pairs.map(|pair| json!([pair[0], pair[1]["version"]])).collect()
}

/// The document with every scalar as text, whatever its tag; what Ruby wrote once and named again is copied.
fn parsed(text: &str) -> Result<Value, String> {
    // What is open: its anchor, and the key that waits for its value.
    let mut open: Vec<(Value, usize, Option<String>)> = Vec::new();
    let mut anchors: HashMap<usize, Value> = HashMap::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| error.to_string())?;
        let (done, anchor) = match event {
            Event::SequenceStart(anchor, _) => {
                open.push((json!([]), anchor, None));
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push((Value::Object(Map::new()), anchor, None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some((value, anchor, _)) => (value, anchor),
                None => continue,
            },
            Event::Scalar(text, _, anchor, _) => (json!(text), anchor),
            Event::Alias(anchor) => (anchors.get(&anchor).cloned().unwrap_or_default(), 0),
            _ => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, done.clone());
        }
        match open.last_mut() {
            None => return Ok(done),
            Some((Value::Array(items), ..)) => items.push(done),
            Some((Value::Object(entries), _, key)) => match key.take() {
                Some(key) => drop(entries.insert(key, done)),
                None => *key = Some(done.as_str().unwrap_or_default().to_string()),
            },
            Some(_) => {}
        }
    }
    Err("its metadata is empty".to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{clauses, parsed, read};

    #[test]
    fn what_is_named_again_is_copied() {
        let text = "--- !ruby/object:X\na: &1 !ruby/object:R\n  requirements:\n  - - \">=\"\n    - !ruby/object:V\n      \
                    version: '0'\nb: *1\nc:\n";
        let spec = parsed(text).expect("YAML");
        assert_eq!(clauses(&spec["b"]), json!([[">=", "0"]]));
        assert_eq!((&spec["a"], &spec["c"]), (&spec["b"], &json!("")));
        assert!(parsed("a: [").is_err() && parsed("").is_err());
    }

    #[test]
    fn what_is_no_gem_is_refused() {
        assert_eq!(read(b""), Err("there is no metadata in it".to_string()));
        assert!(read(&[b'x'; 700]).is_err());
    }
}
