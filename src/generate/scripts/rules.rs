//! The rules of a repository as a table that scripts read: what castoff.toml says, and what follows from the manifests.
//! It holds no version, so that a release does not make it stale.

use std::collections::{BTreeMap, HashMap};

use super::Source;
use super::needs;
use super::places::{Lines, lines, toml_value};
use crate::config::{self, BumpMode, Changelog, Scheme};
use crate::detect::{follow, scope};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::key::key;
use crate::model::{Component, Kind, Package, PackageId, VersionHome};
use crate::path;
use crate::version::Bump;

/// Rows of fields with tabs between them, in groups with a comment above.
#[derive(Default)]
pub(super) struct Table {
    text: String,
    faults: Faults,
}

impl Table {
    fn group(&mut self, comment: &str) {
        self.text += &format!("# {comment}\n");
    }

    /// One row; what would break it is written as `\t`, `\n`, `\r` and `\\`.
    pub(super) fn row(&mut self, fields: &[&str]) {
        let odd = |c: char| c.is_control() && !['\t', '\n', '\r'].contains(&c);
        if let Some(field) = fields.iter().find(|field| field.contains(odd)) {
            let fault = Fault::usage(format!("a script cannot hold `{}`", field.escape_debug()));
            let fault = fault.because(format!("{} has a control character in it", key_of(fields)));
            self.faults.push(fault.help("take the character out"));
        }
        let escaped = |field: &&str| {
            let field = field.replace('\\', "\\\\").replace('\t', "\\t");
            field.replace('\n', "\\n").replace('\r', "\\r")
        };
        self.text += &fields.iter().map(escaped).collect::<Vec<_>>().join("\t");
        self.text.push('\n');
    }
}

/// What a row comes from, for people.
fn key_of(fields: &[&str]) -> String {
    let name = fields.get(1).copied().unwrap_or_default().escape_debug();
    match fields[0] {
        "override" => format!("`[override.\"{name}\"]` of castoff.toml"),
        "paths" => format!("`{name}` of `[paths]` of castoff.toml"),
        "component" | "changed-by" | "follows" | "follow-on" => {
            format!("`[component.{name}]` of castoff.toml")
        }
        "base-tags" | "ignore" | "exclude" => format!("`{}` of `[release]` of castoff.toml", fields[0]),
        "line" => format!("a line of `{}`", fields.get(2).copied().unwrap_or_default().escape_debug()),
        kind => format!("{kind} `{name}`"),
    }
}

