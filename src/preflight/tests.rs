//! What gates make of facts: packages in lines, what is found as text.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::access::{self, Ci, Proof};
use super::registries::{self, Candidate, Known};
use super::{Outcome, checkout, pass, warnings};
use crate::checks::Severity;
use crate::config::Config;
use crate::ecosystem::DistTag;
use crate::model::{Component, Kind, Package, PackageId, Publish, Snapshot, Tag, VersionHome};
use crate::registry::{self, Target};
use crate::version::Version;
use crate::workspace::Workspace;

mod there;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn package(kind: Kind, name: &str, at: &str, registry: &str) -> Package {
    Package {
        id: PackageId::new(kind, name),
        version: version(at),
        dir: String::new(),
        manifest: "manifest".into(),
        workspace: String::new(),
        publish: Publish::To(registry.into()),
        dependencies: Vec::new(),
        version_home: VersionHome::Own("manifest".into()),
        program: false,
        platforms: Vec::new(),
    }
}

/// A line: registry, name, version, then `there=1.0.0,1.1.0`, `held`, `tagged`, `begun`, `past=1.3.0`, `as=latest`, `chosen=latest`.
struct Line {
    package: Package,
    there: Vec<Version>,
    known: Known,
    begun: bool,
    past: Option<(Version, String)>,
    dist_tag: Option<DistTag>,
}

fn line(text: &str) -> Line {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kind = registry::addresses::preset(words[0]).unwrap().kind;
    let mut line = Line {
        package: package(kind, words[1], words[2], words[0]),
        there: Vec::new(),
        known: Known::No,
        begun: false,
        past: None,
        dist_tag: None,
    };
    for word in &words[3..] {
        match word.split_once('=') {
            Some(("there", list)) => line.there = list.split(',').map(version).collect(),
            Some((word @ ("as" | "chosen"), name)) => {
                line.dist_tag = Some(DistTag { name: name.to_string(), chosen: word == "chosen" });
            }
            Some(("past", tagged)) => line.past = Some((version(tagged), format!("v{tagged}"))),
            _ if *word == "begun" => line.begun = true,
            _ => line.known = if *word == "held" { Known::Held } else { Known::Tagged },
        }
    }
    line
}

/// The targets of public registries, with tokens where variables hold them.
fn targets(variables: &[(&str, &str)]) -> BTreeMap<String, Target> {
    let env = |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| value.to_string());
    let target = |preset: &registry::addresses::Preset| {
        (
            preset.name.to_string(),
            registry::target(preset.name, preset.kind, &Config::default(), &env).unwrap(),
        )
    };
    registry::addresses::PRESETS.iter().map(target).collect()
}

fn with(lines: &str, variables: &[(&str, &str)], gate: impl Fn(&[Candidate]) -> Outcome) -> String {
    let targets = targets(variables);
    let lines: Vec<Line> = lines.lines().map(str::trim).filter(|it| !it.is_empty()).map(line).collect();
    let candidates = lines.iter().map(|line| Candidate {
        package: &line.package,
        version: &line.package.version,
        target: &targets[line.package.registry().unwrap()],
        there: &line.there,
        begun: line.begun,
        known: line.known,
        dist_tag: line.dist_tag.as_ref(),
        passed_by: line.past.as_ref(),
    });
    told(&gate(&candidates.collect::<Vec<_>>()))
}

/// Every finding, else what was seen.
fn told(outcome: &Outcome) -> String {
    let findings = outcome.findings.iter().map(|finding| {
        let fault = finding.fault.to_string().replace("\n  cause: ", " <- ").replace("\n         ", ", ");
        format!("{}: {}", finding.severity.name(), fault.split("\n  ").next().unwrap())
    });
    let findings: Vec<String> = findings.collect();
    if findings.is_empty() { outcome.seen.clone() } else { findings.join("\n") }
}

