//! What is in a built archive, as far as it can be wrong: gzipped tars, of which sdists and npm's packages are made.

use std::io::{self, Read};

use flate2::read::GzDecoder;

mod contents;

pub use contents::Entry;

/// A file that a build left.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl Artifact<'_> {
    /// The text at a path of a gzipped tar.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self, path: &str) -> io::Result<Option<String>> {
        let mut archive = tar::Archive::new(GzDecoder::new(self.bytes));
        for entry in archive.entries()? {
            let mut entry = entry?;
            if *entry.path_bytes() == *path.as_bytes() {
                let mut text = String::new();
                entry.read_to_string(&mut text)?;
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}
