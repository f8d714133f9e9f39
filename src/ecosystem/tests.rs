//! Reading and editing of manifests as data: files in, packages and edits out.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::{ALL, Bumps};
use crate::config::Pin;
use crate::model::{Package, PackageId, Publish, Tree};
use crate::version::Version;

mod added;
mod artifacts;
mod extensions;
mod formatting;
mod gems;
mod npm;
mod roots;
mod versions;
mod withdraw;

/// Files as `//- path` and their lines.
fn tree(fixture: &str) -> Tree {
    let mut tree = Tree::default();
    for part in fixture.split("//- ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        // `|` stands before what is indented in earnest.
        let lines = text.lines().map(str::trim_start).map(|line| line.strip_prefix('|').unwrap_or(line));
        let text = lines.collect::<Vec<_>>().join("\n");
        tree.files.insert(path.trim().to_string());
        tree.texts.insert(path.trim().to_string(), text);
    }
    tree
}

fn packages(tree: &Tree) -> Vec<Package> {
    ALL.iter().flat_map(|ecosystem| ecosystem.discover(tree).unwrap()).collect()
}

fn check_discover(fixture: &str, expected: Expect) {
    let mut text = String::new();
    for package in packages(&tree(fixture)) {
        let place = if package.dir.is_empty() { "." } else { &package.dir };
        let publish = match &package.publish {
            Publish::To(registry) => registry.clone(),
            Publish::No(reason) => format!("private ({reason})"),
        };
        text += &format!("{} {} in {place}, {publish}", package.id, package.version);
        for dependency in &package.dependencies {
            text += &format!("; {} {} {}", dependency.need.name(), dependency.id, dependency.requirement);
        }
        text += "\n";
    }
    expected.assert_eq(&text);
}

fn check_fault(fixture: &str, expected: Expect) {
    let tree = tree(fixture);
    let faults: Vec<String> = ALL
        .iter()
        .filter_map(|ecosystem| ecosystem.discover(&tree).err())
        .map(|faults| faults.to_string())
        .collect();
    expected.assert_eq(&faults.join("\n"));
}

fn check_edits(fixture: &str, next: &[(&str, &str)], expected: Expect) {
    let tree = tree(fixture);
    let packages = packages(&tree);
    let next: BTreeMap<PackageId, Version> = packages
        .iter()
        .filter_map(|package| {
            Some((
                package.id.clone(),
                next.iter().find(|(name, _)| *name == package.id.name)?.1.parse().unwrap(),
            ))
        })
        .collect();
    let edits = ALL
        .iter()
        .flat_map(|ecosystem| ecosystem.edits(&tree, Bumps { packages: &packages, next: &next }).unwrap());
    let lines: Vec<String> =
        edits.map(|edit| format!("{} {}: {} -> {}", edit.path, edit.field, edit.from, edit.to)).collect();
    expected.assert_eq(&lines.join("\n"));
}

const CARGO: &str = "
    //- Cargo.toml
    [workspace]
    members = ['crates/*', 'tools/one']
    exclude = ['crates/old']
    default-members = ['crates/core']
    [workspace.package]
    version = '0.3.0'
    [workspace.dependencies]
    acme-core = { path = 'crates/core', version = '0.3.0' }
    //- Cargo.lock
    [[package]]
    name = 'acme-core'
    version = '0.3.0'
    [[package]]
    name = 'acme-app'
    version = '1.0.0'
    dependencies = ['acme-core', 'itoa 1.0.0']
    [[package]]
    name = 'acme-macros'
    version = '0.3.0'
    //- crates/core/Cargo.toml
    [package]
    name = 'acme-core'
    version.workspace = true
    [dependencies]
    itoa = '1'
    macros = { path = '../../macros', package = 'acme-macros', version = '=0.3.0' }
    //- crates/app/Cargo.toml
    [package]
    name = 'acme-app'
    version = '1.0.0'
    [dependencies]
    acme-core = { workspace = true, optional = true }
    [target.'cfg(unix)'.dev-dependencies]
    one = { path = '../../tools/one' }
    //- crates/app/src/main.rs
    //- crates/old/Cargo.toml
    [package]
    name = 'old'
    //- tools/one/Cargo.toml
    [package]
    name = 'one'
    version = '0.1.0'
    publish = false
    [build-dependencies]
    acme-core = { path = '../../crates/core', version = '0.3' }
    //- macros/Cargo.toml
    [package]
    name = 'acme-macros'
    version = { workspace = true }
    publish = ['corp']
    //- fixtures/broken/Cargo.toml
    name = {{name}}
