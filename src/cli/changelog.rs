//! `castoff changelog`: what the next release will say, or what CHANGELOG.md says of a version.

use std::collections::BTreeSet;

use super::arguments::Changelog;
use super::{DONE, Session, pretty, print};
use crate::changelog::{self, FILE, Section};
use crate::config;
use crate::fault::{Fault, Faults};
use crate::git;
use crate::model::Component;
use crate::notes::Repository;
use crate::plan::notes::{Notes, notes};
use crate::report::changelog as text;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

impl Session {
    pub(super) fn changelog(&self, world: &dyn World, args: &Changelog) -> Result<u8, Faults> {
        let format = self.format(&["markdown", "json"])?;
        let reading = self.read(world, None)?;
        let component = args.component.as_deref().map(|name| named(&reading, name)).transpose()?;
        if let Some(version) = &args.version {
            let (component, version) = meant(&reading, component, version)?;
            let found = section(world, &reading, component, &version)?;
            if found.is_none() {
                self.remark(&format!("warning: {}", missing(&reading, component, &version)));
            }
            let name = component.map(|component| component.name.as_str());
            print(&match format {
                "json" => pretty(&text::section_json(name, &version, found.as_ref())),
                _ => text::section(&version, found.as_ref()),
            });
            return Ok(DONE);
        }
        let notes = self.next_notes(world, &reading, component)?;
        match format {
            "json" => print(&pretty(&text::json(&notes))),
            _ => print(&text::markdown(&notes)),
        }
        Ok(DONE)
    }

    /// The notes of what is released; where that is nothing, people are told why.
    fn next_notes(
        &self,
        world: &dyn World,
        reading: &Reading,
        component: Option<&Component>,
    ) -> Result<Vec<Notes>, Faults> {
        let plan = self.decide(world, reading)?;
        let Reading { snapshot, workspace, config, origin, today, notes: format, .. } = reading;
        let repository = origin.as_deref().and_then(Repository::of_origin);
        let all = notes(&plan, snapshot, workspace, config, repository.as_ref(), today, format);
        let wanted = |name: &str| component.is_none_or(|component| component.name == name);
        let notes: Vec<Notes> = all.into_iter().filter(|notes| wanted(&notes.component)).collect();
        if notes.is_empty() {
            for next in plan.versions.iter().filter(|next| wanted(&next.component)) {
                self.remark(&format!("{} has no next release: {}", next.component, next.reason));
            }
        }
        Ok(notes)
    }
}

/// A component by its name, or by that of one of its packages.
fn named<'a>(reading: &'a Reading, name: &str) -> Result<&'a Component, Fault> {
    let workspace = &reading.workspace;
    if let Some(component) = workspace.components.iter().find(|component| component.name == name) {
        return Ok(component);
    }
    let package = workspace.named(name)?;
    let never = || Fault::usage(format!("`{}` is never published, so it has no notes", package.id));
    workspace.component_of(&package.id).ok_or_else(never)
}

/// What `--version` asks for: a version, or a tag as a workflow that it started has it, which may name its component.
fn meant<'a>(
    reading: &'a Reading,
    component: Option<&'a Component>,
    text: &str,
) -> Result<(Option<&'a Component>, Version), Fault> {
    let components = &reading.workspace.components;
    if let Ok(version) = text.parse() {
        let only = if let [only] = &components[..] { Some(only) } else { None };
        return Ok((component.or(only), version));
    }
    let tagged = |component: &'a Component| {
        let (before, after) = component.tag.split_once("{version}")?;
        let version = text.strip_prefix(before)?.strip_suffix(after)?.parse().ok()?;
        Some((Some(component), version))
    };
    let candidates = components.iter().filter(|other| component.is_none_or(|asked| asked.name == other.name));
    candidates.into_iter().find_map(tagged).ok_or_else(|| {
        let fault = Fault::usage(format!("`--version {}` is no version and no tag", text.escape_debug()));
        fault.help("write it as `1.2.0`, or as the tag of a component: `core-v1.2.0`")
    })
}

/// The section of a version, with the file that it stands in: that of a package, else that of the repository. Where
/// there is none, a release is still made, visibly without.
fn section(
    world: &dyn World,
    reading: &Reading,
    component: Option<&Component>,
    version: &Version,
) -> Result<Option<(String, Section)>, Fault> {
    let snapshot = &reading.snapshot;
    let paths: Vec<String> = candidates(reading, component).into_iter().collect();
    let objects: Vec<String> = paths.iter().map(|path| format!("{}:{path}", snapshot.head)).collect();
    let texts = git::texts(world, &snapshot.root, &objects)?;
    let name = component.map_or("", |component| component.name.as_str());
    let mut files = paths.into_iter().zip(texts);
    Ok(files.find_map(|(path, text)| Some((path, changelog::extract(&text?, name, version)?))))
}

fn candidates(reading: &Reading, component: Option<&Component>) -> BTreeSet<String> {
    let packages = component.into_iter().flat_map(|component| &component.packages);
    let own = packages.filter_map(|id| reading.workspace.package(id)).map(|package| package.path(FILE));
    let tracked = |path: &String| reading.snapshot.tree.files.contains(path);
    if let Some(path) = component.and_then(|component| named_file(reading, component)) {
        return std::iter::once(path.to_string()).filter(tracked).collect();
    }
    let own: BTreeSet<String> = own.filter(tracked).collect();
    if own.is_empty() { std::iter::once(FILE.to_string()).filter(tracked).collect() } else { own }
}

/// The changelog that the configuration names for a component.
fn named_file<'a>(reading: &'a Reading, component: &Component) -> Option<&'a str> {
    match reading.config.component(&component.name)?.changelog.as_ref()? {
        config::Changelog::At(path) => Some(path),
        _ => None,
    }
}

fn missing(reading: &Reading, component: Option<&Component>, version: &Version) -> Fault {
    let paths = candidates(reading, component);
    let of = component.map_or(String::new(), |component| format!(" of `{}`", component.name));
    let fault = Fault::outside(format!("cannot find what the changelog{of} says of {version}"));
    let names: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    let why = match &names[..] {
        [] => match component.and_then(|component| named_file(reading, component)) {
            Some(path) => format!("`{path}` is not committed"),
            None => format!("no `{FILE}` is committed where it is looked for"),
        },
        names => format!("{} has no section with text for it", names.join(" and ")),
    };
    let mut help = vec![format!("write a section `## [{version}] - DATE` with some text, and commit it")];
    let snapshot = &reading.snapshot;
    if snapshot.dirty.iter().chain(&snapshot.untracked).any(|path| path.ends_with(FILE)) {
        help.push("edits that are not committed are not read".to_string());
    }
    if component.is_none() && reading.workspace.components.len() > 1 {
        help.push("name a component to have its own directory looked through".to_string());
    }
    fault.because(why).help(help.join("\n"))
}
