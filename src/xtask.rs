//! castoff as a repository's own xtask: the same commands as the binary, with the repository's own steps among them.

use std::process::ExitCode;

use crate::cli;
use crate::ecosystem::{self, Ecosystem};
use crate::fault::{Fault, Faults};
use crate::notes::{self, Release};
use crate::registry;
use crate::steps::{Context, Side, Stage, Steps};

/// How such a program is started, as its texts name it.
const PROGRAM: &str = "cargo xtask";

/// All that an `xtask/src/main.rs` needs where the repository has no steps of its own.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     castoff::xtask()
/// }
/// ```
pub fn xtask() -> ExitCode {
    Xtask::new().run()
}

/// An xtask with steps of its own.
///
/// ```no_run
/// use castoff::fault::Fault;
/// use castoff::steps::Stage;
///
/// fn main() -> std::process::ExitCode {
///     castoff::Xtask::new()
///         .gate("no-todo", |context| {
///             let found = context.sh("git grep -l 'TODO before release'; test $? -lt 2")?.text();
///             if found.is_empty() { Ok(()) } else { Err(Fault::outside(format!("left to do in {found}"))) }
///         })
///         .after(Stage::Bump, |context| context.sh("make docs").map(drop))
///         .run()
/// }
/// ```
#[derive(Default)]
pub struct Xtask {
    steps: Steps,
    refused: Vec<Fault>,
}

impl Xtask {
    /// One without steps.
    pub fn new() -> Xtask {
        Xtask::default()
    }

    /// Adds a gate. `release`, `preflight` and `publish` look at all of them first, and one that fails stops a release
    /// before anything is written, and a publish before anything is built.
    #[must_use]
    pub fn gate(
        mut self,
        name: &'static str,
        act: impl Fn(&Context) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Xtask {
        self.steps.gates.push((name, Box::new(act)));
        self
    }

    /// Adds what is done before a stage; its failure keeps the stage from beginning. With `--dry-run` nothing is done.
    #[must_use]
    pub fn before(
        self,
        stage: Stage,
        act: impl Fn(&Context) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Xtask {
        self.hook(Side::Before, stage, act)
    }

    /// Adds what is done after a stage that went well. With `--dry-run` nothing is done.
    #[must_use]
    pub fn after(
        self,
        stage: Stage,
        act: impl Fn(&Context) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Xtask {
        self.hook(Side::After, stage, act)
    }

    fn hook(
        mut self,
        side: Side,
        stage: Stage,
        act: impl Fn(&Context) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Xtask {
        self.steps.hooks.push((side, stage, Box::new(act)));
        self
    }

    /// Adds an ecosystem, found and released as the four that castoff brings.
    #[must_use]
    pub fn ecosystem(mut self, ecosystem: &'static dyn Ecosystem) -> Xtask {
        self.refused.extend(ecosystem::own::add(ecosystem).err().map(refused));
        self
    }

    /// Adds a registry: for packages of an ecosystem of its own, or for those of the four that name it.
    #[must_use]
    pub fn registry(mut self, registry: &'static registry::own::Own) -> Xtask {
        self.refused.extend(registry::own::add(registry).err().map(refused));
        self
    }

    /// Writes release notes in its own way. The heading of an entry, by which it is found again, stays castoff's.
    #[must_use]
    pub fn notes(mut self, write: impl Fn(&Release) -> String + Send + Sync + 'static) -> Xtask {
        self.steps.notes = notes::Format::own(write);
        self
    }

    /// Runs the command of the program's arguments.
    pub fn run(self) -> ExitCode {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        self.run_with(&arguments)
    }

    /// Runs the command of these arguments (without the program's name).
    pub fn run_with(self, arguments: &[String]) -> ExitCode {
        let steps = Faults(self.refused).or(self.steps);
        cli::run_as(PROGRAM, arguments, steps)
    }
}

fn refused(why: String) -> Fault {
    Fault::usage("cannot add to castoff what this program brings")
        .because(why)
        .help("give it another name in the source of this program")
}
