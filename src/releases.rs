//! The releases that a repository has made, and which of them a word means: `core-v1.2.0`, `core@1.2.0`. A release is a
//! version of a component; its tag says from which commit it was made.

use std::cmp::Ordering;

use crate::detect::history::own_tags;
use crate::fault::Fault;
use crate::model::{Component, Tag};
use crate::version::Version;
use crate::versions::is_past;
use crate::workspace::Workspace;

pub mod status;

/// One release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release<'a> {
    /// What was released.
    pub component: &'a Component,
    /// As what.
    pub version: Version,
    /// Its tag, where one was made.
    pub tag: Option<&'a Tag>,
}

/// Every tagged release of a component, the newest first.
pub fn of<'a>(component: &'a Component, tags: &'a [Tag]) -> Vec<Release<'a>> {
    let mut found: Vec<Release> = own_tags(tags, &component.tag)
        .into_iter()
        .map(|(version, tag)| Release { component, version, tag: Some(tag) })
        .collect();
    found.sort_by(|one, other| other.version.cmp(&one.version));
    // Two tags of one version are two spellings of it.
    found.dedup_by(|one, other| one.version.by_value(&other.version) == Ordering::Equal);
    found
}

/// What a word names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// A component, by its name or that of one of its packages; no word of a version.
    Component(&'a Component),
    /// One release.
    Release(Release<'a>),
}

/// What a word of a user's names: a tag, `COMPONENT@VERSION`, `COMPONENT=VERSION`, or a component alone. A package's
/// name means its component.
///
/// # Errors
/// It names nothing, or something that is never released.
pub fn named<'a>(workspace: &'a Workspace, tags: &'a [Tag], word: &str) -> Result<Named<'a>, Fault> {
    if let Some(release) = by_tag(workspace, tags, word) {
        return Ok(Named::Release(release));
    }
    // A scope begins with the sign that stands before a version.
    let parts = word.split_once('=').or_else(|| word.rsplit_once('@').filter(|(name, _)| !name.is_empty()));
    let Some((name, version)) = parts else { return Ok(Named::Component(component(workspace, word)?)) };
    let component = component(workspace, name)?;
    let Ok(version) = version.parse::<Version>() else {
        let fault = Fault::usage(format!("`{}` is no version", version.escape_debug()));
        return Err(fault.help(format!("write it as `{name}@1.2.0`")));
    };
    Ok(Named::Release(release(component, tags, version)))
}

/// A release by its version; its tag may spell that otherwise.
pub fn release<'a>(component: &'a Component, tags: &'a [Tag], version: Version) -> Release<'a> {
    let tagged = own_tags(tags, &component.tag);
    let mut same = tagged.into_iter().filter(|(other, _)| other.by_value(&version) == Ordering::Equal);
    let tag = same.next().map(|(_, tag)| tag);
    Release { component, version, tag }
}

/// How to replace a release that nobody shall use any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement<'a> {
    /// A greater one that is good: then nothing has to be released.
    pub newer: Option<Release<'a>>,
    /// The last good one before it.
    pub from: Option<Release<'a>>,
    /// The version that replaces it: greater than everything that is out in its line, for numbers are used once.
    pub next: Version,
}

/// How to replace a release; `others` are all of its component, and some of them may be good.
pub fn replacement<'a>(
    release: &Release<'a>,
    others: &[Release<'a>],
    is_good: &dyn Fn(&Release) -> bool,
) -> Replacement<'a> {
    let bad = &release.version;
    // Who had a final version does not want a candidate in its place.
    let serves = |other: &&Release| (bad.is_pre() || !other.version.is_pre()) && is_good(other);

    let newer = others.iter().filter(|other| other.version > *bad).filter(serves);
    let older = others.iter().filter(|other| other.version < *bad).filter(serves);
    let by_version = |one: &&Release, other: &&Release| one.version.cmp(&other.version);
    let line = others.iter().map(|other| &other.version).filter(|other| is_past(other, bad));
    Replacement {
        newer: newer.max_by(by_version).cloned(),
        from: older.max_by(by_version).cloned(),
        next: above(line.chain([bad]).max().unwrap_or(bad)),
    }
}

/// The smallest step: the next candidate of a row, else the last number one greater.
fn above(version: &Version) -> Version {
    if version.is_pre() {
        return version.next_pre();
    }
    let mut numbers: Vec<u64> = (0..version.release.len().max(3)).map(|place| version.part(place)).collect();
    if let Some(last) = numbers.last_mut() {
        *last += 1;
    }
    version.with_numbers(numbers)
}

/// A tag, also one that was never made: what was published is not always tagged.
fn by_tag<'a>(workspace: &'a Workspace, tags: &'a [Tag], word: &str) -> Option<Release<'a>> {
    let of = |component: &'a Component| {
        let (before, after) = component.tag.split_once("{version}")?;
        let text = word.strip_prefix(before)?.strip_suffix(after)?;
        let version = text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())??;
        Some((before.len(), release(component, tags, version)))
    };
    // `acme-2-v1.0.0` is none of `acme-{version}`: the longest beginning is meant.
    let found = workspace.components.iter().filter_map(of);
    found.max_by_key(|(length, _)| *length).map(|(_, release)| release)
}

fn component<'a>(workspace: &'a Workspace, name: &str) -> Result<&'a Component, Fault> {
    if let Some(component) = workspace.components.iter().find(|component| component.name == name) {
        return Ok(component);
    }
    let package = workspace.named(name)?;
    let never =
        || Fault::usage(format!("`{}` is never published", package.id)).help("`castoff discover` says why");
    workspace.component_of(&package.id).ok_or_else(never)
}

