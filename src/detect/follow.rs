//! Components that follow another one: which, how, and whether something changed that releases both together.

use std::collections::{BTreeSet, HashMap};

use super::doubtful::is_rewritten;
use super::scope::is_ignored;
use super::{Base, dead_pattern, differences, matches_nothing, or_path_set};
use crate::config::{self, ComponentRules, Config, Scheme};
use crate::detect::history::History;
use crate::fault::{Fault, Faults};
use crate::model::{Component, Need, PackageId, Snapshot};
use crate::path;
use crate::pattern::Pattern;
use crate::workspace::Workspace;

/// How a component follows another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// The place of the one that it follows.
    pub of: usize,
    /// How its version does.
    pub scheme: Scheme,
    /// What changed since that one's base or its own and releases both together: path sets, paths or packages.
    pub touched: Vec<String>,
    /// Whether they are always released together.
    pub always: bool,
}

/// The components that follow others or are followed, as the configuration names them.
pub fn names(config: &Config) -> BTreeSet<&str> {
    let pairs = config.components.iter().filter_map(|rules| Some([&rules.name, rules.follows.as_ref()?]));
    pairs.flatten().map(String::as_str).collect()
}

/// Whom each component follows, by place; nothing has been compared yet.
///
/// # Errors
/// Names that mean no component, and circles.
pub fn leaders(workspace: &Workspace, config: &Config) -> Result<Vec<Option<Follow>>, Faults> {
    let mut faults = Faults::default();
    let place = |name: &str| workspace.components.iter().position(|component| component.name == name);
    let mut found = Vec::new();
    for component in &workspace.components {
        let rules = config.component(&component.name);
        let Some((rules, name)) = rules.and_then(|rules| Some((rules, rules.follows.as_deref()?))) else {
            found.push(None);
            continue;
        };
        let of = place(name);
        if of.is_none() {
            faults.push(unknown(rules, name, workspace));
        }
        found.push(of.map(|of| Follow { of, scheme: rules.scheme, touched: Vec::new(), always: false }));
    }
    faults.0.extend(circle(&found, workspace, config));
    faults.or(found)
}

fn unknown(rules: &ComponentRules, name: &str, workspace: &Workspace) -> Fault {
    let names = workspace.components.iter().map(|component| component.name.as_str());
    let others = names.filter(|other| *other != rules.name);
    let nearest = others.min_by_key(|other| strsim::damerau_levenshtein(other, name));
    let message =
        format!("`[component.{}]` follows `{}`, which is no component", rules.name, name.escape_debug());
    let fault = config::fault(rules.line, message);
    match nearest {
        Some(nearest) => fault.help(format!("did you mean `{nearest}`?")),
        None => fault.help("there is no other component; leave `follows` out"),
    }
}

/// The first circle of components that follow each other.
fn circle(found: &[Option<Follow>], workspace: &Workspace, config: &Config) -> Option<Fault> {
    let leader = |place: usize| found[place].as_ref().map(|follow| follow.of);
    let in_circle = |start: &usize| {
        let mut way = std::iter::successors(leader(*start), |place| leader(*place)).take(found.len());
        way.any(|place| place == *start)
    };
    let start = (0..found.len()).find(in_circle)?;
    let behind = std::iter::successors(leader(start), |place| leader(*place).filter(|_| *place != start));
    let names: Vec<String> = [start]
        .into_iter()
        .chain(behind)
        .map(|place| format!("`{}`", workspace.components[place].name))
        .collect();
    let line = config.component(&workspace.components[start].name).map_or(0, |rules| rules.line);
    let fault =
        config::fault(line, format!("components follow each other in a circle: {}", names.join(" -> ")));
    Some(fault.help("take one `follows` out"))
}

