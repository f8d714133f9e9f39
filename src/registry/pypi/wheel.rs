//! What the names of wheels and sdists say of where they can be installed (PEP 425, 427 and 600).

/// What `platforms` may name beside tags of platforms.
pub const SDIST: &str = "sdist";
/// See `SDIST`.
pub const WHEEL: &str = "wheel";

/// How tags of platforms begin.
const FAMILIES: [&str; 10] = [
    "manylinux",
    "musllinux_",
    "linux_",
    "macosx_",
    "win_",
    "ios_",
    "android_",
    "pyodide_",
    "emscripten_",
    "wasi_",
];

/// Whether a text names a file of a distribution: `sdist`, `wheel`, or a platform, for one Python or for any.
pub fn is_platform(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let (python, platform) = parts(text);
    let is_tag = ["any", "win32"].contains(&platform)
        || FAMILIES.iter().any(|start| platform.len() > start.len() && platform.starts_with(start));
    let is_python = python.is_none_or(|tag| {
        tag.starts_with(|c: char| c.is_ascii_lowercase()) && tag.ends_with(|c: char| c.is_ascii_digit())
    });
    [SDIST, WHEEL].contains(&text)
        || (is_tag && is_python && text.split('-').count() <= 2 && text.replace('-', "").chars().all(plain))
}

/// Whether a file is what `platform` asks for: for that platform, or one that is older and of the same kind, so that
/// everybody who has the one can install the other.
pub fn serves(file: &str, platform: &str) -> bool {
    let wheel = file.strip_suffix(".whl");
    match platform {
        SDIST => wheel.is_none(),
        WHEEL => wheel.is_some(),
        _ => wheel.is_some_and(|stem| {
            let (python, platform) = parts(platform);
            let mut tags = stem.rsplit('-').map(|tag| tag.split('.'));
            let on_platform = tags.next().is_some_and(|mut tags| tags.any(|tag| runs_on(tag, platform)));
            let abi = tags.next();
            let pythons = tags.next().into_iter().chain(abi);
            on_platform && python.is_none_or(|python| pythons.into_iter().flatten().any(|tag| tag == python))
        }),
    }
}

/// Whether a wheel is for plain Linux, which says nothing of the libraries that it needs there; PyPI takes none.
pub fn is_for_this_machine(file: &str) -> bool {
    let tags = file.strip_suffix(".whl").and_then(|stem| stem.rsplit('-').next());
    tags.is_some_and(|tags| tags.split('.').any(|tag| tag.starts_with("linux_")))
}

/// `cp312` and `win_amd64` of `cp312-win_amd64`.
fn parts(text: &str) -> (Option<&str>, &str) {
    text.split_once('-').map_or((None, text), |(python, platform)| (Some(python), platform))
}

/// Whether what has this tag can be installed where the other one can.
fn runs_on(tag: &str, wanted: &str) -> bool {
    tag == wanted
        || match (versioned(tag), versioned(wanted)) {
            (Some((family, version, machine)), Some((other, at_most, wanted))) => {
                let same_machine = machine == wanted || (machine == "universal2" && wanted != "universal2");
                family == other && version <= at_most && same_machine
            }
            _ => false,
        }
}

/// What a tag says of the system that it needs at least: whose, which version, which machine.
fn versioned(tag: &str) -> Option<(&str, (u32, u32), &str)> {
    const ALIASES: [(&str, (u32, u32)); 3] =
        [("manylinux1_", (2, 5)), ("manylinux2010_", (2, 12)), ("manylinux2014_", (2, 17))];
    if let Some((start, version)) = ALIASES.iter().find(|(start, _)| tag.starts_with(start)) {
        return Some(("manylinux", *version, &tag[start.len()..]));
    }
    let mut parts = tag.splitn(4, '_');
    let (family, major, minor) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((family, (major, minor), parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::{is_for_this_machine, is_platform, serves};

    const WHEELS: &str = "acme-1-py3-none-any.whl";

    #[test]
    fn platforms_are_known_by_their_families() {
        for text in [
            "sdist",
            "wheel",
            "any",
            "win32",
            "win_amd64",
            "manylinux_2_28_x86_64",
            "manylinux2014_aarch64",
            "musllinux_1_2_x86_64",
            "macosx_11_0_arm64",
            "linux_x86_64",
            "cp312-win_amd64",
            "abi3-manylinux_2_17_x86_64",
        ] {
            assert!(is_platform(text), "{text}");
        }
        for text in
            ["ruby", "x86_64-linux", "arm64-darwin", "windows", "wheels", "", "linux_", "cp312-", "a-b-win32"]
        {
            assert!(!is_platform(text), "{text}");
        }
    }

    #[test]
    fn a_file_serves_those_who_have_what_it_needs() {
        let many = "acme-1-cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        let mac = "acme-1-1-cp312-cp312-macosx_10_12_universal2.whl";
        for (file, platform, expected) in [
            ("acme-1.tar.gz", "sdist", true),
            ("acme-1.tar.gz", "wheel", false),
            (WHEELS, "sdist", false),
            (WHEELS, "wheel", true),
            (WHEELS, "any", true),
            // Who names a platform has native code, and a wheel without any lacks it.
            (WHEELS, "manylinux_2_17_x86_64", false),
            (many, "wheel", true),
            (many, "any", false),
            (many, "manylinux_2_17_x86_64", true),
            (many, "manylinux2014_x86_64", true),
            (many, "manylinux_2_28_x86_64", true),
            (many, "manylinux_2_12_x86_64", false),
            (many, "manylinux_2_17_aarch64", false),
            (many, "musllinux_1_2_x86_64", false),
            (many, "cp312-manylinux_2_28_x86_64", true),
            (many, "abi3-manylinux_2_28_x86_64", true),
            (many, "cp313-manylinux_2_28_x86_64", false),
            (mac, "macosx_11_0_arm64", true),
            (mac, "macosx_10_9_arm64", false),
        ] {
            assert_eq!(serves(file, platform), expected, "{file} {platform}");
        }
    }

    #[test]
    fn plain_linux_is_this_machine_alone() {
        for (file, expected) in [
            ("acme-1-cp312-cp312-linux_x86_64.whl", true),
            ("acme-1-cp312-cp312-manylinux_2_17_x86_64.whl", false),
            (WHEELS, false),
            ("acme-linux_x86_64.tar.gz", false),
        ] {
            assert_eq!(is_for_this_machine(file), expected, "{file}");
        }
    }
}
