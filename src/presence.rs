//! Asks a registry what it has of a version: three answers, and "I cannot say" is never "not there".

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use crate::ecosystem;
use crate::effect::{Event, Patience, Request, Response, Step, Wait};
use crate::fault::{Blame, Fault, Faults};
use crate::registry::{self, Presence, Registry, Target, Wanted};
use crate::version::Version;
use crate::world::World;

pub mod all;
pub mod online;
pub mod trust;

/// A question that was not answered.
#[derive(Clone, Debug)]
pub struct Silence {
    /// What is to be said of it.
    pub fault: Box<Fault>,
    /// Whether it may pass, so that it is worth asking again.
    pub passing: bool,
    /// When the registry wants to be asked again, where it says so.
    pub wait: Option<Wait>,
}

impl From<Silence> for Fault {
    fn from(silence: Silence) -> Fault {
        *silence.fault
    }
}

/// What a registry has of one version of a package.
///
/// # Errors
/// The registry did not say.
pub fn ask(world: &dyn World, target: &Target, wanted: &Wanted) -> Result<Presence, Silence> {
    question(world, target, wanted.name, &|registry, response| match registry.answer(response, wanted) {
        Presence::Unknown(why) => Err(why),
        presence => Ok(presence),
    })
}

/// Asks again, as patiently as told, when the silence may pass.
///
/// # Errors
/// The registry never said.
pub fn insist<T>(
    world: &dyn World,
    patience: Patience,
    ask: &dyn Fn() -> Result<T, Silence>,
) -> Result<T, Fault> {
    let mut attempt = 0;
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(silence) if !silence.passing || attempt == patience.retries || world.stopped() => {
                return Err(*silence.fault);
            }
            Err(silence) => {
                attempt += 1;
                let asked = silence.wait.map(|wait| wait.left(world.now()).min(Patience::LONGEST));
                let wait = asked.unwrap_or_else(|| patience.delay(attempt, world.random()));
                let why = silence.fault.cause.unwrap_or_default();
                let text = format!("{}: {why}; asking again in {}", silence.fault.message, rounded(wait));
                world.tell(Event::run(Step::Note, text));
                world.sleep(wait);
            }
        }
    }
}

/// A time as people read it, in seconds above one.
pub fn rounded(time: Duration) -> impl Display {
    let unit = if time < Duration::from_secs(1) { 1 } else { 1000 };
    let whole = u64::try_from(time.as_millis().div_ceil(unit) * unit).unwrap_or(u64::MAX);
    humantime::format_duration(Duration::from_millis(whole))
}

/// What a registry has of one version of a package, and which versions there are beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Of the version.
    pub presence: Presence,
    /// Every version of the package.
    pub versions: Vec<Version>,
    /// What the registry calls it that nobody shall use this one any more.
    pub taken_back: Option<String>,
}

/// All of it, by one question.
///
/// # Errors
/// The registry did not say.
pub fn standing(world: &dyn World, target: &Target, wanted: &Wanted) -> Result<Standing, Silence> {
    question(world, target, wanted.name, &|registry, response| {
        let known = Known::read(target, registry, response, wanted.name)?;
        let taken_back = known.taken_back(wanted.version).map(str::to_string);
        match known.presence(wanted) {
            Presence::Unknown(why) => Err(why),
            presence => Ok(Standing { presence, versions: known.versions, taken_back }),
        }
    })
}

/// All that a registry says of a package.
#[derive(Clone, Debug)]
pub struct Known {
    target: Target,
    response: Response,
    /// The versions that it speaks of.
    pub versions: Vec<Version>,
    /// Those that nobody shall use any more, with what the registry calls that.
    taken_back: Vec<(Version, String)>,
}

impl Known {
    fn read(
        target: &Target,
        registry: &dyn Registry,
        response: &Response,
        name: &str,
    ) -> Result<Known, String> {
        let versions = registry.versions(response, name)?;
        let taken_back = registry.taken_back(response, name);
        Ok(Known { target: target.clone(), response: response.clone(), versions, taken_back })
    }

