//! The packages of a tree, and the components that they are released as.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{self, ComponentRules, Config};
use crate::ecosystem;
use crate::fault::{Fault, Faults};
use crate::model::{Component, Package, PackageId, Tree, VersionHome};
use crate::pattern::Pattern;
use crate::registry::addresses;
use crate::version::Version;

mod building;
mod extensions;
mod in_step;

/// What a repository releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Every package, sorted by id.
    pub packages: Vec<Package>,
    /// Every component: those of the configuration in its order, then the others by name.
    pub components: Vec<Component>,
    /// Private crates that are built into packages of another ecosystem, with those packages.
    pub part_of: BTreeMap<PackageId, BTreeSet<PackageId>>,
    /// Private packages that go with the version of a published one, though nobody sees it: see `in_step`.
    pub in_step: BTreeMap<PackageId, PackageId>,
}

impl Workspace {
    /// The package of an id.
    pub fn package(&self, id: &PackageId) -> Option<&Package> {
        let place = self.packages.binary_search_by(|package| package.id.cmp(id)).ok()?;
        self.packages.get(place)
    }

    /// The component that a package is released with.
    pub fn component_of(&self, id: &PackageId) -> Option<&Component> {
        self.components.iter().find(|component| component.packages.contains(id))
    }

    /// The versions that a release gives, with those of private packages that go with them.
    pub fn with_in_step(&self, next: &BTreeMap<PackageId, Version>) -> BTreeMap<PackageId, Version> {
        let following = self.in_step.iter().filter_map(|(id, leader)| {
            // Where a binding gets a fourth number, its crate cannot follow.
            let version =
                next.get(leader).filter(|next| leader.kind == id.kind || next.release.len() <= 3)?;
            Some((id.clone(), version.clone()))
        });
        following.chain(next.iter().map(|(id, version)| (id.clone(), version.clone()))).collect()
    }

    /// Whether a package is released with a component: as one of its packages, or built into one.
    pub fn is_released_with(&self, id: &PackageId, component: &Component) -> bool {
        let hosts = self.part_of.get(id);
        component.packages.contains(id)
            || hosts.is_some_and(|hosts| hosts.iter().any(|host| component.packages.contains(host)))
    }

    /// The published package whose name, or a word of it, is nearest to this one; none where all are far.
    fn near(&self, name: &str) -> Option<&str> {
        let far = |other: &str| {
            let words = other.split(['-', '_', '/', '@']).chain([other]);
            words.map(|word| strsim::damerau_levenshtein(word, name)).min().unwrap_or(usize::MAX)
        };
        let published = self.packages.iter().filter(|package| package.publishable());
        let nearest = published.map(|package| package.id.name.as_str()).min_by_key(|other| far(other))?;
        (far(nearest) <= name.chars().count() / 3).then_some(nearest)
    }

    /// The packages that a user means by an id, or by a bare name where it is unique.
    ///
    /// # Errors
    /// A name that means nothing, or several packages.
    pub fn named(&self, name: &str) -> Result<&Package, Fault> {
        let found: Vec<&Package> = self
            .packages
            .iter()
            .filter(|package| package.id.name == name || package.id.to_string() == name)
            .collect();
        match found[..] {
            [package] => Ok(package),
            [] => {
                let guess = self.near(name).map_or(String::new(), |near| format!("did you mean `{near}`? "));
                let fault = Fault::usage(format!("no package is named `{}`", name.escape_debug()));
                Err(fault.help(format!("{guess}`castoff discover` lists all")))
            }
            _ => {
                let ids: Vec<String> = found.iter().map(|package| format!("`{}`", package.id)).collect();
                Err(Fault::usage(format!("`{name}` is the name of several packages"))
                    .help(format!("say {}", ids.join(" or "))))
            }
        }
    }
}

/// Finds the packages of a tree and forms components; `repository` is the name of its directory.
///
/// # Errors
/// Manifests that cannot be read, and rules of the configuration that do not fit what is there.
pub fn read(tree: &Tree, config: &Config, repository: &str) -> Result<Workspace, Faults> {
    let mut faults = Faults::default();
    let excluded = |path: &str| config.release.exclude.iter().any(|pattern| pattern.matches(path));
    let texts = tree
        .texts
        .iter()
        .filter(|(path, _)| !excluded(path))
        .map(|(path, text)| (path.clone(), text.clone()));
    let visible = Tree { files: tree.files.clone(), texts: texts.collect(), answers: tree.answers.clone() };
    let mut packages: Vec<Package> = ecosystem::all()
        .flat_map(|ecosystem| faults.take(ecosystem.discover(&visible)).unwrap_or_default())
        .collect();
    packages.sort_by(|one, other| (&one.id, !one.publishable()).cmp(&(&other.id, !other.publishable())));
    faults.0.extend(same_names(&packages));
    packages.dedup_by(|one, other| one.id == other.id);
    let extensions = extensions::attach(&mut packages, &visible);
    faults.0.extend(unused_registries(&packages, config));
    let components = faults.take(components(&packages, config, repository)).unwrap_or_default();
    faults.0.extend(building::apply(&mut packages, &components, config));
    let in_step = in_step::find(&packages, config, &extensions.hosts);
    faults.or(Workspace { packages, components, part_of: extensions.part_of, in_step })
}

