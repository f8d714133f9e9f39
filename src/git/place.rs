//! Where a repository is, and whether its history is whole.

use std::path::{Path, PathBuf};

use crate::fault::{Blame, Fault};
use crate::world::World;

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Root of the checkout.
    pub root: PathBuf,
    /// The directory that all worktrees share.
    pub common: PathBuf,
}

impl Place {
    /// Where the repository says that it comes from, as its own configuration has it.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub fn origin(&self, world: &dyn World) -> Result<Option<String>, Fault> {
        let config = world.read(&self.common.join("config"))?.unwrap_or_default();
        Ok(origin_in(&String::from_utf8_lossy(&config)))
    }
}

/// `url` of `[remote "origin"]`; the last one wins.
fn origin_in(config: &str) -> Option<String> {
    let (mut inside, mut found) = (false, None);
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.trim_end_matches(|c: char| c != ']') == "[remote \"origin\"]";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside)
            && key.trim().eq_ignore_ascii_case("url")
        {
            found = Some(value.trim().trim_matches('"').to_string());
        }
    }
    found.filter(|url| !url.is_empty())
}

/// Finds the repository that holds a directory, and makes sure that its history is complete.
///
/// # Errors
/// There is none, or it is not complete.
pub fn place(world: &dyn World, dir: &Path) -> Result<Place, Fault> {
    let place = locate(world, dir)?;
    complete(world, &place)?;
    Ok(place)
}

/// Finds the repository that holds a directory, by the layout that git documents (gitrepository-layout): a process
/// less than asking, and each one counts when a plan is to be quick.
///
/// # Errors
/// There is none.
pub fn locate(world: &dyn World, dir: &Path) -> Result<Place, Fault> {
    let start = world.absolute(dir).map_err(|fault| Fault { blame: Blame::Usage, ..fault })?;
    for root in start.ancestors() {
        let dot_git = root.join(".git");
        let git_dir = if world.list(&dot_git)?.is_some_and(|names| names.iter().any(|name| name == "HEAD")) {
            dot_git
        } else {
            let Some(text) = world.read(&dot_git).unwrap_or(None) else { continue };
            let text = String::from_utf8_lossy(&text).into_owned();
            let Some(link) = text.trim().strip_prefix("gitdir: ") else { continue };
            root.join(link)
        };
        let common = match world.read(&git_dir.join("commondir"))? {
            Some(text) => git_dir.join(String::from_utf8_lossy(&text).trim()),
            None => git_dir,
        };
        return Ok(Place { root: root.to_path_buf(), common: world.absolute(&common)? });
    }
    let fault = Fault::usage(format!("`{}` is not in a git repository", start.display()));
    Err(fault.help("run castoff in a checkout, or name one with `-C DIR`"))
}

/// A history with holes would answer "nothing changed" where something did.
fn complete(world: &dyn World, place: &Place) -> Result<(), Fault> {
    let cannot = |what: &str| {
        Fault::usage(format!("cannot plan a release from a {what} clone: `{}`", place.root.display()))
    };
    if world.read(&place.common.join("shallow"))?.is_some_and(|text| !text.is_empty()) {
        let fault = cannot("shallow").because("commits and tags that decide about versions may be missing");
        return Err(fault.help("run `git fetch --unshallow --tags` (in GitHub Actions: `fetch-depth: 0`)"));
    }
    let config = world.read(&place.common.join("config"))?.unwrap_or_default();
    let config = String::from_utf8_lossy(&config).to_lowercase();
    if config.lines().any(|line| {
        line.trim_start().starts_with("promisor") || line.trim_start().starts_with("partialclone")
    }) {
        let fault = cannot("partial").because("files that have to be compared may be missing");
        let unset =
            "git config --unset remote.origin.promisor; git config --unset remote.origin.partialclonefilter";
        return Err(fault.help(format!("run `{unset}; git fetch --refetch --tags`")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::origin_in;

    #[test]
    fn the_address_of_origin_is_found() {
        for (text, expected) in [
            (
                "[remote \"origin\"]\n\turl = https://forge.test/a/b.git\n\tfetch = x\n",
                Some("https://forge.test/a/b.git"),
            ),
            ("[remote \"origin\"] ; here\n\tURL=\"git@forge.test:a/b\"\n", Some("git@forge.test:a/b")),
            ("[remote \"other\"]\n\turl = x\n[remote \"origin\"]\n\tfetch = y\n[core]\n\turl = z\n", None),
            ("", None),
        ] {
            assert_eq!(origin_in(text).as_deref(), expected, "{text}");
        }
    }
}
