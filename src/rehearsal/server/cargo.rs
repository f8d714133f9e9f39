//! Cargo's side of the server: its upload body, its sparse index and its downloads, with the refusals in the words of
//! crates.io.

use serde_json::{Map, Value, json};

use super::exchange::{Call, Reply};
use super::store::{Entry, StoredFile};
use super::{Protocol, State};

/// A crate is one crate whatever the case of its name, and with `_` for `-`.
pub(super) fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// `GET /index/config.json`.
pub(super) fn config(state: &State) -> Reply {
    let api = &state.address;
    Reply::json(
        200,
        "application/json",
        &json!({"dl": format!("{api}/dl/{{crate}}/{{version}}/download"), "api": api}),
    )
}

/// `GET /index/ab/cd/abcd`: a line for each version. The directories in front follow from the name.
pub(super) fn index(state: &State, call: &Call, name: &str) -> Reply {
    let Some(path) = index_path(name) else { return Reply::missing() };
    if !call.segments[1..].join("/").eq_ignore_ascii_case(&path) {
        return Reply::missing();
    }
    let store = state.store();
    let entries = store.package(Protocol::Cargo, name);
    if entries.is_empty() {
        return state.elsewhere(Protocol::Cargo, name, |upstream| format!("{}{path}", upstream.crates_index));
    }
    // `a_b` is the same crate as `a-b`, but its index file has one name only; cargo tries the other spelling itself.
    let same_file = entries.iter().filter(|entry| entry.file.name.eq_ignore_ascii_case(name));
    match same_file.map(|entry| format!("{}\n", entry.listing)).collect::<String>() {
        lines if lines.is_empty() => Reply::missing(),
        lines => Reply::new(200, "text/plain; charset=utf-8", lines.into_bytes()).tagged(call),
    }
}

/// Where a crate's file lies in an index; `None` for what cannot be a crate's name.
pub(super) fn index_path(name: &str) -> Option<String> {
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    match name.len() {
        0 => None,
        1 => Some(format!("1/{name}")),
        2 => Some(format!("2/{name}")),
        3 => Some(format!("3/{}/{name}", name.get(..1)?)),
        _ => Some(format!("{}/{}/{name}", name.get(..2)?, name.get(2..4)?)),
    }
}

/// `GET /dl/NAME/VERSION/download`.
pub(super) fn download(state: &State, name: &str, version: &str) -> Reply {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    if index_path(name).is_none() || !version.chars().all(plain) {
        return Reply::missing();
    }
    let store = state.store();
    let entries = store.package(Protocol::Cargo, name);
    match entries.iter().find(|entry| entry.file.version == version) {
        Some(entry) => Reply::new(200, "application/gzip", entry.file.bytes.clone()),
        None => state.elsewhere(Protocol::Cargo, name, |upstream| {
            // A `+` in a path would be read as a space where the real files lie.
            format!("{}{name}/{name}-{}.crate", upstream.crates_files, version.replace('+', "%2B"))
        }),
    }
}

/// The crate that an upload brings.
pub(super) fn uploaded(call: &Call) -> Option<String> {
    let metadata: Value = serde_json::from_slice(unpacked(&call.body)?.0).ok()?;
    metadata["name"].as_str().map(str::to_string)
}

/// `PUT /api/v1/crates/new`.
pub(super) fn publish(state: &State, call: &Call) -> Reply {
    match store(state, call) {
        Ok(()) => {
            let warnings = json!({"invalid_categories": [], "invalid_badges": [], "other": []});
            Reply::json(200, "application/json", &json!({"warnings": warnings}))
        }
        Err(refusal) => refusal,
    }
}

fn store(state: &State, call: &Call) -> Result<(), Reply> {
    has_token(state, call)?;
    let broken = || refused(400, "invalid upload request: lengths and body do not fit");
    let (metadata, bytes) = unpacked(&call.body).ok_or_else(broken)?;
    let metadata: Value = serde_json::from_slice(metadata)
        .map_err(|error| refused(400, &format!("invalid upload request: {error}")))?;
    let text =
        |key: &str| metadata[key].as_str().ok_or_else(|| refused(400, &format!("missing field `{key}`")));
    let (name, version) = (text("name")?, text("vers")?);
    if index_path(name).is_none() {
        return Err(refused(400, &format!("invalid crate name `{name}`")));
    }
    let file = StoredFile::new(Protocol::Cargo, name, version, &format!("{name}-{version}.crate"), bytes);
    let mut store = state.store();
    let released = |version: &str| version.split('+').next().map(str::to_string);
    // Versions that differ in build metadata only are one version.
    let is_same = |entry: &Entry| {
        normalised(&entry.file.name) == normalised(name) && released(&entry.file.version) == released(version)
    };
    if store.taken(Protocol::Cargo).any(is_same) {
        return Err(refused(400, &format!("crate version `{version}` is already uploaded")));
    }
    let line = line(&metadata, &file.sha256);
    store.add(file, line);
    Ok(())
}

fn has_token(state: &State, call: &Call) -> Result<(), Reply> {
    match call.header("authorization") == Some(&state.options.token) {
        true => Ok(()),
        false => Err(refused(403, "authentication failed")),
    }
}

