//! RubyGems' side of the server: the upload, the compact index that gem and Bundler read, the specifications that gem
//! asks for besides, and the gems, with the refusals in the words of the public server.

use std::collections::BTreeMap;
use std::fmt::Write;

use md5::{Digest, Md5};
use serde_json::Value;

use super::exchange::{Call, Reply};
use super::store::{Entry, StoredFile};
use super::{Protocol, State, Upstream};
use crate::ecosystem::gem::archive;

mod marshal;

const BINARY: &str = "application/octet-stream";

/// The gem that an upload brings.
pub(super) fn uploaded(call: &Call) -> Option<String> {
    archive::read(&call.body).ok()?["name"].as_str().map(str::to_string)
}

/// `POST /gems/api/v1/gems`.
pub(super) fn push(state: &State, call: &Call) -> Reply {
    if !has_key(state, call) {
        return Reply::text(401, DENIED);
    }
    let refused = |status: u16, why: &str| Reply::text(status, why);
    let spec = match archive::read(&call.body) {
        Ok(spec) => spec,
        Err(why) => return refused(422, &format!("The server cannot process this gem.\nError:\n{why}\n")),
    };
    let [name, version] = ["name", "version"].map(|key| spec[key].as_str().unwrap_or_default());
    let full_name = full_name(name, &listed_version(&spec));
    if ![name, &full_name].into_iter().all(is_plain) {
        return refused(
            422,
            &format!("There was a problem saving your gem: `{full_name}` is no name of a gem"),
        );
    }
    let file = StoredFile::new(Protocol::RubyGems, name, version, &format!("{full_name}.gem"), &call.body);
    let mut store = state.store();
    let known = store.taken(Protocol::RubyGems).find(|entry| entry.file.file_name == file.file_name);
    match known {
        Some(entry) if entry.gone => {
            refused(409, &format!("A yanked version already exists ({full_name}).\n{REPUSHED}"))
        }
        Some(entry) if entry.file.sha256 == file.sha256 => {
            Reply::text(200, &format!("Gem was already pushed: {name} ({version})"))
        }
        Some(_) => refused(409, REPUSHED),
        None => {
            let done = format!("Successfully registered gem: {name} ({version})");
            store.add(file, spec);
            Reply::text(200, &done)
        }
    }
}

const REPUSHED: &str = "Repushing of gem versions is not allowed.\nPlease bump the version number and push a new \
    different release.\nSee also `gem yank` if you want to unpublish the bad release.";

const DENIED: &str = "Access Denied. Please sign up for an account.";

fn has_key(state: &State, call: &Call) -> bool {
    call.header("authorization") == Some(&state.options.token)
}

/// `DELETE /gems/api/v1/gems/yank`: the gem is gone, and nothing else gets its number.
pub(super) fn yank(state: &State, call: &Call) -> Reply {
    if !has_key(state, call) {
        return Reply::text(401, DENIED);
    }
    let form = call.form();
    let [name, version, platform] =
        ["gem_name", "version", "platform"].map(|key| form.get(key).map_or("", String::as_str));
    let listed = match platform {
        "" | "ruby" => version.to_string(),
        platform => format!("{version}-{platform}"),
    };
    let mut store = state.store();
    let file_name = format!("{}.gem", full_name(name, &listed));
    match store.every(Protocol::RubyGems).find(|entry| entry.file.file_name == file_name) {
        Some(entry) if !entry.gone => {
            entry.gone = true;
            Reply::text(200, &format!("Successfully deleted gem: {name} ({listed})"))
        }
        Some(_) => Reply::text(422, &format!("The version {listed} has already been yanked.")),
        None => Reply::text(404, "This rubygem could not be found."),
    }
}

/// `GET /gems/…`.
pub(super) fn read(state: &State, call: &Call, path: &[&str]) -> Reply {
    match path {
        // gem asks whether there is anything, and takes the compact index then.
        [""] => Reply::text(200, ""),
        ["versions"] => tagged(call, versions(state)),
        ["names"] => tagged(call, names(state)),
        ["info", name] => info(state, call, name),
        ["gems", file] => of_file(state, file, ".gem", "gems/", |entry| entry.file.bytes.to_vec()),
        ["quick", "Marshal.4.8", file] => {
            of_file(state, file, ".gemspec.rz", "quick/Marshal.4.8/", |entry| marshal::quick(&entry.listing))
        }
        _ => Reply::missing(),
    }
}

