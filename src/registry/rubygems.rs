//! Asks for the versions of a gem: the public server by its API, every other one by the compact index that bundler
//! reads. The public one is not asked by the index, because its network keeps a "not found" for minutes, and would give
//! that answer to users after the first release.

use serde_json::Value;

use super::{Digest, Files, Presence, Registry, Wanted, addresses, by_status};
use crate::effect::{Request, Response};
use crate::version::Version;

/// RubyGems, and every other server of gems.
pub struct RubyGems;

impl Registry for RubyGems {
    fn question(&self, index: &str, name: &str) -> Request {
        let is_public = addresses::preset("rubygems").is_some_and(|preset| preset.index == index);
        let url = match is_public {
            true => format!("{index}api/v1/versions/{name}.json"),
            false => format!("{index}info/{name}"),
        };
        // The answer of a cache would be the one from before the upload.
        Request::get(url).header("Cache-Control", "no-cache")
    }

    fn answer(&self, response: &Response, wanted: &Wanted) -> Presence {
        if let Some(presence) = by_status(response) {
            return presence;
        }
        let Some(listed) = listed(response) else { return Presence::Unknown(ODD.to_string()) };
        let ours = listed.into_iter().filter(|entry| same_version(&entry.version, wanted.version));
        let file = |entry: Entry| {
            let platform = Some(entry.platform.as_str()).filter(|platform| *platform != SOURCE);
            let platform = platform.map_or(String::new(), |platform| format!("-{platform}"));
            let name = format!("{}-{}{platform}.gem", wanted.name, entry.version);
            (name, entry.digest.map(Digest::Sha256))
        };
        self.presence(wanted, ours.map(file).collect::<Files>())
    }

    fn serves(&self, file: &str, platform: &str, wanted: &Wanted) -> bool {
        parse_file_name(file, wanted.name).is_some_and(|(_, found)| found == platform)
    }

    fn versions(&self, response: &Response, _: &str) -> Result<Vec<Version>, String> {
        match by_status(response) {
            Some(Presence::Unknown(why)) => Err(why),
            Some(_) => Ok(Vec::new()),
            None => {
                let listed = listed(response).ok_or(ODD)?;
                Ok(listed.iter().filter_map(|entry| entry.version.parse().ok()).collect())
            }
        }
    }
}

const ODD: &str = "the answer lists no versions";

/// The platform of a gem that is compiled, if at all, where it is installed.
pub const SOURCE: &str = "ruby";

/// Systems that platforms of gems end with, as `Gem::Platform` knows them.
const SYSTEMS: [&str; 14] = [
    "aix",
    "cygwin",
    "darwin",
    "dalvik",
    "dotnet",
    "freebsd",
    "java",
    "linux",
    "macruby",
    "mingw",
    "mswin",
    "netbsdelf",
    "openbsd",
    "solaris",
];

/// Whether a text is a platform of gems: `ruby`, `java`, or machine and system.
pub fn is_platform(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let system =
        text.split_once('-').map_or("", |(machine, system)| if machine.is_empty() { "" } else { system });
    let is_known = SYSTEMS.iter().any(|known| system.starts_with(known)) || system.starts_with("wasi");
    text == SOURCE || text == "java" || (is_known && text.chars().all(plain))
}

/// Version and platform in the file name of a gem of this name.
pub fn parse_file_name<'a>(file: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let rest = file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".gem")?;
    let (version, platform) = rest.split_once('-').unwrap_or((rest, SOURCE));
    version.starts_with(|c: char| c.is_ascii_digit()).then_some((version, platform))
}

fn listed(response: &Response) -> Option<Vec<Entry>> {
    let body = String::from_utf8_lossy(&response.body);
    if body.starts_with("---") { from_index(&body) } else { from_json(&body) }
}

struct Entry {
    version: String,
    platform: String,
    digest: Option<String>,
}

