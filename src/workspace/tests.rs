//! Components as data: packages and rules as lines, components and their tags as lines.

use expect_test::{Expect, expect};

use super::read;
use crate::config::Config;
use crate::model::Tree;

/// Lines `a/Cargo.toml: text` and `# line of castoff.toml`.
fn check(text: &str, expected: Expect) {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let config: String =
        lines.iter().filter_map(|line| line.strip_prefix("# ")).map(|line| format!("{line}\n")).collect();
    let files = lines.iter().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.files.insert(path.to_string());
        tree.texts.entry(path.to_string()).or_default().push_str(&format!("{text}\n"));
    }
    let config = Config::parse("castoff.toml", &config).unwrap();
    expected.assert_eq(&match read(&tree, &config, "checkout") {
        Err(faults) => format!("{faults}\n"),
        Ok(workspace) => workspace
            .components
            .iter()
            .map(|component| {
                let ids: Vec<String> = component.packages.iter().map(ToString::to_string).collect();
                format!("{} ({}): {}\n", component.name, component.tag, ids.join(" "))
            })
            .collect(),
    });
}

const SHARED: &str = "Cargo.toml: workspace.members = ['a', 'b', 'c', 'hidden']
    Cargo.toml: workspace.package.version = '0.3.0'
    a/Cargo.toml: package = { name = 'a', version = { workspace = true } }
    b/Cargo.toml: package = { name = 'b', version.workspace = true }
    c/Cargo.toml: package = { name = 'c', version = '1.0.0' }
    hidden/Cargo.toml: package = { name = 'hidden', version.workspace = true, publish = false }";

