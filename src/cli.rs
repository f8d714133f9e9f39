//! Arguments → command → exit code. The only module that knows exit codes, and with `report` the only one that
//! speaks to people.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use crate::apply::{self, asked};
use crate::detect;
use crate::effect::Event;
use crate::fault::{Fault, Faults};
use crate::model::PackageId;
use crate::plan::{self, Plan};
use crate::presence::online;
use crate::publish::Summary;
use crate::report::lines::Detail;
use crate::report::{Style, clean, html, json, matrix};
use crate::report::{env as env_lines, plan as plan_text};
use crate::snapshot::{self, Reading};
use crate::steps::{Side, Stage, Steps};
use crate::version::Version;
use crate::versions::{self, Next};
use crate::world::{Control, Real, World};
use arguments::{Command, Globals, Parsed};
use output::{Voice, complain, harmless, pretty, print};
use watch::Shown;

/// What is told people is told as far as somebody reads it: the ones of std panic when the reader went away, and that would
/// end a release between its commit and its push.
macro_rules! eprint {
    ($($text:tt)*) => { $crate::cli::output::tell(&format!($($text)*)) };
}
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::cli::output::tell(&format!("{}\n", format_args!($($text)*))) };
}

mod arguments;
mod bundle;
mod check;
mod completions;
mod generate;
mod init;
mod output;
mod own;
mod packages;
mod preflight;
mod rehearse;
mod release;
mod runs;
mod table;
mod changelog;
mod status;
mod verify;
mod watch;
mod withdraw;
mod xtask;

const DONE: u8 = 0;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const PARTLY: u8 = 3;
const NOTHING: u8 = 4;
const CANCELLED: u8 = 130;

/// Runs castoff with these arguments (without the program's name).
pub fn run(arguments: &[String]) -> ExitCode {
    run_as(output::CASTOFF, arguments, Ok(Steps::default()))
}

/// The same as part of another program, which texts name, and which has steps of its own or cannot have them.
pub(crate) fn run_as(program: &'static str, arguments: &[String], steps: Result<Steps, Faults>) -> ExitCode {
    output::speak_as(program);
    let parsed = steps.and_then(|steps| Ok((steps, arguments::parse(arguments, program)?)));
    ExitCode::from(match parsed {
        Ok((steps, Parsed::Run(globals, command))) => {
            Session::new(globals, command.streams(), steps).execute(&command)
        }
        Ok((_, Parsed::Say(text))) => {
            print(&output::named(&text));
            DONE
        }
        Err(faults) => complain(&faults, Voice::of(Style { colour: false }, None)),
    })
}

/// One run of the program.
struct Session {
    globals: Globals,
    /// What the program that castoff is part of does beside it.
    steps: Arc<Steps>,
    /// Whether machines get events while it runs; else one document, and events are lines for people.
    streams: bool,
    /// For what is printed to standard output, then for standard error.
    out: Style,
    err: Style,
    start: Instant,
    /// Events come from several threads; lines are printed whole.
    shown: Mutex<Shown>,
    /// What somebody who watches a run can do to it.
    control: OnceLock<Control>,
    /// Something beside the run itself failed, and was said.
    flawed: AtomicBool,
}

