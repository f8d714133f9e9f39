//! The publish pipeline in a world in memory: order of steps, concurrency, failures, answers of the registry.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use castoff::config::{Barrier, Config, Trusted};
use castoff::ecosystem;
use castoff::effect::{Cmd, Environment, Output, Secret};
use castoff::fault::Faults;
use castoff::graph::Graph;
use castoff::model::{Kind, PackageId, Tree};
use castoff::publish::{self, Goal, Make, Run, Summary, Unit};
use castoff::registry::Target;
use castoff::stage::Den;
use castoff::version::Version;
use castoff::world::World;

use crate::fake::Fake;
use crate::support::python_manifest;

mod gates;

/// Publishes packages `name: needs…` in a fake world.
pub(crate) fn publish(fake: &Fake, packages: &str, jobs: usize, barrier: Barrier) -> Summary {
    try_publish(fake, packages, jobs, barrier).unwrap()
}

fn try_publish(fake: &Fake, packages: &str, jobs: usize, barrier: Barrier) -> Result<Summary, Faults> {
    let rules = castoff::config::Publish { barrier, ..Config::default().publish };
    carry_out(fake, packages, jobs, rules, Goal::Publish)
}

pub(crate) fn carry_out(
    fake: &Fake,
    packages: &str,
    jobs: usize,
    rules: castoff::config::Publish,
    goal: Goal,
) -> Result<Summary, Faults> {
    carry_out_at(fake, packages, jobs, rules, goal, target())
}

fn target() -> Target {
    Target {
        name: "pypi".into(),
        kind: Kind::Uv,
        upload: "http://registry/legacy/".into(),
        index: "http://registry/simple/".into(),
        own_server: true,
        token_env: vec!["TOKEN".into()],
        token: Some(Secret::new("very-secret")),
        login: None,
        trusted: Trusted::Never,
        trust: None,
    }
}

fn carry_out_at(
    fake: &Fake,
    packages: &str,
    jobs: usize,
    rules: castoff::config::Publish,
    goal: Goal,
    target: Target,
) -> Result<Summary, Faults> {
    let mut tree = Tree::default();
    for line in packages.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, needs) = line.split_once(':').unwrap();
        let needs: Vec<&str> = needs.split_whitespace().collect();
        let path = format!("packages/{name}/pyproject.toml");
        tree.texts.insert(path.clone(), python_manifest(name, "1.0.0", &needs));
        tree.files.insert(path);
    }
    for (path, text) in &tree.texts {
        fake.write(&Path::new("/repo").join(path), text.as_bytes()).unwrap();
    }
    let packages = ecosystem::of(Kind::Uv).discover(&tree).unwrap();
    let graph = Graph::new(&packages).unwrap();
    let versions: BTreeMap<PackageId, Version> =
        packages.iter().map(|package| (package.id.clone(), package.version.clone())).collect();
    let unit = |id: &PackageId| {
        let package = packages.iter().find(|package| &package.id == id).unwrap().clone();
        let pin = ecosystem::of(Kind::Uv).default_pin();
        Unit {
            version: package.version.clone(),
            component: id.name.clone(),
            pin,
            dist_tag: None,
            build: None,
            prepare: None,
            needs: graph.needs(id).cloned().collect(),
            package,
            stand_in: false,
        }
    };
    let den = Den::open(fake, Path::new("/repo/.git")).unwrap();
    let run = Run {
        root: Path::new("/repo"),
        commit: "c0ffee",
        tree: &tree,
        packages: &packages,
        edits: &[],
        units: graph.order().iter().map(unit).collect(),
        relied: Vec::new(),
        moved_on: BTreeMap::new(),
        tagged: BTreeMap::new(),
        gates: Vec::new(),
        versions: &versions,
        targets: BTreeMap::from([("pypi".to_string(), target)]),
        env: Environment::default(),
        rules,
        goal,
        make: Make::Missing,
        jobs,
        builds: den.builds.clone(),
    };
    publish::run(fake, &den, run)
}

pub(crate) fn does(cmd: &Cmd, verb: &str, package: &str) -> bool {
    let module = package.replace('-', "_");
    let names = |arg: &String| {
        arg.ends_with(&format!("/{package}"))
            || arg.contains(&format!("/{module}-"))
            || arg.starts_with(&format!("{package}=="))
    };
    cmd.program == "uv" && cmd.args.iter().any(|arg| arg == verb) && cmd.args.iter().any(names)
}

fn names(list: &[(PackageId, PackageId)]) -> Vec<String> {
    let mut names: Vec<String> = list.iter().map(|(id, by)| format!("{} by {}", id.name, by.name)).collect();
    names.sort();
    names
}

pub(crate) fn failure(text: &str) -> Option<Output> {
    Some(Output { code: Some(1), stdout: Vec::new(), stderr: text.into(), ..Output::default() })
}

