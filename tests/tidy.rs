//! Holds the repository to the rules that no compiler knows: what may lie at the top, what may be depended on,
//! where the addresses of public registries stand, and that the checklist names tests that exist. Each rule is a
//! function from text to what is wrong with it, and has a test that shows it can find something.
#![expect(clippy::disallowed_methods, reason = "the tests read the repository themselves")]

mod source;

use serde_json::{Value, json};
use source::{Files, code_only, files, identifier, inline_modules, line_at, root, tree, words};
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::process::Command;

#[track_caller]
fn none(found: &[String]) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

// --- the top of the repository ---

const AT_THE_TOP: [&str; 10] = [
    "Cargo.toml",
    "README.md",
    "RELEASING.md",
    "VERSIONING.md",
    "castoff.toml",
    "examples",
    "scripts",
    "src",
    "templates",
    "tests",
];

#[test]
fn the_top_level_is_small() {
    none(&strangers_at_the_top(&files()));
}

#[test]
fn a_stranger_at_the_top_is_found() {
    let files =
        tree(&[("Cargo.toml", ""), ("LICENSE-MIT", ""), (".ci/run", ""), ("notes.md", ""), ("lib/a.rs", "")]);
    assert_eq!(strangers_at_the_top(&files), ["lib", "notes.md"]);
}

fn strangers_at_the_top(files: &Files) -> Vec<String> {
    let names: BTreeSet<&str> = files.keys().filter_map(|path| path.split('/').next()).collect();
    let allowed =
        |name: &str| AT_THE_TOP.contains(&name) || name.starts_with('.') || name.starts_with("LICENSE");
    names.into_iter().filter(|name| !allowed(name)).map(str::to_owned).collect()
}

// --- dependencies ---

const ASYNC_RUNTIMES: [&str; 8] = [
    "async-executor",
    "async-global-executor",
    "async-std",
    "embassy-executor",
    "glommio",
    "monoio",
    "smol",
    "tokio",
];

const COPYLEFT: [&str; 11] =
    ["AGPL", "CC-BY-SA", "CDDL", "CECILL", "EPL", "EUPL", "GPL", "LGPL", "MPL", "OSL", "SSPL"];

#[test]
fn dependencies_are_synchronous_permissive_and_old_enough() {
    let metadata = cargo_metadata(&["--offline"]).or_else(|_| cargo_metadata(&[]));
    none(&unfit_dependencies(&metadata.expect("`cargo metadata` works")));
}

#[test]
fn an_unfit_dependency_is_found() {
    let metadata = json!({ "packages": [
        { "name": "castoff", "version": "1.0.0", "license": "GPL-3.0-only", "rust_version": "1.91", "source": null },
        { "name": "good", "version": "1.0.0", "license": "MIT OR GPL-3.0", "rust_version": "1.91.0", "source": "x" },
        { "name": "tokio", "version": "1.0.0", "license": "MIT", "rust_version": null, "source": "x" },
        { "name": "new", "version": "1.0.0", "license": "MIT", "rust_version": "1.92", "source": "x" },
        { "name": "gnu", "version": "1.0.0", "license": "GPL-3.0-or-later", "rust_version": null, "source": "x" },
        { "name": "unsaid", "version": "1.0.0", "license": null, "rust_version": null, "source": "x" },
    ]});
    assert_eq!(
        unfit_dependencies(&metadata),
        [
            "tokio 1.0.0: an async runtime",
            "new 1.0.0: wants Rust 1.92, and castoff promises 1.91",
            "gnu 1.0.0: licence `GPL-3.0-or-later`",
            "unsaid 1.0.0: licence ``",
        ]
    );
}

