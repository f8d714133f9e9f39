//! `castoff verify`: what was released is there, is what was built, and works.

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::Verify;
use super::output::{harmless, print};
use super::{CANCELLED, DONE, FAILED, Session};
use crate::fault::{Fault, Faults};
use crate::model::PackageId;
use crate::publish::live;
use crate::publish::recorded::Recorded;
use crate::publish::verify::{self, State, Verified};
use crate::releases::{self, Named};
use crate::report::record::Outcome;
use crate::report::verify as text;
use crate::snapshot::Reading;
use crate::version::Version;
use crate::world::World;

impl Session {
    pub(super) fn verify(&self, world: &dyn World, args: &Verify) -> Result<u8, Faults> {
        self.format(&["table", "json"])?;
        let reading = self.read(world, None)?;
        let recorded = args.record.as_deref().map(|path| read_record(world, path)).transpose()?;
        let wanted = self.wanted(world, &reading, args.release.as_deref(), recorded.as_ref())?;
        let jobs = self.jobs(args.jobs, &reading);
        let found = verify::verify(world, &reading, &wanted, recorded.as_ref(), jobs)?;
        let json = text::json(&found, &reading.snapshot.head, world.now());
        let outcome = text::outcome(&found);
        if !found.is_empty() {
            self.notify(world, &reading, outcome, &json);
        }
        self.tell_verified(&found, json);
        Ok(match outcome {
            Outcome::Success => DONE,
            Outcome::Cancelled => CANCELLED,
            _ => FAILED,
        })
    }

    fn tell_verified(&self, found: &[Verified], mut json: serde_json::Value) {
        if self.is_json() {
            json["event"] = "summary".into();
            return print(&harmless(&format!("{json}\n")));
        }
        self.close(None);
        print(&text::packages(found, self.out));
        let wrong = found.iter().filter_map(|one| match &one.state {
            State::Wrong(fault) => Some(fault.clone()),
            State::Right | State::Cancelled => None,
        });
        let _code = self.complain(&Faults(wrong.collect()));
        eprintln!("{}", text::last_line(found));
    }

    /// The versions to look for: those of a release, of a record, or of HEAD.
    fn wanted(
        &self,
        world: &dyn World,
        reading: &Reading,
        release: Option<&str>,
        recorded: Option<&Recorded>,
    ) -> Result<BTreeMap<PackageId, Version>, Faults> {
        let Some(word) = release else {
            return match recorded {
                Some(recorded) => of_record(reading, recorded),
                None => Ok(real(live::versions(reading, &self.decide(world, reading)?))),
            };
        };
        let workspace = &reading.workspace;
        match releases::named(workspace, &reading.snapshot.tags, word)? {
            Named::Release(release) => {
                let ids = release.component.packages.iter();
                Ok(ids.map(|id| (id.clone(), release.version.clone())).collect())
            }
            Named::Component(component) => {
                let mut versions = live::versions(reading, &self.decide(world, reading)?);
                versions.retain(|id, _| component.packages.contains(id));
                Ok(real(versions))
            }
        }
    }
}

/// Without those that stand for no version.
fn real(mut versions: BTreeMap<PackageId, Version>) -> BTreeMap<PackageId, Version> {
    versions.retain(|_, version| !version.is_placeholder());
    versions
}

fn read_record(world: &dyn World, path: &Path) -> Result<Recorded, Fault> {
    let shown = path.display().to_string();
    let gone = || {
        Fault::usage(format!("there is no record `{shown}`"))
            .help("`castoff publish --record FILE` writes one")
    };
    Recorded::parse(&shown, &world.read(path)?.ok_or_else(gone)?)
}

/// Everything that a record says is on its registry.
fn of_record(reading: &Reading, recorded: &Recorded) -> Result<BTreeMap<PackageId, Version>, Faults> {
    let mut faults = Faults::default();
    let mut found = BTreeMap::new();
    for (id, entry) in &recorded.0 {
        let odd =
            |_| Fault::usage(format!("the record has `{id}` in version `{}`", entry.version.escape_debug()));
        let one = reading
            .workspace
            .named(id)
            .and_then(|package| Ok((package.id.clone(), entry.version.parse::<Version>().map_err(odd)?)));
        found.extend(faults.take(one.map_err(Faults::from)));
    }
    faults.or(found)
}
