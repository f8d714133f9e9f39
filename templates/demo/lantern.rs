//! A lantern.

/// What it does.
pub fn shine() -> &'static str {
    "a warm light"
}
