//! `castoff yank` with the real clients: what is taken back says so at its registry, and can be replaced.

use castoff::rehearsal::server::Server;
use serde_json::{Value, json as value};

use crate::gems::gemspec;
use crate::support::{Ran, Repo, crate_files, python_package, python_workspace, ran};
use crate::tools::need;

use super::{TOKEN, connect, server, text, two};

/// castoff with the token, and with clients that know nothing of whoever runs the tests.
fn castoff(repo: &Repo, args: &[&str]) -> Ran {
    let mut command = repo.command(args);
    for (name, dir) in [
        ("HOME", "home"),
        ("CARGO_HOME", "cargo-home"),
        ("npm_config_cache", "npm-cache"),
        ("npm_config_userconfig", "npmrc"),
        ("GEM_SPEC_CACHE", "specs"),
    ] {
        command.env(name, repo.beside(dir));
    }
    std::fs::create_dir_all(repo.beside("home")).unwrap();
    ran(command.env("ACME_TOKEN", TOKEN).env_remove("RUBYOPT").output().unwrap())
}

/// One component with a package of each ecosystem, at this version.
fn write(repo: &Repo, version: &str) {
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(repo, "castoff-it-core", version, &[], false);
    python_package(repo, "acme-py", version, &[]);
    repo.write("web/package.json", &format!("{{ \"name\": \"@acme/web\", \"version\": \"{version}\" }}\n"));
    repo.write("gem/acme.gemspec", &gemspec("acme", &format!("\"{version}\""), ""));
    repo.write("gem/lib/acme.rb", "");
}

const COMPONENT: &str =
    "[component.core]\npackages = [\"castoff-it-core\", \"acme-py\", \"@acme/web\", \"gem:acme\"]\n";

/// Two releases of it: 1.0.0 and 1.1.0, tagged.
fn released() -> Option<(Repo, Server)> {
    if !(need("uv") & need("npm") & need("gem")) {
        return None;
    }
    let (repo, server) = (Repo::new(), server());
    connect(&repo, &server, &format!("[publish]\nsmoke = false\npoll-timeout = \"2s\"\n{COMPONENT}"));
    for version in ["1.0.0", "1.1.0"] {
        write(&repo, version);
        repo.commit("feat: release");
        castoff(&repo, &["publish"]).expect(0);
        castoff(&repo, &["tag"]).expect(0);
    }
    assert_eq!(repo.git(&["tag"]), "v1.0.0\nv1.1.0\n");
    Some((repo, server))
}

/// Package and what was said of it.
fn said(packages: &Value, key: &str) -> Vec<String> {
    let packages = packages.as_array().unwrap().iter();
    packages.map(|one| format!("{} {}", text(&one["package"]), text(&one[key]))).collect()
}

/// The state of every package of a release, as `castoff yank` lists it.
fn listed(repo: &Repo, tag: &str) -> Vec<String> {
    let list = castoff(repo, &["yank", "--json"]).expect(0).json();
    let releases = list["releases"].as_array().unwrap().clone();
    said(&releases.iter().find(|one| one["tag"] == tag).unwrap()["packages"], "state")
}

