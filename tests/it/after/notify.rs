//! `[notify]`: a command and a webhook are told how a release ended, whatever that was.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json as value};

use crate::running::{Gate, Running};
use crate::support::Repo;
use crate::tools::need;

use super::{TOKEN, castoff, connect, json, path, text, two};

/// Writes the record that it gets, the outcome, and the directory that it runs in, beside the checkout.
fn command(repo: &Repo) -> String {
    let base = repo.beside("told").display().to_string();
    format!(
        "[notify]\ncommand = \"\"\"cat > '{base}.json'; echo \"$CASTOFF_OUTCOME $PWD ${{ACME_TOKEN-none}}\" >> '{base}.txt'\"\"\"\n"
    )
}

/// What the command was told since it was asked last.
fn told(repo: &Repo) -> Vec<String> {
    let file = repo.beside("told.txt");
    let lines = fs::read_to_string(&file).unwrap_or_default();
    let _gone = fs::remove_file(&file);
    lines.lines().map(|line| line.split(' ').next().unwrap().to_string()).collect()
}

/// A webhook: what is posted to it, with the first line and the type; it answers with this status.
fn webhook(status: u16) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hooks/B0-very-secret", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    // Ends with the tests.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (Vec::new(), 0);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                let lower = line.trim().to_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push(lower);
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            let body = serde_json::from_slice(&body).unwrap();
            let kind =
                head.iter().find(|line| line.starts_with("content-type:")).cloned().unwrap_or_default();
            let _sent = sender.send((format!("{}; {kind}", head[0]), body));
        }
    });
    (address, receiver)
}

#[test]
fn a_command_is_told_of_success_and_of_every_failure() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("");
    let rules = command(&repo);
    let publish = |config: &str| {
        connect(&repo, &server, &format!("{config}{rules}"));
        castoff(&repo, &["publish", "--record", &path(&repo, "record.json")])
    };
    // Without the token the server refuses.
    connect(&repo, &server, &rules);
    repo.castoff(&["publish", "acme-a"]).expect(1);
    assert_eq!(told(&repo), ["failed"]);
    publish("[publish]\nsmoke = \"exit 1\"\n").expect(3);
    assert_eq!(told(&repo), ["partly"]);
    publish("").expect(0);
    let line = fs::read_to_string(repo.beside("told.txt")).unwrap();
    assert_eq!(line, format!("success {} none\n", repo.dir().canonicalize().unwrap().display()));
    assert_eq!(told(&repo), ["success"]);
    assert_eq!(json(&repo, "told.json"), json(&repo, "record.json"));
    assert!(text(&json(&repo, "told.json")["text"]).contains("1 package published (acme-b 0.2.0)"));
    // Nothing happened, so nobody is told; nor of what happens on this machine alone.
    publish("").expect(0);
    castoff(&repo, &["rehearse"]).expect(0);
    assert!(told(&repo).is_empty());

    repo.castoff(&["verify"]).expect(0);
    assert_eq!(
        (told(&repo), &json(&repo, "told.json")["kind"]),
        (vec!["success".into()], &value!("verification"))
    );
    server.yank_on_pypi("acme-b", "0.2.0", Some(""));
    repo.castoff(&["verify"]).expect(1);
    assert_eq!(told(&repo), ["failed"]);
}

#[test]
fn who_stops_a_run_does_not_stop_the_word_of_it() {
    if !need("uv") {
        return;
    }
    let (repo, server) = two("");
    let gate = Gate::new(&repo);
    let smoke = format!("[publish]\nsmoke = \"\"\"{}\"\"\"\n", gate.commands(""));
    connect(&repo, &server, &format!("{smoke}{}", command(&repo)));
    let mut publish = repo.command(&["publish"]);
    publish.env("ACME_TOKEN", TOKEN);
    let arrived = gate.arrival(Running::start(publish));
    arrived.signal(Signal::TERM);
    arrived.end().expect(130);
    assert_eq!(
        (told(&repo), &json(&repo, "told.json")["outcome"]),
        (vec!["cancelled".into()], &value!("cancelled"))
    );
}

#[test]
fn a_webhook_gets_the_record_and_its_address_is_never_shown() {
    if !need("uv") {
        return;
    }
    let (address, posted) = webhook(204);
    let (repo, server) = two("");
    // Builds must not see the address either; this one would show it.
    let smoke = "[publish]\nsmoke = \"echo seen=$HOOK; exit 1\"\n[notify]\nwebhook-env = \"HOOK\"\n";
    connect(&repo, &server, smoke);
    let variables = [("ACME_TOKEN", TOKEN), ("HOOK", address.as_str())];
    let ran = repo.castoff_with(&["publish", "-v"], &variables).expect(3);
    let (head, body) = posted.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(head, "post /hooks/b0-very-secret http/1.1; content-type: application/json");
    assert_eq!((&body["outcome"], &body["schema"]), (&value!("partly"), &value!(1)));
    assert!(text(&body["text"]).starts_with("release of "), "{}", body["text"]);
    assert!(ran.stderr.contains("seen=\n") && !ran.text().contains("very-secret"), "{}", ran.text());
}

#[test]
fn nobody_being_told_is_a_warning_and_no_other_outcome() {
    if !need("uv") {
        return;
    }
    let (refusing, _posted) = webhook(500);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}/hooks/B1-very-secret", free.local_addr().unwrap());
    drop(free);
    let (repo, server) = two("");
    connect(&repo, &server, "[notify]\ncommand = \"echo broken >&2; exit 7\"\nwebhook-env = \"HOOK\"\n");
    for (names, hook, why) in [
        ("acme-a", Some(&refusing), "it answered with status 500"),
        ("acme-b", Some(&dead), "Connection refused"),
        ("acme-b", None, "the variable is not set"),
    ] {
        let mut command = repo.command(&["publish", names]);
        command.env("ACME_TOKEN", TOKEN).envs(hook.map(|hook| ("HOOK", hook)));
        if hook.is_none() {
            repo.write(
                "packages/acme-b/pyproject.toml",
                &repo.read("packages/acme-b/pyproject.toml").replace("0.2.0", "0.3.0"),
            );
            repo.commit("chore: release");
        }
        let ran = crate::support::ran(command.output().unwrap()).expect(0);
        assert!(ran.stderr.contains("warning: cannot notify by `command` in `[notify]`"), "{}", ran.stderr);
        assert!(ran.stderr.contains("broken") && ran.stderr.contains(why), "{}", ran.stderr);
        assert!(ran.stderr.contains("warning: cannot notify by the webhook in `HOOK`"), "{}", ran.stderr);
        // The last line is that of the release.
        assert!(ran.stderr.ends_with("published; next: `castoff tag`\n"), "{}", ran.stderr);
        assert!(!ran.text().contains("very-secret"), "{}", ran.text());
    }
}
