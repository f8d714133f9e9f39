//! Changes and graph → the next version of every component, each with the reason and the commits that show it.

use std::collections::BTreeMap;

use crate::config::{BumpMode, Config};
use crate::detect::history::History;
use crate::detect::{ComponentChange, Detected};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::{Component, PackageId, Snapshot, Tree};
use crate::version::{Bump, Version};
use crate::workspace::Workspace;
pub use commits::Judged;

mod commits;
mod dependents;

/// What becomes of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Component.
    pub component: String,
    /// Version at its base.
    pub current: Version,
    /// Version to release; none when it is unchanged.
    pub next: Option<Version>,
    /// The step between them; none for a first release or a version that was asked for.
    pub bump: Option<Bump>,
    /// Why.
    pub reason: String,
    /// Components whose release makes this one necessary.
    pub causes: Vec<String>,
}

/// Decides the next versions.
///
/// # Errors
/// A next version that is tagged already.
pub fn decide(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    detected: &Detected,
) -> Result<(Vec<Next>, Vec<Judged>), Faults> {
    let judged = commits::judge(snapshot, detected, config);
    let mut faults = Faults::default();
    let history = History::new(snapshot);
    let pairs = workspace.components.iter().zip(&detected.components);
    let all: Vec<Deciding> = pairs
        .map(|(component, change)| Deciding {
            snapshot,
            workspace,
            config,
            history: &history,
            component,
            change,
        })
        .collect();
    let own = all.iter().filter_map(|deciding| faults.take(deciding.own_next(&judged).map_err(Faults::from)));
    let mut next: Vec<Next> = own.collect();
    faults.or(())?;
    if config.release.propagate {
        dependents::propagate(workspace, config, &mut next);
    }
    // With `--from` it is a question about the past, and what the manifests say now has no part in it.
    if snapshot.from.is_none() {
        let mut raised = false;
        for (deciding, next) in all.iter().zip(&mut next).filter(|(deciding, _)| !deciding.change.base.first)
        {
            if let Some(named) = deciding.named_in_manifest(next)? {
                *next = named;
                raised = true;
            }
        }
        if raised && config.release.propagate {
            dependents::propagate(workspace, config, &mut next);
        }
    }
    let mut faults = Faults::default();
    // With `--from` nothing is released from the answer.
    for (component, next) in workspace.components.iter().zip(&next).filter(|_| snapshot.from.is_none()) {
        faults.0.extend(tagged_already(snapshot, &history, component, next));
    }
    faults.or((next, judged))
}

/// The version of every package after the release.
pub fn package_versions(workspace: &Workspace, next: &[Next]) -> BTreeMap<PackageId, Version> {
    let of = |id: &PackageId| {
        let component = workspace.component_of(id)?;
        next.iter().find(|next| next.component == component.name)?.next.clone()
    };
    workspace
        .packages
        .iter()
        .map(|package| (package.id.clone(), of(&package.id).unwrap_or_else(|| package.version.clone())))
        .collect()
}

/// The packages that are released, with their next versions.
pub fn released(workspace: &Workspace, next: &[Next]) -> BTreeMap<PackageId, Version> {
    let of = |component: &Component| next.iter().find(|next| next.component == component.name)?.next.clone();
    let components = workspace.components.iter().filter_map(|component| Some((component, of(component)?)));
    components
        .flat_map(|(component, version)| {
            component.packages.iter().map(move |id| (id.clone(), version.clone()))
        })
        .collect()
}

/// All that one component's version depends on.
struct Deciding<'a> {
    snapshot: &'a Snapshot,
    workspace: &'a Workspace,
    config: &'a Config,
    history: &'a History<'a>,
    component: &'a Component,
    change: &'a ComponentChange,
}

