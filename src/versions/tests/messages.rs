//! What messages say when they are not read as they were written: overridden, merged, or of a type of one's own.

use expect_test::expect;

use super::{check, check_commits, since};

#[test]
fn an_override_replaces_a_message_for_all_that_reads_it() {
    let commits = r#"
        * b chore: x | core/a
        * c feat!: y | core/a"#;
    let config = |id: &str, message: &str| format!("# [override.\"{id}\"]\n# message = \"{message}\"\n");
    for (message, expected) in [
        (
            "fix(api): said too little",
            expect!["core 1.0.0 -> 1.0.1  fix (by castoff.toml): said too little\n"],
        ),
        (
            "feat: a\\n\\nRelease-As: 3.0.0",
            expect!["core 1.0.0 -> 3.0.0  asked for by a Release-As footer\n"],
        ),
        ("", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
        ("words", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
    ] {
        check(&(config("6363636", message) + &since("1.0.0", commits)), expected);
    }
    // A note does the same, and castoff.toml goes before it.
    let note = since("1.0.0", &format!("{commits}\nnote fix: from the note"));
    check(&note, expect!["core 1.0.0 -> 1.0.1  fix (by a git note): from the note\n"]);
    check(
        &(config("6363636", "feat: from the file") + &note),
        expect!["core 1.0.0 -> 1.1.0  feat (by castoff.toml): from the file\n"],
    );
    check_commits(
        &(config("6363", "") + &config("6262", "gone") + &since("1.0.0", commits)),
        expect![[r#"
            -  [core] an empty message (by castoff.toml)
            - gone [core] not a conventional commit (by castoff.toml)
        "#]],
    );
}

#[test]
fn an_override_means_one_commit() {
    let rules = ["61", "0123", "62", "626262"].map(|id| format!("# [override.{id}]\n# message = 'fix: x'\n"));
    let other = "* b feat: x | core/a\n* x<a feat: elsewhere | core/b\n* aa<b fix: y | core/c";
    check(
        &(rules.concat() + &since("1.0.0", other)),
        expect![[r#"
            `[override."61"]` means more than one commit
              --> castoff.toml:1
              help: write more of the id
            `[override."0123"]` means no commit that HEAD or a tag reaches
              --> castoff.toml:3
              help: correct the id; after a rebase the commit has another one
            `[override."626262"]` means the same commit as the one in line 5
              --> castoff.toml:7
              help: delete one of them
        "#]],
    );
}

#[test]
fn a_merge_counts_where_its_title_says_more_than_its_commits() {
    let merge = |commits: &str, title: &str| {
        since(
            "1.0.0",
            &format!("* x fix: main | other\n{commits}\n* m<x,c Merge pull request #1\\n\\n{title}"),
        )
    };
    for (commits, title, expected) in [
        ("* c<a wip | core/a", "feat: t", expect!["core 1.0.0 -> 1.1.0  feat: t\n"]),
        ("* c<a wip | core/a", "feat!: t", expect!["core 1.0.0 -> 2.0.0  breaking feat: t\n"]),
        ("* c<a wip | core/a", "docs: t", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
        ("* c<a fix: y | core/a", "feat: t", expect!["core 1.0.0 -> 1.1.0  feat: t (and 1 more)\n"]),
        // Said already.
        ("* c<a feat: y | core/a", "feat: t", expect!["core 1.0.0 -> 1.1.0  feat: y\n"]),
        ("* c<a feat: y | core/a", "fix: t", expect!["core 1.0.0 -> 1.1.0  feat: y\n"]),
        // What it merged touches no component.
        ("* c<a wip | elsewhere", "feat: t", expect!["core 1.0.0 -> unchanged  unchanged\n"]),
        // Nor does an empty commit in it, as those that start a CI again.
        (
            "* b<a ci: again\n* c<b wip | elsewhere",
            "feat: t",
            expect!["core 1.0.0 -> unchanged  no change that releases\n"],
        ),
    ] {
        check(&merge(commits, title), expected);
    }
    // What another merge brought in before is not said again by this one.
    check(
        &since(
            "1.0.0",
            "* b feat: y | core/a
             * x<a go | other
             * n<x,b one
             * c<b fix: z | core/b
             * m<n,c feat: t",
        ),
        expect![["core 1.0.0 -> 1.1.0  feat: t (and 2 more)\n"]],
    );
}

#[test]
fn a_merge_speaks_to_the_components_of_its_commits() {
    let text = "cargo core 1.0.0
                cargo app 1.0.0
                cargo web 1.0.0
                * a feat: begin | core/a app/a web/a
                @ core-v1.0.0
                @ app-v1.0.0
                * b feat(core): x | core/a
                * c chore(app): y | app/a
                * z<a fix(web): z | web/a
                @ web-v1.0.0
                * m<z,c feat: both (#3)
                * n<m,b,c octopus
                * e<n,b an evil one | web/evil";
    check_commits(
        text,
        expect![[r#"
            - an evil one [web] a merge; its commits count by themselves
            - octopus [] a merge; its commits count by themselves
            + feat: both (#3) [app] feat
            - fix(web): z [] released already
            - chore(app): y [app] `chore` alone releases nothing
            + feat(core): x [core] feat
        "#]],
    );
}

#[test]
fn sections_decide_what_releases_and_hidden_ones_how_much() {
    let config = |text: &str| text.lines().map(|line| format!("# {line}\n")).collect::<String>();
    let docs = config("section = [{ type = 'docs' }, { type = 'fix' }, { type = 'feat', hidden = true }]");
    for (commits, expected) in [
        ("* b docs: x | core/a", expect!["core 1.0.0 -> 1.0.1  docs: x\n"]),
        ("* b feat: x | core/a", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
        // What is hidden still says how large a release is.
        ("* b feat: x | core/a\n* c fix: y | core/a", expect!["core 1.0.0 -> 1.1.0  feat: x (and 1 more)\n"]),
        ("* b docs: x\\n\\nfeat: y | core/a", expect!["core 1.0.0 -> 1.1.0  docs: x\n"]),
        ("* b perf: x | core/a", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
        ("* b chore!: x | core/a", expect!["core 1.0.0 -> 2.0.0  breaking chore: x\n"]),
    ] {
        check(&(docs.clone() + &since("1.0.0", commits)), expected);
    }
    let own = config(
        "[[section]]\ntype = 'Deps'\nscope = 'dev'\nbump = 'none'\n[[section]]\ntype = 'deps'\nbump = 'minor'\nhidden = true",
    );
    for (commits, expected) in [
        ("* b deps: x | core/a", expect!["core 1.0.0 -> 1.1.0  deps: x\n"]),
        ("* b deps(dev): x | core/a", expect!["core 1.0.0 -> unchanged  no change that releases\n"]),
    ] {
        check(&(own.clone() + &since("1.0.0", commits)), expected);
    }
}
