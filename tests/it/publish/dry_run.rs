//! `castoff publish --dry-run`: everything but the uploads, with the exit code of the real run, and nothing that it keeps.

use serde_json::Value;

use castoff::rehearsal::server::{Options, Protocol, Server};

use crate::gems::gemspec;
use crate::support::{Ran, Repo, crate_files, python_package};
use crate::tools::{PyPiServer, need};

use super::{complete, connect, files_with, four, ready};

/// One package or more of every ecosystem, and their registries on one server.
fn polyglot(server: &Server) -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    let low = "castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1\" }";
    crate_files(&repo, "castoff-it-high", "0.1.0", &[low], false);
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    python_package(&repo, "acme-py", "0.1.0", &[]);
    repo.write(
        "js/package.json",
        "{ \"name\": \"@acme/js\", \"version\": \"0.1.0\", \"license\": \"MIT\" }\n",
    );
    repo.write("js/index.js", "module.exports = 7\n");
    repo.write("gem/acme-gem.gemspec", &gemspec("acme-gem", "\"0.1.0\"", ""));
    repo.write("gem/lib/acme/gem.rb", "module Acme\nend\n");
    repo.write(".gitignore", "Cargo.lock\ntarget\n");
    let index = |protocol| server.index(protocol);
    repo.write(
        "castoff.toml",
        &format!(
            "[registry.crates-io]\nindex = \"{}\"\n[registry.pypi]\nindex = \"{}\"\nupload = \"{}\"\n\
             [registry.npm]\nindex = \"{}\"\n[registry.rubygems]\nindex = \"{}\"\n",
            index(Protocol::Cargo),
            index(Protocol::PyPi),
            server.upload(Protocol::PyPi),
            index(Protocol::Npm),
            index(Protocol::RubyGems)
        ),
    );
    repo.commit("feat: begin");
    repo
}

/// `package: path path …` of every file that would be uploaded.
fn contents(run: &Ran) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let mut found = Vec::new();
    for built in run.outcomes("built") {
        for file in built["files"].as_array().unwrap() {
            let entries = file["contents"].as_array().unwrap();
            let mut paths: Vec<String> = entries.iter().map(|entry| text(&entry["path"])).collect();
            paths.sort();
            found.push(format!("{}: {}", text(&file["name"]), paths.join(" ")));
        }
    }
    found
}

#[test]
fn what_each_file_of_every_ecosystem_holds_is_listed_and_nothing_is_uploaded() {
    if !(need("uv") & need("npm") & need("gem")) {
        return;
    }
    let server = Server::start(Options::default()).unwrap();
    let repo = polyglot(&server);
    let before = repo.bytes();
    let run = repo.castoff(&["publish", "--dry-run", "--json"]).expect(0);
    let contents = contents(&run);
    let holds = |file: &str, path: &str| {
        let line = contents.iter().find(|line| line.starts_with(&format!("{file}: ")));
        let line = line.unwrap_or_else(|| panic!("{file} is not among {contents:#?}"));
        assert!(line.split(' ').any(|it| it == path), "{line}");
    };
    holds("castoff-it-low-0.1.0.crate", "castoff-it-low-0.1.0/src/lib.rs");
    holds("castoff-it-high-0.1.0.crate", "castoff-it-high-0.1.0/Cargo.toml");
    holds("acme_py-0.1.0-py3-none-any.whl", "acme_py/__init__.py");
    holds("acme_py-0.1.0.tar.gz", "acme_py-0.1.0/pyproject.toml");
    holds("acme-js-0.1.0.tgz", "package/index.js");
    holds("acme-gem-0.1.0.gem", "lib/acme/gem.rb");
    let built = run.listed("built");
    let place = |name: &str| built.iter().position(|id| id.ends_with(name)).unwrap();
    assert!(place("low") < place("high"), "{built:?}");
    assert!(run.listed("published").is_empty() && run.reached("uploading").is_empty());
    assert!(repo.bytes() == before);

    // The registries know nothing of it, and nothing of it is taken for built.
    let again = repo.castoff(&["publish", "--dry-run", "-v"]).expect(0);
    assert!(again.stderr.contains("castoff-it-low-0.1.0/src/lib.rs"), "{}", again.stderr);
    assert_eq!(again.last_line(), "dry run: 5 packages would be published, nothing was uploaded");
}

/// The files of builds that are kept for a later run.
fn kept(repo: &Repo) -> Vec<std::path::PathBuf> {
    let mut found = files_with(&repo.cache(), "acme_");
    found.retain(|path| path.components().any(|part| part.as_os_str() == "builds"));
    found.sort();
    found
}

#[test]
fn a_dry_run_keeps_nothing_that_a_later_run_believes() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    let dry = repo.castoff(&["publish", "--dry-run", "--json"]).expect(0);
    assert_eq!((dry.listed("built").len(), server.uploads().len()), (4, 0));
    let run = repo.castoff(&["publish", "--json"]).expect(0);
    assert_eq!((run.reached("building").len(), run.listed("published").len()), (4, 4));
}

#[test]
fn a_dry_run_ends_as_the_run_would() {
    if !ready() {
        return;
    }
    let (repo, server) = (four(), PyPiServer::start());
    connect(&repo, &server, "");
    repo.write("packages/acme-b/src/acme_b/__init__.py", "");
    std::fs::remove_file(repo.dir().join("packages/acme-b/src/acme_b/__init__.py")).unwrap();
    repo.commit("feat: nothing to build");
    // What a run kept for the next one is not a dry run's to remove, or to use.
    repo.castoff(&["publish"]).expect(1);
    let kept = kept(&repo);
    assert!(!kept.is_empty());
    let run = repo.castoff(&["publish", "--dry-run", "--json"]).expect(1);
    assert_eq!((run.reached("building").len(), self::kept(&repo)), (4, kept));
    for (more, code) in [("", 1), ("[publish]\nbarrier = false\n", 3)] {
        connect(&repo, &server, more);
        let run = repo.castoff(&["publish", "--dry-run", "--json"]).expect(code);
        assert_eq!(run.listed("failed"), ["acme-b"], "{more}");
        assert!(server.uploads().is_empty());
    }
    // The real one: the same code, and only now something goes out.
    repo.castoff(&["publish"]).expect(3);
    assert!(!complete(&server).is_empty());
    // A gate stops both.
    repo.write("notes.txt", "nobody knows of it");
    let stopped = repo.castoff(&["publish", "--dry-run", "--json"]).expect(1);
    assert!(stopped.reached("building").is_empty() && stopped.stderr.contains("`notes.txt`"));
}
