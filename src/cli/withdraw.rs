//! `castoff yank`: a release that nobody shall use is taken back at every registry, and how to replace it is told.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use super::arguments::Yank;
use super::output::{pretty, print};
use super::{DONE, FAILED, PARTLY, Session};
use crate::ecosystem::withdraw::{Means, Withdrawal};
use crate::fault::{Fault, Faults};
use crate::model::{Package, PackageId};
use crate::presence::all::{All, all, state};
use crate::publish::withdraw::{self, Due, Item};
use crate::releases::status::State;
use crate::releases::{self, Named, Release};
use crate::report::withdraw::{self as text, Listed};
use crate::snapshot::Reading;
use crate::world::World;

impl Session {
    pub(super) fn yank(&self, world: &dyn World, args: &Yank) -> Result<u8, Faults> {
        self.format(&["table", "json"])?;
        let reading = self.read(world, None)?;
        let Some(word) = &args.release else { return self.list_releases(world, &reading) };
        let release = match releases::named(&reading.workspace, &reading.snapshot.tags, word)? {
            Named::Release(release) => release,
            Named::Component(component) => return Err(no_version(&reading, &component.name).into()),
        };
        let reason = args.reason.clone().unwrap_or_else(|| format!("{} is broken", release.version));
        let what = if args.undo { Withdrawal::Restore } else { Withdrawal::TakeBack(&reason) };
        let items = withdraw::items(world, &reading, &release, what)?;
        if !self.is_json() {
            eprint!("{}", text::plan(&items, self.err));
        }
        if items.iter().all(|item| matches!(item.due, Due::Absent)) {
            let fault =
                Fault::outside(format!("no registry has `{}` {}", release.component.name, release.version));
            let fault = fault.because("it was never published, or is gone already, as yanked gems are");
            return Err(fault.help("`castoff yank` lists the releases").into());
        }
        let runs = items.iter().filter(|item| matches!(item.due, Due::Means(Means::Run(_)))).count();
        if self.globals.dry_run {
            if self.is_json() {
                print(&pretty(&text::json(&release, &items, None, None)));
            }
            eprint!("{}", text::by_hand(&items, self.err));
            eprintln!("nothing was changed (--dry-run)");
            return Ok(DONE);
        }
        if runs > 0 && !self.globals.yes {
            self.ask_whether(&release, &items, args.undo)?;
        }
        let done = withdraw::carry_out(world, &reading, &items, what);
        self.tell_withdrawn(world, &reading, &release, &items, &done, what)
    }

    fn tell_withdrawn(
        &self,
        world: &dyn World,
        reading: &Reading,
        release: &Release,
        items: &[Item],
        done: &BTreeMap<PackageId, Result<(), Fault>>,
        what: Withdrawal,
    ) -> Result<u8, Faults> {
        let tags = &reading.snapshot.tags;
        let others = releases::of(release.component, tags);
        let packages = members(reading, release);
        // What the registries do not say now, nobody relies on.
        let (known, _) = all(world, reading, &packages)?;
        let is_good = |other: &Release| other.version != release.version && is_good(&known, &packages, other);
        let replacement =
            (what != Withdrawal::Restore).then(|| releases::replacement(release, &others, &is_good));
        if self.is_json() {
            print(&pretty(&text::json(release, items, Some(done), replacement.as_ref())));
        }
        self.close(None);
        eprint!("{}", text::by_hand(items, self.err));
        let failed: Vec<Fault> = done.values().filter_map(|done| done.clone().err()).collect();
        let went_well = done.values().any(Result::is_ok);
        let code = match (failed.is_empty(), went_well) {
            (true, _) => DONE,
            (false, true) => PARTLY,
            (false, false) => FAILED,
        };
        let _code = self.complain(&Faults(failed));
        if let Some(replacement) = &replacement {
            eprint!("{}", text::remarks(items, self.err));
            eprint!("{}", text::how_to_go_on(release, replacement));
        }
        eprintln!("\n{}", text::last_line(items, done, what));
        Ok(code)
    }

    /// The releases, for who looks for the one to take back.
    fn list_releases(&self, world: &dyn World, reading: &Reading) -> Result<u8, Faults> {
        let all_packages: Vec<&Package> =
            reading.workspace.packages.iter().filter(|package| package.publishable()).collect();
        let (known, silent) = all(world, reading, &all_packages)?;
        let mut listed = Vec::new();
        for component in &reading.workspace.components {
            for release in releases::of(component, &reading.snapshot.tags) {
                let packages = members(reading, &release).into_iter().map(|package| {
                    let registry = package.registry().unwrap_or_default().to_string();
                    (package.id.clone(), registry, state(&known, package, &release.version))
                });
                listed.push(Listed { packages: packages.collect(), release });
            }
        }
        match self.is_json() {
            true => print(&pretty(&text::list_json(&listed))),
            false => print(&text::list(&listed, self.out)),
        }
        let code = if silent.0.is_empty() { DONE } else { self.complain(&silent) };
        match listed.is_empty() {
            true => eprintln!(
                "no release is tagged; `castoff yank COMPONENT@VERSION` takes one back all the same"
            ),
            false => self.remark("`castoff yank TAG` takes one back, `castoff yank TAG --dry-run` shows how"),
        }
        Ok(code)
    }

    fn ask_whether(&self, release: &Release, items: &[Item], undo: bool) -> Result<(), Fault> {
        let name = format!("{} {}", release.component.name, release.version);
        let (doing, verb) = if undo { ("restore", "restored") } else { ("take back", "taken back") };
        if !std::io::stdin().is_terminal() {
            let fault = Fault::outside(format!("cannot {doing} {name} without being asked to"));
            return Err(fault.because("there is no terminal to ask on").help("say `--yes`"));
        }
        eprint!("{}", text::remarks(items, self.err));
        if self.agreed(&format!("{doing} {name}?")) {
            return Ok(());
        }
        Err(Fault::outside(format!("{name} was not {verb}")).because("the answer was no"))
    }
}

fn no_version(reading: &Reading, name: &str) -> Fault {
    let component = reading.workspace.components.iter().find(|component| component.name == name);
    let tags = component.map(|component| releases::of(component, &reading.snapshot.tags)).unwrap_or_default();
    let example =
        tags.first().and_then(|release| release.tag).map_or(format!("{name}@1.2.0"), |tag| tag.name.clone());
    let fault = Fault::usage(format!("`{name}` names no version"));
    fault.help(format!("say which one, as `castoff yank {example}`; `castoff yank` lists all"))
}

/// The packages of a release, as HEAD knows them.
fn members<'a>(reading: &'a Reading, release: &Release) -> Vec<&'a Package> {
    release.component.packages.iter().filter_map(|id| reading.workspace.package(id)).collect()
}

/// Whether something of a release is there, and nothing of it was taken back.
fn is_good(known: &All, packages: &[&Package], release: &Release) -> bool {
    let states: Vec<State> = packages.iter().map(|package| state(known, package, &release.version)).collect();
    let fine = |state: &State| matches!(state, State::Live | State::Absent);
    states.contains(&State::Live) && states.iter().all(fine)
}
