//! The file of a bundle: a tar archive of plain files, the last of which has the digests of all others, as `sha256sum -c`
//! reads them. Times, owners and modes are always the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Result};

use super::names;
use crate::digest::{hex, sha256};

/// The member with the digests.
const SUMS: &str = "SHA256SUMS";
/// 1980-01-02: what is older, tar complains of.
const TIME: u64 = 315_619_200;
/// What a tar archive is made of.
const BLOCK: usize = 512;

/// Members by name.
pub(super) type Members<'a> = BTreeMap<String, &'a [u8]>;

/// Packs members in this order, and their digests.
pub(super) fn write(members: &[(String, Cow<'_, [u8]>)]) -> Result<Vec<u8>> {
    let mut sums = String::new();
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        sums += &format!("{}  {name}\n", hex(&sha256(bytes)));
        append(&mut archive, name, bytes)?;
    }
    append(&mut archive, SUMS, sums.as_bytes())?;
    archive.into_inner()
}

fn append(archive: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(TIME);
    header.set_uid(0);
    header.set_gid(0);
    archive.append_data(&mut header, name, bytes)
}

/// All members but the list of digests. None where `wrong` was told that something is not as it was packed.
pub(super) fn read<'a>(bytes: &'a [u8], wrong: &mut dyn FnMut(String)) -> Option<Members<'a>> {
    let mut as_packed = true;
    let mut wrong = |why: String| {
        as_packed = false;
        wrong(why);
    };
    let mut members = all(bytes, &mut wrong);
    match members.remove(SUMS) {
        Some(list) => compare(&members, &sums(list, &mut wrong), &mut wrong),
        None => wrong(format!("it has no `{SUMS}`: it is cut off, or no bundle")),
    }
    as_packed.then_some(members)
}

/// Digests by the names of members.
fn sums(list: &[u8], wrong: &mut dyn FnMut(String)) -> BTreeMap<String, String> {
    let mut sums = BTreeMap::new();
    for line in String::from_utf8_lossy(list).lines() {
        match line.split_once("  ") {
            Some((sum, name)) => drop(sums.insert(name.to_string(), sum.to_string())),
            None => wrong(format!("a line of `{SUMS}` is no digest: `{}`", line.escape_debug())),
        }
    }
    sums
}

fn compare(members: &Members, sums: &BTreeMap<String, String>, wrong: &mut dyn FnMut(String)) {
    for name in sums.keys().filter(|name| !members.contains_key(*name)) {
        wrong(format!("`{}` is missing", name.escape_debug()));
    }
    for (name, bytes) in members {
        let is = hex(&sha256(bytes));
        match sums.get(name) {
            None => wrong(format!("`{name}` was added: `{SUMS}` does not have it")),
            Some(was) if *was != is => {
                wrong(format!("`{name}` was changed: its sha256 is {is}, packed was {}", was.escape_debug()));
            }
            Some(_) => {}
        }
    }
}

/// Every plain file of an archive.
fn all<'a>(bytes: &'a [u8], wrong: &mut dyn FnMut(String)) -> Members<'a> {
    let mut members = Members::new();
    let mut end = 0;
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => {
            wrong(format!("it is no tar archive: {error}"));
            return members;
        }
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                wrong(format!("it is cut off or damaged after byte {end}: {error}"));
                return members;
            }
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (start, size) = (entry.raw_file_position() as usize, entry.size() as usize);
        let Some(content) = start.checked_add(size).and_then(|end| bytes.get(start..end)) else {
            wrong(format!("it is cut off in the middle of `{}`", name.escape_debug()));
            return members;
        };
        end = start + size.next_multiple_of(BLOCK);
        if let Err(why) = names::path(&name) {
            wrong(why);
        } else if entry.header().entry_type() != tar::EntryType::Regular {
            wrong(format!("`{name}` is not a plain file"));
        } else if members.insert(name.clone(), content).is_some() {
            wrong(format!("it has `{name}` twice"));
        }
    }
    match bytes.get(end..) {
        Some(rest) if rest.len() >= 2 * BLOCK => {
            if rest.iter().any(|byte| *byte != 0) {
                wrong("something was added behind its end".to_string());
            }
        }
        _ => wrong("its end is cut off".to_string()),
    }
    members
}