#[test]
fn licences_are_read_as_expressions() {
    for (licence, expected) in [
        ("MIT", true),
        ("MPL-2.0", false),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
        ("GPL-2.0-only WITH Classpath-exception-2.0", false),
        ("MIT OR LGPL-3.0-or-later", true),
        ("LGPL-3.0-or-later OR MIT", true),
        ("MIT AND LGPL-3.0-or-later", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND (MPL-2.0 OR EUPL-1.2)", false),
        ("", false),
    ] {
        assert_eq!(is_permissive(licence), expected, "{licence}");
    }
}

fn cargo_metadata(arguments: &[&str]) -> Result<Value, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1"]).args(arguments).current_dir(root());
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn unfit_dependencies(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let (ours, dependencies): (Vec<&Value>, Vec<&Value>) =
        packages.iter().partition(|package| package["source"].is_null());
    let promised =
        ours.first().and_then(|own| own["rust_version"].as_str()).expect("castoff has a `rust-version`");
    dependencies.into_iter().flat_map(|package| unfitness(package, promised)).collect()
}

fn unfitness(package: &Value, promised: &str) -> Vec<String> {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let mut found = Vec::new();
    if ASYNC_RUNTIMES.contains(&text("name")) {
        found.push("an async runtime".to_owned());
    }
    if !is_permissive(text("license")) {
        found.push(format!("licence `{}`", text("license")));
    }
    if rust_version(text("rust_version")) > rust_version(promised) {
        found.push(format!("wants Rust {}, and castoff promises {promised}", text("rust_version")));
    }
    found.into_iter().map(|problem| format!("{} {}: {problem}", text("name"), text("version"))).collect()
}

/// `1.91` and `1.91.0` are one version; none at all is the oldest.
fn rust_version(text: &str) -> [u32; 3] {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// Whether an SPDX expression lets us choose terms without copyleft. `/` is the old way to write `OR`.
fn is_permissive(licence: &str) -> bool {
    let spaced = licence.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    either(&mut spaced.split_whitespace().peekable())
}

fn either<'a>(tokens: &mut Peekable<impl Iterator<Item = &'a str>>) -> bool {
    let mut permissive = both(tokens);
    while tokens.next_if_eq(&"OR").is_some() {
        permissive |= both(tokens);
    }
    permissive
}

fn both<'a>(tokens: &mut Peekable<impl Iterator<Item = &'a str>>) -> bool {
    let mut permissive = one(tokens);
    while tokens.next_if_eq(&"AND").is_some() {
        permissive &= one(tokens);
    }
    permissive
}

fn one<'a>(tokens: &mut Peekable<impl Iterator<Item = &'a str>>) -> bool {
    match tokens.next() {
        Some("(") => {
            let permissive = either(tokens);
            permissive && tokens.next() == Some(")")
        }
        Some(name) => {
            // An exception loosens a licence, but does not make another of it.
            if tokens.next_if_eq(&"WITH").is_some() {
                tokens.next();
            }
            !COPYLEFT.iter().any(|start| name.starts_with(start))
        }
        None => false,
    }
}

/// The same limits as in scripts/benches/build, which also measures time and size.
#[test]
fn few_crates_are_built() {
    let count = |features: &[&str]| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none"]).args(features);
        let output = command.current_dir(root()).output().expect("cargo can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        crates(&String::from_utf8_lossy(&output.stdout))
    };
    // Beside those of castoff the xtask itself.
    let (light, heavy) = (count(&["--no-default-features"]) + 1, count(&[]));
    assert!(light <= 75, "an xtask without features builds {light} crates");
    assert!(heavy <= 130, "castoff builds {heavy} crates");
}

#[test]
fn a_crate_is_counted_once_and_two_versions_of_it_are_two() {
    assert_eq!(
        crates("castoff v1 (/x)\na v1.0.0\nb v2.0.0\na v1.0.0 (*)\na v2.0.0\nb v2.0.0 (proc-macro)\n"),
        4
    );
}

fn crates(tree: &str) -> usize {
    let names = tree.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    names.collect::<BTreeSet<_>>().len()
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    none(&unexplained_dependencies(&files()["Cargo.toml"]));
}

#[test]
fn an_unexplained_dependency_is_found() {
    let manifest = r#"[package]
name = "x"
[dependencies]
a = "1" # why
# why
b = "1"
c = { version = "1", features = [
  "x",
] }
[dev-dependencies.d]
version = "1"
[features]
e = []
"#;
    assert_eq!(unexplained_dependencies(manifest), ["Cargo.toml:7: `c`", "Cargo.toml:10: `d`"]);
}

fn unexplained_dependencies(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_dependencies = false;
    let mut above = "";
    for (number, line) in (1..).zip(manifest.lines()) {
        let own_table = line.strip_prefix('[').and_then(|header| header.split_once("dependencies."));
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies]");
        }
        let entry = own_table.map(|(_, name)| name).or(in_dependencies.then_some(line));
        let name =
            entry.map(|text| text.split([' ', '=', '.', ']']).next().unwrap_or_default()).unwrap_or_default();
        let starts_entry = name.starts_with(char::is_alphanumeric);
        if starts_entry && !line.contains('#') && !above.starts_with('#') {
            found.push(format!("Cargo.toml:{number}: `{name}`"));
        }
        above = line;
    }
    found
}

