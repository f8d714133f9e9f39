//! Faults on demand: which call goes wrong, and how. All of it is data, so that a test or a seed plays the same faults
//! every time; `play` carries them out.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::Protocol;

pub(super) mod play;

/// What a call wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// To bring a file.
    Upload,
    /// To know what there is of a package.
    Index,
    /// To have a file.
    Download,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// Nothing is done; the answer has this status: 500, 502, 503.
    Status(u16),
    /// Nothing is done: too many requests, as the registry says it.
    TooMany(Again),
    /// Nothing is done, and there is no answer for as long as the client waits.
    Hang,
    /// Nothing is done; the connection is cut without an answer.
    CutBefore,
    /// All is done, and then the connection is cut without an answer: the client cannot know.
    CutAfter,
    /// What is uploaded is there, but the index does not show it yet.
    Late(Late),
    /// The index tells another digest than that of the file.
    WrongDigest,
    /// The connection is cut in the middle of the answer.
    Half,
    /// The answer ends early and claims to be whole.
    Short,
    /// The answer comes in pieces with this much time between them.
    Slow(Duration),
}

impl Mishap {
    fn is_of_the_body(self) -> bool {
        matches!(self, Mishap::WrongDigest | Mishap::Half | Mishap::Short | Mishap::Slow(_))
    }
}

/// When a client may come again, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Again {
    /// `Retry-After` with a number of seconds.
    Seconds(u64),
    /// `Retry-After` with a date, so many seconds from now.
    Date(u64),
    /// Nobody says.
    Untold,
}

/// How long the index does not show what was uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Late {
    /// For so many looks at the package in the index.
    Reads(u32),
    /// For so long.
    For(Duration),
}

/// A mishap and the calls that meet it. A call meets at most one, the first that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planned {
    /// Who speaks.
    pub protocol: Protocol,
    /// What is wanted.
    pub on: On,
    /// Of which package; of any without a name. Packages of other people are left alone.
    pub package: Option<String>,
    /// How many such calls pass before.
    pub after: u32,
    /// How many meet it then.
    pub times: u32,
    /// What goes wrong.
    pub mishap: Mishap,
}

impl Planned {
    /// A mishap that the first such call of any package meets.
    pub fn once(protocol: Protocol, on: On, mishap: Mishap) -> Planned {
        Planned { protocol, on, package: None, after: 0, times: 1, mishap }
    }

    /// One that every such call meets.
    pub fn always(protocol: Protocol, on: On, mishap: Mishap) -> Planned {
        Planned { times: u32::MAX, ..Planned::once(protocol, on, mishap) }
    }

    /// Only calls of this package.
    pub fn of(self, package: &str) -> Planned {
        Planned { package: Some(package.to_string()), ..self }
    }
}

/// How many uploads are taken in a time: so many at once, then one each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose uploads.
    pub protocol: Protocol,
    /// Which of them.
    pub names: Names,
    /// So many at once.
    pub burst: u32,
    /// Then one each time this has passed.
    pub every: Duration,
}

/// Which uploads a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Those that bring a name that was never there.
    New,
    /// Those that bring more of a known one.
    Known,
}

/// Faults that a release has to survive, the same for the same seed and packages: none of them stays, and no package
/// meets more of them in a row than it is tried again by default.
pub fn chaos(seed: u64, packages: &BTreeSet<(Protocol, String)>) -> Vec<Planned> {
    let mut random = Random(seed);
    let protocols: BTreeSet<Protocol> = packages.iter().map(|(protocol, _)| *protocol).collect();
    let mut planned = Vec::new();
    for protocol in protocols {
        let names: Vec<&String> =
            packages.iter().filter(|(other, _)| *other == protocol).map(|(_, name)| name).collect();
        let mut plan = |on: On, mishaps: &[Mishap], latest: u64| {
            let mishap = mishaps[random.below(mishaps.len())];
            let after = (random.next() % (latest + 1)) as u32;
            let name = names[random.below(names.len())];
            planned.push(Planned { after, ..Planned::once(protocol, on, mishap).of(name) });
        };
        plan(On::Upload, REFUSED, 0);
        plan(On::Upload, LOST, 0);
        plan(On::Index, UNREAD, 2);
        plan(On::Download, BROKEN, 0);
    }
    planned
}

const PAUSE: Duration = Duration::from_millis(20);

/// Uploads that are not taken.
const REFUSED: &[Mishap] = &[
    Mishap::Status(500),
    Mishap::Status(502),
    Mishap::Status(503),
    Mishap::TooMany(Again::Seconds(1)),
    Mishap::TooMany(Again::Date(1)),
    Mishap::TooMany(Again::Untold),
    Mishap::CutBefore,
];

/// Uploads that are taken, and do not look so.
const LOST: &[Mishap] = &[
    Mishap::CutAfter,
    Mishap::Half,
    Mishap::Late(Late::Reads(1)),
    Mishap::Late(Late::Reads(2)),
    Mishap::Late(Late::For(Duration::from_millis(700))),
];

const UNREAD: &[Mishap] = &[
    Mishap::Status(500),
    Mishap::Status(503),
    Mishap::TooMany(Again::Seconds(1)),
    Mishap::CutBefore,
    Mishap::Slow(PAUSE),
];

const BROKEN: &[Mishap] = &[Mishap::Status(502), Mishap::CutBefore, Mishap::Half, Mishap::Slow(PAUSE)];

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            On::Upload => "upload",
            On::Index => "index",
            On::Download => "download",
        })
    }
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mishap::Status(status) => write!(f, "status {status}"),
            Mishap::TooMany(Again::Seconds(seconds)) => write!(f, "status 429, again in {seconds} s"),
            Mishap::TooMany(Again::Date(seconds)) => write!(f, "status 429, again at a date in {seconds} s"),
            Mishap::TooMany(Again::Untold) => f.write_str("status 429"),
            Mishap::Hang => f.write_str("no answer"),
            Mishap::CutBefore => f.write_str("cut, nothing done"),
            Mishap::CutAfter => f.write_str("cut, all done"),
            Mishap::Late(Late::Reads(reads)) => {
                write!(f, "not shown for {reads} {}", if *reads == 1 { "look" } else { "looks" })
            }
            Mishap::Late(Late::For(time)) => write!(f, "not shown for {} ms", time.as_millis()),
            Mishap::WrongDigest => f.write_str("another digest"),
            Mishap::Half => f.write_str("cut in the middle of the answer"),
            Mishap::Short => f.write_str("half of it, as if it were whole"),
            Mishap::Slow(pause) => write!(f, "in pieces, {} ms between them", pause.as_millis()),
        }
    }
}
