//! Changes of gemspecs, Gemfiles, version files and Gemfile.lock: versions, requirements on gems of the repository,
//! the lock's own entries of its gems.

use std::collections::{BTreeMap, BTreeSet};

use super::discover::{Gem, open};
use super::gemfile;
use super::gemspec::{Clauses, Needed};
use super::lock::{self, Role};
use super::requirement::{accepts, locked, raise};
use crate::ecosystem::Bumps;
use crate::edit::replace_plain;
use crate::edit::ruby::Token;
use crate::effect::Edit;
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Need, Package, PackageId, Tree};
use crate::path;
use crate::version::Version;

/// Next versions by name.
type Next<'a> = BTreeMap<&'a str, &'a Version>;

/// A gem with its gemspec opened.
struct Open<'a> {
    package: &'a Package,
    gem: Gem<'a>,
    next: Option<&'a Version>,
}

pub(super) fn edits(tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
    let ours: Vec<&Package> = bumps.packages.iter().filter(|package| package.id.kind == Kind::Gem).collect();
    let next: Next = bumps
        .next
        .iter()
        .filter(|(id, _)| id.kind == Kind::Gem)
        .map(|(id, version)| (id.name.as_str(), version))
        .collect();
    if next.is_empty() {
        return Ok(Vec::new());
    }
    let gems = ours.iter().map(|package| Open {
        package,
        gem: open(tree, package),
        next: next.get(package.id.name.as_str()).copied(),
    });
    let gems: Vec<Open> = gems.collect();
    let mut faults = Faults::default();
    let mut edits = Vec::new();
    for gem in &gems {
        edits.extend(faults.take(version_edit(tree, gem).map_err(Faults::from)).flatten());
        edits.extend(requirement_edits(tree, gem, &next));
    }
    let named =
        |names: &'static [&str]| tree.texts.iter().filter(move |(file, _)| names.contains(&path::name(file)));
    for (file, text) in named(&gemfile::NAMES) {
        for line in gemfile::local(text) {
            edits.extend(clause_edits(
                file,
                text,
                line.name,
                &line.clauses.iter().collect::<Vec<_>>(),
                false,
                &next,
            ));
        }
    }
    for (file, text) in named(&lock::NAMES) {
        edits.extend(
            faults.take(lock_edits(tree, file, text, &gems, &next).map_err(Faults::from)).unwrap_or_default(),
        );
    }
    edits.sort();
    edits.dedup();
    faults.or(edits)
}

fn version_edit(tree: &Tree, gem: &Open) -> Result<Option<Edit>, Fault> {
    let Some(version) = gem.next else { return Ok(None) };
    let Some(place) = gem.gem.place(tree) else {
        let name = &gem.package.id.name;
        let fault = Fault::usage(format!("cannot find where the version of `{name}` stands"));
        let help = "write it as `VERSION = \"1.2.3\"` in `lib/…/version.rb`, which the gemspec requires";
        return Err(fault.at(&gem.package.manifest, 0).help(help));
    };
    let text = tree.text(&place.file).unwrap_or_default();
    Ok(replace_plain(&place.file, text, "version", place.range, &version.gem()))
}

/// As for cargo: raised where broken, and where the gem is released anyway.
fn requirement_edits(tree: &Tree, gem: &Open, next: &Next) -> Vec<Edit> {
    let Some(spec) = &gem.gem.spec else { return Vec::new() };
    let text = tree.text(spec.path).unwrap_or_default();
    let edit = |needed: &Needed| match &needed.clauses {
        Clauses::Written(clauses) => {
            clause_edits(spec.path, text, needed.name.text, clauses, gem.next.is_some(), next)
        }
        Clauses::OwnVersion(_) | Clauses::Computed => Vec::new(),
    };
    spec.needed().0.iter().flat_map(edit).collect()
}

fn clause_edits(
    file: &str,
    text: &str,
    name: &str,
    clauses: &[&Token],
    released: bool,
    next: &Next,
) -> Vec<Edit> {
    let Some(version) = next.get(name) else { return Vec::new() };
    let to = raised(clauses, version, released);
    let edit = |(token, to): (&&Token, &String)| replace_plain(file, text, name, token.range.clone(), to);
    clauses.iter().zip(&to).filter_map(edit).collect()
}

/// The clauses after the release.
fn raised(clauses: &[&Token], version: &Version, released: bool) -> Vec<String> {
    let fits = accepts(&clauses.iter().map(|token| token.text).collect::<Vec<_>>().join(", "), version);
    let raise = |token: &&Token| match fits && !released {
        true => token.text.to_string(),
        false => raise(token.text, version, fits),
    };
    clauses.iter().map(raise).collect()
}

