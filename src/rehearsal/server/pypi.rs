//! PyPI's side of the server: the upload form as its clients fill it in, refusals in its own words, and the simple
//! index both as HTML (PEP 503) and as JSON (PEP 691).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::exchange::{Call, Reply};
use super::multipart::{self, Part};
use super::store::{Entry, Store, StoredFile};
use super::{Protocol, State};

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: &str = "text/html; charset=utf-8";

/// PEP 503: lower case, and one `-` for every run of `-`, `_` and `.`.
pub(super) fn normalised(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// The package that an upload brings a file of.
pub(super) fn uploaded(call: &Call) -> Option<String> {
    let parts = multipart::parts(call.header("content-type")?, &call.body).ok()?;
    let name = parts.iter().find(|part| part.name == "name")?;
    std::str::from_utf8(name.content).ok().map(str::to_string)
}

/// `POST /legacy/`.
pub(super) fn upload(state: &State, call: &Call) -> Reply {
    match store(state, call) {
        Ok(()) => Reply::text(200, ""),
        Err(refusal) => refusal,
    }
}

fn store(state: &State, call: &Call) -> Result<(), Reply> {
    if call.header("authorization") != Some(basic(&state.options.token).as_str()) {
        return Err(refused(403, "Invalid or non-existent authentication information."));
    }
    let kind = call.header("content-type").unwrap_or_default();
    let parts = multipart::parts(kind, &call.body).map_err(|error| refused(400, &error.to_string()))?;
    let upload = Upload::of(&parts)?;
    let file = upload.file()?;
    let mut store = state.store();
    let known = store.taken(Protocol::PyPi).find(|entry| entry.file.file_name == file.file_name);
    match known {
        Some(entry) if entry.gone => Err(refused(400, DELETED)),
        Some(entry) if entry.file.sha256 == file.sha256 => Ok(()),
        Some(_) => Err(upload.exists(&state.address)),
        None => {
            let listing = upload.listing(&file, &state.address);
            store.add(file, listing);
            Ok(())
        }
    }
}

const DELETED: &str =
    "This filename was previously used by a file that has since been deleted. Use a different version.";

/// What owners do on the web page: installers leave a release out unless they are told to have this very one.
pub(super) fn yank(store: &mut Store, name: &str, version: &str, reason: Option<&str>) {
    for entry in store.owned(Protocol::PyPi, name) {
        if entry.file.version == version {
            entry.listing["yanked"] = reason.map_or(json!(false), |reason| json!(reason));
        }
    }
}

/// What owners do on the web page.
pub(super) fn delete(store: &mut Store, file_name: &str) {
    let entries = store.every(Protocol::PyPi);
    entries.filter(|entry| entry.file.file_name == file_name).for_each(|entry| entry.gone = true);
}

/// The fields of the form that matter here.
struct Upload<'a> {
    name: &'a str,
    version: &'a str,
    file_name: &'a str,
    sha256: &'a str,
    blake2: &'a str,
    requires_python: &'a str,
    content: &'a [u8],
}

