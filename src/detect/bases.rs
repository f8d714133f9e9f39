//! What each component is compared with: its own last tag, a tag of the whole repository, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Base;
use super::follow;
use super::history::History;
use crate::config::{BumpMode, Config};
use crate::fault::{Fault, Faults};
use crate::model::{Component, Snapshot, Tag};
use crate::workspace::Workspace;

/// The bases: that of path sets, then that of every component.
///
/// # Errors
/// Tags that name a component in a form that its tag pattern does not have.
pub fn bases(
    snapshot: &Snapshot,
    workspace: &Workspace,
    config: &Config,
) -> Result<(Base, Vec<Base>), Faults> {
    let history = History::new(snapshot);
    let mut faults = Faults::default();
    let shared = history.nearest(&config.release.base_tags);
    let patterns = workspace.components.iter().map(|component| &component.tag);
    let owned = patterns.flat_map(|pattern| history.own_tags(pattern));
    let owned: BTreeSet<&str> = owned.map(|(_, tag)| tag.name.as_str()).collect();
    let alone = workspace.components.len() == 1;
    let mut components = Vec::new();
    let mut spelled = Vec::new();
    for component in &workspace.components {
        match own_base(&history, component, alone, &owned, shared.as_ref()) {
            Ok(base) => components.push(base),
            Err(other) => spelled.push(other),
        }
    }
    faults.0.extend(other_forms(&spelled));
    let Some(from) = &snapshot.from else {
        let base = shared.or_else(|| oldest(&history, &components)).unwrap_or_else(|| history.root());
        return faults.or((base, components));
    };
    for (component, base) in workspace.components.iter().zip(&mut components) {
        *base = given(&history, component, from, base.first);
    }
    let base = Base { commit: from.commit.clone(), name: from.name.clone(), ..Base::default() };
    faults.or((base, components))
}

/// The commits of the greatest tags of components that follow others or are followed, and of those that go by the paths of others, as
/// far as the configuration alone says which tags those are: what a bump of others wrote is told from a change there, and
/// manifests have to be read before packages are known.
pub fn with_bumps_of_others(history: &History, config: &Config) -> Vec<String> {
    let followed = follow::names(config).into_iter();
    let by_paths = config.components.iter().map(|rules| (rules, config.mode(&rules.name) == BumpMode::Paths));
    let by_paths = by_paths.filter(|(rules, by_paths)| *by_paths && !rules.changed_by.is_empty());
    let names: BTreeSet<&str> = followed.chain(by_paths.map(|(rules, _)| rules.name.as_str())).collect();
    let base = |name: &str| {
        let own = config.component(name).and_then(|rules| rules.tag.as_deref());
        let pattern = own.or(config.release.tag.as_deref()).unwrap_or("{component}-v{version}");
        let tags = history.own_tags(&pattern.replace("{component}", name));
        let greatest = tags.into_iter().filter(|(_, tag)| history.reaches(&tag.commit)).max();
        greatest.map(|(_, tag)| tag.commit.clone())
    };
    names.into_iter().filter_map(base).collect()
}

/// The base that the user names; the component's version there is that of its own tag, if it has one on that commit.
fn given(history: &History, component: &Component, from: &Tag, first: bool) -> Base {
    let own = history.own_tags(&component.tag).into_iter().filter(|(_, tag)| tag.commit == from.commit);
    let version = own.map(|(version, _)| version).max();
    Base { commit: from.commit.clone(), name: from.name.clone(), version, first }
}

fn oldest(history: &History, components: &[Base]) -> Option<Base> {
    let known = components.iter().filter(|base| !base.commit.is_empty());
    let oldest = known.min_by_key(|base| std::cmp::Reverse(history.place(&base.commit)))?;
    Some(Base { commit: oldest.commit.clone(), name: oldest.name.clone(), ..Base::default() })
}

fn own_base(
    history: &History,
    component: &Component,
    alone: bool,
    owned: &BTreeSet<&str>,
    shared: Option<&Base>,
) -> Result<Base, OtherForm> {
    let own = history.own_tags(&component.tag);
    if let Some((version, tag)) = own.iter().filter(|(_, tag)| history.reaches(&tag.commit)).max() {
        return Ok(Base {
            commit: tag.commit.clone(),
            name: tag.name.clone(),
            version: Some(version.clone()),
            first: false,
        });
    }
    let others = if own.is_empty() { history.known_forms(&component.name, alone, owned) } else { Vec::new() };
    if let Some((form, _)) = others.first() {
        let (form, pattern) = (form.clone(), component.tag.clone());
        let tags = others.into_iter().map(|(_, tag)| tag.escape_debug().to_string()).collect();
        return Err(OtherForm { component: component.name.clone(), pattern, form, tags });
    }
    Ok(Base { first: own.is_empty(), ..shared.cloned().unwrap_or_default() })
}

/// A component whose tags are spelled in another way than its pattern. A first release of everything would be the
/// wrong answer to that.
struct OtherForm {
    component: String,
    pattern: String,
    /// The pattern that its tags have.
    form: String,
    tags: Vec<String>,
}

impl OtherForm {
    /// The form with a hole for the name, which other components may share.
    fn shared(&self) -> String {
        self.form.replacen(&self.component, "{component}", 1)
    }
}

/// One fault for each component, or for all whose tags are spelled alike.
fn other_forms(spelled: &[OtherForm]) -> Vec<Fault> {
    let mut alike: BTreeMap<String, Vec<&OtherForm>> = BTreeMap::new();
    for other in spelled {
        alike.entry(other.shared()).or_default().push(other);
    }
    let faults = alike
        .iter()
        .map(|(form, others)| if let [one] = others[..] { other_form(one) } else { same_form(form, others) });
    let mut faults: Vec<Fault> = faults.collect();
    if faults.len() > 1 {
        let all = "`castoff init --dry-run --force` shows such lines for all";
        let last = faults.pop().map(|fault| {
            let own = fault.help.clone().unwrap_or_default();
            fault.help(format!("{own}\n{all}"))
        });
        faults.extend(last);
    }
    faults
}

fn other_form(other: &OtherForm) -> Fault {
    let (OtherForm { component, pattern, form, tags }, tag) = (other, &other.tags[0]);
    let names = some(tags);
    let fault = Fault::usage(format!(
        "`{component}` has tags that do not match its tag pattern `{pattern}`: {names}"
    ));
    let bare = component.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let key = if bare { component.clone() } else { format!("\"{component}\"") };
    fault.help(format!(
        "if `{tag}` is a release of it, write `tag = \"{form}\"` in `[component.{key}]` of castoff.toml"
    ))
}

fn same_form(form: &str, others: &[&OtherForm]) -> Fault {
    let names: Vec<String> = others.iter().map(|other| other.component.clone()).collect();
    let first = others[0];
    let tag = &first.tags[0];
    let message = format!(
        "{} have tags that do not match their tag patterns: `{tag}` is not `{}`",
        some(&names),
        first.pattern
    );
    let help = format!(
        "if `{tag}` is a release of `{}`, write `tag = \"{form}\"` in `[release]` of castoff.toml",
        first.component
    );
    Fault::usage(message).help(help)
}

/// The first three of many names.
fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = names.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