impl Session {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a run takes is shown beside its lines, nothing depends on it"
    )]
    fn new(globals: Globals, streams: bool, steps: Steps) -> Session {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = |terminal: bool| Style { colour: globals.colour.unwrap_or(terminal && !no_color) };
        let (out, err) = (colour(std::io::stdout().is_terminal()), colour(std::io::stderr().is_terminal()));
        Session {
            globals,
            steps: Arc::new(steps),
            streams,
            out,
            err,
            start: Instant::now(),
            shown: Mutex::default(),
            control: OnceLock::new(),
            flawed: AtomicBool::default(),
        }
    }

    fn execute(&self, command: &Command) -> u8 {
        // Machines get the one document that such a command prints; what happens meanwhile is for people.
        let alone = self.is_json() && matches!(command, Command::Plan(_) | Command::Preflight(_));
        let tell = |event: Event| if alone { self.aside(&event) } else { self.tell(&event) };
        let world = Real::new(&tell);
        let _first = self.control.set(world.control());
        let outcome =
            world.heed_signals().map_err(Faults::from).and_then(|()| self.dispatch(&world, command));
        let code = outcome.unwrap_or_else(|faults| self.complain(&self.named(faults)));
        let code = if code == DONE && self.flawed.load(Ordering::Relaxed) { FAILED } else { code };
        if world.stopped() { CANCELLED } else { code }
    }

    /// Decisions know the configuration by its usual name; with `--config` it has another one.
    fn named(&self, mut faults: Faults) -> Faults {
        let places = faults.0.iter_mut().filter_map(|fault| fault.place.as_mut());
        for (file, _) in places.filter(|(file, _)| file == crate::config::FILE) {
            if let Some(given) = &self.globals.config {
                *file = given.display().to_string();
            }
        }
        faults
    }

    fn dispatch(&self, world: &dyn World, command: &Command) -> Result<u8, Faults> {
        if self.globals.offline && command.asks() {
            let fault = Fault::usage("cannot do that with `--offline`");
            let fault = fault.because("it is there to ask registries or the remote");
            return Err(fault
                .help("leave `--offline` out; `castoff plan` and `castoff bundle` need no network")
                .into());
        }
        match command {
            Command::Demo(args) => self.demo(world, args.dir.as_deref()),
            Command::Init(args) => self.init(world, args),
            Command::Discover(_) => self.discover(world),
            Command::Graph(_) => self.graph(world),
            Command::Detect(args) => self.detect(world, args.from.as_deref()),
            Command::Versions(args) => self.versions(world, args.from.as_deref()),
            Command::Plan(args) => self.plan(world, args),
            Command::Check(args) => self.check(world, args),
            Command::Changelog(args) => self.changelog(world, args),
            Command::Bump(args) => self.bump(world, &args.components, args.all),
            Command::Promote(args) => self.promote(world, &args.components),
            Command::Preflight(args) => self.preflight(world, args),
            Command::Publish(args) => self.publish(world, args),
            Command::Bundle(args) => self.bundle(world, args),
            Command::Release(args) => self.release(world, args),
            Command::Generate(args) => self.generate(world, args),
            Command::Completions(args) => self.completions(args),
            Command::Status(_) => self.status(world),
            Command::Verify(args) => self.verify(world, args),
            Command::Yank(args) => self.yank(world, args),
            Command::Tag(args) => self.tag(world, args.push),
            Command::Rehearse(args) => self.rehearse(world, &self.globals.dir.clone(), args),
        }
    }

    fn read(&self, world: &dyn World, from: Option<&str>) -> Result<Reading, Faults> {
        let reading = snapshot::read(world, &self.globals.dir, self.globals.config.as_deref(), from)?;
        Ok(Reading { notes: self.steps.notes.clone(), ..reading })
    }

    fn decide(&self, world: &dyn World, reading: &Reading) -> Result<Plan, Faults> {
        self.decide_with(world, reading, &|next| next)
    }

    fn decide_with(
        &self,
        world: &dyn World,
        reading: &Reading,
        force: &dyn Fn(Next) -> Next,
    ) -> Result<Plan, Faults> {
        let names = crate::registry::token_variables(&reading.config);
        let set: BTreeSet<String> =
            names.into_iter().filter(|name| world.env(name).is_some_and(|value| !value.is_empty())).collect();
        plan::plan_with(&reading.snapshot, &reading.workspace, &reading.config, &set, force)
    }

    /// The chosen format; the first one is the default.
    fn format<'a>(&'a self, known: &[&'a str]) -> Result<&'a str, Fault> {
        let chosen = self.globals.format.as_deref().unwrap_or(known[0]);
        if known.contains(&chosen) {
            return Ok(chosen);
        }
        Err(Fault::usage(format!("`{}` is not a format of this command", chosen.escape_debug()))
            .help(format!("use one of {}", known.join(", "))))
    }

    fn detect(&self, world: &dyn World, from: Option<&str>) -> Result<u8, Faults> {
        let format = self.format(&["table", "env", "json"])?;
        let reading = self.read(world, from)?;
        let Reading { snapshot, workspace, config, .. } = &reading;
        // What changed can be told where no version can be given, or no file be written.
        let detected = detect::detect(snapshot, workspace, config)?;
        print(&match format {
            "json" => {
                let (next, _) = versions::decide(snapshot, workspace, config, &detected)?;
                pretty(&json::detect(&detected, snapshot, &next))
            }
            "env" => env_lines::detect(&detected)?,
            _ => plan_text::detect(&detected, self.out),
        });
        Ok(DONE)
    }

    fn versions(&self, world: &dyn World, from: Option<&str>) -> Result<u8, Faults> {
        let format = self.format(&["table", "env", "json"])?;
        let reading = self.read(world, from)?;
        let Reading { snapshot, workspace, config, .. } = &reading;
        let detected = detect::detect(snapshot, workspace, config)?;
        let (next, _) = versions::decide(snapshot, workspace, config, &detected)?;
        print(&match format {
            "json" => pretty(&json::versions(&next, workspace)),
            "env" => env_lines::versions(&detected, &next)?,
            _ => plan_text::versions(&next, self.out),
        });
        Ok(DONE)
    }

    /// The plan with what goes into changelogs, for people who want to see all that a bump writes.
    fn decide_all(&self, world: &dyn World, reading: &Reading) -> Result<Plan, Faults> {
        let plan = self.decide(world, reading)?;
        let next = versions::released(&reading.workspace, &plan.versions);
        let (_, changelogs) = apply::changelogs::changelogs(world, reading, &plan, &next)?;
        Ok(Plan { changelogs, ..plan })
    }

    fn plan(&self, world: &dyn World, args: &arguments::Plan) -> Result<u8, Faults> {
        let format = self.format(&["table", "json", "html", "github-matrix"])?;
        let reading = self.read(world, None)?;
        let mut plan = self.decide_all(world, &reading)?;
        let more = plan::findings::closer(&plan, &reading.snapshot, &reading.workspace, &reading.config);
        plan.findings.extend(more);
        if args.online {
            plan.findings.extend(online::compare(world, &reading, &plan)?);
        }
        print(&match format {
            "json" => pretty(&json::plan(&plan, &reading.snapshot, &reading.workspace)),
            "html" => html::page(&plan, &reading.snapshot, &reading.workspace),
            "github-matrix" => harmless(&format!("{}\n", matrix::github(&plan, &reading.workspace))),
            _ => plan_text::plan(&plan, &reading.snapshot, self.out),
        });
        Ok(if args.exit_code && plan.order.is_empty() { NOTHING } else { DONE })
    }

    fn bump(&self, world: &dyn World, words: &[String], all: bool) -> Result<u8, Faults> {
        let reading = self.read(world, None)?;
        // A version that is named goes before one that cannot be: that of a fix on the last good release, say, when what
        // came after it was taken back.
        let given = asked::given(&reading.workspace, words);
        let plan = self.decide(world, &reading).or_else(|faults| match given.is_empty() {
            true => Err(faults),
            false => self.decide_with(world, &reading, &|next| asked::forced_to(&given, next)),
        })?;
        let next = asked::asked(&reading, &plan, words, all)?;
        self.write(world, &reading, plan, &next, "no component changed")
    }

    fn promote(&self, world: &dyn World, names: &[String]) -> Result<u8, Faults> {
        let reading = self.read(world, None)?;
        let plan = self.decide(world, &reading)?;
        let next = asked::promoted(&reading, &plan, names)?;
        self.write(world, &reading, plan, &next, "no manifest holds a release candidate")
    }

    /// Gives packages their versions; `none` says why there may be nothing to write.
    fn write(
        &self,
        world: &dyn World,
        reading: &Reading,
        plan: Plan,
        next: &BTreeMap<PackageId, Version>,
        none: &str,
    ) -> Result<u8, Faults> {
        let (tree, edits) = apply::all_edits(world, reading, &plan, next)?;
        let plan = Plan { edits, ..plan };
        eprint!("{}", plan_text::files_table(&plan, self.err));
        if plan.edits.is_empty() {
            let why = if next.is_empty() { none } else { "every file has its version already" };
            eprintln!("nothing to write: {why}");
            return Ok(DONE);
        }
        let behind = asked::left_behind(reading, &plan, next, &plan.edits);
        if !behind.is_empty() {
            let (names, them) = (behind.join(" "), if behind.len() == 1 { "it" } else { "them" });
            self.remark(&format!(
                "warning: what `{names}` requires changes, and its version does not: no later plan releases {them} for that\n  \
                 help: `castoff bump {names}` before you commit, if users shall get it"
            ));
        }
        if self.globals.dry_run {
            eprintln!("nothing was written (--dry-run)");
            return Ok(DONE);
        }
        self.own_steps(world, reading, Some(&plan), Side::Before, Stage::Bump)?;
        apply::write(world, &reading.snapshot.root, &tree, &plan.edits)?;
        self.own_steps(world, reading, Some(&plan), Side::After, Stage::Bump)?;
        eprintln!("written; next: look at `git diff`, commit, then `castoff publish`");
        Ok(DONE)
    }

    fn only_plan(&self, plan: &Plan, reading: &Reading) -> Result<u8, Faults> {
        match self.globals.format.as_deref() {
            Some("json") => print(&pretty(&json::plan(plan, &reading.snapshot, &reading.workspace))),
            _ => eprint!("{}", plan_text::plan(plan, &reading.snapshot, self.err)),
        }
        Ok(DONE)
    }

    /// For people, beside what a command prints.
    fn remark(&self, text: &str) {
        if self.globals.detail > Detail::Quiet {
            eprintln!("{}", clean(text));
        }
    }

    fn jobs(&self, given: Option<usize>, reading: &Reading) -> usize {
        let machine = std::thread::available_parallelism().map_or(4, std::num::NonZero::get).clamp(2, 8);
        given.or(reading.config.publish.jobs).unwrap_or(machine)
    }

    fn is_json(&self) -> bool {
        self.globals.format.as_deref() == Some("json")
    }
}

fn code(summary: &Summary) -> u8 {
    let something_went_out = summary.uploaded || !summary.published.is_empty() || summary.would_upload;
    match (summary.complete(), something_went_out) {
        (true, _) => DONE,
        (false, true) => PARTLY,
        (false, false) => FAILED,
    }
}

impl Globals {
    fn detail(quiet: bool, verbose: bool) -> Detail {
        match (quiet, verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::All,
            (false, false) => Detail::Usual,
        }
    }
}
