//! A call as the handlers see it, and the reply that they give. Handlers never touch a socket, so tests can ask them
//! directly.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::store::sha256;

/// A request, read to its end.
pub(super) struct Call {
    pub(super) method: String,
    /// Path and query as the client wrote them.
    pub(super) target: String,
    /// The path cut at each `/`, percent signs decoded, without the empty text before the first `/`.
    pub(super) segments: Vec<String>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// A call without headers and body.
    pub(super) fn new(method: &str, target: &str) -> Call {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let segments = path.trim_start_matches('/').split('/').map(decoded).collect();
        let (method, target) = (method.to_string(), target.to_string());
        Call { method, target, segments, headers: Vec::new(), body: Vec::new() }
    }

    /// The body as a form that was sent like the end of an address.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        let text = String::from_utf8_lossy(&self.body).replace('+', " ");
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
    }

    /// A header's value, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// `%2B` is `+`; what is not a percent sign and two digits stays as it is.
fn decoded(segment: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), segment.as_bytes());
    while let [first, tail @ ..] = rest {
        let code =
            tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Arc<[u8]>,
    pub(super) delivery: Delivery,
}

/// How much of an answer the client gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Delivery {
    /// All of it.
    #[default]
    Whole,
    /// All of it, in pieces with this much time between them.
    Slow(Duration),
    /// Half of the body; then the connection is cut.
    Half,
    /// Nothing: the connection is cut.
    Cut,
    /// Nothing, and the connection stays open.
    Never,
}

impl Reply {
    /// An answer of one content type.
    pub(super) fn new(status: u16, kind: &str, body: impl Into<Arc<[u8]>>) -> Reply {
        let headers = vec![("Content-Type", kind.to_string())];
        Reply { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    /// Plain text.
    pub(super) fn text(status: u16, text: &str) -> Reply {
        Reply::new(status, "text/plain; charset=utf-8", text.as_bytes())
    }

    /// JSON of a content type that the client asked for.
    pub(super) fn json(status: u16, kind: &str, value: &Value) -> Reply {
        Reply::new(status, kind, value.to_string().into_bytes())
    }

    /// There is no such thing.
    pub(super) fn missing() -> Reply {
        Reply::text(404, "not found\n")
    }

    /// It is at another address.
    pub(super) fn redirect(status: u16, place: String) -> Reply {
        Reply::text(status, "").with("Location", place)
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Reply {
        self.headers.push((name, value));
        self
    }

    /// Says how much of it the client gets.
    pub(super) fn delivered(self, delivery: Delivery) -> Reply {
        Reply { delivery, ..self }
    }

    /// Adds an ETag, and leaves the body out when the client has it already.
    pub(super) fn tagged(self, call: &Call) -> Reply {
        let tag = format!("\"{}\"", sha256(&self.body));
        let known = call.header("if-none-match").is_some_and(|tags| tags.contains(&tag));
        let reply = if known { Reply { status: 304, body: Arc::default(), ..self } } else { self };
        reply.with("ETag", tag)
    }
}