#[test]
fn versions_are_taken_by_their_registry_and_the_greatest_of_their_line() {
    for (line, expected) in [
        ("", "nothing is to be uploaded"),
        ("crates-io a 1.2.0 there=1.1.0,2.0.0 tagged", "1 version, each free and the greatest of its line"),
        (
            "crates-io a 0.1.8.2\nrubygems b 0.1.8.2\npypi c 0.1.8.2\nnpm d 0.1.8.2",
            "error: `crates-io` does not take `cargo:a` 0.1.8.2\n\
             error: `npm` does not take `npm:d` 0.1.8.2",
        ),
        (
            "pypi a 1.2.0 there=1.10.0 tagged",
            "error: `uv:a` 1.2.0 is less than 1.10.0, which is on `pypi` <- no tag that HEAD holds is of that version",
        ),
        ("pypi a 1.2.0 there=1.2.0 begun", "1 version, each free and the greatest of its line"),
        (
            "npm a 1.2.0 there=1.2.0 tagged",
            "error: `npm:a` 1.2.0 was on `npm` and was taken back <- a registry takes each number once",
        ),
        (
            "crates-io a 1.2.0 past=1.3.0",
            "error: `cargo:a` 1.2.0 is less than 1.3.0 <- that is tagged: `v1.3.0`",
        ),
    ] {
        let found = with(line, &[], registries::versions);
        // The place in the manifest, and what the registry says, are told elsewhere.
        let found: Vec<&str> = found.lines().map(|line| line.split(" --> ").next().unwrap()).collect();
        assert_eq!(found.join("\n"), expected, "{line}");
    }
}

#[test]
fn names_are_free_or_ours() {
    let taken = "error: the name `a` is taken on `npm` <- it is at 0.9.0 there, and no tag and no manifest of this \
                 repository ever said one of its versions";
    for (line, expected) in [
        ("crates-io a 1.0.0\npypi b 1.0.0", "2 new names: `cargo:a`, `uv:b`"),
        ("npm a 1.0.0 there=0.8.0,0.9.0", taken),
        ("npm a 1.0.0 there=0.9.0 held", "no name is new"),
        ("npm a 1.0.0 there=0.9.0 tagged", "no name is new"),
        // The rest of a first release.
        ("pypi a 1.0.0 there=1.0.0 begun", "no name is new"),
    ] {
        assert_eq!(with(line, &[], registries::names), expected, "{line}");
    }
}

#[test]
fn limits_are_counted_by_registry_and_by_what_is_new() {
    let crates: String = (0..12).map(|number| format!("crates-io a{number} 1.0.0\n")).collect();
    let old: String = (0..31).map(|number| format!("pypi b{number} 1.0.0 there=0.9.0\n")).collect();
    let expected = "warning: `crates-io` takes 5 new packages at once, then one in 10m: 12 take about 1h 10m";
    assert_eq!(with(&(crates + &old), &[], registries::rate_limits), expected);
    let old = old.replace("pypi", "crates-io");
    let expected = "warning: `crates-io` takes 30 new versions at once, then one in 1m: 31 take about 1m";
    assert_eq!(with(&old, &[("CARGO_REGISTRY_TOKEN", "cio1")], registries::rate_limits), expected);
    let trusted = [("CARGO_REGISTRY_TOKEN", "cio_tp_1")];
    assert_eq!(with(&old, &trusted, registries::rate_limits), "no registry makes this wait");
}

fn proofs(list: &[(&str, Proof)]) -> BTreeMap<String, Proof> {
    list.iter().map(|(name, proof)| (name.to_string(), proof.clone())).collect()
}

#[test]
fn credentials_are_those_of_this_release_and_all_that_miss_are_told_at_once() {
    let gate = |lines: &str, list: &[(&str, Proof)], severity| {
        let proofs = proofs(list);
        with(lines, &[], |candidates| access::credentials(candidates, &proofs, severity))
    };
    assert_eq!(
        gate("rubygems a 1.0.0.1", &[], Severity::Error),
        "error: no token for `rubygems` <- `rubygems` (1 package): none of GEM_HOST_API_KEY, RUBYGEMS_API_KEY is set"
    );
    let all = "rubygems a 1.0.0\ncrates-io b 1.0.0\ncrates-io c 1.0.0\npypi d 1.0.0\nnpm e 1.0.0";
    let some = [("npm", Proof::Token("NPM_TOKEN".into())), ("pypi", Proof::Missing)];
    assert_eq!(
        gate(all, &some, Severity::Warning),
        "warning: no token for `crates-io`, `pypi`, `rubygems` <- `crates-io` (2 packages): CARGO_REGISTRY_TOKEN is not set, \
         `pypi` (1 package): none of UV_PUBLISH_TOKEN, PYPI_TOKEN, MATURIN_PYPI_TOKEN is set, \
         `rubygems` (1 package): none of GEM_HOST_API_KEY, RUBYGEMS_API_KEY is set"
    );
    let whole = [("npm", Proof::Identity), ("pypi", Proof::Nobody), ("crates-io", Proof::Stored)];
    assert_eq!(
        gate("npm a 1.0.0\npypi b 1.0.0\ncrates-io c 1.0.0", &whole, Severity::Error),
        "`crates-io` by what its client keeps, `npm` by trusted publishing, `pypi` without any"
    );
    assert_eq!(gate("", &[], Severity::Error), "none is needed");
}

