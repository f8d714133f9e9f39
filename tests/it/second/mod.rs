//! castoff and a second implementation answer alike on repositories drawn at random.
//!
//! `CASTOFF_SEEDS=0..300` takes other seeds than the few of every run; `scripts/compare` does that.

mod generate;
mod message;
mod properties;
mod rules;
mod shapes;
mod slow;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::support::Ran;
use generate::{Generated, generate};

/// The seeds of this run.
fn seeds(few: u64) -> Range<u64> {
    let given = std::env::var("CASTOFF_SEEDS").ok();
    let read = |text: &str| -> Option<Range<u64>> {
        let (first, end) = text.split_once("..")?;
        Some(first.parse().ok()?..end.parse().ok()?)
    };
    given.map_or(0..few, |text| read(&text).expect("CASTOFF_SEEDS is FIRST..END"))
}

impl Generated {
    fn castoff(&self, args: &[&str]) -> Ran {
        let from: Vec<&str> = self.from.iter().flat_map(|from| ["--from", from]).collect();
        self.repo.castoff(&[args, &from].concat())
    }

    /// What castoff says otherwise; nothing where all is well.
    fn difference(&self) -> Option<String> {
        let expected = slow::answer(self);
        let detect = self.castoff(&["detect", "--format", "env"]);
        if detect.stdout != expected.detect || detect.code != 0 {
            return Some(both("detect", &detect, &expected.detect));
        }
        let json = self.castoff(&["detect", "--json"]);
        // It tells what made each release necessary, so there have to be versions.
        let components = expected.versions.as_ref().map(|_| json.expect(0).json()["components"].clone());
        let components = components.iter().flat_map(|list| list.as_array().unwrap());
        for (component, (name, files)) in components.zip(&expected.files) {
            let found = component["files"].as_array().unwrap().iter();
            let found: BTreeSet<String> = found.map(|path| path.as_str().unwrap().to_string()).collect();
            if found != *files {
                return Some(format!("files of {name}\n  castoff: {found:?}\n  second:  {files:?}"));
            }
        }
        let versions = self.castoff(&["versions", "--format", "env"]);
        match &expected.versions {
            Some(text) if versions.stdout == *text && versions.code == 0 => None,
            None if versions.code == 2 && versions.stderr.contains("next version") => None,
            Some(text) => Some(both("versions", &versions, text)),
            None => Some(both("versions", &versions, "a refusal because of a tag")),
        }
    }
}

fn both(command: &str, castoff: &Ran, second: &str) -> String {
    let Ran { code, stdout, stderr } = castoff;
    format!("{command}\n--- castoff ({code})\n{stdout}{stderr}\n--- second\n{second}")
}

#[test]
fn a_second_implementation_gives_the_same_answers() {
    let mut different = Vec::new();
    for seed in seeds(40) {
        let generated = generate(seed);
        if let Some(difference) = generated.difference() {
            let history =
                generated.repo.git(&["log", "--graph", "--format=%h %s%d", "--name-only", "HEAD", "--tags"]);
            let configuration = generated.rules.configuration();
            different.push(format!("seed {seed}: {difference}\n{configuration}\n{history}"));
        }
    }
    assert!(different.is_empty(), "{} differ\n\n{}", different.len(), different.join("\n\n"));
}
