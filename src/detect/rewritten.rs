//! Files that differ from a base by no more than what a bump writes. Once it is committed, the answer to "what changed"
//! has to be the one from before, whoever made the commit and whatever its message says.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecosystem::{self, Bumps};
use crate::edit::{apply_all, by_file};
use crate::model::{Package, PackageId, Tree};
use crate::version::Version;

/// The paths of which a bump of `base` to the versions of `packages`, as HEAD has them, makes what `head` holds.
pub fn rewritten(
    base: &Tree,
    head: &Tree,
    packages: &[Package],
    version_files: &BTreeSet<&str>,
) -> BTreeSet<String> {
    let before: Vec<Package> =
        ecosystem::ALL.iter().filter_map(|ecosystem| ecosystem.discover(base).ok()).flatten().collect();
    let now: BTreeMap<&PackageId, &Version> =
        packages.iter().map(|package| (&package.id, &package.version)).collect();
    let bumped = |package: &Package| {
        let version = now.get(&package.id).filter(|version| !version.same_text(&package.version))?;
        Some((package.id.clone(), (*version).clone()))
    };
    let next: BTreeMap<PackageId, Version> = before.iter().filter_map(bumped).collect();
    let bumps = Bumps { packages: &before, next: &next };
    let mut found = BTreeSet::new();
    for ecosystem in ecosystem::ALL {
        // What cannot be edited was not edited by a bump.
        let edits = ecosystem.edits(base, bumps).unwrap_or_default();
        let Ok(after) = apply_all(base, &edits) else { continue };
        let same = by_file(&edits).into_keys().filter(|path| after.text(path) == head.text(path));
        found.extend(same.map(str::to_string));
    }
    let holds_version =
        |tree: &Tree, path: &str| tree.text(path).is_some_and(|text| text.trim().parse::<Version>().is_ok());
    let files = version_files.iter().filter(|path| holds_version(base, path) && holds_version(head, path));
    found.extend(files.map(ToString::to_string));
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::rewritten;
    use crate::ecosystem;
    use crate::model::Tree;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let texts = files.iter().map(|(path, text)| (path.to_string(), text.to_string()));
        Tree {
            files: files.iter().map(|(path, _)| path.to_string()).collect(),
            texts: texts.collect(),
            ..Tree::default()
        }
    }

    fn project(name: &str, version: &str, needs: &str) -> String {
        format!(
            "[project]\nname = '{name}'\nversion = '{version}'\ndependencies = [{needs}]\n[build-system]\nrequires = []\n"
        )
    }

    #[test]
    fn a_bump_is_no_change_and_all_else_is_one() {
        let base = [
            ("a/pyproject.toml", project("a", "0.1.0", "")),
            ("b/pyproject.toml", project("b", "0.5.0", "'a==0.1.0'")),
        ];
        let with = |a: String, b: String, version: &str| {
            let texts =
                [("a/pyproject.toml", a.as_str()), ("b/pyproject.toml", b.as_str()), ("VERSION", version)];
            tree(&texts)
        };
        let check = |a: String, b: String, version: &str| {
            let head = with(a, b, version);
            let packages: Vec<_> =
                ecosystem::ALL.iter().flat_map(|ecosystem| ecosystem.discover(&head).unwrap()).collect();
            let base = with(base[0].1.clone(), base[1].1.clone(), "0.1.0");
            let found = rewritten(&base, &head, &packages, &BTreeSet::from(["VERSION"]));
            found.into_iter().collect::<Vec<_>>().join(" ")
        };
        let (a, b) = (|version: &str| project("a", version, ""), |needs: &str| project("b", "0.5.0", needs));
        assert_eq!(check(a("0.1.1"), b("'a==0.1.1'"), "0.1.1"), "VERSION a/pyproject.toml b/pyproject.toml");
        assert_eq!(check(a("0.1.1"), b("'a==0.1.1', 'x'"), "hello"), "a/pyproject.toml");
        assert_eq!(check(a("0.1.1") + "# more\n", b("'a==0.1.0'"), "hello"), "");
        assert_eq!(check(a("0.1.0") + "# more\n", b("'a==0.1.0'"), "hello"), "");
    }
}
