//! `release.sh`: the components with their tags, and what is published at which step.

use super::{Source, quoted};
use crate::fault::Faults;
use crate::generate::Generated;
use crate::model::key::key;

/// The script.
///
/// # Errors
/// A hole of the template that nothing fills.
pub(super) fn release(source: Source) -> Result<Generated, Faults> {
    let release = &source.config.release;
    let components = source.workspace.components.iter();
    let components: Vec<String> =
        components.map(|it| format!("{} {} {}", it.name, key(&it.name), it.tag)).collect();
    let script = source.script(
        "release.sh",
        include_str!("../../../templates/scripts/release.sh"),
        &[
            ("branch", &quoted(&release.branch)),
            ("release_tag", &quoted(&release.release_tag)),
            ("components", &components.join("\n")),
            ("phases", &phases(source).join("\n")),
        ],
    )?;
    Ok(script)
}

/// Step, package and component of everything that is published, a line each.
fn phases(source: Source) -> Vec<String> {
    let levels = source.graph.levels().into_iter().enumerate();
    let lines = levels.flat_map(|(level, ids)| ids.into_iter().map(move |id| (level + 1, id)));
    let line = |(level, id)| {
        let component = source.workspace.component_of(id)?;
        Some(format!("{level} {id} {}", component.name))
    };
    lines.filter_map(line).collect()
}
