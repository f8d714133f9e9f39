//! Keeps a view on the terminal while a run goes on. One thread of its own draws and reads keys, so that a slow
//! terminal holds nobody up; it is told of events through a channel that takes as many as there are.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use signal_hook::SigId;
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};
use signal_hook::low_level::{emulate_default_handler, pipe, unregister};

use super::draw::{Look, finished, frame, furthest_back};
use super::keys::Keys;
use super::screen::{self, Screen};
use super::{Act, Stage, View};
use crate::effect::Event;
use crate::model::PackageId;
use crate::report::Style;
use crate::world::Control;

/// The least time between two drawings.
const REST: Duration = Duration::from_millis(60);
/// How often it looks whether anything changed of which nobody tells.
const LOOK: Duration = Duration::from_millis(250);
/// How long more of a key is waited for.
const KEY: Duration = Duration::from_millis(50);

/// A table on the terminal of standard error. It is gone with the value.
pub struct Live {
    sender: Sender<Message>,
    wake: UnixStream,
    start: Instant,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Event(Duration, Event),
    Say(String),
    End(Vec<(PackageId, Stage)>),
}

impl Live {
    /// Whether standard error is a terminal that this process may draw on.
    pub fn is_possible() -> bool {
        io::IsTerminal::is_terminal(&io::stderr()) && screen::is_ours()
    }

    /// Begins to show a view; times are counted from `start`.
    ///
    /// # Errors
    /// The system gives no thread, or lets nobody hear of signals.
    pub fn start(view: View, style: Style, start: Instant, control: Control) -> io::Result<Live> {
        let (sender, receiver) = channel();
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let suspended = Arc::new(AtomicBool::new(false));
        let mut signals = Registered(vec![signal_hook::flag::register(SIGTSTP, Arc::clone(&suspended))?]);
        for signal in [SIGTSTP, SIGCONT, SIGWINCH] {
            signals.0.push(pipe::register(signal, wake.try_clone()?)?);
        }
        let screen = Arc::new(Mutex::new(Screen::default()));
        let last = Arc::clone(&screen);
        control.before_death(move || close(&last));
        let (keys, typed) = (Keys::default(), Duration::ZERO);
        let show = Show { view, style, start, control, screen, receiver, woken, suspended, keys, typed };
        let run = move || {
            let _signals = signals;
            show.run();
        };
        let thread = thread::Builder::new().name("live".to_string()).spawn(run)?;
        Ok(Live { sender, wake, start, thread: Some(thread) })
    }

    /// Something happened.
    pub fn tell(&self, event: Event) {
        self.send(Message::Event(since(self.start), event));
    }

    /// Lines that stay, above the table.
    pub fn say(&self, text: String) {
        self.send(Message::Say(text));
    }

    /// The run is over: the table goes, and what became of every package is left behind as lines.
    pub fn end(self, outcomes: Vec<(PackageId, Stage)>) {
        self.send(Message::End(outcomes));
    }

    fn send(&self, message: Message) {
        // The thread ends before the value only if it panics, and then the run goes on unseen.
        let _unseen = self.sender.send(message);
        // A full pipe wakes as well as one more byte would.
        let _awake = (&self.wake).write(&[0]);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let (closed, _) = channel();
        drop(std::mem::replace(&mut self.sender, closed));
        let _awake = (&self.wake).write(&[0]);
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// Handlers of signals, as long as they are wanted.
struct Registered(Vec<SigId>);

impl Drop for Registered {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            unregister(id);
        }
    }
}

/// What the thread has.
struct Show {
    view: View,
    style: Style,
    start: Instant,
    control: Control,
    screen: Arc<Mutex<Screen>>,
    receiver: Receiver<Message>,
    woken: UnixStream,
    suspended: Arc<AtomicBool>,
    keys: Keys,
    /// When a key was pressed last.
    typed: Duration,
}

/// However the thread ends, also by a panic.
impl Drop for Show {
    fn drop(&mut self) {
        self.control.nothing_before_death();
        lock(&self.screen).leave();
    }
}

