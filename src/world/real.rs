//! The real outside.
#![expect(clippy::disallowed_methods, reason = "this is the door that all effects go through")]

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::effect::{Cmd, Event, Method, Output, Request, Response, Step};
use crate::fault::Fault;

use super::agents::{self, Agents};
use super::children::{Children, stopped};
use super::{Control, Lock, World, lock};

/// How often something that cannot be woken looks whether it was told to stop.
const LOOK: Duration = Duration::from_millis(100);

/// How long something may be sent where its sender says nothing else.
const UPLOAD: Duration = Duration::from_secs(600);

/// The real world; events go to a function.
pub struct Real<'a> {
    children: Children,
    agents: Agents,
    tell: &'a (dyn Fn(Event) + Sync),
}

impl<'a> Real<'a> {
    /// A world that tells its events to `tell`.
    pub fn new(tell: &'a (dyn Fn(Event) + Sync)) -> Real<'a> {
        Real { children: Children::default(), agents: Agents::default(), tell }
    }

    /// A handle for whoever watches.
    pub fn control(&self) -> Control {
        Control::of(&self.children)
    }

    /// From now on Ctrl-C and `kill` stop this world in good order: no new children, running ones are ended, and the
    /// run comes to its own end, so that it can put away what it made. The second time castoff ends at once.
    ///
    /// A closed terminal (SIGHUP) and Ctrl-\ (SIGQUIT) end castoff at once, as always; a SIGHUP that is ignored stays so:
    /// under `nohup` a run has to go on.
    ///
    /// # Errors
    /// The system does not allow it.
    pub fn heed_signals(&self) -> Result<(), Fault> {
        let cannot = |error: std::io::Error| Fault::outside("cannot heed signals").because(error.to_string());
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGQUIT]).map_err(cannot)?;
        if !hangup_is_ignored() {
            signals.add_signal(SIGHUP).map_err(cannot)?;
        }
        let children = self.children.clone();
        let heed = move || {
            for signal in signals.forever() {
                let again = children.is_stopped();
                if again {
                    children.end();
                }
                if again || [SIGHUP, SIGQUIT].contains(&signal) {
                    children.farewell();
                    let _dead = signal_hook::low_level::emulate_default_handler(signal);
                }
                children.stop();
            }
        };
        thread::Builder::new().name("signals".to_string()).spawn(heed).map(drop).map_err(cannot)
    }
}

