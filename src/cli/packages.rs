//! `castoff discover` and `castoff graph`: what is there, whatever its history says.

use super::{DONE, Session, pretty, print};
use crate::fault::Faults;
use crate::graph::Graph;
use crate::report::{json, svg, workspace as workspace_text};
use crate::snapshot;
use crate::workspace::Workspace;
use crate::world::World;

impl Session {
    fn packages(&self, world: &dyn World) -> Result<Workspace, Faults> {
        snapshot::packages(world, &self.globals.dir, self.globals.config.as_deref())
    }

    pub(super) fn discover(&self, world: &dyn World) -> Result<u8, Faults> {
        let format = self.format(&["table", "json"])?;
        let workspace = self.packages(world)?;
        print(&match format {
            "json" => pretty(&json::discover(&workspace)),
            _ => workspace_text::discover(&workspace, self.out),
        });
        Ok(DONE)
    }

    pub(super) fn graph(&self, world: &dyn World) -> Result<u8, Faults> {
        let format = self.format(&["levels", "table", "json", "dot", "mermaid", "svg"])?;
        let workspace = self.packages(world)?;
        let graph = Graph::new(&workspace.packages)?;
        print(&match format {
            "json" => pretty(&json::graph(&workspace, &graph)),
            "dot" => workspace_text::dot(&graph),
            "svg" => svg::graph(&graph),
            "mermaid" => workspace_text::mermaid(&graph),
            "table" => workspace_text::graph_table(&graph, self.out),
            _ => workspace_text::levels(&graph, self.out),
        });
        Ok(DONE)
    }
}