// --- addresses of public registries ---

/// In two parts, so that this file does not hold what it looks for.
const REGISTRIES: [(&str, &str); 6] = [
    ("crates", "io"),
    ("npmjs", "com"),
    ("npmjs", "org"),
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("rubygems", "org"),
];

#[test]
fn addresses_of_registries_stand_in_one_file() {
    let found = registry_addresses(&files());
    // What castoff generates for itself has them from there.
    let known = ["src/registry/addresses.rs:", "scripts/release/"];
    let is_known = |place: &&String| known.iter().any(|known| place.starts_with(known));
    let elsewhere: Vec<String> = found.iter().filter(|place| !is_known(place)).cloned().collect();
    none(&elsewhere);
    assert!(!found.is_empty(), "src/registry/addresses.rs holds no address of a public registry");
}

#[test]
fn an_address_of_a_registry_is_found() {
    let [crates, pypi] = [0, 3].map(|at| format!("{}.{}", REGISTRIES[at].0, REGISTRIES[at].1));
    let names = format!("{crates}, a/{crates}-index, my{pypi}, .{pypi}, index.{crates}x");
    let text = format!("{names}\nhttps://{pypi}/simple\n//index.{crates}/\n");
    assert_eq!(
        registry_addresses(&tree(&[("a", &text)])),
        [format!("a:3: {crates}"), format!("a:2: {pypi}")]
    );
}

/// The bare name of a registry is a name; behind `://` or `index.` it is an address.
fn registry_addresses(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for host in REGISTRIES.map(|(name, domain)| format!("{name}.{domain}")) {
            let is_address = |at: &usize| {
                let before = &text[..*at];
                let part_of_host = |c: char| c.is_ascii_alphanumeric() || c == '-';
                before.ends_with("://")
                    || before.strip_suffix('.').is_some_and(|before| before.ends_with(part_of_host))
            };
            let places = words(text, &host).filter(is_address);
            found.extend(places.map(|at| format!("{path}:{}: {host}", line_at(text, at))));
        }
    }
    found
}

// --- what does not belong in the source ---

const UNFINISHED: [&str; 4] = ["todo!", "unimplemented!", "FIXME", "XXX"];

#[test]
fn nothing_unwanted_is_in_the_source() {
    none(&unwanted(&files()));
}

#[test]
fn something_unwanted_is_found() {
    let source = "//! x
fn f() { todo!() } // FIXME
struct Options { dry_run: bool }
fn g(
    dry_run: bool,
) {}
fn h() { let dry_run: bool = true; }
";
    let lock = r#"{
        "a": { "resolved": "https://h/a.tgz" },
        "b": { "resolved": "packages/b", "link": true }
    }"#;
    let files = tree(&[
        ("src/a.rs", source),
        ("tests/b.rs", "#[test]\n#[ignore]\nfn f() {}\nconst S: &str = \"#[ignore]\"; // todo!\n"),
        ("tests/cases/c/in/package-lock.json", lock),
        ("tests/cases/c/in/yarn.lock", "a@1:\n  resolved \"http://127.0.0.1:1/a\"\n"),
    ]);
    assert_eq!(
        unwanted(&files),
        [
            "src/a.rs:2: todo!",
            "src/a.rs:2: FIXME",
            "src/a.rs:4: a parameter `dry_run: bool`; printing the plan is the dry run",
            "tests/b.rs:2: an ignored test",
            "tests/cases/c/in/package-lock.json:2: an address in a lock file",
            "tests/cases/c/in/yarn.lock:2: an address in a lock file",
        ]
    );
}