impl Deciding<'_> {
    /// What its own changes make of it.
    fn own_next(&self, judged: &[Judged]) -> Result<Next, Fault> {
        let written = self.version_in(&self.snapshot.tree, &self.workspace.packages)?;
        let written = written.unwrap_or_else(|| Version::new(0, 0, 0));
        let current = match &self.change.base.version {
            Some(tagged) => tagged.clone(),
            None => self.earlier_version()?.unwrap_or_else(|| written.clone()),
        };
        let by_paths = self.config.mode(&self.component.name) == BumpMode::Paths;
        if self.change.base.first && !(by_paths && self.version_file().is_some()) {
            return self.first_release(judged, current, &written);
        }
        if by_paths {
            return Ok(self.any_change(current));
        }
        let mine = self.counting(judged);
        if let Some(next) = self.asked_for(&mine, &current)? {
            return Ok(next);
        }
        let Some(largest) = mine.iter().max_by_key(|judged| (judged.bump, std::cmp::Reverse(judged.place)))
        else {
            let any = self.change.changed() || !self.change.commits.is_empty();
            return Ok(self.unchanged(current, if any { "no change that releases" } else { "unchanged" }));
        };
        let bump = effective(largest.bump.unwrap_or(Bump::Patch), &current, self.config);
        let next = Some(current.bumped(bump));
        Ok(Next { next, bump: Some(bump), ..self.unchanged(current, &evidence(largest, mine.len() - 1)) })
    }

    /// The greater version that the manifests name already: somebody wrote it on purpose, and it is what `publish`
    /// would publish.
    fn named_in_manifest(&self, next: &Next) -> Result<Option<Next>, Fault> {
        let written = self.version_in(&self.snapshot.tree, &self.workspace.packages)?;
        let is_final = |version: &Version| version.pre.is_none() && version.suffix.is_empty();
        let greater = |version: &Version| next.next.as_ref().unwrap_or(&next.current) < version;
        let Some(written) = written.filter(|version| is_final(version) && greater(version)) else {
            return Ok(None);
        };
        let reason = match &next.next {
            Some(version) => format!("its manifest names it; commits ask for {version}"),
            None => "its manifest names it".to_string(),
        };
        Ok(Some(Next { next: Some(written), bump: None, reason, ..next.clone() }))
    }

    fn unchanged(&self, current: Version, reason: &str) -> Next {
        let component = self.component.name.clone();
        Next { component, current, next: None, bump: None, reason: reason.to_string(), causes: Vec::new() }
    }

    /// It takes the version that its manifests hold, where no commit asks for a greater one.
    fn first_release(&self, judged: &[Judged], current: Version, written: &Version) -> Result<Next, Fault> {
        let next = if written.is_placeholder() { Version::new(0, 1, 0) } else { written.clone() };
        let asked = self.counting(judged).iter().find_map(|judged| asked(judged));
        let asked = asked.filter(|(_, version)| **version > next);
        let reason = asked.map_or("first release", |_| "first release, asked for by a Release-As footer");
        let next = asked.map_or(next.clone(), |(_, version)| version.clone());
        Ok(Next { next: Some(next), ..self.unchanged(current, reason) })
    }

    fn any_change(&self, current: Version) -> Next {
        match self.change.files.len() {
            0 => self.unchanged(current, "unchanged"),
            count => {
                let next = Some(current.bumped(Bump::Patch));
                let reason = counted(count, "changed file");
                Next { next, bump: Some(Bump::Patch), ..self.unchanged(current, &reason) }
            }
        }
    }

    /// The commits whose messages ask for a release of it.
    fn counting<'j>(&self, judged: &'j [Judged]) -> Vec<&'j Judged> {
        let counts =
            |judged: &&Judged| judged.bump.is_some() && judged.components.contains(&self.component.name);
        judged.iter().filter(counts).collect()
    }

    /// A version that a commit asks for, the newest one that has not been served.
    fn asked_for(&self, mine: &[&Judged], current: &Version) -> Result<Option<Next>, Fault> {
        let tagged = self.history.own_tags(&self.component.tag);
        let served = |version: &Version| tagged.iter().any(|(other, _)| other == version);
        let mut open = mine.iter().filter_map(|judged| asked(judged)).filter(|(_, version)| !served(version));
        let Some((place, version)) = open.next() else { return Ok(None) };
        if version > current {
            let none = self.unchanged(current.clone(), "asked for by a Release-As footer");
            return Ok(Some(Next { next: Some(version.clone()), ..none }));
        }
        let commit = &self.snapshot.commits[place];
        let message = format!(
            "commit {} asks for `{}` as {version} in a Release-As footer",
            commit.short(),
            self.component.name
        );
        let fault =
            Fault::usage(message).because(format!("it is at {current}, and versions never go backwards"));
        Err(fault.help(format!("take it back with `git revert {}`", commit.short())))
    }

    fn version_file(&self) -> Option<&str> {
        self.config.component(&self.component.name)?.version_file.as_deref()
    }

    /// The version at the base, where no tag says it.
    fn earlier_version(&self) -> Result<Option<Version>, Fault> {
        if self.change.base.commit.is_empty() {
            return self.version_before_bump();
        }
        let Some(tree) = self.snapshot.earlier.get(&self.change.base.commit) else { return Ok(None) };
        let found = ecosystem::ALL.iter().filter_map(|ecosystem| ecosystem.discover(tree).ok()).flatten();
        self.version_in(tree, &found.collect::<Vec<_>>())
    }

    /// With no base at all: what the version file held before the last change of it, if that change was the patch
    /// that a bump writes. So the answer stays the same once the bump is committed.
    fn version_before_bump(&self) -> Result<Option<Version>, Fault> {
        let Some(path) = self.version_file() else { return Ok(None) };
        let before = self.history.before_last_change(path);
        let Some(tree) = before.and_then(|commit| self.snapshot.earlier.get(commit)) else { return Ok(None) };
        let now = self.version_in(&self.snapshot.tree, &[])?;
        Ok(self.version_in(tree, &[])?.filter(|before| Some(before.bumped(Bump::Patch)) == now))
    }

    /// The version that a tree holds: that of the version file, else that of the manifests, the greatest where
    /// they differ.
    fn version_in(&self, tree: &Tree, packages: &[crate::model::Package]) -> Result<Option<Version>, Fault> {
        if let Some((path, text)) = self.version_file().and_then(|path| Some((path, tree.text(path)?))) {
            return text.trim().parse().map(Some).map_err(|error: crate::version::NotAVersion| {
                let fault = Fault::usage(format!("cannot read the version in `{path}`")).at(path, 1);
                fault.because(error.to_string()).help("the file holds a version and nothing else")
            });
        }
        let own = packages.iter().filter(|package| self.component.packages.contains(&package.id));
        Ok(own.map(|package| package.version.clone()).max())
    }
}

