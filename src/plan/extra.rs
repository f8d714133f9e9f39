//! Extra files: what a release of their component writes into them, and that nothing of the old version is left there.
//! They are written when their component is released; each declared place has to be there at every time, so that a rule
//! that went stale is told by the next `castoff plan` and not after the release.

use std::collections::BTreeMap;
use std::ops::Range;

use super::edits::untracked;
use crate::config::{self, ComponentRules, Config, ExtraFile, Place};
use crate::ecosystem;
use crate::edit::json::Json;
use crate::edit::marks::{self, Wanted, occurrences};
use crate::edit::{Spot, Toml, line_of, places, replace_plain};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Component, PackageId, Tree};
use crate::version::Version;
use crate::workspace::Workspace;

/// The edits of all extra files; `others` are those of manifests and version files.
///
/// # Errors
/// Files that are not there, places that are not in them, and the old version where nothing would replace it.
pub fn edits(
    tree: &Tree,
    workspace: &Workspace,
    config: &Config,
    next: &BTreeMap<PackageId, Version>,
    others: &[Edit],
) -> Result<Vec<Edit>, Faults> {
    let mut faults = Faults::default();
    let mut edits = Vec::new();
    // Several rules may share a file, with each other and with an ecosystem: what one of them replaces is no leftover
    // for the others.
    let mut spots: BTreeMap<&str, Vec<Range<usize>>> = BTreeMap::new();
    for edit in others {
        spots.entry(&edit.path).or_default().push(edit.range());
    }
    let of = |rules: &ComponentRules| workspace.components.iter().find(|it| it.name == rules.name);
    let all: Vec<Declared> = config
        .components
        .iter()
        .filter_map(|rules| Some((rules, of(rules)?)))
        .flat_map(|(rules, component)| {
            let old = current(workspace, component);
            let version = component.packages.iter().find_map(|id| next.get(id));
            let one = move |file| Declared { rules, component, file, old: old.clone(), next: version };
            rules.extra_files.iter().map(one)
        })
        .collect();
    for declared in &all {
        let Some(text) = tree.text(&declared.file.path) else {
            faults.push(untracked(declared.rules, declared.file.line, "extra-files", &declared.file.path));
            continue;
        };
        let found = declared.value(workspace, next).and_then(|value| declared.spots(text, &value));
        for spot in faults.take(found.map_err(Faults::from)).unwrap_or_default() {
            spots.entry(&declared.file.path).or_default().push(spot.range);
            edits.extend(spot.edit.filter(|_| declared.next.is_some()));
        }
    }
    // A rule that is wrong leaves what it should have replaced.
    if faults.0.is_empty() {
        faults.0.extend(all.iter().filter_map(|declared| declared.leftover(tree, workspace, &spots)));
    }
    faults.or(edits)
}

/// The version that a component's manifests hold, the greatest where they differ.
fn current(workspace: &Workspace, component: &Component) -> Version {
    let packages = component.packages.iter().filter_map(|id| workspace.package(id));
    packages.map(|package| package.version.clone()).max().unwrap_or_else(|| Version::new(0, 0, 0))
}

/// As the only ecosystem of a component spells a version; as SemVer does where there are several.
fn spell(component: &Component, version: &Version) -> String {
    let mut kinds = component.packages.iter().map(|id| id.kind);
    match kinds.next() {
        Some(kind) if kinds.all(|other| other == kind) => ecosystem::of(kind).spell(version),
        _ => version.semver(),
    }
}

/// An extra file with the component that it belongs to.
struct Declared<'a> {
    rules: &'a ComponentRules,
    component: &'a Component,
    file: &'a ExtraFile,
    /// The version that its manifests hold.
    old: Version,
    /// The version that it is released as.
    next: Option<&'a Version>,
}

/// What is written.
struct Value {
    text: String,
    /// The version in it, for lines that hold a part of it; none where the text holds more than one.
    version: Option<Version>,
    /// The same before the release.
    old: String,
}

