//! Gates about what a run may use: credentials for exactly the registries that it uploads to, and room on the disk.

use std::collections::{BTreeMap, BTreeSet};

use super::registries::Candidate;
use super::{Outcome, number};
use crate::checks::Severity;
use crate::config::Trusted;
use crate::fault::Fault;
use crate::registry::{IDENTITY, Target, trusted};

/// How a run shows a registry who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By the token in this variable.
    Token(String),
    /// By what its client keeps in the user's home.
    Stored,
    /// By the identity that the CI gives (trusted publishing).
    Identity,
    /// Not: a server of one's own may have no accounts.
    Nobody,
    /// In no way.
    Missing,
}

/// A CI, as far as it matters to registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ci {
    /// None that is known.
    No,
    /// One that could prove who it is, and in which this job may not.
    Silent,
    /// One that proves who it is.
    Identified,
}

/// The CI that an environment shows.
pub fn ci(env: &dyn Fn(&str) -> Option<String>) -> Ci {
    let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    match (IDENTITY.iter().any(|name| is_set(name)), is_set("GITHUB_ACTIONS") || is_set("GITLAB_CI")) {
        (true, _) => Ci::Identified,
        (false, true) => Ci::Silent,
        (false, false) => Ci::No,
    }
}

/// The registries of a run, by name.
fn targets<'a>(candidates: &[Candidate<'a>]) -> BTreeMap<&'a str, &'a Target> {
    candidates.iter().map(|candidate| (candidate.target.name.as_str(), candidate.target)).collect()
}

/// Credentials for exactly the registries of this run; all that are missing are one finding, of this severity.
pub fn credentials(
    candidates: &[Candidate],
    proofs: &BTreeMap<String, Proof>,
    severity: Severity,
) -> Outcome {
    let id = "credentials";
    let targets = targets(candidates);
    let missing = |target: &&Target| matches!(proofs.get(&target.name), None | Some(Proof::Missing));
    let missing: Vec<&Target> = targets.values().copied().filter(missing).collect();
    if missing.is_empty() {
        let how: Vec<String> = targets
            .keys()
            .filter_map(|name| Some(format!("`{name}` {}", told(proofs.get(*name)?))))
            .collect();
        return Outcome::seen(id, if how.is_empty() { "none is needed".to_string() } else { how.join(", ") });
    }
    let names: Vec<String> = missing.iter().map(|target| format!("`{}`", target.name)).collect();
    let for_packages = |target: &Target| {
        let packages = candidates.iter().filter(|candidate| candidate.target.name == target.name).count();
        let unset = match target.token_env.as_slice() {
            [one] => format!("{one} is not set"),
            all => format!("none of {} is set", all.join(", ")),
        };
        format!("`{}` ({}): {unset}", target.name, number(packages, "package"))
    };
    let why: Vec<String> = missing.iter().map(|target| for_packages(target)).collect();
    let set: Vec<&str> =
        missing.iter().filter_map(|target| Some(target.token_env.first()?.as_str())).collect();
    let fault = Fault::outside(format!("no token for {}", names.join(", "))).because(why.join("\n"));
    let help = match severity {
        Severity::Error => format!("set {}", set.join(" and ")),
        Severity::Warning => format!("a publish would stop here; set {} for it", set.join(" and ")),
    };
    Outcome::seen(id, "").with(severity, [fault.help(help)])
}

fn told(proof: &Proof) -> String {
    match proof {
        Proof::Token(variable) => format!("by {variable}"),
        Proof::Stored => "by what its client keeps".to_string(),
        Proof::Identity => "by trusted publishing".to_string(),
        Proof::Nobody | Proof::Missing => "without any".to_string(),
    }
}

