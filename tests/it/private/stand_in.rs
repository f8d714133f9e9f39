//! An authority that nobody else trusts, https in front of a server that knows only http, and a proxy that alone knows
//! where names lead.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use crate::tools::{path_env, sha256};

/// An authority, made for one test, and the certificate that it gave a server.
pub(crate) struct Authority {
    dir: tempfile::TempDir,
}

impl Authority {
    /// One that vouches for a server under these names, as OpenSSL writes them: `IP:127.0.0.1,DNS:a.invalid`.
    pub(crate) fn new(names: &str) -> Authority {
        let authority = Authority { dir: tempfile::tempdir().unwrap() };
        let dir = authority.dir.path();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let root = ["req", "-x509", "-subj", "/CN=castoff test authority", "-days", "2"];
        openssl(dir, &[&root[..], &key, &["-keyout", "ca.key", "-out", "ca.pem"]].concat());
        let request = ["req", "-subj", "/CN=castoff test server"];
        openssl(dir, &[&request[..], &key, &["-keyout", "server.key", "-out", "server.csr"]].concat());
        let more =
            format!("basicConstraints=CA:FALSE\nsubjectAltName={names}\nextendedKeyUsage=serverAuth\n");
        fs::write(dir.join("more"), more).unwrap();
        let sign = ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"];
        openssl(dir, &[&sign[..], &["-set_serial", "1", "-extfile", "more", "-out", "server.pem"]].concat());
        authority
    }

    /// The file by which its servers are trusted.
    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// What it is, for comparison.
    pub(crate) fn digest(&self) -> String {
        sha256(&self.file())
    }
}

fn openssl(dir: &Path, args: &[&str]) {
    let output = Command::new("openssl").args(args).current_dir(dir).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// https in front of a server, which ends with the value.
pub(crate) struct Front {
    child: Child,
    name: String,
    known_port: u16,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Front {
    /// One that clients find by its own address.
    pub(crate) fn of(server: &str, authority: &Authority) -> Front {
        Front::named(server, authority, "127.0.0.1", 0)
    }

    /// One that clients know by another name.
    pub(crate) fn named(server: &str, authority: &Authority, name: &str, known_port: u16) -> Front {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/private/front.py");
        let dir = authority.dir.path();
        let mut child = Command::new("python3")
            .arg(script)
            .args([dir.join("server.pem"), dir.join("server.key")])
            .args([server, name, &known_port.to_string()])
            .env("PATH", path_env())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("`{line}` is no port"));
        let known_port = if known_port == 0 { port } else { known_port };
        Front { child, name: name.to_string(), known_port, port }
    }

    /// As clients know it.
    pub(crate) fn address(&self) -> String {
        format!("https://{}:{}", self.name, self.known_port)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A proxy that opens tunnels to one server alone, whatever its name, and remembers who asked for which.
pub(crate) struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Proxy {
    /// One that leads `name` to a port of this machine.
    pub(crate) fn to(name: &str, port: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let (name, asked) = (name.to_string(), Arc::clone(&proxy.asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (name, asked) = (name.clone(), Arc::clone(&asked));
                thread::spawn(move || tunnel(stream, &name, port, &asked));
            }
        });
        proxy
    }

    /// For `HTTPS_PROXY`.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What tunnels were asked for, each with the program that asked.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

/// A connection that breaks is the client's own affair.
fn tunnel(client: TcpStream, name: &str, port: u16, asked: &Mutex<Vec<(String, String)>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let target = head.split_whitespace().nth(1)?.to_string();
    let program = head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case("user-agent").then(|| value.trim().to_string())
    });
    asked.lock().unwrap().push((target.clone(), program.unwrap_or_default()));
    let mut client = client;
    if !head.starts_with("CONNECT ") || target.split(':').next() != Some(name) {
        client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok()?;
        return None;
    }
    let server = TcpStream::connect(("127.0.0.1", port)).ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let (up, down) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let upwards = thread::spawn(move || pour(reader, up));
    pour(server, down);
    upwards.join().ok()
}

fn pour(mut from: impl Read, mut to: TcpStream) {
    let _broken = std::io::copy(&mut from, &mut to);
    let _closed = to.shutdown(Shutdown::Write);
}
