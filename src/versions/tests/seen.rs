//! Shapes of history that release tools differ about, as they were seen in public repositories.

use expect_test::expect;

use super::check;

const BODY: &str = "cargo common 1.0.0
        cargo server 1.0.0: common =1.0.0
        cargo harness 0.0.0 in server/contract-tests private: server
        * a feat: begin | common/a server/a server/contract-tests/a
        @ common-v1.0.0
        @ server-v1.0.0";

#[test]
fn a_private_package_inside_another_one_is_no_part_of_it() {
    check(
        &format!("{BODY}\n* b feat: harness | server/contract-tests/b"),
        expect![[r#"
            common 1.0.0 -> unchanged  unchanged
            server 1.0.0 -> unchanged  unchanged
        "#]],
    );
    check(
        &format!("{BODY}\n* b feat: both | common/b server/contract-tests/b"),
        expect![[r#"
            common 1.0.0 -> 1.1.0  feat: both
            server 1.0.0 -> 1.0.1  depends on common 1.1.0
        "#]],
    );
}

#[test]
fn a_fix_that_is_in_the_lock_alone_releases_nothing() {
    check(
        &format!("{BODY}\n* b fix(deps): update dependency [security] | Cargo.lock server/Cargo.lock"),
        expect![[r#"
            common 1.0.0 -> unchanged  unchanged
            server 1.0.0 -> unchanged  unchanged
        "#]],
    );
}

#[test]
fn a_message_that_is_replaced_by_a_smaller_one_holds_back_what_depends_on_it_too() {
    let feat = "* b feat: thread it through | common/b";
    check(
        &format!("{BODY}\n{feat}"),
        expect![[r#"
        common 1.0.0 -> 1.1.0  feat: thread it through
        server 1.0.0 -> 1.0.1  depends on common 1.1.0
    "#]],
    );
    check(
        &format!("{BODY}\n{feat}\nnote chore: thread it through"),
        expect![[r#"
        common 1.0.0 -> unchanged  no change that releases
        server 1.0.0 -> unchanged  unchanged
    "#]],
    );
}

#[test]
fn by_paths_any_title_releases_and_a_breaking_one_is_no_larger() {
    let titles = "* b Update all dependencies | common/b\n* c feat!: other | server/c";
    check(
        &format!("{BODY}\n{titles}"),
        expect![[r#"
        common 1.0.0 -> unchanged  no change that releases
        server 1.0.0 -> 2.0.0  breaking feat: other
    "#]],
    );
    check(
        &format!("# release.bump = 'paths'\n{BODY}\n{titles}"),
        expect![[r#"
        common 1.0.0 -> 1.0.1  1 changed file
        server 1.0.0 -> 1.0.1  1 changed file
    "#]],
    );
}
