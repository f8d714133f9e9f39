//! How good the order is in which castoff releases: its own queue runs releases drawn at random on a clock that costs
//! nothing, beside other orders and the bound that no order can pass.
//!
//! `CASTOFF_SEEDS=1..1001` takes more releases than the few of every run, and larger ones; `scripts/bench schedule`
//! does that and shows the tables.
#![expect(clippy::print_stdout, reason = "the tables are for people; the test harness shows them on demand")]
#![expect(
    clippy::disallowed_methods,
    reason = "seeds come from the environment, and the queue itself is timed"
)]

mod best;
mod jobs;
mod others;
#[path = "../random/mod.rs"]
mod random;
mod run;
mod slow;

use std::env;
use std::ops::Range;
use std::time::{Duration, Instant};

use castoff::queue::Queue;

use jobs::{Job, SHAPES, Shape, few, guessed, release, tasks};
use others::InTurn;
use random::Random;
use run::{Policy, bound, run};

const WORKERS: [usize; 5] = [1, 2, 4, 8, 16];

/// The seeds that were asked for.
fn asked() -> Option<Range<u64>> {
    let text = env::var("CASTOFF_SEEDS").ok()?;
    let ends = text.split_once("..").and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    Some(ends.expect("CASTOFF_SEEDS is FIRST..END"))
}

/// Sequences that have nothing in common: those of seeds next to each other would be the same, shifted by one.
fn sequences(few: u64) -> impl Iterator<Item = (u64, Random)> {
    asked().unwrap_or(1..few + 1).map(|seed| (seed, Random::new(seed << 32)))
}

/// Lengths of runs of the same release, over the bound.
#[derive(Clone, Copy)]
struct Ratios {
    /// castoff's order, where the times are known.
    known: f64,
    /// castoff's order, where they are guessed.
    guessed: f64,
    fifo: f64,
    levels: f64,
}

impl Ratios {
    fn of(jobs: &[Job], guesses: &[Job], workers: usize) -> Ratios {
        let bound = bound(jobs, workers).as_secs_f64();
        let ratio = |guesses: &[Job], policy: &mut dyn Policy| {
            run(jobs, guesses, workers, policy).as_secs_f64() / bound
        };
        Ratios {
            known: ratio(jobs, &mut Queue::new(&tasks(jobs)).with_workers(workers)),
            guessed: ratio(guesses, &mut Queue::new(&tasks(guesses)).with_workers(workers)),
            fifo: ratio(jobs, &mut InTurn::first_in_first_out(jobs)),
            levels: ratio(jobs, &mut InTurn::by_level(jobs)),
        }
    }

    fn mean(all: &[Ratios]) -> Ratios {
        let mean = |of: fn(&Ratios) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        Ratios {
            known: mean(|one| one.known),
            guessed: mean(|one| one.guessed),
            fifo: mean(|one| one.fifo),
            levels: mean(|one| one.levels),
        }
    }

    fn print(&self, what: &str) {
        let Ratios { known, guessed, fifo, levels } = self;
        println!("{what:<30}{known:>9.4}{guessed:>9.4}{fifo:>9.4}{levels:>9.4}");
    }
}

/// Means of all seeds, one for each number of packages and workers.
fn cells(shape: Shape, sizes: &[usize]) -> Vec<Ratios> {
    let mut cells = Vec::new();
    for packages in sizes {
        let mut ratios = vec![Vec::new(); WORKERS.len()];
        for (_, mut random) in sequences(10) {
            let jobs = release(shape, *packages, &mut random);
            let guesses = guessed(&jobs, &mut random);
            for (ratios, workers) in ratios.iter_mut().zip(WORKERS) {
                ratios.push(Ratios::of(&jobs, &guesses, workers));
            }
        }
        for (ratios, workers) in ratios.iter().zip(WORKERS) {
            let mean = Ratios::mean(ratios);
            mean.print(&format!("{shape}, {packages} packages, {workers} workers"));
            cells.push(mean);
        }
    }
    cells
}

