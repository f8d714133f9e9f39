//! Asks an npm registry for the versions of a package, in the short form that installers ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use super::{Digest, Files, Presence, Registry, Wanted, by_status};
use crate::effect::{Request, Response};
use crate::version::Version;

/// The public registry, and every other server that speaks its language.
pub struct Npm;

impl Registry for Npm {
    fn question(&self, index: &str, name: &str) -> Request {
        let accept = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";
        // The slash of a scope is part of the name.
        let request = Request::get(format!("{index}{}", name.replace('/', "%2f")));
        // The answer of a cache would be the one from before the upload.
        request.header("Accept", accept).header("Cache-Control", "no-cache")
    }

    fn answer(&self, response: &Response, wanted: &Wanted) -> Presence {
        let Wanted { name, version, .. } = *wanted;
        if let Some(presence) = by_status(response) {
            return presence;
        }
        let Some(versions) = versions(response) else { return Presence::Unknown(ODD.to_string()) };
        match versions.get(&published(version)) {
            None => Presence::Absent,
            Some(entry) => {
                let digest = entry["dist"]["integrity"].as_str().and_then(sha512);
                Presence::Live(Files::from([(file_name(name, version), digest)]))
            }
        }
    }

    fn versions(&self, response: &Response, _: &str) -> Result<Vec<Version>, String> {
        match by_status(response) {
            Some(Presence::Unknown(why)) => Err(why),
            Some(_) => Ok(Vec::new()),
            None => {
                let versions = versions(response).ok_or(ODD)?;
                Ok(versions.keys().filter_map(|version| version.parse().ok()).collect())
            }
        }
    }

    fn taken_back(&self, response: &Response, _: &str) -> Vec<(Version, String)> {
        let versions = if response.status == 200 { versions(response) } else { None };
        let deprecated = |(version, entry): (String, Value)| {
            // Nothing stands there for a deprecation that was taken back.
            let why = entry["deprecated"].as_str().filter(|why| !why.is_empty())?;
            Some((version.parse().ok()?, format!("deprecated: {why}")))
        };
        versions.into_iter().flatten().filter_map(deprecated).collect()
    }
}

const ODD: &str = "the answer is not what an npm registry says of a package";

fn versions(response: &Response) -> Option<Map<String, Value>> {
    let mut answer: Value = serde_json::from_slice(&response.body).ok()?;
    match answer["versions"].take() {
        Value::Object(versions) => Some(versions),
        _ => None,
    }
}

/// The digest in what is called `integrity`: a list of `ALGORITHM-BASE64`. SHA-1, which stands alone for what is very
/// old, proves nothing.
fn sha512(integrity: &str) -> Option<Digest> {
    let encoded = integrity.split_whitespace().find_map(|part| part.strip_prefix("sha512-"))?;
    let bytes = BASE64.decode(encoded).ok()?;
    Some(Digest::Sha512(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// The file that `npm pack` makes of a package.
pub fn file_name(name: &str, version: &Version) -> String {
    format!("{}-{}.tgz", name.trim_start_matches('@').replace('/', "-"), version.semver())
}

/// npm cuts what stands behind `+`.
fn published(version: &Version) -> String {
    let text = version.semver();
    text.split_once('+').map_or(text.clone(), |(before, _)| before.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Npm, file_name};
    use crate::effect::Response;
    use crate::registry::{Digest, Presence, Registry, Wanted};

    fn answer(status: u16, body: &str, version: &str) -> Presence {
        let response = Response { status, body: body.into(), ..Response::default() };
        let version = version.parse().unwrap();
        Npm.answer(&response, &Wanted { name: "@acme/core", version: &version, platforms: &[] })
    }

    #[test]
    fn a_scope_is_part_of_the_name() {
        assert_eq!(Npm.question("http://x/", "@acme/core").url, "http://x/@acme%2fcore");
        assert_eq!(file_name("@acme/core", &"1.2.0-rc.1".parse().unwrap()), "acme-core-1.2.0-rc.1.tgz");
    }

    #[test]
    fn answers_are_three() {
        let body =
            "{\"versions\":{\"0.1.0\":{},\"0.2.0\":{\"dist\":{\"integrity\":\"sha1-AA== sha512-/wA=\"}}}}";
        for version in ["0.2.0", "0.2.0+build.5"] {
            let Presence::Live(files) = answer(200, body, version) else { panic!("{version}") };
            let digest = files[&format!("acme-core-{version}.tgz")].clone();
            assert_eq!(digest, Some(Digest::Sha512("ff00".to_string())));
        }
        let Presence::Live(files) = answer(200, body, "0.1.0") else { panic!("0.1.0") };
        assert_eq!(files["acme-core-0.1.0.tgz"], None);
        assert_eq!(answer(200, body, "0.3.0"), Presence::Absent);
        assert_eq!(answer(404, "{\"error\":\"not_found\"}", "0.2.0"), Presence::Absent);
        let deprecated = "{\"versions\":{\"0.1.0\":{\"deprecated\":\"it burns\"},\"0.2.0\":{\"deprecated\":\"\"},\"0.3.0\":{}}}";
        let response = Response { status: 200, body: deprecated.into(), ..Response::default() };
        let expected = ("0.1.0".parse().unwrap(), "deprecated: it burns".to_string());
        assert_eq!(Npm.taken_back(&response, "@acme/core"), [expected]);
        for (status, body) in [(500, ""), (401, ""), (429, ""), (200, "<html>"), (200, "{}")] {
            assert!(matches!(answer(status, body, "0.2.0"), Presence::Unknown(_)), "{status} {body}");
        }
    }
}
