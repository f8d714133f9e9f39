//! What owners change of what is published on npm: deprecation, tags, and versions that they take back. Clients read the
//! list of versions, change it and send it again.

use serde_json::{Map, Value, json};

use super::{JSON, listed, refused};
use crate::rehearsal::server::exchange::{Call, Reply};
use crate::rehearsal::server::store::Entry;
use crate::rehearsal::server::{Protocol, State};

/// The list without files: says of versions that nobody should use them any more, or that one may again.
pub(super) fn deprecate(state: &State, name: &str, sent: &Value) -> Result<(), Reply> {
    let mut store = state.store();
    let mut entries = there(store.owned(Protocol::Npm, name))?;
    for entry in &mut entries {
        let Some(manifest) = entry.listing["manifest"].as_object_mut() else { continue };
        match sent["versions"][&entry.file.version]["deprecated"].as_str() {
            Some(why) if !why.is_empty() => drop(manifest.insert("deprecated".to_string(), json!(why))),
            _ => drop(manifest.shift_remove("deprecated")),
        }
    }
    retag(&mut entries, &sent["dist-tags"]);
    Ok(())
}

/// The list without some versions: these are gone.
pub(super) fn unpublish(state: &State, name: &str, sent: &Value) -> Result<(), Reply> {
    let mut store = state.store();
    let mut entries = there(store.owned(Protocol::Npm, name))?;
    for entry in &mut entries {
        entry.gone = sent["versions"].get(&entry.file.version).is_none();
    }
    retag(&mut entries, &sent["dist-tags"]);
    Ok(())
}

/// The whole package.
pub(super) fn unpublish_all(state: &State, name: &str) -> Result<(), Reply> {
    let mut store = state.store();
    there(store.owned(Protocol::Npm, name))?.into_iter().for_each(|entry| entry.gone = true);
    Ok(())
}

/// The file of a version, which clients delete after the version.
pub(super) fn unpublish_file(state: &State, name: &str, file: &str) -> Result<(), Reply> {
    let mut store = state.store();
    let mut entries = store.every(Protocol::Npm).filter(|entry| entry.file.name == name);
    let entry = entries.find(|entry| entry.file.file_name == file);
    entry.map(|entry| entry.gone = true).ok_or_else(Reply::missing)
}

/// `PUT` and `DELETE /npm/-/package/NAME/dist-tags/TAG`: a version gets a name, or the name is given up.
pub(super) fn tag(state: &State, call: &Call, name: &str, tag: &str) -> Result<(), Reply> {
    let mut store = state.store();
    let mut entries = there(store.owned(Protocol::Npm, name))?;
    let shown: Vec<&Entry> = entries.iter().map(|entry| &**entry).collect();
    let mut tags = listed(name, &shown, Value::clone)["dist-tags"].as_object().cloned().unwrap_or_default();
    match call.method.as_str() {
        "DELETE" => drop(tags.shift_remove(tag)),
        _ => {
            let version: Value = serde_json::from_slice(&call.body).unwrap_or_default();
            if !entries.iter().any(|entry| version == *entry.file.version) {
                return Err(refused(404, &format!("there is no version {version} of `{name}`")));
            }
            tags.insert(tag.to_string(), version);
        }
    }
    retag(&mut entries, &Value::Object(tags));
    Ok(())
}

/// `GET /npm/-/package/NAME/dist-tags`.
pub(super) fn tags(state: &State, name: &str) -> Reply {
    let store = state.store();
    let entries = store.package(Protocol::Npm, name);
    match entries.is_empty() {
        true => Reply::missing(),
        false => Reply::json(200, JSON, &listed(name, &entries, Value::clone)["dist-tags"]),
    }
}

fn there(entries: Vec<&mut Entry>) -> Result<Vec<&mut Entry>, Reply> {
    if entries.is_empty() { Err(Reply::missing()) } else { Ok(entries) }
}

/// Every version gets the tags that a list says it has.
fn retag(entries: &mut [&mut Entry], tags: &Value) {
    let none = Map::new();
    let tags = tags.as_object().unwrap_or(&none);
    for entry in entries {
        let own = tags.iter().filter(|(_, version)| **version == *entry.file.version);
        entry.listing["tags"] = own.map(|(tag, _)| json!(tag)).collect();
    }
}
