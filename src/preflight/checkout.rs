//! Gates that look at the repository alone: what is committed, what is tagged, what its manifests and locks say.

use std::collections::BTreeSet;

use super::{Outcome, number, some};
use crate::checks::{self, Check, Facts, Severity};
use crate::config::{self, Config};
use crate::detect::history::own_tags;
use crate::ecosystem;
use crate::fault::Fault;
use crate::model::{Component, Package, PackageId, Snapshot, Tag, VersionHome};
use crate::workspace::Workspace;

/// A release is what is committed; what is not would be missing from it without a word. What git ignores is meant to
/// stay behind, and the configuration may be tried before it is committed.
pub fn worktree(snapshot: &Snapshot) -> Outcome {
    let not_configuration = |path: &&String| *path != config::FILE;
    let dirty: Vec<&String> = snapshot.dirty.iter().filter(not_configuration).collect();
    let untracked: Vec<&String> = snapshot.untracked.iter().filter(not_configuration).collect();
    let listed = |paths: &[&String]| {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.escape_debug())).collect();
        some(&paths)
    };
    let edits = (!dirty.is_empty()).then(|| {
        let fault = Fault::outside("cannot publish with uncommitted edits");
        let fault = fault.because(format!("not as HEAD has it: {}", listed(&dirty)));
        fault.help("commit them, or put them away with `git stash`")
    });
    let strangers = (!untracked.is_empty()).then(|| {
        let fault = Fault::outside("cannot publish with files that git does not know");
        let fault = fault.because(format!("not committed and not ignored: {}", listed(&untracked)));
        fault.help("commit them, name them in .gitignore, or remove them")
    });
    Outcome::seen("clean_worktree", "everything is committed or ignored")
        .with(Severity::Error, edits.into_iter().chain(strangers))
}

/// A tag on HEAD that says another version than the manifests do: one of them is wrong.
pub fn tags(snapshot: &Snapshot, workspace: &Workspace, chosen: &BTreeSet<PackageId>) -> Outcome {
    let here = snapshot.tags.iter().filter(|tag| tag.commit == snapshot.head);
    let here: Vec<Tag> = here.cloned().collect();
    let one = |component: &Component| {
        let packages = component.packages.iter().filter_map(|id| workspace.package(id));
        let fixed = packages.filter(|package| package.version_home != VersionHome::Tag);
        let package = fixed.filter(|package| chosen.contains(&package.id)).max_by_key(|it| &it.version)?;
        let tags = own_tags(&here, &component.tag);
        if tags.iter().any(|(version, _)| version.same_value(&package.version)) {
            return None;
        }
        let (_, tag) = tags.iter().max()?;
        Some(says_another(package, tag))
    };
    let seen = match here.len() {
        0 => "HEAD has no tag".to_string(),
        number => format!("{} on HEAD, none of another version", self::number(number, "tag")),
    };
    Outcome::seen("tags_agree", seen).with(Severity::Error, workspace.components.iter().filter_map(one))
}

fn says_another(package: &Package, tag: &Tag) -> Fault {
    let spelled = ecosystem::of(package.id.kind).spell(&package.version);
    let fault = Fault::outside(format!("cannot publish `{}` {spelled}", package.id));
    let fault = fault.because(format!("the tag `{}` on HEAD says another version", tag.name));
    fault.help(format!(
        "if the tag is wrong, remove it: `git tag -d {0}`, and where it was pushed `git push origin :refs/tags/{0}`; \
         else bump and commit before tagging",
        tag.name
    ))
}

/// What reading the history would have refused: a clone with holes.
pub fn history() -> Outcome {
    Outcome::seen("whole_history", "the clone is neither shallow nor partial")
}

/// The gate of packages that need each other.
pub const CIRCLES: &str = "no_circles";

/// The health checks that gate a publish. Those that have a row of their own, and the others together.
const OWN_ROWS: &[(&str, &str, &str)] = &[
    ("cycles", CIRCLES, "no package needs itself by way of others"),
    ("stale_artifacts", "no_stale_artifacts", "git tracks nothing that a build left"),
    ("stale_locks", "locks_up_to_date", "every lock says what its manifests say"),
    ("unplanned_members", "every_member_planned", "every package is in the release or private"),
];

/// Runs the health checks on what is committed. Only findings about packages of the run, or about none, count.
pub fn health(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
    chosen: &BTreeSet<PackageId>,
) -> Vec<Outcome> {
    let all: Vec<&Check> = checks::ALL.iter().collect();
    let outcomes = checks::run(&all, &Facts::new(&snapshot.tree, workspace, config, None));
    let matters = |finding: &&checks::Finding| finding.package.as_ref().is_none_or(|id| chosen.contains(id));
    let row = |(check, id, seen): &(&str, &'static str, &str)| {
        let outcome = outcomes.iter().find(|outcome| outcome.check.id == *check);
        let findings = outcome.into_iter().flat_map(|outcome| &outcome.findings).filter(matters);
        findings.fold(Outcome::seen(id, *seen), |outcome, finding| {
            outcome.with(severity(finding), [fault(check, finding)])
        })
    };
    let own: Vec<Outcome> = OWN_ROWS.iter().map(row).collect();
    let others = outcomes.iter().filter(|one| OWN_ROWS.iter().all(|(check, _, _)| *check != one.check.id));
    let others = others.flat_map(|one| one.findings.iter().filter(matters).map(|it| (one.check.id, it)));
    let (errors, warnings): (Vec<_>, Vec<_>) =
        others.partition(|(_, finding)| finding.severity == Severity::Error);
    let seen = match warnings.len() {
        0 => "`castoff check` finds nothing".to_string(),
        count => format!("no errors; `castoff check` tells {}", number(count, "warning")),
    };
    let errors = errors.into_iter().map(|(check, finding)| fault(check, finding));
    own.into_iter().chain([Outcome::seen("healthy", seen).with(Severity::Error, errors)]).collect()
}

/// A directory that a build left is packed into what is published, a stray file hardly ever matters.
fn severity(finding: &checks::Finding) -> Severity {
    if finding.file.ends_with('/') { Severity::Error } else { finding.severity }
}

fn fault(check: &str, finding: &checks::Finding) -> Fault {
    let about = finding.package.as_ref().map_or(String::new(), |id| format!("`{id}`: "));
    let fault = Fault::outside(format!("{about}{} [{check}]", finding.message));
    let fault = if finding.file.is_empty() { fault } else { fault.at(&finding.file, finding.line) };
    fault.help(finding.help.clone())
}
