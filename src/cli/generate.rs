//! `castoff generate`: writes files that follow from the configuration, and with `--check` says which are stale.

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::Generate;
use super::{DONE, FAILED, Session};
use crate::fault::{Fault, Faults};
use crate::generate::scripts::{self, Source, Stamp};
use crate::generate::{self, Generated};
use crate::git;
use crate::graph::Graph;
use crate::snapshot::checkout::{self, Checkout};
use crate::world::World;

impl Session {
    pub(super) fn generate(&self, world: &dyn World, args: &Generate) -> Result<u8, Faults> {
        let reading = checkout::read(world, &self.globals.dir, self.globals.config.as_deref())?;
        let files = match args.what.as_str() {
            "xtask" => self.xtask(world, &reading.root, args.castoff_path.as_deref())?,
            what => written(world, &reading, what)?,
        };
        let there = there(world, &reading.root, files.iter().map(|file| file.path.as_str()))?;
        let stale: Vec<&Generated> =
            files.iter().filter(|file| there.get(&file.path) != Some(&file.text)).collect();
        if args.check {
            stale.iter().for_each(|file| eprintln!("{} is stale", file.path));
            if stale.is_empty() {
                eprintln!("{} generated files are fresh", files.len());
                return Ok(DONE);
            }
            eprintln!("next: `castoff generate {}`, then commit", args.what);
            return Ok(FAILED);
        }
        // What an xtask needs is added to files of the user's, and nothing of theirs is lost.
        if !args.force && args.what != "xtask" {
            generate::may_replace(&files, &|path| there.get(path).cloned())?;
        }
        for file in &stale {
            if self.globals.dry_run {
                eprintln!("would write {} (--dry-run)", file.path);
            } else {
                let path = reading.root.join(&file.path);
                world.write(&path, file.text.as_bytes())?;
                eprintln!("wrote {}", file.path);
            }
        }
        for file in files.iter().filter(|file| file.executable && !self.globals.dry_run) {
            world.make_executable(&reading.root.join(&file.path))?;
        }
        if stale.is_empty() {
            eprintln!("nothing to write: every file is fresh");
        }
        Ok(DONE)
    }
}

/// The texts of those files that are there, by path.
pub(super) fn there<'a>(
    world: &dyn World,
    root: &Path,
    paths: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, Faults> {
    let mut there = BTreeMap::new();
    for path in paths {
        if let Some(bytes) = world.read(&root.join(path))? {
            there.insert(path.to_string(), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(there)
}

/// The files of a kind, as they should be.
fn written(world: &dyn World, reading: &Checkout, what: &str) -> Result<Vec<Generated>, Faults> {
    let graph = Graph::new(&reading.workspace.packages)?;
    match what {
        "docs" => generate::docs::docs(&reading.workspace, &graph, &reading.config),
        "scripts" => scripts::scripts(Source {
            tree: &reading.tree,
            workspace: &reading.workspace,
            graph: &graph,
            config: &reading.config,
            stamp: &stamp(world, reading)?,
        }),
        other => {
            let fault = Fault::usage(format!("castoff does not generate `{}`", other.escape_debug()));
            Err(fault.help("it generates `docs`, `scripts` and `xtask`").into())
        }
    }
}

/// What scripts say they were made from.
fn stamp(world: &dyn World, reading: &Checkout) -> Result<Stamp, Faults> {
    let id = |text: &str| git::hash_object(world, &reading.root, text.as_bytes());
    let config = reading.config_file.as_ref().map(|(_, text)| id(text)).transpose()?;
    Ok(Stamp { config, manifests: id(&scripts::manifests(&reading.tree, &reading.config))? })
}
