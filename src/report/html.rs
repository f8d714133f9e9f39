//! A plan as one page that stands alone: to attach to a release pull request or a CI run. No script, nothing loaded from
//! elsewhere, light and dark as the reader's system is.

use super::count;
use super::markup::{cell, code, document, section, table, text};
use crate::checks::Severity;
use crate::edit::by_file;
use crate::model::Snapshot;
use crate::plan::{Action, Finding, Plan, PlannedPackage};
use crate::versions::Judged;
use crate::workspace::Workspace;

/// The whole page.
pub fn page(plan: &Plan, snapshot: &Snapshot, workspace: &Workspace) -> String {
    let publishing: Vec<&PlannedPackage> =
        plan.packages.iter().filter(|package| package.action == Action::Publish).collect();
    let title = match publishing.len() {
        0 => "Nothing to release".to_string(),
        number => format!("{} to release", count(number, "package")),
    };
    let head = snapshot.head.get(..7).unwrap_or_default();
    let on = snapshot.branch.as_ref().map_or(String::new(), |branch| format!(" on {}", text(branch)));
    let body = [
        format!("<h1>{title}</h1>\n<p class=\"dim\">at <code>{}</code>{on}</p>\n", text(head)),
        packages(&publishing, workspace),
        order(plan),
        files(plan),
        tags_and_tokens(plan),
        findings(plan),
        commits("Commits that count", plan, snapshot, true),
        commits("Commits that do not count", plan, snapshot, false),
        left_out(plan),
    ];
    document(&title, "", &body.concat())
}

fn packages(publishing: &[&PlannedPackage], workspace: &Workspace) -> String {
    let row = |package: &&PlannedPackage| {
        let spell = |version| crate::ecosystem::of(package.id.kind).spell(version);
        let next = package.next.as_ref().map(spell).unwrap_or_default();
        let dir = workspace.package(&package.id).map_or("", |package| package.dir.as_str());
        vec![
            code(&package.id.to_string()),
            format!(
                "<td class=\"nowrap\">{} → <b class=\"next\">{}</b></td>",
                text(&spell(&package.current)),
                text(&next)
            ),
            cell(&text(&package.reason)),
            code(if dir.is_empty() { "." } else { dir }),
            cell(&text(package.registry.as_deref().unwrap_or_default())),
        ]
    };
    let rows = publishing.iter().map(row).collect();
    section("Packages", &table(&["package", "version", "why", "directory", "goes to"], rows))
}

fn order(plan: &Plan) -> String {
    let level = |(place, ids): (usize, &Vec<crate::model::PackageId>)| {
        let names: Vec<String> =
            ids.iter().map(|id| format!("<code>{}</code>", text(&id.to_string()))).collect();
        format!("<li><span class=\"dim\">{}</span><br>{}</li>\n", place + 1, names.join("<br>"))
    };
    let levels: String = plan.order.iter().enumerate().map(level).collect();
    let list = if levels.is_empty() { levels } else { format!("<ol class=\"levels\">\n{levels}</ol>") };
    section("Order: all of one box are published before the next", &list)
}

fn files(plan: &Plan) -> String {
    let mut rows = Vec::new();
    for (path, edits) in by_file(&plan.edits) {
        for edit in edits {
            let change = format!("<del>{}</del> → <ins>{}</ins>", text(&edit.from), text(&edit.to));
            rows.push(vec![code(path), code(&edit.field), format!("<td class=\"id\">{change}</td>")]);
        }
    }
    section("Files that <code>castoff bump</code> writes", &table(&["file", "field", "change"], rows))
}

fn tags_and_tokens(plan: &Plan) -> String {
    let tags: Vec<String> = plan.tags.iter().map(|tag| format!("<code>{}</code>", text(tag))).collect();
    let tags = if tags.is_empty() { String::new() } else { format!("<p>{}</p>", tags.join(" ")) };
    let token = |credential: &crate::plan::Credential| {
        let (class, state) = if credential.present { ("good", "set") } else { ("warning", "not set") };
        vec![
            code(&credential.env.join(" or ")),
            format!("<td class=\"{class}\">{state}</td>"),
            cell(&text(&credential.needed_for)),
        ]
    };
    let tokens = plan.credentials.iter().map(token).collect();
    section("Tags, once everything is live", &tags)
        + &section("Tokens", &table(&["variable", "here", "for"], tokens))
}

