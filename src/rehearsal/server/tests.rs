//! The server asked directly, and over a socket where the socket is the point.
#![expect(clippy::disallowed_methods, reason = "these tests are the clients")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::exchange::{Call, Reply};
use super::store::sha256;
use super::{Options, Protocol, Server, State, Upstream, guarded};

mod faults;
mod taken_back;

const BASIC: &str = "Basic X190b2tlbl9fOnNlY3JldA=="; // __token__:secret

fn options(upstream: Option<Upstream>) -> Options {
    let own = [
        (Protocol::PyPi, "acme-app"),
        (Protocol::Cargo, "acme-core"),
        (Protocol::Npm, "@acme/core"),
        (Protocol::RubyGems, "acme-core"),
    ];
    let own = own.map(|(protocol, name)| (protocol, name.to_string()));
    Options { token: "secret".to_string(), own: own.into(), upstream, ..Options::default() }
}

fn state() -> State {
    let at = |path: &str| format!("http://up/{path}/");
    let (pypi_simple, crates_index, crates_files) = (at("simple"), at("index"), at("crates"));
    let upstream = Upstream { pypi_simple, crates_index, crates_files, npm: at("npm"), gems: at("gems") };
    State::new(options(Some(upstream)), "http://here".to_string())
}

fn call(method: &str, target: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Call {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Call { headers, body, ..Call::new(method, target) }
}

fn get(state: &State, target: &str, headers: &[(&str, &str)]) -> Reply {
    state.answer(&call("GET", target, headers, Vec::new()))
}

fn wheel(content: &str, digest: &str, authorization: &str) -> Call {
    let field = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body: String = [(":action", "file_upload"), ("name", "Acme.App"), ("version", "0.1.8")]
        .into_iter()
        .chain([("sha256_digest", digest), ("blake2_256_digest", "b2"), ("requires_python", ">=3.9,<4")])
        .map(|(name, value)| field(name, value))
        .collect();
    body.push_str(&field("content\"; filename=\"acme_app-0.1.8-py3-none-any.whl", content));
    body.push_str("--x--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("authorization", authorization)];
    call("POST", "/legacy/", &headers, body.into_bytes())
}

fn krate(name: &str, version: &str, size: usize) -> Vec<u8> {
    let metadata = format!("{{\"name\":\"{name}\",\"vers\":\"{version}\",\"deps\":[],\"features\":{{}}}}");
    let counted = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
    [counted(metadata.as_bytes()), counted(&vec![7; size])].concat()
}

fn publish(state: &State, name: &str, version: &str, token: &str) -> String {
    shown(&state.answer(&call(
        "PUT",
        "/api/v1/crates/new",
        &[("authorization", token)],
        krate(name, version, 3),
    )))
}

/// Status, place and body of a reply in one line.
fn shown(reply: &Reply) -> String {
    let place = reply.headers.iter().find(|(name, _)| *name == "Location").map_or("", |(_, place)| place);
    let body = String::from_utf8_lossy(&reply.body);
    format!("{} {place}{}", reply.status, body.lines().next().unwrap_or_default())
}

#[test]
fn pypi_takes_a_file_once() {
    let state = state();
    let exists = "400 400 File already exists ('acme_app-0.1.8-py3-none-any.whl', with blake2_256 hash 'b2'). \
        See http://here/help/#file-name-reuse for more information.";
    for (content, digest, authorization, expected) in [
        ("one", sha256(b"one"), "", "403 403 Invalid or non-existent authentication information."),
        (
            "one",
            sha256(b"one"),
            "Basic bm9ib2R5",
            "403 403 Invalid or non-existent authentication information.",
        ),
        (
            "one",
            sha256(b"two"),
            BASIC,
            "400 400 The digest supplied does not match a digest calculated from the uploaded file.",
        ),
        (
            "one",
            String::new(),
            BASIC,
            "400 400 Invalid value for sha256_digest. Error: This field is required.",
        ),
        ("one", sha256(b"one"), BASIC, "200 "),
        ("one", sha256(b"one"), BASIC, "200 "),
        ("two", sha256(b"two"), BASIC, exists),
    ] {
        assert_eq!(shown(&state.answer(&wheel(content, &digest, authorization))), expected);
    }
    assert_eq!(state.store().files().len(), 1);
}

#[test]
fn pypi_lists_in_both_forms() {
    let state = state();
    assert_eq!(shown(&get(&state, "/simple/acme-app/", &[])), "404 not found", "our own, not yet uploaded");
    state.answer(&wheel("one", &sha256(b"one"), BASIC));
    let html = get(&state, "/simple/acme-app/", &[("accept", "text/html")]);
    let url = "http://here/files/acme_app-0.1.8-py3-none-any.whl";
    let link =
        format!("<a href=\"{url}#sha256={}\" data-requires-python=\"&gt;=3.9,&lt;4\">", sha256(b"one"));
    assert!(String::from_utf8_lossy(&html.body).contains(&link));
    let accept = [("accept", "application/vnd.pypi.simple.v1+json, text/html;q=0.1")];
    let json = get(&state, "/simple/acme-app/", &accept);
    let expected = serde_json::json!({
        "meta": {"api-version": "1.1"}, "name": "acme-app", "versions": ["0.1.8"],
        "files": [{
            "filename": "acme_app-0.1.8-py3-none-any.whl", "url": url, "hashes": {"sha256": sha256(b"one")}, "size": 3,
            "yanked": false, "requires-python": ">=3.9,<4",
        }],
    });
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&json.body).expect("JSON"), expected);
    assert_eq!(*get(&state, "/files/acme_app-0.1.8-py3-none-any.whl", &[]).body, *b"one");
    assert!(
        String::from_utf8_lossy(&get(&state, "/simple/", &accept).body).contains("[{\"name\":\"acme-app\"}]")
    );
}