#[test]
fn a_kept_token_in_a_ci_is_a_warning_and_a_new_name_by_identity_an_error() {
    let token = |name: &str| Proof::Token(name.to_string());
    let (crates, gems) = (token("CARGO_REGISTRY_TOKEN"), token("GEM_HOST_API_KEY"));
    let known = "crates-io a 1.0.0 there=0.9.0";
    let kept = |registry: &str, variable: &str, why: &str| {
        format!("warning: `{registry}` is published to with the token in `{variable}` <- {why}")
    };
    let (can, could) = (
        "this CI can prove who it is, so nobody has to keep a token",
        "with trusted publishing nobody has to keep a token",
    );
    for (lines, value, proof, ci, expected) in [
        (known, "cio1", &crates, Ci::No, "not in a CI that could prove who it is".to_string()),
        (known, "cio1", &crates, Ci::Silent, kept("crates-io", "CARGO_REGISTRY_TOKEN", could)),
        (known, "cio1", &crates, Ci::Identified, kept("crates-io", "CARGO_REGISTRY_TOKEN", can)),
        (
            known,
            "cio_tp_1",
            &crates,
            Ci::Identified,
            "this CI proves who it is, and no kept token is used in place of that".to_string(),
        ),
        ("rubygems a 1.0.0", "x", &gems, Ci::Silent, kept("rubygems", "GEM_HOST_API_KEY", could)),
        // A step of the workflow may have asked for it.
        (
            "rubygems a 1.0.0",
            "x",
            &gems,
            Ci::Identified,
            "this CI proves who it is, and no kept token is used in place of that".to_string(),
        ),
        (
            "npm a 1.0.0\nnpm b 1.0.0 there=0.9.0",
            "",
            &Proof::Identity,
            Ci::Identified,
            "error: `npm` creates no package for a trusted publisher <- new there: `a`".to_string(),
        ),
        (
            "crates-io a 1.0.0",
            "cio_tp_1",
            &crates,
            Ci::Identified,
            "error: `crates-io` creates no package for a trusted publisher <- new there: `a`".to_string(),
        ),
        (
            "pypi a 1.0.0",
            "",
            &Proof::Identity,
            Ci::Identified,
            "this CI proves who it is, and no kept token is used in place of that".to_string(),
        ),
    ] {
        let registry = lines.split(' ').next().unwrap();
        let proofs = proofs(&[(registry, proof.clone())]);
        let gate = |candidates: &[Candidate]| access::trusted_publishing(candidates, &proofs, ci);
        assert_eq!(with(lines, &[("CARGO_REGISTRY_TOKEN", value)], gate), expected, "{lines} {value} {ci:?}");
    }
}

#[test]
fn a_ci_is_known_by_its_variables() {
    for (set, expected) in [
        (&[][..], Ci::No),
        (&["CI"], Ci::No),
        (&["GITHUB_ACTIONS"], Ci::Silent),
        (&["GITLAB_CI"], Ci::Silent),
        (&["GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"], Ci::Identified),
        (&["PYPI_ID_TOKEN"], Ci::Identified),
    ] {
        assert_eq!(access::ci(&|name| set.contains(&name).then(|| "true".to_string())), expected, "{set:?}");
    }
}

#[test]
fn room_on_the_disk_is_enough_little_or_too_little() {
    let told = |free| told(&access::disk_space("/cache", free));
    assert_eq!(told(Some(5 << 30)), "5 GiB are free");
    assert_eq!(told(Some(1 << 29)), "warning: there is little room for a build: 512 MiB in `/cache`");
    assert_eq!(told(Some(1 << 20)), "error: there is little room for a build: 1 MiB in `/cache`");
    assert_eq!(access::disk_space("/cache", None).verdict().name(), "unknown");
}

