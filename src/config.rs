//! `castoff.toml` → `Config`. Every key is optional; a key that is not known is an error that names the nearest
//! known one, because a rule that is silently not applied is worse than none.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fault::{Fault, Faults};
use crate::pattern::Pattern;
use section::Section;

mod section;

/// The name of the configuration file at the root of a repository.
pub const FILE: &str = "castoff.toml";

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `[release]`.
    pub release: Release,
    /// `[paths]`, in the order of the file.
    pub paths: Vec<(String, Vec<Pattern>)>,
    /// `[component.NAME]`, in the order of the file.
    pub components: Vec<ComponentRules>,
    /// `[publish]`.
    pub publish: Publish,
    /// `[registry.NAME]`.
    pub registries: BTreeMap<String, RegistryRules>,
}

/// What makes a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// How changes become versions.
    pub bump: BumpMode,
    /// Tag pattern for components that have none of their own.
    pub tag: Option<String>,
    /// Tags that are a base for components without a tag, first match wins.
    pub base_tags: Vec<Pattern>,
    /// Never discovered.
    pub exclude: Vec<Pattern>,
    /// Never a change.
    pub ignore: Vec<Pattern>,
    /// Whether a breaking change on 0.y.z gives 1.0.0.
    pub major_on_zero: bool,
    /// Whether a release gives its dependents a patch.
    pub propagate: bool,
}

/// How changes become versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BumpMode {
    /// Commit messages decide.
    Conventional,
    /// Any change is a patch.
    Paths,
}

/// How a requirement on a package of the repository is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Exactly the version of this release.
    Exact,
    /// This version or a compatible later one.
    Compatible,
    /// As written.
    Keep,
}

/// `[component.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentRules {
    /// Name.
    pub name: String,
    /// Line in the file.
    pub line: usize,
    /// Globs of package ids or bare names.
    pub packages: Vec<String>,
    /// Names of path sets, or paths; empty for the directories of the packages.
    pub changed_by: Vec<String>,
    /// The file that is the source of its version.
    pub version_file: Option<String>,
    /// Instead of `release.bump`.
    pub bump: Option<BumpMode>,
    /// Instead of `release.tag`.
    pub tag: Option<String>,
    /// How its requirements on packages of the repository are published.
    pub pin: Option<Pin>,
}

/// `[publish]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Workers; none: a number that suits the machine.
    pub jobs: Option<usize>,
    /// Which builds must have passed before the first upload.
    pub barrier: Barrier,
    /// How long to wait until a registry shows an upload.
    pub poll_timeout: Duration,
    /// Whether and how a published package is tried.
    pub smoke: Smoke,
}

/// Which builds must have passed before a package is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// All of the run.
    Run,
    /// Those of its component and of what that depends on.
    Component,
    /// Its own.
    Own,
}

/// How a published package is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Smoke {
    /// Not.
    Off,
    /// Installed, and imported or fetched.
    Install,
    /// Installed, then this command with `{name}`, `{version}`, `{python}`, `{dir}`.
    Command(String),
}

/// `[registry.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryRules {
    /// Line in the file.
    pub line: usize,
    /// A built-in registry by name.
    pub preset: Option<String>,
    /// Where files are sent.
    pub upload: Option<String>,
    /// Where it is asked.
    pub index: Option<String>,
    /// Variables that may hold the token, first that is set wins.
    pub token_env: Option<Vec<String>>,
    /// Whether the client may ask for a token by trusted publishing.
    pub trusted_publishing: Trusted,
}

/// Trusted publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trusted {
    /// Where it is to be had.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Not.
    Never,
}

impl Default for Config {
    fn default() -> Config {
        let mut faults = Faults::default();
        let config = read(&mut Section::empty(), &mut faults);
        debug_assert!(faults.0.is_empty(), "defaults are valid");
        config
    }
}

impl Config {
    /// Reads the text of a configuration file; `path` is for messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, with lines.
    pub fn parse(path: &str, text: &str) -> Result<Config, Faults> {
        let toml = crate::edit::Toml::parse(path, text)?;
        let mut faults = Faults::default();
        let config = read(&mut Section::root(&toml), &mut faults);
        faults.or(config)
    }

    /// How changes of a component become versions.
    pub fn mode(&self, component: &str) -> BumpMode {
        self.component(component).and_then(|rules| rules.bump).unwrap_or(self.release.bump)
    }

