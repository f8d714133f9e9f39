//! Components decide about each other: a release makes dependents and followers be released, until nothing more
//! changes. Only those whose reasons changed are looked at again, so the work grows with what is released.

use std::collections::{BTreeSet, HashMap};

use super::Next;
use super::dependents::{self, Dependent, Released};
use super::follow::Following;
use super::own::Deciding;
use crate::config::Scheme;
use crate::fault::Faults;
use crate::model::{Need, PackageId};
use crate::version::Version;

/// The next versions, from what each component's own changes make of it.
///
/// # Errors
/// A version file that cannot be read.
pub(super) fn settle(all: &[Deciding], own: Vec<Next>) -> Result<Vec<Next>, Faults> {
    let packages = all.iter().flat_map(|deciding| &deciding.packages);
    let written = packages.map(|package| (&package.id, &package.version)).collect();
    let quiet = own.iter().map(|next| Next { next: None, bump: None, ..next.clone() }).collect();
    let places: HashMap<&PackageId, usize> = all
        .iter()
        .enumerate()
        .flat_map(|(place, deciding)| deciding.packages.iter().map(move |package| (&package.id, place)))
        .collect();
    let groups = groups(all);
    let heirs = heirs(all, &places);
    let reached = vec![None; all.len()];
    let mut settling = Settling {
        all,
        written,
        places,
        groups,
        heirs,
        own,
        next: quiet,
        released: Released::new(),
        reached,
    };
    settling.run()?;
    Ok(settling.next)
}

struct Settling<'a> {
    all: &'a [Deciding<'a>],
    /// What HEAD's manifests hold.
    written: HashMap<&'a PackageId, &'a Version>,
    /// The component of each package.
    places: HashMap<&'a PackageId, usize>,
    /// For each component itself and those that have its version, so that what concerns them concerns it.
    groups: Vec<BTreeSet<usize>>,
    /// For each component those that its release may concern.
    heirs: Vec<BTreeSet<usize>>,
    own: Vec<Next>,
    next: Vec<Next>,
    released: Released,
    /// What dependencies make of each component; what they once made necessary stays so.
    reached: Vec<Option<Dependent>>,
}

impl Settling<'_> {
    fn run(&mut self) -> Result<(), Faults> {
        let mut pending: BTreeSet<usize> = (0..self.all.len()).collect();
        while let Some(place) = pending.pop_first() {
            if let Some(dependent) = self.depends(place) {
                self.reached[place] = Some(dependent);
            }
            let next = self.decided(place)?;
            if next.next != self.next[place].next {
                pending.extend(&self.heirs[place]);
                for package in &self.all[place].packages {
                    match &next.next {
                        Some(version) => drop(self.released.insert(package.id.clone(), version.clone())),
                        None => drop(self.released.remove(&package.id)),
                    }
                }
            }
            self.next[place] = next;
        }
        Ok(())
    }

    fn decided(&self, place: usize) -> Result<Next, Faults> {
        let (deciding, own, dependent) = (&self.all[place], &self.own[place], &self.reached[place]);
        let next = match &deciding.change.follow {
            Some(follow) => Following {
                deciding,
                follow,
                own,
                leader: &self.next[follow.of],
                leader_first: self.all[follow.of].change.base.first,
                dependent: dependent.as_ref(),
            }
            .next(),
            None => dependents::with(own, dependent.as_ref()),
        };
        // With `--from` it is a question about the past, and what the manifests say now has no part in it.
        if deciding.snapshot.from.is_some() || deciding.change.base.first {
            return Ok(next);
        }
        Ok(deciding.named_in_manifest(next)?)
    }

    /// What the released packages that a component needs make of it.
    fn depends(&self, place: usize) -> Option<Dependent> {
        if !self.all[place].config.release.propagate {
            return None;
        }
        let is_other = |id: &PackageId| {
            let of = self.places.get(id);
            let follows = self.all[place].change.follow.as_ref().map(|follow| follow.of);
            of.is_some_and(|of| self.groups[place].contains(of) || Some(*of) == follows)
        };
        let holds_next =
            |id: &PackageId| self.released.get(id).is_some_and(|next| self.written.get(id) == Some(&next));
        let of = |member: &usize| {
            let current = &self.own[*member].current;
            dependents::causes(&self.all[*member], current, &self.released, &holds_next)
        };
        let causes: BTreeSet<&PackageId> = self.groups[place].iter().flat_map(of).collect();
        let causes: Vec<&PackageId> = causes.into_iter().filter(|id| !is_other(id)).collect();
        let component = |id: &PackageId| self.all[self.places[id]].component.name.clone();
        dependents::dependent(&self.own[place], &causes, &self.released, &component)
    }
}

/// For each component itself and those that have to have its version.
fn groups(all: &[Deciding]) -> Vec<BTreeSet<usize>> {
    let mut groups: Vec<BTreeSet<usize>> = (0..all.len()).map(|place| BTreeSet::from([place])).collect();
    for place in 0..all.len() {
        for leader in leaders(all, place) {
            groups[leader].insert(place);
        }
    }
    groups
}

/// Those whose version a component has to have, the nearest first.
fn leaders<'a>(all: &'a [Deciding], place: usize) -> impl Iterator<Item = usize> + 'a {
    let same = |place: usize| {
        let follow = all[place].change.follow.as_ref();
        follow.filter(|follow| follow.scheme == Scheme::Same).map(|follow| follow.of)
    };
    std::iter::successors(same(place), move |place| same(*place))
}

/// For each component those that need a package of it, and those that follow it.
fn heirs(all: &[Deciding], places: &HashMap<&PackageId, usize>) -> Vec<BTreeSet<usize>> {
    let mut heirs = vec![BTreeSet::new(); all.len()];
    for (place, deciding) in all.iter().enumerate() {
        if let Some(follow) = &deciding.change.follow {
            heirs[follow.of].insert(place);
        }
        let needs = deciding.packages.iter().flat_map(|package| &package.dependencies);
        for needed in needs.filter(|dependency| dependency.need != Need::Dev) {
            if let Some(of) = places.get(&needed.id) {
                heirs[*of].insert(place);
                heirs[*of].extend(leaders(all, place));
            }
        }
    }
    heirs
}
