//! What a registry says of the bytes that it has, and how that is written down.

use std::fmt;
use std::str::FromStr;

/// What a registry says of a file's bytes, in lower hexadecimal. Most tell SHA-256; npm has SHA-512.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256.
    Sha256(String),
    /// SHA-512.
    Sha512(String),
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Digest::Sha256(text) => write!(f, "sha256:{text}"),
            Digest::Sha512(text) => write!(f, "sha512:{text}"),
        }
    }
}

impl FromStr for Digest {
    type Err = ();

    fn from_str(text: &str) -> Result<Digest, ()> {
        match text.split_once(':') {
            Some(("sha256", hex)) => Ok(Digest::Sha256(hex.to_string())),
            Some(("sha512", hex)) => Ok(Digest::Sha512(hex.to_string())),
            _ => Err(()),
        }
    }
}
