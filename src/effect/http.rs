//! Questions to servers and their answers. Most uploads are made by the ecosystems' own clients; what has none is sent
//! from here.

use std::path::PathBuf;
use std::time::Duration;

use super::Secret;

/// What a server is asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Tell.
    #[default]
    Get,
    /// Take, under a name of its own choice.
    Post,
    /// Take, under this name.
    Put,
}

impl Method {
    /// As it stands in a request.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// A request to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What it is asked to do.
    pub method: Method,
    /// Absolute address.
    pub url: String,
    /// Headers beside `User-Agent`, which is always sent.
    pub headers: Vec<(String, String)>,
    /// The `Authorization` header, which is never shown.
    pub authorization: Option<Secret>,
    /// What is sent; nothing with a GET.
    pub body: Vec<u8>,
    /// A file with the certificates (PEM) by which the server is trusted; none: those that the system trusts.
    pub trust: Option<PathBuf>,
    /// Longest time for the whole exchange; none: what suits a short question.
    pub limit: Option<Duration>,
}

impl Request {
    /// A question.
    pub fn get(url: impl Into<String>) -> Request {
        Request { url: url.into(), ..Request::default() }
    }

    /// Trusts the server by the certificates in a file, where there is one.
    pub fn trusting(self, file: Option<&PathBuf>) -> Request {
        Request { trust: file.cloned(), ..self }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header, empty without one.
    pub content_type: String,
    /// The `Retry-After` header: seconds or a date (RFC 9110, 10.2.3).
    pub retry_after: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}
