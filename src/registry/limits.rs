//! How many uploads the public registries take, and how fast: the limits that they document or whose source shows
//! them. With these a release of many packages knows beforehand how long it takes, and a refusal that names no time is
//! not asked about too soon. A server of one's own has no limits that castoff knows.

use std::time::Duration;

use super::{Target, addresses};

/// What an upload counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// The first version of a package: its name comes to be.
    NewName,
    /// One more version of a package.
    NewVersion,
}

/// How a limit lets uploads through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// So many at once, then one more after each such time.
    Refill(usize, Duration),
    /// So many within each such time.
    Window(usize, Duration),
}

/// One limit of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The registry, by its name in the configuration.
    pub registry: &'static str,
    /// The only uploads that count; none: all do.
    pub counts: Option<Upload>,
    /// How they are let through.
    pub pace: Pace,
    /// Whether a token by trusted publishing is not counted: it belongs to no user.
    pub spares_trusted: bool,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// All of them. npm documents none for uploads.
pub const ALL: &[Limit] = &[
    Limit {
        registry: "crates-io",
        counts: Some(Upload::NewName),
        pace: Pace::Refill(5, Duration::from_secs(10 * 60)),
        spares_trusted: true,
    },
    Limit {
        registry: "crates-io",
        counts: Some(Upload::NewVersion),
        pace: Pace::Refill(30, MINUTE),
        spares_trusted: true,
    },
    Limit {
        registry: "pypi",
        counts: Some(Upload::NewName),
        pace: Pace::Window(20, HOUR),
        spares_trusted: false,
    },
    Limit {
        registry: "testpypi",
        counts: Some(Upload::NewName),
        pace: Pace::Window(20, HOUR),
        spares_trusted: false,
    },
    // Three windows at once.
    Limit {
        registry: "rubygems",
        counts: None,
        pace: Pace::Window(300, Duration::from_secs(300)),
        spares_trusted: false,
    },
    Limit { registry: "rubygems", counts: None, pace: Pace::Window(400, HOUR), spares_trusted: false },
    Limit {
        registry: "rubygems",
        counts: None,
        pace: Pace::Window(600, Duration::from_secs(25 * 60 * 60)),
        spares_trusted: false,
    },
];

/// The largest file that a registry takes unless it granted more, in bytes: crates.io 10 MiB a crate, PyPI 100 MiB a
/// file. The others document none.
const LARGEST: &[(&str, usize)] = &[("crates-io", 10 << 20), ("pypi", 100 << 20), ("testpypi", 100 << 20)];

/// Why a registry may not take a file of this size.
pub fn too_large(target: &Target, size: usize) -> Option<String> {
    let name = addresses::by_index(target.kind, &target.index);
    let (_, most) = LARGEST.iter().find(|(registry, _)| *registry == name)?;
    let whole = |bytes: usize| bytes.div_ceil(1 << 20);
    (size > *most).then(|| {
        format!(
            "it has {} MiB, and `{}` takes {} unless it granted more",
            whole(size),
            target.name,
            whole(*most)
        )
    })
}

/// What a run uploads to one registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// Packages that it does not have yet.
    pub names: usize,
    /// New versions of packages that it has.
    pub versions: usize,
    /// Whether they are made with a token by trusted publishing.
    pub trusted: bool,
}

/// A limit that makes a run wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The limit that takes longest.
    pub limit: Limit,
    /// The uploads that count for it.
    pub uploads: usize,
    /// How long it makes the last of them wait at least, if nothing was uploaded shortly before.
    pub wait: Duration,
}

/// How long the limits of a registry make these uploads take; none where they do not matter.
pub fn forecast(target: &Target, uploads: Uploads) -> Option<Forecast> {
    let one = |limit: &Limit| {
        let counted = limit.counted(uploads);
        let wait = limit.pace.wait_for(counted);
        (!wait.is_zero()).then_some(Forecast { limit: *limit, uploads: counted, wait })
    };
    of(target).filter_map(one).max_by_key(|forecast| forecast.wait)
}

/// How long to wait after a registry said that there were too many uploads, and not until when: as long as it takes in
/// the long run until one more is let through. None for a registry whose limits are not known.
pub fn pause(target: &Target, upload: Upload) -> Option<Duration> {
    let counting = of(target).filter(|limit| limit.counts.is_none_or(|counts| counts == upload));
    counting.map(|limit| limit.pace.steady()).max()
}

fn of(target: &Target) -> impl Iterator<Item = &'static Limit> {
    let name = addresses::by_index(target.kind, &target.index);
    ALL.iter().filter(move |limit| limit.registry == name)
}

impl Forecast {
    /// What people are told: `crates-io` takes 5 new packages at once, then one in 10m: 12 take about 1h 10m.
    pub fn told(&self) -> String {
        let Limit { registry, counts, pace, .. } = self.limit;
        let what = match counts {
            Some(Upload::NewName) => "new packages",
            Some(Upload::NewVersion) => "new versions",
            None => "files",
        };
        let pace = match pace {
            Pace::Refill(burst, every) => {
                format!("{burst} {what} at once, then one in {}", humantime::format_duration(every))
            }
            Pace::Window(count, time) => format!("{count} {what} in {}", humantime::format_duration(time)),
        };
        let wait = humantime::format_duration(self.wait);
        format!("`{registry}` takes {pace}: {} take about {wait}", self.uploads)
    }
}

impl Limit {
    fn counted(&self, uploads: Uploads) -> usize {
        match self.counts {
            _ if uploads.trusted && self.spares_trusted => 0,
            Some(Upload::NewName) => uploads.names,
            Some(Upload::NewVersion) => uploads.versions,
            None => uploads.names + uploads.versions,
        }
    }
}

