//! npm's side of the server: its upload, its lists of versions in the long form and in the short one that installers
//! ask for, and its downloads, with the refusals in the words of the public registry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::exchange::{Call, Reply};
use super::store::{Entry, Store, StoredFile};
use super::{Protocol, State, Upstream};
use crate::digest::sha512;

mod amend;

const JSON: &str = "application/json";
const SHORT: &str = "application/vnd.npm.install-v1+json";

/// What the short form keeps of a manifest: that by which installers decide.
const KEPT: &[&str] = &[
    "name",
    "version",
    "deprecated",
    "bin",
    "directories",
    "dist",
    "engines",
    "os",
    "cpu",
    "libc",
    "funding",
    "dependencies",
    "optionalDependencies",
    "devDependencies",
    "bundleDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "acceptDependencies",
    "_hasShrinkwrap",
];

/// `PUT` and `DELETE` below `/npm/`.
pub(super) fn write(state: &State, call: &Call, path: &[&str]) -> Reply {
    if !has_token(state, call) {
        return refused(401, "You must be logged in to publish packages.");
    }
    let deletes = call.method == "DELETE";
    let done = match path {
        ["-", "package", name @ .., "dist-tags", tag] => amend::tag(state, call, &name.join("/"), tag),
        [name @ .., "-", file, "-rev", _] if deletes => amend::unpublish_file(state, &name.join("/"), file),
        [name @ .., "-rev", _] if deletes => amend::unpublish_all(state, &name.join("/")),
        [name @ .., "-rev", _] => {
            packument(call, &name.join("/")).and_then(|sent| amend::unpublish(state, &name.join("/"), &sent))
        }
        name if !deletes => publish(state, call, &name.join("/")),
        _ => Err(Reply::missing()),
    };
    match done {
        Ok(()) => Reply::json(201, JSON, &json!({"success": true})),
        Err(refusal) => refusal,
    }
}

/// The package that an upload brings a version of, or says something of; none of what is changed otherwise.
pub(super) fn uploaded(path: &[&str]) -> Option<String> {
    let name = path.join("/");
    valid(&name).then_some(name)
}

/// A list of versions that a client sends.
fn packument(call: &Call, name: &str) -> Result<Value, Reply> {
    let sent: Value = serde_json::from_slice(&call.body)
        .map_err(|error| refused(400, &format!("invalid upload: {error}")))?;
    match valid(name) && sent["name"] == name {
        true => Ok(sent),
        false => Err(refused(400, &format!("the upload is not one of `{name}`"))),
    }
}

/// `PUT /npm/NAME`.
fn publish(state: &State, call: &Call, name: &str) -> Result<(), Reply> {
    let sent = packument(call, name)?;
    if sent.get("_attachments").is_none() {
        return amend::deprecate(state, name, &sent);
    }
    let upload = Upload::of(&sent)?;
    let mut store = state.store();
    let is_same = |entry: &Entry| entry.file.name == name && entry.file.version == upload.version;
    if store.taken(Protocol::Npm).any(is_same) {
        let text = "You cannot publish over the previously published versions";
        return Err(refused(403, &format!("{text}: {}.", upload.version)));
    }
    let bare = name.rsplit('/').next().unwrap_or(name);
    let file_name = format!("{bare}-{}.tgz", upload.version);
    let listing = upload.listing(&format!("{}/npm/{name}/-/{file_name}", state.address))?;
    store.add(StoredFile::new(Protocol::Npm, name, upload.version, &file_name, &upload.bytes), listing);
    Ok(())
}

/// One version, as clients send it: its manifest, its tags and the file.
struct Upload<'a> {
    version: &'a str,
    manifest: &'a Value,
    tags: Vec<&'a str>,
    bytes: Vec<u8>,
}

impl<'a> Upload<'a> {
    fn of(sent: &'a Value) -> Result<Upload<'a>, Reply> {
        let only = |key: &str| {
            let mut entries = sent[key].as_object().into_iter().flatten();
            entries.next().filter(|_| entries.next().is_none())
        };
        let missing = |what: &str| refused(400, &format!("invalid upload: it needs exactly one {what}"));
        let (version, manifest) = only("versions").ok_or_else(|| missing("version"))?;
        let (_, attached) = only("_attachments").ok_or_else(|| missing("file"))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
        if manifest["version"] != **version || !version.chars().all(plain) {
            return Err(refused(400, &format!("invalid version: `{version}`")));
        }
        let bytes = attached["data"].as_str().and_then(|data| BASE64.decode(data).ok());
        let tags = sent["dist-tags"].as_object().into_iter().flatten();
        Ok(Upload {
            version,
            manifest,
            tags: tags.filter(|(_, value)| *value == version).map(|(tag, _)| tag.as_str()).collect(),
            bytes: bytes.ok_or_else(|| refused(400, "invalid upload: the file is not in base64"))?,
        })
    }

    /// Tags and the manifest with the place of the file, once its digest is found to be right. The older digest,
    /// `shasum`, stays as the client wrote it.
    fn listing(&self, url: &str) -> Result<Value, Reply> {
        let integrity = format!("sha512-{}", BASE64.encode(sha512(&self.bytes)));
        let sent = self.manifest["dist"]["integrity"].as_str().unwrap_or(&integrity);
        if !sent.split_whitespace().any(|one| one == integrity) {
            return Err(refused(400, "the integrity of the file is not what its manifest says"));
        }
        let mut manifest = self.manifest.clone();
        manifest["dist"]["integrity"] = json!(integrity);
        manifest["dist"]["tarball"] = json!(url);
        Ok(json!({"tags": self.tags, "manifest": manifest}))
    }
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, JSON, &json!({"error": message}))
}

