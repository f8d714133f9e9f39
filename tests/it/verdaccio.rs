//! `castoff publish` with the real npm against a real npm registry on this machine.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, Repo, ran};
use crate::tools::{self, free_port, need};

/// A real verdaccio without other registries behind it, which ends with the value.
struct Verdaccio {
    child: Child,
    port: u16,
    home: TempDir,
}

impl Verdaccio {
    fn start() -> Verdaccio {
        let home = tempfile::tempdir().unwrap();
        let config = "storage: ./storage\nauth: { htpasswd: { file: ./htpasswd, max_users: 10 } }\nuplinks: {}\n\
                      packages: { '**': { access: $all, publish: $authenticated } }\nweb: { enable: false }\n\
                      log: { type: stdout, format: json, level: http }\n";
        fs::write(home.path().join("config.yaml"), config).unwrap();
        let port = free_port();
        let mut server = Verdaccio { child: spawn(&home, port), port, home };
        // A free port may be taken by somebody else before the server has it; then there is another.
        for _ in 0..4 {
            if server.comes_up() {
                return server;
            }
            server.end();
            server.port = free_port();
            server.child = spawn(&server.home, server.port);
        }
        assert!(server.comes_up(), "verdaccio does not come up:\n{}", server.log());
        server
    }

    /// False when it ended.
    fn comes_up(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.ask("GET /-/ping", "").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The token of a new user.
    fn token(&self) -> String {
        let user = r#"{"name":"rel","password":"relpw1234"}"#;
        let answer = self.ask("PUT /-/user/org.couchdb.user:rel", user).unwrap();
        json(&answer)["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_string()
    }

    /// What it says of a package.
    fn package(&self, name: &str) -> Value {
        json(&self.ask(&format!("GET /{}", name.replace('/', "%2f")), "").unwrap())
    }

    fn ask(&self, what: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let head = format!(
            "{what} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\n",
            self.port
        );
        stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn end(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Verdaccio {
    fn drop(&mut self) {
        self.end();
    }
}

/// The JSON in an answer, which may come in chunks.
fn json(answer: &str) -> Value {
    let (start, end) = (answer.find('{').unwrap(), answer.rfind('}').unwrap());
    serde_json::from_str(&answer[start..=end]).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn spawn(home: &TempDir, port: u16) -> Child {
    let log = File::create(home.path().join("log")).unwrap();
    Command::new(tools::tool_path("verdaccio").unwrap())
        .args(["--config", "config.yaml", "--listen", &format!("127.0.0.1:{port}")])
        .current_dir(home.path())
        .env("PATH", tools::path_env())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Two packages, one of which needs the other as its workspace's own.
fn workspace(server: &Verdaccio) -> Repo {
    let repo = Repo::new();
    repo.write("package.json", r#"{ "private": true, "workspaces": ["packages/*"] }"#);
    let core = r#"{ "name": "@acme/core", "version": "1.2.0", "main": "index.js", "files": ["index.js", "built.js"], "scripts": { "prepublishOnly": "echo 'module.exports = 7' > built.js" } }"#;
    repo.write("packages/core/package.json", core);
    repo.write("packages/core/index.js", "module.exports = require('./built.js');\n");
    let app = r#"{
  "name": "acme-app", "version": "0.3.0-rc.1", "type": "module",
  "exports": "./index.js",
  "dependencies": { "@acme/core": "workspace:^" }
}"#;
    repo.write("packages/app/package.json", app);
    let code =
        "import core from '@acme/core';\nif (core !== 7) throw new Error('what was built is not there');\n";
    repo.write("packages/app/index.js", code);
    repo.write("castoff.toml", &format!("[registry.npm]\nindex = \"{}\"\n", server.url()));
    repo.commit("feat: begin");
    repo
}

/// Publishes HEAD with nobody's own settings; and what is no scope's comes from this server too.
fn publish(repo: &Repo, server: &Verdaccio, token: &str) -> Ran {
    let cache = repo.beside("npm-cache").display().to_string();
    let settings = repo.beside("npmrc").display().to_string();
    let variables = [
        ("NPM_TOKEN", token),
        ("npm_config_cache", &cache),
        ("npm_config_userconfig", &settings),
        ("npm_config_registry", &server.url()),
    ];
    repo.castoff_with(&["publish", "--json"], &variables)
}

#[test]
fn a_workspace_is_published_and_the_next_run_finds_it_there() {
    if !(need("npm") & need("verdaccio")) {
        return;
    }
    let server = Verdaccio::start();
    let repo = workspace(&server);
    let token = server.token();
    let before = repo.bytes();
    let ran = publish(&repo, &server, &token).expect(0);
    assert_eq!(ran.outcomes("published").len(), 2, "{}", ran.text());
    assert!(!ran.text().contains(&token));
    assert!(repo.bytes() == before);
    let app = server.package("acme-app");
    assert_eq!(app["versions"]["0.3.0-rc.1"]["dependencies"]["@acme/core"], "^1.2.0");
    assert_eq!(app["dist-tags"]["next"], "0.3.0-rc.1");
    let core = server.package("@acme/core");
    assert_eq!(core["dist-tags"], serde_json::json!({ "latest": "1.2.0" }));
    let again = publish(&repo, &server, &token).expect(0);
    assert_eq!(again.outcomes("already_there").len(), 2, "{}", again.text());
}

#[test]
fn a_version_of_an_older_line_is_nobodys_latest() {
    if !(need("npm") & need("verdaccio")) {
        return;
    }
    let (server, repo) = (Verdaccio::start(), Repo::new());
    let token = server.token();
    repo.write("castoff.toml", &format!("[registry.npm]\nindex = \"{}\"\n", server.url()));
    let release = |version: &str| {
        let manifest = format!("{{ \"name\": \"acme-lines\", \"version\": \"{version}\" }}\n");
        repo.write("package.json", &manifest);
        repo.commit(&format!("feat: {version}"));
        publish(&repo, &server, &token)
    };
    for version in ["1.0.0", "2.0.0"] {
        release(version).expect(0);
        repo.git(&["tag", &format!("v{version}")]);
    }
    repo.git(&["checkout", "--quiet", "-b", "one", "v1.0.0"]);
    repo.write("index.js", "module.exports = 1;\n");
    repo.commit("fix: an older line");
    let plan = repo.castoff(&["plan"]).expect(0).stdout;
    assert!(plan.contains("to npm as release-1.x"), "{plan}");
    release("1.0.1").expect(0);
    let tags = || server.package("acme-lines")["dist-tags"].clone();
    let expected = serde_json::json!({ "latest": "2.0.0", "release-1.x": "1.0.1" });
    assert_eq!(tags(), expected);
    // Where git does not know what the registry knows, a person decides.
    repo.git(&["tag", "-d", "v2.0.0"]);
    let refused = release("1.0.2").expect(1);
    assert!(refused.stderr.contains("would be `latest` on `npm`, instead of 2.0.0"), "{}", refused.text());
    let rules = "[component.acme-lines]\ndist-tag = \"stable\"\n";
    repo.write("castoff.toml", &(repo.read("castoff.toml") + rules));
    repo.commit("chore: a tag of its own");
    publish(&repo, &server, &token).expect(0);
    assert_eq!((tags()["latest"].clone(), tags()["stable"].clone()), ("2.0.0".into(), "1.0.2".into()));
}

/// The same by the generated script.
fn by_script(repo: &Repo, server: &Verdaccio, token: &str, args: &[&str]) -> Ran {
    repo.castoff(&["generate", "scripts"]).expect(0);
    let mut command = Command::new(tools::tool_path("dash").unwrap());
    command.arg("scripts/release/publish-typescript.sh").args(args).current_dir(repo.dir());
    command.env("PATH", tools::path_env()).env("NPM_TOKEN", token).env("XDG_CACHE_HOME", repo.beside("kept"));
    command.env("npm_config_cache", repo.beside("npm-cache"));
    command.env("npm_config_userconfig", repo.beside("npmrc")).env("npm_config_registry", server.url());
    ran(command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn the_generated_script_publishes_what_castoff_publishes() {
    if !(need("npm") & need("verdaccio") & need("dash")) {
        return;
    }
    let server = Verdaccio::start();
    let repo = workspace(&server);
    repo.write(".gitignore", "/scripts\n/castoff.toml\n");
    repo.git(&["rm", "--quiet", "--cached", "castoff.toml"]);
    repo.commit("chore: ignore");
    let token = server.token();
    let done = by_script(&repo, &server, &token, &[]).expect(0);
    assert!(done.stderr.contains("2 published, 0 already there"), "{}", done.text());
    assert!(!done.text().contains(&token));
    let other = Verdaccio::start();
    repo.write("castoff.toml", &format!("[registry.npm]\nindex = \"{}\"\n", other.url()));
    publish(&repo, &other, &other.token()).expect(0);
    for (name, version) in [("acme-app", "0.3.0-rc.1"), ("@acme/core", "1.2.0")] {
        let (ours, castoffs) = (server.package(name), other.package(name));
        assert_eq!(ours["dist-tags"], castoffs["dist-tags"]);
        for key in ["dependencies", "exports", "main"] {
            assert_eq!(ours["versions"][version][key], castoffs["versions"][version][key]);
        }
        let digest = |package: &Value| package["versions"][version]["dist"]["integrity"].to_string();
        assert_eq!(digest(&ours), digest(&castoffs), "{name}");
    }
    repo.write("castoff.toml", &format!("[registry.npm]\nindex = \"{}\"\n", server.url()));
    let again = by_script(&repo, &server, &token, &["--on-duplicate=skip"]).expect(0);
    assert!(
        again.stderr.contains("nothing to publish: all 2 packages are on their registries"),
        "{}",
        again.text()
    );
    // Nobody's latest is taken away by an older version.
    repo.git(&["checkout", "--quiet", "-b", "older"]);
    repo.write(
        "packages/core/package.json",
        r#"{ "name": "@acme/core", "version": "1.1.9", "main": "index.js" }"#,
    );
    repo.commit("fix: an older line");
    let refused = by_script(&repo, &server, &token, &["@acme/core"]).expect(1);
    assert!(
        refused.stderr.contains("would become the latest one in the place of a greater version"),
        "{}",
        refused.text()
    );
    assert_eq!(server.package("@acme/core")["dist-tags"], serde_json::json!({ "latest": "1.2.0" }));
}
