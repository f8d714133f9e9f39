//! A crate comes to a registry in the same way, whether cargo uploads it or castoff.

use castoff::effect::Request;
use castoff::world::{Real, World};

use super::*;

/// Crates that need each other in every way in which a crate can.
fn crates() -> Repo {
    let repo = Repo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n\n\
         [workspace.package]\nversion = \"0.3.0\"\nlicense = \"MIT\"\ndescription = \"inherited\"\nrust-version = \"1.70\"\n\n\
         [workspace.dependencies]\n\
         castoff-it-low = { path = \"crates/castoff-it-low\", version = \"0.3.0\", default-features = false }\n",
    );
    let package = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nedition = \"2021\"\nversion.workspace = true\nlicense.workspace = true\n\
             description.workspace = true\nrust-version.workspace = true\n"
        )
    };
    let low = package("castoff-it-low")
        + "readme = \"../../README.md\"\nkeywords = [\"low\"]\n\n[features]\ndefault = [\"std\"]\nstd = []\nextra = []\n";
    let high = package("castoff-it-high")
        + "links = \"z\"\nbuild = \"build.rs\"\n\n\
           [features]\ndefault = []\nfast = [\"dep:quick\"]\nweak = [\"quick?/extra\"]\n\n\
           [dependencies]\ncastoff-it-low = { workspace = true, features = [\"std\"] }\n\
           quick = { package = \"castoff-it-low\", path = \"../castoff-it-low\", version = \">=0.3, <0.4\", optional = true }\n\n\
           [build-dependencies]\ncastoff-it-low = { workspace = true }\n\n\
           [dev-dependencies]\ncastoff-it-private = { path = \"../castoff-it-private\" }\n\
           castoff-it-low = { workspace = true, features = [\"extra\"] }\n\n\
           [target.'cfg(all( unix,not(target_os=\"macos\")))'.dependencies]\ncastoff-it-low.workspace = true\n";
    let private = "[package]\nname = \"castoff-it-private\"\nversion = \"0.0.1\"\nedition = \"2021\"\npublish = false\n";
    for (name, manifest) in
        [("castoff-it-low", low.as_str()), ("castoff-it-high", &high), ("castoff-it-private", private)]
    {
        repo.write(&format!("crates/{name}/Cargo.toml"), manifest);
        repo.write(&format!("crates/{name}/src/lib.rs"), "//! A test.\n");
    }
    repo.write("crates/castoff-it-high/build.rs", "fn main() {}\n");
    repo.write("README.md", "# All of them\n");
    repo.commit("feat: begin");
    repo
}

fn line(server: &Server, name: &str) -> String {
    let index = server.index(Protocol::Cargo);
    let url = format!("{}ca/st/{name}", index.trim_start_matches("sparse+"));
    let silent = |_| {};
    let answer = Real::new(&silent).send(&Request::get(url)).unwrap();
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

#[test]
fn the_index_is_the_same_whether_cargo_uploads_or_castoff() {
    let repo = crates();
    let (by_cargo, by_castoff) = (server(), server());
    let bundle = bundled(&repo, "release.tar");
    let checkout = elsewhere(&repo, "cargo", &by_cargo).join("castoff.toml");
    let checkout = checkout.to_str().unwrap().to_string();
    let run = |args: &[&str]| ran(with_git(command(&repo, &repo.dir(), args)).output().unwrap());
    run(&["publish", "--config", &checkout]).expect(0);
    publish(&repo, &elsewhere(&repo, "castoff", &by_castoff), &bundle, &[]).expect(0);
    for name in ["castoff-it-low", "castoff-it-high"] {
        assert_eq!(line(&by_castoff, name), line(&by_cargo, name));
    }
    assert_eq!(stored(&by_castoff), stored(&by_cargo));
    // Uploads of cargo and of castoff look alike.
    let puts = |server: &Server| {
        let hits = server.hits().into_iter().filter(|hit| hit.method == "PUT");
        hits.map(|hit| (hit.path, hit.status)).collect::<Vec<_>>()
    };
    assert_eq!((puts(&by_castoff).len(), puts(&by_castoff)), (2, puts(&by_cargo)));
}

fn with_git(mut command: Command) -> Command {
    command.env("PATH", path_env());
    command
}

#[test]
fn without_a_trial_no_cargo_is_needed_and_a_wrong_token_is_told() {
    let repo = crates();
    let bundle = bundled(&repo, "release.tar");
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    let config = fs::read_to_string(dir.join("castoff.toml")).unwrap();
    fs::write(dir.join("castoff.toml"), format!("[publish]\nsmoke = false\n\n{config}")).unwrap();
    let bare = repo.beside("bare");
    fs::create_dir(&bare).unwrap();
    let args = ["publish", "--bundle", bundle.to_str().unwrap(), "--json"];
    let run = |token: &str| {
        let mut command = command(&repo, &dir, &args);
        ran(command.env("PATH", &bare).env("CARGO_REGISTRY_TOKEN", token).output().unwrap())
    };
    let refused = run("wrong").expect(1);
    let failed = refused.outcomes("failed")[0]["error"].to_string();
    assert!(failed.contains("authentication failed"), "{failed}");
    assert!(failed.contains("the token in `CARGO_REGISTRY_TOKEN` was not accepted"), "{failed}");
    let summary = run("key").expect(0).summary();
    assert_eq!(listed(&summary, "published"), ["cargo:castoff-it-high", "cargo:castoff-it-low"]);
}

#[test]
fn other_bytes_of_a_version_that_is_there_stop_the_run_unless_it_was_released_before() {
    let repo = crates();
    let first = repo.git(&["rev-parse", "HEAD"]).trim().to_string();
    let bundle = bundled(&repo, "release.tar");
    let server = server();
    let dir = elsewhere(&repo, "elsewhere", &server);
    publish(&repo, &dir, &bundle, &["castoff-it-low"]).expect(0);
    // The same version at another commit, which is in the crate.
    repo.write("docs/more.md", "more\n");
    repo.commit("docs: more");
    let other = bundled(&repo, "other.tar");
    let ran = publish(&repo, &dir, &other, &[]).expect(1);
    assert!(
        ran.stderr.contains("`castoff-it-low-0.3.0.crate` on the registry is not the file that was built"),
        "{}",
        ran.stderr
    );
    assert_eq!(server.files().len(), 1);
    // A tag says that the version came from there: it is left as it is.
    let components = repo.castoff(&["versions", "--json"]).expect(0).json()["components"].clone();
    let name = components[0]["name"].as_str().unwrap().to_string();
    repo.write("castoff.toml", "[release]\ntag = \"{component}-v{version}\"\n");
    repo.git(&["tag", &format!("{name}-v0.3.0"), &first]);
    let tagged = bundled(&repo, "tagged.tar");
    let summary = publish(&repo, &dir, &tagged, &[]).expect(0).summary();
    assert_eq!(listed(&summary, "already_there"), ["cargo:castoff-it-low"]);
    assert_eq!(listed(&summary, "published"), ["cargo:castoff-it-high"]);
}
