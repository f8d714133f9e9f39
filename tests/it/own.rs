//! castoff releases itself: its own castoff.toml holds, and the files that follow from it are fresh.

use std::path::Path;
use std::process::Command;

use crate::support::{Ran, ran};

fn castoff(args: &[&str]) -> Ran {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
    ran(command.args(args).current_dir(root).output().unwrap())
}

#[test]
fn its_documents_are_fresh() {
    // On failure: `cargo run -- generate docs`, and commit.
    castoff(&["generate", "docs", "--check"]).expect(0);
}

#[test]
fn it_is_healthy_and_one_component() {
    castoff(&["check"]).expect(0);
    let found = castoff(&["discover", "--json"]).expect(0).json();
    let published: Vec<_> = found["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["publishable"] == true)
        .collect();
    assert_eq!(published.len(), 1, "{published:?}");
    assert_eq!(published[0]["id"], "cargo:castoff");
}