/// Whether two spellings are one version to RubyGems: zeros at the end say nothing, and `rc.1` is `rc1`.
pub fn same_version(text: &str, version: &Version) -> bool {
    let parts = |text: &str| {
        let text = text.replace('-', ".pre.");
        let mut parts: Vec<String> = Vec::new();
        for c in text.chars() {
            let same = |last: &String| last.ends_with(|l: char| l.is_ascii_digit() == c.is_ascii_digit());
            match parts.last_mut() {
                Some(last) if c != '.' && !last.is_empty() && same(last) => last.push(c),
                _ => parts.push(if c == '.' { String::new() } else { c.to_string() }),
            }
        }
        parts.retain(|part| !part.is_empty());
        let end = parts.iter().rposition(|part| !part.trim_matches('0').is_empty()).map_or(0, |at| at + 1);
        // Also those before a pre-release: `1.0.a` is `1.a`.
        let letters = parts.iter().position(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()));
        let (numbers, rest) = parts[..end].split_at(letters.unwrap_or(end).min(end));
        let kept = numbers.iter().rposition(|part| !part.trim_matches('0').is_empty()).map_or(0, |at| at + 1);
        [&numbers[..kept], rest].concat()
    };
    parts(text) == parts(&version.gem())
}

fn from_json(body: &str) -> Option<Vec<Entry>> {
    let value: Value = serde_json::from_str(body).ok()?;
    let entry = |one: &Value| {
        Some(Entry {
            version: one["number"].as_str()?.to_string(),
            platform: one["platform"].as_str().unwrap_or(SOURCE).to_string(),
            digest: one["sha"].as_str().map(str::to_lowercase),
        })
    };
    value.as_array()?.iter().map(entry).collect()
}

