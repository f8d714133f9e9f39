//! Workspaces of npm, pnpm and bun, and what their packages need of each other.

use std::path::Path;

use expect_test::expect;

use super::{check_discover, check_edits, check_fault, packages, tree};
use crate::ecosystem::of;
use crate::model::Kind;

const WORKSPACE: &str = "
    //- package.json
    { \"name\": \"acme\", \"private\": true, \"workspaces\": [\"packages/*\", \"./tools/{one,two}/\", \"!packages/skipped\"],
    \"devDependencies\": { \"@acme/core\": \"*\", \"typescript\": \"^5\" } }
    //- packages/core/package.json
    { \"name\": \"@acme/core\", \"version\": \"1.2.0\" }
    //- packages/app/package.json
    {
    \"version\": \"0.3.1\",
    \"name\": \"acme-app\",
    \"bin\": \"cli.js\",
    \"nested\": { \"version\": \"0.3.1\" },
    \"dependencies\": { \"@acme/core\": \"^1.2.0\", \"other\": \"npm:@acme/core@^1\", \"left-pad\": \"1\" },
    \"optionalDependencies\": { \"acme-native\": \"workspace:*\" },
    \"peerDependencies\": { \"acme-plugin\": \">=1\" },
    \"devDependencies\": { \"acme-tool\": \"file:../../tools/one\", \"acme-app\": \"^0.2.0\", \"alias\": \"workspace:@acme/core@~\" }
    }
    //- packages/plugin/package.json
    { \"name\": \"acme-plugin\", \"version\": \"1.0.0\", \"dependencies\": { \"acme-app\": \"workspace:^\", \"acme-native\": \"^9.0.0\", \"@acme/core\": \"workspace:1.x\" },
    \"publishConfig\": { \"registry\": \"https://npm.example.invalid/\" } }
    //- packages/native/package.json
    { \"name\": \"acme-native\", \"version\": \"2.0.0-rc.1\" }
    //- packages/skipped/package.json
    { \"name\": \"skipped\", \"version\": \"1.0.0\" }
    //- packages/app/test/fixture/package.json
    {{ broken
    //- packages/app/node_modules/dep/package.json
    { \"name\": \"dep\", \"version\": \"1.0.0\" }
    //- tools/one/package.json
    { \"name\": \"acme-tool\", \"version\": \"0.0.1\", \"private\": true }
    //- tools/two/package.json
    { \"type\": \"module\" }
    //- tools/three/package.json
    { \"name\": \"three\", \"version\": \"1.0.0\" }
";

#[test]
fn workspaces_are_read() {
    check_discover(
        WORKSPACE,
        expect![[r#"
            npm:acme 0.0.0 in ., private (private: true); dev npm:@acme/core *
            npm:acme-app 0.3.1 in packages/app, npm; normal npm:@acme/core ^1.2.0; dev npm:@acme/core ~1.2.0; optional npm:acme-native 2.0.0-rc.1; peer npm:acme-plugin >=1; dev npm:acme-tool 0.0.1
            npm:@acme/core 1.2.0 in packages/core, npm
            npm:acme-native 2.0.0-rc.1 in packages/native, npm
            npm:acme-plugin 1.0.0 in packages/plugin, https://npm.example.invalid; normal npm:@acme/core 1.x; normal npm:acme-app ^0.3.1
            npm:acme-tool 0.0.1 in tools/one, private (private: true)
            npm:./tools/two 0.0.0 in tools/two, private (no name)
        "#]],
    );
}

#[test]
fn requirements_are_raised_where_they_break_or_their_owner_is_released() {
    check_edits(
        WORKSPACE,
        &[("@acme/core", "1.3.0"), ("acme-app", "0.4.0"), ("acme-native", "2.0.0")],
        expect![[r#"
            packages/app/package.json version: 0.3.1 -> 0.4.0
            packages/app/package.json dependencies.@acme/core: ^1.2.0 -> ^1.3.0
            packages/core/package.json version: 1.2.0 -> 1.3.0
            packages/native/package.json version: 2.0.0-rc.1 -> 2.0.0"#]],
    );
    check_edits(
        WORKSPACE,
        &[("@acme/core", "1.3.0"), ("acme-plugin", "2.0.0")],
        expect![[r#"
        packages/core/package.json version: 1.2.0 -> 1.3.0
        packages/plugin/package.json version: 1.0.0 -> 2.0.0"#]],
    );
    check_edits(
        WORKSPACE,
        &[("@acme/core", "2.0.0"), ("acme-plugin", "0.9.0")],
        expect![[r#"
        packages/app/package.json dependencies.@acme/core: ^1.2.0 -> ^2.0.0
        packages/app/package.json peerDependencies.acme-plugin: >=1 -> >=0.9.0
        packages/core/package.json version: 1.2.0 -> 2.0.0
        packages/plugin/package.json version: 1.0.0 -> 0.9.0
        packages/plugin/package.json dependencies.@acme/core: workspace:1.x -> workspace:2.x"#]],
    );
}

#[test]
fn pnpm_has_a_file_of_its_own() {
    check_discover(
        "
        //- package.json
        { \"name\": \"root\", \"version\": \"0.1.0\", \"workspaces\": [\"ignored/*\"] }
        //- pnpm-workspace.yaml
        packages:
        - packages/**  # all
        - '!**/test/**'
        catalog: { core: ^1.0.0 }
        //- packages/core/package.json
        { \"name\": \"core\", \"version\": \"1.0.0\" }
        //- packages/core/test/package.json
        { \"name\": \"core-test\", \"version\": \"1.0.0\" }
        //- packages/deep/er/package.json
        { \"name\": \"deep\", \"version\": \"1.0.0\", \"dependencies\": { \"core\": \"catalog:\" }, \"devDependencies\": { \"root\": \"workspace:*\" } }
        //- ignored/one/package.json
        { \"name\": \"one\", \"version\": \"1.0.0\" }
        ",
        expect![[r#"
            npm:root 0.1.0 in ., npm
            npm:core 1.0.0 in packages/core, npm
            npm:deep 1.0.0 in packages/deep/er, npm; dev npm:root 0.1.0
        "#]],
    );
}

#[test]
fn packages_stand_alone_and_hold_what_lies_below_them() {
    check_discover(
        "
        //- package.json
        { \"private\": true, \"name\": \"tooling\", \"devDependencies\": { \"prettier\": \"3\" } }
        //- one/package.json
        \u{feff}{ \"name\": \"one\", \"version\": \"1.0.0\", \"dependencies\": { \"two\": \"^2.0.0\", \"local\": \"file:vendor/local\" } }
        //- one/fixtures/a/package.json
        { \"name\": \"one\", \"version\": \"3.0.0\" }
        //- one/vendor/local/package.json
        { \"name\": \"local\", \"version\": \"0.1.0\", \"private\": true }
        //- two/package.json
        { \"name\": \"two\", \"version\": \"2.1.0\" }
        //- docs/package.json
        { \"name\": \"docs\", \"version\": \"0.0.0\", \"private\": true }
        //- site/package.json
        { \"name\": \"docs\", \"version\": \"0.0.0\", \"private\": true }
        //- cjs/package.json
        { \"type\": \"commonjs\" }
        //- inner/pnpm-workspace.yaml
        packages: ['a', \"b\"]
        //- inner/a/package.json
        { \"name\": \"a\", \"version\": \"1.0.0\", \"peerDependencies\": { \"b\": \"workspace:^\" } }
        //- inner/b/package.json
        { \"name\": \"b\", \"version\": \"1.0.0\", \"dependencies\": { \"a\": \"workspace:*\" } }
        ",
        expect![[r#"
            npm:./docs 0.0.0 in docs, private (private: true)
            npm:a 1.0.0 in inner/a, npm; peer npm:b ^1.0.0
            npm:b 1.0.0 in inner/b, npm; normal npm:a 1.0.0
            npm:one 1.0.0 in one, npm; normal npm:local 0.1.0; normal npm:two ^2.0.0
            npm:local 0.1.0 in one/vendor/local, private (private: true)
            npm:./site 0.0.0 in site, private (private: true)
            npm:two 2.1.0 in two, npm
        "#]],
    );
}

#[test]
fn what_npm_would_not_take_is_told() {
    check_fault(
        "
        //- a/package.json
        {
        \"name\": \"--registry\",
        \"version\": \"1.0.0\"
        }
        //- b/package.json
        { \"name\": \"b\",
        \"version\": \"1.0\" }
        //- c/package.json
        { \"name\": \"c\",
        \"version\": \"1.0.0\"
        \"private\": true }
        //- d/pnpm-workspace.yaml
        packages: [
        //- e/package.json
        { \"name\": \"Not A Name\", \"version\": \"one\", \"private\": true }
        ",
        expect![[r#"
            `--registry` is no name of an npm package
              --> a/package.json:2
              help: use letters, digits, `-`, `_` and `.`
            cannot read the version `1.0`
              --> b/package.json:2
              cause: unexpected end of input while parsing minor version number
              help: write one such as `1.2.3`
            cannot read `c/package.json`
              --> c/package.json:2
              cause: expected comma
              help: correct the JSON
            cannot read `d/pnpm-workspace.yaml`
              --> d/pnpm-workspace.yaml:2
              cause: while parsing a node, did not find expected node content
              help: correct the YAML"#]],
    );
}

const LOCKED: &str = "
    //- package.json
    { \"name\": \"root\", \"version\": \"1.0.0\", \"workspaces\": { \"packages\": [\"packages/*\"] }, \"dependencies\": { \"core\": \"^1.0.0\" } }
    //- packages/core/package.json
    { \"name\": \"core\", \"version\": \"1.0.0\" }
    //- packages/app/package.json
    { \"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": { \"core\": \"1.0.0\" }, \"peerDependencies\": { \"root\": \"workspace:^1.0.0\" } }
";

#[test]
fn the_lock_of_npm_says_what_the_manifests_say() {
    let fixture = format!(
        "{LOCKED}
        //- package-lock.json
        {{ \"name\": \"root\", \"version\": \"1.0.0\", \"lockfileVersion\": 2, \"requires\": true,
        \"packages\": {{
        \"\": {{ \"name\": \"root\", \"version\": \"1.0.0\", \"workspaces\": [\"packages/*\"], \"dependencies\": {{ \"core\": \"^1.0.0\" }} }},
        \"node_modules/core\": {{ \"resolved\": \"packages/core\", \"link\": true }},
        \"node_modules/x\": {{ \"version\": \"1.0.0\", \"dependencies\": {{ \"core\": \"1.0.0\" }} }},
        \"packages/app\": {{ \"version\": \"1.0.0\", \"dependencies\": {{ \"core\": \"1.0.0\" }}, \"peerDependencies\": {{ \"root\": \"workspace:^1.0.0\" }} }},
        \"packages/core\": {{ \"version\": \"1.0.0\" }} }},
        \"dependencies\": {{ \"core\": {{ \"version\": \"file:packages/core\" }},
        \"app\": {{ \"version\": \"file:packages/app\", \"requires\": {{ \"core\": \"1.0.0\" }} }} }} }}
        "
    );
    check_edits(
        &fixture,
        &[("root", "2.0.0"), ("core", "1.1.0")],
        expect![[r#"
        package.json version: 1.0.0 -> 2.0.0
        package.json dependencies.core: ^1.0.0 -> ^1.1.0
        packages/app/package.json dependencies.core: 1.0.0 -> 1.1.0
        packages/app/package.json peerDependencies.root: workspace:^1.0.0 -> workspace:^2.0.0
        packages/core/package.json version: 1.0.0 -> 1.1.0
        package-lock.json root.version: 1.0.0 -> 2.0.0
        package-lock.json app.requires.core: 1.0.0 -> 1.1.0
        package-lock.json root.version: 1.0.0 -> 2.0.0
        package-lock.json root.dependencies.core: ^1.0.0 -> ^1.1.0
        package-lock.json app.dependencies.core: 1.0.0 -> 1.1.0
        package-lock.json app.peerDependencies.root: workspace:^1.0.0 -> workspace:^2.0.0
        package-lock.json core.version: 1.0.0 -> 1.1.0"#]],
    );
}

#[test]
fn the_locks_of_bun_and_pnpm_say_what_the_manifests_say() {
    let fixture = format!(
        "{LOCKED}
        //- bun.lock
        {{ \"lockfileVersion\": 1,
        \"workspaces\": {{
        \"\": {{ \"name\": \"root\", \"dependencies\": {{ \"core\": \"^1.0.0\", }}, }},
        \"packages/app\": {{ \"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": {{ \"core\": \"1.0.0\", }}, }},
        \"packages/core\": {{ \"name\": \"core\", \"version\": \"1.0.0\", }},
        }},
        \"packages\": {{ \"core\": [\"core@workspace:packages/core\"], }} }}
        //- pnpm-lock.yaml
        lockfileVersion: '9.0'
        importers: {{ .: {{ dependencies: {{ core: {{ specifier: ^1.0.0, version: 'link:packages/core' }} }} }}, packages/app: {{ dependencies: {{ core: {{ specifier: 1.0.0, version: 'link:../core' }}, root: {{ specifier: 'workspace:^1.0.0', version: 'link:../..' }} }} }}, packages/old: {{ specifiers: {{ core: 1.0.0 }} }} }}
        "
    );
    check_edits(
        &fixture,
        &[("root", "2.0.0"), ("core", "1.1.0")],
        expect![[r#"
        package.json version: 1.0.0 -> 2.0.0
        package.json dependencies.core: ^1.0.0 -> ^1.1.0
        packages/app/package.json dependencies.core: 1.0.0 -> 1.1.0
        packages/app/package.json peerDependencies.root: workspace:^1.0.0 -> workspace:^2.0.0
        packages/core/package.json version: 1.0.0 -> 1.1.0
        bun.lock root.dependencies.core: ^1.0.0 -> ^1.1.0
        bun.lock app.dependencies.core: 1.0.0 -> 1.1.0
        bun.lock core.version: 1.0.0 -> 1.1.0
        pnpm-lock.yaml root.dependencies.core: ^1.0.0 -> ^1.1.0
        pnpm-lock.yaml app.dependencies.core: 1.0.0 -> 1.1.0
        pnpm-lock.yaml app.dependencies.root: workspace:^1.0.0 -> workspace:^2.0.0"#]],
    );
}

#[test]
fn the_lock_of_yarn_says_what_the_manifests_say() {
    let other = "
        //- packages/other/package.json
        { \"name\": \"other\", \"version\": \"1.0.0\", \"devDependencies\": { \"core\": \"^1.0.0\", \"app\": \"workspace:*\" } }
        //- yarn.lock";
    let lock = "
        # comment
        __metadata:
        \"app@workspace:*, app@workspace:packages/app\": { version: 0.0.0-use.local, resolution: \"app@workspace:packages/app\", dependencies: { core: \"npm:1.0.0\" }, peerDependencies: { root: \"workspace:^1.0.0\" } }
        \"core@npm:1.0.0, core@npm:^1.0.0, core@workspace:packages/core\": { version: 0.0.0-use.local, resolution: \"core@workspace:packages/core\" }
        \"other@workspace:packages/other\": { resolution: \"other@workspace:packages/other\", dependencies: { core: \"npm:^1.0.0\" } }
        \"root@workspace:.\": { resolution: \"root@workspace:.\", dependencies: { core: \"npm:^1.0.0\" } }
        ";
    let fixture = format!("{LOCKED}{other}{lock}");
    check_edits(
        &fixture,
        &[("root", "2.0.0"), ("core", "1.1.0")],
        expect![[r#"
        package.json version: 1.0.0 -> 2.0.0
        package.json dependencies.core: ^1.0.0 -> ^1.1.0
        packages/app/package.json dependencies.core: 1.0.0 -> 1.1.0
        packages/app/package.json peerDependencies.root: workspace:^1.0.0 -> workspace:^2.0.0
        packages/core/package.json version: 1.0.0 -> 1.1.0
        yarn.lock app.dependencies.core: npm:1.0.0 -> npm:1.1.0
        yarn.lock app.peerDependencies.root: workspace:^1.0.0 -> workspace:^2.0.0
        yarn.lock core.key: core@npm:1.0.0, core@npm:^1.0.0, core@workspace:packages/core -> core@npm:1.1.0, core@npm:^1.0.0, core@npm:^1.1.0, core@workspace:packages/core
        yarn.lock root.dependencies.core: npm:^1.0.0 -> npm:^1.1.0"#]],
    );
    // One of the first version is none of castoff's business, and no YAML.
    let first = format!("{LOCKED}{other}\n# yarn lockfile v1\nx@^1:\n  version \"1.0.0\"\n");
    check_edits(
        &first,
        &[("core", "1.1.0")],
        expect![[r#"
        packages/app/package.json dependencies.core: 1.0.0 -> 1.1.0
        packages/core/package.json version: 1.0.0 -> 1.1.0"#]],
    );
}

#[test]
fn a_lock_that_does_not_know_a_member_is_told() {
    use super::super::Bumps;
    let tree = super::tree(&format!("{LOCKED}\n//- package-lock.json\n{{ \"packages\": {{ \"\": {{}} }} }}"));
    let packages = super::packages(&tree);
    let next = packages.iter().map(|package| (package.id.clone(), "9.0.0".parse().unwrap())).collect();
    let bumps = Bumps { packages: &packages, next: &next };
    let faults = super::super::of(crate::model::Kind::Npm).edits(&tree, bumps).unwrap_err();
    expect![[r#"
        `package-lock.json` has no entry for `app`
          --> package-lock.json
          cause: the lock is not up to date
          help: run `npm install --package-lock-only` and commit the lock
        `package-lock.json` has no entry for `core`
          --> package-lock.json
          cause: the lock is not up to date
          help: run `npm install --package-lock-only` and commit the lock"#]]
    .assert_eq(&faults.to_string());
}

#[test]
fn what_stands_for_a_workspace_is_pinned_for_the_build() {
    use crate::config::Pin;
    let tree = super::tree(WORKSPACE);
    let packages = super::packages(&tree);
    let versions = packages.iter().map(|package| (package.id.clone(), "9.0.0".parse().unwrap())).collect();
    let mut text = String::new();
    for pin in [Pin::Keep, Pin::Compatible, Pin::Exact] {
        for package in &packages {
            let edits = super::super::of(package.id.kind).pins(&tree, package, pin, &versions).unwrap();
            for edit in edits {
                text +=
                    &format!("{pin:?} {} {}: {} -> {}\n", package.id.name, edit.field, edit.from, edit.to);
            }
        }
    }
    expect![[r#"
        Keep acme-app optionalDependencies.acme-native: workspace:* -> 9.0.0
        Keep acme-app devDependencies.acme-tool: file:../../tools/one -> 9.0.0
        Keep acme-app devDependencies.alias: workspace:@acme/core@~ -> npm:@acme/core@~9.0.0
        Keep acme-plugin dependencies.acme-app: workspace:^ -> ^9.0.0
        Keep acme-plugin dependencies.@acme/core: workspace:1.x -> 1.x
        Compatible acme-app dependencies.@acme/core: ^1.2.0 -> ^9.0.0
        Compatible acme-app optionalDependencies.acme-native: workspace:* -> ^9.0.0
        Compatible acme-app devDependencies.acme-tool: file:../../tools/one -> 9.0.0
        Compatible acme-app devDependencies.alias: workspace:@acme/core@~ -> npm:@acme/core@~9.0.0
        Compatible acme-plugin dependencies.acme-app: workspace:^ -> ^9.0.0
        Compatible acme-plugin dependencies.@acme/core: workspace:1.x -> ^9.0.0
        Exact acme-app dependencies.@acme/core: ^1.2.0 -> 9.0.0
        Exact acme-app optionalDependencies.acme-native: workspace:* -> 9.0.0
        Exact acme-app devDependencies.acme-tool: file:../../tools/one -> 9.0.0
        Exact acme-app devDependencies.alias: workspace:@acme/core@~ -> npm:@acme/core@~9.0.0
        Exact acme-plugin dependencies.acme-app: workspace:^ -> 9.0.0
        Exact acme-plugin dependencies.@acme/core: workspace:1.x -> 9.0.0
    "#]]
    .assert_eq(&text);
}

#[test]
fn who_may_see_a_new_package_with_a_scope_has_to_be_said() {
    let check = |manifest: &str, expected: bool| {
        let tree = tree(&format!("//- package.json\n{manifest}"));
        let asked =
            of(Kind::Npm).unsaid(&tree, &packages(&tree)[0], Path::new("/")).map(|(cmd, _)| cmd.to_string());
        assert_eq!(asked.as_deref(), expected.then_some("npm config get access"), "{manifest}");
    };
    check("{ \"name\": \"acme\", \"version\": \"1.0.0\" }", false);
    check("{ \"name\": \"@acme/core\", \"version\": \"1.0.0\" }", true);
    let said = |access: &str| {
        format!("{{ \"name\": \"@acme/core\", \"version\": \"1.0.0\", \"publishConfig\": {{ {access} }} }}")
    };
    check(&said("\"access\": \"restricted\""), false);
    check(&said("\"tag\": \"beta\""), true);
}
