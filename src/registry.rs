//! What registries are asked and how their answers are read: pure pairs of question and answer, so that the same
//! reading serves a real server, a rehearsal and a test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::config::{Config, Trusted};
use crate::effect::{Request, Response, Secret};
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Package};
use crate::version::Version;

pub mod addresses;
pub mod crates_io;
mod digest;
pub mod limits;
pub mod npm;
pub mod own;
pub mod pypi;
pub mod rubygems;
pub mod trusted;

pub use digest::Digest;

/// File names that a registry has of one version, with their digests where it tells.
pub type Files = BTreeMap<String, Option<Digest>>;

/// Whether a version is on a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Everything that belongs to it.
    Live(Files),
    /// Some of it.
    Partial(Files),
    /// Nothing; the registry said so.
    Absent,
    /// The registry did not say.
    Unknown(String),
}

impl Presence {
    /// The files that are there.
    pub fn files(&self) -> Option<&Files> {
        match self {
            Presence::Live(files) | Presence::Partial(files) => Some(files),
            Presence::Absent | Presence::Unknown(_) => None,
        }
    }
}

/// One version of a package, and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Name of the package.
    pub name: &'a str,
    /// The version.
    pub version: &'a Version,
    /// Platforms for which there has to be a file; empty: whatever is there is all of it.
    pub platforms: &'a [String],
}

impl<'a> Wanted<'a> {
    /// A version of a package, as its ecosystem or the configuration says what belongs to it.
    pub fn of(package: &'a Package, version: &'a Version) -> Wanted<'a> {
        Wanted { name: &package.id.name, version, platforms: &package.platforms }
    }
}

/// How one kind of registry is asked.
pub trait Registry: Sync {
    /// The question for the versions of a package.
    fn question(&self, index: &str, name: &str) -> Request;
    /// What the answer says about one version.
    fn answer(&self, response: &Response, wanted: &Wanted) -> Presence;
    /// Whether a file, one of the version's by its name, is the one for a platform.
    fn serves(&self, _file: &str, _platform: &str, _wanted: &Wanted) -> bool {
        true
    }
    /// The wanted platforms that none of the files is for.
    fn lacks(&self, wanted: &Wanted, files: &[&str]) -> Vec<String> {
        let served = |platform: &str| files.iter().any(|file| self.serves(file, platform, wanted));
        wanted.platforms.iter().filter(|platform| !served(platform)).cloned().collect()
    }
    /// What files of a version mean that a registry lists.
    fn presence(&self, wanted: &Wanted, files: Files) -> Presence {
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        match (names.is_empty(), self.lacks(wanted, &names).is_empty()) {
            (true, _) => Presence::Absent,
            (false, true) => Presence::Live(files),
            (false, false) => Presence::Partial(files),
        }
    }
    /// Every version that the answer speaks of, also those that were taken back: their numbers are used up. What is no
    /// version is left out.
    ///
    /// # Errors
    /// Why the answer does not say.
    fn versions(&self, response: &Response, name: &str) -> Result<Vec<Version>, String>;
    /// The question for where castoff itself can bring a file, which it does where the ecosystem's client cannot without
    /// the sources; none: the client can.
    fn doorway(&self, _target: &Target) -> Option<Request> {
        None
    }
    /// The request that brings a file, by the answer.
    ///
    /// # Errors
    /// Why there is none.
    fn upload(&self, _answer: &Response, _file: &[u8], _target: &Target) -> Result<Request, String> {
        Err("its client alone uploads".to_string())
    }
    /// The versions that are there and that nobody shall use any more, each with what the answer calls that. A registry
    /// that takes such versions away shows none.
    fn taken_back(&self, _response: &Response, _name: &str) -> Vec<(Version, String)> {
        Vec::new()
    }
    /// Why it did not take what was sent to it; none where it did.
    fn refusal(&self, response: &Response) -> Option<String> {
        let text = String::from_utf8_lossy(&response.body);
        (!(200..300).contains(&response.status)).then(|| refusal(response.status, text.trim()))
    }
    /// What it says of an upload that it took.
    fn remarks(&self, _response: &Response) -> Vec<String> {
        Vec::new()
    }
}

