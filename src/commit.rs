//! A commit message → what it says about the release. The grammar is that of Conventional Commits 1.0 with the
//! readings that the users of other tools rely on: types in any case, several commits in one squash message, footers
//! in the form of a commit, `BREAKING CHANGE` at the start of a line, `Release-As`, and git's own text of a revert.
//! A header that can be read always counts, whatever stands below it.

use crate::version::Version;
use header::Header;

mod body;
mod header;
mod parts;

/// What one commit message says, or one part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// `feat`, `fix`, …, in lower case.
    pub kind: String,
    /// In the parentheses behind the type.
    pub scope: Option<String>,
    /// Text behind the colon.
    pub subject: String,
    /// Why it is breaking: the texts of the footers with an empty line between two of them, else the subject. The
    /// lines of a list in a footer stand on lines of their own, all others are joined.
    pub breaking: Option<String>,
    /// A version that a footer asks for.
    pub release_as: Option<Version>,
    /// The numbers of the issues that footers name: `12` for `Closes #12`.
    pub references: Vec<String>,
}

impl Change {
    /// The reasons why it is breaking, one for each footer.
    pub fn breaking_notes(&self) -> impl Iterator<Item = &str> {
        self.breaking.iter().flat_map(|notes| notes.split("\n\n"))
    }

    /// Whether another change of the same message says the same. A forge adds the pull request to the title, and puts
    /// the only commit of a squash below it.
    fn repeats(&self, other: &Change) -> bool {
        let said =
            |change: &Change| (change.kind.clone(), change.scope.clone(), title(&change.subject).to_string());
        said(self) == said(other)
    }

    /// Learns what a change that says the same has in its footers.
    fn absorb(&mut self, other: Change) {
        let in_footer = other.breaking.as_deref().is_some_and(|text| text != other.subject);
        if in_footer || self.breaking.is_none() {
            self.breaking = other.breaking.or(self.breaking.take());
        }
        self.release_as = self.release_as.take().or(other.release_as);
        let new = other.references.into_iter().filter(|number| !self.references.contains(number));
        self.references.extend(new.collect::<Vec<_>>());
    }
}

/// What the header of a message says, with its footers; none when its first line is not of the form
/// `type(scope)!: subject`.
///
/// ```
/// let change = castoff::commit::parse("feat(core)!: drop the old API").unwrap();
/// assert_eq!((change.kind.as_str(), change.scope.as_deref()), ("feat", Some("core")));
/// assert!(change.breaking.is_some());
/// assert_eq!(castoff::commit::parse("drop the old API"), None);
/// ```
pub fn parse(message: &str) -> Option<Change> {
    let parts = parts::split(message);
    changes_of(parts.first()?).into_iter().next()
}

/// Everything that a message says: its header, then footers in the form of a commit, then the other commits of a
/// squash message, each likewise, and nothing twice. A part whose first line cannot be read says nothing.
pub fn changes(message: &str) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for change in parts::split(message).iter().flat_map(|part| changes_of(part)) {
        match found.iter_mut().find(|earlier| change.repeats(earlier)) {
            Some(earlier) => earlier.absorb(change),
            None => found.push(change),
        }
    }
    found
}

/// The commits that this one takes back, as `git revert` writes it.
pub fn reverts(message: &str) -> Vec<&str> {
    let id = |rest: &str| rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
    let named = message.split("This reverts commit ").skip(1).map(|rest| &rest[..id(rest)]);
    named.filter(|id| id.len() >= 7).collect()
}

fn changes_of(part: &str) -> Vec<Change> {
    let (first, below) = part.split_once('\n').unwrap_or((part, ""));
    let Some(header) = header::read(first) else { return Vec::new() };
    let body = body::read(below);
    let mut change = Change { release_as: body.release_as, references: body.references, ..said(&header) };
    if !body.breaking.is_empty() {
        change.breaking = Some(body.breaking.join("\n\n"));
    }
    std::iter::once(change).chain(body.commits.iter().map(said)).collect()
}

/// A subject without the numbers of pull requests behind it.
fn title(subject: &str) -> &str {
    let Some((title, number)) = subject.strip_suffix(')').and_then(|text| text.rsplit_once(" (#")) else {
        return subject;
    };
    if number.bytes().all(|byte| byte.is_ascii_digit()) { self::title(title) } else { subject }
}

/// What a line says by itself.
fn said(header: &Header) -> Change {
    Change {
        kind: header.kind.to_lowercase(),
        scope: header.scope.map(str::to_string),
        subject: header.subject.to_string(),
        breaking: header.marked.then(|| header.subject.to_string()),
        ..Change::default()
    }
}

#[cfg(test)]
mod tests;