fn has_token(state: &State, call: &Call) -> bool {
    call.header("authorization").and_then(|header| header.strip_prefix("Bearer "))
        == Some(state.options.token.as_str())
}

/// `GET /npm/…`.
pub(super) fn read(state: &State, call: &Call, path: &[&str]) -> Reply {
    match path {
        ["-", "ping"] => Reply::json(200, JSON, &json!({})),
        ["-", "whoami"] if has_token(state, call) => {
            Reply::json(200, JSON, &json!({"username": "rehearsal"}))
        }
        ["-", "whoami"] => refused(401, "You must be logged in."),
        ["-", "package", name @ .., "dist-tags"] => amend::tags(state, &name.join("/")),
        [name @ .., "-", file] => download(state, &name.join("/"), file),
        name => package(state, call, &name.join("/")),
    }
}

/// Clients write the slash of a scope in either way, so the name may have been cut or not.
fn package(state: &State, call: &Call, name: &str) -> Reply {
    if !valid(name) {
        return Reply::missing();
    }
    let store = state.store();
    let entries = store.package(Protocol::Npm, name);
    let place = |upstream: &Upstream| format!("{}{}", upstream.npm, name.replace('/', "%2f"));
    match (entries.is_empty(), call.header("accept").is_some_and(|kinds| kinds.contains(SHORT))) {
        (true, _) => state.elsewhere(Protocol::Npm, name, place),
        (false, true) => Reply::json(200, SHORT, &listed(name, &entries, short)).tagged(call),
        (false, false) => Reply::json(200, JSON, &long(name, &entries, &store)).tagged(call),
    }
}

/// All that is known, and what clients need to change it: which state they saw, and when each number was given away,
/// also of versions that are gone.
fn long(name: &str, entries: &[&Entry], store: &Store) -> Value {
    let mut long = listed(name, entries, Value::clone);
    let taken = store.taken(Protocol::Npm).filter(|entry| entry.file.name == name);
    let numbers = taken.map(|entry| entry.file.version.as_str());
    // Long ago, for clients that wait until a version is some days old.
    let time = ["created", "modified"].into_iter().chain(numbers);
    long["time"] = time.map(|number| (number.to_string(), json!("1970-01-01T00:00:00.000Z"))).collect();
    long["_rev"] = json!("1-0");
    long
}

fn listed(name: &str, entries: &[&Entry], form: fn(&Value) -> Value) -> Value {
    let (mut tags, mut versions) = (Map::new(), Map::new());
    for Entry { file, listing, .. } in entries {
        // Everything that is published has a latest version, if only by being the first.
        let first = versions.is_empty().then_some("latest");
        let named = listing["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        tags.extend(first.into_iter().chain(named).map(|tag| (tag.to_string(), json!(file.version))));
        versions.insert(file.version.clone(), form(&listing["manifest"]));
    }
    json!({"name": name, "dist-tags": tags, "versions": versions})
}

fn short(manifest: &Value) -> Value {
    let kept = KEPT.iter().filter_map(|key| Some((key.to_string(), manifest.get(key)?.clone())));
    let mut short: Map<String, Value> = kept.collect();
    let scripts = ["preinstall", "install", "postinstall"];
    if scripts.iter().any(|script| manifest["scripts"].get(script).is_some()) {
        short.insert("hasInstallScript".to_string(), json!(true));
    }
    Value::Object(short)
}

fn download(state: &State, name: &str, file: &str) -> Reply {
    if !valid(name) || !is_plain(file) {
        return Reply::missing();
    }
    let store = state.store();
    let entries = store.package(Protocol::Npm, name);
    match entries.iter().find(|entry| entry.file.file_name == file) {
        Some(entry) => Reply::new(200, "application/octet-stream", entry.file.bytes.clone()),
        None => state.elsewhere(Protocol::Npm, name, |upstream| format!("{}{name}/-/{file}", upstream.npm)),
    }
}

/// A name with or without a scope.
fn valid(name: &str) -> bool {
    let (scope, bare) = name.split_once('/').unwrap_or(("@-", name));
    scope.strip_prefix('@').is_some_and(is_plain) && is_plain(bare)
}

fn is_plain(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~+!*'()".contains(c);
    !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{short, valid};

    #[test]
    fn a_name_is_one_or_two_plain_parts() {
        for (name, expected) in [
            ("acme", true),
            ("@acme/core", true),
            ("Old.Name_1", true),
            ("", false),
            ("@acme", false),
            ("acme/core", false),
            ("@acme/core/x", false),
            ("@/core", false),
            ("..", false),
            ("@acme/.x", false),
            ("a\r\nX: y", false),
        ] {
            assert_eq!(valid(name), expected, "{name}");
        }
    }

    #[test]
    fn the_short_form_keeps_what_installers_need() {
        let manifest = json!({
            "name": "acme", "version": "1.0.0", "description": "long", "scripts": {"postinstall": "x", "test": "y"},
            "dependencies": {"is-number": "7"}, "dist": {"shasum": "00"},
        });
        let expected = json!({
            "name": "acme", "version": "1.0.0", "dependencies": {"is-number": "7"}, "dist": {"shasum": "00"},
            "hasInstallScript": true,
        });
        assert_eq!(short(&manifest), expected);
        assert_eq!(short(&json!({"scripts": {"test": "y"}})), json!({}));
    }
}
