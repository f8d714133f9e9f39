//! Uploads and questions that fail, in a world in memory: what is tried again, what is not, and who waits.

use std::sync::atomic::{AtomicUsize, Ordering};

use castoff::config::{Barrier, Config};
use castoff::effect::{Cmd, Output, Patience, Response, Step};
use castoff::publish::{Goal, Summary};

use crate::fake::Fake;
use crate::pipeline::{carry_out, does, failure, publish};

/// A world in which the first uploads of `a` fail with these texts, one after the other.
fn failing(texts: &'static [&'static str]) -> Fake {
    let count = AtomicUsize::new(0);
    Fake::new().hook(move |_, cmd| {
        if !does(cmd, "publish", "a") {
            return None;
        }
        texts.get(count.fetch_add(1, Ordering::SeqCst)).and_then(|text| failure(text))
    })
}

fn uploads(fake: &Fake, package: &str) -> usize {
    fake.started(" publish ").iter().filter(|line| line.contains(&format!("/{package}-"))).count()
}

fn error(summary: &Summary) -> String {
    summary.failed.iter().map(|(_, fault)| fault.to_string()).collect()
}

const BROKEN: &str = "error: Failed to publish\n  cause: error sending request for url";
const BUSY: &str = "cause: Server returned status code 503 Service Unavailable. Server says: x";
const LIMITED: &str = "cause: Server returned status code 429 Too Many Requests. Server says: x";

#[test]
fn what_may_pass_is_tried_again_after_the_registry_was_asked() {
    let fake = failing(&[BROKEN, BUSY]);
    let summary = publish(&fake, "a:\nb: a", 2, Barrier::Run);
    assert_eq!(summary.published.len(), 2, "{}", error(&summary));
    let steps = fake.steps();
    let of_a: Vec<&str> = steps.iter().filter_map(|step| step.strip_suffix(" a")).collect();
    let from = of_a.iter().position(|step| *step == "uploading").unwrap();
    let expected = [
        "uploading",
        "retrying",
        "uploading",
        "retrying",
        "uploading",
        "uploaded",
        "visible",
        "verified",
        "tried",
    ];
    assert_eq!(of_a[from..], expected);
    assert_eq!(uploads(&fake, "a"), 3);
}

#[test]
fn it_is_tried_as_often_as_the_configuration_says() {
    for (retries, attempts) in [(0, 1), (2, 3)] {
        let fake = failing(&[BROKEN; 9]);
        let usual = Config::default().publish;
        let rules = castoff::config::Publish { patience: Patience { retries, ..usual.patience }, ..usual };
        let summary = carry_out(&fake, "a:\nb: a", 1, rules, Goal::Publish).unwrap();
        assert_eq!((uploads(&fake, "a"), summary.published.len()), (attempts, 0));
        assert!(error(&summary).contains("error sending request"), "{}", error(&summary));
    }
}

#[test]
fn a_refusal_is_final_and_says_what_to_do() {
    for (text, help) in [
        ("status code 403 Forbidden. Server says: no", "set one, then run the same command again"),
        ("status code 400 Bad Request. Server says: bad classifier", "run the same command again to go on"),
        (
            "status code 400 Bad Request. Server says: 400 This filename was previously used by a file that has since been deleted.",
            "`castoff bump a=patch`",
        ),
    ] {
        let fake = Fake::new().hook(move |_, cmd| does(cmd, "publish", "a").then(|| failure(text))?);
        let summary = publish(&fake, "a:\nb: a\nc:", 1, Barrier::Run);
        assert_eq!(uploads(&fake, "a"), 1, "{text}");
        assert!(error(&summary).contains(help), "{}", error(&summary));
        assert_eq!((summary.published.len(), summary.blocked.len()), (1, 1));
    }
}

#[test]
fn too_many_uploads_are_waited_for_by_all_who_go_to_that_registry() {
    let fake = failing(&[LIMITED; 7]);
    let summary = publish(&fake, "a:\nb:\nc: a", 1, Barrier::Run);
    assert_eq!(summary.published.len(), 3, "{}", error(&summary));
    // More often than the retries of an upload that failed: to be asked to wait is no failure.
    assert_eq!((uploads(&fake, "a"), uploads(&fake, "b")), (8, 1));
    let steps = fake.steps();
    let place = |step: &str| steps.iter().position(|other| other == step).unwrap();
    assert!(place("waiting a") < place("uploading b"), "{steps:?}");
}

