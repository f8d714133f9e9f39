//! Ecosystems that a program around castoff brings: its own xtask, most often. Which ecosystems a program has is a fact of
//! the program and not of a run, as if it had been compiled with them; so they are said once, before anything is read,
//! and decisions find them as they find the four.

use std::sync::Mutex;

use super::{ALL, Ecosystem};

/// Grows, and never changes what is in it.
static OWN: Mutex<&[&dyn Ecosystem]> = Mutex::new(&[]);

/// Adds one. The same one again changes nothing.
///
/// # Errors
/// An ecosystem of this name is there already.
pub fn add(ecosystem: &'static dyn Ecosystem) -> Result<(), String> {
    let mut own = OWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let name = ecosystem.kind().name();
    if own.iter().any(|known| std::ptr::addr_eq(*known, ecosystem)) {
        return Ok(());
    }
    if ALL.iter().chain(own.iter()).any(|known| known.kind().name() == name) {
        return Err(format!("an ecosystem is named `{name}` already"));
    }
    *own = Box::leak(own.iter().copied().chain([ecosystem]).collect());
    Ok(())
}

/// All that were added.
pub(super) fn all() -> &'static [&'static dyn Ecosystem] {
    *OWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The one of this name.
pub(super) fn named(name: &str) -> &'static dyn Ecosystem {
    let own = all().iter().find(|own| own.kind().name() == name).copied();
    own.unwrap_or_else(|| panic!("the ecosystem `{name}` was not added before its packages were named"))
}

#[cfg(test)]
mod tests {
    use super::{add, all};
    use crate::ecosystem::cargo::Cargo;

    #[test]
    fn a_name_has_one_ecosystem() {
        assert_eq!(add(&Cargo).unwrap_err(), "an ecosystem is named `cargo` already");
        assert!(all().iter().all(|own| own.kind().name() != "cargo"));
    }
}
