//! A world that remembers what was told in it, for the record and the report of a run.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::{Lock, World};
use crate::effect::{Cmd, Event, Moment, Output, Request, Response};
use crate::fault::Fault;

/// Another world, and all that was told in it from now on.
pub struct Watched<'a> {
    world: &'a dyn World,
    moments: Mutex<Vec<Moment>>,
}

impl<'a> Watched<'a> {
    /// Watches a world.
    pub fn new(world: &'a dyn World) -> Watched<'a> {
        Watched { world, moments: Mutex::default() }
    }

    /// What was told, in that order.
    pub fn into_moments(self) -> Vec<Moment> {
        self.moments.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for Watched<'_> {
    fn run(&self, cmd: &Cmd) -> Result<Output, Fault> {
        self.world.run(cmd)
    }

    fn send(&self, request: &Request) -> Result<Response, Fault> {
        self.world.send(request)
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Fault> {
        self.world.read(path)
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<String>>, Fault> {
        self.world.list(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        self.world.write(path, bytes)
    }

    fn make_executable(&self, path: &Path) -> Result<(), Fault> {
        self.world.make_executable(path)
    }

    fn make_dir(&self, path: &Path) -> Result<(), Fault> {
        self.world.make_dir(path)
    }

    fn link(&self, to: &Path, at: &Path) -> Result<(), Fault> {
        self.world.link(to, at)
    }

    fn remove(&self, path: &Path) -> Result<(), Fault> {
        self.world.remove(path)
    }

    fn lock(&self, path: &Path) -> Result<Lock, Fault> {
        self.world.lock(path)
    }

    fn free_space(&self, dir: &Path) -> Option<u64> {
        self.world.free_space(dir)
    }

    fn absolute(&self, path: &Path) -> Result<PathBuf, Fault> {
        self.world.absolute(path)
    }

    fn sleep(&self, time: Duration) {
        self.world.sleep(time);
    }

    fn stopped(&self) -> bool {
        self.world.stopped()
    }

    fn paused(&self) -> bool {
        self.world.paused()
    }

    fn now(&self) -> SystemTime {
        self.world.now()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.world.env(name)
    }

    fn random(&self) -> u64 {
        self.world.random()
    }

    fn tell(&self, event: Event) {
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        moments.push(Moment { at: self.world.now(), event: event.clone() });
        // Still locked, so that everybody is told in the same order.
        self.world.tell(event);
    }
}
