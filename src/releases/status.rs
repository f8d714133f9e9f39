//! Where a component stands: what is out of the version that its manifests say, what is missing, and which command makes
//! up for that. Facts in, no question asked.

use std::collections::BTreeSet;
use std::fmt;

use crate::ecosystem;
use crate::model::{PackageId, Tag};
use crate::version::Version;

/// What a registry has of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// All of it.
    Live,
    /// Some of it.
    Partly,
    /// Nothing.
    Absent,
    /// Something that nobody shall use; what the registry calls that.
    TakenBack(String),
    /// It was not asked, or did not say.
    NotKnown,
}

impl State {
    /// The name in machine output.
    pub fn name(&self) -> &'static str {
        match self {
            State::Live => "live",
            State::Partly => "partly",
            State::Absent => "absent",
            State::TakenBack(_) => "taken_back",
            State::NotKnown => "not_known",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Live => "live",
            State::Partly => "there in part",
            State::Absent => "not there",
            State::TakenBack(why) => why,
            State::NotKnown => "not known",
        })
    }
}

/// One package of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The package.
    pub id: PackageId,
    /// Its version.
    pub version: Version,
    /// Where it goes.
    pub registry: String,
    /// What is there.
    pub state: State,
}

/// What is known of a component.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Its name.
    pub component: &'a str,
    /// The version that its manifests say; none where tags alone say one.
    pub version: Option<Version>,
    /// What its changes ask for, where that is greater.
    pub next: Option<&'a Version>,
    /// The tag of that version.
    pub tag: Option<&'a Tag>,
    /// Its greatest tag.
    pub latest: Option<&'a Tag>,
    /// The commit that is checked out.
    pub head: &'a str,
    /// The tags that the remote has; none where there is no remote, or it did not say.
    pub remote: Option<&'a BTreeSet<String>>,
    /// Its packages.
    pub packages: Vec<Seen>,
}

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What.
    pub what: String,
    /// What makes up for it.
    pub run: String,
}

impl Facts<'_> {
    /// Whether the remote has its tag, where that is known.
    pub fn pushed(&self) -> Option<bool> {
        Some(self.remote?.contains(&self.tag?.name))
    }

    /// All that is missing, in the order in which it is to be made up for.
    pub fn missing(&self) -> Vec<Missing> {
        let mut found = Vec::new();
        let name = self.component;
        let add = |found: &mut Vec<Missing>, what: String, run: String| found.push(Missing { what, run });
        if let Some(taken_back) = self.taken_back() {
            add(&mut found, taken_back, format!("castoff bump {name}"));
        } else if let Some((what, packages)) = self.not_there() {
            let publish = format!("castoff publish {}", packages.join(" "));
            let run = match self.tag {
                // What was tagged is published from its tag, once HEAD is something else.
                Some(tag) if tag.commit != self.head && self.next.is_some() => {
                    format!("git switch --detach {} && {publish}", tag.name)
                }
                _ => publish,
            };
            add(&mut found, what, run);
        } else if self.tag.is_none() && self.is_live() {
            let version = self.version.as_ref().map_or(String::new(), |version| format!("{version} "));
            add(&mut found, format!("{version}is live and has no tag"), "castoff tag".to_string());
        }
        if let (Some(tag), Some(false)) = (self.tag, self.pushed()) {
            add(&mut found, format!("`{}` is not on origin", tag.name), "castoff tag --push".to_string());
        }
        if let Some(next) = self.next.filter(|_| self.taken_back().is_none()) {
            let run = format!("castoff bump {name}");
            add(&mut found, format!("changes wait for {next}"), run);
        }
        found
    }

    fn is_live(&self) -> bool {
        !self.packages.is_empty() && self.packages.iter().all(|seen| seen.state == State::Live)
    }

    fn taken_back(&self) -> Option<String> {
        self.packages.iter().find_map(|seen| match &seen.state {
            State::TakenBack(why) => Some(format!("{} was taken back: {why}", spelled(seen))),
            _ => None,
        })
    }

    /// What the registries lack, and the names of those packages.
    fn not_there(&self) -> Option<(String, Vec<&str>)> {
        let lacks = |seen: &&Seen| matches!(seen.state, State::Absent | State::Partly);
        let lacking: Vec<&Seen> = self.packages.iter().filter(lacks).collect();
        let texts: Vec<String> = lacking
            .iter()
            .map(|seen| format!("{} is {} on {}", spelled(seen), seen.state, seen.registry))
            .collect();
        (!texts.is_empty())
            .then(|| (texts.join(", "), lacking.iter().map(|seen| seen.id.name.as_str()).collect()))
    }
}

