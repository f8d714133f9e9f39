//! The terminal itself: what is written to it, and the mode in which it hands over keys one by one. The table stands
//! where the cursor was, in the scrolled text and not on a screen of its own, so that what was there before stays. Between
//! two drawings the cursor stands at the table's first letter: terminals keep it there when they fold lines anew after a
//! change of their width, so nothing has to be known of how they do that.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;
use rustix::process::{getpgrp, getpid, getppid, getsid};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use rustix::termios::{tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr};

use super::draw::Size;

const HIDE_CURSOR: &str = "\u{1b}[?25l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
/// Whether a line that is too long goes on in the next one.
const NO_WRAP: &str = "\u{1b}[?7l";
const WRAP: &str = "\u{1b}[?7h";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";
/// What is between these two is shown at once, by terminals that know them.
const HOLD: &str = "\u{1b}[?2026h";
const SHOW: &str = "\u{1b}[?2026l";

/// How long a terminal that takes no more text is waited for when castoff has to end.
const PATIENCE: Duration = Duration::from_millis(200);

/// The terminal of standard error, and the keys of standard input if that is a terminal too.
#[derive(Default)]
pub(super) struct Screen {
    drawn: Vec<String>,
    /// Whether the table is on it.
    entered: bool,
    /// Its mode before.
    mode: Option<Termios>,
    /// Whether keys are read.
    keys: bool,
    /// Whether it was left for good.
    closed: bool,
}

/// Whether this process may draw and read keys: one in the background may not, and would be stopped for it.
pub(super) fn is_ours() -> bool {
    // Where there is no job control, there is no background.
    !tcgetpgrp(std::io::stderr()).is_ok_and(|group| group != getpgrp())
}

/// Whether somebody is there who lets this process go on after a stop.
pub(super) fn has_shell() -> bool {
    let session = getsid(None).ok();
    session != Some(getpid()) && getsid(getppid()).ok() == session
}

/// How large the terminal is; one that does not say is as large as terminals once were.
pub(super) fn size() -> Size {
    let size = tcgetwinsize(std::io::stderr()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
    size.map_or(Size { columns: 80, lines: 24 }, |size| Size {
        columns: size.ws_col.into(),
        lines: size.ws_row.into(),
    })
}

/// Waits until something can be read there, or a key with `keys`.
pub(super) fn wait(file: BorrowedFd, keys: bool, time: Duration) {
    let stdin = rustix::stdio::stdin();
    let mut polled = [file, stdin].map(|file| PollFd::from_borrowed_fd(file, PollFlags::IN));
    // A signal ends the wait too, which is what it should.
    let _ready = poll(&mut polled[..1 + usize::from(keys)], Some(&timespec(time)));
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() }
}

impl Screen {
    /// Begins to draw, and to read keys.
    pub(super) fn enter(&mut self) {
        if self.closed || self.entered {
            return;
        }
        self.entered = true;
        self.drawn.clear();
        self.keys = false;
        if std::io::stdin().is_terminal()
            && let Ok(mode) = tcgetattr(std::io::stdin())
        {
            let mut own = mode.clone();
            // Signals stay: Ctrl-C is one, and does what it always does.
            own.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            own.special_codes[SpecialCodeIndex::VMIN] = 1;
            own.special_codes[SpecialCodeIndex::VTIME] = 0;
            self.keys = tcsetattr(std::io::stdin(), OptionalActions::Now, &own).is_ok();
            self.mode = self.keys.then_some(mode);
        }
        write(&format!("\r{HIDE_CURSOR}{NO_WRAP}"));
    }

    /// Ends what [`Screen::enter`] began: the table is gone, and everything as it was.
    pub(super) fn leave(&mut self) {
        if !self.entered {
            return;
        }
        self.entered = false;
        self.drawn.clear();
        self.restore();
        write(&format!("\r{CLEAR_BELOW}{WRAP}{SHOW_CURSOR}"));
    }

    /// Others have the terminal now, who have set its mode as they want it.
    pub(super) fn lose(&mut self) {
        self.entered = false;
        self.mode = None;
        self.keys = false;
    }

    /// Leaves for good, because castoff has to end at once.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.restore();
        let mut ready = [PollFd::from_borrowed_fd(rustix::stdio::stderr(), PollFlags::OUT)];
        if poll(&mut ready, Some(&timespec(PATIENCE))).is_ok_and(|ready| ready > 0) {
            self.leave();
        }
    }

    fn restore(&mut self) {
        if let Some(mode) = self.mode.take() {
            // Keys that came too late to mean anything are not for whoever reads next.
            while self.read().is_some_and(|bytes| !bytes.is_empty()) {}
            let _gone = tcsetattr(std::io::stdin(), OptionalActions::Now, &mode);
        }
        self.keys = false;
    }

    /// Whether the table is on the terminal.
    pub(super) fn is_entered(&self) -> bool {
        self.entered
    }

    /// Whether keys are read.
    pub(super) fn has_keys(&self) -> bool {
        self.keys
    }

    /// What was typed; none when there will be no more.
    pub(super) fn read(&mut self) -> Option<Vec<u8>> {
        if !self.keys {
            return Some(Vec::new());
        }
        let mut ready = [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN)];
        if poll(&mut ready, Some(&timespec(Duration::ZERO))).unwrap_or(0) == 0 {
            return Some(Vec::new());
        }
        let mut bytes = [0; 256];
        match rustix::io::read(rustix::stdio::stdin(), &mut bytes) {
            Ok(0) => None,
            Ok(length) => Some(bytes[..length].to_vec()),
            Err(error) if error == rustix::io::Errno::INTR => Some(Vec::new()),
            Err(_) => None,
        }
    }

    /// Reads no more keys.
    pub(super) fn without_keys(&mut self) {
        self.keys = false;
    }

    /// Draws the table, if it is another one than before.
    pub(super) fn draw(&mut self, lines: Vec<String>) {
        if !self.entered || self.drawn == lines {
            return;
        }
        let text: Vec<String> = lines.iter().map(|line| format!("{line}{CLEAR_LINE}")).collect();
        let back = match lines.len() {
            0 | 1 => String::new(),
            more => format!("\u{1b}[{}A", more - 1),
        };
        write(&format!("{HOLD}\r{}{CLEAR_BELOW}\r{back}{SHOW}", text.join("\r\n")));
        self.drawn = lines;
    }

    /// Writes lines that stay, above the table.
    pub(super) fn say(&mut self, text: &str) {
        if self.entered {
            write(&format!("\r{CLEAR_BELOW}{WRAP}{}{NO_WRAP}", text.replace('\n', "\r\n")));
            self.drawn.clear();
        } else {
            write(text);
        }
    }
}

/// A terminal that is gone takes nothing, and that ends no release.
fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