#[test]
fn a_registry_that_never_takes_any_more_is_given_up_on() {
    let never = |_: &Fake, cmd: &Cmd| does(cmd, "publish", "a").then(|| failure(LIMITED))?;
    let summary = publish(&Fake::new().hook(never), "a:\nb: a", 1, Barrier::Run);
    assert!(error(&summary).contains("429 Too Many Requests"), "{}", error(&summary));
    assert_eq!(summary.blocked.len(), 1);
}

/// The client takes the files, and what it says of that is lost; the registry shows them later still.
#[test]
fn an_upload_that_arrived_unseen_is_not_taken_for_somebody_elses() {
    let count = AtomicUsize::new(0);
    let fake = Fake::new().hook(move |fake, cmd| {
        if !does(cmd, "publish", "a") {
            return None;
        }
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => {
                let _stored: Output = fake.uv(cmd);
                failure(BROKEN)
            }
            _ => failure("status code 400 Bad Request. Server says: 400 File already exists ('x')"),
        }
    });
    let late = |_: &str, count: usize, response| if count < 5 { not_found() } else { response };
    let summary = publish(&fake.answer(late), "a:", 1, Barrier::Run);
    assert_eq!(summary.published.len(), 1, "{}", error(&summary));
    assert!(summary.uploaded);
}

#[test]
fn what_is_refused_as_there_and_never_shown_is_a_number_that_is_used_up() {
    let taken = "status code 409 Conflict. Server says: x";
    let fake = Fake::new().hook(move |_, cmd| does(cmd, "publish", "a").then(|| failure(taken))?);
    let summary = publish(&fake, "a:", 1, Barrier::Run);
    let text = error(&summary);
    assert!(
        text.contains("refused as something that is there already") && text.contains("bump a=patch"),
        "{text}"
    );
    assert!(!summary.uploaded);
}

#[test]
fn questions_are_asked_again_before_and_after_an_upload() {
    let shaky = |_: &str, count: usize, response| {
        if matches!(count, 1 | 2 | 4) { Response { status: 502, ..Response::default() } } else { response }
    };
    let summary = publish(&Fake::new().answer(shaky), "a:", 1, Barrier::Run);
    assert_eq!(summary.published.len(), 1, "{}", error(&summary));
    // A registry that forbids to be asked will do so the next time too.
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&asked);
    let forbidden = move |_: &str, count: usize, _| {
        counted.fetch_max(count, Ordering::SeqCst);
        Response { status: 403, ..Response::default() }
    };
    let fake = Fake::new().answer(forbidden);
    let faults = carry_out(&fake, "a:", 1, Config::default().publish, Goal::Publish).unwrap_err();
    assert!(faults.to_string().contains("status 403"), "{faults}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn in_a_pause_what_was_uploaded_is_seen_through_and_nothing_begins() {
    let looks = AtomicUsize::new(0);
    // Held from the first upload on, for so long that everything could have ended meanwhile.
    let fake = Fake::new().paused(move |fake| {
        let uploaded = fake.steps().iter().any(|step| step == "uploaded a");
        uploaded && looks.fetch_add(1, Ordering::SeqCst) < 100
    });
    let slow = |_: &str, count: usize, response| if count < 5 { not_found() } else { response };
    let fake = fake.answer(slow);
    let summary = publish(&fake, "a:\nb:", 1, Barrier::Run);
    assert_eq!(summary.published.len(), 2);
    let steps = fake.steps();
    let place = |step: &str| steps.iter().position(|other| other == step).unwrap();
    assert!(place("tried a") < place("uploading b"), "{steps:?}");
}

fn not_found() -> Response {
    Response { status: 404, ..Response::default() }
}

#[test]
fn the_line_of_a_retry_says_how_the_client_ended() {
    let fake = failing(&[
        "Hashing a\nUploading a\n\nerror: Failed to publish\n  cause: Server returned status code 503",
    ]);
    assert_eq!(publish(&fake, "a:", 1, Barrier::Run).published.len(), 1);
    let events = fake.events.lock().unwrap();
    let told: Vec<&str> = events
        .iter()
        .filter(|event| event.step == Step::Retrying)
        .map(|event| event.detail.as_str())
        .collect();
    let end = ": error: Failed to publish cause: Server returned status code 503";
    assert!(told.len() == 1 && told[0].ends_with(end) && !told[0].contains("Hashing"), "{told:?}");
}
