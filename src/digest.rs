//! Digests of what is built and of what has to be known again.

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    hmac_sha256::Hash::hash(bytes)
}

/// SHA-512.
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    hmac_sha512::Hash::hash(bytes)
}

/// Bytes in hexadecimal.
///
/// ```
/// use castoff::digest::{hex, sha256};
/// assert!(hex(&sha256(b"abc")).starts_with("ba7816bf8f01cfea"));
/// ```
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
