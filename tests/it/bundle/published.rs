//! Publishing from a bundle.

use super::*;

#[test]
fn four_ecosystems_are_published_where_there_is_neither_git_nor_source() {
    if !ready() {
        return;
    }
    let repo = four();
    let bundle = bundled(&repo, "release.tar");
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    // Nothing of the repository is left but the bundle.
    fs::remove_dir_all(repo.dir()).unwrap();
    let ran = publish(&repo, &dir, &bundle, &[]).expect(0);
    assert_eq!(listed(&ran.summary(), "published"), ALL);
    assert_eq!(stored(&server), sums(&bundle), "the very files that were packed");
    let order: Vec<String> = server.files().into_iter().map(|file| file.name).collect();
    let place = |name: &str| order.iter().position(|other| other == name).unwrap();
    for (needed, by) in [
        ("castoff-it-low", "castoff-it-high"),
        ("acme-base", "acme-top"),
        ("@acme/core", "acme-web"),
        ("acme-core", "acme-app"),
    ] {
        assert!(place(needed) < place(by), "{order:?}");
    }
    for (step, count) in [("building", 0), ("built", 0), ("uploaded", 8), ("verified", 8), ("tried", 8)] {
        let seen = ran.stdout.lines().filter(|line| line.contains(&format!("\"event\":\"{step}\"")));
        assert_eq!(seen.count(), count, "{step}");
    }
    let again = publish(&repo, &dir, &bundle, &[]).expect(0);
    assert_eq!(listed(&again.summary(), "already_there"), ALL);
    assert_eq!(server.files().len(), sums(&bundle).len());
}
