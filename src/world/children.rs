//! Child processes: each in a process group of its own with stdin closed, its output captured and free of secrets,
//! ended with all of its own children when it takes too long or castoff is told to stop.
#![expect(clippy::disallowed_methods, reason = "this is the door that all effects go through")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::environment;
use crate::effect::{Cmd, Output};
use crate::fault::Fault;

/// How long a child has to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// The children that run now. Once stopped it starts no more.
#[derive(Clone, Default)]
pub(super) struct Children(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Default)]
struct State {
    stopped: bool,
    held: bool,
    dying: bool,
    groups: BTreeSet<u32>,
    farewell: Option<Farewell>,
}

/// What is done right before castoff ends at once.
pub(super) type Farewell = Box<dyn FnOnce() + Send>;

impl Children {
    pub(super) fn run(&self, cmd: &Cmd) -> Result<Output, Fault> {
        let cannot = |error: io::Error| not_started(cmd, &error);
        // Files and not pipes: the end of a pipe comes only when a server that the child left behind has ended too.
        let (out, err) = (tempfile::tempfile().map_err(cannot)?, tempfile::tempfile().map_err(cannot)?);
        let mut command = command(cmd);
        command.stdout(out.try_clone().map_err(cannot)?).stderr(err.try_clone().map_err(cannot)?);
        let mut child = self.start(cmd, &mut command)?;
        let group = child.id();
        feed(cmd, child.stdin.take());
        let end = ended(child);
        let status = end.recv_timeout(cmd.limit).ok().transpose();
        // Whatever the child left running; a child that took too long is among it.
        send(group, Signal::KILL);
        self.lock().groups.remove(&group);
        self.die_with_the_others();
        let status = status.map_err(cannot)?;
        if status.is_none() {
            // It is dead before anybody tries again.
            let _reaped = end.recv();
        }
        match status {
            Some(status) if !status.success() && self.is_stopped() => {
                Err(stopped(&format!("`{}` was ended", cmd.program)))
            }
            ended => output(cmd, ended, out, err).map_err(cannot),
        }
    }

    /// The lock is held over the start, so that a stop finds the child or keeps it from starting.
    fn start(&self, cmd: &Cmd, command: &mut Command) -> Result<Child, Fault> {
        let mut state = self.lock();
        if state.stopped {
            return Err(stopped(&format!("`{}` was not started", cmd.program)));
        }
        let child = command.spawn().map_err(|error| not_started(cmd, &error))?;
        state.groups.insert(child.id());
        Ok(child)
    }

    /// Starts no more children and asks those that run to end; those that do not are ended a little later.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.0.stopped.notify_all();
        self.signal(Signal::TERM);
        let later = self.clone();
        thread::spawn(move || {
            thread::sleep(GRACE);
            later.signal(Signal::KILL);
        });
    }

    /// Sends a signal to all that run, and to what they have started.
    pub(super) fn signal(&self, signal: Signal) {
        self.lock().groups.iter().for_each(|group| send(*group, signal));
    }

    /// Ends all that run, because castoff itself is about to die of a signal. Nobody who waited for one of them goes on, so
    /// that how castoff ends does not depend on who is quicker.
    pub(super) fn end(&self) {
        self.lock().dying = true;
        self.signal(Signal::KILL);
    }

    fn die_with_the_others(&self) {
        while self.lock().dying {
            thread::park();
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Whoever starts things shall wait with new ones, or go on.
    pub(super) fn hold(&self, held: bool) {
        self.lock().held = held;
    }

    pub(super) fn is_held(&self) -> bool {
        self.lock().held
    }

    pub(super) fn set_farewell(&self, farewell: Option<Farewell>) {
        self.lock().farewell = farewell;
    }

    pub(super) fn farewell(&self) {
        let farewell = self.lock().farewell.take();
        farewell.into_iter().for_each(|farewell| farewell());
    }

    /// Lets time pass, until then or until a stop; whether it was a stop.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let waited = self.0.stopped.wait_timeout_while(self.lock(), time, |state| !state.stopped);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said of everything that a stop keeps from being done.
pub(super) fn stopped(what: &str) -> Fault {
    Fault::outside(what).because("castoff was told to stop")
}

fn command(cmd: &Cmd) -> Command {
    let mut command = Command::new(&cmd.program);
    let stdin = if cmd.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
    command.args(&cmd.args).current_dir(&cmd.dir).stdin(stdin).process_group(0);
    command.env_clear().envs(environment::of_child(&cmd.env));
    command
}

/// Gives a child what it reads. One that does not read to the end is none of our business: it may know enough.
fn feed(cmd: &Cmd, stdin: Option<ChildStdin>) {
    let Some((bytes, mut stdin)) = cmd.stdin.clone().zip(stdin) else { return };
    thread::spawn(move || drop(stdin.write_all(&bytes)));
}

/// Tells when a child has ended, whoever still waits for that.
fn ended(mut child: Child) -> Receiver<io::Result<ExitStatus>> {
    let (tell, end) = channel();
    thread::spawn(move || drop(tell.send(child.wait())));
    end
}

/// A group that is gone already needs no signal.
fn send(group: u32, signal: Signal) {
    let pid = i32::try_from(group).ok().and_then(Pid::from_raw);
    let _gone = pid.map(|pid| kill_process_group(pid, signal));
}

/// What a child left; without a status it took too long.
fn output(cmd: &Cmd, status: Option<ExitStatus>, out: File, err: File) -> io::Result<Output> {
    let code = status.and_then(|status| status.code());
    Ok(Output { code, stdout: clean(cmd, out)?, stderr: clean(cmd, err)?, late: status.is_none() })
}

/// What a child printed, its secrets struck out.
fn clean(cmd: &Cmd, mut file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let secrets: Vec<&str> = cmd.env.secrets().filter(|secret| secret.len() > 3).collect();
    if secrets.is_empty() {
        return Ok(bytes);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(secrets.iter().fold(text, |text, secret| text.replace(secret, "***")).into_bytes())
}

fn not_started(cmd: &Cmd, error: &io::Error) -> Fault {
    let fault = Fault::outside(format!("cannot run `{}`", cmd.program));
    match error.kind() {
        ErrorKind::NotFound if !cmd.dir.is_dir() => {
            fault.because(format!("there is no directory `{}`", cmd.dir.display()))
        }
        ErrorKind::NotFound => {
            let known = crate::ecosystem::all().map(|ecosystem| ecosystem.tool());
            let help = known.filter(|(name, _)| *name == cmd.program).map(|(_, help)| help).next();
            fault
                .because("it is not installed, or not on PATH")
                .help(help.unwrap_or("install it, or correct PATH"))
        }
        _ => fault.because(error.to_string()),
    }
}
