//! What a bundle says it says again, and whatever is done to its bytes is found.

use std::collections::BTreeMap;

use super::{Bundle, File, History, Packed, Source, merge};
use crate::config::Pin;
use crate::ecosystem::{self, DistTag};
use crate::model::{Dependency, Kind, Need, Package, PackageId, Publish, VersionHome};

fn packed(kind: Kind, name: &str, version: &str, needs: &[&str], files: &[(&str, &str)]) -> Packed<'static> {
    let id = PackageId::new(kind, name);
    let needs: Vec<PackageId> = needs.iter().map(|need| PackageId::new(kind, *need)).collect();
    let dependency = |id: &PackageId| Dependency {
        id: id.clone(),
        need: Need::Normal,
        requirement: "1".to_string(),
        published: true,
    };
    let manifest = format!("{name}/manifest");
    let package = Package {
        version: version.parse().unwrap(),
        dir: name.to_string(),
        version_home: VersionHome::Own(manifest.clone()),
        manifest,
        workspace: String::new(),
        publish: Publish::To("somewhere".to_string()),
        dependencies: needs.iter().map(dependency).collect(),
        program: true,
        platforms: vec!["ruby".to_string()],
        id,
    };
    let file = |(name, text): &(&str, &str)| (name.to_string(), File::new(text.as_bytes().to_vec()));
    Packed {
        version: package.version.clone(),
        package,
        component: "core".to_string(),
        tag: format!("core-v{version}"),
        history: History {
            known: true,
            released: false,
            passed_by: Some(("2.0.0-rc.1".parse().unwrap(), "core-v2.0.0-rc.1".to_string())),
        },
        pin: Pin::Compatible,
        dist_tag: (kind == Kind::Npm).then(|| DistTag { name: "next".to_string(), chosen: true }),
        needs,
        files: files.iter().map(file).collect(),
    }
}

fn bundle(packages: Vec<Packed<'static>>) -> Bundle<'static> {
    let manifests = packages.iter().map(|packed| (packed.package.manifest.clone(), "text\n".to_string()));
    Bundle {
        source: Source {
            castoff: "0.1.0".to_string(),
            repository: Some("https://git.example.invalid/a/b".to_string()),
            branch: None,
            commit: "c0ffee".to_string(),
        },
        manifests: manifests.collect(),
        packages,
        relied: vec![packed(Kind::Npm, "@acme/far", "2.0.0-rc.1", &[], &[])],
        config: Some("[publish]\njobs = 2\n".to_string()),
        plan: "{}\n".to_string(),
    }
}

fn usual() -> Bundle<'static> {
    let wheel = format!("{}-1.0-py3-none-any.whl", "long_".repeat(30));
    bundle(vec![
        packed(Kind::Cargo, "low", "1.0.0", &[], &[("low-1.0.0.crate", "low")]),
        packed(Kind::Gem, "bind", "0.1.8.2", &[], &[("bind-0.1.8.2.gem", "ruby")]),
        packed(Kind::Uv, "wheel", "1.0rc1", &[], &[(&wheel, "wheel"), ("wheel-1.0.tar.gz", "sdist")]),
        packed(Kind::Cargo, "high", "1.0.0-alpha.2", &["low"], &[("high-1.0.0.crate", "high")]),
    ])
}

#[test]
fn what_was_packed_is_read_again() {
    let bytes = usual().write().unwrap();
    let read = Bundle::read("x.tar", &bytes).unwrap();
    assert_eq!(read, usual());
    assert_eq!(read.write().unwrap(), bytes, "the same release is the same bytes");
    for (one, other) in read.packages.iter().zip(&usual().packages) {
        let spell = |packed: &Packed| ecosystem::of(packed.package.id.kind).spell(&packed.version);
        assert_eq!(spell(one), spell(other));
    }
    let plain = Bundle { config: None, relied: Vec::new(), ..usual() };
    assert_eq!(Bundle::read("x.tar", &plain.write().unwrap()).unwrap(), plain);
}

/// The members of a bundle, to be changed and packed again without castoff.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(Result::unwrap);
    let member = |mut entry: tar::Entry<&[u8]>| {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        (String::from_utf8(entry.path_bytes().to_vec()).unwrap(), content)
    };
    entries.map(member).collect()
}

fn header(size: usize, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    header
}

fn packed_again(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = header(content.len(), tar::EntryType::Regular);
        if name.len() < 100 {
            // As it is: the library would mend it.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, content.as_slice()).unwrap();
        } else {
            archive.append_data(&mut header, name, content.as_slice()).unwrap();
        }
    }
    archive.into_inner().unwrap()
}

