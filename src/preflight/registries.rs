//! Gates that need to know what the registries have: versions, names, limits.

use std::collections::BTreeMap;

use super::{Outcome, number, some};
use crate::checks::Severity;
use crate::config::OnDuplicate;
use crate::ecosystem::{self, DistTag};
use crate::fault::Fault;
use crate::model::{Package, PackageId};
use crate::registry::{Target, limits, trusted};
use crate::version::Version;
use crate::versions::is_past;

/// A package that is not on its registry in this version, or not all of it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The package.
    pub package: &'a Package,
    /// The version that is to be published.
    pub version: &'a Version,
    /// Where to.
    pub target: &'a Target,
    /// Every version that is there.
    pub there: &'a [Version],
    /// Whether a part of this version is there.
    pub begun: bool,
    /// Whether what is there came from here.
    pub known: Known,
    /// The tag of its registry that it gets, where there are such.
    pub dist_tag: Option<&'a DistTag>,
    /// A version in the same line that is tagged, with its tag, where that is greater.
    pub passed_by: Option<&'a (Version, String)>,
}

/// Whether this repository knows of what a registry has under a package's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A tag names the package.
    Tagged,
    /// A manifest once held a version that is there.
    Held,
    /// Nothing shows it.
    No,
}

/// What it means that versions are there already.
pub fn duplicates(mode: OnDuplicate, there: &[(&PackageId, &Version)], all: usize) -> Outcome {
    let id = "duplicates";
    let listed =
        there.iter().map(|(id, version)| format!("`{id}` {}", ecosystem::of(id.kind).spell(version)));
    let listed: Vec<String> = listed.collect();
    let (verb, count) = (if there.len() == 1 { "is" } else { "are" }, there.len());
    match (count, mode) {
        (0, _) => Outcome::seen(id, "no version is on its registry already"),
        (_, OnDuplicate::Skip) => {
            Outcome::seen(id, format!("{count} of {all} {verb} there already: {}", some(&listed)))
        }
        (_, OnDuplicate::Warn) => {
            let message = format!("{count} of {} {verb} on their registries already", number(all, "version"));
            let fault = Fault::outside(message).because(some(&listed));
            let fault =
                fault.help("they are left as they are; `--on-duplicate skip` says so without a warning");
            Outcome::seen(id, "").with(Severity::Warning, [fault])
        }
        (_, OnDuplicate::Fail) => {
            let message = format!("{count} of {} {verb} on their registries already", number(all, "version"));
            let fault = Fault::outside(message).because(listed.join("\n"));
            let help = "bump them, or say by `--on-duplicate warn` that they may be there";
            Outcome::seen(id, "").with(Severity::Error, [fault.help(help)])
        }
    }
}

/// A version that was taken back.
#[derive(Clone, Copy, Debug)]
pub struct TakenBack<'a> {
    /// The package.
    pub id: &'a PackageId,
    /// The version.
    pub version: &'a Version,
    /// Where.
    pub registry: &'a str,
    /// What the registry calls that.
    pub why: &'a str,
    /// A package of the run that cannot do without this version.
    pub needed_by: Option<&'a PackageId>,
}

/// What was taken back is there, and is still no release that anybody shall use.
pub fn taken_back(found: &[TakenBack]) -> Outcome {
    let fault = |one: &TakenBack| {
        let (id, spelled) = (one.id, ecosystem::of(one.id.kind).spell(one.version));
        match one.needed_by {
            Some(other) => {
                let fault = Fault::outside(format!("cannot publish `{other}`, which needs `{id}` {spelled}"));
                let fault = fault.because(format!("that was taken back on `{}`: {}", one.registry, one.why));
                fault.help(format!("release what replaces it too: `castoff bump {} {}`", id.name, other.name))
            }
            None => {
                let fault = Fault::outside(format!("`{id}` {spelled} was taken back on `{}`", one.registry));
                fault.because(one.why).help(format!("`castoff bump {}` gives it the next version", id.name))
            }
        }
    };
    let of = |needed: bool| found.iter().filter(move |one| one.needed_by.is_some() == needed).map(fault);
    let seen = Outcome::seen("taken_back", "nothing that is there was taken back");
    seen.with(Severity::Error, of(true)).with(Severity::Warning, of(false))
}

/// Every version is one that its registry takes, and greater than what is published or tagged in its line.
pub fn versions(candidates: &[Candidate]) -> Outcome {
    let seen = match candidates.len() {
        0 => "nothing is to be uploaded".to_string(),
        count => format!("{}, each free and the greatest of its line", number(count, "version")),
    };
    Outcome::seen("versions", seen).with(Severity::Error, candidates.iter().flat_map(wrong_version))
}

