//! Asks a simple index: JSON (PEP 691) where the server has it, else HTML (PEP 503), because no private server
//! has the older JSON API and all of them have one of these two.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Digest, Presence, Registry, Wanted, by_status};
use crate::effect::{Request, Response};
use crate::version::Version;

pub mod wheel;

/// PyPI, and every other server with a simple index.
pub struct PyPi;

const JSON: &str = "application/vnd.pypi.simple.v1+json";

impl Registry for PyPi {
    fn question(&self, index: &str, name: &str) -> Request {
        let accept = format!("{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1");
        // The answer of a cache would be the one from before the upload.
        let request = Request::get(format!("{index}{}/", normalized(name)));
        request.header("Accept", &accept).header("Cache-Control", "no-cache")
    }

    fn answer(&self, response: &Response, wanted: &Wanted) -> Presence {
        if let Some(presence) = by_status(response) {
            return presence;
        }
        let Some(listed) = listed(response) else { return Presence::Unknown(ODD.to_string()) };
        let ours = |file: &str| {
            parse_file_name(file).is_some_and(|(name, version)| {
                normalized(&name) == normalized(wanted.name) && same_version(&version, wanted.version)
            })
        };
        let files = listed.into_iter().filter(|file| ours(&file.name));
        self.presence(wanted, files.map(|file| (file.name, file.digest.map(Digest::Sha256))).collect())
    }

    fn serves(&self, file: &str, platform: &str, _: &Wanted) -> bool {
        wheel::serves(file, platform)
    }

    fn versions(&self, response: &Response, name: &str) -> Result<Vec<Version>, String> {
        match by_status(response) {
            Some(Presence::Unknown(why)) => return Err(why),
            Some(_) => return Ok(Vec::new()),
            None => {}
        }
        let found = listed(response).ok_or(ODD)?;
        let found: BTreeSet<Version> = found.iter().filter_map(|file| file.version_of(name)).collect();
        Ok(found.into_iter().collect())
    }

    /// Its owners yank a whole version, and every file of it says so (PEP 592).
    fn taken_back(&self, response: &Response, name: &str) -> Vec<(Version, String)> {
        let listed = if response.status == 200 { listed(response) } else { None };
        let yanked = |file: Listed| {
            let version = file.version_of(name)?;
            let why = file.yanked?;
            Some((version, if why.is_empty() { "yanked".to_string() } else { format!("yanked: {why}") }))
        };
        let found: BTreeMap<Version, String> = listed.into_iter().flatten().filter_map(yanked).collect();
        found.into_iter().collect()
    }
}

const ODD: &str = "the answer is not a simple index";

/// A file of an index.
struct Listed {
    name: String,
    digest: Option<String>,
    /// Why nobody shall use it, where that is so; empty where no reason is given.
    yanked: Option<String>,
}

impl Listed {
    /// Its version, if it is of this package.
    fn version_of(&self, name: &str) -> Option<Version> {
        let (file_name, version) = parse_file_name(&self.name)?;
        version.parse().ok().filter(|_| normalized(&file_name) == normalized(name))
    }
}

/// The files; none where it is no list of files.
fn listed(response: &Response) -> Option<Vec<Listed>> {
    let body = String::from_utf8_lossy(&response.body);
    if response.content_type.contains("json") { from_json(&body) } else { from_html(&body) }
}

