//! Runs the tasks of a release: the calling thread owns the queue, workers do one task each and send one message,
//! even when they panic.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use super::before::Present;
use super::build::{self, Built, Results};
use super::ship::{Progress, Shipped, ship};
use super::{BuiltFile, Goal, Published, Run, Summary, Unit};
use crate::config::Barrier;
use crate::ecosystem::{self, Site};
use crate::effect::{Environment, Event, Step};
use crate::fault::Fault;
use crate::model::PackageId;
use crate::queue::{Queue, Task};
use crate::stage::Den;
use crate::world::World;

/// How often a run that only waits looks whether it was told to stop.
const LOOK: Duration = Duration::from_millis(250);

/// A task of a run; numbers are places of groups or units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// One build command.
    Build(usize),
    /// The build of one unit passed; resolved by the queue's owner, never run.
    Passed(usize),
    /// Upload and all that follows.
    Ship(usize),
}

/// What a worker sends.
enum Message {
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
}

/// What the calling thread alone knows.
struct State {
    queue: Queue<Key>,
    built: BTreeMap<usize, Vec<BuiltFile>>,
    progress: BTreeMap<usize, Progress>,
    failed: BTreeMap<usize, Fault>,
    /// Units that cannot be built without another one, which failed.
    without: BTreeMap<usize, usize>,
    published: BTreeMap<usize, Progress>,
    running: usize,
}

impl<'a> Schedule<'a> {
    /// Carries the run out and adds what became of its units to the summary.
    pub(super) fn carry_out(&self, pool: &rayon::ThreadPool, summary: &mut Summary) {
        let groups = self.groups();
        let mut state = State {
            queue: Queue::new(&self.tasks(&groups)),
            built: BTreeMap::new(),
            progress: BTreeMap::new(),
            failed: BTreeMap::new(),
            without: BTreeMap::new(),
            published: BTreeMap::new(),
            running: 0,
        };
        let start = self.world.now();
        let (sender, receiver) = channel();
        // The loop runs on this thread; `scope` instead of `in_place_scope` would take a worker for it.
        pool.in_place_scope(|scope| {
            loop {
                let now = self.since(start);
                let stopped = self.world.stopped();
                while !stopped
                    && !self.world.paused()
                    && state.running < self.run.jobs.max(1)
                    && let Some(key) = state.queue.take(now)
                {
                    state.running += 1;
                    self.start(scope, key, &groups, &mut state, now, sender.clone());
                }
                if state.queue.is_done() || (stopped && state.running == 0) {
                    break;
                }
                if let Some(message) = self.wait(&receiver, &state, now) {
                    state.running -= 1;
                    self.note(message, &mut state, self.since(start));
                }
            }
        });
        self.sum_up(state, summary);
    }

    /// Where a unit is built and what its commands see.
    pub(super) fn site<'b>(&'b self, unit: &Unit, env: &'b Environment) -> Result<Site<'b>, Fault> {
        let target = self.run.target(unit)?;
        Ok(Site {
            stage: self.stage,
            tree: self.run.tree,
            out: &self.den.run,
            target_dir: self.target_dir,
            env,
            target,
        })
    }

    fn since(&self, start: SystemTime) -> Duration {
        self.world.now().duration_since(start).unwrap_or_default()
    }

