//! What was uploaded and what was asked, in memory: the handlers write it, the rehearsal's report and the tests read
//! it.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::Protocol;
use super::exchange::{Call, Delivery, Reply};
use crate::digest;

/// A file that a client uploaded.
#[derive(Clone)]
pub struct StoredFile {
    /// The protocol by which it came.
    pub protocol: Protocol,
    /// The package, as the client spelt it.
    pub name: String,
    /// Its version, as the client spelt it.
    pub version: String,
    /// `NAME-VERSION.crate`, or the name of the wheel or source distribution.
    pub file_name: String,
    /// Digest of the bytes, in hexadecimal.
    pub sha256: String,
    /// Number of bytes.
    pub size: u64,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

impl StoredFile {
    /// A file with the digest of its bytes.
    pub(super) fn new(
        protocol: Protocol,
        name: &str,
        version: &str,
        file_name: &str,
        bytes: &[u8],
    ) -> StoredFile {
        StoredFile {
            protocol,
            name: name.to_string(),
            version: version.to_string(),
            file_name: file_name.to_string(),
            sha256: sha256(bytes),
            size: bytes.len() as u64,
            bytes: bytes.into(),
        }
    }
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// `GET`, `HEAD`, `POST`, `PUT`.
    pub method: String,
    /// Path and query as the client wrote them.
    pub path: String,
    /// Status of the answer; 0 where the client got none.
    pub status: u16,
}

impl Hit {
    pub(super) fn new(call: &Call, reply: &Reply) -> Hit {
        let silent = matches!(reply.delivery, Delivery::Cut | Delivery::Never);
        let status = if silent { 0 } else { reply.status };
        Hit { method: call.method.clone(), path: call.target.clone(), status }
    }
}

/// A file and what the index says of it.
pub(super) struct Entry {
    pub(super) file: StoredFile,
    /// PyPI: an object of `files` in PEP 691's JSON. Cargo: a line of the index.
    pub(super) listing: Value,
    /// Its owner took it back: nobody sees it any more, and nothing else gets its number.
    pub(super) gone: bool,
    hidden: Hidden,
}

/// Why clients do not see what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// For so many looks at its package; with none left it is seen.
    Reads(u32),
    /// It is not yet this time.
    Until(Instant),
}

impl Entry {
    #[expect(clippy::disallowed_methods, reason = "only what a fault hides for a time asks for the time")]
    fn seen(&self) -> bool {
        match self.hidden {
            _ if self.gone => false,
            Hidden::Reads(left) => left == 0,
            Hidden::Until(time) => Instant::now() >= time,
        }
    }
}

/// All files, in the order of their upload.
#[derive(Default)]
pub(super) struct Store(Vec<Entry>);

impl Store {
    pub(super) fn add(&mut self, file: StoredFile, listing: Value) {
        self.0.push(Entry { file, listing, gone: false, hidden: Hidden::Reads(0) });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a package was ever here, whatever became of it.
    pub(super) fn knows(&self, protocol: Protocol, name: &str) -> bool {
        self.taken(protocol).any(|entry| protocol.normalised(&entry.file.name) == protocol.normalised(name))
    }

    /// The index does not show the last file of a package yet.
    pub(super) fn hide(&mut self, protocol: Protocol, name: &str, hidden: Hidden) {
        if let Some(entry) = self.owned(protocol, name).pop() {
            entry.hidden = hidden;
        }
    }

    /// Somebody has looked for a package in the index.
    pub(super) fn looked_at(&mut self, protocol: Protocol, name: &str) {
        for entry in self.owned(protocol, name) {
            if let Hidden::Reads(left) = &mut entry.hidden {
                *left = left.saturating_sub(1);
            }
        }
    }

    pub(super) fn files(&self) -> Vec<StoredFile> {
        self.0.iter().map(|entry| entry.file.clone()).collect()
    }

    /// Everything of one protocol that was ever uploaded: what an upload is compared with.
    pub(super) fn taken(&self, protocol: Protocol) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.file.protocol == protocol)
    }

    /// Everything of one protocol that clients may see.
    pub(super) fn of(&self, protocol: Protocol) -> impl Iterator<Item = &Entry> {
        self.taken(protocol).filter(|entry| entry.seen())
    }

    /// Everything of one package that clients may see, whatever spelling of the name they use.
    pub(super) fn package(&self, protocol: Protocol, name: &str) -> Vec<&Entry> {
        let name = protocol.normalised(name);
        self.of(protocol).filter(|entry| protocol.normalised(&entry.file.name) == name).collect()
    }

    /// Everything of one protocol that was ever uploaded, to be changed.
    pub(super) fn every(&mut self, protocol: Protocol) -> impl Iterator<Item = &mut Entry> {
        self.0.iter_mut().filter(move |entry| entry.file.protocol == protocol)
    }

    /// Everything of one package that clients may see, to be changed by its owner.
    pub(super) fn owned(&mut self, protocol: Protocol, name: &str) -> Vec<&mut Entry> {
        let name = protocol.normalised(name);
        let of = |entry: &&mut Entry| !entry.gone && protocol.normalised(&entry.file.name) == name;
        self.every(protocol).filter(of).collect()
    }
}

/// The digest that all of these protocols speak of.
pub(super) fn sha256(bytes: &[u8]) -> String {
    digest::hex(&digest::sha256(bytes))
}
