//! `[override."COMMIT"]`: what a commit should have said.

use super::section::Section;
use crate::fault::Faults;

/// What a commit should have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The beginning of its id.
    pub commit: String,
    /// Line in the file.
    pub line: usize,
    /// The message that counts instead of its own; an empty one counts for nothing.
    pub message: String,
}

pub(super) fn read(commit: &str, section: &mut Section, faults: &mut Faults) -> Override {
    let message = section.string("message", faults);
    if message.is_none() {
        let help = "write `message = \"fix: what it did\"`; an empty one counts for nothing";
        faults
            .push(super::fault(section.line, format!("`[override.\"{commit}\"]` has no message")).help(help));
    }
    Override { commit: commit.to_lowercase(), line: section.line, message: message.unwrap_or_default() }
}
