//! Shows to people what a large run looks like, without building anything: `cargo test --test look -- report FILE`
//! writes the page about it. `scripts/look` makes pictures of it.
#![expect(clippy::disallowed_methods, reason = "this stands outside of castoff and shows it")]

use std::collections::BTreeMap;
use std::fs;

use castoff::config::Config;
use castoff::registry::target;
use castoff::report::run::{About, Place, State, page};
use castoff::report::summary::Of;

mod script;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["report", file] => fs::write(file, report()).unwrap(),
        _ => panic!("use one of: report FILE"),
    }
}

fn report() -> String {
    let (_, summary) = script::run();
    let config = Config::parse("castoff.toml", "").unwrap();
    let place = |done: &castoff::publish::Published| {
        let target = target(&done.registry, done.id.kind, &config, &|_| None).unwrap();
        let page = target.page(&done.id.name, &done.version.to_string());
        (done.id.clone(), Place { registry: done.registry.clone(), page })
    };
    let places: BTreeMap<_, _> = summary.published.iter().map(place).collect();
    let commit = "8f2c1f0b7d3e4a5968778695a4b3c2d1e0f9e8d7".to_string();
    page(
        &summary,
        &About { of: Of::Publish, commit, branch: Some("main".to_string()), places, state: State::Ended },
    )
}
