//! Rehearsals of gems with the real Ruby.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use castoff::rehearsal::server::{Options, Protocol, Server, Upstream};

use crate::gems::gemspec;
use crate::rehearse::{named, package_ids, rehearsed, state, with_event};
use crate::support::{Ran, Repo, ran};
use crate::tools::{need, path_env};

/// Two released gems: one needs the other one, and may be pushed to one server alone.
fn gems() -> Repo {
    let repo = Repo::new();
    let core = "  spec.required_ruby_version = \">= 2.5\"\n";
    repo.write("core/acme-core.gemspec", &gemspec("acme-core", "\"0.1.0\"", core));
    repo.write("core/lib/acme/core.rb", "module Acme\n  CORE = 7\nend\n");
    let app = "  spec.add_dependency \"acme-core\", \"~> 0.1\"\n  \
               spec.add_development_dependency \"rake\", \"~> 13\"\n  \
               spec.metadata[\"allowed_push_host\"] = \"http://gems.invalid\"\n";
    repo.write("app/acme-app.gemspec", &gemspec("acme-app", "\"1.0.0\"", app));
    let code = "require \"acme/core\"\nraise \"no core\" unless Acme::CORE == 7\n";
    repo.write("app/lib/acme/app.rb", code);
    repo.write("castoff.toml", "[registry.\"gems.invalid\"]\nindex = \"http://gems.invalid/\"\n");
    repo.commit("feat: begin");
    for tag in ["acme-core-v0.1.0", "acme-app-v1.0.0"] {
        repo.git(&["tag", tag]);
    }
    repo
}

#[test]
fn gems_are_built_pushed_and_installed_and_nothing_knows() {
    if !need("gem") {
        return;
    }
    let repo = gems();
    repo.write("app/lib/acme/more.rb", "\n");
    repo.commit("feat: more");
    let before = state(&repo);
    let ran = repo.castoff(&["rehearse", "--json"]).expect(0);
    let summary = ran.summary();
    assert_eq!(package_ids(&summary, "published"), ["gem:acme-app 1.1.0"]);
    assert_eq!(package_ids(&summary, "stand_in"), ["gem:acme-core 0.1.0"]);
    let all = BTreeSet::from(["gem:acme-core", "gem:acme-app"].map(str::to_string));
    for step in ["built", "uploaded", "verified", "tried"] {
        assert_eq!(with_event(&ran, step), all, "{step}");
    }
    assert!(state(&repo) == before, "{}", repo.git(&["status", "--porcelain", "--ignored"]));
    // Everything again, with the same bytes: nothing of the first rehearsal is left.
    let again = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(rehearsed(&again), rehearsed(&summary));
    assert_eq!(rehearsed(&again).len(), 1);
}

#[test]
fn a_release_candidate_of_a_gem_is_rehearsed() {
    if !need("gem") {
        return;
    }
    let repo = gems();
    repo.write("core/acme-core.gemspec", &gemspec("acme-core", "\"0.2.0.rc.1\"", ""));
    repo.commit("feat: a candidate");
    let summary = repo.castoff(&["rehearse", "--json"]).expect(0).summary();
    assert_eq!(package_ids(&summary, "published")[0], "gem:acme-core 0.2.0.rc.1");
}

#[test]
fn a_gem_that_cannot_be_built_or_loaded_is_named() {
    if !need("gem") {
        return;
    }
    let broken = |path: &str, text: &str, code: i32| {
        let repo = gems();
        repo.write(path, text);
        repo.commit("fix: this does not work");
        let summary = repo.castoff(&["rehearse", "--json"]).expect(code).summary();
        let failed = summary["packages"].as_array().unwrap().iter().find(|one| one["outcome"] == "failed");
        (named(&summary, "failed"), failed.map_or(String::new(), |one| one["error"].to_string()))
    };
    let missing = gemspec("acme-core", "\"0.1.0\"", "  spec.files << \"lib/gone.rb\"\n");
    let (failed, error) = broken("core/acme-core.gemspec", &missing, 1);
    assert_eq!(failed, BTreeSet::from(["gem:acme-core".to_string()]));
    assert!(error.contains("lib/gone.rb"), "{error}");
    let (failed, error) = broken("app/lib/acme/app.rb", "require \"acme/gone\"\n", 3);
    assert_eq!(failed, BTreeSet::from(["gem:acme-app".to_string()]));
    assert!(error.contains("acme/gone"), "{error}");
}

