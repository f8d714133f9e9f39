//! A crate that castoff uploads from its file alone is told the registry as cargo tells it: the real cargo publishes to a
//! server that keeps what it is sent, and castoff makes its request of the file that arrived there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use castoff::config::Config;
use castoff::effect::{Method, Request, Response, Secret};
use castoff::model::Kind;
use castoff::registry::{self, Target};
use serde_json::{Value, json};

use crate::support::Repo;
use crate::tools;

/// Two registries on loopback that know some crates and keep the body of every upload.
struct Recorder {
    address: String,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    /// Its thread ends with the tests.
    fn start() -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let recorder = Recorder { address, bodies: Arc::default() };
        let (address, bodies) = (recorder.address.clone(), recorder.bodies.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client may go away before it is answered.
                let _answered = stream.and_then(|stream| answer(stream, &address, &bodies));
            }
        });
        recorder
    }

    fn index(&self, registry: &str) -> String {
        format!("sparse+{}/{registry}/index/", self.address)
    }

    /// What was told beside the only crate that arrived, and the crate.
    fn arrived(&self) -> (Value, Vec<u8>) {
        let mut bodies = self.bodies.lock().unwrap();
        assert_eq!(bodies.len(), 1);
        parts(&bodies.remove(0))
    }
}

/// One request, one answer.
fn answer(stream: TcpStream, address: &str, bodies: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length, mut writer) = (String::new(), 0, stream);
    while reader.read_line(&mut head)? > 2 {
        let line = head.lines().last().unwrap_or_default().to_lowercase();
        length = line.strip_prefix("content-length: ").map_or(length, |text| text.parse().unwrap());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    let registry = path.split('/').nth(1).unwrap_or_default();
    let said = match path.rsplit('/').next().unwrap_or_default() {
        "config.json" => {
            let api = format!("{address}/{registry}");
            Some(json!({ "dl": format!("{api}/dl"), "api": api }).to_string())
        }
        "new" => {
            bodies.lock().unwrap().push(body);
            Some("{}".to_string())
        }
        name => known(registry, name).or_else(|| arrived(bodies, name)),
    };
    let status = if said.is_some() { "200 OK" } else { "404 Not Found" };
    let said = said.unwrap_or_default();
    let length = said.len();
    write!(writer, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{said}")
}

/// The line of an index; each registry has crates that the other one has not.
fn known(registry: &str, name: &str) -> Option<String> {
    let crates = [("main", "castoff-it-dep"), ("main", "castoff-it-tool"), ("other", "castoff-it-far")];
    crates.contains(&(registry, name)).then(|| {
        let line = json!({
            "name": name, "vers": "1.2.3", "deps": [], "cksum": "0".repeat(64), "yanked": false,
            "features": { "std": [], "extra": [], "default": ["std"] },
        });
        format!("{line}\n")
    })
}

/// The line of a crate that was uploaded: cargo waits until the index has it.
fn arrived(bodies: &Mutex<Vec<Vec<u8>>>, name: &str) -> Option<String> {
    let bodies = bodies.lock().unwrap();
    let (told, _) = bodies.iter().map(|body| parts(body)).find(|(told, _)| told["name"] == name)?;
    Some(
        json!({ "name": name, "vers": told["vers"], "deps": [], "features": {}, "cksum": "0".repeat(64) })
            .to_string()
            + "\n",
    )
}

fn parts(body: &[u8]) -> (Value, Vec<u8>) {
    let (length, rest) = body.split_first_chunk::<4>().unwrap();
    let (told, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
    let (length, file) = rest.split_first_chunk::<4>().unwrap();
    assert_eq!(u32::from_le_bytes(*length) as usize, file.len());
    (serde_json::from_slice(told).unwrap(), file.to_vec())
}

/// How a registry is known to cargo and to castoff.
#[derive(Clone, Copy, Debug)]
enum As {
    /// crates.io itself; cargo's own tests have a variable for it.
    Public,
    /// A server in the place of crates.io, as castoff makes it known to cargo.
    Replaced,
    /// A registry with a name of its own.
    Named,
}

/// Publishes the crate in `dir` of the repository by cargo and makes castoff's request for the file that arrived.
fn check(repo: &Repo, dir: &str, how: As) -> Value {
    let server = Recorder::start();
    let (main, other) = (server.index("main"), server.index("other"));
    let home = repo.beside("cargo-home");
    fs::create_dir_all(&home).unwrap();
    let mut cargo = Command::new("cargo");
    cargo.current_dir(repo.dir().join(dir)).env("CARGO_HOME", &home);
    cargo.env("CARGO_TARGET_DIR", repo.beside("target")).env("CARGO_REGISTRIES_OTHER_INDEX", &other);
    cargo.env("CARGO_REGISTRIES_MAIN_INDEX", &main).env("CARGO_REGISTRIES_MAIN_TOKEN", "key");
    let replace = ["--config", "source.crates-io.replace-with=\"main\""];
    match how {
        As::Public => cargo
            .env("__CARGO_TEST_CRATES_IO_URL_DO_NOT_USE_THIS", &main)
            .env("CARGO_REGISTRY_TOKEN", "key")
            .arg("publish"),
        As::Replaced => cargo.args(replace).args(["publish", "--index", &main, "--token", "key"]),
        As::Named => cargo.args(replace).args(["publish", "--registry", "main"]),
    };
    let output = cargo.arg("--no-verify").output().unwrap();
    assert!(output.status.success(), "{how:?}: {}", String::from_utf8_lossy(&output.stderr));
    let (told, file) = server.arrived();

    let server = Target { name: "crates-io".to_string(), index: main, own_server: true, ..public() };
    let target = match how {
        As::Public => public(),
        As::Replaced => server,
        As::Named => Target { name: "main".to_string(), ..server },
    };
    let request = ours(&file, &target).unwrap();
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Put, "http://127.0.0.1:1/api/api/v1/crates/new")
    );
    assert_eq!(request.authorization, Some(Secret::new("key")));
    let (said, sent) = parts(&request.body);
    assert_eq!(format!("{said:#}"), format!("{told:#}"), "{how:?}: first castoff's, then cargo's");
    assert!(sent == file);
    said
}

