//! Registries of a closed network: https with a certificate that only the site's own authority vouches for, and servers
//! that only a proxy can reach. castoff and every client of it have to find the same way.

mod proxies;
mod stand_in;
mod trust;

use castoff::rehearsal::server::{Options, Protocol, Server};

use crate::support::{Ran, Repo, crate_files, python_package};
use crate::tools::need;
use stand_in::Front;

/// What every upload has to carry.
const TOKEN: &str = "very-secret-token";

/// Variables that say something of the network; the developer's own are nothing to these tests.
const NETWORK: &[&str] = &[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "GIT_SSL_CAINFO",
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "npm_config_cafile",
];

/// Whether the tools of the stand-ins are there, and those of the packages.
fn ready() -> bool {
    need("openssl") & need("python3") & need("uv") & need("npm") & need("gem")
}

/// A package of each ecosystem.
fn four() -> Repo {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    crate_files(&repo, "acme-crate", "0.1.0", &[], false);
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    python_package(&repo, "acme-py", "0.2.0", &[]);
    repo.write(
        "js/package.json",
        "{\n  \"name\": \"acme-js\",\n  \"version\": \"0.3.0\",\n  \"main\": \"index.js\"\n}\n",
    );
    repo.write("js/index.js", "module.exports = 1;\n");
    repo.write("gem/acme-gem.gemspec", GEMSPEC);
    repo.write("gem/lib/acme-gem.rb", "ACME = 1\n");
    repo.write(".gitignore", "target/\nCargo.lock\ncastoff.toml\n");
    repo.commit("feat: begin");
    repo
}

const GEMSPEC: &str = r#"Gem::Specification.new do |spec|
  spec.name = "acme-gem"
  spec.version = "0.4.0"
  spec.summary = "a test"
  spec.authors = ["test"]
  spec.files = ["lib/acme-gem.rb"]
end
"#;

fn server() -> Server {
    Server::start(Options { token: TOKEN.to_string(), ..Options::default() }).unwrap()
}

/// Points the repository at servers behind `front`, as clients know it.
fn connect(repo: &Repo, server: &Server, front: &Front, more: &str) {
    let public = |address: String| address.replace(&server.address(), &front.address());
    let mut text = String::new();
    for (name, protocol) in [
        ("crates-io", Protocol::Cargo),
        ("pypi", Protocol::PyPi),
        ("npm", Protocol::Npm),
        ("rubygems", Protocol::RubyGems),
    ] {
        text += &format!("[registry.{name}]\nindex = \"{}\"\n", public(server.index(protocol)));
        if protocol != Protocol::Cargo {
            text += &format!("upload = \"{}\"\n", public(server.upload(protocol)));
        }
        text += &format!("token-env = [\"ACME_TOKEN\"]\n{more}\n");
    }
    repo.write("castoff.toml", &text);
}

/// castoff with these variables, and none else that speaks of the network.
fn castoff(repo: &Repo, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = repo.command(args);
    for name in NETWORK {
        command.env_remove(name);
    }
    command.env("ACME_TOKEN", TOKEN).env("npm_config_cache", repo.beside("npm-cache"));
    command.env("CARGO_HOME", repo.beside("cargo-home"));
    // npm's own settings, of the machine and of the user, name files too.
    command.env("npm_config_userconfig", repo.beside("npmrc"));
    command.env("npm_config_globalconfig", repo.beside("npmrc-of-the-machine"));
    command.envs(variables.iter().copied());
    crate::support::ran(command.output().unwrap())
}

/// The ids of what a run published.
fn published(ran: &Ran) -> Vec<String> {
    let ids = ran.summary()["published"].as_array().unwrap().clone();
    ids.iter().map(|id| id.as_str().unwrap().to_string()).collect()
}
