//! Tests of the whole program against real git, cargo and uv, and real servers on loopback.
#![expect(clippy::disallowed_methods, reason = "these tests stand outside of castoff and drive it")]

mod actions;
mod after;
mod airgap;
mod bad_input;
mod bindings;
mod bump;
mod bundle;
mod changelog;
mod chaos;
mod check;
mod clients;
mod completions;
mod crate_upload;
mod decide;
mod demo;
mod extra;
mod fake;
mod faults;
mod gems;
mod generate;
mod init;
#[cfg(feature = "tui")]
mod live;
#[cfg(feature = "tui")]
mod look;
mod many;
mod npm;
mod own;
mod own_builds;
mod pipeline;
mod private;
mod programs;
mod publish;
#[path = "../random/mod.rs"]
mod random;
mod read;
mod recompiled;
mod rehearse;
mod rehearse_gems;
mod rehearse_npm;
mod release;
mod retries;
mod release_commit;
mod report;
mod running;
#[cfg(feature = "tui")]
mod script;
mod scripts;
mod scripts_publish;
mod scripts_pypiserver;
mod scripts_release;
mod scripts_update;
mod second;
mod storm;
mod support;
mod tag;
mod taken_back;
mod tas170;
#[cfg(feature = "tui")]
mod terminal;
mod tokens;
mod tools;
mod untouched;
mod verdaccio;
mod versions;
mod xtask;
