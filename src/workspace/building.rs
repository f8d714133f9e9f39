//! What the configuration says of how packages are built, held against the packages that it is said of.

use std::collections::BTreeSet;

use crate::config::{self, ComponentRules, Config, Written};
use crate::ecosystem::{self, Ecosystem};
use crate::fault::Fault;
use crate::model::{Component, Kind, Package};

/// Gives every package the platforms that its component's rules name.
pub(super) fn apply(packages: &mut [Package], components: &[Component], config: &Config) -> Vec<Fault> {
    let mut faults = Vec::new();
    for component in components {
        let Some(rules) = config.component(&component.name) else { continue };
        let kinds: BTreeSet<Kind> = component.packages.iter().map(|id| id.kind).collect();
        let ecosystems: Vec<&dyn Ecosystem> = kinds.iter().map(|kind| ecosystem::of(*kind)).collect();
        faults.extend(
            rules.building.build.as_ref().and_then(|written| build(rules, written.line, &ecosystems)),
        );
        faults.extend(rules.building.dist_tag.as_ref().and_then(|tag| dist_tag(rules, tag, &ecosystems)));
        if let Some(written) = &rules.building.platforms {
            faults.extend(platforms(rules, written, &ecosystems));
            for package in packages.iter_mut().filter(|package| component.packages.contains(&package.id)) {
                let ecosystem = ecosystem::of(package.id.kind);
                let own = written.value.iter().filter(|text| ecosystem.is_platform(text));
                let own: Vec<String> = own.cloned().collect();
                // What is said of the gems of a component says nothing of its wheels.
                if !own.is_empty() {
                    package.platforms = own;
                }
            }
        }
    }
    faults
}

/// A command that nothing is built by, or that cannot fit all that it would build.
fn build(rules: &ComponentRules, line: usize, ecosystems: &[&dyn Ecosystem]) -> Option<Fault> {
    let at = format!("`build` of `[component.{}]`", rules.name);
    let built: Vec<&str> =
        ecosystems.iter().filter(|it| !it.builds_together()).map(|it| it.kind().name()).collect();
    match built[..] {
        [] => {
            let fault = config::fault(line, format!("{at} has no meaning"));
            let fault =
                fault.because("cargo packs a crate again when it publishes it, and takes no other file");
            Some(fault.help("leave it out; what has to be done before belongs into `prepare`"))
        }
        [_] => None,
        _ => {
            let fault = config::fault(line, format!("{at} would build packages of {}", built.join(", ")));
            Some(fault.help("give each kind a component of its own; `follows` keeps their versions together"))
        }
    }
}

/// A tag that no registry of the component's packages has, or takes.
fn dist_tag(rules: &ComponentRules, tag: &Written<String>, ecosystems: &[&dyn Ecosystem]) -> Option<Fault> {
    let at = format!("`dist-tag` of `[component.{}]`", rules.name);
    let examples: Vec<String> =
        ecosystems.iter().flat_map(|it| it.dist_tags()).map(|tag| format!("`{tag}`")).collect();
    if examples.is_empty() {
        let fault = config::fault(tag.line, format!("{at} has no meaning"));
        return Some(fault.because("no registry of its packages has such tags").help("leave it out"));
    }
    let is_taken = ecosystems.iter().any(|it| it.is_dist_tag(&tag.value));
    let message = format!("{at} is `{}`, which no registry takes", tag.value.escape_debug());
    let fault = config::fault(tag.line, message).because("it is empty, odd, or could be a range of versions");
    (!is_taken).then(|| fault.help(format!("write one such as {}", examples.join(", "))))
}

