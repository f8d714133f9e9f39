//! What a person who watches a run can do to it: hold it, let it go on, stop it.

use rustix::process::Signal;

use super::children::Children;

/// A handle on a real world.
#[derive(Clone)]
pub struct Control(Children);

impl Control {
    pub(super) fn of(children: &Children) -> Control {
        Control(children.clone())
    }

    /// Starts nothing new for now; what runs goes on.
    pub fn pause(&self) {
        self.0.hold(true);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.0.hold(false);
    }

    /// Whether it was paused.
    pub fn is_paused(&self) -> bool {
        self.0.is_held()
    }

    /// Stops in good order, as the first Ctrl-C does; the second time what still runs is ended at once.
    pub fn stop(&self) {
        if self.0.is_stopped() { self.0.signal(Signal::KILL) } else { self.0.stop() }
    }

    /// Whether it was told to stop, by whomever.
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }

    /// Sets what is done before a signal ends castoff at once; whoever changed the terminal takes it back there.
    pub fn before_death(&self, farewell: impl FnOnce() + Send + 'static) {
        self.0.set_farewell(Some(Box::new(farewell)));
    }

    /// Nothing has to be taken back any more.
    pub fn nothing_before_death(&self) {
        self.0.set_farewell(None);
    }
}
