//! Entries as text, and the rules of one line as tables.

use super::{Release, Repository, Said, Section, Step, entry, inline, limited, order};
use crate::commit::changes;
use crate::config::sections::usual as sections;
use expect_test::{Expect, expect};

fn repository() -> Repository {
    Repository::of_origin("https://forge.test/acme/demo.git").unwrap()
}

/// What is told of these messages, newest first; the ids of the commits are `000…`, `111…`.
fn entry_of(messages: &[&str], change: fn(&mut Release), sections: &[Section]) -> String {
    let (version, repository) = ("1.3.0".parse().unwrap(), repository());
    let ids: Vec<String> = (0..messages.len()).map(|place| place.to_string().repeat(40)).collect();
    let said = ids.iter().zip(messages).map(|(id, text)| Said { commit: id, changes: changes(text) });
    let mut release = Release {
        version: &version,
        tag: "v1.3.0",
        previous: Some("v1.2.0"),
        date: "2026-01-02",
        repository: Some(&repository),
        commits: said.collect(),
        dependencies: Vec::new(),
        reason: "3 changed files",
    };
    change(&mut release);
    entry(&release, sections)
}

/// The entry; its links are shortened to what they differ in.
#[track_caller]
fn check(messages: &[&str], expected: &Expect) {
    let text = entry_of(messages, |_| {}, &sections());
    expected.assert_eq(&text.replace("https://forge.test/acme/demo", "~"));
}

