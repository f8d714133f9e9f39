//! What the record of a release says that was published, to hold registries against later.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fault::Fault;
use crate::registry::{Digest, Files};

/// What a record has of packages that were on their registries when it was written, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded(pub BTreeMap<String, Entry>);

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its version, as its ecosystem spells it.
    pub version: String,
    /// Its files, each with the digests that were taken of it and that the registry told of it.
    pub files: BTreeMap<String, Vec<Digest>>,
}

impl Recorded {
    /// Reads a record; `path` is for messages.
    ///
    /// # Errors
    /// It is no record of a release.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Recorded, Fault> {
        let odd = |why: String| Fault::usage(format!("`{path}` is no record of a release")).because(why);
        let record: Value = serde_json::from_slice(bytes).map_err(|error| odd(error.to_string()))?;
        match (&record["schema"], record["kind"].as_str()) {
            (schema, Some("release")) if schema == 1 => {}
            (schema, Some("release")) => {
                return Err(odd(format!("its schema is {schema}, this castoff knows 1")));
            }
            (_, Some(kind)) => return Err(odd(format!("it is one of a {kind}"))),
            (_, None) => return Err(odd("it has no `kind`".to_string())),
        }
        let packages = record["packages"].as_array().into_iter().flatten();
        Ok(Recorded(packages.filter_map(entry).collect()))
    }
}

impl Entry {
    /// Whether a registry still has the files of the record. What it has beside them came later, as wheels of another
    /// platform do, and is not spoken of.
    ///
    /// # Errors
    /// The first file that is gone or other than it was.
    pub fn compare(&self, there: &Files) -> Result<(), Fault> {
        for (name, recorded) in &self.files {
            let Some(now) = there.get(name) else {
                let fault = Fault::outside(format!("`{name}` is gone from the registry"));
                return Err(fault.because("the record of the release has it"));
            };
            let Some(now) = now else { return Err(silent(name)) };
            // Of several digests only one of the same kind can be compared.
            let same_kind = |digest: &&Digest| std::mem::discriminant(*digest) == std::mem::discriminant(now);
            match recorded.iter().find(same_kind) {
                Some(digest) if digest == now => {}
                Some(digest) => {
                    let fault =
                        Fault::outside(format!("`{name}` on the registry is not the file of the release"));
                    return Err(fault.because(format!("the registry says {now}, the record {digest}")));
                }
                None => return Err(silent(name)),
            }
        }
        Ok(())
    }
}

fn silent(name: &str) -> Fault {
    let fault = Fault::outside(format!("cannot compare `{name}` with the record"));
    fault.because("registry and record state no digest of the same kind")
}

fn entry(package: &Value) -> Option<(String, Entry)> {
    let text = |key: &str| Some(package[key].as_str()?.to_string());
    let there = ["published", "already_there"].iter().any(|outcome| package["outcome"] == *outcome);
    let files = package["files"].as_array().into_iter().flatten().filter_map(file).collect();
    let entry = Entry { version: text("version")?, files };
    there.then_some((text("package")?, entry))
}

fn file(file: &Value) -> Option<(String, Vec<Digest>)> {
    let text = |key: &str| file[key].as_str().map(str::to_string);
    let mut digests: Vec<Digest> = Vec::new();
    digests.extend(text("sha256").map(Digest::Sha256));
    digests.extend(text("sha512").map(Digest::Sha512));
    digests.extend(text("reported").and_then(|text| text.parse().ok()));
    Some((text("name")?, digests))
}