/// `DELETE /api/v1/crates/NAME/VERSION/yank`, and `PUT …/unyank`: the crate stays, the index says what is to be
/// thought of it.
pub(super) fn yank(state: &State, call: &Call, name: &str, version: &str, yanked: bool) -> Reply {
    if let Err(refusal) = has_token(state, call) {
        return refusal;
    }
    let mut store = state.store();
    match store.owned(Protocol::Cargo, name).into_iter().find(|entry| entry.file.version == version) {
        Some(entry) => {
            entry.listing["yanked"] = json!(yanked);
            Reply::json(200, "application/json", &json!({"ok": true}))
        }
        None => refused(404, &format!("crate `{name}` does not have a version `{version}`")),
    }
}

fn refused(status: u16, detail: &str) -> Reply {
    Reply::json(status, "application/json", &json!({"errors": [{"detail": detail}]}))
}

/// The metadata and the crate, each behind its length.
fn unpacked(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let (metadata, rest) = counted(body)?;
    let (bytes, rest) = counted(rest)?;
    rest.is_empty().then_some((metadata, bytes))
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// The line of the index for what a client says of its crate.
fn line(metadata: &Value, sha256: &str) -> Value {
    let dependencies: Vec<_> = metadata["deps"].as_array().into_iter().flatten().map(dependency).collect();
    let (newer, older) = features(&metadata["features"]);
    let mut line = json!({
        "name": metadata["name"], "vers": metadata["vers"], "deps": dependencies, "cksum": sha256,
        "features": older, "yanked": false, "links": metadata["links"],
    });
    if !metadata["rust_version"].is_null() {
        line["rust_version"] = metadata["rust_version"].clone();
    }
    if !newer.is_empty() {
        line["features2"] = Value::Object(newer);
        line["v"] = json!(2);
    }
    line
}

/// The index calls a dependency by its name in the manifest and keeps the crate's own name aside; the upload the
/// reverse. The registry stays as the client wrote it: without one it is this, with crates.io's address it is the
/// source that this server replaces.
fn dependency(sent: &Value) -> Value {
    let alias = &sent["explicit_name_in_toml"];
    let (name, package) =
        if alias.is_null() { (&sent["name"], &Value::Null) } else { (alias, &sent["name"]) };
    json!({
        "name": name, "req": sent["version_req"], "features": sent["features"], "optional": sent["optional"],
        "default_features": sent["default_features"], "target": sent["target"], "kind": sent["kind"],
        "registry": sent["registry"], "package": package,
    })
}

/// Features that older clients cannot read, and the others.
fn features(sent: &Value) -> (Map<String, Value>, Map<String, Value>) {
    let modern =
        |value: &Value| value.as_str().is_some_and(|text| text.starts_with("dep:") || text.contains("?/"));
    let all = sent.as_object().cloned().unwrap_or_default();
    all.into_iter()
        .partition(|(_, enables)| enables.as_array().is_some_and(|values| values.iter().any(modern)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{index_path, line, unpacked};

    #[test]
    fn the_index_has_a_place_for_every_length() {
        for (name, path) in [
            ("a", Some("1/a")),
            ("ab", Some("2/ab")),
            ("aBc", Some("3/a/abc")),
            ("itoa", Some("it/oa/itoa")),
            ("Acme_core-x", Some("ac/me/acme_core-x")),
            ("", None),
            ("ä", None),
            ("a/b", None),
        ] {
            assert_eq!(index_path(name).as_deref(), path, "{name}");
        }
    }

    #[test]
    fn a_body_has_two_counted_halves() {
        let body = b"\x02\0\0\0{}\x03\0\0\0abc";
        assert_eq!(unpacked(body), Some((&b"{}"[..], &b"abc"[..])));
        assert_eq!(unpacked(&body[..body.len() - 1]), None);
        assert_eq!(unpacked(b"\x02\0\0\0{}"), None);
        assert_eq!(unpacked(b"\xff\xff\xff\xff{}"), None);
    }

    #[test]
    fn a_line_says_what_the_upload_said() {
        let sent = json!({
            "name": "acme", "vers": "0.1.8", "links": "z", "rust_version": "1.85",
            "deps": [
                {"name": "itoa", "version_req": "^1", "explicit_name_in_toml": "digits", "registry": "https://index",
                 "kind": "normal", "target": null, "optional": true, "default_features": false, "features": ["std"]},
                {"name": "core", "version_req": "=0.1.8", "registry": null, "kind": "dev", "target": "cfg(unix)",
                 "optional": false, "default_features": true, "features": []},
            ],
            "features": {"default": ["std"], "std": ["dep:digits"], "weak": ["digits?/std"], "plain": ["core/x"]},
        });
        let expected = json!({
            "name": "acme", "vers": "0.1.8",
            "deps": [
                {"name": "digits", "req": "^1", "features": ["std"], "optional": true, "default_features": false,
                 "target": null, "kind": "normal", "registry": "https://index", "package": "itoa"},
                {"name": "core", "req": "=0.1.8", "features": [], "optional": false, "default_features": true,
                 "target": "cfg(unix)", "kind": "dev", "registry": null, "package": null},
            ],
            "cksum": "c0ffee", "features": {"default": ["std"], "plain": ["core/x"]}, "yanked": false, "links": "z",
            "rust_version": "1.85", "features2": {"std": ["dep:digits"], "weak": ["digits?/std"]}, "v": 2,
        });
        assert_eq!(line(&sent, "c0ffee"), expected);
    }
}
