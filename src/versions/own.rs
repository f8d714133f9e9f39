//! What the changes of a component alone make of its version, and where that version stands.

use std::collections::BTreeMap;

use super::{Judged, Next};
use crate::config::{BumpMode, Config};
use crate::detect::ComponentChange;
use crate::detect::history::History;
use crate::fault::Fault;
use crate::model::{Component, Package, Snapshot, Tree};
use crate::version::{Bump, Version};

/// All that one component's version depends on.
pub(super) struct Deciding<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) config: &'a Config,
    pub(super) history: &'a History<'a>,
    /// The packages of each base without a version of its own.
    pub(super) earlier: &'a BTreeMap<&'a str, Vec<Package>>,
    pub(super) component: &'a Component,
    /// The packages of the component.
    pub(super) packages: Vec<&'a Package>,
    pub(super) change: &'a ComponentChange,
}

impl Deciding<'_> {
    /// What its own changes make of it; `judged` are the commits that touch it.
    pub(super) fn own_next(&self, judged: &[&Judged]) -> Result<Next, Fault> {
        let written = self.written()?;
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
        let mine = counting(judged);
        if let Some(next) = self.asked_for(&mine, &current)? {
            return Ok(next);
        }
        if mine.is_empty() {
            let any = self.change.changed() || !self.change.commits.is_empty();
            return Ok(self.unchanged(current, if any { "no change that releases" } else { "unchanged" }));
        }
        let size = |judged: &&&Judged| (judged.size, judged.bump, std::cmp::Reverse(judged.place));
        let Some(largest) = judged.iter().max_by_key(size) else {
            return Ok(self.unchanged(current, "unchanged"));
        };
        let bump = effective(largest.size.unwrap_or(Bump::Patch), &current, self.config);
        let next = Some(current.advanced(bump));
        let more = mine.iter().filter(|judged| judged.place != largest.place).count();
        Ok(Next { next, bump: Some(bump), ..self.unchanged(current, &evidence(largest, more)) })
    }

    /// The greater version that the manifests name already: somebody wrote it on purpose, and it is what `publish`
    /// would publish. A pre-release there is one of a row, so the release that changes ask for is not final.
    pub(super) fn named_in_manifest(&self, next: Next) -> Result<Next, Fault> {
        let Some(written) = self.written()? else { return Ok(next) };
        let target = next.due();
        let reason = match &next.next {
            Some(version) => format!("its manifest names it; commits ask for {version}"),
            None => "its manifest names it".to_string(),
        };
        let is_final = written.pre.is_none() && written.suffix.is_empty();
        let in_row = written.is_counted() && written > next.current && !target.is_pre();
        if written > *target && (is_final || written.is_counted()) {
            return Ok(Next { next: Some(written), bump: None, reason, ..next });
        }
        if !in_row {
            return Ok(next);
        }
        // The final version is still to come: what is written goes out before it, or the first of a greater one.
        match &written.pre {
            Some(pre) if written.finalised() < *target => {
                Ok(Next { next: Some(target.candidate(pre)), ..next })
            }
            _ => Ok(Next { next: Some(written), ..next }),
        }
    }

    /// The version that HEAD holds.
    fn written(&self) -> Result<Option<Version>, Fault> {
        match self.in_version_file(&self.snapshot.tree) {
            Some(version) => version.map(Some),
            None => Ok(self.packages.iter().map(|package| &package.version).max().cloned()),
        }
    }

    pub(super) fn unchanged(&self, current: Version, reason: &str) -> Next {
        let component = self.component.name.clone();
        Next { component, current, next: None, bump: None, reason: reason.to_string(), causes: Vec::new() }
    }

    /// It takes the version that its manifests hold, where no commit asks for a greater one.
    fn first_release(&self, judged: &[&Judged], current: Version, written: &Version) -> Result<Next, Fault> {
        let next = if written.is_placeholder() { Version::new(0, 1, 0) } else { written.clone() };
        let by_paths = self.config.mode(&self.component.name) == BumpMode::Paths;
        // Where paths decide, no message is looked at.
        let mine = if by_paths { Vec::new() } else { counting(judged) };
        let asked = mine.iter().find_map(|judged| asked(judged));
        let asked = asked.filter(|(_, version)| **version > next);
        let reason = asked.map_or("first release", |_| "first release, asked for by a Release-As footer");
        let next = asked.map_or(next.clone(), |(_, version)| version.clone());
        Ok(Next { next: Some(next), ..self.unchanged(current, reason) })
    }

    fn any_change(&self, current: Version) -> Next {
        match self.change.files.len() {
            0 => self.unchanged(current, "unchanged"),
            count => {
                let next = Some(current.advanced(Bump::Patch));
                let reason = counted(count, "changed file");
                Next { next, bump: Some(Bump::Patch), ..self.unchanged(current, &reason) }
            }
        }
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
        let base = self.change.base.commit.as_str();
        self.version_in(tree, self.earlier.get(base).map(Vec::as_slice).unwrap_or_default())
    }

    /// With no base at all: what the version file held before the last change of it, if that change was the patch
    /// that a bump writes. So the answer stays the same once the bump is committed.
    fn version_before_bump(&self) -> Result<Option<Version>, Fault> {
        let Some(path) = self.version_file() else { return Ok(None) };
        let before = self.history.before_last_change(path);
        let Some(tree) = before.and_then(|commit| self.snapshot.earlier.get(commit)) else { return Ok(None) };
        let now = self.written()?;
        Ok(self.version_in(tree, &[])?.filter(|before| Some(before.advanced(Bump::Patch)) == now))
    }

    /// The version that a tree holds: that of the version file, else that of the manifests, the greatest where
    /// they differ.
    fn version_in(&self, tree: &Tree, packages: &[Package]) -> Result<Option<Version>, Fault> {
        if let Some(version) = self.in_version_file(tree) {
            return version.map(Some);
        }
        let own = packages.iter().filter(|package| self.component.packages.contains(&package.id));
        Ok(own.map(|package| package.version.clone()).max())
    }

    fn in_version_file(&self, tree: &Tree) -> Option<Result<Version, Fault>> {
        let path = self.version_file()?;
        let text = tree.text(path)?;
        Some(text.trim().parse().map_err(|error: crate::version::NotAVersion| {
            let fault = Fault::usage(format!("cannot read the version in `{path}`")).at(path, 1);
            fault.because(error.to_string()).help("the file holds a version and nothing else")
        }))
    }
}

/// The commits whose messages ask for a release.
fn counting<'j>(judged: &[&'j Judged]) -> Vec<&'j Judged> {
    judged.iter().copied().filter(|judged| judged.bump.is_some()).collect()
}

/// The version that a commit asks for.
fn asked(judged: &Judged) -> Option<(usize, &Version)> {
    Some((judged.place, judged.change.as_ref()?.release_as.as_ref()?))
}

/// On 0.y.z a breaking change is a minor step, unless the configuration wants 1.0.0, and a feature is a patch where it
/// says so.
fn effective(bump: Bump, current: &Version, config: &Config) -> Bump {
    match bump {
        Bump::Major if current.is_zero_major() && !config.release.major_on_zero => Bump::Minor,
        Bump::Minor if current.is_zero_major() && !config.release.minor_on_zero => Bump::Patch,
        bump => bump,
    }
}

fn evidence(judged: &Judged, more: usize) -> String {
    let change = judged.change.clone().unwrap_or_default();
    let text = change.breaking.clone().unwrap_or_else(|| change.subject.clone());
    let others = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    let kind = if judged.bump.is_some() { &judged.reason } else { &change.kind };
    format!("{kind}: {text}{others}")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
