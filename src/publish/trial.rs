//! A published package as its users get it: installed from its registry into an empty place outside of the repository,
//! and used there. A run does so before it goes on to what needs the package, and `castoff verify` at any time after.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::Smoke;
use crate::ecosystem::{self, Site};
use crate::effect::{Cmd, Event, Step};
use crate::fault::Fault;
use crate::model::{Package, PackageId};
use crate::version::Version;
use crate::world::{World, failed};

mod programs;

/// What is tried, and where.
pub(super) struct Subject<'a> {
    /// The package.
    pub(super) package: &'a Package,
    /// The version that was published.
    pub(super) version: &'a Version,
    /// All packages of the repository.
    pub(super) packages: &'a [Package],
    /// It gets an empty directory of its own below this one.
    pub(super) below: &'a Path,
}

/// Why a package could not be used.
pub(super) enum Trouble {
    /// It could not be fetched, which may pass: not every part of a registry knows it at once, and connections break.
    Passing(Fault),
    /// It is not as it should be.
    Lasting(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Lasting(fault)
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Fault {
        match trouble {
            Trouble::Passing(fault) | Trouble::Lasting(fault) => fault,
        }
    }
}

/// Installs it and uses it, as `smoke` says.
pub(super) fn try_out(
    world: &dyn World,
    smoke: &Smoke,
    subject: &Subject,
    site: &Site,
) -> Result<(), Trouble> {
    if *smoke == Smoke::Off {
        return Ok(());
    }
    let (id, version) = (&subject.package.id, subject.version);
    let dir = subject.below.join(id.to_string().replace([':', '/', '@'], "_"));
    world.remove(&dir)?;
    world.make_dir(&dir)?;
    let ours: Vec<String> = brought(subject).into_iter().map(|other| other.name.clone()).collect();
    let trial = ecosystem::of(id.kind).trial(subject.package, version, &ours, &dir, site);
    for (name, text) in &trial.files {
        world.write(&dir.join(name), text.as_bytes())?;
    }
    let own = own_command(smoke, subject, trial.python.as_deref(), &dir, site);
    for cmd in &trial.fetch {
        let output = world.run(cmd)?;
        if !output.ok() {
            let fault = failed(cmd, &output, &format!("install `{id}` {version} from its registry"));
            return Err(Trouble::Passing(fault.help(LOOK)));
        }
    }
    let mut brought = Vec::new();
    for cmd in trial.commands.iter().chain(&own) {
        let output = world.run(cmd)?;
        brought.extend(programs::named(&output, &cmd.env));
        if !output.ok() {
            let doing = format!("use `{id}` {version} after installing it from its registry");
            return Err(Trouble::Lasting(failed(cmd, &output, &doing).help(MEND)));
        }
    }
    // Whoever says how it is tried knows better what it says.
    if *smoke == Smoke::Install {
        brought.iter().try_for_each(|program| programs::ask(world, subject, program, &dir))?;
    }
    world.remove(&dir)?;
    let text = format!("{version} was taken from the registry and works");
    world.tell(Event::of(id, Step::Tried, text));
    Ok(())
}

const LOOK: &str = "see whether its registry has all that it needs; `castoff verify` tries it again, and what needs it goes out \
                    with the next `castoff publish`";
const MEND: &str = "mend the package; a version that is published already stays, so release the next one";

/// The packages of the repository that an installation brings: what a client keeps of them may be older than what was
/// published, by this run or by one before it. Of all others it may believe what it keeps.
fn brought<'a>(subject: &Subject<'a>) -> BTreeSet<&'a PackageId> {
    let mut found = BTreeSet::from([&subject.package.id]);
    let mut pending = vec![subject.package];
    while let Some(package) = pending.pop() {
        let needs = package.dependencies.iter().map(|dependency| &dependency.id);
        for id in needs.filter(|id| id.kind == package.id.kind) {
            if found.insert(id) {
                pending.extend(subject.packages.iter().find(|other| &other.id == id));
            }
        }
    }
    found
}

/// The command of the user's, which comes after what is done for everybody.
fn own_command(
    smoke: &Smoke,
    subject: &Subject,
    python: Option<&Path>,
    dir: &Path,
    site: &Site,
) -> Option<Cmd> {
    let Smoke::Command(command) = smoke else { return None };
    let holes = [
        ("{name}", subject.package.id.name.clone()),
        ("{version}", subject.version.to_string()),
        ("{python}", python.map_or("python3".to_string(), |path| path.display().to_string())),
        ("{dir}", dir.display().to_string()),
    ];
    let text = holes.iter().fold(command.clone(), |text, (hole, value)| text.replace(hole, &quoted(value)));
    Some(Cmd::new("sh", dir).args(["-c", &text]).env(site.env.clone()))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
