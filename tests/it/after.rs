//! What comes after a publish: its record, those who are told, verification, status, and taking a release back. The
//! registry is the rehearsal's server, which the real clients speak with as with the public ones.

use std::fs;

use castoff::rehearsal::server::{Options, Protocol, Server};
use serde_json::Value;

use crate::support::{Ran, Repo, python_workspace};

mod notify;
mod record;
mod status;
mod verify;
mod yank;

/// What every upload has to carry.
const TOKEN: &str = "very-secret-token";

fn server() -> Server {
    Server::start(Options { token: TOKEN.to_string(), ..Options::default() }).unwrap()
}

/// Points the repository at a server; `more` is the rest of its castoff.toml, which is in no commit.
fn connect(repo: &Repo, server: &Server, more: &str) {
    fs::write(repo.dir().join(".git/info/exclude"), "castoff.toml\n").unwrap();
    let mut text = more.to_string();
    for (name, protocol) in [
        ("crates-io", Protocol::Cargo),
        ("pypi", Protocol::PyPi),
        ("npm", Protocol::Npm),
        ("rubygems", Protocol::RubyGems),
    ] {
        text += &format!("\n[registry.{name}]\nindex = \"{}\"\n", server.index(protocol));
        if protocol != Protocol::Cargo {
            text += &format!("upload = \"{}\"\n", server.upload(protocol));
        }
        text += "token-env = [\"ACME_TOKEN\"]\n";
    }
    repo.write("castoff.toml", &text);
}

/// Two Python packages, the second on the first, in one commit, and the server that they go to.
fn two(more: &str) -> (Repo, Server) {
    let repo = python_workspace(&[("acme-a", "0.1.0", &[]), ("acme-b", "0.2.0", &["acme-a"])]);
    let server = server();
    connect(&repo, &server, more);
    repo.commit("feat: begin");
    (repo, server)
}

/// castoff, with the token.
fn castoff(repo: &Repo, args: &[&str]) -> Ran {
    repo.castoff_with(args, &[("ACME_TOKEN", TOKEN)])
}

/// A JSON file beside the checkout.
fn json(repo: &Repo, name: &str) -> Value {
    serde_json::from_slice(&fs::read(repo.beside(name)).unwrap()).unwrap()
}

/// The path of a file beside the checkout, as an argument.
fn path(repo: &Repo, name: &str) -> String {
    repo.beside(name).display().to_string()
}

/// The text of a value.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_string()
}