/// The smallest change of a lock: the gems' own entries, and what they ask of each other.
fn lock_edits(tree: &Tree, file: &str, text: &str, gems: &[Open], next: &Next) -> Result<Vec<Edit>, Fault> {
    let by_name: BTreeMap<&str, &Open> = gems.iter().map(|gem| (gem.package.id.name.as_str(), gem)).collect();
    let asked = asked(tree, path::parent(file), gems, next);
    let mut edits = Vec::new();
    let mut local = BTreeSet::new();
    let mut owner = None;
    for line in lock::lines(file, text) {
        let gem = by_name.get(line.name).copied();
        let to = match line.role {
            Role::Spec => {
                owner = gem;
                local.extend(gem.map(|_| line.name));
                gem.and_then(|gem| gem.next).map(|version| with_platform(line.inner, version))
            }
            Role::Checksum if local.contains(line.name) && !line.inner.is_empty() => {
                gem.and_then(|gem| gem.next).map(|version| with_platform(line.inner, version))
            }
            Role::Needs if gem.is_some() => owner.and_then(|owner| asks(owner, line.name, next)),
            Role::Asked => {
                let change = asked.iter().find(|(name, from, _)| *name == line.name && from == line.inner);
                change.map(|(_, _, to)| to.clone())
            }
            Role::Checksum | Role::Needs => None,
        };
        if let Some(to) = to.filter(|to| !line.inner.is_empty() && !to.is_empty()) {
            edits.extend(replace_plain(file, text, line.name, line.range, &to));
        }
    }
    let gemfile = gemfile::of(path::parent(file), |file| tree.texts.contains_key(file));
    let has_gemspec = gemfile.and_then(|file| tree.text(&file)).is_some_and(gemfile::has_gemspec);
    let mut here = gems.iter().filter(|gem| has_gemspec && gem.package.dir == path::parent(file));
    match here.find(|gem| gem.next.is_some() && !local.contains(gem.package.id.name.as_str())) {
        None => Ok(edits),
        Some(gem) => Err(Fault::usage(format!("`{file}` has no entry for `{}`", gem.package.id.name))
            .at(file, 0)
            .because("the lock is not up to date")
            .help("run `bundle lock` and commit the lock")),
    }
}

/// `1.2.0` or `1.2.0-java`, with another version.
fn with_platform(written: &str, version: &Version) -> String {
    let platform = written.find('-').map_or("", |at| &written[at..]);
    format!("{}{platform}", version.gem())
}

/// What a gem asks of another after the release, as a lock writes it.
fn asks(owner: &Open, name: &str, next: &Next) -> Option<String> {
    let spec = owner.gem.spec.as_ref()?;
    let needed =
        spec.needed().0.into_iter().find(|needed| needed.name.text == name && needed.need != Need::Dev)?;
    match &needed.clauses {
        Clauses::Written(clauses) => {
            let to = match next.get(name) {
                Some(version) => raised(clauses, version, owner.next.is_some()),
                None => return None,
            };
            Some(locked(&to))
        }
        Clauses::OwnVersion(operator) => Some(locked(&[format!("{operator} {}", owner.next?.gem())])),
        // What was its own version before is so afterwards.
        Clauses::Computed => {
            let before = format!("= {}", owner.package.version.gem());
            let follows = owner.gem.answered(name) == Some(before.as_str());
            follows.then(|| Some(format!("= {}", owner.next?.gem()))).flatten()
        }
    }
}

/// What the Gemfile of a directory, and its gem for development, ask for: name, and before and after the release.
fn asked<'g>(tree: &'g Tree, dir: &str, gems: &'g [Open], next: &Next) -> Vec<(String, String, String)> {
    let gemfile = gemfile::of(dir, |file| tree.texts.contains_key(file));
    let text = gemfile.and_then(|file| tree.text(&file)).unwrap_or_default();
    let change = |name: &str, clauses: &[&Token], released: bool| {
        let version = next.get(name)?;
        let before: Vec<String> = clauses.iter().map(|token| token.text.to_string()).collect();
        Some((name.to_string(), locked(&before), locked(&raised(clauses, version, released))))
    };
    let mut found: Vec<(String, String, String)> = gemfile::local(text)
        .iter()
        .filter_map(|line| change(line.name, &line.clauses.iter().collect::<Vec<_>>(), false))
        .collect();
    for gem in gems.iter().filter(|gem| gem.package.dir == dir) {
        for needed in gem.gem.spec.iter().flat_map(|spec| spec.needed().0) {
            if let (Clauses::Written(clauses), Need::Dev) = (&needed.clauses, needed.need) {
                found.extend(change(needed.name.text, clauses, gem.next.is_some()));
            }
        }
    }
    found
}

/// Requirements as they are published: exact or compatible with what the release was built with.
pub(super) fn pins(
    tree: &Tree,
    package: &Package,
    operator: &str,
    versions: &BTreeMap<PackageId, Version>,
) -> Vec<Edit> {
    let gem = open(tree, package);
    let (Some(spec), Some(text)) = (&gem.spec, tree.text(&package.manifest)) else { return Vec::new() };
    let pin = |needed: &Needed| {
        let id = PackageId::new(Kind::Gem, needed.name.text);
        let version = versions.get(&id).filter(|_| needed.need != Need::Dev && id != package.id)?;
        let to = format!("{operator} {}", version.gem());
        match &needed.clauses {
            Clauses::Written(clauses) => match (clauses.first(), clauses.last()) {
                // What stands between the first and the last quote goes.
                (Some(first), Some(last)) => {
                    replace_plain(spec.path, text, needed.name.text, first.range.start..last.range.end, &to)
                }
                _ => {
                    let behind = needed.name.range.end + 1;
                    replace_plain(spec.path, text, needed.name.text, behind..behind, &format!(", \"{to}\""))
                }
            },
            Clauses::OwnVersion(_) | Clauses::Computed => None,
        }
    };
    spec.needed().0.iter().filter_map(pin).collect()
}