#[test]
fn a_release_is_taken_back_everywhere_and_what_can_be_is_restored() {
    let Some((repo, server)) = released() else { return };
    let live = ["cargo:castoff-it-core live", "uv:acme-py live", "npm:@acme/web live", "gem:acme live"];
    assert_eq!(listed(&repo, "v1.1.0"), live);
    let (files, hits) = (server.files().len(), server.hits().len());

    // What would be done is shown and not done; without a terminal nobody can say yes.
    let plan = castoff(&repo, &["yank", "v1.1.0", "--dry-run", "--reason", "loses data"]).expect(0);
    for part in [
        "castoff-yank castoff-it-core@1.1.0",
        "npm deprecate @acme/web@1.1.0 'loses data'",
        "gem yank acme --version 1.1.0",
        "as reason write: loses data",
        "nothing was changed (--dry-run)",
    ] {
        assert!(plan.stderr.contains(part), "{part}: {}", plan.stderr);
    }
    let refused = castoff(&repo, &["yank", "v1.1.0"]).expect(1);
    assert!(
        refused.stderr.contains("help: say `--yes`") && !refused.text().contains(TOKEN),
        "{}",
        refused.stderr
    );
    assert!(server.hits()[hits..].iter().all(|hit| hit.method == "GET" || hit.method == "HEAD"));

    let done = castoff(&repo, &["yank", "core@1.1.0", "--yes", "--reason", "loses data", "--json"]).expect(0);
    let json = done.json();
    let mut outcomes = said(&json["packages"], "outcome");
    outcomes.sort();
    let expected =
        ["cargo:castoff-it-core done", "gem:acme done", "npm:@acme/web done", "uv:acme-py by_hand"];
    assert_eq!(outcomes, expected);
    let replacement = value!({ "newer": null, "from": "v1.0.0", "version": "1.1.1" });
    assert_eq!((&json["replacement"], &json["tag"]), (&replacement, &value!("v1.1.0")));
    assert!(!done.text().contains(TOKEN), "{}", done.text());
    server.yank_on_pypi("acme-py", "1.1.0", Some("loses data"));
    let back = [
        "cargo:castoff-it-core yanked",
        "uv:acme-py yanked: loses data",
        "npm:@acme/web deprecated: loses data",
        "gem:acme not there",
    ];
    assert_eq!(listed(&repo, "v1.1.0"), back);
    assert_eq!(listed(&repo, "v1.0.0"), live);
    assert_eq!(server.files().len(), files);

    // Again there is nothing to do, and it needs nobody's yes.
    let again = castoff(&repo, &["yank", "v1.1.0"]).expect(0);
    assert!(
        again.stderr.contains("0 packages taken back, 3 as it shall be already, 1 not there"),
        "{}",
        again.stderr
    );

    let undone = castoff(&repo, &["yank", "v1.1.0", "--undo", "--yes"]).expect(0);
    assert!(
        undone.stderr.contains("2 packages restored, 1 to be done by hand, 1 not there"),
        "{}",
        undone.stderr
    );
    let restored = [
        "cargo:castoff-it-core live",
        "uv:acme-py yanked: loses data",
        "npm:@acme/web live",
        "gem:acme not there",
    ];
    assert_eq!(listed(&repo, "v1.1.0"), restored);
    let gem = castoff(&repo, &["yank", "v1.0.0", "--undo", "--dry-run"]).expect(0);
    assert!(gem.stderr.contains("live already"), "{}", gem.stderr);
}

/// gem says in words alone that it was refused; its exit code is that of success.
#[test]
fn what_a_registry_does_not_show_has_not_come_to_pass() {
    let Some((repo, _server)) = released() else { return };
    let mut command = repo.command(&["yank", "v1.1.0", "--yes", "--json"]);
    let home = repo.beside("home");
    command.env("HOME", &home).env("CARGO_HOME", repo.beside("cargo-home")).env("ACME_TOKEN", "wrong-token");
    command
        .env("npm_config_userconfig", repo.beside("npmrc"))
        .env("npm_config_cache", repo.beside("npm-cache"));
    let ran = ran(command.env_remove("RUBYOPT").output().unwrap()).expect(1);
    let packages = ran.json()["packages"].clone();
    let error = |id: &str| {
        let package = packages.as_array().unwrap().iter().find(|one| one["package"] == id).unwrap();
        assert_eq!(package["outcome"], "failed", "{package}");
        text(&package["error"])
    };
    assert!(error("cargo:castoff-it-core").contains("403 Forbidden"), "{packages}");
    assert!(error("npm:@acme/web").contains("401"), "{packages}");
    let gem = error("gem:acme");
    assert!(gem.contains("its index shows no change") && gem.contains("Access Denied"), "{gem}");
    assert!(!ran.text().contains("wrong-token"), "{}", ran.text());
}

