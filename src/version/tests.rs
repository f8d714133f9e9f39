//! Spellings, order and steps as tables, and what holds for all versions on random ones.

use super::{Bump, Level, Pre, Version};

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn spellings_go_both_ways() {
    for (text, semver, pep440, gem) in [
        ("1.2.3", "1.2.3", "1.2.3", "1.2.3"),
        ("v0.2.0-rc.1", "0.2.0-rc.1", "0.2.0rc1", "0.2.0.rc1"),
        ("v0.2.0-rc1", "0.2.0-rc1", "0.2.0rc1", "0.2.0.rc1"),
        ("0.2.0rc1", "0.2.0-rc.1", "0.2.0rc1", "0.2.0.rc1"),
        ("0.2.0.rc1", "0.2.0-rc.1", "0.2.0rc1", "0.2.0.rc1"),
        ("0.2.0.rc.1", "0.2.0-rc.1", "0.2.0rc1", "0.2.0.rc.1"),
        ("1.0a2", "1.0.0-alpha.2", "1.0a2", "1.0.alpha2"),
        ("1.0.0-alpha2", "1.0.0-alpha2", "1.0.0a2", "1.0.0.alpha2"),
        ("1.0.0-beta", "1.0.0-beta", "1.0.0b0", "1.0.0.beta0"),
        ("1.0pre3", "1.0.0-rc.3", "1.0rc3", "1.0.rc3"),
        ("1.0.0.pre1", "1.0.0-pre1", "1.0.0rc1", "1.0.0.pre1"),
        ("1.0.0-pre.1", "1.0.0-pre.1", "1.0.0rc1", "1.0.0.pre.1"),
        ("1.0.0.post1", "1.0.0.post1", "1.0.0.post1", "1.0.0.post1"),
        ("1.0a1.post2.dev3", "1.0.0-alpha.1.post2.dev3", "1.0a1.post2.dev3", "1.0.alpha1.post2.dev3"),
        ("1.0dev3", "1.0.0.dev3", "1.0.dev3", "1.0.dev3"),
        ("1.0.0+build.7", "1.0.0+build.7", "1.0.0+build.7", "1.0.0+build.7"),
        ("1.0.0-rc.1+b", "1.0.0-rc.1+b", "1.0.0rc1+b", "1.0.0.rc1+b"),
        ("1.0.0-nightly.3", "1.0.0-nightly.3", "1.0.0-nightly.3", "1.0.0.nightly.3"),
        ("1.0.0-rc.1.2", "1.0.0-rc.1.2", "1.0.0-rc.1.2", "1.0.0.rc.1.2"),
        ("0.1.8.2", "0.1.8.2", "0.1.8.2", "0.1.8.2"),
        ("0.1.8.2rc1", "0.1.8.2-rc.1", "0.1.8.2rc1", "0.1.8.2.rc1"),
    ] {
        let read = version(text);
        assert_eq!((read.semver(), read.pep440(), read.gem()), (semver.into(), pep440.into(), gem.into()));
        assert_eq!(version(&read.semver()).semver(), semver, "{text}");
    }
}

#[test]
fn one_version_in_every_spelling() {
    for (tag, file) in
        [("v0.2.0-rc.1", "0.2.0rc1"), ("v0.2.0-rc1", "0.2.0.rc1"), ("1.0.0-b2", "1.0.0-beta.2")]
    {
        assert_eq!(version(tag), version(file));
    }
    // To cargo, npm and gem these are two.
    assert_ne!(version("1.0.0-pre.1"), version("1.0.0-rc.1"));
    assert!(version("0.1.8.0").same_value(&version("0.1.8")));
    assert!(version("1.0rc1").same_value(&version("1.0.0-rc.1")));
    assert!(!version("0.1.8.1").same_value(&version("0.1.8")));
    assert!(!version("1.0.0+a").same_value(&version("1.0.0+b")));
    assert_ne!(version("0.1.8.0"), version("0.1.8"));
}

