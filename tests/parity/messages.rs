//! Messages of commits: those that people write, and those that look like something else.

use crate::random::Random;

const USUAL: [&str; 12] = [
    "fix: a thing",
    "fix(scope): a thing",
    "feat: something new",
    "feat(api)!: other answers",
    "docs: words",
    "chore: dust",
    "Update a file",
    "perf: quick",
    "refactor: all new",
    "ci(x): wheels",
    "test: more",
    "feat!: other ways",
];

const ODD: [&str; 53] = [
    "Feat(x): loud",
    "FIX: louder",
    "feat:no space",
    "feat : a space before",
    "feat",
    "feat:",
    "feat: ",
    "fix(: half a scope",
    "fix(a)(b): two scopes",
    "fix(a b, c): a wide scope",
    "fix!!: twice",
    "feat(a)! : almost",
    "wip: feat: nested",
    "Fix #12 by hand",
    "feature: long word",
    "revert: feat: by hand",
    "fix: with a footer\n\nWhy it is so.\n\nBREAKING CHANGE: nothing is as it was",
    "chore: with a footer\n\nBREAKING-CHANGE: nothing is as it was",
    "docs: no footer\n\nThis is no BREAKING CHANGE: at all",
    "docs: not upper\n\nbreaking change: no",
    "fix: many lines\n\nBREAKING CHANGE: one\n  two\n  three\nReviewed-by: A <a@example.com>",
    "fix: two\n\nBREAKING CHANGE: one\nBREAKING CHANGE #12",
    "chore: empty footer\n\nBREAKING CHANGE:",
    "Squash (#12)\n\n* feat: one\n* fix: two\n",
    "chore: squash (#12)\n\n* feat: one\n\n* fix!: two\n\n---------\n\nCo-authored-by: A <a@example.com>",
    "chore: split\n\nfeat: second part\n\nfix: third part",
    "Merge pull request #1 from a/b\n\nfeat: title of it",
    "Merge pull request #1 from a/b\n\nfix(deps)!: title of it",
    "docs: fix\n\nfix: as a footer\nRefs: #12",
    "fix: code\n\n```\nfeat!: not this\nBREAKING CHANGE: nor this\n```",
    "fix(grün): ñandú — “quotes” 日本",
    "fix: back\\slash and %s and \"quotes\" and $(date) and `date`",
    "  fix: space before",
    "fix: a tab\there",
    "✨ feat: a star",
    "feat(a)BREAKING CHANGE: odd",
    "chore: nested\n\nBEGIN_NESTED_COMMIT\nfeat: inside\nEND_NESTED_COMMIT",
    "chore: override\n\nBEGIN_COMMIT_OVERRIDE\nfix: instead\nEND_COMMIT_OVERRIDE",
    "chore(release): 1.2.3",
    "fix: trailing   \n\n\n\nSigned-off-by: A <a@example.com>\n\n",
    "fix(a): foo\n\nfoo(bar(baz)) is called",
    "style: x\n\nCloses: #1\nBREAKING CHANGE: last",
    "fix: 12345678901234567890 1e3 0x10",
    "perf(x)!:no space",
    "\u{feff}feat: behind a mark",
    "\u{3000}fix: behind a wide space\u{a0}",
    "feat:\u{a0}a hard space",
    "feat(x)\u{a0}: a hard space",
    "fix: a\r\n\r\nBREAKING CHANGE: b\r\n",
    "ÉCRIT: x",
    "fix\u{2028}: x",
    "fix(a\u{1f}b): a separator\u{1e}feat!: of somebody",
    "\u{1f}feat: behind one",
];

/// What stands below a first line, in any order and number.
const FRAGMENTS: [&str; 28] = [
    "BREAKING CHANGE: it is so",
    "BREAKING-CHANGE: it is so:\n\n* one\n* two",
    "BREAKING CHANGE #7",
    " BREAKING CHANGE: indented",
    "  goes on",
    "goes on",
    "fix: in a footer",
    "feat(x)!: in a footer",
    "Docs: in a footer",
    "Refs: #1, #2",
    "Closes #3",
    "Change-Id: I12",
    "std::fs is used",
    "https://example.com/x",
    "Reviewed-by: A",
    "* feat: a bullet",
    "- fix!: a bullet",
    "```",
    "```rust\nfeat: code\n```",
    "Release-As: 5.1.0",
    "Release-As: x",
    "Release-As #6.0.0",
    "Some prose, that says: nothing",
    "\t",
    "BEGIN_NESTED_COMMIT\nfix!: nested\n\nRelease-As: 7.0.0",
    "END_NESTED_COMMIT",
    "\u{1e}\u{1f}fix!: behind separators",
    "a\u{1f}b\u{1e}c\u{2}d",
];

fn composed(random: &mut Random) -> String {
    let mut message = random.pick(&USUAL).to_string();
    let line_end = if random.percent(8) { "\r\n" } else { "\n" };
    for _ in 0..random.between(1, 5) {
        message += &line_end.repeat(random.between(1, 3));
        message += *random.pick(&FRAGMENTS);
    }
    message
}

/// A message; most are usual ones.
pub(crate) fn message(random: &mut Random) -> String {
    let mut message = random.pick(&USUAL).to_string();
    match random.below(100) {
        0..25 => message = random.pick(&ODD).to_string(),
        25..45 => message = composed(random),
        _ => {}
    }
    if random.percent(4) {
        let versions =
            ["5.0.0", "6.1.0", "v7.2.3", "0.0.1", "2.0.0-rc.1", "5.0", "5.0.0.1", "soon", " 5.1.0 "];
        let word = random.pick(&["Release-As", "release-as", "RELEASE-AS"]);
        message = format!("{}\n\n{word}: {}", message.trim_end(), random.pick(&versions));
    }
    message
}
