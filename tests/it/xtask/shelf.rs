//! The registry of `examples/own_ecosystem.rs`: it takes files by PUT and answers a name with its files and their digests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// Path and digest of each file, in the order in which they came.
type Files = Arc<Mutex<Vec<(String, String)>>>;

/// It listens as long as the test runs.
pub(super) struct Shelf {
    files: Files,
    port: u16,
}

impl Shelf {
    pub(super) fn start() -> Shelf {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let files = Files::default();
        let shared = Arc::clone(&files);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &shared);
            }
        });
        Shelf { files, port }
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub(super) fn taken(&self) -> Vec<String> {
        self.files.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }
}

fn answer(stream: TcpStream, files: &Files) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length, mut expects) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        expects |= lower.starts_with("expect:");
        if head.is_empty() {
            head = line;
        }
    }
    let mut out = stream;
    if expects {
        out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or("").trim_start_matches('/'));
    let mut files = files.lock().unwrap();
    let (status, text) = if method == "PUT" {
        let sum: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        files.push((path.to_string(), sum));
        ("201 Created", String::new())
    } else {
        let own = files.iter().filter_map(|(at, sum)| Some((at.strip_prefix(path)?.strip_prefix('/')?, sum)));
        let text: String = own.map(|(name, sum)| format!("{name} {sum}\n")).collect();
        (if text.is_empty() { "404 Not Found" } else { "200 OK" }, text)
    };
    let length = text.len();
    let _closed =
        write!(out, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
}
