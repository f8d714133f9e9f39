//! Versions that a bump puts beside paths, so that what is released can be published.

use super::*;
use crate::edit::apply_all;

fn check(fixture: &str, next: &[(&str, &str)], expected: Expect) {
    let tree = tree(fixture);
    let packages = packages(&tree);
    let version = |name: &str| Some(next.iter().find(|(other, _)| *other == name)?.1.parse().unwrap());
    let next: BTreeMap<PackageId, Version> = packages
        .iter()
        .filter_map(|package| Some((package.id.clone(), version(&package.id.name)?)))
        .collect();
    let bumps = Bumps { packages: &packages, next: &next };
    let edits: Vec<_> = ALL.iter().flat_map(|ecosystem| ecosystem.edits(&tree, bumps).unwrap()).collect();
    let after = apply_all(&tree, &edits).unwrap();
    let lines = after.texts.iter().flat_map(|(path, text)| {
        let before: Vec<&str> = tree.text(path).unwrap().lines().collect();
        let new = text.lines().filter(move |line| !before.contains(line));
        new.map(move |line| format!("{path}: {line}\n"))
    });
    expected.assert_eq(&lines.collect::<String>());
    // The second time there is nothing to add.
    let edits = ALL.iter().flat_map(|ecosystem| ecosystem.edits(&after, bumps).unwrap());
    assert_eq!(edits.collect::<Vec<_>>(), []);
}

const CRATES: &str = "
    //- Cargo.toml
    [workspace]
    members = ['*']
    [workspace.dependencies]
    util = { path = 'util' }
    serde = '1'
    //- core/Cargo.toml
    [package]
    name = 'core'
    version = '0.1.0'
    [dependencies]
    one = { path = '../one' } # ours
    two.path = '../two'
    util.workspace = true
    hidden = { path = '../hidden' }
    gone = { git = 'x' }
    itoa = '1'
    [dependencies.three]
    path = '../three'
    features = ['a']
    [target.'cfg(unix)'.build-dependencies]
    four = { features = ['a'], path = '../four' }
    [dev-dependencies]
    five = { path = '../five' }
    //- one/Cargo.toml
    [package]
    name = 'one'
    version = '0.1.0'
    [dependencies]
    two = { path = '../two'PIN }
    //- two/Cargo.toml
    [package]
    name = 'two'
    version = '0.1.0'
    //- three/Cargo.toml
    [package]
    name = 'three'
    version = '0.1.0'
    //- four/Cargo.toml
    [package]
    name = 'four'
    version = '0.4.0'
    //- five/Cargo.toml
    [package]
    name = 'five'
    version = '0.1.0'
    //- util/Cargo.toml
    [package]
    name = 'util'
    version = '0.1.0'
    //- hidden/Cargo.toml
    [package]
    name = 'hidden'
    version = '0.1.0'
    publish = false
    [dependencies]
    one = { path = '../one' }
";

#[test]
fn missing_versions_are_added_to_what_is_released() {
    check(
        &CRATES.replace("PIN", ", version = '0.1'"),
        &[("core", "0.2.0"), ("one", "0.1.1")],
        expect![[r#"
        Cargo.toml: util = { path = 'util', version = "0.1.0" }
        core/Cargo.toml: version = '0.2.0'
        core/Cargo.toml: one = { path = '../one', version = "0.1.1" } # ours
        core/Cargo.toml: two.version = "0.1.0"
        core/Cargo.toml: version = "0.1.0"
        core/Cargo.toml: four = { features = ['a'], path = '../four', version = "0.4.0" }
        one/Cargo.toml: version = '0.1.1'
    "#]],
    );
}

#[test]
fn exact_pins_stay_exact() {
    check(
        &CRATES.replace("PIN", ", version = '=0.1.0'"),
        &[("core", "0.2.0"), ("two", "0.2.0")],
        expect![[r#"
            Cargo.toml: util = { path = 'util', version = "=0.1.0" }
            core/Cargo.toml: version = '0.2.0'
            core/Cargo.toml: one = { path = '../one', version = "=0.1.0" } # ours
            core/Cargo.toml: two.version = "=0.2.0"
            core/Cargo.toml: version = "=0.1.0"
            core/Cargo.toml: four = { features = ['a'], path = '../four', version = "=0.4.0" }
            one/Cargo.toml: two = { path = '../two', version = '=0.2.0' }
            two/Cargo.toml: version = '0.2.0'
        "#]],
    );
}

#[test]
fn what_is_not_released_gets_none() {
    check(
        &CRATES.replace("PIN", ""),
        &[("two", "0.1.1"), ("five", "0.2.0")],
        expect![[r#"
        five/Cargo.toml: version = '0.2.0'
        two/Cargo.toml: version = '0.1.1'
    "#]],
    );
}
