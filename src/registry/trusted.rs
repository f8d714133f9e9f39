//! Trusted publishing: what each public registry gives a CI that can prove who it is, instead of a token that somebody
//! has to keep.

use super::{Target, addresses};

/// What a registry gives for a proof of identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The registry, by its name in the configuration.
    pub registry: &'static str,
    /// Whether the client asks for a token by itself; else the workflow has a step that does.
    pub by_client: bool,
    /// Whether a package may come to be by it.
    pub creates_names: bool,
    /// How its tokens begin, where others do not.
    pub token_begins: Option<&'static str>,
}

/// All of them.
pub const ALL: &[Trust] = &[
    Trust { registry: "crates-io", by_client: false, creates_names: false, token_begins: Some("cio_tp_") },
    Trust { registry: "pypi", by_client: true, creates_names: true, token_begins: None },
    Trust { registry: "testpypi", by_client: true, creates_names: true, token_begins: None },
    Trust { registry: "npm", by_client: true, creates_names: false, token_begins: None },
    Trust { registry: "rubygems", by_client: false, creates_names: true, token_begins: None },
];

/// What the registry of a target gives; none for a server of one's own.
pub fn of(target: &Target) -> Option<&'static Trust> {
    let name = addresses::by_index(target.kind, &target.index);
    ALL.iter().find(|trust| trust.registry == name)
}

/// Whether a target's token is one that trusted publishing gave, as far as its form shows.
pub fn gave_token(target: &Target) -> bool {
    let begins = of(target).and_then(|trust| trust.token_begins);
    begins.is_some_and(|begins| target.token.as_ref().is_some_and(|token| token.reveal().starts_with(begins)))
}