impl Show {
    fn run(mut self) {
        let mut drawn: Option<Duration> = None;
        loop {
            if self.hear() {
                break;
            }
            if self.suspended.swap(false, Ordering::Relaxed) && screen::has_shell() {
                self.suspend();
            }
            self.take_turns();
            self.type_in();
            self.view.stopping |= self.control.is_stopped();
            self.view.paused = self.control.is_paused();
            let now = since(self.start);
            let rested = drawn.is_none_or(|at| now.saturating_sub(at) >= REST);
            if rested {
                self.draw(now);
                drawn = Some(now);
            }
            self.wait(if rested { until_next_second(now) } else { REST });
        }
    }

    /// Takes what was told; whether the run is over.
    fn hear(&mut self) -> bool {
        loop {
            match self.receiver.try_recv() {
                Ok(Message::Event(at, event)) => self.view.event(at, &event),
                Ok(Message::Say(text)) => lock(&self.screen).say(&text),
                Ok(Message::End(outcomes)) => {
                    self.end(&outcomes);
                    return true;
                }
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    }

    fn end(&mut self, outcomes: &[(PackageId, Stage)]) {
        let now = since(self.start);
        for (id, stage) in outcomes {
            self.view.settle(now, id, *stage);
        }
        let mut screen = lock(&self.screen);
        screen.leave();
        if self.view.has_begun() {
            screen.say(&finished(&self.view, now, self.style));
        }
    }

    /// Ctrl-Z: the terminal is handed back in good order, and taken again afterwards.
    fn suspend(&self) {
        lock(&self.screen).leave();
        let _stopped = emulate_default_handler(SIGTSTP);
    }

    /// Draws only in the foreground.
    fn take_turns(&self) {
        let mut screen = lock(&self.screen);
        match (screen::is_ours(), screen.is_entered()) {
            (true, false) => screen.enter(),
            (false, true) => screen.lose(),
            _ => {}
        }
    }

    fn type_in(&mut self) {
        let typed = lock(&self.screen).read();
        let Some(bytes) = typed else { return lock(&self.screen).without_keys() };
        let now = since(self.start);
        let mut keys = self.keys.read(&bytes);
        if !bytes.is_empty() {
            self.typed = now;
        } else if now.saturating_sub(self.typed) >= KEY {
            keys.extend(self.keys.rest());
        }
        for key in keys {
            match self.view.key(key) {
                Some(Act::Pause) => self.control.pause(),
                Some(Act::Resume) => self.control.resume(),
                Some(Act::Stop) => self.control.stop(),
                None => {}
            }
            let look = self.look();
            self.view.log = self.view.log.map(|back| back.min(furthest_back(&self.view, look)));
        }
    }

    fn look(&self) -> Look {
        Look { size: screen::size(), style: self.style, keys: lock(&self.screen).has_keys() }
    }

    fn draw(&self, now: Duration) {
        let lines = frame(&self.view, now, self.look());
        lock(&self.screen).draw(lines);
    }

    fn wait(&mut self, time: Duration) {
        let time = if self.keys.waits() { time.min(KEY) } else { time.min(LOOK) };
        let has_keys = lock(&self.screen).has_keys();
        screen::wait(self.woken.as_fd(), has_keys, time);
        let mut bytes = [0; 256];
        while self.woken.read(&mut bytes).is_ok_and(|read| read > 0) {}
    }
}

#[expect(clippy::disallowed_methods, reason = "times are shown, nothing depends on them")]
fn since(start: Instant) -> Duration {
    start.elapsed()
}

/// Times are shown in seconds.
fn until_next_second(now: Duration) -> Duration {
    Duration::from_millis(1001 - u64::from(now.subsec_millis()))
}

fn lock(screen: &Mutex<Screen>) -> MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Right before a signal ends castoff. Whoever draws may be held up by the terminal; that is not waited for long.
#[expect(clippy::disallowed_methods, reason = "the process ends; nobody can hurry it any more")]
fn close(screen: &Mutex<Screen>) {
    for _ in 0..20 {
        match screen.try_lock() {
            Ok(mut screen) => return screen.close(),
            Err(TryLockError::Poisoned(screen)) => return screen.into_inner().close(),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::until_next_second;

    #[test]
    fn the_clock_is_looked_at_when_it_moves() {
        for (now, expected) in [(0, 1001), (1, 1000), (999, 2), (5400, 601)] {
            assert_eq!(until_next_second(Duration::from_millis(now)), Duration::from_millis(expected));
        }
    }
}
