//! Several bundles of one release, made on machines of several kinds, become one that has the files of all.

use std::collections::BTreeMap;

use super::{Bundle, Packed, rows};
use crate::fault::{Fault, Faults};
use crate::model::PackageId;

/// One bundle out of several, each with the name of its file.
///
/// # Errors
/// What does not fit together.
pub fn merge<'a>(bundles: Vec<(String, Bundle<'a>)>) -> Result<Bundle<'a>, Faults> {
    let mut bundles = bundles.into_iter();
    let Some((first, mut whole)) = bundles.next() else {
        return Err(Fault::usage("there is no bundle to merge").into());
    };
    let mut faults = Faults::default();
    for (name, bundle) in bundles {
        let mut differ = |what: &str| {
            let names = format!("cannot merge `{}` and `{}`", first.escape_debug(), name.escape_debug());
            let fault = Fault::outside(names).because(format!("they differ in {what}"));
            faults.push(
                fault.help("make all bundles of a release at one commit, with one castoff.toml and all tags"),
            );
        };
        if bundle.source.commit != whole.source.commit {
            differ("the commit");
            continue;
        }
        if bundle.config != whole.config {
            differ("the configuration");
        }
        if bundle.plan != whole.plan {
            differ("the plan");
        }
        whole.manifests.extend(bundle.manifests);
        whole.relied.extend(bundle.relied);
        for packed in bundle.packages {
            let id = packed.package.id.clone();
            add(&mut whole.packages, packed, &mut |what| differ(&format!("{what} of `{id}`")));
        }
    }
    settle(&mut whole);
    faults.or(whole)
}

/// Adds the files of a package to those that are there.
fn add<'a>(all: &mut Vec<Packed<'a>>, packed: Packed<'a>, differ: &mut dyn FnMut(String)) {
    let Some(there) = all.iter_mut().find(|other| other.package.id == packed.package.id) else {
        return all.push(packed);
    };
    let bare = |packed: &Packed<'a>| Packed { files: BTreeMap::new(), ..packed.clone() };
    if bare(there) != bare(&packed) {
        differ("the manifest".to_string());
    }
    for (name, file) in packed.files {
        match there.files.get(&name) {
            Some(other) if *other != file => differ(format!("the file `{name}`")),
            _ => drop(there.files.insert(name, file)),
        }
    }
}

/// What one bundle relies on, another may hold; and all packages come into the order of one.
fn settle(whole: &mut Bundle) {
    let held: Vec<PackageId> = whole.packages.iter().map(|packed| packed.package.id.clone()).collect();
    whole.relied.retain(|packed| !held.contains(&packed.package.id));
    whole.relied.sort_by(|one, other| one.package.id.cmp(&other.package.id));
    whole.relied.dedup_by(|one, other| one.package.id == other.package.id);
    // Those that need each other are refused by whoever reads the bundle.
    let sorted: Vec<Packed> = match rows(&whole.packages) {
        Ok(rows) => rows.into_iter().flatten().cloned().collect(),
        Err(_) => return,
    };
    whole.packages = sorted;
}
