//! A registry on loopback that speaks PyPI's, cargo's, npm's and RubyGems' protocols, so that a rehearsal drives the real clients
//! through the real steps: upload, refusal of a duplicate, index, download. Names that the workspace does not own are
//! redirected to where they really live, so this needs no client of its own; everything lives in memory and ends with
//! the value.

mod cargo;
mod exchange;
pub mod faults;
mod http;
mod multipart;
mod npm;
mod pypi;
mod rubygems;
mod store;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use exchange::{Call, Reply};
use faults::play::Faults;
use faults::{Limit, Planned};
use http::Http;
use store::Store;
pub use store::{Hit, StoredFile};

/// Which registry's language a package speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Uploads as to PyPI, the simple index in HTML and JSON.
    PyPi,
    /// Cargo's sparse index and web API.
    Cargo,
    /// npm's uploads and lists of versions.
    Npm,
    /// gem's uploads and the compact index.
    RubyGems,
}

impl Protocol {
    /// The spelling under which two names are the same package.
    pub fn normalised(self, name: &str) -> String {
        match self {
            Protocol::PyPi => pypi::normalised(name),
            Protocol::Cargo => cargo::normalised(name),
            Protocol::Npm | Protocol::RubyGems => name.to_string(),
        }
    }
}

/// What a server is told before it starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Every upload must carry it: cargo and gem as `Authorization: TOKEN`, npm as `Authorization: Bearer TOKEN`, PyPI as
    /// password of the user `__token__`.
    pub token: String,
    /// Names of the workspace's own packages. They are never redirected: 404 until uploaded.
    pub own: BTreeSet<(Protocol, String)>,
    /// Where all other names live; without it they are 404.
    pub upstream: Option<Upstream>,
    /// What goes wrong.
    pub faults: Vec<Planned>,
    /// How many uploads are taken in a time.
    pub limits: Vec<Limit>,
}

/// Prefixes of the addresses where foreign names live, each ending in `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// Followed by `NAME/`.
    pub pypi_simple: String,
    /// Followed by `it/oa/itoa`.
    pub crates_index: String,
    /// Followed by `NAME/NAME-VERSION.crate`.
    pub crates_files: String,
    /// Followed by `NAME`, where a scope ends in `%2f`.
    pub npm: String,
    /// Followed by `info/NAME`, `gems/NAME-VERSION.gem` and the like.
    pub gems: String,
}

/// A running server; it ends when dropped.
pub struct Server {
    state: Arc<State>,
    _http: Http,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    pub fn start(options: Options) -> Result<Server> {
        Server::start_at(0, options)
    }

    /// Starts a server on this port of 127.0.0.1, or on a free one where somebody else has it.
    pub fn start_at(port: u16, options: Options) -> Result<Server> {
        let cannot = "cannot open a port on 127.0.0.1 for the rehearsal's registry";
        let (listener, address) = Http::listen(port).context(cannot)?;
        let state = Arc::new(State::new(options, format!("http://{address}")));
        let answering = Arc::clone(&state);
        let http = Http::serve(listener, address, move |call| answering.answer(call)).context(cannot)?;
        Ok(Server { state, _http: http })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.state.address.clone()
    }

    /// Where clients of a protocol look for packages, as it stands in their configuration.
    pub fn index(&self, protocol: Protocol) -> String {
        let address = &self.state.address;
        match protocol {
            Protocol::PyPi => format!("{address}/simple/"),
            Protocol::Cargo => format!("sparse+{address}/index/"),
            Protocol::Npm => format!("{address}/npm/"),
            Protocol::RubyGems => format!("{address}/gems/"),
        }
    }

    /// Where they upload; empty where the index says it or is it.
    pub fn upload(&self, protocol: Protocol) -> String {
        match protocol {
            Protocol::PyPi => format!("{}/legacy/", self.state.address),
            Protocol::RubyGems => format!("{}/gems", self.state.address),
            Protocol::Cargo | Protocol::Npm => String::new(),
        }
    }

    /// What was uploaded, in that order.
    pub fn files(&self) -> Vec<StoredFile> {
        self.state.store().files()
    }

