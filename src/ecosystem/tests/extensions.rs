//! Packages with native extensions: projects of maturin, and crates that only such a package gives a reason to read.

use expect_test::expect;

use super::{check_discover, check_edits, check_fault};

const MATURIN: &str = "
    //- Cargo.toml
    [workspace]
    members = ['core', 'py']
    exclude = ['alone']
    [workspace.package]
    version = '0.2.0-rc.1'
    //- Cargo.lock
    [[package]]
    name = 'acme-core'
    version = '0.2.0-rc.1'
    [[package]]
    name = 'acme-py'
    version = '0.2.0-rc.1'
    //- core/Cargo.toml
    [package]
    name = 'acme-core'
    version.workspace = true
    publish = false
    //- py/Cargo.toml
    [package]
    name = 'acme-py'
    version.workspace = true
    [lib]
    crate-type = ['cdylib']
    [dependencies]
    acme-core = { path = '../core', version = '0.2.0-rc.1' }
    //- py/pyproject.toml
    [project]
    name = 'acme'
    dynamic = ['version']
    [build-system]
    requires = ['maturin']
    build-backend = 'maturin'
    //- alone/pyproject.toml
    [project]
    name = 'alone'
    [build-system]
    build-backend = 'maturin'
    [tool.maturin]
    manifest-path = 'native/lib/Cargo.toml'
    //- alone/native/lib/Cargo.toml
    [package]
    name = 'alone'
    version = '1.2.3'
    [dependencies]
    acme-core = { path = '../../../core' }
    //- alone/native/lib/Cargo.lock
    [[package]]
    name = 'alone'
    version = '1.2.3'
    //- own/pyproject.toml
    [project]
    name = 'own'
    version = '0.1.8.2'
    [build-system]
    build-backend = 'maturin'
    //- own/rust/Cargo.toml
    [package]
    name = 'own-native'
    version = '0.1.8'
    [lib]
    crate-type = ['cdylib']
    //- gem/acme-rb.gemspec
    Gem::Specification.new do |s|
      s.name = 'acme-rb'
      s.version = '0.1.8'
      s.extensions = ['native/Cargo.toml']
    end
    //- gem/native/Cargo.toml
    workspace = {}
    [package]
    name = 'acme-gem'
    version = '0.1.8'
";

#[test]
fn versions_of_maturin_projects_come_from_their_crates() {
    check_discover(
        MATURIN,
        expect![[r#"
            cargo:alone 1.2.3 in alone/native/lib, crates-io; normal cargo:acme-core 
            cargo:acme-core 0.2.0-rc.1 in core, private (publish = false)
            cargo:acme-gem 0.1.8 in gem/native, crates-io
            cargo:own-native 0.1.8 in own/rust, crates-io
            cargo:acme-py 0.2.0-rc.1 in py, crates-io; normal cargo:acme-core 0.2.0-rc.1
            uv:alone 1.2.3 in alone, pypi
            uv:own 0.1.8.2 in own, pypi
            uv:acme 0.2.0-rc.1 in py, pypi
            gem:acme-rb 0.1.8 in gem, rubygems
        "#]],
    );
}

#[test]
fn a_maturin_project_is_bumped_in_the_manifest_that_has_its_version() {
    check_edits(
        MATURIN,
        &[("acme", "0.2.0"), ("alone", "1.2.4"), ("own", "0.1.8.3")],
        expect![[r#"
            Cargo.toml workspace.package.version: 0.2.0-rc.1 -> 0.2.0
            alone/native/lib/Cargo.toml package.version: 1.2.3 -> 1.2.4
            Cargo.lock acme-core.version: 0.2.0-rc.1 -> 0.2.0
            Cargo.lock acme-py.version: 0.2.0-rc.1 -> 0.2.0
            alone/native/lib/Cargo.lock alone.version: 1.2.3 -> 1.2.4
            own/pyproject.toml project.version: 0.1.8.2 -> 0.1.8.3"#]],
    );
}

#[test]
fn a_maturin_project_without_any_version_is_told() {
    check_fault(
        "
        //- a/pyproject.toml
        [project]
        name = 'a'
        dynamic = ['version']
        [build-system]
        build-backend = 'maturin'
        //- a/Cargo.toml
        [package]
        name = 'a'
        //- b/pyproject.toml
        [project]
        name = 'b'
        [build-system]
        build-backend = 'maturin'
        //- b/Cargo.toml
        workspace = {}
        [package]
        name = 'b'
        version.workspace = true
        //- c/pyproject.toml
        [project]
        name = 'c'
        [build-system]
        build-backend = 'maturin'
        ",
        expect![[r#"
            `b/Cargo.toml` has no `workspace.package.version`
              --> b/Cargo.toml:4
              help: give the version there, or in the crate
            `a/Cargo.toml` has no version, and no workspace around it
              --> a/Cargo.toml
              help: give `package.version` there, or `project.version` in the project
            `b/Cargo.toml` has no `workspace.package.version`
              --> b/Cargo.toml:4
              help: give the version there, or in the crate
            cannot find the version of `c`
              --> c/pyproject.toml:1
              help: give `project.version`, or a dynamic version that stands in a file (hatch `path`, setuptools `attr` or `file`); a package that is no package of yours is left out by `exclude = ["c/**"]` in `[release]`"#]],
    );
}
