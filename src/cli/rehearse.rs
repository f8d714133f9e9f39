//! `castoff rehearse` and `castoff demo`: a release on this machine alone. Without the feature `rehearsal` there are no
//! registries to make it with, and the two commands say so.

#[cfg(feature = "rehearsal")]
mod here {
    use std::path::Path;

    use crate::cli::arguments::Rehearse;
    use crate::cli::output::{harmless, indented, print};
    use crate::cli::runs::adjust;
    use crate::cli::watch::Watch;
    use crate::cli::{DONE, Session, code};
    use crate::fault::Faults;
    use crate::rehearsal::{self, How, Played};
    use crate::report::summary::Of;
    use crate::report::{chaos, plan as plan_text};
    use crate::snapshot;
    use crate::versions;
    use crate::world::World;

    impl Session {
        pub(in crate::cli) fn rehearse(
            &self,
            world: &dyn World,
            dir: &Path,
            args: &Rehearse,
        ) -> Result<u8, Faults> {
            self.format(&["lines", "json"])?;
            let mut reading = snapshot::read(world, dir, self.globals.config.as_deref(), None)?;
            adjust(&mut reading, args.max_retries, args.retry_base_delay);
            let plan = self.decide(world, &reading)?;
            if self.globals.dry_run {
                return self.only_plan(&plan, &reading);
            }
            let jobs = self.jobs(args.jobs, &reading);
            let versions = versions::package_versions(&reading.workspace, &plan.versions);
            let (report, record) = (args.report.as_deref(), args.record.as_deref());
            let watch = Watch { of: Of::Rehearsal, report, record, versions: &versions };
            let how = How { jobs, chaos: args.chaos };
            let mut played = Vec::new();
            let run = || {
                let rehearsed = rehearsal::rehearse(world, &reading, &plan, how);
                played = rehearsed.played;
                rehearsed.outcome
            };
            let outcome = self.watched(world, &reading, &watch, run);
            if let Some(seed) = args.chaos {
                self.chaos(seed, &played);
            }
            let summary = outcome?;
            self.end(&summary, Of::Rehearsal);
            Ok(code(&summary))
        }

        pub(in crate::cli) fn demo(&self, world: &dyn World, dir: Option<&str>) -> Result<u8, Faults> {
            let dir = match dir {
                Some(dir) => self.globals.dir.join(dir),
                None => Path::new(&world.env("TMPDIR").unwrap_or("/tmp".to_string()))
                    .join(format!("castoff-demo-{:08x}", world.random() & 0xffff_ffff)),
            };
            rehearsal::demo::make(world, &dir)?;
            let shown = dir.display();
            eprintln!("{}\n", self.err.bold(&format!("a small repository to try castoff on: {shown}")));
            eprintln!(
                "It has two crates and three Python packages, with a few commits since their last release."
            );
            eprintln!("`castoff plan` says what the next release would be:\n");
            let reading = snapshot::read(world, &dir, None, None)?;
            let plan = self.decide(world, &reading)?;
            eprintln!("{}", indented(&plan_text::plan(&plan, &reading.snapshot, self.err)));
            eprintln!(
                "`castoff rehearse` makes that release on this machine only, with the real cargo and uv, against"
            );
            eprintln!("registries that live as long as it runs:\n");
            let code =
                if self.globals.dry_run { DONE } else { self.rehearse(world, &dir, &Rehearse::default())? };
            eprintln!(
                "\nIt is yours to play with:\n  castoff -C {shown} plan\n  castoff -C {shown} bump\n  rm -r {shown}"
            );
            Ok(code)
        }

        /// Which faults a rehearsal met.
        fn chaos(&self, seed: u64, played: &[Played]) {
            if self.is_json() {
                return print(&harmless(&format!("{}\n", chaos::json(seed, played))));
            }
            self.close(None);
            eprint!("{}", chaos::table_of(seed, played, self.err));
        }
    }
}

#[cfg(not(feature = "rehearsal"))]
mod elsewhere {
    use std::path::Path;

    use crate::cli::Session;
    use crate::cli::arguments::Rehearse;
    use crate::fault::{Fault, Faults};
    use crate::world::World;

    impl Session {
        pub(in crate::cli) fn rehearse(&self, _: &dyn World, _: &Path, _: &Rehearse) -> Result<u8, Faults> {
            Err(missing("rehearse").into())
        }

        pub(in crate::cli) fn demo(&self, _: &dyn World, _: Option<&str>) -> Result<u8, Faults> {
            Err(missing("demo").into())
        }
    }

    fn missing(command: &str) -> Fault {
        let fault = Fault::usage(format!("cannot run `{command}`"));
        let fault = fault.because("this program was built without castoff's feature `rehearsal`");
        fault.help(
            "add it to `features` of the dependency on castoff, or use the binary: `cargo install castoff`",
        )
    }
}
