//! A whole world in memory: git, uv, a registry and a clock that never really waits. What castoff asks of it is
//! written down, and a test can make any step slow, wrong or fatal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use castoff::digest::hex;
use castoff::effect::{Cmd, Event, Output, Request, Response};
use castoff::fault::Fault;
use castoff::world::{Lock, World};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Looks at a command before the fake tool carries it out; an output given here is the tool's.
pub(crate) type Hook = Box<dyn Fn(&Fake, &Cmd) -> Option<Output> + Sync + Send>;

/// Whether somebody holds the run, by what has happened so far.
pub(crate) type Pause = Box<dyn Fn(&Fake) -> bool + Sync + Send>;

/// Changes what the registry answers for a package, the count of its questions given.
pub(crate) type Answer = Box<dyn Fn(&str, usize, Response) -> Response + Sync + Send>;

pub(crate) struct Fake {
    pub(crate) files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    /// Every command, in the order of their starts.
    pub(crate) commands: Mutex<Vec<String>>,
    pub(crate) events: Mutex<Vec<Event>>,
    /// File names and digests by package.
    pub(crate) registry: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    questions: Mutex<BTreeMap<String, usize>>,
    hook: Hook,
    paused: Pause,
    answer: Answer,
    clock: AtomicU64,
    running: AtomicUsize,
    pub(crate) most_running: AtomicUsize,
}

impl Fake {
    pub(crate) fn new() -> Fake {
        Fake {
            files: Mutex::default(),
            commands: Mutex::default(),
            events: Mutex::default(),
            registry: Mutex::default(),
            questions: Mutex::default(),
            hook: Box::new(|_, _| None),
            paused: Box::new(|_| false),
            answer: Box::new(|_, _, response| response),
            clock: AtomicU64::new(0),
            running: AtomicUsize::new(0),
            most_running: AtomicUsize::new(0),
        }
    }

    pub(crate) fn hook(self, hook: impl Fn(&Fake, &Cmd) -> Option<Output> + Sync + Send + 'static) -> Fake {
        Fake { hook: Box::new(hook), ..self }
    }

    pub(crate) fn paused(self, paused: impl Fn(&Fake) -> bool + Sync + Send + 'static) -> Fake {
        Fake { paused: Box::new(paused), ..self }
    }

    pub(crate) fn answer(
        self,
        answer: impl Fn(&str, usize, Response) -> Response + Sync + Send + 'static,
    ) -> Fake {
        Fake { answer: Box::new(answer), ..self }
    }

    /// `step package` of every event that is about a package.
    pub(crate) fn steps(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .filter_map(|event| Some(format!("{} {}", event.step.name(), event.package.as_ref()?.name)))
            .collect()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_secs() / 10, Ordering::SeqCst);
    }

    /// Commands that begin with these words.
    pub(crate) fn started(&self, words: &str) -> Vec<String> {
        self.commands.lock().unwrap().iter().filter(|line| line.contains(words)).cloned().collect()
    }

    /// What uv does.
    pub(crate) fn uv(&self, cmd: &Cmd) -> Output {
        let words: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        let after = |flag: &str| {
            words.iter().position(|word| *word == flag).and_then(|at| words.get(at + 1)).copied()
        };
        if words.contains(&"build") {
            let package = Path::new(words[words.len() - 1]);
            let manifest =
                self.files.lock().unwrap().get(&package.join("pyproject.toml")).cloned().unwrap_or_default();
            let manifest: String = String::from_utf8(manifest).unwrap();
            let value = |key: &str| {
                manifest.lines().find_map(|line| line.strip_prefix(key)).unwrap().replace(['"', ' ', '='], "")
            };
            let stem = format!("{}-{}", value("name").replace('-', "_"), value("version"));
            let out = PathBuf::from(after("--out-dir").unwrap());
            for name in [format!("{stem}-py3-none-any.whl"), format!("{stem}.tar.gz")] {
                self.files.lock().unwrap().insert(out.join(&name), archive(&name, &manifest));
            }
        } else if words.contains(&"publish") {
            for path in words
                .iter()
                .filter(|word| word.ends_with(".whl") || word.ends_with(".tar.gz"))
                .map(PathBuf::from)
            {
                let bytes = self.files.lock().unwrap()[&path].clone();
                let file = path.file_name().unwrap().to_str().unwrap().to_string();
                let package = file.split('-').next().unwrap().replace('_', "-");
                self.registry
                    .lock()
                    .unwrap()
                    .entry(package)
                    .or_default()
                    .insert(file, hex(&Sha256::digest(bytes)));
            }
        }
        Output { code: Some(0), ..Output::default() }
    }

    /// A checkout appears where git is told to clone.
    fn git(&self, cmd: &Cmd) -> Output {
        if cmd.args.iter().any(|arg| arg == "clone") {
            let into = PathBuf::from(cmd.args.last().unwrap());
            let mut files = self.files.lock().unwrap();
            let tracked: Vec<_> = files
                .iter()
                .filter(|(path, _)| path.starts_with("/repo"))
                .map(|(path, bytes)| (path.clone(), bytes.clone()))
                .collect();
            files.extend(
                tracked
                    .into_iter()
                    .map(|(path, bytes)| (into.join(path.strip_prefix("/repo").unwrap()), bytes)),
            );
        }
        Output { code: Some(0), ..Output::default() }
    }
}

