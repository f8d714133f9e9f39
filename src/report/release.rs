//! What a release will be, in few lines: the summary of `castoff release`, which its generated script prints too, byte for
//! byte. The tag is named by its pattern, for the time in it is not known before.

use std::collections::BTreeSet;

use super::clean;
use crate::effect::Edit;
use crate::plan::Plan;

/// The summary of a plan that writes these edits.
pub fn summary(plan: &Plan, edits: &[Edit], tag: &str) -> String {
    let mut lines: Vec<String> = plan
        .versions
        .iter()
        .map(|next| match &next.next {
            None => format!("{}: unchanged at {}", next.component, next.current),
            Some(version) if version.to_string() == next.current.to_string() => {
                format!("{}: {version}", next.component)
            }
            Some(version) => format!("{}: {} -> {version}", next.component, next.current),
        })
        .collect();
    lines.push("\npublish:".to_string());
    for (step, ids) in plan.order.iter().enumerate() {
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        lines.push(format!("  {}. {}", step + 1, names.join(", ")));
    }
    lines.push("\nfiles:".to_string());
    let files: BTreeSet<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
    lines.extend(files.iter().map(|file| format!("  {file}")));
    let tag = tag.replace("{date}", "YYYYMMDD").replace("{time}", "HHMM");
    lines.push(format!("\ntag: {tag}\n"));
    clean(&lines.join("\n"))
}
