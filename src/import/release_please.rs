//! release-please: `release-please-config.json` and `.release-please-manifest.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Left;
use crate::fault::{Fault, Faults};
use crate::model::Tree;
use crate::version::Version;

/// The configuration.
pub const CONFIG: &str = "release-please-config.json";
/// The versions that were released last.
pub const MANIFEST: &str = ".release-please-manifest.json";

/// What the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleasePlease {
    /// Each entry of `packages`.
    pub packages: Vec<Package>,
    /// Whether a plugin releases what needs a released package, whatever its requirement allows.
    pub releases_dependents: bool,
    /// Keys that mean nothing to castoff, with the reason.
    pub left: Vec<Left>,
}

/// One entry of `packages`, with what the top level says filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Directory; empty for the root.
    pub dir: String,
    /// `release-type`.
    pub kind: String,
    /// `component`, or `package-name` without its scope.
    pub component: Option<String>,
    /// What the manifest says.
    pub version: Option<Version>,
    /// `include-component-in-tag`.
    pub component_in_tag: bool,
    /// `include-v-in-tag`.
    pub v_in_tag: bool,
    /// `tag-separator`.
    pub separator: String,
    /// `bump-minor-pre-major`.
    pub minor_before_major: bool,
    /// `bump-patch-for-minor-pre-major`.
    pub patch_before_major: bool,
    /// `version-file`.
    pub version_file: Option<String>,
    /// `extra-files`, as they stand there.
    pub extra_files: Vec<Value>,
    /// `exclude-paths`.
    pub exclude: Vec<String>,
    /// `release-as`.
    pub release_as: Option<String>,
}

/// Reads both files; none where there is no configuration.
///
/// # Errors
/// What is wrong with them, with file and line.
pub fn read(tree: &Tree) -> Result<Option<ReleasePlease>, Faults> {
    let mut faults = Faults::default();
    let config = faults.take(super::json(tree, CONFIG).map_err(Faults::from)).flatten();
    let versions = faults.take(versions(tree)).unwrap_or_default();
    let Some(config) = config else { return faults.or(None) };
    let Some(entries) = config.get("packages").and_then(Value::as_object) else {
        let fault = Fault::usage(format!("`{CONFIG}` has no `packages`")).at(CONFIG, 0);
        faults.push(fault.help("name each package by its directory: `\"packages\": { \".\": {} }`"));
        return Err(faults);
    };
    let top = config.as_object().cloned().unwrap_or_default();
    let package = |(path, own): (&String, &Value)| {
        let own = own.as_object().cloned().unwrap_or_default();
        package(path, &top, &own, &versions)
    };
    let packages: Vec<Package> = entries.iter().map(package).collect();
    let own = entries.values().filter_map(Value::as_object);
    let left = left(&top, &own.collect::<Vec<_>>());
    let mut plugins =
        top.get("plugins").and_then(Value::as_array).into_iter().flatten().filter_map(plugin_name);
    let releases_dependents = plugins.any(|name| WORKSPACE_PLUGINS.contains(&name));
    faults.or(Some(ReleasePlease { packages, releases_dependents, left }))
}

/// The versions of the manifest, by directory, with the line of each; nothing where there is no manifest.
///
/// # Errors
/// A manifest that is no map from directories to versions.
pub fn versions(tree: &Tree) -> Result<BTreeMap<String, (Version, usize)>, Faults> {
    let Some(manifest) = super::json(tree, MANIFEST)? else { return Ok(BTreeMap::new()) };
    let text = tree.text(MANIFEST).unwrap_or_default();
    let line = |path: &str| {
        let key = Value::from(path).to_string();
        text.find(&key).map_or(0, |at| crate::edit::line_of(text, at))
    };
    let fault = |path: &str, what: &str| {
        let fault = Fault::usage(format!("`{}` in `{MANIFEST}` {what}", path.escape_debug()))
            .at(MANIFEST, line(path));
        fault.help("write a version such as `\"1.2.3\"`")
    };
    let Some(entries) = manifest.as_object() else {
        return Err(Fault::usage(format!("`{MANIFEST}` is no map of directories")).at(MANIFEST, 1).into());
    };
    let mut faults = Faults::default();
    let mut found = BTreeMap::new();
    for (path, value) in entries {
        match value.as_str().map(str::parse::<Version>) {
            Some(Ok(version)) => {
                found.insert(directory(path), (version, line(path)));
            }
            Some(Err(error)) => faults.push(fault(path, "is no version").because(error.to_string())),
            None => faults.push(fault(path, "is no text")),
        }
    }
    faults.or(found)
}

fn directory(path: &str) -> String {
    crate::path::resolve("", path.trim_matches('/')).unwrap_or_else(|| path.to_string())
}