/// Something that a step waits for; it fails the test, rather than hanging it, when that never happens.
#[derive(Default)]
struct Signal(Mutex<usize>, Condvar);

impl Signal {
    fn raise(&self) {
        *self.0.lock().unwrap() += 1;
        self.1.notify_all();
    }

    fn await_count(&self, count: usize) {
        let raised = self.0.lock().unwrap();
        let (raised, _) =
            self.1.wait_timeout_while(raised, Duration::from_secs(60), |raised| *raised < count).unwrap();
        assert!(*raised >= count, "waited for something that never came");
    }
}

#[test]
fn a_package_goes_through_every_step_in_order() {
    let fake = Fake::new();
    let summary = publish(&fake, "core:\napp: core", 1, Barrier::Run);
    assert_eq!(summary.published.len(), 2);
    let steps = [
        "queued",
        "pinned",
        "building",
        "built",
        "checksummed",
        "uploading",
        "uploaded",
        "visible",
        "verified",
        "tried",
    ];
    for package in ["core", "app"] {
        let seen: Vec<String> =
            fake.steps().into_iter().filter(|step| step.ends_with(&format!(" {package}"))).collect();
        assert_eq!(seen, steps.map(|step| format!("{step} {package}")));
    }
    let told: Vec<_> = summary.timeline.into_iter().map(|moment| moment.event).collect();
    assert_eq!(told, *fake.events.lock().unwrap());
}

#[test]
fn a_run_whose_goal_is_the_build_asks_for_no_token_and_uploads_nothing() {
    let fake = Fake::new().hook(|_, cmd| does(cmd, "build", "broken").then(|| failure("no"))?);
    let rules = Config::default().publish;
    let summary = carry_out(&fake, "core:\napp: core\nbroken:", 1, rules, Goal::Build).unwrap();
    let built: Vec<String> =
        summary.built.iter().map(|built| format!("{} {}", built.id, built.files.len())).collect();
    assert_eq!(built, ["uv:core 2", "uv:app 2"]);
    assert!(summary.published.is_empty() && summary.cancelled.is_empty() && !summary.uploaded);
    assert_eq!(summary.failed.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(), ["uv:broken"]);
    assert!(fake.started(" publish").is_empty());
}

#[test]
fn git_is_asked_for_a_clone_and_for_nothing_that_writes_in_the_repository() {
    let fake = Fake::new();
    let summary = publish(&fake, "core:\napp: core", 2, Barrier::Run);
    assert!(summary.failed.is_empty());
    let git: Vec<String> = fake.started("git ");
    assert!(git[0].contains("clone --quiet --shared --no-checkout --template= /repo /home/"), "{git:?}");
    assert!(git[1].ends_with("checkout --quiet --detach c0ffee"), "{git:?}");
    assert!(git.iter().any(|line| line.contains("update-index --skip-worktree")), "{git:?}");
    assert!(
        fake.files
            .lock()
            .unwrap()
            .iter()
            .filter(|(path, _)| path.starts_with("/repo"))
            .all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains("=="))
    );
}

#[test]
fn the_package_manager_builds_outside_of_the_package_and_uploads_once() {
    let fake = Fake::new();
    let summary = publish(&fake, "core:\napp: core\nlone:", 4, Barrier::Run);
    assert_eq!(summary.published.len(), 3);
    for package in ["core", "app", "lone"] {
        let mut builds = fake.started(" build ");
        builds.retain(|line| line.ends_with(&format!("stage/packages/{package}")));
        assert_eq!(builds.len(), 1, "{builds:?}");
        assert!(
            builds[0].contains("build --no-sources") && builds[0].contains("--out-dir /home/.cache/castoff/"),
            "{builds:?}"
        );
        let uploads = fake.started(&format!("{package}-1.0.0.tar.gz"));
        assert_eq!(uploads.len(), 1, "{uploads:?}");
        assert!(!uploads[0].contains("very-secret"));
    }
}

#[test]
fn requirements_are_pinned_in_the_stage() {
    let fake = Fake::new();
    let pinned = Mutex::new(String::new());
    let pinned: &'static Mutex<String> = Box::leak(Box::new(pinned));
    let fake = fake.hook(move |fake, cmd| {
        if does(cmd, "build", "app") {
            let path = Path::new(cmd.args.last().unwrap()).join("pyproject.toml");
            *pinned.lock().unwrap() = String::from_utf8(fake.files.lock().unwrap()[&path].clone()).unwrap();
        }
        None
    });
    assert_eq!(publish(&fake, "core:\napp: core", 1, Barrier::Run).published.len(), 2);
    assert!(pinned.lock().unwrap().contains("dependencies = [\"core==1.0.0\"]"));
}

