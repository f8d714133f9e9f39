//! How built files come to a registry.

use std::fmt;

use super::{Cmd, Request};

/// Brings built files to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upload {
    /// The ecosystem's own client does.
    Run(Cmd),
    /// castoff does, with one request.
    Send(Request),
}

impl fmt::Display for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Upload::Run(cmd) => cmd.fmt(f),
            Upload::Send(request) => write!(f, "{} {}", request.method.name(), request.url),
        }
    }
}
