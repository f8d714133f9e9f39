//! Repositories with more than one root: several workspaces, crates and projects that stand alone, sources by path.

use expect_test::expect;

use super::{check_discover, check_edits, check_fault};

#[test]
fn crates_of_several_roots_know_each_other() {
    check_discover(
        "
        //- rust/Cargo.toml
        [workspace]
        members = ['a', 'excluded/c']
        exclude = ['excluded', 'vendored']
        [workspace.dependencies]
        only-shared = { path = 'shared', version = '1' }
        unused = { path = 'unused' }
        //- rust/a/Cargo.toml
        [package]
        name = 'a'
        version = '1.0.0'
        [dependencies]
        only-shared.workspace = true
        vendored = { path = '../vendored' }
        lone = { path = '../../lone', version = '=0.1.0' }
        [dev-dependencies]
        other = { path = '../../tools/other' }
        //- rust/shared/Cargo.toml
        [package]
        name = 'only-shared'
        version = '1.0.0'
        publish = []
        //- rust/unused/Cargo.toml
        broken = {{
        //- rust/vendored/Cargo.toml
        [package]
        name = 'vendored'
        version = '1.0.0'
        //- rust/excluded/c/Cargo.toml
        [package]
        name = 'c'
        version = '1.0.0'
        //- lone/Cargo.toml
        [package]
        name = 'lone'
        version = '0.1.0'
        publish = ['corp', 'crates-io']
        [dependencies]
        lone-derive = { path = 'derive', version = '0.1' }
        //- lone/derive/Cargo.toml
        [package]
        name = 'lone-derive'
        version = '0.1.0'
        //- lone/tests/fixture/Cargo.toml
        broken = {{
        //- tools/Cargo.toml
        workspace = { members = ['*'] }
        //- tools/other/Cargo.toml
        [package]
        name = 'other'
        version = '0.1.0'
        ",
        expect![[r#"
            cargo:lone 0.1.0 in lone, corp; normal cargo:lone-derive 0.1
            cargo:lone-derive 0.1.0 in lone/derive, crates-io
            cargo:a 1.0.0 in rust/a, crates-io; normal cargo:lone =0.1.0; normal cargo:only-shared 1; dev cargo:other 
            cargo:only-shared 1.0.0 in rust/shared, private (publish = [])
            cargo:other 0.1.0 in tools/other, crates-io
        "#]],
    );
}

#[test]
fn what_private_crates_inherit_is_bumped_with_it() {
    check_edits(
        "
        //- rust/Cargo.toml
        [workspace]
        members = ['a', 'hidden']
        [workspace.package]
        version = '0.1.0'
        //- rust/Cargo.lock
        [[package]]
        name = 'a'
        version = '0.1.0'
        [[package]]
        name = 'hidden'
        version = '0.1.0'
        //- other/Cargo.lock
        [[package]]
        name = 'a'
        version = '0.1.0'
        [[package]]
        name = 'other'
        version = '7.0.0'
        dependencies = ['a 0.1.0', 'a 0.1.0 (registry+https://example.invalid)']
        //- rust/a/Cargo.toml
        [package]
        name = 'a'
        version.workspace = true
        [build-dependencies]
        hidden = { path = '../hidden', version = '0.1' }
        //- rust/hidden/Cargo.toml
        [package]
        name = 'hidden'
        version.workspace = true
        publish = false
        //- other/Cargo.toml
        [package]
        name = 'other'
        version = '7.0.0'
        [dependencies]
        a = { path = '../rust/a', version = '0.1.0' }
        ",
        &[("a", "0.2.0")],
        expect![[r#"
            other/Cargo.toml dependencies.a.version: 0.1.0 -> 0.2.0
            rust/Cargo.toml workspace.package.version: 0.1.0 -> 0.2.0
            rust/a/Cargo.toml build-dependencies.hidden.version: 0.1 -> 0.2
            other/Cargo.lock a.version: 0.1.0 -> 0.2.0
            other/Cargo.lock other.dependencies: a 0.1.0 -> a 0.2.0
            rust/Cargo.lock a.version: 0.1.0 -> 0.2.0
            rust/Cargo.lock hidden.version: 0.1.0 -> 0.2.0"#]],
    );
}

#[test]
fn python_packages_are_found_wherever_they_stand() {
    check_discover(
        "
        //- pyproject.toml
        [project]
        name = 'root'
        version = '1.0'
        dependencies = ['Member.One', 'elsewhere', 'by_path>=1 ; extra == \"x\"', 'six']
        [build-system]
        requires = ['setuptools', 'builder==0.1']
        [tool.uv.sources]
        member-one = [{ workspace = true, marker = 'a' }, { index = 'x' }]
        elsewhere = { git = 'x' }
        by-path = { path = 'libs/by-path' }
        [tool.uv.workspace]
        members = ['packages/*']
        [tool.uv]
        dev-dependencies = ['builder']
        //- packages/one/pyproject.toml
        [project]
        name = 'member_one'
        dynamic = ['version']
        [build-system]
        requires = ['setuptools']
        [tool.setuptools.dynamic]
        version = { file = ['VERSION'] }
        //- packages/one/VERSION
        2.0
        //- packages/two/pyproject.toml
        [project]
        name = 'elsewhere'
        version = '1'
        [build-system]
        //- packages/three/pyproject.toml
        [project]
        name = 'builder'
        dynamic = ['version']
        [build-system]
        [tool.setuptools.dynamic.version]
        attr = 'builder.version.VERSION'
        //- packages/three/src/builder/version.py
        VERSION: str = '0.1'
        //- packages/four/pyproject.toml
        [project]
        name = 'from-tag'
        dynamic = ['version']
        [build-system]
        [tool.hatch.version]
        source = 'vcs'
        //- libs/by-path/pyproject.toml
        [project]
        name = 'By_Path'
        version = '1'
        [tool.uv]
        package = true
        //- samples/pyproject.toml
        [project]
        name = 'sample'
        version = '1'
        ",
        expect![[r#"
            uv:root 1.0.0 in ., pypi; normal uv:By_Path >=1; build uv:builder ==0.1; dev uv:builder ; normal uv:member_one 
            uv:By_Path 1.0.0 in libs/by-path, pypi
            uv:from-tag 0.0.0 in packages/four, pypi
            uv:member_one 2.0.0 in packages/one, pypi
            uv:builder 0.1.0 in packages/three, pypi
            uv:elsewhere 1.0.0 in packages/two, pypi
        "#]],
    );
}

#[test]
fn names_that_no_tool_would_take_are_told() {
    check_fault(
        "
        //- a/Cargo.toml
        [package]
        name = '--index'
        version = '1.0.0'
        //- b/pyproject.toml
        [project]
        name = \"a\\u001b[31m\"
        version = '1'
        //- c/pyproject.toml
        [project]
        name = 'acme-core'
        version = '1'
        //- d/pyproject.toml
        [project]
        name = 'Acme_Core'
        version = '1'
        //- e/pyproject.toml
        [project]
        version = '1'
        ",
        expect![[r#"
            `--index` is no name of a crate
              --> a/Cargo.toml:2
              help: use letters, digits, `-` and `_`
            two packages are named `acme-core`
              --> d/pyproject.toml:2
              cause: the other one is `c/pyproject.toml`; an index takes them for the same
              help: rename one
            `a\u{1b}[31m` is no name of a Python package
              --> b/pyproject.toml:2
              help: use letters, digits, `-`, `_` and `.`
            a project has no name
              --> e/pyproject.toml:1
              help: give `project.name`"#]],
    );
}