    /// The rules of a component.
    pub fn component(&self, name: &str) -> Option<&ComponentRules> {
        self.components.iter().find(|rules| rules.name == name)
    }
}

fn read(root: &mut Section, faults: &mut Faults) -> Config {
    let release = root.section("release", faults, release);
    let paths = root.tables("paths", faults, path_sets);
    let components = root.tables("component", faults, |parent, faults| {
        parent.each(faults, |name, section, faults| component(name, section, faults))
    });
    let publish = root.section("publish", faults, publish);
    let registries = root.tables("registry", faults, |parent, faults| {
        parent.each(faults, |name, section, faults| (name.to_string(), registry(section, faults)))
    });
    root.refuse_unknown(faults);
    Config { release, paths, components, publish, registries: registries.into_iter().collect() }
}

fn release(section: &mut Section, faults: &mut Faults) -> Release {
    Release {
        bump: section.choice("bump", BUMP, faults).unwrap_or(BumpMode::Conventional),
        tag: tag(section, faults),
        base_tags: section.patterns("base-tags", &["release-*", "v*"], faults),
        exclude: section.patterns("exclude", &[], faults),
        ignore: section.patterns("ignore", &["**/CHANGELOG.md"], faults),
        major_on_zero: section.bool("major-on-zero", faults).unwrap_or(false),
        propagate: section.choice("propagate", &[("patch", true), ("none", false)], faults).unwrap_or(true),
    }
}

const BUMP: &[(&str, BumpMode)] = &[("conventional", BumpMode::Conventional), ("paths", BumpMode::Paths)];
const PIN: &[(&str, Pin)] = &[("exact", Pin::Exact), ("compatible", Pin::Compatible), ("keep", Pin::Keep)];
const TRUSTED: &[(&str, Trusted)] =
    &[("auto", Trusted::Auto), ("always", Trusted::Always), ("never", Trusted::Never)];

fn tag(section: &mut Section, faults: &mut Faults) -> Option<String> {
    let tag = section.string("tag", faults)?;
    if let Some(what) = not_a_tag(&tag) {
        faults.push(section.fault("tag", &what).help("write for example `tag = \"{component}-v{version}\"`"));
    }
    Some(tag)
}

/// What is wrong with a tag pattern, as far as git's rules for names of refs can be broken by what stands in it.
fn not_a_tag(tag: &str) -> Option<String> {
    if tag.matches("{version}").count() != 1 {
        return Some("has no `{version}`, or more than one".to_string());
    }
    let fixed = tag.replace("{version}", "1").replace("{component}", "c");
    if let Some(hole) = fixed.find('{').and_then(|start| fixed[start..].split_inclusive('}').next()) {
        return Some(format!(
            "holds `{}`; it may hold `{{component}}` and `{{version}}`",
            hole.escape_debug()
        ));
    }
    let odd = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let parts_are_names =
        fixed.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    let is_name = parts_are_names
        && !fixed.contains(odd)
        && !fixed.contains("..")
        && !fixed.starts_with('-')
        && !fixed.ends_with('.');
    (!is_name).then(|| format!("is `{}`, which git does not take as the name of a tag", tag.escape_debug()))
}

fn path_sets(section: &mut Section, faults: &mut Faults) -> Vec<(String, Vec<Pattern>)> {
    let names = section.keys();
    names.into_iter().map(|name| (name.clone(), section.patterns(&name, &[], faults))).collect()
}

fn component(name: &str, section: &mut Section, faults: &mut Faults) -> ComponentRules {
    ComponentRules {
        name: name.to_string(),
        line: section.line,
        packages: section.strings("packages", faults).unwrap_or_else(|| vec![name.to_string()]),
        changed_by: section.strings("changed-by", faults).unwrap_or_default(),
        version_file: section.string("version-file", faults),
        bump: section.choice("bump", BUMP, faults),
        tag: tag(section, faults),
        pin: section.choice("pin", PIN, faults),
    }
}

fn publish(section: &mut Section, faults: &mut Faults) -> Publish {
    let barrier = match section.bool_or_string("barrier", faults) {
        None => Barrier::Run,
        Some(Ok(false)) => Barrier::Own,
        Some(Err(text)) if text == "run" => Barrier::Run,
        Some(Err(text)) if text == "component" => Barrier::Component,
        Some(_) => {
            faults.push(section.fault("barrier", "is not one of `\"run\"`, `\"component\"`, `false`"));
            Barrier::Run
        }
    };
    let smoke = match section.bool_or_string("smoke", faults) {
        None | Some(Ok(true)) => Smoke::Install,
        Some(Ok(false)) => Smoke::Off,
        Some(Err(command)) => Smoke::Command(command),
    };
    Publish {
        jobs: section.positive("jobs", faults),
        barrier,
        poll_timeout: section.duration("poll-timeout", faults).unwrap_or(Duration::from_secs(300)),
        smoke,
    }
}