#[test]
fn packages_of_one_version_field_are_one_component() {
    check(
        SHARED,
        expect![[r#"
            c (c-v{version}): cargo:c
            checkout (checkout-v{version}): cargo:a cargo:b
        "#]],
    );
    check(
        &format!("{SHARED}\nCargo.toml: package = {{ name = 'main', version.workspace = true }}"),
        expect![[r#"
            c (c-v{version}): cargo:c
            main (main-v{version}): cargo:a cargo:b cargo:main
        "#]],
    );
}

#[test]
fn a_component_that_is_alone_is_tagged_without_its_name() {
    check("a/Cargo.toml: package = { name = 'a', version = '1.0.0' }", expect!["a (v{version}): cargo:a\n"]);
    check(
        "# component.all.packages = ['*']
         # component.all.tag = 'release/{component}/{version}'
         a/Cargo.toml: package = { name = 'a', version = '1.0.0' }
         b/Cargo.toml: package = { name = 'b', version = '1.0.0' }",
        expect!["all (release/all/{version}): cargo:a cargo:b\n"],
    );
}

#[test]
fn equal_names_are_told_apart() {
    check(
        "a/Cargo.toml: package = { name = 'core', version = '1.0.0' }
         b/pyproject.toml: project = { name = 'core', version = '1.0.0' }
         b/pyproject.toml: build-system = {}
         rust/Cargo.toml: workspace = { members = ['x'], package.version = '0.1.0' }
         rust/x/Cargo.toml: package = { name = 'x', version.workspace = true }
         more/rust/Cargo.toml: workspace = { members = ['y'], package.version = '0.1.0' }
         more/rust/y/Cargo.toml: package = { name = 'y', version.workspace = true }",
        expect![[r#"
            core-cargo (core-cargo-v{version}): cargo:core
            core-py (core-py-v{version}): uv:core
            more-rust (more-rust-v{version}): cargo:y
            rust (rust-v{version}): cargo:x
        "#]],
    );
}

#[test]
fn rules_that_do_not_fit_are_told_together() {
    check(
        &format!(
            "# [component.one]
             # packages = ['cargo:a', 'c']
             # [component.two]
             # packages = ['c', 'cargo:b']
             # [component.three]
             # packages = ['nothing-*']
             # [component.four]
             # packages = ['hidden']
             {SHARED}"
        ),
        expect![[r#"
            `cargo:c` is in two components, `one` and `two`
              --> castoff.toml:3
              help: name it in one of them only
            `nothing-*` of `[component.three]` matches no package
              --> castoff.toml:5
              help: `castoff discover` lists what there is
            no package of `[component.four]` is published
              --> castoff.toml:7
              cause: private packages are never bumped or tagged
              help: `castoff discover` says why each is private
            the components `one` and `two` share one version field
              --> Cargo.toml
              help: put their packages into one `[component.NAME]`, or give each a version of its own
        "#]],
    );
}

#[test]
fn two_components_with_one_tag_are_refused() {
    check(
        &format!("# release.tag = 'v{{version}}'\n{SHARED}"),
        expect![[r#"
            the components `c` and `checkout` have the same tag, `v{version}`
              help: put `{component}` into `tag`, or make them one component
        "#]],
    );
}

#[test]
fn two_packages_of_one_name_are_refused() {
    check(
        "a/Cargo.toml: package = { name = 'core', version = '1.0.0' }
         b/Cargo.toml: package = { name = 'core', version = '1.0.0' }",
        expect![[r#"
            two packages are named `cargo:core`
              --> b/Cargo.toml
              cause: the other one is `a/Cargo.toml`
              help: rename one, make it private, or leave it out: `exclude = ["b/**"]` in `[release]`
        "#]],
    );
    check(
        "# release.exclude = ['b/**']
         a/Cargo.toml: package = { name = 'core', version = '1.0.0' }
         b/Cargo.toml: package = { name = 'core', version = '1.0.0' }",
        expect!["core (v{version}): cargo:core\n"],
    );
    // Examples are often named alike, and nobody publishes them.
    check(
        "a/Cargo.toml: package = { name = 'core', version = '1.0.0', publish = false }
         b/Cargo.toml: package = { name = 'core', version = '1.0.0' }
         c/Cargo.toml: package = { name = 'core', version = '1.0.0', publish = false }
         d/Cargo.toml: package = { name = 'demo', version = '1.0.0', publish = false }
         e/Cargo.toml: package = { name = 'demo', version = '1.0.0', publish = false }",
        expect!["core (v{version}): cargo:core\n"],
    );
}

const BINDINGS: &str = "Cargo.toml: workspace.members = ['core', 'py', 'gem/ext/native', 'tool']
    Cargo.toml: package = { name = 'acme-root', version = '0.1.8', publish = false }
    core/Cargo.toml: package = { name = 'acme-core', version = '0.1.8' }
    tool/Cargo.toml: package = { name = 'acme-tool', version = '0.3.0', publish = false }
    py/Cargo.toml: package = { name = 'acme-py', version = '0.1.8' }
    py/Cargo.toml: lib.crate-type = ['cdylib']
    py/Cargo.toml: dependencies.acme-core = { path = '../core' }
    py/pyproject.toml: project = { name = 'acme-py', version = '0.1.8' }
    py/pyproject.toml: build-system.build-backend = 'maturin'
    gem/acme.gemspec: Gem::Specification.new 'acme', '0.1.9' do |spec|
    gem/acme.gemspec: end
    gem/ext/native/Cargo.toml: package = { name = 'acme-native', version = '0.1.8' }
    gem/ext/native/Cargo.toml: lib.crate-type = ['cdylib']
    gem/ext/native/Cargo.toml: dependencies.acme-core = { path = '../../../core' }";

/// Who is private, who goes with whom, and who needs whom.
fn check_bindings(config: &str, expected: Expect) {
    let mut tree = Tree::default();
    for (path, text) in BINDINGS.lines().filter_map(|line| line.trim().split_once(": ")) {
        tree.files.insert(path.to_string());
        tree.texts.entry(path.to_string()).or_default().push_str(&format!("{text}\n"));
    }
    let workspace = read(&tree, &Config::parse("castoff.toml", config).unwrap(), "checkout").unwrap();
    let line = |package: &crate::model::Package| {
        let publish = package.registry().unwrap_or("private");
        let needs = package.dependencies.iter().map(|dependency| format!(" needs {}", dependency.id));
        let leader = workspace.in_step.get(&package.id).map(|leader| format!(" goes with {leader}"));
        format!("{} {publish}{}{}\n", package.id, leader.unwrap_or_default(), needs.collect::<String>())
    };
    expected.assert_eq(&workspace.packages.iter().map(line).collect::<String>());
}

#[test]
fn crates_that_can_only_be_loaded_are_part_of_the_package_around_them() {
    check_bindings(
        "",
        expect![[r#"
        cargo:acme-core crates-io
        cargo:acme-native private needs cargo:acme-core
        cargo:acme-py private goes with uv:acme-py needs cargo:acme-core
        cargo:acme-root private
        cargo:acme-tool private
        uv:acme-py pypi needs cargo:acme-core
        gem:acme rubygems needs cargo:acme-core
    "#]],
    );
}

#[test]
fn private_crates_that_a_component_names_go_with_it_where_they_do_already() {
    check_bindings(
        "component.core.packages = ['cargo:acme-*']",
        expect![[r#"
        cargo:acme-core crates-io
        cargo:acme-native private goes with cargo:acme-core needs cargo:acme-core
        cargo:acme-py private goes with cargo:acme-core needs cargo:acme-core
        cargo:acme-root private goes with cargo:acme-core
        cargo:acme-tool private
        uv:acme-py pypi needs cargo:acme-core
        gem:acme rubygems needs cargo:acme-core
    "#]],
    );
}

#[test]
fn a_crate_and_the_python_package_that_has_its_version_are_one_component() {
    check(
        "py/Cargo.toml: package = { name = 'acme', version = '0.1.8' }
         py/pyproject.toml: project = { name = 'acme', dynamic = ['version'] }
         py/pyproject.toml: build-system.build-backend = 'maturin'
         b/Cargo.toml: package = { name = 'b', version = '1.0.0' }",
        expect![[r#"
            acme (acme-v{version}): cargo:acme uv:acme
            b (b-v{version}): cargo:b
        "#]],
    );
}

#[test]
fn a_misspelt_name_is_guessed_where_one_is_near() {
    let fixture = crate::detect::fixture::read(
        "cargo acme-core 0.1.0\nuv tool 0.1.0\nuv root 0.1.0 private\n* a feat: begin |\n",
    );
    let workspace = fixture.unwrap().workspace;
    for (name, guess) in [
        ("core", "did you mean `acme-core`? "),
        ("acme-croe", "did you mean `acme-core`? "),
        ("tol", "did you mean `tool`? "),
        ("roots", ""),
        ("banana", ""),
    ] {
        let help = workspace.named(name).unwrap_err().help.unwrap();
        assert_eq!(help, format!("{guess}`castoff discover` lists all"), "{name}");
    }
}
