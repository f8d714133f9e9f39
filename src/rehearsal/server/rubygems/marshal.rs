//! Ruby's binary form of a specification, in which gem reads what it is about to install. It holds no more than that
//! needs; everything else is read in the gem itself.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::Value;

/// The specification, packed as gem expects it.
pub(super) fn quick(spec: &Value) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory cannot fail.
    let _ = packed.write_all(&specification(spec));
    packed.finish().unwrap_or_default()
}

/// The first bytes of everything in this form: its version.
const HEAD: &[u8] = &[4, 8];

fn specification(spec: &Value) -> Vec<u8> {
    let inner = [HEAD.to_vec(), array(&fields(spec))].concat();
    [HEAD, b"u", &symbol("Gem::Specification"), &counted(&inner)].concat()
}

/// The fields by their places, of which RubyGems has not changed any since the fourth version of specifications.
fn fields(spec: &Value) -> [Vec<u8>; 19] {
    let (nil, empty) = (|| b"0".to_vec(), || array(&[]));
    let platform = match text(&spec["platform"]) {
        "" => "ruby",
        platform => platform,
    };
    let needs = spec["dependencies"].as_array().into_iter().flatten();
    [
        string("3.0.0"),                      // the RubyGems that wrote it
        [b"i".to_vec(), integer(4)].concat(), // the version of this list
        string(text(&spec["name"])),
        version(text(&spec["version"])),
        nil(),      // date
        string(""), // summary
        requirement(&spec["required_ruby_version"]),
        requirement(&spec["required_rubygems_version"]),
        string(platform),
        array(&needs.map(dependency).collect::<Vec<_>>()),
        string(""),    // the project on a site that is gone
        nil(),         // e-mail
        empty(),       // authors
        nil(),         // description
        nil(),         // home page
        b"T".to_vec(), // has documentation
        string(platform),
        empty(),                              // licences
        [b"{".to_vec(), integer(0)].concat(), // metadata
    ]
}

fn dependency(need: &Value) -> Vec<u8> {
    let clauses = need[1].as_array().into_iter().flatten();
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let prerelease = clauses.map(|clause| text(&clause[1])).any(|version| version.contains(is_letter));
    let variables = [
        (symbol("@name"), string(text(&need[0]))),
        (symbol("@requirement"), requirement(&need[1])),
        (symbol("@type"), symbol("runtime")),
        (symbol("@prerelease"), if prerelease { b"T".to_vec() } else { b"F".to_vec() }),
        (symbol("@version_requirements"), requirement(&need[1])),
    ];
    let count = integer(variables.len());
    let variables: Vec<u8> = variables.into_iter().flat_map(|(name, value)| [name, value].concat()).collect();
    [b"o".to_vec(), symbol("Gem::Dependency"), count, variables].concat()
}

/// `>= 0` where nothing is required.
fn requirement(clauses: &Value) -> Vec<u8> {
    let clause = |operator: &str, number: &str| array(&[string(operator), version(number)]);
    let clauses = clauses.as_array().into_iter().flatten();
    let mut written: Vec<Vec<u8>> = clauses.map(|one| clause(text(&one[0]), text(&one[1]))).collect();
    if written.is_empty() {
        written.push(clause(">=", "0"));
    }
    object("Gem::Requirement", &[array(&written)])
}

fn version(number: &str) -> Vec<u8> {
    object("Gem::Version", &[string(number)])
}

/// An object of a class that says itself what it keeps.
fn object(class: &str, kept: &[Vec<u8>]) -> Vec<u8> {
    [b"U".to_vec(), symbol(class), array(kept)].concat()
}

fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [b"[".to_vec(), integer(items.len()), items.concat()].concat()
}

/// A text in UTF-8.
fn string(text: &str) -> Vec<u8> {
    [b"I\"".to_vec(), counted(text.as_bytes()), integer(1), symbol("E"), b"T".to_vec()].concat()
}

fn symbol(name: &str) -> Vec<u8> {
    [b":".to_vec(), counted(name.as_bytes())].concat()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [integer(bytes.len()), bytes.to_vec()].concat()
}

/// Small numbers in one byte, others behind the number of their bytes, the lowest first.
fn integer(number: usize) -> Vec<u8> {
    match number {
        0 => vec![0],
        1..=122 => vec![number as u8 + 5],
        _ => {
            let bytes = number.to_le_bytes();
            let count = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            [&[count as u8], &bytes[..count]].concat()
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{integer, string, version};

    #[test]
    fn values_are_written_as_ruby_writes_them() {
        // `ruby -e 'p Marshal.dump(N)'`, without the first bytes.
        for (number, expected) in [
            (0, &b"\x00"[..]),
            (1, b"\x06"),
            (122, b"\x7f"),
            (123, b"\x01\x7b"),
            (255, b"\x01\xff"),
            (256, b"\x02\x00\x01"),
            (65536, b"\x03\x00\x00\x01"),
        ] {
            assert_eq!(integer(number), expected, "{number}");
        }
        assert_eq!(string("ruby"), b"I\"\x09ruby\x06:\x06ET");
        assert_eq!(version("0.1.0"), b"U:\x11Gem::Version[\x06I\"\x0a0.1.0\x06:\x06ET");
    }
}
