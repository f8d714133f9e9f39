//! What a built file holds, by name and size: for people who look at a release before it is made. What a file is shows in its
//! first bytes: a zip (wheels), a gzipped tar (crates, sdists, npm's packages), or a tar with one of those in it (gems).

use std::io::{Cursor, Error, ErrorKind, Read};

use flate2::read::GzDecoder;

use super::Artifact;

/// A file within a built one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies in it.
    pub path: String,
    /// Bytes, unpacked.
    pub size: u64,
}

/// What a gem's own files are packed into.
const DATA_OF_GEM: &str = "data.tar.gz";

impl Artifact<'_> {
    /// Every file in it, in its order.
    ///
    /// # Errors
    /// It is no archive of a kind that registries take.
    pub fn contents(&self) -> std::io::Result<Vec<Entry>> {
        match self.bytes {
            [b'P', b'K', ..] => of_zip(self.bytes).ok_or_else(|| Error::from(ErrorKind::InvalidData)),
            [0x1f, 0x8b, ..] => of_tar(GzDecoder::new(self.bytes)),
            bytes => {
                let mut archive = tar::Archive::new(Cursor::new(bytes));
                for entry in archive.entries()? {
                    let mut entry = entry?;
                    if *entry.path_bytes() == *DATA_OF_GEM.as_bytes() {
                        let mut data = Vec::new();
                        entry.read_to_end(&mut data)?;
                        return of_tar(GzDecoder::new(data.as_slice()));
                    }
                }
                of_tar(Cursor::new(bytes))
            }
        }
    }
}

fn of_tar(tar: impl Read) -> std::io::Result<Vec<Entry>> {
    let mut archive = tar::Archive::new(tar);
    let mut found = Vec::new();
    for entry in archive.entries()? {
        let entry = entry?;
        if !entry.header().entry_type().is_dir() {
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            found.push(Entry { path, size: entry.size() });
        }
    }
    Ok(found)
}

/// The directory at the end of a zip (APPNOTE 4.3.12 and 4.3.16), which is all that a list needs of it.
fn of_zip(bytes: &[u8]) -> Option<Vec<Entry>> {
    const END: &[u8] = b"PK\x05\x06";
    let number = |at: usize, length: usize| {
        let bytes = bytes.get(at..at + length)?;
        Some(bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let at = |at: usize, length: usize| usize::try_from(number(at, length)?).ok();
    let end = bytes.windows(END.len()).rposition(|window| window == END)?;
    let (count, mut place) = (at(end + 10, 2)?, at(end + 16, 4)?);
    let mut found = Vec::new();
    for _ in 0..count {
        if bytes.get(place..place + 4)? != b"PK\x01\x02" {
            return None;
        }
        let (name, extra, comment) = (at(place + 28, 2)?, at(place + 30, 2)?, at(place + 32, 2)?);
        let path = String::from_utf8_lossy(bytes.get(place + 46..place + 46 + name)?).into_owned();
        if !path.ends_with('/') {
            found.push(Entry { path, size: number(place + 24, 4)? });
        }
        place += 46 + name + extra + comment;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::Artifact;

    fn told(bytes: &[u8]) -> Result<String, String> {
        let contents = Artifact { name: "x", bytes }.contents().map_err(|error| error.to_string())?;
        Ok(contents
            .iter()
            .map(|entry| format!("{} {}", entry.path, entry.size))
            .collect::<Vec<_>>()
            .join(", "))
    }

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    /// What `python3 -m zipfile -c` makes of `a/b.py` (3 bytes) and an empty directory: its directory and end, behind no data.
    fn zip() -> Vec<u8> {
        let entry = |name: &str, size: u32| {
            let mut entry = b"PK\x01\x02".to_vec();
            entry.extend([0; 20]);
            entry.extend(size.to_le_bytes());
            entry.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            entry.extend([0; 16]);
            entry.extend(name.as_bytes());
            entry
        };
        let mut zip = b"PK\x03\x04....".to_vec();
        let start = u32::try_from(zip.len()).unwrap();
        zip.extend(entry("a/", 0));
        zip.extend(entry("a/b.py", 3));
        zip.extend(b"PK\x05\x06\0\0\0\0\x02\0\x02\0\0\0\0\0");
        zip.extend(start.to_le_bytes());
        zip.extend([0, 0]);
        zip
    }

    #[test]
    fn what_registries_take_can_be_looked_into() {
        let files: [(&str, &[u8]); 2] = [("a-1/x.rs", b"one"), ("a-1/y.rs", b"")];
        assert_eq!(told(&gzipped(&tar(&files))), Ok("a-1/x.rs 3, a-1/y.rs 0".to_string()));
        let gem = tar(&[("metadata.gz", b"m"), ("data.tar.gz", &gzipped(&tar(&files)))]);
        assert_eq!(told(&gem), Ok("a-1/x.rs 3, a-1/y.rs 0".to_string()));
        assert_eq!(told(&zip()), Ok("a/b.py 3".to_string()));
    }

    #[test]
    fn what_is_broken_is_told_and_breaks_nothing() {
        for broken in [
            &zip()[..40],
            &gzipped(b"no tar at all"),
            b"PK",
            b"\x1f\x8b",
            &gzipped(&tar(&[("a", b"b")]))[..20],
        ] {
            assert!(told(broken).is_err(), "{broken:?}");
        }
        let mut lies = zip();
        let length = lies.len();
        lies[length - 6] = 200;
        assert!(told(&lies).is_err());
    }
}
