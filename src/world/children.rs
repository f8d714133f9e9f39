//! Child processes: each in a process group of its own with stdin closed, its output captured and free of secrets,
//! ended with all of its own children when it takes too long or castoff is told to stop.
#![expect(clippy::disallowed_methods, reason = "this is the door that all effects go through")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::effect::{Cmd, Output, Value};
use crate::fault::Fault;

/// The children that run now, by process group.
#[derive(Clone, Default)]
pub(super) struct Children {
    groups: Arc<Mutex<BTreeSet<u32>>>,
}

/// Variables that a rehearsal's children may see: none of them holds a token.
const HARMLESS: &[&str] = &[
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "SHELL",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "CC",
    "CXX",
    "AR",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SDKROOT",
    "DEVELOPER_DIR",
    "MACOSX_DEPLOYMENT_TARGET",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "UV_PYTHON",
    "UV_PYTHON_PREFERENCE",
    "UV_PYTHON_DOWNLOADS",
    "UV_PYTHON_INSTALL_DIR",
    "UV_NATIVE_TLS",
    "SOURCE_DATE_EPOCH",
];

/// Families of such variables.
const HARMLESS_PREFIXES: &[&str] = &["LC_", "PKG_CONFIG", "CARGO_TARGET_", "CARGO_HTTP_"];

impl Children {
    pub(super) fn run(&self, cmd: &Cmd) -> Result<Output, Fault> {
        let expression = duct::cmd(&cmd.program, &cmd.args).dir(&cmd.dir).full_env(environment(cmd));
        let expression = expression.stdout_capture().stderr_capture().unchecked().before_spawn(|command| {
            command.process_group(0);
            Ok(())
        });
        let expression = match &cmd.stdin {
            Some(bytes) => expression.stdin_bytes(bytes.clone()),
            None => expression.stdin_null(),
        };
        let handle = expression.start().map_err(|error| not_started(cmd, &error))?;
        let groups: Vec<u32> = handle.pids();
        self.lock().extend(&groups);
        let ended = handle.wait_timeout(cmd.limit);
        let ended = match ended {
            Ok(Some(output)) => Ok(read(cmd, output)),
            Ok(None) => {
                groups.iter().for_each(|group| end(*group));
                let seconds = cmd.limit.as_secs();
                let fault = Fault::outside(format!("`{}` took longer than {seconds} s", cmd.program));
                Err(fault.because(format!("it was ended; the command was `{cmd}`")))
            }
            Err(error) => Err(not_started(cmd, &error)),
        };
        self.lock().retain(|group| !groups.contains(group));
        ended
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<u32>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(group: u32) {
    let pid = i32::try_from(group).ok().and_then(Pid::from_raw);
    // A group that is gone already needs no ending.
    let _gone = pid.map(|pid| kill_process_group(pid, Signal::KILL));
}

fn environment(cmd: &Cmd) -> BTreeMap<OsString, OsString> {
    let harmless = |name: &str| {
        HARMLESS.contains(&name) || HARMLESS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let inherited =
        std::env::vars_os().filter(|(name, _)| !cmd.env.scrubbed || name.to_str().is_some_and(harmless));
    let mut all: BTreeMap<OsString, OsString> = inherited.collect();
    for (name, value) in &cmd.env.values {
        match value {
            Value::Plain(text) => all.insert(name.into(), text.into()),
            Value::Hidden(secret) => all.insert(name.into(), secret.reveal().into()),
            Value::Absent => all.remove(&OsString::from(name)),
        };
    }
    all
}

fn read(cmd: &Cmd, output: &std::process::Output) -> Output {
    let clean = |bytes: &[u8]| {
        let secrets: Vec<&str> = cmd.env.secrets().filter(|secret| secret.len() > 3).collect();
        if secrets.is_empty() {
            return bytes.to_vec();
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        secrets.iter().fold(text, |text, secret| text.replace(secret, "***")).into_bytes()
    };
    Output { code: output.status.code(), stdout: clean(&output.stdout), stderr: clean(&output.stderr) }
}

fn not_started(cmd: &Cmd, error: &std::io::Error) -> Fault {
    let fault = Fault::outside(format!("cannot run `{}`", cmd.program));
    match error.kind() {
        ErrorKind::NotFound if !cmd.dir.is_dir() => {
            fault.because(format!("there is no directory `{}`", cmd.dir.display()))
        }
        ErrorKind::NotFound => {
            let known = crate::ecosystem::ALL.iter().map(|ecosystem| ecosystem.tool());
            let help = known.filter(|(name, _)| *name == cmd.program).map(|(_, help)| help).next();
            fault
                .because("it is not installed, or not on PATH")
                .help(help.unwrap_or("install it, or correct PATH"))
        }
        _ => fault.because(error.to_string()),
    }
}
