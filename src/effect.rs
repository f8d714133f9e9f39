//! Effects written down before anything does them: a child process, a question to a server, a change of a file.
//! Deciding code returns these; `world` carries them out; printing them is the dry run and hides secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod event;
mod http;
pub mod proxy;
mod upload;
mod wait;

pub use event::{Event, Moment, Step};
pub use http::{Method, Request, Response};
pub use upload::Upload;
pub use wait::{Patience, Wait};

/// A text that is never shown: a token or a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the environment of a child or a header, nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a variable of a child's environment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// May be shown, and is for children that inherit no value of it.
    Usual(String),
    /// May not.
    Hidden(Secret),
    /// The child must not see the variable.
    Absent,
}

/// What a child inherits of castoff's own environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inherits {
    /// All of it.
    #[default]
    All,
    /// What does not look like a token; for local questions.
    NoTokens,
    /// Only what cannot carry a token (`world` has the list); for rehearsals.
    Harmless,
}

/// The environment of a child: what it inherits and what is set on top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// What it inherits.
    pub inherits: Inherits,
    /// Set, or taken away, on top.
    pub values: BTreeMap<String, Value>,
}

impl Environment {
    /// Sets a variable that may be shown.
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Environment {
        self.values.insert(name.to_string(), Value::Plain(value.into()));
        self
    }

    /// Sets a variable that may be shown, where the child would inherit none.
    pub fn usual(mut self, name: &str, value: impl Into<String>) -> Environment {
        self.values.entry(name.to_string()).or_insert(Value::Usual(value.into()));
        self
    }

    /// Sets a secret variable.
    pub fn hide(mut self, name: &str, secret: &Secret) -> Environment {
        self.values.insert(name.to_string(), Value::Hidden(secret.clone()));
        self
    }

    /// Takes a variable away.
    pub fn without(mut self, name: &str) -> Environment {
        self.values.insert(name.to_string(), Value::Absent);
        self
    }

    /// Gives variables back that were taken away.
    pub fn with_again(mut self, names: &[&str]) -> Environment {
        self.values.retain(|name, value| *value != Value::Absent || !names.contains(&name.as_str()));
        self
    }

    /// The secrets in it, to be struck out of whatever the child prints.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.values.values().filter_map(|value| match value {
            Value::Hidden(secret) => Some(secret.reveal()),
            _ => None,
        })
    }
}

/// A child process to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cmd {
    /// Looked up on `PATH`.
    pub program: String,
    /// Never holds a secret: argv can be read by everyone on the machine.
    pub args: Vec<String>,
    /// Working directory.
    pub dir: PathBuf,
    /// Environment.
    pub env: Environment,
    /// Standard input; without it the child reads an empty one, so a prompt is an error and not a hang.
    pub stdin: Option<Vec<u8>>,
    /// It is ended, with all of its children, after this time.
    pub limit: Duration,
}

impl Cmd {
    /// A child in `dir` with a time limit of an hour.
    pub fn new(program: &str, dir: &Path) -> Cmd {
        let limit = Duration::from_secs(3600);
        let (program, dir) = (program.to_string(), dir.to_path_buf());
        Cmd { program, args: Vec::new(), dir, env: Environment::default(), stdin: None, limit }
    }

    /// A command line of the user's, run by a shell. Its holes, such as `{name}`, are filled in as one word each; what
    /// the shell itself knows, `${name}`, is left alone.
    pub fn shell(command: &str, holes: &[(&str, &str)], dir: &Path) -> Cmd {
        let fill = |text: String, (hole, value): &(&str, &str)| {
            let mut parts = text.split(hole);
            let mut filled = parts.next().unwrap_or_default().to_string();
            for part in parts {
                let word = if filled.ends_with('$') { hole.to_string() } else { quoted(value) };
                filled += &(word + part);
            }
            filled
        };
        let text = holes.iter().fold(command.to_string(), fill);
        Cmd::new("sh", dir).args(["-c", &text])
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl Into<String>) -> Cmd {
        self.args.push(arg.into());
        self
    }

    /// Adds several arguments.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Cmd {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets the environment.
    pub fn env(mut self, env: Environment) -> Cmd {
        self.env = env;
        self
    }

    /// Sets standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Cmd {
        self.stdin = Some(bytes.into());
        self
    }
}

impl fmt::Display for Cmd {
    /// As one would type it, quoted where a shell needs it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", quoted(arg)))
    }
}

/// How a child ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Output {
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, secrets struck out.
    pub stderr: Vec<u8>,
    /// Whether it took longer than its limit and was ended for that.
    pub late: bool,
}

impl Output {
    /// Whether it ended with exit code 0.
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Both outputs as one text, for the message of a failure.
    pub fn both(&self) -> String {
        let parts =
            [&self.stdout, &self.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_string());
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// A change of one place in one text file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Path from the root of the repository.
    pub path: String,
    /// What the place is, for people: `package.version`.
    pub field: String,
    /// The text that stands there, as people read it.
    pub from: String,
    /// The text that will stand there, as people read it.
    pub to: String,
    /// First and last byte (exclusive) in the file.
    pub start: usize,
    /// See `start`.
    pub end: usize,
    /// The bytes to put there.
    pub text: String,
}

impl Edit {
    /// The bytes that it replaces.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@%+,".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) {
        arg.to_string()
    } else {
        format!("'{}'", arg.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Cmd, Environment, Secret};

    #[test]
    fn printing_hides_secrets() {
        let secret = Secret::new("pypi-AgEI");
        let cmd =
            Cmd::new("uv", Path::new("/")).arg("publish").env(Environment::default().hide("T", &secret));
        assert!(!format!("{cmd} {cmd:?} {secret:?}").contains("AgEI"));
        assert_eq!(cmd.env.secrets().collect::<Vec<_>>(), ["pypi-AgEI"]);
    }

    #[test]
    fn holes_of_a_command_line_are_words() {
        let holes = [("{name}", "@acme/it's"), ("{version}", "1.2.0")];
        let cmd = Cmd::shell("make {name}-{version} ${name} '{x}' \"{version}\"", &holes, Path::new("/"));
        assert_eq!(cmd.args, ["-c", r#"make '@acme/it'\''s'-1.2.0 ${name} '{x}' "1.2.0""#]);
    }

    #[test]
    fn commands_are_quoted_as_for_a_shell() {
        let cmd = Cmd::new("uv", Path::new("/")).args(["a b", "it's", "", "--x=1"]);
        assert_eq!(cmd.to_string(), r"uv 'a b' 'it'\''s' '' --x=1");
    }
}
