//! A castoff that is running: its events one by one, signals at chosen moments, and a gate at which a smoke command
//! of a run waits until the test lets it go.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Ran, Repo};

/// A run with `--json`.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: File,
    read: String,
    /// Dropped with the run; until then somebody watches that it does not take for ever.
    _watched: Sender<()>,
}

/// A run that takes longer hangs, and is killed, so that its test fails.
const LIMIT: Duration = Duration::from_secs(300);

impl Running {
    pub(crate) fn start(mut command: Command) -> Running {
        let stderr = tempfile::tempfile().unwrap();
        command.arg("--json").stdout(Stdio::piped()).stderr(stderr.try_clone().unwrap());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (watched, ended) = channel();
        let pid = Pid::from_child(&child);
        thread::spawn(move || {
            if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                kill_process(pid, Signal::KILL).unwrap();
            }
        });
        Running { child, stdout, stderr, read: String::new(), _watched: watched }
    }

    /// The next line; none when castoff has ended.
    pub(crate) fn event(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        self.read.push_str(&line);
        (!line.is_empty())
            .then(|| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// Reads on up to a line that speaks of this.
    pub(crate) fn until(&mut self, text: &str) {
        while let Some(event) = self.event() {
            if event.to_string().contains(text) {
                return;
            }
        }
        let errors = self.errors();
        panic!("no event speaks of `{text}`:\n{}\n{errors}", self.read);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ran {
        self.stdout.read_to_string(&mut self.read).unwrap();
        let status = self.child.wait().unwrap();
        let stderr = self.errors();
        Ran { code: status.code().unwrap_or(-1), stderr, stdout: std::mem::take(&mut self.read) }
    }

    /// Waits for the end in a thread, which then opens the gate's first half: nobody waits there for a run that ended.
    fn end_beside(self, hello: PathBuf) -> JoinHandle<Ran> {
        thread::spawn(move || {
            let ran = self.end();
            if let Ok(mut hello) = OpenOptions::new().write(true).custom_flags(NONBLOCK).open(hello) {
                hello.write_all(b"castoff ended\n").unwrap();
            }
            ran
        })
    }

    fn errors(&mut self) -> String {
        let mut text = String::new();
        self.stderr.rewind().unwrap();
        self.stderr.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What ended before cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// Two named pipes: a child says hello at the first and waits at the second.
pub(crate) struct Gate {
    dir: PathBuf,
}

impl Gate {
    /// A gate beside the checkout of a repository.
    pub(crate) fn new(repo: &Repo) -> Gate {
        let gate = Gate { dir: repo.beside("gate") };
        fs::create_dir(&gate.dir).unwrap();
        let made = Command::new("mkfifo").args([gate.pipe("hello"), gate.pipe("wait")]).status().unwrap();
        assert!(made.success());
        gate
    }

    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Shell commands: the first child waits, after `before`; those that come later pass by. As long as the child or
    /// one of its own lives, the first pipe stays open.
    pub(crate) fn commands(&self, before: &str) -> String {
        let dir = self.dir.display();
        let pass = format!("mkdir '{dir}/taken' 2>/dev/null || exit 0");
        format!("{pass}; {before} exec 9>'{dir}/hello'; echo here >&9; cat '{dir}/wait' & wait $!")
    }

    /// Waits until a child of this run waits here. The run goes on in a thread.
    pub(crate) fn arrival(&self, running: Running) -> Arrived {
        let pid = Pid::from_child(&running.child);
        let ended = running.end_beside(self.pipe("hello"));
        let mut hello = BufReader::new(File::open(self.pipe("hello")).unwrap());
        let mut word = String::new();
        hello.read_line(&mut word).unwrap();
        if word != "here\n" {
            let ran = ended.join().unwrap();
            panic!("castoff ended before a child of it came to the gate:\n{}", ran.text());
        }
        Arrived { pid, ended, hello }
    }

    /// Lets the child that waits go; false when none waits.
    pub(crate) fn release(&self) -> bool {
        // Opening fails where nobody reads, and what reads is the child.
        OpenOptions::new().write(true).custom_flags(NONBLOCK).open(self.pipe("wait")).is_ok()
    }
}

/// A run of which a child waits at a gate.
pub(crate) struct Arrived {
    pid: Pid,
    ended: JoinHandle<Ran>,
    hello: BufReader<File>,
}

impl Arrived {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits for the end of castoff itself.
    pub(crate) fn end(self) -> Ran {
        self.ended.join().unwrap()
    }

    /// Waits for the end of castoff, and of the child and all that it started.
    pub(crate) fn end_of_all(mut self) -> Ran {
        let ran = self.ended.join().unwrap();
        let (sender, receiver) = channel();
        // The pipe ends when nobody has it open any more.
        thread::spawn(move || sender.send(self.hello.read_to_string(&mut String::new()).is_ok()));
        let gone = receiver.recv_timeout(Duration::from_secs(60));
        assert_eq!(gone, Ok(true), "a child outlived the run:\n{}", ran.text());
        ran
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.release();
    }
}

/// What lies in the cache directory of the only repository that used it.
pub(crate) fn left_in_cache(repo: &Repo) -> Vec<String> {
    let homes = names(&repo.cache());
    assert_eq!(homes.len(), 1, "one repository has one directory: {homes:?}");
    names(&repo.cache().join(&homes[0]))
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