#[test]
fn cargo_takes_a_version_once() {
    let state = state();
    let published = "200 {\"warnings\":{\"invalid_categories\":[],\"invalid_badges\":[],\"other\":[]}}";
    for (name, version, token, expected) in [
        ("acme-core", "0.1.8", "other", "403 {\"errors\":[{\"detail\":\"authentication failed\"}]}"),
        ("acme-core", "0.1.8", "secret", published),
        (
            "acme-core",
            "0.1.8",
            "secret",
            "400 {\"errors\":[{\"detail\":\"crate version `0.1.8` is already uploaded\"}]}",
        ),
        (
            "acme_core",
            "0.1.8+b",
            "secret",
            "400 {\"errors\":[{\"detail\":\"crate version `0.1.8+b` is already uploaded\"}]}",
        ),
        ("acme-core", "0.1.9", "secret", published),
        ("../acme", "0.1.8", "secret", "400 {\"errors\":[{\"detail\":\"invalid crate name `../acme`\"}]}"),
    ] {
        assert_eq!(publish(&state, name, version, token), expected);
    }
    let cut = call(
        "PUT",
        "/api/v1/crates/new",
        &[("authorization", "secret")],
        krate("cut", "1.0.0", 9)[..30].to_vec(),
    );
    assert_eq!(state.answer(&cut).status, 400);
}

