//! Messages that people corrected after the commit: `[override]` in castoff.toml, or a git note. They are replaced once,
//! when history is read, so that whatever reads messages reads the corrected ones. What castoff.toml says is reviewed and
//! is the same in every clone, so it goes before a note.

use std::collections::BTreeMap;

use crate::config::{self, Config, Override};
use crate::fault::{Fault, Faults};
use crate::model::Commit;

/// Gives commits the messages that castoff.toml has for them.
///
/// # Errors
/// Overrides that mean no commit, or several, and two of one commit.
pub fn apply(commits: &mut [Commit], config: &Config) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let mut meant: BTreeMap<usize, &Override> = BTreeMap::new();
    for rule in &config.overrides {
        let fits = |place: &usize| commits[*place].id.starts_with(&rule.commit);
        let found: Vec<usize> = (0..commits.len()).filter(fits).take(2).collect();
        match found[..] {
            [place] if meant.contains_key(&place) => faults.push(twice(rule, meant[&place])),
            [place] => drop(meant.insert(place, rule)),
            [] => faults.push(unknown(rule)),
            _ => faults.push(ambiguous(rule)),
        }
    }
    for (place, rule) in meant {
        commits[place] = std::mem::take(&mut commits[place]).overridden(&rule.message, config::FILE);
    }
    faults.or(())
}

fn fault(rule: &Override, what: &str) -> Fault {
    config::fault(rule.line, format!("`[override.\"{}\"]` {what}", rule.commit.escape_debug()))
}

fn unknown(rule: &Override) -> Fault {
    let fault = fault(rule, "means no commit that HEAD or a tag reaches");
    fault.help("correct the id; after a rebase the commit has another one")
}

fn ambiguous(rule: &Override) -> Fault {
    fault(rule, "means more than one commit").help("write more of the id")
}

fn twice(rule: &Override, first: &Override) -> Fault {
    let fault = fault(rule, &format!("means the same commit as the one in line {}", first.line));
    fault.help("delete one of them")
}
