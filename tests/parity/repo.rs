//! A drawn repository on disk, and what is read and put back around each run in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::draw;
use crate::history::{self, Told};
use crate::import::Import;
use crate::messages::message;
use crate::model::Rules;
use crate::random::Random;

/// The checkout's directory, which names what shares one version.
pub(crate) const CHECKOUT: &str = "checkout";

/// Where generated scripts lie.
pub(crate) const SCRIPTS: &str = "scripts/release";

/// A drawn repository.
pub(crate) struct Drawn {
    pub(crate) base: PathBuf,
    pub(crate) rules: Rules,
    /// What `--from` is given.
    pub(crate) from: Option<String>,
    pub(crate) features: BTreeSet<&'static str>,
    /// Where commands are run, from the root of the checkout.
    pub(crate) within: String,
}

/// Bytes by path from the root.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Draws a repository below an empty directory.
pub(crate) fn draw(seed: u64, base: &Path) -> Drawn {
    // Seeds next to each other would give the same numbers, shifted by one.
    let mut random = Random::new(seed << 20);
    let rules = draw::rules(&mut random);
    let dir = base.join(CHECKOUT);
    fs::create_dir_all(&dir).unwrap();
    run(git(&dir).args(["init", "--quiet", "--initial-branch=main", "--template="]));
    let config = "[user]\n\tname = test\n\temail = test@example.invalid\n[core]\n\tquotePath = true\n[diff]\n\trenames = copies\n";
    let file = dir.join(".git/config");
    fs::write(&file, fs::read_to_string(&file).unwrap() + config).unwrap();
    // As if they were committed: they are neither a change nor an edit that is not committed.
    fs::create_dir_all(dir.join(".git/info")).unwrap();
    fs::write(dir.join(".git/info/exclude"), "/scripts/\n").unwrap();
    let told = history::draw(&mut random, &rules, Import::start(&dir));
    run(git(&dir).args(["reset", "--quiet", "--hard", "main"]));
    finish(&mut random, base, rules, told)
}

fn finish(random: &mut Random, base: &Path, rules: Rules, told: Told) -> Drawn {
    let mut drawn =
        Drawn { base: base.to_path_buf(), features: told.features, from: None, within: String::new(), rules };
    if drawn.rules.written && random.percent(12) {
        let mut text = drawn.rules.configuration();
        let recent: Vec<&String> = told.ids.iter().rev().filter(|_| random.percent(30)).take(3).collect();
        for id in recent {
            // JSON's escapes are among those of TOML.
            let message = serde_json::Value::from(message(random));
            text += &format!("\n[override.\"{}\"]\nmessage = {message}\n", &id[..10]);
        }
        fs::write(drawn.dir().join("castoff.toml"), text).unwrap();
        drawn.features.insert("override");
    }
    drawn.from = match random.below(100) {
        0..3 => Some("HEAD~1".to_string()),
        3..6 => Some(random.pick(&told.ids)[..12].to_string()),
        6..10 if !told.tags.is_empty() => Some(random.pick(&told.tags).clone()),
        10..13 => Some("no-such-ref".to_string()),
        13 => Some("--all".to_string()),
        _ => None,
    };
    if drawn.from.is_some() {
        drawn.features.insert("--from");
    }
    if random.percent(2) && told.ids.len() > 1 {
        fs::write(drawn.dir().join(".git/shallow"), format!("{}\n", told.ids[1])).unwrap();
        drawn.features.insert("shallow clone");
    }
    drawn.disturb(random);
    if random.percent(20) {
        drawn.within = "shared".to_string();
    }
    drawn.note_features();
    drawn
}

impl Drawn {
    pub(crate) fn dir(&self) -> PathBuf {
        self.base.join(CHECKOUT)
    }

    /// What somebody has done to the checkout and did not commit.
    fn disturb(&mut self, random: &mut Random) {
        if random.percent(10) {
            run(git(&self.dir()).args(["checkout", "--quiet", "--detach"]));
            self.features.insert("detached HEAD");
        }
        if !random.percent(12) {
            return;
        }
        let package = random.pick(&self.rules.packages);
        let path = match random.below(4) {
            0 => package.manifest(),
            1 => package.below("src/lib.rs"),
            _ => package.below("not known to git.txt"),
        };
        let path = self.dir().join(path);
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("version = \"0", "version = \"7") + "\n").unwrap();
        self.features.insert("uncommitted edit");
    }

    fn note_features(&mut self) {
        let Rules { packages, components, paths, written, .. } = &self.rules;
        let follows = |scheme: &str| {
            components.iter().any(|it| it.follows.is_some() && it.scheme.unwrap_or("at-least") == scheme)
        };
        let found = [
            ("castoff.toml", *written),
            ("path sets", !paths.is_empty()),
            ("changed-by", components.iter().any(|it| !it.changed_by.is_empty())),
            ("version-file", components.iter().any(|it| it.version_file.is_some())),
            ("extra-files", components.iter().any(|it| it.extra.is_some())),
            ("follow-on", components.iter().any(|it| it.follow_on.is_some())),
            ("core-patch", follows("core-patch")),
            ("at-least", follows("at-least")),
            ("same", follows("same")),
            ("paths mode", self.rules.release.iter().any(|line| line.starts_with("bump"))),
            ("native part", packages.iter().any(|it| it.native.is_some())),
            ("lock", !self.rules.locks.is_empty()),
            ("several ecosystems", packages.iter().any(|it| it.kind != packages[0].kind)),
        ];
        self.features.extend(found.into_iter().filter(|(_, is)| *is).map(|(name, _)| name));
    }

    /// Every file of the checkout, with its bytes.
    pub(crate) fn files(&self) -> Files {
        let (mut found, mut pending) = (Files::new(), vec![PathBuf::new()]);
        while let Some(below) = pending.pop() {
            for entry in fs::read_dir(self.dir().join(&below)).unwrap() {
                let entry = entry.unwrap();
                let path = below.join(entry.file_name());
                match entry.file_type().unwrap().is_dir() {
                    true if below.as_os_str().is_empty() && entry.file_name() == ".git" => {}
                    // What is generated is not looked at, for only one side needs it.
                    true if path == Path::new("scripts") => {}
                    true => pending.push(path),
                    false => drop(found.insert(path.clone(), content(&self.dir().join(path)))),
                }
            }
        }
        found
    }

    /// Puts back what a run changed.
    pub(crate) fn restore(&self, before: &Files, after: &Files) {
        for path in after.keys().filter(|path| !before.contains_key(*path)) {
            fs::remove_file(self.dir().join(path)).unwrap();
        }
        for (path, bytes) in before.iter().filter(|(path, bytes)| after.get(*path) != Some(bytes)) {
            let path = self.dir().join(path);
            // A script may have left a file that it made by itself, with other permissions.
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

/// The bytes of a file, or where a link leads to.
fn content(path: &Path) -> Vec<u8> {
    match fs::read_link(path) {
        Ok(target) => target.into_os_string().into_encoded_bytes(),
        Err(_) => fs::read(path).unwrap(),
    }
}

/// git without the configuration of whoever runs the tests.
pub(crate) fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command
}

pub(crate) fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}");
}
