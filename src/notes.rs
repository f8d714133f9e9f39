//! Changes → the changelog entry of a release, in the format that release-please made common: a heading with a link to
//! all that changed, breaking changes first, then one section for each kind of change, each line with its commit.

use std::fmt;
use std::sync::Arc;

use crate::commit::Change;
use crate::config::CommitSection as Section;
use crate::version::Version;
pub use limit::limited;
pub use repository::Repository;

mod inline;
mod limit;
mod order;
pub mod repository;

/// What an entry tells of.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// The version that is released.
    pub version: &'a Version,
    /// Its tag.
    pub tag: &'a str,
    /// The tag or commit that it is compared with; none for a first release.
    pub previous: Option<&'a str>,
    /// The day, as `2026-01-02`.
    pub date: &'a str,
    /// Where links lead; without it there are none.
    pub repository: Option<&'a Repository>,
    /// Its commits, newest first.
    pub commits: Vec<Said<'a>>,
    /// Packages of the same repository whose new versions made it necessary.
    pub dependencies: Vec<Step>,
    /// Why there is a release, for one that has nothing to list.
    pub reason: &'a str,
}

/// A commit, and what its message says.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    /// Full object id.
    pub commit: &'a str,
    /// All changes of the message.
    pub changes: Vec<Change>,
}

/// From one version to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What has these versions.
    pub name: String,
    /// The earlier one.
    pub from: Version,
    /// The later one.
    pub to: Version,
}

/// What a program around castoff writes below the heading of an entry.
type Write = dyn Fn(&Release) -> String + Send + Sync;

/// How entries are written: as [`entry`] does, or below the same heading as a program around castoff does.
#[derive(Clone, Default)]
pub struct Format(Option<Arc<Write>>);

impl Format {
    /// One of its own.
    pub fn own(write: impl Fn(&Release) -> String + Send + Sync + 'static) -> Format {
        Format(Some(Arc::new(write)))
    }

    /// The entry of a release, without an empty line at its ends.
    pub fn entry(&self, release: &Release, sections: &[Section]) -> String {
        match &self.0 {
            Some(write) => {
                format!("{}\n\n{}", heading(release), write(release).trim()).trim_end().to_string()
            }
            None => entry(release, sections),
        }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Format(own)" } else { "Format(usual)" })
    }
}

/// The entry of a release, without an empty line at its ends.
pub fn entry(release: &Release, sections: &[Section]) -> String {
    let said =
        release.commits.iter().flat_map(|said| said.changes.iter().map(|change| (said.commit, change)));
    let listed: Vec<(&str, &Change)> = said.filter(|(_, change)| is_listed(change, sections)).collect();
    let mut text = breaking(release, &listed);
    for section in bullets(release, &listed, sections).chunk_by(|one, other| one.section == other.section) {
        let title = &section[0].section.1;
        let heading = if title.is_empty() { String::new() } else { format!("### {title}\n\n") };
        let lines: Vec<&str> = section.iter().map(|bullet| bullet.line.as_str()).collect();
        text += &format!("\n{heading}{}\n\n", lines.join("\n"));
    }
    text += &dependencies(&release.dependencies);
    if text.is_empty() {
        text = format!("Nothing to list; the reason of this release: {}", plain(release.reason));
    }
    format!("{}\n\n{}", heading(release), text.trim_end())
}

/// `## [1.3.0](…/compare/v1.2.0...v1.3.0) (2026-01-02)`.
fn heading(release: &Release) -> String {
    let link = release.repository.zip(release.previous);
    let version = match link {
        Some((repository, previous)) => {
            format!("[{}]({})", release.version, repository.compare(previous, release.tag))
        }
        None => release.version.to_string(),
    };
    format!("## {version} ({})", release.date)
}

fn section_of<'a>(change: &Change, sections: &'a [Section]) -> Option<&'a Section> {
    sections.iter().find(|section| section.fits(&change.kind, change.scope.as_deref()))
}