fn commits(title: &str, plan: &Plan, snapshot: &Snapshot, counted: bool) -> String {
    let row = |judged: &Judged| {
        let commit = &snapshot.commits[judged.place];
        let why = if counted { judged.components.join(" ") } else { judged.reason.clone() };
        vec![code(commit.short()), cell(&text(commit.subject())), cell(&text(&why))]
    };
    let chosen = plan.commits.iter().filter(|judged| judged.counted == counted && !judged.early);
    let rows: Vec<Vec<String>> = chosen.map(row).collect();
    let number = count(rows.len(), "commit");
    let table = table(&["commit", "message", if counted { "releases" } else { "why not" }], rows);
    match table.is_empty() {
        true => String::new(),
        false if counted => section(title, &table),
        false => section(title, &format!("<details><summary>{number}</summary>\n{table}</details>")),
    }
}

fn findings(plan: &Plan) -> String {
    let row = |finding: &Finding| {
        let line = if finding.line > 0 { format!(":{}", finding.line) } else { String::new() };
        let place = finding.file.as_ref().map_or(String::new(), |file| format!("{file}{line}"));
        vec![
            format!("<td class=\"{0}\">{0}</td>", finding.severity.name()),
            cell(&text(&finding.message)),
            code(&place),
            code(finding.id),
        ]
    };
    let rows = |severity| plan.findings.iter().filter(move |it| it.severity == severity).map(row);
    let all = rows(Severity::Error).chain(rows(Severity::Warning)).collect::<Vec<_>>();
    let number = count(all.len(), "finding");
    let table = table(&["", "what", "where", "check"], all);
    let open = if plan.findings.len() > 12 { "" } else { " open" };
    match table.is_empty() {
        true => String::new(),
        false => {
            section("To know", &format!("<details{open}><summary>{number}</summary>\n{table}</details>"))
        }
    }
}

fn left_out(plan: &Plan) -> String {
    let row = |package: &PlannedPackage| {
        vec![
            code(&package.id.to_string()),
            cell(&text(&package.current.to_string())),
            cell(&text(&package.reason)),
        ]
    };
    let rows: Vec<Vec<String>> =
        plan.packages.iter().filter(|package| package.action != Action::Publish).map(row).collect();
    let number = count(rows.len(), "package");
    let table = table(&["package", "version", "why"], rows);
    match table.is_empty() {
        true => String::new(),
        false => section("Not released", &format!("<details><summary>{number}</summary>\n{table}</details>")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::page;
    use crate::detect::fixture::read;
    use crate::plan::plan;
    use crate::report::markup::tests::is_well_formed;

    fn of(text: &str) -> String {
        let it = read(text).unwrap();
        let plan = plan(&it.snapshot, &it.workspace, &it.config, &BTreeSet::new()).unwrap();
        page(&plan, &it.snapshot, &it.workspace)
    }

    #[test]
    fn a_page_holds_the_plan_and_loads_nothing() {
        let text = "cargo core 0.1.0\nuv app 1.0.0: core\ncargo quiet 0.1.0\n* a feat: begin | core/a.rs app/a.py quiet/a\n\
                    @ quiet-v0.1.0\n* b docs: more | core/b.rs\n";
        let page = of(text);
        for expected in [
            "2 packages to release",
            "cargo:core",
            "first release",
            "crates-io",
            "core-v0.1.0",
            "CARGO_REGISTRY_TOKEN",
            "Not released",
            "docs: more",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
        assert!(is_well_formed(&page), "{page}");
        for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn what_comes_from_outside_is_text() {
        let page = of("cargo core 0.1.0\n* a feat: <script>alert(\"1\")</script>&'\u{202e} | core/a.rs\n");
        assert!(
            page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\\u{202e}"),
            "{page}"
        );
        assert!(is_well_formed(&page), "{page}");
    }
}
