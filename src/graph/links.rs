//! Edges between packages, and what is asked of them: ways, groups that lead back to themselves, and an order.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::PackageId;

/// From what is needed to what needs it.
#[derive(Clone, Default)]
pub(super) struct Links<'a> {
    /// In the order in which they came.
    edges: Vec<(&'a PackageId, &'a PackageId)>,
    needed_by: BTreeMap<&'a PackageId, BTreeSet<&'a PackageId>>,
    needs: BTreeMap<&'a PackageId, BTreeSet<&'a PackageId>>,
}

impl<'a> Links<'a> {
    pub(super) fn add_node(&mut self, id: &'a PackageId) {
        self.needed_by.entry(id).or_default();
        self.needs.entry(id).or_default();
    }

    pub(super) fn add_edge(&mut self, needed: &'a PackageId, id: &'a PackageId) {
        self.add_node(needed);
        self.add_node(id);
        if self.needed_by.entry(needed).or_default().insert(id) {
            self.needs.entry(id).or_default().insert(needed);
            self.edges.push((needed, id));
        }
    }

    pub(super) fn edges(&self) -> &[(&'a PackageId, &'a PackageId)] {
        &self.edges
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &'a PackageId> {
        self.needs.keys().copied()
    }

    /// What a package needs, sorted.
    pub(super) fn needs(&self, id: &PackageId) -> impl Iterator<Item = &'a PackageId> {
        self.needs.get(id).into_iter().flatten().copied()
    }

    pub(super) fn has_edge(&self, needed: &PackageId, id: &PackageId) -> bool {
        self.needed_by.get(needed).is_some_and(|all| all.contains(id))
    }

    /// Whether edges lead from one to the other.
    pub(super) fn has_way(&self, from: &'a PackageId, to: &PackageId) -> bool {
        let mut pending = vec![from];
        let mut seen = BTreeSet::new();
        while let Some(id) = pending.pop() {
            if id == to {
                return true;
            }
            if seen.insert(id) {
                pending.extend(self.needed_by.get(id).into_iter().flatten());
            }
        }
        false
    }

    /// Every package behind all that it needs; none where there is a circle.
    pub(super) fn sorted(&self) -> Option<Vec<&'a PackageId>> {
        let mut open: BTreeMap<&PackageId, usize> =
            self.needs.iter().map(|(id, needs)| (*id, needs.len())).collect();
        let mut ready: Vec<&PackageId> =
            open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
        let mut sorted = Vec::new();
        while let Some(id) = ready.pop() {
            sorted.push(id);
            for next in &self.needed_by[id] {
                if let Some(count) = open.get_mut(next) {
                    *count -= 1;
                    ready.extend((*count == 0).then_some(*next));
                }
            }
        }
        (sorted.len() == open.len()).then_some(sorted)
    }

    /// The packages in groups whose members all lead to each other (strongly connected components, as Kosaraju finds them):
    /// those that are left first by a walk begin the groups, and a walk backwards finds the rest.
    pub(super) fn groups(&self) -> Vec<Vec<&'a PackageId>> {
        let mut seen = BTreeSet::new();
        let mut left = Vec::new();
        for id in self.nodes() {
            walk(id, &self.needed_by, &mut seen, &mut left);
        }
        let mut seen = BTreeSet::new();
        let group = |id: &&'a PackageId| {
            let mut group = Vec::new();
            walk(id, &self.needs, &mut seen, &mut group);
            (!group.is_empty()).then_some(group)
        };
        left.iter().rev().filter_map(group).collect()
    }
}

/// Depth first from a package; adds each that was not seen when all behind it are.
fn walk<'a>(
    from: &'a PackageId,
    edges: &BTreeMap<&'a PackageId, BTreeSet<&'a PackageId>>,
    seen: &mut BTreeSet<&'a PackageId>,
    left: &mut Vec<&'a PackageId>,
) {
    let mut way = vec![(from, false)];
    while let Some((id, is_left)) = way.pop() {
        if is_left {
            left.push(id);
        } else if seen.insert(id) {
            way.push((id, true));
            way.extend(edges.get(id).into_iter().flatten().map(|next| (*next, false)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Links;
    use crate::model::{Kind, PackageId};

    /// Words `ab` are edges from a to b.
    fn check(edges: &str, groups: &str, is_sorted: bool) {
        let ids: Vec<PackageId> =
            ('a'..='z').map(|name| PackageId::new(Kind::Cargo, name.to_string())).collect();
        let id = |name: char| &ids[name as usize - 'a' as usize];
        let mut links = Links::default();
        for edge in edges.split_whitespace() {
            let mut names = edge.chars();
            links.add_edge(id(names.next().unwrap()), id(names.next().unwrap()));
        }
        let named = |mut group: Vec<&PackageId>| {
            group.sort();
            group.iter().map(|id| id.name.as_str()).collect::<String>()
        };
        let mut found: Vec<String> = links.groups().into_iter().map(named).collect();
        found.sort();
        assert_eq!(found.join(" "), groups, "{edges}");
        let sorted = links.sorted();
        assert_eq!(sorted.is_some(), is_sorted, "{edges}");
        let sorted = sorted.unwrap_or_default();
        let place = |id: &PackageId| sorted.iter().position(|other| *other == id);
        let holds = links.edges().iter().all(|(needed, id)| !is_sorted || place(needed) < place(id));
        assert!(holds, "{edges}: {sorted:?}");
    }

    #[test]
    fn groups_lead_back_to_themselves_and_what_has_none_is_sorted() {
        check("ab bc ac cd", "a b c d", true);
        check("ab bc ca cd", "abc d", false);
        check("ab bc cb cd da ef fe xe", "abcd ef x", false);
        check("aa ab", "a b", false);
        check("ab ba bc cd dc db", "abcd", false);
        check("da db ca cb ea ed", "a b c d e", true);
    }
}
