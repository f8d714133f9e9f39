//! Locks that say what the manifests say, and others.

use expect_test::{Expect, expect};

use super::check;

fn of_cargo(lock: &str, expected: Expect) {
    let manifests = "
        //- Cargo.toml
        [workspace]
        members = ['a', 'b']
        [workspace.package]
        version = '0.2.0'
        [workspace.dependencies]
        a = { path = 'a', version = '0.2' }
        json = { package = 'serde_json', version = '1' }
        //- a/Cargo.toml
        [package]
        name = 'a'
        version.workspace = true
        [dependencies]
        json = { workspace = true, optional = true }
        lazy-static = '1'
        [target.'cfg(windows)'.dependencies]
        winapi = '0.3'
        [dev-dependencies]
        a = { path = '.' }
        //- b/Cargo.toml
        [package]
        name = 'b'
        version = '1.0.0'
        [dependencies]
        a.workspace = true
        itoa = '1'
        [build-dependencies]
        old = { package = 'itoa', version = '0.4' }
        //- Cargo.lock
        version = 4
        [[package]]
        name = 'winapi'
        version = '0.3.9'
        source = 'r'
        [[package]]
        name = 'serde_json'
        version = '1.0.1'
        source = 'r'
        [[package]]
        name = 'lazy_static'
        version = '1.4.0'
        source = 'r'
        [[package]]
        name = 'itoa'
        version = '0.4.8'
        source = 'r'
        [[package]]
        name = 'itoa'
        version = '1.0.0'
        source = 'r'
        ";
    check("stale_locks", &format!("{manifests}{lock}"), expected);
}

const A: &str = "
    [[package]]
    name = 'a'
    version = '0.2.0'
    dependencies = ['lazy_static', 'serde_json', 'winapi']
    ";

const B: &str = "
    [[package]]
    name = 'b'
    version = '1.0.0'
    dependencies = ['a', 'itoa 0.4.8', 'itoa 1.0.0']
    ";

