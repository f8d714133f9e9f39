//! The one table of public registries. No other file of the project names their hosts.

use crate::model::Kind;

/// A registry that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Name in the configuration.
    pub name: &'static str,
    /// Whose packages it takes.
    pub kind: Kind,
    /// Where files are sent; empty where the client knows it by itself.
    pub upload: &'static str,
    /// Where it is asked.
    pub index: &'static str,
    /// Where its files lie, when the index does not say.
    pub files: &'static str,
    /// The page of a version for people; holes are `{name}` and `{version}`.
    pub page: &'static str,
    /// The page on which the owners of a package take versions back, where no client can; the hole is `{name}`.
    pub manage: &'static str,
    /// Variables that may hold a token.
    pub token_env: &'static [&'static str],
}

/// The name of Rust's public registry.
pub const CRATES_IO: &str = "crates-io";

/// How cargo names that registry as the source of a dependency, wherever it is really asked.
pub const CRATES_IO_SOURCE: &str = "https://github.com/rust-lang/crates.io-index";

/// The public ones.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: CRATES_IO,
        kind: Kind::Cargo,
        upload: "",
        index: "sparse+https://index.crates.io/",
        files: "https://static.crates.io/crates/",
        page: "https://crates.io/crates/{name}/{version}",
        manage: "",
        token_env: &["CARGO_REGISTRY_TOKEN"],
    },
    Preset {
        name: "pypi",
        kind: Kind::Uv,
        upload: "https://upload.pypi.org/legacy/",
        index: "https://pypi.org/simple/",
        files: "",
        page: "https://pypi.org/project/{name}/{version}/",
        manage: "https://pypi.org/manage/project/{name}/releases/",
        token_env: &["UV_PUBLISH_TOKEN", "PYPI_TOKEN", "MATURIN_PYPI_TOKEN"],
    },
    Preset {
        name: "testpypi",
        kind: Kind::Uv,
        upload: "https://test.pypi.org/legacy/",
        index: "https://test.pypi.org/simple/",
        files: "",
        page: "https://test.pypi.org/project/{name}/{version}/",
        manage: "https://test.pypi.org/manage/project/{name}/releases/",
        token_env: &["UV_PUBLISH_TOKEN", "TEST_PYPI_TOKEN"],
    },
    Preset {
        name: "npm",
        kind: Kind::Npm,
        upload: "",
        index: "https://registry.npmjs.org/",
        files: "",
        page: "https://www.npmjs.com/package/{name}/v/{version}",
        manage: "",
        token_env: &["NPM_TOKEN", "NODE_AUTH_TOKEN"],
    },
    Preset {
        name: "rubygems",
        kind: Kind::Gem,
        upload: "https://rubygems.org",
        index: "https://rubygems.org/",
        files: "",
        page: "https://rubygems.org/gems/{name}/versions/{version}",
        manage: "",
        token_env: &["GEM_HOST_API_KEY", "RUBYGEMS_API_KEY"],
    },
];

/// All that are known by name: those, then the ones of a program around castoff.
pub fn all() -> impl Iterator<Item = &'static Preset> {
    PRESETS.iter().chain(super::own::all().iter().map(|own| &own.preset))
}

/// The registry of this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    all().find(|preset| preset.name == name)
}

/// The name of the registry at an address that a manifest gives; the address itself where no name is known for it.
pub fn by_index(kind: Kind, address: &str) -> String {
    let bare = |address: &str| address.trim_end_matches('/').to_string();
    let known = all().find(|preset| preset.kind == kind && bare(preset.index) == bare(address));
    known.map_or_else(|| bare(address), |preset| preset.name.to_string())
}
