//! The facts by which gates judge a run: what the registries said, who we are there, what the machine has. Each is
//! gathered once, and the run goes on with the same answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::before::{self, Asked, Present};
use super::{Goal, Run, Unit};
use crate::checks::Severity;
use crate::ecosystem;
use crate::effect::{Event, Step};
use crate::fault::Faults;
use crate::git;
use crate::model::{PackageId, VersionHome};
use crate::preflight::access::{self, Proof};
use crate::preflight::registries::{self, Candidate, Known, TakenBack};
use crate::preflight::{self, Outcome};
use crate::registry::{IDENTITY, Presence, Target};
use crate::stage::Den;
use crate::version::Version;
use crate::world::World;

/// What tags say of a package.
#[derive(Clone, Debug, Default)]
pub struct Tagged {
    /// Whether any tag names its component.
    pub any: bool,
    /// The greatest version of its line that is tagged, with its tag, where that has gone past what HEAD says.
    pub passed_by: Option<(Version, String)>,
}

/// All that gates a run, what was looked at before included.
pub(super) fn judge(world: &dyn World, den: &Den, run: &Run, asked: Result<&Asked, &Faults>) -> Vec<Outcome> {
    let mut outcomes = run.gates.clone();
    match asked {
        Ok(asked) => outcomes.extend(of_answers(world, den, run, asked)),
        Err(silent) => {
            let mut unknown = not_asked("a registry did not say what it has");
            unknown.retain(|outcome| outcome.id != ANSWERS);
            outcomes.push(Outcome::of(ANSWERS, "", Err(silent.clone())));
            outcomes.extend(unknown);
        }
    }
    let dir = den.run.display().to_string();
    outcomes.push(access::disk_space(&dir, world.free_space(&den.run)));
    outcomes
}

/// The gate of the registries themselves.
const ANSWERS: &str = "registries_answer";

/// The gates that cannot be looked at without the registries.
const OF_ANSWERS: &[&str] = &[
    ANSWERS,
    "duplicates",
    "taken_back",
    "kept_builds",
    "versions",
    "dist_tags",
    "access",
    "names",
    "contents_agree",
    "needs",
    "rate_limits",
    "credentials",
    "trusted_publishing",
    "tools",
];

/// The same, with the reason why they were not.
pub(super) fn not_asked(why: &str) -> Vec<Outcome> {
    OF_ANSWERS.iter().map(|id| Outcome::unknown(id, why)).collect()
}

fn of_answers(world: &dyn World, den: &Den, run: &Run, asked: &Asked) -> Vec<Outcome> {
    let present = present(asked);
    let is_live = |unit: &&Unit| matches!(present.get(&unit.package.id), Some(Presence::Live(_)));
    let (there, missing): (Vec<&Unit>, Vec<&Unit>) = run.units.iter().partition(is_live);
    let there: Vec<(&PackageId, &Version)> =
        there.into_iter().map(|unit| (&unit.package.id, &unit.version)).collect();
    let answered = format!("{} answered", asked_registries(run));
    let mut outcomes = vec![
        Outcome::seen(ANSWERS, answered),
        registries::duplicates(run.rules.on_duplicate, &there, run.units.len()),
        registries::taken_back(&taken_back(run, &missing, asked)),
        Outcome::of(
            "kept_builds",
            "nothing else was built of what is there",
            before::compare_kept(world, run, &present),
        ),
    ];
    let candidates: Vec<Candidate> =
        missing.iter().filter_map(|unit| candidate(world, run, unit, asked)).collect();
    let proofs = proofs(world, run, &candidates);
    let missing_token = match run.goal {
        Goal::Publish => Severity::Error,
        Goal::Build => Severity::Warning,
    };
    let tagged = Outcome::of(
        "contents_agree",
        "nothing changed since its version was tagged",
        before::is_what_was_tagged(run, &missing),
    );
    let needs = Outcome::of(
        "needs",
        "what is needed is there, or in this run",
        before::relied_are_there(run, &missing, &present),
    );
    outcomes.extend([
        registries::versions(&candidates),
        registries::dist_tags(&candidates),
        Outcome::of("access", "who may see what is new is said", unsaid(world, den, run, &candidates)),
        registries::names(&candidates),
        tagged,
        needs,
        registries::rate_limits(&candidates),
        access::credentials(&candidates, &proofs, missing_token),
        access::trusted_publishing(&candidates, &proofs, access::ci(&|name| world.env(name))),
        Outcome::of("tools", "every tool starts", before::have_tools(world, den, run, &missing)),
    ]);
    outcomes
}

/// The versions of this run, and those that it relies on, that were taken back.
fn taken_back<'a>(run: &'a Run, missing: &[&'a Unit], asked: &'a Asked) -> Vec<TakenBack<'a>> {
    let one = |unit: &'a Unit| {
        let why = asked.get(&unit.package.id)?.taken_back.as_deref()?;
        let needs = |other: &&&Unit| before::insists_on(other, &unit.package.id);
        let needed_by = missing.iter().find(needs).map(|other| &other.package.id);
        let registry = unit.package.registry().unwrap_or_default();
        Some(TakenBack { id: &unit.package.id, version: &unit.version, registry, why, needed_by })
    };
    run.units.iter().chain(&run.relied).filter_map(one).collect()
}