#[test]
fn a_release_that_was_taken_back_is_replaced_by_a_greater_one() {
    if !need("uv") {
        return;
    }
    let repo = python_workspace(&[("acme-a", "1.1.0", &[]), ("acme-b", "2.1.0", &["acme-a"])]);
    let server = server();
    connect(&repo, &server, "[publish]\nsmoke = false\n");
    repo.commit("feat: begin");
    let publish = || {
        castoff(&repo, &["publish"]).expect(0);
        castoff(&repo, &["tag"]).expect(0);
    };
    publish();
    repo.write("packages/acme-a/src/acme_a/more.py", "");
    repo.commit("feat: more");
    castoff(&repo, &["bump"]).expect(0);
    repo.commit("chore: release");
    publish();
    let tags = "acme-a-v1.1.0\nacme-a-v1.2.0\nacme-b-v2.1.0\nacme-b-v2.1.1\n";
    assert_eq!(repo.git(&["tag"]), tags);
    server.yank_on_pypi("acme-a", "1.2.0", Some("it burns"));

    // It is told at once how to go on.
    let told = castoff(&repo, &["yank", "acme-a-v1.2.0"]).expect(0);
    for line in [
        "next:  release acme-a 1.2.1, which replaces it",
        "git switch -c hotfix/acme-a-1.2.1 acme-a-v1.1.0",
        "castoff bump acme-a=1.2.1",
    ] {
        assert!(told.stderr.contains(line), "{line}: {}", told.stderr);
    }

    // A publish does not take it for a release that is there, and lets nothing go out that needs it.
    let here = repo.git(&["rev-parse", "HEAD"]);
    let there = castoff(&repo, &["publish"]).expect(0);
    let last = "nothing to publish: all 2 packages are already there, of which 1 taken back (`castoff bump acme-a` gives \
                the next version)\n";
    assert!(there.stderr.ends_with(last), "{}", there.stderr);
    castoff(&repo, &["bump", "acme-b=2.1.2"]).expect(0);
    repo.commit("chore: release");
    let refused = castoff(&repo, &["publish"]).expect(1);
    let why = "error: cannot publish `uv:acme-b`, which needs `uv:acme-a` 1.2.0\n  cause: that was taken back on `pypi`: \
               yanked: it burns";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    repo.git(&["reset", "--quiet", "--hard", here.trim()]);

    // Where it was released from, the next version is greater by itself.
    repo.write("packages/acme-a/src/acme_a/more.py", "# mended\n");
    repo.commit("fix: mend");
    let next = castoff(&repo, &["versions", "--format", "env"]).expect(0).stdout;
    assert!(
        next.contains("NEXT_ACME_A_VERSION=1.2.1\n") && next.contains("NEXT_ACME_B_VERSION=2.1.2\n"),
        "{next}"
    );
    repo.git(&["reset", "--quiet", "--hard", here.trim()]);

    // On the branch from the last good release it is asked for by name, and so is that of what depends on it.
    repo.git(&["switch", "--quiet", "-c", "hotfix/acme-a-1.2.1", "acme-a-v1.1.0"]);
    repo.write("packages/acme-a/src/acme_a/__init__.py", "# mended\n");
    repo.commit("fix: mend");
    let refused = castoff(&repo, &["versions"]).expect(2);
    assert!(refused.stderr.contains("`acme-a`, 1.1.1, is less than 1.2.0"), "{}", refused.stderr);
    castoff(&repo, &["bump", "acme-a=1.2.0"]).expect(2);
    let refused = castoff(&repo, &["bump", "acme-a=1.2.1"]).expect(2);
    assert!(
        refused.stderr.contains("`acme-b`, 2.1.1, is tagged already")
            && refused.stderr.contains("castoff bump acme-b=VERSION"),
        "{}",
        refused.stderr
    );
    castoff(&repo, &["bump", "acme-a=1.2.1", "acme-b=2.1.2"]).expect(0);
    repo.commit("chore: release");
    publish();
    assert_eq!(repo.git(&["tag", "--points-at", "HEAD"]), "acme-a-v1.2.1\nacme-b-v2.1.2\n");
    castoff(&repo, &["verify", "acme-a-v1.2.1"]).expect(0);
    let told = castoff(&repo, &["yank", "acme-a-v1.2.0"]).expect(0);
    assert!(told.stderr.contains("nothing has to be released, for acme-a 1.2.1 is there"), "{}", told.stderr);
}

#[test]
fn what_names_no_release_is_not_taken_back() {
    let (repo, _server) = two("");
    for (args, code, why) in [
        (&["yank", "acme-a", "--yes"][..], 2, "`acme-a` names no version"),
        (&["yank", "acme-x-v1.0.0", "--yes"], 2, "no package is named `acme-x-v1.0.0`"),
        (&["yank", "acme-a@9.9.9", "--yes"], 1, "no registry has `acme-a` 9.9.9"),
    ] {
        let ran = castoff(&repo, args).expect(code);
        assert!(ran.stderr.contains(why), "{why}: {}", ran.stderr);
    }
    let none = castoff(&repo, &["yank"]).expect(0);
    assert!(none.stderr.contains("no release is tagged"), "{}", none.stderr);
}
