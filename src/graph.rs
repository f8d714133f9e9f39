//! Who depends on whom: order, levels and circles. Built from what the packages declare, once, and only asked
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::{Dependency, Need, Package, PackageId};
use links::Links;

mod links;

/// The dependency graph of a repository; it has no circle.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// What each package needs to be there first.
    needs: BTreeMap<PackageId, BTreeSet<PackageId>>,
    /// Dependencies first.
    order: Vec<PackageId>,
    levels: BTreeMap<PackageId, usize>,
}

impl Graph {
    /// The graph of these packages.
    ///
    /// # Errors
    /// Every circle, named by its path. One that only exists through an extra is none: what an extra names need not
    /// be there before.
    pub fn new(packages: &[Package]) -> Result<Graph, Faults> {
        let known = by_id(packages);
        let mut graph = links(packages, &known, is_required);
        let faults: Vec<Fault> = circle_paths(&graph).iter().map(|path| circle(path, &known)).collect();
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        // What may be part of a circle orders too where it makes none. What is installed with the package comes before
        // what may be missing; cargo allows a circle through development.
        for which in [is_peer, is_optional, is_development] {
            add_where_possible(&mut graph, packages, &known, which);
        }
        Ok(Graph::of_links(&graph))
    }

    /// The graph of packages that are ordered already, as those of a run are.
    pub fn of_needs(needs: &BTreeMap<PackageId, Vec<PackageId>>) -> Graph {
        let mut graph = Links::default();
        for (id, needed) in needs {
            graph.add_node(id);
            for needed in needed {
                graph.add_edge(needed, id);
            }
        }
        Graph::of_links(&graph)
    }

    /// Edges go from what is needed to what needs it, and make no circle.
    fn of_links(graph: &Links) -> Graph {
        let order: Vec<&PackageId> = graph.sorted().unwrap_or_default();
        let needs = order.iter().map(|id| ((*id).clone(), graph.needs(id).cloned().collect()));
        let needs: BTreeMap<PackageId, BTreeSet<PackageId>> = needs.collect();
        let mut levels: BTreeMap<PackageId, usize> = BTreeMap::new();
        for id in &order {
            let level =
                needs[*id].iter().filter_map(|needed| levels.get(needed)).max().map_or(0, |level| level + 1);
            levels.insert((*id).clone(), level);
        }
        let mut order: Vec<PackageId> = order.into_iter().cloned().collect();
        order.sort_by_key(|id| (levels[id], id.clone()));
        Graph { needs, order, levels }
    }

    /// What a package needs to be there first.
    pub fn needs(&self, id: &PackageId) -> impl Iterator<Item = &PackageId> {
        self.needs.get(id).into_iter().flatten()
    }

    /// What a package needs and none of its other needs brings: what is left says as much, with fewer words.
    pub fn direct_needs(&self, id: &PackageId) -> impl Iterator<Item = &PackageId> {
        let brought: BTreeSet<&PackageId> =
            self.needs(id).flat_map(|need| self.closure(self.needs(need))).collect();
        self.needs(id).filter(move |need| !brought.contains(need))
    }

    /// Every package, each behind all that it needs; by level, then by name.
    pub fn order(&self) -> &[PackageId] {
        &self.order
    }

    /// The longest way from a package down to one that needs nothing.
    pub fn level(&self, id: &PackageId) -> usize {
        self.levels.get(id).copied().unwrap_or(0)
    }

    /// The packages of each level; none needs another of its own level.
    pub fn levels(&self) -> Vec<Vec<&PackageId>> {
        let mut found: Vec<Vec<&PackageId>> = Vec::new();
        for id in &self.order {
            found.resize(found.len().max(self.level(id) + 1), Vec::new());
            found[self.level(id)].push(id);
        }
        found
    }

    /// These packages and all that they need, directly or not.
    pub fn closure<'a>(&'a self, ids: impl IntoIterator<Item = &'a PackageId>) -> BTreeSet<&'a PackageId> {
        let mut pending: Vec<&PackageId> = ids.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(id) = pending.pop() {
            if found.insert(id) {
                pending.extend(self.needs(id));
            }
        }
        found
    }
}

/// Lets more dependencies order packages, as far as they make no circle.
fn add_where_possible<'a>(
    graph: &mut Links<'a>,
    packages: &'a [Package],
    known: &BTreeMap<&'a PackageId, &'a Package>,
    which: fn(&Package, &Dependency) -> bool,
) {
    let more = links(packages, known, which);
    let mut all = graph.clone();
    more.edges().iter().for_each(|(needed, id)| all.add_edge(needed, id));
    let groups = all.groups().into_iter().enumerate();
    let group_of: BTreeMap<&PackageId, usize> =
        groups.flat_map(|(place, group)| group.into_iter().map(move |id| (id, place))).collect();
    for (needed, id) in more.edges() {
        // Only inside a group that depends on itself can it close a circle.
        let may_close = group_of[needed] == group_of[id];
        if !may_close || !graph.has_way(id, needed) {
            graph.add_edge(needed, id);
        }
    }
}

