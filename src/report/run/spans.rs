//! What was done when, read from all that was told in a run: for each package the stretches of time in which it was
//! built, uploaded, waited for, compared and tried.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::effect::{Moment, Step};
use crate::model::PackageId;

/// What a stretch of time went into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// The build.
    Build,
    /// The upload.
    Upload,
    /// Waiting: for the registry to show it, for a limit, for another attempt.
    Wait,
    /// Comparing the registry's digests.
    Verify,
    /// Installing and trying it.
    Try,
}

impl Work {
    /// All of them, in their order.
    pub const ALL: [Work; 5] = [Work::Build, Work::Upload, Work::Wait, Work::Verify, Work::Try];

    /// As a word, which is its class in pages too.
    pub fn name(self) -> &'static str {
        match self {
            Work::Build => "build",
            Work::Upload => "upload",
            Work::Wait => "wait",
            Work::Verify => "verify",
            Work::Try => "try",
        }
    }
}

/// A stretch of time, from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it went into.
    pub work: Work,
    /// Its begin.
    pub from: Duration,
    /// Its end.
    pub to: Duration,
}

/// The time of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// In the order of time.
    pub spans: Vec<Span>,
    /// When an attempt failed that was made again.
    pub retries: Vec<Duration>,
    /// When it failed for good.
    pub failed: Option<Duration>,
}

impl Lane {
    /// Begin and end of all that was done.
    pub fn whole(&self) -> Option<(Duration, Duration)> {
        let from = self.spans.iter().map(|span| span.from).min()?;
        Some((from, self.spans.iter().map(|span| span.to).max()?))
    }
}

/// Time since the start of the run.
pub fn since(start: SystemTime, at: SystemTime) -> Duration {
    at.duration_since(start).unwrap_or_default()
}

/// The lane of every package to which something happened.
pub fn lanes(timeline: &[Moment]) -> BTreeMap<PackageId, Lane> {
    let Some(start) = timeline.first().map(|moment| moment.at) else { return BTreeMap::new() };
    let mut lanes: BTreeMap<PackageId, Lane> = BTreeMap::new();
    let mut open: BTreeMap<PackageId, (Work, Duration)> = BTreeMap::new();
    let mut end = Duration::ZERO;
    for Moment { at, event } in timeline {
        let now = since(start, *at);
        end = end.max(now);
        let Some(id) = &event.package else { continue };
        let next = match event.step {
            Step::Building => Some(Work::Build),
            Step::Uploading => Some(Work::Upload),
            Step::Uploaded | Step::Waiting | Step::Retrying => Some(Work::Wait),
            Step::Visible => Some(Work::Verify),
            Step::Verified => Some(Work::Try),
            Step::Built | Step::Tried | Step::Failed => None,
            _ => continue,
        };
        let lane = lanes.entry(id.clone()).or_default();
        if let Some((work, from)) = open.remove(id) {
            lane.add(Span { work, from, to: now });
        }
        match event.step {
            Step::Retrying => lane.retries.push(now),
            Step::Failed => lane.failed = Some(now),
            _ => {}
        }
        if let Some(work) = next {
            open.insert(id.clone(), (work, now));
        }
    }
    // What was open at a stop. Where packages are not tried, nothing ends what follows the comparison.
    for (id, (work, from)) in open.into_iter().filter(|(_, (work, _))| *work != Work::Try) {
        lanes.entry(id).or_default().add(Span { work, from, to: end });
    }
    lanes
}

impl Lane {
    /// Stretches of one kind that follow each other are one.
    fn add(&mut self, span: Span) {
        match self.spans.last_mut() {
            Some(last) if last.work == span.work && last.to == span.from => last.to = span.to,
            _ => self.spans.push(span),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::lanes;
    use crate::effect::{Event, Moment, Step};
    use crate::model::{Kind, PackageId};

    fn check(told: &[(u64, Step)], expected: &str) {
        let id = PackageId::new(Kind::Cargo, "core");
        let moment = |(second, step): &(u64, Step)| Moment {
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(*second),
            event: Event::of(&id, *step, ""),
        };
        let lanes = lanes(&told.iter().map(moment).collect::<Vec<_>>());
        let lane = &lanes[&id];
        let mut texts: Vec<String> = lane
            .spans
            .iter()
            .map(|span| format!("{} {}-{}", span.work.name(), span.from.as_secs(), span.to.as_secs()))
            .collect();
        texts.extend(lane.retries.iter().map(|at| format!("retry {}", at.as_secs())));
        texts.extend(lane.failed.iter().map(|at| format!("failed {}", at.as_secs())));
        assert_eq!(texts.join(", "), expected);
    }

    #[test]
    fn a_lane_holds_all_that_took_time() {
        use Step::*;
        let whole = [
            (10, Queued),
            (11, Building),
            (15, Built),
            (15, Checksummed),
            (20, Uploading),
            (22, Retrying),
            (22, Waiting),
            (24, Uploading),
            (25, Uploaded),
            (25, Waiting),
            (30, Visible),
            (31, Verified),
            (33, Tried),
        ];
        check(
            &whole,
            "build 1-5, upload 10-12, wait 12-14, upload 14-15, wait 15-20, verify 20-21, try 21-23, retry 12",
        );
    }

    #[test]
    fn a_failure_and_a_stop_end_what_is_open() {
        use Step::*;
        check(&[(0, Building), (3, Failed)], "build 0-3, failed 3");
        check(&[(0, Building), (3, Note)], "build 0-3");
        check(&[(0, Uploaded), (2, Visible), (2, Verified), (9, Note)], "wait 0-2, verify 2-2");
    }
}
