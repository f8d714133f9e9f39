//! What castoff's children are told of the network: which certificates to trust, and that this very machine is behind no
//! proxy. Nothing of it is a token; those are hidden here from all of them.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::ecosystem;
use crate::effect::Environment;
use crate::effect::proxy::{LOOPBACK, NO_PROXY, PROXIES};
use crate::presence::trust;
use crate::registry::{self, Target};
use crate::world::World;

/// What git, which some of them call, takes the certificates from.
const GIT: &str = "GIT_SSL_CAINFO";

/// The environment of every child of a run; only uploads see a token on top.
pub(super) fn environment(
    world: &dyn World,
    config: &Config,
    targets: &BTreeMap<String, Target>,
) -> Environment {
    let hidden = registry::token_variables(config);
    let env = hidden.iter().fold(Environment::default(), |env, name| env.without(name));
    direct_loopback(world, trusting(world, env, targets))
}

/// A file of a registry's own goes before what the user has set for all; that is handed on to the clients which have
/// another name for it.
fn trusting(world: &dyn World, env: Environment, targets: &BTreeMap<String, Target>) -> Environment {
    let names = ecosystem::all().flat_map(|it| it.trust_variables()).copied().chain([GIT]);
    if let Some(file) = targets.values().find_map(|target| target.trust.as_ref()) {
        let settings = ecosystem::all().flat_map(|it| it.trust_settings()).copied();
        return names.chain(settings).fold(env, |env, name| env.set(name, file.display().to_string()));
    }
    match world.env(trust::SYSTEM).filter(|path| !path.is_empty()) {
        Some(file) => names.fold(env, |env, name| env.usual(name, &file)),
        None => env,
    }
}

fn direct_loopback(world: &dyn World, env: Environment) -> Environment {
    let set = |name: &&str| world.env(name).filter(|text| !text.is_empty());
    let is_asked_for = set(&LOOPBACK).is_some_and(|text| text != "0");
    if is_asked_for || !PROXIES.iter().any(|name| set(name).is_some()) {
        return env;
    }
    let own = NO_PROXY.iter().find_map(set).map(|list| format!("{list},")).unwrap_or_default();
    NO_PROXY.iter().fold(env, |env, name| env.set(name, format!("{own}127.0.0.1,localhost,::1")))
}