#[test]
fn four_independent_packages_run_at_once() {
    let together: &'static Signal = Box::leak(Box::default());
    let fake = Fake::new().hook(move |_, cmd| {
        if cmd.args.iter().any(|arg| arg == "build") {
            together.raise();
            together.await_count(4);
        }
        None
    });
    assert_eq!(publish(&fake, "a:\nb:\nc:\nd:", 4, Barrier::Run).published.len(), 4);
}

#[test]
fn never_more_run_than_there_are_workers() {
    let fake = Fake::new();
    let packages: String = (0..12).map(|number| format!("p{number}:\n")).collect();
    assert_eq!(publish(&fake, &packages, 2, Barrier::Own).published.len(), 12);
    assert!(fake.most_running.load(std::sync::atomic::Ordering::SeqCst) <= 2);
}

#[test]
fn a_package_starts_when_its_own_dependencies_are_done() {
    // The upload of `slow` ends only after that of `d`, which stands a level above it.
    let done: &'static Signal = Box::leak(Box::default());
    let fake = Fake::new().hook(move |_, cmd| {
        if does(cmd, "publish", "d") {
            done.raise();
        } else if does(cmd, "publish", "slow") {
            done.await_count(1);
        }
        None
    });
    assert_eq!(publish(&fake, "slow:\nb:\nd: b", 2, Barrier::Run).published.len(), 3);
    let steps = fake.steps();
    let at = |step: &str| steps.iter().position(|seen| seen == step).unwrap();
    assert!(at("uploaded b") < at("uploading d") && at("tried b") < at("uploading d"));
}

#[test]
fn a_failed_build_stops_everything_behind_the_barrier() {
    let fake =
        || Fake::new().hook(|_, cmd| if does(cmd, "build", "b") { failure("no such module") } else { None });
    let graph = "a:\nb: a\nc: b\nlone:";
    let whole = publish(&fake(), graph, 2, Barrier::Run);
    assert_eq!((whole.published.len(), whole.failed.len(), whole.uploaded), (0, 1, false));
    assert_eq!(names(&whole.blocked), ["a by b", "c by b", "lone by b"]);
    let fake = fake();
    let own = publish(&fake, graph, 2, Barrier::Own);
    assert_eq!(names(&own.blocked), ["c by b"]);
    let mut published: Vec<&str> = own.published.iter().map(|done| done.id.name.as_str()).collect();
    published.sort_unstable();
    assert_eq!(published, ["a", "lone"]);
    assert!(own.failed[0].1.to_string().contains("no such module"));
    assert!(!fake.steps().iter().any(|step| step == "uploading c"));
}

#[test]
fn what_a_failure_blocks_is_told_at_once_and_to_the_end() {
    let fake = Fake::new().hook(|_, cmd| if does(cmd, "publish", "a") { failure("no") } else { None });
    let summary = publish(&fake, "a:\nb: a\nc: b\nfree:\nlast: free", 1, Barrier::Own);
    assert_eq!(names(&summary.blocked), ["b by a", "c by a"]);
    let steps = fake.steps();
    let at = |step: &str| steps.iter().position(|seen| seen == step).unwrap();
    assert_eq!((at("blocked b"), at("blocked c")), (at("failed a") + 1, at("failed a") + 2), "{steps:?}");
    assert!(at("blocked c") < at("tried last"), "{steps:?}");

    // Builds go on behind the barrier; one that fails too has failed, whatever was blocked before.
    let fake = Fake::new().hook(|_, cmd| match does(cmd, "build", "a") || does(cmd, "build", "b") {
        true => failure("no such module"),
        false => None,
    });
    let summary = publish(&fake, "a:\nb:\nc:", 1, Barrier::Run);
    let failed: Vec<&str> = summary.failed.iter().map(|(id, _)| id.name.as_str()).collect();
    assert_eq!((failed, summary.blocked.len(), summary.cancelled.len()), (vec!["a", "b"], 1, 0));
    assert!(names(&summary.blocked)[0].starts_with("c by "), "{:?}", summary.blocked);
}

#[test]
fn a_worker_that_panics_ends_as_a_failure() {
    let fake = Fake::new().hook(|_, cmd| {
        assert!(!does(cmd, "publish", "b"), "the sky fell");
        None
    });
    let summary = publish(&fake, "a:\nb: a\nc: b\nd: a", 2, Barrier::Run);
    assert_eq!(summary.published.len(), 2);
    assert!(summary.failed[0].1.to_string().contains("the sky fell"), "{:?}", summary.failed);
    assert_eq!(names(&summary.blocked), ["c by b"]);
}

