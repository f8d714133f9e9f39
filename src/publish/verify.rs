//! After a release, from anywhere: every package is on its registry, with the bytes that the record of the release has,
//! and can be installed and used in an empty place. Nothing is built, nothing is uploaded, and no token is needed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::network;
use super::recorded::Recorded;
use super::ship::poll_delay;
use super::trial::{Subject, Trouble, try_out};
use crate::ecosystem::{self, Site};
use crate::effect::{Environment, Event, Step};
use crate::fault::{Fault, Faults};
use crate::graph::Graph;
use crate::model::{Package, PackageId};
use crate::parallel;
use crate::presence::{self, Known, rounded, trust};
use crate::registry::{Files, Presence, Target, Wanted};
use crate::snapshot::Reading;
use crate::stage::Den;
use crate::version::Version;
use crate::world::World;

/// What was found of one package.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Id.
    pub id: PackageId,
    /// The version that was looked for.
    pub version: Version,
    /// Where.
    pub registry: String,
    /// What the registry has of it.
    pub files: Files,
    /// How it ended.
    pub state: State,
}

/// How the verification of a package ended.
#[derive(Clone, Debug)]
pub enum State {
    /// All that was looked at is right.
    Right,
    /// Something is not.
    Wrong(Fault),
    /// castoff was told to stop before it was known.
    Cancelled,
}

/// Verifies these versions of packages of the repository, dependencies first.
///
/// # Errors
/// What stops it before any package is looked at.
pub fn verify(
    world: &dyn World,
    reading: &Reading,
    wanted: &BTreeMap<PackageId, Version>,
    recorded: Option<&Recorded>,
    jobs: usize,
) -> Result<Vec<Verified>, Faults> {
    let graph = Graph::new(&reading.workspace.packages)?;
    let package = |id: &&PackageId| {
        let package = reading.workspace.package(id).filter(|package| package.publishable())?;
        Some((package, wanted.get(*id)?))
    };
    let packages: Vec<(&Package, &Version)> = graph.order().iter().filter_map(|id| package(&id)).collect();
    let ours = packages.iter().map(|(package, _)| *package);
    let targets = trust::targets(world, &reading.snapshot.root, &reading.config, ours, &|_| None)?;
    let den = Den::open(world, &reading.common)?;
    let env = network::environment(world, &reading.config, &targets);
    let found = Check { world, reading, recorded, den: &den, targets, env }.all(jobs, &packages);
    den.close(world);
    Ok(found)
}

/// What the workers share.
struct Check<'a> {
    world: &'a dyn World,
    reading: &'a Reading,
    recorded: Option<&'a Recorded>,
    den: &'a Den,
    targets: BTreeMap<String, Target>,
    env: Environment,
}

/// What is known of a package when it was looked at.
enum Looked {
    Done(Files, Result<(), Fault>),
    /// The registry does not show it yet.
    NotYet(Fault),
}

