//! `castoff init`: writes a configuration and says what it means: what was carried over and what was not, and the versions
//! that it gives.

use super::arguments::Init;
use super::{DONE, Session, pretty, print};
use crate::config::{self, Config};
use crate::fault::{Fault, Faults};
use crate::init::{self, compare::compare};
use crate::report::init as text;
use crate::snapshot::{self, survey};
use crate::world::World;

impl Session {
    pub(super) fn init(&self, world: &dyn World, args: &Init) -> Result<u8, Faults> {
        let format = self.format(&["table", "json"])?;
        let survey = survey::read(world, &self.globals.dir)?;
        let path = self.globals.config.clone().unwrap_or_else(|| survey.root.join(config::FILE));
        let name =
            self.globals.config.as_ref().map_or(config::FILE.to_string(), |it| it.display().to_string());
        let is_there = world.read(&path)?.is_some();
        let castoff = args.castoff_path.as_deref();
        let xtask = args.xtask.then(|| self.xtask(world, &survey.root, castoff)).transpose()?;
        if let (Some(files), true) = (&xtask, is_there && !args.force) {
            eprintln!("`{name}` is there already and stays");
            self.write_xtask(world, &survey.root, files)?;
            return Ok(DONE);
        }
        if !args.force && !self.globals.dry_run && is_there {
            let fault = Fault::usage(format!("`{name}` is there already"));
            return Err(fault
                .help("`--dry-run` shows what would be written, `--force` overwrites it")
                .into());
        }
        let survey::Survey { tree, workspace, tags, found, name: repository, out, .. } = &survey;
        let draft = init::draft(tree, workspace, tags, found, repository, out);
        // What cannot be read again is not written.
        let config = Config::parse(&name, &draft.text)?;
        match (self.globals.dry_run, format) {
            (true, "json") => {}
            (true, _) => print(&draft.text),
            (false, _) => world.write(&path, draft.text.as_bytes())?,
        }
        let (tools, written) = (survey.found.names(), !self.globals.dry_run);
        if format != "json" {
            eprint!("{}", text::wrote(&name, &draft, &tools, written, self.err));
        }
        if let Some(files) = &xtask {
            self.write_xtask(world, &survey.root, files)?;
        }
        // What stands in the way of a plan is told; the file is a place to mend it in.
        let reading = snapshot::read_with(world, &self.globals.dir, config)?;
        let plan = self.decide(world, &reading)?;
        let compared = compare(&survey.found, &plan, &reading.workspace);
        let told = text::Told { name: &name, draft: &draft, tools: &tools, compared: &compared, plan: &plan };
        if format == "json" {
            print(&pretty(&text::json(&told, written)));
            return Ok(DONE);
        }
        eprint!("{}", text::text(&told, self.err));
        Ok(DONE)
    }
}
