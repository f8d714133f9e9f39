//! The repository released from start to end by each way to use castoff: the same commit, the same tags, and the same
//! files on the registries.

use std::collections::BTreeSet;
use std::process::Command;

use castoff::rehearsal::server::{Options, Protocol, Server};
use expect_test::expect;
use sha2::{Digest, Sha256};

use super::{CONFIG, change, released};
use crate::support::{Ran, Repo, ran};
use crate::tools::need;
use crate::xtask::example;

const TOKEN: &str = "very-secret-token";

/// What a release left behind.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// The release commit: its files and its message.
    commit: String,
    /// What each tag names; the time is not part of a name.
    tags: BTreeSet<(String, String)>,
    /// What the registries have: file, and digest.
    files: BTreeSet<(String, String)>,
}

/// Something that can be released here and now: bindings without compilers and other people's packages.
fn publishable() -> Repo {
    let repo = released();
    repo.write("castoff.toml", CONFIG);
    repo.git(&["rm", "--quiet", "--cached", "castoff.toml"]);
    repo.write(".gitignore", "target/\ncastoff.toml\nscripts/release/\n");
    let edit = |path: &str, from: &str, to: &str| {
        let text = repo.read(path);
        assert!(text.contains(from), "{from} in {path}");
        repo.write(path, &text.replace(from, to));
    };
    edit("Cargo.toml", "serde = \"=0.1.8\"\n", "");
    edit("workers/python/pyproject.toml", "\"maturin==0.1.8\"", "\"uv_build>=0.7\"");
    edit("workers/python/pyproject.toml", "\"maturin\"", "\"uv_build\"");
    edit(
        "workers/python/pyproject.toml",
        "dependencies = [\"another==0.1.8\"]",
        "requires-python = \">=3.9\"",
    );
    repo.write("workers/python/src/tasker_worker_py/__init__.py", "NAME = \"tasker\"\n");
    edit("workers/typescript/package.json", "  \"dependencies\": { \"version\": \"0.1.8\" }\n", ACCESS);
    edit("workers/ruby/tasker-worker-rb.gemspec", "  spec.extensions = [\"ext/native/extconf.rb\"]\n", "");
    edit("workers/ruby/tasker-worker-rb.gemspec", "  spec.add_dependency \"another\", \"0.1.8\"\n", "");
    repo.commit("build: what can be released without compilers");
    change(&repo, "tasker-shared/src/part.rs");
    change(&repo, "workers/ruby/lib/tasker_core/more.rb");
    repo
}

const ACCESS: &str = "  \"publishConfig\": { \"access\": \"public\" }\n";

/// A clone of it, with a configuration that names a server of its own.
fn clone_of(repo: &Repo, server: &Server) -> Repo {
    let clone = Repo::new();
    clone.git(&["pull", "--quiet", "--tags", repo.dir().to_str().unwrap(), "main"]);
    let mut config = format!("{CONFIG}\n[publish]\nsmoke = false\n");
    for (name, protocol) in [
        ("crates-io", Protocol::Cargo),
        ("pypi", Protocol::PyPi),
        ("npm", Protocol::Npm),
        ("rubygems", Protocol::RubyGems),
    ] {
        config += &format!(
            "\n[registry.{name}]\nindex = \"{}\"\ntoken-env = [\"ACME_TOKEN\"]\n",
            server.index(protocol)
        );
        if protocol != Protocol::Cargo {
            config += &format!("upload = \"{}\"\n", server.upload(protocol));
        }
    }
    clone.write("castoff.toml", &config);
    clone
}