#[test]
fn the_registry_is_asked_until_it_shows_the_version() {
    let slow = |_: &str, count: usize, response| {
        if count < 5 { castoff::effect::Response { status: 404, ..Default::default() } } else { response }
    };
    let fake = Fake::new().answer(slow);
    assert_eq!(publish(&fake, "a:", 1, Barrier::Run).published.len(), 1);
    let waits = fake.steps().iter().filter(|step| *step == "waiting a").count();
    assert_eq!(waits, 3);
}

#[test]
fn how_long_an_upload_took_is_no_part_of_the_wait_for_it() {
    let slow = |_: &str, count: usize, response| {
        if count < 4 { castoff::effect::Response { status: 404, ..Default::default() } } else { response }
    };
    let fake = Fake::new().answer(slow).hook(|fake, cmd| {
        if does(cmd, "publish", "a") {
            fake.pass(Duration::from_secs(600));
        }
        None
    });
    let summary = publish(&fake, "a:", 1, Barrier::Run);
    assert_eq!(summary.published.len(), 1, "{:?}", summary.failed);
}

#[test]
fn a_registry_that_never_shows_it_is_a_failure_with_a_reason() {
    let never = |_: &str, _: usize, _| castoff::effect::Response { status: 404, ..Default::default() };
    let summary = publish(&Fake::new().answer(never), "a:\nb: a", 1, Barrier::Run);
    assert!(summary.published.is_empty() && summary.uploaded);
    let text = summary.failed[0].1.to_string();
    assert!(text.contains("does not show it after 5m") && text.contains("help: "), "{text}");
    assert_eq!(names(&summary.blocked), ["b by a"]);
}

#[test]
fn another_digest_on_the_registry_stops_the_package() {
    let other = |_: &str, _: usize, mut response: castoff::effect::Response| {
        response.body = String::from_utf8(response.body)
            .unwrap()
            .replace("\"sha256\":\"", "\"sha256\":\"00")
            .into_bytes();
        response
    };
    let summary = publish(&Fake::new().answer(other), "a:\nb: a", 1, Barrier::Run);
    let text = summary.failed[0].1.to_string();
    assert!(text.contains("is not the file that was built") && text.matches("sha256").count() == 1, "{text}");
    assert_eq!(names(&summary.blocked), ["b by a"]);
}

#[test]
fn what_is_there_is_neither_built_nor_uploaded() {
    let fake = Fake::new();
    assert_eq!(publish(&fake, "a:\nb: a", 1, Barrier::Run).published.len(), 2);
    let before = fake.commands.lock().unwrap().len();
    let again = publish(&fake, "a:\nb: a", 1, Barrier::Run);
    assert_eq!((again.published.len(), again.already_there.len()), (0, 2));
    assert_eq!(fake.commands.lock().unwrap().len(), before);
}

#[test]
fn a_lost_answer_is_asked_about() {
    // The client takes the files and then fails, as when the connection breaks before the answer.
    let fake = Fake::new().hook(|fake, cmd| {
        if does(cmd, "publish", "a") {
            for path in cmd.args.iter().filter(|arg| arg.ends_with(".whl") || arg.ends_with(".tar.gz")) {
                let bytes = fake.files.lock().unwrap()[Path::new(path)].clone();
                let file = path.rsplit('/').next().unwrap().to_string();
                let digest = castoff::digest::hex(&<sha2::Sha256 as sha2::Digest>::digest(bytes));
                fake.registry.lock().unwrap().entry("a".into()).or_default().insert(file, digest);
            }
            return failure("connection reset");
        }
        None
    });
    assert_eq!(publish(&fake, "a:", 1, Barrier::Run).published.len(), 1);
}

#[test]
fn half_an_upload_is_public_too() {
    // The client is refused behind the first of two files.
    let fake = Fake::new().hook(|fake, cmd| {
        does(cmd, "publish", "a").then(|| {
            let digest = String::new();
            let file = "a-1.0.0-py3-none-any.whl".to_string();
            fake.registry.lock().unwrap().entry("a".into()).or_default().insert(file, digest);
            failure("refused").unwrap()
        })
    });
    let summary = publish(&fake, "a:", 1, Barrier::Run);
    assert!(summary.published.is_empty() && summary.failed.len() == 1 && summary.uploaded);
    let fake = Fake::new().hook(|_, cmd| does(cmd, "publish", "a").then(|| failure("refused").unwrap()));
    assert!(!publish(&fake, "a:", 1, Barrier::Run).uploaded);
}

#[test]
fn a_registry_that_does_not_answer_stops_the_run_before_any_build() {
    let broken = |_: &str, _: usize, _| castoff::effect::Response { status: 500, ..Default::default() };
    let fake = Fake::new().answer(broken);
    let faults = try_publish(&fake, "a:\nb:", 1, Barrier::Run).unwrap_err();
    assert!(faults.to_string().contains("status 500"), "{faults}");
    assert!(fake.commands.lock().unwrap().is_empty());
}
