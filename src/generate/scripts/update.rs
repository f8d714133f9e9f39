//! `update-versions.sh`: the table of all places in which a release writes, each with the rule by which its value comes
//! about. The places are found by asking the ecosystems what they would write for versions that nobody has; so a script
//! knows exactly those that `castoff bump` edits.

use std::collections::BTreeMap;

use super::holes::{Place, table};
use super::{Source, quoted};
use crate::changelog;
use crate::config::{self, Changelog, ComponentRules, Config, ExtraFile};
use crate::ecosystem::writes::{RaisedBy, Writes};
use crate::ecosystem::{self, Bumps, Ecosystem};
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::generate::Generated;
use crate::model::{Component, PackageId, VersionHome};
use crate::plan;
use crate::version::{Pre, Version};

/// The script with the programs that it runs.
///
/// # Errors
/// Everything that it could not write as castoff does, with the file or the key.
pub(super) fn update(source: Source) -> Result<Vec<Generated>, Faults> {
    let mut faults = Faults::default();
    for component in &source.workspace.components {
        faults.0.extend(not_writable(source, component));
    }
    let places = faults.take(places(source)).unwrap_or_default();
    let table = faults.take(table(source.tree, &places)).unwrap_or_default();
    faults.or(())?;
    let names: Vec<&str> = source.workspace.components.iter().map(|it| it.name.as_str()).collect();
    let options: Vec<String> = names.iter().map(|name| option(name, &names)).collect();
    let components: String = source.workspace.components.iter().map(|it| line(source, it)).collect();
    let script = source.script(
        "update-versions.sh",
        include_str!("../../../templates/scripts/update-versions.sh"),
        &[
            ("components", &names.join(", ")),
            ("options", &options.join("\n")),
            ("places", &format!("{components}{table}")),
        ],
    )?;
    let library = |name, text| source.library(name, text, &[]);
    Ok(vec![
        script,
        library("spelling.awk", include_str!("../../../templates/scripts/lib/spelling.awk"))?,
        library("requirements.awk", include_str!("../../../templates/scripts/lib/requirements.awk"))?,
        library(
            "requirements-uv-gem.awk",
            include_str!("../../../templates/scripts/lib/requirements-uv-gem.awk"),
        )?,
        library("places.awk", include_str!("../../../templates/scripts/lib/places.awk"))?,
    ])
}

/// The option of a component. The `@` of a scope may be left out, for some shells have a meaning for it.
fn option(name: &str, names: &[&str]) -> String {
    let short = name.strip_prefix('@').filter(|short| !names.contains(short));
    let words: Vec<String> =
        [Some(name), short].iter().flatten().map(|it| quoted(&format!("--{it}"))).collect();
    format!("    {}) component={} ;;", words.join(" | "), quoted(name))
}

/// What a script has no means for: notes of a release, and names that are several words to a shell.
fn not_writable(source: Source, component: &Component) -> Vec<Fault> {
    let mut faults = Vec::new();
    let rules = source.config.component(&component.name);
    let line = rules.map_or(0, |rules| rules.line);
    if component.name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '{' || c == '}') {
        let what = format!("no script can take a component called `{}`", component.name.escape_debug());
        faults.push(config::fault(line, what).help("give it a name without spaces and braces"));
    }
    let wanted = rules.and_then(|rules| rules.changelog.as_ref()).unwrap_or(&source.config.release.changelog);
    let there = |path: &String| source.tree.files.contains(path);
    let file = match wanted {
        Changelog::None => None,
        Changelog::At(path) => Some(path.clone()),
        Changelog::WhereItIs => {
            let packages = component.packages.iter().filter_map(|id| source.workspace.package(id));
            let alone = source.workspace.components.len() == 1;
            let root = alone.then(|| changelog::FILE.to_string());
            packages.map(|package| package.path(changelog::FILE)).chain(root).find(there)
        }
    };
    if let Some(file) = file {
        let what = format!("no script can write the notes of `{}` into `{file}`", component.name);
        let fault = config::fault(line, what).because("`castoff bump` writes them from commit messages");
        faults.push(fault.help("say `changelog = false` in `[release]` or for the component"));
    }
    faults
}

