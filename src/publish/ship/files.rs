//! What a registry has, beside what was built: by name, and by digest.

use crate::fault::Fault;
use crate::publish::BuiltFile;
use crate::registry::{Digest, Presence};

pub(in crate::publish) const STRANGER: &str =
    "find out who uploaded it before anything that needs it goes out; the version can be yanked";

pub(super) fn names(files: &[BuiltFile]) -> String {
    files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
}

pub(super) fn missing<'a>(presence: &Presence, files: &'a [BuiltFile]) -> Vec<&'a str> {
    files.iter().filter(|file| !has(presence, file)).map(|file| file.name.as_str()).collect()
}

pub(super) fn has(presence: &Presence, file: &BuiltFile) -> bool {
    presence.files().is_some_and(|files| files.contains_key(&file.name))
}

/// Every file that was built is on the registry with the same digest.
pub(in crate::publish) fn verify(files: &[BuiltFile], presence: &Presence) -> Result<(), Fault> {
    for file in files {
        let wrong = |message: String, why: String| Err(Fault::outside(message).because(why));
        match presence.files().and_then(|files| files.get(&file.name)) {
            Some(Some(digest)) if file.is(digest) => {}
            Some(Some(digest)) => {
                let (kind, there, built) = match digest {
                    Digest::Sha256(text) => ("sha256", text, &file.sha256),
                    Digest::Sha512(text) => ("sha512", text, &file.sha512),
                };
                return wrong(
                    format!("`{}` on the registry is not the file that was built", file.name),
                    format!("its {kind} there is {there}, that of the build is {built}"),
                );
            }
            Some(None) => {
                return wrong(
                    format!("cannot verify `{}`", file.name),
                    "the registry states no digest of it; let its index offer them".to_string(),
                );
            }
            None => {
                return wrong(
                    format!("cannot verify `{}`", file.name),
                    "the registry does not have it".to_string(),
                );
            }
        }
    }
    Ok(())
}