#[test]
fn a_worktree_is_clean_when_all_is_committed_or_ignored() {
    let snapshot = |dirty: &[&str], untracked: &[&str]| {
        let texts = |paths: &[&str]| paths.iter().map(|path| path.to_string()).collect();
        told(&checkout::worktree(&Snapshot {
            dirty: texts(dirty),
            untracked: texts(untracked),
            ..Snapshot::default()
        }))
    };
    assert_eq!(snapshot(&["castoff.toml"], &["castoff.toml"]), "everything is committed or ignored");
    assert_eq!(
        snapshot(&["a", "b\n"], &["dist/"]),
        "error: cannot publish with uncommitted edits <- not as HEAD has it: `a`, `b\\n`\n\
         error: cannot publish with files that git does not know <- not committed and not ignored: `dist/`"
    );
}

#[test]
fn a_tag_on_head_says_what_the_manifests_say() {
    let one = package(Kind::Uv, "a", "1.0.0", "pypi");
    let chosen = [one.id.clone()].into();
    let component =
        Component { name: "a".into(), packages: vec![one.id.clone()], tag: "a-v{version}".into() };
    let workspace = Workspace { packages: vec![one], components: vec![component], ..Workspace::default() };
    let tags = |names: &[(&str, &str)]| {
        let tag = |(name, commit): &(&str, &str)| Tag { name: name.to_string(), commit: commit.to_string() };
        let snapshot =
            Snapshot { head: "h".into(), tags: names.iter().map(tag).collect(), ..Snapshot::default() };
        told(&checkout::tags(&snapshot, &workspace, &chosen))
    };
    assert_eq!(tags(&[("a-v0.9.0", "g")]), "HEAD has no tag");
    assert_eq!(tags(&[("a-v1.0.0", "h")]), "1 tag on HEAD, none of another version");
    assert_eq!(
        tags(&[("a-v1.1.0", "h")]),
        "error: cannot publish `uv:a` 1.0.0 <- the tag `a-v1.1.0` on HEAD says another version"
    );
}

#[test]
fn what_was_not_looked_at_has_not_passed_and_only_errors_stop() {
    use crate::fault::Fault;
    let fault = |text: &str| Fault::outside(text.to_string());
    let outcomes = [
        Outcome::seen("fine", "all is well"),
        Outcome::unknown("dark", "nobody answered"),
        Outcome::seen("doubtful", "").with(Severity::Warning, [fault("look")]),
        Outcome::seen("wrong", "")
            .with(Severity::Warning, [fault("look too")])
            .with(Severity::Error, [fault("no")]),
    ];
    let verdicts: Vec<&str> = outcomes.iter().map(|outcome| outcome.verdict().name()).collect();
    assert_eq!(verdicts, ["pass", "unknown", "warning", "fail"]);
    assert_eq!(pass(&outcomes).unwrap_err().to_string(), "no");
    assert_eq!(warnings(&outcomes).map(ToString::to_string).collect::<Vec<_>>(), ["look", "look too"]);
    assert!(pass(&outcomes[..3]).is_ok());
}

#[test]
fn what_everybody_gets_never_goes_back() {
    let check = |lines: &str, expected: Expect| expected.assert_eq(&with(lines, &[], registries::dist_tags));
    check("crates-io acme 1.0.0", expect!["no registry of this run has such"]);
    check(
        "npm acme 1.0.0 as=latest\nnpm acme-b 1.1.0 there=1.0.0 tagged as=latest\nnpm acme-c 2.0.0-rc.1 as=next",
        expect!["`latest` for 2, `next` for 1"],
    );
    // Candidates of the next version are nobody's newest.
    check("npm acme 1.0.1 there=1.0.0,2.0.0-rc.1 tagged as=latest", expect!["`latest` for 1"]);
    check(
        "npm acme 1.0.1 there=1.0.0,2.3.0 tagged as=latest",
        expect![
            "error: `npm:acme` 1.0.1 would be `latest` on `npm`, instead of 2.3.0 <- no tag of this repository says that version"
        ],
    );
    check(
        "npm acme 0.3.1 there=0.3.0,0.4.0 tagged as=latest",
        expect![
            "error: `npm:acme` 0.3.1 would be `latest` on `npm`, instead of 0.4.0 <- no tag of this repository says that version"
        ],
    );
    check("npm acme 1.0.1 there=1.0.0,2.3.0 tagged as=release-1.x", expect!["`release-1.x` for 1"]);
    check("npm acme 1.0.1 there=1.0.0,2.3.0 tagged chosen=latest", expect!["`latest` for 1"]);
}
