//! Changelogs as people and tools write them, and the sections that are found in them.

use crate::changelog::extract;
use expect_test::{Expect, expect};

/// The section of a version in a text, with the number of its line.
#[track_caller]
fn extracted(text: &str, version: &str, expected: &Expect) {
    let section = extract(text, "core", &version.parse().unwrap());
    let shown = section.map(|section| format!("{}: {}\n{}", section.line, section.heading, section.body));
    expected.assert_eq(&shown.unwrap_or("none".to_string()));
}

const KEPT: &str = "\
# Changelog

## [Unreleased]

- not yet

## [0.2.0] - 2026-01-02

### Added

- a thing ([#12]), see [docs]

### Fixed

- another

---

## [0.1.0] - 2025-01-01 [YANKED]

- the first

[Unreleased]: https://forge.test/compare/v0.2.0...HEAD
[0.2.0]: https://forge.test/compare/v0.1.0...v0.2.0
[0.1.0]: https://forge.test/releases/v0.1.0
[#12]: https://forge.test/issues/12
[docs]: https://docs.test
";

#[test]
fn sections_of_keep_a_changelog() {
    extracted(
        KEPT,
        "0.2.0",
        &expect![[r#"
        7: ## [0.2.0] - 2026-01-02
        ### Added

        - a thing ([#12]), see [docs]

        ### Fixed

        - another

        [#12]: https://forge.test/issues/12
        [docs]: https://docs.test"#]],
    );
    extracted(
        KEPT,
        "0.1.0",
        &expect![[r#"
        19: ## [0.1.0] - 2025-01-01 [YANKED]
        - the first"#]],
    );
    extracted(KEPT, "0.3.0", &expect!["none"]);
    extracted(
        &KEPT.replace('\n', "\r\n"),
        "v0.1.0",
        &expect![[r#"
        19: ## [0.1.0] - 2025-01-01 [YANKED]
        - the first"#]],
    );
}

#[test]
fn sections_of_release_please() {
    let text = "# Changelog\n\n## [0.2.0](u) (2026-01-02)\n\n\n### Features\n\n* a ([1](u))\n\n\
                ### [0.1.1](u) (2025-02-01)\n\n\n### Bug Fixes\n\n* b\n\n## 0.1.0 (2025-01-01)\n\n* c\n";
    extracted(
        text,
        "0.2.0",
        &expect![[r#"
        3: ## [0.2.0](u) (2026-01-02)
        ### Features

        * a ([1](u))"#]],
    );
    extracted(
        text,
        "0.1.1",
        &expect![[r#"
        10: ### [0.1.1](u) (2025-02-01)
        ### Bug Fixes

        * b"#]],
    );
    extracted(
        text,
        "0.1.0",
        &expect![[r#"
        17: ## 0.1.0 (2025-01-01)
        * c"#]],
    );
}

#[test]
fn a_pre_release_has_the_section_of_its_final_version() {
    for version in ["v0.2.0-rc1", "0.2.0-rc.1", "0.2.0rc1", "0.2.0-beta.3"] {
        let section = extract(KEPT, "core", &version.parse().unwrap()).unwrap();
        assert_eq!(section.heading, "## [0.2.0] - 2026-01-02", "{version}");
    }
    let own = "## 0.2.0-rc.1\n\n- tried\n\n## 0.2.0\n\n- done\n";
    extracted(
        own,
        "0.2.0rc1",
        &expect![[r#"
        1: ## 0.2.0-rc.1
        - tried"#]],
    );
    // It does not go the other way: what was tried is not what was released.
    extracted("## 0.2.0-rc.1\n\n- tried\n", "0.2.0", &expect!["none"]);
}

#[test]
fn headings_in_every_style() {
    for heading in [
        "## 0.2.0",
        "## v0.2.0",
        "# [0.2.0]",
        "### [v0.2.0](https://forge.test/x) (2026-01-02)",
        "## 0.2.0 / 2026-01-02",
        "## 0.2.0: the big one",
        "## 0.2.0 The big one",
        "## **0.2.0**",
        "## Version 0.2.0",
        "## Release v0.2.0 (2026-01-02)",
        "## core 0.2.0",
        "## core-v0.2.0 - 2026-01-02",
        "## [core@0.2.0]",
        "## core/v0.2.0",
        "   ## [0.2.0]",
        "##\t0.2.0",
    ] {
        let text = format!("# Changelog\n\n{heading}\n\n- text\n\n## 0.1.0\n\n- old\n");
        let section = extract(&text, "core", &"0.2.0".parse().unwrap());
        let section = section.unwrap_or_else(|| panic!("{heading} is not found"));
        assert_eq!((section.heading.as_str(), section.body.as_str()), (heading.trim(), "- text"));
    }
}

#[test]
fn headings_of_something_else() {
    for heading in [
        "##0.2.0",
        "## 0.2.01",
        "## 10.2.0",
        "## other-v0.2.0",
        "## other 0.2.0",
        "## 2026-01-02",
        "## core-v0.2.0 is out",
        "```\n## 0.2.0",
        "~~~\n```\n## 0.2.0\n~~~ no end\n## 0.2.0",
        "####### 0.2.0",
        "0.2.0",
    ] {
        let text = format!("# Changelog\n\n{heading}\n\n- text\n");
        assert_eq!(extract(&text, "core", &"0.2.0".parse().unwrap()), None, "{heading}");
    }
}

#[test]
fn a_section_ends_where_the_next_begins() {
    extracted(
        "  ## 0.2.0\n  - indented\n\n    ```\n    ## 0.1.0\n    ```\n  ### 2.0 migration guide\n  - more\n  ***\n  ## 0.1.0\n",
        "0.2.0",
        &expect![[r#"
            1: ## 0.2.0
            - indented

              ```
              ## 0.1.0
              ```
            ### 2.0 migration guide
            - more"#]],
    );
    extracted(
        "## 0.2.0\n\n- a\n\n## Older releases\n\n- b\n",
        "0.2.0",
        &expect![[r#"
        1: ## 0.2.0
        - a"#]],
    );
    extracted("## 0.2.0\n\n---\n\n## 0.1.0\n\n- an empty section is none\n", "0.2.0", &expect!["none"]);
    extracted(
        "## 0.2.0\n\n- a [^1] [x]\n\n[x]: own\n\nend\n\n## 0.1.0\n\n[^1]: a footnote\n",
        "0.2.0",
        &expect![[r#"
            1: ## 0.2.0
            - a [^1] [x]

            [x]: own

            end

            [^1]: a footnote"#]],
    );
    extracted(
        "## app-v0.2.0\n\n- app\n\n## core-v0.2.0\n\n- core\n\n## app-v0.1.0\n",
        "0.2.0",
        &expect![[r#"
            5: ## core-v0.2.0
            - core"#]],
    );
}
