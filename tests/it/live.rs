//! The table that is drawn while a run goes on, through a real terminal: what keys do, what is seen, and that the terminal
//! is left as it was.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::running::{Gate, left_in_cache};
use crate::support::{Repo, python_workspace};
use crate::terminal::{Terminal, look, without_output};
use crate::tools::need;

/// The large run at a second, on a screen of this size.
fn still(second: u32, columns: u16, lines: u16) -> Terminal {
    let terminal = Terminal::start_with(&look(&format!("still {second}")), columns, lines, without_output);
    terminal.sees("castoff publish");
    terminal
}

/// The rows of packages on a screen.
fn rows(screen: &str) -> Vec<&str> {
    screen
        .lines()
        .filter(|line| ["cargo:", "uv:", "npm:", "gem:"].iter().any(|kind| line.contains(kind)))
        .collect()
}

fn stages(screen: &str, stage: &str) -> usize {
    rows(screen).iter().filter(|row| row.contains(&format!(" {stage}"))).count()
}

// --- what is seen of sixty packages ---

#[test]
fn what_runs_stays_visible_among_sixty_packages() {
    let terminal = still(75, 80, 24);
    let screen = terminal.until("every row", |screen| rows(screen).len() == 18);
    let active =
        ["uploading", "verifying", "trying", "waiting", "failed"].map(|stage| stages(&screen, stage));
    // Four workers, and what gave its worker back.
    assert!(active.iter().sum::<usize>() >= 4 && active[4] == 1, "{screen}");
    assert!(screen.contains("… and ") && screen.lines().count() < 24, "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() < 80), "{screen}");
    terminal.press("q");
    assert!(terminal.end().status.success());
}

#[test]
fn keys_choose_what_is_seen() {
    let terminal = still(75, 80, 40);
    terminal.until("a window", |screen| rows(screen).len() == 20);
    terminal.press("a");
    let screen = terminal.until("all that have room", |screen| rows(screen).len() == 34);
    assert!(screen.contains("w window"), "{screen}");
    terminal.press("w");
    terminal.until("a window", |screen| rows(screen).len() == 20);
    terminal.press("fff");
    let screen = terminal.sees("only failed");
    assert_eq!(rows(&screen).len(), stages(&screen, "failed") + stages(&screen, "blocked"), "{screen}");
    terminal.press("ff");
    terminal.until("no filter", |screen| !screen.contains("only"));
    // The first mark is at what runs; the log of that package opens and closes.
    terminal.press("j");
    let screen = terminal.sees("> ");
    let name = screen.lines().find(|line| line.starts_with('>')).unwrap().split_whitespace().nth(2).unwrap();
    terminal.press("l");
    let log = terminal.sees("esc back");
    assert!(log.contains(name) && log.contains("uploading") && log.contains("checksummed"), "{log}");
    terminal.press("\u{1b}");
    terminal.sees("↑↓ select");
    terminal.press("\u{1b}[A");
    terminal.until("the mark one row up", |screen| {
        screen.lines().any(|line| line.starts_with('>') && !line.contains(name))
    });
    terminal.press("q");
    terminal.end();
}

#[test]
fn another_size_is_another_drawing() {
    let terminal = still(60, 100, 30);
    terminal.until("a window", |screen| rows(screen).len() == 20);
    terminal.resize(60, 12);
    let screen = terminal.until("a smaller one", |screen| rows(screen).len() == 6);
    assert!(screen.lines().all(|line| line.chars().count() < 60), "{screen}");
    terminal.resize(120, 40);
    terminal.until("a larger one", |screen| {
        rows(screen).len() == 20 && screen.lines().any(|line| line.len() > 100)
    });
    terminal.press("q");
    terminal.end();
}

#[test]
fn without_colours_no_colour_is_sent() {
    let mut command = look("still 75");
    command.env("NO_COLOR", "1");
    let terminal = Terminal::start_with(&command, 80, 24, without_output);
    terminal.sees("failed");
    terminal.press("jjjq");
    let raw = terminal.end().raw;
    let coloured = raw.split('\u{1b}').skip(1).filter(|part| {
        part.strip_prefix('[').is_some_and(|part| {
            part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
        })
    });
    assert_eq!(coloured.count(), 0, "{raw:?}");
}

#[test]
fn the_last_state_of_every_package_is_left_behind() {
    let terminal = still(75, 80, 24);
    terminal.sees("failed");
    terminal.press("q");
    let left = terminal.end();
    assert_eq!(rows(&left.after).len(), 60, "{}", left.after);
    assert!(stages(&left.after, "done") > 3 && stages(&left.after, "cancelled") > 10, "{}", left.after);
}

#[test]
fn a_panic_leaves_the_terminal_as_it_was() {
    let terminal = Terminal::start_with(&look("panic 75"), 80, 24, without_output);
    let left = terminal.end();
    assert_eq!(left.status.code(), Some(101), "{}", left.raw);
}

// --- a real run ---

/// Three packages in a row; the trial of the first waits at a gate.
fn three(gate: impl Fn(&Gate) -> String) -> (Repo, Gate) {
    let repo = python_workspace(&[
        ("acme-a", "0.1.0", &[]),
        ("acme-b", "0.1.0", &["acme-a"]),
        ("acme-c", "0.1.0", &["acme-b"]),
    ]);
    let at = Gate::new(&repo);
    repo.write("castoff.toml", &format!("[publish]\nsmoke = \"\"\"{}\"\"\"\n", gate(&at)));
    repo.commit("feat: begin");
    (repo, at)
}

fn rehearsal(repo: &Repo) -> Terminal {
    Terminal::start(&repo.command(&["rehearse"]), 80, 24)
}

/// Waits until the first package is at the gate, and the screen says so.
fn at_the_gate(terminal: &Terminal, gate: &Gate) -> BufReader<File> {
    let mut hello = BufReader::new(File::open(gate.pipe("hello")).unwrap());
    let mut word = String::new();
    hello.read_line(&mut word).unwrap();
    assert_eq!(word, "here\n", "{}", terminal.sees(""));
    terminal.until("acme-a at the gate", |screen| {
        rows(screen).iter().any(|row| row.contains("uv:acme-a") && row.contains("trying"))
    });
    hello
}

/// Lets the first package go on; it may be a moment before it listens.
fn go(gate: &Gate) {
    OpenOptions::new().write(true).open(gate.pipe("wait")).unwrap();
}

#[test]
fn a_held_run_starts_nothing_new_until_it_goes_on() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = three(|gate| gate.commands(""));
    let terminal = rehearsal(&repo);
    let _hello = at_the_gate(&terminal, &gate);
    terminal.press("p");
    terminal.sees("paused: nothing starts");
    go(&gate);
    // What runs comes to its end; the next one would start at once.
    terminal.until("acme-a done", |screen| stages(screen, "done") == 1);
    let clock = |screen: &str| {
        screen.lines().find_map(|line| line.rsplit_once("of 3")).map(|(_, clock)| clock.trim().to_string())
    };
    for _ in 0..2 {
        let before = clock(&terminal.sees("paused"));
        let screen = terminal.until("the next second", |screen| clock(screen) != before);
        assert_eq!((stages(&screen, "built"), stages(&screen, "done")), (2, 1), "{screen}");
    }
    terminal.press("r");
    let left = terminal.end();
    assert_eq!(left.status.code(), Some(0), "{}", left.after);
    assert_eq!(stages(&left.after, "done"), 3);
    assert!(
        left.after
            .trim_end()
            .ends_with("3 packages rehearsed; nothing left this machine, the checkout is as it was")
    );
}

