//! Faults on demand as clients meet them.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::{BASIC, call, get, krate, options, packed, publish, shown, spoken, wheel};
use crate::rehearsal::server::exchange::Delivery;
use crate::rehearsal::server::faults::{Again, Late, Limit, Mishap, Names, On, Planned, chaos};
use crate::rehearsal::server::store::sha256;
use crate::rehearsal::server::{Options, Protocol, Server, State};

const CARGO: Protocol = Protocol::Cargo;

fn state(faults: Vec<Planned>) -> State {
    State::new(Options { faults, ..options(None) }, "http://here".to_string())
}

fn index(state: &State) -> String {
    shown(&get(state, "/index/ac/me/acme-core", &[]))
}

#[test]
fn an_upload_meets_what_was_planned_and_the_next_one_does_not() {
    let hour = Duration::from_secs(3600);
    // The answer, whether the client gets it, whether the file is there, and whether the index shows it.
    for (mishap, status, delivery, stored, shows) in [
        (Mishap::Status(503), 503, Delivery::Whole, 0, false),
        (Mishap::TooMany(Again::Untold), 429, Delivery::Whole, 0, false),
        (Mishap::Hang, 200, Delivery::Never, 0, false),
        (Mishap::CutBefore, 200, Delivery::Cut, 0, false),
        (Mishap::CutAfter, 200, Delivery::Cut, 1, true),
        (Mishap::Half, 200, Delivery::Half, 1, true),
        (Mishap::Late(Late::For(hour)), 200, Delivery::Whole, 1, false),
        (Mishap::Late(Late::For(Duration::ZERO)), 200, Delivery::Whole, 1, true),
        (Mishap::Late(Late::Reads(1)), 200, Delivery::Whole, 1, false),
        (Mishap::Slow(hour), 200, Delivery::Slow(hour), 1, true),
    ] {
        let state = state(vec![Planned::once(CARGO, On::Upload, mishap)]);
        let upload = |version: &str| {
            let body = krate("acme-core", version, 3);
            state.answer(&call("PUT", "/api/v1/crates/new", &[("authorization", "secret")], body))
        };
        let reply = upload("0.1.8");
        assert_eq!((reply.status, reply.delivery), (status, delivery), "{mishap}");
        assert_eq!(state.store().files().len(), stored, "{mishap}");
        assert_eq!(index(&state).starts_with("200"), shows, "{mishap}");
        let silent = matches!(delivery, Delivery::Cut | Delivery::Never);
        assert_eq!(state.hits.lock().expect("whole")[0].status, if silent { 0 } else { status }, "{mishap}");
        let reply = upload("0.1.9");
        assert_eq!((reply.status, reply.delivery), (200, Delivery::Whole), "{mishap}");
        assert_eq!(state.faults.played()[0].1, 1, "{mishap}");
    }
}

#[test]
fn faults_choose_their_calls() {
    let second = Planned { after: 1, times: 2, ..Planned::once(CARGO, On::Upload, Mishap::Status(500)) };
    let state = state(vec![
        Planned::once(Protocol::Npm, On::Upload, Mishap::Status(501)),
        Planned::always(CARGO, On::Download, Mishap::Status(502)).of("acme_core"),
        second.of("Acme_Core"),
        Planned { after: 1, ..Planned::once(CARGO, On::Download, Mishap::Half) }.of("other"),
        Planned::once(CARGO, On::Upload, Mishap::Status(503)),
    ]);
    let publish = |name: &str, version: &str| publish(&state, name, version, "secret")[..3].to_string();
    let expected = [
        ("acme-core", "0.1.0", "503"),
        ("acme-core", "0.1.1", "500"),
        ("other", "0.1.0", "200"),
        ("acme-core", "0.1.1", "500"),
        ("acme-core", "0.1.1", "200"),
    ];
    for (name, version, status) in expected {
        assert_eq!(publish(name, version), status, "{name} {version}");
    }
    let download = |path: &str| get(&state, &format!("/dl/{path}/download"), &[]).status;
    assert_eq!([download("acme-core/0.1.1"), download("acme-core/0.1.1")], [502, 502]);
    assert_eq!(download("other/0.1.0"), 200);
    let head = state.answer(&call("HEAD", "/dl/other/0.1.0/download", &[], Vec::new()));
    assert_eq!(head.delivery, Delivery::Whole, "nothing comes that could be cut");
    assert_eq!(get(&state, "/dl/other/0.1.0/download", &[]).delivery, Delivery::Half);
    let played: Vec<u32> = state.faults.played().iter().map(|(_, times)| *times).collect();
    assert_eq!(played, [0, 2, 2, 1, 1]);
}