#[test]
fn other_texts_are_refused() {
    for text in [
        "",
        "v",
        "one",
        "1..2",
        "1.2.x",
        "1.2.3 ",
        "1.2.3-",
        "1.2.3-a b",
        "1.2.3+",
        "1.2.3-rc..1",
        "core-v1.2.3",
        "1!2.0",
        "99999999999999999999.0.0",
    ] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
    let epoch = "1!2.0".parse::<Version>().unwrap_err().to_string();
    assert_eq!(
        epoch,
        "`1!2.0` is not a version that castoff can count with: an epoch (`1!`) is not supported"
    );
}

#[test]
fn order_is_by_number() {
    let sorted = [
        "0.1.8",
        "0.1.8.0",
        "0.1.8.1-rc.1",
        "0.1.8.1",
        "0.1.9",
        "0.1.10",
        "1.0.0.dev3",
        "1.0.0a1.dev2",
        "1.0.0a1",
        "1.0.0a1.post1",
        "1.0.0b1",
        "1.0.0-nightly",
        "1.0.0-nightly.2",
        "1.0.0-nightly.10",
        "1.0.0.pre1",
        "1.0.0rc2",
        "1.0.0-rc.10",
        "1.0.0",
        "1.0.0.post1.dev1",
        "1.0.0.post1",
        "1.0.0.post10",
        "1.0.1",
    ];
    for pair in sorted.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
    }
}

#[test]
fn steps_that_are_asked_for() {
    for (from, bump, to) in [
        ("1.2.3", Bump::Patch, "1.2.4"),
        ("1.2.3", Bump::Minor, "1.3.0"),
        ("1.2.3", Bump::Major, "2.0.0"),
        ("0.1.9", Bump::Patch, "0.1.10"),
        ("0.3.1", Bump::Minor, "0.4.0"),
        ("1.2", Bump::Patch, "1.2.1"),
        ("2.0.0-rc.1", Bump::Patch, "2.0.0"),
        ("2.0.0-rc.1", Bump::Major, "2.0.0"),
        ("2.1.0-rc.1", Bump::Minor, "2.1.0"),
        ("2.1.1-rc.1", Bump::Minor, "2.2.0"),
        ("0.1.8.2", Bump::Patch, "0.1.9"),
        ("0.1.8.2-rc.1", Bump::Patch, "0.1.8.2"),
        ("1.0.0.dev3", Bump::Minor, "1.0.0"),
    ] {
        assert_eq!(version(from).bumped(bump).semver(), to, "{from} {bump}");
    }
}

#[test]
fn changes_keep_a_row_of_pre_releases_going() {
    for (from, bump, to) in [
        ("1.2.3", Bump::Minor, "1.3.0"),
        ("1.3.0-rc.1", Bump::Patch, "1.3.0-rc.2"),
        ("1.3.0-rc.1", Bump::Minor, "1.3.0-rc.2"),
        ("1.3.0-rc.1", Bump::Major, "2.0.0-rc.1"),
        ("1.2.4-beta.3", Bump::Minor, "1.3.0-beta.1"),
        ("1.0.0-alpha.9", Bump::Major, "1.0.0-alpha.10"),
    ] {
        assert_eq!(version(from).advanced(bump).semver(), to, "{from} {bump}");
    }
}

#[test]
fn pre_releases_are_counted_in_the_form_that_they_have() {
    for (from, next, last) in [
        ("1.2.3", "1.2.4-rc.1", "1.2.3"),
        ("0.2.0-rc.1", "0.2.0-rc.2", "0.2.0"),
        ("0.2.0-rc1", "0.2.0-rc2", "0.2.0"),
        ("0.2.0-alpha.9", "0.2.0-alpha.10", "0.2.0"),
        ("0.2.0-beta", "0.2.0-beta.1", "0.2.0"),
        ("0.2.0-nightly.1", "0.2.0-nightly.2", "0.2.0"),
        ("0.2.0-canary", "0.2.0-canary.1", "0.2.0"),
        ("0.2.0rc9", "0.2.0-rc.10", "0.2.0"),
        ("0.2.0-dev", "0.2.0-rc.1", "0.2.0"),
        ("0.2.0-SNAPSHOT", "0.2.0-rc.1", "0.2.0"),
        ("0.2.0.dev3", "0.2.0-rc.1", "0.2.0"),
    ] {
        assert_eq!(
            (version(from).next_pre().semver(), version(from).finalised().semver()),
            (next.into(), last.into())
        );
    }
    assert_eq!(version("0.2.0rc1").next_pre().pep440(), "0.2.0rc2");
    assert_eq!(version("0.2.0.rc1").next_pre().gem(), "0.2.0.rc2");
    assert_eq!(version("0.2.0.rc.1").next_pre().gem(), "0.2.0.rc.2");
    assert_eq!(version("0.2.0").candidate(&Pre::Beta(7)).semver(), "0.2.0-beta.1");
    assert_eq!(version("0.2.0").candidate(&Pre::Other("nightly.7".into())).semver(), "0.2.0-nightly.1");
}

