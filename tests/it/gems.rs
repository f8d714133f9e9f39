//! Gems with the real Ruby and Bundler: what Ruby alone can say, and locks that Bundler finds nothing to change in.

use std::fs;
use std::path::Path;
use std::process::Command;

use expect_test::expect;

use crate::support::{Ran, Repo, ran};
use crate::tools::{need, path_env, tool_path};

/// A gemspec; `more` are its lines beyond what every gem has.
pub(crate) fn gemspec(name: &str, version: &str, more: &str) -> String {
    format!(
        "Gem::Specification.new do |spec|\n  spec.name = \"{name}\"\n  spec.version = {version}\n  spec.summary = \"a test\"\n  \
         spec.authors = [\"a test\"]\n  spec.files = Dir[\"lib/**/*\"]\n{more}end\n"
    )
}

/// Three gems: one at the root that needs both others, which share a version.
fn gems() -> Repo {
    let repo = Repo::new();
    let needs = "  spec.add_dependency \"acme-core\", \">= 0.1\", \"< 0.2\"\n  spec.add_dependency 'acme-model', '0.1.0'\n";
    repo.write(
        "acme.gemspec",
        &format!("require_relative \"lib/acme/version\"\n\n{}", gemspec("acme", "Acme::VERSION", needs)),
    );
    repo.write("lib/acme/version.rb", "module Acme\n  VERSION = \"1.0.0\"\nend\n");
    let shared = "version = File.read(File.expand_path(\"../VERSION\", __dir__)).strip\n\n";
    repo.write("parts/VERSION", "0.1.0\n");
    repo.write("parts/core/acme-core.gemspec", &format!("{shared}{}", gemspec("acme-core", "version", "")));
    let core =
        "  spec.add_dependency \"acme-core\", \"= #{version}\"\n  spec.add_development_dependency \"rake\"\n";
    repo.write(
        "parts/model/acme-model.gemspec",
        &format!("{shared}{}", gemspec("acme-model", "version", core)),
    );
    repo.write(
        "Gemfile",
        "source \"http://127.0.0.1:9/\"\n\ngemspec\n\ngem \"acme-core\", \"~> 0.1.0\", path: \"parts\"\npath \"parts\" do\n  gem \"acme-model\"\nend\n",
    );
    repo
}

fn bundle(repo: &Repo, args: &[&str]) -> Ran {
    let mut command = Command::new("bundle");
    command
        .args(args)
        .current_dir(repo.dir())
        .env("PATH", path_env())
        .env("BUNDLE_USER_HOME", repo.beside("bundle"));
    ran(command.env_remove("BUNDLE_GEMFILE").env_remove("RUBYOPT").output().unwrap())
}

#[test]
fn bundler_finds_nothing_to_change_after_a_bump() {
    if !need("bundle") {
        return;
    }
    for (core, own) in [("0.2.0", "1.0.1"), ("0.1.1", "1.1.0"), ("0.2.0-rc.1", "2.0.0-beta.3")] {
        let repo = gems();
        bundle(&repo, &["lock", "--local"]).expect(0);
        repo.commit("feat: begin");
        let locked = repo.read("Gemfile.lock");
        let bumps = [format!("checkout={core}"), format!("acme={own}")];
        repo.castoff(&["bump", &bumps[0], &bumps[1]]).expect(0);
        let bumped = repo.read("Gemfile.lock");
        assert_ne!(bumped, locked);
        bundle(&repo, &["lock", "--local"]).expect(0);
        assert_eq!(repo.read("Gemfile.lock"), bumped, "{core} {own}");
        bundle(&repo, &["config", "set", "--local", "frozen", "true"]).expect(0);
        bundle(&repo, &["check"]).expect(0);
    }
}