impl<'a> Upload<'a> {
    fn of(parts: &'a [Part<'a>]) -> Result<Upload<'a>, Reply> {
        let text = |name| {
            let part = parts.iter().find(|part| part.name == name);
            part.and_then(|part| std::str::from_utf8(part.content).ok()).unwrap_or_default()
        };
        let needed = |name| match text(name) {
            "" => Err(refused(400, &format!("Invalid value for {name}. Error: This field is required."))),
            value => Ok(value),
        };
        if needed(":action")? != "file_upload" {
            return Err(refused(400, "Invalid value for :action. Error: Only file_upload is known."));
        }
        let content = parts.iter().find(|part| part.name == "content");
        let (file_name, content) = content
            .and_then(|part| Some((part.file_name.as_deref()?, part.content)))
            .ok_or_else(|| refused(400, "Upload payload does not have a file."))?;
        Ok(Upload {
            name: needed("name")?,
            version: needed("version")?,
            file_name,
            sha256: needed("sha256_digest")?,
            blake2: text("blake2_256_digest"),
            requires_python: text("requires_python"),
            content,
        })
    }

    /// The file to keep, once names and digest are found to be right.
    fn file(&self) -> Result<StoredFile, Reply> {
        if !valid(self.name) {
            return Err(refused(
                400,
                &format!("Invalid value for name. Error: The name '{}' is invalid.", self.name),
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-+!".contains(c);
        if !self.file_name.chars().all(plain) {
            return Err(refused(400, &format!("Invalid filename: '{}'.", self.file_name)));
        }
        let file = StoredFile::new(Protocol::PyPi, self.name, self.version, self.file_name, self.content);
        if !file.sha256.eq_ignore_ascii_case(self.sha256) {
            return Err(refused(
                400,
                "The digest supplied does not match a digest calculated from the uploaded file.",
            ));
        }
        Ok(file)
    }

    fn exists(&self, address: &str) -> Reply {
        let (name, hash) = (self.file_name, self.blake2);
        let text = format!("File already exists ('{name}', with blake2_256 hash '{hash}')");
        refused(400, &format!("{text}. See {address}/help/#file-name-reuse for more information."))
    }

    /// PEP 691's object for the file.
    fn listing(&self, file: &StoredFile, address: &str) -> Value {
        let url = format!("{address}/files/{}", file.file_name);
        let hashes = json!({"sha256": file.sha256});
        let mut listing = json!({"filename": file.file_name, "url": url, "hashes": hashes, "size": file.size, "yanked": false});
        if !self.requires_python.is_empty() {
            listing["requires-python"] = json!(self.requires_python);
        }
        listing
    }
}

/// A refusal as PyPI's framework writes it: clients show this text.
fn refused(status: u16, message: &str) -> Reply {
    let meaning = match status {
        403 => "Access was denied to this resource.",
        _ => {
            "The server could not comply with the request since it is either malformed or otherwise incorrect."
        }
    };
    Reply::text(status, &format!("{status} {message}\n\n{meaning}\n\n\n{message}\n\n"))
}

/// The header that a client with this token sends.
fn basic(token: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut header = "Basic ".to_string();
    for chunk in format!("__token__:{token}").as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            header.push(if digit <= chunk.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    header
}

/// `GET /simple/`.
pub(super) fn projects(state: &State, call: &Call) -> Reply {
    let store = state.store();
    let names: BTreeSet<_> = store.of(Protocol::PyPi).map(|entry| normalised(&entry.file.name)).collect();
    if wants_json(call) {
        let projects: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        return Reply::json(200, JSON, &json!({"meta": {"api-version": "1.1"}, "projects": projects}));
    }
    let links = names.iter().map(|name| format!("<a href=\"/simple/{name}/\">{name}</a><br>\n"));
    page("Simple index", &links.collect::<String>())
}

/// `GET /simple/NAME`: the address of a project ends in `/` and holds the normalised name.
pub(super) fn moved(name: &str) -> Reply {
    if valid(name) {
        Reply::redirect(301, format!("/simple/{}/", normalised(name)))
    } else {
        Reply::missing()
    }
}

/// `GET /simple/NAME/`.
pub(super) fn project(state: &State, call: &Call, name: &str) -> Reply {
    if name != normalised(name) || !valid(name) {
        return moved(name);
    }
    let store = state.store();
    let entries = store.package(Protocol::PyPi, name);
    if entries.is_empty() {
        state.elsewhere(Protocol::PyPi, name, |upstream| format!("{}{name}/", upstream.pypi_simple))
    } else if wants_json(call) {
        Reply::json(200, JSON, &project_json(name, &entries))
    } else {
        page(&format!("Links for {name}"), &entries.iter().map(|entry| link(entry)).collect::<String>())
    }
}

/// `GET /files/NAME`.
pub(super) fn file(state: &State, name: &str) -> Reply {
    let store = state.store();
    let entry = store.of(Protocol::PyPi).find(|entry| entry.file.file_name == name);
    entry.map_or_else(Reply::missing, |entry| {
        Reply::new(200, "application/octet-stream", entry.file.bytes.clone())
    })
}

fn valid(name: &str) -> bool {
    !normalised(name).is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn wants_json(call: &Call) -> bool {
    call.header("accept").is_some_and(|kinds| kinds.contains(JSON))
}

fn project_json(name: &str, entries: &[&Entry]) -> Value {
    let versions: BTreeSet<_> = entries.iter().map(|entry| &entry.file.version).collect();
    let files: Vec<_> = entries.iter().map(|entry| &entry.listing).collect();
    json!({"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": files})
}

/// PEP 503's link: made of the same listing as the JSON, so that both always say the same.
fn link(entry: &Entry) -> String {
    let text = |pointer: &str| entry.listing.pointer(pointer).and_then(Value::as_str).map(escaped);
    let (url, sha256) = (text("/url").unwrap_or_default(), text("/hashes/sha256").unwrap_or_default());
    let requires = text("/requires-python").map(|python| format!(" data-requires-python=\"{python}\""));
    let yanked = text("/yanked").map(|reason| format!(" data-yanked=\"{reason}\""));
    let more = [requires, yanked].into_iter().flatten().collect::<String>();
    let name = escaped(&entry.file.file_name);
    format!("<a href=\"{url}#sha256={sha256}\"{more}>{name}</a><br>\n")
}

fn page(title: &str, links: &str) -> Reply {
    let meta = "<meta name=\"pypi:repository-version\" content=\"1.0\">";
    let head = format!("<head>{meta}<title>{title}</title></head>");
    Reply::new(
        200,
        HTML,
        format!("<!DOCTYPE html>\n<html>\n{head}\n<body>\n{links}</body>\n</html>\n").into_bytes(),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{basic, escaped, normalised};

    #[test]
    fn names_are_normalised() {
        for (name, expected) in [
            ("six", "six"),
            ("Acme.Core", "acme-core"),
            ("acme_core", "acme-core"),
            ("A--b__c..d-_.e", "a-b-c-d-e"),
            ("zope.interface", "zope-interface"),
        ] {
            assert_eq!(normalised(name), expected);
        }
    }

    #[test]
    fn the_token_is_encoded_as_clients_do() {
        // `printf '__token__:TOKEN' | base64`, for all three lengths modulo three
        assert_eq!(basic("pypi-AgEI"), "Basic X190b2tlbl9fOnB5cGktQWdFSQ==");
        assert_eq!(basic("ab"), "Basic X190b2tlbl9fOmFi");
        assert_eq!(basic("a?>"), "Basic X190b2tlbl9fOmE/Pg==");
        assert_eq!(basic("abcd"), "Basic X190b2tlbl9fOmFiY2Q=");
    }

    #[test]
    fn text_cannot_leave_its_attribute() {
        assert_eq!(escaped("<4,>=3.8 & \""), "&lt;4,&gt;=3.8 &amp; &quot;");
    }
}
