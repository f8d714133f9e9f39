//! RELEASING.md and VERSIONING.md of a repository: who makes a release, how, and by which rules its versions come to be.
//! They hold rules and no versions, so that a release does not make them stale.

use super::{Generated, MARK};
use crate::config::Config;
use crate::fault::Faults;
use crate::graph::Graph;
use crate::template::fill;
use crate::workspace::Workspace;

mod releasing;
mod versioning;

/// Both documents.
///
/// # Errors
/// A registry that is not known.
pub fn docs(workspace: &Workspace, graph: &Graph, config: &Config) -> Result<Vec<Generated>, Faults> {
    let mark =
        format!("<!-- {MARK}docs` from castoff.toml and the manifests: change those, and run it again. -->");
    let release_tag = config.release.release_tag.replace("{date}", "YYYYMMDD").replace("{time}", "HHMM");
    let releasing = fill(
        "RELEASING.md",
        include_str!("../../templates/docs/RELEASING.md"),
        &[
            ("mark", &mark),
            ("components", &releasing::released(workspace)),
            ("order", &releasing::order(workspace, graph)),
            ("release_tag", &release_tag),
            ("branch", &config.release.branch),
            ("tokens", &releasing::tokens(workspace, config)?),
            ("publishing", &releasing::publishing(config)),
            ("example_tag", &releasing::example_tag(workspace)),
        ],
    )?;
    let versioning = fill(
        "VERSIONING.md",
        include_str!("../../templates/docs/VERSIONING.md"),
        &[
            ("mark", &mark),
            ("components", &versioning::versioned(workspace, config)),
            ("rules", &versioning::rules(workspace, config)),
            ("schemes", &versioning::schemes(workspace, config)),
            ("first", versioning::first(workspace, config)),
            ("changes", &versioning::changes(config)),
            ("dependents", &versioning::dependents(workspace, config)),
        ],
    )?;
    Ok([("RELEASING.md", releasing), ("VERSIONING.md", versioning)]
        .map(|(path, text)| Generated { path: path.to_string(), text, executable: false })
        .into())
}

/// Names and paths come from files that anybody may have written; in a table they stay what they are.
fn code(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() && *c != '`').collect();
    format!("`{}`", plain.replace('|', "\\|"))
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let rule = vec!["---".to_string(); head.len()];
    [head, rule].into_iter().chain(rows).map(|cells| line(&cells)).collect::<Vec<_>>().join("\n")
}
