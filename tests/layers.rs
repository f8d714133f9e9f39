//! Holds the modules to their layers. The order of the `mod` lines in `src/lib.rs` is the order of the house:
//! a module uses only what stands below it, or to its right in the same row. The compiler does not mind circles
//! between modules; people who want to read one module at a time do.
#![expect(clippy::disallowed_methods, reason = "the test reads the source files themselves")]

mod source;

use source::{Files, code_only, files, identifier, inline_modules, line_at, tree, words};
use std::collections::BTreeSet;

/// The rows, from the top. In `lib.rs` each stands as a comment line above its `mod` lines.
const ROWS: [&str; 6] = ["surface", "shell", "decisions", "knowledge", "text", "words"];

struct Module {
    name: String,
    row: Option<&'static str>,
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let found = upward_uses(&files());
    assert!(found.is_empty(), "imports that go up (the order is that of src/lib.rs):\n{}", found.join("\n"));
}

#[test]
fn every_module_stands_in_a_row() {
    let found = misplaced(&files());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_upward_use_is_found_wherever_it_hides() {
    let lib = "//! x\n// surface\npub mod cli;\n// decisions\nmod plan;\nmod graph;\n// words\nmod model;\n";
    let graph =
        "use crate::model;\nfn f() {\n    let s = \"crate::cli\"; // crate::cli\n    crate::plan::g();\n}\n";
    let tests = "\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\n";
    let files = tree(&[
        ("src/lib.rs", lib),
        ("src/main.rs", "fn main() { castoff::cli::run() }\n"),
        ("src/cli.rs", "use crate::{graph::{self, G}, model};\n"),
        ("src/plan.rs", "use crate::graph;\n"),
        ("src/graph.rs", &format!("{graph}{tests}")),
        ("src/model/mod.rs", "mod id;\nfn f() { castoff::model::g() }\n"),
        ("src/model/id.rs", "use super::Id;\nuse crate::{\n    model::Id,\n    plan::{Plan, graph},\n};\n"),
    ]);
    assert_eq!(
        upward_uses(&files),
        [
            "src/graph.rs:4: `graph` (decisions) uses `plan` (decisions)",
            "src/model/id.rs:4: `model` (words) uses `plan` (decisions)",
        ]
    );
}

#[test]
fn a_way_around_the_layers_is_found() {
    let lib = "// surface\nmod cli;\n// words\nmod model;\npub use cli::Thing;\n";
    let model =
        "use super::cli;\nuse crate::Thing;\nmod inner {\n    use super::X;\n    use super::super::cli;\n}\n";
    let main = "mod model;\nuse crate::model::X;\n";
    let files = tree(&[("src/lib.rs", lib), ("src/model.rs", model), ("src/main.rs", main)]);
    assert_eq!(
        upward_uses(&files),
        [
            "src/main.rs:1: main.rs has modules of its own; it may use only the library",
            "src/main.rs:2: main.rs has modules of its own; it may use only the library",
            "src/model.rs:2: `model` (words) uses `Thing`, which is no module: name the module that it is in",
            "src/model.rs:1: `model` (words) reaches the crate by `super`: write `crate::…`",
            "src/model.rs:5: `model` (words) reaches the crate by `super`: write `crate::…`",
        ]
    );
}

#[test]
fn a_module_without_a_place_is_found() {
    let lib = "mod lost;\n// words\nmod model;\n// surface\nmod cli;\n";
    let files = tree(&[("src/lib.rs", lib), ("src/lost.rs", ""), ("src/model.rs", ""), ("src/new/a.rs", "")]);
    assert_eq!(
        misplaced(&files),
        [
            "src/lib.rs: `lost` stands in no row; above it belongs one of the lines `// surface`, `// shell`, \
             `// decisions`, `// knowledge`, `// text`, `// words`",
            "src/lib.rs: the row `surface` stands below `words`",
            "src/lib.rs: `cli` has no file",
            "src/lib.rs: `new` is not named, so nothing says where it stands",
        ]
    );
}

/// Every import that goes up, in the order of the files.
fn upward_uses(files: &Files) -> Vec<String> {
    let modules = modules(&files["src/lib.rs"]);
    let mut found = Vec::new();
    for (path, text) in files {
        let code = without_test_modules(&code_only(text));
        match module_of(path) {
            Some("main") => found.extend(own_modules_of_main(&code)),
            Some("lib") | None => {}
            Some(_) if path.ends_with("/tests.rs") => {}
            Some(name) => {
                found.extend(wrong_uses(path, name, &code, &modules));
                found.extend(root_by_super(path, name, &code, &modules));
            }
        }
    }
    found
}

fn wrong_uses(path: &str, own: &str, code: &str, modules: &[Module]) -> Vec<String> {
    let place = |name: &str| modules.iter().position(|module| module.name == name);
    let mut found = Vec::new();
    for (at, name) in used_names(code) {
        let problem = match (place(own), place(&name)) {
            // `misplaced` tells of a module that is not in the list.
            (None, _) => continue,
            (Some(here), Some(there)) if there >= here => continue,
            (_, Some(there)) => title(&modules[there]),
            (_, None) => format!("`{name}`, which is no module: name the module that it is in"),
        };
        found.push(format!("{path}:{}: {} uses {problem}", line_at(code, at), title_of(own, modules)));
    }
    found
}

/// `super` leads out of the module when it is written as often as the file lies deep.
fn root_by_super(path: &str, own: &str, code: &str, modules: &[Module]) -> Vec<String> {
    let file_depth = path.trim_end_matches("/mod.rs").matches('/').count();
    let inline = inline_modules(code);
    let leads_out = |at: &usize| {
        let depth = file_depth + inline.iter().filter(|(_, range)| range.contains(at)).count();
        let starts = !code[..*at].ends_with("super::");
        starts && code[*at..].starts_with(&"super::".repeat(depth))
    };
    let message = |at| {
        let (line, title) = (line_at(code, at), title_of(own, modules));
        format!("{path}:{line}: {title} reaches the crate by `super`: write `crate::…`")
    };
    words(code, "super::").filter(leads_out).map(message).collect()
}

fn own_modules_of_main(code: &str) -> Vec<String> {
    let places: BTreeSet<usize> = words(code, "mod ").chain(words(code, "crate::")).collect();
    let message = "main.rs has modules of its own; it may use only the library";
    places.into_iter().map(|at| format!("src/main.rs:{}: {message}", line_at(code, at))).collect()
}

/// What the list in `lib.rs` and the files say differently.
fn misplaced(files: &Files) -> Vec<String> {
    let modules = modules(&files["src/lib.rs"]);
    let mut found = Vec::new();
    let mut lowest = 0;
    for module in &modules {
        let Some(row) = module.row.and_then(|row| ROWS.iter().position(|name| *name == row)) else {
            let rows = ROWS.map(|row| format!("`// {row}`")).join(", ");
            found.push(format!(
                "`{}` stands in no row; above it belongs one of the lines {rows}",
                module.name
            ));
            continue;
        };
        if row < lowest {
            found.push(format!("the row `{}` stands below `{}`", ROWS[row], ROWS[lowest]));
        }
        lowest = lowest.max(row);
    }
    let named: BTreeSet<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    let there: BTreeSet<&str> = files.keys().filter_map(|path| module_of(path)).collect();
    found.extend(named.difference(&there).map(|name| format!("`{name}` has no file")));
    let unnamed = there.difference(&named).filter(|name| !["lib", "main"].contains(name));
    found.extend(unnamed.map(|name| format!("`{name}` is not named, so nothing says where it stands")));
    found.into_iter().map(|problem| format!("src/lib.rs: {problem}")).collect()
}

/// The `mod` lines of `lib.rs` with the rows that they stand in.
fn modules(lib: &str) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut row = None;
    for line in lib.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("// ") {
            row = ROWS.into_iter().find(|name| identifier(comment) == *name).or(row);
        }
        let declared =
            ["mod ", "pub mod ", "pub(crate) mod "].iter().find_map(|start| line.strip_prefix(start));
        if let Some(name) = declared.map(identifier).filter(|name| line.contains(&format!("mod {name};"))) {
            modules.push(Module { name: name.to_owned(), row });
        }
    }
    modules
}

