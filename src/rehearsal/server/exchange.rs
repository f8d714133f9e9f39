//! The border to the HTTP library: a call as the handlers see it, and the reply that they give. Handlers never touch
//! a socket, so tests can ask them directly.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use serde_json::Value;
use tiny_http::{Header, Request, Response, StatusCode};

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

    /// Reads a request. A body that the client cut short stays short: the formats of all uploads tell their end, so the
    /// handlers refuse it.
    pub(super) fn receive(request: &mut Request) -> Call {
        let mut call = Call::new(request.method().as_str(), request.url());
        let header =
            |header: &Header| (header.field.as_str().as_str().to_lowercase(), header.value.to_string());
        call.headers = request.headers().iter().map(header).collect();
        // With `Connection: Upgrade` the reader has no end of its own and would wait for ever.
        let length = match (request.body_length(), call.header("transfer-encoding")) {
            (Some(length), _) => length as u64,
            (None, Some(_)) => u64::MAX,
            (None, None) => 0,
        };
        if length > 0 {
            let _ = request.as_reader().take(length).read_to_end(&mut call.body);
        }
        call
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
}

impl Reply {
    /// An answer of one content type.
    pub(super) fn new(status: u16, kind: &str, body: impl Into<Arc<[u8]>>) -> Reply {
        Reply { status, headers: vec![("Content-Type", kind.to_string())], body: body.into() }
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

    /// Adds an ETag, and leaves the body out when the client has it already.
    pub(super) fn tagged(self, call: &Call) -> Reply {
        let tag = format!("\"{}\"", sha256(&self.body));
        let known = call.header("if-none-match").is_some_and(|tags| tags.contains(&tag));
        let reply = if known { Reply { status: 304, body: Arc::default(), ..self } } else { self };
        reply.with("ETag", tag)
    }

    /// Sends it. That the client is gone by then is the client's affair.
    pub(super) fn send(self, request: Request) {
        let header = |(name, value): &(&str, String)| Header::from_bytes(*name, value.as_str()).ok();
        let headers = self.headers.iter().filter_map(header).collect();
        let (length, body) = (self.body.len(), Cursor::new(self.body));
        let response = Response::new(StatusCode(self.status), headers, body, Some(length), None);
        // Always with a length: clients show progress by it and check it.
        let _ = request.respond(response.with_chunked_threshold(usize::MAX));
    }
}
