//! Why an upload did not succeed, read from what a client printed or a server answered. It says whether trying again can help; whether
//! anything arrived in spite of it, only the registry knows.

use crate::effect::Wait;

/// Why an upload did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token was not accepted, or there is none.
    Denied,
    /// Too many uploads; to be tried again then, or after a while where nobody says when.
    Limited(Option<Wait>),
    /// The registry has this version or file, from an earlier attempt or from somebody else.
    Taken,
    /// The number was used for something that was taken away since, and is free no more.
    Burnt,
    /// No answer, or one that says that the server had a bad moment.
    Broken,
    /// Anything else that the registry or the client has against it.
    Refused,
}

impl Refusal {
    /// What an HTTP status means for an upload.
    pub fn of_status(status: u16, wait: Option<Wait>) -> Refusal {
        match status {
            401 | 403 => Refusal::Denied,
            409 => Refusal::Taken,
            429 => Refusal::Limited(wait),
            408 | 425 | 500..=599 => Refusal::Broken,
            _ => Refusal::Refused,
        }
    }
}

/// What texts mean, by words that they may contain; the first row that has one wins.
pub(super) type Words = &'static [(Refusal, &'static [&'static str])];

fn by_words(text: &str, words: Words) -> Option<Refusal> {
    let row = words.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
    row.map(|(refusal, _)| *refusal)
}

/// What a client printed: its own words first, then the status of the answer, which stands behind one of these marks, then
/// what every client says when there was no answer.
pub(super) fn read(text: &str, words: Words, marks: &[&str]) -> Refusal {
    let status = || marks.iter().find_map(|mark| status_behind(text, mark));
    let answered = || Some(Refusal::of_status(status()?, wait_in(text)));
    let silent = || NO_ANSWER.iter().any(|word| text.contains(word)).then_some(Refusal::Broken);
    by_words(text, words).or_else(answered).or_else(silent).unwrap_or(Refusal::Refused)
}

/// The number behind `mark`, where it is an HTTP status.
fn status_behind(text: &str, mark: &str) -> Option<u16> {
    text.match_indices(mark).find_map(|(at, _)| {
        let digits = text.get(at + mark.len()..at + mark.len() + 3)?;
        digits.parse().ok().filter(|status| (100..600).contains(status))
    })
}

/// `Retry-After: 120` where a client shows headers, or crates.io's `try again after Sat, 21 Nov 2026 03:00:00 GMT`.
fn wait_in(text: &str) -> Option<Wait> {
    let behind = |mark: &str| {
        let at = text.to_ascii_lowercase().find(mark)? + mark.len();
        text.get(at..)
    };
    let header = || Wait::read(behind("retry-after:")?.lines().next()?);
    let words = || {
        let rest = behind("try again after ")?;
        Wait::read(rest.get(..rest.find("GMT")? + "GMT".len())?)
    };
    header().or_else(words)
}

/// What the libraries that clients use say when a connection fails, whatever the client.
pub(super) const NO_ANSWER: &[&str] = &[
    "Connection refused",
    "connection refused",
    "Connection reset",
    "connection reset",
    "connection closed",
    "Connection closed",
    "connection error",
    "Broken pipe",
    "broken pipe",
    "timed out",
    "Timeout",
    "timeout",
    "error sending request",
    "dns error",
    "Temporary failure in name resolution",
    "unexpected EOF",
    "unexpected eof",
    "end of file",
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Refusal::{self, Broken, Burnt, Denied, Limited, Refused, Taken};
    use crate::ecosystem;
    use crate::effect::Wait;
    use crate::model::Kind;

    #[test]
    fn what_the_clients_print_is_understood() {
        let soon = Limited(Some(Wait::For(Duration::from_secs(7))));
        let date = Limited(Wait::read("Sat, 28 Nov 2026 05:00:00 GMT"));
        for (kind, text, expected) in [
            (Kind::Cargo, "  failed to get a 200 OK response, got 500\n  headers:", Broken),
            (Kind::Cargo, "  got 429\n  headers:\n  \tHTTP/1.1 429\n  \tRetry-After: 7\n  body:\n  x", soon),
            (
                Kind::Cargo,
                "(status 429 Too Many Requests): You have published too many new crates in a short period of time. \
                 Please try again after Sat, 28 Nov 2026 05:00:00 GMT or email",
                date,
            ),
            (Kind::Cargo, "responded with an error (status 403 Forbidden): authentication failed", Denied),
            (Kind::Cargo, "error: no token found for `r`, please run `cargo login", Denied),
            (Kind::Cargo, "(status 400 Bad Request): crate version `0.1.0` is already uploaded", Taken),
            (Kind::Cargo, "error: crate acme@0.1.0 already exists on `rehearse` index", Taken),
            (Kind::Cargo, "(status 400 Bad Request): missing field `license`", Refused),
            (Kind::Cargo, "  [52] Server returned nothing (no headers, no data)", Broken),
            (Kind::Cargo, "  [28] Timeout was reached (Operation too slow)", Broken),
            (Kind::Cargo, "error: failed to verify package tarball", Refused),
            (Kind::Uv, "cause: Server returned status code 503 Service Unavailable. Server says: x", Broken),
            (
                Kind::Uv,
                "cause: Server returned status code 429 Too Many Requests. Server says: x",
                Limited(None),
            ),
            (Kind::Uv, "Server returned status code 409 Conflict", Taken),
            (Kind::Uv, "status code 400 Bad Request. Server says: 400 File already exists ('x')", Taken),
            (Kind::Uv, "error: Local file and index file do not match for `x`. Local: sha256=1", Taken),
            (
                Kind::Uv,
                "status code 400 Bad Request. Server says: 400 This filename was previously used by a file that has \
                 since been deleted. Use a different version.",
                Burnt,
            ),
            (
                Kind::Uv,
                "status code 400 Bad Request. Server says: 400 Only one sdist may be uploaded",
                Refused,
            ),
            (Kind::Uv, "error: Missing credentials for: x", Denied),
            (Kind::Uv, "cause: Failed to send POST request\n  cause: client error (Connect)", Broken),
            (Kind::Npm, "npm error code E500\nnpm error 500 Internal Server Error - PUT x", Broken),
            (Kind::Npm, "npm error code E429\nnpm error 429 Too Many Requests - PUT x", Limited(None)),
            (Kind::Npm, "npm error code E403\nnpm error 403 403 Forbidden - PUT x - no", Denied),
            (
                Kind::Npm,
                "npm error code E403\nnpm error 403 403 Forbidden - PUT x - You cannot publish over the previously \
                 published versions: 0.1.8.",
                Taken,
            ),
            (Kind::Npm, "npm error You cannot publish over the previously published versions: 0.1.8.", Taken),
            (Kind::Npm, "npm error code ENEEDAUTH", Denied),
            (Kind::Npm, "npm error code E402\nnpm error 402 Payment Required - PUT x", Refused),
            (Kind::Npm, "npm error code ECONNRESET\nnpm error network request to x failed", Broken),
            (Kind::Gem, "castoff: status 500\noops", Broken),
            (Kind::Gem, "castoff: status 429, Retry-After: 7\nRetry later", soon),
            (Kind::Gem, "castoff: status 401\nAccess Denied", Denied),
            (Kind::Gem, "castoff: status 409\nRepushing of gem versions is not allowed.", Taken),
            (
                Kind::Gem,
                "castoff: status 409\nA yanked version already exists (acme-0.1.0).\nRepushing",
                Burnt,
            ),
            (Kind::Gem, "ERROR:  While executing gem ... (Gem::RemoteFetcher::FetchError)", Broken),
            (Kind::Gem, "ERROR:  While executing gem ... (Errno::ECONNREFUSED)", Broken),
        ] {
            assert_eq!(ecosystem::of(kind).refusal(text), expected, "{kind:?} {text}");
        }
    }

    #[test]
    fn a_status_of_its_own_is_understood_too() {
        for (status, expected) in
            [(400, Refused), (401, Denied), (409, Taken), (429, Limited(None)), (500, Broken), (408, Broken)]
        {
            assert_eq!(Refusal::of_status(status, None), expected, "{status}");
        }
    }
}
