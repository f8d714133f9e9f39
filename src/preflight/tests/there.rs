//! What it means that versions are there already, and that some were taken back.

use super::{told, version};
use crate::config::OnDuplicate;
use crate::model::{Kind, PackageId};
use crate::preflight::registries::{self, TakenBack};

#[test]
fn what_is_there_means_what_the_mode_says() {
    let (a, b) = (PackageId::new(Kind::Uv, "a"), PackageId::new(Kind::Gem, "b"));
    let (one, rc) = (version("1.0.0"), version("2.0.0-rc.1"));
    let there = [(&a, &one), (&b, &rc)];
    let listed = "2 of 3 versions are on their registries already <- ";
    for (mode, expected) in [
        (OnDuplicate::Skip, "2 of 3 are there already: `uv:a` 1.0.0, `gem:b` 2.0.0.rc1".to_string()),
        (OnDuplicate::Warn, format!("warning: {listed}`uv:a` 1.0.0, `gem:b` 2.0.0.rc1")),
        (OnDuplicate::Fail, format!("error: {listed}`uv:a` 1.0.0, `gem:b` 2.0.0.rc1")),
    ] {
        assert_eq!(told(&registries::duplicates(mode, &there, 3)), expected);
        let none = registries::duplicates(mode, &[], 3);
        assert!(none.findings.is_empty());
    }
}

#[test]
fn what_was_taken_back_stops_only_what_needs_it() {
    let (a, b) = (PackageId::new(Kind::Uv, "a"), PackageId::new(Kind::Npm, "b"));
    let version = version("1.0.0");
    let one = |needed_by| TakenBack {
        id: &a,
        version: &version,
        registry: "pypi",
        why: "yanked: it burns",
        needed_by,
    };
    for (found, expected) in [
        (vec![], "nothing that is there was taken back"),
        (vec![one(None)], "warning: `uv:a` 1.0.0 was taken back on `pypi` <- yanked: it burns"),
        (
            vec![one(Some(&b))],
            "error: cannot publish `npm:b`, which needs `uv:a` 1.0.0 <- that was taken back on `pypi`: yanked: it burns",
        ),
    ] {
        assert_eq!(told(&registries::taken_back(&found)), expected);
    }
}
