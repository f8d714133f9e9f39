//! Shell scripts that do for a repository what castoff does, on machines that have git and a shell and nothing else.
//! They carry the repository's rules as a table, and the same words on standard output and the same exit codes as
//! castoff. What a script cannot do as castoff does it is refused here, because a script that silently decides
//! otherwise is worse than none.

use super::{Generated, MARK};
use crate::config::Config;
use crate::fault::Faults;
use crate::graph::Graph;
use crate::model::Tree;
use crate::path;
use crate::template::fill;
use crate::workspace::Workspace;

mod holes;
mod needs;
pub mod places;
mod publish;
mod release;
mod rules;
mod update;

/// Where they are written.
pub const DIR: &str = "scripts/release";

/// All that scripts follow from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The files of the checkout.
    pub tree: &'a Tree,
    /// Its packages and components.
    pub workspace: &'a Workspace,
    /// Who needs whom.
    pub graph: &'a Graph,
    /// The rules.
    pub config: &'a Config,
    /// What the scripts say they were made from.
    pub stamp: &'a Stamp,
}

/// What scripts were made from, as git names it: by `git hash-object` people and scripts see whether it is still so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The object id of castoff.toml; none where there is no such file.
    pub config: Option<String>,
    /// The object id of the list of manifests, a path a line.
    pub manifests: String,
}

/// The scripts that the repository needs.
///
/// # Errors
/// Everything that a script could not do as castoff does it, with the key or the file.
pub fn scripts(source: Source) -> Result<Vec<Generated>, Faults> {
    let mut faults = Faults::default();
    let rules = faults.take(rules::rules(source)).unwrap_or_default();
    let config_id = quoted(source.stamp.config.as_deref().unwrap_or_default());
    let mut files = vec![
        source.script("detect-changes.sh", include_str!("../../templates/scripts/detect-changes.sh"), &[])?,
        source.script(
            "calculate-versions.sh",
            include_str!("../../templates/scripts/calculate-versions.sh"),
            &[],
        )?,
        source.library("common.sh", include_str!("../../templates/scripts/lib/common.sh"), &[])?,
        source.library("decide.sh", include_str!("../../templates/scripts/lib/decide.sh"), &[])?,
        source.library(
            "rules.sh",
            include_str!("../../templates/scripts/lib/rules.sh"),
            &[("config_id", &config_id), ("rules", rules.trim_end())],
        )?,
    ];
    for (name, template) in PROGRAMS {
        files.push(source.library(name, template, &[])?);
    }
    files.extend(faults.take(update::update(source)).unwrap_or_default());
    files.extend(faults.take(publish::publish(source)).unwrap_or_default());
    files.extend(faults.take(release::release(source)));
    faults.or(files)
}

/// The programs that decide, in the order in which they use each other.
const PROGRAMS: [(&str, &str); 9] = [
    ("version.awk", include_str!("../../templates/scripts/lib/version.awk")),
    ("accepts.awk", include_str!("../../templates/scripts/lib/accepts.awk")),
    ("commit.awk", include_str!("../../templates/scripts/lib/commit.awk")),
    ("rules.awk", include_str!("../../templates/scripts/lib/rules.awk")),
    ("history.awk", include_str!("../../templates/scripts/lib/history.awk")),
    ("texts.awk", include_str!("../../templates/scripts/lib/texts.awk")),
    ("detect.awk", include_str!("../../templates/scripts/lib/detect.awk")),
    ("decide.awk", include_str!("../../templates/scripts/lib/decide.awk")),
    ("main.awk", include_str!("../../templates/scripts/lib/main.awk")),
];

/// The manifests of a tree, a path a line, sorted: when one comes or goes, the scripts' tables are stale.
pub fn manifests(tree: &Tree, config: &Config) -> String {
    let excluded = |path: &str| config.release.exclude.iter().any(|pattern| pattern.matches(path));
    let is_manifest = |path: &&String| {
        let name = path::name(path);
        MANIFESTS.contains(&name) || name.ends_with(".gemspec")
    };
    tree.files
        .iter()
        .filter(is_manifest)
        .filter(|path| !excluded(path))
        .map(|path| format!("{path}\n"))
        .collect()
}

/// The names of manifests, beside `*.gemspec`.
const MANIFESTS: [&str; 3] = ["Cargo.toml", "pyproject.toml", "package.json"];

impl Source<'_> {
    /// A script that people run, from its template and what fills it beside `mark`.
    ///
    /// # Errors
    /// A hole that is left, or a value that is not used.
    pub fn script(&self, name: &str, template: &str, values: &[(&str, &str)]) -> Result<Generated, Faults> {
        Ok(Generated { executable: true, ..self.file(&format!("{DIR}/{name}"), template, values)? })
    }

    /// A file that scripts read.
    ///
    /// # Errors
    /// As `script`.
    pub fn library(&self, name: &str, template: &str, values: &[(&str, &str)]) -> Result<Generated, Faults> {
        self.file(&format!("{DIR}/lib/{name}"), template, values)
    }

    fn file(&self, path: &str, template: &str, values: &[(&str, &str)]) -> Result<Generated, Faults> {
        let mark = self.mark();
        let values: Vec<(&str, &str)> =
            [("mark", mark.as_str())].into_iter().chain(values.iter().copied()).collect();
        let text = fill(path, template, &values)?;
        Ok(Generated { path: path.to_string(), text, executable: false })
    }

    /// The lines that say where a file comes from; `#` begins a comment in shell and awk alike.
    fn mark(&self) -> String {
        let config = match &self.stamp.config {
            Some(id) => format!("castoff.toml {id}"),
            None => "no castoff.toml".to_string(),
        };
        format!(
            "# {MARK}scripts` from castoff.toml and the manifests: change those, and run it again.\n\
             # Made from {config}, list of manifests {}.",
            self.stamp.manifests
        )
    }
}

/// A text as one word of a shell script.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
