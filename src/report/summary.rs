//! How a run ended, for people: three lists, and a last line that says what was published.

use super::table::table;
use super::{Style, clean, clean_line, count};
use crate::apply::tags::Tagging;
use crate::publish::Summary;

/// What the run was, for the words of its last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A real one.
    Publish,
    /// One that ends with its builds.
    DryRun,
    /// One on loopback.
    Rehearsal,
    /// One that packs what it builds.
    Bundle,
    /// A real one, of what was packed.
    Packed,
}

/// What became of every package, but for the reasons of failures.
pub fn lists(summary: &Summary, of: Of, style: Style) -> String {
    let mut text = String::new();
    let real: Vec<_> = summary.published.iter().filter(|done| !done.stand_in).collect();
    let stand_ins: Vec<_> = summary.published.iter().filter(|done| done.stand_in).collect();
    let files = |done: &&crate::publish::Published| {
        let id = clean_line(&done.id.to_string());
        let row = |(place, file): (usize, &crate::publish::BuiltFile)| {
            let (name, version) = if place == 0 {
                (id.clone(), done.version.to_string())
            } else {
                (String::new(), String::new())
            };
            vec![name, version, clean_line(&file.name), style.dim(&format!("sha256 {}…", &file.sha256[..12]))]
        };
        done.files.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    let title = match of {
        Of::Publish | Of::DryRun | Of::Packed | Of::Bundle => "published",
        Of::Rehearsal => "built, uploaded to this machine, installed from there and used",
    };
    text += &section(&style.green(title), &real.iter().flat_map(files).collect::<Vec<_>>());
    if of == Of::Bundle {
        let built: Vec<_> = summary.built.iter().collect();
        text += &section(&style.green("built"), &built.iter().flat_map(files).collect::<Vec<_>>());
    }
    let names = stand_ins.iter().map(|done| vec![clean_line(&done.id.to_string()), done.version.to_string()]);
    text += &section(&style.dim("unchanged, built here because others need it"), &names.collect::<Vec<_>>());
    let blocked = summary.blocked.iter().map(|(id, by)| {
        vec![clean_line(&id.to_string()), format!("because of {}", clean_line(&by.to_string()))]
    });
    text += &section(&style.yellow("blocked"), &blocked.collect::<Vec<_>>());
    let cancelled = summary.cancelled.iter().map(|id| vec![clean_line(&id.to_string())]);
    text += &section(&style.yellow("cancelled"), &cancelled.collect::<Vec<_>>());
    text
}

/// What failed, and why.
pub fn failures(summary: &Summary, style: Style) -> String {
    let mut text = String::new();
    if !summary.failed.is_empty() {
        text += &format!("\n{}\n", style.red("failed"));
        for (id, fault) in &summary.failed {
            text += &format!(
                "  {}\n    {}\n",
                clean_line(&id.to_string()),
                clean(&fault.to_string()).replace('\n', "\n    ")
            );
        }
    }
    text
}

fn section(title: &str, rows: &[Vec<String>]) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{title}\n{}", table(rows)) }
}

