//! Files that castoff writes for a repository from its configuration and its packages. Writing the same thing again
//! changes nothing, so that a check can tell when they are stale.

use crate::fault::{Fault, Faults};

pub mod docs;
pub mod scripts;
pub mod xtask;

/// A file that is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Path from the root of the repository.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// Whether people run it.
    pub executable: bool,
}

/// Begins what marks a file as ours; what is behind it says how to write the file again.
pub const MARK: &str = "Written by `castoff generate ";

/// Whether these files may be written over what is there now; `now` gives a file's text.
///
/// # Errors
/// Every file that somebody wrote by hand.
pub fn may_replace(files: &[Generated], now: &dyn Fn(&str) -> Option<String>) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for file in files {
        if now(&file.path).is_some_and(|text| !text.lines().take(3).any(|line| line.contains(MARK))) {
            let fault = Fault::usage(format!("`{}` was not written by castoff", file.path)).at(&file.path, 1);
            faults.push(fault.help("move it away, or say `--force` to write over it"));
        }
    }
    faults.or(())
}
