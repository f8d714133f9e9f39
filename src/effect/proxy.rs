//! Which proxy a server is asked through, as the usual variables say. Every tool reads them a little differently; this is
//! how most of castoff's children do, so that castoff and they go the same way.

use std::net::IpAddr;

/// The variables that name proxies, for whoever has to know whether there are any.
pub const PROXIES: &[&str] =
    &["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// The variables that say for which hosts there is none.
pub const NO_PROXY: &[&str] = &["no_proxy", "NO_PROXY"];

/// Set to anything but 0, it sends what goes to this very machine through a proxy too.
pub const LOOPBACK: &str = "CASTOFF_PROXY_LOOPBACK";

/// A proxy, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Its address; a login may be in it, so it is not shown.
    pub address: String,
    /// The variable that it stands in.
    pub variable: &'static str,
}

/// The proxy for an address; none where it is asked directly.
///
/// ```
/// use castoff::effect::proxy::proxy;
///
/// let env = |name: &str| (name == "HTTPS_PROXY").then(|| "http://proxy.invalid:3128".to_string());
/// assert_eq!(proxy("https://pypi.invalid/simple/", &env).unwrap().variable, "HTTPS_PROXY");
/// assert_eq!(proxy("https://127.0.0.1:8080/", &env), None);
/// ```
pub fn proxy(url: &str, env: &dyn Fn(&str) -> Option<String>) -> Option<Proxy> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = host_and_port(authority.rsplit('@').next().unwrap_or_default());
    let set = |name: &str| env(name).map(|text| text.trim().to_string()).filter(|text| !text.is_empty());
    if is_loopback(host) && set(LOOPBACK).is_none_or(|said| said == "0") {
        return None;
    }
    let excepted = NO_PROXY.iter().find_map(|name| set(name)).unwrap_or_default();
    let usual = if scheme == "https" { "443" } else { "80" };
    let mut entries = excepted.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty());
    if entries.any(|entry| excepts(entry, host, port.unwrap_or(usual))) {
        return None;
    }
    let own = if scheme == "https" { &PROXIES[..2] } else { &PROXIES[2..4] };
    let variable = own.iter().chain(&PROXIES[4..]).find(|name| set(name).is_some())?;
    Some(Proxy { address: set(variable)?, variable })
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)))
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether an entry of `NO_PROXY` is about this host: `*`, a domain with all below it, an address, or a network.
fn excepts(entry: &str, host: &str, port: &str) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        return bits.parse().is_ok_and(|bits| holds(network, bits, host));
    }
    let (name, only) = match entry.parse::<IpAddr>() {
        Ok(_) => (entry, None),
        Err(_) => host_and_port(entry),
    };
    if only.is_some_and(|only| only != port) {
        return false;
    }
    let name = name.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    host == name || host.strip_suffix(&name).is_some_and(|before| before.ends_with('.') && !name.is_empty())
}

/// Whether an address is in a network, by its first bits.
fn holds(network: &str, bits: u32, host: &str) -> bool {
    let shifted = |number: u128, of: u32| number.checked_shr(of.saturating_sub(bits)).unwrap_or(0);
    match (network.parse(), host.parse()) {
        (Ok(IpAddr::V4(network)), Ok(IpAddr::V4(host))) => {
            let [one, other] = [network, host].map(|it| shifted(u128::from(u32::from(it)), 32));
            one == other
        }
        (Ok(IpAddr::V6(network)), Ok(IpAddr::V6(host))) => {
            let [one, other] = [network, host].map(|it| shifted(u128::from(it), 128));
            one == other
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::proxy;

    /// The variable that decides, by lines `NAME=VALUE`.
    fn by(url: &str, set: &str) -> &'static str {
        let env = |name: &str| {
            let line = set.split(';').find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
            line.map(str::to_string)
        };
        proxy(url, &env).map_or("", |proxy| proxy.variable)
    }

    #[test]
    fn each_scheme_has_its_variable() {
        let both = "HTTPS_PROXY=http://p:1; HTTP_PROXY=http://p:2";
        assert_eq!(by("https://a.invalid/x", both), "HTTPS_PROXY");
        assert_eq!(by("http://a.invalid/x", both), "HTTP_PROXY");
        assert_eq!(by("http://a.invalid", "HTTPS_PROXY=http://p:1"), "");
        assert_eq!(by("http://a.invalid", "ALL_PROXY=http://p:1"), "ALL_PROXY");
        assert_eq!(by("https://a.invalid", "https_proxy=http://p:1; HTTPS_PROXY=http://p:2"), "https_proxy");
        assert_eq!(by("https://a.invalid", "HTTPS_PROXY= "), "");
    }

    #[test]
    fn this_machine_is_behind_no_proxy_unless_that_is_said() {
        for url in ["https://127.0.0.1:8/", "https://127.9.9.9", "https://[::1]:8/x", "https://localhost/"] {
            assert_eq!(by(url, "HTTPS_PROXY=http://p:1"), "", "{url}");
            assert_eq!(by(url, "HTTPS_PROXY=http://p:1; CASTOFF_PROXY_LOOPBACK=0"), "", "{url}");
            assert_eq!(by(url, "HTTPS_PROXY=http://p:1; CASTOFF_PROXY_LOOPBACK=1"), "HTTPS_PROXY", "{url}");
        }
    }

    #[test]
    fn some_hosts_are_behind_none() {
        for (list, host, direct) in [
            ("*", "a.invalid", true),
            ("corp.invalid", "corp.invalid", true),
            ("corp.invalid", "pypi.corp.invalid", true),
            ("corp.invalid", "notcorp.invalid", false),
            (".corp.invalid", "pypi.CORP.invalid", true),
            ("*.corp.invalid", "pypi.corp.invalid", true),
            ("a, corp.invalid", "corp.invalid", true),
            ("corp.invalid:8443", "corp.invalid", false),
            ("corp.invalid:8443", "corp.invalid:8443", true),
            ("corp.invalid:443", "corp.invalid", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3", "10.1.2.3:99", true),
            ("fd00::/8", "[fd12::1]:8", true),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("10.0.0.0/x", "10.1.2.3", false),
            ("", "a.invalid", false),
        ] {
            let seen = by(&format!("https://{host}/x"), &format!("HTTPS_PROXY=http://p:1;NO_PROXY={list}"));
            assert_eq!(seen.is_empty(), direct, "{list} {host}");
        }
    }
}