/// Compares what releases followers with their bases and those of the ones that they follow.
///
/// # Errors
/// A `follow-on` that matches nothing.
pub(super) fn compare(
    found: &mut [Option<Follow>],
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    history: &History,
    bases: &[Base],
) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for ((component, follow), own) in workspace.components.iter().zip(found).zip(bases) {
        let Some(follow) = follow else { continue };
        let Some(rules) = config.component(&component.name) else { continue };
        let base = &bases[follow.of];
        // Since its own last release too: it may have been left out when the other one was released.
        let since = [Some(base), Some(own).filter(|own| own.version.is_some())].into_iter().flatten();
        let paths = since.flat_map(|base| {
            let differing = differences(snapshot, base).iter();
            differing.filter(|path| !is_ignored(path, config) && !is_rewritten(snapshot, base, path))
        });
        let paths: Vec<&str> = paths.map(String::as_str).collect();
        match &rules.follow_on {
            Some(texts) => {
                let dead = |pattern: &Pattern| matches_nothing(snapshot, history, base, pattern);
                let named = named(texts, rules, config, &paths, &dead);
                follow.touched = faults.take(named).unwrap_or_default();
            }
            None => {
                let needed = needed(component, follow.of, workspace);
                follow.always = needed.is_empty() && follow.scheme == Scheme::Same;
                follow.touched = touched_packages(&needed, &paths, workspace);
            }
        }
    }
    faults.or(())
}

/// The path sets and paths of `follow-on` that something changed in.
fn named(
    texts: &[String],
    rules: &ComponentRules,
    config: &Config,
    paths: &[&str],
    dead: &dyn Fn(&Pattern) -> bool,
) -> Result<Vec<String>, Faults> {
    let mut faults = Faults::default();
    let mut found = Vec::new();
    let field = format!("`follow-on` of `[component.{}]`", rules.name);
    let touches = |pattern: &Pattern| paths.iter().any(|path| pattern.matches(path));
    for text in texts {
        if let Some((_, set)) = config.paths.iter().find(|(name, _)| name == text) {
            found.extend(set.iter().any(touches).then(|| text.clone()));
            continue;
        }
        match Pattern::new(text) {
            Ok(pattern) if dead(&pattern) => {
                faults.push(or_path_set(dead_pattern(&pattern, rules.line, &field), &pattern, config));
            }
            Ok(pattern) => found.extend(touches(&pattern).then(|| text.clone())),
            Err(why) => {
                faults
                    .push(config::fault(rules.line, format!("{field} holds the glob `{text}`")).because(why));
            }
        }
    }
    faults.or(found)
}

/// What the packages of a component need, directly or not, as far as it is released with the one that it follows or
/// never by itself.
pub fn needed<'a>(component: &Component, of: usize, workspace: &'a Workspace) -> BTreeSet<&'a PackageId> {
    let mut pending: Vec<&PackageId> = component.packages.iter().collect();
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    while let Some(package) = pending.pop().and_then(|id| workspace.package(id)) {
        let needed = package.dependencies.iter().filter(|dependency| dependency.need != Need::Dev);
        pending.extend(needed.map(|dependency| &dependency.id).filter(|id| seen.insert(id)));
    }
    let leader = &workspace.components[of];
    let with_leader = |id: &&PackageId| match workspace.component_of(id) {
        Some(other) => other.name == leader.name,
        None => !workspace.is_released_with(id, component),
    };
    let known = workspace.packages.iter().map(|package| &package.id).filter(|id| seen.contains(id));
    known.filter(with_leader).collect()
}

/// The needed packages that something changed in: the longest directory has a path.
fn touched_packages(needed: &BTreeSet<&PackageId>, paths: &[&str], workspace: &Workspace) -> Vec<String> {
    let packages = workspace.packages.iter();
    let dirs: HashMap<&str, &PackageId> =
        packages.map(|package| (package.dir.as_str(), &package.id)).collect();
    let owner = |path: &&str| {
        std::iter::successors(Some(path::parent(path)), up).find_map(|dir| dirs.get(dir).copied())
    };
    let touched: BTreeSet<&PackageId> = paths.iter().filter_map(owner).collect();
    touched.into_iter().filter(|id| needed.contains(id)).map(|id| id.name.clone()).collect()
}

/// The directory above; none above the root.
fn up<'p>(dir: &&'p str) -> Option<&'p str> {
    (!dir.is_empty()).then(|| path::parent(dir))
}
