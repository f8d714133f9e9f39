//! Runs the tasks of a release: the calling thread owns the queue, workers do one task each and send one message,
//! even when they panic.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};
use std::time::{Duration, SystemTime};

use super::before::Present;
use super::build::{self, Built, Results};
use super::prepare::Preparation;
use super::ship::{Progress, Shipped, Task as Shipment, ship};
use super::{BuiltFile, Run, Summary, Unit};
use crate::ecosystem::Site;
use crate::effect::{Environment, Event, Step};
use crate::fault::Fault;
use crate::presence::rounded;
use crate::queue::Queue;
use crate::stage::Den;
use crate::world::World;

mod gates;
mod outcome;
mod tasks;

use gates::Gates;

/// How often a run that only waits looks whether it was told to stop.
const LOOK: Duration = Duration::from_millis(250);

/// A task of a run; numbers are places of groups or units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// What is done once before builds.
    Prepare(usize),
    /// One build command.
    Build(usize),
    /// The build of one unit passed; resolved by the queue's owner, never run.
    Passed(usize),
    /// All builds passed; resolved in the same way.
    AllPassed,
    /// Upload and all that follows.
    Ship(usize),
}

/// What a worker sends.
enum Message {
    Prepared(usize, Result<(), Fault>),
    Built(usize, Results),
    Shipped(usize, Shipped),
}

/// What the workers share.
pub(super) struct Schedule<'a> {
    pub(super) world: &'a dyn World,
    pub(super) run: &'a Run<'a>,
    pub(super) stage: &'a Path,
    pub(super) target_dir: &'a Path,
    pub(super) den: &'a Den,
    /// What the registries had before the run.
    pub(super) before: &'a Present,
    /// What is done once before builds.
    pub(super) preparations: &'a [Preparation],
}

/// What the calling thread alone knows.
struct State {
    queue: Queue<Key>,
    built: BTreeMap<usize, Vec<BuiltFile>>,
    progress: BTreeMap<usize, Progress>,
    failed: BTreeMap<usize, Fault>,
    /// Units for which the stage could not be prepared.
    unprepared: BTreeMap<usize, Fault>,
    /// Units that cannot be built without another one, which failed.
    without: BTreeMap<usize, usize>,
    /// Units that will not be carried out because of another one, which failed; told as soon as that is known.
    blocked: BTreeMap<usize, usize>,
    published: BTreeMap<usize, Progress>,
    gates: Gates,
    running: usize,
}

impl<'a> Schedule<'a> {
    /// Carries the run out and adds what became of its units to the summary.
    pub(super) fn carry_out(&self, summary: &mut Summary) {
        let groups = self.groups();
        let mut state = State {
            queue: Queue::new(&self.tasks(&groups)).with_workers(self.run.jobs.max(1)),
            built: BTreeMap::new(),
            progress: BTreeMap::new(),
            failed: BTreeMap::new(),
            unprepared: BTreeMap::new(),
            without: BTreeMap::new(),
            blocked: BTreeMap::new(),
            published: BTreeMap::new(),
            gates: Gates::default(),
            running: 0,
        };
        let start = self.world.now();
        let (sender, receiver) = channel();
        // The loop runs on this thread, and every task on one of its own.
        thread::scope(|scope| {
            loop {
                let now = self.since(start);
                let stopped = self.world.stopped();
                while !stopped
                    && state.running < self.run.jobs.max(1)
                    && let Some(key) = self.next(&mut state, now)
                {
                    match self.held_back(key, &state, now) {
                        Some(until) => state.queue.again(&key, until),
                        None => self.start(scope, key, &groups, &mut state, sender.clone()),
                    }
                }
                if state.queue.is_done() || (stopped && state.running == 0) {
                    break;
                }
                if let Some(message) = self.wait(&receiver, &state, now) {
                    state.running -= 1;
                    let now = self.since(start);
                    let failures = state.failed.len() + state.without.len();
                    self.note(message, &mut state, now);
                    if state.failed.len() + state.without.len() > failures {
                        self.tell_blocked(&mut state);
                    }
                    let left = state.queue.forecast(self.run.jobs.max(1), now);
                    let left = format!("{:.1}", left.as_secs_f64());
                    self.world.tell(Event::run(Step::Forecast, left));
                }
            }
        });
        self.sum_up(state, summary);
    }

