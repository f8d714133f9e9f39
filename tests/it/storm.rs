//! A release in four ecosystems, killed with SIGKILL again and again. Whatever the moments are, the last run completes it:
//! every file is there once, with the bytes of a release that nobody disturbed. `scripts/storm N` kills more often.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::thread;
use std::time::Duration;

use castoff::rehearsal::server::{Options, Protocol, Server};
use rustix::process::{Pid, Signal, kill_process};

use crate::gems::gemspec;
use crate::random::Random;
use crate::running::Running;
use crate::support::{Repo, crate_files, python_package};
use crate::tools::need;

const KILLS: usize = 20;
/// The token of the server.
pub(crate) const TOKEN: &str = "storm-token";
/// Says in the environment of castoff, and so of all that it starts, which run it is.
const LIFE: &str = "CASTOFF_STORM_LIFE";

/// Twelve packages: in each ecosystem a row of two, and one that stands alone.
pub(crate) fn twelve() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    let needs = ["storm-it-a = { path = \"../storm-it-a\", version = \"0.1.0\" }"];
    for (name, needs) in [("storm-it-a", &[][..]), ("storm-it-b", &needs), ("storm-it-c", &[])] {
        crate_files(&repo, name, "0.1.0", needs, false);
    }
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    for (name, needs) in [("storm-a", &[][..]), ("storm-b", &["storm-a"]), ("storm-c", &[])] {
        python_package(&repo, name, "0.1.0", needs);
    }
    repo.write("package.json", r#"{ "private": true, "workspaces": ["js/*"] }"#);
    for (name, needs) in
        [("storm-a", ""), ("@storm/b", r#", "dependencies": { "storm-a": "^0.1.0" }"#), ("storm-c", "")]
    {
        let dir = name.replace(['@', '/'], "");
        let manifest = format!(r#"{{ "name": "{name}", "version": "0.1.0", "main": "index.js"{needs} }}"#);
        repo.write(&format!("js/{dir}/package.json"), &manifest);
        repo.write(&format!("js/{dir}/index.js"), "module.exports = 7;\n");
    }
    for (name, needs) in
        [("storm-a", ""), ("storm-b", "  spec.add_dependency \"storm-a\", \"~> 0.1\"\n"), ("storm-c", "")]
    {
        repo.write(&format!("gems/{name}/{name}.gemspec"), &gemspec(name, "\"0.1.0\"", needs));
        repo.write(&format!("gems/{name}/lib/{name}.rb"), "STORM = 7\n");
    }
    repo.commit("feat: begin");
    repo
}

pub(crate) fn serve() -> Server {
    Server::start(Options { token: TOKEN.to_string(), ..Options::default() }).unwrap()
}

/// Every kind of package goes to this server.
pub(crate) fn connect(repo: &Repo, server: &Server) {
    let section = |name: &str, protocol| {
        let (upload, index) = (server.upload(protocol), server.index(protocol));
        let upload = if upload.is_empty() { String::new() } else { format!("upload = \"{upload}\"\n") };
        format!("[registry.{name}]\nindex = \"{index}\"\n{upload}token-env = [\"STORM_TOKEN\"]\n\n")
    };
    let text = section("crates-io", Protocol::Cargo)
        + &section("pypi", Protocol::PyPi)
        + &section("npm", Protocol::Npm)
        + &section("rubygems", Protocol::RubyGems);
    repo.write("castoff.toml", &text);
}

fn start(repo: &Repo, life: usize) -> Running {
    let mut command = repo.command(&["publish", "--jobs", "3"]);
    command.env("STORM_TOKEN", TOKEN).env(LIFE, life.to_string());
    // Caches of their own: a server that had the same port before knew other files.
    for (name, dir) in [("npm_config_cache", "npm-cache"), ("GEM_SPEC_CACHE", "gem-specs")] {
        command.env(name, repo.beside(dir));
    }
    Running::start(command)
}

/// Which file is on a server, with its digest.
pub(crate) fn there(server: &Server) -> BTreeMap<String, String> {
    let files = server.files();
    let found: BTreeMap<String, String> = files
        .iter()
        .map(|file| (format!("{:?} {}", file.protocol, file.file_name), file.sha256.clone()))
        .collect();
    assert_eq!(found.len(), files.len(), "a file is there twice");
    found
}

/// Processes that earlier runs have started and that still run.
fn survivors(life: usize) -> Vec<String> {
    let ours = |pid: &str| -> Option<String> {
        let mut environment = Vec::new();
        File::open(format!("/proc/{pid}/environ")).ok()?.read_to_end(&mut environment).ok()?;
        let mark = format!("{LIFE}=");
        let mut variables = environment.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let of: usize = variables.find_map(|one| one.strip_prefix(&mark)?.parse().ok())?;
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?.replace('\0', " ");
        (of < life && !line.is_empty()).then(|| format!("{pid} of run {of}: {line}"))
    };
    let names = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| ours(&name.to_string_lossy())).collect()
}

/// A machine that goes down takes all processes of the run along; `kill -9` takes castoff alone.
fn kill(running: Running, everything: bool, life: usize) {
    running.signal(Signal::KILL);
    drop(running);
    if everything {
        for line in survivors(life + 1) {
            let pid = line.split(' ').next().and_then(|pid| Pid::from_raw(pid.parse().ok()?));
            let _gone = pid.map(|pid| kill_process(pid, Signal::KILL));
        }
    }
}

/// What happened in one release.
#[derive(Default)]
struct Told {
    kills: usize,
    /// After which event castoff was killed.
    moments: BTreeMap<String, usize>,
    waited: usize,
}

/// A release that is killed until it is complete, or until it was often enough; then a last run is left in peace.
fn release(repo: &Repo, kills: usize, random: &mut Random) -> Told {
    let mut told = Told::default();
    for life in 1.. {
        let mut running = start(repo, life);
        // What is told before anything is done again does not count. Few events are a run that is killed while it builds,
        // many are one that comes to its uploads, or to its end.
        let most = *random.pick(&[6, 30, 90]);
        let mut left = if told.kills < kills { random.below(most) } else { usize::MAX };
        let mut last = String::new();
        let mut begun = false;
        while let Some(event) = running.event() {
            let step = event["event"].as_str().unwrap().to_string();
            if step == "queued" && !begun {
                begun = true;
                assert_eq!(survivors(life), [""; 0], "beside run {life}");
            }
            // An upload that a dying machine sent may arrive behind the question of the next run, which then is refused as a
            // duplicate and finds its own bytes there. Other bytes would be a failure.
            assert_ne!(step, "failed", "{event}");
            if event["detail"].as_str().is_some_and(|text| text.starts_with("waiting for another run")) {
                told.waited += 1;
            }
            if !["queued", "already_there", "pinned", "note"].contains(&step.as_str()) {
                left = left.saturating_sub(1);
            }
            last = step;
            if left == 0 {
                break;
            }
        }
        if last == "summary" {
            assert_eq!(running.end().code, 0);
            return told;
        }
        // Somewhere behind the event, not always right behind it.
        thread::sleep(Duration::from_millis(random.below(150) as u64));
        kill(running, random.percent(30), life);
        told.kills += 1;
        *told.moments.entry(last).or_default() += 1;
    }
    unreachable!("lives are counted without an end")
}

fn nothing_is_left(repo: &Repo) {
    for home in fs::read_dir(repo.cache()).unwrap().map(|home| home.unwrap().path()) {
        assert!(!home.join("run").exists());
        let kept = fs::read_dir(home.join("builds")).into_iter().flatten().count();
        assert_eq!(kept, 0);
        File::open(home.join("lock")).unwrap().try_lock().expect("nobody holds the lock");
    }
}

pub(crate) fn undisturbed(repo: &Repo) -> BTreeMap<String, String> {
    let server = serve();
    connect(repo, &server);
    let mut running = start(repo, 0);
    while running.event().is_some() {}
    let ran = running.end();
    assert_eq!(ran.code, 0, "{}", ran.text());
    fs::remove_dir_all(repo.cache()).unwrap();
    there(&server)
}

fn of_four(files: &BTreeMap<String, String>) -> BTreeSet<&str> {
    files.keys().filter_map(|name| name.split(' ').next()).collect()
}

#[test]
fn a_release_that_is_killed_again_and_again_is_completed() {
    if !(need("uv") && need("npm") && need("gem")) {
        return;
    }
    let wanted = std::env::var("CASTOFF_STORM").map_or(KILLS, |count| count.parse().unwrap());
    let mut random = Random::new(7);
    let repo = twelve();
    let expected = undisturbed(&repo);
    // A crate, an npm package and a gem are one file, a Python package two.
    assert_eq!((expected.len(), of_four(&expected).len()), (15, 4));
    let (mut kills, mut rounds, mut moments, mut waited) = (0, 0, BTreeMap::<String, usize>::new(), 0);
    while kills < wanted {
        let server = serve();
        connect(&repo, &server);
        let before = repo.bytes();
        let told = release(&repo, wanted - kills, &mut random);
        assert_eq!(there(&server), expected);
        assert_eq!(repo.bytes(), before);
        nothing_is_left(&repo);
        again_is_nothing(&repo, &server);
        kills += told.kills;
        rounds += 1;
        waited += told.waited;
        told.moments.into_iter().for_each(|(step, count)| *moments.entry(step).or_default() += count);
        remove_caches(&repo);
    }
    print(&format!(
        "{kills} kills in {rounds} releases; {waited} runs waited for what a killed one had left running"
    ));
    moments.iter().for_each(|(step, count)| print(&format!("{count:>6}  after {step}")));
}

#[expect(clippy::print_stdout, reason = "`scripts/storm` shows it")]
fn print(line: &str) {
    println!("{line}");
}

/// Once more: it is all there, and nothing is uploaded.
fn again_is_nothing(repo: &Repo, server: &Server) {
    let before = server.hits().iter().filter(|hit| hit.method != "GET" && hit.method != "HEAD").count();
    let mut running = start(repo, usize::MAX);
    while running.event().is_some() {}
    let ran = running.end();
    assert_eq!(
        (ran.code, ran.summary()["already_there"].as_array().unwrap().len()),
        (0, 12),
        "{}",
        ran.stderr
    );
    let after = server.hits().iter().filter(|hit| hit.method != "GET" && hit.method != "HEAD").count();
    assert_eq!(after, before);
}

fn remove_caches(repo: &Repo) {
    for name in ["npm-cache", "gem-specs", "uv-cache"] {
        let dir = repo.beside(name);
        if Path::new(&dir).exists() {
            fs::remove_dir_all(dir).unwrap();
        }
    }
    fs::remove_dir_all(repo.cache()).unwrap();
}
