//! A workspace of the size that breaks other tools: everything is planned, each package after what it needs.

use std::collections::BTreeMap;

use crate::support::{Repo, crate_files, python_package};

/// 34 crates and 34 Python packages; each needs the one before it in its row of ten, and the first of every row.
fn repo() -> Repo {
    let repo = Repo::new();
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
    repo.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n");
    for number in 0_usize..34 {
        // The names run against the order of the graph, so that an order by name is a wrong one.
        let name = |number: usize| format!("part-{:02}", 33 - number);
        let needed: Vec<usize> =
            [number.checked_sub(1), number.checked_sub(10)].into_iter().flatten().collect();
        let names: Vec<String> = needed.iter().map(|other| name(*other)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        python_package(&repo, &name(number), "1.0.0", &names);
        let lines: Vec<String> = needed
            .iter()
            .map(|other| format!("{0}-rs = {{ path = \"../{0}-rs\", version = \"1.0.0\" }}", name(*other)))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        crate_files(&repo, &format!("{}-rs", name(number)), "1.0.0", &lines, false);
    }
    repo.commit("feat: begin");
    repo
}

#[test]
fn sixty_eight_packages_are_planned_in_order() {
    let repo = repo();
    let plan = repo.castoff(&["plan", "--json"]).expect(0).json();
    let order = plan["order"].as_array().unwrap();
    let mut level: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, ids) in order.iter().enumerate() {
        level.extend(ids.as_array().unwrap().iter().map(|id| (id.as_str().unwrap(), place)));
    }
    assert_eq!((level.len(), order.len()), (68, 34));
    let mut seen = 0;
    for package in plan["packages"].as_array().unwrap() {
        for needed in package["depends_on"].as_array().unwrap() {
            let (id, needed) = (package["id"].as_str().unwrap(), needed.as_str().unwrap());
            assert!(level[needed] < level[id], "{needed} before {id}");
            seen += 1;
        }
    }
    assert_eq!(seen, 2 * (33 + 24));
}
