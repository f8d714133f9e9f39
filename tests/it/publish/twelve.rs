//! The whole way, once: twelve packages that need each other, published, compared with a build of our own, installed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Ran, Repo, git, ran};
use crate::tools::{self, PyPiServer};

use super::{TWELVE, all_files, connect, manifest, name, needs, ready, twelve};

#[test]
fn twelve_packages_arrive_as_they_were_built_and_can_be_installed() {
    if !ready() {
        return;
    }
    let (repo, server) = (twelve(), PyPiServer::start());
    connect(&repo, &server, "");
    let before = repo.bytes();
    let run = repo.castoff(&["publish", "--json"]).expect(0);

    assert_eq!(server.files().iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), all_files());
    assert_eq!(server.files(), run.published_files());
    assert_eq!(server.files(), our_own_build(&repo));
    assert!(server.uploads().iter().all(|status| *status == 200), "{:?}", server.uploads());
    assert_eq!(repo.bytes(), before);
    in_order(&run);
    installs(&repo, &server);

    let (files, uploads) = (server.files(), server.uploads().len());
    let again = repo.castoff(&["publish"]).expect(0);
    assert_eq!(again.last_line(), "nothing to publish: all 12 packages are already there");
    assert_eq!((server.files(), server.uploads().len()), (files, uploads));
    let again = repo.castoff(&["publish", "--json"]).expect(0);
    assert_eq!(again.listed("already_there").len(), TWELVE);
    assert_eq!(again.reached("building").len() + again.reached("uploading").len(), 0);
}

/// Every package is uploaded after all that it needs was installed and tried.
fn in_order(run: &Ran) {
    let events = run.events();
    let at = |step: &str, number: usize| {
        let id = format!("uv:{}", name(number));
        events.iter().position(|event| event["event"] == step && event["package"] == id.as_str()).unwrap()
    };
    for number in 1..=TWELVE {
        for need in needs(number) {
            assert!(at("tried", need) < at("uploading", number), "{number} needs {need}");
        }
        let last_build = (1..=TWELVE).map(|other| at("built", other)).max().unwrap();
        assert!(last_build < at("uploading", number), "{number} is uploaded before every build passed");
    }
}

/// Names and digests of what uv alone makes of the same commit, with manifests that pin what they need.
fn our_own_build(repo: &Repo) -> Vec<(String, String)> {
    let (clone, out) = (repo.beside("clone"), repo.beside("out"));
    let clone_text = clone.to_str().unwrap().to_string();
    repo.git(&["clone", "--quiet", ".", &clone_text]);
    for number in 1..=TWELVE {
        fs::write(clone.join(format!("packages/{}/pyproject.toml", name(number))), manifest(number, true))
            .unwrap();
    }
    assert_ne!(git(&clone).args(["status", "--porcelain"]).output().unwrap().stdout, b"");
    uv(
        repo,
        &clone,
        &["build", "--quiet", "--all-packages", "--no-sources", "--out-dir", out.to_str().unwrap()],
    );
    let files = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let names = files.filter(|path| !path.ends_with(".gitignore"));
    let mut files: Vec<_> = names
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_string(), tools::sha256(&path)))
        .collect();
    files.sort();
    files
}

/// Everything, in an environment of its own outside of the repository; what is required is pinned.
fn installs(repo: &Repo, server: &PyPiServer) {
    let venv = repo.beside("venv");
    let python = venv.join("bin/python");
    let outside = repo.beside("");
    uv(repo, &outside, &["venv", "--quiet", "--no-project", venv.to_str().unwrap()]);
    let install = ["pip", "install", "--quiet", "--refresh", "--python", python.to_str().unwrap()];
    let index = server.index_url();
    let all: Vec<String> = (1..=TWELVE).map(|number| format!("{}==0.{number}.0", name(number))).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    uv(repo, &outside, &[&install[..], &["--default-index", &index], &all[..]].concat());

    let ask = "import importlib.metadata as m, json\nprint(json.dumps({d.name: sorted(d.requires or []) for d in m.distributions()}))";
    let output = Command::new(&python).args(["-I", "-c", ask]).current_dir(&outside).output().unwrap();
    let required: BTreeMap<String, Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    for number in 1..=TWELVE {
        let expected: Vec<String> = needs(number).into_iter().map(|need| requirement(number, need)).collect();
        assert_eq!(required[&name(number)], expected, "{number}");
        let import = format!("import acme_p{number:02}");
        let output =
            Command::new(&python).args(["-I", "-c", &import]).current_dir(&outside).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A requirement as the metadata of the installed package has to have it.
fn requirement(number: usize, need: usize) -> String {
    let pinned = |extras: &str| format!("{}{extras}==0.{need}.0", name(need));
    match (number, need) {
        (5, 2) => pinned("") + " ; extra == 'fast'",
        (6, 3) => pinned("") + " ; python_full_version >= '3.9'",
        (8, 5) => pinned("[fast]"),
        _ => pinned(""),
    }
}

fn uv(repo: &Repo, dir: &std::path::Path, args: &[&str]) {
    let path: PathBuf = tools::tool_path("uv").unwrap();
    let mut command = Command::new(path);
    command.args(args).current_dir(dir).env("UV_CACHE_DIR", repo.beside("own-uv-cache"));
    ran(command.output().unwrap()).expect(0);
}