/// The causes that are told for these bytes.
fn refused(bytes: &[u8]) -> String {
    let faults = Bundle::read("x.tar", bytes).expect_err("these bytes are no bundle");
    faults.0.iter().filter_map(|fault| fault.cause.clone()).collect::<Vec<_>>().join("\n")
}

/// What is told when a bundle is unpacked, changed and packed again.
fn tampered(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> String {
    let mut members = unpacked(&usual().write().unwrap());
    change(&mut members);
    refused(&packed_again(&members))
}

const CRATE: &str = "files/cargo/low-1.0.0.crate";

fn member<'m>(members: &'m mut [(String, Vec<u8>)], name: &str) -> &'m mut Vec<u8> {
    members.iter_mut().find(|(other, _)| other == name).map(|(_, content)| content).unwrap()
}

/// With digests that fit, as somebody makes it who knows the form.
fn summed(members: &mut [(String, Vec<u8>)]) {
    let line =
        |(name, content): &(String, Vec<u8>)| format!("{}  {name}\n", File::new(content.clone()).sha256);
    let sums = members.iter().filter(|(name, _)| name != "SHA256SUMS").map(line).collect::<String>();
    *member(members, "SHA256SUMS") = sums.into_bytes();
}

#[test]
fn every_change_is_found_and_told() {
    let told = tampered(|members| *member(members, CRATE) = b"l0w".to_vec());
    assert!(
        told.starts_with(&format!("`{CRATE}` was changed: its sha256 is ")) && told.contains("packed was"),
        "{told}"
    );
    let told = tampered(|members| member(members, "plan.json").push(b' '));
    assert!(told.starts_with("`plan.json` was changed"), "{told}");
    let told = tampered(|members| members.retain(|(name, _)| name != CRATE));
    assert_eq!(told, format!("`{CRATE}` is missing"));
    let told = tampered(|members| members.retain(|(name, _)| name != "SHA256SUMS"));
    assert_eq!(told, "it has no `SHA256SUMS`: it is cut off, or no bundle");
    let told = tampered(|members| members.push(("files/cargo/more.crate".to_string(), b"more".to_vec())));
    assert_eq!(told, "`files/cargo/more.crate` was added: `SHA256SUMS` does not have it");
    let told = tampered(|members| members.push((CRATE.to_string(), b"low".to_vec())));
    assert_eq!(told, format!("it has `{CRATE}` twice"));
    for name in ["../out", "/etc/out", "files/../../out", "files//out", "./files", "a\\b"] {
        let told = tampered(|members| members.push((name.to_string(), b"x".to_vec())));
        assert_eq!(told, format!("`{}` would lead out of the bundle", name.escape_debug()));
    }
    // Everything that is wrong, at once.
    let told = tampered(|members| {
        member(members, CRATE).push(b'!');
        members.retain(|(name, _)| name != "castoff.toml");
    });
    assert!(told.contains("was changed") && told.contains("`castoff.toml` is missing"), "{told}");
}

