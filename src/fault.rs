//! What is said when something cannot be done: what was tried, on what, why it failed, what to do. One shape
//! for all, so that every message of castoff reads alike and several of one kind are told together.

use std::fmt;

/// Who has to act: this decides the exit code, which only `cli` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The command line, the configuration or a manifest has to be changed.
    Usage,
    /// Something outside failed: a tool, a registry, the disk.
    Outside,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What was tried, on what.
    pub message: String,
    /// File and line (from 1; 0 for the whole file) where the reason stands.
    pub place: Option<(String, usize)>,
    /// Why it failed.
    pub cause: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Who has to act.
    pub blame: Blame,
}

/// All that went wrong in one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Fault {
    /// Something that the user's files or arguments have wrong.
    pub fn usage(message: impl Into<String>) -> Fault {
        Fault { message: message.into(), place: None, cause: None, help: None, blame: Blame::Usage }
    }

    /// Something that failed outside of castoff.
    pub fn outside(message: impl Into<String>) -> Fault {
        Fault { blame: Blame::Outside, ..Fault::usage(message) }
    }

    /// Adds file and line.
    pub fn at(self, file: &str, line: usize) -> Fault {
        Fault { place: Some((file.to_string(), line)), ..self }
    }

    /// Adds the reason.
    pub fn because(self, cause: impl Into<String>) -> Fault {
        Fault { cause: Some(cause.into()), ..self }
    }

    /// Adds what to do.
    pub fn help(self, help: impl Into<String>) -> Fault {
        Fault { help: Some(help.into()), ..self }
    }
}

impl Faults {
    /// The value, or everything that was wrong with it.
    ///
    /// # Errors
    /// These faults, where there are any.
    pub fn or<T>(self, value: T) -> Result<T, Faults> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Notes one more.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Keeps the value of a step that went well, else its faults.
    pub fn take<T>(&mut self, step: Result<T, Faults>) -> Option<T> {
        step.map_err(|faults| self.0.extend(faults.0)).ok()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Faults {
        Faults(vec![fault])
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.place {
            Some((file, 0)) => write!(f, "\n  --> {file}")?,
            Some((file, line)) => write!(f, "\n  --> {file}:{line}")?,
            None => {}
        }
        if let Some(cause) = &self.cause {
            write!(f, "\n  cause: {}", cause.trim_end().replace('\n', "\n         "))?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {}", help.trim_end().replace('\n', "\n        "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(Fault::to_string).collect();
        f.write_str(&texts.join("\n"))
    }
}

impl std::error::Error for Fault {}
impl std::error::Error for Faults {}