fn public() -> Target {
    let mut target = registry::target("crates-io", Kind::Cargo, &Config::default(), &|_| None).unwrap();
    target.token = Some(Secret::new("key"));
    target
}

/// castoff's request for a crate.
fn ours(file: &[u8], target: &Target) -> Result<Request, String> {
    let config = json!({ "dl": "http://127.0.0.1:1/dl", "api": "http://127.0.0.1:1/api/" }).to_string();
    let answer = Response { status: 200, body: config.into(), ..Response::default() };
    registry::of(target).upload(&answer, file, target)
}

const FULL: &str = r#"
[package]
name = "castoff-it-full"
version = "0.1.0-rc.1+linux"
edition = "2021"
rust-version = "1.70"
authors = ["A. Author <a@example.invalid>", "B"]
description = "All that a manifest can say"
documentation = "https://example.invalid/docs"
homepage = "https://example.invalid"
repository = "https://example.invalid/repo"
readme = "docs/READ.md"
keywords = ["one", "two"]
categories = ["command-line-utilities"]
license-file = "docs/LICENSE.txt"
links = "z"
build = "build.rs"

[badges]
maintenance = { status = "actively-developed" }

[features]
default = ["std"]
std = ["dep:dep", "far?/std", "castoff-it-tool/extra"]
lean = []

[dependencies]
castoff-it-tool = { version = ">=1, <2", default-features = false, features = ["std", "extra"] }
dep = { package = "castoff-it-dep", version = "1.2", optional = true }
zeta = { package = "castoff-it-dep", version = "=1.2.3" }
FAR

[build-dependencies]
castoff-it-dep = "*"

[dev-dependencies]
castoff-it-tool = "~1.2"
pathless = { path = "../pathless" }

[target.'cfg(all( unix,not(target_os="macos"),))'.dependencies]
castoff-it-dep = "1"

[target.x86_64-unknown-linux-gnu.dev-dependencies]
castoff-it-dep = { version = "1", features = ["extra"] }

[target.'cfg(windows)'.build-dependencies]
castoff-it-tool = "1"

[target.'cfg(windows)'.dependencies]
castoff-it-tool = "1"
"#;

/// A crate with everything; crates.io takes none that needs one of another registry.
fn full(far: bool) -> Repo {
    let repo = Repo::new();
    let needs = "far = { package = \"castoff-it-far\", version = \"1\", registry = \"other\", optional = true }\n\
                 near = { package = \"castoff-it-tool\", version = \"1\", registry = \"main\" }\n";
    let alone = "far = { package = \"castoff-it-dep\", version = \"1\", optional = true }\n";
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"full\", \"pathless\"]\n");
    repo.write("full/Cargo.toml", &FULL.replace("FAR", if far { needs } else { alone }));
    repo.write("full/docs/READ.md", "# Read\n\n\"me\" — ünïcode \u{1F980}\n");
    repo.write("full/docs/LICENSE.txt", "as you like\n");
    repo.write("full/build.rs", "fn main() {}\n");
    repo.write("full/src/lib.rs", "//! A test.\n");
    repo.write(
        "pathless/Cargo.toml",
        "[package]\nname = \"pathless\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
    );
    repo.write("pathless/src/lib.rs", "//! A test.\n");
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_crate_with_everything_is_told_as_cargo_tells_it() {
    let told = check(&full(false), "full", As::Public);
    // It is told all of what stands in the manifest, and nothing of what is no part of the release.
    assert_eq!(told["deps"].as_array().unwrap().len(), 10);
    assert!(told["readme"].as_str().unwrap().contains('\u{1F980}'));
    check(&full(true), "full", As::Replaced);
    check(&full(true), "full", As::Named);
}