    /// Units that one command builds.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut together: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        let mut groups = Vec::new();
        for (place, unit) in self.run.units.iter().enumerate() {
            if ecosystem::of(unit.package.id.kind).builds_together() {
                let key = (unit.package.workspace.as_str(), unit.package.registry().unwrap_or_default());
                together.entry(key).or_default().push(place);
            } else {
                groups.push(vec![place]);
            }
        }
        groups.extend(together.into_values());
        groups
    }

    fn tasks(&self, groups: &[Vec<usize>]) -> Vec<Task<Key>> {
        let places: BTreeMap<&PackageId, usize> =
            self.run.units.iter().enumerate().map(|(place, unit)| (&unit.package.id, place)).collect();
        let mut tasks = Vec::new();
        for (group, members) in groups.iter().enumerate() {
            let cost = members.iter().map(|place| self.guess(*place).0).sum();
            tasks.push(Task { key: Key::Build(group), needs: Vec::new(), cost, wait: 0.0 });
            tasks.extend(members.iter().map(|place| Task {
                key: Key::Passed(*place),
                needs: vec![Key::Build(group)],
                cost: 0.0,
                wait: 0.0,
            }));
        }
        if self.run.goal == Goal::Build {
            return tasks;
        }
        for (place, unit) in self.run.units.iter().enumerate() {
            let before = unit.needs.iter().filter_map(|id| places.get(id)).map(|need| Key::Ship(*need));
            let passed = self.behind_barrier(place, &places).into_iter().map(Key::Passed);
            tasks.push(Task {
                key: Key::Ship(place),
                needs: before.chain(passed).collect(),
                cost: self.guess(place).1,
                wait: 0.0,
            });
        }
        tasks
    }

    /// The units whose builds must have passed before this one is uploaded.
    fn behind_barrier(&self, place: usize, places: &BTreeMap<&PackageId, usize>) -> BTreeSet<usize> {
        let units = &self.run.units;
        match self.run.rules.barrier {
            Barrier::Run => (0..units.len()).collect(),
            Barrier::Own => BTreeSet::from([place]),
            Barrier::Component => {
                let mates = |place: usize| {
                    (0..units.len()).filter(move |other| units[*other].component == units[place].component)
                };
                let mut found: BTreeSet<usize> = BTreeSet::new();
                let mut pending: Vec<usize> = mates(place).collect();
                while let Some(next) = pending.pop() {
                    if found.insert(next) {
                        pending.extend(units[next].needs.iter().filter_map(|id| places.get(id)).copied());
                    }
                }
                found
            }
        }
    }

    fn guess(&self, place: usize) -> (f64, f64) {
        ecosystem::of(self.run.units[place].package.id.kind).guess()
    }

    fn start<'scope>(
        &'scope self,
        scope: &rayon::Scope<'scope>,
        key: Key,
        groups: &'scope [Vec<usize>],
        state: &mut State,
        now: Duration,
        done: Sender<Message>,
    ) {
        match key {
            Key::Build(group) => {
                let members = &groups[group];
                scope.spawn(move |_| {
                    let results = catch_unwind(AssertUnwindSafe(|| build::build(self, members)));
                    let results = results.unwrap_or_else(|panic| {
                        members.iter().map(|place| (*place, Built::Failed(panicked(&*panic)))).collect()
                    });
                    // The receiver lives as long as the loop, and the loop waits for every message.
                    let _sent = done.send(Message::Built(group, results));
                });
            }
            Key::Ship(place) => {
                let progress = state.progress.remove(&place).unwrap_or_default();
                let files = state.built.get(&place).cloned().unwrap_or_default();
                scope.spawn(move |_| {
                    let unit = &self.run.units[place];
                    let shipped =
                        catch_unwind(AssertUnwindSafe(|| ship(self, unit, &files, progress.clone(), now)));
                    let shipped =
                        shipped.unwrap_or_else(|panic| Shipped::Failed(progress, panicked(&*panic)));
                    let _sent = done.send(Message::Shipped(place, shipped));
                });
            }
            // Resolved when its build is; never ready in between.
            Key::Passed(_) => state.running -= 1,
        }
    }

    /// The next message; none when it is time for a task that only waited, or to look whether to stop.
    fn wait(&self, receiver: &Receiver<Message>, state: &State, now: Duration) -> Option<Message> {
        let next = state.queue.next_time().filter(|_| state.running < self.run.jobs.max(1));
        let received = match next {
            Some(_) if self.world.paused() => receiver.recv_timeout(LOOK),
            Some(at) => receiver.recv_timeout(at.saturating_sub(now).min(LOOK)),
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        received.ok()
    }

    fn note(&self, message: Message, state: &mut State, now: Duration) {
        match message {
            Message::Built(group, results) => {
                state.queue.finish(&Key::Build(group));
                for (place, built) in results {
                    self.note_build(place, built, state);
                }
            }
            Message::Shipped(place, Shipped::Done(progress)) => {
                state.published.insert(place, progress);
                state.queue.finish(&Key::Ship(place));
                let kept = build::keep_dir(self.run, &self.run.units[place]);
                if let Err(fault) = self.world.remove(&kept) {
                    self.world.tell(Event::run(Step::Note, fault.to_string()));
                }
            }
            Message::Shipped(place, Shipped::Later(progress, wait)) => {
                state.progress.insert(place, progress);
                state.queue.again(&Key::Ship(place), now + wait);
            }
            Message::Shipped(place, Shipped::Failed(progress, fault)) => {
                state.progress.insert(place, progress);
                self.fail(place, fault, state);
                state.queue.fail(&Key::Ship(place));
            }
        }
    }

    fn note_build(&self, place: usize, built: Built, state: &mut State) {
        match built {
            Built::Files(files) => {
                state.built.insert(place, files);
                return state.queue.finish(&Key::Passed(place));
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

    /// Units that were not carried out because of another one, each with the one at fault. A stop is nobody's fault.
    fn blocked(&self, state: &State) -> BTreeMap<usize, usize> {
        let mut blocked = state.without.clone();
        for (key, by) in state.queue.blocked() {
            if let (Key::Ship(place), Key::Ship(by) | Key::Passed(by)) = (key, by) {
                // The one at fault, not one that stands between.
                let by = [place, by].iter().find_map(|place| state.without.get(place)).copied().unwrap_or(by);
                blocked.insert(place, by);
            }
        }
        blocked.retain(|place, _| !state.failed.contains_key(place) && !self.world.stopped());
        blocked
    }

    fn sum_up(&self, state: State, summary: &mut Summary) {
        let id = |place: usize| self.run.units[place].package.id.clone();
        let public = state.progress.values().any(|progress| progress.public);
        summary.uploaded = public || !state.published.is_empty();
        let public = state.progress.iter().filter(|(_, progress)| progress.public);
        summary.unverified.extend(public.map(|(place, _)| id(*place)));
        let asked = state.progress.iter().chain(&state.published);
        summary.reported.extend(asked.map(|(place, progress)| (id(*place), progress.reported.clone())));
        for (place, by) in self.blocked(&state) {
            self.world.tell(Event::of(&id(place), Step::Blocked, format!("`{}` failed", id(by))));
            summary.blocked.push((id(place), id(by)));
        }
        let blocked: BTreeSet<PackageId> = summary.blocked.iter().map(|(id, _)| id.clone()).collect();
        let told = |place: &usize| {
            state.published.contains_key(place)
                || (self.run.goal == Goal::Build && state.built.contains_key(place))
                || state.failed.contains_key(place)
                || blocked.contains(&id(*place))
        };
        summary.cancelled.extend((0..self.run.units.len()).filter(|place| !told(place)).map(id));
        let mut built = state.built;
        for place in state.published.into_keys() {
            let files = built.remove(&place).unwrap_or_default();
            summary.published.push(self.outcome(place, files));
        }
        if self.run.goal == Goal::Build {
            summary.built.extend(built.into_iter().map(|(place, files)| self.outcome(place, files)));
        }
        summary.failed.extend(state.failed.into_iter().map(|(place, fault)| (id(place), fault)));
    }

    fn outcome(&self, place: usize, files: Vec<BuiltFile>) -> Published {
        let unit = &self.run.units[place];
        Published {
            id: unit.package.id.clone(),
            version: unit.version.clone(),
            registry: unit.package.registry().unwrap_or_default().to_string(),
            files,
            stand_in: unit.stand_in,
        }
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