fn unwanted(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let mut report = |at: usize, what: &str| found.push(format!("{path}:{}: {what}", line_at(text, at)));
        if path.starts_with("src/") {
            UNFINISHED.iter().for_each(|word| words(text, word).for_each(|at| report(at, word)));
        }
        if path.ends_with(".rs") {
            let code = code_only(text);
            // The code has other offsets than the text when a comment is not ASCII, but the same lines.
            let mut report =
                |at: usize, what: &str| found.push(format!("{path}:{}: {what}", line_at(&code, at)));
            let dry_run = "a parameter `dry_run: bool`; printing the plan is the dry run";
            dry_run_parameters(&code).for_each(|at| report(at, dry_run));
            code.match_indices("#[ignore").for_each(|(at, _)| report(at, "an ignored test"));
        } else if path.contains("lock") {
            let addresses = text.match_indices("resolved").filter(|(at, _)| is_address(&text[*at..]));
            addresses.for_each(|(at, _)| report(at, "an address in a lock file"));
        }
    }
    found
}

fn dry_run_parameters(code: &str) -> impl Iterator<Item = usize> {
    words(code, "fn ").filter(|&at| {
        let signature = code[at..].split('{').next().unwrap_or_default();
        let signature = signature.split(";\n").next().unwrap_or_default();
        signature.contains("dry_run: bool")
    })
}

/// `"resolved": "https://…"` as npm writes it, `resolved "https://…"` as yarn does.
fn is_address(resolved: &str) -> bool {
    let value = resolved["resolved".len()..].trim_start_matches(['"', ':', ' ']);
    value.starts_with("http")
}

const LONGEST_FILE: usize = 400;

#[test]
fn source_files_are_short_and_say_why_they_exist() {
    none(&unreadable(&files()));
}

#[test]
fn a_long_or_silent_source_file_is_found() {
    let long = format!("//! Why.\n{}", "\n".repeat(LONGEST_FILE));
    let files = tree(&[
        ("src/a.rs", "//! Why.\nfn f() {}\n"),
        ("src/b.rs", "use x;\n"),
        ("src/c.rs", &long),
        ("tests/d.rs", ""),
    ]);
    assert_eq!(
        unreadable(&files),
        ["src/b.rs does not open with `//!`", "src/c.rs has 401 lines; at most 400 can be overseen"]
    );
}

fn unreadable(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("src/") && path.ends_with(".rs")) {
        if !text.starts_with("//!") {
            found.push(format!("{path} does not open with `//!`"));
        }
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            found.push(format!("{path} has {lines} lines; at most {LONGEST_FILE} can be overseen"));
        }
    }
    found
}

#[test]
fn every_source_file_is_compiled() {
    none(&orphans(&files()));
}

#[test]
fn a_file_that_no_module_names_is_found() {
    let files = tree(&[
        ("src/lib.rs", "mod a;\n// mod b;\n"),
        ("src/a.rs", "pub(crate) mod c;"),
        ("src/a/c.rs", ""),
        ("src/b.rs", ""),
        ("tests/it/main.rs", "mod d;"),
        ("tests/it/d/mod.rs", ""),
        ("tests/it/d/e.rs", ""),
        ("tests/f.rs", ""),
        ("tests/cases/x/in/src/lib.rs", ""),
    ]);
    assert_eq!(orphans(&files), ["src/b.rs: no `mod b;` names it", "tests/it/d/e.rs: no `mod e;` names it"]);
}

/// The compiler says nothing of a file that it is not told of, and its tests would never run.
fn orphans(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for path in files.keys().filter(|path| is_rust_source(path)) {
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let Some((directory, name)) = module.rsplit_once('/') else { continue };
        let is_root = directory == "tests" || ["lib", "main"].contains(&name);
        let parents = ["/lib.rs", "/main.rs", "/mod.rs", ".rs"].map(|end| format!("{directory}{end}"));
        let declaration = format!("mod {name};");
        let names_it = |parent: &String| {
            files.get(parent).is_some_and(|text| words(&code_only(text), &declaration).next().is_some())
        };
        if !is_root && !parents.iter().any(names_it) {
            found.push(format!("{path}: no `{declaration}` names it"));
        }
    }
    found
}

fn is_rust_source(path: &str) -> bool {
    path.ends_with(".rs")
        && (path.starts_with("src/") || path.starts_with("tests/"))
        && !path.starts_with("tests/cases/")
}

// --- the checklist ---

/// What a release cannot do without.
const ESSENTIAL: [(u32, u32); 5] = [(1, 5), (9, 12), (14, 17), (32, 46), (49, 51)];

#[test]
fn the_checklist_names_tests_that_exist() {
    let files = files();
    let checklist = files.get("tests/checklist.tsv").expect("tests/checklist.tsv exists");
    none(&checklist_problems(checklist, &tests_in(&files)));
}