/// The last line of a run: what was published, and how to go on.
pub fn last_line(summary: &Summary, of: Of) -> String {
    let published = match of {
        Of::DryRun | Of::Bundle => summary.built.len(),
        Of::Publish | Of::Packed | Of::Rehearsal => {
            summary.published.iter().filter(|done| !done.stand_in).count()
        }
    };
    let there = summary.already_there.len();
    let mut parts = vec![match (of, published, there) {
        (Of::DryRun, 1.., _) => {
            let there = if there > 0 { format!(", {there} already there") } else { String::new() };
            let what = if summary.failed.is_empty() { "would be published" } else { "could be built" };
            format!("dry run: {} {what}{there}, nothing was uploaded", count(published, "package"))
        }
        (Of::Bundle, 1.., _) if summary.complete() => format!("{} bundled", count(published, "package")),
        (Of::Bundle, ..) => "nothing was bundled".to_string(),
        (Of::Publish | Of::DryRun, 0, 0) if summary.failed.is_empty() && summary.waiting.is_empty() => {
            "nothing to publish: no package is for publishing, `castoff discover` says why".to_string()
        }
        (Of::Publish | Of::Packed | Of::DryRun, 0, 0) => "nothing was published".to_string(),
        (Of::Publish | Of::Packed | Of::DryRun, 0, _)
            if summary.failed.is_empty() && summary.waiting.is_empty() =>
        {
            format!("nothing to publish: {} already there{}", all_of(there), taken_back(summary))
        }
        (Of::Publish | Of::Packed | Of::DryRun, 0, _) => {
            format!("nothing was published, {there} already there{}", taken_back(summary))
        }
        (Of::Publish | Of::Packed, _, 0) => format!("{} published", count(published, "package")),
        (Of::Publish | Of::Packed, _, _) => {
            format!("{} published, {there} already there{}", count(published, "package"), taken_back(summary))
        }
        (Of::Rehearsal, 0, _) if summary.failed.is_empty() && summary.cancelled.is_empty() => {
            "nothing to rehearse: no package would be released".to_string()
        }
        (Of::Rehearsal, _, _) => format!(
            "{} rehearsed; nothing left this machine, the checkout is as it was",
            count(published, "package")
        ),
    }];
    if !summary.unverified.is_empty() {
        parts.push(format!("{} uploaded but not verified", summary.unverified.len()));
    }
    if !summary.failed.is_empty() {
        parts.push(format!("{} failed", summary.failed.len()));
    }
    if !summary.blocked.is_empty() {
        parts.push(format!("{} blocked", summary.blocked.len()));
    }
    if !summary.cancelled.is_empty() {
        parts.push(format!("{} cancelled", summary.cancelled.len()));
    }
    let mut text = parts.join(", ");
    if !summary.waiting.is_empty() {
        text += &format!(
            "; changes wait for a version ({}): run `castoff bump` and commit",
            clean_line(&summary.waiting.join(", "))
        );
    }
    match (of, summary.failed.is_empty(), published) {
        (Of::Publish, false, _) => text + "; mend it, then run `castoff publish` again",
        (Of::Publish, true, _) if !summary.cancelled.is_empty() => {
            text + "; `castoff publish` goes on from here"
        }
        (Of::Publish, true, 1..) => text + "; next: `castoff tag`",
        (Of::Packed, false, _) => text + "; mend it, then run the same command again",
        (Of::Packed, true, _) if !summary.cancelled.is_empty() => {
            text + "; the same command goes on from here"
        }
        (Of::Packed, true, 1..) => text + "; next: `castoff tag` in the repository",
        (Of::Bundle, false, _) => text + "; mend it, then run the same command again",
        (Of::Bundle, true, _) if summary.complete() && !summary.built.is_empty() => {
            text + "; next: `castoff publish --bundle FILE`, wherever the registries are in reach"
        }
        _ => text,
    }
}

/// What is there and nobody shall use.
fn taken_back(summary: &Summary) -> String {
    let names: Vec<&str> = summary.taken_back.keys().map(|id| id.name.as_str()).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            ", of which {} taken back (`castoff bump {}` gives the next version)",
            names.len(),
            clean_line(&names.join(" "))
        ),
    }
}

/// What becomes of tags.
pub fn tags(taggings: &[(String, Tagging)], style: Style) -> String {
    let row = |(component, tagging): &(String, Tagging)| {
        let text = match tagging {
            Tagging::Due(name) => style.green(&format!("tag {}", clean_line(name))),
            Tagging::There(name) => style.dim(&format!("has {}", clean_line(name))),
            Tagging::NotLive(id, version) => {
                style.yellow(&format!("no tag: {} {version} is not on its registry", clean_line(id)))
            }
        };
        vec![clean_line(component), text]
    };
    table(&taggings.iter().map(row).collect::<Vec<_>>())
}

/// The last line of tagging.
pub fn tagged(made: usize, pushed: bool) -> String {
    match (made, pushed) {
        (0, false) => "no tag was due".to_string(),
        (0, true) => "no tag was due; those that are there are on `origin`".to_string(),
        (made, true) => format!("{} made and pushed", count(made, "tag")),
        (made, false) => format!("{} made; next: `castoff tag --push`", count(made, "tag")),
    }
}

fn all_of(number: usize) -> String {
    if number == 1 { "the one package is".to_string() } else { format!("all {number} packages are") }
}