#[test]
fn a_cancelled_run_ends_in_good_order_however_it_is_said() {
    if !need("uv") {
        return;
    }
    for way in ["q", "\u{3}", "TERM"] {
        let (repo, gate) = three(|gate| gate.commands(""));
        let terminal = rehearsal(&repo);
        let _hello = at_the_gate(&terminal, &gate);
        assert!(!terminal.has_mode_of_before());
        if way == "TERM" {
            terminal.signal(Signal::TERM)
        } else {
            terminal.press(way)
        }
        let left = terminal.end();
        assert_eq!(left.status.code(), Some(130), "{way:?}: {}", left.after);
        assert_eq!(stages(&left.after, "cancelled"), 3, "{way:?}: {}", left.after);
        assert_eq!(left_in_cache(&repo), ["lock", "target"], "{way:?}");
    }
}

#[test]
fn the_second_time_what_still_runs_is_ended_at_once() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = three(|gate| gate.commands("trap '' TERM;"));
    let terminal = rehearsal(&repo);
    let _hello = at_the_gate(&terminal, &gate);
    terminal.press("q");
    terminal.sees("q ends it at once");
    terminal.press("q");
    assert_eq!(terminal.end().status.code(), Some(130));
    assert_eq!(left_in_cache(&repo), ["lock", "target"]);
}