fn registry(section: &mut Section, faults: &mut Faults) -> RegistryRules {
    RegistryRules {
        line: section.line,
        preset: section.string("use", faults),
        upload: section.string("upload", faults),
        index: section.string("index", faults),
        token_env: section.strings("token-env", faults),
        trusted_publishing: section.choice("trusted-publishing", TRUSTED, faults).unwrap_or_default(),
    }
}

/// A fault in the configuration file that does not come from reading it.
pub fn fault(line: usize, message: impl Into<String>) -> Fault {
    Fault::usage(message).at(FILE, line)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{Barrier, BumpMode, Config, Smoke};

    fn check_error(text: &str, expected: Expect) {
        expected.assert_eq(&Config::parse("castoff.toml", text).unwrap_err().to_string());
    }

    #[test]
    fn nothing_is_needed() {
        let config = Config::parse("castoff.toml", "").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(config.release.bump, BumpMode::Conventional);
        assert_eq!(config.publish.barrier, Barrier::Run);
        assert_eq!(config.publish.smoke, Smoke::Install);
    }

    #[test]
    fn values_are_read() {
        let config = Config::parse(
            "castoff.toml",
            "[paths]\nb = ['b/']\na = ['a/']\n[publish]\njobs = 3\nbarrier = false\npoll-timeout = '2m'\nsmoke = 'make'\n\
             [component.core]\npackages = ['cargo:*']\nbump = 'paths'\n[registry.pypi]\nindex = 'i'\ntoken-env = ['T']\n",
        )
        .unwrap();
        assert_eq!(config.paths.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((config.publish.jobs, config.publish.barrier), (Some(3), Barrier::Own));
        assert_eq!(config.publish.poll_timeout.as_secs(), 120);
        assert_eq!(config.publish.smoke, Smoke::Command("make".into()));
        assert_eq!(config.component("core").unwrap().bump, Some(BumpMode::Paths));
        assert_eq!(config.registries["pypi"].index.as_deref(), Some("i"));
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        check_error(
            "[release]\nbump = 'paths'\nbase-tag = []\n\n[publsh]\njobs = 1\n",
            expect![[r#"
                unknown key `base-tag` in `[release]`
                  --> castoff.toml:3
                  help: did you mean `base-tags`?
                unknown key `publsh`
                  --> castoff.toml:5
                  help: did you mean `publish`?"#]],
        );
    }

    #[test]
    fn tags_are_names_that_git_takes() {
        for (tag, is_one) in [
            ("v{version}", true),
            ("{component}@{version}", true),
            ("rel/{component}/{version}", true),
            ("v{version} ", false),
            ("v{name}-{version}", false),
            ("v", false),
            ("{version}{version}", false),
            ("-{version}", false),
            ("a..{version}", false),
            ("a//{version}", false),
            ("{version}.lock", false),
            ("a~{version}", false),
        ] {
            let parsed = Config::parse("castoff.toml", &format!("[release]\ntag = '{tag}'"));
            assert_eq!(parsed.is_ok(), is_one, "{tag}");
        }
    }

    #[test]
    fn wrong_values_are_told_together() {
        check_error(
            "[release]\nbump = 'path'\ntag = 'v1'\n[publish]\njobs = 0\nbarrier = true\npoll-timeout = '5 parsecs'\n",
            expect![[r#"
                `bump` in `[release]` is `path`
                  --> castoff.toml:2
                  help: use one of `conventional`, `paths`
                `tag` in `[release]` has no `{version}`, or more than one
                  --> castoff.toml:3
                  help: write for example `tag = "{component}-v{version}"`
                `barrier` in `[publish]` is not one of `"run"`, `"component"`, `false`
                  --> castoff.toml:6
                `jobs` in `[publish]` is not a number above 0
                  --> castoff.toml:5
                `poll-timeout` in `[publish]` is `5 parsecs`
                  --> castoff.toml:7
                  help: write a time such as `30s` or `5m`"#]],
        );
    }
}
