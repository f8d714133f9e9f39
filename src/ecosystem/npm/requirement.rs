//! Requirements as npm, pnpm, yarn and bun write them: a range, a workspace's package, a path, or something that no
//! registry of versions answers (tags, addresses, catalogs).

use nodejs_semver::Range;

use crate::version::Version;

/// What a requirement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spec<'a> {
    /// A range of versions.
    Range(&'a str),
    /// `workspace:RANGE`, `workspace:NAME@RANGE`: the range may be `*`, `^` or `~` alone.
    Workspace { name: Option<&'a str>, range: &'a str },
    /// `file:DIR`, `link:DIR`, `portal:DIR`, `./DIR`.
    Path(&'a str),
    /// Anything else.
    Other,
}

impl<'a> Spec<'a> {
    pub(super) fn parse(text: &'a str) -> Spec<'a> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("workspace:") {
            return workspace(rest);
        }
        let path = ["file:", "link:", "portal:"].iter().find_map(|prefix| text.strip_prefix(prefix));
        match path {
            Some(path) => Spec::Path(path),
            None if text.starts_with("./") || text.starts_with("../") => Spec::Path(text),
            None if is_range(text) => Spec::Range(text),
            None => Spec::Other,
        }
    }

    /// What is published in its place where the package that it leads to has this version: as pnpm, yarn and bun do
    /// it, and exactly this version where there is only a path.
    pub(super) fn published(&self, version: &Version) -> String {
        let version = version.semver();
        match self {
            Spec::Workspace { range: "*" | "", .. } | Spec::Path(_) => version,
            Spec::Workspace { range: operator @ ("^" | "~"), .. } => format!("{operator}{version}"),
            Spec::Range(range) | Spec::Workspace { range, .. } => (*range).to_string(),
            Spec::Other => String::new(),
        }
    }
}

/// The text behind `workspace:`; a path may stand there too.
fn workspace(rest: &str) -> Spec<'_> {
    if rest.starts_with('.') {
        return Spec::Path(rest);
    }
    match rest.rfind('@').filter(|at| *at > 0) {
        Some(at) => Spec::Workspace { name: Some(&rest[..at]), range: &rest[at + 1..] },
        None => Spec::Workspace { name: None, range: rest },
    }
}

fn is_range(text: &str) -> bool {
    text.is_empty() || Range::parse(text).is_ok()
}

/// Whether a range allows a version. One that is no range (a tag, an address) does not say, so it allows all.
pub(super) fn accepts(range: &str, version: &Version) -> bool {
    let Ok(range) = Range::parse(if range.is_empty() { "*" } else { range }) else { return true };
    nodejs_semver::Version::parse(version.semver()).is_ok_and(|version| range.satisfies(&version))
}

/// A range that asks for `version`, in the form of the one that is there.
pub(super) fn raise(range: &str, version: &Version) -> String {
    let operator_end = range.find(|c: char| !"^~=<>v ".contains(c)).unwrap_or(range.len());
    let (operator, rest) = range.split_at(operator_end);
    let is_simple = !rest.contains([' ', '|', '*', 'x', 'X']) && !rest.is_empty();
    let places = rest.split('.').count();
    match operator.trim_end().trim_end_matches('v') {
        "" | "^" | "~" if is_simple && places < 3 && version.pre.is_none() => {
            let numbers: Vec<String> = version.release.iter().take(places).map(u64::to_string).collect();
            format!("{operator}{}", numbers.join("."))
        }
        "" | "^" | "~" | "=" if is_simple => format!("{operator}{}", version.semver()),
        _ if accepts(range, version) => range.to_string(),
        ">=" if is_simple => format!("{operator}{}", version.semver()),
        // What it allowed before is still allowed.
        _ if range.contains("||") => format!("{range} || ^{}", version.semver()),
        _ => with_bounds(range, version),
    }
}

/// `1.x` becomes `2.x`, `>=1.0.0 <2.0.0` becomes `>=2.1.0 <3.0.0`; all else the usual caret.
fn with_bounds(range: &str, version: &Version) -> String {
    let numbers: Vec<&str> = range.split('.').collect();
    let wild = numbers.iter().position(|part| ["x", "X", "*"].contains(part));
    if let Some(place) = wild.filter(|place| *place > 0 && version.pre.is_none()) {
        let kept = version.release.iter().take(place).map(u64::to_string);
        return kept.chain(numbers[place..].iter().map(ToString::to_string)).collect::<Vec<_>>().join(".");
    }
    let bound = range.split_once('<').map(|(before, bound)| (before.trim(), bound.trim()));
    match bound {
        Some((before, bound)) if before.starts_with(">=") && !bound.starts_with('=') => {
            format!(">={} <{}", version.semver(), next_bound(bound, version))
        }
        _ => format!("^{}", version.semver()),
    }
}

