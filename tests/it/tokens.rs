//! Tokens stay where they belong: none of the user's reaches a child of a rehearsal, and the rehearsal's own is in no
//! argument and no output.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rehearse::released_python;
use crate::support::{Repo, crate_files, ran};
use crate::tools::{need, path_env, tool_path};

/// Programs in front of the real ones that write down what they were given: each call into a file of its own.
fn shims(repo: &Repo, programs: &[&str]) -> (PathBuf, PathBuf) {
    let (bin, log) = (repo.beside("bin"), repo.beside("log"));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(&log).unwrap();
    for program in programs {
        let real = tool_path(program).unwrap();
        let (log, real) = (log.display(), real.display());
        let text = format!(
            "#!/bin/sh\nout=$(mktemp '{log}/{program}.XXXXXX')\nprintf '%s\\n' \"$@\" >\"$out.argv\"\nenv >\"$out.env\"\nexec '{real}' \"$@\"\n"
        );
        repo.write(&format!("../bin/{program}"), &text);
        repo.executable(&format!("../bin/{program}"));
    }
    (bin, log)
}

/// What the shims wrote, by the end of the file's name.
fn recorded(log: &Path, program: &str, end: &str) -> Vec<String> {
    let paths = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(program) && name.ends_with(end)
    });
    paths.map(|path| fs::read_to_string(path).unwrap()).collect()
}

const SECRET: &str = "hush-hush";

#[test]
fn no_token_reaches_the_children_of_a_rehearsal() {
    if !need("uv") {
        return;
    }
    let repo = released_python();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "castoff-it-low", "0.1.0", &[], false);
    repo.write(
        "castoff.toml",
        &format!("[publish]\nsmoke = \"env >{}/smoke.$$.env\"\n", repo.beside("log").display()),
    );
    repo.commit("feat: crates");
    let (bin, log) = shims(&repo, &["uv", "cargo", "git"]);
    // A home with credentials, in which toolchains still are found.
    for (path, text) in [
        (".cargo/credentials.toml", format!("[registry]\ntoken = \"{SECRET}\"\n")),
        (".config/uv/uv.toml", format!("publish-url = \"http://{SECRET}@127.0.0.1:9/\"\n")),
        (".pypirc", format!("[pypi]\nusername = __token__\npassword = {SECRET}\n")),
        (".netrc", format!("machine 127.0.0.1 login x password {SECRET}\n")),
    ] {
        repo.write(&format!("../home/{path}"), &text);
    }
    let real = std::env::var("HOME").unwrap();
    let rustup = std::env::var("RUSTUP_HOME").unwrap_or(format!("{real}/.rustup"));
    let mut command = repo.command(&["rehearse", "--json", "-v"]);
    command.env("HOME", repo.beside("home")).env("RUSTUP_HOME", rustup);
    command.env(
        "PATH",
        std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path_env()))).unwrap(),
    );
    for name in [
        "CARGO_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_CRATES_IO_TOKEN",
        "UV_PUBLISH_TOKEN",
        "UV_PUBLISH_PASSWORD",
        "UV_INDEX_PRIVATE_PASSWORD",
        "PYPI_TOKEN",
        "MATURIN_PYPI_TOKEN",
        "TWINE_PASSWORD",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "NPM_TOKEN",
        "GEM_HOST_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "SOMETHING_OF_THEIR_OWN",
    ] {
        command.env(name, SECRET);
    }
    let ran = ran(command.output().unwrap()).expect(0);
    assert_eq!(ran.summary()["published"].as_array().unwrap().len(), 3);

    for program in ["uv", "cargo", "smoke"] {
        let environments = recorded(&log, program, ".env");
        assert!(!environments.is_empty(), "{program} was run");
        for environment in environments {
            assert!(!environment.contains(SECRET), "{program}:\n{environment}");
            assert!(
                !environment.contains(repo.beside("home").to_str().unwrap()),
                "{program}:\n{environment}"
            );
        }
    }
    // The rehearsal's own token is in the environment of those who upload, and nowhere else.
    let uploads = recorded(&log, "", ".env");
    let token =
        uploads.iter().flat_map(|text| text.lines()).find_map(|line| line.strip_prefix("UV_PUBLISH_TOKEN="));
    let token = token.expect("uv was given a token");
    let arguments = recorded(&log, "", ".argv");
    assert!(arguments.iter().any(|text| text.contains("publish")));
    assert!(arguments.iter().all(|text| !text.contains(token) && !text.contains(SECRET)));
    assert!(!ran.text().contains(token) && !ran.text().contains(SECRET), "{}", ran.text());
    // git keeps what does not look like a token: it may be configured by variables that we do not know.
    for environment in recorded(&log, "git", ".env") {
        let told = environment.lines().filter(|line| line.contains(SECRET)).collect::<Vec<_>>();
        assert_eq!(told, [format!("SOMETHING_OF_THEIR_OWN={SECRET}")]);
    }
}
