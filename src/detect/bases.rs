//! What each component is compared with: its own last tag, a tag of the whole repository, or nothing.

use super::Base;
use super::history::History;
use crate::config::Config;
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
    let mut components = Vec::new();
    for component in &workspace.components {
        let base = own_base(&history, component, workspace, shared.as_ref()).map_err(Faults::from);
        components.extend(faults.take(base));
    }
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
    workspace: &Workspace,
    shared: Option<&Base>,
) -> Result<Base, Fault> {
    let own = history.own_tags(&component.tag);
    if let Some((version, tag)) = own.iter().filter(|(_, tag)| history.reaches(&tag.commit)).max() {
        return Ok(Base {
            commit: tag.commit.clone(),
            name: tag.name.clone(),
            version: Some(version.clone()),
            first: false,
        });
    }
    let patterns: Vec<&str> = workspace.components.iter().map(|other| other.tag.as_str()).collect();
    let others = history.known_forms(&component.name, workspace.components.len() == 1, &patterns);
    if own.is_empty() && !others.is_empty() {
        return Err(other_form(component, &others));
    }
    Ok(Base { first: own.is_empty(), ..shared.cloned().unwrap_or_default() })
}

/// A first release of everything would be the wrong answer to tags that are only spelled in another way.
fn other_form(component: &Component, others: &[(String, &str)]) -> Fault {
    let names: Vec<String> =
        others.iter().take(3).map(|(_, tag)| format!("`{}`", tag.escape_debug())).collect();
    let more = others.len().saturating_sub(names.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!(
        "`{}` has tags that do not match its tag pattern `{}`: {}{more}",
        component.name,
        component.tag,
        names.join(", ")
    );
    let (form, tag) = &others[0];
    Fault::usage(message).help(format!(
        "if `{}` is a release of it, write `tag = \"{form}\"` in `[component.{}]` of castoff.toml",
        tag.escape_debug(),
        component.name
    ))
}