/// How the registry of a target is asked: one of a program around castoff by its name, else as all of its ecosystem.
pub fn of(target: &Target) -> &'static dyn Registry {
    if let Some(own) = own::of(target) {
        return own.speaks;
    }
    match target.kind {
        Kind::Cargo => &crates_io::CratesIo,
        Kind::Uv => &pypi::PyPi,
        Kind::Npm => &npm::Npm,
        Kind::Gem => &rubygems::RubyGems,
        Kind::Own(_) => &own::Silent,
    }
}

/// A registry of this run: where it is and who we are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name, as in the configuration.
    pub name: String,
    /// Whose packages it takes.
    pub kind: Kind,
    /// Where files are sent.
    pub upload: String,
    /// Where it is asked.
    pub index: String,
    /// Whether it stands in the place of the public registry, so that clients have to be pointed at it.
    pub own_server: bool,
    /// Variables that may hold a token.
    pub token_env: Vec<String>,
    /// The token, where one was found.
    pub token: Option<Secret>,
    /// User and password for a server of one's own that has no tokens.
    pub login: Option<(String, Secret)>,
    /// Trusted publishing.
    pub trusted: Trusted,
    /// The certificates that it is trusted by, where they are not those of the system.
    pub trust: Option<PathBuf>,
}

impl Target {
    fn preset(&self) -> Option<&'static addresses::Preset> {
        addresses::all().find(|preset| preset.kind == self.kind && preset.index == self.index)
    }

    /// The page on which versions of a package are taken back by hand; none where clients can, or none is known.
    pub fn manage(&self, name: &str) -> Option<String> {
        let page = self.preset()?.manage;
        (!page.is_empty()).then(|| page.replace("{name}", name))
    }

    /// Where people look at a version, as its ecosystem spells it: its page on a public registry, else where the server itself is asked.
    pub fn page(&self, name: &str, version: &str) -> Option<String> {
        if let Some(preset) = self.preset() {
            return Some(preset.page.replace("{name}", name).replace("{version}", version));
        }
        let index = self.index.trim_start_matches("sparse+");
        let is_address = ["https://", "http://"].iter().any(|scheme| index.starts_with(scheme));
        is_address.then(|| index.to_string())
    }
}

