//! Which versions each ecosystem takes, and which are one to its registries.

use crate::ecosystem;
use crate::model::Kind;
use crate::version::Version;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn registries_take_what_they_can_spell() {
    for (text, cargo, python, gem) in [
        ("1.2.3", true, true, true),
        ("1.2", true, true, true),
        ("0.1.8.2", false, true, true),
        ("0.1.8.0", false, true, true),
        ("1.0.0-rc.1", true, true, true),
        ("1.0.0rc1", true, true, true),
        ("1.0.0-nightly.3", true, false, true),
        ("1.0.0-pre.1", true, true, true),
        ("1.0.0.post1", false, true, true),
        ("1.0.0.dev3", false, true, true),
        ("1.0.0+build.7", true, false, false),
    ] {
        let takes = |kind: Kind| ecosystem::of(kind).takes(&version(text)).is_ok();
        let found = [Kind::Cargo, Kind::Npm, Kind::Uv, Kind::Gem].map(takes);
        assert_eq!(found, [cargo, cargo, python, gem], "{text}");
    }
}

#[test]
fn trailing_zeros_are_one_version_to_python_and_ruby() {
    let same = |kind: Kind, one: &str, other: &str| ecosystem::of(kind).same(&version(one), &version(other));
    assert!(same(Kind::Uv, "0.1.8.0", "0.1.8"));
    assert!(same(Kind::Uv, "1.0-rc1", "1.0.0rc1"));
    assert!(!same(Kind::Uv, "0.1.8.1", "0.1.8"));
    assert!(same(Kind::Gem, "0.1.8.0", "0.1.8"));
    assert!(!same(Kind::Gem, "0.1.8.1", "0.1.8"));
    assert!(!same(Kind::Cargo, "0.1.8-rc1", "0.1.8-rc.1"));
    assert!(same(Kind::Cargo, "v0.1.8-rc.1", "0.1.8rc1"));
}