/// `src/plan.rs` and `src/plan/any/thing.rs` belong to `plan`.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    inside.split('/').next()
}

/// Every name that follows `crate::` or `castoff::`, with its place; those of a group each count.
fn used_names(code: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for root in ["crate::", "castoff::"] {
        for at in words(code, root) {
            let after = at + root.len();
            if code[after..].starts_with('{') {
                names.extend(group_names(code, after));
            } else {
                names.push((after, first_name(&code[after..])));
            }
        }
    }
    names.sort();
    names
}

fn group_names(code: &str, open: usize) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    let mut depth = 0;
    for (at, c) in code[open..].char_indices().map(|(at, c)| (open + at, c)) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (c == ',' || at == open) {
            let rest = code[at + 1..].trim_start();
            let name = first_name(rest);
            if name != "}" {
                names.push((code.len() - rest.len(), name));
            }
        }
    }
    names
}

/// `*` and the like are names that no module has.
fn first_name(text: &str) -> String {
    let text = text.trim_start_matches("r#");
    let name = identifier(text);
    if name.is_empty() { text.chars().take(1).collect() } else { name.to_owned() }
}

/// Tests may look up: they build what they need from above.
fn without_test_modules(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut from = 0;
    for (_, range) in inline_modules(code) {
        if range.start >= from && is_test_only(code, range.start) {
            kept.push_str(&code[from..range.start]);
            kept.extend(code[range.clone()].chars().filter(|c| *c == '\n'));
            from = range.end;
        }
    }
    kept + &code[from..]
}

/// Whether the attributes of the item that begins at `at` say `cfg(test)`.
fn is_test_only(code: &str, at: usize) -> bool {
    let attributes = code[..at].rfind([';', '{', '}']).map_or(0, |end| end + 1);
    code[attributes..at].contains("cfg(test)")
}

fn title_of(name: &str, modules: &[Module]) -> String {
    modules.iter().find(|module| module.name == name).map_or_else(|| format!("`{name}`"), title)
}

fn title(module: &Module) -> String {
    format!("`{}` ({})", module.name, module.row.unwrap_or("no row"))
}