/// The registry of a name, as the configuration and the built-in table say; tokens by `env`.
///
/// # Errors
/// A name that neither knows, or a server of one's own that is described by half.
pub fn target(
    name: &str,
    kind: Kind,
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Target, Faults> {
    let rules = config.registries.get(name).cloned().unwrap_or_default();
    let preset_name = rules.preset.as_deref().unwrap_or(name);
    let preset = addresses::preset(preset_name).filter(|preset| preset.kind == kind);
    // A manifest may name its registry by the address alone.
    let is_address = name.contains("://");
    let index = rules.index.clone().or_else(|| is_address.then(|| name.to_string()));
    if preset.is_none() && (rules.preset.is_some() || index.is_none()) {
        return Err(unknown(name, preset_name, kind, rules.line).into());
    }
    // Servers of gems and of npm have one address for both.
    let half = match kind {
        Kind::Npm | Kind::Gem => rules.upload.is_some() && rules.index.is_none(),
        Kind::Uv | Kind::Own(_) => rules.upload.is_some() != rules.index.is_some(),
        Kind::Cargo => false,
    };
    if half {
        let fault = crate::config::fault(
            rules.line,
            format!("`[registry.{name}]` has only one of `upload` and `index`"),
        );
        return Err(fault
            .help("give both, so that what is uploaded can be looked for in the same place")
            .into());
    }
    for address in [&rules.upload, &index].into_iter().flatten() {
        if address
            .split_once("://")
            .is_some_and(|(_, rest)| rest.split('/').next().unwrap_or("").contains('@'))
        {
            let fault =
                crate::config::fault(rules.line, format!("an address of `[registry.{name}]` holds a login"));
            let fault = fault.because("addresses are shown in messages and in the arguments of clients");
            return Err(fault.help("put the token into a variable, and name that in `token-env`").into());
        }
    }
    let or_preset = |own: &Option<String>, known: fn(&addresses::Preset) -> &str| {
        own.clone().or_else(|| preset.map(|preset| known(preset).to_string())).unwrap_or_default()
    };
    let usual = addresses::all().find(|usual| is_address && usual.kind == kind);
    let token_env =
        rules.token_env.clone().unwrap_or_else(|| default_token_env(preset.or(usual), kind, name));
    let token = token_env.iter().find_map(|name| env(name).filter(|text| !text.is_empty())).map(Secret::new);
    Ok(Target {
        name: name.to_string(),
        kind,
        upload: match (&index, &rules.upload) {
            // Never the public one in the place of one's own.
            (Some(index), None) if matches!(kind, Kind::Npm | Kind::Gem) => index.clone(),
            (_, own) => or_preset(own, |preset| preset.upload),
        },
        index: with_slash(or_preset(&index, |preset| preset.index)),
        own_server: index.is_some(),
        token_env,
        token,
        login: login(kind, env).filter(|_| rules.index.is_some()),
        trusted: rules.trusted_publishing,
        trust: None,
    })
}

/// The registries that packages go to, by name.
///
/// # Errors
/// As `target`, for all of them.
pub fn targets<'a>(
    config: &Config,
    packages: impl Iterator<Item = &'a Package>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Target>, Faults> {
    let mut faults = Faults::default();
    let names: BTreeSet<(&str, Kind)> =
        packages.filter_map(|package| Some((package.registry()?, package.id.kind))).collect();
    let one =
        |(name, kind): (&str, Kind)| Some((name.to_string(), faults.take(target(name, kind, config, env))?));
    let found = names.into_iter().filter_map(one).collect();
    faults.or(found)
}

/// Variables that hold a token of some registry, or get one, and other secrets that the configuration names; no child
/// but an upload may see one.
pub fn token_variables(config: &Config) -> Vec<String> {
    let known = addresses::all().flat_map(|preset| preset.token_env.iter().map(ToString::to_string));
    let own = config.registries.iter().flat_map(|(name, rules)| {
        let preset = addresses::preset(rules.preset.as_deref().unwrap_or(name));
        let kind = preset.map_or(Kind::Cargo, |preset| preset.kind);
        rules.token_env.clone().unwrap_or_else(|| default_token_env(preset, kind, name))
    });
    let more = [
        "FLIT_PASSWORD",
        "GEM_HOST_API_KEY",
        "HATCH_INDEX_AUTH",
        "MATURIN_PASSWORD",
        "NPM_TOKEN",
        "TWINE_PASSWORD",
        "UV_PUBLISH_PASSWORD",
        "UV_PUBLISH_USERNAME",
    ];
    let more = more.iter().chain(IDENTITY).map(ToString::to_string);
    let webhook = config.notify.webhook_env.clone();
    let mut names: Vec<String> = known.chain(own).chain(more).chain(webhook).collect();
    names.sort();
    names.dedup();
    names
}

