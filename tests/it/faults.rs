//! Every fault in every ecosystem, with the real clients: what may pass is survived, what may not is told, and in no
//! case is anything stored twice or with other bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use castoff::rehearsal::server::faults::{Again, Late, Limit, Mishap, Names, On, Planned};
use castoff::rehearsal::server::{Options, Protocol, Server};
use serde_json::Value;

use crate::gems::gemspec;
use crate::support::{Ran, Repo, crate_files, python_package};
use crate::tools::need;

/// The ecosystems with their registries.
const ALL: [(&str, Protocol); 4] =
    [("cargo", Protocol::Cargo), ("uv", Protocol::PyPi), ("npm", Protocol::Npm), ("gem", Protocol::RubyGems)];

/// How a package ends that meets a fault.
enum Ends {
    /// On its registry.
    Published,
    /// With these words, and with so many of its files on the registry.
    Failed(&'static str, Stored),
}

enum Stored {
    Nothing,
    All,
}

use Ends::{Failed, Published};

/// A package that meets a fault: its name, which calls, which fault, how often, how it ends.
type Cell = (&'static str, On, Mishap, u32, Ends);

/// What uploads and looks into the index meet.
const UPLOADS: &[Cell] = &[
    ("calm", On::Upload, Mishap::Status(500), 0, Published),
    ("status-500", On::Upload, Mishap::Status(500), 1, Published),
    ("status-502", On::Upload, Mishap::Status(502), 1, Published),
    ("status-503", On::Upload, Mishap::Status(503), 2, Published),
    ("no-end", On::Upload, Mishap::Status(503), 99, Failed("503", Stored::Nothing)),
    ("limit-seconds", On::Upload, Mishap::TooMany(Again::Seconds(1)), 1, Published),
    ("limit-date", On::Upload, Mishap::TooMany(Again::Date(1)), 1, Published),
    ("limit-untold", On::Upload, Mishap::TooMany(Again::Untold), 1, Published),
    ("hang", On::Upload, Mishap::Hang, 1, Published),
    ("cut-before", On::Upload, Mishap::CutBefore, 1, Published),
    ("cut-after", On::Upload, Mishap::CutAfter, 1, Published),
    ("half", On::Upload, Mishap::Half, 1, Published),
    ("late", On::Upload, Mishap::Late(Late::Reads(2)), 1, Published),
    (
        "too-late",
        On::Upload,
        Mishap::Late(Late::For(AGES)),
        9,
        Failed("its registry does not show it", Stored::All),
    ),
    ("read-500", On::Index, Mishap::Status(500), 2, Published),
    ("read-cut", On::Index, Mishap::CutBefore, 1, Published),
    ("read-slow", On::Index, Mishap::Slow(Duration::from_millis(5)), 99, Published),
    ("wrong", On::Index, Mishap::WrongDigest, 99, Failed("is not the file that was built", Stored::All)),
];

/// What downloads meet when a package is installed to be tried.
const DOWNLOADS: &[Cell] = &[
    ("status", On::Download, Mishap::Status(503), 1, Published),
    ("limit", On::Download, Mishap::TooMany(Again::Seconds(1)), 1, Published),
    ("cut", On::Download, Mishap::CutBefore, 1, Published),
    ("half", On::Download, Mishap::Half, 1, Published),
    ("short", On::Download, Mishap::Short, 1, Published),
    ("slow", On::Download, Mishap::Slow(Duration::from_millis(5)), 9, Published),
];

const AGES: Duration = Duration::from_secs(3600);

/// Nobody waits long here, and clients give up on a server that hangs.
const QUICK: &str = "retry-base-delay = \"50ms\"\npoll-timeout = \"10s\"\n";

fn package_name(kind: &str, cell: &str) -> String {
    if kind == "npm" { format!("@acme/{cell}") } else { format!("acme-{cell}") }
}

/// cargo itself looks for what it uploaded, for a whole minute.
fn waits_itself(kind: &str, cell: &str) -> bool {
    (kind, cell) == ("cargo", "too-late")
}

/// A package in each ecosystem; `needs` is another one of these.
fn packages(repo: &Repo, cell: &str, needs: Option<&str>) {
    let name = package_name("", cell);
    let other = needs.map(|needs| package_name("", needs));
    let crates =
        other.iter().map(|other| format!("{other} = {{ path = \"../{other}\", version = \"0.1.0\" }}"));
    let crates: Vec<String> = crates.collect();
    crate_files(repo, &name, "0.1.0", &crates.iter().map(String::as_str).collect::<Vec<_>>(), false);
    python_package(repo, &name, "0.1.0", &other.iter().map(String::as_str).collect::<Vec<_>>());
    let npm = needs.map_or(String::new(), |needs| {
        format!(", \"dependencies\": {{ \"{}\": \"^0.1.0\" }}", package_name("npm", needs))
    });
    let manifest =
        format!("{{ \"name\": \"{}\", \"version\": \"0.1.0\"{npm} }}\n", package_name("npm", cell));
    repo.write(&format!("js/{cell}/package.json"), &manifest);
    let gem = other.map_or(String::new(), |other| format!("  spec.add_dependency \"{other}\", \"~> 0.1\"\n"));
    repo.write(&format!("gems/{cell}/{name}.gemspec"), &gemspec(&name, "\"0.1.0\"", &gem));
    repo.write(&format!("gems/{cell}/lib/acme/{cell}.rb"), "");
}

/// A repository with these cells, and a server that plays their faults.
fn prepared(cells: &[Cell], rules: &str) -> (Repo, Server) {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    repo.write("package.json", "{ \"private\": true, \"workspaces\": [\"js/*\"] }\n");
    repo.write(".gitignore", "/target\n/castoff.toml\n");
    let mut faults = Vec::new();
    for (cell, on, mishap, times, _) in cells {
        packages(&repo, cell, None);
        let meets = ALL.iter().filter(|(kind, _)| !waits_itself(kind, cell));
        faults.extend(meets.map(|(kind, protocol)| {
            let planned = Planned::once(*protocol, *on, *mishap).of(&package_name(kind, cell));
            Planned { times: *times, ..planned }
        }));
    }
    repo.commit("feat: begin");
    let own = faults.iter().map(|fault| (fault.protocol, fault.package.clone().unwrap())).collect();
    let server =
        Server::start(Options { token: "key".to_string(), faults, own, ..Options::default() }).unwrap();
    connect(&repo, &server, rules);
    (repo, server)
}

fn connect(repo: &Repo, server: &Server, rules: &str) {
    let index = |protocol: Protocol| server.index(protocol);
    let text = format!(
        "[publish]\n{QUICK}{rules}\n[registry.crates-io]\nindex = \"{}\"\n[registry.pypi]\nupload = \"{}\"\nindex = \"{}\"\n\
         [registry.npm]\nindex = \"{}\"\n[registry.rubygems]\nindex = \"{}\"\n",
        index(Protocol::Cargo),
        server.upload(Protocol::PyPi),
        index(Protocol::PyPi),
        index(Protocol::Npm),
        index(Protocol::RubyGems),
    );
    repo.write("castoff.toml", &text);
}

/// `castoff publish` with tokens, with clients that give up after three seconds, and with caches of its own.
fn publish(repo: &Repo) -> Ran {
    let impatient = "require 'net/http'\nNet::HTTP.prepend(Module.new { def initialize(*, **) = (super; self.read_timeout = 3) })\n";
    fs::write(repo.beside("impatient.rb"), impatient).unwrap();
    let beside = |name: &str| repo.beside(name).display().to_string();
    let rubyopt = format!("-r{}", beside("impatient.rb"));
    repo.castoff_with(
        &["publish", "--json", "--jobs", "4"],
        &[
            ("CARGO_REGISTRY_TOKEN", "key"),
            ("UV_PUBLISH_TOKEN", "key"),
            ("NPM_TOKEN", "key"),
            ("GEM_HOST_API_KEY", "key"),
            ("CARGO_HOME", &beside("cargo-home")),
            ("GEM_SPEC_CACHE", &beside("gem-specs")),
            ("npm_config_cache", &beside("npm-cache")),
            ("npm_config_userconfig", &beside("npmrc")),
            ("CARGO_HTTP_TIMEOUT", "3"),
            ("UV_HTTP_TIMEOUT", "3"),
            ("npm_config_fetch_timeout", "3000"),
            ("RUBYOPT", &rubyopt),
        ],
    )
}

/// Digests of what a server has, by package; every file once.
fn stored(server: &Server) -> BTreeMap<(Protocol, String), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for file in server.files() {
        let key = (file.protocol, file.protocol.normalised(&file.name));
        found.entry(key.clone()).or_default().insert(file.sha256);
        assert!(names.insert((key, file.file_name.clone())), "{} was stored twice", file.file_name);
    }
    found
}

/// What a run says of one package.
fn said<'a>(packages: &'a [Value], id: &str) -> &'a Value {
    packages.iter().find(|package| package["package"] == id).unwrap_or_else(|| panic!("nothing of {id}"))
}

