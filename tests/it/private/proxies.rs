//! Registries that only a proxy reaches: castoff and every client go through it, but never to this very machine.

use super::stand_in::{Authority, Front, Proxy};
use super::{castoff, connect, four, published, ready, server};

/// A name that leads nowhere but in the proxy.
const NAME: &str = "registry.castoff.invalid";

#[test]
fn castoff_and_every_client_go_through_the_proxy() {
    if !ready() {
        return;
    }
    let (repo, server, authority) = (four(), server(), Authority::new(&format!("DNS:{NAME}")));
    let front = Front::named(&server.address(), &authority, NAME, 8443);
    let proxy = Proxy::to(NAME, front.port);
    std::fs::copy(authority.file(), repo.dir().join(".git/ca.pem")).unwrap();
    connect(&repo, &server, &front, "ca-file = \".git/ca.pem\"");
    // Without the proxy nobody knows the name, and with an exception for it neither.
    let (address, quick) = (proxy.address(), ["publish", "--max-retries", "0"]);
    castoff(&repo, &quick, &[]).expect(1);
    castoff(&repo, &quick, &[("HTTPS_PROXY", &address), ("NO_PROXY", "castoff.invalid")]).expect(1);
    assert_eq!(proxy.asked(), []);
    let ran = castoff(&repo, &["publish", "--json"], &[("HTTPS_PROXY", &address)]).expect(0);
    assert_eq!(published(&ran).len(), 4);
    let asked = proxy.asked();
    assert!(asked.iter().all(|(target, _)| target == &format!("{NAME}:8443")), "{asked:?}");
    let agents: Vec<&str> = asked.iter().map(|(_, agent)| agent.as_str()).collect();
    for client in ["castoff", "cargo"] {
        assert!(agents.iter().any(|agent| agent.starts_with(client)), "{client} in {agents:?}");
    }
}

#[test]
fn a_proxy_that_refuses_is_named() {
    if !ready() {
        return;
    }
    let (repo, server, authority) = (four(), server(), Authority::new(&format!("DNS:{NAME}")));
    let front = Front::named(&server.address(), &authority, NAME, 8443);
    let proxy = Proxy::to("another.castoff.invalid", front.port);
    connect(&repo, &server, &front, "");
    let quick = ["publish", "--max-retries", "0"];
    let ran = castoff(&repo, &quick, &[("https_proxy", &proxy.address())]).expect(1);
    assert!(ran.stderr.contains("(through the proxy of `https_proxy`)"), "{}", ran.stderr);
    let ran = castoff(&repo, &quick, &[("HTTPS_PROXY", "gopher://nowhere")]).expect(1);
    assert!(ran.stderr.contains("`HTTPS_PROXY` names no proxy that castoff can use"), "{}", ran.stderr);
}

#[test]
fn this_machine_is_reached_directly_by_castoff_and_its_clients() {
    if !ready() {
        return;
    }
    let (repo, server, authority) = (four(), server(), Authority::new("IP:127.0.0.1"));
    let front = Front::of(&server.address(), &authority);
    let proxy = Proxy::to("nobody.invalid", front.port);
    std::fs::copy(authority.file(), repo.dir().join(".git/ca.pem")).unwrap();
    connect(&repo, &server, &front, "ca-file = \".git/ca.pem\"");
    let address = proxy.address();
    let through = [("HTTPS_PROXY", &*address), ("HTTP_PROXY", &*address)];
    assert_eq!(published(&castoff(&repo, &["publish", "--json"], &through).expect(0)).len(), 4);
    assert_eq!(proxy.asked(), []);
    let said = [("HTTPS_PROXY", &*address), ("CASTOFF_PROXY_LOOPBACK", "1")];
    castoff(&repo, &["publish", "--max-retries", "0"], &said).expect(1);
    assert!(!proxy.asked().is_empty());
}
