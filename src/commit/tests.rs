//! The facts of other tools about commit messages, as tables.

use super::{Change, changes, parse, reverts};
use expect_test::{Expect, expect};

/// A change on one line: `type(scope)! subject => breaking; as version; #issues`.
fn line(change: &Change) -> String {
    let scope = change.scope.as_ref().map(|scope| format!("({scope})")).unwrap_or_default();
    let notes: String = change.breaking_notes().map(|note| format!(" !! {note:?}")).collect();
    let version = change.release_as.as_ref().map(|version| format!(" as {version}")).unwrap_or_default();
    let references: String = change.references.iter().map(|number| format!(" #{number}")).collect();
    format!("{}{scope}: {:?}{notes}{version}{references}", change.kind, change.subject)
}

/// Every message with what it says, one change a line.
#[track_caller]
fn check(messages: &[&str], expected: &Expect) {
    let mut text = String::new();
    for message in messages {
        let found = changes(message);
        if let Some(first) = parse(message) {
            assert_eq!(first.subject, found[0].subject, "{message:?}");
        }
        let lines: Vec<String> = found.iter().map(line).collect();
        let shown = if lines.is_empty() { "nothing".to_string() } else { lines.join("\n    ") };
        text += &format!("{message:?}\n    {shown}\n");
    }
    expected.assert_eq(&text);
}

