//! The scripts that castoff generates answer as castoff does: on repositories drawn at random, in several shells with
//! several awks, to the byte and with the same exit code, and they write the same files.
//!
//! `scripts/parity` takes more repositories, and every shell with every awk. What it asks for comes in variables:
//! `CASTOFF_PARITY` is how many repositories, `CASTOFF_PARITY_SEED` the first seed, `CASTOFF_PARITY_SHELLS` and
//! `CASTOFF_PARITY_AWKS` are names, and repositories are drawn below `CASTOFF_PARITY_KEEP` and stay there.
#![expect(clippy::disallowed_methods, reason = "these tests stand outside of castoff and drive it")]
#![expect(clippy::print_stdout, reason = "the tables are for people; the test harness shows them on demand")]

mod compare;
mod draw;
mod history;
mod import;
mod lint;
mod locks;
mod manifests;
mod messages;
mod model;
#[path = "../random/mod.rs"]
mod random;
mod repo;
mod shells;
mod table;
mod traps;
#[path = "../tools/mod.rs"]
mod tools;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use table::Table;

/// What was asked for.
struct Asked {
    first: u64,
    count: u64,
    shells: String,
    awks: String,
    keep: Option<PathBuf>,
}

impl Asked {
    fn read() -> Asked {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str, usual| text(name).map_or(usual, |text| text.parse().unwrap());
        Asked {
            first: number("CASTOFF_PARITY_SEED", 1),
            count: number("CASTOFF_PARITY", 60),
            shells: text("CASTOFF_PARITY_SHELLS").unwrap_or_else(|| shells::FEW.0.to_string()),
            awks: text("CASTOFF_PARITY_AWKS").unwrap_or_else(|| shells::FEW.1.to_string()),
            keep: text("CASTOFF_PARITY_KEEP").map(PathBuf::from),
        }
    }
}

#[test]
fn scripts_answer_as_castoff_does() {
    let asked = Asked::read();
    let home = tempfile::tempdir().unwrap();
    let pairs = shells::pairs(&asked.shells, &asked.awks, home.path());
    if pairs.is_empty() || pairs[0].is_empty() {
        return;
    }
    let (next, table) = (AtomicU64::new(asked.first), Mutex::new(Table::default()));
    let base = asked.keep.as_deref().unwrap_or(home.path());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= asked.first + asked.count {
                break;
            }
            // A name that has to be quoted, for some.
            let dir = base.join(if seed % 3 == 0 {
                format!("seed-{seed}")
            } else {
                format!("seed-{seed}/it's $a \"place\"")
            });
            let drawn = repo::draw(seed, &dir);
            let outcome = compare::compare(&drawn, seed, &pairs);
            table.lock().unwrap().add(seed, &drawn, outcome);
            if asked.keep.is_none() {
                remove(&base.join(format!("seed-{seed}")));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let table = table.into_inner().unwrap();
    println!("{}", table.text());
    let wrong = table.wrong(asked.count);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn remove(dir: &Path) {
    std::fs::remove_dir_all(dir).unwrap();
}
