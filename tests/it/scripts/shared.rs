//! What all scripts share, `lib/common.sh`: messages on standard error, exit codes, questions, and help with versions and
//! variables.

use std::process::{Command, Stdio};

use crate::support::{Ran, ran};

/// Runs lines of shell that have read common.sh, with this standard input.
fn shell(lines: &str, variables: &[(&str, &str)]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let template = include_str!("../../../templates/scripts/lib/common.sh");
    let library = dir.path().join("common.sh");
    std::fs::write(&library, template.replace("{{mark}}", "#")).unwrap();
    let text = format!("set -eu\n. '{}'\n{lines}\n", library.display());
    let mut command = Command::new("sh");
    command.args(["-c", &text]).stdin(Stdio::null()).envs(variables.iter().copied());
    ran(command.output().unwrap())
}

#[test]
fn messages_go_to_standard_error_with_their_level() {
    let found = shell("log_info a b\nlog_warn c\nlog_error d\nlog_header e\nlog_section f", &[]);
    assert_eq!((found.code, found.stdout.as_str()), (0, ""));
    assert_eq!(found.stderr, "a b\nwarning: c\nerror: d\n\n== e ==\n\nf:\n");
}

#[test]
fn errors_have_help_and_an_exit_code_that_says_who_has_to_act() {
    let broken = shell("die 'cannot do' 'try again'; echo never", &[]);
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""));
    assert_eq!(broken.stderr, "error: cannot do\n  help: try again\n");
    let wrong = shell("die_usage 'no such \\option'; echo never", &[]);
    assert_eq!(
        (wrong.code, wrong.stdout.as_str(), wrong.stderr.as_str()),
        (2, "", "error: no such \\option\n")
    );
}

#[test]
fn nobody_is_asked_without_a_terminal_and_a_yes_can_be_given_before() {
    let unasked = shell("if confirm 'Go on?'; then echo yes; else echo no; fi", &[]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (0, "no\n"));
    assert!(unasked.stderr.starts_with("error: Go on?: nobody can be asked"), "{}", unasked.stderr);
    let assumed = shell("assume_yes=1; if confirm 'Go on?'; then echo yes; else echo no; fi", &[]);
    assert_eq!((assumed.stdout.as_str(), assumed.stderr.as_str()), ("yes\n", ""));
}

#[test]
#[cfg(feature = "tui")]
fn a_question_is_asked_on_a_terminal() {
    use std::io::{Read, Write};
    for (answer, expected) in [
        ("y\n", "said yes"),
        ("YES\n", "said yes"),
        ("n\n", "said no"),
        ("\n", "said no"),
        ("yellow\n", "said no"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().join("common.sh");
        std::fs::write(
            &library,
            include_str!("../../../templates/scripts/lib/common.sh").replace("{{mark}}", "#"),
        )
        .unwrap();
        let text = format!(
            ". '{}'; if confirm 'Go on?'; then echo said yes; else echo said no; fi",
            library.display()
        );
        let (mut pty, pts) = pty_process::blocking::open().unwrap();
        let mut child = pty_process::blocking::Command::new("sh").args(["-c", &text]).spawn(pts).unwrap();
        pty.write_all(answer.as_bytes()).unwrap();
        let mut shown = Vec::new();
        let mut bytes = [0; 256];
        // A terminal whose program ended gives an error on Linux.
        while let Ok(count) = pty.read(&mut bytes) {
            shown.extend_from_slice(&bytes[..count]);
            if count == 0 || String::from_utf8_lossy(&shown).contains("said ") {
                break;
            }
        }
        child.wait().unwrap();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert!(shown.contains("Go on? [y/N]") && shown.contains(expected), "{answer:?}: {shown:?}");
    }
}

#[test]
fn a_patch_is_counted_as_a_number() {
    for (version, expected) in [("0.1.9", "0.1.10\n"), ("0.1.8.2", "0.1.8.3\n"), ("1", "2\n")] {
        let found = shell(&format!("bump_patch {version}"), &[]);
        assert_eq!((found.code, found.stdout.as_str()), (0, expected), "{version}");
    }
    let refused = shell("bump_patch 1.0-rc.1", &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("`1.0-rc.1` is no version of numbers"), "{}", refused.stderr);
}

#[test]
fn a_variable_that_is_missing_is_named_with_its_purpose() {
    let there = shell("require_env A_TOKEN 'to upload crates'; echo on", &[("A_TOKEN", "secret")]);
    assert_eq!((there.code, there.stdout.as_str(), there.stderr.as_str()), (0, "on\n", ""));
    for variables in [&[][..], &[("A_TOKEN", "")]] {
        let missing = shell("require_env A_TOKEN 'to upload crates'; echo on", variables);
        assert_eq!((missing.code, missing.stdout.as_str()), (1, ""));
        assert!(
            missing.stderr.starts_with("error: `A_TOKEN` is not set: to upload crates\n"),
            "{}",
            missing.stderr
        );
    }
}
