//! The programs of an installed package: each is asked for its version, because one that says another was built from
//! something else. Few alarms and true ones: what does not say a version of itself in a way that everybody would read
//! so is not judged.

use std::path::Path;
use std::time::Duration;

use regex_lite::Regex;

use super::{MEND, Subject, Trouble};
use crate::ecosystem::{self, Ecosystem, PROGRAM};
use crate::effect::{Cmd, Environment, Event, Output, Step};
use crate::fault::Fault;
use crate::model::without_scope;
use crate::version::Version;
use crate::world::World;

/// Some programs do not know the question and begin to work.
const LIMIT: Duration = Duration::from_secs(30);

/// A program that a package brought.
pub(super) struct Program {
    name: String,
    path: String,
    env: Environment,
}

/// The programs that a command of a trial printed, which run as it did.
pub(super) fn named(output: &Output, env: &Environment) -> Vec<Program> {
    let text = output.text();
    let lines = text.lines().filter_map(|line| line.strip_prefix(PROGRAM)?.split_once('\t'));
    lines.map(|(name, path)| Program { name: name.into(), path: path.into(), env: env.clone() }).collect()
}

/// Asks one for its version.
pub(super) fn ask(
    world: &dyn World,
    subject: &Subject,
    program: &Program,
    dir: &Path,
) -> Result<(), Trouble> {
    let name = &program.name;
    let mut cmd = Cmd::new(&program.path, dir).arg("--version").env(program.env.clone());
    cmd.limit = LIMIT;
    match world.run(&cmd) {
        Ok(output) => return judge(subject, name, &output),
        Err(fault) if world.stopped() => return Err(fault.into()),
        Err(fault) => {
            let text = format!("`{name} --version` says nothing: {}", fault.message);
            world.tell(Event::of(&subject.package.id, Step::Note, text));
        }
    }
    Ok(())
}

/// One that does not know the question says nothing.
fn judge(subject: &Subject, name: &str, output: &Output) -> Result<(), Trouble> {
    let ecosystem = ecosystem::of(subject.package.id.kind);
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let line = text.iter().flat_map(|text| text.lines()).find(|line| !line.trim().is_empty());
    let names = [name, &subject.package.id.name];
    let said = line.filter(|_| output.ok()).and_then(|line| said(line, &names));
    match said {
        Some(said) if !fits(ecosystem, &said, subject.version) => {
            let spelled = ecosystem.spell(subject.version);
            let fault = Fault::outside(format!(
                "`{name} --version` of `{}` {spelled} says {}",
                subject.package.id,
                ecosystem.spell(&said)
            ));
            Err(Trouble::Lasting(
                fault
                    .because("it was built from another version, or holds one that no release writes")
                    .help(format!("{MEND}; if that is meant, say how it is tried by `smoke` in `[publish]`")),
            ))
        }
        _ => Ok(()),
    }
}

/// The version that a line says: it stands first, or behind the name of the program or the package.
fn said(line: &str, names: &[&str]) -> Option<Version> {
    let pattern = r"(?i)^(?:(\S+?)(?:[,:]?\s+|[/@]))?(?:version:?\s+)?v?(\d+(?:\.\d+)+[0-9a-z.+-]*)";
    let found = Regex::new(pattern).ok()?.captures(line.trim())?;
    let bare = |name: &str| without_scope(name).unwrap_or(name).to_lowercase().replace('_', "-");
    let is_own = |word: &str| {
        word.eq_ignore_ascii_case("version") || names.iter().any(|name| bare(name) == bare(word))
    };
    let word = found.get(1).map(|word| word.as_str());
    let text = found.get(2)?.as_str().trim_end_matches(['.', '-']);
    word.is_none_or(is_own).then(|| text.parse().ok())?
}

/// Whether it is the version that was published: a binding may say the version of its core, and a candidate that of its
/// release.
fn fits(ecosystem: &dyn Ecosystem, said: &Version, version: &Version) -> bool {
    let places = said.release.len().min(version.release.len());
    let same_numbers = said.release[..places] == version.release[..places];
    let same_stage = said.pre.is_none() || said.pre == version.pre;
    ecosystem.same(said, version) || (same_numbers && same_stage)
}

#[cfg(test)]
mod tests {
    use super::{fits, said};
    use crate::ecosystem::of;
    use crate::model::Kind;

    #[test]
    fn a_version_of_its_own_is_read_and_no_other() {
        for (line, expected) in [
            ("1.2.3", Some("1.2.3")),
            ("v1.2.3", Some("1.2.3")),
            ("acme 1.2.3 (0a1b2c3 2026-01-02)", Some("1.2.3")),
            ("Acme, version 1.2.3", Some("1.2.3")),
            ("acme version: v1.2.3.", Some("1.2.3")),
            ("version 1.2.3", Some("1.2.3")),
            ("acme_cli 1.3.0rc1", Some("1.3.0-rc.1")),
            ("@org/acme-cli/1.2.3 linux-x64 node-v20.1.0", Some("1.2.3")),
            ("acme@1.2.3", Some("1.2.3")),
            // Of something else, or of nothing.
            ("Python 3.11.7", None),
            ("cmake version 3.27.2", None),
            ("listening on 127.0.0.1:8080", None),
            ("acme listens on 127.0.0.1:8080", None),
            ("acme 2026", None),
            ("usage: acme 1.2.3", None),
            ("", None),
        ] {
            let found = said(line, &["acme", "@org/acme-cli"]).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn only_another_version_is_an_alarm() {
        for (said, version, expected) in [
            ("1.2.3", "1.2.3", true),
            ("1.2.2", "1.2.3", false),
            ("1.2", "1.2.3", true),
            ("0.1.8", "0.1.8.2", true),
            ("0.1.7", "0.1.8.2", false),
            ("1.3.0", "1.3.0-rc.1", true),
            ("1.3.0-rc.1", "1.3.0-rc.1", true),
            ("1.3.0-rc.1", "1.3.0", false),
            ("1.3.0-rc.1", "1.3.0-rc.2", false),
            ("1.2.3+g0a1b2c3", "1.2.3", true),
        ] {
            let (said, of_version) = (said.parse().unwrap(), version.parse().unwrap());
            assert_eq!(fits(of(Kind::Uv), &said, &of_version), expected, "{said} {version}");
        }
    }
}
