//! Releases drawn at random, as the jobs that a run of castoff makes of them.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use castoff::queue::Task;

use crate::random::Random;

/// How the packages of a release need each other.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// One in ten is needed by the others, and by nothing else.
    Wide,
    /// Each needs one or two of the three before it.
    Deep,
    /// Each needs up to three of all before it.
    Random,
}

impl Display for Shape {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        out.write_str(match self {
            Shape::Wide => "wide",
            Shape::Deep => "deep",
            Shape::Random => "random",
        })
    }
}

pub(crate) const SHAPES: [Shape; 3] = [Shape::Wide, Shape::Deep, Shape::Random];

/// A task, with the time that it takes in truth.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Places of the jobs that must have finished before it starts; all smaller than its own.
    pub(crate) needs: Vec<usize>,
    /// How many packages have to be published one after the other before it.
    pub(crate) level: usize,
    /// How long it keeps a worker at first.
    pub(crate) work: Duration,
    /// How long it waits then without a worker, and how long it keeps one again.
    pub(crate) rest: Option<(Duration, Duration)>,
}

impl Job {
    pub(crate) fn all_work(&self) -> Duration {
        self.work + self.rest.map_or(Duration::ZERO, |(_, work)| work)
    }

    pub(crate) fn wait(&self) -> Duration {
        self.rest.map_or(Duration::ZERO, |(wait, _)| wait)
    }
}

/// What castoff's queue is told of the jobs.
pub(crate) fn tasks(jobs: &[Job]) -> Vec<Task<usize>> {
    let task = |(key, job): (usize, &Job)| Task {
        key,
        needs: job.needs.clone(),
        cost: job.all_work().as_secs_f64(),
        wait: job.wait().as_secs_f64(),
        rest: job.rest.map_or(0.0, |(_, work)| work.as_secs_f64()),
    };
    jobs.iter().enumerate().map(task).collect()
}

/// The jobs of a release with `barrier = false`: every package has a build, which needs nothing, and a ship task,
/// which needs that build and the ship tasks of what the package needs, and which uploads, waits for the registry and
/// then tries what it shows.
pub(crate) fn release(shape: Shape, packages: usize, random: &mut Random) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for package in 0..packages {
        let needs = needs(shape, package, packages, random);
        let ships: Vec<usize> = needs.into_iter().map(|need| 2 * need + 1).collect();
        let level = ships.iter().map(|ship| jobs[*ship].level + 1).max().unwrap_or(0);
        jobs.push(Job { needs: Vec::new(), level, work: lognormal(5.0, random), rest: None });
        let rest = Some((lognormal(2.0, random), lognormal(2.0, random)));
        let needs = [&[2 * package], &ships[..]].concat();
        jobs.push(Job { needs, level, work: lognormal(1.0, random), rest });
    }
    jobs
}

fn needs(shape: Shape, package: usize, packages: usize, random: &mut Random) -> BTreeSet<usize> {
    let core = packages.div_ceil(10);
    let (first, end, count) = match shape {
        Shape::Wide if package < core => (0, 0, 0),
        Shape::Wide => (0, core, random.between(1, 3)),
        Shape::Deep => (package.saturating_sub(3), package, random.between(1, 2)),
        Shape::Random => (0, package, random.below(4)),
    };
    if first == end { BTreeSet::new() } else { (0..count).map(|_| random.between(first, end - 1)).collect() }
}

/// At most nine jobs that need each other in any way; some of them wait.
pub(crate) fn few(random: &mut Random) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for place in 0..random.between(2, 9) {
        let needs: BTreeSet<usize> = (0..random.below(3))
            .filter_map(|_| place.checked_sub(1))
            .map(|last| random.between(0, last))
            .collect();
        let rest = random.percent(25).then(|| (lognormal(2.0, random), lognormal(2.0, random)));
        let level = needs.iter().map(|need| jobs[*need].level + 1).max().unwrap_or(0);
        let work = lognormal(*random.pick(&[1.0, 5.0]), random);
        jobs.push(Job { needs: needs.into_iter().collect(), level, work, rest });
    }
    jobs
}

/// The same jobs with times that are wrong by at most a factor of two.
pub(crate) fn guessed(jobs: &[Job], random: &mut Random) -> Vec<Job> {
    let mut guess = |time: Duration| time.mul_f64(2f64.powf(2.0 * fraction(random) - 1.0));
    let mut guessed = jobs.to_vec();
    for job in &mut guessed {
        job.work = guess(job.work);
        job.rest = job.rest.map(|(wait, work)| (guess(wait), guess(work)));
    }
    guessed
}

/// Seconds with this median; about one in six is longer than 1.65 times that, one in forty than 2.7 times.
fn lognormal(median: f64, random: &mut Random) -> Duration {
    let (radius, turn) = (fraction(random), fraction(random));
    let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos();
    Duration::from_secs_f64(median * (0.5 * normal).exp())
}

/// Between 0 and 1, neither included.
fn fraction(random: &mut Random) -> f64 {
    const STEPS: u32 = 1 << 31;
    let step = u32::try_from(random.below(STEPS as usize)).expect("less than the number of steps");
    (f64::from(step) + 0.5) / f64::from(STEPS)
}