impl World for Fake {
    fn run(&self, cmd: &Cmd) -> Result<Output, Fault> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(running, Ordering::SeqCst);
        self.commands.lock().unwrap().push(cmd.to_string());
        let output = (self.hook)(self, cmd).unwrap_or_else(|| match cmd.program.as_str() {
            "uv" => self.uv(cmd),
            "git" => self.git(cmd),
            _ => Output { code: Some(0), ..Output::default() },
        });
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(output)
    }

    fn send(&self, request: &Request) -> Result<Response, Fault> {
        let name = request.url.trim_end_matches('/').rsplit('/').next().unwrap().to_string();
        let count = {
            let mut questions = self.questions.lock().unwrap();
            let count = questions.entry(name.clone()).or_default();
            *count += 1;
            *count
        };
        let known = self.registry.lock().unwrap().get(&name).cloned();
        let files = |files: BTreeMap<String, String>| -> Vec<_> {
            files
                .iter()
                .map(|(file, sha)| serde_json::json!({ "filename": file, "hashes": { "sha256": sha } }))
                .collect()
        };
        let response = match known {
            Some(known) => Response {
                status: 200,
                content_type: "application/vnd.pypi.simple.v1+json".into(),
                body: serde_json::json!({ "files": files(known) }).to_string().into_bytes(),
                ..Response::default()
            },
            None => Response { status: 404, ..Response::default() },
        };
        Ok((self.answer)(&name, count, response))
    }

    fn make_executable(&self, _path: &Path) -> Result<(), Fault> {
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.files.lock().unwrap().get(path).cloned())
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<String>>, Fault> {
        let files = self.files.lock().unwrap();
        let below = files
            .keys()
            .filter_map(|file| file.strip_prefix(path).ok()?.iter().next()?.to_str().map(str::to_string));
        let mut names: Vec<String> = below.collect();
        names.dedup();
        Ok((!names.is_empty()).then_some(names))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        self.files.lock().unwrap().insert(path.to_path_buf(), bytes.to_vec());
        Ok(())
    }

    fn make_dir(&self, _: &Path) -> Result<(), Fault> {
        Ok(())
    }

    fn link(&self, _: &Path, _: &Path) -> Result<(), Fault> {
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), Fault> {
        self.files.lock().unwrap().retain(|file, _| !file.starts_with(path));
        Ok(())
    }

    fn lock(&self, _: &Path) -> Result<Lock, Fault> {
        Ok(Lock::none())
    }

    fn absolute(&self, path: &Path) -> Result<PathBuf, Fault> {
        Ok(path.to_path_buf())
    }

    fn stopped(&self) -> bool {
        false
    }

    fn paused(&self) -> bool {
        (self.paused)(self)
    }

    fn sleep(&self, _: Duration) {}

    /// Every look at the clock finds it ten seconds later, so that nothing is ever waited for.
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(10 * self.clock.fetch_add(1, Ordering::SeqCst))
    }

    fn env(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home".to_string())
    }

    fn random(&self) -> u64 {
        4
    }

    fn tell(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

/// A file that holds the manifest: a real sdist, for that is looked into.
fn archive(name: &str, manifest: &str) -> Vec<u8> {
    if !name.ends_with(".tar.gz") {
        return format!("{name}\n{manifest}").into_bytes();
    }
    let mut sdist = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    sdist.append_data(&mut header, "pyproject.toml", manifest.as_bytes()).unwrap();
    sdist.into_inner().unwrap().finish().unwrap()
}
