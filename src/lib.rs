//! castoff releases monorepos.

// surface
pub mod cli;
pub mod report;
// shell
pub mod rehearsal;
pub mod publish;
pub mod apply;
pub mod snapshot;
pub mod stage;
pub mod git;
pub mod world;
// decisions
pub mod plan;
pub mod versions;
pub mod queue;
pub mod graph;
pub mod detect;
pub mod workspace;
// knowledge
pub mod ecosystem;
pub mod registry;
// text
pub mod edit;
pub mod commit;
pub mod config;
// words
pub mod effect;
pub mod model;
pub mod pattern;
pub mod path;
pub mod fault;
pub mod version;