/// The version that a commit asks for.
fn asked(judged: &Judged) -> Option<(usize, &Version)> {
    Some((judged.place, judged.change.as_ref()?.release_as.as_ref()?))
}

/// On 0.y.z a breaking change is a minor step, unless the configuration wants 1.0.0.
fn effective(bump: Bump, current: &Version, config: &Config) -> Bump {
    if bump == Bump::Major && current.is_zero_major() && !config.release.major_on_zero {
        Bump::Minor
    } else {
        bump
    }
}

fn evidence(judged: &Judged, more: usize) -> String {
    let change = judged.change.clone().unwrap_or_default();
    let text = change.breaking.clone().unwrap_or_else(|| change.subject.clone());
    let others = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    format!("{}: {text}{others}", judged.reason)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A version is released once, and in its line it is the greatest: a tag on commits that HEAD does not hold may be
/// greater only where this is a maintenance release of an older line (1.4.1 after 2.0.0).
fn tagged_already(
    snapshot: &Snapshot,
    history: &History,
    component: &Component,
    next: &Next,
) -> Option<Fault> {
    let version = next.next.as_ref()?;
    let tags = history.own_tags(&component.tag);
    let in_the_way = |(tagged, tag): &&(Version, &crate::model::Tag)| {
        tag.commit != snapshot.head && (tagged == version || (tagged > version && same_line(tagged, version)))
    };
    let (tagged, tag) = tags.iter().filter(in_the_way).max()?;
    let how =
        if tagged == version { "is tagged already".to_string() } else { format!("is less than {tagged}") };
    let message = format!("the next version of `{}`, {version}, {how}: `{}`", component.name, tag.name);
    let short = tag.commit.get(..7).unwrap_or_default();
    let why = match history.reaches(&tag.commit) {
        true => format!("the tag is on {short}"),
        false => format!("the tag is on {short}, which HEAD does not hold"),
    };
    Some(Fault::usage(message).because(why).help("release from the branch of that tag, or merge it first"))
}

/// Versions that stand for one another: 1.4.1 and 1.5.0, or 0.3.1 and 0.3.2.
fn same_line(one: &Version, other: &Version) -> bool {
    let places = if one.is_zero_major() { 2 } else { 1 };
    let line = |version: &Version| -> Vec<u64> { version.release.iter().take(places).copied().collect() };
    line(one) == line(other)
}

#[cfg(test)]
mod tests;
