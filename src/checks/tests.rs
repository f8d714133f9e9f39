//! Checks as data: files in, findings out, and what the files look like when they were mended.

use expect_test::{Expect, expect};

use super::{ALL, Category, Check, Facts, Finding, Severity, Verdict, fixes, named, run, select, tally};
use crate::config::Config;
use crate::edit::apply_all;
use crate::model::Tree;
use crate::workspace::{self, Workspace};

mod dependencies;
mod files;
mod locks;
mod manifests;

/// Files as `//- path` and their lines; `castoff.toml` is the configuration.
fn read(fixture: &str) -> (Tree, Config, Workspace) {
    let mut tree = Tree::default();
    for part in fixture.split("//- ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        let text = text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
        tree.files.insert(path.trim().to_string());
        tree.texts.insert(path.trim().to_string(), text);
    }
    let config = Config::parse("castoff.toml", tree.text("castoff.toml").unwrap_or_default()).unwrap();
    let workspace = workspace::read(&tree, &config, "repository").unwrap();
    (tree, config, workspace)
}

/// One check: its findings, and behind `-` and `+` the lines that its fixes change.
fn check(id: &str, fixture: &str, expected: Expect) {
    let (mut tree, config, workspace) = read(fixture);
    let file = tree.text("castoff.toml").map(|text| ("castoff.toml".to_string(), text.to_string()));
    let file = file.as_ref().map(|(path, text)| (path.as_str(), text.as_str()));
    let outcomes = run(&[named(id).unwrap()], &Facts::new(&tree, &workspace, &config, file));
    let mut text: String = outcomes[0].findings.iter().map(line).collect();
    let edits = fixes(&outcomes);
    for edit in &edits {
        tree.texts.entry(edit.path.clone()).or_default();
    }
    let after = apply_all(&tree, &edits).unwrap();
    for (path, before) in tree.texts.iter().filter(|(path, _)| edits.iter().any(|edit| &edit.path == *path)) {
        let after = after.text(path).unwrap();
        text += &format!("mended {path}\n");
        let only = |one: &str, other: &str, sign: char| -> String {
            let lines = one.lines().filter(|line| !other.lines().any(|same| same == *line));
            lines.map(|line| format!("  {sign}{line}\n")).collect()
        };
        text += &(only(before, after, '-') + &only(after, before, '+'));
    }
    expected.assert_eq(&text);
}

fn line(finding: &Finding) -> String {
    let package = finding.package.as_ref().map_or(String::new(), |id| format!("{id} "));
    let place =
        if finding.line == 0 { finding.file.clone() } else { format!("{}:{}", finding.file, finding.line) };
    format!("{} {package}{place}: {}\n", finding.severity.name(), finding.message)
}

/// Two packages that no check has anything to say of.
const HEALTHY: &str = "
    //- pyproject.toml
    [tool.uv.workspace]
    members = ['packages/*']
    [tool.uv.sources]
    acme-core = { workspace = true }
    //- packages/core/pyproject.toml
    [project]
    name = 'acme-core'
    version = '0.2.0'
    description = 'the core'
    readme = 'README.md'
    license = 'MIT'
    authors = [{ name = 'A' }]
    requires-python = '>=3.9'
    [project.urls]
    repository = 'x'
    [build-system]
    requires = ['uv_build']
    //- packages/core/README.md
    //- packages/core/LICENSE
    //- packages/core/src/acme_core/__init__.py
    //- packages/core/src/acme_core/py.typed
    //- crates/one/Cargo.toml
    [package]
    name = 'acme-one'
    version = '1.0.0'
    description = 'one'
    license = 'MIT'
    repository = 'x'
    [dependencies]
    itoa = '1'
    //- crates/one/README.md
    //- crates/one/LICENSE-MIT
    //- crates/one/src/lib.rs
";

#[test]
fn a_healthy_workspace_passes_every_check() {
    for one in ALL {
        check(one.id, HEALTHY, expect![[""]]);
    }
}

