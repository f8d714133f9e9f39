//! Tests of the whole program against real git, cargo and uv, and real servers on loopback.
#![expect(clippy::disallowed_methods, reason = "these tests stand outside of castoff and drive it")]

mod changelog;
mod fake;
mod pipeline;
mod publish;
mod bad_input;
mod bump;
mod check;
mod decide;
mod read;
mod rehearse;
mod running;
mod support;
mod tag;
mod tools;
mod untouched;
