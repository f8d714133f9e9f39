//! Packages that a command of the user's builds, and the files that belong to a version of them.

use std::collections::BTreeSet;

use castoff::rehearsal::server::{Options, Protocol, Server};

use crate::gems::gemspec;
use crate::rehearse::{named, rehearsed, state, with_event};
use crate::support::{Repo, python_manifest, python_workspace};
use crate::tools::need;

/// The files that a run published.
fn files(summary: &serde_json::Value) -> Vec<String> {
    rehearsed(summary).into_keys().collect()
}

/// A gem for which the variable `TARGET` chooses a platform; `config` is about it.
fn gem(config: &str) -> Repo {
    let repo = Repo::new();
    let platform = "  spec.platform = ENV[\"TARGET\"] if ENV[\"TARGET\"]\n";
    repo.write("rb/acme-native.gemspec", &gemspec("acme-native", "\"0.1.0\"", platform));
    repo.write("rb/lib/acme/native.rb", "module Acme\n  NATIVE = 7\nend\n");
    repo.write("castoff.toml", config);
    repo.commit("feat: begin");
    repo
}

const BOTH: &str = "test -z \"$GEM_HOST_API_KEY$ACME_TOKEN\" && gem build {name}.gemspec && mkdir pkg && \
                    TARGET=x86_64-linux gem build {name}.gemspec && mv {name}-{version}-*.gem pkg";

fn gem_rules(build: &str, platforms: &str) -> String {
    format!("[component.acme-native]\nbuild = '''{build}'''\nplatforms = {platforms}\n")
}

#[test]
fn a_gem_is_built_for_each_platform_by_one_command() {
    if !need("gem") {
        return;
    }
    let repo = gem(&gem_rules(BOTH, "['ruby', 'x86_64-linux']"));
    let ran = repo.castoff(&["rehearse", "--json"]).expect(0);
    assert_eq!(files(&ran.summary()), ["acme-native-0.1.0-x86_64-linux.gem", "acme-native-0.1.0.gem"]);
    assert_eq!(with_event(&ran, "tried"), BTreeSet::from(["gem:acme-native".to_string()]));
    // Whatever more it makes goes out too; what is missing stops the release.
    let repo = gem(&gem_rules(BOTH, "['ruby']"));
    assert_eq!(files(&repo.castoff(&["rehearse", "--json"]).expect(0).summary()).len(), 2);
    let repo = gem(&gem_rules(BOTH, "['ruby', 'x86_64-linux', 'arm64-darwin']"));
    let text = repo.castoff(&["rehearse"]).expect(1).stderr;
    assert!(text.contains("nothing for `arm64-darwin`"), "{text}");
}

#[test]
fn a_gem_that_is_for_one_platform_needs_no_rules() {
    if !need("gem") {
        return;
    }
    let repo = Repo::new();
    let platform = "  spec.platform = \"x86_64-linux\"\n";
    repo.write("acme-native.gemspec", &gemspec("acme-native", "\"0.1.0\"", platform));
    repo.write("lib/acme/native.rb", "\n");
    repo.commit("feat: begin");
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(files(&summary), ["acme-native-0.1.0-x86_64-linux.gem"]);
}

#[test]
fn a_platform_that_came_later_is_made_up_for() {
    if !need("gem") {
        return;
    }
    let repo = gem("");
    let options = Options { token: "key".to_string(), ..Options::default() };
    let server = Server::start(options).unwrap();
    let registry = format!(
        "[registry.rubygems]\nindex = \"{}\"\ntoken-env = [\"ACME_TOKEN\"]\n",
        server.index(Protocol::RubyGems)
    );
    let publish = |platforms: &str| {
        repo.write("castoff.toml", &(gem_rules(BOTH, platforms) + &registry));
        repo.castoff_with(&["publish", "--json"], &[("ACME_TOKEN", "key")]).expect(0)
    };
    let source = "gem build {name}.gemspec";
    repo.write("castoff.toml", &(gem_rules(source, "['ruby']") + &registry));
    repo.castoff_with(&["publish"], &[("ACME_TOKEN", "key")]).expect(0);
    assert_eq!(publish("['ruby']").outcomes("already_there").len(), 1);
    // The gem that is there is built again, found to be the same, and only the other one is uploaded.
    let ran = publish("['ruby', 'x86_64-linux']");
    assert_eq!(ran.outcomes("published").len(), 1, "{}", ran.text());
    let pushed = server.hits().into_iter().filter(|hit| hit.method == "POST");
    assert_eq!(pushed.count(), 2);
    assert_eq!(publish("['ruby', 'x86_64-linux']").outcomes("already_there").len(), 1);
    // What is there need not be built again, on a machine that cannot.
    let other = "TARGET=arm64-darwin gem build {name}.gemspec";
    repo.write("castoff.toml", &(gem_rules(other, "['ruby', 'x86_64-linux', 'arm64-darwin']") + &registry));
    repo.castoff_with(&["publish"], &[("ACME_TOKEN", "key")]).expect(0);
    assert_eq!(server.files().len(), 3);
}

