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