#[test]
fn packages_of_others_meet_no_fault() {
    let faults = [Protocol::PyPi, CARGO, Protocol::Npm, Protocol::RubyGems];
    let faults = faults.map(|protocol| Planned::always(protocol, On::Index, Mishap::Status(503)));
    let state = state(faults.into());
    for (path, status) in [
        ("/simple/six/", 404),
        ("/simple/acme-app/", 503),
        ("/index/se/rd/serde", 404),
        ("/index/ac/me/acme-core", 503),
        ("/npm/is-number", 404),
        ("/npm/@acme%2fcore", 503),
        ("/gems/info/rake", 404),
        ("/gems/info/acme-core", 503),
        ("/index/config.json", 200),
    ] {
        assert_eq!(get(&state, path, &[]).status, status, "{path}");
    }
}

#[test]
fn what_comes_late_is_shown_after_so_many_looks_and_is_not_taken_twice() {
    let state = state(vec![Planned::once(CARGO, On::Upload, Mishap::Late(Late::Reads(2)))]);
    publish(&state, "acme-core", "0.1.8", "secret");
    assert!(publish(&state, "acme-core", "0.1.8", "secret").contains("is already uploaded"));
    let statuses = [index(&state), index(&state), index(&state)].map(|text| text[..3].to_string());
    assert_eq!(statuses, ["404", "404", "200"]);
}

#[test]
fn too_many_is_said_as_each_registry_says_it() {
    let faults =
        [(CARGO, Again::Date(90)), (Protocol::PyPi, Again::Untold), (Protocol::Npm, Again::Seconds(7))];
    let faults =
        faults.map(|(protocol, again)| Planned::always(protocol, On::Upload, Mishap::TooMany(again)));
    let state = state(faults.into());
    let body = krate("acme-core", "0.1.8", 3);
    let reply = state.answer(&call("PUT", "/api/v1/crates/new", &[("authorization", "secret")], body));
    let after = |reply: &super::Reply| {
        reply.headers.iter().find(|(name, _)| *name == "Retry-After").map(|(_, text)| text.clone())
    };
    let date = after(&reply).expect("a date");
    assert!(httpdate::parse_http_date(&date).is_ok(), "{date}");
    let text = format!(
        "429 {{\"errors\":[{{\"detail\":\"You have published too many new crates in a short period of time. Please try again \
         after {date} and see http://here/docs/rate-limits for more details.\"}}]}}"
    );
    assert_eq!(shown(&reply), text);
    let reply = state.answer(&wheel("one", &sha256(b"one"), BASIC));
    assert_eq!((shown(&reply).as_str(), after(&reply)), ("429 Too many new projects created", None));
    let reply = state.answer(&packed("@acme/core", "0.1.8", None, "Bearer secret"));
    let text = "429 {\"error\":\"rate limited exceeded\"}";
    assert_eq!((shown(&reply).as_str(), after(&reply).as_deref()), (text, Some("7")));
}

#[test]
fn a_limit_takes_so_many_at_once_and_then_one_each_time() {
    let limit = |every: u64| {
        let limits =
            vec![Limit { protocol: CARGO, names: Names::New, burst: 2, every: Duration::from_secs(every) }];
        let state = State::new(Options { limits, ..options(None) }, String::new());
        let names =
            [("one", "0.1.0"), ("one", "0.1.0"), ("two", "0.1.0"), ("three", "0.1.0"), ("one", "0.2.0")];
        names.map(|(name, version)| publish(&state, name, version, "secret")[..3].to_string())
    };
    // What was refused is not counted, and known names have no limit here.
    assert_eq!(limit(3600), ["200", "400", "200", "429", "200"]);
    assert_eq!(limit(0), ["200", "400", "200", "200", "200"]);
}