#[test]
fn an_empty_promise_of_the_checklist_is_found() {
    let tests = BTreeSet::from(["it::publish::works".to_owned()]);
    let all: String = essential_ids().map(|id| format!("{id}\tit::publish::works\n")).collect();
    assert_eq!(checklist_problems(&all, &tests), [""; 0]);

    let checklist = all.replace("S0-051\t", "S5-051\t") + "# note\n\nS1-001\tit::publish::gone\nS1-002 it\n";
    assert_eq!(
        checklist_problems(&checklist, &tests),
        [
            "line 31: `S5-051` is no id",
            "line 34: there is no test `it::publish::gone`",
            "line 35: it should read ID<TAB>TEST",
            "S0-051 has no test",
        ]
    );
}

#[test]
fn tests_are_found_where_they_stand() {
    let unit = r#"
#[cfg(test)]
mod tests {
    use x;
    /// Why.
    #[test]
    #[should_panic(expected = "fn no")]
    // fn nor_this
    fn takes_longest_first() {}

    fn no_test() {}
}
"#;
    let files = tree(&[
        ("src/lib.rs", "#[test]\nfn a() {}\n"),
        ("src/queue.rs", unit),
        ("src/ecosystem/uv.rs", unit),
        ("tests/it/main.rs", "#[test]\nfn b() {}\n"),
        ("tests/it/publish.rs", "// #[test]\nfn c() {}\nmod deep {\n    #[test]\n    pub fn d() {}\n}\n"),
        ("tests/layers.rs", "#[test]\nfn e() {}\n"),
        ("tests/cases/x/in/src/lib.rs", "#[test]\nfn f() {}\n"),
    ]);
    let expected = [
        "castoff::a",
        "castoff::ecosystem::uv::tests::takes_longest_first",
        "castoff::queue::tests::takes_longest_first",
        "it::b",
        "it::publish::deep::d",
        "layers::e",
    ];
    assert_eq!(tests_in(&files), expected.map(str::to_owned).into());
}

fn checklist_problems(checklist: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut covered = BTreeSet::new();
    for (number, line) in (1..).zip(checklist.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((id, test)) = line.split_once('\t') else {
            found.push(format!("line {number}: it should read ID<TAB>TEST"));
            continue;
        };
        if !is_id(id) {
            found.push(format!("line {number}: `{id}` is no id"));
        }
        if !tests.contains(test) {
            found.push(format!("line {number}: there is no test `{test}`"));
        }
        covered.insert(id.to_owned());
    }
    found.extend(essential_ids().filter(|id| !covered.contains(id)).map(|id| format!("{id} has no test")));
    found
}

fn essential_ids() -> impl Iterator<Item = String> {
    ESSENTIAL.into_iter().flat_map(|(first, last)| first..=last).map(|number| format!("S0-{number:03}"))
}

/// S0-001 to S4-999.
fn is_id(id: &str) -> bool {
    matches!(id.as_bytes(), [b'S', b'0'..=b'4', b'-', digits @ ..] if is_three_digits(digits))
}

fn is_three_digits(text: &[u8]) -> bool {
    text.len() == 3 && text.iter().all(u8::is_ascii_digit)
}

/// The full names of all tests, as `binary::module::function`.
fn tests_in(files: &Files) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for (path, text) in files.iter().filter(|(path, _)| is_rust_source(path)) {
        let code = code_only(text);
        let inline = inline_modules(&code);
        for (at, _) in code.match_indices("#[test]") {
            let around = inline.iter().filter(|(_, range)| range.contains(&at)).map(|(name, _)| *name);
            let function =
                words(&code[at..], "fn ").next().map(|start| identifier(&code[at + start + "fn ".len()..]));
            let names = module_path(path).chain(around).chain(function);
            tests.insert(names.collect::<Vec<_>>().join("::"));
        }
    }
    tests
}

/// `tests/it/publish.rs` → `it`, `publish`; `src/queue.rs` → `castoff`, `queue`.
fn module_path(path: &str) -> impl Iterator<Item = &str> {
    let library = path.starts_with("src/").then_some("castoff");
    let inside = path.trim_end_matches(".rs").split('/').skip(1);
    library.into_iter().chain(inside.filter(|name| !["lib", "main", "mod"].contains(name)))
}
