//! `castoff generate`: writes files that follow from the configuration, and with `--check` says which are stale.

use std::collections::BTreeMap;

use super::arguments::Generate;
use super::{DONE, FAILED, Session};
use crate::fault::{Fault, Faults};
use crate::generate::{self, Generated};
use crate::graph::Graph;
use crate::snapshot::checkout;
use crate::world::World;

impl Session {
    pub(super) fn generate(&self, world: &dyn World, args: &Generate) -> Result<u8, Faults> {
        let reading = checkout::read(world, &self.globals.dir, self.globals.config.as_deref())?;
        let files = match args.what.as_str() {
            "docs" => generate::docs::docs(
                &reading.workspace,
                &Graph::new(&reading.workspace.packages)?,
                &reading.config,
            )?,
            other => {
                let fault = Fault::usage(format!("castoff does not generate `{}`", other.escape_debug()));
                return Err(fault.help("it generates `docs`").into());
            }
        };
        let mut there = BTreeMap::new();
        for file in &files {
            if let Some(bytes) = world.read(&reading.root.join(&file.path))? {
                there.insert(file.path.clone(), String::from_utf8_lossy(&bytes).into_owned());
            }
        }
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
        if !args.force {
            generate::may_replace(&files, &|path| there.get(path).cloned())?;
        }
        for file in &stale {
            if self.globals.dry_run {
                eprintln!("would write {} (--dry-run)", file.path);
            } else {
                world.write(&reading.root.join(&file.path), file.text.as_bytes())?;
                eprintln!("wrote {}", file.path);
            }
        }
        if stale.is_empty() {
            eprintln!("nothing to write: every file is fresh");
        }
        Ok(DONE)
    }
}
