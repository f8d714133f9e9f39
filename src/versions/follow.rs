//! The versions of components that follow another one: 0.1.8.2 on its 0.1.8, never below it, or the same.

use std::cmp::Ordering;

use super::Next;
use super::dependents::Dependent;
use super::own::Deciding;
use crate::config::Scheme;
use crate::detect::follow::Follow;
use crate::version::{Bump, Version};

/// What decides about a follower.
pub(super) struct Following<'a> {
    pub(super) deciding: &'a Deciding<'a>,
    pub(super) follow: &'a Follow,
    /// What its own changes make of it.
    pub(super) own: &'a Next,
    /// The one that it follows.
    pub(super) leader: &'a Next,
    /// Whether that one is released for the first time.
    pub(super) leader_first: bool,
    /// What it depends on beside that one makes of it.
    pub(super) dependent: Option<&'a Dependent>,
}

impl Following<'_> {
    /// What becomes of it.
    pub(super) fn next(&self) -> Next {
        let first = self.deciding.change.base.first;
        let with_leader = self.with_leader();
        let changed = self.own.next.is_some() && self.follow.scheme != Scheme::Same;
        if !first && !changed && !with_leader && self.dependent.is_none() {
            return self.unchanged();
        }
        let (reason, causes) = match self.dependent {
            _ if with_leader => (self.together(), vec![self.leader.component.clone()]),
            Some(dependent) if !first && !changed => (dependent.reason.clone(), dependent.causes.clone()),
            _ => (self.own.reason.clone(), Vec::new()),
        };
        let bump = match (with_leader, self.follow.scheme) {
            _ if first => None,
            (true, _) => self.leader.bump,
            (false, Scheme::CorePatch) => Some(Bump::Patch),
            (false, _) => self.own.bump.or(Some(Bump::Patch)),
        };
        Next { next: Some(self.version()), bump, reason, causes, ..self.own.clone() }
    }

    /// Whether a release of the other one is one of it too. For the same version a change of it is one of the other.
    fn with_leader(&self) -> bool {
        let touched = !self.follow.touched.is_empty() || self.follow.always || self.leader_first;
        let changed = self.follow.scheme == Scheme::Same && self.own.next.is_some();
        let depends = self.follow.scheme == Scheme::Same && self.dependent.is_some();
        self.leader.next.is_some() && (touched || changed || depends)
    }

    fn together(&self) -> String {
        let Next { component, .. } = self.leader;
        let version = self.leader.due();
        match &self.follow.touched[..] {
            _ if self.leader_first => format!("first release, with {component} {version}"),
            [] if self.follow.always => format!("follows {component} {version}"),
            [] => {
                self.dependent.map_or_else(|| self.own.reason.clone(), |dependent| dependent.reason.clone())
            }
            touched => format!("follows {component} {version}: {} changed", touched.join(", ")),
        }
    }

    fn unchanged(&self) -> Next {
        let held_back = self.own.next.is_some();
        let reason = match held_back {
            true => format!("{} is not released", self.leader.component),
            false => self.own.reason.clone(),
        };
        Next { next: None, bump: None, reason, ..self.own.clone() }
    }

    fn version(&self) -> Version {
        match self.follow.scheme {
            Scheme::Same => self.leader.due().clone(),
            Scheme::CorePatch => self.core_patch(),
            Scheme::AtLeast => self.at_least(),
        }
    }

    /// The other's three numbers and the first patch of its own that is greater than what is tagged on them.
    fn core_patch(&self) -> Version {
        let core = self.leader.due();
        let of_core = |version: &Version| (0..3).all(|place| version.part(place) == core.part(place));
        let with = |patch: u64| {
            let release = (0..3).map(|place| core.part(place)).chain([patch]).collect();
            core.with_numbers(release)
        };
        let tags = self.deciding.history.own_tags(&self.deciding.component.tag);
        let tagged = tags.into_iter().map(|(version, _)| version).filter(of_core).max();
        let mut patch = tagged.as_ref().map_or(0, |tagged| tagged.part(3));
        if tagged.is_some_and(|tagged| with(patch).by_value(&tagged) != Ordering::Greater) {
            patch += 1;
        }
        // A first release takes what the manifest holds, a footer what it asks for.
        let asked = self.own.next.as_ref().filter(|_| self.own.bump.is_none());
        match asked.filter(|asked| of_core(asked) && asked.by_value(&with(patch)) == Ordering::Greater) {
            Some(asked) => asked.clone(),
            None => with(patch),
        }
    }

    /// The greater one of the other's version and its own, bumped by its own changes.
    fn at_least(&self) -> Version {
        let (core, current) = (self.leader.due(), &self.own.current);
        let own = self.own.next.as_ref().unwrap_or(current);
        let greater = if core.by_value(own) == Ordering::Greater { core } else { own };
        let first = self.deciding.change.base.first;
        let next = match greater.by_value(current) {
            Ordering::Greater => greater.clone(),
            _ if first => greater.clone(),
            _ => current.advanced(Bump::Patch),
        };
        // What is built on a pre-release is none that should be taken for final.
        let Some(pre) = core.pre.as_ref().filter(|_| !next.is_pre()) else { return next };
        let first_of_row = next.candidate(pre);
        let candidate =
            if first_of_row.by_value(core) == Ordering::Less { core.clone() } else { first_of_row };
        if candidate.by_value(current) == Ordering::Greater { candidate } else { next }
    }
}
