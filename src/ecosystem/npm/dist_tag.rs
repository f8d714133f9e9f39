//! Under which tag of the registry a version is published. Whoever asks for a package without naming a version gets the one
//! that is tagged `latest`, so that tag never goes back and is never given to a candidate.

use super::MANIFEST;
use crate::ecosystem::{DistTag, Tagging};
use crate::edit::json::Json;
use crate::version::Version;

/// What everybody gets who names no version.
pub(super) const LATEST: &str = "latest";
const NEXT: &str = "next";

/// As the configuration says, else the manifest, else what is usual.
pub(super) fn dist_tag(asked: &Tagging) -> DistTag {
    let manifest = asked.tree.text(&asked.package.manifest).unwrap_or_default();
    let json = Json::parse(MANIFEST, manifest).ok();
    let in_manifest = json.as_ref().and_then(|json| json.str(&["publishConfig", "tag"]));
    match asked.rule.or(in_manifest) {
        // What is asked for is what a final version gets.
        Some(LATEST) if asked.version.pre.is_some() => DistTag { name: NEXT.to_string(), chosen: false },
        Some(name) => DistTag { name: name.to_string(), chosen: true },
        None => DistTag { name: usual(asked.version, asked.greatest), chosen: false },
    }
}

/// A version of an older line than what is released already has a tag of that line: `release-1.x`.
fn usual(version: &Version, greatest: Option<&Version>) -> String {
    match greatest {
        _ if version.pre.is_some() => NEXT.to_string(),
        Some(greatest) if greatest > version => line(version),
        _ => LATEST.to_string(),
    }
}

pub(super) fn line(version: &Version) -> String {
    match version.is_zero_major() {
        true => format!("release-0.{}.x", version.part(1)),
        false => format!("release-{}.x", version.part(0)),
    }
}

/// npm takes none that could be a range of versions, for nobody could ask for it.
pub(super) fn is_one(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty() && text.chars().all(plain) && nodejs_semver::Range::parse(text).is_err()
}

#[cfg(test)]
mod tests {
    use super::{dist_tag, is_one};
    use crate::ecosystem::Tagging;
    use crate::ecosystem::npm::discover::discover;
    use crate::model::Tree;
    use crate::version::Version;

    fn check(version: &str, greatest: &str, rule: Option<&str>, manifest: &str, expected: &str) {
        let mut tree = Tree::default();
        let text = format!("{{ \"name\": \"a\", \"version\": \"{version}\"{manifest} }}");
        tree.texts.insert("package.json".to_string(), text);
        let packages = discover(&tree).unwrap();
        let (version, greatest): (Version, Option<Version>) =
            (version.parse().unwrap(), greatest.parse().ok());
        let asked = Tagging {
            tree: &tree,
            package: &packages[0],
            version: &version,
            rule,
            greatest: greatest.as_ref(),
        };
        let tag = dist_tag(&asked);
        let text = format!("{}{}", tag.name, if tag.chosen { " chosen" } else { "" });
        assert_eq!(text, expected, "{version} {greatest:?} {rule:?} {manifest}");
    }

    #[test]
    fn only_the_greatest_final_version_is_the_latest() {
        for (version, greatest, expected) in [
            ("1.0.0", "", "latest"),
            ("0.1.0", "", "latest"),
            ("1.1.0", "1.0.0", "latest"),
            ("1.1.0", "1.1.0", "latest"),
            ("2.0.0-rc.1", "1.0.0", "next"),
            ("1.0.1", "2.3.0", "release-1.x"),
            ("0.3.2", "0.4.0", "release-0.3.x"),
            ("0.3.2", "1.0.0", "release-0.3.x"),
        ] {
            check(version, greatest, None, "", expected);
        }
    }

    #[test]
    fn what_is_written_is_taken() {
        let manifest = ", \"publishConfig\": { \"tag\": \"beta\" }";
        check("1.0.0", "", None, manifest, "beta chosen");
        check("1.0.0", "", Some("stable"), manifest, "stable chosen");
        check("1.0.1", "2.0.0", Some("latest"), "", "latest chosen");
        check("2.0.0-rc.1", "", Some("latest"), "", "next");
        check("2.0.0-rc.1", "", Some("beta"), "", "beta chosen");
    }

    #[test]
    fn a_tag_is_no_range_of_versions() {
        for text in ["latest", "next", "release-1.x", "beta_2"] {
            assert!(is_one(text), "{text}");
        }
        for text in ["1.x", "v1", "1.2.3", "", "*", "a b", "x"] {
            assert!(!is_one(text), "{text}");
        }
    }
}
