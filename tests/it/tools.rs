//! What tests drive beside castoff: the tools that `scripts/setup` knows, and a real PyPI server on this machine.

#[path = "../tools/mod.rs"]
mod found;

pub(crate) use found::{need, note_not_run, path_env, tool_path};

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A real `pypi-server` with a directory of its own, which ends with the value.
pub(crate) struct PyPiServer {
    child: Child,
    port: u16,
    home: TempDir,
}

impl PyPiServer {
    /// A server that takes uploads from anybody.
    pub(crate) fn start() -> PyPiServer {
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        PyPiServer::start_in(home, &["-P", ".", "-a", "."])
    }

    /// A server that takes uploads with this password only. Anybody may read.
    pub(crate) fn start_with_password(user: &str, password: &str) -> PyPiServer {
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        let file = home.path().join("htpasswd");
        fs::write(&file, format!("{user}:{password}\n")).expect("a temporary file can be written");
        PyPiServer::start_in(home, &["-P", file.to_str().expect("the path is UTF-8"), "-a", "update"])
    }

    /// Where `uv publish` and `twine` upload.
    pub(crate) fn upload_url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Where `uv` and `pip` look for packages.
    pub(crate) fn index_url(&self) -> String {
        format!("http://127.0.0.1:{}/simple/", self.port)
    }

    /// Names and SHA-256 of all that was uploaded, by name.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(packages(&self.home)).expect("the server's directory can be read");
        let paths = entries.map(|entry| entry.expect("the server's directory can be read").path());
        let mut files: Vec<_> = paths.map(|path| (file_name(&path), sha256(&path))).collect();
        files.sort();
        files
    }

    /// The statuses of all uploads that were tried, as far as they are in the server's log yet.
    pub(crate) fn uploads(&self) -> Vec<u16> {
        let answered = |line: &str| line.split_once("\"POST ")?.1.split_whitespace().nth(2)?.parse().ok();
        self.log().lines().filter_map(answered).collect()
    }

    /// Puts a file where uploads go.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(packages(&self.home).join(name), bytes).expect("the server's directory can be written");
    }

    /// A free port may be taken by somebody else before the server has it; then there is another.
    fn start_in(home: TempDir, access: &[&str]) -> PyPiServer {
        let program = tool_path("pypiserver").expect("`need(\"pypiserver\")` was asked before");
        fs::create_dir(packages(&home)).expect("a temporary directory can be made");
        let port = free_port();
        let mut server = PyPiServer { child: spawn(&program, port, &home, access), port, home };
        for _ in 0..4 {
            if server.comes_up() {
                return server;
            }
            server.end();
            server.port = free_port();
            server.child = spawn(&program, server.port, &server.home, access);
        }
        assert!(server.comes_up(), "`{}` does not come up:\n{}", program.display(), server.log());
        server
    }

    /// False when it ended. The address asked is known to this server alone: no other can answer for it.
    fn comes_up(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if self.child.try_wait().expect("a child can be waited for").is_some() {
                return false;
            }
            if status(self.port, &format!("GET {} HTTP/1.0\r\n\r\n", health(self.port))) == Some(200) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn end(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PyPiServer {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(program: &Path, port: u16, home: &TempDir, access: &[&str]) -> Child {
    let log = File::create(home.path().join("log")).expect("a temporary file can be made");
    Command::new(program)
        .args([
            "run",
            "-v",
            "--log-stream",
            "stderr",
            "-i",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "--disable-fallback",
            "--hash-algo",
            "sha256",
        ])
        .args(["--health-endpoint", &health(port)])
        .args(access)
        .arg(packages(home))
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("`pypi-server` can be run")
}

fn packages(home: &TempDir) -> PathBuf {
    home.path().join("packages")
}

fn health(port: u16) -> String {
    format!("/up-{}-{port}", std::process::id())
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}

/// Sends a whole request; the status of the answer, if there is one.
fn status(port: u16, request: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    String::from_utf8_lossy(&answer).split_whitespace().nth(1)?.parse().ok()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(crate) fn sha256(path: &Path) -> String {
    let digest = Sha256::digest(fs::read(path).expect("a file of the server can be read"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_server_takes_a_file_once() {
    if !need("pypiserver") {
        return;
    }
    let server = PyPiServer::start();
    assert_eq!(server.files(), []);
    assert_eq!(upload(&server, ""), Some(200));
    assert_eq!(upload(&server, ""), Some(409));
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(server.files(), [("demo-1.0-py3-none-any.whl".to_owned(), abc.to_owned())]);
    assert_eq!(server.upload_url() + "simple/", server.index_url());
    assert_eq!(status(server.port, "GET /simple/demo/ HTTP/1.0\r\n\r\n"), Some(200));
    // The last line of the log may come after the answer.
    assert_eq!(server.uploads().first(), Some(&200));
}

#[test]
fn the_server_asks_for_the_password() {
    if !need("pypiserver") {
        return;
    }
    let server = PyPiServer::start_with_password("rel", "relpw");
    assert_eq!(upload(&server, ""), Some(401));
    assert_eq!(upload(&server, "Authorization: Basic cmVsOndyb25n\r\n"), Some(403)); // rel:wrong
    assert_eq!(upload(&server, "Authorization: Basic cmVsOnJlbHB3\r\n"), Some(200)); // rel:relpw
    assert_eq!(server.files().len(), 1);
    assert_eq!(status(server.port, "GET /simple/demo/ HTTP/1.0\r\n\r\n"), Some(200));
}

#[test]
fn the_server_ends_with_its_value() {
    if !need("pypiserver") {
        return;
    }
    let server = PyPiServer::start();
    let (port, home) = (server.port, server.home.path().to_owned());
    drop(server);
    assert_eq!(status(port, &format!("GET {} HTTP/1.0\r\n\r\n", health(port))), None);
    assert!(!home.exists());
}

/// The smallest form that a server of Python packages takes.
fn upload(server: &PyPiServer, headers: &str) -> Option<u16> {
    let part =
        |head: &str, body: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let action = part("name=\":action\"", "file_upload");
    let content = part("name=\"content\"; filename=\"demo-1.0-py3-none-any.whl\"", "abc");
    let body = format!("{action}{content}--x--\r\n");
    let head = "POST / HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=x\r\n";
    status(server.port, &format!("{head}{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}
