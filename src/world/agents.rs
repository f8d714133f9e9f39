//! Who asks servers: one agent for each way to them, that is for each proxy and each set of trusted certificates. An
//! agent keeps its connections, so that many questions to one registry are quick.
#![expect(clippy::disallowed_methods, reason = "this is the door that all effects go through")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::effect::Request;
use crate::effect::proxy::proxy;
use crate::fault::Fault;

/// The agents that were needed so far.
#[derive(Default)]
pub(super) struct Agents(Mutex<BTreeMap<Way, ureq::Agent>>);

/// The way to a server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    trust: Option<PathBuf>,
    proxy: Option<String>,
}

impl Agents {
    /// The one for a request.
    pub(super) fn to_ask(&self, request: &Request) -> Result<ureq::Agent, Fault> {
        let chosen = proxy(&request.url, &env);
        let named = chosen.as_ref().map(|proxy| proxy.variable);
        let way = Way { trust: request.trust.clone(), proxy: chosen.map(|proxy| proxy.address) };
        let mut agents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = agents.get(&way) {
            return Ok(agent.clone());
        }
        let agent = agent(&way, named.unwrap_or_default())?;
        agents.insert(way, agent.clone());
        Ok(agent)
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn agent(way: &Way, variable: &str) -> Result<ureq::Agent, Fault> {
    let unfit = |error: ureq::Error| {
        let why = format!("`{variable}` names no proxy that castoff can use: {error}");
        let fault = Fault::usage("cannot ask through a proxy").because(why);
        fault.help("it has to be like `http://HOST:PORT`; or name the server in `NO_PROXY`")
    };
    let proxy = way.proxy.as_deref().map(ureq::Proxy::new).transpose().map_err(unfit)?;
    let config = ureq::Agent::config_builder()
        .user_agent(concat!("castoff/", env!("CARGO_PKG_VERSION"), " (release tool)"))
        .http_status_as_error(false)
        .proxy(proxy)
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(120)));
    Ok(with_trust(config, way.trust.as_deref())?.build().into())
}

type Builder = ureq::config::ConfigBuilder<ureq::typestate::AgentScope>;

#[cfg(feature = "tls")]
fn with_trust(config: Builder, trust: Option<&Path>) -> Result<Builder, Fault> {
    use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
    let roots = match trust {
        None => RootCerts::PlatformVerifier,
        Some(file) => {
            let bytes = std::fs::read(file).map_err(|error| super::real::broken("read", file, &error))?;
            let certificates = parse_pem(&bytes).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            });
            certificates.collect::<Vec<_>>().into()
        }
    };
    Ok(config.tls_config(TlsConfig::builder().root_certs(roots).build()))
}

/// Without https there is nobody to trust.
#[cfg(not(feature = "tls"))]
fn with_trust(config: Builder, _: Option<&Path>) -> Result<Builder, Fault> {
    Ok(config)
}

/// Why there was no answer. A certificate that is not trusted will not be later either: the user has to act first.
pub(super) fn refused(url: &str, error: &ureq::Error) -> Fault {
    let why = match proxy(url, &env) {
        Some(proxy) => format!("{error} (through the proxy of `{}`)", proxy.variable),
        None => error.to_string(),
    };
    let fault = Fault::outside(format!("no answer from `{url}`")).because(why);
    if error.to_string().contains("certificate") {
        let untrusted = Fault { blame: crate::fault::Blame::Usage, ..fault };
        return untrusted.help(
            "if the server is one of yours, name the certificate (PEM) of the authority that signed its own: \
             `ca-file = \"…\"` in `[registry.NAME]` of castoff.toml, or for all servers in `SSL_CERT_FILE`",
        );
    }
    fault.help("check the address and the connection, then run the same command again")
}