fn package(
    path: &str,
    top: &Map<String, Value>,
    own: &Map<String, Value>,
    versions: &BTreeMap<String, (Version, usize)>,
) -> Package {
    let value = |key: &str| own.get(key).or_else(|| top.get(key));
    let text = |key: &str| value(key).and_then(Value::as_str).map(str::to_string);
    let flag = |key: &str, default: bool| value(key).and_then(Value::as_bool).unwrap_or(default);
    let list = |key: &str| value(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let kind = text("release-type").unwrap_or_else(|| "node".to_string());
    let bare = |name: String| name.rsplit('/').next().unwrap_or_default().to_string();
    // Ruby's tags have a separator of their own, whatever is written.
    let separator =
        if kind.starts_with("ruby") { "/".to_string() } else { text("tag-separator").unwrap_or("-".into()) };
    Package {
        dir: directory(path),
        component: text("component")
            .or_else(|| text("package-name").map(bare))
            .filter(|name| !name.is_empty()),
        version: versions.get(&directory(path)).map(|(version, _)| version.clone()),
        component_in_tag: flag("include-component-in-tag", true),
        v_in_tag: flag("include-v-in-tag", true),
        separator,
        minor_before_major: flag("bump-minor-pre-major", false),
        patch_before_major: flag("bump-patch-for-minor-pre-major", false),
        version_file: text("version-file").or_else(|| (kind == "simple").then(|| "version.txt".to_string())),
        extra_files: list("extra-files"),
        exclude: list("exclude-paths")
            .iter()
            .filter_map(|it| Some(it.as_str()?.trim_matches('/').to_string()))
            .collect(),
        release_as: text("release-as").filter(|text| !text.is_empty()),
        kind,
    }
}

impl Package {
    /// The step that release-please makes of castoff's step.
    pub fn step(&self, bump: crate::version::Bump, current: &Version) -> crate::version::Bump {
        use crate::version::Bump;
        match bump {
            Bump::Major if current.is_zero_major() && self.minor_before_major => Bump::Minor,
            Bump::Minor if current.is_zero_major() && self.patch_before_major => Bump::Patch,
            bump => bump,
        }
    }
}

/// Keys and why they are not carried over; those that `package` reads are not here.
const LEFT: &[(&str, &str)] = &[
    ("changelog-sections", "write the types as `[[section]]`: what is not hidden there makes a release"),
    ("changelog-path", "name the file as `changelog` of the component"),
    ("changelog-host", "castoff takes the address of the forge from `origin`"),
    ("changelog-type", "castoff writes the notes itself"),
    ("skip-changelog", "castoff writes notes where they are asked for"),
    ("skip-github-release", "castoff makes releases of a forge only when it is asked to"),
    ("draft", "castoff makes no drafts"),
    ("force-tag-creation", "castoff makes tags itself"),
    ("draft-pull-request", "castoff makes no drafts"),
    ("prerelease", "pre-releases are asked for: `castoff bump NAME=pre`"),
    ("prerelease-type", "pre-releases are asked for: `castoff bump NAME=pre`"),
    ("versioning", "castoff decides by commits; `bump = \"paths\"` makes every change a patch"),
    ("initial-version", "the first release has the version that the manifest holds"),
    ("separate-pull-requests", "a release of castoff is one commit"),
    ("pull-request-title-pattern", "titles are castoff's own"),
    ("pull-request-header", "texts are castoff's own"),
    ("pull-request-footer", "texts are castoff's own"),
    ("group-pull-request-title-pattern", "titles are castoff's own"),
    ("component-no-space", "titles are castoff's own"),
    ("label", "no label decides anything"),
    ("release-label", "no label decides anything"),
    ("snapshot-label", "no label decides anything"),
    ("extra-label", "no label decides anything"),
    ("date-format", "castoff writes dates as YYYY-MM-DD"),
    ("signoff", "sign with git: `git commit --signoff`"),
    ("bootstrap-sha", "tags say where a release begins; `--from` names another place"),
    ("last-release-sha", "tags say where a release begins; `--from` names another place"),
];

/// Keys that speak of release-please's own work, and that castoff has no need for.
const MOOT: &[&str] = &[
    "$schema",
    "always-link-local",
    "always-update",
    "commit-batch-size",
    "commit-search-depth",
    "include-commit-authors",
    "include-v-in-release-name",
    "release-search-depth",
    "sequential-calls",
    "skip-snapshot",
];

const READ: &[&str] = &[
    "bump-minor-pre-major",
    "bump-patch-for-minor-pre-major",
    "component",
    "exclude-paths",
    "extra-files",
    "include-component-in-tag",
    "include-v-in-tag",
    "package-name",
    "packages",
    "plugins",
    "release-as",
    "release-type",
    "tag-separator",
    "version-file",
];

fn left(top: &Map<String, Value>, packages: &[&Map<String, Value>]) -> Vec<Left> {
    let mut left = Vec::new();
    let mut keys: Vec<&String> =
        top.keys().chain(packages.iter().flat_map(|package| package.keys())).collect();
    keys.sort();
    keys.dedup();
    let is_default = |key: &str| {
        let values = packages.iter().filter_map(|package| package.get(key)).chain(top.get(key));
        let defaults: &[Value] = &[Value::from(false), Value::from("default"), Value::from("CHANGELOG.md")];
        let mut values = values;
        values.all(|value| defaults.contains(value))
    };
    for key in keys.into_iter().filter(|key| !READ.contains(&key.as_str()) && !MOOT.contains(&key.as_str())) {
        match LEFT.iter().find(|(name, _)| name == key) {
            Some(_) if is_default(key) => {}
            Some((name, why)) => left.push(Left::new(format!("`{name}`"), *why)),
            None => {
                left.push(Left::new(format!("`{}`", key.escape_debug()), "castoff does not know this key"))
            }
        }
    }
    left.extend(top.get("plugins").and_then(Value::as_array).into_iter().flatten().filter_map(plugin));
    left
}

/// Plugins that release dependents.
const WORKSPACE_PLUGINS: &[&str] = &["node-workspace", "cargo-workspace"];

fn plugin_name(plugin: &Value) -> Option<&str> {
    plugin.as_str().or_else(|| plugin.get("type")?.as_str())
}

fn plugin(plugin: &Value) -> Option<Left> {
    let name = plugin_name(plugin)?;
    let why = match name {
        name if WORKSPACE_PLUGINS.contains(&name) => return None,
        "linked-versions" => "put packages that share a version into one `[component.NAME]`",
        "sentence-case" => "subjects stand in the notes as they were written",
        "maven-workspace" => "castoff does not know maven",
        _ => "castoff has no plugins",
    };
    Some(Left::new(format!("plugin `{}`", name.escape_debug()), why))
}
