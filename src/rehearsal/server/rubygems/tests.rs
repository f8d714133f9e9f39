//! The gem server asked directly, with gems that are made here; real ones are made in tests/it/rehearse_gems.rs.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::md5;
use crate::rehearsal::server::exchange::{Call, Reply};
use crate::rehearsal::server::store::sha256;
use crate::rehearsal::server::{Options, State};

fn state() -> State {
    let options = Options { token: "secret".to_string(), ..Options::default() };
    State::new(options, "http://here".to_string())
}

/// A gem with the metadata that Ruby writes of it.
fn gem(name: &str, version: &str, platform: &str, summary: &str) -> Vec<u8> {
    let requirement = |clauses: &[(&str, &str)]| {
        let clause = |(operator, version): &(&str, &str)| {
            format!(
                "      - - \"{operator}\"\n        - !ruby/object:Gem::Version\n          version: '{version}'\n"
            )
        };
        let clauses: String = clauses.iter().map(clause).collect();
        format!(" !ruby/object:Gem::Requirement\n      requirements:\n{clauses}")
    };
    let dependency = |name: &str, kind: &str, clauses: &[(&str, &str)]| {
        let requirement = requirement(clauses);
        format!(
            "  - !ruby/object:Gem::Dependency\n    name: {name}\n    requirement:{requirement}    type: :{kind}\n"
        )
    };
    let text = format!(
        "--- !ruby/object:Gem::Specification\nname: {name}\nversion: !ruby/object:Gem::Version\n  version: {version}\n\
         platform: {platform}\nsummary: {summary}\ndependencies:\n{}{}{}required_ruby_version:{}required_rubygems_version:{}",
        dependency("low", "runtime", &[("~>", "0.1"), ("<", "0.1.9")]),
        dependency("rake", "development", &[(">=", "0")]),
        dependency("any", "runtime", &[(">=", "0")]),
        requirement(&[(">=", "2.7")]),
        requirement(&[(">=", "0")]),
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).expect("packed");
    let packed = packed.finish().expect("packed");
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(packed.len() as u64);
    header.set_mode(0o444);
    header.set_cksum();
    archive.append_data(&mut header, "metadata.gz", packed.as_slice()).expect("archived");
    archive.into_inner().expect("archived")
}

fn pushed(state: &State, gem: &[u8], key: &str) -> String {
    let mut call = Call::new("POST", "/gems/api/v1/gems");
    call.headers = vec![("authorization".to_string(), key.to_string())];
    call.body = gem.to_vec();
    let reply = state.answer(&call);
    format!("{} {}", reply.status, text(&reply).lines().next().unwrap_or_default())
}

fn get(state: &State, target: &str) -> Reply {
    state.answer(&Call::new("GET", target))
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

#[test]
fn a_gem_is_taken_once() {
    let state = state();
    let one = gem("acme", "0.1.8", "ruby", "one");
    for (gem, key, expected) in [
        (&one, "other", "401 Access Denied. Please sign up for an account."),
        (&one, "secret", "200 Successfully registered gem: acme (0.1.8)"),
        (&one, "secret", "200 Gem was already pushed: acme (0.1.8)"),
        (&gem("acme", "0.1.8", "ruby", "other"), "secret", "409 Repushing of gem versions is not allowed."),
        (&gem("acme", "0.1.8", "java", "one"), "secret", "200 Successfully registered gem: acme (0.1.8)"),
        (
            &gem("../acme", "0.1.8", "ruby", "one"),
            "secret",
            "422 There was a problem saving your gem: `../acme-0.1.8` is no name of a gem",
        ),
        (&one[..300].to_vec(), "secret", "422 The server cannot process this gem."),
    ] {
        assert_eq!(pushed(&state, gem, key), expected);
    }
    assert_eq!(*get(&state, "/gems/gems/acme-0.1.8.gem").body, *one);
}

#[test]
fn the_index_says_what_the_gems_say() {
    let state = state();
    let gems = [("ruby", "acme-0.1.8.gem"), ("java", "acme-0.1.8-java.gem")];
    let gems = gems.map(|(platform, _)| gem("acme", "0.1.8", platform, "one"));
    for gem in &gems {
        pushed(&state, gem, "secret");
    }
    let [ruby, java] = gems.map(|gem| sha256(&gem));
    let needs = "low:~> 0.1&< 0.1.9,any:>= 0";
    let info = format!(
        "---\n0.1.8 {needs}|checksum:{ruby},ruby:>= 2.7\n0.1.8-java {needs}|checksum:{java},ruby:>= 2.7\n"
    );
    let reply = get(&state, "/gems/info/acme");
    assert_eq!(text(&reply), info);
    assert!(reply.headers.contains(&("ETag", format!("\"{}\"", md5(&info)))));
    let mut again = Call::new("GET", "/gems/info/acme");
    again.headers = vec![("if-none-match".to_string(), format!("\"{}\"", md5(&info)))];
    assert_eq!(state.answer(&again).status, 304);
    let versions = format!("acme 0.1.8,0.1.8-java {}\n", md5(&info));
    assert_eq!(
        text(&get(&state, "/gems/versions")).split_once("---\n").map(|(_, rest)| rest),
        Some(&*versions)
    );
    assert_eq!(text(&get(&state, "/gems/names")), "---\nacme\n");
    assert_eq!(get(&state, "/gems/quick/Marshal.4.8/acme-0.1.8-java.gemspec.rz").status, 200);
    assert_eq!(get(&state, "/gems/info/other").status, 404);
}

#[test]
fn a_yanked_gem_is_gone_and_its_number_with_it() {
    let state = state();
    let gems = ["ruby", "java"].map(|platform| gem("acme", "0.1.8", platform, "one"));
    for gem in &gems {
        pushed(&state, gem, "secret");
    }
    let yank = |key: &str, form: &str| {
        let mut call = Call::new("DELETE", "/gems/api/v1/gems/yank");
        call.headers = vec![("authorization".to_string(), key.to_string())];
        call.body = form.into();
        let reply = state.answer(&call);
        format!("{} {}", reply.status, text(&reply))
    };
    for (key, form, expected) in [
        ("other", "gem_name=acme&version=0.1.8", "401 Access Denied. Please sign up for an account."),
        ("secret", "gem_name=acme&version=0.1.9", "404 This rubygem could not be found."),
        ("secret", "gem_name=acme&version=0%2E1.8", "200 Successfully deleted gem: acme (0.1.8)"),
        ("secret", "gem_name=acme&version=0.1.8", "422 The version 0.1.8 has already been yanked."),
    ] {
        assert_eq!(yank(key, form), expected);
    }
    let info = text(&get(&state, "/gems/info/acme"));
    assert!(info.starts_with("---\n0.1.8-java ") && info.lines().count() == 2, "{info}");
    assert_eq!(get(&state, "/gems/gems/acme-0.1.8.gem").status, 404);
    assert_eq!(pushed(&state, &gems[0], "secret"), "409 A yanked version already exists (acme-0.1.8).");
    let java = yank("secret", "gem_name=acme&version=0.1.8&platform=java");
    assert_eq!(java, "200 Successfully deleted gem: acme (0.1.8-java)");
    assert_eq!(get(&state, "/gems/info/acme").status, 404);
}
