//! A terminal of a test's own: a child on it, the screen as it would be seen, keys, and how all was left.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pty_process::blocking::{self, Pty};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};
use vt100::Parser;

/// A screen that does not become what is expected fails the test after this time.
const LIMIT: Duration = Duration::from_secs(120);

/// What came from the child.
struct Shown {
    raw: Vec<u8>,
    parser: Parser,
    ended: bool,
}

/// A child on a terminal, which is its controlling one.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    reader: Option<JoinHandle<()>>,
    /// The mode before anything ran.
    before: Termios,
}

/// What is left when the child has ended.
pub(crate) struct Left {
    pub(crate) status: ExitStatus,
    /// All that was written.
    pub(crate) raw: String,
    /// What was written after the table was taken away, without colours.
    pub(crate) after: String,
}

fn number(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Terminal {
    /// Starts a child on a terminal of this many columns and lines.
    pub(crate) fn start(command: &Command, columns: u16, lines: u16) -> Terminal {
        Terminal::start_with(command, columns, lines, |command| command)
    }

    /// The same with other streams than those of the terminal.
    pub(crate) fn start_with(
        command: &Command,
        columns: u16,
        lines: u16,
        streams: impl FnOnce(blocking::Command) -> blocking::Command,
    ) -> Terminal {
        let (pty, pts) = blocking::open().unwrap();
        pty.resize(pty_process::Size::new(lines, columns)).unwrap();
        let before = tcgetattr(&pty).unwrap();
        let mut own = blocking::Command::new(command.get_program()).args(command.get_args());
        own = own.current_dir(command.get_current_dir().map_or(PathBuf::from("/"), PathBuf::from));
        for (name, value) in command.get_envs() {
            own = match value {
                Some(value) => own.env(name, value),
                None => own.env_remove(name),
            };
        }
        let child = streams(own.env("TERM", "xterm-256color").env_remove("CI")).spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let parser = Parser::new(number(lines), number(columns), 1000);
        let shown = Arc::new((Mutex::new(Shown { raw: Vec::new(), parser, ended: false }), Condvar::new()));
        let reader = thread::spawn({
            let (pty, shown) = (Arc::clone(&pty), Arc::clone(&shown));
            move || read(&pty, &shown)
        });
        Terminal { pty, child, shown, reader: Some(reader), before }
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        self.shown.0.lock().unwrap().parser.screen_mut().set_size(number(lines), number(columns));
        self.pty.resize(pty_process::Size::new(lines, columns)).unwrap();
    }

    /// Waits for a screen; gives it.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + LIMIT;
        let mut shown = self.shown.0.lock().unwrap();
        loop {
            let screen = shown.parser.screen().contents();
            if is(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!shown.ended && !left.is_zero(), "no screen shows {what}; the last one:\n{screen}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Waits until the screen holds a text.
    #[track_caller]
    pub(crate) fn sees(&self, text: &str) -> String {
        self.until(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// The mode of the terminal now, as far as it says anything about input.
    pub(crate) fn has_mode_of_before(&self) -> bool {
        let now = tcgetattr(&self.pty).unwrap();
        format!("{now:?}") == format!("{:?}", self.before)
    }

    /// Waits for the end of the child; the terminal has to be as it was.
    #[track_caller]
    pub(crate) fn end(mut self) -> Left {
        let deadline = Instant::now() + LIMIT;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the child does not end:\n{}", self.sees(""));
            thread::yield_now();
            thread::park_timeout(Duration::from_millis(10));
        };
        assert!(self.has_mode_of_before(), "the terminal has another mode than before");
        let (pty, shown) = (Arc::clone(&self.pty), Arc::clone(&self.shown));
        drop(pty);
        let shown = &shown.0;
        self.reader.take().unwrap().join().unwrap();
        let shown = shown.lock().unwrap();
        let screen = shown.parser.screen();
        assert!(!screen.hide_cursor() && !screen.alternate_screen(), "{}", screen.contents());
        let raw = String::from_utf8_lossy(&shown.raw).into_owned();
        for (set, reset) in [("\u{1b}[?25l", "\u{1b}[?25h"), ("\u{1b}[?7l", "\u{1b}[?7h")] {
            assert!(raw.rfind(set) <= raw.rfind(reset), "`{set:?}` was not taken back");
        }
        let after = without_colours(&raw.rsplit("\u{1b}[?25h").next().unwrap_or_default().replace('\r', ""));
        Left { status, after, raw }
    }
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// On Linux reading ends with an error when nobody has the other side open any more.
fn read(mut pty: &Pty, shown: &(Mutex<Shown>, Condvar)) {
    let mut bytes = [0; 4096];
    while let Ok(length) = pty.read(&mut bytes) {
        if length == 0 {
            break;
        }
        let mut shown_now = shown.0.lock().unwrap();
        shown_now.raw.extend(&bytes[..length]);
        shown_now.parser.process(&bytes[..length]);
        shown.1.notify_all();
    }
    shown.0.lock().unwrap().ended = true;
    shown.1.notify_all();
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // What ended before cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that shows the large run; see `look`.
pub(crate) fn look(asked: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "look::a_run_of_sixty_packages_can_be_looked_at", "--nocapture", "--quiet"]);
    command.env("CASTOFF_LOOK", asked).env_remove("NO_COLOR");
    command
}

/// Standard output is no part of what is looked at.
pub(crate) fn without_output(command: blocking::Command) -> blocking::Command {
    command.stdout(Stdio::null())
}
