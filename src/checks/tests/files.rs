//! Files that should be there, and files that should not.

use expect_test::expect;

use super::check;

#[test]
fn missing_licenses_are_found() {
    check(
        "missing_license",
        "
        //- Cargo.toml
        [workspace]
        members = ['a', 'b', 'c', 'd', 'private']
        [workspace.package]
        license-file = 'legal/terms.txt'
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '0.1.0'
        //- b/LICENCE
        //- c/Cargo.toml
        [package]
        name = 'c'
        version = '0.1.0'
        license-file.workspace = true
        //- legal/terms.txt
        //- d/Cargo.toml
        [package]
        name = 'd'
        version = '0.1.0'
        license-file = 'LICENSE'
        //- private/Cargo.toml
        [package]
        name = 'private'
        version = '0.1.0'
        publish = false
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = '0.1.0'
        license-files = ['legal/*', 'AUTHORS']
        [build-system]
        requires = []
        ",
        expect![[r#"
            error cargo:d d/Cargo.toml:4: its manifest names the licence file `d/LICENSE`, which is not there
            error uv:p py/pyproject.toml:4: its manifest names the licence file `py/AUTHORS`, which is not there
            warning cargo:a a/Cargo.toml:2: no licence file
        "#]],
    );
    check(
        "missing_license",
        "
        //- LICENSE
        //- crates/a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        ",
        expect![[r#"
            warning cargo:a crates/a/Cargo.toml:2: no licence file in its directory, so none in what is published
        "#]],
    );
}

#[test]
fn missing_readmes_are_found_and_named_in_the_manifest() {
    check(
        "missing_readme",
        "
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '0.1.0'
        readme = '../docs/b.md'
        //- c/Cargo.toml
        [package]
        name = 'c'
        version = '0.1.0'
        readme = false
        //- d/pyproject.toml
        [project]
        name = 'd'   # the name
        version = '0.1.0'
        [build-system]
        requires = []
        //- d/README.md
        //- e/pyproject.toml
        [project]
        name = 'e'
        version = '0.1.0'
        readme = { file = 'READ.me', content-type = 'text/plain' }
        [build-system]
        requires = []
        //- f/pyproject.toml
        [project]
        name = 'f'
        version = '0.1.0'
        dynamic = ['readme']
        [build-system]
        requires = []
        ",
        expect![[r#"
            error cargo:b b/Cargo.toml:4: its manifest names the README `docs/b.md`, which is not there
            error uv:e e/pyproject.toml:4: its manifest names the README `e/READ.me`, which is not there
            warning cargo:a a/Cargo.toml:2: no README
            warning uv:d d/pyproject.toml:2: it has a README that its manifest does not name, so nobody sees it
            mended d/pyproject.toml
              +readme = "README.md"
        "#]],
    );
}

#[test]
fn stale_artifacts_are_found() {
    check(
        "stale_artifacts",
        "
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = '0.1.0'
        //- py/dist/p-0.1.0.tar.gz
        //- py/dist/p-0.1.0-py3-none-any.whl
        //- py/p.egg-info/PKG-INFO
        //- py/src/p/dist/__init__.py
        //- py/tests/data.bak
        //- crate/Cargo.toml
        [package]
        name = 'c'
        version = '0.1.0'
        //- crate/target/debug/c
        //- crate/src/target/mod.rs
        //- crate/src/lib.rs.orig
        //- crate/dist/site.css
        //- settings.bak
        //- .DS_Store
        ",
        expect![[r#"
            warning .DS_Store: left by a tool
            warning cargo:c crate/src/lib.rs.orig: left by a tool
            warning cargo:c crate/target/: left by a build
            warning uv:p py/dist/: left by a build
            warning uv:p py/p.egg-info/: left by a build
            warning settings.bak: left by a tool
        "#]],
    );
}

#[test]
fn readmes_that_meet_in_one_archive_are_found() {
    let bindings = |readme: &str| {
        format!(
            "
        //- README.md
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = '0.1.0'
        readme = 'README.md'
        [build-system]
        requires = ['maturin']
        build-backend = 'maturin'
        //- py/README.md
        //- py/Cargo.toml
        [package]
        name = 'p'
        version = '0.1.0'
        readme = '{readme}'
        "
        )
    };
    check(
        "duplicate_readme",
        &bindings("../README.md"),
        expect![[r#"
        error uv:p py/Cargo.toml:4: `README.md` and `py/README.md` would be one file of its sdist
    "#]],
    );
    check("duplicate_readme", &bindings("README.md"), expect![[""]]);
}

#[test]
fn missing_type_markers_are_found_and_added_where_code_is_typed() {
    check(
        "type_markers",
        "
        //- typed/pyproject.toml
        [project]
        name = 'acme-typed'
        version = '0.1.0'
        classifiers = ['Typing :: Typed']
        [build-system]
        requires = []
        //- typed/src/acme_typed/__init__.py
        //- annotated/pyproject.toml
        [project]
        name = 'acme-annotated'
        version = '0.1.0'
        [build-system]
        requires = []
        //- annotated/acme/annotated/__init__.py
        def f(x: int) -> str: ...
        //- checked/pyproject.toml
        [project]
        name = 'checked'
        version = '0.1.0'
        [build-system]
        requires = []
        [tool.mypy]
        //- checked/checked/__init__.py
        //- unknown/pyproject.toml
        [project]
        name = 'unknown'
        version = '0.1.0'
        [build-system]
        requires = []
        //- unknown/src/unknown/__init__.py
        //- marked/pyproject.toml
        [project]
        name = 'marked'
        version = '0.1.0'
        [build-system]
        requires = []
        //- marked/src/marked/__init__.py
        //- marked/src/marked/py.typed
        //- program/pyproject.toml
        [project]
        name = 'program'
        version = '0.1.0'
        [project.scripts]
        program = 'program:main'
        [build-system]
        requires = []
        //- program/src/program/__init__.py
        ",
        expect![[r#"
            warning uv:acme-annotated annotated/acme/annotated/py.typed: a typed library without `py.typed`: `annotated/acme/annotated/__init__.py` is annotated
            warning uv:acme-typed typed/src/acme_typed/py.typed: a typed library without `py.typed`: its classifiers say `Typing :: Typed`
            warning uv:checked checked/checked/py.typed: a typed library without `py.typed`: `checked/pyproject.toml` configures a type checker
            warning uv:unknown unknown/src/unknown/py.typed: a library without `py.typed`
            mended annotated/acme/annotated/py.typed
            mended checked/checked/py.typed
            mended typed/src/acme_typed/py.typed
        "#]],
    );
}