/// What the script has to know of a component beside its places.
fn line(source: Source, component: &Component) -> String {
    let rules = source.config.component(&component.name);
    let published = || {
        let packages = component.packages.iter().filter_map(|id| source.workspace.package(id));
        packages.filter(|it| it.publishable()).map(|it| ecosystem::of(it.id.kind))
    };
    let refused = |version: &Version| published().any(|ecosystem| ecosystem.takes(version).is_err());
    let nightly = Version::of(vec![1, 0, 0], Some(Pre::Other("nightly.3".to_string())));
    let mut build = Version::new(1, 0, 0);
    build.suffix = "+7".to_string();
    let limits = [(Version::of(vec![1, 0, 0, 1], None), "three"), (nightly, "known"), (build, "plain")];
    let limits: Vec<&str> =
        limits.iter().filter(|(version, _)| refused(version)).map(|(_, word)| *word).collect();
    let limits = if limits.is_empty() { "-".to_string() } else { limits.join(",") };
    let follows = rules.and_then(|rules| Some((rules.follows.as_deref()?, rules.scheme.name())));
    let follows = follows.map_or(String::new(), |(other, scheme)| format!(" {other} {scheme}"));
    format!("component {} {} {limits}{follows}\n", component.name, spelling(component))
}

/// As the only ecosystem of a component spells a version; as SemVer does where there are several.
fn spelling(component: &Component) -> &'static str {
    let probe = Version::of(vec![1, 0, 0], Some(Pre::Rc(1)));
    let mut spelled = component.packages.iter().map(|id| ecosystem::of(id.kind).spell(&probe));
    let first = spelled.next().filter(|first| spelled.all(|other| other == *first));
    match first {
        Some(text) if text == probe.pep440() => "pep440",
        Some(text) if text == probe.gem() => "gem",
        _ => "semver",
    }
}

/// Versions that nobody has, each for a component, so that what is written says which one it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Final,
    /// Breaks requirements that a final version fits.
    Pre,
    /// Where a binding gets a fourth number, its crate may not follow.
    FourNumbers,
}

const MAJOR: u64 = 910_000;
const MINOR: u64 = 710_000;
const PATCH: u64 = 510_000;

impl Probe {
    fn version(self, place: usize) -> Version {
        let place = place as u64;
        let numbers = vec![MAJOR + place, MINOR + place, PATCH + place];
        match self {
            Probe::Final => Version::of(numbers, None),
            Probe::Pre => Version::of(numbers, Some(Pre::Rc(7))),
            Probe::FourNumbers => Version::of([numbers, vec![7]].concat(), None),
        }
    }

    fn versions(self, source: Source) -> BTreeMap<PackageId, Version> {
        let components = source.workspace.components.iter().enumerate();
        let of = |(place, component): (usize, &Component)| {
            let version = self.version(place);
            component.packages.iter().map(move |id| (id.clone(), version.clone())).collect::<Vec<_>>()
        };
        components.flat_map(of).collect()
    }
}

/// The component whose probe a text holds.
fn probed<'a>(source: Source<'a>, text: &str, from: u64) -> Option<&'a Component> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u64>().ok());
    let all = &source.workspace.components;
    numbers.filter_map(|number| all.get(usize::try_from(number.checked_sub(from)?).ok()?)).next()
}

fn places(source: Source) -> Result<Vec<Place>, Faults> {
    let mut faults = Faults::default();
    let mut places = Vec::new();
    for ecosystem in ecosystem::ALL {
        places.extend(faults.take(of_ecosystem(source, *ecosystem)).unwrap_or_default());
    }
    for rules in &source.config.components {
        places.extend(version_file(source, rules));
        for file in &rules.extra_files {
            places.extend(faults.take(of_extra_file(source, rules, file)).unwrap_or_default());
        }
    }
    faults.or(places)
}

fn of_ecosystem(source: Source, ecosystem: &dyn Ecosystem) -> Result<Vec<Place>, Faults> {
    let edits = |probe: Probe| {
        let next = source.workspace.with_in_step(&probe.versions(source));
        ecosystem.edits(source.tree, Bumps { packages: &source.workspace.packages, next: &next })
    };
    let key = |edit: &Edit| (edit.path.clone(), edit.start, edit.end);
    let mut found: BTreeMap<_, Edit> = edits(Probe::Final)?.into_iter().map(|it| (key(&it), it)).collect();
    for edit in edits(Probe::Pre)? {
        found.entry(key(&edit)).or_insert(edit);
    }
    let always: BTreeMap<_, Edit> =
        edits(Probe::FourNumbers)?.into_iter().map(|edit| (key(&edit), edit)).collect();
    let mut faults = Faults::default();
    let mut places = Vec::new();
    for (key, edit) in found {
        let three = if always.contains_key(&key) { "" } else { " three" };
        let rule = rule(source, ecosystem, &edit).map(|rule| format!("{rule}{three}"));
        let place = rule.map(|rule| Place { path: edit.path, range: edit.start..edit.end, rule });
        places.extend(faults.take(place.map_err(Faults::from)));
    }
    faults.or(places)
}

