//! Asks cargo's sparse index (the cargo book, "Index Format"): one file a crate, one line of JSON a version.

use serde_json::Value;

use super::{Digest, Files, Presence, Registry, Target, Wanted, by_status};
use crate::effect::{Request, Response};
use crate::version::Version;

mod cfg;
mod metadata;
mod upload;

/// crates.io, and every other sparse registry.
pub struct CratesIo;

impl Registry for CratesIo {
    fn question(&self, index: &str, name: &str) -> Request {
        let base = index.strip_prefix("sparse+").unwrap_or(index);
        Request::get(format!("{base}{}", index_path(name)))
    }

    fn answer(&self, response: &Response, wanted: &Wanted) -> Presence {
        let Wanted { name, version, .. } = *wanted;
        if let Some(presence) = by_status(response) {
            return presence;
        }
        let Some(entries) = entries(response) else { return Presence::Unknown(ODD.to_string()) };
        match entries.into_iter().find(|entry| entry.version.semver() == version.semver()) {
            Some(Entry { digest, .. }) => {
                Presence::Live(Files::from([(format!("{name}-{}.crate", version.semver()), digest)]))
            }
            None => Presence::Absent,
        }
    }

    fn versions(&self, response: &Response, _: &str) -> Result<Vec<Version>, String> {
        match by_status(response) {
            Some(Presence::Unknown(why)) => Err(why),
            Some(_) => Ok(Vec::new()),
            None => {
                let entries = entries(response).ok_or(ODD)?;
                Ok(entries.into_iter().map(|entry| entry.version).collect())
            }
        }
    }

    /// `cargo publish` packs the sources again, and has none to pack.
    fn doorway(&self, target: &Target) -> Option<Request> {
        Some(upload::doorway(target))
    }

    fn upload(&self, answer: &Response, file: &[u8], target: &Target) -> Result<Request, String> {
        upload::request(answer, file, target)
    }

    fn refusal(&self, response: &Response) -> Option<String> {
        upload::refusal(response)
    }

    fn remarks(&self, response: &Response) -> Vec<String> {
        upload::remarks(response)
    }
    fn taken_back(&self, response: &Response, _: &str) -> Vec<(Version, String)> {
        let entries = if response.status == 200 { entries(response) } else { None };
        let yanked = entries.into_iter().flatten().filter(|entry| entry.yanked);
        yanked.map(|entry| (entry.version, "yanked".to_string())).collect()
    }
}

const ODD: &str = "the index is not as the cargo book describes it";

struct Entry {
    version: Version,
    digest: Option<Digest>,
    yanked: bool,
}

/// The versions; none where a line is no entry of an index.
fn entries(response: &Response) -> Option<Vec<Entry>> {
    let body = String::from_utf8_lossy(&response.body);
    let mut found = Vec::new();
    for line in body.lines().filter(|line| !line.trim().is_empty()) {
        let entry = serde_json::from_str::<Value>(line).ok()?;
        if let Some(version) = entry["vers"].as_str().and_then(|text| text.parse::<Version>().ok()) {
            let digest = entry["cksum"].as_str().map(|text| Digest::Sha256(text.to_lowercase()));
            found.push(Entry { version, digest, yanked: entry["yanked"] == true });
        }
    }
    Some(found)
}

/// The path of a crate's file in an index.
fn index_path(name: &str) -> String {
    let lower = name.to_lowercase();
    match lower.len() {
        0 => lower,
        1 => format!("1/{lower}"),
        2 => format!("2/{lower}"),
        3 => format!("3/{}/{lower}", lower.get(..1).unwrap_or("_")),
        _ => format!("{}/{}/{lower}", lower.get(..2).unwrap_or("__"), lower.get(2..4).unwrap_or("__")),
    }
}

#[cfg(test)]
mod tests {
    use super::{CratesIo, index_path};
    use crate::effect::Response;
    use crate::registry::{Digest, Files, Presence, Registry, Wanted};

    fn answer(status: u16, body: &str) -> Presence {
        let response = Response { status, body: body.into(), ..Response::default() };
        let version = "0.2.0".parse().unwrap();
        CratesIo.answer(&response, &Wanted { name: "acme", version: &version, platforms: &[] })
    }

    #[test]
    fn paths() {
        for (name, path) in [
            ("a", "1/a"),
            ("ab", "2/ab"),
            ("abc", "3/a/abc"),
            ("abcd", "ab/cd/abcd"),
            ("Serde_Json", "se/rd/serde_json"),
        ] {
            assert_eq!(index_path(name), path);
        }
    }

    #[test]
    fn every_version_is_listed() {
        let texts = |status, body: &str| {
            let response = Response { status, body: body.into(), ..Response::default() };
            let found = CratesIo.versions(&response, "acme");
            found.map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let body = "{\"vers\":\"0.1.0\"}\n{\"vers\":\"0.2.0-rc1\",\"yanked\":true}\n";
        assert_eq!(texts(200, body), Ok(vec!["0.1.0".to_string(), "0.2.0-rc1".to_string()]));
        assert_eq!(texts(404, ""), Ok(Vec::new()));
        assert!(texts(503, "").is_err() && texts(200, "<html>").is_err());
        let response = |status, body: &str| Response { status, body: body.into(), ..Response::default() };
        let yanked = ("0.2.0-rc1".parse().unwrap(), "yanked".to_string());
        assert_eq!(CratesIo.taken_back(&response(200, body), "acme"), [yanked]);
        assert_eq!(CratesIo.taken_back(&response(404, body), "acme"), []);
    }

    #[test]
    fn answers_are_three() {
        let body = "{\"vers\":\"0.1.0\",\"cksum\":\"aa\"}\n{\"vers\":\"0.2.0\",\"cksum\":\"BB\"}\n";
        let live = Files::from([("acme-0.2.0.crate".to_string(), Some(Digest::Sha256("bb".to_string())))]);
        assert_eq!(answer(200, body), Presence::Live(live));
        assert_eq!(answer(200, "{\"vers\":\"0.2.0-rc.1\"}"), Presence::Absent);
        assert_eq!(answer(404, ""), Presence::Absent);
        for (status, body) in [(500, ""), (403, ""), (429, ""), (200, "<html>")] {
            assert!(matches!(answer(status, body), Presence::Unknown(_)), "{status} {body}");
        }
    }
}