#[test]
fn a_run_is_hardly_longer_than_it_must_be() {
    let sizes: &[usize] = if asked().is_some() { &[10, 60, 200, 500] } else { &[10, 60] };
    println!("length of a run / the larger of its longest way and its work / workers, with barrier = false");
    println!("{:<30}{:>9}{:>9}{:>9}{:>9}", "", "castoff", "guessed", "fifo", "levels");
    let mut all = Vec::new();
    for shape in SHAPES {
        let cells = cells(shape, sizes);
        let mean = Ratios::mean(&cells);
        mean.print(&format!("{shape}, mean"));
        assert!(
            mean.known <= mean.fifo && mean.guessed <= mean.fifo,
            "{shape}: first in, first out is better"
        );
        assert!(mean.known <= 1.02, "{shape}: {} with known times", mean.known);
        assert!(mean.guessed <= 1.03, "{shape}: {} with guessed times", mean.guessed);
        all.extend(cells);
    }
    Ratios::mean(&all).print("mean");
}

/// Two to four packages, which are four to eight tasks, and tasks of any kind.
fn small(random: &mut Random) -> Vec<Vec<Job>> {
    let mut all: Vec<Vec<Job>> = SHAPES.map(|shape| release(shape, random.between(2, 4), random)).into();
    all.push(few(random));
    all
}

#[test]
fn a_few_tasks_are_done_nearly_as_soon_as_they_can_be() {
    let mut ratios = Vec::new();
    for (_, mut random) in sequences(50) {
        for jobs in small(&mut random) {
            for workers in 1..=4 {
                let ours = run(&jobs, &jobs, workers, &mut Queue::new(&tasks(&jobs)).with_workers(workers));
                let best = best::shortest(&jobs, workers, ours);
                ratios.push(ours.as_secs_f64() / best.as_secs_f64());
            }
        }
    }
    let count = ratios.len() as f64;
    let worst = ratios.iter().copied().fold(1.0, f64::max);
    let mean = ratios.iter().sum::<f64>() / count;
    let above = ratios.iter().filter(|ratio| **ratio > 1.15).count() as f64 / count;
    println!("at most nine tasks, length of a run / that of the shortest: mean {mean:.4}, worst {worst:.3}");
    println!("  above 1.15: {:.2} % of {count}", 100.0 * above);
    assert!(mean <= 1.001 && worst <= 1.15, "mean {mean}, worst {worst}");
}

/// The queue, asked how long the rest may take after every task, as the view of a run does.
struct Watched {
    queue: Queue<usize>,
    /// What it answered.
    forecasts: Vec<Duration>,
}

impl Policy for Watched {
    fn take(&mut self, now: Duration) -> Option<usize> {
        Policy::take(&mut self.queue, now)
    }

    fn finish(&mut self, job: usize, now: Duration) {
        Policy::finish(&mut self.queue, job, now);
        self.forecasts.push(self.queue.forecast(8, now));
    }

    fn again(&mut self, job: usize, not_before: Duration, left: Duration) {
        Policy::again(&mut self.queue, job, not_before, left);
    }

    fn next_time(&self) -> Option<Duration> {
        Policy::next_time(&self.queue)
    }

    fn is_done(&self) -> bool {
        Policy::is_done(&self.queue)
    }
}

#[test]
fn five_thousand_packages_take_the_queue_a_moment() {
    for shape in SHAPES {
        let jobs = release(shape, 5000, &mut Random::new(1));
        let tasks = tasks(&jobs);
        let start = Instant::now();
        let mut watched = Watched { queue: Queue::new(&tasks).with_workers(8), forecasts: Vec::new() };
        run(&jobs, &jobs, 8, &mut watched);
        let each = start.elapsed().as_secs_f64() * 1e6 / tasks.len() as f64;
        println!("microseconds a task of the queue, {shape}, {} tasks: {each:.1}", tasks.len());
        assert_eq!((watched.forecasts.len(), watched.forecasts.last()), (tasks.len(), Some(&Duration::ZERO)));
    }
}
