//! What was built for a release, packed into one file: it can be published later, by somebody else, where there are
//! neither sources nor the tools that build them. Bytes ↔ what they say; the same release always gives the same bytes,
//! and what is not as castoff packed it is refused, whatever was done to it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::config::Pin;
use crate::digest::{hex, sha256, sha512};
use crate::ecosystem::DistTag;
use crate::fault::{Fault, Faults};
use crate::model::{Package, PackageId};
use crate::version::Version;

mod archive;
mod description;
mod merge;
mod names;

pub use merge::merge;

/// A packed release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle<'a> {
    /// Where it comes from.
    pub source: Source,
    /// What is in it, what is needed before what needs it.
    pub packages: Vec<Packed<'a>>,
    /// What its packages need and it does not hold: that has to be on its registries already. Without files.
    pub relied: Vec<Packed<'a>>,
    /// The configuration that it was made with, where there was one.
    pub config: Option<String>,
    /// The plan that it was made by, as JSON.
    pub plan: String,
    /// The manifests of its packages, by path: some clients look into them when a package is tried.
    pub manifests: BTreeMap<String, String>,
}

/// Where a bundle comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The version of castoff that made it.
    pub castoff: String,
    /// The address of the repository, where it has one.
    pub repository: Option<String>,
    /// The branch that was checked out.
    pub branch: Option<String>,
    /// The commit that was built.
    pub commit: String,
}

/// A package in a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed<'a> {
    /// The package.
    pub package: Package,
    /// The version that it is published as.
    pub version: Version,
    /// Its component.
    pub component: String,
    /// The tag of its component at this version.
    pub tag: String,
    /// What tags say of it.
    pub history: History,
    /// The tag of its registry under which it is published, where that has such tags.
    pub dist_tag: Option<DistTag>,
    /// How its requirements on packages of the repository were published.
    pub pin: Pin,
    /// Packages that have to be published before it.
    pub needs: Vec<PackageId>,
    /// Its files, by name.
    pub files: BTreeMap<String, File<'a>>,
}

/// What the tags of the repository say of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whether any tag names its component.
    pub known: bool,
    /// Whether this version was released before, from another commit: its registry has other bytes of it.
    pub released: bool,
    /// The greatest version of its line that is tagged, with its tag, where that has gone past this one.
    pub passed_by: Option<(Version, String)>,
}

/// A built file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Their digest, in hexadecimal.
    pub sha256: String,
    /// A longer one, for registries that tell no other.
    pub sha512: String,
}

impl<'a> File<'a> {
    /// A file with these bytes.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> File<'a> {
        let bytes = bytes.into();
        let (sha256, sha512) = (hex(&sha256(&bytes)), hex(&sha512(&bytes)));
        File { bytes, sha256, sha512 }
    }
}

impl<'a> Bundle<'a> {
    /// Packs it.
    ///
    /// # Errors
    /// A name that cannot be packed.
    pub fn write(&self) -> Result<Vec<u8>, Fault> {
        let cannot = |why: String| Fault::outside("cannot pack the bundle").because(why);
        archive::write(&self.members()).map_err(|error| cannot(error.to_string()))
    }

    /// Reads a bundle; `name` is that of its file, for messages.
    ///
    /// # Errors
    /// All that is not as castoff packed it.
    pub fn read(name: &str, bytes: &'a [u8]) -> Result<Bundle<'a>, Faults> {
        let mut faults = Faults::default();
        let mut wrong = |why: String| {
            let fault = Fault::outside(format!("cannot use the bundle `{}`", name.escape_debug()));
            faults
                .push(fault.because(why).help("copy it once more from where it was made, or make it again"));
        };
        // What was changed is not asked what it means.
        let bundle =
            archive::read(bytes, &mut wrong).and_then(|members| description::read(&members, &mut wrong));
        bundle.ok_or(faults)
    }

    /// Everything that is packed, the description first.
    fn members(&self) -> Vec<(String, Cow<'_, [u8]>)> {
        let text = |text: &str| Cow::Owned(text.as_bytes().to_vec());
        let mut members = vec![(description::NAME.to_string(), text(&description::write(self)))];
        members.extend(self.config.iter().map(|config| (description::CONFIG.to_string(), text(config))));
        members.push((description::PLAN.to_string(), text(&self.plan)));
        let manifests = self.manifests.iter();
        members.extend(manifests.map(|(path, manifest)| (description::manifest(path), text(manifest))));
        for packed in &self.packages {
            let files = packed.files.iter();
            members.extend(files.map(|(name, file)| {
                (description::file(&packed.package.id, name), Cow::Borrowed(&*file.bytes))
            }));
        }
        members
    }
}

/// The packages in rows: each needs only what stands in rows before it.
///
/// # Errors
/// The ids of packages that need each other.
pub fn rows<'p, 'a>(packages: &'p [Packed<'a>]) -> Result<Vec<Vec<&'p Packed<'a>>>, Vec<PackageId>> {
    let mut left: BTreeMap<&PackageId, &Packed<'a>> =
        packages.iter().map(|packed| (&packed.package.id, packed)).collect();
    let mut rows = Vec::new();
    while !left.is_empty() {
        let is_free = |packed: &&Packed| !packed.needs.iter().any(|id| left.contains_key(id));
        let row: Vec<&Packed> = left.values().copied().filter(|packed| is_free(packed)).collect();
        if row.is_empty() {
            return Err(left.into_keys().cloned().collect());
        }
        let done: BTreeSet<&PackageId> = row.iter().map(|packed| &packed.package.id).collect();
        left.retain(|id, _| !done.contains(id));
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