#[test]
fn signals_that_end_castoff_at_once_leave_the_terminal_as_it_was() {
    if !need("uv") {
        return;
    }
    // Where the tests themselves run under `nohup`, a hangup changes nothing, and something else has to end it.
    let hangup = if hangup_is_ignored() { &[Signal::HUP, Signal::QUIT][..] } else { &[Signal::HUP] };
    for signals in [&[Signal::INT, Signal::INT][..], &[Signal::QUIT], hangup] {
        let (repo, gate) = three(|gate| gate.commands("trap '' TERM;"));
        let terminal = rehearsal(&repo);
        let _hello = at_the_gate(&terminal, &gate);
        for (number, signal) in signals.iter().enumerate() {
            if number > 0 && signals[0] == Signal::INT {
                terminal.sees("cancelled: ");
            }
            terminal.signal(*signal);
        }
        let left = terminal.end();
        assert_eq!(left.status.signal(), signals.last().map(|signal| signal.as_raw()), "{}", left.after);
        gate.release();
    }
}

fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0");
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 != 0
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    if !need("uv") {
        return;
    }
    let (repo, gate) = three(|gate| gate.commands(""));
    let castoff = repo.command(&["rehearse"]);
    let mut shell = repo.command(&[]);
    shell = with_envs(Command::new("bash"), &shell);
    shell.args(["--norc", "--noprofile", "-i"]).current_dir(repo.dir());
    let terminal = Terminal::start(&shell, 80, 24);
    terminal.press("PS1='ready> '\n");
    terminal.sees("ready> ");
    terminal.press(&format!("{} rehearse\n", castoff.get_program().to_str().unwrap()));
    let _hello = at_the_gate(&terminal, &gate);
    terminal.press("\u{1a}");
    terminal.sees("Stopped");
    terminal.press("stty -a | grep -ow -e '-*icanon' -e '-*echo'\n");
    let screen = terminal
        .until("the mode of a shell", |screen| screen.contains("\nicanon") && screen.contains("\necho"));
    assert!(!screen.contains("select"), "{screen}");
    terminal.press("fg\n");
    terminal.sees("select");
    go(&gate);
    terminal.sees("3 packages rehearsed");
    terminal.press("exit $?\n");
    assert_eq!(terminal.end().status.code(), Some(0));
}

/// A command with the environment of another one.
fn with_envs(mut command: Command, other: &Command) -> Command {
    for (name, value) in other.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn a_run_in_the_background_prints_lines_and_is_not_stopped() {
    if !need("uv") {
        return;
    }
    let repo = python_workspace(&[("acme-a", "0.1.0", &[])]);
    repo.commit("feat: begin");
    let castoff = repo.command(&["rehearse"]);
    let mut shell = with_envs(Command::new("bash"), &castoff);
    let program = castoff.get_program().to_str().unwrap();
    shell.args(["-c", &format!("set -m; {program} rehearse & wait $!")]).current_dir(repo.dir());
    let left = Terminal::start(&shell, 80, 24).end();
    assert_eq!(left.status.code(), Some(0), "{}", left.raw);
    assert!(left.after.contains("done      uv:acme-a") && !left.raw.contains("\u{1b}[?25l"), "{}", left.raw);
}

#[test]
fn a_table_is_drawn_only_where_somebody_looks_at_it() {
    if !need("uv") {
        return;
    }
    let repo = python_workspace(&[("acme-a", "0.1.0", &[])]);
    repo.write("castoff.toml", "[publish]\nsmoke = false\n");
    repo.commit("feat: begin");
    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = repo.command(args);
        command.envs(variables.iter().copied());
        Terminal::start_with(&command, 80, 24, |own| own.env("TERM", term(variables)))
    };
    for (args, variables) in [
        (&["rehearse", "-v"][..], &[][..]),
        (&["rehearse", "-q"], &[]),
        (&["rehearse", "--json"], &[]),
        (&["rehearse"], &[("TERM", "dumb")]),
    ] {
        let left = run(args, variables).end();
        assert!(
            left.status.success() && !left.raw.contains("\u{1b}[?25l"),
            "{args:?} {variables:?}: {}",
            left.raw
        );
    }
    // Keys come from a terminal or not at all; the table is drawn all the same.
    let command = repo.command(&["rehearse"]);
    let terminal = Terminal::start_with(&command, 80, 24, |own| own.stdin(Stdio::null()));
    terminal.sees("Ctrl-C cancels");
    let left = terminal.end();
    assert!(left.status.success() && stages(&left.after, "done") == 1, "{}", left.raw);
}

fn term<'a>(variables: &[(&str, &'a str)]) -> &'a str {
    variables.iter().find(|(name, _)| *name == "TERM").map_or("xterm", |(_, value)| value)
}
