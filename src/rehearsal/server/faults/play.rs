//! Plays faults: finds the one that a call meets, and makes the answer that the client gets.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::{Again, Late, Limit, Mishap, Names, On, Planned};
use crate::rehearsal::server::exchange::{Call, Delivery, Reply};
use crate::rehearsal::server::store::{Entry, Hidden};
use crate::rehearsal::server::{Protocol, State, cargo, locked, npm, pypi, rubygems};

/// What a call is about.
pub(in super::super) struct Subject {
    protocol: Protocol,
    on: On,
    name: String,
    /// Whether the answer has a body in which something can go wrong.
    has_body: bool,
}

/// What is planned, and how far it has come.
#[derive(Default)]
pub(in super::super) struct Faults {
    /// With the number of calls that each has seen.
    planned: Mutex<Vec<(Planned, u32)>>,
    limits: Mutex<Vec<(Limit, Option<Instant>)>>,
}

impl Faults {
    pub(in super::super) fn new(planned: &[Planned], limits: &[Limit]) -> Faults {
        Faults {
            planned: Mutex::new(planned.iter().map(|planned| (planned.clone(), 0)).collect()),
            limits: Mutex::new(limits.iter().map(|limit| (*limit, None)).collect()),
        }
    }

    /// What was planned, and how often it was met.
    pub(in super::super) fn played(&self) -> Vec<(Planned, u32)> {
        let met = |(planned, seen): &(Planned, u32)| {
            (planned.clone(), seen.saturating_sub(planned.after).min(planned.times))
        };
        locked(&self.planned).iter().map(met).collect()
    }

    /// What a call meets. Those that are planned behind that one do not see the call.
    fn due(&self, subject: &Subject) -> Option<Mishap> {
        for (planned, seen) in locked(&self.planned).iter_mut() {
            let same = |name: &String| subject.protocol.normalised(name) == subject.name;
            let matches = planned.protocol == subject.protocol
                && planned.on == subject.on
                && planned.package.as_ref().is_none_or(same)
                && (subject.has_body || !planned.mishap.is_of_the_body());
            if matches && *seen < planned.after.saturating_add(planned.times) {
                *seen += 1;
                if *seen > planned.after {
                    return Some(planned.mishap);
                }
            }
        }
        None
    }
}

impl State {
    /// Answers a call, or plays what was planned for it.
    pub(in super::super) fn play(&self, call: &Call) -> Reply {
        let Some(subject) = self.subject(call) else { return self.route(call) };
        let (protocol, name) = (subject.protocol, subject.name.as_str());
        let mishap = self.faults.due(&subject);
        let before = self.store().len();
        let reply = match mishap {
            Some(Mishap::Status(status)) => sorry(protocol, status, "the registry is not well"),
            Some(Mishap::TooMany(again)) => self.too_many(&subject, again),
            Some(Mishap::Hang) => Reply::text(200, "").delivered(Delivery::Never),
            Some(Mishap::CutBefore) => Reply::text(200, "").delivered(Delivery::Cut),
            _ if subject.on == On::Upload => self.limited(call, &subject),
            _ => self.route(call),
        };
        if subject.on == On::Index {
            self.store().looked_at(protocol, name);
        }
        match mishap {
            Some(Mishap::CutAfter) => reply.delivered(Delivery::Cut),
            Some(Mishap::Half) => reply.delivered(Delivery::Half),
            Some(Mishap::Slow(pause)) => reply.delivered(Delivery::Slow(pause)),
            Some(Mishap::Short) => Reply { body: reply.body[..reply.body.len() / 2].into(), ..reply },
            Some(Mishap::Late(late)) => {
                let mut store = self.store();
                if store.len() > before {
                    store.hide(protocol, name, hidden(late));
                }
                reply
            }
            Some(Mishap::WrongDigest) => misquoted(reply, &self.store().package(protocol, name)),
            _ => reply,
        }
    }

    /// None for calls about packages of other people, and about nothing that could be tried again.
    fn subject(&self, call: &Call) -> Option<Subject> {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let (protocol, on, name) = match (call.method.as_str(), segments.as_slice()) {
            ("POST", ["legacy", ""]) => (Protocol::PyPi, On::Upload, pypi::uploaded(call)?),
            ("PUT", ["api", "v1", "crates", "new"]) => (Protocol::Cargo, On::Upload, cargo::uploaded(call)?),
            ("PUT", ["npm", path @ ..]) => (Protocol::Npm, On::Upload, npm::uploaded(path)?),
            ("POST", ["gems", "api", "v1", "gems"]) => {
                (Protocol::RubyGems, On::Upload, rubygems::uploaded(call)?)
            }
            ("GET" | "HEAD", path) => self.read_subject(path)?,
            _ => return None,
        };
        let name = protocol.normalised(&name);
        let known = on == On::Upload
            || self.options.own.contains(&(protocol, name.clone()))
            || self.store().knows(protocol, &name);
        known.then_some(Subject { protocol, on, name, has_body: call.method != "HEAD" })
    }

