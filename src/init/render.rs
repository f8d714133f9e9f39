//! The file: only what differs from what castoff does without it, each line with the reason.

use std::fmt::Write;

use toml_edit::Value;

use super::{Component, Wanted};

const HEAD: &str = "\
# castoff.toml: how this repository is released. Every key is optional.
# `castoff plan` shows what would be released and why; `castoff check` looks whether the workspace is healthy.
";

/// The text of the file.
pub(super) fn text(wanted: &Wanted, carried: &[&str]) -> String {
    let mut text = HEAD.to_string();
    if !carried.is_empty() {
        text += &format!(
            "# Carried over from {}; `castoff init --dry-run --force` lists what could not be.\n",
            carried.join(" and ")
        );
    }
    let shared = shared_tag(wanted);
    text += &release(wanted, shared.as_deref());
    for component in &wanted.components {
        text += &section(component, shared.as_deref().unwrap_or(wanted.usual_tag()));
    }
    text
}

/// The tag that most components have, where it is not the usual one.
fn shared_tag(wanted: &Wanted) -> Option<String> {
    let (tag, count) = wanted.tags().into_iter().max_by_key(|(_, count)| *count)?;
    // Without a hole for the name only one component can have it.
    let fits = tag.contains("{component}") || wanted.components.len() == 1;
    (fits && tag != wanted.usual_tag() && count * 2 > wanted.components.len().min(count * 2))
        .then(|| tag.to_string())
}

fn release(wanted: &Wanted, shared: Option<&str>) -> String {
    let mut lines = String::new();
    if let Some(tag) = shared {
        let seen: usize =
            wanted.components.iter().filter(|it| it.tag.as_deref() == Some(tag)).map(|it| it.seen).sum();
        let why = match seen {
            0 => "as before".to_string(),
            1 => "as 1 tag is".to_string(),
            _ => format!("as {seen} tags are"),
        };
        let _infallible = writeln!(lines, "tag = {}  # {why}", quoted(tag));
    }
    if let Some(glob) = &wanted.base_tag {
        let all = ["release-*", "v*", glob].map(String::from);
        let _infallible = writeln!(lines, "base-tags = {}  # where packages without a tag begin", list(&all));
    }
    if !wanted.exclude.is_empty() {
        let _infallible = writeln!(lines, "exclude = {}  # cannot be read", list(&wanted.exclude));
    }
    if wanted.major_on_zero {
        lines += "major-on-zero = true  # a breaking change on 0.y.z gives 1.0.0\n";
    }
    if wanted.patch_on_zero {
        lines += "minor-on-zero = false  # a feature on 0.y.z gives 0.y.(z+1)\n";
    }
    if wanted.pin_compatible {
        lines += "pin = \"compatible\"  # what needs a released package is released too\n";
    }
    if !wanted.ignore.is_empty() {
        let all: Vec<String> =
            ["**/CHANGELOG.md".to_string()].into_iter().chain(wanted.ignore.clone()).collect();
        let _infallible = writeln!(lines, "ignore = {}  # never a change", list(&all));
    }
    let hint = "# bump = \"paths\"  # any change is a patch; without it commit messages decide\n";
    format!("\n[release]\n{lines}{hint}")
}

fn section(component: &Component, usual_tag: &str) -> String {
    let tag = component.tag.as_deref().filter(|tag| *tag != usual_tag);
    let special = !component.changed_by.is_empty()
        || component.version_file.is_some()
        || !component.extra_files.is_empty();
    if component.usual && tag.is_none() && !special {
        return String::new();
    }
    let ids: Vec<String> = component.packages.iter().map(ToString::to_string).collect();
    let mut text = format!("\n[component.{}]\npackages = {}\n", key(&component.name), list(&ids));
    if let Some(tag) = tag {
        text += &format!("tag = {}\n", quoted(tag));
    }
    if !component.changed_by.is_empty() {
        text += &format!("changed-by = {}\n", list(&component.changed_by));
    }
    if let Some(file) = &component.version_file {
        text += &format!("version-file = {}\n", quoted(file));
    }
    if !component.extra_files.is_empty() {
        let entries: String = component.extra_files.iter().map(|entry| format!("  {entry},\n")).collect();
        text += &format!("extra-files = [  # written with its version\n{entries}]\n");
    }
    text
}

/// A name as a key of TOML.
pub(super) fn key(name: &str) -> String {
    toml_edit::Key::new(name).to_string()
}

/// A text as a value of TOML.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    match quoted.len() {
        0..=4 => format!("[{}]", quoted.join(", ")),
        _ => format!("[\n{}]", quoted.iter().map(|text| format!("  {text},\n")).collect::<String>()),
    }
}