#[test]
fn gems_have_a_plan() {
    let repo = gems();
    repo.commit("feat: begin");
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let order: Vec<String> = plan["order"].as_array().unwrap().iter().map(ToString::to_string).collect();
    expect![[r#"
        ["gem:acme-core"]
        ["gem:acme-model"]
        ["gem:acme"]"#]]
    .assert_eq(&order.join("\n"));
    let credentials = &plan["credentials"][0];
    assert_eq!(credentials["needed_for"], "rubygems");
    assert_eq!(credentials["env"], serde_json::json!(["GEM_HOST_API_KEY", "RUBYGEMS_API_KEY"]));
    let graph = repo.castoff(&["graph", "--format", "table"]).expect(0);
    assert!(graph.stdout.contains("gem:acme-model  acme-core"), "{}", graph.stdout);
}

/// A gem whose gemspec is a program.
fn computed() -> Repo {
    let text = "$stdout.puts \"noise\"\nraise \"a token\" if ENV[\"GEM_HOST_API_KEY\"] || ENV[\"SOME_TOKEN\"]\n\
        require_relative \"lib/tool/version\"\n\
        Gem::Specification.new do |spec|\n  spec.name = File.basename(__FILE__, \".gemspec\")\n  spec.version = [Tool::VERSION].first\n  \
        spec.summary = File.read(\"SUMMARY\")\n  spec.authors = [\"a test\"]\n  \
        %w[acme-core acme-model].each { |name| spec.add_dependency name, \"~> 0.1\" }\nend\n";
    let repo = gems();
    repo.write("tool/tool.gemspec", text);
    repo.write("tool/SUMMARY", "a test");
    repo.write("tool/lib/tool/version.rb", "module Tool\n  VERSION = '3.0.0'\nend\n");
    repo.commit("feat: begin");
    repo
}

#[test]
fn what_a_gemspec_computes_ruby_says_without_seeing_a_token() {
    if !need("ruby") {
        return;
    }
    let repo = computed();
    let tokens = [("GEM_HOST_API_KEY", "secret"), ("SOME_TOKEN", "secret")];
    let found = repo.castoff_with(&["discover", "--json"], &tokens).expect(0).json();
    let tool =
        found["packages"].as_array().unwrap().iter().find(|one| one["id"] == "gem:tool").unwrap().clone();
    assert_eq!(tool["version"], "3.0.0");
    let needs = tool["dependencies"].as_array().unwrap().iter();
    let needs: Vec<String> = needs.map(|one| format!("{} {}", one["id"], one["requirement"])).collect();
    assert_eq!(needs, ["\"gem:acme-core\" \"~> 0.1\"", "\"gem:acme-model\" \"~> 0.1\""]);
    repo.castoff_with(&["bump", "tool=3.1.0"], &tokens).expect(0);
    assert_eq!(repo.git(&["diff", "--name-only"]), "tool/lib/tool/version.rb\n");
    assert_eq!(repo.read("tool/lib/tool/version.rb"), "module Tool\n  VERSION = '3.1.0'\nend\n");
    // Released at a tag, its version there is what counts, though Ruby was not asked about that commit.
    repo.git(&["checkout", "--quiet", "."]);
    repo.tag_all("3.0.0");
    repo.write("tool/lib/tool.rb", "\n");
    repo.commit("fix: more");
    let versions = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    assert!(versions.contains("NEXT_TOOL_VERSION=3.0.1\n"), "{versions}");
}

/// Directories of PATH with nothing but these tools.
fn only(repo: &Repo, tools: &[&str]) -> String {
    let dir = repo.beside("bin");
    fs::create_dir_all(&dir).unwrap();
    for tool in tools {
        std::os::unix::fs::symlink(tool_path(tool).unwrap(), dir.join(tool)).unwrap();
    }
    Path::new(&dir).display().to_string()
}

#[test]
fn without_ruby_plain_gems_are_read_and_others_are_named() {
    let repo = gems();
    repo.commit("feat: begin");
    let path = only(&repo, &["git"]);
    repo.castoff_with(&["plan"], &[("PATH", &path)]).expect(0);
    let repo = computed();
    let path = only(&repo, &["git"]);
    let refused = repo.castoff_with(&["discover"], &[("PATH", &path)]).expect(1);
    expect![[r#"
        error: cannot run `ruby`
          --> tool/tool.gemspec
          cause: it is not installed, or not on PATH
          help: install Ruby, with what the gemspec requires; or write name, version and dependencies as plain strings; a gem that is no package of yours is left out by `exclude = ["tool/**"]` in `[release]`
    "#]].assert_eq(&refused.stderr);
    repo.write("castoff.toml", "[release]\nexclude = [\"tool/**\"]\n");
    repo.castoff_with(&["discover"], &[("PATH", &path)]).expect(0);
}

#[test]
fn a_gemspec_that_fails_is_told_in_its_own_words() {
    if !need("ruby") {
        return;
    }
    let repo = computed();
    repo.git(&["rm", "--quiet", "tool/SUMMARY"]);
    repo.commit("fix: less");
    let refused = repo.castoff(&["discover"]).expect(1);
    assert!(
        refused.stderr.contains("cannot read `tool/tool.gemspec`, which computes what it says"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("No such file or directory"), "{}", refused.stderr);
}