impl Declared<'_> {
    /// `{version}` and the names of components, filled in.
    fn value(&self, workspace: &Workspace, next: &BTreeMap<PackageId, Version>) -> Result<Value, Fault> {
        let mut value = Value { text: String::new(), version: None, old: String::new() };
        let mut rest = self.file.value.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            let component = self.named(workspace, name)?;
            let old = current(workspace, component);
            let new = component.packages.iter().find_map(|id| next.get(id)).unwrap_or(&old);
            value.text += &format!("{before}{}", spell(component, new));
            value.old += &format!("{before}{}", spell(component, &old));
            let alone = before.is_empty() && after.is_empty() && rest == self.file.value;
            value.version = alone.then(|| new.clone());
            rest = after;
        }
        value.text += rest;
        value.old += rest;
        Ok(value)
    }

    fn named<'w>(&self, workspace: &'w Workspace, name: &str) -> Result<&'w Component, Fault> {
        let wanted = if name == "version" { self.component.name.as_str() } else { name };
        let mut all = workspace.components.iter();
        all.find(|component| component.name == wanted).ok_or_else(|| {
            let names =
                workspace.components.iter().map(|component| component.name.as_str()).chain(["version"]);
            let nearest =
                names.min_by_key(|other| strsim::damerau_levenshtein(other, wanted)).unwrap_or("version");
            let message = format!(
                "`value` of {} holds `{{{}}}`, which is no component",
                self.what(),
                name.escape_debug()
            );
            config::fault(self.file.line, message).help(format!("did you mean `{{{nearest}}}`?"))
        })
    }

    fn what(&self) -> String {
        format!("an extra file of `[component.{}]`", self.rules.name)
    }

    /// The places in the file.
    fn spots(&self, text: &str, value: &Value) -> Result<Vec<Spot>, Fault> {
        let path = self.file.path.as_str();
        match &self.file.place {
            Place::Toml(keys) => {
                let toml = Toml::parse(path, text)?;
                let found = places::in_toml(&toml, keys).ok_or_else(|| self.no_string(keys))?;
                let edit = toml.replace(&keys.join("."), found.range.clone(), &found.text, &value.text);
                Ok(vec![Spot { range: found.range, edit }])
            }
            Place::Json(keys) => {
                let json = Json::parse(path, text)?;
                let found = places::in_json(&json, keys).ok_or_else(|| self.no_string(keys))?;
                let edit = json.replace(&keys.join("."), found, &value.text);
                Ok(vec![Spot { range: json.range(found), edit }])
            }
            Place::Line(regex) => self.line(text, regex, &value.text).map(|spot| vec![spot]),
            Place::Marked => self.marked(text, value),
        }
    }

    /// The one line that a pattern matches. Of several, each could be meant.
    fn line(&self, text: &str, regex: &regex_lite::Regex, to: &str) -> Result<Spot, Fault> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let groups = regex.captures_iter(bare).filter_map(|it| it.get(1));
            found.extend(groups.map(|group| at + group.start()..at + group.end()));
            at += line.len();
        }
        match &found[..] {
            [range] => {
                let edit = replace_plain(&self.file.path, text, "line", range.clone(), to);
                Ok(Spot { range: range.clone(), edit })
            }
            [] => Err(self.stale(0, &format!("`{regex}` matches no line of it"))),
            more => {
                let lines: Vec<String> =
                    more.iter().map(|range| line_of(text, range.start).to_string()).collect();
                let why = format!("`{regex}` matches more than once: lines {}", lines.join(", "));
                let fault = self.stale(0, &why);
                Err(fault.help("let it match one line, and write an entry for each of the others"))
            }
        }
    }

    fn marked(&self, text: &str, value: &Value) -> Result<Vec<Spot>, Fault> {
        let Some(version) = &value.version else {
            let message = format!("`value` of {} is not one version alone", self.what());
            let fault = config::fault(self.file.line, message);
            return Err(fault
                .because("on marked lines only the version is replaced")
                .help("write `{version}` or `{NAME}`"));
        };
        let wanted = Wanted { version, spelled: &value.text, old: &value.old };
        marks::spots(&self.file.path, text, wanted).map_err(|(line, why)| self.stale(line, &why))
    }

    fn no_string(&self, keys: &[String]) -> Fault {
        self.stale(0, &format!("it has no text at `{}`", keys.join(".")))
    }

    /// A rule that does not fit its file any more.
    fn stale(&self, line: usize, why: &str) -> Fault {
        let rule = format!("line {} of {}", self.file.line, config::FILE);
        let message = format!("the rule for `{}` is stale", self.file.path);
        let fault = Fault::usage(message).at(&self.file.path, line).because(why);
        fault.help(format!("correct the file, or the rule: {} ({rule})", self.what()))
    }

    /// The old version in a file where nothing would replace it. A manifest may hold the same number for other reasons.
    fn leftover(
        &self,
        tree: &Tree,
        workspace: &Workspace,
        spots: &BTreeMap<&str, Vec<Range<usize>>>,
    ) -> Option<Fault> {
        let path = self.file.path.as_str();
        let is_manifest = workspace.packages.iter().any(|package| package.manifest == path)
            || ecosystem::all().any(|ecosystem| ecosystem.rewrites(path));
        let moves = self.next.is_some_and(|next| *next != self.old);
        let text = tree.text(path).filter(|_| moves && !is_manifest && !self.file.leftovers)?;
        let old = spell(self.component, &self.old);
        let covered = |range: &Range<usize>| {
            spots.get(path).is_some_and(|spots| {
                spots.iter().any(|spot| spot.start <= range.start && range.end <= spot.end)
            })
        };
        let left = occurrences(text, &old).find(|range| !covered(range))?;
        let message =
            format!("`{old}`, the old version of `{}`, would be left in `{path}`", self.component.name);
        let fault = Fault::usage(message).at(path, line_of(text, left.start));
        Some(fault.help(
            "write an entry of `extra-files` for it or mark the line with `x-castoff-version`; or allow it: `leftovers = true`",
        ))
    }
}
