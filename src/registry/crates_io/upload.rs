//! Uploads a crate as cargo does (the cargo book, "Web API"), from nothing but its file: what cargo tells the registry
//! beside the file, the file holds.

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;
use serde_json::Value;

use super::metadata;
use crate::edit::Toml;
use crate::effect::{Method, Request, Response};
use crate::registry::{self, Target, addresses};

/// More than any manifest or readme has; what is longer is no crate that cargo packed.
const LONGEST: u64 = 32 << 20;

/// The question for the address that takes uploads; the index says it.
pub(super) fn doorway(target: &Target) -> Request {
    let base = target.index.strip_prefix("sparse+").unwrap_or(&target.index);
    Request::get(format!("{base}config.json"))
}

/// The request that uploads a crate.
pub(super) fn request(answer: &Response, file: &[u8], target: &Target) -> Result<Request, String> {
    let api = api(answer)?;
    let told = metadata(file, source(target))?.to_string();
    let mut body = Vec::with_capacity(told.len() + file.len() + 8);
    for part in [told.as_bytes(), file] {
        let length = u32::try_from(part.len()).map_err(|_| "a crate of 4 GiB cannot be sent".to_string())?;
        body.extend(length.to_le_bytes());
        body.extend(part);
    }
    Ok(Request {
        method: Method::Put,
        url: format!("{}/api/v1/crates/new", api.trim_end_matches('/')),
        authorization: target.token.clone(),
        body,
        ..Request::default()
    }
    .header("Accept", "application/json"))
}

/// Why a crate was not taken: servers say so with status 200, too.
pub(super) fn refusal(response: &Response) -> Option<String> {
    let errors = said(response)["errors"].as_array().cloned();
    let details: Vec<&str> = errors.iter().flatten().filter_map(|error| error["detail"].as_str()).collect();
    match (response.status, errors.is_some()) {
        (200..300, false) => None,
        (status, true) => Some(registry::refusal(status, &details.join(", "))),
        (status, false) => Some(registry::refusal(status, String::from_utf8_lossy(&response.body).trim())),
    }
}

/// What the registry took and did not like.
pub(super) fn remarks(response: &Response) -> Vec<String> {
    let warnings = &said(response)["warnings"];
    let texts = |key: &str| -> Vec<String> {
        let texts = warnings[key].as_array().into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_string)).collect()
    };
    let ignored = |key: &str, what: &str| {
        let names = texts(key);
        (!names.is_empty()).then(|| format!("the registry does not know these {what}: {}", names.join(", ")))
    };
    let unknown = [ignored("invalid_categories", "categories"), ignored("invalid_badges", "badges")];
    unknown.into_iter().flatten().chain(texts("other")).collect()
}

fn said(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn api(answer: &Response) -> Result<String, String> {
    let api = said(answer)["api"].as_str().map(str::to_string);
    api.ok_or_else(|| "its index names no address that takes uploads (`api` in `config.json`)".to_string())
}

/// How manifests name a registry as the source of a dependency.
fn source(target: &Target) -> &str {
    let is_public = addresses::by_index(target.kind, &target.index) == addresses::CRATES_IO;
    if is_public { addresses::CRATES_IO_SOURCE } else { &target.index }
}

/// What is told beside the file, by the manifest and the readme in it.
fn metadata(file: &[u8], source: &str) -> Result<Value, String> {
    let broken = |why: &dyn std::fmt::Display| format!("the file is no crate that cargo packed: {why}");
    let text = entry(file, "Cargo.toml").map_err(|error| broken(&error))?;
    let text = text.ok_or_else(|| broken(&"it has no `Cargo.toml`"))?;
    let manifest = Toml::parse("Cargo.toml", &text).map_err(|fault| broken(&fault))?;
    let readme = match manifest.str(&["package", "readme"]) {
        Some(path) => {
            let text = entry(file, path).map_err(|error| broken(&error))?;
            Some(text.ok_or_else(|| broken(&format!("it has no `{path}`, which is its readme")))?)
        }
        None => None,
    };
    metadata::metadata(&manifest, readme.as_deref(), source).map_err(|why| broken(&why))
}

/// The text of a file below the one directory of the archive; none where it has no such file.
fn entry(file: &[u8], path: &str) -> std::io::Result<Option<String>> {
    let mut archive = tar::Archive::new(GzDecoder::new(Cursor::new(file)));
    for entry in archive.entries()? {
        let entry = entry?;
        let found = entry.path()?;
        let mut parts = found.components();
        if parts.next().is_some() && parts.as_path() == std::path::Path::new(path) {
            let mut text = String::new();
            entry.take(LONGEST).read_to_string(&mut text)?;
            return Ok(Some(text));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::{metadata, refusal, remarks};
    use crate::effect::Response;

    fn response(status: u16, body: &str) -> Response {
        Response { status, body: body.into(), ..Response::default() }
    }

    /// A file with these entries; more than it says may be cut off.
    fn packed(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_registry() {
        let duplicate = r#"{"errors":[{"detail":"crate version `0.1.0` is already uploaded"}]}"#;
        for (status, body, why) in [
            (200, "{}", None),
            (200, "", None),
            (400, duplicate, Some("status 400:\ncrate version `0.1.0` is already uploaded")),
            (200, duplicate, Some("status 200:\ncrate version `0.1.0` is already uploaded")),
            (502, "<html>", Some("status 502:\n<html>")),
            (403, "", Some("status 403")),
        ] {
            let expected = why.map(|why| format!("the registry answered with {why}"));
            assert_eq!(refusal(&response(status, body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_the_registry_does_not_like_is_told() {
        let body =
            r#"{"warnings":{"invalid_categories":["a","b"],"invalid_badges":[],"other":["be careful"]}}"#;
        let told = remarks(&response(200, body));
        assert_eq!(told, ["the registry does not know these categories: a, b", "be careful"]);
        assert!(remarks(&response(200, "{}")).is_empty());
    }

    #[test]
    fn what_is_no_crate_is_refused_with_the_reason() {
        let good = "[package]\nname = \"a\"\nversion = \"1.0.0\"\nreadme = \"R.md\"\n";
        let whole = packed(&[("a-1.0.0/Cargo.toml", good), ("a-1.0.0/R.md", "read")]);
        assert_eq!(metadata(&whole, "").unwrap()["readme"], "read");
        let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
        zipped.write_all(&[7; 2000]).unwrap();
        for (file, why) in [
            (packed(&[("a-1.0.0/src/Cargo.toml", good)]), "no `Cargo.toml`"),
            (packed(&[("a-1.0.0/Cargo.toml", good)]), "no `R.md`"),
            (packed(&[("a-1.0.0/Cargo.toml", "[package]\nname = \"a\"\n")]), "no `package.version`"),
            (packed(&[("a-1.0.0/Cargo.toml", "= =")]), "cannot read `Cargo.toml`"),
            (whole[..whole.len() / 2].to_vec(), ""),
            (zipped.finish().unwrap(), ""),
            (Vec::new(), ""),
        ] {
            let said = metadata(&file, "").unwrap_err();
            assert!(said.starts_with("the file is no crate that cargo packed: "), "{said}");
            assert!(said.contains(why), "{said}");
        }
    }
}