/// gem with a home and a key of its own.
fn gem(repo: &Repo, args: &[&str]) -> Ran {
    let mut command = Command::new("gem");
    command.args(args).current_dir(repo.dir()).env("PATH", path_env()).env("GEM_HOST_API_KEY", "key");
    for (name, dir) in
        [("HOME", "home"), ("GEM_HOME", "gems"), ("GEM_PATH", "gems"), ("GEM_SPEC_CACHE", "specs")]
    {
        fs::create_dir_all(repo.beside(dir)).unwrap();
        command.env(name, repo.beside(dir));
    }
    ran(command.env_remove("BUNDLE_GEMFILE").env_remove("RUBYOPT").output().unwrap())
}

/// A server with these gems of `gems()` in it.
fn serving(repo: &Repo, dirs: &[&str], upstream: Option<Upstream>) -> Server {
    let options = Options { token: "key".to_string(), upstream, ..Options::default() };
    let server = Server::start(options).unwrap();
    for dir in dirs {
        // Not in the checkout: gem would install what lies around in the current directory.
        let file = repo.beside(&format!("{dir}.gem")).display().to_string();
        gem(repo, &["build", "-C", dir, "--output", &file]).expect(0);
        gem(repo, &["push", &file, "--host", &server.upload(Protocol::RubyGems)]).expect(0);
    }
    server
}

#[test]
fn gems_of_others_are_taken_from_where_they_live() {
    if !need("gem") {
        return;
    }
    let repo = gems();
    let app = repo.read("app/acme-app.gemspec");
    let app: Vec<&str> = app.lines().filter(|line| !line.contains("allowed_push_host")).collect();
    repo.write("app/acme-app.gemspec", &app.join("\n"));
    let others = serving(&repo, &["core"], None);
    let upstream = Upstream { gems: others.index(Protocol::RubyGems), ..Upstream::default() };
    let ours = serving(&repo, &["app"], Some(upstream));
    let source = ours.index(Protocol::RubyGems);
    let install = ["install", "acme-app", "--no-document", "--clear-sources", "--source", &source];
    let text = gem(&repo, &install).expect(0).stdout;
    assert!(text.contains("Successfully installed acme-core-0.1.0"), "{text}");
    let fetched = |server: &Server, path: &str| server.hits().iter().any(|hit| hit.path == path);
    assert!(
        fetched(&others, "/gems/gems/acme-core-0.1.0.gem") && fetched(&ours, "/gems/gems/acme-app-1.0.0.gem")
    );
}

#[test]
fn bundler_takes_gems_from_the_server() {
    if !(need("gem") & need("bundle")) {
        return;
    }
    let repo = gems();
    let app = repo.read("app/acme-app.gemspec").replace("http://gems.invalid", "http://127.0.0.1");
    repo.write("app/acme-app.gemspec", &app);
    let server = serving(&repo, &["core", "app"], None);
    let bundled = repo.beside("bundled");
    fs::create_dir_all(&bundled).unwrap();
    let gemfile = format!("source \"{}\"\ngem \"acme-app\"\n", server.index(Protocol::RubyGems));
    fs::write(bundled.join("Gemfile"), gemfile).unwrap();
    let bundle = |args: &[&str]| {
        let mut command = Command::new("bundle");
        command.args(args).current_dir(&bundled).env("PATH", path_env()).env_remove("RUBYOPT");
        command.env("BUNDLE_USER_HOME", repo.beside("bundle")).env("BUNDLE_PATH", repo.beside("bundle-gems"));
        ran(command.env("HOME", repo.beside("home")).output().unwrap()).expect(0)
    };
    bundle(&["install"]);
    bundle(&["exec", "ruby", "-e", "require 'acme/app'"]);
    // Its tag is the digest that Bundler expects: what it has it does not ask for again.
    bundle(&["update", "--all"]);
    let again = server.hits().into_iter().filter(|hit| hit.path == "/gems/versions" && hit.status == 304);
    assert_ne!(again.count(), 0, "{:?}", server.hits());
}
