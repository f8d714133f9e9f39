//! `castoff.toml` → `Config`. Every key is optional; a key that is not known is an error that names the nearest
//! known one, because a rule that is silently not applied is worse than none.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::{Fault, Faults};
use crate::pattern::Pattern;
use section::Section;

mod building;
mod component;
mod extra;
mod notify;
mod overrides;
mod publish;
mod release;
mod section;
pub mod sections;

pub use building::{Building, Written};
pub use component::{ComponentRules, Pin, Scheme};
pub use extra::{ExtraFile, Place};
pub use notify::Notify;
pub use overrides::Override;
pub use publish::{Barrier, ON_DUPLICATE, OnDuplicate, Publish, RegistryRules, Smoke, Trusted};
pub use release::{BumpMode, Changelog, Release};
pub use sections::CommitSection;

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
    /// `[notify]`.
    pub notify: Notify,
    /// `[[section]]`, or those that are usual.
    pub sections: Vec<CommitSection>,
    /// `[override."COMMIT"]`, in the order of the file.
    pub overrides: Vec<Override>,
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
    ///
    /// ```
    /// use castoff::config::{BumpMode, Config};
    ///
    /// let config = Config::parse("castoff.toml", "[component.core]\nbump = 'paths'").unwrap();
    /// assert_eq!(config.mode("core"), BumpMode::Paths);
    /// let wrong = Config::parse("castoff.toml", "[publsh]\njobs = 4").unwrap_err();
    /// assert!(wrong.to_string().contains("did you mean `publish`?"));
    /// ```
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

    /// The files that it names as holding a version, so that their texts have to be read.
    pub fn versioned_files(&self) -> BTreeSet<&str> {
        let extra = self.components.iter().flat_map(|rules| &rules.extra_files);
        let version_files = self.components.iter().filter_map(|rules| rules.version_file.as_deref());
        version_files.chain(extra.map(|file| file.path.as_str())).collect()
    }

    /// How requirements of a component on packages of the repository are published, where that is written.
    pub fn pin(&self, component: &str) -> Option<Pin> {
        self.component(component).and_then(|rules| rules.pin).or(self.release.pin)
    }

    /// The rules of a component.
    pub fn component(&self, name: &str) -> Option<&ComponentRules> {
        self.components.iter().find(|rules| rules.name == name)
    }
}

fn read(root: &mut Section, faults: &mut Faults) -> Config {
    let release = root.section("release", faults, release::read);
    let paths = root.tables("paths", faults, path_sets);
    let components = root.tables("component", faults, |parent, faults| {
        parent.each(faults, |name, section, faults| component::read(name, section, faults))
    });
    let publish = root.section("publish", faults, publish::read);
    let registries = root.tables("registry", faults, |parent, faults| {
        parent.each(faults, |name, section, faults| (name.to_string(), publish::registry(section, faults)))
    });
    let notify = root.section("notify", faults, notify::read);
    let sections = root.list("section", faults, sections::read).unwrap_or_else(sections::usual);
    let overrides = root.tables("override", faults, |parent, faults| parent.each(faults, overrides::read));
    root.refuse_unknown(faults);
    let registries = registries.into_iter().collect();
    Config { release, paths, components, publish, registries, notify, sections, overrides }
}

fn path_sets(section: &mut Section, faults: &mut Faults) -> Vec<(String, Vec<Pattern>)> {
    let names = section.keys();
    names.into_iter().map(|name| (name.clone(), section.patterns(&name, &[], faults))).collect()
}

/// A fault in the configuration file that does not come from reading it.
pub fn fault(line: usize, message: impl Into<String>) -> Fault {
    Fault::usage(message).at(FILE, line)
}

#[cfg(test)]
mod tests;
