//! What is found in built files before anybody else can find it.

use std::io::Write;

use expect_test::{Expect, expect};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::config::{Config, Trusted};
use crate::ecosystem::archive::Artifact;
use crate::ecosystem::of;
use crate::model::{Kind, Package, PackageId};
use crate::registry::{self, Target};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, path, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn sdist(files: &[&str]) -> Vec<u8> {
    gzip(&tar(&files.iter().map(|path| (*path, &b""[..])).collect::<Vec<_>>()))
}

fn tgz(manifest: &str) -> Vec<u8> {
    gzip(&tar(&[("package/package.json", manifest.as_bytes())]))
}

fn gem(metadata: &str) -> Vec<u8> {
    tar(&[("metadata.gz", &gzip(metadata.as_bytes()))])
}

/// What is said of a file of `acme` 0.2.0, for the public registry and for a server of one's own.
fn check(kind: Kind, name: &str, bytes: &[u8], expected: Expect) {
    let manifest = [
        ("Cargo.toml", "package = { name = 'acme', version = '0.2.0' }"),
        ("pyproject.toml", "project = { name = 'acme', version = '0.2.0' }\nbuild-system = {}"),
        ("package.json", "{\"name\":\"acme\",\"version\":\"0.2.0\"}"),
        ("acme.gemspec", "Gem::Specification.new do |s|\ns.name = 'acme'\ns.version = '0.2.0'\nend"),
    ];
    let fixture: String = manifest.iter().map(|(path, text)| format!("//- {path}\n{text}\n")).collect();
    let packages = super::packages(&super::tree(&fixture));
    let package: &Package = packages.iter().find(|one| one.id == PackageId::new(kind, "acme")).unwrap();
    let target = registry::target(package.registry().unwrap(), kind, &Config::default(), &|_| None).unwrap();
    let own = Target { own_server: true, trusted: Trusted::Never, ..target.clone() };
    let said = [target, own].map(|target| {
        let file = Artifact { name, bytes };
        match of(kind).examine(package, &package.version, file, &target) {
            Ok(None) => "fine".to_string(),
            Ok(Some(note)) => format!("note: {note}"),
            Err(fault) => fault.to_string(),
        }
    });
    expected.assert_eq(&if said[0] == said[1] { said[0].clone() } else { said.join("\nown server: ") });
}

#[test]
fn a_wheel_for_this_machine_alone_goes_to_no_public_registry() {
    check(
        Kind::Uv,
        "acme-0.2.0-cp311-abi3-linux_x86_64.whl",
        b"",
        expect![[r#"
        the registry takes no wheel like `acme-0.2.0-cp311-abi3-linux_x86_64.whl` of `uv:acme`
          cause: it is for Linux in general, which says nothing of the libraries that it needs there
          help: build it so that it runs on older systems too: in a manylinux container, with maturin's `--compatibility pypi`, or with `auditwheel repair` behind it, by `build` of its component
        own server: note: `acme-0.2.0-cp311-abi3-linux_x86_64.whl` would be refused by PyPI: it is for Linux in general, which says nothing of the libraries that it needs there"#]],
    );
    check(Kind::Uv, "acme-0.2.0-cp311-abi3-manylinux_2_17_x86_64.whl", b"", expect!["fine"]);
}

#[test]
fn an_sdist_holds_every_file_once() {
    let files = ["acme-0.2.0/README.md", "acme-0.2.0/PKG-INFO", "acme-0.2.0/src/README.md"];
    check(Kind::Uv, "acme-0.2.0.tar.gz", &sdist(&files), expect!["fine"]);
    let twice = [&files[..], &["acme-0.2.0/README.md"]].concat();
    check(
        Kind::Uv,
        "acme-0.2.0.tar.gz",
        &sdist(&twice),
        expect![[r#"
            `acme-0.2.0.tar.gz` of `uv:acme` holds `acme-0.2.0/README.md` twice
              cause: which of the two is unpacked, and shown as its page, is left to chance
              help: let only one of the places that it comes from be part of it"#]],
    );
    check(
        Kind::Uv,
        "acme-0.2.0.tar.gz",
        b"no archive",
        expect![[r#"
            cannot read `acme-0.2.0.tar.gz` of `uv:acme`
              cause: failed to read entire block"#]],
    );
}

#[test]
fn a_gem_is_what_its_name_says() {
    let metadata = |platform: &str| {
        format!(
            "--- !ruby/object:Gem::Specification\nname: acme\nversion: !ruby/object:Gem::Version\n  version: 0.2.0\nplatform: {platform}\n"
        )
    };
    check(Kind::Gem, "acme-0.2.0.gem", &gem(&metadata("ruby")), expect!["fine"]);
    check(Kind::Gem, "acme-0.2.0-java.gem", &gem(&metadata("java")), expect!["fine"]);
    check(
        Kind::Gem,
        "acme-0.2.0.gem",
        &gem(&metadata("x86_64-linux")),
        expect![[r#"
        `acme-0.2.0.gem` of `gem:acme` is not the gem that its name says
          cause: it would be published as `acme-0.2.0-x86_64-linux.gem`"#]],
    );
    check(
        Kind::Gem,
        "acme-0.2.0.gem",
        &gem("--- {}\n"),
        expect![[r#"
        `acme-0.2.0.gem` of `gem:acme` is not the gem that its name says
          cause: its metadata has no name or no version"#]],
    );
}

#[test]
fn a_package_of_npm_is_what_was_planned_and_can_be_installed() {
    let check =
        |manifest: &str, expected: Expect| check(Kind::Npm, "acme-0.2.0.tgz", &tgz(manifest), expected);
    check("{\"name\":\"acme\",\"version\":\"0.2.0\",\"dependencies\":{\"x\":\"^1\"}}", expect!["fine"]);
    check(
        "{\"name\":\"acme\",\"version\":\"0.1.0\"}",
        expect![[r#"
        `acme-0.2.0.tgz` of `npm:acme` cannot be published
          cause: it is acme 0.1.0, planned was acme 0.2.0"#]],
    );
    check(
        "{\"name\":\"acme\",\"version\":\"0.2.0\",\"peerDependencies\":{\"x\":\"workspace:^\"}}",
        expect![[r#"
            `acme-0.2.0.tgz` of `npm:acme` cannot be published
              cause: it needs `x` as "workspace:^", which nobody else can install"#]],
    );
}