fn wrong_version(candidate: &Candidate) -> Vec<Fault> {
    let Candidate { package, version, target, there, .. } = candidate;
    let (id, ecosystem) = (&package.id, ecosystem::of(package.id.kind));
    let spelled = ecosystem.spell(version);
    let mut faults = Vec::new();
    if let Err(why) = ecosystem.takes(version) {
        let fault = Fault::usage(format!("`{}` does not take `{id}` {spelled}", target.name));
        let fault = fault.at(&package.manifest, 0).because(why);
        faults.push(fault.help("name a version that its registry takes, for example 1.2.3"));
    }
    let used_up = there.iter().any(|other| ecosystem.same(other, version));
    if used_up && !candidate.begun {
        let fault = Fault::outside(format!("`{id}` {spelled} was on `{}` and was taken back", target.name));
        let fault = fault.because("a registry takes each number once");
        faults.push(fault.help(format!("release the next one: `castoff bump {}=patch`", id.name)));
    }
    faults.extend(behind(id, version, &target.name, there));
    if let Some((tagged, tag)) = candidate.passed_by {
        let fault = Fault::outside(format!("`{id}` {spelled} is less than {}", ecosystem.spell(tagged)));
        let fault = fault.because(format!("that is tagged: `{tag}`"));
        faults.push(fault.help("publish from the branch of that tag, or merge it first"));
    }
    faults
}

/// A version that is less than what its registry has in the same line.
pub fn behind(id: &PackageId, version: &Version, registry: &str, there: &[Version]) -> Option<Fault> {
    let ecosystem = ecosystem::of(id.kind);
    let greatest = there.iter().filter(|other| is_past(other, version)).max()?;
    let (spelled, greatest) = (ecosystem.spell(version), ecosystem.spell(greatest));
    let fault = Fault::outside(format!("`{id}` {spelled} is less than {greatest}, which is on `{registry}`"));
    let fault = fault.because("no tag that HEAD holds is of that version");
    Some(fault.help("release from the branch that it was published from, or merge that first"))
}

/// No version takes from a greater one the tag by which everybody gets the newest.
pub fn dist_tags(candidates: &[Candidate]) -> Outcome {
    let tags = candidates.iter().filter_map(|candidate| Some((candidate, candidate.dist_tag?)));
    let mut given: BTreeMap<&str, usize> = BTreeMap::new();
    tags.clone().for_each(|(_, tag)| *given.entry(&tag.name).or_default() += 1);
    let given: Vec<String> = given.iter().map(|(name, count)| format!("`{name}` for {count}")).collect();
    let seen =
        if given.is_empty() { "no registry of this run has such".to_string() } else { given.join(", ") };
    let fault = |(candidate, tag): (&Candidate, &DistTag)| {
        let Candidate { package, version, target, there, .. } = candidate;
        let (id, ecosystem) = (&package.id, ecosystem::of(package.id.kind));
        let line = ecosystem.own_line(version, tag).filter(|_| !tag.chosen)?;
        let greatest = there.iter().filter(|other| !other.is_pre()).max().filter(|other| other > version)?;
        let (spelled, greatest) = (ecosystem.spell(version), ecosystem.spell(greatest));
        let message =
            format!("`{id}` {spelled} would be `{}` on `{}`, instead of {greatest}", tag.name, target.name);
        let fault = Fault::outside(message).because("no tag of this repository says that version");
        Some(fault.help(format!(
            "fetch its tags; or name the tag of the registry that it shall get, by `dist-tag = \"{line}\"` in the rules of its component"
        )))
    };
    Outcome::seen("dist_tags", seen).with(Severity::Error, tags.filter_map(fault))
}

/// Every name is free or ours. Who owns one cannot be asked without an account; whether what is there came from here can
/// be seen.
pub fn names(candidates: &[Candidate]) -> Outcome {
    let new = candidates.iter().filter(|candidate| candidate.is_new());
    let new: Vec<String> = new.map(|candidate| format!("`{}`", candidate.package.id)).collect();
    let seen = match new.len() {
        0 => "no name is new".to_string(),
        count => format!("{}: {}", number(count, "new name"), some(&new)),
    };
    let taken =
        |candidate: &&Candidate| !candidate.is_new() && !candidate.begun && candidate.known == Known::No;
    let fault = |candidate: &Candidate| {
        let Candidate { package, target, there, .. } = candidate;
        let id = &package.id;
        let greatest = there.iter().max().map_or(String::new(), |it| ecosystem::of(id.kind).spell(it));
        let fault = Fault::outside(format!("the name `{}` is taken on `{}`", id.name, target.name));
        let fault = fault.because(format!(
            "it is at {greatest} there, and no tag and no manifest of this repository ever said one of its versions"
        ));
        fault.help("if it is yours, tag the commit that it was published from; else choose another name")
    };
    Outcome::seen("names", seen).with(Severity::Error, candidates.iter().filter(taken).map(fault))
}

impl Candidate<'_> {
    /// Whether its registry does not know the package at all.
    pub fn is_new(&self) -> bool {
        self.there.is_empty() && !self.begun
    }
}

/// How long the limits of the registries make the uploads take.
pub fn rate_limits(candidates: &[Candidate]) -> Outcome {
    let mut uploads: BTreeMap<&str, (&Target, limits::Uploads)> = BTreeMap::new();
    for candidate in candidates {
        let target = candidate.target;
        let (_, counts) = uploads.entry(&target.name).or_insert((target, limits::Uploads::default()));
        counts.trusted = trusted::gave_token(target);
        *if candidate.is_new() { &mut counts.names } else { &mut counts.versions } += 1;
    }
    let waits = uploads.into_values().filter_map(|(target, counts)| limits::forecast(target, counts));
    let fault = |forecast: limits::Forecast| {
        let fault = Fault::outside(forecast.told());
        fault.help(
            "let it run, or publish in parts on several days: running it again goes on where it stopped",
        )
    };
    Outcome::seen("rate_limits", "no registry makes this wait").with(Severity::Warning, waits.map(fault))
}
