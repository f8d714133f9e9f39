//! castoff releases itself: its own castoff.toml holds, and the files that follow from it are fresh.

use std::path::Path;
use std::process::Command;

use crate::support::{Ran, ran};

fn own(program: &str, args: &[&str]) -> Ran {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    ran(command.args(args).current_dir(root).env("CASTOFF_CACHE_DIR", cache.path()).output().unwrap())
}

fn castoff(args: &[&str]) -> Ran {
    own(env!("CARGO_BIN_EXE_castoff"), args)
}

#[test]
fn its_documents_and_scripts_are_fresh() {
    for what in ["docs", "scripts"] {
        // On failure: `cargo run -- generate docs` or `scripts`, and commit.
        castoff(&["generate", what, "--check"]).expect(0);
    }
}

#[test]
fn its_scripts_and_castoff_say_the_same_of_it() {
    for (script, command) in [("detect-changes.sh", "detect"), ("calculate-versions.sh", "versions")] {
        let by_script = own("sh", &[&format!("scripts/release/{script}")]);
        let by_castoff = castoff(&[command, "--format", "env"]);
        assert_eq!(
            (by_script.code, &by_script.stdout),
            (by_castoff.code, &by_castoff.stdout),
            "{by_script:?}"
        );
    }
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
