//! A large run that nobody built, as people see it. With `CASTOFF_LOOK` the test shows it instead of checking it:
//!
//! * `live SPEED` plays it on this terminal, so many times as fast as it would be;
//! * `still SECOND` shows it as it is then, until a key ends it;
//! * `panic SECOND` ends as a program ends that has a defect;
//! * `page FILE` writes the page about it;
//! * `nobody DIR` rehearses the release of the repository there, with nobody who watches.
//!
//! `scripts/look` makes pictures of that, and the tests of the live view look at it through a terminal of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use castoff::config::Config;
use castoff::effect::Step;
use castoff::model::PackageId;
use castoff::publish::{Published, Summary};
use castoff::registry::target;
use castoff::report::Style;
use castoff::report::live::{Live, Stage, View};
use castoff::report::run::{About, Place, State, page};
use castoff::report::summary::Of;
use castoff::world::{Real, World};
use castoff::{plan, rehearsal, snapshot};

use crate::script;
use crate::support::{python_workspace, ran};
use crate::terminal::look;
use crate::tools::need;

#[test]
fn a_run_of_sixty_packages_can_be_looked_at() {
    let asked = std::env::var("CASTOFF_LOOK").unwrap_or_default();
    match asked.split_once(' ') {
        Some(("live", speed)) => play(f64::INFINITY, speed.parse().unwrap()),
        Some(("still" | "panic", second)) => play(second.parse().unwrap(), f64::INFINITY),
        Some(("page", file)) => fs::write(file, whole_page()).unwrap(),
        Some(("nobody", dir)) => rehearse(Path::new(dir)),
        _ => is_whole(),
    }
}

/// Every package is there, in the view and on the page, and every way to end is among them.
fn is_whole() {
    let (told, summary) = script::run();
    let mut view = View::new("castoff publish", Step::Tried);
    told.iter().for_each(|(at, event)| view.event(Duration::from_secs_f64(*at), event));
    assert_eq!((view.rows.len(), summary.needs.len()), (60, 60));
    let page = whole_page();
    for row in &view.rows {
        assert!(row.stage.is_end(), "{}: {}", row.name, row.stage.name());
        assert!(page.contains(&row.name), "{}", row.name);
    }
    for stage in [Stage::Done, Stage::There, Stage::Failed, Stage::Blocked] {
        assert!(view.rows.iter().any(|row| row.stage == stage), "{}", stage.name());
    }
}

/// Shows the run up to a second, then holds until it is told to stop.
fn play(second: f64, speed: f64) {
    let tell = |_| {};
    let world = Real::new(&tell);
    world.heed_signals().unwrap();
    let control = world.control();
    let (told, summary) = script::run();
    let start =
        if speed.is_finite() { Instant::now() } else { Instant::now() - Duration::from_secs_f64(second) };
    let style = Style { colour: std::env::var_os("NO_COLOR").is_none() };
    let mut view = View::new("castoff publish", Step::Tried);
    let (before, after): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|(at, _)| !speed.is_finite() && *at <= second);
    before.iter().for_each(|(at, event)| view.event(Duration::from_secs_f64(*at), event));
    let live = Live::start(view, style, start, control.clone()).unwrap();
    let mut now = 0.0;
    for (at, event) in after.into_iter().take_while(|(at, _)| *at <= second || speed.is_finite()) {
        world.sleep(Duration::from_secs_f64((at - now).max(0.0) / speed));
        while control.is_paused() && !world.stopped() {
            world.sleep(Duration::from_millis(50));
        }
        if world.stopped() {
            break;
        }
        now = at;
        live.tell(event);
    }
    while !speed.is_finite() && !world.stopped() {
        assert!(!std::env::var("CASTOFF_LOOK").unwrap().starts_with("panic"), "a defect, for the test");
        world.sleep(Duration::from_secs(1));
    }
    let outcomes = if world.stopped() { cancelled(&summary) } else { Vec::new() };
    live.end(outcomes);
}

/// Through the library, as an xtask would.
fn rehearse(dir: &Path) {
    let tell = |_| {};
    let world = Real::new(&tell);
    let reading = snapshot::read(&world, dir, None, None).unwrap();
    let plan = plan::plan(&reading.snapshot, &reading.workspace, &reading.config, &BTreeSet::new()).unwrap();
    let how = rehearsal::How { jobs: 2, chaos: None };
    let summary = rehearsal::rehearse(&world, &reading, &plan, how).outcome.unwrap();
    assert!(summary.complete() && summary.published.len() == 1);
}

#[test]
fn a_run_that_nobody_watches_prints_nothing() {
    if !need("uv") {
        return;
    }
    let repo = python_workspace(&[("acme-a", "0.1.0", &[])]);
    repo.commit("feat: begin");
    let mut command = look(&format!("nobody {}", repo.dir().display()));
    let envs = repo.command(&[]);
    for (name, value) in envs.get_envs() {
        value.map(|value| command.env(name, value));
    }
    let ran = ran(command.stdin(Stdio::null()).output().unwrap()).expect(0);
    assert_eq!(ran.stderr, "");
    let told = ran.stdout.lines().filter(|line| !line.is_empty() && !line.contains("test") && *line != ".");
    assert_eq!(told.count(), 0, "{}", ran.stdout);
}

fn cancelled(summary: &Summary) -> Vec<(PackageId, Stage)> {
    summary.needs.keys().map(|id| (id.clone(), Stage::Cancelled)).collect()
}

fn whole_page() -> String {
    let (_, summary) = script::run();
    let config = Config::parse("castoff.toml", "").unwrap();
    let place = |done: &Published| {
        let target = target(&done.registry, done.id.kind, &config, &|_| None).unwrap();
        let page = target.page(&done.id.name, &castoff::ecosystem::of(done.id.kind).spell(&done.version));
        (done.id.clone(), Place { registry: done.registry.clone(), page })
    };
    let places: BTreeMap<_, _> = summary.published.iter().map(place).collect();
    let commit = "8f2c1f0b7d3e4a5968778695a4b3c2d1e0f9e8d7".to_string();
    page(
        &summary,
        &About { of: Of::Publish, commit, branch: Some("main".to_string()), places, state: State::Ended },
    )
}
