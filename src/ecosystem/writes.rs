//! What an edit of a release is, for those who have to make it without the parsers: a generated script knows the line and
//! has to know by which rule the value on it comes about.

use crate::model::{Package, PackageId};

/// What stands in a place that a release edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writes {
    /// A version in this spelling.
    Version(Spelling),
    /// A requirement on a package of the repository.
    Requirement {
        /// The rules by which it is read and raised, by the name of their ecosystem.
        rules: &'static str,
        /// Whose release raises it also where it fits.
        raised_by: RaisedBy,
    },
    /// A version beside a path, which a crate cannot be published without: put there when one of `users` is released,
    /// and a requirement from then on.
    Missing {
        /// The packages that cannot go without it.
        users: Vec<PackageId>,
        /// Whose release raises it later.
        raised_by: RaisedBy,
    },
}

/// How a version is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As cargo and npm do.
    SemVer,
    /// As PyPI does.
    Pep440,
    /// As RubyGems does.
    Gem,
    /// As RubyGems does; behind it may stand a platform, which stays.
    GemWithPlatform,
}

impl Spelling {
    /// The name that scripts have for it.
    pub fn name(self) -> &'static str {
        match self {
            Spelling::SemVer => "semver",
            Spelling::Pep440 => "pep440",
            Spelling::Gem => "gem",
            Spelling::GemWithPlatform => "gem-lock",
        }
    }
}

/// Whose release raises a requirement also where the new version fits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaisedBy {
    /// That of all these packages together.
    All(Vec<PackageId>),
    /// Nobody's: it is raised where it does not fit.
    Nobody,
}

impl RaisedBy {
    /// The release of the package whose requirement it is, where there is one.
    pub fn owner(package: Option<&Package>) -> RaisedBy {
        package.map_or(RaisedBy::Nobody, |package| RaisedBy::All(vec![package.id.clone()]))
    }
}
