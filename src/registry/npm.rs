//! Asks an npm registry for the versions of a package, in the short form that installers ask for.

use serde_json::Value;

use super::{Files, Presence, Registry, by_status};
use crate::effect::{Request, Response};
use crate::version::Version;

/// The public registry, and every other server that speaks its language.
pub struct Npm;

impl Registry for Npm {
    fn question(&self, index: &str, name: &str) -> Request {
        let accept = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8".to_string();
        // The answer of a cache would be the one from before the upload.
        let headers = [("Accept", accept), ("Cache-Control", "no-cache".to_string())];
        Request {
            // The slash of a scope is part of the name.
            url: format!("{index}{}", name.replace('/', "%2f")),
            headers: headers.map(|(name, value)| (name.to_string(), value)).to_vec(),
        }
    }

    fn answer(&self, response: &Response, name: &str, version: &Version) -> Presence {
        if let Some(presence) = by_status(response) {
            return presence;
        }
        let read = serde_json::from_slice::<Value>(&response.body).ok();
        let Some(versions) = read.as_ref().and_then(|value| value["versions"].as_object()) else {
            return Presence::Unknown("the answer is not what an npm registry says of a package".to_string());
        };
        match versions.contains_key(&published(version)) {
            // It tells SHA-1 and SHA-512, and files are compared by SHA-256.
            true => Presence::Live(Files::from([(file_name(name, version), None)])),
            false => Presence::Absent,
        }
    }
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
    use crate::registry::{Presence, Registry};

    fn answer(status: u16, body: &str, version: &str) -> Presence {
        let response = Response { status, body: body.into(), ..Response::default() };
        Npm.answer(&response, "@acme/core", &version.parse().unwrap())
    }

    #[test]
    fn a_scope_is_part_of_the_name() {
        assert_eq!(Npm.question("http://x/", "@acme/core").url, "http://x/@acme%2fcore");
        assert_eq!(file_name("@acme/core", &"1.2.0-rc.1".parse().unwrap()), "acme-core-1.2.0-rc.1.tgz");
    }

    #[test]
    fn answers_are_three() {
        let body = "{\"versions\":{\"0.1.0\":{},\"0.2.0\":{\"dist\":{\"shasum\":\"ab\"}}}}";
        for version in ["0.2.0", "0.2.0+build.5"] {
            let Presence::Live(files) = answer(200, body, version) else { panic!("{version}") };
            assert!(files.contains_key(&format!("acme-core-{version}.tgz")));
        }
        assert_eq!(answer(200, body, "0.3.0"), Presence::Absent);
        assert_eq!(answer(404, "{\"error\":\"not_found\"}", "0.2.0"), Presence::Absent);
        for (status, body) in [(500, ""), (401, ""), (429, ""), (200, "<html>"), (200, "{}")] {
            assert!(matches!(answer(status, body, "0.2.0"), Presence::Unknown(_)), "{status} {body}");
        }
    }
}
