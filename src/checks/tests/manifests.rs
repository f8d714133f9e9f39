//! What manifests and the configuration say.

use expect_test::expect;

use super::check;

#[test]
fn members_that_nobody_plans_are_found() {
    check(
        "unplanned_members",
        "
        //- Cargo.toml
        [workspace]
        members = ['crates/core']
        exclude = ['crates/out']
        //- crates/core/Cargo.toml
        [package]
        name = 'core'
        version = '0.1.0'
        //- crates/forgotten/Cargo.toml
        [package]
        name = 'forgotten'
        version.workspace = true
        //- crates/out/Cargo.toml
        [package]
        name = 'out'
        version = '0.1.0'
        //- crates/secret/Cargo.toml
        [package]
        name = 'secret'
        version = '0.1.0'
        publish = false
        //- crates/alone/Cargo.toml
        [package]
        name = 'alone'
        version = '0.1.0'
        [workspace]
        //- crates/core/tests/fixture/Cargo.toml
        [package]
        name = 'fixture'
        version = '0.1.0'
        //- py/pyproject.toml
        [tool.uv.workspace]
        members = ['packages/core']
        exclude = ['packages/o*']
        //- py/packages/core/pyproject.toml
        [project]
        name = 'p-core'
        version = '0.1.0'
        //- py/packages/forgotten/pyproject.toml
        [project]
        name = 'p-forgotten'
        version = '0.1.0'
        [build-system]
        requires = []
        //- py/packages/out/pyproject.toml
        [project]
        name = 'p-out'
        [build-system]
        requires = []
        //- py/packages/tool/pyproject.toml
        [project]
        name = 'p-tool'
        ",
        expect![[r#"
            error crates/forgotten/Cargo.toml:2: `forgotten` lies beside members of the workspace of `Cargo.toml` and is none
            error py/packages/forgotten/pyproject.toml:2: `p-forgotten` lies beside members of the workspace of `py/pyproject.toml` and is none
        "#]],
    );
}

#[test]
fn rules_that_match_nothing_are_found() {
    check(
        "config_rules",
        "
        //- castoff.toml
        [release]
        exclude = ['examples/**', 'old/**']
        ignore = ['**/CHANGELOG.md']
        [paths]
        engine = ['core/', 'proto/*.proto']
        [component.core]
        changed-by = ['engine', 'docs/', 'core/Cargo.toml']
        version-file = 'VERSION'
        extra-files = ['core/Cargo.toml', 'gone.txt']
        //- core/Cargo.toml
        [package]
        name = 'core'
        version = '0.1.0'
        //- examples/one/Cargo.toml
        ",
        expect![[r#"
            error castoff.toml:5: `proto/*.proto` in `paths.engine` matches no file
            error castoff.toml:7: `docs/` in `component.core.changed-by` matches no file
            error castoff.toml:8: `VERSION` in `component.core.version-file` matches no file
            error castoff.toml:9: `gone.txt` in `component.core.extra-files` matches no file
            warning castoff.toml:2: `old/**` in `release.exclude` matches no file
            warning castoff.toml:3: `**/CHANGELOG.md` in `release.ignore` matches no file
        "#]],
    );
}

#[test]
fn versions_that_drifted_are_found() {
    check(
        "version_consistency",
        "
        //- castoff.toml
        [component.acme]
        packages = ['uv:acme*']
        version-file = 'VERSION'
        //- VERSION
        0.4.0
        //- core/pyproject.toml
        [project]
        name = 'acme'
        version = '0.5.0'
        [build-system]
        requires = []
        //- flask/pyproject.toml
        [project]
        name = 'acme-flask'
        version = '0.4.0'
        dependencies = ['six', 'acme>=0.4,<0.5']
        [build-system]
        requires = []
        //- web/pyproject.toml
        [project]
        name = 'acme-web'
        version = '0.5.0'
        dependencies = ['acme>=0.4']
        [build-system]
        requires = []
        //- other/pyproject.toml
        [project]
        name = 'other'
        version = '7'
        [build-system]
        requires = []
        ",
        expect![[r#"
            error uv:acme-flask flask/pyproject.toml:4: it requires `uv:acme >=0.4,<0.5`, and that is at 0.5.0 here
            warning uv:acme-flask flask/pyproject.toml:2: it is at 0.4.0, and most of its component are at 0.5.0
            warning VERSION:1: it says 0.4.0, and the packages of `acme` are at 0.5.0
        "#]],
    );
}

#[test]
fn directories_that_say_another_name_are_found() {
    let package = |dir: &str, name: &str| {
        format!("//- {dir}/Cargo.toml\n[package]\nname = '{name}'\nversion = '0.1.0'\n")
    };
    let fixture: String = [
        ("crates/server", "acme-client"),
        ("crates/acme-kernel", "acme-core"),
        ("crates/web", "acme-web"),
        ("crates/acme_cli", "acme-cli"),
        ("crates/grep-cli-extra", "cli"),
        ("workers/node", "acme-workers-node"),
        ("bindings/python", "acme"),
    ]
    .iter()
    .map(|(dir, name)| package(dir, name))
    .collect();
    check(
        "naming_convention",
        &fixture,
        expect![[r#"
        warning cargo:acme-client crates/server/Cargo.toml:2: the directory is named `server`, the package `acme-client`
        warning cargo:acme-core crates/acme-kernel/Cargo.toml:2: the directory is named `acme-kernel`, the package `acme-core`
    "#]],
    );
}

#[test]
fn missing_metadata_is_found_and_inherited_where_the_workspace_has_it() {
    check(
        "metadata_completeness",
        "
        //- Cargo.toml
        [workspace]
        members = ['a', 'b', 'corp', 'private']
        [workspace.package]
        license = 'MIT'
        repository = 'x'
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '0.1.0'
        description = 'b'
        license-file = 'LICENSE'
        homepage = 'x'
        //- corp/Cargo.toml
        [package]
        name = 'corp'
        version = '0.1.0'
        publish = ['corp']
        repository.workspace = true
        //- private/Cargo.toml
        [package]
        name = 'private'
        version = '0.1.0'
        publish = false
        //- py/pyproject.toml
        [project]
        name = 'p'
        version = '0.1.0'
        description = ''
        dynamic = ['license']
        classifiers = ['License :: OSI Approved']
        [build-system]
        requires = []
        ",
        expect![[r#"
            error cargo:a a/Cargo.toml:2: no `description`, `license`, without which its registry refuses it
            warning cargo:a a/Cargo.toml:2: no `repository`
            warning cargo:corp corp/Cargo.toml:2: no `description`, `license`
            warning uv:p py/pyproject.toml:2: no `description`, `authors`, `requires-python`, `urls`
            mended a/Cargo.toml
              +license.workspace = true
              +repository.workspace = true
            mended corp/Cargo.toml
              +license.workspace = true
        "#]],
    );
}

#[test]
fn npm_packages_are_described_and_named() {
    let fixture = "
        //- package.json
        { \"private\": true, \"workspaces\": [\"packages/*\", \"bindings/*\"] }
        //- packages/core/package.json
        { \"name\": \"@acme/core\", \"version\": \"1.0.0\", \"description\": \"x\", \"license\": \"MIT\", \"repository\": { \"url\": \"x\" } }
        //- packages/ui/package.json
        { \"name\": \"@acme/widgets\", \"version\": \"1.0.0\", \"description\": \"\", \"license\": \"MIT\" }
        //- bindings/node/package.json
        { \"version\": \"1.0.0\", \"repository\": \"acme/acme\", \"description\": \"x\",
        \"name\": \"acme\" }
        ";
    check(
        "naming_convention",
        fixture,
        expect![[r#"
        warning npm:@acme/widgets packages/ui/package.json:1: the directory is named `ui`, the package `@acme/widgets`
    "#]],
    );
    check(
        "metadata_completeness",
        fixture,
        expect![[r#"
        warning npm:@acme/widgets packages/ui/package.json:1: no `description`, `repository`
        warning npm:acme bindings/node/package.json:2: no `license`
    "#]],
    );
}

#[test]
fn what_an_npm_package_cannot_find_is_told() {
    let fixture = "
        //- package.json
        { \"private\": true, \"workspaces\": [\"*\"] }
        //- a/package.json
        { \"name\": \"a\", \"version\": \"1.0.0\",
        \"dependencies\": { \"b\": \"workspace:*\",
        \"gone\": \"workspace:*\",
        \"lost\": \"file:../lost\",
        \"left-pad\": \"^1\", \"tagged\": \"next\", \"hidden\": \"workspace:^\" } }
        //- b/package.json
        { \"name\": \"b\", \"version\": \"1.0.0\" }
        //- hidden/package.json
        { \"name\": \"hidden\", \"version\": \"1.0.0\", \"private\": true }
        ";
    check(
        "orphan_deps",
        fixture,
        expect![[r#"
        error npm:a a/package.json:3: `gone` is required from the repository, and no member of the workspace of `package.json` has this name
        error npm:a a/package.json:4: `lost` is required from the repository, and there is nothing at `lost`
    "#]],
    );
    check(
        "unpublishable_deps",
        fixture,
        expect![[r#"
        error npm:a a/package.json:5: it is published and requires `npm:hidden`, which is private (private: true)
    "#]],
    );
}