    /// Every request that was answered, in that order.
    pub fn hits(&self) -> Vec<Hit> {
        locked(&self.state.hits).clone()
    }

    /// What was to go wrong, and how often it did.
    pub fn played(&self) -> Vec<(Planned, u32)> {
        self.state.faults.played()
    }

    /// Yanks a release, or with none takes that back. PyPI's owners do it on a web page, so no client can.
    pub fn yank_on_pypi(&self, name: &str, version: &str, reason: Option<&str>) {
        pypi::yank(&mut self.state.store(), name, version, reason);
    }

    /// Deletes a file, as PyPI's owners do on a web page. Its name is used up.
    pub fn delete_on_pypi(&self, file_name: &str) {
        pypi::delete(&mut self.state.store(), file_name);
    }
}

/// What the threads share.
struct State {
    options: Options,
    address: String,
    store: Mutex<Store>,
    faults: Faults,
    hits: Mutex<Vec<Hit>>,
}

impl State {
    fn new(mut options: Options, address: String) -> State {
        options.own =
            options.own.iter().map(|(protocol, name)| (*protocol, protocol.normalised(name))).collect();
        let faults = Faults::new(&options.faults, &options.limits);
        State { options, address, store: Mutex::default(), faults, hits: Mutex::default() }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    /// Answers a call. Every response passes here, and faults on demand are played here and nowhere else; what is not
    /// shown yet is left out in `Store::of`, where everything that is shown is looked up.
    fn answer(&self, call: &Call) -> Reply {
        let reply = guarded(|| self.play(call));
        locked(&self.hits).push(Hit::new(call, &reply));
        reply
    }

    fn route(&self, call: &Call) -> Reply {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        match (call.method.as_str(), segments.as_slice()) {
            ("POST", ["legacy", ""]) => pypi::upload(self, call),
            ("PUT", ["api", "v1", "crates", "new"]) => cargo::publish(self, call),
            ("DELETE", ["api", "v1", "crates", name, version, "yank"]) => {
                cargo::yank(self, call, name, version, true)
            }
            ("PUT", ["api", "v1", "crates", name, version, "unyank"]) => {
                cargo::yank(self, call, name, version, false)
            }
            ("PUT" | "DELETE", ["npm", path @ ..]) => npm::write(self, call, path),
            ("POST", ["gems", "api", "v1", "gems"]) => rubygems::push(self, call),
            ("DELETE", ["gems", "api", "v1", "gems", "yank"]) => rubygems::yank(self, call),
            ("GET" | "HEAD", path) => self.read(call, path),
            _ => Reply::missing(),
        }
    }

    fn read(&self, call: &Call, path: &[&str]) -> Reply {
        match path {
            ["simple", ""] => pypi::projects(self, call),
            ["simple", name, ""] => pypi::project(self, call, name),
            ["simple", name] => pypi::moved(name),
            ["files", name] => pypi::file(self, name),
            ["index", "config.json"] => cargo::config(self),
            ["index", .., name] => cargo::index(self, call, name),
            ["dl", name, version, "download"] => cargo::download(self, name, version),
            ["npm", rest @ ..] => npm::read(self, call, rest),
            ["gems", rest @ ..] => rubygems::read(self, call, rest),
            // npm puts our host into an address of the public registry, and may forget that we are not at its top.
            [_, "-", _] | [_, _, "-", _] => npm::read(self, call, path),
            _ => Reply::missing(),
        }
    }

    /// The answer for a name that nobody uploaded here: where it really lives, unless it is one of our own.
    fn elsewhere(&self, protocol: Protocol, name: &str, place: impl FnOnce(&Upstream) -> String) -> Reply {
        match &self.options.upstream {
            Some(upstream) if !self.options.own.contains(&(protocol, protocol.normalised(name))) => {
                Reply::redirect(302, place(upstream))
            }
            _ => Reply::missing(),
        }
    }
}

/// A panic while one call is answered must not take the thread, and with it the server, along.
fn guarded(answer: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(answer))
        .unwrap_or_else(|_| Reply::text(500, "the rehearsal's registry panicked"))
}

/// What a thread that panicked left is whole: every change is a single push.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