/// One line a version: `1.2.0-java dep:>= 1|checksum:abc,ruby:>= 2.7`.
fn from_index(body: &str) -> Option<Vec<Entry>> {
    let entry = |line: &str| {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (version, platform) = name.split_once('-').unwrap_or((name, SOURCE));
        let facts = rest.rsplit_once('|').map_or("", |(_, facts)| facts);
        let digest = facts.split(',').find_map(|fact| fact.strip_prefix("checksum:"));
        let digest = digest.map(str::to_lowercase);
        Entry { version: version.to_string(), platform: platform.to_string(), digest }
    };
    let lines = body.strip_prefix("---")?.lines().map(str::trim).filter(|line| !line.is_empty());
    Some(lines.map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::{RubyGems, is_platform, parse_file_name, same_version};
    use crate::config::Config;
    use crate::effect::Response;
    use crate::model::Kind;
    use crate::registry::{self, Digest, Files, Presence, Registry, Wanted, addresses};

    fn answer(status: u16, body: &str) -> Presence {
        answer_for(&["ruby"], status, body)
    }

    fn answer_for(platforms: &[&str], status: u16, body: &str) -> Presence {
        let response = Response { status, body: body.into(), ..Response::default() };
        let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        let version = "0.2.0".parse().unwrap();
        RubyGems.answer(&response, &Wanted { name: "acme", version: &version, platforms: &platforms })
    }

    #[test]
    fn the_public_server_is_asked_by_its_api_and_others_by_the_index() {
        let public = addresses::preset("rubygems").unwrap().index;
        let asked = RubyGems.question(public, "acme").url;
        assert_eq!(asked.strip_prefix(public), Some("api/v1/versions/acme.json"));
        assert_eq!(
            RubyGems.question("http://127.0.0.1:1/gems/", "acme").url,
            "http://127.0.0.1:1/gems/info/acme"
        );
    }

    #[test]
    fn a_server_of_ones_own_never_leads_to_the_public_one() {
        let target = |config: &str| {
            let config = Config::parse("castoff.toml", config).unwrap();
            registry::target("rubygems", Kind::Gem, &config, &|_| None)
        };
        let own = target("[registry.rubygems]\nindex = 'http://127.0.0.1:1/gems'").unwrap();
        assert_eq!(
            (own.upload.as_str(), own.index.as_str()),
            ("http://127.0.0.1:1/gems", "http://127.0.0.1:1/gems/")
        );
        assert!(target("[registry.rubygems]\nupload = 'http://127.0.0.1:1/'").is_err());
        let public = addresses::preset("rubygems").unwrap();
        assert_eq!(target("").unwrap().upload, public.upload);
    }

    #[test]
    fn json_and_index_say_the_same() {
        let json = "[{\"number\":\"0.2.0\",\"platform\":\"ruby\",\"sha\":\"AB\"},\
            {\"number\":\"0.2.0\",\"platform\":\"x86_64-linux\",\"sha\":\"cd\"},{\"number\":\"0.1.0\",\"platform\":\"ruby\"}]";
        let index = "---\n0.1.0 |checksum:00\n0.2.0 dep:~> 0.1,dep2:>= 1&< 3|checksum:ab,ruby:>= 2.7\n0.2.0-x86_64-linux |checksum:cd\n";
        let files = Files::from([
            ("acme-0.2.0.gem".to_string(), Some(Digest::Sha256("ab".to_string()))),
            ("acme-0.2.0-x86_64-linux.gem".to_string(), Some(Digest::Sha256("cd".to_string()))),
        ]);
        assert_eq!(answer(200, json), Presence::Live(files.clone()));
        assert_eq!(answer(200, index), Presence::Live(files));
    }

    #[test]
    fn it_is_live_when_every_platform_has_its_gem() {
        let source = "---\n0.1.0-java |checksum:00\n0.2.0 |checksum:ab\n";
        let both = format!("{source}0.2.0-x86_64-linux |checksum:cd\n");
        let native = "---\n0.2.0-x86_64-linux |checksum:cd\n";
        for (platforms, body, live) in [
            (&["ruby"][..], source, true),
            (&["ruby", "x86_64-linux"], source, false),
            (&["ruby", "x86_64-linux"], &both, true),
            (&["ruby"], native, false),
            (&["x86_64-linux"], native, true),
            (&["x86_64-linux", "java"], &both, false),
            // Nothing is said of it: a gem for some platform, whichever the build gave.
            (&[], native, true),
        ] {
            let answer = answer_for(platforms, 200, body);
            assert_eq!(matches!(answer, Presence::Live(_)), live, "{platforms:?} {answer:?}");
        }
    }

    #[test]
    fn names_of_files_say_the_platform() {
        for (file, expected) in [
            ("acme-0.2.0.gem", Some(("0.2.0", "ruby"))),
            ("acme-0.2.0.rc.1-x86_64-linux.gem", Some(("0.2.0.rc.1", "x86_64-linux"))),
            ("acme-core-0.2.0.gem", None),
            ("other-0.2.0.gem", None),
            ("acme-0.2.0.tgz", None),
        ] {
            assert_eq!(parse_file_name(file, "acme"), expected, "{file}");
        }
        for (text, expected) in [
            ("ruby", true),
            ("java", true),
            ("x86_64-linux", true),
            ("x86_64-linux-musl", true),
            ("arm64-darwin", true),
            ("x64-mingw-ucrt", true),
            ("x86_64-linxu", false),
            ("linux", false),
            ("-linux", false),
            ("manylinux_2_28_x86_64", false),
            ("X86-linux", false),
        ] {
            assert_eq!(is_platform(text), expected, "{text}");
        }
    }

    #[test]
    fn answers_are_three() {
        assert!(matches!(answer(200, "---\n0.2.0-java |checksum:ab\n"), Presence::Partial(_)));
        assert_eq!(answer(200, "---\n"), Presence::Absent);
        assert_eq!(answer(200, "[]"), Presence::Absent);
        assert_eq!(answer(404, "This gem could not be found"), Presence::Absent);
        for (status, body) in [(500, ""), (403, ""), (429, ""), (200, "<html>"), (200, "{}")] {
            assert!(matches!(answer(status, body), Presence::Unknown(_)), "{status} {body}");
        }
    }

    #[test]
    fn spellings_of_one_version_are_equal() {
        for (text, version, expected) in [
            ("0.1.8.0", "0.1.8", true),
            ("0.1.8", "0.1.8.0", true),
            ("1.0.0.rc.1", "1.0.0-rc.1", true),
            ("1.0.rc1", "1.0.0-rc.1", true),
            ("1.0.0.rc1", "1.0.0", false),
            ("10.0", "1.0.0", false),
        ] {
            assert_eq!(same_version(text, &version.parse().unwrap()), expected, "{text} {version}");
        }
    }
}
