//! Making and merging bundles.

use super::*;
use crate::support::git;

#[test]
fn the_same_commit_gives_the_same_bundle_and_no_registry_is_asked() {
    if !ready() {
        return;
    }
    let repo = four();
    // Registries at which nobody answers: they would stop every publish.
    let nowhere = "http://127.0.0.1:9/";
    repo.write(
        "castoff.toml",
        &format!(
            "[registry.crates-io]\nindex = \"sparse+{nowhere}\"\n[registry.pypi]\nupload = \"{nowhere}\"\nindex = \"{nowhere}\"\n\
             [registry.npm]\nindex = \"{nowhere}\"\n[registry.rubygems]\nindex = \"{nowhere}\"\n"
        ),
    );
    repo.commit("chore: servers of our own");
    let out = repo.beside("one.tar");
    let ran = repo.castoff(&["bundle", out.to_str().unwrap(), "--offline", "--json"]).expect(0);
    assert_eq!(listed(&ran.summary(), "built"), ALL);
    let digest = crate::tools::sha256(&out);
    assert!(
        ran.stdout.lines().any(|line| line.contains("\"packed\"") && line.contains(&digest)),
        "{}",
        ran.stdout
    );
    let built: BTreeMap<String, String> = ran
        .outcomes("built")
        .iter()
        .flat_map(|package| package["files"].as_array().unwrap().clone())
        .map(|file| {
            (file["name"].as_str().unwrap().to_string(), file["sha256"].as_str().unwrap().to_string())
        })
        .collect();
    assert_eq!(packed(&out), built);

    // Another clone, another cache, a token in the environment: the same bytes.
    let clone = repo.beside("clone");
    assert!(git(&repo.dir()).args(["clone", "--quiet", "."]).arg(&clone).status().unwrap().success());
    let other = repo.beside("other.tar");
    let mut command = repo.command(&["bundle", other.to_str().unwrap()]);
    command
        .current_dir(&clone)
        .env("CASTOFF_CACHE_DIR", repo.beside("other-cache"))
        .env("CASTOFF_OFFLINE", "1");
    ran_with(command.env("CARGO_REGISTRY_TOKEN", "key")).expect(0);
    assert!(fs::read(&other).unwrap() == fs::read(&out).unwrap());
    assert!(String::from_utf8_lossy(&fs::read(&out).unwrap()).contains("\"commit\""));
}

fn ran_with(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

#[test]
fn without_any_network_a_bundle_is_made_of_what_the_tools_have() {
    if !ready() {
        return;
    }
    let alone = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    if !alone(Command::new("unshare").args(["-rn", "true"])) {
        crate::tools::note_not_run("unshare -rn");
        return;
    }
    let repo = four();
    let (with, without) = (bundled(&repo, "with.tar"), repo.beside("without.tar"));
    let usual = repo.command(&["bundle", without.to_str().unwrap(), "--offline"]);
    let mut command = Command::new("unshare");
    command.arg("-rn").arg(usual.get_program()).args(usual.get_args()).current_dir(repo.dir());
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // Nothing of what the builds with a network left is used.
    command.env("CASTOFF_CACHE_DIR", repo.beside("other-cache"));
    ran_with(&mut command).expect(0);
    assert_eq!(packed(&without), packed(&with));
}

/// A crate that can be built without any other.
fn one() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    repo.commit("feat: begin");
    repo
}

#[test]
fn a_bundle_takes_the_place_of_nothing_else() {
    let repo = one();
    let refused = |out: &str, why: &str| {
        let ran = repo.castoff(&["bundle", out]).expect(2);
        assert!(
            ran.stderr.contains("cannot write a bundle to") && ran.stderr.contains(why),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("building"), "{}", ran.stderr);
    };
    refused("release.tar", "it lies in the repository, and git does not ignore it");
    refused("Cargo.toml", "it lies in the repository");
    refused("nowhere/release.tar", "no such directory");
    let other = repo.beside("other.txt");
    fs::write(&other, "mine\n").unwrap();
    refused(other.to_str().unwrap(), "something else is there");
    assert_eq!(fs::read(&other).unwrap(), b"mine\n");
    repo.write(".gitignore", "*.tar\n");
    repo.commit("chore: ignore bundles");
    let ran = repo.castoff(&["bundle", "release.tar"]).expect(0);
    assert!(ran.stderr.contains("packed    release.tar: 1 package, "), "{}", ran.stderr);
    let first = fs::read(repo.dir().join("release.tar")).unwrap();
    repo.write("docs/later.md", "later\n");
    repo.commit("docs: later");
    repo.castoff(&["bundle", "release.tar"]).expect(0);
    assert!(fs::read(repo.dir().join("release.tar")).unwrap() != first);
}

