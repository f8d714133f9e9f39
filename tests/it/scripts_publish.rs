//! The generated publish scripts for real: twelve packages in four ecosystems, in order, resumed after SIGKILL, with the bytes
//! that castoff itself would have published.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use castoff::rehearsal::server::Server;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::storm::{TOKEN, connect, serve, there, twelve, undisturbed};
use crate::support::{Ran, Repo, ran};
use crate::tools::{PyPiServer, need, tool_path};

const SCRIPTS: [&str; 4] =
    ["publish-crates.sh", "publish-python.sh", "publish-typescript.sh", "publish-ruby.sh"];

/// Twelve packages, their scripts for a server, and the server. Rules and scripts are no part of the commit, so that another
/// server can be named with the same commit.
fn prepared() -> (Repo, Server) {
    let repo = twelve();
    repo.write(".gitignore", "/target\n/castoff.toml\n/scripts\n");
    repo.commit("chore: ignore");
    let server = serve();
    generate(&repo, &server);
    (repo, server)
}

fn generate(repo: &Repo, server: &Server) {
    connect(repo, server);
    repo.castoff(&["generate", "scripts"]).expect(0);
}

fn command(repo: &Repo, shell: &[&str], script: &str, args: &[&str]) -> Command {
    let mut command = Command::new(tool_path(shell[0]).unwrap());
    command.args(&shell[1..]).arg(repo.dir().join("scripts/release").join(script)).args(args);
    for (name, value) in repo.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("XDG_CACHE_HOME", kept(repo)).env("npm_config_cache", repo.beside("npm-cache"));
    command.env("GEM_SPEC_CACHE", repo.beside("gem-specs")).env_remove("STORM_TOKEN");
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Where scripts keep what they built.
fn kept(repo: &Repo) -> PathBuf {
    repo.beside("kept")
}

/// Every file that waits there.
fn built(repo: &Repo) -> Vec<PathBuf> {
    let (mut found, mut pending) = (Vec::new(), vec![kept(repo)]);
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { pending.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn publish(repo: &Repo, shell: &[&str], script: &str, args: &[&str]) -> Ran {
    ran(command(repo, shell, script, args).env("STORM_TOKEN", TOKEN).output().unwrap())
}

fn ready() -> bool {
    need("uv") && need("npm") && need("gem") && need("dash") && need("busybox")
}

#[test]
fn four_ecosystems_are_published_in_order_with_the_bytes_of_castoff() {
    if !ready() {
        return;
    }
    let (repo, server) = prepared();
    let expected = undisturbed(&repo);
    generate(&repo, &server);
    let before = repo.bytes();
    for (script, shell) in SCRIPTS.into_iter().zip([&["dash"][..], &["bash"], &["busybox", "sh"], &["dash"]])
    {
        let listed = publish(&repo, shell, script, &["--dry-run"]).expect(0);
        assert!(listed.stderr.contains("would publish 3"), "{}", listed.text());
        assert!(!listed.stdout.is_empty());
        let done = publish(&repo, shell, script, &[]).expect(0);
        assert!(done.stderr.contains("3 published, 0 already there, 0 failed, 0 blocked"), "{}", done.text());
        let order: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("published ")).collect();
        let place = |name: &str| order.iter().position(|line| line.contains(name)).unwrap();
        let (first, second) = if script == SCRIPTS[0] { ("-a 0", "-b 0") } else { ("-a 0", "b 0") };
        assert!(place(first) < place(second), "{order:?}");
    }
    assert_eq!(there(&server), expected);
    assert_eq!(repo.bytes(), before);
    let uploads = |server: &Server| server.hits().iter().filter(|hit| hit.method != "GET").count();
    let uploaded = uploads(&server);
    for script in SCRIPTS {
        let again = publish(&repo, &["dash"], script, &[]).expect(0);
        assert!(again.stderr.contains("warning: already there, and left as it is: 3"), "{}", again.text());
        let skip = publish(&repo, &["dash"], script, &["--on-duplicate=skip"]).expect(0);
        assert!(
            !skip.stderr.contains("warning") && skip.stderr.contains("already there: 3"),
            "{}",
            skip.text()
        );
        let fail = publish(&repo, &["dash"], script, &["--on-duplicate", "fail"]).expect(1);
        assert!(fail.stderr.contains("error: already on their registries: 3"), "{}", fail.text());
        let odd = publish(&repo, &["dash"], script, &["--on-duplicate=wrn"]).expect(2);
        assert!(odd.stderr.contains("`wrn` is not one of skip, warn, fail"), "{}", odd.text());
        let other = publish(&repo, &["dash"], script, &["9.9.9"]).expect(2);
        assert!(other.stderr.contains("the manifests do not say 9.9.9"), "{}", other.text());
        publish(&repo, &["dash"], script, &["0.1.0"]).expect(0);
    }
    assert_eq!(uploads(&server), uploaded);
}

#[test]
fn a_script_that_is_killed_goes_on_where_it_stopped() {
    if !ready() {
        return;
    }
    let (repo, server) = prepared();
    for (script, files) in SCRIPTS.into_iter().zip([3, 6, 3, 3]) {
        let before = server.files().len();
        let mut running = command(&repo, &["dash"], script, &[]);
        running.env("STORM_TOKEN", TOKEN).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut running = running.spawn().unwrap();
        while server.files().len() == before {
            assert!(running.try_wait().unwrap().is_none(), "{script} ended before anything was uploaded");
            thread::park_timeout(Duration::from_millis(1));
        }
        kill_process_group(Pid::from_child(&running), Signal::KILL).unwrap();
        let _killed = running.wait().unwrap();
        // What was built waits for the next run, and a dry run between them is no such run.
        let waiting = built(&repo);
        assert!(!waiting.is_empty(), "{script}");
        publish(&repo, &["dash"], script, &["--dry-run"]).expect(0);
        assert_eq!(built(&repo), waiting, "{script}");
        let done = publish(&repo, &["dash"], script, &[]).expect(0);
        assert!(done.stderr.contains(" 0 failed, 0 blocked"), "{}", done.text());
        assert_eq!(server.files().len() - before, files, "{script}: {}", done.text());
        let names: BTreeSet<String> =
            server.files().iter().map(|file| format!("{:?} {}", file.protocol, file.file_name)).collect();
        assert_eq!(names.len(), server.files().len());
        assert_eq!(built(&repo), [] as [PathBuf; 0], "{script}");
    }
}

#[test]
fn without_credentials_nothing_is_built_and_all_that_is_missing_is_told() {
    if !(need("uv") && need("dash")) {
        return;
    }
    let server = PyPiServer::start();
    let repo =
        crate::support::python_workspace(&[("acme-a", "0.1.0", &[]), ("acme-b", "0.1.0", &["acme-a"])]);
    repo.write(".gitignore", "/castoff.toml\n/scripts\n");
    repo.commit("chore: ignore");
    let (upload, index) = (server.upload_url(), server.index_url());
    repo.write("castoff.toml", &format!("[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\n"));
    repo.castoff(&["generate", "scripts"]).expect(0);
    // A server of one's own may have no accounts; the public one has.
    let script = "scripts/release/publish-python.sh";
    let public = repo.read(script).replace("|own|", "|public|");
    repo.write(script, &public);
    let refused = ran(command(&repo, &["dash"], "publish-python.sh", &[]).output().unwrap()).expect(1);
    assert!(refused.stderr.contains("pypi: set one of UV_PUBLISH_TOKEN"), "{}", refused.text());
    assert!(refused.stderr.contains("no credentials for 1 of 1 registries"), "{}", refused.text());
    assert!(!refused.stderr.contains("built") && server.files().is_empty());
    // A dry run needs none.
    let listed =
        ran(command(&repo, &["dash"], "publish-python.sh", &["--dry-run"]).output().unwrap()).expect(0);
    assert!(listed.stdout.contains("acme_a-0.1.0.tar.gz\n"), "{}", listed.text());
    // Who does not answer is asked some times, and nothing is sent.
    let silent = repo.read(script).replace(&index, "http://127.0.0.1:9/");
    let library = repo.read("scripts/release/lib/publish.sh");
    repo.write("scripts/release/lib/publish.sh", &library.replace("max_retries=3", "max_retries=1"));
    repo.write(script, &silent.replace("|public|", "|own|"));
    let told = publish(&repo, &["dash"], "publish-python.sh", &[]).expect(1);
    for text in [
        "status 000); again in 1 s (1 of 1)",
        "error: cannot ask `pypi` for `acme-a`",
        "nothing was uploaded",
    ] {
        assert!(told.stderr.matches(text).count() == 1, "{text}: {}", told.text());
    }
    repo.write("scripts/release/lib/publish.sh", &library);
    // Some components alone.
    repo.write(script, &public.replace("|public|", "|own|"));
    publish(&repo, &["dash"], "publish-python.sh", &["acme-a"]).expect(0);
    assert_eq!(server.files().len(), 2);
    publish(&repo, &["dash"], "publish-python.sh", &["0.1.0", "acme-b"]).expect(0);
    assert_eq!(server.files().len(), 4);
    publish(&repo, &["dash"], "publish-python.sh", &["acme-x"]).expect(2);
}
