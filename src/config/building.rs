//! What `[component.NAME]` says of how its packages are built, and of what belongs to a version of them.

use super::section::Section;
use crate::fault::Faults;

/// How the packages of a component are built. Whether it fits them is known once they are: see `workspace`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Building {
    /// The command that builds a package, instead of its ecosystem's own.
    pub build: Option<Written<String>>,
    /// The command that is run once before its packages are built.
    pub prepare: Option<String>,
    /// The tag of their registry that its versions are published under.
    pub dist_tag: Option<Written<String>>,
    /// The files that a version has to have.
    pub platforms: Option<Written<Vec<String>>>,
}

/// A value with the line that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Its line in the file.
    pub line: usize,
}

pub(super) fn read(section: &mut Section, faults: &mut Faults) -> Building {
    let platforms = section.strings("platforms", faults);
    if platforms.as_ref().is_some_and(Vec::is_empty) {
        let fault = section.fault("platforms", "is an empty list");
        faults.push(fault.help("name the files that a version has to have, or leave it out"));
    }
    let build = section.command("build", faults);
    let dist_tag = section.string("dist-tag", faults);
    Building {
        dist_tag: written(section, "dist-tag", dist_tag),
        build: written(section, "build", build),
        prepare: section.command("prepare", faults),
        platforms: written(section, "platforms", platforms),
    }
}

fn written<T>(section: &Section, key: &str, value: Option<T>) -> Option<Written<T>> {
    value.map(|value| Written { value, line: section.line_at(key) })
}
