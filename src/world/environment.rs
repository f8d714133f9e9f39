//! What a child sees of our environment. A rehearsal's children get an allow list: whatever may hold a token is not on
//! it, and a variable that nobody has heard of yet is not either.
#![expect(clippy::disallowed_methods, reason = "this is the door that all effects go through")]

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::effect::{Environment, Inherits, Value};

/// A hook finds these set. They would lead every child, also one that builds in the stage, back to the checkout.
const OF_A_HOOK: &[&str] =
    &["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"];

/// Variables that a rehearsal's children may see: none of them holds a token. `RUSTC_WRAPPER` is not among them: with
/// a home of its own a compiler cache is empty, and the server that it leaves behind would keep that home.
const HARMLESS: &[&str] = &[
    // the machine and the session
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "SHELL",
    // the way to the network
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    // compilers and libraries
    "CC",
    "CXX",
    "AR",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "CPATH",
    "LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "SDKROOT",
    "DEVELOPER_DIR",
    "MACOSX_DEPLOYMENT_TARGET",
    "LIBCLANG_PATH",
    "JAVA_HOME",
    "SOURCE_DATE_EPOCH",
    // Rust
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTC",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    // Ruby: where gems are, that a build needs
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_PATH",
    // Python
    "MATURIN_PEP517_ARGS",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "UV_PYTHON",
    "UV_PYTHON_PREFERENCE",
    "UV_PYTHON_DOWNLOADS",
    "UV_PYTHON_INSTALL_DIR",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
    "UV_HTTP_TIMEOUT",
];

/// Families of such variables.
const HARMLESS_PREFIXES: &[&str] = &[
    "LC_",
    "PKG_CONFIG",
    "CMAKE_",
    "OPENSSL_",
    "PROTOC",
    "NIX_",
    "CARGO_BUILD_",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
];

/// What stands in the name of a variable that holds a token, as a rule.
const SECRET: &[&str] = &["TOKEN", "PASSWORD", "PASSWD", "SECRET", "API_KEY", "CREDENTIAL"];

/// All variables of a child.
pub(super) fn of_child(environment: &Environment) -> BTreeMap<OsString, OsString> {
    let passes = |name: &OsString| {
        name.to_str().map_or(environment.inherits == Inherits::All, |name| passes(name, environment.inherits))
    };
    let mut all: BTreeMap<OsString, OsString> =
        std::env::vars_os().filter(|(name, _)| passes(name)).collect();
    for (name, value) in &environment.values {
        match value {
            Value::Plain(text) => all.insert(name.into(), text.into()),
            Value::Usual(text) => Some(all.entry(name.into()).or_insert_with(|| text.into()).clone()),
            Value::Hidden(secret) => all.insert(name.into(), secret.reveal().into()),
            Value::Absent => all.remove(&OsString::from(name)),
        };
    }
    all
}

fn passes(name: &str, inherits: Inherits) -> bool {
    let allowed = match inherits {
        Inherits::All => true,
        Inherits::NoTokens => !SECRET.iter().any(|word| name.to_uppercase().contains(word)),
        Inherits::Harmless => {
            HARMLESS.contains(&name) || HARMLESS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        }
    };
    allowed && !OF_A_HOOK.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::passes;
    use crate::effect::Inherits;

    #[test]
    fn a_token_reaches_only_those_who_may_have_all() {
        for (name, all, no_tokens, harmless) in [
            ("PATH", true, true, true),
            ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", true, true, true),
            ("GIT_CONFIG_GLOBAL", true, true, false),
            ("CARGO_REGISTRY_TOKEN", true, false, false),
            ("CARGO_REGISTRIES_OURS_TOKEN", true, false, false),
            ("UV_PUBLISH_PASSWORD", true, false, false),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", true, false, false),
            ("SSH_AUTH_SOCK", true, true, false),
            ("SOMETHING_NEW", true, true, false),
            ("GIT_DIR", false, false, false),
        ] {
            let seen = [Inherits::All, Inherits::NoTokens, Inherits::Harmless].map(|what| passes(name, what));
            assert_eq!(seen, [all, no_tokens, harmless], "{name}");
        }
    }
}
