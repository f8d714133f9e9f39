//! A release of sixty packages that nobody built: what would be told of it and when, decided by the real queue with
//! made-up durations. Always the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::{Duration, SystemTime};

use castoff::effect::{Event, Moment, Step};
use castoff::fault::Fault;
use castoff::model::{Kind, PackageId};
use castoff::publish::{BuiltFile, Published, Summary};
use castoff::queue::{Queue, Task};
use castoff::version::Version;

/// Workers.
const JOBS: usize = 4;

/// Made-up packages by ecosystem; the first of each list are those that others need.
const NAMES: [(Kind, &[&str]); 4] = [
    (
        Kind::Cargo,
        &[
            "acme-types",
            "acme-macros",
            "acme-wire",
            "acme-core",
            "acme-store",
            "acme-store-postgres",
            "acme-store-redis",
            "acme-queue",
            "acme-metrics",
            "acme-tracing",
            "acme-auth",
            "acme-client",
            "acme-server",
            "acme-scheduler",
            "acme-worker",
            "acme-worker-ffi",
            "acme-orchestration",
            "acme-migrations",
            "acme-config",
            "acme-testing",
            "acme-bench-support",
            "acme-admin-api-for-internal-tools",
            "acme-gateway",
            "acme-cli",
        ],
    ),
    (
        Kind::Uv,
        &[
            "acme",
            "acme-schemas",
            "acme-worker",
            "acme-plugin-sql",
            "acme-plugin-http",
            "acme-plugin-kafka",
            "acme-plugin-s3",
            "acme-plugin-slack",
            "acme-plugin-flask",
            "acme-plugin-django",
            "acme-plugin-fastapi",
            "acme-notebook",
            "acme-pandas",
            "acme-polars",
            "acme-datasets",
            "acme-eval",
            "acme-dashboard",
            "acme-docs-theme",
        ],
    ),
    (
        Kind::Npm,
        &[
            "@acme/types",
            "@acme/worker",
            "@acme/react",
            "@acme/vue",
            "@acme/svelte",
            "@acme/界面组件",
            "@acme/eslint-config",
            "@acme/cli",
            "@acme/devtools",
            "@acme/playground",
            "create-acme-app",
        ],
    ),
    (
        Kind::Gem,
        &[
            "acme",
            "acme-worker-rb",
            "acme-rails",
            "acme-sidekiq",
            "acme-rspec",
            "acme-instrumentation",
            "acme-rake",
        ],
    ),
];

struct Unit {
    id: PackageId,
    needs: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Build(usize),
    Ship(usize),
}

/// Numbers that look like chance and are not.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, from: f64, to: f64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + (to - from) * ((self.0 >> 33) as f64 / (1u64 << 31) as f64)
    }
}

/// Packages, dependencies first; each needs one or two of its ecosystem, and bindings need a crate.
fn units() -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut dice = Dice(7);
    let crates = NAMES[0].1.len();
    for (kind, names) in NAMES {
        let first = units.len();
        for (number, name) in names.iter().enumerate() {
            let mut needs = BTreeSet::new();
            if number > 1 {
                let among = number.min(6);
                needs.insert(first + dice.roll(0.0, among as f64) as usize);
                needs.insert(first + dice.roll(0.0, number.min(3) as f64) as usize);
            }
            if kind != Kind::Cargo && name.contains("worker") {
                needs.insert(dice.roll(10.0, crates as f64) as usize);
            }
            units.push(Unit { id: PackageId::new(kind, *name), needs: needs.into_iter().collect() });
        }
    }
    units
}

fn version(id: &PackageId) -> Version {
    let text = match id.kind {
        Kind::Cargo => "1.14.0",
        Kind::Uv => "1.14.0rc1",
        Kind::Npm => "2.3.1",
        Kind::Gem | Kind::Own(_) => "1.14.0.1",
    };
    text.parse().unwrap()
}

/// The run: what is told at which second, and what is left at the end.
pub(crate) fn run() -> (Vec<(f64, Event)>, Summary) {
    let units = units();
    let mut script = Script { told: Vec::new(), dice: Dice(3), units };
    script.play();
    let Script { mut told, units, .. } = script;
    told.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let summary = summary(&told, &units);
    (told, summary)
}

struct Script {
    told: Vec<(f64, Event)>,
    dice: Dice,
    units: Vec<Unit>,
}