/// The upper bound behind `version` at the place where the old one was drawn: `<2.0.0` becomes `<3.0.0`.
fn next_bound(bound: &str, version: &Version) -> String {
    let bare = bound.split('-').next().unwrap_or(bound);
    let numbers: Vec<&str> = bare.split('.').collect();
    let significant = numbers.iter().rposition(|number| *number != "0").map_or(1, |place| place + 1);
    let mut next: Vec<u64> =
        (0..significant).map(|place| version.release.get(place).copied().unwrap_or(0)).collect();
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    next.resize(numbers.len().max(significant), 0);
    let rest = &bound[bare.len()..];
    format!("{}{rest}", next.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::{Spec, accepts, raise};

    #[test]
    fn requirements_are_told_apart() {
        for (text, expected) in [
            ("^1.2.0", Spec::Range("^1.2.0")),
            ("", Spec::Range("")),
            ("*", Spec::Range("*")),
            ("1.x || >=2.5.0 || 5.0.0 - 7.2.3", Spec::Range("1.x || >=2.5.0 || 5.0.0 - 7.2.3")),
            ("workspace:*", Spec::Workspace { name: None, range: "*" }),
            ("workspace:@acme/core@^1.0", Spec::Workspace { name: Some("@acme/core"), range: "^1.0" }),
            ("workspace:core@*", Spec::Workspace { name: Some("core"), range: "*" }),
            ("workspace:../core", Spec::Path("../core")),
            ("file:../core", Spec::Path("../core")),
            ("link:./core", Spec::Path("./core")),
            ("../core", Spec::Path("../core")),
            ("npm:other@^1.0.0", Spec::Other),
            ("catalog:", Spec::Other),
            ("latest", Spec::Other),
            ("github:acme/core#v1", Spec::Other),
            ("git+ssh://git@example.invalid/core.git#semver:^1.0", Spec::Other),
        ] {
            assert_eq!(Spec::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_for_a_workspace_is_published_as_pnpm_does() {
        for (text, published) in [
            ("workspace:*", "1.2.3"),
            ("workspace:^", "^1.2.3"),
            ("workspace:~", "~1.2.3"),
            ("workspace:^1.0.0", "^1.0.0"),
            ("workspace:core@~", "~1.2.3"),
            ("file:../core", "1.2.3"),
            ("^1.0.0", "^1.0.0"),
        ] {
            assert_eq!(Spec::parse(text).published(&"1.2.3".parse().unwrap()), published, "{text}");
        }
    }

    #[test]
    fn ranges_allow_as_npm_says() {
        for (range, version, expected) in [
            ("^1.2.0", "1.9.0", true),
            ("^0.2.0", "0.3.0", false),
            ("~1.2", "1.2.9", true),
            ("~1.2", "1.3.0", false),
            ("1.x || 3.0.0 - 3.2", "3.2.9", true),
            ("1.x || 3.0.0 - 3.2", "2.0.0", false),
            ("^1.2.0", "1.3.0-rc.1", false),
            ("^1.3.0-rc.0", "1.3.0-rc.1", true),
            ("^1.3.0-rc.0", "1.4.0-rc.1", false),
            ("*", "1.0.0-rc.1", false),
            ("", "1.0.0", true),
            ("1.2.3", "1.2.4", false),
            ("latest", "1.2.4", true),
        ] {
            assert_eq!(accepts(range, &version.parse().unwrap()), expected, "{range} {version}");
        }
    }

    #[test]
    fn ranges_are_raised_in_their_own_form() {
        for (range, version, expected) in [
            ("^1.2.0", "1.3.0", "^1.3.0"),
            ("~1.2.0", "2.0.0-rc.1", "~2.0.0-rc.1"),
            ("1.2.0", "1.3.0", "1.3.0"),
            ("=1.2.0", "1.3.0", "=1.3.0"),
            ("v1.2.0", "1.3.0", "v1.3.0"),
            ("^1.2", "1.3.5", "^1.3"),
            ("^1", "2.0.0", "^2"),
            ("^1", "2.0.0-rc.1", "^2.0.0-rc.1"),
            ("1.x", "1.3.0", "1.x"),
            ("1.x", "2.0.0", "2.x"),
            ("1.2.x", "1.3.0", "1.3.x"),
            ("*", "2.0.0", "*"),
            ("", "2.0.0", ""),
            (">=1.2.0", "2.0.0", ">=1.2.0"),
            (">=1.2.0", "1.1.0", ">=1.1.0"),
            (">=1.0.0 <2.0.0", "1.5.0", ">=1.0.0 <2.0.0"),
            (">=1.0.0 <2.0.0", "2.1.0", ">=2.1.0 <3.0.0"),
            (">=1.0 <2.0.0-0", "2.1.0", ">=2.1.0 <3.0.0-0"),
            ("<2", "2.1.0", "^2.1.0"),
            ("1.0.0 - 1.9.9", "2.1.0", "^2.1.0"),
            ("^1.0.0 || ^2.0.0", "3.0.0", "^1.0.0 || ^2.0.0 || ^3.0.0"),
            ("^1.0.0 || ^2.0.0", "2.5.0", "^1.0.0 || ^2.0.0"),
        ] {
            let version = version.parse().unwrap();
            let raised = raise(range, &version);
            assert_eq!(raised, expected, "{range}");
            assert!(accepts(&raised, &version), "{raised} {version}");
        }
    }
}
