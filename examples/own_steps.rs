//! An xtask with steps of its own: gates, what is done before and after stages, and release notes in its own words. In a
//! repository this is `xtask/src/main.rs`, and `cargo xtask release` runs it.

use std::process::ExitCode;

use castoff::fault::Fault;
use castoff::notes::Release;
use castoff::steps::{Context, Stage};

fn main() -> ExitCode {
    castoff::Xtask::new()
        .gate("nothing-left-to-do", nothing_left_to_do)
        .gate("freeze", no_freeze)
        .before(Stage::Bump, |context| context.sh("scripts/before-bump").map(drop))
        .after(Stage::Bump, table_of_versions)
        .before(Stage::Commit, |context| context.sh("test -s docs/versions.md").map(drop))
        .before(Stage::Push, |context| context.sh("scripts/before-push").map(drop))
        .after(Stage::Commit, |context| {
            context.sh("git notes --ref reviewed add -m 'by the xtask'").map(drop)
        })
        .notes(notes)
        .run()
}

/// A gate says what it found, and what to do about it.
fn nothing_left_to_do(context: &Context) -> Result<(), Fault> {
    let found = context.sh("git grep -lF 'before the release:' HEAD -- docs; test $? -lt 2")?.text();
    match found.trim() {
        "" => Ok(()),
        places => {
            let fault = Fault::outside("something is left to do before the release").because(places);
            Err(fault.help("do it, and take the note out"))
        }
    }
}

/// Gates look at the plan too: here, whether a component is in it that must not be released for now.
fn no_freeze(context: &Context) -> Result<(), Fault> {
    let released =
        |name: &str| context.plan.versions.iter().any(|next| next.component == name && next.next.is_some());
    match context.world.read(&context.root().join("FROZEN"))? {
        Some(name) if released(String::from_utf8_lossy(&name).trim()) => {
            Err(Fault::outside("a frozen component would be released").help("wait, or take `FROZEN` away"))
        }
        _ => Ok(()),
    }
}

/// What is written beside the versions is part of the release commit, if git tracks the file.
fn table_of_versions(context: &Context) -> Result<(), Fault> {
    let version = |next: &castoff::versions::Next| next.next.clone().unwrap_or(next.current.clone());
    let rows =
        context.plan.versions.iter().map(|next| format!("| {} | {} |\n", next.component, version(next)));
    let text = format!("| component | version |\n| --- | --- |\n{}", rows.collect::<String>());
    context.world.write(&context.root().join("docs/versions.md"), text.as_bytes())
}

/// One line for each change, the newest first, without sections.
fn notes(release: &Release) -> String {
    let changes = release.commits.iter().flat_map(|said| &said.changes);
    changes.map(|change| format!("- {}\n", change.subject)).collect()
}