/// A name as PyPI compares it (PEP 503).
pub fn normalized(name: &str) -> String {
    let dashed: String =
        name.to_lowercase().chars().map(|c| if "-_.".contains(c) { '-' } else { c }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Name and version in the name of a wheel or sdist.
pub fn parse_file_name(file: &str) -> Option<(String, String)> {
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        return Some((parts.next()?.to_string(), parts.next()?.to_string()));
    }
    let (name, version) = file.strip_suffix(".tar.gz")?.rsplit_once('-')?;
    Some((name.to_string(), version.to_string()))
}

/// Whether two spellings are one version to PyPI (PEP 440: `0.1.8.0` is `0.1.8`).
pub fn same_version(text: &str, version: &Version) -> bool {
    let parse = |text: &str| text.parse::<pep440_rs::Version>().ok();
    match (parse(text), parse(&version.pep440())) {
        (Some(one), Some(other)) => one == other,
        _ => text == version.pep440(),
    }
}

fn from_json(body: &str) -> Option<Vec<Listed>> {
    let value: Value = serde_json::from_str(body).ok()?;
    let entry = |file: &Value| {
        let yanked = match &file["yanked"] {
            Value::String(why) => Some(why.clone()),
            Value::Bool(true) => Some(String::new()),
            _ => None,
        };
        let digest = file["hashes"]["sha256"].as_str().map(str::to_lowercase);
        Some(Listed { name: file["filename"].as_str()?.to_string(), digest, yanked })
    };
    value["files"].as_array()?.iter().map(entry).collect()
}

/// The links of a page: the text of each is a file name, the fragment of its address may hold the digest.
fn from_html(body: &str) -> Option<Vec<Listed>> {
    let lower = body.to_lowercase();
    // A page that asks who we are is no index without files.
    let is_page = (lower.contains("<html") || body.contains("<a ")) && !lower.contains("<form");
    let link = |part: &str| {
        let (tag, rest) = part.split_once('>')?;
        let name = rest.split("</a").next()?.trim().to_string();
        let digest = tag
            .split("#sha256=")
            .nth(1)
            .map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect());
        let yanked = tag.split_once("data-yanked").map(|(_, rest)| {
            let quoted = rest.strip_prefix("=\"").and_then(|rest| rest.split_once('"'));
            quoted.map_or(String::new(), |(why, _)| unescaped(why))
        });
        Some(Listed { name, digest: digest.map(|digest: String| digest.to_lowercase()), yanked })
    };
    is_page.then(|| body.split("<a ").skip(1).filter_map(link).collect())
}

/// What stands in an attribute, as people read it.
fn unescaped(text: &str) -> String {
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    marks.iter().fold(text.to_string(), |text, (mark, meant)| text.replace(mark, meant))
}

#[cfg(test)]
mod tests {
    use super::{PyPi, normalized, parse_file_name};
    use crate::effect::Response;
    use crate::registry::{Digest, Presence, Registry, Wanted};

    fn answer(status: u16, content_type: &str, body: &str) -> Presence {
        let response =
            Response { status, content_type: content_type.into(), body: body.into(), ..Response::default() };
        answer_for(&["sdist", "wheel"], &response)
    }

    fn answer_for(platforms: &[&str], response: &Response) -> Presence {
        let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        let version = "0.2.0".parse().unwrap();
        PyPi.answer(response, &Wanted { name: "Acme_Core", version: &version, platforms: &platforms })
    }

    const WHEEL: &str = "acme_core-0.2.0-py3-none-any.whl";

    #[test]
    fn names() {
        assert_eq!(normalized("Acme__Core.x"), "acme-core-x");
        assert_eq!(parse_file_name(WHEEL), Some(("acme_core".into(), "0.2.0".into())));
        assert_eq!(parse_file_name("acme_core-0.2.0.tar.gz"), Some(("acme_core".into(), "0.2.0".into())));
        assert_eq!(parse_file_name("acme_core-0.2.0.zip"), None);
    }

    #[test]
    fn json_and_html_say_the_same() {
        let json = format!(
            "{{\"files\":[{{\"filename\":\"{WHEEL}\",\"hashes\":{{\"sha256\":\"AB\"}}}},{{\"filename\":\"acme_core-0.2.0.tar.gz\",\"hashes\":{{}}}},{{\"filename\":\"acme_core-0.1.0.tar.gz\",\"hashes\":{{}}}}]}}"
        );
        let html = format!(
            "<!DOCTYPE html><html><body><a href=\"/f/{WHEEL}#sha256=ab\">{WHEEL}</a><br>\n<a href=\"x\" data-requires-python=\"&gt;=3\">acme_core-0.2.0.tar.gz</a><a href=\"y\">acme_core-0.1.0.tar.gz</a>"
        );
        let from_json = answer(200, "application/vnd.pypi.simple.v1+json", &json);
        assert_eq!(from_json, answer(200, "text/html; charset=utf-8", &html));
        let Presence::Live(files) = from_json else { panic!("{from_json:?}") };
        assert_eq!(files.len(), 2);
        assert_eq!(files[WHEEL], Some(Digest::Sha256("ab".to_string())));
    }