/// Compares every cell in every ecosystem; all that are wrong are told together.
fn check(cells: &[Cell], ran: &Ran, server: &Server) {
    let packages = ran.summary()["packages"].as_array().unwrap().clone();
    let stored = stored(server);
    let mut wrong = Vec::new();
    for (cell, _, mishap, _, ends) in cells {
        for (kind, protocol) in ALL.into_iter().filter(|(kind, _)| !waits_itself(kind, cell)) {
            let name = package_name(kind, cell);
            let said = said(&packages, &format!("{kind}:{name}"));
            let held = stored.get(&(protocol, name)).cloned().unwrap_or_default();
            if !ended_so(ends, said, &held) {
                wrong.push(format!("{kind} {cell} ({mishap}), {} stored: {said}", held.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}\n{}", wrong.len(), wrong.join("\n"), ran.stdout);
}

fn ended_so(ends: &Ends, said: &Value, held: &BTreeSet<String>) -> bool {
    let (outcome, error) = (&said["outcome"], said["error"].as_str().unwrap_or_default());
    match ends {
        Published => {
            let sent = said["files"].as_array().into_iter().flatten();
            let sent = sent.map(|file| file["sha256"].as_str().unwrap_or_default().to_string());
            outcome == "published" && sent.collect::<BTreeSet<_>>() == *held
        }
        Failed(words, Stored::Nothing) => outcome == "failed" && error.contains(words) && held.is_empty(),
        Failed(words, Stored::All) => outcome == "failed" && error.contains(words) && !held.is_empty(),
    }
}

fn ready() -> bool {
    need("uv") & need("npm") & need("gem")
}

#[test]
fn a_publish_survives_what_may_pass_and_says_what_may_not() {
    if !ready() {
        return;
    }
    let (repo, server) = prepared(UPLOADS, "smoke = false\n");
    packages(&repo, "needs-wrong", Some("wrong"));
    repo.commit("feat: what needs a package whose digest is wrong");
    let ran = publish(&repo).expect(3);
    check(UPLOADS, &ran, &server);
    let blocked: BTreeSet<String> = ran
        .outcomes("blocked")
        .iter()
        .map(|package| package["package"].as_str().unwrap().to_string())
        .collect();
    let expected = ALL.map(|(kind, _)| format!("{kind}:{}", package_name(kind, "needs-wrong")));
    assert_eq!(blocked, BTreeSet::from(expected));
    // Nothing more goes out while the registry speaks of other bytes than those that were built.
    let before = server.files().len();
    let again = publish(&repo).expect(1);
    assert_eq!(again.stderr.matches("is not the file that was built").count(), ALL.len(), "{}", again.stderr);
    assert_eq!(server.files().len(), before);
}

#[test]
fn what_is_installed_to_be_tried_survives_what_may_pass() {
    if !ready() {
        return;
    }
    let (repo, server) = prepared(DOWNLOADS, "");
    let ran = publish(&repo).expect(0);
    check(DOWNLOADS, &ran, &server);
}

#[test]
fn the_limits_of_a_registry_are_waited_for() {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    for number in 1..=4 {
        crate_files(&repo, &format!("acme-{number}"), "0.1.0", &[], false);
    }
    repo.write(".gitignore", "/target\n/castoff.toml\n");
    repo.commit("feat: begin");
    let limit =
        Limit { protocol: Protocol::Cargo, names: Names::New, burst: 2, every: Duration::from_secs(2) };
    let options = Options { token: "key".to_string(), limits: vec![limit], ..Options::default() };
    let server = Server::start(options).unwrap();
    connect(&repo, &server, "smoke = false\nmax-retries = 0\n");
    let ran = publish(&repo).expect(0);
    assert_eq!(ran.outcomes("published").len(), 4);
    let refused = server.hits().iter().filter(|hit| hit.status == 429).count();
    // Each worker may have one on its way when the registry says that it is too much.
    assert!((1..=6).contains(&refused), "{refused}");
}