impl Check<'_> {
    /// Looks at all of them again and again, those that are right excepted, until the time for polling is over.
    fn all(&self, jobs: usize, packages: &[(&Package, &Version)]) -> Vec<Verified> {
        let (start, limit) = (self.world.now(), self.reading.config.publish.poll_timeout);
        let since = || self.world.now().duration_since(start).unwrap_or_default();
        let mut found: BTreeMap<usize, (Files, State)> = BTreeMap::new();
        let mut open: Vec<usize> = (0..packages.len()).collect();
        for round in 1.. {
            let is_last = since() >= limit;
            let look = |place: &usize| (*place, self.look(packages[*place].0, packages[*place].1));
            let looked: Vec<(usize, Looked)> = parallel::map(jobs, &open, look);
            open.clear();
            for (place, looked) in looked {
                match looked {
                    // What fails after a stop fails because of it, as a rule.
                    _ if self.world.stopped() => open.push(place),
                    Looked::Done(files, right) => {
                        let state = right
                            .map_or_else(|fault| self.wrong(packages[place].0, fault), |()| State::Right);
                        found.insert(place, (files, state));
                    }
                    Looked::NotYet(fault) if is_last => {
                        let state = self.wrong(packages[place].0, waited(fault, limit));
                        found.insert(place, (Files::new(), state));
                    }
                    Looked::NotYet(fault) => {
                        self.tell_waiting(packages[place].0, &fault, round);
                        open.push(place);
                    }
                }
            }
            if open.is_empty() || self.world.stopped() {
                break;
            }
            self.world.sleep(poll_delay(round).min(limit.saturating_sub(since())));
        }
        let verified = |(place, (package, version)): (usize, &(&Package, &Version))| {
            let (files, state) = found.remove(&place).unwrap_or((Files::new(), State::Cancelled));
            let registry = package.registry().unwrap_or_default().to_string();
            Verified { id: package.id.clone(), version: (*version).clone(), registry, files, state }
        };
        packages.iter().enumerate().map(verified).collect()
    }

    fn wrong(&self, package: &Package, fault: Fault) -> State {
        self.world.tell(Event::of(&package.id, Step::Failed, fault.to_string()));
        State::Wrong(fault)
    }

    /// Once, not every time that the registry is asked.
    fn tell_waiting(&self, package: &Package, fault: &Fault, round: u32) {
        if round == 1 {
            let text = format!("for the registry: {}", fault.cause.as_deref().unwrap_or(&fault.message));
            self.world.tell(Event::of(&package.id, Step::Waiting, text));
        }
    }

    fn look(&self, package: &Package, version: &Version) -> Looked {
        let registry = package.registry().unwrap_or_default();
        let spelled = ecosystem::of(package.id.kind).spell(version);
        let what = format!("`{}` {spelled}", package.id);
        let Some(target) = self.targets.get(registry) else {
            return Looked::Done(Files::new(), Err(Fault::usage(format!("{what} has no registry"))));
        };
        let known = match presence::known(self.world, target, &package.id.name) {
            Ok(known) => known,
            Err(silence) if silence.passing => return Looked::NotYet(silence.into()),
            Err(silence) => return Looked::Done(Files::new(), Err(silence.into())),
        };
        let files = match complete(&known, package, version, registry) {
            Ok(files) => files,
            Err(fault) => return Looked::NotYet(fault),
        };
        self.world.tell(Event::of(&package.id, Step::Visible, ""));
        let usable = match known.taken_back(version) {
            Some(why) => Err(Fault::outside(format!("{what} was taken back on `{registry}`")).because(why)),
            None => Ok(()),
        };
        let right = usable.and_then(|()| self.compare(package, &spelled, &files));
        let works = right.and_then(|()| self.try_out(package, version, target));
        Looked::Done(files, works)
    }

    /// The bytes are those of the release, as far as its record says.
    fn compare(&self, package: &Package, version: &str, files: &Files) -> Result<(), Fault> {
        let Some(recorded) = self.recorded else { return Ok(()) };
        match recorded.0.get(&package.id.to_string()) {
            Some(entry) if entry.version == version => entry.compare(files)?,
            other => {
                let fault =
                    Fault::outside(format!("cannot compare `{}` {version} with the record", package.id));
                return Err(fault.because(match other {
                    Some(entry) => format!("the record has version {} of it", entry.version),
                    None => "the record has no such package".to_string(),
                }));
            }
        }
        self.world.tell(Event::of(&package.id, Step::Verified, "the registry has the files of the record"));
        Ok(())
    }

    fn try_out(&self, package: &Package, version: &Version, target: &Target) -> Result<(), Fault> {
        let smoke = &self.reading.config.publish.smoke;
        let below = self.den.run.join("trial");
        let packages = &self.reading.workspace.packages;
        let subject = Subject { package, version, packages, below: &below };
        // The checkout is only read, for what manifests say of interpreters.
        let stage = &self.reading.snapshot.root;
        let site = Site {
            stage,
            tree: &self.reading.snapshot.tree,
            out: &self.den.run,
            target_dir: &self.den.target_dir,
            env: &self.env,
            target,
            dist_tag: None,
        };
        let patience = self.reading.config.publish.patience;
        for attempt in 1.. {
            match try_out(self.world, smoke, &subject, &site) {
                Err(Trouble::Passing(fault)) if attempt <= patience.retries && !self.world.stopped() => {
                    let wait = patience.delay(attempt, self.world.random());
                    let text = format!("{}; again in {}", fault.message, rounded(wait));
                    self.world.tell(Event::of(&package.id, Step::Retrying, text));
                    self.world.sleep(wait);
                }
                tried => return tried.map_err(Fault::from),
            }
        }
        Ok(())
    }
}

/// The files of a version, once all of it is there.
fn complete(known: &Known, package: &Package, version: &Version, registry: &str) -> Result<Files, Fault> {
    let what = format!("`{}` {}", package.id, ecosystem::of(package.id.kind).spell(version));
    let not_there = |message: String, why: String| Err(Fault::outside(message).because(why));
    match known.presence(&Wanted::of(package, version)) {
        Presence::Live(files) => Ok(files),
        Presence::Partial(files) => {
            let names: Vec<String> = files.into_keys().collect();
            let why = format!("it has nothing but {}", names.join(", "));
            not_there(format!("{what} is on `{registry}` only in part"), why)
        }
        Presence::Absent => {
            let why = "the registry does not know the version".to_string();
            not_there(format!("{what} is not on `{registry}`"), why)
        }
        Presence::Unknown(why) => not_there(format!("cannot ask `{registry}` for {what}"), why),
    }
}

fn waited(fault: Fault, limit: Duration) -> Fault {
    let waited = humantime::format_duration(limit);
    let cause = fault.cause.as_ref().map_or(String::new(), |cause| format!("{cause}, "));
    let fault = Fault { cause: Some(format!("{cause}after {waited}")), ..fault };
    match fault.help {
        Some(_) => fault,
        None => fault.help(
            "`castoff publish` brings what is missing; `poll-timeout` in `[publish]` is how long to wait for a registry",
        ),
    }
}