#[cfg(test)]
mod tests {
    use super::{Named, named, of, release, replacement};
    use crate::config::Config;
    use crate::model::{Tag, Tree};
    use crate::version::Version;
    use crate::workspace::{self, Workspace};

    fn workspace() -> Workspace {
        let manifest = |name: &str| format!("{{ \"name\": \"{name}\", \"version\": \"1.2.0\" }}");
        let paths = ["core", "core-2", "web"].map(|dir| format!("{dir}/package.json"));
        let names = ["core", "core-2", "@acme/web"];
        let texts = paths.iter().cloned().zip(names.map(manifest)).collect();
        let tree = Tree { files: paths.into_iter().collect(), texts, ..Tree::default() };
        let config = Config::parse(
            "castoff.toml",
            "[component.core]\npackages = ['npm:core']\ntag = 'core-{version}'\n",
        );
        workspace::read(&tree, &config.unwrap(), "repo").unwrap()
    }

    fn tags() -> Vec<Tag> {
        let names = [
            "@acme/web-v1.2.0",
            "core-0.9.0",
            "core-1.10.0",
            "core-1.2.0",
            "core-1.2.0-rc1",
            "core-2-v1.0.0",
        ];
        names.map(|name| Tag { name: name.to_string(), commit: format!("commit of {name}") }).to_vec()
    }

    #[test]
    fn a_release_has_several_names() {
        let (workspace, tags) = (workspace(), tags());
        for (word, expected) in [
            ("core-1.2.0", "core 1.2.0 by core-1.2.0"),
            ("core@1.2.0", "core 1.2.0 by core-1.2.0"),
            ("npm:core=1.2.0", "core 1.2.0 by core-1.2.0"),
            ("core@1.2.0-rc.1", "core 1.2.0-rc.1 by core-1.2.0-rc1"),
            ("core@3.0.0", "core 3.0.0 by "),
            ("core-3.0.0", "core 3.0.0 by "),
            ("core-2-v1.0.0", "core-2 1.0.0 by core-2-v1.0.0"),
            ("@acme/web@1.2.0", "@acme/web 1.2.0 by @acme/web-v1.2.0"),
            ("@acme/web-v1.2.0", "@acme/web 1.2.0 by @acme/web-v1.2.0"),
            ("@acme/web", "@acme/web"),
            ("core", "core"),
        ] {
            let shown = match named(&workspace, &tags, word).unwrap() {
                Named::Component(component) => component.name.clone(),
                Named::Release(release) => {
                    let tag = release.tag.map_or("", |tag| tag.name.as_str());
                    format!("{} {} by {tag}", release.component.name, release.version)
                }
            };
            assert_eq!(shown, expected, "{word}");
        }
        for word in ["cor", "core@", "core@x", "@acme", ""] {
            assert!(named(&workspace, &tags, word).is_err(), "{word}");
        }
    }

    /// What replaces a release, when some are bad.
    #[test]
    fn a_bad_release_is_replaced_by_a_version_above_all_that_are_out() {
        let workspace = workspace();
        let core = workspace.components.iter().find(|component| component.name == "core").unwrap();
        for (out, bad, expected) in [
            ("1.1.0 1.2.0", "1.2.0", "from 1.1.0 to 1.2.1"),
            ("1.1.0 1.2.0 1.2.1", "1.2.0 1.2.1", "from 1.1.0 to 1.2.2"),
            ("1.0.0 1.1.0 1.2.0", "1.2.0 1.1.0", "from 1.0.0 to 1.2.1"),
            ("1.1.0 1.2.0 1.3.0", "1.2.0", "1.3.0 is there"),
            ("1.2.0 2.0.0", "1.2.0 2.0.0", "from - to 1.2.1"),
            ("1.1.0 1.2.0-rc1 1.2.0", "1.2.0", "from 1.1.0 to 1.2.1"),
            ("1.1.0 1.2.0-rc1 1.2.0-rc2", "1.2.0-rc2", "from 1.2.0-rc1 to 1.2.0-rc3"),
            ("0.1.8.1 0.1.8.2", "0.1.8.2", "from 0.1.8.1 to 0.1.8.3"),
            ("", "1.0.0", "from - to 1.0.1"),
        ] {
            let tag = |version: &str| Tag { name: format!("core-{version}"), commit: String::new() };
            let mut tags: Vec<Tag> = out.split_whitespace().map(tag).collect();
            tags.sort();
            let bad: Vec<Version> = bad.split_whitespace().map(|text| text.parse().unwrap()).collect();
            let others = of(core, &tags);
            let one = release(core, &tags, bad[0].clone());
            let found = replacement(&one, &others, &|other| !bad.contains(&other.version));
            let from = found.from.map_or("-".to_string(), |from| from.version.to_string());
            let shown = match found.newer {
                Some(newer) => format!("{} is there", newer.version),
                None => format!("from {from} to {}", found.next),
            };
            assert_eq!(shown, expected, "{out} without {bad:?}");
        }
    }

    #[test]
    fn releases_are_listed_with_the_newest_first() {
        let (workspace, mut tags) = (workspace(), tags());
        tags.retain(|tag| !tag.name.starts_with("core-2"));
        let core = workspace.components.iter().find(|component| component.name == "core").unwrap();
        let versions: Vec<String> =
            of(core, &tags).iter().map(|release| release.version.to_string()).collect();
        assert_eq!(versions, ["1.10.0", "1.2.0", "1.2.0-rc1", "0.9.0"]);
    }
}
