//! changesets: `.changeset/config.json`, and the changes that wait in `.changeset/*.md`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Left;
use crate::fault::{Fault, Faults};
use crate::model::Tree;
use crate::version::Bump;

const DIR: &str = ".changeset/";
const CONFIG: &str = ".changeset/config.json";

/// What the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changesets {
    /// Groups of names that have one version.
    pub fixed: Vec<Vec<String>>,
    /// The changes that wait: file, and the step of each package.
    pub pending: Vec<(String, BTreeMap<String, Bump>)>,
    /// What castoff has no equal for.
    pub left: Vec<Left>,
}

/// Whether a file belongs to it.
pub(super) fn wants(path: &str) -> bool {
    let name = path.strip_prefix(DIR).filter(|name| !name.contains('/'));
    name.is_some_and(|name| name == "config.json" || (name.ends_with(".md") && name != "README.md"))
}

/// Reads the files; none where there is no configuration.
///
/// # Errors
/// What is wrong with them, with file and line.
pub fn read(tree: &Tree) -> Result<Option<Changesets>, Faults> {
    let Some(config) = super::json(tree, CONFIG)? else { return Ok(None) };
    let mut faults = Faults::default();
    let texts = tree.texts.range(DIR.to_string()..).take_while(|(path, _)| path.starts_with(DIR));
    let waiting = texts.filter(|(path, _)| path.ends_with(".md") && wants(path));
    let pending = waiting.filter_map(|(path, text)| {
        let steps = faults.take(steps(path, text).map_err(Faults::from))?;
        Some((path.clone(), steps))
    });
    let pending: Vec<_> = pending.collect();
    let fixed = groups(&config, "fixed");
    faults.or(Some(Changesets { fixed, pending, left: left(&config) }))
}

fn groups(config: &Value, key: &str) -> Vec<Vec<String>> {
    let lists = config.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_array);
    lists.map(|list| list.iter().filter_map(|name| Some(name.as_str()?.to_string())).collect()).collect()
}

/// The front matter: a line for each package, `"name": minor`.
fn steps(path: &str, text: &str) -> Result<BTreeMap<String, Bump>, Fault> {
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| line.trim().is_empty());
    let refuse = |line: usize, why: &str| {
        Fault::usage(format!("cannot read the change `{path}`"))
            .at(path, line)
            .because(why)
            .help("write `\"NAME\": patch`")
    };
    if lines.next().is_none_or(|(_, line)| line.trim() != "---") {
        return Err(refuse(1, "it does not begin with `---`"));
    }
    let mut steps = BTreeMap::new();
    for (place, line) in lines.take_while(|(_, line)| line.trim() != "---") {
        if line.trim().is_empty() {
            continue;
        }
        let (name, step) = line.rsplit_once(':').ok_or_else(|| refuse(place + 1, "a line has no `:`"))?;
        let name = name.trim().trim_matches(['"', '\'']).to_string();
        match step.trim().trim_matches(['"', '\'']) {
            "major" => steps.insert(name, Bump::Major),
            "minor" => steps.insert(name, Bump::Minor),
            "patch" => steps.insert(name, Bump::Patch),
            "none" => None,
            _ => return Err(refuse(place + 1, "a step is `major`, `minor`, `patch` or `none`")),
        };
    }
    Ok(steps)
}

fn left(config: &Value) -> Vec<Left> {
    let mut left = vec![Left::new(
        "`.changeset/*.md`",
        "castoff reads what changed from commit messages; release what waits there first, or say it in a commit",
    )];
    let is_set = |key: &str| match config.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    };
    for (key, why) in [
        ("linked", "packages that are released together or not at all: put them into one `[component.NAME]`"),
        ("ignore", "castoff releases what is not private; make them private, or name them in `exclude`"),
        ("updateInternalDependencies", "a requirement is raised where it would no longer match"),
        ("commit", "`castoff bump` makes no commit"),
        ("privatePackages", "private packages are neither bumped nor tagged"),
        ("snapshot", "pre-releases are asked for: `castoff bump NAME=VERSION`"),
    ] {
        let usual = key == "updateInternalDependencies" && config[key] == "patch";
        left.extend((is_set(key) && !usual).then(|| Left::new(format!("`{key}`"), why)));
    }
    if config.get("access").is_some_and(|access| access == "public") {
        left.push(Left::new(
            "`access`",
            "write `\"publishConfig\": { \"access\": \"public\" }` into each package.json",
        ));
    }
    left
}
