//! Manifests that are programs: what only their own tool can say of them is asked once, while reading, so that
//! decisions have it as data.

use std::collections::BTreeMap;
use std::path::Path;

use crate::ecosystem::{self, Question};
use crate::fault::{Fault, Faults};
use crate::model::{Snapshot, Tree};
use crate::world::{World, must};

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
    let questions = ecosystem::ALL.iter().flat_map(|ecosystem| ecosystem.questions(tree, root));
    let answers = questions
        .filter_map(|question| faults.take(answer(world, &question).map_err(Faults::from)))
        .collect();
    faults.or(answers)
}

fn answer(world: &dyn World, question: &Question) -> Result<(String, String), Fault> {
    let doing = format!("read `{}`, which computes what it says", question.path);
    let told = must(world, &question.cmd, &doing);
    told.map(|output| (question.path.clone(), output.text()))
        .map_err(|fault| fault.at(&question.path, 0).help(&question.help))
}
