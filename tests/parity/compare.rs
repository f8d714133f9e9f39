//! Runs castoff and the scripts that it generated in one repository, and tells where they differ.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::random::Random;
use crate::repo::{Drawn, Files, SCRIPTS, git, run};
use crate::shells::Pair;
use crate::tools::path_env;

/// A script, and the command that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Twin {
    pub(crate) script: &'static str,
    command: &'static [&'static str],
    /// Whether it takes `--from`.
    from: bool,
}

pub(crate) const DETECT: Twin =
    Twin { script: "detect-changes.sh", command: &["detect", "--format", "env"], from: true };
pub(crate) const VERSIONS: Twin =
    Twin { script: "calculate-versions.sh", command: &["versions", "--format", "env"], from: true };
pub(crate) const RELEASE: Twin =
    Twin { script: "release.sh", command: &["release", "--dry-run"], from: false };
pub(crate) const UPDATE: Twin =
    Twin { script: "update-versions.sh", command: &["bump", "--offline"], from: false };

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// One comparison.
pub(crate) struct Compared {
    pub(crate) pair: String,
    pub(crate) script: &'static str,
    /// What is different; nothing where all is well.
    pub(crate) difference: Option<String>,
}

/// What became of one repository.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Why castoff generates no scripts for it.
    pub(crate) refused: Option<String>,
    /// What castoff itself answers.
    pub(crate) detect: Ran,
    pub(crate) versions: Ran,
    /// Versions that a bump wrote.
    pub(crate) bumped: usize,
    /// Scripts that are there to be compared.
    pub(crate) generated: Vec<&'static str>,
    pub(crate) compared: Vec<Compared>,
}

/// Compares on one repository, with every list of pairs in turn.
pub(crate) fn compare(drawn: &Drawn, seed: u64, shells: &[Vec<Pair>]) -> Outcome {
    let mut outcome = Outcome::default();
    let generated = drawn.castoff(&["generate", "scripts"]);
    if generated.code != 0 {
        outcome.refused = Some(generated.stderr);
    }
    outcome.detect = drawn.binary(DETECT);
    outcome.versions = drawn.binary(VERSIONS);
    if outcome.refused.is_some() {
        return outcome;
    }
    let there = [DETECT, VERSIONS, RELEASE, UPDATE].into_iter().filter(|twin| drawn.has(*twin));
    outcome.generated = there.map(|twin| twin.script).collect();
    let turn = usize::try_from(seed).unwrap();
    let pairs: Vec<&Pair> =
        shells.iter().enumerate().map(|(nth, awks)| &awks[(turn + nth) % awks.len()]).collect();
    let release = drawn.binary(RELEASE);
    let mut known = vec![(DETECT, &outcome.detect), (VERSIONS, &outcome.versions)];
    // No script has the checks; what they refuse is refused by castoff alone.
    known.extend((!release.stderr.contains("`castoff check` finds errors")).then_some((RELEASE, &release)));
    let before = drawn.files();
    for pair in &pairs {
        for (twin, expected) in known.iter().copied() {
            outcome.compared.extend(drawn.answers(pair, twin, expected));
        }
    }
    if drawn.files() != before {
        let difference = Some("the checkout is not as it was".to_string());
        outcome.compared.push(Compared { pair: pairs[0].name(), script: DETECT.script, difference });
    }
    let mut random = Random::new(seed << 20 | 1);
    let wanted = released(drawn);
    let wanted: Vec<_> = match random.percent(40) {
        true => wanted.iter().take(1).cloned().collect(),
        false => wanted,
    };
    outcome.bumped = wanted.len();
    if !wanted.is_empty() {
        let again = random.percent(35);
        drawn.bump(&pairs, &wanted, again, &mut outcome.compared);
    }
    outcome
}