#[test]
fn a_cargo_lock_that_does_not_say_what_the_manifests_say_is_found() {
    of_cargo(&format!("{A}{B}"), expect![""]);
    of_cargo(
        &B.replace("'itoa 0.4.8', ", "").replace("1.0.0'\n", "0.9.0'\n"),
        expect![[r#"
            error cargo:a Cargo.lock: the lock is not up to date: it has no entry for it
            error cargo:b Cargo.lock:25: the lock is not up to date: it is 0.9.0 there, and 1.0.0 in its manifest
        "#]],
    );
    of_cargo(
        &(A.replace(", 'winapi'", "") + &B.replace("'a'", "'a', 'libc'")),
        expect![[r#"
            error cargo:a Cargo.lock:25: the lock is not up to date: its manifest needs `winapi`, and the lock does not have that
            error cargo:b Cargo.lock:30: the lock is not up to date: the lock has `libc`, and its manifest does not need that
        "#]],
    );
    of_cargo(
        &(A.to_string() + &B.replace("'itoa 0.4.8', ", "")),
        expect![[r#"
            error cargo:b Cargo.lock:30: the lock is not up to date: `itoa` is 1.0.0 there, and its manifest asks for `0.4`
        "#]],
    );
}

#[test]
fn a_uv_lock_that_does_not_say_what_the_manifests_say_is_found() {
    let with = |entry: &str, expected: Expect| {
        let files = "
            //- pyproject.toml
            [tool.uv.workspace]
            members = ['p', 'q']
            [tool.uv.sources]
            q = { workspace = true }
            //- q/pyproject.toml
            [project]
            name = 'Q'
            version = '1.0'
            [build-system]
            requires = []
            //- p/pyproject.toml
            [project]
            name = 'p'
            version = '0.2.0rc1'
            dependencies = ['q>=1', 'Six >= 1.10 , < 2 ; python_version > \"3\"']
            [project.optional-dependencies]
            fast = ['idna[all]']
            [dependency-groups]
            dev = ['pytest']
            [build-system]
            requires = []
            //- uv.lock
            [[package]]
            name = 'q'
            version = '1.0'
            source = { editable = 'q' }
            ";
        check("stale_locks", &format!("{files}{entry}"), expected);
    };
    let entry = "
        [[package]]
        name = 'p'
        version = '0.2.0rc1'
        dependencies = [{ name = 'q' }, { name = 'six' }]
        [package.metadata]
        requires-dist = [
        { name = 'idna', extras = ['all'], marker = 'x' },
        { name = 'q', editable = 'q' },
        { name = 'six', specifier = '<2,>=1.10', marker = 'x' },
        ]
        ";
    with(entry, expect![""]);
    // As older ones wrote it, without what the manifests say.
    with(entry.split("[package.metadata]").next().unwrap(), expect![""]);
    with(
        "",
        expect![[r#"
        error uv:p uv.lock: the lock is not up to date: it has no entry for it
    "#]],
    );
    with(
        &entry.replace("rc1", "rc2"),
        expect![[r#"
            error uv:p uv.lock:7: the lock is not up to date: it is 0.2.0rc2 there, and 0.2.0rc1 in its manifest
        "#]],
    );
    with(
        &entry.replace("<2,", ""),
        expect![[r#"
            error uv:p uv.lock:7: the lock is not up to date: its manifest needs `six <2,>=1.10`, and the lock has `six >=1.10`
        "#]],
    );
    with(
        &entry.replace("{ name = 'q', editable = 'q' },", ""),
        expect![[r#"
            error uv:p uv.lock:7: the lock is not up to date: its manifest needs `q >=1`, and the lock does not have that
        "#]],
    );
}

#[test]
fn locks_of_npm_bun_and_pnpm_that_do_not_say_what_the_manifests_say_are_found() {
    let files = "
        //- package.json
        { 'private': true, 'workspaces': ['p'] }
        //- p/package.json
        { 'name': 'p', 'version': '1.0.0', 'dependencies': { 'a': '^1' }, 'devDependencies': { 'b': '*' }, 'peerDependencies': { 'c': '1' } }
        "
    .replace('\'', "\"");
    let with = |lock: &str, expected: Expect| {
        check("stale_locks", &format!("{files}{}", lock.replace('\'', "\"")), expected);
    };
    with(
        "//- package-lock.json
        { 'packages': { '': {}, 'p': { 'version': '1.0.0', 'dependencies': { 'a': '^1' }, 'devDependencies': { 'b': '*' } } } }
        //- bun.lock
        { 'workspaces': { 'p': { 'dependencies': { 'a': '^1' }, 'devDependencies': { 'b': '*' } }, }, }
        //- pnpm-lock.yaml
        importers: { p: { dependencies: { a: { specifier: ^1 }, c: { specifier: '1' } }, devDependencies: { b: { specifier: '*' } } } }
        //- yarn.lock
        # yarn lockfile v1",
        expect![""],
    );
    with(
        "//- package-lock.json
        { 'packages': { '': {}, 'p': { 'version': '0.9.0' } } }
        //- bun.lock
        { 'workspaces': { 'p': { 'dependencies': { 'a': '^2' }, 'devDependencies': { 'b': '*' } } } }
        //- pnpm-lock.yaml
        importers: { p: { dependencies: { a: { specifier: ^1 } } } }",
        expect![[r#"
            error npm:p package-lock.json:1: the lock is not up to date: it is 0.9.0 there, and 1.0.0 in its manifest
            error npm:p bun.lock:1: the lock is not up to date: its manifest needs `a ^1`, and the lock has `a ^2`
            error npm:p pnpm-lock.yaml: the lock is not up to date: its manifest needs `b *`, and the lock does not have that
        "#]],
    );
    with(
        "//- package-lock.json\n{ 'packages': { '': {} } }",
        expect![[r#"
            error npm:p package-lock.json: the lock is not up to date: it has no entry for it
        "#]],
    );
    // The first form of npm's lock says nothing of manifests.
    with("//- package-lock.json\n{ 'dependencies': {} }", expect![""]);
}