#[test]
fn the_ten_are_there_and_results_add_up() {
    let ten = [
        "cycles",
        "self_deps",
        "orphan_deps",
        "missing_license",
        "missing_readme",
        "stale_artifacts",
        "type_markers",
        "version_consistency",
        "naming_convention",
        "metadata_completeness",
    ];
    assert!(ten.iter().all(|id| ALL.iter().any(|check| check.id == *id)));
    for category in [Category::Universal, Category::Language] {
        assert!(ALL.iter().any(|check| check.category == category), "{}", category.name());
    }
    let fixture = format!(
        "{HEALTHY}
        //- bad/Cargo.toml
        [package]
        name = 'bad'
        version = '0.1.0'
        [dependencies]
        gone = {{ path = '../gone' }}
    "
    );
    let (tree, config, workspace) = read(&fixture);
    let outcomes = run(&select(&[]).unwrap(), &Facts::new(&tree, &workspace, &config, None));
    let [pass, warning, fail] =
        [Verdict::Pass, Verdict::Warning, Verdict::Fail].map(|it| tally(&outcomes, it));
    assert_eq!((pass + warning + fail, warning, fail), (ALL.len(), 2, 2));
}

#[test]
fn a_check_and_an_ecosystem_are_added_without_touching_the_runner() {
    fn always(_: &Facts) -> Vec<Finding> {
        vec![Finding::warning("as always", "nothing")]
    }
    let mine = Check {
        id: "mine",
        category: Category::Language,
        severity: Severity::Warning,
        explanation: "",
        run: always,
    };
    let (tree, config, workspace) = read(HEALTHY);
    let outcomes = run(&[&mine], &Facts::new(&tree, &workspace, &config, None));
    assert_eq!((outcomes[0].check.id, outcomes[0].verdict()), ("mine", Verdict::Warning));
}

/// As for a language that castoff does not know: packages, and nothing that their manifests say.
#[test]
fn an_ecosystem_that_says_nothing_gets_the_universal_checks() {
    let (tree, config, workspace) = read(
        "
        //- a/Cargo.toml
        [package]
        name = 'a'
        version = '0.1.0'
        [dependencies]
        b = { path = 'b', version = '0.1.0' }
        //- a/b/Cargo.toml
        [package]
        name = 'b'
        version = '0.1.0'
        [dependencies]
        a = { path = '..' , version = '0.1.0' }
        //- a/old.bak
    ",
    );
    let silent = Facts { inspections: Vec::new(), ..Facts::new(&tree, &workspace, &config, None) };
    let outcomes = run(&select(&[]).unwrap(), &silent);
    let found: Vec<String> = outcomes
        .iter()
        .filter(|outcome| outcome.verdict() != Verdict::Pass)
        .map(|outcome| {
            format!("{} {} {}", outcome.check.category.name(), outcome.check.id, outcome.findings.len())
        })
        .collect();
    expect![[r#"
        universal cycles 1
        universal missing_license 2
        universal missing_readme 2
        universal stale_artifacts 1"#]]
    .assert_eq(&found.join("\n"));
}

#[test]
fn checks_are_named_in_either_spelling_and_unknown_ones_name_the_nearest() {
    assert_eq!(named("self-deps").unwrap().id, "self_deps");
    assert_eq!(select(&["cycles".into(), "type-markers".into()]).unwrap().len(), 2);
    expect![[r#"
        no check is named `mising_license`
          help: did you mean `missing_license`? `castoff check` lists all"#]]
    .assert_eq(&named("mising_license").unwrap_err().to_string());
}

#[test]
fn every_check_explains_itself() {
    for one in ALL {
        assert!(one.explanation.contains("Example") && one.explanation.contains("Mend it: "), "{}", one.id);
        assert!(one.explanation.lines().all(|line| line.chars().count() <= 125), "{}", one.id);
        assert_eq!(ALL.iter().filter(|other| other.id == one.id).count(), 1, "{}", one.id);
    }
}