#[test]
fn a_wrong_digest_is_told_in_every_form() {
    let faults = [Protocol::PyPi, CARGO, Protocol::Npm];
    let faults = faults.map(|protocol| Planned::once(protocol, On::Index, Mishap::WrongDigest));
    let state = state(faults.into());
    publish(&state, "acme-core", "0.1.8", "secret");
    state.answer(&wheel("one", &sha256(b"one"), BASIC));
    state.answer(&packed("@acme/core", "0.1.8", None, "Bearer secret"));
    for (path, right) in [
        ("/index/ac/me/acme-core", sha256(&[7; 3])),
        ("/simple/acme-app/", sha256(b"one")),
        ("/npm/@acme%2fcore", super::INTEGRITY.to_string()),
    ] {
        let text = |state: &State| String::from_utf8_lossy(&get(state, path, &[]).body).into_owned();
        let (wrong, right_again) = (text(&state), text(&state));
        assert!(!wrong.contains(&right) && right_again.contains(&right), "{path}");
        assert_eq!(wrong.len(), right_again.len(), "{path}");
    }
}

/// A server that answers downloads of one crate so; what a client gets of one.
fn downloaded(mishap: Mishap) -> String {
    let faults = vec![Planned::always(CARGO, On::Download, mishap)];
    let server = Server::start(Options { faults, ..options(None) }).expect("a server");
    let body = krate("acme-core", "0.1.8", 300);
    let head =
        format!("PUT /api/v1/crates/new HTTP/1.1\r\nAuthorization: secret\r\nContent-Length: {}", body.len());
    spoken(&server, &format!("{head}\r\nConnection: close"), &body);
    spoken(&server, "GET /dl/acme-core/0.1.8/download HTTP/1.1\r\nConnection: close", b"")
}

#[test]
fn an_answer_comes_whole_in_pieces_by_half_or_not_at_all() {
    for (mishap, length, came) in [
        (Mishap::Slow(Duration::from_millis(1)), 300, 300),
        (Mishap::Half, 300, 150),
        (Mishap::Short, 150, 150),
    ] {
        let text = downloaded(mishap);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("Content-Length: {length}")), "{mishap}: {head}");
        assert_eq!(body.len(), came, "{mishap}");
    }
    for mishap in [Mishap::CutBefore, Mishap::CutAfter] {
        assert_eq!(downloaded(mishap), "", "{mishap}");
    }
}

#[test]
fn a_hanging_answer_ends_with_the_client_and_with_the_server() {
    let faults = vec![Planned::always(CARGO, On::Index, Mishap::Hang)];
    let server = Server::start(Options { faults, ..options(None) }).expect("a server");
    let ask = || {
        let address = server.address();
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).expect("a connection");
        stream.write_all(b"GET /index/ac/me/acme-core HTTP/1.1\r\n\r\n").expect("sent");
        stream
    };
    // Far more of them than there are threads for anything.
    let (gone, mut left) = ((0..20).map(|_| ask()).collect::<Vec<_>>(), ask());
    drop(gone);
    assert!(spoken(&server, "GET /index/config.json HTTP/1.1\r\nConnection: close", b"").contains("200 OK"));
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(left.read(&mut [0])));
    drop(server);
    let read = receiver.recv_timeout(Duration::from_secs(20)).expect("the end");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[test]
fn a_seed_is_a_set_of_faults_that_heal() {
    let own = options(None).own;
    assert_eq!(chaos(7, &own), chaos(7, &own));
    assert_ne!(chaos(7, &own), chaos(8, &own));
    let mut kinds = BTreeSet::new();
    for seed in 0..200 {
        let planned = chaos(seed, &own);
        for (protocol, name) in &own {
            for (on, most) in [(On::Upload, 2), (On::Index, 1), (On::Download, 1)] {
                let of = planned.iter().filter(|one| one.protocol == *protocol && one.on == on);
                let of: Vec<_> = of.filter(|one| one.package.as_ref() == Some(name)).collect();
                assert!(of.len() <= most && of.iter().all(|one| one.times == 1), "{of:?}");
            }
        }
        kinds.extend(planned.iter().map(|one| (one.on, one.mishap)));
    }
    assert_eq!(kinds.len(), 21, "{kinds:?}");
    assert!(
        !kinds.iter().any(|(_, mishap)| matches!(mishap, Mishap::WrongDigest | Mishap::Hang | Mishap::Short))
    );
}
