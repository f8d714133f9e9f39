//! cargo-release: `release.toml`, and `metadata.release` of workspaces and packages.

use toml_edit::{Item, TableLike};

use super::Left;
use crate::edit::Toml;
use crate::fault::Faults;
use crate::model::Tree;
use crate::path;

/// The file beside a manifest.
pub const FILE: &str = "release.toml";
const MANIFEST: &str = "Cargo.toml";

/// What the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CargoRelease {
    /// The rules of each directory that has some, the workspace's first.
    pub rules: Vec<Rules>,
    /// What castoff has no equal for.
    pub left: Vec<Left>,
}

/// The rules of one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The directory; empty for the root.
    pub dir: String,
    /// Whether they hold for every crate below.
    pub workspace: bool,
    /// `tag-name`.
    pub tag_name: Option<String>,
    /// `tag-prefix`.
    pub tag_prefix: Option<String>,
    /// Whether its crates share a version: `shared-version`.
    pub shared: bool,
    /// `pre-release-replacements`: file, what is searched, what is put there.
    pub replacements: Vec<(String, String, String)>,
}

/// Reads the files; none where there are none.
///
/// # Errors
/// A file that is no TOML.
pub fn read(tree: &Tree) -> Result<Option<CargoRelease>, Faults> {
    let mut faults = Faults::default();
    let mut found = CargoRelease::default();
    for (path, text) in &tree.texts {
        let is_own = path::name(path) == FILE;
        // Most manifests do not speak of it, and a thousand of them are not parsed for nothing.
        if !is_own && (path::name(path) != MANIFEST || !text.contains("release")) {
            continue;
        }
        let Some(toml) = faults.take(Toml::parse(path, text).map_err(Faults::from)) else { continue };
        let dir = path::parent(path);
        let tables: &[(&[&str], bool)] = match is_own {
            true => &[(&[], true)],
            false => {
                &[(&["workspace", "metadata", "release"], true), (&["package", "metadata", "release"], false)]
            }
        };
        for (keys, workspace) in tables {
            let table = if keys.is_empty() { Some(toml.root()) } else { toml.table(keys) };
            if let Some(table) = table {
                // A file beside a member speaks for that member.
                let workspace = *workspace && (!is_own || dir.is_empty());
                found.rules.push(rules(dir, workspace, table));
                found.left.extend(left(table));
            }
        }
    }
    found.left.sort();
    found.left.dedup();
    found.rules.sort_by_key(|rules| (!rules.workspace, rules.dir.clone()));
    faults.or(Some(found).filter(|found| !found.rules.is_empty()))
}

fn rules(dir: &str, workspace: bool, table: &dyn TableLike) -> Rules {
    let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_string);
    let shared = table.get("shared-version").is_some_and(|item| item.as_bool() != Some(false));
    let one = |table: &dyn TableLike| {
        let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_string);
        Some((text("file")?, text("search")?, text("replace")?))
    };
    let replacements = match table.get("pre-release-replacements") {
        Some(Item::ArrayOfTables(tables)) => tables.iter().filter_map(|table| one(table)).collect(),
        Some(item) => {
            let values = item.as_array().into_iter().flatten();
            values.filter_map(|value| one(value.as_inline_table()?)).collect()
        }
        None => Vec::new(),
    };
    let (tag_name, tag_prefix) = (text("tag-name"), text("tag-prefix"));
    Rules { dir: dir.to_string(), workspace, tag_name, tag_prefix, shared, replacements }
}

fn left(table: &dyn TableLike) -> Vec<Left> {
    let why = |key: &str| match key {
        "shared-version" | "tag-name" | "tag-prefix" | "pre-release-replacements" => None,
        "allow-branch" => Some("castoff releases what is checked out"),
        "pre-release-commit-message" | "consolidate-commits" => Some("`castoff bump` makes no commit"),
        "pre-release-hook" => Some("run it after `castoff bump`"),
        "sign-commit" | "sign-tag" => Some("git signs where `commit.gpgSign` and `tag.gpgSign` say so"),
        "dependent-version" => Some("a requirement is raised where it would no longer match"),
        "publish" | "release" => Some("write `publish = false` under `[package]`"),
        "tag" | "push" => Some("`castoff tag` makes tags when everything is live, and pushes with `--push`"),
        "push-remote" | "push-options" => Some("`castoff tag --push` pushes to `origin`"),
        "registry" => Some("write `publish = [\"NAME\"]` under `[package]`"),
        "features" | "enable-features" | "enable-all-features" | "verify" | "target" => {
            Some("castoff builds with cargo's defaults")
        }
        "owners" => Some("castoff changes no owners"),
        "tag-message" => Some("tags are castoff's own"),
        _ => Some("castoff does not know this key"),
    };
    table
        .iter()
        .filter_map(|(key, _)| Some(Left::new(format!("`{}`", key.escape_debug()), why(key)?)))
        .collect()
}
