//! What is to be published as the matrix of a workflow: `fromJSON` takes the line as it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::ecosystem;
use crate::model::{Package, PackageId};
use crate::plan::{Plan, PlannedPackage};
use crate::workspace::Workspace;

/// One entry for each package to publish, in the order of publishing.
pub fn github(plan: &Plan, workspace: &Workspace) -> Value {
    let planned: BTreeMap<&PackageId, &PlannedPackage> =
        plan.packages.iter().map(|package| (&package.id, package)).collect();
    let packages: BTreeMap<&PackageId, &Package> =
        workspace.packages.iter().map(|package| (&package.id, package)).collect();
    let mut include = Vec::new();
    for (level, id) in
        plan.order.iter().enumerate().flat_map(|(level, ids)| ids.iter().map(move |id| (level, id)))
    {
        let (Some(planned), Some(package)) = (planned.get(id), packages.get(id)) else { continue };
        include.push(json!({
            "id": id.to_string(),
            "name": id.name,
            "ecosystem": id.kind.name(),
            "path": if package.dir.is_empty() { "." } else { &package.dir },
            "version": planned.next.as_ref().map(|next| ecosystem::of(id.kind).spell(next)),
            "level": level,
            "registry": planned.registry,
        }));
    }
    json!({ "include": include })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect;

    use super::github;
    use crate::detect::fixture::read;
    use crate::plan::plan;

    #[test]
    fn packages_to_publish_are_entries_in_their_order() {
        let it = read("cargo b 0.1.0\ncargo a 0.1.0: b 0.1.0\nuv c 1.0.0 in .\nuv d 0.1.0 private\n* a feat: begin | a/x").unwrap();
        let plan = plan(&it.snapshot, &it.workspace, &it.config, &BTreeSet::new()).unwrap();
        expect![[r#"{"include":[{"id":"cargo:b","name":"b","ecosystem":"cargo","path":"b","version":"0.1.0","level":0,"registry":"crates-io"},{"id":"uv:c","name":"c","ecosystem":"uv","path":".","version":"1.0.0","level":0,"registry":"pypi"},{"id":"cargo:a","name":"a","ecosystem":"cargo","path":"a","version":"0.1.0","level":1,"registry":"crates-io"}]}"#]].assert_eq(&github(&plan, &it.workspace).to_string());
    }
}