/// What goes wrong, by name.
const THERE: [&str; 3] = ["acme-docs-theme", "@acme/eslint-config", "acme-rake"];
const REFUSED: &str = "@acme/react";
const FLAKY: [&str; 3] = ["acme-queue", "acme-pandas", "acme-rails"];

impl Script {
    fn tell(&mut self, at: f64, unit: usize, step: Step, detail: &str) {
        self.told.push((at, Event::of(&self.units[unit].id, step, detail)));
    }

    fn play(&mut self) {
        for unit in 0..self.units.len() {
            let version = version(&self.units[unit].id).to_string();
            self.tell(0.0, unit, Step::Queued, &version);
        }
        let there = |unit: &Unit| THERE.contains(&unit.id.name.as_str());
        let live: BTreeSet<usize> = (0..self.units.len()).filter(|unit| there(&self.units[*unit])).collect();
        live.iter().for_each(|unit| self.tell(0.8, *unit, Step::AlreadyThere, ""));
        let todo: Vec<usize> = (0..self.units.len()).filter(|unit| !live.contains(unit)).collect();
        todo.iter().for_each(|unit| self.tell(1.2, *unit, Step::Pinned, ""));
        let mut queue = Queue::new(&self.tasks(&todo));
        let mut running: BinaryHeap<Reverse<(Duration, Key, bool)>> = BinaryHeap::new();
        let mut now = Duration::from_millis(1300);
        let mut left = 170.0;
        loop {
            while running.len() < JOBS
                && let Some(key) = queue.take(now)
            {
                let (end, well) = self.start(key, now.as_secs_f64());
                running.push(Reverse((Duration::from_secs_f64(end), key, well)));
            }
            let Some(Reverse((end, key, well))) = running.pop() else { break };
            now = end;
            if well {
                queue.finish(&key);
            } else {
                queue.fail(&key);
                for (blocked, _) in queue.blocked() {
                    if let Key::Ship(unit) = blocked {
                        self.tell(end.as_secs_f64(), unit, Step::Blocked, &format!("`npm:{REFUSED}` failed"));
                    }
                }
            }
            left = f64::max(left - 1.2, 0.0);
            self.told.push((end.as_secs_f64(), Event::run(Step::Forecast, format!("{left:.1}"))));
        }
        let end = now.as_secs_f64() + 0.2;
        self.told.push((end, Event::run(Step::Restored, "")));
    }

    /// One build for all crates, one for each other package; nothing is uploaded before all is built.
    fn tasks(&self, todo: &[usize]) -> Vec<Task<Key>> {
        let is_crate = |unit: &usize| self.units[*unit].id.kind == Kind::Cargo;
        let builds: Vec<Key> =
            todo.iter().filter(|unit| **unit == 0 || !is_crate(unit)).map(|unit| Key::Build(*unit)).collect();
        let mut tasks: Vec<Task<Key>> = builds
            .iter()
            .map(|key| Task { key: *key, needs: Vec::new(), cost: 9.0, wait: 0.0, rest: 0.0 })
            .collect();
        for unit in todo {
            let needs = self.units[*unit].needs.iter().map(|need| Key::Ship(*need));
            tasks.push(Task {
                key: Key::Ship(*unit),
                needs: needs.chain(builds.clone()).collect(),
                cost: 6.0,
                wait: 3.0,
                rest: 0.0,
            });
        }
        tasks
    }

    fn start(&mut self, key: Key, now: f64) -> (f64, bool) {
        match key {
            Key::Build(unit) => (self.build(unit, now), true),
            Key::Ship(unit) => self.ship(unit, now),
        }
    }

    fn build(&mut self, unit: usize, now: f64) -> f64 {
        let is_crate = |unit: &usize| self.units[*unit].id.kind == Kind::Cargo;
        let together: Vec<usize> =
            if is_crate(&unit) { (0..self.units.len()).filter(is_crate).collect() } else { vec![unit] };
        let end = now + if together.len() > 1 { 41.0 } else { self.dice.roll(1.5, 7.0) };
        for unit in together {
            self.tell(now, unit, Step::Building, "");
            let names = files(&self.units[unit].id).join(", ");
            self.tell(end, unit, Step::Built, &names);
            self.tell(end, unit, Step::Checksummed, "");
        }
        end
    }

