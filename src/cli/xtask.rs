//! The xtask of a repository, written by `castoff init --xtask` and `castoff generate xtask`.

use std::path::Path;

use super::Session;
use super::generate::there;
use crate::fault::Faults;
use crate::generate::Generated;
use crate::generate::xtask::{self, From};
use crate::world::World;

impl Session {
    /// The files of the xtask, as they should be; it is built with the castoff in `castoff`, if that is given.
    pub(super) fn xtask(
        &self,
        world: &dyn World,
        root: &Path,
        castoff: Option<&Path>,
    ) -> Result<Vec<Generated>, Faults> {
        let there = there(world, root, xtask::FILES.iter().copied())?;
        let from = match castoff {
            Some(path) => From::Path(world.absolute(&self.globals.dir.join(path))?.display().to_string()),
            None => From::Version,
        };
        xtask::xtask(&|path| there.get(path).cloned(), &from)
    }

    /// Writes what is not as it should be; with `--dry-run` shows the lines that would come.
    pub(super) fn write_xtask(
        &self,
        world: &dyn World,
        root: &Path,
        files: &[Generated],
    ) -> Result<(), Faults> {
        let there = there(world, root, files.iter().map(|file| file.path.as_str()))?;
        let stale: Vec<&Generated> =
            files.iter().filter(|file| there.get(&file.path) != Some(&file.text)).collect();
        for file in &stale {
            let before = there.get(&file.path);
            let verb = if before.is_some() { "add to" } else { "write" };
            if self.globals.dry_run {
                eprintln!("would {verb} `{}` (--dry-run):", file.path);
                eprint!("{}", new_lines(before.map_or("", String::as_str), &file.text));
            } else {
                world.write(&root.join(&file.path), file.text.as_bytes())?;
                eprintln!("{} `{}`", if before.is_some() { "added to" } else { "wrote" }, file.path);
            }
        }
        match (stale.is_empty(), self.globals.dry_run) {
            (true, _) => eprintln!("the xtask is there already"),
            (false, true) => {}
            (false, false) => eprintln!("next: commit these files and Cargo.lock; then `cargo xtask plan`"),
        }
        Ok(())
    }
}

/// The lines of a text that another one does not have, each as often as it is new.
fn new_lines(before: &str, after: &str) -> String {
    let mut known: Vec<&str> = before.lines().collect();
    let is_new = |line: &&str| match known.iter().position(|other| other == line) {
        Some(place) => {
            known.remove(place);
            false
        }
        None => true,
    };
    let new: Vec<&str> = after.lines().filter(is_new).collect();
    new.iter().map(|line| format!("    + {line}").trim_end().to_string() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::new_lines;

    #[test]
    fn only_what_comes_is_shown() {
        assert_eq!(new_lines("a\nb\n", "a\nx\nb\nb\n"), "    + x\n    + b\n");
    }
}
