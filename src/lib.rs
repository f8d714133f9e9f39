//! castoff releases monorepos: it finds the packages of a repository (cargo, uv, npm and gem), reads from git what
//! changed, decides the next versions, writes them, and builds, publishes and verifies in dependency order.
//!
//! # A release is a function and an interpreter
//!
//! * [`snapshot`] reads everything that a decision could need: tracked files, commits, tags. Then reading is over.
//! * [`plan`] is pure: the same snapshot always gives the same plan. Printing the plan *is* the dry run, so no
//!   function takes a flag for one.
//! * [`apply`] and [`publish`] carry a plan out through one door to the outside, the trait [`world::World`].
//! * What cargo, uv, npm and gem differ in is knowledge, not effects: an [`ecosystem`] is one pure trait with a short
//!   implementation for each, a [`registry`] a pure pair of question and answer.
//! * The registry is the truth. Every package first asks its registry what is there, so running again *is* resuming,
//!   and there is no file of release state to lose.
//! * Nothing is built in the checkout. A release is built in a [`stage`]: a clone in the cache directory. Restoring is
//!   dropping it; a killed run leaves nothing to restore.
//!
//! # One release, from top to bottom
//!
//! ```text
//! cli        arguments → command
//!  snapshot  git status, git ls-tree, git log, one batch of texts                reading ends here
//!  plan      detect → graph → versions → edits, order                            pure
//!  report    prints the plan                                                     `plan` stops here
//!  apply     edits → checkout                                                    `bump` stops here
//!  publish   ask the registries → stage (a clone, pins written there) → the calling thread owns the queue
//!             build      one or more packages → files → digests
//!             ship       upload → poll → compare digests → install and try
//!  report    summary: published, already there, failed, blocked by what; exit code
//! ```
//!
//! A [`rehearsal`] is the same line with the planned versions written into the stage and a server on loopback in the
//! place of the registries.
//!
//! # The house
//!
//! A module uses only what stands below it in the list that follows, or to its right in the same row; the order of the
//! `mod` lines is that order, and `tests/layers.rs` checks it. Only `world` starts processes, reads files or asks
//! servers (clippy's `disallowed-methods` say so; the rehearsal's server has its listening socket). Only `report` and
//! `cli` speak to people, only `cli` knows exit codes, only `ecosystem` and `registry` know a package manager by name
//! (and what speaks with its registry: the templates of shell scripts and `generate::scripts`, which fills them).
//!
//! ```text
//! surface    xtask  cli  report (tables, JSON, lines, the live table, pages)
//! shell      steps (of an xtask)  rehearsal (a server on loopback, with faults on demand)
//!            publish (gates, schedule, build, ship, trial; verify, withdraw, packing of bundles)
//!            apply  notify  presence (asks registries, and asks again)  snapshot  stage  git  world
//! decisions  init  generate (scripts, documents, xtask)  preflight  releases (status, what takes one back)  plan
//!            checks  versions  notes  queue  graph  detect  bundle (one file for another machine)  workspace
//! knowledge  ecosystem/{cargo,uv,npm,gem}  registry/{crates_io,pypi,npm,rubygems}, and `own` ones of an xtask
//! text       template  changelog  import (of other tools' settings)  config  commit  edit
//! words      effect  model  pattern  parallel  digest  path  fault  version
//! ```
//!
//! # Using it from Rust
//!
//! A repository's own `cargo xtask` is [`xtask()`], and [`Xtask`] where it has steps of its own: gates, what is done before
//! and after stages, an ecosystem, a registry, a format of release notes. `castoff init --xtask` writes one, and `examples/`
//! has one of each. What lies below is open too:
//!
//! ```no_run
//! use std::path::Path;
//! use castoff::world::Real;
//! use castoff::{plan, snapshot};
//!
//! # fn main() -> Result<(), castoff::fault::Faults> {
//! let tell = |_event| {};
//! let world = Real::new(&tell);
//! let reading = snapshot::read(&world, Path::new("."), None, None)?;
//! let plan = plan::plan(&reading.snapshot, &reading.workspace, &reading.config, &Default::default())?;
//! for next in &plan.versions {
//!     println!("{} {:?}: {}", next.component, next.next, next.reason);
//! }
//! # Ok(())
//! # }
//! ```

// surface
pub mod xtask;
pub mod cli;
pub mod report;
// shell
pub mod steps;
#[cfg(feature = "rehearsal")]
pub mod rehearsal;
pub mod publish;
pub mod apply;
pub mod notify;
pub mod presence;
pub mod snapshot;
pub mod stage;
pub mod git;
pub mod world;
// decisions
pub mod init;
pub mod generate;
pub mod preflight;
pub mod releases;
pub mod plan;
pub mod checks;
pub mod versions;
pub mod notes;
pub mod queue;
pub mod graph;
pub mod detect;
pub mod bundle;
pub mod workspace;
// knowledge
pub mod ecosystem;
pub mod registry;
// text
pub mod template;
pub mod changelog;
pub mod import;
pub mod config;
pub mod commit;
pub mod edit;
// words
pub mod effect;
pub mod model;
pub mod pattern;
pub mod parallel;
pub mod digest;
pub mod path;
pub mod fault;
pub mod version;

pub use xtask::{Xtask, xtask};