fn asked_registries(run: &Run) -> String {
    let names: BTreeSet<&str> = run.units.iter().filter_map(|unit| unit.package.registry()).collect();
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What the registries have of the versions of the run.
pub(super) fn present(asked: &Asked) -> Present {
    asked.iter().map(|(id, standing)| (id.clone(), standing.presence.clone())).collect()
}

fn candidate<'a>(world: &dyn World, run: &'a Run, unit: &'a Unit, asked: &'a Asked) -> Option<Candidate<'a>> {
    let standing = asked.get(&unit.package.id)?;
    let tagged = run.tagged.get(&unit.package.id);
    let begun = matches!(standing.presence, Presence::Partial(_));
    let known = match tagged {
        Some(tagged) if tagged.any => Known::Tagged,
        // Of a new name, or one that is being published, nothing needs to be known.
        _ if standing.versions.is_empty() || begun => Known::No,
        // There is no history beside a bundle. What belongs to somebody else, the registry does not take.
        _ if run.is_packed() => Known::Held,
        _ if held(world, run, unit, &standing.versions) => Known::Held,
        _ => Known::No,
    };
    Some(Candidate {
        package: &unit.package,
        version: &unit.version,
        target: run.targets.get(unit.package.registry()?)?,
        there: &standing.versions,
        begun,
        known,
        dist_tag: unit.dist_tag.as_ref(),
        passed_by: tagged.and_then(|tagged| tagged.passed_by.as_ref()),
    })
}

/// What its registry wants to be told of a package that it does not know yet, and is not.
fn unsaid(world: &dyn World, den: &Den, run: &Run, candidates: &[Candidate]) -> Result<(), Faults> {
    let mut faults = Faults::default();
    // A server of one's own asks for nothing.
    for candidate in candidates.iter().filter(|candidate| candidate.is_new() && !candidate.target.own_server)
    {
        let ecosystem = ecosystem::of(candidate.package.id.kind);
        let Some((cmd, fault)) = ecosystem.unsaid(run.tree, candidate.package, &den.run) else { continue };
        // A client that does not start is told by another gate.
        let said = world.run(&cmd.env(run.env.clone())).is_ok_and(|output| {
            let text = output.text();
            output.ok() && !["", "null", "undefined"].contains(&text.trim())
        });
        if !said {
            faults.push(fault);
        }
    }
    faults.or(())
}

/// Whether the file that holds the version of a package once held the first or the last of these.
fn held(world: &dyn World, run: &Run, unit: &Unit, versions: &[Version]) -> bool {
    let (VersionHome::Own(file) | VersionHome::Shared(file)) = &unit.package.version_home else {
        return false;
    };
    let ends: BTreeSet<&Version> = versions.iter().max().into_iter().chain(versions.iter().min()).collect();
    let spelled = ends.into_iter().map(|version| ecosystem::of(unit.package.id.kind).spell(version));
    // Where git cannot say, nothing is known.
    spelled.into_iter().any(|text| git::once_held(world, run.root, file, &text).unwrap_or(false))
}

/// How each registry of a run is shown who we are.
fn proofs(world: &dyn World, run: &Run, candidates: &[Candidate]) -> BTreeMap<String, Proof> {
    let targets = candidates.iter().map(|candidate| (candidate.target.name.clone(), candidate.target));
    let targets: BTreeMap<String, &Target> = targets.collect();
    targets.into_iter().map(|(name, target)| (name, proof(world, run, target))).collect()
}

fn proof(world: &dyn World, run: &Run, target: &Target) -> Proof {
    let set = |name: &&String| world.env(name).is_some_and(|text| !text.is_empty());
    let logged_in = |env: &dyn Fn(&str) -> Option<String>| {
        let exists = |path: &Path| matches!(world.read(path), Ok(Some(_)));
        // The login of a client is of no use to castoff.
        let client = !before::sends_itself(run, target.kind);
        client && ecosystem::of(target.kind).logged_in(target, env, &exists)
    };
    let unidentified = |name: &str| world.env(name).filter(|_| !IDENTITY.contains(&name));
    match target.token_env.iter().find(set) {
        Some(variable) if target.token.is_some() => Proof::Token(variable.clone()),
        // A rehearsal's own token is in no variable.
        _ if target.token.is_some() || (target.own_server && target.login.is_none()) => Proof::Nobody,
        _ if target.own_server || logged_in(&unidentified) => Proof::Stored,
        _ if logged_in(&|name| world.env(name)) => Proof::Identity,
        _ => Proof::Missing,
    }
}

/// Tells what is worth a look; what is wrong stops the run.
pub(super) fn pass(world: &dyn World, outcomes: &[Outcome]) -> Result<(), Faults> {
    for fault in preflight::warnings(outcomes) {
        let why =
            fault.cause.as_ref().map_or(String::new(), |cause| format!(": {}", cause.replace('\n', ", ")));
        world.tell(Event::run(Step::Warning, format!("{}{why}", fault.message)));
    }
    preflight::pass(outcomes)
}