fn rule(source: Source, ecosystem: &dyn Ecosystem, edit: &Edit) -> Result<String, Fault> {
    let refuse = |why: &str| {
        let fault = Fault::usage(format!("no script can write `{}` of `{}`", edit.field, edit.path));
        fault.at(&edit.path, 0).because(why)
    };
    let writes = ecosystem.writes(source.tree, &source.workspace.packages, edit);
    let component = probed(source, &edit.to, MAJOR);
    let (Some(writes), Some(component)) = (writes, component) else {
        let why = match edit.start == edit.end {
            true => "it is not there yet, and scripts change what is there",
            false => "no line of its own says it",
        };
        return Err(refuse(why).help("run `castoff bump` once, or write it by hand"));
    };
    Ok(match writes {
        Writes::Version(spelling) => {
            let packages = component.packages.iter().filter_map(|id| source.workspace.package(id));
            let home = |home: &VersionHome| match home {
                VersionHome::Own(path) | VersionHome::Shared(path) => *path == edit.path,
                VersionHome::Tag => false,
            };
            let is_home = packages.map(|package| &package.version_home).any(home);
            let word = if is_home { "current" } else { "version" };
            format!("{word} {} {}", spelling.name(), component.name)
        }
        Writes::Requirement { rules, raised_by } => {
            let free = raisers(source, &raised_by).join(" ");
            format!("requirement {rules} {} free {free}", component.name).trim_end().to_string()
        }
        Writes::Missing { users, raised_by } => {
            let exact = if edit.text.starts_with(", version = \"=") { "exact" } else { "usual" };
            let users = raisers(source, &RaisedBy::All(users)).join(" ");
            let free = raisers(source, &raised_by).join(" ");
            format!("missing {exact} {} for {users} free {free}", component.name).trim_end().to_string()
        }
    })
}

/// The components that all have to be released so that a requirement is raised which fits; `-` stands for nobody.
fn raisers(source: Source, raised_by: &RaisedBy) -> Vec<String> {
    let component = |id: &PackageId| {
        let leader = source.workspace.in_step.get(id).unwrap_or(id);
        source.workspace.component_of(leader).map(|component| component.name.clone())
    };
    let mut names = match raised_by {
        RaisedBy::Nobody => vec!["-".to_string()],
        // A private package is never released, and what all have to do it then never does.
        RaisedBy::All(ids) => ids.iter().map(|id| component(id).unwrap_or_else(|| "-".to_string())).collect(),
    };
    names.sort();
    names.dedup();
    names
}

fn version_file(source: Source, rules: &ComponentRules) -> Option<Place> {
    let path = rules.version_file.clone()?;
    let text = source.tree.text(&path)?;
    let start = text.find(|c: char| !c.is_whitespace())?;
    let range = start..text.trim_end().len();
    Some(Place { path, range, rule: format!("version semver {}", rules.name) })
}

fn of_extra_file(source: Source, rules: &ComponentRules, file: &ExtraFile) -> Result<Vec<Place>, Faults> {
    let one = ExtraFile { leftovers: true, ..file.clone() };
    let rules = ComponentRules { extra_files: vec![one], ..rules.clone() };
    let config = Config { components: vec![rules.clone()], ..source.config.clone() };
    let next = Probe::Final.versions(source);
    let edits = plan::extra_edits(source.tree, source.workspace, &config, &next, &[])?;
    let place = |edit: Edit| {
        // A line may be marked as holding a part of the version.
        let part = [(MINOR, 2), (PATCH, 3), (MAJOR, 1)].into_iter().find_map(|(from, place)| {
            let alone = edit.to.parse::<u64>().is_ok() && !file.value.chars().all(|c| c.is_ascii_digit());
            probed(source, &edit.to, from).filter(|_| alone).map(|component| (place, &component.name))
        });
        let rule = match part {
            Some((place, name)) => format!("part {place} {name}"),
            None => {
                let value = file.value.replace("{version}", &format!("{{{}}}", rules.name));
                format!("text {} {value}", rules.name)
            }
        };
        Place { path: edit.path, range: edit.start..edit.end, rule }
    };
    Ok(edits.into_iter().map(place).collect())
}