/// Every circle, each as a way round that ends where it begins; what a package can do without makes none.
pub fn circles(packages: &[Package]) -> Vec<Vec<PackageId>> {
    named(&circle_paths(&links(packages, &by_id(packages), is_required)))
}

/// Every circle that only exists through extras.
pub fn optional_circles(packages: &[Package]) -> Vec<Vec<PackageId>> {
    let known = by_id(packages);
    let required: BTreeSet<&PackageId> =
        circle_paths(&links(packages, &known, is_required)).into_iter().flatten().collect();
    let mut paths = circle_paths(&links(packages, &known, |package, it| {
        is_required(package, it) || is_optional(package, it)
    }));
    // An extra that gathers other extras of its own package is fine.
    paths.retain(|path| path.len() > 2 && !path.iter().any(|id| required.contains(id)));
    named(&paths)
}

/// Whether a package cannot do without it, so that no circle may go through it.
fn is_required(package: &Package, dependency: &Dependency) -> bool {
    ecosystem::of(package.id.kind).is_strict(dependency.need)
}

fn is_optional(package: &Package, dependency: &Dependency) -> bool {
    dependency.need == Need::Optional && !is_required(package, dependency)
}

fn is_peer(_: &Package, dependency: &Dependency) -> bool {
    dependency.need == Need::Peer && dependency.published
}

fn is_development(_: &Package, dependency: &Dependency) -> bool {
    dependency.need == Need::Dev && dependency.published
}

fn named(paths: &[Vec<&PackageId>]) -> Vec<Vec<PackageId>> {
    paths.iter().map(|path| path.iter().map(|id| (*id).clone()).collect()).collect()
}

fn by_id(packages: &[Package]) -> BTreeMap<&PackageId, &Package> {
    packages.iter().map(|package| (&package.id, package)).collect()
}

fn links<'a>(
    packages: &'a [Package],
    known: &BTreeMap<&'a PackageId, &'a Package>,
    which: fn(&Package, &Dependency) -> bool,
) -> Links<'a> {
    let mut graph = Links::default();
    for package in packages {
        graph.add_node(&package.id);
        for dependency in package.dependencies.iter().filter(|dependency| which(package, dependency)) {
            if let Some((needed, _)) = known.get_key_value(&dependency.id) {
                graph.add_edge(needed, &package.id);
            }
        }
    }
    graph
}

fn circle_paths<'a>(graph: &Links<'a>) -> Vec<Vec<&'a PackageId>> {
    let is_circle = |group: &Vec<&PackageId>| group.len() > 1 || graph.has_edge(group[0], group[0]);
    let groups = graph.groups().into_iter().filter(is_circle);
    let mut paths: Vec<Vec<&PackageId>> = groups.map(|group| circle_path(graph, &group)).collect();
    paths.sort();
    paths
}

fn circle(path: &[&PackageId], known: &BTreeMap<&PackageId, &Package>) -> Fault {
    let names: Vec<String> = path.iter().map(|id| format!("`{id}`")).collect();
    let manifest = path.first().and_then(|id| known.get(id)).map_or("", |package| &package.manifest);
    let fault = Fault::usage(format!("packages depend on each other in a circle: {}", names.join(" -> ")));
    fault.at(manifest, 0).help("take one of these dependencies out, or make it one for development only")
}