    /// What it has of a version.
    pub fn presence(&self, wanted: &Wanted) -> Presence {
        registry::of(&self.target).answer(&self.response, wanted)
    }

    /// What it calls it that nobody shall use a version any more.
    pub fn taken_back(&self, version: &Version) -> Option<&str> {
        let ecosystem = ecosystem::of(self.target.kind);
        let found = self.taken_back.iter().find(|(other, _)| ecosystem.same(other, version));
        found.map(|(_, why)| why.as_str())
    }
}

/// All that a registry says of a package.
///
/// # Errors
/// The registry did not say.
pub fn known(world: &dyn World, target: &Target, name: &str) -> Result<Known, Silence> {
    question(world, target, name, &|registry, response| Known::read(target, registry, response, name))
}

fn question<T>(
    world: &dyn World,
    target: &Target,
    name: &str,
    read: &dyn Fn(&dyn Registry, &Response) -> Result<T, String>,
) -> Result<T, Silence> {
    let registry = registry::of(target);
    let request = registry.question(&target.index, name).trusting(target.trust.as_ref());
    let silence = |why: String, passing: bool, wait: Option<Wait>| {
        let fault = Fault::outside(format!("cannot ask `{}` for `{name}`", target.name)).because(why);
        let help =
            format!("nothing was uploaded for it; check `{}`, then run the same command again", request.url);
        Silence { fault: Box::new(fault.help(help)), passing, wait }
    };
    let response = world.send(&request).map_err(|fault| unanswered(fault, &silence))?;
    let passing = response.status == 200 || may_pass(response.status);
    let wait = response.retry_after.as_deref().and_then(Wait::read);
    read(registry, &response).map_err(|why| silence(why, passing, wait))
}

/// What did not answer may do so later, but for what the user has to set up first, of which the world knows more.
fn unanswered(fault: Fault, silence: &dyn Fn(String, bool, Option<Wait>) -> Silence) -> Silence {
    let passing = fault.blame == Blame::Outside;
    let found = silence(fault.cause.unwrap_or(fault.message), passing, None);
    match fault.help.filter(|_| !passing) {
        Some(help) => Silence { fault: Box::new(found.fault.help(help)), ..found },
        None => found,
    }
}

fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// What a registry says of where uploads go.
///
/// # Errors
/// It did not say.
pub fn doorway(world: &dyn World, target: &Target, question: &Request) -> Result<Response, Silence> {
    let silence = |why: String, passing: bool, wait: Option<Wait>| {
        let fault = Fault::outside(format!("cannot ask `{}` where uploads go", target.name)).because(why);
        let help = format!("check `{}`, then run the same command again", question.url);
        Silence { fault: Box::new(fault.help(help)), passing, wait }
    };
    let response = world.send(question).map_err(|fault| unanswered(fault, &silence))?;
    match response.status {
        200 => Ok(response),
        status => {
            let wait = response.retry_after.as_deref().and_then(Wait::read);
            Err(silence(format!("it answered with status {status}"), may_pass(status), wait))
        }
    }
}

/// One registry that is down is one fault, not one for each package; each fault with the registry that it is of.
pub fn by_registry(silent: Vec<(&str, Fault)>) -> Faults {
    let mut groups: BTreeMap<(&str, Option<String>), Vec<Fault>> = BTreeMap::new();
    for (registry, fault) in silent {
        groups.entry((registry, fault.cause.clone())).or_default().push(fault);
    }
    let one = |faults: Vec<Fault>| {
        let more = faults.len() - 1;
        let first = faults.into_iter().next()?;
        let and = if more > 0 { format!(", nor for {more} more") } else { String::new() };
        Some(Fault { message: first.message + &and, ..first })
    };
    Faults(groups.into_values().filter_map(one).collect())
}