#[test]
fn what_cannot_be_built_is_not_bundled() {
    let repo = one();
    let out = repo.beside("release.tar");
    let bundle = || repo.castoff(&["bundle", out.to_str().unwrap(), "--json"]);
    repo.write("crates/castoff-it-low/src/lib.rs", "this is not Rust\n");
    let dirty = bundle().expect(1);
    assert!(dirty.stderr.contains("uncommitted edits"), "{}", dirty.stderr);
    repo.commit("feat: break it");
    assert_eq!(listed(&bundle().expect(1).summary(), "failed"), ["cargo:castoff-it-low"]);
    repo.write(
        "crates/castoff-it-low/Cargo.toml",
        "[package]\nname = \"low\"\nversion = \"0.1.0\"\npublish = false\n",
    );
    repo.commit("feat: keep it");
    let none = bundle().expect(1);
    assert!(none.stderr.contains("there is nothing to bundle"), "{}", none.stderr);
    assert!(!out.exists());
}

#[test]
fn what_moved_on_since_its_tag_is_relied_on_and_not_bundled() {
    let repo = one();
    crate_files(&repo, "castoff-it-alone", "0.1.0", &[], false);
    repo.commit("feat: another");
    repo.tag_all("0.1.0");
    repo.write("crates/castoff-it-low/src/more.rs", "//! More.\n");
    repo.commit("feat: more");
    let out = repo.beside("release.tar");
    let ran = repo.castoff(&["bundle", out.to_str().unwrap()]).expect(0);
    assert!(ran.stderr.contains("changes wait for a version (castoff-it-low)"), "{}", ran.stderr);
    assert_eq!(packed(&out).into_keys().collect::<Vec<_>>(), ["castoff-it-alone-0.1.0.crate"]);
    let ran = repo.castoff(&["bundle", out.to_str().unwrap(), "castoff-it-low"]).expect(1);
    assert!(ran.stderr.contains("changes wait for a version"), "{}", ran.stderr);
}

#[test]
fn bundles_of_two_machines_are_merged_and_published_together() {
    if !need("gem") {
        return;
    }
    let repo = Repo::new();
    // What a machine builds depends on the machine; here a variable stands for it.
    let platform = "  spec.platform = ENV.fetch(\"MACHINE\", \"ruby\")\n";
    repo.write("acme-native.gemspec", &gemspec("acme-native", "\"0.1.0\"", platform));
    repo.write("lib/acme/native.rb", "\n");
    repo.write(
        "castoff.toml",
        "[component.native]\npackages = [\"acme-native\"]\nplatforms = [\"ruby\", \"x86_64-linux\"]\n",
    );
    repo.commit("feat: begin");
    let made = |name: &str, machine: &str| {
        let out = repo.beside(name);
        let ran = repo.castoff_with(&["bundle", out.to_str().unwrap()], &[("MACHINE", machine)]).expect(0);
        assert!(ran.stderr.contains("not all of it is built here"), "{}", ran.stderr);
        out
    };
    let (ruby, linux) = (made("ruby.tar", "ruby"), made("linux.tar", "x86_64-linux"));
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    let half = publish(&repo, &dir, &linux, &[]).expect(1).outcomes("failed")[0]["error"].to_string();
    assert!(half.contains("the bundle has not all files") && half.contains("`ruby`"), "{half}");
    assert!(server.files().is_empty());

    let words = |out: &Path, more: &[&Path]| {
        let mut words = vec!["bundle".to_string(), out.display().to_string(), "--merge".to_string()];
        words.extend(more.iter().map(|path| path.display().to_string()));
        words
    };
    let merge = |out: &Path, more: &[&Path]| {
        let words = words(out, more);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // No repository is needed.
        ran(command(&repo, &dir, &words).output().unwrap())
    };
    let whole = repo.beside("whole.tar");
    merge(&whole, &[&ruby, &linux]).expect(0);
    assert_eq!(packed(&whole).len(), 2);
    // The rules come with the bundle, where none lie beside it: the registries alone are other ones.
    let rules = fs::read_to_string(dir.join("castoff.toml")).unwrap() + &repo.read("castoff.toml");
    fs::write(dir.join("castoff.toml"), rules).unwrap();
    publish(&repo, &dir, &whole, &[]).expect(0);
    assert_eq!(stored(&server), sums(&whole));

    repo.write("docs/more.md", "more\n");
    repo.commit("docs: more");
    let later = made("later.tar", "ruby");
    let refused = merge(&whole, &[&linux, &later]).expect(1);
    assert!(refused.stderr.contains("they differ in the commit"), "{}", refused.stderr);
}
