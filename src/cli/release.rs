//! `castoff release`: the one command of a repository whose CI publishes what a tag names. It decides, shows, checks,
//! writes, commits and tags, and says how to go on and how to undo it.

use std::io::{BufRead, IsTerminal, Write};

use super::arguments::Release;
use super::check::run as run_checks;
use super::{DONE, FAILED, Session, pretty, print};
use crate::apply::{self, commit};
use crate::checks::{self, Verdict};
use crate::fault::{Fault, Faults};
use crate::plan::Plan;
use crate::report::{checks as check_text, clean, json, plan as plan_text, release as release_text};
use crate::snapshot::{Reading, checkout};
use crate::steps::{Side, Stage};
use crate::world::World;

impl Session {
    pub(super) fn release(&self, world: &dyn World, args: &Release) -> Result<u8, Faults> {
        let format = self.format(&["table", "json"])?;
        let reading = self.read(world, None)?;
        let plan = self.decide_all(world, &reading)?;
        let tag = commit::tag_at(&reading.config.release.release_tag, world.now());
        match format {
            "json" => print(&pretty(&json::plan(&plan, &reading.snapshot, &reading.workspace))),
            _ => eprint!("{}", plan_text::body(&plan, &reading.snapshot, self.err)),
        }
        if plan.order.is_empty() {
            eprintln!("nothing was released: no component has a next version");
            return Ok(DONE);
        }
        if !self.healthy(world)? {
            eprintln!("nothing was released: `castoff check` finds errors");
            return Ok(FAILED);
        }
        if !self.own_gates_hold(world, &reading, &plan) {
            eprintln!("nothing was released: a gate of this repository does not hold");
            return Ok(FAILED);
        }
        let (next, tree, edits) = self.edits_of(world, &reading, &plan)?;
        debug_assert!(!next.is_empty(), "something has a next version");
        commit::may_start(&reading.snapshot, &tag)?;
        let before = commit::named(&reading.snapshot, &reading.config.release.release_tag);
        if let Some(tag) = before.filter(|_| edits.is_empty()) {
            return self.again(world, args, &reading, tag);
        }
        if format != "json" {
            print(&release_text::summary(&plan, &edits, &reading.config.release.release_tag));
        }
        if self.globals.dry_run {
            eprintln!(
                "\nwould commit {} and tag it `{tag}`; nothing was changed (--dry-run)",
                files(edits.len())
            );
            return Ok(DONE);
        }
        let branch = self.branch_to_push(&reading)?;
        let message = commit::message(&plan);
        let own = |side, stage| self.own_steps(world, &reading, Some(&plan), side, stage);
        let commit = commit::Commit {
            tree: &tree,
            edits: &edits,
            message: &message,
            tag: &tag,
            hooks: !args.no_verify,
            written: &|| {
                own(Side::After, Stage::Bump)?;
                own(Side::Before, Stage::Commit)
            },
        };
        // What is written already is only committed.
        own(Side::Before, if edits.is_empty() { Stage::Commit } else { Stage::Bump })?;
        let made = commit::commit(world, &reading.snapshot, &commit)?;
        let short = made.get(..7).unwrap_or(&made);
        let committed = made != reading.snapshot.head;
        // A bump that is committed already is only tagged.
        let what = if committed { "committed" } else { "nothing to commit at" };
        eprintln!("\n{} {short}, tagged `{tag}`", self.err.green(what));
        own(Side::After, Stage::Commit)?;
        if args.push {
            own(Side::Before, Stage::Push)?;
            commit::push(world, &reading.snapshot.root, &branch, &tag)?;
            own(Side::After, Stage::Push)?;
            eprintln!("pushed `{branch}` and `{tag}` to origin");
        }
        eprint!("{}", how_to_go_on(&branch, &tag, args.push, committed));
        Ok(DONE)
    }

    /// The commit is one release already; what may be left is to push it.
    fn again(&self, world: &dyn World, args: &Release, reading: &Reading, tag: &str) -> Result<u8, Faults> {
        eprintln!("\nnothing was released: this commit is the release `{tag}` already");
        let branch = self.branch_to_push(reading)?;
        let pushing = args.push && !self.globals.dry_run;
        if pushing {
            commit::push(world, &reading.snapshot.root, &branch, tag)?;
            eprintln!("pushed `{branch}` and `{tag}` to origin");
        }
        eprint!("{}", how_to_go_on(&branch, tag, pushing, false));
        Ok(DONE)
    }

    fn edits_of(&self, world: &dyn World, reading: &Reading, plan: &Plan) -> Result<Decided, Faults> {
        let next = apply::asked::asked(reading, plan, &[], false)?;
        let (tree, edits) = apply::all_edits(world, reading, plan, &next)?;
        Ok((next, tree, edits))
    }

    /// Whether no check fails; what fails is shown.
    fn healthy(&self, world: &dyn World) -> Result<bool, Faults> {
        let checkout = checkout::read(world, &self.globals.dir, self.globals.config.as_deref())?;
        let outcomes = run_checks(&checks::select(&[])?, &checkout);
        let failing = checks::tally(&outcomes, Verdict::Fail) > 0;
        if failing {
            eprint!("\n{}", check_text::text(&outcomes, self.err));
        }
        Ok(!failing)
    }

    /// The branch to push to. Releasing from another one than usual is asked for, or said by `--yes`.
    fn branch_to_push(&self, reading: &Reading) -> Result<String, Fault> {
        let usual = &reading.config.release.branch;
        let Some(here) = &reading.snapshot.branch else {
            let fault = Fault::outside("cannot release: no branch is checked out");
            return Err(fault.help(format!("`git switch {usual}`")));
        };
        if here != usual && !self.globals.yes {
            let question = format!("releases are made from `{usual}`, and this is `{here}`: go on?");
            if !std::io::stdin().is_terminal() {
                let fault = Fault::outside(format!("cannot release from `{}`", here.escape_debug()));
                let fault = fault.because(format!("releases are made from `{usual}`"));
                return Err(fault.help(format!("`git switch {usual}`, or say `--yes`")));
            }
            if !self.agreed(&question) {
                return Err(Fault::outside("not released").because("the answer was no"));
            }
        }
        Ok(here.clone())
    }

    pub(super) fn agreed(&self, question: &str) -> bool {
        eprint!("{} [y/N] ", clean(question));
        let _shown = std::io::stderr().flush();
        let mut answer = String::new();
        let _end = std::io::stdin().lock().read_line(&mut answer);
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }
}

type Decided = (
    std::collections::BTreeMap<crate::model::PackageId, crate::version::Version>,
    crate::model::Tree,
    Vec<crate::effect::Edit>,
);

fn files(count: usize) -> String {
    format!("{count} edit{}", if count == 1 { "" } else { "s" })
}

fn how_to_go_on(branch: &str, tag: &str, pushed: bool, committed: bool) -> String {
    let back = if committed { " && git reset --keep HEAD~1" } else { "" };
    if pushed {
        return format!(
            "\nnext:  CI publishes what `{tag}` names; without one: `castoff publish`\n\
             abort: before anything is published: `git push origin :refs/tags/{tag}`, then `git revert HEAD`\n"
        );
    }
    format!(
        "\nnext:  `git push --atomic origin {branch} {tag}` lets CI publish it; without CI: `castoff publish`\n\
         undo:  `git tag -d {tag}{back}`\n"
    )
}