/// The table, with a line end behind every row.
///
/// # Errors
/// What a script cannot do, with the key or the file.
pub(super) fn rules(source: Source) -> Result<String, Faults> {
    let mut table = Table::default();
    table.faults.0.extend(own_ecosystems(source));
    table.faults.0.extend(same_keys(source));
    let lines = table.faults.take(lines(source)).unwrap_or_default();
    settings(&mut table, source);
    sections(&mut table, source);
    overrides(&mut table, source);
    path_sets(&mut table, source);
    components(&mut table, source);
    followers(&mut table, source);
    packages(&mut table, source, &lines);
    directories(&mut table, source);
    let needed = needs::rows(source, &lines);
    table.group("needs: package, the package that it needs, how the requirement is read, and what for that");
    for row in table.faults.take(needed).unwrap_or_default() {
        table.row(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    holes(&mut table, &lines);
    table.faults.or(table.text)
}

fn own_ecosystems(source: Source) -> Vec<Fault> {
    let own = source.workspace.packages.iter().find(|package| matches!(package.id.kind, Kind::Own(_)));
    let fault = own.map(|package| {
        let fault =
            Fault::usage(format!("a script cannot release `{}`", package.id)).at(&package.manifest, 0);
        fault
            .because("only the program that brings its ecosystem can read it")
            .help("use that program instead of scripts")
    });
    fault.into_iter().collect()
}

/// Two names that become one key would make lines of output that castoff refuses to print.
fn same_keys(source: Source) -> Vec<Fault> {
    let mut seen: BTreeMap<String, &str> =
        BTreeMap::from([("CHANGES_BASE_REF".to_string(), "CHANGES_BASE_REF")]);
    let sets =
        source.config.paths.iter().map(|(name, _)| (name.as_str(), vec![format!("{}_CHANGED", key(name))]));
    let components = source.workspace.components.iter().map(|component| {
        let key = key(&component.name);
        let lines = ["{}_CHANGED", "{}_BASE_REF", "CURRENT_{}_VERSION", "NEXT_{}_VERSION"];
        (component.name.as_str(), lines.map(|line| line.replace("{}", &key)).to_vec())
    });
    let mut faults = Vec::new();
    for (name, lines) in sets.chain(components) {
        for line in lines {
            if let Some(other) = seen.insert(line.clone(), name) {
                let fault =
                    Fault::usage(format!("`{other}` and `{name}` are both `{line}` in machine output"));
                faults.push(fault.help("rename the path set or the component in castoff.toml"));
            }
        }
    }
    faults
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn settings(table: &mut Table, source: Source) {
    let release = &source.config.release;
    table.group("Settings of [release]");
    table.row(&["setting", "major-on-zero", yes(release.major_on_zero)]);
    table.row(&["setting", "minor-on-zero", yes(release.minor_on_zero)]);
    table.row(&["setting", "propagate", yes(release.propagate)]);
    table.group("Tags that are a base for components without a tag; the first pattern that any matches wins");
    release.base_tags.iter().for_each(|pattern| table.row(&["base-tags", pattern.text()]));
    table.group("Never a change: patterns, locks by name, and files that releases write");
    release.ignore.iter().for_each(|pattern| table.row(&["ignore", pattern.text()]));
    for name in LOCKS.iter().filter(|name| ecosystem::all().any(|ecosystem| ecosystem.rewrites(name))) {
        table.row(&["lock", name]);
    }
    table.row(&["never", config::FILE]);
    for rules in &source.config.components {
        if let Some(Changelog::At(path)) = &rules.changelog {
            table.row(&["never", path]);
        }
    }
    table.group("Never looked at, except where castoff.toml names it as holding a version");
    release.exclude.iter().for_each(|pattern| table.row(&["exclude", pattern.text()]));
    source.config.versioned_files().iter().for_each(|path| table.row(&["named", path]));
}

/// The locks of all package managers.
const LOCKS: [&str; 10] = [
    "Cargo.lock",
    "uv.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "bun.lock",
    "bun.lockb",
    "pnpm-lock.yaml",
    "yarn.lock",
    "Gemfile.lock",
    "gems.locked",
];

fn sections(table: &mut Table, source: Source) {
    table
        .group("What commits of a type do: type, scope, whether they make a release by themselves, the step");
    for section in source.config.sections.iter().filter(|section| section.scope.as_deref() != Some("")) {
        let bump = match section.bump {
            None => "",
            Some(None) => "none",
            Some(Some(Bump::Patch)) => "patch",
            Some(Some(Bump::Minor)) => "minor",
            Some(Some(Bump::Major)) => "major",
        };
        let kind = section.kind.to_lowercase();
        if !kind.is_ascii() && kind.to_uppercase() != kind {
            let fault = Fault::usage(format!("a script cannot tell commits of the type `{kind}`"));
            table
                .faults
                .push(fault.because("it knows capitals of ASCII alone").help("use a type of ASCII letters"));
        }
        let shown = if section.hidden { "hidden" } else { "shown" };
        table.row(&["section", &kind, section.scope.as_deref().unwrap_or(""), shown, bump]);
    }
}

fn overrides(table: &mut Table, source: Source) {
    if !source.config.overrides.is_empty() {
        table.group("What commits should have said");
    }
    source.config.overrides.iter().for_each(|rule| table.row(&["override", &rule.commit, &rule.message]));
}

fn path_sets(table: &mut Table, source: Source) {
    if !source.config.paths.is_empty() {
        table.group("Path sets: name, name in the output, pattern");
    }
    for (name, patterns) in &source.config.paths {
        if patterns.is_empty() {
            table.row(&["paths", name, &key(name)]);
        }
        patterns.iter().for_each(|pattern| table.row(&["paths", name, &key(name), pattern.text()]));
    }
}

fn components(table: &mut Table, source: Source) {
    table.group("Components: name, name in the output, what makes a release, tag, file with the version");
    for component in &source.workspace.components {
        let mode = match source.config.mode(&component.name) {
            BumpMode::Conventional => "commits",
            BumpMode::Paths => "paths",
        };
        let rules = source.config.component(&component.name);
        let file = rules.and_then(|rules| rules.version_file.as_deref()).unwrap_or("");
        table.row(&["component", &component.name, &key(&component.name), mode, &component.tag, file]);
    }
    let named = source.config.components.iter().filter(|rules| !rules.changed_by.is_empty());
    for rules in named {
        rules.changed_by.iter().for_each(|text| {
            table.row(&["changed-by", &rules.name, set_or_path(source, text), text]);
        });
    }
}

fn set_or_path(source: Source, text: &str) -> &'static str {
    if source.config.paths.iter().any(|(name, _)| name == text) { "set" } else { "path" }
}

fn followers(table: &mut Table, source: Source) {
    let follows = table.faults.take(follow::leaders(source.workspace, source.config)).unwrap_or_default();
    if follows.iter().any(Option::is_some) {
        table.group("Followers: component, the one that it follows, scheme, what releases both");
    }
    for (component, found) in source.workspace.components.iter().zip(&follows) {
        let (Some(found), Some(rules)) = (found, source.config.component(&component.name)) else { continue };
        let Some(of) = source.workspace.components.get(found.of) else { continue };
        let scheme = match found.scheme {
            Scheme::CorePatch => "core-patch",
            Scheme::AtLeast => "at-least",
            Scheme::Same => "same",
        };
        match &rules.follow_on {
            Some(texts) => {
                table.row(&["follows", &component.name, &of.name, scheme, "follow-on"]);
                for text in texts {
                    table.row(&["follow-on", &component.name, set_or_path(source, text), text]);
                }
            }
            None => {
                let needed = follow::needed(component, found.of, source.workspace);
                let always = needed.is_empty() && found.scheme == Scheme::Same;
                let how = if always { "always" } else { "packages" };
                table.row(&["follows", &component.name, &of.name, scheme, how]);
                needed.iter().for_each(|id| table.row(&["follow-package", &component.name, &id.to_string()]));
            }
        }
    }
}

fn packages(table: &mut Table, source: Source, lines: &Lines) {
    table.group("Manifests that were there when this was written");
    let listed = super::manifests(source.tree, source.config);
    listed.lines().for_each(|path| table.row(&["manifest", path]));
    table.group(
        "Packages: id, component, whether published, how the version is read, file, and what for that",
    );
    for component in &source.workspace.components {
        for package in component.packages.iter().filter_map(|id| source.workspace.package(id)) {
            match reader(source, package, lines) {
                Ok((reader, file, more)) => {
                    let public = if package.publishable() { "public" } else { "private" };
                    let id = package.id.to_string();
                    table.row(&["package", &id, &component.name, public, reader, &file, &more]);
                }
                Err(fault) => table.faults.push(fault),
            }
        }
    }
}

/// How the version of a package is read, from which file, and what else that needs.
fn reader(source: Source, package: &Package, lines: &Lines) -> Result<(&'static str, String, String), Fault> {
    let cannot = |file: &str, why: &str, help: &str| {
        let fault = Fault::usage(format!("a script cannot read the version of `{}`", package.id)).at(file, 0);
        Err(fault.because(why).help(help))
    };
    let value = |file: &str, table| toml_value(source.tree.text(file).unwrap_or_default(), table, "version");
    let parsed =
        |text: Option<String>| text.and_then(|text| text.parse().ok()) == Some(package.version.clone());
    let home = match &package.version_home {
        VersionHome::Tag => return Ok(("none", package.manifest.clone(), String::new())),
        VersionHome::Own(file) | VersionHome::Shared(file) => file.as_str(),
    };
    match package.id.kind {
        Kind::Npm => return Ok(("npm", package.manifest.clone(), String::new())),
        Kind::Uv if home == package.manifest && parsed(value(home, "project")) => {
            return Ok(("uv", home.to_string(), String::new()));
        }
        Kind::Cargo | Kind::Uv if path::name(home) == "Cargo.toml" => {
            let is_crate = package.id.kind == Kind::Cargo;
            let own = if is_crate { package.manifest.as_str() } else { home };
            let shared = matches!(package.version_home, VersionHome::Shared(_));
            let text = match (shared, is_crate) {
                (true, true) if value(own, "package").as_deref() != Some("workspace") => None,
                (true, _) => value(home, "workspace.package"),
                (false, _) => value(home, "package"),
            };
            if parsed(text) && (is_crate || !shared) {
                let root =
                    if shared { home.to_string() } else { path::join(&package.workspace, "Cargo.toml") };
                return Ok(("cargo", own.to_string(), root));
            }
        }
        _ => {}
    }
    let line = lines.all.iter().zip(1..).find(|(line, _)| line.file == home && line.holes[0] == "version");
    match line {
        Some((_, number)) if !home.ends_with(".toml") => {
            Ok(("line", home.to_string(), format!("line{number}")))
        }
        _ => cannot(
            home,
            "it does not stand on a line of its own",
            "write `version = \"…\"` on a line of its own",
        ),
    }
}

fn directories(table: &mut Table, source: Source) {
    let by_rules = |place: usize| {
        let name = &source.workspace.components[place].name;
        source.config.component(name).is_some_and(|rules| !rules.changed_by.is_empty())
    };
    let owners = scope::dirs(source.workspace, &by_rules);
    // Of several packages in one directory the last one counts, as for `detect::follow`.
    let ids: BTreeMap<&str, &PackageId> =
        source.workspace.packages.iter().map(|package| (package.dir.as_str(), &package.id)).collect();
    let name = |place: &usize| source.workspace.components[*place].name.as_str();
    table.group("Directories of packages: path, package, the components that a change there belongs to");
    for (dir, id) in ids {
        let id = id.to_string();
        let names: Vec<&str> = owners.get(dir).into_iter().flatten().map(name).collect();
        table.row(&[vec!["dir", dir, &id], names].concat());
    }
    let mut writers: HashMap<&str, Vec<&Component>> = HashMap::new();
    for rules in &source.config.components {
        let component = source.workspace.components.iter().find(|component| component.name == rules.name);
        for file in &rules.extra_files {
            writers.entry(&file.path).or_default().extend(component);
        }
    }
    let mut writers: Vec<(&str, Vec<&Component>)> = writers.into_iter().collect();
    writers.sort_by_key(|(path, _)| *path);
    if !writers.is_empty() {
        table.group("Extra files: path, the components whose releases write there");
    }
    for (path, components) in writers {
        let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
        table.row(&[vec!["extra", path], names].concat());
    }
}

/// The lines that a release changes.
fn holes(table: &mut Table, lines: &Lines) {
    table.group(
        "Lines that a release changes: name, file, what it stands in, then its text with what the holes hold",
    );
    for (number, line) in (1..).zip(&lines.all) {
        let name = format!("line{number}");
        let mut row = vec!["line", &name, &line.file, &line.section, &line.texts[0]];
        for (hole, text) in line.holes.iter().zip(&line.texts[1..]) {
            row.extend([*hole, text.as_str()]);
        }
        table.row(&row);
    }
}