fn is_listed(change: &Change, sections: &[Section]) -> bool {
    let shown = section_of(change, sections).is_some_and(|section| !section.hidden);
    shown || change.breaking.is_some() || change.release_as.is_some()
}

/// One bullet for each reason, in the order of history.
fn breaking(release: &Release, listed: &[(&str, &Change)]) -> String {
    let bullets: Vec<String> = listed
        .iter()
        .flat_map(|(_, change)| change.breaking_notes().map(|note| breaking_line(release, change, note)))
        .collect();
    if bullets.is_empty() {
        return String::new();
    }
    format!("\n### ⚠ BREAKING CHANGES\n\n{}\n", bullets.join("\n"))
}

/// The text of a note; a list in it is a list below the bullet.
fn breaking_line(release: &Release, change: &Change, note: &str) -> String {
    let is_list = ["* ", "- ", "#### "].iter().any(|mark| note.starts_with(mark));
    let note =
        if note.is_empty() || is_list { format!("{}\n{note}", subject(change)) } else { note.to_string() };
    let lines: Vec<String> =
        note.trim_end().lines().map(|line| inline::linked(&plain(line), release.repository)).collect();
    format!("* {}{}", scope(change), lines.join("\n    "))
}

/// A line with the place that it has.
struct Bullet {
    /// Place and heading of its section; kinds without a section stand under their own names, before all others.
    section: (Option<usize>, String),
    /// What it is sorted by inside the section.
    key: String,
    line: String,
}

/// All lines in their order.
fn bullets(release: &Release, listed: &[(&str, &Change)], sections: &[Section]) -> Vec<Bullet> {
    let bullet = |(commit, change): &(&str, &Change)| {
        let title = section_of(change, sections).map_or(&change.kind, |section| &section.title);
        let place = sections.iter().position(|section| &section.title == title);
        let text = inline::linked(subject(change), release.repository);
        let key = format!("{}{text}", change.scope.as_deref().unwrap_or_default());
        Bullet { section: (place, plain(title)), key, line: line(release, commit, change, &text) }
    };
    let mut bullets: Vec<Bullet> = listed.iter().map(bullet).collect();
    bullets.sort_by(|one, other| {
        one.section.cmp(&other.section).then_with(|| order::compare(&one.key, &other.key))
    });
    bullets
}

/// `* **scope:** subject ([abcdef0](…/commit/…)), refs [#4](…/issues/4)`.
fn line(release: &Release, commit: &str, change: &Change, text: &str) -> String {
    let short = commit.get(..7).unwrap_or(commit);
    let address = release.repository.map(|repository| repository.commit(commit));
    let commit = address.map_or(short.to_string(), |address| format!("[{short}]({address})"));
    let told = inline::numbers(subject(change));
    let references: String = change
        .references
        .iter()
        .filter(|number| !told.contains(&number.as_str()))
        .map(|number| format!(" {}", inline::issue(number, release.repository)))
        .collect();
    let references = if references.is_empty() { references } else { format!(", refs{references}") };
    format!("* {}{text} ({commit}){references}", scope(change))
}

/// What is written where there is no text behind the colon: the type says at least what kind of change it was.
fn subject(change: &Change) -> &str {
    if change.subject.is_empty() { &change.kind } else { &change.subject }
}

fn scope(change: &Change) -> String {
    let shown = change.scope.as_deref().filter(|scope| !scope.trim().is_empty() && *scope != "*");
    shown.map_or(String::new(), |scope| format!("**{}:** ", inline::linked(scope, None)))
}

fn dependencies(steps: &[Step]) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let line = |step: &Step| format!("    * {} bumped from {} to {}", step.name, step.from, step.to);
    let lines: Vec<String> = steps.iter().map(line).collect();
    let intro = "* The following workspace dependencies were updated\n  * dependencies";
    format!("\n### Dependencies\n\n{intro}\n{}\n", lines.join("\n"))
}

/// Without what could end a line or move a cursor.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
