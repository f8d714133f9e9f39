//! A plan as one page that stands alone: to attach to a release pull request or a CI run. No script, nothing loaded from
//! elsewhere, light and dark as the reader's system is.

use super::{clean_line, count};
use crate::checks::Severity;
use crate::edit::by_file;
use crate::model::Snapshot;
use crate::plan::{Action, Finding, Plan, PlannedPackage};
use crate::versions::Judged;
use crate::workspace::Workspace;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2024; --dim: #60646c; --line: #d9d9e0; --paper: #fff; --band: #f4f4f6;
  --good: #18794e; --bad: #c62a2f; --warn: #946800; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --dim: #b0b4ba; --line: #363a3f; --paper: #111113;
  --band: #1b1d1f; --good: #3dd68c; --bad: #ff9592; --warn: #ffca16; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .dim, th { color: var(--dim); font-weight: normal; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
td.id, code { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
td.nowrap { white-space: nowrap; } b.next, .good { color: var(--good); } .error, del { color: var(--bad); }
.warning { color: var(--warn); } ins { color: var(--good); } del, ins { text-decoration: none; }
.levels { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; list-style: none; }
.levels li { background: var(--band); border-radius: .5rem; padding: .5rem .75rem; flex: 1 1 12rem; }
summary { cursor: pointer; color: var(--dim); }
";

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
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
        body.concat()
    )
}

/// Text from outside, fit for an element and for an attribute.
pub(super) fn text(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_string(),
        '<' => "&lt;".to_string(),
        '>' => "&gt;".to_string(),
        '"' => "&quot;".to_string(),
        '\'' => "&#39;".to_string(),
        c => c.to_string(),
    };
    clean_line(text).chars().map(escape).collect()
}

fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<h2>{title}</h2>\n{body}\n") }
}

/// Rows of cells that are HTML already; nothing where there are no rows.
fn table(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let rows: String = rows.iter().map(|cells| format!("<tr>{}</tr>\n", cells.concat())).collect();
    format!("<div class=\"scroll\"><table>\n<tr>{heads}</tr>\n{rows}</table></div>")
}

fn cell(inner: &str) -> String {
    format!("<td>{inner}</td>")
}

fn code(inner: &str) -> String {
    format!("<td class=\"id\">{}</td>", text(inner))
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

    fn of(text: &str) -> String {
        let it = read(text).unwrap();
        let plan = plan(&it.snapshot, &it.workspace, &it.config, &BTreeSet::new()).unwrap();
        page(&plan, &it.snapshot, &it.workspace)
    }

    /// Every element that is opened is closed, in order.
    fn is_well_formed(page: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        for tag in page.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag) {
            let name = tag.split_whitespace().next().unwrap_or_default();
            match name.strip_prefix('/') {
                Some(name) if open.pop() != Some(name) => return false,
                Some(_) => {}
                None if ["!DOCTYPE", "meta", "br"].contains(&name) => {}
                None => open.push(name),
            }
        }
        open.is_empty()
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
