//! A repository made for one test, and the program run in it with a cache directory of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::tools;

/// A repository in a temporary directory, with the cache directory of its runs beside it.
pub(crate) struct Repo {
    base: tempfile::TempDir,
}

/// How a run of castoff ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Repo {
    /// An empty repository on branch `main`.
    pub(crate) fn new() -> Repo {
        let repo = Repo { base: tempfile::tempdir().unwrap() };
        fs::create_dir_all(repo.dir()).unwrap();
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        // For commits that castoff makes; a bare machine knows nobody's name.
        let config = repo.dir().join(".git/config");
        let more = "[user]\n\tname = test\n\temail = test@example.invalid\n";
        fs::write(&config, fs::read_to_string(&config).unwrap() + more).unwrap();
        repo
    }

    /// A repository with these files in one commit.
    pub(crate) fn with(files: &[(&str, &str)]) -> Repo {
        let repo = Repo::new();
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit("feat: begin");
        repo
    }

    /// Root of the checkout.
    pub(crate) fn dir(&self) -> PathBuf {
        self.base.path().join("checkout")
    }

    /// The cache directory that castoff uses here.
    pub(crate) fn cache(&self) -> PathBuf {
        self.beside("cache")
    }

    /// A path beside the checkout, that vanishes with it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.base.path().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Lets a file be run.
    pub(crate) fn executable(&self, path: &str) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.dir().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir().join(path)).unwrap()
    }

    /// Commits everything and gives the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_string()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = git(&self.dir()).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Tags HEAD as the release of this version, for every component.
    pub(crate) fn tag_all(&self, version: &str) {
        let components = self.castoff(&["versions", "--json"]).expect(0).json()["components"].clone();
        let head = self.git(&["rev-parse", "HEAD"]);
        // A file each: a process for each of hundreds would be slow.
        for component in components.as_array().unwrap() {
            let name = component["name"].as_str().unwrap();
            self.write(&format!(".git/refs/tags/{name}-v{version}"), &head);
        }
    }

    /// The program, ready to run here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
        command.args(args).current_dir(self.dir()).stdin(Stdio::null());
        command.env("PATH", tools::path_env()).env("CASTOFF_CACHE_DIR", self.cache());
        // Answers of a server that had the same port in another test are not this one's.
        command.env("UV_CACHE_DIR", self.beside("uv-cache"));
        for name in TOKENS {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn castoff(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    pub(crate) fn castoff_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        ran(self.command(args).envs(variables.iter().copied()).output().unwrap())
    }

    /// Every file of the checkout and of `.git`, ignored ones included, with its bytes.
    pub(crate) fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut pending = vec![self.dir()];
        while let Some(dir) = pending.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                match fs::symlink_metadata(&path).unwrap() {
                    metadata if metadata.is_dir() => pending.push(path),
                    metadata if metadata.is_symlink() => {
                        let target = fs::read_link(&path).unwrap();
                        found.insert(path, target.into_os_string().into_encoded_bytes());
                    }
                    _ => {
                        let bytes = fs::read(&path).unwrap();
                        found.insert(path, bytes);
                    }
                }
            }
        }
        found
    }
}

impl Ran {
    /// The exit code that was expected, else everything that was printed.
    pub(crate) fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The last line of standard output as JSON: the summary of a run with `--json`.
    pub(crate) fn summary(&self) -> serde_json::Value {
        serde_json::from_str(self.stdout.lines().last().unwrap_or_default()).unwrap()
    }

    /// All that the summary says about the packages with one outcome.
    pub(crate) fn outcomes(&self, outcome: &str) -> Vec<serde_json::Value> {
        let packages = self.summary()["packages"].as_array().unwrap().clone();
        packages.into_iter().filter(|package| package["outcome"] == outcome).collect()
    }

    /// Both outputs.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Variables that the machine of a developer, or that of CI, may have set.
const TOKENS: &[&str] = &[
    "CARGO_REGISTRY_TOKEN",
    "UV_PUBLISH_TOKEN",
    "PYPI_TOKEN",
    "MATURIN_PYPI_TOKEN",
    "NO_COLOR",
    "GITHUB_ACTIONS",
    "CI",
];

/// git without the configuration of whoever runs the tests.
pub(crate) fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "test")
            .env(format!("GIT_{role}_EMAIL"), "test@example.invalid");
    }
    command
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The manifest of a Python package that uv builds without any download; `needs` are workspace members.
pub(crate) fn python_manifest(name: &str, version: &str, needs: &[&str]) -> String {
    let requirements: Vec<String> = needs.iter().map(|need| format!("\"{need}\"")).collect();
    let sources: String = needs.iter().map(|need| format!("{need} = {{ workspace = true }}\n")).collect();
    format!(
        "[project]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"a test\"\nrequires-python = \">=3.9\"\n\
         dependencies = [{}]\n\n[tool.uv.sources]\n{sources}\n[build-system]\nrequires = [\"uv_build>=0.7\"]\n\
         build-backend = \"uv_build\"\n",
        requirements.join(", ")
    )
}

/// The files of a Python package below `packages/`, that imports what it needs.
pub(crate) fn python_package(repo: &Repo, name: &str, version: &str, needs: &[&str]) {
    let module = name.replace('-', "_");
    repo.write(&format!("packages/{name}/pyproject.toml"), &python_manifest(name, version, needs));
    let imports: String = needs.iter().map(|need| format!("import {}\n", need.replace('-', "_"))).collect();
    repo.write(
        &format!("packages/{name}/src/{module}/__init__.py"),
        &format!("{imports}NAME = \"{name}\"\n"),
    );
}

/// A uv workspace of packages below `packages/`, not committed yet.
pub(crate) fn python_workspace(packages: &[(&str, &str, &[&str])]) -> Repo {
    let repo = Repo::new();
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    for (name, version, needs) in packages {
        python_package(&repo, name, version, needs);
    }
    repo
}

/// The files of a crate below `crates/`; `needs` are lines of `[dependencies]`.
pub(crate) fn crate_files(repo: &Repo, name: &str, version: &str, needs: &[&str], program: bool) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"a test\"\n\n[dependencies]\n{}\n",
        needs.join("\n")
    );
    repo.write(&format!("crates/{name}/Cargo.toml"), &manifest);
    let (file, text) = if program { ("main.rs", "fn main() {}\n") } else { ("lib.rs", "//! A test.\n") };
    repo.write(&format!("crates/{name}/src/{file}"), text);
}