/// The components that have a next version, with it.
fn released(drawn: &Drawn) -> Vec<(String, String)> {
    let versions = drawn.castoff(&["versions", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&versions.stdout).unwrap_or_default();
    let components = json["components"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_string);
    components.iter().filter_map(|one| Some((text(&one["name"])?, text(&one["next"])?))).collect()
}

impl Drawn {
    pub(crate) fn castoff(&self, args: &[&str]) -> Ran {
        self.ran(&[&[env!("CARGO_BIN_EXE_castoff")], args].concat(), path_env())
    }

    fn binary(&self, twin: Twin) -> Ran {
        let from: Vec<&str> =
            self.from.iter().filter(|_| twin.from).flat_map(|from| ["--from", from]).collect();
        self.castoff(&[twin.command, &from].concat())
    }

    /// Runs a script, and complains in its name where it leaves something behind.
    fn script(&self, pair: &Pair, name: &str, args: &[&str]) -> Ran {
        let script = self.dir().join(SCRIPTS).join(name);
        let script = script.to_str().unwrap();
        // A shell that does not end is a difference too.
        let words = [&["timeout", "100"], &pair.words()[..], &[script], args].concat();
        let ran = self.ran(&words, pair.path());
        let left = fs::read_dir(self.scratch()).unwrap().count();
        if left == 0 {
            ran
        } else {
            Ran { code: 99, stderr: format!("{}{left} left in TMPDIR\n", ran.stderr), ..ran }
        }
    }

    /// A place for temporary files of its own, with a name that has to be quoted.
    fn scratch(&self) -> PathBuf {
        self.base.join("tmp 'dir'")
    }

    fn answers(&self, pair: &Pair, twin: Twin, expected: &Ran) -> Option<Compared> {
        if !self.has(twin) {
            return None;
        }
        let from: Vec<&str> =
            self.from.iter().filter(|_| twin.from).flat_map(|from| ["--from", from]).collect();
        let args = if twin == RELEASE { vec!["--dry-run"] } else { from };
        let found = self.script(pair, twin.script, &args);
        Some(Compared { pair: pair.name(), script: twin.script, difference: differs(&found, expected) })
    }

    /// Whether the script was generated.
    fn has(&self, twin: Twin) -> bool {
        self.dir().join(SCRIPTS).join(twin.script).exists()
    }

    /// The files that both leave; afterwards, where `again` says so, the answers once they are committed.
    fn bump(&self, pairs: &[&Pair], wanted: &[(String, String)], again: bool, compared: &mut Vec<Compared>) {
        let before = self.files();
        let words: Vec<String> = wanted.iter().map(|(name, version)| format!("{name}={version}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let expected = self.castoff(&[UPDATE.command, &words].concat());
        let written = self.files();
        for pair in pairs.iter().filter(|_| self.has(UPDATE)) {
            self.restore(&before, &self.files());
            let flags: Vec<String> = wanted.iter().map(|(name, _)| format!("--{name}")).collect();
            let args =
                flags.iter().zip(wanted).flat_map(|(flag, (_, version))| [flag.as_str(), version.as_str()]);
            let found = self.script(pair, UPDATE.script, &args.collect::<Vec<_>>());
            let code = (found.code != expected.code).then(|| both(&found, &expected));
            let files = || other_files(&before, &self.files(), &written).map(|text| text + &found.stderr);
            let difference = code.or_else(files);
            compared.push(Compared { pair: pair.name(), script: UPDATE.script, difference });
        }
        self.restore(&written, &self.files());
        if again && expected.code == 0 {
            run(git(&self.dir()).args([
                "commit",
                "--quiet",
                "--allow-empty",
                "--all",
                "--message",
                "chore: release",
            ]));
            for twin in [DETECT, VERSIONS] {
                let expected = self.binary(twin);
                compared.extend(pairs.iter().filter_map(|pair| self.answers(pair, twin, &expected)));
            }
        }
    }

    fn ran(&self, words: &[&str], path: OsString) -> Ran {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(self.dir().join(&self.within)).stdin(Stdio::null());
        command.env("PATH", path).env("CASTOFF_CACHE_DIR", self.base.join("cache")).env("NO_COLOR", "1");
        fs::create_dir_all(self.scratch()).unwrap();
        // What somebody's shell may have set.
        command
            .env("TMPDIR", self.scratch())
            .env("CDPATH", "/:..")
            .env("LC_ALL", "C.UTF-8")
            .env("POSIXLY_CORRECT", "1");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }
}

fn differs(found: &Ran, expected: &Ran) -> Option<String> {
    let same = found.code == expected.code && found.stdout == expected.stdout;
    (!same).then(|| both(found, expected))
}

fn both(found: &Ran, expected: &Ran) -> String {
    let end = |ran: &Ran| format!("exit {}\n{}{}", ran.code, ran.stdout, ran.stderr);
    format!("--- castoff: {}\n--- script: {}", end(expected), end(found))
}

/// The files that are not as castoff leaves them.
fn other_files(before: &Files, found: &Files, expected: &Files) -> Option<String> {
    let paths: std::collections::BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let text = |files: &Files, path| {
        files.get(path).map_or("(none)".into(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let other: String = paths
        .into_iter()
        .filter(|path| found.get(*path) != expected.get(*path))
        .map(|path| {
            let [before, expected, found] = [before, expected, found].map(|files| text(files, path));
            format!("--- {} before\n{before}--- castoff\n{expected}--- script\n{found}", path.display())
        })
        .collect();
    (!other.is_empty()).then_some(other)
}