#[test]
fn a_mark_of_development_is_no_row_of_pre_releases() {
    for text in ["1.0.0-rc.1", "1.0.0a2", "1.0.0-nightly.3", "1.0.0.rc1"] {
        assert!(version(text).is_counted(), "{text}");
    }
    for text in
        ["1.0.0", "1.0.0-dev", "1.0.0-beta", "1.0.0-alpha.0", "1.0.0.dev3", "1.0.0-rc.1+b", "1.0.0-SNAPSHOT"]
    {
        assert!(!version(text).is_counted(), "{text}");
    }
}

#[test]
fn levels_have_names() {
    for name in ["patch", "minor", "major", "pre", "final"] {
        assert!(Level::named(name).is_some() && Level::NAMES.contains(name));
    }
    assert_eq!(Level::named("1.2.3"), None);
}

/// Numbers without a pattern, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn version(&mut self, places: u64) -> Version {
        let mut number = || match self.below(4) {
            0 => 0,
            1 => self.below(10),
            _ => self.below(5000),
        };
        let release: Vec<u64> = (0..places).map(|_| number()).collect();
        let count = number();
        let pre = match self.below(6) {
            0 => Some(Pre::Alpha(count)),
            1 => Some(Pre::Beta(count)),
            2 => Some(Pre::Rc(count)),
            3 => Some(Pre::Other(format!("nightly.{count}"))),
            _ => None,
        };
        Version::of(release, pre)
    }
}

#[test]
fn what_is_spelled_is_read_again() {
    let mut numbers = Numbers(7);
    for _ in 0..20_000 {
        let places = 3 + numbers.below(3);
        let version = numbers.version(places);
        for text in [version.semver(), version.pep440(), version.gem(), format!("v{version}")] {
            assert_eq!(text.parse().as_ref(), Ok(&version), "{text}");
            let again: Version = text.parse().unwrap();
            assert_eq!((again.semver(), again.pep440()), (version.semver(), version.pep440()), "{text}");
        }
    }
}

#[test]
fn the_order_is_that_of_the_registries() {
    let mut numbers = Numbers(11);
    for _ in 0..20_000 {
        let (one, other) = (numbers.version(3), numbers.version(3));
        let other =
            if numbers.below(2) == 0 { Version { release: one.release.clone(), ..other } } else { other };
        let semver = |version: &Version| semver::Version::parse(&version.semver()).unwrap();
        assert_eq!(one.cmp(&other), semver(&one).cmp(&semver(&other)), "{one} {other}");
        let python = |version: &Version| version.pep440().parse::<pep440_rs::Version>().ok();
        if let (Some(a), Some(b)) = (python(&one), python(&other)) {
            assert_eq!(one.by_value(&other), a.cmp(&b), "{one} {other}");
        }
    }
}

#[test]
fn every_step_goes_up() {
    let mut numbers = Numbers(13);
    for _ in 0..20_000 {
        let places = 2 + numbers.below(3);
        let from = numbers.version(places);
        for bump in [Bump::Patch, Bump::Minor, Bump::Major] {
            assert!(from.bumped(bump) > from, "{from} {bump}");
            assert!(from.advanced(bump) > from, "{from} {bump}");
            assert_eq!(from.advanced(bump).is_pre(), from.is_pre(), "{from} {bump}");
        }
        assert!(from.next_pre() > from && from.next_pre().is_pre(), "{from}");
        assert!(from.next_pre().finalised() > from, "{from}");
    }
}
