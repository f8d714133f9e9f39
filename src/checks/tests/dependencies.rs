//! What packages need of each other.

use expect_test::expect;

use super::{check, read};
use crate::checks::{Facts, fixes, named, run};
use crate::edit::apply_all;
use crate::workspace;

#[test]
fn cycles_are_found() {
    check(
        "cycles",
        "
        //- Cargo.toml
        [workspace]
        members = ['a', 'b', 'c']
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        [dependencies]
        b = { path = '../b', version = '0.1.0' }
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '0.1.0'
        [build-dependencies]
        a = { path = '../a', version = '0.1.0' }
        //- c/Cargo.toml
        [package]
        name = 'c'
        version = '0.1.0'
        [dependencies]
        a = { path = '../a', version = '0.1.0' }
        ",
        expect![[r#"
            error cargo:a a/Cargo.toml:5: a circle: `cargo:a` -> `cargo:b` -> `cargo:a`
        "#]],
    );
}

#[test]
fn what_is_needed_for_development_makes_no_cycle() {
    check(
        "cycles",
        "
        //- Cargo.toml
        [workspace]
        members = ['a', 'b']
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        [dependencies]
        b = { path = '../b', version = '0.1.0' }
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '0.1.0'
        [dev-dependencies]
        a = { path = '../a' }
        ",
        expect![[""]],
    );
}

#[test]
fn a_circle_through_an_extra_is_a_warning() {
    check(
        "cycles",
        "
        //- core/pyproject.toml
        [project]
        name = 'core'
        version = '0.1.0'
        [project.optional-dependencies]
        web = ['web']
        all = ['core[web]']
        //- web/pyproject.toml
        [project]
        name = 'web'
        version = '0.1.0'
        dependencies = ['core']
        ",
        expect![[r#"
            warning uv:core core/pyproject.toml:5: a circle through an extra: `uv:core` -> `uv:web` -> `uv:core`
        "#]],
    );
}

#[test]
fn self_deps_are_found_and_taken_out() {
    check(
        "self_deps",
        "
        //- one/pyproject.toml
        [project]
        name = 'acme-flask'
        version = '0.1.0'
        dependencies = [
        'acme-core',
        'Acme_Flask>=0.1', # why
        'flask',
        ]
        [project.optional-dependencies]
        all = ['acme-flask[fast,async]']
        self = ['flask', 'acme-flask']
        [dependency-groups]
        dev = ['acme-flask[all]']
        [build-system]
        requires = ['acme-flask', 'setuptools']
        //- backend/pyproject.toml
        [project]
        name = 'acme-backend'
        version = '0.1.0'
        [build-system]
        requires = ['acme-backend']
        backend-path = ['.']
        //- crate/Cargo.toml
        [package]
        name = 'acme'
        version = '0.1.0'
        [dev-dependencies]
        acme = { path = '.', features = ['x'] }
        //- wrong/Cargo.toml
        [package]
        name = 'wrong'
        version = '0.1.0'
        [dependencies]
        wrong = { path = '.' }
        ",
        expect![[r#"
            error cargo:wrong wrong/Cargo.toml:5: it requires itself
            error uv:acme-flask one/pyproject.toml:6: it requires itself
            error uv:acme-flask one/pyproject.toml:11: it requires itself
            error uv:acme-flask one/pyproject.toml:15: it requires itself
            mended one/pyproject.toml
              -'Acme_Flask>=0.1', # why
              -self = ['flask', 'acme-flask']
              -requires = ['acme-flask', 'setuptools']
              +self = ['flask']
              +requires = ['setuptools']
        "#]],
    );
}

#[test]
fn orphan_deps_are_found_where_the_manifest_says_that_they_are_here() {
    check(
        "orphan_deps",
        "
        //- Cargo.toml
        [workspace]
        members = ['a']
        exclude = ['out']
        [workspace.dependencies]
        moved = { path = 'crates/moved', version = '1' }
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        [dependencies]
        gone = { path = '../gone' }
        moved.workspace = true
        unnamed = { workspace = true }
        out = { path = '../out' }
        elsewhere = { path = '../../other' }
        settled = { path = '../../other', version = '1' }
        remote = { git = 'x' }
        [dev-dependencies]
        outside = { package = 'out', path = '../out' }
        //- out/Cargo.toml
        [package]
        name = 'out'
        version = '0.1.0'
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = '0.1.0'
        dependencies = ['lost', 'by-path', 'wheel', 'remote', 'plain']
        [tool.uv.sources]
        lost = { workspace = true }
        by-path = { path = '../nothing' }
        wheel = { path = 'wheels/w.whl' }
        remote = { git = 'x' }
        //- py/wheels/w.whl
        ",
        expect![[r#"
            error cargo:a a/Cargo.toml:5: `gone` is required from the repository, and there is no `gone/Cargo.toml`
            error cargo:a a/Cargo.toml:6: `moved` is required from the repository, and there is no `crates/moved/Cargo.toml`
            error cargo:a a/Cargo.toml:7: `unnamed` is required from the repository, and `workspace.dependencies` of `Cargo.toml` does not name it
            error cargo:a a/Cargo.toml:8: `out` is required from the repository, and `out` is left out of the packages of the repository
            error cargo:a a/Cargo.toml:9: `elsewhere` is required from the repository, and `../../other` leads out of the repository
            error uv:p py/pyproject.toml:4: `lost` is required from the repository, and no member of the workspace of `py/pyproject.toml` has this name
            error uv:p py/pyproject.toml:4: `by-path` is required from the repository, and there is nothing at `nothing`
        "#]],
    );
}

#[test]
fn orphan_deps_are_found_by_their_name() {
    check(
        "orphan_deps",
        "
        //- pyproject.toml
        [tool.uv.workspace]
        members = ['packages/*']
        [tool.uv.sources]
        acme-vendored = { git = 'x' }
        //- packages/core/pyproject.toml
        [project]
        name = 'acme-core'
        version = '0.1.0'
        dependencies = ['acmeless', 'six']
        //- packages/web/pyproject.toml
        [project]
        name = 'acme_web'
        version = '0.1.0'
        dependencies = ['acme-core', 'Acme.Util>=0.1', 'acme-vendored']
        ",
        expect![[r#"
            warning uv:acme_web packages/web/pyproject.toml:4: `Acme.Util` is named like the packages here, and none of them is it
        "#]],
    );
    check(
        "orphan_deps",
        "
        //- one/pyproject.toml
        [project]
        name = 'google-auth'
        version = '0.1.0'
        dependencies = ['google-core']
        ",
        expect![[""]],
    );
}

#[test]
fn what_cannot_be_published_is_found_and_versions_are_added() {
    check(
        "unpublishable_deps",
        "
        //- Cargo.toml
        [workspace]
        members = ['a', 'b', 'secret', 'tests']
        [workspace.dependencies]
        shared = { package = 'b', path = 'b' } # kept
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        [dependencies]
        b = { path = '../b', features = ['x'] }
        again.path = '../b' # kept
        again.package = 'b'
        secret = { path = '../secret', version = '0.1' }
        shared.workspace = true
        fine = { package = 'b', path = '../b', version = '0.3' }
        [target.'cfg(unix)'.dependencies.table]
        path = '../b'
        package = 'b'
        [dev-dependencies]
        secret = { path = '../secret' }
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '0.3.1'
        [dev-dependencies]
        secret = { path = '../secret', version = '0.1' }
        //- secret/Cargo.toml
        [package]
        name = 'secret'
        version = '0.1.0'
        publish = false
        //- tests/Cargo.toml
        [package]
        name = 'tests'
        version = '0.1.0'
        publish = false
        [dependencies]
        b = { path = '../b' }
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = '0.1.0'
        dependencies = ['q', 'r']
        [dependency-groups]
        dev = ['r']
        [build-system]
        requires = []
        //- q/pyproject.toml
        [project]
        name = 'q'
        version = '0.1.0'
        [build-system]
        requires = []
        //- r/pyproject.toml
        [project]
        name = 'r'
        version = '0.1.0'
        classifiers = ['Private :: x']
        ",
        expect![[r#"
            error cargo:a a/Cargo.toml:5: it is published and requires `cargo:b` by path alone
            error cargo:a a/Cargo.toml:6: it is published and requires `cargo:b` by path alone
            error cargo:a a/Cargo.toml:8: it is published and requires `cargo:secret`, which is private (publish = false)
            error cargo:a a/Cargo.toml:9: it is published and requires `cargo:b` by path alone
            error cargo:a a/Cargo.toml:11: it is published and requires `cargo:b` by path alone
            error cargo:b b/Cargo.toml:5: it is published and requires `cargo:secret`, which is private (publish = false)
            error uv:p py/pyproject.toml:4: it is published and requires `uv:r`, which is private (classifier `Private :: …`)
            mended Cargo.toml
              -shared = { package = 'b', path = 'b' } # kept
              +shared = { package = 'b', path = 'b', version = "0.3.1" } # kept
            mended a/Cargo.toml
              -b = { path = '../b', features = ['x'] }
              +b = { path = '../b', version = "0.3.1", features = ['x'] }
              +again.version = "0.3.1"
              +version = "0.3.1"
        "#]],
    );
}

#[test]
fn fixes_keep_the_line_ends_of_a_file() {
    let (mut tree, config, _) = read("//- a/Cargo.toml\n//- b/Cargo.toml");
    let a = "[package]\r\nname = \"a\"\r\nversion = \"0.1.0\"\r\n[dependencies]\r\nb.path = \"../b\"\r\n[lib]\r\n";
    tree.texts.insert("a/Cargo.toml".into(), a.into());
    tree.texts.insert("b/Cargo.toml".into(), "package = { name = \"b\", version = \"0.2.0\" }".into());
    let workspace = workspace::read(&tree, &config, "repository").unwrap();
    let outcomes =
        run(&[named("unpublishable_deps").unwrap()], &Facts::new(&tree, &workspace, &config, None));
    let after = apply_all(&tree, &fixes(&outcomes)).unwrap();
    let expected = a.replace("[lib]", "b.version = \"0.2.0\"\r\n[lib]");
    assert_eq!(after.text("a/Cargo.toml").unwrap(), expected);
}

#[test]
fn a_missing_version_is_added_in_the_form_of_the_others() {
    check(
        "unpublishable_deps",
        "
        //- Cargo.toml
        [workspace]
        members = ['*']
        [workspace.dependencies]
        acme-core = { path = 'core', version = '=0.1.0' }
        //- core/Cargo.toml
        [package]
        name = 'acme-core'
        version = '0.1.0'
        //- web/Cargo.toml
        [package]
        name = 'acme-web'
        version = '0.1.0'
        [dependencies]
        acme-core = { path = '../core' }
        ",
        expect![[r#"
            error cargo:acme-web web/Cargo.toml:5: it is published and requires `cargo:acme-core` by path alone
            mended web/Cargo.toml
              -acme-core = { path = '../core' }
              +acme-core = { path = '../core', version = "=0.1.0" }
        "#]],
    );
}
