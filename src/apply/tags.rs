//! Tags of what is live: a tag says that a version was published, so it is made after the registries were asked, never
//! before.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::detect::history::own_tags;
use crate::effect::{Cmd, Environment};
use crate::fault::{Fault, Faults};
use crate::git::git;
use crate::model::{Component, VersionHome};
use crate::plan::tag_name;
use crate::presence::{self, trust};
use crate::registry::{Presence, Wanted};
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::{World, must};

/// What becomes of a component's tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// It is to be made.
    Due(String),
    /// It is there.
    There(String),
    /// A package of the component is not live in this version.
    NotLive(String, Version),
}

/// What becomes of the tag of every component at HEAD.
///
/// # Errors
/// A registry that does not answer.
pub fn tags(world: &dyn World, reading: &Reading) -> Result<Vec<(String, Tagging)>, Faults> {
    let mut faults = Faults::default();
    let mut found = Vec::new();
    for component in &reading.workspace.components {
        let tagging = one(world, reading, component).map_err(|mut inner| faults.0.append(&mut inner.0));
        found.extend(tagging.ok().flatten().map(|tagging| (component.name.clone(), tagging)));
    }
    faults.or(found)
}

fn one(world: &dyn World, reading: &Reading, component: &Component) -> Result<Option<Tagging>, Faults> {
    let packages: Vec<_> = component.packages.iter().filter_map(|id| reading.workspace.package(id)).collect();
    let Some(version) = packages.iter().map(|package| &package.version).max() else { return Ok(None) };
    let tag = tag_name(component, version, &reading.workspace);
    // One made by hand may spell it otherwise: `v0.2.0-rc1` is the tag of 0.2.0rc1 too.
    let known = own_tags(&reading.snapshot.tags, &component.tag);
    if let Some((_, there)) = known.iter().find(|(known, there)| known == version || there.name == tag) {
        return Ok(Some(Tagging::There(there.name.clone())));
    }
    for package in packages.iter().filter(|package| package.version_home != VersionHome::Tag) {
        let name = package.registry().unwrap_or_default();
        let here = (&*reading.snapshot.root, &reading.config);
        let targets = trust::targets(world, here.0, here.1, [*package].into_iter(), &|_| None)?;
        let Some(target) = targets.get(name) else { continue };
        let patience = reading.config.publish.patience;
        let wanted = Wanted::of(package, &package.version);
        let ask = || presence::ask(world, target, &wanted);
        if !matches!(presence::insist(world, patience, &ask)?, Presence::Live(_)) {
            return Ok(Some(Tagging::NotLive(package.id.to_string(), package.version.clone())));
        }
    }
    Ok(Some(Tagging::Due(tag)))
}

/// Makes tags at a commit; all names are checked before the first is made.
///
/// # Errors
/// A name that git refuses, or git itself failed.
pub fn make(world: &dyn World, root: &Path, commit: &str, names: &[String]) -> Result<(), Fault> {
    for name in names {
        let check = git(root).args(["check-ref-format", &format!("refs/tags/{name}")]);
        if !world.run(&check)?.ok() {
            let fault = Fault::usage(format!("`{}` cannot be the name of a tag", name.escape_debug()));
            return Err(
                fault.help("change `tag` in castoff.toml; `git check-ref-format --help` has the rules")
            );
        }
    }
    for name in names {
        must(world, &git(root).args(["tag", "--no-sign", name, commit]), &format!("make the tag `{name}`"))
            .map(drop)?;
    }
    Ok(())
}

/// The tags that `origin` has.
///
/// # Errors
/// It did not say.
pub fn on_origin(world: &dyn World, root: &Path) -> Result<BTreeSet<String>, Fault> {
    let env = Environment::default().set("GIT_TERMINAL_PROMPT", "0");
    let cmd = Cmd { limit: Duration::from_secs(60), ..Cmd::new("git", root) };
    let looked = cmd.args(["ls-remote", "--tags", "--refs", "origin"]).env(env);
    let text = must(world, &looked, "look at the tags of `origin`")?.text();
    let names = text.lines().filter_map(|line| line.split_once("\trefs/tags/"));
    Ok(names.map(|(_, name)| name.to_string()).collect())
}

/// Pushes tags to `origin` in one step, and looks whether they arrived; each with the commit that it stands on.
///
/// # Errors
/// The push was refused, or the remote does not show a tag.
pub fn push(world: &dyn World, root: &Path, tags: &[(String, String)]) -> Result<(), Fault> {
    let refs: Vec<String> = tags.iter().map(|(name, _)| format!("refs/tags/{name}")).collect();
    // Not the quiet git of reading: hooks and settings for pushing are the user's own.
    let user_git = || Cmd::new("git", root);
    let pushed = user_git().args(["push", "--atomic", "origin"]).args(refs.clone());
    must(world, &pushed, "push the tags").map(drop).map_err(|fault| {
        fault.help("the tags are made here; push them with `castoff tag --push` once the remote takes them")
    })?;
    let peeled = refs.iter().map(|name| format!("{name}^{{}}"));
    let looked = user_git().args(["ls-remote", "--tags", "origin"]).args(refs.clone()).args(peeled);
    let text = must(world, &looked, "look at the tags of `origin`")?.text();
    // A tag object has another id than its commit; the remote shows that one with `^{}` behind the name.
    let shows = |name: &str, commit: &str| {
        let line = format!("{commit}\trefs/tags/{name}");
        text.lines().any(|shown| shown == line || shown == format!("{line}^{{}}"))
    };
    match tags.iter().find(|(name, commit)| !shows(name, commit)) {
        None => Ok(()),
        Some((name, commit)) => {
            Err(Fault::outside(format!("`origin` does not show the tag `{name}` at {commit} after the push")))
        }
    }
}