#[test]
fn an_entry_byte_for_byte() {
    let messages = [
        "fix: close the file\n\nCloses #4\nRefs: #5",
        "feat(api)!: drop the old call (#12)",
        "feat: add a thing (#13)\n\nCloses #13",
        "chore: nobody needs to know",
    ];
    let text = entry_of(&messages, |_| {}, &sections());
    expect![[r#"
        ## [1.3.0](https://forge.test/acme/demo/compare/v1.2.0...v1.3.0) (2026-01-02)


        ### ⚠ BREAKING CHANGES

        * **api:** drop the old call ([#12](https://forge.test/acme/demo/issues/12))

        ### Features

        * add a thing ([#13](https://forge.test/acme/demo/issues/13)) ([2222222](https://forge.test/acme/demo/commit/2222222222222222222222222222222222222222))
        * **api:** drop the old call ([#12](https://forge.test/acme/demo/issues/12)) ([1111111](https://forge.test/acme/demo/commit/1111111111111111111111111111111111111111))


        ### Bug Fixes

        * close the file ([0000000](https://forge.test/acme/demo/commit/0000000000000000000000000000000000000000)), refs [#4](https://forge.test/acme/demo/issues/4) [#5](https://forge.test/acme/demo/issues/5)"#]].assert_eq(&text);
}

#[test]
fn without_a_repository_there_are_no_links() {
    let messages = ["fix(a): close #1, @user\n\nCloses #4"];
    let text = entry_of(&messages, |release| release.repository = None, &sections());
    expect![[r#"
        ## 1.3.0 (2026-01-02)


        ### Bug Fixes

        * **a:** close #1, @user (0000000), refs #4"#]]
    .assert_eq(&text);
}

#[test]
fn a_first_release_is_compared_with_nothing() {
    let text = entry_of(&["feat: begin"], |release| release.previous = None, &sections());
    assert!(text.starts_with("## 1.3.0 (2026-01-02)\n\n\n### Features\n\n* begin (["), "{text}");
}

#[test]
fn sections_have_their_order_and_hide_what_is_hidden() {
    check(
        &[
            "revert: a",
            "perf: b",
            "FIX: c",
            "feature: d",
            "feat: e",
            "docs: f",
            "deps: g",
            "docs!: h",
            "chore: i\n\nRelease-As: 1.3.0",
            "odd!: j",
            "feat:",
            "words only",
        ],
        &expect![[r#"
            ## [1.3.0](~/compare/v1.2.0...v1.3.0) (2026-01-02)


            ### ⚠ BREAKING CHANGES

            * h
            * j

            ### odd

            * j ([9999999](~/commit/9999999999999999999999999999999999999999))


            ### Features

            * d ([3333333](~/commit/3333333333333333333333333333333333333333))
            * e ([4444444](~/commit/4444444444444444444444444444444444444444))
            * feat ([1010101](~/commit/10101010101010101010101010101010101010101010101010101010101010101010101010101010))


            ### Bug Fixes

            * c ([2222222](~/commit/2222222222222222222222222222222222222222))


            ### Performance Improvements

            * b ([1111111](~/commit/1111111111111111111111111111111111111111))


            ### Reverts

            * a ([0000000](~/commit/0000000000000000000000000000000000000000))


            ### Documentation

            * h ([7777777](~/commit/7777777777777777777777777777777777777777))


            ### Miscellaneous Chores

            * i ([8888888](~/commit/8888888888888888888888888888888888888888))"#]],
    );
}

#[test]
fn sections_can_be_chosen() {
    let section = |kind: &str, scope: Option<&str>, title: &str, hidden| Section {
        kind: kind.to_string(),
        scope: scope.map(str::to_string),
        title: title.to_string(),
        hidden,
        bump: None,
    };
    let sections = [
        section("Docs", None, "Documentation", false),
        section("fix", Some("deps"), "Dependencies", false),
        section("fix", None, "Mended", false),
        section("perf", None, "Mended", false),
        section("feat", None, "New", true),
        section("deps", None, "", false),
    ];
    let messages = ["docs: a", "fix(deps): b", "fix: c", "perf: d", "feat: e", "deps: f"];
    let text = entry_of(&messages, |release| release.repository = None, &sections);
    expect![[r#"
        ## 1.3.0 (2026-01-02)


        ### Documentation

        * a (0000000)


        ### Dependencies

        * **deps:** b (1111111)


        ### Mended

        * c (2222222)
        * d (3333333)


        * f (5555555)"#]]
    .assert_eq(&text);
}

#[test]
fn breaking_changes_are_told_in_full() {
    check(
        &[
            "fix(core): a\n\nBREAKING CHANGE: one <T>\nover two lines (#7)\n\nBREAKING CHANGE: two",
            "feat(*): b\n\nBREAKING CHANGE: these are gone:\n\n* `x<T>`\n* y\n  in two lines",
            "feat: c\n\nBREAKING CHANGE:\n- only a list",
            "feat!:",
        ],
        &expect![[r#"
            ## [1.3.0](~/compare/v1.2.0...v1.3.0) (2026-01-02)


            ### ⚠ BREAKING CHANGES

            * **core:** one &lt;T&gt; over two lines ([#7](~/issues/7))
            * **core:** two
            * these are gone:
                * `x<T>`
                * y
                  in two lines
            * c
                - only a list
            * feat

            ### Features

            * b ([1111111](~/commit/1111111111111111111111111111111111111111))
            * c ([2222222](~/commit/2222222222222222222222222222222222222222))
            * feat ([3333333](~/commit/3333333333333333333333333333333333333333))


            ### Bug Fixes

            * **core:** a ([0000000](~/commit/0000000000000000000000000000000000000000))"#]],
    );
}

#[test]
fn a_squash_message_is_told_line_by_line() {
    check(
        &["feat: a\n\nfix: b\n\nCloses #1\n\nperf(x): c"],
        &expect![[r#"
        ## [1.3.0](~/compare/v1.2.0...v1.3.0) (2026-01-02)


        ### Features

        * a ([0000000](~/commit/0000000000000000000000000000000000000000))


        ### Bug Fixes

        * b ([0000000](~/commit/0000000000000000000000000000000000000000)), refs [#1](~/issues/1)


        ### Performance Improvements

        * **x:** c ([0000000](~/commit/0000000000000000000000000000000000000000))"#]],
    );
}

#[test]
fn a_release_without_commits_says_why() {
    let nothing = entry_of(&["docs: a"], |_| {}, &sections());
    assert!(
        nothing.ends_with("(2026-01-02)\n\nNothing to list; the reason of this release: 3 changed files")
    );
    let step = |release: &mut Release| {
        let (from, to) = ("0.1.0".parse().unwrap(), "0.2.0".parse().unwrap());
        release.dependencies = vec![Step { name: "core".to_string(), from, to }];
    };
    let text = entry_of(&[], step, &sections());
    expect![[r#"
        ## [1.3.0](https://forge.test/acme/demo/compare/v1.2.0...v1.3.0) (2026-01-02)


        ### Dependencies

        * The following workspace dependencies were updated
          * dependencies
            * core bumped from 0.1.0 to 0.2.0"#]]
    .assert_eq(&text);
}

#[test]
fn lines_are_linked_and_escaped() {
    for (text, expected) in [
        ("use Vec<T> & co", "use Vec&lt;T&gt; & co"),
        ("`Vec<T> #1 @a` and ``a ` <b> `` > `", "`Vec<T> #1 @a` and ``a ` <b> `` &gt; `"),
        ("(#1), #22: x", "([#1](~/issues/1)), [#22](~/issues/22): x"),
        ("other/name#3 a#4 #5b #", "other/name#3 a#4 #5b #"),
        ("https://a.test/b#1 (http://c.test/@d)", "https://a.test/b#1 (http://c.test/@d)"),
        ("[#6](https://a.test/6) [@b](c)", "[#6](https://a.test/6) [@b](c)"),
        ("docs/#7 a-#8 &#9;", "docs/#7 a-#8 &#9;"),
        ("thanks @some-one, (@b)", "thanks [@some-one](^/some-one), ([@b](^/b))"),
        (
            "@scope/name a@b.test @host.test @Override @a_b @",
            "@scope/name a@b.test @host.test @Override @a_b @",
        ),
        ("thanks @b.", "thanks [@b](^/b)."),
        ("cut\u{1b}[31mred", "cut[31mred"),
    ] {
        let linked = inline::linked(text, Some(&repository()));
        let short = linked.replace("https://forge.test/acme/demo", "~").replace("https://forge.test", "^");
        assert_eq!(short, expected, "{text}");
    }
}

#[test]
fn lines_stand_as_in_a_dictionary() {
    for sorted in [
        vec!["foo bar", "foo_bar", "foo-bar", "foobar"],
        vec!["a", "A", "b", "B", "ba"],
        vec!["_a", "-a", "`a`", "$a", "10", "1a", "2a", "A1"],
        vec!["a", "z", "é", "ж"],
    ] {
        let mut lines = sorted.clone();
        lines.sort();
        lines.reverse();
        lines.sort_by(|one, other| order::compare(one, other));
        assert_eq!(lines, sorted);
    }
}

#[test]
fn an_origin_is_where_links_lead() {
    for (url, expected) in [
        ("https://forge.test/acme/demo.git", "https://forge.test|acme/demo"),
        ("https://forge.test/acme/demo/", "https://forge.test|acme/demo"),
        ("http://forge.test:8080/acme/demo", "http://forge.test:8080|acme/demo"),
        ("https://user:secret@forge.test/acme/demo.git\n", "https://forge.test|acme/demo"),
        ("git@forge.test:acme/demo.git", "https://forge.test|acme/demo"),
        ("forge.test:group/sub/demo", "https://forge.test|group/sub/demo"),
        ("ssh://git@forge.test:2222/acme/demo.git", "https://forge.test|acme/demo"),
        ("git://forge.test/acme/demo.git", "https://forge.test|acme/demo"),
        ("/srv/git/demo.git", ""),
        ("../demo", ""),
        ("file:///srv/git/demo.git", ""),
        ("C:\\git\\demo", ""),
        ("alias:acme/demo", ""),
        ("https://forge.test/demo", ""),
        ("https://forge.test/acme/de mo)", ""),
        ("", ""),
    ] {
        let found = Repository::of_origin(url);
        let found = found.map(|found| format!("{}|{}", found.host, found.path)).unwrap_or_default();
        assert_eq!(found, expected, "{url}");
    }
}

#[test]
fn notes_are_cut_at_a_line() {
    let text = "## 1\n\n* one\n* two 🎉\n\n### Next\n\n```\ncode\n```\n* the end of all";
    for (limit, expected) in [
        (100, text),
        (61, text),
        (60, "## 1\n\n* one\n* two 🎉\n\n### Next\n\n```\ncode\n```\n\nmore: u"),
        (50, "## 1\n\n* one\n* two 🎉\n\nmore: u"),
        (40, "## 1\n\n* one\n* two 🎉\n\nmore: u"),
        (29, "## 1\n\n* one\n* two 🎉\n\nmore: u"),
        (28, "## 1\n\n* one\n\nmore: u"),
        (12, "more: u"),
        (0, "more: u"),
    ] {
        let cut = limited(text, limit, "more: u");
        assert_eq!(cut, expected, "{limit}");
        assert!(cut.encode_utf16().count() <= limit.max("more: u".len()), "{limit}");
    }
}
