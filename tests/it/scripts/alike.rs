//! The parts of the scripts that say again what castoff says, each against castoff's own: versions, requirements, messages.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use castoff::commit;
use castoff::ecosystem;
use castoff::model::Kind;
use castoff::version::{Bump, Version};

/// Runs awk programs of the scripts with `program` on lines, and gives the lines that it prints.
fn awk(libraries: &[&str], program: &str, lines: &str) -> Vec<String> {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/scripts/lib");
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("awk");
    for name in libraries {
        let text = std::fs::read_to_string(templates.join(name)).unwrap().replace("{{mark}}", "#");
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        command.arg("-f").arg(path);
    }
    let main = dir.path().join("main.awk");
    let begin = "BEGIN { FIELD = \"\\034\"; MOST = \"999999999999999999999999\"; FS = \"\\t\" }\n";
    std::fs::write(&main, format!("{begin}{program}")).unwrap();
    command.arg("-f").arg(main).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped());
    let input = dir.path().join("input");
    std::fs::write(&input, lines).unwrap();
    let output = command.stdin(std::fs::File::open(&input).unwrap()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

/// What castoff and awk say of each line.
fn check(expected: &[(String, String)], libraries: &[&str], program: &str) {
    let lines: String = expected.iter().map(|(line, _)| format!("{line}\n")).collect();
    let found = awk(libraries, program, &lines);
    assert_eq!(found.len(), expected.len());
    let mut wrong = String::new();
    for ((line, expected), found) in
        expected.iter().zip(&found).filter(|((_, expected), found)| expected != *found)
    {
        writeln!(wrong, "{line:?}: castoff says {expected}, awk {found}").unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const VERSIONS: &[&str] = &[
    "0.0.0",
    "0.1.8",
    "0.1.9",
    "0.1.10",
    "0.1.8.0",
    "0.1.8.10",
    "v1.2.3",
    "1.0.0",
    "1.2",
    "1",
    "2.0.0",
    "01.02.03",
    "1.2.3-rc.1",
    "1.2.3-rc1",
    "1.2.3rc2",
    "1.2.3.rc10",
    "1.2.3-beta",
    "1.2.3a4",
    "1.2.3-alpha.0",
    "2.0.0-rc.1",
    "1.3.0-rc.1",
    "1.0.0-dev",
    "1.0.0-nightly.9",
    "1.0.0-nightly",
    "1.0.0-SNAPSHOT",
    "1.0.0-x.7.z",
    "1.0.0-5",
    "1.0.0.pre.2",
    "1.0.0.pre2",
    "1.0.0.post1",
    "1.0.0.dev3",
    "1.0.0.post1.dev2",
    "1.0.0+build.7",
    "1.0.0-rc.1+b",
    "1.0.0rc1.post2",
    "1.0.0c1",
    "1.0.0-pre.1",
    "18446744073709551615.0.1",
    "18446744073709551616.0.0",
    "9007199254740993.1.0",
    "1..2",
    "1.x",
    "",
    "x",
    "1.0.0-",
    "1.0.0+",
    "1.0.0-rc.01",
    "1.0.0-a_b",
    "1!2.0",
    "2.0.0-0",
    "1.2.3-",
    "1.9.9",
    "0.2.0-alpha.1",
    "1.99.99",
    "1.0.0-rc.9",
    "1.0.0-a99",
];

#[test]
fn versions_are_read_written_and_counted_alike() {
    let steps = [Bump::Patch, Bump::Minor, Bump::Major];
    let say = |text: &&str| {
        let Ok(version) = text.parse::<Version>() else { return (text.to_string(), "none".to_string()) };
        let mut said = vec![version.semver(), version.pep440(), version.gem(), version.next_pre().semver()];
        said.extend(steps.iter().map(|step| version.advanced(*step).semver()));
        said.extend(steps.iter().map(|step| version.bumped(*step).semver()));
        let flags = [version.is_pre(), version.is_counted(), version.is_placeholder()];
        said.extend(flags.iter().map(|flag| u8::from(*flag).to_string()));
        (text.to_string(), said.join(" "))
    };
    let expected: Vec<(String, String)> = VERSIONS
        .iter()
        .filter(|text| !text.is_empty() && !text.starts_with("18446744073709551615"))
        .map(say)
        .collect();
    check(
        &expected,
        &["version.awk"],
        "{ v = version_read($1); if (v == \"\") { print \"none\"; next }
           text = semver(v) \" \" pep440(v) \" \" gem_version(v) \" \"
           text = text semver(part_of(v, 2) == \"\" ? candidate(bumped(v, 1), version_read(\"1-rc.1\")) : next_pre(v))
           for (i = 1; i <= 3; i++) text = text \" \" semver(advanced(v, i))
           for (i = 1; i <= 3; i++) text = text \" \" semver(bumped(v, i))
           print text \" \" (is_pre(v) + 0) \" \" (is_counted(v) + 0) \" \" (is_placeholder(v) + 0) }",
    );
}

#[test]
fn versions_are_compared_alike() {
    let known: Vec<&&str> = VERSIONS.iter().filter(|text| text.parse::<Version>().is_ok()).collect();
    let mut expected = Vec::new();
    for one in &known {
        for other in &known {
            let (a, b): (Version, Version) = (one.parse().unwrap(), other.parse().unwrap());
            let said = format!("{} {} {}", a.cmp(&b) as i8, a.by_value(&b) as i8, u8::from(a == b));
            expected.push((format!("{one}\t{other}"), said));
        }
    }
    check(
        &expected,
        &["version.awk"],
        "{ a = version_read($1); b = version_read($2)
           print version_compare(a, b), by_value(a, b), version_equal(a, b) + 0 }",
    );
}

/// Requirements of each ecosystem in the forms that people write.
const REQUIREMENTS: &[(Kind, &[&str])] = &[
    (
        Kind::Cargo,
        &[
            "",
            "1",
            "1.2",
            "1.2.3",
            "^1.2.3",
            "^0.1",
            "^0.1.8",
            "^0.0.3",
            "^0",
            "~1",
            "~1.2",
            "~1.2.3",
            "=1.2.3",
            "=1.2",
            "=1",
            ">=1.2.3",
            ">1.2",
            ">1",
            "<2",
            "<1.3",
            "<=1.2",
            ">=1, <2",
            ">=0.1.8, <0.2",
            "*",
            "1.*",
            "1.2.*",
            "^1.2.3-rc.1",
            "=1.2.3-rc.1",
            ">=1.2.3-beta",
            "<2.0.0-rc.2",
            "~1.3.0-rc.0",
            "1.0.0-nightly.8",
            "> 1.0.0",
            "^ 1.2",
        ],
    ),
    (
        Kind::Uv,
        &[
            "",
            "==1.2.3",
            "==1.2",
            "==1.*",
            "!=1.2.3",
            "!=1.2.*",
            "~=1.2",
            "~=1.2.3",
            "~=0.1.8",
            ">=1.0",
            ">=1,<2",
            ">=1.0.0rc1",
            "<1.2.3",
            "<=1.2.3",
            ">1.0.0",
            ">0.1.8",
            "<2",
            "== 1.2.3",
            ">= 1.0 , < 2.0",
            "@ file:///x",
            ">1.0.0.post1",
            "<1.0.0rc1",
            "==0.1.8.0",
            "~=0.1.8.0",
        ],
    ),
    (
        Kind::Npm,
        &[
            "",
            "*",
            "x",
            "1",
            "1.2",
            "1.x",
            "1.2.x",
            "1.2.*",
            "1.2.3",
            "=1.2.3",
            "v1.2.3",
            "^1.2.3",
            "^1",
            "^1.2",
            "^0.1.8",
            "^0.1",
            "^0.0.3",
            "^0.x",
            "^0",
            "~1",
            "~1.2",
            "~1.2.3",
            "~0.1.8",
            ">=1.0.0",
            ">1",
            ">1.2",
            ">=1.2",
            "<2",
            "<1.3.0",
            "<=1.2",
            "<=1",
            ">=1.0.0 <2.0.0",
            ">= 1.0.0 < 2.0.0",
            "1.0.0 - 2.0.0",
            "1.2 - 1.3",
            "0.1 - 0.1.9",
            "^0.1.0 || ^1.0.0",
            "1.x || 2.x",
            "^1.2.3-rc.0",
            "~1.3.0-rc.1",
            ">=1.2.3-beta <2.0.0",
            ">=1.0.0-0",
            "<2.0.0-rc.2",
            "latest",
            "next",
            "~> 1.2.3",
        ],
    ),
    (
        Kind::Gem,
        &[
            "",
            "1.2.3",
            "= 1.2.3",
            "!= 1.2.3",
            "> 1.0",
            "< 2",
            ">= 1.0",
            "<= 1.2.3",
            "~> 1.2",
            "~> 1.2.3",
            "~> 0.1.8",
            "~> 1",
            ">= 1.0, < 2",
            ">= 1.0.0.rc1",
            "~> 1.2.3.rc1",
            ">= 1.0.0.pre.2",
            "~> 0.1.8.0",
            "= 0.1.8",
            "~> 1.2.a",
        ],
    ),
];

#[test]
fn requirements_allow_the_same_versions() {
    let mut expected = Vec::new();
    for (kind, requirements) in REQUIREMENTS {
        for requirement in *requirements {
            for text in VERSIONS {
                let Ok(version) = text.parse::<Version>() else { continue };
                // No package of npm ever gets a version that its registry refuses.
                if *kind == Kind::Npm && ecosystem::of(*kind).takes(&version).is_err() {
                    continue;
                }
                let said = ecosystem::of(*kind).accepts(requirement, &version);
                expected
                    .push((format!("{}\t{requirement}\t{text}", kind.name()), u8::from(said).to_string()));
            }
        }
    }
    check(
        &expected,
        &["version.awk", "accepts.awk"],
        "function fault(message, help) { unknown = 1 }
         { unknown = 0; said = accepts($1, $2, version_read($3)) + 0; print unknown ? \"not known\" : said }",
    );
}

#[test]
fn what_registries_take_is_known_alike() {
    let mut expected = Vec::new();
    for kind in [Kind::Cargo, Kind::Uv, Kind::Npm, Kind::Gem] {
        for text in VERSIONS {
            let Ok(version) = text.parse::<Version>() else { continue };
            let said = ecosystem::of(kind).takes(&version).is_ok();
            expected.push((format!("{}\t{text}", kind.name()), u8::from(said).to_string()));
        }
    }
    check(
        &expected,
        &["version.awk", "accepts.awk", "decide.awk"],
        "function fault(message, help) { refused = 1 }
         function stub() { }
         { refused = 0; package_kind[1] = $1; package_public[1] = member[1, 1] = member_count[1] = 1
           refuse_by_registry(1, version_read($2)); print 1 - refused }",
    );
}

const MESSAGES: &[&str] = &[
    "feat: a",
    "Fix(core): b",
    "feat(api)!: c",
    "fix(a b, c:d): e",
    "feat:no space",
    "feat:\ttab",
    "feat!:",
    "✨: h",
    "build/ci: i",
    "\u{feff}\u{3000}feat: j\u{a0}",
    "Fix #123 do it",
    "Fixes #5",
    "feat(api)BREAKING CHANGE: odd",
    "BREAKING-CHANGE: x",
    "WIP: feat: x",
    "feat :x",
    "feat(): x",
    "feat(a)(b): x",
    "feat(a(b)): x",
    "feat\u{a0}: x",
    "* feat: x",
    "just words",
    "",
    "docs: a\n\nBREAKING CHANGE: b",
    "docs: a\n\nBREAKING CHANGE:\n\nb",
    "docs: a\n\nBREAKING CHANGE:\nRefs: #1",
    "docs: a\n\nBREAKING CHANGE #12",
    "docs: a\n\nBREAKING CHANGE #12\n\nprose",
    "fix: a\n\nfeat: b",
    "fix: a\n\nfeat: b\n\nprose",
    "fix: a\n\nprose\nfeat: b",
    "fix: a\n\nbody\n\nSigned-off-by: me\nfeat!: c",
    "fix: a\n\nRelease-As: 2.0.0",
    "fix: a\n\nrelease-as: v3.1.0-rc.1\n\nprose",
    "chore: a\n\nRelease-As: x\nRelease-As: 1.5",
    "fix: a (#12)\n\n* feat: b\n* fix: c",
    "fix: a (#12)\n\nfix: a\n\nBREAKING CHANGE: d",
    "x\n\nBEGIN_NESTED_COMMIT\nfeat(a): b\n\nRelease-As: 4.0.0\nEND_NESTED_COMMIT\nBEGIN_NESTED_COMMIT\nfix!: c",
    "fix: a\n\n```\n\nfeat: b\n```",
    "perf: x\n\n  indented\nRefs #12, #13",
    "fix: a\r\n\r\nfeat!: b\r\n",
    "feat: a\n\nCloses #1\n  more\nplain",
    "fix: a\n\nBREAKING CHANGE: x\nplain\nfeat: y",
    "fix: a\n\nhttps://example.invalid: x\nstd::fs: y",
    "test: a\n\nci!: b",
    "feat: a\n \nfix: b",
    "fix: a\n\nfix(b): c\n\nfix(b): c (#3)\n\nBREAKING-CHANGE: d",
    "revert: feat: x\n\nThis reverts commit 0123456789abcdef.",
    "fix(ä): b\n\nfeat(ä)!: c",
];

#[test]
fn messages_say_the_same() {
    let say = |message: &&str| {
        let changes = commit::changes(message);
        let one = |change: &commit::Change| {
            let version = change.release_as.as_ref().map(|version| version.semver()).unwrap_or_default();
            format!(
                "{}/{}/{}/{version}",
                change.kind,
                change.scope.as_deref().unwrap_or(""),
                u8::from(change.breaking.is_some())
            )
        };
        let said: Vec<String> = changes.iter().map(one).collect();
        (
            message.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r"),
            format!("[{}]", said.join(" ")),
        )
    };
    let expected: Vec<(String, String)> = MESSAGES.iter().map(say).collect();
    check(
        &expected,
        &["version.awk", "commit.awk"],
        "BEGIN { FS = \"\\001\" }
         { gsub(/\\\\n/, \"\\n\"); gsub(/\\\\r/, \"\\r\"); read_message($0); text = \"\"
           for (i = 1; i <= change_count; i++) text = text (i > 1 ? \" \" : \"\") change_kind[i] \"/\" change_scope[i] \"/\" \\
             (change_breaking[i] + 0) \"/\" (change_as[i] == \"\" ? \"\" : semver(change_as[i]))
           print \"[\" text \"]\" }",
    );
}