/// Only one package of a name can be published; private ones, as examples often are, give way to it and to each other.
fn same_names(packages: &[Package]) -> Vec<Fault> {
    let fault = |pair: &[Package]| {
        let fault = Fault::usage(format!("two packages are named `{}`", pair[0].id)).at(&pair[1].manifest, 0);
        let help = format!(
            "rename one, make it private, or leave it out: `exclude = [\"{}/**\"]` in `[release]`",
            pair[1].dir
        );
        fault.because(format!("the other one is `{}`", pair[0].manifest)).help(help)
    };
    let same = packages.windows(2).filter(|pair| pair[0].id == pair[1].id && pair[1].publishable());
    same.map(fault).collect()
}

/// A registry that nothing goes to is a slip of the keyboard, and what was meant would go to the public one.
fn unused_registries(packages: &[Package], config: &Config) -> Vec<Fault> {
    let used: BTreeSet<&str> = packages.iter().filter_map(Package::registry).collect();
    let known = |name: &str| used.contains(name) || addresses::preset(name).is_some();
    let unused = config.registries.iter().filter(|(name, _)| !known(name));
    let fault = |(name, rules): (&String, &config::RegistryRules)| {
        let names = used.iter().copied().chain(addresses::all().map(|preset| preset.name));
        let nearest = names.min_by_key(|other| strsim::damerau_levenshtein(other, name)).unwrap_or_default();
        let message = format!("no package goes to the registry `{}`", name.escape_debug());
        config::fault(rules.line, message).help(format!("did you mean `[registry.{nearest}]`?"))
    };
    unused.map(fault).collect()
}

fn components(packages: &[Package], config: &Config, repository: &str) -> Result<Vec<Component>, Faults> {
    let mut faults = Faults::default();
    let mut named: Vec<(String, Vec<PackageId>)> = Vec::new();
    let mut taken: BTreeMap<&PackageId, &str> = BTreeMap::new();
    for rules in &config.components {
        let members = faults.take(members(rules, packages)).unwrap_or_default();
        for package in &members {
            if let Some(other) = taken.insert(&package.id, &rules.name) {
                let message =
                    format!("`{}` is in two components, `{other}` and `{}`", package.id, rules.name);
                faults.push(config::fault(rules.line, message).help("name it in one of them only"));
            }
        }
        named.push((rules.name.clone(), members.iter().map(|package| package.id.clone()).collect()));
    }
    let left: Vec<&Package> =
        packages.iter().filter(|package| package.publishable() && !taken.contains_key(&package.id)).collect();
    let given: Vec<&str> = config.components.iter().map(|rules| rules.name.as_str()).collect();
    let mut others = by_version_field(&left, repository, &given);
    others.sort();
    named.extend(others);
    if let Some(fault) = split_version_field(packages, &named) {
        faults.push(fault);
    }
    let alone = named.len() == 1;
    let form = |(name, packages): (String, Vec<PackageId>)| {
        let default = if alone { "v{version}" } else { "{component}-v{version}" };
        let own = config.component(&name).and_then(|rules| rules.tag.as_deref());
        let pattern = own.or(config.release.tag.as_deref()).unwrap_or(default);
        Component { tag: pattern.replace("{component}", &name), name, packages }
    };
    let components: Vec<Component> = named.into_iter().map(form).collect();
    faults.0.extend(same_tags(&components));
    faults.or(components)
}