/// `VERSION`, and `VERSION-PLATFORM` of what is made for one.
fn listed_version(spec: &Value) -> String {
    let version = spec["version"].as_str().unwrap_or_default();
    match spec["platform"].as_str() {
        None | Some("ruby") => version.to_string(),
        Some(platform) => format!("{version}-{platform}"),
    }
}

fn full_name(name: &str, listed: &str) -> String {
    format!("{name}-{listed}")
}

/// Bundler compares the tag with the MD5 of what it got.
fn tagged(call: &Call, body: String) -> Reply {
    let tag = format!("\"{}\"", md5(&body));
    let known = call.header("if-none-match").is_some_and(|tags| tags.contains(&tag));
    let reply = if known { Reply::text(304, "") } else { Reply::text(200, &body) };
    reply.with("ETag", tag)
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Everything here by name.
fn gems(state: &State) -> BTreeMap<String, Vec<String>> {
    let mut gems: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in state.store().of(Protocol::RubyGems) {
        gems.entry(entry.file.name.clone()).or_default().push(listed_version(&entry.listing));
    }
    gems
}

fn names(state: &State) -> String {
    let names = gems(state).into_keys().map(|name| format!("{name}\n"));
    format!("---\n{}", names.collect::<String>())
}

fn versions(state: &State) -> String {
    let gems = gems(state);
    let store = state.store();
    let line = |(name, versions): (&String, &Vec<String>)| {
        let digest = md5(&lines(&store.package(Protocol::RubyGems, name)));
        format!("{name} {} {digest}\n", versions.join(","))
    };
    format!("created_at: 1970-01-01T00:00:00Z\n---\n{}", gems.iter().map(line).collect::<String>())
}

fn info(state: &State, call: &Call, name: &str) -> Reply {
    if !is_plain(name) {
        return Reply::missing();
    }
    let store = state.store();
    let entries = store.package(Protocol::RubyGems, name);
    match entries.is_empty() {
        true => state.elsewhere(Protocol::RubyGems, name, |upstream| format!("{}info/{name}", upstream.gems)),
        false => tagged(call, lines(&entries)),
    }
}

/// One line a version: what it needs, and what is to be known before it is fetched.
fn lines(entries: &[&Entry]) -> String {
    let line = |entry: &&Entry| {
        let spec = &entry.listing;
        let needs = spec["dependencies"].as_array().into_iter().flatten();
        let needs: Vec<String> = needs
            .map(|need| format!("{}:{}", need[0].as_str().unwrap_or_default(), requirement(&need[1])))
            .collect();
        let mut facts = format!("checksum:{}", entry.file.sha256);
        for (key, shown) in [("required_ruby_version", "ruby"), ("required_rubygems_version", "rubygems")] {
            match requirement(&spec[key]) {
                any if any.is_empty() || any == ">= 0" => {}
                text => facts.push_str(&format!(",{shown}:{text}")),
            }
        }
        format!("{} {}|{facts}\n", listed_version(spec), needs.join(","))
    };
    format!("---\n{}", entries.iter().map(line).collect::<String>())
}

/// `>= 1&< 3`.
fn requirement(pairs: &Value) -> String {
    let pairs = pairs.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    pairs.map(|pair| format!("{} {}", text(&pair[0]), text(&pair[1]))).collect::<Vec<_>>().join("&")
}

/// What is called `NAME-VERSION` and an ending.
fn of_file(
    state: &State,
    file: &str,
    ending: &str,
    below: &str,
    content: impl FnOnce(&Entry) -> Vec<u8>,
) -> Reply {
    let Some(full_name) = file.strip_suffix(ending).filter(|name| is_plain(name)) else {
        return Reply::missing();
    };
    let store = state.store();
    let gem = format!("{full_name}.gem");
    if let Some(entry) = store.of(Protocol::RubyGems).find(|entry| entry.file.file_name == gem) {
        return Reply::new(200, BINARY, content(entry));
    }
    // Where the name ends is not said: a file that may be one of ours is.
    let own = |name: &&str| state.options.own.contains(&(Protocol::RubyGems, name.to_string()));
    let name = names_in(full_name).find(own).unwrap_or(full_name);
    state.elsewhere(Protocol::RubyGems, name, |upstream: &Upstream| format!("{}{below}{file}", upstream.gems))
}

/// What a name may be where a version follows behind `-`.
fn names_in(full_name: &str) -> impl Iterator<Item = &str> {
    let cuts = full_name.match_indices('-').map(|(at, _)| (&full_name[..at], &full_name[at + 1..]));
    cuts.filter(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit())).map(|(name, _)| name)
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

#[cfg(test)]
mod tests;
