//! Requirements as PEP 508 writes them, `name[extra]>=1,<2 ; marker`, taken apart only as far as a release needs:
//! name, extras, specifier, and the rest that stays as it is.

use pep440_rs::VersionSpecifiers;

use crate::version::Version;

/// The parts of a requirement; joined they are the text again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Requirement<'a> {
    pub(super) name: &'a str,
    /// `[fast,http2]` with white space around it.
    pub(super) extras: &'a str,
    /// `>=1,<2`, or an address behind `@`; with white space around it.
    pub(super) specifier: &'a str,
    /// From `;` on.
    pub(super) rest: &'a str,
}

impl<'a> Requirement<'a> {
    pub(super) fn parse(text: &'a str) -> Requirement<'a> {
        let (before, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        let name_end =
            before.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(before.len());
        let (name, after) = before.split_at(name_end);
        let extras_end =
            if after.trim_start().starts_with('[') { after.find(']').map_or(0, |end| end + 1) } else { 0 };
        let (extras, specifier) = after.split_at(extras_end);
        Requirement { name, extras, specifier, rest }
    }

    /// The same requirement with another specifier; the white space around the one that is there stays.
    pub(super) fn with(&self, specifier: &str) -> String {
        let written = self.specifier;
        let before = &written[..written.len() - written.trim_start().len()];
        // Where there is no specifier, all of it stands before the marker.
        let (before, after) = match written.trim() {
            "" => ("", written),
            _ => (before, &written[written.trim_end().len()..]),
        };
        let after = if self.rest.is_empty() { "" } else { after };
        format!("{}{}{before}{specifier}{after}{}", self.name, self.extras, self.rest)
    }

    /// The specifier alone, without the parentheses of old.
    pub(super) fn bare_specifier(&self) -> &'a str {
        self.specifier.trim().trim_start_matches('(').trim_end_matches(')')
    }
}

/// Whether a specifier allows a version; an address does not say, so it allows all.
pub(super) fn accepts(specifier: &str, version: &Version) -> bool {
    let specifier = specifier.trim();
    if specifier.is_empty() || specifier.starts_with('@') {
        return true;
    }
    match (specifier.parse::<VersionSpecifiers>(), version.pep440().parse::<pep440_rs::Version>()) {
        (Ok(specifiers), Ok(version)) => specifiers.contains(&version),
        _ => false,
    }
}

/// A specifier that asks for `version`, in the form of the one that is there.
pub(super) fn raise(specifier: &str, version: &Version) -> String {
    let to = version.pep440();
    let clauses: Vec<&str> = specifier.split(',').map(str::trim).collect();
    if let [only] = clauses[..]
        && let Some(operator) = ["===", "==", "~="].iter().find(|operator| only.starts_with(**operator))
        && !only.ends_with('*')
    {
        let space = if only[operator.len()..].starts_with(' ') { " " } else { "" };
        // How many numbers `~=` is given says how far it reaches: `~=2.0` allows 2.9, `~=2.0.0` does not.
        let places = only.split('.').count().max(2);
        let short = version.pre.is_none() && version.suffix.is_empty() && version.release.len() > places;
        let to = match *operator {
            "~=" if short => Version::of(version.release[..places].to_vec(), None).pep440(),
            _ => to,
        };
        return format!("{operator}{space}{to}");
    }
    if accepts(specifier, version) {
        return specifier.to_string();
    }
    match clauses.iter().find_map(|clause| clause.strip_prefix('<').filter(|bound| !bound.starts_with('='))) {
        Some(bound) => format!(">={to},<{}", version.next_bound(bound.trim())),
        None => format!(">={to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Requirement, raise};

    #[test]
    fn parts_are_taken_and_put_back() {
        for (text, name, extras, specifier, pinned) in [
            ("acme-core", "acme-core", "", "", "acme-core==2"),
            (
                "acme_core[fast, x]>=1,<2 ; python_version < '3'",
                "acme_core",
                "[fast, x]",
                ">=1,<2",
                "acme_core[fast, x]==2 ; python_version < '3'",
            ),
            ("acme.core (>=1)", "acme.core", "", ">=1", "acme.core ==2"),
            ("a ; os_name=='nt'", "a", "", "", "a==2 ; os_name=='nt'"),
            ("a;os_name=='nt'", "a", "", "", "a==2;os_name=='nt'"),
            ("a [x] >= 1", "a", " [x]", ">= 1", "a [x] ==2"),
        ] {
            let parsed = Requirement::parse(text);
            assert_eq!((parsed.name, parsed.extras, parsed.bare_specifier()), (name, extras, specifier));
            assert_eq!(parsed.with("==2"), pinned);
        }
    }

    #[test]
    fn specifiers_are_raised_in_their_own_form() {
        for (specifier, version, expected) in [
            ("==0.1.0", "0.2.0", "==0.2.0"),
            ("== 0.1.0", "0.2.0", "== 0.2.0"),
            ("~=0.1.0", "0.2.0", "~=0.2.0"),
            ("~=2.0", "2.1.3", "~=2.1"),
            ("~= 2.0", "3.0.0rc1", "~= 3.0.0rc1"),
            (">=0.1", "0.2.0", ">=0.1"),
            (">=0.1,<0.2", "0.2.0", ">=0.2.0,<0.3"),
            (">=1,<2", "2.0.0", ">=2.0.0,<3"),
            (">=1.0,<2.0", "2.1.0", ">=2.1.0,<3.0"),
            ("==0.1.*", "0.2.0", ">=0.2.0"),
            ("<=0.1.0", "0.2.0", ">=0.2.0"),
        ] {
            assert_eq!(raise(specifier, &version.parse().unwrap()), expected, "{specifier}");
        }
    }
}