#[test]
fn cargo_index_is_read_in_any_case_and_only_once() {
    let state = state();
    publish(&state, "Acme-core", "0.1.8", "secret");
    let reply = get(&state, "/index/Ac/me/ACME-core", &[]);
    let cksum = format!("\"cksum\":\"{}\"", sha256(&[7; 3]));
    assert!(reply.status == 200 && String::from_utf8_lossy(&reply.body).contains(&cksum));
    let tag =
        reply.headers.iter().find(|(name, _)| *name == "ETag").map(|(_, tag)| tag.clone()).expect("a tag");
    let again = get(&state, "/index/ac/me/acme-core", &[("if-none-match", &tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    publish(&state, "Acme-core", "0.1.9", "secret");
    assert_eq!(get(&state, "/index/ac/me/acme-core", &[("if-none-match", &tag)]).status, 200);
    assert_eq!(*get(&state, "/dl/Acme-core/0.1.9/download", &[]).body, [7; 3]);
}

/// An upload as npm sends it: one version, its tag, the file in base64.
fn packed(name: &str, version: &str, integrity: Option<&str>, token: &str) -> Call {
    let mut manifest = serde_json::json!({
        "name": name, "version": version, "readme": "long", "dist": {"shasum": "5a", "tarball": "http://else/where"},
    });
    if let Some(integrity) = integrity {
        manifest["dist"]["integrity"] = integrity.into();
    }
    let tag = if version.contains('-') { "next" } else { "latest" };
    let body = serde_json::json!({
        "name": name, "dist-tags": {tag: version}, "versions": {version: manifest},
        "_attachments": {format!("{name}-{version}.tgz"): {"data": "b25l", "length": 3}},
    });
    let target = format!("/npm/{}", name.replace('/', "%2f"));
    call("PUT", &target, &[("authorization", token)], body.to_string().into_bytes())
}

/// Of the bytes `one`: `printf one | openssl dgst -sha512 -binary | base64 -w0`.
const INTEGRITY: &str =
    "sha512-BfcDQQeKz2oG1CPSFyD5ZD1flTYm2IoCY23DqeeVgq6wyCCFf9P43FAqqDYNLI+pephf2ltim4CcrRj/ti04mQ==";

#[test]
fn npm_takes_a_version_once() {
    let state = state();
    let over = "403 {\"error\":\"You cannot publish over the previously published versions: 0.1.8.\"}";
    for (version, integrity, token, expected) in [
        ("0.1.8", None, "Bearer other", "401 {\"error\":\"You must be logged in to publish packages.\"}"),
        ("0.1.8", None, "secret", "401 {\"error\":\"You must be logged in to publish packages.\"}"),
        (
            "0.1.8",
            Some("sha512-AAAA"),
            "Bearer secret",
            "400 {\"error\":\"the integrity of the file is not what its manifest says\"}",
        ),
        ("0.1.8", Some(INTEGRITY), "Bearer secret", "201 {\"success\":true}"),
        ("0.1.8", Some(INTEGRITY), "Bearer secret", over),
        ("0.1.9-rc.1", None, "Bearer secret", "201 {\"success\":true}"),
        ("../0.1.9", None, "Bearer secret", "400 {\"error\":\"invalid version: `../0.1.9`\"}"),
    ] {
        assert_eq!(shown(&state.answer(&packed("@acme/core", version, integrity, token))), expected);
    }
    let mut other = packed("@acme/core", "0.2.0", None, "Bearer secret");
    other.segments[1] = "@acme/other".to_string();
    assert_eq!(shown(&state.answer(&other)), "400 {\"error\":\"the upload is not one of `@acme/other`\"}");
    let mut cut = packed("@acme/core", "0.2.0", None, "Bearer secret");
    cut.body.truncate(200);
    assert_eq!(state.answer(&cut).status, 400);
}

#[test]
fn npm_lists_in_both_forms() {
    let state = state();
    assert_eq!(shown(&get(&state, "/npm/@acme%2fcore", &[])), "404 not found", "our own, not yet uploaded");
    for version in ["0.1.8-rc.1", "0.1.8", "0.1.9-rc.1"] {
        state.answer(&packed("@acme/core", version, None, "Bearer secret"));
    }
    let read = |target: &str, accept: &str| {
        let reply = get(&state, target, &[("accept", accept)]);
        serde_json::from_slice::<serde_json::Value>(&reply.body).expect("JSON")
    };
    let short =
        read("/npm/@acme%2fcore", "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8");
    assert_eq!(short["dist-tags"], serde_json::json!({"latest": "0.1.8", "next": "0.1.9-rc.1"}));
    let tarball = "http://here/npm/@acme/core/-/core-0.1.8.tgz";
    let dist = serde_json::json!({"shasum": "5a", "tarball": tarball, "integrity": INTEGRITY});
    let entry = serde_json::json!({"name": "@acme/core", "version": "0.1.8", "dist": dist});
    assert_eq!(short["versions"]["0.1.8"], entry);
    assert_eq!(short["versions"].as_object().map(|versions| versions.len()), Some(3));
    let long = read("/npm/@acme/core", "*/*");
    assert_eq!(
        (&long["versions"]["0.1.8"]["readme"], &long["dist-tags"]),
        (&"long".into(), &short["dist-tags"])
    );
    assert_eq!(*get(&state, tarball.trim_start_matches("http://here"), &[]).body, *b"one");
    assert_eq!(shown(&get(&state, "/npm/-/whoami", &[])), "401 {\"error\":\"You must be logged in.\"}");
    let token = [("authorization", "Bearer secret")];
    assert_eq!(shown(&get(&state, "/npm/-/whoami", &token)), "200 {\"username\":\"rehearsal\"}");
    assert_eq!(get(&state, "/npm/-/ping", &[]).status, 200);
}

#[test]
fn foreign_names_are_elsewhere_and_own_names_are_not() {
    let state = state();
    for (target, expected) in [
        ("/simple/six/", "302 http://up/simple/six/"),
        ("/simple/Zope.Interface/", "301 /simple/zope-interface/"),
        ("/simple/six", "301 /simple/six/"),
        ("/simple/Acme_App/", "301 /simple/acme-app/"),
        ("/simple/acme-app/", "404 not found"),
        ("/simple/%0d%0aX:%20y/", "404 not found"),
        ("/files/six-1.0-py3-none-any.whl", "404 not found"),
        ("/index/it/oa/itoa", "302 http://up/index/it/oa/itoa"),
        ("/index/wrong/itoa", "404 not found"),
        ("/index/ac/me/acme-core", "404 not found"),
        ("/index/ac/me/acme_core", "404 not found"),
        ("/dl/itoa/1.0.1%2Bx/download", "302 http://up/crates/itoa/itoa-1.0.1%2Bx.crate"),
        ("/dl/acme-core/0.1.8/download", "404 not found"),
        ("/dl/itoa/..%2f1/download", "404 not found"),
        ("/npm/is-number", "302 http://up/npm/is-number"),
        ("/npm/@types%2fnode", "302 http://up/npm/@types%2fnode"),
        ("/npm/@types/node", "302 http://up/npm/@types%2fnode"),
        ("/npm/@types/node/-/node-1.0.0.tgz", "302 http://up/npm/@types/node/-/node-1.0.0.tgz"),
        ("/npm/@acme%2fcore", "404 not found"),
        ("/npm/@acme/core/-/core-0.1.8.tgz", "404 not found"),
        ("/npm/x/..%2f..", "404 not found"),
        ("/npm/", "404 not found"),
        ("/gems/info/rake", "302 http://up/gems/info/rake"),
        ("/gems/gems/rake-13.0.6.gem", "302 http://up/gems/gems/rake-13.0.6.gem"),
        (
            "/gems/quick/Marshal.4.8/rake-13.0.6.gemspec.rz",
            "302 http://up/gems/quick/Marshal.4.8/rake-13.0.6.gemspec.rz",
        ),
        ("/gems/info/acme-core", "404 not found"),
        ("/gems/gems/acme-core-0.1.8-java.gem", "404 not found"),
        ("/gems/quick/Marshal.4.8/acme-core-0.1.8.gemspec.rz", "404 not found"),
        ("/gems/info/%0d%0aX", "404 not found"),
        ("/", "404 not found"),
    ] {
        assert_eq!(shown(&get(&state, target, &[])), expected, "{target}");
    }
    let alone = State::new(options(None), String::new());
    assert_eq!(
        [get(&alone, "/simple/six/", &[]).status, get(&alone, "/index/it/oa/itoa", &[]).status],
        [404, 404]
    );
}

#[test]
fn a_panic_is_an_answer() {
    assert_eq!(guarded(|| std::panic::panic_any("on purpose")).status, 500);
}

/// Sends a request's head and, once told to continue, its body; all that the server says until it hangs up.
fn spoken(server: &Server, head: &str, body: &[u8]) -> String {
    let mut stream =
        TcpStream::connect(server.address().trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
    stream.write_all(format!("{head}\r\nHost: loopback\r\n\r\n").as_bytes()).expect("sent");
    let mut answer = vec![0; 1024];
    let told = if head.contains("Expect") { stream.read(&mut answer).expect("told to continue") } else { 0 };
    answer.truncate(told);
    stream.write_all(body).expect("sent");
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn large_uploads_and_offers_of_http2_are_understood() {
    let server = Server::start(options(None)).expect("a server");
    let body = krate("big", "1.0.0", 3 << 20);
    let head =
        format!("PUT /api/v1/crates/new HTTP/1.1\r\nAuthorization: secret\r\nContent-Length: {}", body.len());
    let answer = spoken(&server, &format!("{head}\r\nExpect: 100-continue\r\nConnection: close"), &body);
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n"), "{answer}");
    assert!(answer.contains("\r\n\r\nHTTP/1.1 200 OK"), "{answer}");
    let offer = "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA";
    assert!(spoken(&server, &format!("{head}\r\n{offer}"), &body).starts_with("HTTP/1.1 400"), "a duplicate");
    let answer = spoken(&server, &format!("HEAD /index/3/b/big HTTP/1.1\r\n{offer}"), b"");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("Content-Length: 1"), "{answer}");
    let hits: Vec<_> = server.hits().into_iter().map(|hit| (hit.method, hit.status)).collect();
    assert_eq!(hits, [("PUT".to_string(), 200), ("PUT".to_string(), 400), ("HEAD".to_string(), 200)]);
    assert_eq!(server.files()[0].size, 3 << 20);
}

#[test]
fn clients_that_hang_do_not_keep_the_server() {
    let server = Server::start(options(None)).expect("a server");
    let address = server.address();
    let connect = || TcpStream::connect(address.trim_start_matches("http://")).expect("a connection");
    let mut streams = [connect(), connect()];
    streams[1]
        .write_all(b"PUT /api/v1/crates/new HTTP/1.1\r\nContent-Length: 5000\r\n\r\nonly this")
        .expect("sent");
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(5));
}