#[test]
fn what_a_workspace_gives_is_told_too() {
    let repo = Repo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"heir\"]\n\n\
         [workspace.package]\nversion = \"1.4.0\"\nauthors = [\"The whole house\"]\nlicense = \"MIT\"\n\
         description = \"inherited\"\nreadme = \"README.md\"\nrust-version = \"1.71.1\"\nkeywords = [\"house\"]\n\n\
         [workspace.dependencies]\ncastoff-it-dep = { version = \"1\", default-features = false, features = [\"std\"] }\n",
    );
    repo.write("README.md", "the house's\n");
    repo.write(
        "heir/Cargo.toml",
        "[package]\nname = \"castoff-it-heir\"\nversion.workspace = true\nedition = \"2021\"\nauthors.workspace = true\n\
         license.workspace = true\ndescription.workspace = true\nreadme.workspace = true\nrust-version.workspace = true\n\
         keywords.workspace = true\n\n\
         [dependencies]\ncastoff-it-dep = { workspace = true, features = [\"extra\"], optional = true }\n",
    );
    repo.write("heir/src/lib.rs", "//! A test.\n");
    repo.commit("feat: begin");
    for how in [As::Public, As::Replaced, As::Named] {
        assert_eq!(check(&repo, "heir", how)["readme"], "the house's\n");
    }
}

#[test]
fn a_crate_with_next_to_nothing_is_told_as_cargo_tells_it() {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[package]\nname = \"castoff-it-bare\"\nversion = \"0.1.0\"\n");
    repo.write("src/lib.rs", "//! A test.\n");
    repo.commit("feat: begin");
    check(&repo, "", As::Replaced);
    // A readme is found where none is named, and not where none is wanted.
    repo.write("README.txt", "found\n");
    repo.commit("docs: a readme");
    assert_eq!(check(&repo, "", As::Replaced)["readme_file"], "README.txt");
    repo.write("Cargo.toml", &(repo.read("Cargo.toml") + "readme = false\n"));
    repo.commit("docs: no readme");
    assert_eq!(check(&repo, "", As::Replaced)["readme"], Value::Null);
}

/// The lines that cargo keeps of the indexes that it asked, by name and version.
fn kept_lines(indexes: Vec<PathBuf>) -> BTreeMap<(String, String), Value> {
    let mut found = BTreeMap::new();
    let mut pending = indexes;
    while let Some(path) = pending.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            pending.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            let bytes = fs::read(&path).unwrap();
            let lines = bytes.split(|byte| *byte == 0).filter(|part| part.starts_with(b"{\"name\""));
            let lines = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
            found.extend(lines.map(|line| ((text(&line["name"]), text(&line["vers"])), line)));
        }
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// What matters of a dependency, as its index says it.
fn indexed(told: &Value) -> Value {
    let alias = &told["explicit_name_in_toml"];
    let (name, package) =
        if alias.is_null() { (&told["name"], &Value::Null) } else { (alias, &told["name"]) };
    json!([
        name,
        package,
        told["version_req"],
        told["features"],
        told["optional"],
        told["default_features"],
        told["target"],
        told["kind"],
        told["registry"],
    ])
}

fn of_line(dependency: &Value) -> Value {
    json!([
        dependency["name"],
        dependency["package"],
        dependency["req"],
        dependency["features"],
        dependency["optional"],
        dependency["default_features"],
        dependency["target"],
        dependency["kind"],
        dependency["registry"],
    ])
}

fn by_text(values: impl Iterator<Item = Value>) -> Vec<String> {
    let mut texts: Vec<String> = values.map(|value| value.to_string()).collect();
    texts.sort();
    texts
}

#[test]
fn crates_of_other_people_are_told_as_the_public_index_has_them() {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    // Those of the public registry alone.
    let host = public().index.split('/').nth(2).unwrap_or_default().to_string();
    let of_host = |below: &str| -> Vec<PathBuf> {
        let dirs = fs::read_dir(home.join(below)).into_iter().flatten().map(|dir| dir.unwrap().path());
        dirs.filter(|dir| dir.file_name().unwrap().to_string_lossy().starts_with(&host)).collect()
    };
    let lines = kept_lines(of_host("registry/index"));
    let caches = of_host("registry/cache").into_iter();
    let files = caches.flat_map(|cache| fs::read_dir(cache).unwrap());
    let mut compared = 0;
    for file in files.map(|file| file.unwrap().path()) {
        let told = ours(&fs::read(&file).unwrap(), &public()).map(|request| parts(&request.body).0);
        let told = told.unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        let Some(line) = lines.get(&(text(&told["name"]), text(&told["vers"]))) else { continue };
        let deps = |value: &Value| value.as_array().unwrap().clone().into_iter();
        let ours = by_text(deps(&told["deps"]).map(|told| indexed(&told)));
        assert_eq!(ours, by_text(deps(&line["deps"]).map(|line| of_line(&line))), "{}", file.display());
        assert_eq!((&told["links"], &told["rust_version"]), (&line["links"], &line["rust_version"]));
        compared += 1;
    }
    if compared == 0 {
        tools::note_not_run("crates that cargo downloaded");
    }
}
