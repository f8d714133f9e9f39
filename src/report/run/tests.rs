//! What a page about a run holds, and that nothing from outside is more than text in it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::{About, Place, State, page};
use crate::effect::{Event, Moment, Step};
use crate::fault::Fault;
use crate::model::{Kind, PackageId};
use crate::publish::{BuiltFile, Published, Summary};
use crate::report::markup::tests::is_well_formed;
use crate::report::summary::Of;

fn id(name: &str) -> PackageId {
    PackageId::new(Kind::Uv, name)
}

/// `second step package: detail`, one a line.
fn timeline(text: &str) -> Vec<Moment> {
    let steps = [
        Step::Queued,
        Step::AlreadyThere,
        Step::Building,
        Step::Built,
        Step::Uploading,
        Step::Retrying,
        Step::Uploaded,
        Step::Visible,
        Step::Verified,
        Step::Tried,
        Step::Failed,
    ];
    let moment = |line: &str| {
        let (start, detail) = line.split_once(": ").unwrap_or((line, ""));
        let mut words = start.split_whitespace();
        let at = Duration::from_secs(1_800_000_000 + words.next().unwrap().parse::<u64>().unwrap());
        let word = words.next().unwrap();
        let step = *steps.iter().find(|step| step.name() == word).unwrap();
        Moment { at: SystemTime::UNIX_EPOCH + at, event: Event::of(&id(words.next().unwrap()), step, detail) }
    };
    text.lines().map(moment).collect()
}

fn about(state: State) -> About {
    let place = |page: &str| Place { registry: "pypi".to_string(), page: Some(page.to_string()) };
    About {
        of: Of::Publish,
        commit: "0123456789abcdef".to_string(),
        branch: Some("main".to_string()),
        places: BTreeMap::from([
            (id("core"), place("http://127.0.0.1/core?a=1&b=\"2\"")),
            (id("app"), place("http://127.0.0.1/app")),
        ]),
        state,
    }
}

/// `core` is published after a second attempt, `app` fails, `top` is blocked, `old` was there.
fn partly() -> Summary {
    let file = BuiltFile {
        name: "core-1.0.0rc1.tar.gz".to_string(),
        path: "x".into(),
        sha256: "ab".repeat(32),
        sha512: String::new(),
        size: 12_345,
    };
    let core = Published {
        id: id("core"),
        version: "1.0.0-rc.1".parse().unwrap(),
        registry: "pypi".to_string(),
        files: vec![file],
        stand_in: false,
    };
    let fault =
        Fault::outside("cannot build `uv:app`").because("<script>alert(1)</script>\n\u{1b}[2J").help("a & b");
    Summary {
        published: vec![core],
        already_there: vec![(id("old"), "0.9.0".parse().unwrap())],
        failed: vec![(id("app"), fault)],
        blocked: vec![(id("top"), id("app"))],
        uploaded: true,
        needs: BTreeMap::from([
            (id("core"), vec![]),
            (id("app"), vec![id("core")]),
            (id("old"), vec![]),
            (id("top"), vec![id("app"), id("core")]),
        ]),
        timeline: timeline(
            "0 queued core: 1.0.0-rc.1\n0 queued app: 2.0.0\n0 queued old: 0.9.0\n0 queued top: 2.0.0\n1 already_there old\n\
             1 building core\n3 built core\n3 building app\n5 failed app: cannot build <b>\n5 uploading core\n6 retrying core: 503\n\
             7 uploading core\n8 uploaded core\n20 visible core\n20 verified core\n22 tried core",
        ),
        ..Summary::default()
    }
}

#[test]
fn a_page_tells_what_became_of_every_package() {
    let page = page(&partly(), &about(State::Ended));
    assert!(is_well_formed(&page), "{page}");
    for expected in [
        "1 package published, 1 already there, 1 failed, 1 blocked",
        "at <code>0123456789ab</code> · on main · 2027-01-15 08:00:00 UTC · took 22 s",
        "<b>1</b>✓ published",
        "<b>1</b>⊘ blocked",
        "<h3 class=\"error\">uv:app</h3>\n<pre>cannot build `uv:app`\n  cause: &lt;script&gt;alert(1)&lt;/script&gt;\n         \\u{1b}[2J\n  help: a &amp; b</pre>",
        // The version as its ecosystem spells it, the page of the registry, the file.
        "<td class=\"nowrap\">1.0.0rc1</td>",
        "<a href=\"http://127.0.0.1/core?a=1&amp;b=&quot;2&quot;\" rel=\"noreferrer\">pypi</a>",
        "core-1.0.0rc1.tar.gz <span class=\"dim nowrap\">12.3 kB</span>",
        &"ab".repeat(32),
        "because of uv:app",
        // The picture says it in words as well as in colours.
        "<g class=\"good\">",
        "✓ published 1.0.0rc1</text>",
        "⊘ blocked 2.0.0</text>",
        // The chart: `wait` is from 8 to 20 of 22 seconds.
        "<rect class=\"wait\" x=\"363.6\" width=\"545.5\" height=\"16\"><title>wait: 12 s, from 8.0 s</title></rect>",
        "<b class=\"retry\" style=\"left:27.27%\">↻</b>",
        "<b class=\"failed\" style=\"left:22.73%\">✕</b>",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    // Nobody can look at what is not there.
    assert!(!page.contains("127.0.0.1/app"), "{page}");
    // What `top` needs `core` for comes with `app`.
    assert_eq!(page.matches("marker-end").count(), 2);
}

#[test]
fn a_page_loads_nothing() {
    let page = page(&partly(), &about(State::Ended));
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["src=", "url(http", "@import", "<script", "<link", "onload"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // A link is followed only when somebody clicks on it.
    assert_eq!(
        page.matches("http").count(),
        page.matches("<a href=\"http").count() + page.matches("http-equiv").count()
    );
}

#[test]
fn a_run_that_did_not_end_is_not_called_one_that_did() {
    let begun = page(&Summary::default(), &about(State::Begun));
    assert!(begun.contains("it still runs, or was killed") && is_well_formed(&begun), "{begun}");
    let faults = Fault::outside("no answer from `x`").help("look").into();
    let stopped = page(&Summary::default(), &about(State::Stopped(faults)));
    assert!(
        stopped.contains("stopped before anything was built")
            && stopped.contains("no answer from `x`\n  help: look")
    );
}
