//! `castoff publish` with the real uv against a real server of Python packages: everything arrives, in order, once,
//! with the bytes that were built, and what goes wrong is told and stops only what depends on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, Repo, python_workspace};
use crate::tools::{self, PyPiServer, need};

mod builds;
mod dry_run;
mod preflight;
mod refusals;
mod resume;
mod secrets;
mod trial;
mod twelve;

/// Whether the tools of these tests are there; all that are missing are noted.
fn ready() -> bool {
    need("uv") & need("pypiserver")
}

/// Points the repository at a server; `more` is the rest of its castoff.toml, which is in no commit.
fn connect(repo: &Repo, server: &PyPiServer, more: &str) {
    fs::write(repo.dir().join(".git/info/exclude"), "castoff.toml\n").unwrap();
    let (upload, index) = (server.upload_url(), server.index_url());
    repo.write(
        "castoff.toml",
        &format!("{more}\n[registry.pypi]\nupload = \"{upload}\"\nindex = \"{index}\"\n"),
    );
}

/// The same, where the token is in `ACME_TOKEN`.
fn connect_with_token(repo: &Repo, server: &PyPiServer) {
    connect(repo, server, "");
    repo.write("castoff.toml", &(repo.read("castoff.toml") + "token-env = [\"ACME_TOKEN\"]\n"));
}

impl Ran {
    /// The events of a run with `--json`, the summary among them.
    fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The packages that came to a step, in the order of its events.
    fn reached(&self, step: &str) -> Vec<String> {
        let events = self.events();
        events.iter().filter(|event| event["event"] == step).map(|event| bare(&event["package"])).collect()
    }

    /// The packages in one of the summary's lists.
    fn listed(&self, list: &str) -> Vec<String> {
        let summary = self.summary();
        summary[list].as_array().unwrap().iter().map(bare).collect()
    }

    /// Names and digests of the files that were published, by name.
    fn published_files(&self) -> Vec<(String, String)> {
        let published = self.outcomes("published");
        let files = published.iter().flat_map(|package| package["files"].as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_string();
        let mut files: Vec<_> = files.map(|file| (text(&file["name"]), text(&file["sha256"]))).collect();
        files.sort();
        files
    }

    fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

fn bare(id: &Value) -> String {
    id.as_str().unwrap_or_default().trim_start_matches("uv:").to_string()
}

/// The packages of a server that have wheel and sdist, by name and version as in file names.
fn complete(server: &PyPiServer) -> BTreeSet<String> {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for (file, _) in server.files() {
        let stem = file.strip_suffix("-py3-none-any.whl").or(file.strip_suffix(".tar.gz")).unwrap();
        *ends.entry(stem.to_string()).or_default() += 1;
    }
    ends.into_iter().filter(|(_, count)| *count == 2).map(|(stem, _)| stem).collect()
}

const TWELVE: usize = 12;

fn name(number: usize) -> String {
    format!("acme-p{number:02}")
}

/// Up to three earlier packages.
fn needs(number: usize) -> BTreeSet<usize> {
    let candidates = [number / 2, number.saturating_sub(3), number.saturating_sub(4)];
    candidates.into_iter().filter(|need| (1..number).contains(need)).collect()
}

/// The manifest of one of twelve, as it is written or as it has to be in what is published.
fn manifest(number: usize, pinned: bool) -> String {
    let (mut normal, mut optional, mut sources) = (Vec::new(), String::new(), String::new());
    for need in needs(number) {
        let specifier = |written: &str| {
            if pinned { format!("==0.{need}.0") } else { written.to_string() }
        };
        let need = name(need);
        sources += &format!("{need} = {{ workspace = true }}\n");
        match (number, need.as_str()) {
            (5, "acme-p02") => {
                let written = specifier(">=0.1");
                optional = format!("[project.optional-dependencies]\nfast = [\"{need}{written}\"]\n\n");
            }
            (6, "acme-p03") => {
                let written = specifier("");
                normal.push(format!("\"{need}{written} ; python_version >= '3.9'\""));
            }
            (8, "acme-p05") => normal.push(format!("\"{need}[fast]{}\"", specifier(">=0.2,<1"))),
            _ => normal.push(format!("\"{need}{}\"", specifier(""))),
        }
    }
    format!(
        "[project]\nname = \"{}\"\nversion = \"0.{number}.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [{}]\n\n{optional}[tool.uv.sources]\n{sources}\n\
         [build-system]\nrequires = [\"uv_build>=0.7\"]\nbuild-backend = \"uv_build\"\n",
        name(number),
        normal.join(", ")
    )
}

/// Twelve packages in one commit. Each imports what it needs, except for what only an extra brings.
fn twelve() -> Repo {
    let repo = Repo::new();
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    for number in 1..=TWELVE {
        let name = name(number);
        let needs = needs(number).into_iter().filter(|need| (number, *need) != (5, 2));
        let imports: String = needs.map(|need| format!("import acme_p{need:02}\n")).collect();
        repo.write(&format!("packages/{name}/pyproject.toml"), &manifest(number, false));
        repo.write(&format!("packages/{name}/src/acme_p{number:02}/__init__.py"), &imports);
    }
    repo.commit("feat: begin");
    repo
}

/// File names of all twelve.
fn all_files() -> Vec<String> {
    let files =
        |number| ["-py3-none-any.whl", ".tar.gz"].map(|end| format!("acme_p{number:02}-0.{number}.0{end}"));
    (1..=TWELVE).flat_map(files).collect()
}

/// Every file below a directory that holds a text.
fn files_with(dir: &Path, text: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| !path.is_symlink()) {
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path);
        }
    }
    found
}

/// `b` needs `a`, `c` needs `b`, and `d` stands alone.
fn four() -> Repo {
    let (a, b) = (["acme-a"], ["acme-b"]);
    let repo = python_workspace(&[
        ("acme-a", "0.1.0", &[]),
        ("acme-b", "0.1.0", &a),
        ("acme-c", "0.1.0", &b),
        ("acme-d", "0.1.0", &[]),
    ]);
    repo.commit("feat: begin");
    repo
}

/// A script that stands before a tool on PATH, does something, then becomes the tool. Gives that PATH.
fn shim(repo: &Repo, tool: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let dir = repo.beside("shims");
    let real = tools::tool_path(tool).unwrap();
    fs::create_dir_all(&dir).unwrap();
    let text = format!("#!/bin/sh\n{script}\nexec '{}' \"$@\"\n", real.display());
    fs::write(dir.join(tool), text).unwrap();
    fs::set_permissions(dir.join(tool), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", dir.display(), tools::path_env().to_str().unwrap())
}
