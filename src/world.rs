//! The one door to the outside. Everything above decides and describes; only here processes start, servers are
//! asked, files are touched and time passes. Another implementation is a whole world for a test.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::effect::{Cmd, Event, Output, Request, Response};
use crate::fault::Fault;

mod agents;
mod children;
mod control;
mod environment;
mod lock;
mod real;
mod watched;

pub use control::Control;
pub use real::Real;
pub use watched::Watched;

/// What castoff can do to the outside, and learn from it.
pub trait World: Sync {
    /// Runs a child to its end. A child that fails is an `Output` too.
    ///
    /// # Errors
    /// The program cannot be started.
    fn run(&self, cmd: &Cmd) -> Result<Output, Fault>;
    /// Asks a server. Every status is an answer.
    ///
    /// # Errors
    /// No answer came.
    fn send(&self, request: &Request) -> Result<Response, Fault>;
    /// The bytes of a file; none where there is no such file.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Fault>;
    /// The names in a directory, sorted; none where there is no such directory.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn list(&self, path: &Path) -> Result<Option<Vec<String>>, Fault>;
    /// Puts a file in place in one step, with the directories that it needs.
    ///
    /// # Errors
    /// It cannot be written; what was there before still is.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault>;
    /// Lets everybody run a file who may read it.
    ///
    /// # Errors
    /// It is not there, or not ours.
    fn make_executable(&self, path: &Path) -> Result<(), Fault>;
    /// Makes a directory and those above it.
    ///
    /// # Errors
    /// It cannot be made.
    fn make_dir(&self, path: &Path) -> Result<(), Fault>;
    /// Makes a link to a directory, known by another name from then on.
    ///
    /// # Errors
    /// It cannot be made.
    fn link(&self, to: &Path, at: &Path) -> Result<(), Fault>;
    /// Removes a file or a whole directory; nothing there is fine.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove(&self, path: &Path) -> Result<(), Fault>;
    /// Waits for a lock that children inherit; it is held until every holder is gone.
    ///
    /// # Errors
    /// The file of the lock cannot be made.
    fn lock(&self, path: &Path) -> Result<Lock, Fault>;
    /// How many bytes may still be written below a directory; none where the system does not say.
    fn free_space(&self, _dir: &Path) -> Option<u64> {
        None
    }
    /// The absolute path without links.
    ///
    /// # Errors
    /// There is nothing at this path.
    fn absolute(&self, path: &Path) -> Result<std::path::PathBuf, Fault>;
    /// Lets time pass, until a stop at the latest.
    fn sleep(&self, time: Duration);
    /// Whether castoff was told to stop: then no child is started any more, and who waits should wait no longer.
    fn stopped(&self) -> bool;
    /// Whether nothing new shall be started for now; what runs goes on.
    fn paused(&self) -> bool {
        false
    }
    /// The time.
    fn now(&self) -> SystemTime;
    /// A variable of the environment.
    fn env(&self, name: &str) -> Option<String>;
    /// A number that nobody can guess.
    fn random(&self) -> u64;
    /// Tells whoever watches.
    fn tell(&self, event: Event);
}

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock(Option<std::fs::File>);

impl Lock {
    /// A lock that holds nothing, for worlds without files.
    pub fn none() -> Lock {
        Lock(None)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // In so many words, for closing the file is not enough: a server that outlives the run (of a compiler cache,
        // say) has inherited it, and the next run need not wait for that.
        let _unlocked = self.0.as_ref().map(std::fs::File::unlock);
    }
}

/// Runs a child that has to succeed.
///
/// # Errors
/// Also the child's own failure, with what it printed.
pub fn must(world: &dyn World, cmd: &Cmd, doing: &str) -> Result<Output, Fault> {
    let output = world.run(cmd)?;
    if output.ok() { Ok(output) } else { Err(failed(cmd, &output, doing)) }
}

/// The failure of a child, with what it printed.
pub fn failed(cmd: &Cmd, output: &Output, doing: &str) -> Fault {
    let name = cmd.program.rsplit('/').next().unwrap_or(&cmd.program);
    let how = match output.code {
        _ if output.late => {
            format!("took longer than {} and was ended", humantime::format_duration(cmd.limit))
        }
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_string(),
    };
    let printed = output.both();
    let printed = if printed.is_empty() { String::new() } else { format!(":\n{printed}") };
    Fault::outside(format!("cannot {doing}")).because(format!("`{name}` {how}{printed}"))
}
