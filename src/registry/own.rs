//! Registries that a program around castoff brings, for packages of its own ecosystem or of one of the four. They are said
//! once, before anything is read, as its ecosystems are.

use std::sync::Mutex;

use super::addresses::{PRESETS, Preset};
use super::{Presence, Registry, Target, Wanted};
use crate::effect::{Request, Response};
use crate::version::Version;

/// One of them.
#[derive(Clone, Copy)]
pub struct Own {
    /// Its name and addresses. `[registry.NAME]` of the configuration may give others, as with the public ones.
    pub preset: Preset,
    /// How it is asked.
    pub speaks: &'static dyn Registry,
}

/// Grows, and never changes what is in it.
static OWN: Mutex<&[&Own]> = Mutex::new(&[]);

/// Adds one. The same one again changes nothing.
///
/// # Errors
/// A registry of this name is there already.
pub fn add(registry: &'static Own) -> Result<(), String> {
    let mut own = OWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let name = registry.preset.name;
    if own.iter().any(|known| std::ptr::eq(*known, registry)) {
        return Ok(());
    }
    let mut known = PRESETS.iter().chain(own.iter().map(|own| &own.preset));
    if known.any(|preset| preset.name == name) {
        return Err(format!("a registry is named `{name}` already"));
    }
    *own = Box::leak(own.iter().copied().chain([registry]).collect());
    Ok(())
}

/// All that were added.
pub(super) fn all() -> &'static [&'static Own] {
    *OWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The one that a target is.
pub(super) fn of(target: &Target) -> Option<&'static Own> {
    let is_it = |own: &&&Own| {
        own.preset.kind == target.kind && (own.preset.name == target.name || own.preset.index == target.index)
    };
    all().iter().find(is_it).copied()
}

/// A registry that nobody told castoff how to ask: packages of an ecosystem whose program brings none.
pub(super) struct Silent;

const WHY: &str =
    "castoff was not told how to ask it; the program that brings the ecosystem has to bring its registry too";

impl Registry for Silent {
    fn question(&self, index: &str, _name: &str) -> Request {
        Request::get(index)
    }

    fn answer(&self, _response: &Response, _wanted: &Wanted) -> Presence {
        Presence::Unknown(WHY.to_string())
    }

    fn versions(&self, _response: &Response, _name: &str) -> Result<Vec<Version>, String> {
        Err(WHY.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Own, Silent, add, of};
    use crate::config::Config;
    use crate::model::Kind;
    use crate::registry::addresses::Preset;
    use crate::registry::{self, target};

    const PLACE: Preset = Preset {
        name: "shelf-of-a-test",
        kind: Kind::Own("thing-of-a-test"),
        upload: "http://127.0.0.1:1/",
        index: "http://127.0.0.1:1/index/",
        files: "",
        page: "",
        manage: "",
        token_env: &["SHELF_OF_A_TEST_TOKEN"],
    };
    static SHELF: Own = Own { preset: PLACE, speaks: &Silent };
    static PYPI: Own = Own { preset: Preset { name: "pypi", ..PLACE }, speaks: &Silent };

    #[test]
    fn what_was_added_is_known_by_its_name_wherever_it_is_and_nothing_is_hidden_by_it() {
        assert_eq!(add(&PYPI).unwrap_err(), "a registry is named `pypi` already");
        add(&SHELF).unwrap();
        add(&SHELF).unwrap();
        let at = |config: &str| {
            let config = Config::parse("castoff.toml", config).unwrap();
            target(PLACE.name, PLACE.kind, &config, &|name| Some(name.to_string())).unwrap()
        };
        let usual = at("");
        assert_eq!(
            (usual.index.as_str(), &usual.token_env[..]),
            (PLACE.index, &[PLACE.token_env[0].to_string()][..])
        );
        let elsewhere = at(
            "[registry.shelf-of-a-test]\nupload = \"http://127.0.0.1:2/\"\nindex = \"http://127.0.0.1:2/\"\n",
        );
        assert_eq!(of(&elsewhere).map(|own| own.preset.name), Some(PLACE.name));
        assert!(registry::token_variables(&Config::default()).iter().any(|name| name == PLACE.token_env[0]));
        let pypi = target("pypi", Kind::Uv, &Config::default(), &|_| None).unwrap();
        assert!(of(&pypi).is_none());
    }
}