impl Pace {
    /// How long the last of so many uploads has to wait.
    fn wait_for(self, uploads: usize) -> Duration {
        let times = |number: usize, time: Duration| time * u32::try_from(number).unwrap_or(u32::MAX);
        match self {
            Pace::Refill(burst, every) => times(uploads.saturating_sub(burst), every),
            Pace::Window(count, time) => times(uploads.saturating_sub(1) / count, time),
        }
    }

    /// The time between two uploads in the long run.
    fn steady(self) -> Duration {
        match self {
            Pace::Refill(_, every) => every,
            Pace::Window(count, time) => time / u32::try_from(count).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ALL, Upload, Uploads, forecast, pause, too_large};
    use crate::config::Config;
    use crate::registry::{self, Target, addresses};

    fn target(name: &str, config: &str) -> Target {
        let kind = addresses::preset(name).unwrap().kind;
        registry::target(name, kind, &Config::parse("castoff.toml", config).unwrap(), &|_| None).unwrap()
    }

    fn minutes(target: &Target, uploads: (usize, usize), trusted: bool) -> f64 {
        let uploads = Uploads { names: uploads.0, versions: uploads.1, trusted };
        forecast(target, uploads).map_or(0.0, |forecast| forecast.wait.as_secs_f64() / 60.0)
    }

    #[test]
    fn the_last_upload_waits_as_long_as_the_slowest_limit_says() {
        for (name, uploads, expected) in [
            ("crates-io", (0, 0), 0.0),
            ("crates-io", (5, 30), 0.0),
            ("crates-io", (6, 0), 10.0),
            // Two limits that do not add up.
            ("crates-io", (12, 100), 70.0),
            ("crates-io", (12, 110), 80.0),
            ("pypi", (20, 1000), 0.0),
            ("pypi", (21, 0), 60.0),
            ("testpypi", (41, 0), 120.0),
            ("rubygems", (100, 200), 0.0),
            ("rubygems", (100, 201), 5.0),
            ("rubygems", (0, 401), 60.0),
            ("rubygems", (1, 600), 1500.0),
            ("npm", (1000, 1000), 0.0),
        ] {
            assert_eq!(minutes(&target(name, ""), uploads, false), expected, "{name} {uploads:?}");
        }
    }

    #[test]
    fn what_a_public_registry_may_find_too_large_is_said() {
        let own = "[registry.crates-io]\nindex = \"sparse+http://127.0.0.1:9/\"\n";
        let ten = 10 << 20;
        for (name, config, size, expected) in [
            ("crates-io", "", ten, None),
            (
                "crates-io",
                "",
                ten + 1,
                Some("it has 11 MiB, and `crates-io` takes 10 unless it granted more"),
            ),
            ("crates-io", own, ten + 1, None),
            (
                "testpypi",
                "",
                200 << 20,
                Some("it has 200 MiB, and `testpypi` takes 100 unless it granted more"),
            ),
            ("npm", "", 200 << 20, None),
        ] {
            assert_eq!(too_large(&target(name, config), size).as_deref(), expected, "{name} {size}");
        }
    }

    #[test]
    fn a_forecast_says_why() {
        let told = |name, names, versions| {
            let uploads = Uploads { names, versions, ..Uploads::default() };
            forecast(&target(name, ""), uploads).map(|forecast| forecast.told()).unwrap_or_default()
        };
        let expected = "`crates-io` takes 5 new packages at once, then one in 10m: 12 take about 1h 10m";
        assert_eq!(told("crates-io", 12, 20), expected);
        let expected = "`rubygems` takes 400 files in 1h: 450 take about 1h";
        assert_eq!(told("rubygems", 50, 400), expected);
        assert_eq!(told("pypi", 20, 20), "");
    }

    #[test]
    fn a_trusted_token_has_no_limit_where_limits_are_those_of_users() {
        assert_eq!(minutes(&target("crates-io", ""), (0, 100), true), 0.0);
        assert_eq!(minutes(&target("pypi", ""), (21, 0), true), 60.0);
    }

    #[test]
    fn a_server_of_ones_own_has_no_limits_and_another_public_one_its_own() {
        let own =
            "[registry.pypi]\nupload = \"http://127.0.0.1:1/\"\nindex = \"http://127.0.0.1:1/simple/\"\n";
        assert_eq!(minutes(&target("pypi", own), (100, 100), false), 0.0);
        assert_eq!(pause(&target("pypi", own), Upload::NewName), None);
        let test = target("pypi", "[registry.pypi]\nuse = \"testpypi\"\n");
        assert_eq!(
            forecast(&test, Uploads { names: 21, ..Uploads::default() }).unwrap().limit.registry,
            "testpypi"
        );
    }

    #[test]
    fn a_refusal_without_a_time_is_not_asked_about_too_soon() {
        let seconds = |name, upload| pause(&target(name, ""), upload).map(|time: Duration| time.as_secs());
        assert_eq!(seconds("crates-io", Upload::NewName), Some(600));
        assert_eq!(seconds("crates-io", Upload::NewVersion), Some(60));
        assert_eq!(seconds("pypi", Upload::NewName), Some(180));
        assert_eq!(seconds("pypi", Upload::NewVersion), None);
        assert_eq!(seconds("rubygems", Upload::NewVersion), Some(150));
        assert_eq!(seconds("npm", Upload::NewName), None);
    }

    #[test]
    fn limits_are_those_of_registries_that_are_known() {
        assert!(ALL.iter().all(|limit| addresses::preset(limit.registry).is_some()));
    }
}