    fn read_subject(&self, path: &[&str]) -> Option<(Protocol, On, String)> {
        let file = |protocol: Protocol, file: &str| {
            let store = self.store();
            let entry = store.taken(protocol).find(|entry| entry.file.file_name == file)?;
            Some((protocol, On::Download, entry.file.name.clone()))
        };
        let index = |protocol: Protocol, name: String| Some((protocol, On::Index, name));
        match path {
            ["simple", name, ""] => index(Protocol::PyPi, name.to_string()),
            ["files", name] => file(Protocol::PyPi, name),
            ["index", _, .., name] => index(Protocol::Cargo, name.to_string()),
            ["dl", name, _, "download"] => Some((Protocol::Cargo, On::Download, name.to_string())),
            ["npm", name @ .., "-", _] => Some((Protocol::Npm, On::Download, name.join("/"))),
            ["npm", name @ ..] => index(Protocol::Npm, name.join("/")),
            ["gems", "info", name] => index(Protocol::RubyGems, name.to_string()),
            ["gems", "gems", name] => file(Protocol::RubyGems, name),
            _ => None,
        }
    }

    /// Takes an upload as far as the limits allow. They are locked meanwhile, so that two uploads cannot both be the
    /// last one.
    #[expect(clippy::disallowed_methods, reason = "limits are about time, and only played ones")]
    fn limited(&self, call: &Call, subject: &Subject) -> Reply {
        let mut limits = locked(&self.faults.limits);
        let names =
            if self.store().knows(subject.protocol, &subject.name) { Names::Known } else { Names::New };
        let limit =
            limits.iter_mut().find(|(limit, _)| limit.protocol == subject.protocol && limit.names == names);
        let Some((limit, full)) = limit else { return self.route(call) };
        // When as many would be free as at the start: one upload moves it on by one time.
        let now = Instant::now();
        let next = full.unwrap_or(now).max(now);
        let wait = next.saturating_duration_since(now + limit.every * limit.burst.saturating_sub(1));
        if !wait.is_zero() {
            return self.too_many(subject, Again::Date(wait.as_secs() + 1));
        }
        let before = self.store().len();
        let reply = self.route(call);
        if self.store().len() > before {
            *full = Some(next + limit.every);
        }
        reply
    }

    /// In the words of the public registries, who all say it in their own way.
    #[expect(clippy::disallowed_methods, reason = "says when to come again, and only in played faults")]
    fn too_many(&self, subject: &Subject, again: Again) -> Reply {
        let date = |seconds: u64| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
        let told = match again {
            Again::Seconds(seconds) => Some((seconds.to_string(), date(seconds))),
            Again::Date(seconds) => Some((date(seconds), date(seconds))),
            Again::Untold => None,
        };
        let known = self.store().knows(subject.protocol, &subject.name);
        let text = match (subject.protocol, known) {
            (Protocol::Cargo, _) => {
                let what = if known { "updates to existing crates" } else { "new crates" };
                let when = told
                    .as_ref()
                    .map_or(String::new(), |(_, date)| format!(" Please try again after {date}"));
                let more = format!("{}/docs/rate-limits", self.address);
                let more =
                    if told.is_some() { format!(" and see {more} for more details.") } else { String::new() };
                format!("You have published too many {what} in a short period of time.{when}{more}")
            }
            (Protocol::RubyGems, _) => "Retry later\n".to_string(),
            (Protocol::Npm, _) => "rate limited exceeded".to_string(),
            (Protocol::PyPi, true) => "Too many requests".to_string(),
            (Protocol::PyPi, false) => "Too many new projects created".to_string(),
        };
        let reply = sorry(subject.protocol, 429, &text);
        told.into_iter().fold(reply, |reply, (header, _)| reply.with("Retry-After", header))
    }
}

/// A refusal in the form of a protocol.
fn sorry(protocol: Protocol, status: u16, text: &str) -> Reply {
    match protocol {
        Protocol::Cargo => Reply::json(status, "application/json", &json!({"errors": [{"detail": text}]})),
        Protocol::Npm => Reply::json(status, "application/json", &json!({"error": text})),
        Protocol::PyPi | Protocol::RubyGems => Reply::text(status, text),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long something is not shown, and only in played faults")]
fn hidden(late: Late) -> Hidden {
    match late {
        Late::Reads(reads) => Hidden::Reads(reads),
        Late::For(time) => Hidden::Until(Instant::now() + time),
    }
}

/// The answer with every digest of these files changed, in whichever form it is there.
fn misquoted(reply: Reply, entries: &[&Entry]) -> Reply {
    let integrity =
        |entry: &&Entry| entry.listing.pointer("/manifest/dist/integrity")?.as_str().map(str::to_string);
    let digests =
        entries.iter().map(|entry| entry.file.sha256.clone()).chain(entries.iter().filter_map(integrity));
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let text = digests.fold(text, |text, digest| text.replace(&digest, &other(&digest)));
    Reply { body: text.into_bytes().into(), ..reply }
}

/// One letter of a digest changed.
fn other(digest: &str) -> String {
    let at = digest.find('-').map_or(0, |at| at + 1);
    let first = if digest[at..].starts_with('a') { "b" } else { "a" };
    format!("{}{first}{}", &digest[..at], &digest[at + 1..])
}
