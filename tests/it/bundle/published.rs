//! Publishing from a bundle.

use rustix::process::Signal;

use super::*;
use crate::rehearse::with_event;
use crate::running::Running;
use crate::support::python_workspace;

/// A bundle of four ecosystems.
fn large() -> Option<(Repo, PathBuf)> {
    ready().then(|| {
        let repo = four();
        let bundle = bundled(&repo, "release.tar");
        (repo, bundle)
    })
}

#[test]
fn four_ecosystems_are_published_where_there_is_neither_git_nor_source() {
    let Some((repo, bundle)) = large() else { return };
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
        assert_eq!(with_event(&ran, step).len(), count, "{step}");
    }
    let again = publish(&repo, &dir, &bundle, &[]).expect(0);
    assert_eq!(listed(&again.summary(), "already_there"), ALL);
    assert_eq!(server.files().len(), sums(&bundle).len());
}

#[test]
fn a_run_that_was_killed_is_completed_from_the_same_bundle() {
    let Some((repo, bundle)) = large() else { return };
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    let args = ["publish", "--bundle", bundle.to_str().unwrap(), "--jobs", "1"];
    let mut running = Running::start(command(&repo, &dir, &args));
    running.until("\"event\":\"uploaded\"");
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, -1);
    assert!(server.files().len() < sums(&bundle).len());
    let summary = publish(&repo, &dir, &bundle, &[]).expect(0).summary();
    let mut all = [listed(&summary, "published"), listed(&summary, "already_there")].concat();
    all.sort();
    assert_eq!(all, ALL);
    assert!(!listed(&summary, "already_there").is_empty());
    assert_eq!((stored(&server), server.files().len()), (sums(&bundle), sums(&bundle).len()));
}

/// A bundle of one small Python package.
fn small() -> Option<(Repo, PathBuf)> {
    if !need("uv") {
        return None;
    }
    let repo = python_workspace(&[("acme-base", "0.1.0", &[]), ("acme-top", "0.1.0", &["acme-base"])]);
    repo.commit("feat: begin");
    let bundle = bundled(&repo, "release.tar");
    Some((repo, bundle))
}

#[test]
fn what_was_changed_is_refused_before_anybody_is_asked() {
    let Some((repo, bundle)) = small() else { return };
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    let whole = fs::read(&bundle).unwrap();
    let at = whole.windows(4).position(|window| window == b"PK\x03\x04").unwrap() + 40;
    let mut changed = whole.clone();
    changed[at] ^= 1;
    for (bytes, why) in [
        (changed, "acme_base-0.1.0-py3-none-any.whl` was changed: its sha256 is "),
        (whole[..whole.len() / 2].to_vec(), "it is cut off"),
        ([whole.as_slice(), b"more"].concat(), "something was added behind its end"),
        (b"no bundle at all".to_vec(), "it is cut off"),
    ] {
        fs::write(&bundle, bytes).unwrap();
        let ran = publish(&repo, &dir, &bundle, &[]).expect(1);
        assert!(ran.stderr.contains("cannot use the bundle") && ran.stderr.contains(why), "{}", ran.stderr);
    }
    assert!(server.hits().is_empty() && server.files().is_empty());
    fs::remove_file(&bundle).unwrap();
    let ran = publish(&repo, &dir, &bundle, &[]).expect(2);
    assert!(ran.stderr.contains("there is no file"), "{}", ran.stderr);
}

#[test]
fn a_dry_run_does_everything_but_the_uploads() {
    let Some((repo, bundle)) = small() else { return };
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    let ran = publish(&repo, &dir, &bundle, &["--dry-run"]).expect(0);
    assert_eq!(listed(&ran.summary(), "built"), ["uv:acme-base", "uv:acme-top"]);
    assert!(!server.hits().is_empty() && server.files().is_empty());
    let mut command = command(&repo, &dir, &["publish", "--bundle", bundle.to_str().unwrap(), "--dry-run"]);
    let text = ran_of(&mut command).expect(0).stderr;
    assert!(text.contains("acme_top/__init__.py") && text.contains("nothing was uploaded"), "{text}");
}

fn ran_of(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

#[test]
fn packages_can_be_named_and_what_they_need_has_to_be_there() {
    let Some((repo, bundle)) = small() else { return };
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    let ran = publish(&repo, &dir, &bundle, &["acme-nothing"]).expect(2);
    assert!(ran.stderr.contains("names no package of the bundle"), "{}", ran.stderr);
    assert!(ran.stderr.contains("it has uv:acme-base, uv:acme-top"), "{}", ran.stderr);
    let ran = publish(&repo, &dir, &bundle, &["acme-top"]).expect(1);
    assert!(ran.stderr.contains("cannot publish `uv:acme-top` without `uv:acme-base`"), "{}", ran.stderr);
    publish(&repo, &dir, &bundle, &["uv:acme-base"]).expect(0);
    let summary = publish(&repo, &dir, &bundle, &["acme-top"]).expect(0).summary();
    assert_eq!(listed(&summary, "published"), ["uv:acme-top"]);
}

#[test]
fn the_configuration_beside_is_taken_else_the_one_in_the_bundle() {
    let Some((repo, _)) = small() else { return };
    let (inside, beside, given) = (server(), server(), server());
    let in_bundle = elsewhere(&repo, "inside", &inside);
    repo.write("castoff.toml", &fs::read_to_string(in_bundle.join("castoff.toml")).unwrap());
    repo.commit("chore: a registry of our own");
    let bundle = bundled(&repo, "own.tar");
    let empty = repo.beside("empty");
    fs::create_dir(&empty).unwrap();
    publish(&repo, &empty, &bundle, &["acme-base"]).expect(0);
    assert_eq!(inside.files().len(), 2);
    publish(&repo, &elsewhere(&repo, "beside", &beside), &bundle, &["acme-base"]).expect(0);
    assert_eq!(beside.files().len(), 2);
    let config = elsewhere(&repo, "given", &given).join("castoff.toml");
    publish(&repo, &in_bundle, &bundle, &["acme-base", "--config", config.to_str().unwrap()]).expect(0);
    assert_eq!((given.files().len(), inside.files().len()), (2, 2));
    // Built once, published three times.
    assert_eq!((stored(&inside), stored(&beside)), (stored(&given), stored(&given)));
}
