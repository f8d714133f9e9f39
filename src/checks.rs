//! Is the workspace healthy? Each check looks at facts that were read before and says what it found, with an edit where
//! mending it takes no thought. A check is a row of a table, so that running them knows none of them; what differs
//! between ecosystems is in the facts, so that a new ecosystem gets every check that its facts feed.

use crate::config::Config;
use crate::ecosystem;
use crate::ecosystem::metadata::{Inspection, Metadata, On};
use crate::effect::Edit;
use crate::fault::Fault;
use crate::model::{Package, PackageId, Tree};
use crate::workspace::Workspace;

mod dependencies;
mod files;
mod leftovers;
mod locks;
mod manifests;
mod repository;

/// Every check, in the order in which they are told.
pub const ALL: &[Check] = &[
    dependencies::CYCLES,
    dependencies::SELF_DEPS,
    dependencies::ORPHAN_DEPS,
    dependencies::UNPUBLISHABLE_DEPS,
    repository::UNPLANNED_MEMBERS,
    repository::CONFIG_RULES,
    files::MISSING_LICENSE,
    files::MISSING_README,
    leftovers::STALE_ARTIFACTS,
    files::DUPLICATE_README,
    files::TYPE_MARKERS,
    locks::STALE_LOCKS,
    manifests::VERSION_CONSISTENCY,
    manifests::NAMING_CONVENTION,
    manifests::METADATA_COMPLETENESS,
];

/// One check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Name, for the command line and for machines.
    pub id: &'static str,
    /// What its facts are about.
    pub category: Category,
    /// The worst that it can find.
    pub severity: Severity,
    /// What it looks for and why, with an example and how to mend it.
    pub explanation: &'static str,
    /// Looks.
    pub run: fn(&Facts) -> Vec<Finding>,
}

/// What a check's facts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The repository and its graph: for packages of every ecosystem.
    Universal,
    /// What an ecosystem says of its manifests; one that says nothing passes.
    Language,
}

impl Category {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Category::Universal => "universal",
            Category::Language => "language",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// A release would fail, or publish what nobody can use.
    Error,
}

impl Severity {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What a check says of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The package that it is about, if it is about one.
    pub package: Option<PackageId>,
    /// Path from the root of the repository.
    pub file: String,
    /// Line from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong, without the package's name: several packages often have the same wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What mends it, where that takes no thought.
    pub fix: Vec<Edit>,
}

impl Finding {
    fn new(severity: Severity, message: impl Into<String>, help: impl Into<String>) -> Finding {
        let (message, help) = (message.into(), help.into());
        Finding { severity, package: None, file: String::new(), line: 0, message, help, fix: Vec::new() }
    }

    fn error(message: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding::new(Severity::Error, message, help)
    }

    fn warning(message: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding::new(Severity::Warning, message, help)
    }

    /// About a package, at a line of its manifest.
    fn of(self, package: &Package, line: usize) -> Finding {
        Finding { package: Some(package.id.clone()), ..self.at(&package.manifest, line) }
    }

    fn at(self, file: &str, line: usize) -> Finding {
        Finding { file: file.to_string(), line, ..self }
    }

    fn fixed_by(self, edits: impl IntoIterator<Item = Edit>) -> Finding {
        Finding { fix: edits.into_iter().collect(), ..self }
    }
}

/// All that a check may look at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// The packages and components.
    pub workspace: &'a Workspace,
    /// The configuration.
    pub config: &'a Config,
    /// Path and text of its file, where there is one.
    pub config_file: Option<(&'a str, &'a str)>,
    inspections: Vec<Inspection>,
}

