//! What the real clients take back from the rehearsal's server, and that the number is used up.

use std::process::Command;

use castoff::rehearsal::server::{Options, Protocol, Server};

use crate::gems::gemspec;
use crate::support::{Ran, Repo, crate_files, python_workspace, ran};
use crate::tools::{need, path_env};

fn server() -> Server {
    Server::start(Options { token: "key".to_string(), ..Options::default() }).unwrap()
}

/// A client that knows the server and nothing of whoever runs the tests.
fn client(repo: &Repo, server: &Server, line: &str) -> Ran {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap());
    command.args(words).current_dir(repo.dir()).env("PATH", path_env());
    for (name, dir) in [
        ("HOME", "home"),
        ("CARGO_HOME", "cargo-home"),
        ("UV_CACHE_DIR", "uv-cache"),
        ("npm_config_cache", "npm-cache"),
        ("npm_config_userconfig", "npmrc"),
        ("GEM_SPEC_CACHE", "specs"),
    ] {
        command.env(name, repo.beside(dir));
    }
    std::fs::create_dir_all(repo.beside("home")).unwrap();
    let registry = server.index(Protocol::Npm);
    command.env(format!("npm_config_{}:_authToken", registry.trim_start_matches("http:")), "key");
    command.env("npm_config_registry", registry).env("npm_config_update_notifier", "false");
    command.env("CARGO_REGISTRIES_HERE_INDEX", server.index(Protocol::Cargo));
    command.env("CARGO_REGISTRIES_HERE_TOKEN", "key").env("CARGO_TARGET_DIR", repo.beside("target"));
    command.env("UV_PUBLISH_TOKEN", "key").env("UV_PUBLISH_URL", server.upload(Protocol::PyPi));
    command.env("UV_DEFAULT_INDEX", server.index(Protocol::PyPi));
    command.env("GEM_HOST_API_KEY", "key").env("RUBYGEMS_HOST", server.upload(Protocol::RubyGems));
    ran(command.env_remove("RUBYOPT").env_remove("BUNDLE_GEMFILE").output().unwrap())
}

#[test]
fn cargo_yanks_and_takes_it_back() {
    let (repo, server) = (Repo::new(), server());
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    crate_files(
        &repo,
        "castoff-it-user",
        "0.1.0",
        &["castoff-it-low = { version = \"0.1\", registry = \"here\" }"],
        false,
    );
    repo.commit("feat: begin");
    let cargo = |line: &str| client(&repo, &server, &format!("cargo {line} --registry here"));
    cargo("publish --no-verify -p castoff-it-low").expect(0);
    cargo("yank castoff-it-low@0.1.0").expect(0);
    let lock = || client(&repo, &server, "cargo generate-lockfile");
    let text = lock().expect(101).stderr;
    assert!(text.contains("yanked"), "{text}");
    cargo("yank --undo castoff-it-low@0.1.0").expect(0);
    lock().expect(0);
    cargo("yank castoff-it-low@0.2.0").expect(101);
}

#[test]
fn npm_deprecates_tags_and_unpublishes() {
    if !need("npm") {
        return;
    }
    let (repo, server) = (Repo::new(), server());
    let publish = |version: &str| {
        repo.write("package.json", &format!("{{ \"name\": \"@acme/core\", \"version\": \"{version}\" }}\n"));
        client(&repo, &server, "npm publish --prefer-online")
    };
    for version in ["1.0.0", "1.1.0"] {
        publish(version).expect(0);
    }
    let npm = |line: &str| client(&repo, &server, &format!("npm {line} --prefer-online"));
    let view = |what: &str| npm(&format!("view {what}")).expect(0).stdout.trim().to_string();
    npm("deprecate @acme/core@1.0.0 gone").expect(0);
    assert_eq!(view("@acme/core@1.0.0 deprecated"), "gone");
    npm("undeprecate @acme/core@1.0.0").expect(0);
    assert_eq!(view("@acme/core@1.0.0 deprecated"), "");
    npm("dist-tag add @acme/core@1.0.0 stable").expect(0);
    assert_eq!(view("@acme/core@stable version"), "1.0.0");
    npm("unpublish @acme/core@1.1.0").expect(0);
    assert_eq!(view("@acme/core version"), "1.0.0");
    let text = publish("1.1.0").expect(1).stderr;
    assert!(text.contains("403 Forbidden"), "{text}");
    npm("unpublish @acme/core --force").expect(0);
    assert!(npm("view @acme/core version").expect(1).stderr.contains("E404"));
}

#[test]
fn gem_yanks_for_good() {
    if !need("gem") {
        return;
    }
    let (repo, server) = (Repo::new(), server());
    repo.write("acme.gemspec", &gemspec("acme", "\"0.1.0\"", ""));
    repo.write("lib/acme.rb", "");
    let gem = |line: &str| client(&repo, &server, &format!("gem {line}"));
    gem("build acme.gemspec").expect(0);
    gem("push acme-0.1.0.gem").expect(0);
    let text = gem("yank acme --version 0.1.0").expect(0).stdout;
    assert!(text.contains("Successfully deleted gem: acme (0.1.0)"), "{text}");
    let text = gem("push acme-0.1.0.gem").expect(1).text();
    assert!(text.contains("A yanked version already exists (acme-0.1.0)."), "{text}");
    let install = format!("install acme --clear-sources --source {}", server.index(Protocol::RubyGems));
    std::fs::remove_file(repo.dir().join("acme-0.1.0.gem")).unwrap();
    let text = gem(&install).expect(2).stderr;
    assert!(text.contains("Could not find a valid gem 'acme'"), "{text}");
}

#[test]
fn uv_leaves_out_what_was_yanked_and_cannot_bring_back_what_was_deleted() {
    if !need("uv") {
        return;
    }
    let (repo, server) = (python_workspace(&[("acme-a", "0.1.0", &[])]), server());
    let uv = |line: &str| client(&repo, &server, &format!("uv {line}"));
    uv("build --package acme-a --no-sources --wheel").expect(0);
    uv("publish --trusted-publishing never dist/acme_a-0.1.0-py3-none-any.whl").expect(0);
    repo.write("wants.txt", "acme-a\n");
    let resolve = || uv("pip compile --no-cache --quiet --no-header wants.txt");
    assert!(resolve().expect(0).stdout.contains("acme-a==0.1.0"));
    server.yank_on_pypi("acme-a", "0.1.0", Some("it burns"));
    let text = resolve().expect(1).stderr;
    assert!(text.contains("yanked (reason: it burns)"), "{text}");
    server.delete_on_pypi("acme_a-0.1.0-py3-none-any.whl");
    let text = uv("publish --trusted-publishing never dist/acme_a-0.1.0-py3-none-any.whl").expect(2).stderr;
    assert!(text.contains("has since been deleted. Use a different version."), "{text}");
}