#[test]
fn headers_that_are_read() {
    check(
        &[
            "feat: a",
            "Fix(core): b",
            "feat(api)!: c",
            "refactor!: d",
            "fix(a b, c:d): e",
            "fix( ): f",
            "feat:no space",
            "feat:\ttab",
            "feat: ",
            "feat!:",
            "✨: h",
            "build/ci: i",
            "\u{feff}\u{3000}feat: j\u{a0}",
            "feat: k\r\n\r\nbody",
            "Fix #123 do it",
            "feat #12: x",
            "Fixes #5",
            "feat(api)BREAKING CHANGE: odd",
            "BREAKING-CHANGE: x",
            "WIP: feat: x",
            "perf: a",
            "docs: a",
            "style: a",
            "refactor: a",
            "test: a",
            "build: a",
            "ci: a",
            "chore: a",
            "revert: feat: x",
        ],
        &expect![[r#"
            "feat: a"
                feat: "a"
            "Fix(core): b"
                fix(core): "b"
            "feat(api)!: c"
                feat(api): "c" !! "c"
            "refactor!: d"
                refactor: "d" !! "d"
            "fix(a b, c:d): e"
                fix(a b, c:d): "e"
            "fix( ): f"
                fix( ): "f"
            "feat:no space"
                feat: "no space"
            "feat:\ttab"
                feat: "tab"
            "feat: "
                feat: ""
            "feat!:"
                feat: "" !! ""
            "✨: h"
                ✨: "h"
            "build/ci: i"
                build/ci: "i"
            "\u{feff}\u{3000}feat: j\u{a0}"
                feat: "j"
            "feat: k\r\n\r\nbody"
                feat: "k"
            "Fix #123 do it"
                fix: "123 do it"
            "feat #12: x"
                feat: "12: x"
            "Fixes #5"
                fixes: "5"
            "feat(api)BREAKING CHANGE: odd"
                feat(api): "odd" !! "odd"
            "BREAKING-CHANGE: x"
                breaking-change: "x"
            "WIP: feat: x"
                wip: "feat: x"
            "perf: a"
                perf: "a"
            "docs: a"
                docs: "a"
            "style: a"
                style: "a"
            "refactor: a"
                refactor: "a"
            "test: a"
                test: "a"
            "build: a"
                build: "a"
            "ci: a"
                ci: "a"
            "chore: a"
                chore: "a"
            "revert: feat: x"
                revert: "feat: x"
        "#]],
    );
}

#[test]
fn headers_that_are_refused() {
    for message in [
        "feat :x",
        "feat (a): x",
        "feat(a) : x",
        "feat!(a): x",
        "feat!!: x",
        "feat(): x",
        "feat(a)(b): x",
        "feat(a(b)): x",
        "feat(a: x",
        "feat\u{a0}: x",
        ": x",
        "(a): x",
        "✨ feat: x",
        "[feat] x",
        "fixup! feat: x",
        "Revert \"feat: x\"",
        "Merge branch 'a'",
        "Merge pull request #1 from a/b",
        "BREAKING CHANGE: x",
        "* feat: x",
        "just words",
        "",
    ] {
        assert_eq!(changes(message), [], "{message:?}");
    }
}

#[test]
fn squash_bodies() {
    check(
        &[
            "feat: a\n\nfix(x): b\n\nbody of b\n\nfeat!: c\n\nCloses #1",
            "feat: a\r\n\r\nfix: b",
            "feat: a\n\nFix: the case counts only in a paragraph of its own\n\nmore",
            "feat: a\n\nnote: not a type\n\nmore",
            "feat: a\nfix: no empty line, and more text below\n\nmore",
            "feat: a (#12)\n\n* feat: one\n\n* fix: two\n\n- perf: three",
            "Merge pull request #1 from a/b\n\nfeat!: t",
            "words\n\nBREAKING CHANGE: of nothing\nRelease-As: 2.0.0",
            "feat: a\n\nBEGIN_NESTED_COMMIT\nfix: b\n\nfeat: no split in here, but more text\n\nmore\nEND_NESTED_COMMIT\n\
             BEGIN_NESTED_COMMIT\nfeat(c): d\n\nBREAKING CHANGE: e\nEND_NESTED_COMMIT\n\nfix: outside",
            "feat: a\nBEGIN_NESTED_COMMIT\nfix: to the end",
            "feat: once (#12)\n\nfeat: once\n\nBREAKING CHANGE: told below\nCloses #3",
            "feat!: once (#12) (#13)\n\nfeat!: once\n\nfix: once\n\nRelease-As: 2.0.0",
            "feat!: once (#12)\n\nfeat!: once\n\nBREAKING CHANGE: the reason",
            "fix: a (#b)\n\nfix: a",
            "feat: a\n\n```\nchange\n\nfix: an example\n```\n\nfix: b",
        ],
        &expect![[r#"
            "feat: a\n\nfix(x): b\n\nbody of b\n\nfeat!: c\n\nCloses #1"
                feat: "a"
                fix(x): "b"
                feat: "c" !! "c" #1
            "feat: a\r\n\r\nfix: b"
                feat: "a"
                fix: "b"
            "feat: a\n\nFix: the case counts only in a paragraph of its own\n\nmore"
                feat: "a"
            "feat: a\n\nnote: not a type\n\nmore"
                feat: "a"
            "feat: a\nfix: no empty line, and more text below\n\nmore"
                feat: "a"
            "feat: a (#12)\n\n* feat: one\n\n* fix: two\n\n- perf: three"
                feat: "a (#12)"
            "Merge pull request #1 from a/b\n\nfeat!: t"
                feat: "t" !! "t"
            "words\n\nBREAKING CHANGE: of nothing\nRelease-As: 2.0.0"
                nothing
            "feat: a\n\nBEGIN_NESTED_COMMIT\nfix: b\n\nfeat: no split in here, but more text\n\nmore\nEND_NESTED_COMMIT\nBEGIN_NESTED_COMMIT\nfeat(c): d\n\nBREAKING CHANGE: e\nEND_NESTED_COMMIT\n\nfix: outside"
                feat: "a"
                fix: "outside"
                fix: "b"
                feat(c): "d" !! "e"
            "feat: a\nBEGIN_NESTED_COMMIT\nfix: to the end"
                feat: "a"
                fix: "to the end"
            "feat: once (#12)\n\nfeat: once\n\nBREAKING CHANGE: told below\nCloses #3"
                feat: "once (#12)" !! "told below" #3
            "feat!: once (#12) (#13)\n\nfeat!: once\n\nfix: once\n\nRelease-As: 2.0.0"
                feat: "once (#12) (#13)" !! "once (#12) (#13)"
                fix: "once" as 2.0.0
            "feat!: once (#12)\n\nfeat!: once\n\nBREAKING CHANGE: the reason"
                feat: "once (#12)" !! "the reason"
            "fix: a (#b)\n\nfix: a"
                fix: "a (#b)"
                fix: "a"
            "feat: a\n\n```\nchange\n\nfix: an example\n```\n\nfix: b"
                feat: "a"
                fix: "b"
        "#]],
    );
}

#[test]
fn a_body_never_hides_its_header() {
    check(
        &[
            "fix: a\n\nfoo(bar(baz))",
            "fix: a\n\n`foo(bar(baz))`\n\nCloses #1",
            "fix: a\n\nprintf(\"%d\", f(x));\nfoo(\n",
            "fix: a\n\nlink[a](http://x(y))",
        ],
        &expect![[r#"
            "fix: a\n\nfoo(bar(baz))"
                fix: "a"
            "fix: a\n\n`foo(bar(baz))`\n\nCloses #1"
                fix: "a" #1
            "fix: a\n\nprintf(\"%d\", f(x));\nfoo(\n"
                fix: "a"
            "fix: a\n\nlink[a](http://x(y))"
                fix: "a"
        "#]],
    );
}

#[test]
fn breaking_changes() {
    check(
        &[
            "fix: x\n\nBREAKING CHANGE: one line",
            "fix: x\n\nBREAKING-CHANGE: other spelling",
            "feat!: x\n\nBREAKING CHANGE: says more than the subject",
            "fix: x\n\nBREAKING CHANGE: first\n  second\nthird\n\nanother paragraph",
            "fix: x\n\nBREAKING CHANGE: one\nBREAKING CHANGE: two\nCloses #3",
            "fix: x\n\nBREAKING CHANGE: these are gone:\n\n* a\n* b\n  and more of b\n\nCloses #4",
            "fix: x\n\nBREAKING CHANGE:\n\nbehind the empty line",
            "fix: x\n\nBREAKING CHANGE: the paths\nstd::fs and\nhttps://example.invalid/a moved\nRefs: #5",
            "fix: x\n\nBREAKING CHANGE #12",
        ],
        &expect![[r##"
            "fix: x\n\nBREAKING CHANGE: one line"
                fix: "x" !! "one line"
            "fix: x\n\nBREAKING-CHANGE: other spelling"
                fix: "x" !! "other spelling"
            "feat!: x\n\nBREAKING CHANGE: says more than the subject"
                feat: "x" !! "says more than the subject"
            "fix: x\n\nBREAKING CHANGE: first\n  second\nthird\n\nanother paragraph"
                fix: "x" !! "first second third"
            "fix: x\n\nBREAKING CHANGE: one\nBREAKING CHANGE: two\nCloses #3"
                fix: "x" !! "one" !! "two" #3
            "fix: x\n\nBREAKING CHANGE: these are gone:\n\n* a\n* b\n  and more of b\n\nCloses #4"
                fix: "x" !! "these are gone:\n* a\n* b\n  and more of b" #4
            "fix: x\n\nBREAKING CHANGE:\n\nbehind the empty line"
                fix: "x" !! "behind the empty line"
            "fix: x\n\nBREAKING CHANGE: the paths\nstd::fs and\nhttps://example.invalid/a moved\nRefs: #5"
                fix: "x" !! "the paths std::fs and https://example.invalid/a moved" #5
            "fix: x\n\nBREAKING CHANGE #12"
                fix: "x" !! "#12"
        "##]],
    );
}

#[test]
fn what_is_no_breaking_change() {
    for body in [
        "breaking change: y",
        "BREAKING CHANGES: y",
        "**BREAKING CHANGE**: y",
        "- BREAKING CHANGE: y",
        "  BREAKING CHANGE: y",
        "BREAKING CHANGE(scope): y",
        "BREAKING CHANGE!: y",
        "BREAKING CHANGE: ",
        "BREAKING CHANGE:\nSigned-off-by: A <a@b>",
        "we had no BREAKING CHANGE: y",
        "no BREAKING-CHANGE: y here",
        "BREAKING CHANGE #12 was the last one\n\nmore",
    ] {
        let change = parse(&format!("fix: x\n\n{body}")).unwrap();
        assert_eq!((change.subject.as_str(), change.breaking), ("x", None), "{body:?}");
    }
}

#[test]
fn footers() {
    check(
        &[
            "feat: x\n\nCloses #12",
            "feat: x\n\nCloses: #12\nRefs: #13, #14\nFixes #15 #12",
            "feat: x\n\nCloses: 12\nRefs: owner/repo#12\nSee #1 and #2",
            "feat: x\n\nCloses #1\n\nmore",
            "feat: x\n\nCloses #1\n\nRefs #2\n  goes on\n\nReviewed-by: A",
            "feat: x\n\nfix: also this\nPerf(core)!: and this\nFix #9 in prose\nstd::fs\nhttps://example.invalid",
            "feat: x\n\nCo-authored-by: A <a@b>\nChange-Id: I12\nBEFORE: after",
            "chore: x\n\nRelease-As: 2.0.0",
            "chore: x\n\nrelease-as #2.0.0-rc.1",
            "chore: x\n\nBREAKING CHANGE: y\nover two lines\nRelease-As: v3.0.0",
            "chore: x\n\nCloses #1\nBREAKING CHANGE: y\nover two lines",
            "chore: x\n\nRelease-As: 2.0.0\n\nmore",
            "chore: x\n\nbody\n  Release-As: 2.0.0",
            "chore: Release-As: 2.0.0",
            "chore: x\n\nRelease-As: soon",
        ],
        &expect![[r#"
            "feat: x\n\nCloses #12"
                feat: "x" #12
            "feat: x\n\nCloses: #12\nRefs: #13, #14\nFixes #15 #12"
                feat: "x" #12 #13 #14 #15
            "feat: x\n\nCloses: 12\nRefs: owner/repo#12\nSee #1 and #2"
                feat: "x"
                closes: "12"
                refs: "owner/repo#12"
            "feat: x\n\nCloses #1\n\nmore"
                feat: "x"
            "feat: x\n\nCloses #1\n\nRefs #2\n  goes on\n\nReviewed-by: A"
                feat: "x" #1 #2
            "feat: x\n\nfix: also this\nPerf(core)!: and this\nFix #9 in prose\nstd::fs\nhttps://example.invalid"
                feat: "x"
                fix: "also this"
                perf(core): "and this" !! "and this"
            "feat: x\n\nCo-authored-by: A <a@b>\nChange-Id: I12\nBEFORE: after"
                feat: "x"
                before: "after"
            "chore: x\n\nRelease-As: 2.0.0"
                chore: "x" as 2.0.0
            "chore: x\n\nrelease-as #2.0.0-rc.1"
                chore: "x" as 2.0.0-rc.1
            "chore: x\n\nBREAKING CHANGE: y\nover two lines\nRelease-As: v3.0.0"
                chore: "x" !! "y over two lines" as 3.0.0
            "chore: x\n\nCloses #1\nBREAKING CHANGE: y\nover two lines"
                chore: "x" !! "y over two lines" #1
            "chore: x\n\nRelease-As: 2.0.0\n\nmore"
                chore: "x"
            "chore: x\n\nbody\n  Release-As: 2.0.0"
                chore: "x"
            "chore: Release-As: 2.0.0"
                chore: "Release-As: 2.0.0"
            "chore: x\n\nRelease-As: soon"
                chore: "x"
        "#]],
    );
}

#[test]
fn reverts_name_their_commits() {
    for (message, expected) in [
        ("Revert \"feat: x\"\n\nThis reverts commit 0123456789ab.\n", vec!["0123456789ab"]),
        (
            "revert: both\n\nThis reverts commit 0123456.\nThis reverts commit abcdef0 too",
            vec!["0123456", "abcdef0"],
        ),
        ("This reverts commit abc", vec![]),
        ("Revert \"feat: x\"", vec![]),
    ] {
        assert_eq!(reverts(message), expected, "{message:?}");
    }
}