/// Platforms that no package of the component can have.
fn platforms(
    rules: &ComponentRules,
    written: &Written<Vec<String>>,
    ecosystems: &[&dyn Ecosystem],
) -> Vec<Fault> {
    let examples: Vec<String> =
        ecosystems.iter().flat_map(|it| it.platforms()).map(|platform| format!("`{platform}`")).collect();
    let at = format!("`platforms` of `[component.{}]`", rules.name);
    if examples.is_empty() {
        let fault = config::fault(written.line, format!("{at} has no meaning"));
        let fault = fault.because("a version of each of its packages is one file");
        return vec![fault.help("leave it out")];
    }
    let unknown = written.value.iter().filter(|text| !ecosystems.iter().any(|it| it.is_platform(text)));
    let fault = |text: &String| {
        let message = format!("{at} holds `{}`, which is no platform", text.escape_debug());
        config::fault(written.line, message).help(format!("write one such as {}", examples.join(", ")))
    };
    unknown.map(fault).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::config::Config;
    use crate::model::Tree;

    /// A gem, a Python and a JavaScript package in one component, and a crate in another.
    fn check(config: &str, expected: Expect) {
        let mut tree = Tree::default();
        for (path, text) in [
            ("rb/a.gemspec", "Gem::Specification.new do |s|\ns.name = 'a'\ns.version = '1.0.0'\nend\n"),
            ("py/pyproject.toml", "project = { name = 'a', version = '1.0.0' }\nbuild-system = {}\n"),
            ("js/package.json", "{ \"name\": \"a\", \"version\": \"1.0.0\" }"),
            ("rs/Cargo.toml", "package = { name = 'b', version = '1.0.0' }\n"),
        ] {
            tree.files.insert(path.to_string());
            tree.texts.insert(path.to_string(), text.to_string());
        }
        let names = "component.a.packages = ['gem:a', 'uv:a', 'npm:a']\ncomponent.b.packages = ['cargo:b']\n";
        let config = Config::parse("castoff.toml", &(names.to_string() + config)).unwrap();
        let text = match super::super::read(&tree, &config, "checkout") {
            Err(faults) => faults.to_string(),
            Ok(workspace) => {
                let line = |package: &super::Package| format!("{} {:?}", package.id, package.platforms);
                workspace.packages.iter().map(line).collect::<Vec<_>>().join("\n")
            }
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn platforms_go_to_the_packages_that_have_such() {
        check(
            "",
            expect![[r#"
                cargo:b []
                uv:a ["sdist", "wheel"]
                npm:a []
                gem:a ["ruby"]"#]],
        );
        check(
            "component.a.platforms = ['x86_64-linux', 'ruby']",
            expect![[r#"
            cargo:b []
            uv:a ["sdist", "wheel"]
            npm:a []
            gem:a ["x86_64-linux", "ruby"]"#]],
        );
    }

    #[test]
    fn a_command_builds_packages_of_one_kind_and_a_tag_is_for_registries_that_have_such() {
        check(
            "component.a.build = 'make'\ncomponent.b.build = 'make'",
            expect![[r#"
            `build` of `[component.a]` would build packages of uv, npm, gem
              --> castoff.toml:3
              help: give each kind a component of its own; `follows` keeps their versions together
            `build` of `[component.b]` has no meaning
              --> castoff.toml:4
              cause: cargo packs a crate again when it publishes it, and takes no other file
              help: leave it out; what has to be done before belongs into `prepare`"#]],
        );
        check(
            "component.a.dist-tag = '1.x'\ncomponent.b.dist-tag = 'latest'",
            expect![[r#"
            `dist-tag` of `[component.a]` is `1.x`, which no registry takes
              --> castoff.toml:3
              cause: it is empty, odd, or could be a range of versions
              help: write one such as `latest`, `beta`, `release-1.x`
            `dist-tag` of `[component.b]` has no meaning
              --> castoff.toml:4
              cause: no registry of its packages has such tags
              help: leave it out"#]],
        );
    }

    #[test]
    fn platforms_that_nothing_is_built_for_are_told() {
        check(
            "component.a.platforms = ['wheel', 'x86_64-linxu']\ncomponent.b.platforms = ['ruby']",
            expect![[r#"
                `platforms` of `[component.a]` holds `x86_64-linxu`, which is no platform
                  --> castoff.toml:3
                  help: write one such as `sdist`, `wheel`, `manylinux_2_28_x86_64`, `macosx_11_0_arm64`, `cp312-win_amd64`, `ruby`, `x86_64-linux`, `arm64-darwin`, `x64-mingw-ucrt`
                `platforms` of `[component.b]` has no meaning
                  --> castoff.toml:4
                  cause: a version of each of its packages is one file
                  help: leave it out"#]],
        );
    }
}