/// Variables by which a CI proves who it is: whoever sees them can have a token made (trusted publishing).
pub const IDENTITY: &[&str] =
    &["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "NPM_ID_TOKEN", "PYPI_ID_TOKEN"];

/// As uv's own users give them. At a public registry only tokens count.
fn login(kind: Kind, env: &dyn Fn(&str) -> Option<String>) -> Option<(String, Secret)> {
    let set = |name: &str| env(name).filter(|text| !text.is_empty());
    let both = || Some((set("UV_PUBLISH_USERNAME")?, Secret::new(set("UV_PUBLISH_PASSWORD")?)));
    if kind == Kind::Uv { both() } else { None }
}

fn default_token_env(preset: Option<&addresses::Preset>, kind: Kind, name: &str) -> Vec<String> {
    match preset {
        Some(preset) => preset.token_env.iter().map(ToString::to_string).collect(),
        None if kind == Kind::Gem => vec!["GEM_HOST_API_KEY".to_string()],
        None if matches!(kind, Kind::Own(_)) => {
            vec![format!("{}_TOKEN", name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"))]
        }
        // As cargo names it.
        None => vec![format!("CARGO_REGISTRIES_{}_TOKEN", name.to_uppercase().replace('-', "_"))],
    }
}

fn unknown(name: &str, preset: &str, kind: Kind, line: usize) -> Fault {
    let known: Vec<&str> = addresses::all().filter(|preset| preset.kind == kind).map(|p| p.name).collect();
    let fault = Fault::usage(format!("registry `{}` is not known", preset.escape_debug()));
    let fault = if line > 0 { fault.at(crate::config::FILE, line) } else { fault };
    fault.help(format!("use one of {}, or give `index` in `[registry.{name}]`", known.join(", ")))
}

fn with_slash(mut address: String) -> String {
    if !address.is_empty() && !address.ends_with('/') {
        address.push('/');
    }
    address
}

/// A refusal with what was said beside it.
fn refusal(status: u16, said: &str) -> String {
    let said = if said.is_empty() { String::new() } else { format!(":\n{said}") };
    format!("the registry answered with status {status}{said}")
}

/// The presence that a status without a body means; none for a body that has to be read.
fn by_status(response: &Response) -> Option<Presence> {
    match response.status {
        200 => None,
        // 410 and 451: taken away for good, which is an answer too.
        404 | 410 | 451 => Some(Presence::Absent),
        status => Some(Presence::Unknown(format!("the registry answered with status {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::target;
    use crate::config::Config;
    use crate::model::Kind;

    fn page(config: &str, registry: &str, kind: Kind, name: &str) -> Option<String> {
        let config = Config::parse("castoff.toml", config).unwrap();
        target(registry, kind, &config, &|_| None).unwrap().page(name, "1.2.0")
    }

    /// Without scheme and host, which stand in one file alone.
    fn path(page: Option<String>) -> String {
        page.unwrap().splitn(4, '/').nth(3).unwrap().to_string()
    }

    #[test]
    fn a_version_on_a_public_registry_has_a_page() {
        for (registry, kind, name, expected) in [
            ("crates-io", Kind::Cargo, "core", "crates/core/1.2.0"),
            ("pypi", Kind::Uv, "core", "project/core/1.2.0/"),
            ("npm", Kind::Npm, "@org/core", "package/@org/core/v/1.2.0"),
            ("rubygems", Kind::Gem, "core", "gems/core/versions/1.2.0"),
        ] {
            assert_eq!(path(page("", registry, kind, name)), expected);
        }
        let test = page("[registry.pypi]\nuse = \"testpypi\"\n", "pypi", Kind::Uv, "core").unwrap();
        assert!(test.contains("://test."), "{test}");
    }

    #[test]
    fn on_a_server_of_ones_own_the_index_is_all_there_is() {
        let own =
            "[registry.pypi]\nupload = \"http://127.0.0.1:1/\"\nindex = \"http://127.0.0.1:1/simple\"\n";
        assert_eq!(page(own, "pypi", Kind::Uv, "core").unwrap(), "http://127.0.0.1:1/simple/");
        let corp = "[registry.corp]\nindex = \"sparse+http://127.0.0.1:1/index/\"\n";
        assert_eq!(page(corp, "corp", Kind::Cargo, "core").unwrap(), "http://127.0.0.1:1/index/");
        let ssh = "[registry.corp]\nindex = \"ssh://git.example/index\"\n";
        assert_eq!(page(ssh, "corp", Kind::Cargo, "core"), None);
    }
}