#[test]
fn digests_that_fit_do_not_help() {
    let told = tampered(|members| {
        *member(members, CRATE) = b"l0w".to_vec();
        summed(members);
    });
    assert!(told.contains("`cargo:low`: `low-1.0.0.crate` has other digests"), "{told}");
    let told = tampered(|members| {
        members.push(("files/cargo/more.crate".to_string(), b"more".to_vec()));
        summed(members);
    });
    assert_eq!(told, "`files/cargo/more.crate` belongs to no package of it");
    let told = tampered(|members| {
        members.retain(|(name, _)| name != CRATE);
        summed(members);
    });
    assert!(told.contains("`cargo:low`: its file `low-1.0.0.crate` is missing"), "{told}");
    for (from, to, why) in [
        ("\"schema\": 1", "\"schema\": 2", "its form is 2"),
        ("\"id\": \"cargo:low\"", "\"id\": \"cargo:--config\"", "`--config` is no name"),
        ("\"id\": \"cargo:low\"", "\"id\": \"maven:low\"", "`maven:low` is no id"),
        ("\"name\": \"low-1.0.0.crate\"", "\"name\": \"../low\"", "is no name"),
        ("\"path\": \"low\"", "\"path\": \"../..\"", "would lead out"),
        ("\"version\": \"1.0.0\"", "\"version\": \"one\"", "`one` is not a version"),
        ("\"pin\": \"compatible\"", "\"pin\": \"loose\"", "no `pin` that is known"),
        ("\"size\": 3", "\"size\": 4", "another size"),
        ("\"needs\": []", "\"needs\": [\"cargo:high\"]", "need each other"),
        ("\"commit\": \"c0ffee\"", "\"commit\": 7", "no text `commit`"),
    ] {
        let told = tampered(|members| {
            let description = member(members, "castoff-bundle.json");
            let text = String::from_utf8(description.clone()).unwrap();
            assert!(text.contains(from), "{from}");
            *description = text.replacen(from, to, 1).into_bytes();
            summed(members);
        });
        assert!(told.starts_with("`castoff-bundle.json` is not as castoff writes it: "), "{told}");
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn links_and_devices_are_refused() {
    for kind in
        [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Directory, tar::EntryType::Fifo]
    {
        let mut bytes = usual().write().unwrap();
        bytes.truncate(bytes.len() - 1024);
        let mut archive = tar::Builder::new(bytes);
        archive.append_link(&mut header(0, kind), "files/link", "/etc/passwd").unwrap();
        assert!(
            refused(&archive.into_inner().unwrap()).contains("`files/link` is not a plain file"),
            "{kind:?}"
        );
    }
}

#[test]
fn no_single_byte_can_be_changed_and_no_end_be_cut_off() {
    let small = bundle(vec![packed(Kind::Cargo, "low", "1.0.0", &[], &[("low-1.0.0.crate", "low")])]);
    let bytes = small.write().unwrap();
    // Each place of a block of 512 has its turn.
    for at in (0..bytes.len()).step_by(5) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x01;
        if let Ok(read) = Bundle::read("x.tar", &changed) {
            // What tar fills up with, and owners and times in its headers, say nothing.
            assert_eq!(read, small, "byte {at}");
        }
    }
    for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1, bytes.len() - 512]) {
        assert!(Bundle::read("x.tar", &bytes[..end]).is_err(), "cut at {end}");
    }
    for more in [&b"x"[..], &bytes] {
        let longer = [bytes.as_slice(), more].concat();
        assert_eq!(refused(&longer), "something was added behind its end");
    }
    for junk in [&b""[..], b"PK\x03\x04", &[0; 2048], &[0xff; 4096]] {
        refused(junk);
    }
}

#[test]
fn bundles_of_several_machines_become_one() {
    let gem = |file: &str| {
        bundle(vec![packed(Kind::Gem, "bind", "0.1.8", &[], &[(file, file), ("bind-0.1.8.gem", "ruby")])])
    };
    let all = |bundles: Vec<Bundle<'static>>| {
        merge(bundles.into_iter().enumerate().map(|(at, bundle)| (format!("{at}.tar"), bundle)).collect())
    };
    let merged = all(vec![gem("bind-0.1.8-x86_64-linux.gem"), gem("bind-0.1.8-arm64-darwin.gem")]).unwrap();
    let names: Vec<&str> = merged.packages[0].files.keys().map(String::as_str).collect();
    assert_eq!(names, ["bind-0.1.8-arm64-darwin.gem", "bind-0.1.8-x86_64-linux.gem", "bind-0.1.8.gem"]);
    // In whatever order: the same bytes.
    let turned = all(vec![gem("bind-0.1.8-arm64-darwin.gem"), gem("bind-0.1.8-x86_64-linux.gem")]).unwrap();
    assert_eq!(merged.write().unwrap(), turned.write().unwrap());

    // What one relies on, the other one holds; and what is needed comes first.
    let low = bundle(vec![packed(Kind::Cargo, "low", "1.0.0", &[], &[("low-1.0.0.crate", "low")])]);
    let high = packed(Kind::Cargo, "high", "1.0.0", &["low"], &[("high-1.0.0.crate", "high")]);
    let mut high = bundle(vec![high]);
    high.relied.push(Packed { files: BTreeMap::new(), ..low.packages[0].clone() });
    let merged = all(vec![high, low.clone()]).unwrap();
    let names: Vec<&str> = merged.packages.iter().map(|packed| packed.package.id.name.as_str()).collect();
    assert_eq!((names, merged.relied.len()), (vec!["low", "high"], 1));

    let refusal = |other: Bundle<'static>| all(vec![low.clone(), other]).unwrap_err().to_string();
    let file = bundle(vec![packed(Kind::Cargo, "low", "1.0.0", &[], &[("low-1.0.0.crate", "l0w")])]);
    assert!(refusal(file).contains("they differ in the file `low-1.0.0.crate` of `cargo:low`"));
    let version = bundle(vec![packed(Kind::Cargo, "low", "1.0.1", &[], &[])]);
    assert!(refusal(version).contains("they differ in the manifest of `cargo:low`"));
    assert!(refusal(Bundle { plan: "[]".to_string(), ..low.clone() }).contains("they differ in the plan"));
    assert!(refusal(Bundle { config: None, ..low.clone() }).contains("they differ in the configuration"));
    let source = Source { commit: "beef".to_string(), ..low.source.clone() };
    assert!(refusal(Bundle { source, ..low.clone() }).contains("they differ in the commit"));
}
