//! Manifests that are programs: what only their own tool can say of them is asked once, while reading, so that
//! decisions have it as data.

use std::collections::BTreeMap;
use std::path::Path;

use crate::ecosystem::{self, Question};
use crate::fault::{Fault, Faults};
use crate::model::{Snapshot, Tree};
use crate::path;
use crate::world::World;

/// Puts the answers into the tree of HEAD, and into earlier ones: a name is the same there, and a version is read from
/// its place.
pub(super) fn ask(world: &dyn World, root: &Path, snapshot: &mut Snapshot) -> Result<(), Faults> {
    let answers = of(world, root, &snapshot.tree)?;
    for tree in snapshot.earlier.values_mut() {
        tree.answers.clone_from(&answers);
    }
    snapshot.tree.answers = answers;
    Ok(())
}

/// The answers to all questions about a tree.
pub(super) fn of(world: &dyn World, root: &Path, tree: &Tree) -> Result<BTreeMap<String, String>, Faults> {
    let mut faults = Faults::default();
    let mut answers = BTreeMap::new();
    for question in ecosystem::all().filter_map(|ecosystem| ecosystem.question(tree, root)) {
        answers.extend(faults.take(answer(world, &question)).unwrap_or_default());
    }
    faults.or(answers)
}

fn answer(world: &dyn World, question: &Question) -> Result<BTreeMap<String, String>, Faults> {
    let first = question.about.first().cloned().unwrap_or_default();
    let output = world.run(&question.cmd).map_err(|fault| fault.at(&first.0, 0).help(first.1))?;
    let text = output.text();
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    let answers: BTreeMap<String, String> =
        lines.map(|(path, answer)| (path.to_string(), answer.to_string())).collect();
    let silent = question.about.iter().filter(|(path, _)| !answers.contains_key(path));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let fault = |(path, help): &(String, String)| {
        let mut own = told.lines().filter(|line| line.contains(path::name(path))).peekable();
        let cause = match own.peek() {
            Some(_) => own.collect::<Vec<_>>().join("\n"),
            None => told.clone(),
        };
        let message = format!("cannot read `{path}`, which computes what it says");
        Fault::outside(message).at(path, 0).because(cause).help(help)
    };
    Faults(silent.map(fault).collect()).or(answers)
}