";

#[test]
fn cargo_workspaces_are_read() {
    check_discover(
        CARGO,
        expect![[r#"
            cargo:acme-app 1.0.0 in crates/app, crates-io; optional cargo:acme-core 0.3.0; dev cargo:one 
            cargo:acme-core 0.3.0 in crates/core, crates-io; normal cargo:acme-macros =0.3.0
            cargo:acme-macros 0.3.0 in macros, corp
            cargo:one 0.1.0 in tools/one, private (publish = false); build cargo:acme-core 0.3
        "#]],
    );
}

#[test]
fn cargo_versions_requirements_and_lock_are_edited() {
    check_edits(
        CARGO,
        &[("acme-core", "0.4.0"), ("acme-macros", "0.4.0"), ("acme-app", "1.0.1")],
        expect![[r#"
            Cargo.toml workspace.package.version: 0.3.0 -> 0.4.0
            Cargo.toml workspace.dependencies.acme-core.version: 0.3.0 -> 0.4.0
            crates/app/Cargo.toml package.version: 1.0.0 -> 1.0.1
            crates/core/Cargo.toml dependencies.macros.version: =0.3.0 -> =0.4.0
            tools/one/Cargo.toml build-dependencies.acme-core.version: 0.3 -> 0.4
            Cargo.lock acme-core.version: 0.3.0 -> 0.4.0
            Cargo.lock acme-app.version: 1.0.0 -> 1.0.1
            Cargo.lock acme-macros.version: 0.3.0 -> 0.4.0"#]],
    );
}

#[test]
fn a_requirement_that_still_holds_stays_where_its_owner_stays() {
    check_edits(
        CARGO,
        &[("acme-core", "0.3.1"), ("acme-macros", "0.3.1")],
        expect![[r#"
            Cargo.toml workspace.package.version: 0.3.0 -> 0.3.1
            crates/core/Cargo.toml dependencies.macros.version: =0.3.0 -> =0.3.1
            Cargo.lock acme-core.version: 0.3.0 -> 0.3.1
            Cargo.lock acme-macros.version: 0.3.0 -> 0.3.1"#]],
    );
}

const UV: &str = "
    //- pyproject.toml
    [project]
    name = 'acme-workspace'
    version = '0'
    [tool.uv.sources]
    acme-core = { workspace = true }
    [tool.uv.workspace]
    members = ['packages/*', 'packages/plugins/*']
    exclude = ['packages/sample']
    //- uv.lock
    version = 1
    [[package]]
    name = 'acme-app'
    source = { editable = 'packages/app' }
    [package.metadata]
    requires-dist = [{ name = 'acme-core', extras = ['fast'], specifier = '>=0.1,<0.2', editable = 'packages/core' }]
    [[package]]
    name = 'acme-core'
    version = '0.1.0'
    source = { editable = 'packages/core' }
    [[package]]
    name = 'acme-plugin'
    version = '2.0'
    source = { editable = 'packages/plugins/one' }
    //- packages/core/pyproject.toml
    [project]
    name = 'acme-core'
    version = '0.1.0'
    dependencies = ['six']
    [build-system]
    requires = ['uv_build']
    //- packages/app/pyproject.toml
    [project]
    name = 'Acme_App'
    dynamic = ['version']
    dependencies = ['Acme.Core[fast]>=0.1, <0.2 ; python_version > \"3\"']
    [project.optional-dependencies]
    plugin = ['acme-plugin']
    [dependency-groups]
    dev = ['acme-plugin~=2.0', { include-group = 'x' }]
    [build-system]
    requires = ['hatchling']
    [tool.hatch.version]
    path = 'src/acme_app/__init__.py'
    //- packages/app/src/acme_app/__init__.py
    __version__ = '0.5.0'
    //- packages/plugins/one/pyproject.toml
    [project]
    name = 'acme-plugin'
    version = '2.0'
    classifiers = ['Private :: Do Not Upload']
    //- packages/sample/pyproject.toml
    [project]
    name = 'sample'
    //- docs/pyproject.toml
    [tool.black]
";

#[test]
fn uv_workspaces_are_read() {
    check_discover(
        UV,
        expect![[r#"
            uv:acme-workspace 0.0.0 in ., private (no [build-system])
            uv:Acme_App 0.5.0 in packages/app, pypi; normal uv:acme-core >=0.1, <0.2; optional uv:acme-plugin ; dev uv:acme-plugin ~=2.0
            uv:acme-core 0.1.0 in packages/core, pypi
            uv:acme-plugin 2.0.0 in packages/plugins/one, private (classifier `Private :: …`)
        "#]],
    );
}

#[test]
fn uv_versions_requirements_and_lock_are_edited() {
    check_edits(
        UV,
        &[("acme-core", "0.2.0"), ("Acme_App", "0.5.1")],
        expect![[r#"
            packages/app/src/acme_app/__init__.py version: 0.5.0 -> 0.5.1
            packages/app/pyproject.toml project.dependencies: Acme.Core[fast]>=0.1, <0.2 ; python_version > "3" -> Acme.Core[fast]>=0.2.0,<0.3 ; python_version > "3"
            packages/core/pyproject.toml project.version: 0.1.0 -> 0.2.0
            uv.lock acme-app.requires-dist: >=0.1,<0.2 -> >=0.2.0,<0.3
            uv.lock acme-core.version: 0.1.0 -> 0.2.0"#]],
    );
}

#[test]
fn pins_keep_extras_and_markers() {
    let tree = tree(UV);
    let packages = packages(&tree);
    let versions = packages.iter().map(|package| (package.id.clone(), "9.0.0".parse().unwrap())).collect();
    let app = packages.iter().find(|package| package.id.name == "Acme_App").unwrap();
    let edits = super::of(app.id.kind).pins(&tree, app, Pin::Exact, &versions).unwrap();
    let lines: Vec<String> = edits.iter().map(|edit| format!("{}: {}", edit.field, edit.text)).collect();
    expect![[r#"
        project.dependencies: 'Acme.Core[fast]==9.0.0 ; python_version > "3"'
        project.optional-dependencies.plugin: 'acme-plugin==9.0.0'"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn faults_have_file_and_line() {
    check_fault(
        "
        //- Cargo.toml
        [workspace]
        members = [
            'a',
            'b',
        ]
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '1.0'
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = 'one'
        [tool.uv.workspace]
        members = ['gone']
        //- other/pyproject.toml
        [project
        ",
        expect![[r#"
            workspace member `b` has no `Cargo.toml`
              --> Cargo.toml:4
              help: add the crate (git must track it), or take it out of `members`
            cannot read the version `1.0`
              --> a/Cargo.toml:3
              cause: unexpected end of input while parsing minor version number
              help: write one such as `1.2.3`
            cannot read `other/pyproject.toml`
              --> other/pyproject.toml:1
              cause: unclosed table, expected `]`
              help: correct the TOML
            workspace member `gone` has no `pyproject.toml`
              --> py/pyproject.toml:5
              help: add the package (git must track it), or take it out of `members`"#]],
    );
}
