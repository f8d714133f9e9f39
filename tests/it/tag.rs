//! Tags say what is live: none before the registry has it, one after, on the remote too.

use crate::support::{Repo, python_workspace};
use crate::tools::{PyPiServer, need};

/// Two packages, published to nowhere yet, with a remote beside them.
fn repo(server: &PyPiServer) -> Repo {
    let repo = python_workspace(&[("acme-core", "0.1.0", &[]), ("acme-app", "0.2.0", &["acme-core"])]);
    let table = format!(
        "[registry.pypi]\nupload = \"{}\"\nindex = \"{}\"\n",
        server.upload_url(),
        server.index_url()
    );
    repo.write("castoff.toml", &table);
    repo.commit("feat: begin");
    let remote = repo.dir().with_file_name("remote.git").display().to_string();
    repo.git(&["init", "--quiet", "--bare", &remote]);
    repo.git(&["remote", "add", "origin", &remote]);
    repo
}

#[test]
fn only_what_is_live_is_tagged() {
    if !need("pypiserver") || !need("uv") {
        return;
    }
    let server = PyPiServer::start();
    let repo = repo(&server);
    let none = repo.castoff(&["tag"]).expect(0);
    assert!(none.stderr.contains("uv:acme-core 0.1.0 is not on its registry"), "{}", none.stderr);
    repo.castoff(&["publish", "acme-core"]).expect(0);
    repo.castoff(&["tag", "--dry-run"]).expect(0);
    assert_eq!(repo.git(&["tag"]), "");
    let one = repo.castoff(&["tag"]).expect(0);
    assert_eq!(repo.git(&["tag"]), "acme-core-v0.1.0\n");
    assert!(one.stderr.ends_with("1 tag made; next: `castoff tag --push`\n"), "{}", one.stderr);
    repo.castoff(&["publish"]).expect(0);
    repo.castoff(&["tag", "--push"]).expect(0);
    let remote = repo.git(&["ls-remote", "--tags", "origin"]);
    assert_eq!(remote.matches(repo.git(&["rev-parse", "HEAD"]).trim()).count(), 2, "{remote}");
    let again = repo.castoff(&["tag", "--push"]).expect(0);
    assert!(again.stderr.contains("no tag was due"), "{}", again.stderr);
    let unchanged = repo.castoff(&["versions", "--format", "env"]).expect(0).stdout;
    assert!(unchanged.contains("NEXT_ACME_CORE_VERSION=unchanged"), "{unchanged}");
}

#[test]
fn a_remote_that_refuses_is_an_error_and_the_tags_stay_here() {
    if !need("pypiserver") || !need("uv") {
        return;
    }
    let server = PyPiServer::start();
    let repo = repo(&server);
    repo.castoff(&["publish"]).expect(0);
    repo.git(&["remote", "set-url", "origin", "/nowhere"]);
    let refused = repo.castoff(&["tag", "--push"]).expect(1);
    assert!(
        refused.stderr.contains("cannot push the tags") && refused.stderr.contains("castoff tag --push"),
        "{}",
        refused.stderr
    );
    assert_eq!(repo.git(&["tag"]).lines().count(), 2);
    let remote = repo.dir().with_file_name("remote.git").display().to_string();
    repo.git(&["remote", "set-url", "origin", &remote]);
    repo.castoff(&["tag", "--push"]).expect(0);
    assert_eq!(repo.git(&["ls-remote", "--tags", "origin"]).lines().count(), 2);
}

#[test]
fn tags_that_were_made_before_are_pushed_too() {
    if !need("pypiserver") || !need("uv") {
        return;
    }
    let server = PyPiServer::start();
    let repo = repo(&server);
    repo.castoff(&["publish"]).expect(0);
    repo.castoff(&["tag"]).expect(0);
    // One of them as somebody makes it who signs or describes tags: it is an object of its own.
    let released = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
    repo.git(&["tag", "--force", "--annotate", "--message", "x", "acme-core-v0.1.0"]);
    repo.commit("docs: later");
    repo.castoff(&["tag", "--push"]).expect(0);
    let remote = repo.git(&["ls-remote", "--tags", "origin"]);
    assert_eq!(remote.matches(&released).count(), 2, "{remote}");
}