    /// In a pause nothing new starts. What was uploaded is still waited for, compared and tried.
    fn next(&self, state: &mut State, now: Duration) -> Option<Key> {
        if !self.world.paused() {
            return state.queue.take(now);
        }
        let sent = |place: &usize| state.progress.get(place).is_some_and(|progress| !progress.has_to_send());
        state.queue.take_of(now, |key| matches!(key, Key::Ship(place) if sent(place)))
    }

    /// Where a unit is built and what its commands see.
    pub(super) fn site<'b>(&'b self, unit: &'b Unit, env: &'b Environment) -> Result<Site<'b>, Fault> {
        let target = self.run.target(unit)?;
        Ok(Site {
            stage: self.stage,
            tree: self.run.tree,
            out: &self.den.run,
            target_dir: self.target_dir,
            env,
            target,
            dist_tag: unit.dist_tag.as_ref().map(|tag| tag.name.as_str()),
        })
    }

    fn since(&self, start: SystemTime) -> Duration {
        self.world.now().duration_since(start).unwrap_or_default()
    }

    fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        key: Key,
        groups: &'scope [Vec<usize>],
        state: &mut State,
        done: Sender<Message>,
    ) {
        state.running += 1;
        match key {
            Key::Prepare(place) => {
                let preparation = &self.preparations[place];
                scope.spawn(move || {
                    let prepare = || preparation.carry_out(self.world, self.stage);
                    let result = catch_unwind(AssertUnwindSafe(prepare));
                    let result = result.unwrap_or_else(|panic| Err(panicked(&*panic)));
                    let _sent = done.send(Message::Prepared(place, result));
                });
            }
            Key::Build(group) => {
                let members = &groups[group];
                let unprepared = members.iter().find_map(|place| state.unprepared.get(place).cloned());
                scope.spawn(move || {
                    let all = |fault: &Fault| -> Results {
                        members.iter().map(|place| (*place, Built::Failed(fault.clone()))).collect()
                    };
                    let results = match unprepared {
                        Some(fault) => all(&fault),
                        None => catch_unwind(AssertUnwindSafe(|| build::build(self, members)))
                            .unwrap_or_else(|panic| all(&panicked(&*panic))),
                    };
                    // The receiver lives as long as the loop, and the loop waits for every message.
                    let _sent = done.send(Message::Built(group, results));
                });
            }
            Key::Ship(place) => {
                let progress = state.progress.remove(&place).unwrap_or_default();
                let files = state.built.get(&place).cloned().unwrap_or_default();
                scope.spawn(move || {
                    let task = Shipment { schedule: self, unit: &self.run.units[place], files: &files };
                    let shipped = catch_unwind(AssertUnwindSafe(|| ship(&task, progress.clone())));
                    let shipped =
                        shipped.unwrap_or_else(|panic| Shipped::Failed(progress, panicked(&*panic)));
                    let _sent = done.send(Message::Shipped(place, shipped));
                });
            }
            // Resolved when its build is; never ready in between.
            Key::Passed(_) | Key::AllPassed => state.running -= 1,
        }
    }

    /// The next message; none when it is time for a task that only waited, or to look whether to stop.
    fn wait(&self, receiver: &Receiver<Message>, state: &State, now: Duration) -> Option<Message> {
        let next = state.queue.next_time().filter(|_| state.running < self.run.jobs.max(1));
        let time = match next {
            Some(_) if self.world.paused() => LOOK,
            Some(at) => at.saturating_sub(now).min(LOOK),
            None => return receiver.recv().ok(),
        };
        if state.running == 0 {
            // Nobody can send anything, so time is all that has to pass.
            self.world.sleep(time);
            return None;
        }
        receiver.recv_timeout(time).ok()
    }

    fn note(&self, message: Message, state: &mut State, now: Duration) {
        match message {
            Message::Prepared(place, result) => {
                state.queue.finish(&Key::Prepare(place));
                if let Err(fault) = result {
                    let units = self.preparations[place].units.iter();
                    state.unprepared.extend(units.map(|unit| (*unit, fault.clone())));
                }
            }
            Message::Built(group, results) => {
                state.queue.finish(&Key::Build(group));
                for (place, built) in results {
                    self.note_build(place, built, state);
                }
            }
            Message::Shipped(place, Shipped::Done(progress)) => {
                state.gates.taken(self.registry(place));
                state.published.insert(place, progress);
                state.queue.finish(&Key::Ship(place));
                let kept = build::keep_dir(self.run, &self.run.units[place]);
                if let Err(fault) = self.world.remove(&kept) {
                    self.world.tell(Event::run(Step::Note, fault.to_string()));
                }
            }
            Message::Shipped(place, Shipped::Later(progress, wait)) => {
                if progress.public {
                    state.gates.taken(self.registry(place));
                    // The upload is behind it, the trial is not.
                    state.queue.left(&Key::Ship(place), self.guess(place).1 / 2.0);
                }
                state.progress.insert(place, progress);
                state.queue.again(&Key::Ship(place), now + wait);
            }
            Message::Shipped(place, Shipped::Limited(progress, asked, fault)) => {
                state.progress.insert(place, progress);
                self.shut(place, asked, fault, state, now);
            }
            Message::Shipped(place, Shipped::Failed(progress, fault)) => {
                state.progress.insert(place, progress);
                self.fail(place, fault, state);
                state.queue.fail(&Key::Ship(place));
            }
        }
    }

    fn registry(&self, place: usize) -> &str {
        self.run.units[place].package.registry().unwrap_or_default()
    }

    /// Until when an upload has to wait, because its registry takes none.
    fn held_back(&self, key: Key, state: &State, now: Duration) -> Option<Duration> {
        let Key::Ship(place) = key else { return None };
        let sends = state.progress.get(&place).is_none_or(Progress::has_to_send);
        state.gates.shut(self.registry(place), now).filter(|_| sends)
    }

    /// A registry wants to be left alone for a while.
    fn shut(&self, place: usize, asked: Option<Duration>, fault: Fault, state: &mut State, now: Duration) {
        let (patience, random) = (self.run.rules.patience, self.world.random());
        match state.gates.shut_for(self.registry(place), now, asked, patience, random) {
            Some(wait) => {
                let text = format!("`{}` takes no more uploads for {}", self.registry(place), rounded(wait));
                self.world.tell(Event::of(&self.run.units[place].package.id, Step::Waiting, text));
                state.queue.again(&Key::Ship(place), now + wait);
            }
            None => {
                self.fail(place, fault, state);
                state.queue.fail(&Key::Ship(place));
            }
        }
    }

    fn note_build(&self, place: usize, built: Built, state: &mut State) {
        match built {
            Built::Files(files) => {
                state.built.insert(place, files);
                state.queue.finish(&Key::Passed(place));
                if state.built.len() == self.run.units.len() {
                    state.queue.finish(&Key::AllPassed);
                }
                return;
            }
            Built::Failed(fault) => self.fail(place, fault, state),
            Built::Without(other) => drop(state.without.insert(place, other)),
        }
        state.queue.fail(&Key::Passed(place));
    }

    fn fail(&self, place: usize, fault: Fault, state: &mut State) {
        // What fails after a stop fails because of it, as a rule, and counts as cancelled.
        if self.world.stopped() {
            return;
        }
        self.world.tell(Event::of(&self.run.units[place].package.id, Step::Failed, fault.to_string()));
        state.failed.insert(place, fault);
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    let fault = Fault::outside("castoff itself failed")
        .because(text.unwrap_or_else(|| "a worker panicked".to_string()));
    fault.help("this is a defect of castoff; what is published stays published, and running again resumes")
}
