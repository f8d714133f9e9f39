//! What the comparisons came to: how many repositories had what, how many comparisons there were, what was different.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::{Compared, Outcome};
use crate::repo::Drawn;

/// How many differences are told in full.
const SHOWN: usize = 6;

#[derive(Default)]
pub(crate) struct Table {
    repositories: u64,
    /// Why no scripts were generated, with seeds.
    refused: BTreeMap<String, Vec<u64>>,
    /// How often a repository had something.
    had: BTreeMap<&'static str, u64>,
    /// Comparisons of a script in a shell with an awk, and differences among them.
    compared: BTreeMap<(String, &'static str), (u64, u64)>,
    different: BTreeMap<u64, Vec<String>>,
    generated: BTreeSet<&'static str>,
    /// What castoff itself complains about.
    faults: BTreeMap<String, u64>,
}

impl Table {
    pub(crate) fn add(&mut self, seed: u64, drawn: &Drawn, outcome: Outcome) {
        self.repositories += 1;
        if let Some(why) = &outcome.refused {
            self.refused.entry(why.clone()).or_default().push(seed);
            return;
        }
        let results = [
            ("= something changed", outcome.detect.stdout.contains("_CHANGED=true")),
            ("= something to release", outcome.bumped > 0),
            ("= detect: exit 1", outcome.detect.code == 1),
            ("= detect: exit 2", outcome.detect.code == 2),
            ("= versions: exit 2", outcome.versions.code == 2 && outcome.detect.code == 0),
        ];
        let results = results.into_iter().filter(|(_, is)| *is).map(|(name, _)| name);
        for had in drawn.features.iter().copied().chain(results) {
            *self.had.entry(had).or_default() += 1;
        }
        if let Some(fault) = outcome.versions.stderr.lines().next().filter(|_| outcome.versions.code != 0) {
            *self.faults.entry(without_names(fault)).or_default() += 1;
        }
        self.generated.extend(outcome.generated);
        for Compared { pair, script, difference } in outcome.compared {
            let (all, other) = self.compared.entry((pair.clone(), script)).or_default();
            *all += 1;
            if let Some(difference) = difference {
                *other += 1;
                let (shell, awk) = pair.split_once(" with ").unwrap();
                self.different.entry(seed).or_default().push(format!(
                    "seed {seed}, {pair}, {script} (scripts/parity 1 --seed {seed} --shells {shell} --awks {awk} --keep DIR)\n\
                     {difference}--- castoff.toml\n{}",
                    if drawn.rules.written { drawn.rules.configuration() } else { "(none)\n".to_string() }
                ));
            }
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} repositories\n", self.repositories);
        for (had, count) in &self.had {
            text += &format!("  {count:>5}  {had}\n");
        }
        for (fault, count) in &self.faults {
            text += &format!("  {count:>5}  castoff says {fault}\n");
        }
        for (why, seeds) in &self.refused {
            text +=
                &format!("  {:>5}  refused: {}", seeds.len(), why.replace('\n', "\n           ").trim_end());
            text += &format!(" (seed {})\n", seeds[0]);
        }
        let scripts: BTreeSet<&str> = self.compared.keys().map(|(_, script)| *script).collect();
        let pairs: BTreeSet<&String> = self.compared.keys().map(|(pair, _)| pair).collect();
        text += "\ncomparisons (differences)";
        scripts.iter().for_each(|script| text += &format!("{script:>24}"));
        for pair in pairs {
            text += &format!("\n{pair:<25}");
            for script in &scripts {
                let (all, other) = self.compared.get(&(pair.clone(), *script)).copied().unwrap_or_default();
                let cell = if other == 0 { format!("{all}") } else { format!("{all} ({other})") };
                text += &format!("{cell:>24}");
            }
        }
        text + "\n"
    }

    /// What must not be.
    pub(crate) fn wrong(&self, count: u64) -> Vec<String> {
        let mut wrong: Vec<String> = self.different.values().take(SHOWN).map(|all| all[0].clone()).collect();
        if !wrong.is_empty() {
            wrong.push(format!(
                "{} of {count} repositories differ: {:?}",
                self.different.len(),
                self.different.keys()
            ));
        }
        let silent = self.refused.keys().filter(|why| !why.contains('`'));
        wrong.extend(silent.map(|why| format!("a refusal names neither a key nor a file: {why}")));
        // A few repositories drawn by hand may all be dull.
        if count < 60 {
            return wrong;
        }
        let refused: usize = self.refused.values().map(Vec::len).sum();
        if refused as u64 * 100 > count * 15 {
            wrong.push(format!("{refused} of {count} repositories were refused: most have to be compared"));
        }
        if self.had.get("= something to release").copied().unwrap_or_default() * 2 < count {
            wrong.push("fewer than half of the repositories have something to release".to_string());
        }
        let is_compared = |name: &&str| self.compared.keys().any(|(_, script)| script == name);
        let silent = self.generated.iter().filter(|name| !is_compared(name));
        wrong.extend(silent.map(|name| format!("{name} was never compared")));
        wrong
    }
}

/// A message without what it names, so that those of one kind are alike.
fn without_names(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let plain: Vec<&str> = parts.map(|(nth, part)| if nth % 2 == 1 { "…" } else { part }).collect();
    plain.concat().chars().filter(|c| !c.is_ascii_digit()).collect()
}