    #[test]
    fn answers_are_three() {
        let wheel_alone = format!("<a href=\"\">{WHEEL}</a>");
        assert!(matches!(answer(200, "text/html", &wheel_alone), Presence::Partial(_)));
        assert_eq!(answer(200, "text/html", "<html></html>"), Presence::Absent);
        assert_eq!(answer(404, "", ""), Presence::Absent);
        for (status, kind, body) in [
            (500, "", ""),
            (403, "", ""),
            (200, "application/json", "{}"),
            (200, "text/plain", "hi"),
            (200, "text/html", "<html><form action=\"login\"></form></html>"),
        ] {
            assert!(matches!(answer(status, kind, body), Presence::Unknown(_)), "{status} {body}");
        }
    }

    #[test]
    fn it_is_live_when_every_platform_has_its_file() {
        let native = "acme_core-0.2.0-cp39-abi3-manylinux_2_17_x86_64.whl";
        let body = format!("<a href=\"\">{native}</a><a href=\"\">acme_core-0.2.0.tar.gz</a>");
        let response = Response {
            status: 200,
            content_type: "text/html".into(),
            body: body.into(),
            ..Response::default()
        };
        for (platforms, live) in [
            (&["manylinux_2_28_x86_64"][..], true),
            (&["sdist"], true),
            (&["sdist", "wheel", "manylinux_2_17_x86_64"], true),
            (&["manylinux_2_28_x86_64", "macosx_11_0_arm64"], false),
            (&["cp312-manylinux_2_28_x86_64"], false),
        ] {
            let answer = answer_for(platforms, &response);
            assert_eq!(matches!(answer, Presence::Live(_)), live, "{platforms:?} {answer:?}");
            assert_eq!(answer.files().map(|files| files.len()), Some(2));
        }
    }

    #[test]
    fn a_yanked_version_says_so_in_both() {
        let html = "<html><a href=\"x\" data-yanked=\"it &quot;burns&quot;\">acme_core-0.2.0.tar.gz</a>\
            <a href=\"x\" data-yanked=\"\">acme_core-0.3.0.tar.gz</a><a href=\"x\">acme_core-0.4.0.tar.gz</a></html>";
        let json = "{\"files\":[{\"filename\":\"acme_core-0.2.0.tar.gz\",\"yanked\":\"it \\\"burns\\\"\"},\
            {\"filename\":\"acme_core-0.3.0.tar.gz\",\"yanked\":true},{\"filename\":\"acme_core-0.4.0.tar.gz\",\"yanked\":false}]}";
        for (kind, body) in [("text/html", html), ("application/json", json)] {
            let (content_type, body) = (kind.to_string(), body.as_bytes().to_vec());
            let response = Response { status: 200, content_type, body, ..Response::default() };
            let found = PyPi.taken_back(&response, "acme-core");
            let found: Vec<String> = found.iter().map(|(version, why)| format!("{version} {why}")).collect();
            assert_eq!(found, ["0.2.0 yanked: it \"burns\"", "0.3.0 yanked"], "{kind}");
        }
    }

    #[test]
    fn every_version_that_has_a_file_is_listed() {
        let html = format!(
            "<a href=\"\">{WHEEL}</a><a href=\"\">acme_core-0.2.0.tar.gz</a><a href=\"\">acme_core-0.3.0rc1.tar.gz</a>\
             <a href=\"\">acme_core-odd.tar.gz</a><a href=\"\">other-9.tar.gz</a>"
        );
        let response = |status, body: &str| Response {
            status,
            content_type: "text/html".into(),
            body: body.into(),
            ..Response::default()
        };
        let texts = |response: Response| {
            let found = PyPi.versions(&response, "acme-core");
            found.map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(texts(response(200, &html)), Ok(vec!["0.2.0".to_string(), "0.3.0-rc.1".to_string()]));
        assert_eq!(texts(response(404, "")), Ok(Vec::new()));
        assert!(texts(response(500, "")).is_err() && texts(response(200, "hi")).is_err());
    }

    #[test]
    fn trailing_zeros_are_the_same_version() {
        let html = "<a href=\"\">acme_core-0.2-py3-none-any.whl</a><a href=\"\">acme_core-0.2.0.0.tar.gz</a>";
        assert!(matches!(answer(200, "text/html", html), Presence::Live(_)));
    }
}