/// The publishable packages that a component's rules name.
fn members<'a>(rules: &ComponentRules, packages: &'a [Package]) -> Result<Vec<&'a Package>, Faults> {
    let mut found: BTreeMap<&PackageId, &Package> = BTreeMap::new();
    for text in &rules.packages {
        let pattern = Pattern::new(text).map_err(|why| {
            config::fault(
                rules.line,
                format!("`packages` of `[component.{}]` holds the glob `{text}`", rules.name),
            )
            .because(why)
        })?;
        let fits = |package: &&Package| {
            pattern.matches(&package.id.to_string()) || pattern.matches(&package.id.name)
        };
        let matched: Vec<&Package> = packages.iter().filter(fits).collect();
        if matched.is_empty() {
            let message = format!("`{text}` of `[component.{}]` matches no package", rules.name);
            return Err(config::fault(rules.line, message)
                .help("`castoff discover` lists what there is")
                .into());
        }
        found.extend(
            matched.into_iter().filter(|package| package.publishable()).map(|package| (&package.id, package)),
        );
    }
    if found.is_empty() && !rules.packages.is_empty() {
        let fault =
            config::fault(rules.line, format!("no package of `[component.{}]` is published", rules.name));
        return Err(fault
            .because("private packages are never bumped or tagged")
            .help("`castoff discover` says why each is private")
            .into());
    }
    Ok(found.into_values().collect())
}

/// One component for each version field; `given` are names that are taken already.
fn by_version_field(
    packages: &[&Package],
    repository: &str,
    given: &[&str],
) -> Vec<(String, Vec<PackageId>)> {
    let mut fields: BTreeMap<(Option<&VersionHome>, Option<&PackageId>), Vec<&Package>> = BTreeMap::new();
    for package in packages {
        let key = match &package.version_home {
            // A crate and the Python package built from it may have one field too.
            home @ (VersionHome::Shared(_) | VersionHome::Own(_)) => (Some(home), None),
            VersionHome::Tag => (None, Some(&package.id)),
        };
        fields.entry(key).or_default().push(package);
    }
    let name = |members: &[&Package]| match members {
        [package] if !matches!(package.version_home, VersionHome::Shared(_)) => package.id.name.clone(),
        members => {
            let root = members.iter().find(|package| package.dir == package.workspace);
            root.map_or(repository.to_string(), |package| package.id.name.clone())
        }
    };
    let groups: Vec<(String, Vec<&Package>)> =
        fields.into_values().map(|members| (name(&members), members)).collect();
    let ids = |members: &[&Package]| members.iter().map(|package| package.id.clone()).collect();
    let names = unique_names(&groups, given);
    names.into_iter().zip(&groups).map(|(name, (_, members))| (name, ids(members))).collect()
}

/// Equal names get the ecosystem behind them; where that does not tell them apart, the directory of the workspace.
fn unique_names(groups: &[(String, Vec<&Package>)], given: &[&str]) -> Vec<String> {
    let count = |name: &str| {
        groups.iter().filter(|(other, _)| other == name).count()
            + given.iter().filter(|other| **other == name).count()
    };
    let with_kind = |name: &str, members: &[&Package]| match members.first() {
        Some(package) if count(name) > 1 => format!("{name}-{}", package.id.kind.suffix()),
        _ => name.to_string(),
    };
    let names: Vec<String> = groups.iter().map(|(name, members)| with_kind(name, members)).collect();
    let is_twice = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let with_dir = |(name, (_, members)): (&String, &(String, Vec<&Package>))| match members.first() {
        Some(package) if is_twice(name) && !package.workspace.is_empty() => {
            package.workspace.replace('/', "-")
        }
        _ => name.clone(),
    };
    names.iter().zip(groups).map(with_dir).collect()
}

/// Packages that share one version field cannot have two versions.
fn split_version_field(packages: &[Package], named: &[(String, Vec<PackageId>)]) -> Option<Fault> {
    let component =
        |id: &PackageId| named.iter().find(|(_, members)| members.contains(id)).map(|(name, _)| name);
    let mut homes: BTreeMap<&VersionHome, BTreeSet<&String>> = BTreeMap::new();
    for package in packages.iter().filter(|package| package.version_home != VersionHome::Tag) {
        homes.entry(&package.version_home).or_default().extend(component(&package.id));
    }
    let (home, names) = homes.into_iter().find(|(_, names)| names.len() > 1)?;
    let (VersionHome::Shared(file) | VersionHome::Own(file)) = home else { return None };
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let fault =
        Fault::usage(format!("the components {} share one version field", names.join(" and "))).at(file, 0);
    Some(fault.help("put their packages into one `[component.NAME]`, or give each a version of its own"))
}

fn same_tags(components: &[Component]) -> Vec<Fault> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let clash = |component: &Component, other: &str| {
        let fault = Fault::usage(format!(
            "the components `{other}` and `{}` have the same tag, `{}`",
            component.name, component.tag
        ));
        fault.help("put `{component}` into `tag`, or make them one component")
    };
    let mut faults = Vec::new();
    for component in components {
        if let Some(other) = seen.insert(&component.tag, &component.name) {
            faults.push(clash(component, other));
        }
    }
    faults
}

#[cfg(test)]
mod tests;
