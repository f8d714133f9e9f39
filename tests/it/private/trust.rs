//! Certificates of an authority of the site's own: by `ca-file`, by `SSL_CERT_FILE`, and by neither.

use super::stand_in::{Authority, Front};
use super::{castoff, connect, four, published, ready, server};
use crate::support::Repo;

const ALL: [&str; 4] = ["cargo:acme-crate", "gem:acme-gem", "npm:acme-js", "uv:acme-py"];

/// The ids of what a publish brought to its registries, in any order.
fn publish(repo: &Repo, variables: &[(&str, &str)]) -> Vec<String> {
    let mut ids = published(&castoff(repo, &["publish", "--json"], variables).expect(0));
    ids.sort();
    ids
}

#[test]
fn every_client_trusts_the_authority_of_a_ca_file() {
    if !ready() {
        return;
    }
    let (repo, server, authority) = (four(), server(), Authority::new("IP:127.0.0.1"));
    let front = Front::of(&server.address(), &authority);
    std::fs::copy(authority.file(), repo.dir().join(".git/ca.pem")).unwrap();
    connect(&repo, &server, &front, "ca-file = \".git/ca.pem\"");
    // What the user has set for all servers of a client is not enough for this one.
    let other = Authority::new("IP:127.0.0.1");
    std::fs::write(repo.beside("npmrc"), format!("cafile={}\n", other.file().display())).unwrap();
    assert_eq!(publish(&repo, &[]), ALL);
    // Questions alone find the way too, and so does a second run.
    let status = castoff(&repo, &["status", "--json"], &[]).expect(0);
    assert!(status.stdout.contains("\"live\""), "{}", status.stdout);
    assert_eq!(publish(&repo, &[]), Vec::<String>::new());
    castoff(&repo, &["verify"], &[]).expect(0);
}

#[test]
fn every_client_trusts_what_ssl_cert_file_names() {
    if !ready() {
        return;
    }
    let (repo, server, authority) = (four(), server(), Authority::new("IP:127.0.0.1"));
    let front = Front::of(&server.address(), &authority);
    connect(&repo, &server, &front, "");
    assert_eq!(publish(&repo, &[("SSL_CERT_FILE", authority.file().to_str().unwrap())]), ALL);
}

#[test]
fn an_authority_that_nobody_knows_is_told_with_what_to_set() {
    if !ready() {
        return;
    }
    let (repo, server, authority) = (four(), server(), Authority::new("IP:127.0.0.1"));
    let front = Front::of(&server.address(), &authority);
    connect(&repo, &server, &front, "");
    let ran = castoff(&repo, &["publish"], &[]).expect(1);
    for word in ["certificate", "`ca-file = \"…\"` in `[registry.NAME]`", "`SSL_CERT_FILE`"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    // It will not be trusted later either, so that nobody is asked twice.
    assert!(!ran.stderr.contains("asking again"), "{}", ran.stderr);
    // The certificates of somebody else are not enough.
    let other = Authority::new("IP:127.0.0.1");
    assert_ne!(other.digest(), authority.digest());
    castoff(&repo, &["publish"], &[("SSL_CERT_FILE", other.file().to_str().unwrap())]).expect(1);
}

#[test]
fn a_ca_file_that_is_none_is_told_at_its_registry() {
    let repo = four();
    for (text, why) in [("", "there is no such file"), ("not one", "it holds no certificate")] {
        if !text.is_empty() {
            repo.write("ca.pem", text);
        }
        repo.write(
            "castoff.toml",
            "[registry.npm]\nindex = \"https://127.0.0.1:1/\"\nca-file = \"ca.pem\"\n",
        );
        let ran = castoff(&repo, &["publish", "acme-js"], &[]).expect(2);
        assert!(ran.stderr.contains("`ca-file` of `[registry.npm]` is `ca.pem`"), "{}", ran.stderr);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("castoff.toml:1"), "{}", ran.stderr);
    }
}
