//! `castoff check`: reads the checkout, runs the checks, and with `--fix` writes what mends without a thought.

use super::arguments::Check;
use super::output::named;
use super::{DONE, FAILED, Session, pretty, print};
use crate::apply;
use crate::checks::{self, Facts, Outcome, Verdict};
use crate::edit;
use crate::effect::Edit;
use crate::fault::Faults;
use crate::report::checks as text;
use crate::snapshot::checkout::{self, Checkout};
use crate::world::World;

impl Session {
    pub(super) fn check(&self, world: &dyn World, args: &Check) -> Result<u8, Faults> {
        let format = self.format(&["table", "json"])?;
        if let Some(id) = &args.explain {
            let check = checks::named(id)?;
            print(&match format {
                "json" => pretty(&text::explanation_json(check)),
                _ => text::explanation(check, self.out),
            });
            return Ok(DONE);
        }
        let chosen = checks::select(&args.ids)?;
        let mut checkout = checkout::read(world, &self.globals.dir, self.globals.config.as_deref())?;
        let mut outcomes = run(&chosen, &checkout);
        let edits = if args.fix { checks::fixes(&outcomes) } else { Vec::new() };
        let written = !edits.is_empty() && !self.globals.dry_run;
        if written {
            checkout = self.mend(world, checkout, &edits)?;
            outcomes = run(&chosen, &checkout);
        }
        print(&match format {
            "json" => pretty(&text::json(&outcomes, if written { &edits } else { &[] })),
            _ => named(&text::text(&outcomes, self.out)),
        });
        if args.fix {
            self.tell_fixes(&edits);
        }
        Ok(if checks::tally(&outcomes, Verdict::Fail) > 0 { FAILED } else { DONE })
    }

    fn mend(&self, world: &dyn World, checkout: Checkout, edits: &[Edit]) -> Result<Checkout, Faults> {
        let mut tree = checkout.tree.clone();
        for edit in edits {
            // A file that is not there yet is an empty text.
            tree.texts.entry(edit.path.clone()).or_default();
        }
        let mut after = edit::apply_all(&tree, edits)?;
        after.files.extend(edits.iter().map(|edit| edit.path.clone()));
        // What could not be read again is not written.
        let mended = checkout.with(after)?;
        apply::write(world, &mended.root, &tree, edits)?;
        Ok(mended)
    }

    fn tell_fixes(&self, edits: &[Edit]) {
        let what = match (edits.is_empty(), self.globals.dry_run) {
            (true, _) => "nothing to mend that takes no thought",
            (false, true) => "would be mended (--dry-run, nothing was written):",
            (false, false) => "mended; look at `git diff`, then commit:",
        };
        eprint!("{what}\n{}", text::fixed(edits, self.err));
    }
}

pub(super) fn run(chosen: &[&'static checks::Check], checkout: &Checkout) -> Vec<Outcome<'static>> {
    let Checkout { tree, workspace, config, config_file, .. } = checkout;
    let file = config_file.as_ref().map(|(path, text)| (path.as_str(), text.as_str()));
    checks::run(chosen, &Facts::new(tree, workspace, config, file))
}
