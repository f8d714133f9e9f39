//! What is done about a published version that nobody shall use any more. No registry lets a version be published again,
//! so this is a mark at the old one, never room for another.

use crate::effect::Cmd;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal<'a> {
    /// The version is taken back, for this reason.
    TakeBack(&'a str),
    /// It was taken back, and shall be used again.
    Restore,
}

/// How an ecosystem does that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// By these commands, one after the other.
    Run(Vec<Cmd>),
    /// By somebody on a page: its address, where one is known, and what to press there.
    ByHand(Option<String>, String),
    /// Not at all, for this reason.
    Never(&'static str),
}