/// One way round a strongly connected group, from its smallest id over what that needs back to it.
fn circle_path<'a>(graph: &Links<'a>, group: &[&'a PackageId]) -> Vec<&'a PackageId> {
    let Some(start) = group.iter().min().copied() else { return Vec::new() };
    // Breadth first, so that it is the shortest one.
    let mut ways: Vec<Vec<&PackageId>> = vec![vec![start]];
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
        let last = way[way.len() - 1];
        for id in graph.needs(last) {
            let longer: Vec<&PackageId> = way.iter().copied().chain([id]).collect();
            if id == start {
                return longer;
            }
            if seen.insert(id) {
                ways.push(longer);
            }
        }
    }
    vec![start]
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Graph;
    use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, VersionHome};
    use crate::version::Version;

    /// Lines `a: b c !d ?e &f` (a needs b and c, d for development, e where somebody asks for it, f beside it).
    fn packages(text: &str, kind: Kind) -> Vec<Package> {
        let dependency = |name: &str| {
            let needs = [('!', Need::Dev), ('?', Need::Optional), ('&', Need::Peer)];
            let found = needs.iter().find_map(|(mark, need)| Some((name.strip_prefix(*mark)?, *need)));
            let (name, need) = found.unwrap_or((name, Need::Normal));
            Dependency { id: PackageId::new(kind, name), need, requirement: String::new(), published: true }
        };
        let package = |line: &str| {
            let (name, needs) = line.split_once(':').unwrap();
            let name = name.trim();
            Package {
                id: PackageId::new(kind, name),
                version: Version::new(0, 1, 0),
                dir: name.to_string(),
                manifest: format!("{name}/Cargo.toml"),
                workspace: String::new(),
                publish: Publish::To("crates-io".into()),
                dependencies: needs.split_whitespace().map(dependency).collect(),
                version_home: VersionHome::Own(String::new()),
                platforms: Vec::new(),
                program: false,
            }
        };
        text.lines().filter(|line| line.contains(':')).map(package).collect()
    }

    fn check(text: &str, expected: Expect) {
        check_of(Kind::Cargo, text, expected);
    }

    fn check_of(kind: Kind, text: &str, expected: Expect) {
        let lines = match Graph::new(&packages(text, kind)) {
            Ok(graph) => {
                let names = |ids: Vec<&PackageId>| {
                    ids.iter().map(|id| id.name.as_str()).collect::<Vec<_>>().join(" ")
                };
                graph.levels().into_iter().map(names).collect::<Vec<_>>().join("\n")
            }
            Err(faults) => faults.to_string(),
        };
        expected.assert_eq(&lines);
    }

    #[test]
    fn diamond_chain_and_loners_have_levels() {
        check("d: b c\nb: a\nc: a\na:\nlone:\ne: d", expect![["a lone\nb c\nd\ne"]]);
    }

    #[test]
    fn circles_are_named_by_their_path() {
        check(
            "a: b\nb: c x\nc: a\nx:\ny: y",
            expect![[r#"
                packages depend on each other in a circle: `cargo:a` -> `cargo:b` -> `cargo:c` -> `cargo:a`
                  --> a/Cargo.toml
                  help: take one of these dependencies out, or make it one for development only
                packages depend on each other in a circle: `cargo:y` -> `cargo:y`
                  --> y/Cargo.toml
                  help: take one of these dependencies out, or make it one for development only"#]],
        );
    }

    #[test]
    fn development_orders_where_it_can_and_makes_no_circle() {
        check("a: !b\nb: a\nc: !b", expect![["a\nb\nc"]]);
    }

    #[test]
    fn extras_order_where_they_can_and_make_no_circle() {
        // Of two that name each other in extras, the first one's need orders.
        check_of(Kind::Uv, "a: ?b\nb: ?a c\nc:\nd: ?a", expect![["c\nb\na\nd"]]);
        check_of(Kind::Uv, "a: ?b\nb: a", expect![["a\nb"]]);
        check_of(Kind::Uv, "a: b ?a\nb: ?c\nc: a", expect![["b\na\nc"]]);
    }

    #[test]
    fn circles_through_extras_are_told_apart() {
        let lines = |paths: Vec<Vec<PackageId>>| -> Vec<String> {
            let names = |path: &Vec<PackageId>| path.iter().map(|id| id.name.clone()).collect::<Vec<_>>();
            paths.iter().map(|path| names(path).join(" ")).collect()
        };
        let all = packages("a: ?b\nb: a\nself: ?self\nx: y\ny: x ?z\nz: x", Kind::Uv);
        assert_eq!(lines(super::circles(&all)), ["x y x"]);
        assert_eq!(lines(super::optional_circles(&all)), ["a b a"]);
    }

    #[test]
    fn what_installers_do_without_makes_no_circle() {
        for kind in [Kind::Uv, Kind::Npm] {
            check_of(kind, "core: ?plugin\nplugin: core\nother: ?core", expect![["core\nother plugin"]]);
        }
        check(
            "core: ?plugin\nplugin: core",
            expect![[r#"
                packages depend on each other in a circle: `cargo:core` -> `cargo:plugin` -> `cargo:core`
                  --> core/Cargo.toml
                  help: take one of these dependencies out, or make it one for development only"#]],
        );
        // A peer is installed, something optional may be missing.
        check_of(Kind::Npm, "core: ?plugin\nplugin: &app\napp: core", expect![["core\napp\nplugin"]]);
        check_of(Kind::Npm, "a: &b\nb: a", expect![["a\nb"]]);
    }

    #[test]
    fn the_closure_holds_everything_needed() {
        let graph = Graph::new(&packages("d: b\nb: a\na:\nlone:", Kind::Cargo)).unwrap();
        let d = PackageId::new(Kind::Cargo, "d");
        assert_eq!(
            graph.closure([&d]).iter().map(|id| id.name.as_str()).collect::<Vec<_>>(),
            ["a", "b", "d"]
        );
    }
}
