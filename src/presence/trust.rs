//! Registries of one's own whose certificate no public authority has signed: `ca-file` in `[registry.NAME]`. Clients
//! take one file and forget what the system trusts, so they get a file with both.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::{self, Config};
use crate::digest::{hex, sha256};
use crate::fault::{Fault, Faults};
use crate::model::Package;
use crate::registry::{self, Target};
use crate::stage;
use crate::world::World;

/// The variable that names the certificates of the system's place, to castoff and to most of its children.
pub const SYSTEM: &str = "SSL_CERT_FILE";

/// Where systems have the certificates that they trust, as one file.
const PLACES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// The registries that packages go to, by name, with the certificates that they are trusted by; paths start at `root`.
///
/// # Errors
/// A registry that is not known, and a file that holds no certificate.
pub fn targets<'a>(
    world: &dyn World,
    root: &Path,
    config: &Config,
    packages: impl Iterator<Item = &'a Package>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Target>, Faults> {
    let mut targets = registry::targets(config, packages, env)?;
    let mut faults = Faults::default();
    let mut files = BTreeMap::new();
    for name in targets.keys() {
        let Some(rules) = config.registries.get(name) else { continue };
        let Some(file) = &rules.ca_file else { continue };
        let found = certificates(world, root, name, file, rules.line).map_err(Faults::from);
        files.extend(faults.take(found).map(|text| (name.clone(), text)));
    }
    let mut files = faults.or(files)?;
    if files.is_empty() {
        return Ok(targets);
    }
    // One file for all: a child, such as a build, may ask several of them.
    let own: Vec<String> = files.values().cloned().collect();
    let text = [own, vec![of_system(world)?]].concat().join("\n");
    let path = stage::cache_dir(world)?.join(format!("ca-{}.pem", &hex(&sha256(text.as_bytes()))[..16]));
    if world.read(&path)?.is_none_or(|there| there != text.as_bytes()) {
        world.write(&path, text.as_bytes())?;
    }
    for (name, target) in &mut targets {
        target.trust = files.remove(name).map(|_| path.clone());
    }
    Ok(targets)
}

fn certificates(
    world: &dyn World,
    root: &Path,
    name: &str,
    file: &str,
    line: usize,
) -> Result<String, Fault> {
    let wrong = |why: &str| {
        let message = format!("`ca-file` of `[registry.{name}]` is `{}`", file.escape_debug());
        config::fault(line, message)
            .because(why)
            .help("name the certificate of the authority that signed the server's, as PEM")
    };
    let bytes = world.read(&root.join(file))?.ok_or_else(|| wrong("there is no such file"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.contains(BEGIN) { Ok(text) } else { Err(wrong("it holds no certificate (`BEGIN CERTIFICATE`)")) }
}

/// Empty where the system keeps them in another way: then a registry with a `ca-file` is trusted by that alone.
fn of_system(world: &dyn World) -> Result<String, Fault> {
    let said = world.env(SYSTEM).filter(|path| !path.is_empty());
    let places = said.iter().map(String::as_str).chain(PLACES.iter().copied().filter(|_| said.is_none()));
    for place in places {
        if let Some(bytes) = world.read(Path::new(place))? {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(String::new())
}
