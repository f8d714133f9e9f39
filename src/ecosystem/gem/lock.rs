//! Gemfile.lock, line by line: the entries of gems that it takes from directories of the repository.

use std::ops::Range;

use crate::path;

/// A line that names a gem.
pub(super) struct Line<'a> {
    pub(super) role: Role,
    pub(super) name: &'a str,
    /// What stands in parentheses behind it.
    pub(super) inner: &'a str,
    pub(super) range: Range<usize>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A gem in a directory, with its version.
    Spec,
    /// What the gem above needs.
    Needs,
    /// What the Gemfile asks for.
    Asked,
    /// A gem whose archive has a digest; one in a directory has a line without.
    Checksum,
}

/// Names that a lock may have.
pub(super) const NAMES: [&str; 2] = ["Gemfile.lock", "gems.locked"];

/// Every line that may be about a gem of the repository. Gems from elsewhere are left out.
pub(super) fn lines<'a>(lock: &str, text: &'a str) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    let (mut section, mut is_ours) = ("", false);
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let indent = line.len() - line.trim_start().len();
        if indent == 0 && !line.is_empty() {
            (section, is_ours) = (line, false);
        }
        if let Some(remote) = line.strip_prefix("  remote: ") {
            is_ours = section == "PATH" && path::resolve(path::parent(lock), remote).is_some();
        }
        let role = match (section, indent) {
            ("PATH", 4) if is_ours => Some(Role::Spec),
            ("PATH", 6) if is_ours => Some(Role::Needs),
            ("DEPENDENCIES", 2) => Some(Role::Asked),
            ("CHECKSUMS", 2) => Some(Role::Checksum),
            _ => None,
        };
        if let Some(role) = role {
            let text = line.trim_start();
            let (name, rest) = text.split_once(" (").unwrap_or((text.trim_end_matches('!'), ""));
            let inner = rest.split(')').next().unwrap_or_default();
            let from = start + indent + name.len() + 2;
            found.push(Line { role, name, inner, range: from..from + inner.len() });
        }
        start += whole.len();
    }
    found
}
