//! What is on the screen, letter by letter.

mod everywhere;

use std::time::Duration;

use expect_test::{Expect, expect};

use super::{Look, Size, finished, frame, furthest_back};
use crate::effect::{Event, Step};
use crate::model::{Kind, PackageId};
use crate::report::Style;
use crate::report::live::keys::Key;
use crate::report::live::{Stage, View};
use crate::report::table::visible;

fn at(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn look(columns: usize, lines: usize) -> Look {
    Look { size: Size { columns, lines }, style: Style { colour: false }, keys: true }
}

fn told(view: &mut View, second: u64, step: Step, name: &str, detail: &str) {
    let kind = if name.starts_with('@') { Kind::Npm } else { Kind::Cargo };
    view.event(at(second), &Event::of(&PackageId::new(kind, name), step, detail));
}

/// A package of every kind that there is to see.
fn some() -> View {
    use Step::*;
    let mut view = View::new("castoff publish", Tried);
    for name in [
        "types",
        "macros",
        "core",
        "@acme/界面组件",
        "client",
        "server-with-a-name-that-is-long",
        "cli",
        "docs",
    ] {
        told(&mut view, 0, Queued, name, "1.14.0-rc.1");
    }
    told(&mut view, 1, AlreadyThere, "docs", "");
    for name in ["types", "macros", "core", "client", "server-with-a-name-that-is-long"] {
        told(&mut view, 2, Building, name, "");
        told(&mut view, 20, Built, name, "x.crate");
    }
    told(&mut view, 20, Building, "@acme/界面组件", "");
    told(&mut view, 21, Uploading, "types", "");
    told(&mut view, 22, Uploaded, "types", "");
    told(&mut view, 30, Tried, "types", "");
    told(&mut view, 21, Uploading, "macros", "");
    told(
        &mut view,
        23,
        Failed,
        "macros",
        "cannot upload `cargo:macros`\n  cause: 403\n  help: look at the token",
    );
    told(&mut view, 23, Blocked, "cli", "`cargo:macros` failed");
    told(&mut view, 24, Uploading, "core", "");
    told(&mut view, 25, Retrying, "core", "status 503");
    told(&mut view, 25, Waiting, "core", "3 s before attempt 2");
    view.event(at(30), &Event::run(Forecast, "95"));
    view
}

/// `packages` of them, of which so many are done and so many run.
fn many(packages: usize, done: usize, running: usize) -> View {
    let mut view = View::new("castoff publish", Step::Tried);
    for number in 0..packages {
        told(&mut view, 0, Step::Queued, &format!("package-{number:02}"), "0.1.0");
    }
    for number in 0..done + running {
        told(&mut view, 1, Step::Building, &format!("package-{number:02}"), "");
    }
    for number in 0..done {
        told(&mut view, 2 + number as u64, Step::Tried, &format!("package-{number:02}"), "");
    }
    view
}

#[track_caller]
fn check(view: &View, look: Look, expected: Expect) {
    let lines = frame(view, at(83), look);
    assert!(lines.len() < look.size.lines.max(2), "{} lines", lines.len());
    for line in &lines {
        assert!(visible(line) < look.size.columns.max(2), "{line}");
    }
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn a_screen_of_80_by_24() {
    check(
        &some(),
        look(80, 24),
        expect![[r#"
            castoff publish  █████████████████████░░░░░░░░░░  2 of 8  1:23, about 0:42 left
            2 done · 1 running · 3 waiting · 1 failed, 1 blocked
                package                            version      stage         time  retries
              ✓ cargo:types                        1.14.0-rc.1  done          0:28
              ✕ cargo:macros                       1.14.0-rc.1  failed        0:21
              ◌ cargo:core                         1.14.0-rc.1  waiting       0:58        1
              ● npm:@acme/界面组件                 1.14.0-rc.1  building      1:03
              · cargo:client                       1.14.0-rc.1  built         1:03
              · cargo:server-with-a-name-that-is…  1.14.0-rc.1  built         1:03
              ⊘ cargo:cli                          1.14.0-rc.1  blocked
              ✓ cargo:docs                         1.14.0-rc.1  there
            p pause  q cancel  ↑↓ select  l log  f filter  a all
        "#]],
    );
}

#[test]
fn a_wide_screen_says_more() {
    check(
        &some(),
        look(120, 24),
        expect![[r#"
            castoff publish  ██████████████████████░░░░░░░░░░  2 of 8                                         1:23, about 0:42 left
            2 done · 1 running · 3 waiting · 1 failed, 1 blocked
                package                                version      stage         time  retries
              ✓ cargo:types                            1.14.0-rc.1  done          0:28
              ✕ cargo:macros                           1.14.0-rc.1  failed        0:21           cannot upload `cargo:macros`
              ◌ cargo:core                             1.14.0-rc.1  waiting       0:58        1  3 s before attempt 2
              ● npm:@acme/界面组件                     1.14.0-rc.1  building      1:03
              · cargo:client                           1.14.0-rc.1  built         1:03
              · cargo:server-with-a-name-that-is-long  1.14.0-rc.1  built         1:03
              ⊘ cargo:cli                              1.14.0-rc.1  blocked                      `cargo:macros` failed
              ✓ cargo:docs                             1.14.0-rc.1  there
            p pause  q cancel  ↑↓ select  l log  f filter  a all
        "#]],
    );
}

#[test]
fn a_narrow_screen_says_less() {
    check(
        &some(),
        look(40, 24),
        expect![[r#"
            2 of 8  1:23
            2 done · 1 running · 3 waiting · 1 fai…
                package                   stage
              ✓ cargo:types               done
              ✕ cargo:macros              failed
              ◌ cargo:core                waiting
              ● npm:@acme/界面组件        building
              · cargo:client              built
              · cargo:server-with-a-nam…  built
              ⊘ cargo:cli                 blocked
              ✓ cargo:docs                there
            p pause  q cancel  ↑↓ select  l log  f…
        "#]],
    );
}

#[test]
fn a_small_screen_shows_what_it_can() {
    check(
        &some(),
        look(50, 8),
        expect![[r#"
            castoff publish  2 of 8  1:23, about 0:42 left
            2 done · 1 running · 3 waiting · 1 failed, 1 blo…
                package                    stage         time
              ✕ cargo:macros               failed        0:21
              ● npm:@acme/界面组件         building      1:03
                … and 2 done, 3 waiting, 1 failed
            p pause  q cancel  ↑↓ select  l log  f filter  a…
        "#]],
    );
    check(
        &some(),
        look(20, 3),
        expect![[r#"
            2 of 8  1:23
            2 done · 1 running…
        "#]],
    );
    check(
        &some(),
        look(1, 1),
        expect![[r#"
        …
    "#]],
    );
}

#[test]
fn sixty_packages_on_24_lines() {
    check(
        &many(60, 22, 4),
        look(80, 24),
        expect![[r#"
            castoff publish  ███████████░░░░░░░░░░░░░░░░░░░░░  22 of 60                1:23
            22 done · 4 running · 34 waiting · 0 failed
                package           version  stage         time  retries
              ✓ cargo:package-18  0.1.0    done          0:19
              ✓ cargo:package-19  0.1.0    done          0:20
              ✓ cargo:package-20  0.1.0    done          0:21
              ✓ cargo:package-21  0.1.0    done          0:22
              ● cargo:package-22  0.1.0    building      1:22
              ● cargo:package-23  0.1.0    building      1:22
              ● cargo:package-24  0.1.0    building      1:22
              ● cargo:package-25  0.1.0    building      1:22
              · cargo:package-26  0.1.0    queued
              · cargo:package-27  0.1.0    queued
              · cargo:package-28  0.1.0    queued
              · cargo:package-29  0.1.0    queued
              · cargo:package-30  0.1.0    queued
              · cargo:package-31  0.1.0    queued
              · cargo:package-32  0.1.0    queued
              · cargo:package-33  0.1.0    queued
              · cargo:package-34  0.1.0    queued
              · cargo:package-35  0.1.0    queued
                … and 18 done, 24 waiting
            p pause  q cancel  ↑↓ select  l log  f filter  a all
        "#]],
    );
}

#[test]
fn a_filter_is_named_beside_what_it_shows() {
    let mut view = many(60, 30, 2);
    view.key(Key::Filter);
    check(
        &view,
        look(80, 24),
        expect![[r#"
            castoff publish  ████████████████░░░░░░░░░░░░░░░░  30 of 60                1:23
            30 done · 2 running · 28 waiting · 0 failed
                package           version  stage         time  retries
              ● cargo:package-30  0.1.0    building      1:22
              ● cargo:package-31  0.1.0    building      1:22
                only running (f)
            p pause  q cancel  ↑↓ select  l log  f filter  a all
        "#]],
    );
    (0..3).for_each(|_| assert_eq!(view.key(Key::Filter), None));
    check(
        &view,
        look(60, 10),
        expect![[r#"
            castoff publish  █████████████░░░░░░░░░░░░░  30 of 60  1:23
            30 done · 2 running · 28 waiting · 0 failed
                package           version  stage         time  retries
              ✓ cargo:package-26  0.1.0    done          0:27
              ✓ cargo:package-27  0.1.0    done          0:28
              ✓ cargo:package-28  0.1.0    done          0:29
              ✓ cargo:package-29  0.1.0    done          0:30
                … and 26 done · only done (f)
            p pause  q cancel  ↑↓ select  l log  f filter  a all
        "#]],
    );
}

#[test]
fn a_held_run_and_one_that_stops_say_so() {
    let mut view = some();
    view.key(Key::Pause);
    check(
        &view,
        look(80, 6),
        expect![[r#"
            castoff publish  ██████████████████████░░░░░░░░░░  2 of 8                  1:23
            2 done · 1 running · 3 waiting · 1 failed, 1 blocked
              ✕ cargo:macros                       1.14.0-rc.1  failed        0:21
              ● npm:@acme/界面组件                 1.14.0-rc.1  building      1:03
            paused: nothing starts   r resume  q cancel  ↑↓ select  l log  f filter  a all
        "#]],
    );
    view.key(Key::Quit);
    check(
        &view,
        look(80, 6),
        expect![[r#"
            castoff publish  ██████████████████████░░░░░░░░░░  2 of 8                  1:23
            2 done · 1 running · 3 waiting · 1 failed, 1 blocked
              ✕ cargo:macros                       1.14.0-rc.1  failed        0:21
              ● npm:@acme/界面组件                 1.14.0-rc.1  building      1:03
            cancelled: what runs is asked to end; q ends it at once   ↑↓ select  l log  f …
        "#]],
    );
}

#[test]
fn the_log_of_a_package_is_wrapped_and_scrolls() {
    let mut view = some();
    view.key(Key::Down);
    view.key(Key::Down);
    view.selected = Some(1);
    view.key(Key::Log);
    check(
        &view,
        look(60, 20),
        expect![[r#"
            castoff publish  ███████░░░░  2 of 8  1:23, about 0:42 left
            2 done · 1 running · 3 waiting · 1 failed, 1 blocked
            cargo:macros 1.14.0-rc.1  failed
               0:00  queued      1.14.0-rc.1
               0:02  building
               0:20  built       x.crate
               0:21  uploading
               0:23  failed      cannot upload `cargo:macros`
                                   cause: 403
                                   help: look at the token
            p pause  q cancel  ↑↓ scroll  esc back
        "#]],
    );
    let small = look(40, 9);
    check(
        &view,
        small,
        expect![[r#"
            2 of 8  1:23
            2 done · 1 running · 3 waiting · 1 fai…
            cargo:macros 1.14.0-rc.1  failed
                                 go:macros`
                                   cause: 403
                                   help: look at th
                                 e token
            p pause  q cancel  ↑↓ scroll  esc back
        "#]],
    );
    (0..99).for_each(|_| assert_eq!(view.key(Key::Up), None));
    view.log = view.log.map(|back| back.min(furthest_back(&view, small)));
    check(
        &view,
        small,
        expect![[r#"
            2 of 8  1:23
            2 done · 1 running · 3 waiting · 1 fai…
            cargo:macros 1.14.0-rc.1  failed
               0:00  queued      1.14.0-rc.1
               0:02  building
               0:20  built       x.crate
               0:21  uploading
            p pause  q cancel  ↑↓ scroll  esc back
        "#]],
    );
}

#[test]
fn what_is_left_behind_is_whole() {
    let mut view = some();
    for name in ["core", "client", "server-with-a-name-that-is-long"] {
        view.settle(at(90), &PackageId::new(Kind::Cargo, name), Stage::Cancelled);
    }
    // Its first line keeps the indentation of the others.
    expect![[r#"
        left:
          ✓ cargo:types                            1.14.0-rc.1  done          0:28
          ✕ cargo:macros                           1.14.0-rc.1  failed        0:21
          ■ cargo:core                             1.14.0-rc.1  cancelled     1:28  1 retry
          ● npm:@acme/界面组件                     1.14.0-rc.1  building      1:10
          ■ cargo:client                           1.14.0-rc.1  cancelled     1:28
          ■ cargo:server-with-a-name-that-is-long  1.14.0-rc.1  cancelled     1:28
          ⊘ cargo:cli                              1.14.0-rc.1  blocked
          ✓ cargo:docs                             1.14.0-rc.1  there
    "#]]
    .assert_eq(&format!("left:\n{}", finished(&view, at(90), Style { colour: false })));
}
