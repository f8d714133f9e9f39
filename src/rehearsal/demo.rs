//! A small repository to try castoff on: two crates, three Python packages, dependencies between them, and a history
//! with conventional commits and tags. Its files are in `templates/demo`.

use std::path::Path;

use crate::effect::Cmd;
use crate::fault::Fault;
use crate::git::git;
use crate::world::{World, must};

/// Files of the repository as it was released.
const FILES: &[(&str, &str)] = &[
    ("README.md", include_str!("../../templates/demo/README.md")),
    ("Cargo.toml", include_str!("../../templates/demo/Cargo.toml")),
    ("crates/lantern/Cargo.toml", include_str!("../../templates/demo/lantern.toml")),
    ("crates/lantern/src/lib.rs", include_str!("../../templates/demo/lantern.rs")),
    ("crates/lantern-cli/Cargo.toml", include_str!("../../templates/demo/lantern-cli.toml")),
    ("crates/lantern-cli/src/main.rs", include_str!("../../templates/demo/lantern-cli.rs")),
    ("pyproject.toml", include_str!("../../templates/demo/pyproject.toml")),
    ("python/wick/pyproject.toml", include_str!("../../templates/demo/wick.toml")),
    ("python/wick/src/wick/__init__.py", include_str!("../../templates/demo/wick.py")),
    ("python/glow/pyproject.toml", include_str!("../../templates/demo/glow.toml")),
    ("python/glow/src/glow/__init__.py", include_str!("../../templates/demo/glow.py")),
    ("python/beacon/pyproject.toml", include_str!("../../templates/demo/beacon.toml")),
    ("python/beacon/src/beacon/__init__.py", include_str!("../../templates/demo/beacon.py")),
    (".gitignore", "/target\n.venv\n__pycache__\n"),
];

/// What was released before the history begins to be interesting.
const TAGS: &[&str] = &[
    "castoff-demo-lantern-v0.3.0",
    "castoff-demo-lantern-cli-v0.3.0",
    "castoff-demo-wick-v1.0.0",
    "castoff-demo-glow-v1.1.0",
];

/// Commits since, with the line that each adds to a file. `beacon` is new: it was never released.
const COMMITS: &[(&str, &str, &str)] = &[
    (
        "feat(lantern): shine in a colour",
        "crates/lantern/src/lib.rs",
        "\n/// A colour to shine in.\npub const COLOUR: &str = \"amber\";\n",
    ),
    ("docs: say what this is", "README.md", "\nAll of it is made up.\n"),
    ("fix(wick): burn to the end", "python/wick/src/wick/__init__.py", "\nLENGTH = 12\n"),
];

/// Makes the repository in `dir`, which must be empty or new.
///
/// # Errors
/// There is something in the directory already, or git failed.
pub fn make(world: &dyn World, dir: &Path) -> Result<(), Fault> {
    if world.list(dir)?.is_some_and(|names| !names.is_empty()) {
        let fault = Fault::usage(format!("cannot make a repository in `{}`", dir.display()));
        return Err(fault
            .because("there is something in it already")
            .help("name a directory that is empty or new"));
    }
    for (path, text) in FILES {
        world.write(&dir.join(path), text.as_bytes())?;
    }
    let run = |cmd: Cmd| must(world, &cmd, "make the repository of the demo").map(drop);
    run(git(dir).args(["init", "--quiet", "--initial-branch=main"]))?;
    commit(world, dir, "feat: light a lantern", 0)?;
    for tag in TAGS {
        run(git(dir).args(["tag", tag]))?;
    }
    for (count, (message, path, line)) in COMMITS.iter().enumerate() {
        let before = world.read(&dir.join(path))?.unwrap_or_default();
        world.write(&dir.join(path), &[before.as_slice(), line.as_bytes()].concat())?;
        commit(world, dir, message, count + 1)?;
    }
    Ok(())
}

fn commit(world: &dyn World, dir: &Path, message: &str, hour: usize) -> Result<(), Fault> {
    let who = [
        "-c",
        "user.name=castoff demo",
        "-c",
        "user.email=demo@example.invalid",
        "-c",
        "commit.gpgSign=false",
    ];
    must(world, &git(dir).args(["add", "--all"]), "make the repository of the demo").map(drop)?;
    let mut cmd = git(dir).args(who).args(["commit", "--quiet", "--message", message]);
    // Fixed times, so that the same demo has the same history everywhere.
    let time = format!("2026-11-20T{:02}:00:00Z", 9 + hour);
    cmd.env = cmd.env.set("GIT_AUTHOR_DATE", &time).set("GIT_COMMITTER_DATE", &time);
    must(world, &cmd, "make the repository of the demo").map(drop)
}