/// A Python package; `rules` are those of its component.
fn python(rules: &str) -> Repo {
    let repo = Repo::new();
    repo.write("pyproject.toml", &python_manifest("acme-core", "0.1.0", &[]));
    repo.write("src/acme_core/__init__.py", "\n");
    repo.write("castoff.toml", &format!("[component.acme-core]\n{rules}"));
    repo.commit("feat: begin");
    repo
}

#[test]
fn wheels_alone_are_a_version_where_the_rules_say_so() {
    if !need("uv") {
        return;
    }
    let build = "build = 'uv build --wheel --out-dir \"$CASTOFF_OUT\"'\n";
    let text = python(build).castoff(&["rehearse"]).expect(1).stderr;
    assert!(text.contains("it made acme_core-0.1.0-py3-none-any.whl, and nothing for `sdist`"), "{text}");
    assert!(text.contains("by `platforms`"), "{text}");
    let repo = python(&format!("{build}platforms = ['wheel']\n"));
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(files(&summary), ["acme_core-0.1.0-py3-none-any.whl"]);
}

#[test]
fn what_lies_about_is_no_build_and_what_is_built_has_to_be_the_version() {
    if !need("uv") {
        return;
    }
    let repo = python("build = 'true'\n");
    repo.write("dist/acme_core-0.1.0.tar.gz", "an old one");
    repo.write("dist/acme_core-0.1.0-py3-none-any.whl", "an old one");
    repo.commit("chore: files that nobody should track");
    let text = repo.castoff(&["rehearse"]).expect(1).stderr;
    assert!(text.contains("the build made neither a wheel nor an sdist"), "{text}");
    let repo = python("build = 'uv version 0.2.0 && uv build'\n");
    let text = repo.castoff(&["rehearse"]).expect(1).stderr;
    assert!(text.contains("planned was acme-core 0.1.0"), "{text}");
    let repo = python("build = 'echo cannot go on >&2; exit 3'\n");
    let text = repo.castoff(&["rehearse"]).expect(1).stderr;
    assert!(text.contains("ended with exit code 3") && text.contains("cannot go on"), "{text}");
}

/// A Python package that is a program, compiled from a crate.
fn compiled() -> Repo {
    let repo = Repo::new();
    let project = "[project]\nname = \"acme-compiled\"\nrequires-python = \">=3.9\"\ndynamic = [\"version\"]\n\n\
                   [tool.maturin]\nbindings = \"bin\"\n\n[build-system]\nrequires = [\"maturin>=1,<2\"]\nbuild-backend = \"maturin\"\n";
    repo.write("pyproject.toml", project);
    repo.write("Cargo.toml", "[package]\nname = \"acme-compiled\"\nversion = \"0.1.0\"\nedition = \"2021\"\npublish = false\n\n[dependencies]\nitoa = \"1\"\n");
    repo.write("src/main.rs", "fn main() { println!(\"{}\", itoa::Buffer::new().format(7)); }\n");
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_compiled_wheel_says_which_systems_it_runs_on() {
    if !need("uv") {
        return;
    }
    let repo = compiled();
    let files = files(&repo.castoff(&["rehearse", "--json"]).expect(0).summary());
    assert_eq!(files.len(), 2);
    let wheel = files.iter().find(|file| file.ends_with(".whl")).unwrap();
    assert!(
        wheel.contains("-manylinux_2_") || wheel.contains("-musllinux_") || wheel.contains("-macosx_"),
        "{wheel}"
    );
}

/// Two Python packages in one component, built by a command that looks at what was prepared.
fn prepared(prepare: &str) -> Repo {
    let repo = python_workspace(&[("acme-a", "0.1.0", &[]), ("acme-b", "0.1.0", &["acme-a"])]);
    let build = "test \"$(cat ../../prepared)\" = once && uv build --out-dir \"$CASTOFF_OUT\" --no-sources";
    let rules = format!("packages = ['acme-a', 'acme-b']\nprepare = '{prepare}'\nbuild = '{build}'\n");
    repo.write("castoff.toml", &format!("[component.acme]\n{rules}"));
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_component_is_prepared_once_before_its_builds() {
    if !need("uv") {
        return;
    }
    let repo = prepared("test ! -e prepared && echo once > prepared");
    let before = state(&repo);
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(files(&summary).len(), 4);
    assert!(state(&repo) == before);
    let ran = prepared("echo no network >&2; exit 3").castoff(&["rehearse", "--json"]).expect(1);
    assert_eq!(named(&ran.summary(), "failed").len(), 2);
    let error = ran.outcomes("failed")[0]["error"].to_string();
    assert!(error.contains("cannot prepare `acme`") && error.contains("no network"), "{error}");
    assert_eq!(with_event(&ran, "building"), BTreeSet::new());
}