impl World for Real<'_> {
    fn run(&self, cmd: &Cmd) -> Result<Output, Fault> {
        self.children.run(cmd)
    }

    fn send(&self, request: &Request) -> Result<Response, Fault> {
        // A request in flight cannot be woken, so it gets a thread that a stop may leave behind.
        let (sender, receiver) = channel();
        let (agent, request, url) = (self.agents.to_ask(request)?, request.clone(), &request.url);
        thread::spawn(move || sender.send(exchange(&agent, &request)));
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(_) if self.stopped() => return Err(stopped(&format!("did not wait for `{url}`"))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Fault::outside(format!("cannot ask `{url}`")).because("the request panicked"));
                }
            }
        }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Fault> {
        absent_is_none(fs::read(path)).map_err(|error| broken("read", path, &error))
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<String>>, Fault> {
        let read = || -> std::io::Result<Vec<String>> {
            let mut names: Vec<String> = fs::read_dir(path)?
                .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
                .collect::<Result<_, _>>()?;
            names.sort();
            Ok(names)
        };
        absent_is_none(read()).map_err(|error| broken("list", path, &error))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        let write = || -> std::io::Result<()> {
            let dir = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(dir)?;
            let mut file = tempfile::NamedTempFile::new_in(dir)?;
            file.write_all(bytes)?;
            // A file that is replaced keeps its mode; a new one is readable as files usually are.
            let permissions = match fs::metadata(path) {
                Ok(metadata) => metadata.permissions(),
                Err(_) => fs::Permissions::from_mode(0o644),
            };
            file.as_file().set_permissions(permissions)?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|error| broken("write", path, &error))
    }

    fn make_executable(&self, path: &Path) -> Result<(), Fault> {
        let mark = || -> std::io::Result<()> {
            let mut permissions = fs::metadata(path)?.permissions();
            let mode = permissions.mode();
            permissions.set_mode(mode | ((mode & 0o444) >> 2));
            fs::set_permissions(path, permissions)
        };
        mark().map_err(|error| broken("make executable", path, &error))
    }

    fn make_dir(&self, path: &Path) -> Result<(), Fault> {
        fs::create_dir_all(path).map_err(|error| broken("make", path, &error))
    }

    fn link(&self, to: &Path, at: &Path) -> Result<(), Fault> {
        std::os::unix::fs::symlink(to, at).map_err(|error| broken("make the link", at, &error))
    }

    fn remove(&self, path: &Path) -> Result<(), Fault> {
        let removed = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(error) => Err(error),
        };
        absent_is_none(removed).map(drop).map_err(|error| broken("remove", path, &error))
    }

    fn lock(&self, path: &Path) -> Result<Lock, Fault> {
        let cannot = |error: std::io::Error| broken("lock", path, &error);
        let file = lock::open(path).map_err(cannot)?;
        if lock::take(&file).map_err(cannot)? {
            return Ok(Lock(Some(file)));
        }
        self.tell(Event::run(Step::Note, lock::waiting(path)));
        while !lock::take(&file).map_err(cannot)? {
            if self.children.pause(LOOK) {
                return Err(stopped("did not wait for the other run"));
            }
        }
        Ok(Lock(Some(file)))
    }

    fn free_space(&self, dir: &Path) -> Option<u64> {
        let system = rustix::fs::statvfs(dir).ok()?;
        Some(system.f_bavail.saturating_mul(system.f_frsize))
    }

    fn absolute(&self, path: &Path) -> Result<PathBuf, Fault> {
        fs::canonicalize(path).map_err(|error| broken("find", path, &error))
    }

    fn sleep(&self, time: Duration) {
        self.children.pause(time);
    }

    fn stopped(&self) -> bool {
        self.children.is_stopped()
    }

    fn paused(&self) -> bool {
        self.children.is_held()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn random(&self) -> u64 {
        // The keys of a hasher come from the system's source of random numbers.
        use std::hash::{BuildHasher, Hasher};
        std::collections::hash_map::RandomState::new().build_hasher().finish()
    }

    fn tell(&self, event: Event) {
        (self.tell)(event);
    }
}

/// Whether whoever started castoff wants it to outlive its terminal. Where the system does not tell (it has no `/proc`),
/// that is not touched.
fn hangup_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 << (SIGHUP - 1) != 0)
}

fn exchange(agent: &ureq::Agent, request: &Request) -> Result<Response, Fault> {
    let refused = |error: ureq::Error| agents::refused(&request.url, &error);
    let mut answer = call(agent, request).map_err(refused)?;
    let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_string());
    let (status, content_type) = (answer.status().as_u16(), header("content-type").unwrap_or_default());
    let retry_after = header("retry-after");
    let body = answer.body_mut().with_config().limit(256 << 20).read_to_vec().map_err(refused)?;
    Ok(Response { status, content_type, retry_after, body })
}

fn call(agent: &ureq::Agent, request: &Request) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let mut builder = ureq::http::Request::builder().uri(&request.url).method(request.method.name());
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(secret) = &request.authorization {
        builder = builder.header("Authorization", secret.reveal());
    }
    match (request.method, request.limit) {
        (Method::Get, None) => agent.run(builder.body(())?),
        (Method::Get, Some(limit)) => agent.run(patient(agent, builder.body(())?, limit)),
        (_, limit) => {
            let whole = builder.body(request.body.as_slice())?;
            agent.run(patient(agent, whole, limit.unwrap_or(UPLOAD)))
        }
    }
}

/// A request that may take longer than a short question.
fn patient<B: ureq::AsSendBody>(
    agent: &ureq::Agent,
    request: ureq::http::Request<B>,
    limit: Duration,
) -> ureq::http::Request<B> {
    let config = agent.configure_request(request).timeout_global(Some(limit));
    config.timeout_recv_response(Some(limit)).build()
}

fn absent_is_none<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn broken(doing: &str, path: &Path, error: &std::io::Error) -> Fault {
    Fault::outside(format!("cannot {doing} `{}`", path.display())).because(error.to_string())
}
