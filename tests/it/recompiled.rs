//! Compiled crates are kept between runs, but never taken for those of another commit.

use std::fs;

use castoff::registry::addresses::{Preset, preset};
use castoff::rehearsal::server::{Options, Protocol, Server, Upstream};

use crate::support::{Repo, crate_files};

/// A program that needs a function which its library gets only later, under the same version.
fn crates_of_one_version() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &["itoa = \"1\""], false);
    let needs = ["castoff-it-low = { path = \"../castoff-it-low\", version = \"0.1.0\" }"];
    crate_files(&repo, "castoff-it-high", "0.1.0", &needs, true);
    repo.write("crates/castoff-it-high/src/main.rs", "fn main() { castoff_it_low::new() }\n");
    repo.commit("feat: begin");
    repo
}

fn library(repo: &Repo, text: &str) {
    repo.write("crates/castoff-it-low/src/lib.rs", text);
    repo.commit("feat: another library, the version is the same");
}

/// When the library of other people was compiled.
fn compiled_itoa(repo: &Repo) -> Vec<std::time::SystemTime> {
    let home = fs::read_dir(repo.cache()).unwrap().next().unwrap().unwrap().path();
    let files = fs::read_dir(home.join("target/debug/deps")).unwrap().map(|entry| entry.unwrap());
    let of_itoa = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("libitoa"));
    of_itoa.map(|entry| entry.metadata().unwrap().modified().unwrap()).collect()
}

#[test]
fn a_second_rehearsal_compiles_what_is_committed_since_and_nothing_else() {
    let repo = crates_of_one_version();
    repo.castoff(&["rehearse"]).expect(1);
    let before = compiled_itoa(&repo);
    assert!(!before.is_empty());
    library(&repo, "pub fn new() {}\n");
    repo.castoff(&["rehearse"]).expect(0);
    library(&repo, "pub fn newer() { println!(\"newer\") }\n");
    repo.castoff(&["rehearse"]).expect(1);
    // Installing the program compiles both once more, as they are downloaded.
    repo.write("crates/castoff-it-high/src/main.rs", "fn main() { castoff_it_low::newer() }\n");
    let smoke = "case {name} in *high) test $(root/bin/castoff-it-high) = newer;; esac";
    repo.write("castoff.toml", &format!("[publish]\nsmoke = \"{smoke}\"\n"));
    repo.commit("fix: what the library has now");
    repo.castoff(&["rehearse"]).expect(0);
    assert_eq!(compiled_itoa(&repo), before);
}

#[test]
fn a_second_publish_compiles_what_is_committed_since() {
    let preset = preset("crates-io").unwrap();
    let part = |part: fn(&Preset) -> &str| part(preset).trim_start_matches("sparse+").to_string();
    let (crates_index, crates_files) = (part(|preset| preset.index), part(|preset| preset.files));
    let upstream = Upstream { crates_index, crates_files, ..Upstream::default() };
    let own = ["low", "high"].map(|name| (Protocol::Cargo, format!("castoff-it-{name}")));
    let options =
        Options { token: "t".to_string(), own: own.into(), upstream: Some(upstream), ..Options::default() };
    let server = Server::start(options).unwrap();
    let repo = crates_of_one_version();
    let config = format!("[registry.crates-io]\nindex = \"{}\"\n", server.index(Protocol::Cargo));
    repo.write("castoff.toml", &config);
    repo.commit("chore: a registry of our own");
    let home = repo.beside("cargo-home");
    let variables = [("CARGO_HOME", home.to_str().unwrap()), ("CARGO_REGISTRY_TOKEN", "t")];
    repo.castoff_with(&["publish"], &variables).expect(1);
    library(&repo, "pub fn new() {}\n");
    repo.castoff_with(&["publish"], &variables).expect(0);
    assert_eq!(server.files().len(), 2);
}
