//! Changelogs before and after an entry is put in.

use super::{extract, insert};
use expect_test::{Expect, expect};

mod sections;

const ENTRY: &str = "## 1.3.0 (2026-01-02)\n\n\n### Features\n\n* new";

#[track_caller]
fn inserted(text: &str, expected: &Expect) {
    let found = insert(text, ENTRY);
    let others = found.replacen(ENTRY, "", 1);
    let lines =
        |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_string).collect::<Vec<_>>();
    // The title of a file that has none is all that may be new beside the entry.
    let titled = format!("# Changelog\n{text}");
    assert!([lines(text), lines(&titled)].contains(&lines(&others)), "{found}");
    expected.assert_eq(&found);
}

#[test]
fn an_entry_stands_above_the_newest_release() {
    inserted(
        "# Changelog\n\n## [1.2.0](u) (2025-01-01)\n\n* old\n",
        &expect![[r#"
        # Changelog

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ## [1.2.0](u) (2025-01-01)

        * old
    "#]],
    );
    inserted(
        "# Changelog\n## v1.2.0\n* old",
        &expect![[r#"
        # Changelog

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ## v1.2.0
        * old"#]],
    );
    inserted(
        "## 1.2.0\n\n* a heading at the very start\n",
        &expect![[r#"
        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ## 1.2.0

        * a heading at the very start
    "#]],
    );
    inserted(
        "# Title\n\nWords.\n\n### [1.2.1](u)\n\n### Bug Fixes\n\n* old\n",
        &expect![[r#"
        # Title

        Words.

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ### [1.2.1](u)

        ### Bug Fixes

        * old
    "#]],
    );
    inserted(
        "# Changelog\n\n```\n## 9.9.9\n```\n\n## core-v1.2.0\n",
        &expect![[r#"
        # Changelog

        ```
        ## 9.9.9
        ```

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ## core-v1.2.0
    "#]],
    );
    inserted(
        "# Changelog\n\n## Version 1.2.0\n",
        &expect![[r#"
        # Changelog

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ## Version 1.2.0
    "#]],
    );
}

#[test]
fn an_entry_stands_below_what_is_not_released() {
    inserted(
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- x\n\n## [1.2.0] - 2025-01-01\n\n- old\n",
        &expect![[r#"
            # Changelog

            ## [Unreleased]

            ### Added

            - x

            ## 1.3.0 (2026-01-02)


            ### Features

            * new

            ## [1.2.0] - 2025-01-01

            - old
        "#]],
    );
    inserted(
        "# Changelog\n\n## Unreleased\n\n- x\n\n[unreleased]: u\n",
        &expect![[r#"
        # Changelog

        ## Unreleased

        - x

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        [unreleased]: u
    "#]],
    );
}

#[test]
fn a_changelog_without_releases_gets_its_first() {
    inserted(
        "",
        &expect![[r#"
        # Changelog

        ## 1.3.0 (2026-01-02)


        ### Features

        * new
    "#]],
    );
    inserted(
        "# Changelog\n\nAll changes.\n",
        &expect![[r#"
        # Changelog

        All changes.

        ## 1.3.0 (2026-01-02)


        ### Features

        * new
    "#]],
    );
    inserted(
        "# Changelog\n\nAll changes.\n\n## How to read this\n\nSlowly.\n",
        &expect![[r#"
        # Changelog

        All changes.

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        ## How to read this

        Slowly.
    "#]],
    );
    inserted(
        "Once upon a time.\n",
        &expect![[r#"
        # Changelog

        ## 1.3.0 (2026-01-02)


        ### Features

        * new

        Once upon a time.
    "#]],
    );
}

#[test]
fn line_ends_and_marks_stay() {
    let text = insert("\u{feff}# Changelog\r\n\r\n## 1.2.0\r\n\r\n* old\r\n", ENTRY);
    let expected = format!(
        "\u{feff}# Changelog\r\n\r\n{}\r\n\r\n## 1.2.0\r\n\r\n* old\r\n",
        ENTRY.replace('\n', "\r\n")
    );
    assert_eq!(text, expected);
    let text = insert("\u{feff}## 1.2.0\n", ENTRY);
    assert_eq!(text, format!("\u{feff}{ENTRY}\n\n## 1.2.0\n"));
}

/// What was put in is found, whatever stood there before.
#[test]
fn an_entry_that_was_inserted_is_found() {
    let version = "1.3.0".parse().unwrap();
    for text in
        ["", "# C\n", "# C\n\n## [Unreleased]\n- x\n\n[a]: b", "## 1.2.0\n* a\n", "# C\r\n## 1.2.0\r\n"]
    {
        let section = extract(&insert(text, ENTRY), "", &version).unwrap();
        assert_eq!(
            format!("{}\n{}", section.heading, section.body),
            ENTRY.replacen("\n\n\n", "\n", 1),
            "{text:?}"
        );
    }
}
