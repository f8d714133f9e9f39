//! Properties of parts of castoff, on shapes drawn at random: graphs, and manifests in every formatting.

use std::collections::BTreeMap;

use castoff::ecosystem::{self, Bumps};
use castoff::edit::apply_all;
use castoff::graph::Graph;
use castoff::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree, VersionHome};
use castoff::version::Version;

use crate::random::Random;

fn package(number: usize, needs: &[usize]) -> Package {
    let id = |number: &usize| PackageId::new(Kind::Cargo, format!("p{number}"));
    let dependency = |number: &usize| Dependency {
        id: id(number),
        need: Need::Normal,
        requirement: String::new(),
        published: true,
    };
    Package {
        id: id(&number),
        version: Version::new(0, 1, 0),
        dir: format!("p{number}"),
        manifest: format!("p{number}/Cargo.toml"),
        workspace: String::new(),
        publish: Publish::To("crates-io".to_string()),
        dependencies: needs.iter().map(dependency).collect(),
        version_home: VersionHome::Own(String::new()),
        platforms: Vec::new(),
        program: false,
    }
}

#[test]
fn a_level_never_holds_what_it_needs() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let count = random.between(1, 30);
        let mut packages = Vec::new();
        for number in 0..count {
            let needs: Vec<usize> = (0..number).filter(|_| random.percent(20)).collect();
            packages.push(package(number, &needs));
        }
        // The order of the list decides nothing.
        let before = Graph::new(&packages).unwrap();
        for place in (1..count).rev() {
            packages.swap(place, random.below(place + 1));
        }
        let graph = Graph::new(&packages).unwrap();
        assert_eq!(graph.levels(), before.levels(), "seed {seed}");
        for package in &packages {
            for needed in &package.dependencies {
                assert!(graph.level(&needed.id) < graph.level(&package.id), "seed {seed}");
            }
        }
        assert_eq!(graph.levels().concat().len(), count, "seed {seed}");
    }
}

/// A crate in a formatting that some person or tool might choose; every `7.7.7` in it is to change, and nothing else.
fn manifest(random: &mut Random, name: &str, needs: &str) -> String {
    let quote = if random.percent(50) { '"' } else { '\'' };
    let mut equals = || ["=", " = ", "  =  ", " =\t"][random.below(4)];
    let (first, second, third) = (equals(), equals(), equals());
    let comment = ["", " # 7.7.6 was before", "\t#x", "   "][random.below(4)];
    let mut lines = [
        format!("name{first}{quote}{name}{quote}"),
        format!("version{second}{quote}7.7.7{quote}{comment}"),
        "edition = \"2021\"".to_string(),
        "description = \"\"\"\nversion = 7.7.5\n\"\"\"".to_string(),
    ];
    let other = random.below(lines.len());
    lines.swap(0, other);
    let requirement = [
        format!("{needs}{third}{{ path = \"../{needs}\", version = {quote}=7.7.7{quote} }}{comment}"),
        format!("{needs}{third}{{version={quote}=7.7.7{quote},path='../{needs}'}}"),
        format!("{needs}.version{third}{quote}=7.7.7{quote}\n{needs}.path = \"../{needs}\""),
    ];
    let package = format!("[package]\n{}\n", lines.join("\n"));
    let dependencies = match needs {
        "" => String::new(),
        _ => format!("[dependencies]{comment}\n{}\n", random.pick(&requirement)),
    };
    let mut parts = [package, dependencies, "[package.metadata.x]\nversion = \"7.7.4\"\n".to_string()];
    let first = random.below(parts.len());
    parts.swap(0, first);
    let between = ["", "\n", "\n\n# 7.7.3\n"][random.below(3)];
    let text = parts.join(between);
    let text = if random.percent(30) { text.trim_end().to_string() } else { text };
    if random.percent(30) { text.replace('\n', "\r\n") } else { text }
}

#[test]
fn an_edit_changes_the_bytes_of_the_version_and_no_other() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let texts = BTreeMap::from([
            ("Cargo.toml".to_string(), "[workspace]\nmembers = ['a', 'b']\n".to_string()),
            ("a/Cargo.toml".to_string(), manifest(&mut random, "a", "")),
            ("b/Cargo.toml".to_string(), manifest(&mut random, "b", "a")),
        ]);
        let tree = Tree { files: texts.keys().cloned().collect(), texts, ..Tree::default() };
        let cargo = ecosystem::of(Kind::Cargo);
        let packages = cargo.discover(&tree).unwrap();
        let next: BTreeMap<PackageId, Version> =
            packages.iter().map(|package| (package.id.clone(), Version::new(7, 7, 8))).collect();
        let edits = cargo.edits(&tree, Bumps { packages: &packages, next: &next }).unwrap();
        let after = apply_all(&tree, &edits).unwrap();
        for (path, text) in &tree.texts {
            assert_eq!(after.texts[path], text.replace("7.7.7", "7.7.8"), "seed {seed} {path}");
        }
    }
}