    fn ship(&mut self, unit: usize, mut now: f64) -> (f64, bool) {
        let name = self.units[unit].id.name.clone();
        let names = files(&self.units[unit].id).join(", ");
        let attempts = if name == REFUSED { 3 } else { 1 + usize::from(FLAKY.contains(&name.as_str())) };
        for attempt in 1..=attempts {
            self.tell(now, unit, Step::Uploading, &names);
            now += self.dice.roll(0.8, 2.5);
            if attempt < attempts {
                self.tell(now, unit, Step::Retrying, "the registry answered with status 503");
                let wait = self.dice.roll(1.0, 4.0);
                self.tell(now, unit, Step::Waiting, &format!("{wait:.1} s before attempt {}", attempt + 1));
                now += wait;
            }
        }
        if name == REFUSED {
            self.tell(now, unit, Step::Failed, &refused().to_string());
            return (now, false);
        }
        self.tell(now, unit, Step::Uploaded, &names);
        self.tell(now, unit, Step::Waiting, "for the registry to show it");
        let kind = self.units[unit].id.kind;
        now += if kind == Kind::Cargo { self.dice.roll(2.0, 8.0) } else { self.dice.roll(0.5, 3.0) };
        self.tell(now, unit, Step::Visible, "");
        now += 0.1;
        self.tell(now, unit, Step::Verified, "the registry has the bytes that were built");
        now += self.dice.roll(1.0, 4.0);
        self.tell(now, unit, Step::Tried, "it was taken from the registry and works");
        (now, true)
    }
}

fn refused() -> Fault {
    let fault = Fault::outside(format!("cannot upload `npm:{REFUSED}` 2.3.1 to `npm`"));
    let fault = fault.because(
        "`npm` ended with exit code 1:\nnpm error code E403\nnpm error 403 Forbidden - PUT - You do not have permission to publish \"@acme/react\".\n\
         npm error 403 In most cases, you or one of your dependencies are requesting\nnpm error 403 a package version that is forbidden by your security policy",
    );
    fault.help("the token in `NPM_TOKEN` was not accepted; check it, then run the same command again")
}

fn files(id: &PackageId) -> Vec<String> {
    let (name, version) =
        (id.name.replace(['@', '/'], "-"), castoff::ecosystem::of(id.kind).spell(&version(id)));
    match id.kind {
        Kind::Cargo => vec![format!("{name}-{version}.crate")],
        Kind::Uv => {
            let name = name.replace('-', "_");
            vec![format!("{name}-{version}-py3-none-any.whl"), format!("{name}-{version}.tar.gz")]
        }
        Kind::Npm => vec![format!("{}-{version}.tgz", name.trim_start_matches('-'))],
        Kind::Gem | Kind::Own(_) => vec![format!("{name}-{version}.gem")],
    }
}

fn summary(told: &[(f64, Event)], units: &[Unit]) -> Summary {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_000_000);
    let timeline = told
        .iter()
        .map(|(at, event)| Moment { at: start + Duration::from_secs_f64(*at), event: event.clone() });
    let last = |id: &PackageId| {
        told.iter().rev().find(|(_, event)| event.package.as_ref() == Some(id)).map(|(_, event)| event.step)
    };
    let mut summary = Summary { timeline: timeline.collect(), uploaded: true, ..Summary::default() };
    let needs = units.iter().map(|unit| {
        (unit.id.clone(), unit.needs.iter().map(|need| units[*need].id.clone()).collect::<Vec<_>>())
    });
    summary.needs = needs.collect::<BTreeMap<_, _>>();
    for unit in units {
        let id = unit.id.clone();
        match last(&id) {
            Some(Step::AlreadyThere) => summary.already_there.push((id.clone(), version(&id))),
            Some(Step::Failed) => summary.failed.push((id, refused())),
            Some(Step::Blocked) => summary.blocked.push((id, PackageId::new(Kind::Npm, REFUSED))),
            _ => summary.published.push(published(id)),
        }
    }
    summary
}

fn published(id: PackageId) -> Published {
    let digest = |name: &str| {
        let mut dice = Dice(name.bytes().map(u64::from).sum());
        (0..64).map(|_| char::from_digit(dice.roll(0.0, 16.0) as u32, 16).unwrap_or('0')).collect::<String>()
    };
    let file = |name: String| BuiltFile {
        path: name.clone().into(),
        sha256: digest(&name),
        sha512: String::new(),
        size: 900 * name.len() * name.len(),
        name,
    };
    let registry = match id.kind {
        Kind::Cargo => "crates-io",
        Kind::Uv => "pypi",
        Kind::Npm => "npm",
        Kind::Gem | Kind::Own(_) => "rubygems",
    };
    let files = files(&id).into_iter().map(file).collect();
    Published { version: version(&id), registry: registry.to_string(), files, stand_in: false, id }
}