/// Whether a CI uses a token that somebody has to keep, where it could do without; and whether what a trusted publisher
/// cannot do is asked of it.
pub fn trusted_publishing(candidates: &[Candidate], proofs: &BTreeMap<String, Proof>, ci: Ci) -> Outcome {
    let targets = targets(candidates);
    let by_token = targets.values().filter_map(|target| kept_token(target, proofs.get(&target.name)?, ci));
    let by_token: Vec<Fault> = by_token.collect();
    let refused: Vec<Fault> = targets
        .values()
        .filter_map(|target| refused_names(candidates, target, proofs.get(&target.name)?))
        .collect();
    let seen = match ci {
        Ci::No => "not in a CI that could prove who it is",
        Ci::Silent => "no registry of this release could do without a token",
        Ci::Identified => "this CI proves who it is, and no kept token is used in place of that",
    };
    let outcome = Outcome::seen("trusted_publishing", seen).with(Severity::Error, refused);
    outcome.with(Severity::Warning, by_token)
}

fn kept_token(target: &Target, proof: &Proof, ci: Ci) -> Option<Fault> {
    let trust = trusted::of(target).filter(|_| target.trusted != Trusted::Never)?;
    let Proof::Token(variable) = proof else { return None };
    // A token that a step of the workflow asked for is in the same variable, and not all show what they are.
    let unclear = !trust.by_client && trust.token_begins.is_none() && ci == Ci::Identified;
    if ci == Ci::No || unclear || trusted::gave_token(target) {
        return None;
    }
    let fault = Fault::outside(format!("`{}` is published to with the token in `{variable}`", target.name));
    let fault = fault.because(match ci {
        Ci::Identified => "this CI can prove who it is, so nobody has to keep a token",
        _ => "with trusted publishing nobody has to keep a token",
    });
    let job = "register the workflow as a trusted publisher there, give the job `id-token: write`";
    Some(match trust.by_client {
        true => fault.help(format!("{job}, and take `{variable}` away")),
        false => fault.help(format!("{job}, and let a step of it ask for the token")),
    })
}

/// Some registries let a trusted publisher add versions only.
fn refused_names(candidates: &[Candidate], target: &Target, proof: &Proof) -> Option<Fault> {
    let trust = trusted::of(target).filter(|trust| !trust.creates_names)?;
    if *proof != Proof::Identity && !trusted::gave_token(target) {
        return None;
    }
    let new = candidates.iter().filter(|one| one.target.name == target.name && one.is_new());
    let new: BTreeSet<String> = new.map(|one| format!("`{}`", one.package.id.name)).collect();
    if new.is_empty() {
        return None;
    }
    let new: Vec<String> = new.into_iter().collect();
    let fault = Fault::outside(format!("`{}` creates no package for a trusted publisher", trust.registry));
    let fault = fault.because(format!("new there: {}", new.join(", ")));
    Some(fault.help("publish the first version of each with a token, then register the workflow there"))
}

const GIB: u64 = 1 << 30;
/// Less than this is worth a word: what compilers leave is kept between runs, and a first release makes all of it.
const LITTLE: u64 = GIB;
/// With less than this not even the clone is sure to fit.
const TOO_LITTLE: u64 = GIB / 8;

/// Room in the directory in which a release is built.
pub fn disk_space(dir: &str, free: Option<u64>) -> Outcome {
    let id = "disk_space";
    let Some(free) = free else {
        return Outcome::unknown(id, format!("the system does not say how much room `{dir}` has"));
    };
    let mib = free / (1 << 20);
    let fault = || {
        let fault = Fault::outside(format!("there is little room for a build: {mib} MiB in `{dir}`"));
        fault.help("make room, or set CASTOFF_CACHE_DIR to a directory on another disk")
    };
    match free {
        ..TOO_LITTLE => Outcome::seen(id, "").with(Severity::Error, [fault()]),
        TOO_LITTLE..LITTLE => Outcome::seen(id, "").with(Severity::Warning, [fault()]),
        LITTLE.. => Outcome::seen(id, format!("{} GiB are free", free / GIB)),
    }
}