fn spelled(seen: &Seen) -> String {
    format!("{} {}", seen.id.name, ecosystem::of(seen.id.kind).spell(&seen.version))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Facts, Seen, State};
    use crate::model::{Kind, PackageId, Tag};
    use crate::version::Version;

    fn missing(states: &[State], tag: Option<&str>, next: Option<&str>, remote: Option<&str>) -> Vec<String> {
        let seen = |(place, state): (usize, &State)| Seen {
            id: PackageId::new(Kind::Uv, ["a", "b"][place]),
            version: "1.0.0".parse().unwrap(),
            registry: "pypi".to_string(),
            state: state.clone(),
        };
        let tag = tag.map(|commit| Tag { name: "core-v1.0.0".to_string(), commit: commit.to_string() });
        let next: Option<Version> = next.map(|next| next.parse().unwrap());
        let remote: Option<BTreeSet<String>> = remote.map(|tag| BTreeSet::from([tag.to_string()]));
        let facts = Facts {
            component: "core",
            version: Some("1.0.0".parse().unwrap()),
            next: next.as_ref(),
            tag: tag.as_ref(),
            latest: tag.as_ref(),
            head: "head",
            remote: remote.as_ref(),
            packages: states.iter().enumerate().map(seen).collect(),
        };
        facts.missing().into_iter().map(|missing| format!("{} -> {}", missing.what, missing.run)).collect()
    }

    #[test]
    fn what_is_missing_is_told_with_the_command_that_mends_it() {
        use State::{Absent, Live, NotKnown, Partly};
        let burnt = State::TakenBack("yanked: it burns".to_string());
        let there = Some("core-v1.0.0");
        for (states, tag, next, remote, expected) in [
            (vec![Live, Live], Some("head"), None, there, vec![]),
            (vec![Live, Live], None, None, None, vec!["1.0.0 is live and has no tag -> castoff tag"]),
            (
                vec![Live, Live],
                Some("older"),
                None,
                Some("other"),
                vec!["`core-v1.0.0` is not on origin -> castoff tag --push"],
            ),
            (vec![Live, Absent], None, None, None, vec!["b 1.0.0 is not there on pypi -> castoff publish b"]),
            (
                vec![Partly, Absent],
                Some("head"),
                None,
                there,
                vec!["a 1.0.0 is there in part on pypi, b 1.0.0 is not there on pypi -> castoff publish a b"],
            ),
            (
                vec![Absent],
                Some("older"),
                Some("1.0.1"),
                there,
                vec![
                    "a 1.0.0 is not there on pypi -> git switch --detach core-v1.0.0 && castoff publish a",
                    "changes wait for 1.0.1 -> castoff bump core",
                ],
            ),
            (
                vec![Live, burnt],
                Some("head"),
                None,
                there,
                vec!["b 1.0.0 was taken back: yanked: it burns -> castoff bump core"],
            ),
            (
                vec![Live, Live],
                Some("older"),
                Some("1.1.0"),
                there,
                vec!["changes wait for 1.1.0 -> castoff bump core"],
            ),
            (vec![NotKnown, Live], None, None, None, vec![]),
            (vec![], None, None, None, vec![]),
        ] {
            assert_eq!(missing(&states, tag, next, remote), expected, "{states:?}");
        }
    }
}