/// Releases a clone in a way; `way` gets it with a function that runs a program there.
fn release(repo: &Repo, way: impl Fn(&Repo, &dyn Fn(Command) -> Ran)) -> Outcome {
    let server = Server::start(Options { token: TOKEN.to_string(), ..Options::default() }).unwrap();
    let clone = clone_of(repo, &server);
    way(&clone, &|mut command| {
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_DATE"), "2026-11-21T09:30:00Z");
        }
        ran(command.env("ACME_TOKEN", TOKEN).output().unwrap())
    });
    assert_eq!(clone.git(&["status", "--porcelain"]), "");
    let before: BTreeSet<String> = repo.git(&["tag"]).lines().map(str::to_string).collect();
    let tags = clone.git(&["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags"]);
    let tags =
        tags.lines().map(|line| line.split_once(' ').unwrap()).filter(|(name, _)| !before.contains(*name));
    let plain = |name: &str| match name.strip_prefix("release-") {
        Some(time) => format!("release-{}", time.replace(|c: char| c.is_ascii_digit(), "0")),
        None => name.to_string(),
    };
    let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let files = server.files();
    Outcome {
        commit: clone.git(&["log", "-1", "--format=%T%n%H%n%B"]),
        tags: tags.map(|(name, commit)| (plain(name), commit.to_string())).collect(),
        files: files.iter().map(|file| (file.file_name.clone(), digest(&file.bytes))).collect(),
    }
}

/// The three commands of a release, by the program that `with` prepares for arguments.
fn by_commands(with: impl Fn(&Repo, &[&str]) -> Command) -> impl Fn(&Repo, &dyn Fn(Command) -> Ran) {
    move |repo, run| {
        for words in [["release"], ["publish"], ["tag"]] {
            run(with(repo, &words)).expect(0);
        }
    }
}

fn binary(repo: &Repo, words: &[&str]) -> Command {
    repo.command(words)
}

/// The program of a repository's own xtask, which the library makes in one line.
fn xtask(repo: &Repo, words: &[&str]) -> Command {
    let binary = repo.command(words);
    let mut command = Command::new(example("plain_xtask"));
    command.args(words).current_dir(repo.dir()).stdin(std::process::Stdio::null());
    for (name, value) in binary.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn every_way_to_release_comes_to_the_same() {
    if !(need("uv") & need("npm") & need("gem")) {
        return;
    }
    let repo = publishable();
    let first = release(&repo, by_commands(binary));
    let names =
        |set: &BTreeSet<(String, String)>| set.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    expect![[r#"
        core-v0.1.9
        python-v0.1.9.0
        release-00000000-0000
        ruby-v0.1.9.0
        typescript-v0.1.9"#]]
    .assert_eq(&names(&first.tags).join("\n"));
    expect![[r#"
        tasker-cli-0.1.9.crate
        tasker-client-0.1.9.crate
        tasker-orchestration-0.1.9.crate
        tasker-pgmq-0.1.9.crate
        tasker-shared-0.1.9.crate
        tasker-worker-0.1.9.crate
        tasker-worker-rb-0.1.9.0.gem
        tasker_worker_py-0.1.9.0-py3-none-any.whl
        tasker_worker_py-0.1.9.0.tar.gz
        worker-0.1.9.tgz"#]]
    .assert_eq(&names(&first.files).join("\n"));
    assert_eq!(release(&repo, by_commands(xtask)), first);
}

/// The scripts decide, write, commit and tag; what they leave is the release commit.
#[test]
fn generated_scripts_make_the_release_commit() {
    let repo = publishable();
    let server = Server::start(Options { token: TOKEN.to_string(), ..Options::default() }).unwrap();
    let (by_scripts, by_castoff) = (clone_of(&repo, &server), clone_of(&repo, &server));
    by_scripts.castoff(&["generate", "scripts"]).expect(0);
    let mut sh = Command::new("sh");
    sh.arg(by_scripts.dir().join("scripts/release/release.sh")).current_dir(by_scripts.dir());
    sh.stdin(std::process::Stdio::null());
    let said = ran(sh.output().unwrap()).expect(0);
    let summary = by_castoff.castoff(&["release"]).expect(0);
    assert_eq!(said.stdout, summary.stdout);
    let left = |repo: &Repo| {
        let tags = repo.git(&["tag", "--points-at", "HEAD"]);
        assert!(tags.starts_with("release-2"), "{tags}");
        repo.git(&["log", "-1", "--format=%T%n%B"])
    };
    assert_eq!(left(&by_scripts), left(&by_castoff));
}