impl<'a> Facts<'a> {
    /// Asks each ecosystem for what it knows of the tree.
    pub fn new(
        tree: &'a Tree,
        workspace: &'a Workspace,
        config: &'a Config,
        config_file: Option<(&'a str, &'a str)>,
    ) -> Facts<'a> {
        let inspections =
            ecosystem::all().map(|ecosystem| ecosystem.inspect(tree, &workspace.packages)).collect();
        Facts { tree, workspace, config, config_file, inspections }
    }

    /// What its manifest says of a package; none where its ecosystem says nothing.
    fn metadata(&self, id: &PackageId) -> Option<&Metadata> {
        self.inspections.iter().find_map(|inspection| inspection.packages.get(id))
    }

    /// Packages that go to a registry: nobody else sees what the others lack.
    fn published(&self) -> impl Iterator<Item = &'a Package> {
        self.workspace.packages.iter().filter(|package| package.publishable())
    }

    /// The same, with what their manifests say.
    fn described(&self) -> impl Iterator<Item = (&'a Package, &Metadata)> {
        self.published().filter_map(|package| Some((package, self.metadata(&package.id)?)))
    }

    /// The line on which a package needs another one to be there.
    fn line_that_needs(&self, package: &Package, needed: &PackageId) -> usize {
        let on = On::Member(needed.clone());
        let mut requirements =
            self.metadata(&package.id).into_iter().flat_map(|metadata| &metadata.requirements);
        requirements.find(|requirement| requirement.on == on).map_or(0, |requirement| requirement.line)
    }

    /// The line that describes a package.
    fn line(&self, package: &Package) -> usize {
        self.metadata(&package.id).map_or(0, |metadata| metadata.line)
    }
}

/// What became of a check.
#[derive(Clone, Debug)]
pub struct Outcome<'c> {
    /// The check.
    pub check: &'c Check,
    /// What it found, the worst first, else in the order of packages.
    pub findings: Vec<Finding>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing found.
    Pass,
    /// Nothing worse than warnings.
    Warning,
    /// An error.
    Fail,
}

impl Verdict {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warning => "warning",
            Verdict::Fail => "fail",
        }
    }
}

impl Outcome<'_> {
    /// The result.
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().map(|finding| finding.severity).max() {
            None => Verdict::Pass,
            Some(Severity::Warning) => Verdict::Warning,
            Some(Severity::Error) => Verdict::Fail,
        }
    }
}

/// Runs checks.
pub fn run<'c>(checks: &[&'c Check], facts: &Facts) -> Vec<Outcome<'c>> {
    let outcome = |check: &&'c Check| {
        let mut findings = (check.run)(facts);
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Outcome { check, findings }
    };
    checks.iter().map(outcome).collect()
}

/// How many checks have this result.
pub fn tally(outcomes: &[Outcome], verdict: Verdict) -> usize {
    outcomes.iter().filter(|outcome| outcome.verdict() == verdict).count()
}

/// Every edit that mends something.
pub fn fixes(outcomes: &[Outcome]) -> Vec<Edit> {
    let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
    let mut edits: Vec<Edit> = findings.flat_map(|finding| finding.fix.iter().cloned()).collect();
    // What several packages inherit is mended once.
    edits.sort();
    edits.dedup();
    edits
}

/// The checks that a user names; all where none is named. Dashes and underscores are the same.
///
/// # Errors
/// A name that no check has.
pub fn select(ids: &[String]) -> Result<Vec<&'static Check>, Fault> {
    if ids.is_empty() { Ok(ALL.iter().collect()) } else { ids.iter().map(|id| named(id)).collect() }
}

/// The check of a name.
///
/// # Errors
/// No check has it.
pub fn named(id: &str) -> Result<&'static Check, Fault> {
    let wanted = id.replace('-', "_");
    ALL.iter().find(|check| check.id == wanted).ok_or_else(|| {
        let nearest = ALL.iter().min_by_key(|check| strsim::damerau_levenshtein(check.id, &wanted));
        let nearest = nearest.map_or("", |check| check.id);
        Fault::usage(format!("no check is named `{}`", id.escape_debug()))
            .help(format!("did you mean `{nearest}`? `castoff check` lists all"))
    })
}

#[cfg(test)]
mod tests;
